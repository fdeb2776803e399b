//! What must hold for any bytes that are loaded as an object: shared by the test of the corpus and by
//! the fuzzer in `tests/fuzz`.

use crate::relocate::Object;
use std::collections::HashMap;

/// An object is refused, or gets its place and becomes a module whose size follows from its own.
pub(crate) fn place(bytes: &[u8]) {
    let Ok(object) = Object::parse(bytes) else { return };
    assert!(object.alignment.is_power_of_two());
    let Ok(placed) = object.place(1024 * object.alignment, 1, &HashMap::new()) else { return };
    let most = 64 * bytes.len() + 4096;
    assert!(placed.module.len() <= most, "{} bytes of {}", placed.module.len(), bytes.len());
    assert!(placed.addresses.len() + placed.extents.len() <= bytes.len());
}
