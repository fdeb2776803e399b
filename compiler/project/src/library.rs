//! What a library offers: compiled functions and module variables, under the names that people
//! know. A WebAssembly host sees all of them; a C program those of the program's own modules.

use crate::driver::Code;
use crate::front::Built;
use crate::interface;
use crate::session::Front;
use crate::settings::Settings;
use spy_codegen_c::{CUnit, Host, Library, emit_header};
use spy_db::Db;
use spy_link::Profile;
use spy_text::Name;
use std::collections::BTreeSet;

/// Name of the description of a library, in the build folder.
pub(crate) const INTERFACE_FILE: &str = "interface.json";

/// The modules of a program that are not part of the standard library.
pub(crate) fn own_modules(db: &dyn Db, front: &Front) -> BTreeSet<Name> {
    let is_own = |name: &Name| {
        spy_db::module_file(db, front.loaded.project, name).is_some_and(|file| !file.stdlib(db))
    };
    let modules = front.built.program.modules.iter().map(|module| module.name.clone());
    modules.filter(is_own).collect()
}

/// What a library offers. Names have numbers where several instances share one.
pub(crate) fn exports(built: &Built, own: &BTreeSet<Name>, host: Host) -> Library {
    let modules: BTreeSet<Name> = match host {
        Host::Wasm => built.program.modules.iter().map(|module| module.name.clone()).collect(),
        Host::Native | Host::Object | Host::Extension => own.clone(),
    };
    let funcs = built.program.modules.iter().flat_map(|module| &module.funcs);
    let names = funcs
        .filter(|func| modules.contains(func.fqn.module()))
        .map(|func| (func.fqn.clone(), spy_codegen_c::symbol(&built.names.numbered(&func.fqn))))
        .collect();
    Library { host, names, modules, ..Library::default() }
}

/// What kind of host calls the libraries of these settings.
pub(crate) fn host(settings: &Settings) -> Host {
    if settings.compile.is_wasm() { Host::Wasm } else { Host::Native }
}

/// Completes the code of a library with the files that its users read.
pub(crate) fn publish(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
    own: &BTreeSet<Name>,
    library: &Library,
    code: &mut Code,
) {
    let name = front.loaded.root.as_str();
    let program = &front.built.program;
    let description = interface::describe(db, settings, front, own, library);
    code.exports = library.cells(program);
    if library.host == Host::Wasm {
        code.units.push(interface::section(&description));
    } else {
        code.exports.extend(library.symbols(program));
        code.exports.extend(spy_codegen_c::HEADER_FUNCTIONS.map(str::to_owned));
        let checked = settings.compile.profile == Profile::Debug;
        code.public.push(emit_header(program, library, name, checked));
    }
    code.public.push(CUnit { name: INTERFACE_FILE.to_owned(), text: description });
}
