//! What a library offers: everything that is compiled, under the names that people know.

use crate::front::Built;
use spy_codegen_c::Library;

/// The exported functions of a program: all of them. Their names have numbers where several
/// instances share one.
pub(crate) fn exports(built: &Built) -> Library {
    let funcs = built.program.modules.iter().flat_map(|module| &module.funcs);
    let name = |fqn| spy_codegen_c::symbol(&built.names.numbered(fqn));
    Library { names: funcs.map(|func| (func.fqn.clone(), name(&func.fqn))).collect() }
}
