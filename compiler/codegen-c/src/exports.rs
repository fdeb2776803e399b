//! What a WebAssembly library offers to its host.
//!
//! An exported function has the name that people know it by, which need not be its symbol. Where
//! host and program call it alike, its prototype says that it is exported. Library code takes its
//! caller's position as an argument that no host knows of: such a function is exported through a
//! wrapper.

use crate::names::{declare, exists};
use crate::scope::{ProgramScope, Scope};
use crate::units::CUnit;
use spy_ir::{Fqn, Func, Program, Type};
use std::collections::HashMap;
use std::fmt::Write;

/// The functions that a WebAssembly library offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Library {
    /// Exported names by function.
    pub names: HashMap<Fqn, String>,
}

impl Library {
    /// What follows the prototype of a function that is exported as it is.
    pub(crate) fn attribute(&self, func: &Func) -> Option<String> {
        let name = self.names.get(&func.fqn).filter(|_| !func.track_caller)?;
        Some(attribute(name))
    }

    /// The symbols of the program's variables, in order.
    #[must_use]
    pub fn cells(&self, program: &Program) -> Vec<String> {
        let scope = ProgramScope::new(program);
        let cells = program.modules.iter().flat_map(|module| &module.cells);
        cells.filter(|cell| exists(&cell.ty)).map(|cell| scope.name(&cell.fqn)).collect()
    }
}

fn attribute(name: &str) -> String {
    format!(" __attribute__((export_name(\"{name}\")))")
}

/// The file of the wrappers.
pub(crate) fn wrappers(
    program: &Program,
    scope: &ProgramScope<'_>,
    library: &Library,
    headers: &[String],
) -> CUnit {
    let mut text = String::new();
    for header in headers {
        let _ = writeln!(text, "#include \"{header}\"");
    }
    for (number, func) in program.modules.iter().flat_map(|module| &module.funcs).enumerate() {
        let Some(name) = library.names.get(&func.fqn).filter(|_| func.track_caller) else {
            continue;
        };
        text.push_str(&wrapper(func, &scope.func(&func.fqn).name, name, number));
    }
    CUnit { name: "spy_exports.c".into(), text }
}

fn wrapper(func: &Func, callee: &str, name: &str, number: usize) -> String {
    let types: Vec<&Type> =
        func.params().iter().map(|param| &param.ty).filter(|ty| exists(ty)).collect();
    let param = |(index, ty): (usize, &&Type)| declare(ty, &format!("arg{index}"));
    let mut params: Vec<String> = types.iter().enumerate().map(param).collect();
    if params.is_empty() {
        params.push("void".to_owned());
    }
    let mut args: Vec<String> = (0..types.len()).map(|index| format!("arg{index}")).collect();
    args.push("NULL".to_owned());
    let head = declare(&func.ret, &format!("spy_export{number}({})", params.join(", ")));
    let (attribute, call) = (attribute(name), format!("{callee}({})", args.join(", ")));
    let result = if exists(&func.ret) { "return " } else { "" };
    format!("\n{head}{attribute};\n{head} {{\n    {result}{call};\n}}\n")
}
