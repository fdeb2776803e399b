//! Object files.

use crate::assemble::{AssembleError, Unit};
use crate::debug::{DebugFunction, add_debug};
use crate::target::Target;
use cranelift_object::object::write::SymbolId;
use cranelift_object::{ObjectBuilder, ObjectModule};

/// The bytes of an object file. `name` is what debuggers call the unit; it must not hold a path of
/// the machine, or objects would depend on it. `debug` are functions of the unit that debuggers
/// shall know, or none.
///
/// # Errors
/// The machine has object files that Cranelift cannot write.
pub fn write_object(
    name: &str,
    unit: &Unit,
    debug: &[DebugFunction<'_>],
    target: &Target,
) -> Result<Vec<u8>, AssembleError> {
    let libcalls = cranelift_module::default_libcall_names();
    let builder = ObjectBuilder::new(target.isa.clone(), name, libcalls)?;
    let mut module = ObjectModule::new(builder);
    let names = unit.define(&mut module)?;
    let mut product = module.finish();
    let symbol = |function: &DebugFunction<'_>| {
        let id = names.functions.get(function.function.symbol.as_str())?;
        Some(product.function_symbol(*id))
    };
    if let Some(symbols) = debug.iter().map(symbol).collect::<Option<Vec<SymbolId>>>() {
        add_debug(&mut product.object, name, debug, &symbols, target)?;
    }
    product.emit().map_err(|error| AssembleError(error.to_string()))
}
