//! The files of a program: a header and a unit per module, and what they share.

use crate::data::{Initializers, emit_data};
use crate::emitter::Emitter;
use crate::names::{declare, exists};
use crate::scope::{ProgramScope, Scope};
use crate::{EmitOptions, Library, Target, exports, positions, structs};
use spy_ir::{ArgvList, Cell, Entry, Fqn, Func, Module, Name, Program, SourceLine};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// A file of C.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CUnit {
    /// File name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A function in C.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CFunction {
    /// Its prototype, without storage class and semicolon.
    pub head: String,
    /// Its definition, without storage class.
    pub text: String,
    /// Whether it refers to its position table.
    pub uses_positions: bool,
    /// Modules whose headers it needs.
    pub modules: BTreeSet<Name>,
}

/// Emits one function. `source` is its position table, given if line directives are wanted.
#[must_use]
pub fn emit_function(
    func: &Func,
    scope: &dyn Scope,
    target: Target,
    source: Option<&[Option<SourceLine>]>,
) -> CFunction {
    let mut emitter = Emitter::new(func, scope, target, source);
    let head = emitter.head();
    let is_library = |fqn: &Fqn| scope.func(fqn).track_caller;
    if target.guards_stack && spy_ir::calls_others(func, &is_library) {
        emitter.line("SPY_GUARD_STACK();".to_owned());
    }
    emitter.stmts(&func.body);
    if exists(&func.ret) && crate::flow::falls_through(&func.body) {
        let pos = emitter.position(func.end_pos);
        let message = "reached the end of the function without a `return`";
        emitter.line(format!("spy_panic_at(\"TypeError\", \"{message}\", {pos});"));
    }
    let uses_positions = emitter.uses_positions;
    let modules = std::mem::take(&mut emitter.modules);
    CFunction { text: emitter.finish(&head), head, uses_positions, modules }
}

/// Emits all files of a program, headers first. `positions` gives the position table of a
/// function.
#[must_use]
pub fn emit(
    program: &Program,
    positions: &dyn Fn(&Fqn) -> Vec<Option<SourceLine>>,
    opts: &EmitOptions,
) -> Vec<CUnit> {
    let scope = ProgramScope::new(program);
    let function = |func: &Func| {
        let source = opts.line_directives.then(|| positions(&func.fqn));
        Arc::new(emit_function(func, &scope, opts.target(), source.as_deref()))
    };
    emit_with(program, &scope, &function, positions, opts, None)
}

/// Like [`emit`], from functions that `function` has emitted, or had emitted before. With
/// `library`, the files are those of a library: they have no C `main`, and export what it says.
#[must_use]
pub fn emit_with(
    program: &Program,
    scope: &ProgramScope<'_>,
    function: &dyn Fn(&Func) -> Arc<CFunction>,
    positions: &dyn Fn(&Fqn) -> Vec<Option<SourceLine>>,
    opts: &EmitOptions,
    library: Option<&Library>,
) -> Vec<CUnit> {
    let mut files = Files {
        program,
        scope,
        function,
        positions,
        library,
        opts: *opts,
        inline_prototypes: String::new(),
        inline_bodies: String::new(),
        tables: String::new(),
    };
    let mut modules: Vec<(CUnit, CUnit)> = Vec::new();
    for module in &program.modules {
        modules.push(files.module(module));
    }
    let structdefs = structs::emit_structdefs(program, scope, opts.target());
    let mut out = vec![CUnit { name: "spy_structdefs.h".into(), text: structdefs }];
    let (headers, units): (Vec<CUnit>, Vec<CUnit>) = modules.into_iter().unzip();
    let names: Vec<String> = headers.iter().map(|header| header.name.clone()).collect();
    out.extend(headers);
    if files.shares_inline() {
        out.push(files.inline_header(&names));
    }
    out.extend(units);
    let header = |module: &Name| format!("{}.h", stem(module));
    if let Some(text) = emit_data(program, scope, opts.target(), &header) {
        out.push(CUnit { name: "spy_data.c".into(), text });
    }
    let tables = format!("#include \"spy.h\"\n\n{}", files.tables);
    out.push(CUnit { name: "spy_positions.c".into(), text: tables });
    if let Some(library) = library {
        let mut headers = names;
        if files.shares_inline() {
            headers.push("spy_inline.h".to_owned());
        }
        out.push(exports::wrappers(program, scope, library, &headers));
    }
    out
}

/// The file stem of a module. Stems of shared files are avoided.
fn stem(module: &str) -> String {
    let shared =
        ["spy", "spy_structdefs", "spy_inline", "spy_data", "spy_positions", "spy_exports"];
    if shared.contains(&module) { format!("{module}_") } else { module.to_owned() }
}

struct Files<'p> {
    program: &'p Program,
    scope: &'p ProgramScope<'p>,
    function: &'p dyn Fn(&Func) -> Arc<CFunction>,
    positions: &'p dyn Fn(&Fqn) -> Vec<Option<SourceLine>>,
    library: Option<&'p Library>,
    opts: EmitOptions,
    inline_prototypes: String,
    inline_bodies: String,
    tables: String,
}

impl Files<'_> {
    fn shares_inline(&self) -> bool {
        self.opts.target().shares_inline
    }

    /// Header and unit of a module.
    fn module(&mut self, module: &Module) -> (CUnit, CUnit) {
        let stem = stem(&module.name);
        let mut prototypes = String::new();
        let mut body = String::new();
        let mut needed = self.cells(&module.cells, &mut prototypes, &mut body);
        for func in &module.funcs {
            let c = (self.function)(func);
            if self.scope.is_extern(&func.fqn) {
                let _ = writeln!(prototypes, "{};", c.head);
                continue;
            }
            let mut text = String::new();
            if c.uses_positions {
                let name = self.scope.name(&func.fqn);
                text.push_str(&positions::declare_positions(&name));
                let table = (self.positions)(&func.fqn);
                self.tables.push_str(&positions::emit_positions(&name, &table));
            }
            if self.shares_inline() && self.scope.func(&func.fqn).inline {
                let _ = writeln!(self.inline_prototypes, "static inline {};", c.head);
                let _ = writeln!(self.inline_bodies, "\n{text}static inline {}", c.text.trim_end());
            } else {
                let symbol = self.scope.name(&func.fqn);
                let export =
                    self.library.and_then(|library| library.function_attribute(func, &symbol));
                let _ = writeln!(prototypes, "{}{};", c.head, export.unwrap_or_default());
                let _ = writeln!(body, "\n{text}{}", c.text.trim_end());
                needed.extend(c.modules.iter().cloned());
            }
        }
        let starts = |entry: &&Entry| module.funcs.iter().any(|func| func.fqn == entry.main);
        let entry = self.program.entry.as_ref().filter(|_| self.library.is_none());
        if let Some(entry) = entry.filter(starts) {
            body.push_str(&self.main(entry, &mut needed));
        }
        let header = self.header(module, &stem, &prototypes);
        let includes = self.includes(module, &stem, &needed);
        (header, CUnit { name: format!("{stem}.c"), text: format!("{includes}{body}") })
    }

    fn header(&self, module: &Module, stem: &str, prototypes: &str) -> CUnit {
        let guard: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let number = self.program.modules.iter().position(|other| other.name == module.name);
        // Different modules may come to the same guard without their number.
        let guard = format!("SPY_MODULE_{guard}_{}_H", number.unwrap_or_default());
        let text = format!(
            "#ifndef {guard}\n#define {guard}\n\n#include \"spy_structdefs.h\"\n\n{prototypes}\n#endif\n"
        );
        CUnit { name: format!("{stem}.h"), text }
    }

    /// The own header first, then those of the modules that the code mentions.
    fn includes(&self, module: &Module, own: &str, needed: &BTreeSet<Name>) -> String {
        let mut out = format!("#include \"{own}.h\"\n");
        if self.shares_inline() {
            out.push_str("#include \"spy_inline.h\"\n");
            return out;
        }
        for other in &self.program.modules {
            if other.name != module.name && needed.contains(&other.name) {
                let _ = writeln!(out, "#include \"{}.h\"", stem(&other.name));
            }
        }
        out
    }

    fn inline_header(&self, headers: &[String]) -> CUnit {
        let mut text = String::from("#ifndef SPY_INLINE_H\n#define SPY_INLINE_H\n\n");
        for header in headers {
            let _ = writeln!(text, "#include \"{header}\"");
        }
        let (prototypes, bodies) = (&self.inline_prototypes, &self.inline_bodies);
        let _ = write!(text, "\n{prototypes}{bodies}\n#endif\n");
        CUnit { name: "spy_inline.h".into(), text }
    }

    /// The module's variables.
    fn cells(&self, cells: &[Cell], prototypes: &mut String, body: &mut String) -> BTreeSet<Name> {
        let mut initializers = Initializers::new(self.scope, self.opts.target());
        let mut definitions = String::new();
        for cell in cells.iter().filter(|cell| exists(&cell.ty)) {
            let name = self.scope.cell(&cell.fqn).name;
            let declaration = declare(&cell.ty, &name);
            let attribute = self.library.map_or("", |library| library.cell_attribute(cell));
            let _ = writeln!(prototypes, "extern {declaration}{attribute};");
            if self.scope.is_extern(&cell.fqn) {
                continue;
            }
            let value = initializers.value(&cell.init, &cell.ty, &name);
            let _ = writeln!(definitions, "{declaration} = {value};");
        }
        for line in initializers.data.values().chain(&initializers.objects) {
            let _ = writeln!(body, "{line}");
        }
        body.push_str(&definitions);
        initializers.modules
    }

    /// The C function `main`.
    fn main(&self, entry: &Entry, needed: &mut BTreeSet<Name>) -> String {
        let mut out = String::from("\nint main(int argc, char **argv) {\n");
        out.push_str("    spy_main_begin(argc, argv);\n");
        let mut args = Vec::new();
        if let Some(list) = &entry.argv {
            out.push_str(&self.argv(list, needed));
            args.push("args");
        }
        let main = self.scope.func(&entry.main);
        if main.track_caller {
            args.push("NULL");
        }
        let call = format!("{}({})", main.name, args.join(", "));
        needed.insert(main.module);
        if entry.returns_status {
            let _ = writeln!(out, "    return spy_main_end({call});");
        } else {
            let _ = writeln!(out, "    {call};\n    return spy_main_end(0);");
        }
        out.push_str("}\n");
        out
    }

    fn argv(&self, list: &ArgvList, needed: &mut BTreeSet<Name>) -> String {
        let (new, push) = (self.scope.func(&list.new), self.scope.func(&list.push));
        let new_args = if new.track_caller { "NULL" } else { "" };
        let push_last = if push.track_caller { ", NULL" } else { "" };
        let out = format!(
            "    {} = {}({new_args});\n    for (int i = 0; i < argc; i++)\n        args = {}(args, spy_str_from_cstr(argv[i]){push_last});\n",
            declare(&list.ty, "args"),
            new.name,
            push.name
        );
        needed.extend([new.module, push.module]);
        out
    }
}
