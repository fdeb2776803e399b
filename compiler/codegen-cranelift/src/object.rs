//! Object files.

use crate::assemble::{AssembleError, Unit};
use crate::code::CompiledFunction;
use crate::debug::{DebugFunction, add_debug};
use crate::target::Target;
use crate::unwind::add_frames;
use cranelift_object::object::BinaryFormat;
use cranelift_object::object::write::SymbolId;
use cranelift_object::{ObjectBuilder, ObjectModule};
use std::sync::Arc;

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
    if target.guards_stack() && product.object.format() == BinaryFormat::Elf {
        let symbol = |function: &Arc<CompiledFunction>| {
            names.functions.get(function.symbol.as_str()).map(|id| product.function_symbol(*id))
        };
        let symbols: Vec<Option<SymbolId>> = unit.functions.iter().map(symbol).collect();
        let known = unit.functions.iter().zip(symbols);
        let known = known.filter_map(|(function, symbol)| Some((&**function, symbol?)));
        add_frames(&mut product.object, known, target)?;
    }
    product.emit().map_err(|error| AssembleError(error.to_string()))
}
