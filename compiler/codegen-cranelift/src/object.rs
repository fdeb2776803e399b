//! Object files.

use crate::assemble::{AssembleError, Unit};
use crate::target::Target;
use cranelift_object::{ObjectBuilder, ObjectModule};

/// The bytes of an object file. `name` is what debuggers call the unit; it must not hold a path of
/// the machine, or objects would depend on it.
///
/// # Errors
/// The machine has object files that Cranelift cannot write.
pub fn write_object(name: &str, unit: &Unit, target: &Target) -> Result<Vec<u8>, AssembleError> {
    let libcalls = cranelift_module::default_libcall_names();
    let builder = ObjectBuilder::new(target.isa.clone(), name, libcalls)?;
    let mut module = ObjectModule::new(builder);
    unit.define(&mut module)?;
    let product = module.finish();
    product.emit().map_err(|error| AssembleError(error.to_string()))
}
