//! What must hold for any bytes: shared by the test of the corpus and by the fuzzer in `tests/fuzz`.

#![allow(dead_code, reason = "each fuzzer takes one of the functions")]

use spy_package::interface::Interface;
use spy_package::object;
use spy_package::wheel::{Limits, Wheel};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Small enough that a bomb shows, and large enough for what the corpus holds.
const LIMITS: Limits = Limits { members: 64, archive: 1 << 20, member: 1 << 16, total: 1 << 18 };

/// A description is read or refused; what is read can be written and read again.
pub(crate) fn interface(bytes: &[u8]) {
    let Ok(interface) = Interface::parse(bytes) else { return };
    if interface.validate().is_ok() {
        let again = Interface::parse(interface.to_text().as_bytes());
        assert_eq!(again.as_ref().ok(), Some(&interface));
    }
}

/// An object is read or refused. What hides its symbols changes flags only.
pub(crate) fn object(bytes: &[u8]) {
    let (defined, undefined) = (object::defined(bytes), object::undefined(bytes));
    let _ = object::interface(bytes);
    let mut hidden = bytes.to_vec();
    if object::hide_symbols(&mut hidden, &BTreeSet::new()).is_ok() {
        assert_eq!(hidden.len(), bytes.len());
        assert!(defined.is_ok() && undefined.is_ok());
    }
}

/// A wheel is unpacked whole or refused, and nothing is written beside its folder. Says which.
pub(crate) fn wheel(bytes: &[u8]) -> bool {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("p-1.0-py3-none-any.whl");
    fs::write(&path, bytes).expect("the wheel");
    let target = dir.path().join("into");
    let done = Wheel::open(&path, LIMITS).and_then(|wheel| wheel.unpack(&target));
    let names = |dir: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(dir).expect("the folder").map(|entry| entry.expect("an entry"));
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let mut wanted = BTreeSet::from(["p-1.0-py3-none-any.whl".to_owned()]);
    if done.is_ok() {
        wanted.insert("into".to_owned());
        let (size, count) = contents(&target);
        assert!(size <= LIMITS.total && count <= LIMITS.members, "{size} bytes, {count} files");
    }
    assert_eq!(names(dir.path()), wanted);
    done.is_ok()
}

/// Bytes and number of the files in a folder. No link is followed.
fn contents(dir: &Path) -> (u64, usize) {
    let (mut size, mut count, mut todo) = (0, 0, vec![dir.to_owned()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).expect("the folder") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a kind");
            assert!(!kind.is_symlink());
            if kind.is_dir() {
                todo.push(entry.path());
            } else {
                size += entry.metadata().expect("a size").len();
                count += 1;
            }
        }
    }
    (size, count)
}
