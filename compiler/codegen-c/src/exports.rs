//! What a library offers to its host.
//!
//! An exported function has the name that people know it by, which need not be its symbol. Where
//! both are alike, its prototype says that it is exported; else a wrapper has the name. Library
//! code takes its caller's position as an argument that no host knows of: WebAssembly hosts, which
//! see such functions too, get a wrapper.

use crate::header::{functions, prototype, variables};
use crate::names::exists;
use crate::scope::{ProgramScope, Scope};
use crate::units::CUnit;
use spy_ir::{Cell, Fqn, Func, Name, Program};
use spy_text::HashMap;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Who calls a library.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Host {
    /// A WebAssembly host, which calls functions by the names that the module exports.
    #[default]
    Wasm,
    /// Programs that link with it, by symbols.
    Native,
    /// C in the same library, which is all that others see of it.
    Extension,
    /// Programs that have it linked into them: exported functions are left as they are.
    Object,
}

/// What a library offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Library {
    /// Who calls it.
    pub host: Host,
    /// Exported names by function.
    pub names: HashMap<Fqn, String>,
    /// The modules whose variables are exported.
    pub modules: BTreeSet<Name>,
    /// Structs that the header defines even if nothing in it mentions them.
    pub structs: BTreeSet<Fqn>,
}

impl Library {
    /// Whether a module's variables are exported.
    pub(crate) fn offers(&self, module: &Name) -> bool {
        self.modules.contains(module)
    }

    /// Whether a function is exported by its own symbol. Library code, which has many small
    /// functions, is inlined all the same, and exported through wrappers.
    pub(crate) fn keeps(&self, func: &Func) -> bool {
        !func.track_caller && self.names.contains_key(&func.fqn)
    }

    /// What follows the prototype of a function with this symbol that is exported as it is.
    pub(crate) fn function_attribute(&self, func: &Func, symbol: &str) -> Option<String> {
        let name = self.names.get(&func.fqn)?;
        (!self.is_wrapped(func, symbol, name)).then(|| self.attribute(name))
    }

    /// What follows the declaration of a variable.
    pub(crate) fn cell_attribute(&self, cell: &Cell) -> &'static str {
        // The linker of WebAssembly is told apart.
        if self.host == Host::Native && self.offers(cell.fqn.module()) { VISIBLE } else { "" }
    }

    fn is_wrapped(&self, func: &Func, symbol: &str, name: &str) -> bool {
        let is_by_symbol = matches!(self.host, Host::Native | Host::Extension);
        func.track_caller || (is_by_symbol && symbol != name)
    }

    fn attribute(&self, name: &str) -> String {
        match self.host {
            Host::Wasm => format!(" __attribute__((export_name(\"{name}\")))"),
            Host::Native => VISIBLE.to_owned(),
            Host::Object | Host::Extension => String::new(),
        }
    }

    /// The names of the exported functions, in order.
    #[must_use]
    pub fn symbols(&self, program: &Program) -> Vec<String> {
        functions(program, self).map(|(_, name)| name.to_owned()).collect()
    }

    /// The symbols of the exported variables, in order.
    #[must_use]
    pub fn cells(&self, program: &Program) -> Vec<String> {
        let scope = ProgramScope::new(program);
        variables(program, self).map(|cell| scope.name(&cell.fqn)).collect()
    }
}

const VISIBLE: &str = " __attribute__((visibility(\"default\")))";

/// The file of the wrappers, and of what happens when a native library is loaded.
pub(crate) fn wrappers(
    program: &Program,
    scope: &ProgramScope<'_>,
    library: &Library,
    headers: &[String],
) -> CUnit {
    let mut text = String::new();
    if library.host == Host::Object {
        return CUnit { name: "spy_exports.c".into(), text };
    }
    for header in headers {
        let _ = writeln!(text, "#include \"{header}\"");
    }
    if library.host == Host::Native {
        text.push_str(
            "\n__attribute__((constructor)) static void begin(void) {\n    spy_library_begin();\n}\n",
        );
    }
    for (number, (func, name)) in functions(program, library).enumerate() {
        let symbol = scope.func(&func.fqn).name;
        if library.is_wrapped(func, &symbol, name) {
            text.push_str(&wrapper(func, &symbol, name, library, number));
        }
    }
    CUnit { name: "spy_exports.c".into(), text }
}

fn wrapper(func: &Func, callee: &str, name: &str, library: &Library, number: usize) -> String {
    let symbol = match library.host {
        // The exported name may be the symbol of what is wrapped.
        Host::Wasm => format!("spy_export{number}"),
        Host::Native | Host::Object | Host::Extension => name.to_owned(),
    };
    let head = prototype(func, &symbol);
    let count = func.params().iter().filter(|param| exists(&param.ty)).count();
    let mut args: Vec<String> = (0..count).map(|index| format!("arg{index}")).collect();
    if func.track_caller {
        args.push("NULL".to_owned());
    }
    let (attribute, call) = (library.attribute(name), format!("{callee}({})", args.join(", ")));
    let result = if exists(&func.ret) { "return " } else { "" };
    format!("\n{head}{attribute};\n{head} {{\n    {result}{call};\n}}\n")
}
