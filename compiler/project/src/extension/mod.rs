//! Extension modules for CPython: a program, as C or as machine code, and what Python sees of it.
//!
//! What that is, `crate::python` says. If it takes helpers (dicts that Python makes), the program is
//! redshifted once more, with a module that is made up for them.

mod leave;
mod simple;
mod source;
pub(crate) mod tables;

pub use leave::leave;
pub use source::Source;

use crate::error::{EnvError, Failure};
use crate::session::Front;
use crate::settings::Settings;
use spy_codegen_c::{CUnit, Host, Library, emit_header};
use spy_codegen_py::{CStruct, Extension};
use spy_db::Db;
use spy_diagnostics::{Diagnostic, Severity};
use spy_eval::spelling::Speller;
use spy_ir::Type;
use spy_link::Profile;
use spy_package::python::Bindings;
use spy_text::HashMap;
use spy_types::FuncId;
use spy_types::names::func_fqn;
use std::collections::{BTreeMap, BTreeSet};

/// The public header of the program, as the extension includes it.
const HEADER: &str = "spy_python_program";

/// The names by which an extension calls the functions of a program.
pub(crate) fn symbols(front: &Front) -> HashMap<FuncId, String> {
    front.built.funcs.iter().map(|func| (*func, symbol(front, *func))).collect()
}

fn symbol(front: &Front, func: FuncId) -> String {
    spy_codegen_c::symbol(&front.built.names.numbered(&func_fqn(func)))
}

/// The functions that the extension calls.
pub(crate) fn library(db: &dyn Db, front: &Front, bindings: &Bindings) -> Library {
    let wanted: BTreeSet<&str> = bindings.symbols().collect();
    let mut library = Library { host: Host::Extension, ..Library::default() };
    for func in &front.built.funcs {
        let symbol = symbol(front, *func);
        if wanted.contains(symbol.as_str()) {
            library.names.insert(func_fqn(*func), symbol);
        }
    }
    let classes = bindings.modules.iter().flat_map(|module| &module.classes);
    let layouts: BTreeSet<&str> = classes.map(|class| class.layout.as_str()).collect();
    let mut speller = Speller::new(db, front.loaded.project);
    for def in &front.built.program.structs {
        let ty = front.built.types.get(&Type::Struct(def.fqn.clone())).copied();
        let layout = ty.and_then(|ty| speller.ty(ty));
        if layout.is_some_and(|layout| layouts.contains(layout.as_str())) {
            library.structs.insert(def.fqn.clone());
        }
    }
    library
}

/// The files that make an extension of a program.
pub(crate) fn files(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
    bindings: &Bindings,
    library: &Library,
    name: &str,
) -> Vec<CUnit> {
    let checked = settings.compile.profile == Profile::Debug;
    let program = &front.built.program;
    let header = emit_header(program, library, HEADER, checked);
    let extension = Extension {
        name,
        bindings,
        header: &header.name,
        structs: &structs(db, front),
        simple: &simple::symbols(program, library, settings.release_gil),
        checked,
        release_gil: settings.release_gil,
    };
    let files = spy_codegen_py::emit(&extension);
    let files = files.into_iter().map(|file| CUnit { name: file.name, text: file.text });
    std::iter::once(header.clone()).chain(files).collect()
}

/// Refuses a program that calls packages which exist as WebAssembly only.
pub(crate) fn check_externs(front: &Front) -> Result<(), Failure> {
    let Some(missing) = front.built.program.externs.keys().next() else { return Ok(()) };
    let message = format!(
        "`{}` has no source, and extensions for Python are compiled from source",
        missing.module()
    );
    let help = "ask its author for a package with source";
    Err(Failure::Environment(EnvError::new(message).with_help(help)))
}

/// What Python does not get of what is public.
pub(crate) fn warnings(bindings: &Bindings) -> Vec<Diagnostic> {
    let modules = bindings.modules.iter();
    let left_out = modules.flat_map(|module| module.left_out.iter().map(move |out| (module, out)));
    left_out
        .map(|(module, out)| {
            let message = format!("`{}.{}` is left out: {}", module.name, out.name, out.reason);
            let error = Diagnostic::error("TypeError", message);
            Diagnostic { severity: Severity::Warning, ..error }
                .with_help("begin its name with `_`, or list what Python gets in `__all__`")
        })
        .collect()
}

/// How the structs of a program are called in C, by their layouts.
fn structs(db: &dyn Db, front: &Front) -> BTreeMap<String, CStruct> {
    let program = &front.built.program;
    let mut speller = Speller::new(db, front.loaded.project);
    let mut pointers = HashMap::default();
    let mut found = BTreeMap::new();
    for def in &program.structs {
        let holds = def.builtin
            || def.fields.iter().any(|(_, ty)| match ty {
                Type::None | Type::Opaque(_) | Type::Func(_) => false,
                Type::Scalar(scalar) => matches!(scalar.name(), "str" | "bytes"),
                Type::Struct(fqn) => pointers.get(fqn).copied().unwrap_or(true),
                _ => true,
            });
        pointers.insert(def.fqn.clone(), holds);
        let ty = front.built.types.get(&Type::Struct(def.fqn.clone())).copied();
        let Some(layout) = ty.and_then(|ty| speller.ty(ty)) else { continue };
        let fields = def.fields.iter();
        let fields = fields.map(|(name, _)| (name.to_string(), spy_codegen_c::identifier(name)));
        let name = spy_codegen_c::symbol(&def.fqn);
        found.insert(layout, CStruct { name, fields: fields.collect(), has_pointers: holds });
    }
    found
}
