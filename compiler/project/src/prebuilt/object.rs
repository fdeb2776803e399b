//! Compiling a package ahead of time: one relocatable WebAssembly object, and the same as a module.

use super::describe::{Subject, describe, symbols};
use crate::calls::Calls;
use crate::driver::{Code, Driver};
use crate::error::{EnvError, Failure};
use crate::extension;
use crate::front::BuildOptions;
use crate::packaging::{self, WithRoot};
use crate::python;
use crate::session::{Front, Session};
use crate::settings::BuildPlan;
use spy_codegen_c::{Host, Library};
use spy_diagnostics::Diagnostic;
use spy_link::{CompileOptions, OutputKind};
use spy_package::interface::Import;
use spy_package::tree::Member;
use spy_package::{Distribution, Manifest, Shipped, object, stubs};
use spy_text::Name;
use std::collections::BTreeSet;
use std::path::Path;

/// Adds to a package what Python needs to make values for it, if it needs something: then the package
/// goes through the front end once more. Also returns what there is to say about what Python does not get.
///
/// # Errors
/// The package wants to offer what Python cannot have; or (a bug) what was added is refused.
pub fn with_helpers(
    session: &mut Session<'_>,
    front: Front,
    dist: &Distribution,
    system: &WithRoot<'_>,
) -> Result<(Front, Vec<Diagnostic>), Failure> {
    let described = describe_for_python(session, &front, dist)?;
    let said = extension::warnings(&described.bindings);
    if described.helpers.is_empty() {
        return Ok((front, said));
    }
    system.add(&described.helpers);
    let options = BuildOptions { main: crate::front::MainRule::Free, ..BuildOptions::default() };
    let front = session.front(system.path(), &options)?;
    if front.built.has_errors() {
        return Err(Failure::Program(front.built.diagnostics));
    }
    Ok((front, said))
}

fn describe_for_python(
    session: &Session<'_>,
    front: &Front,
    dist: &Distribution,
) -> Result<python::Described, EnvError> {
    let modules: Vec<Name> = packaging::modules(dist).into_iter().map(Name::from).collect();
    let known = symbols(front);
    python::describe(session.db(), front, &modules, &|func| known.get(&func).cloned())
}

/// The stubs of a package that Python imports as an extension only.
///
/// # Errors
/// The package wants to offer what Python cannot have.
pub fn stubs(
    session: &Session<'_>,
    front: &Front,
    manifest: &Manifest,
    dist: &Distribution,
) -> Result<Vec<Member>, Failure> {
    if !manifest.python.native {
        return Ok(Vec::new());
    }
    Ok(stubs::stubs(&describe_for_python(session, front, dist)?.bindings))
}

/// Compiles a package that went through the front end; `root` is the main file that was made up for
/// it. Returns the files for its wheel.
///
/// # Errors
/// There is no compiler for WebAssembly, or the folder for what is built cannot be written.
pub fn compile(
    session: &Session<'_>,
    mut front: Front,
    manifest: &Manifest,
    dist: &Distribution,
    root: &Path,
) -> Result<Vec<Member>, Failure> {
    let settings = session.settings();
    let modules: Vec<Name> = packaging::modules(dist).into_iter().map(Name::from).collect();
    share_variables(session, &mut front, &modules)?;
    let name = (manifest.project.name.clone(), manifest.version.to_string());
    let subject = Subject {
        name,
        modules: &modules,
        python: manifest.python.wasm,
        generics: manifest.shipped == Shipped::Generics,
    };
    let mut interface = describe(session.db(), settings, &front, &subject)?;
    let functions = interface.functions().map(|function| function.symbol.as_str());
    let offered = functions.chain(interface.python.iter().flat_map(|python| python.symbols()));
    let symbols: Vec<String> = offered.map(str::to_owned).collect();
    let library = library(&front, &symbols);
    let units = session.emit_library(&front, &library);
    let mut plan = BuildPlan::new(root, settings);
    plan.dir = manifest.dir.join("build");
    let driver = Driver::new(session.world(), settings, &plan);
    let is_numbered = !settings.compile.debug_info;
    let calls =
        settings.compile.call_table.then(|| Calls::new(&front.built, &library, is_numbered));
    let (mut bytes, mut debug) =
        driver.relocatable(&Code { units, calls: calls.clone(), ..Code::default() })?;
    let mut keep: BTreeSet<String> = symbols.into_iter().collect();
    keep.extend(interface.variables().map(|(symbol, _)| symbol.to_owned()));
    let broken = |error: spy_package::PackageError| Failure::Internal(error.message);
    for object in [Some(&mut bytes), debug.as_mut()].into_iter().flatten() {
        object::hide_symbols(object, &keep).map_err(broken)?;
    }
    let known: BTreeSet<String> =
        interface.imports.iter().map(|import| import.symbol.clone()).collect();
    let needed = object::undefined(&bytes).map_err(broken)?;
    let runtime = needed.into_iter().filter(|symbol| symbol.starts_with("spy_"));
    interface.imports.extend(
        runtime.filter(|symbol| !known.contains(symbol)).map(|symbol| Import {
            package: None,
            symbol,
            signature: String::new(),
        }),
    );
    let text = interface.to_text();
    let bytes = object::with_interface(bytes, &text);
    let mut members = Vec::new();
    let [top, ..] = manifest.modules.as_slice() else {
        return Err(EnvError::new("the package has no modules").into());
    };
    // Of a package that needs others there is no module that stands alone.
    let needed = interface.imports.iter().find_map(|import| import.package.as_ref());
    if let (Some(package), true) = (needed, manifest.python.wasm) {
        let message =
            format!("Python cannot import a package that needs the object of `{package}`");
        return Err(EnvError::new(message)
            .with_help(format!("install a wheel of `{package}` that has its source"))
            .into());
    }
    if needed.is_none() {
        let keep: Vec<String> = keep.into_iter().collect();
        let mut linked = driver.module(&bytes, &keep, false)?;
        if let (Some(calls), Some(debug)) = (&calls, debug) {
            let debug = driver.module(&object::with_interface(debug, &text), &keep, true)?;
            driver.add_module_table(calls, &debug, &mut linked);
        }
        members.push(Member { path: format!("{top}/_spy/{top}.wasm"), bytes: linked });
    }
    if let Some(bindings) = &interface.python {
        members.extend(hand_over(manifest, dist));
        members.extend(stubs::stubs(bindings));
    }
    if manifest.is_prebuilt() {
        members.push(Member { path: format!("{top}/_spy/interface.json"), bytes: text.into() });
        members.push(Member { path: format!("{top}/_spy/{top}.o.wasm"), bytes });
    }
    Ok(members)
}

/// The modules with which Python begins, and which hand over to the loader. A project may have some
/// of its own.
fn hand_over(manifest: &Manifest, dist: &Distribution) -> Vec<Member> {
    let Some(home) = manifest.modules.first() else { return Vec::new() };
    let file = |module: &String| {
        let from = if module == home { String::new() } else { format!(", {home:?}") };
        let text = format!("from spy_loader import load as _load\n_load(__name__{from})\n");
        Member { path: format!("{module}/__init__.py"), bytes: text.into() }
    };
    let is_there = |path: &str| dist.modules.iter().any(|member| member.path == path);
    manifest.modules.iter().map(file).filter(|member| !is_there(&member.path)).collect()
}

/// What the object offers: functions under their symbols.
fn library(front: &Front, symbols: &[String]) -> Library {
    let offered: BTreeSet<&String> = symbols.iter().collect();
    let scope = spy_codegen_c::ProgramScope::new(&front.built.program);
    let funcs = front.built.program.modules.iter().flat_map(|module| &module.funcs);
    let named = funcs.map(|func| (func.fqn.clone(), scope.name(&func.fqn)));
    let names = named.filter(|(_, symbol)| offered.contains(symbol)).collect();
    Library { host: Host::Object, names, ..Library::default() }
}

/// Code of packages that are there as source becomes a part of the object. Their variables may
/// not: each would exist twice in a program.
fn share_variables(session: &Session<'_>, front: &mut Front, own: &[Name]) -> Result<(), EnvError> {
    let (db, project) = (session.db(), front.loaded.project);
    for module in &front.built.program.modules {
        let is_library = spy_db::module_file(db, project, &module.name)
            .is_none_or(|file| spy_db::SourceFile::stdlib(file, db));
        let is_foreign = !own.contains(&module.name)
            && !is_library
            && !spy_db::is_interface(db, project, &module.name);
        if let Some(cell) = module.cells.first().filter(|_| is_foreign) {
            let package = module.name.split('.').next().unwrap_or(&module.name);
            let message = format!(
                "`{}` has the variable `{}`, which would exist twice if the package were compiled \
                 ahead of time",
                module.name,
                cell.fqn.last().name
            );
            return Err(EnvError::new(message).with_help(format!(
                "install a wheel of `{package}` that was compiled ahead of time too (`prebuilt` in \
                 its table `[tool.spy]`)"
            )));
        }
    }
    Ok(())
}

/// How a package is compiled.
#[must_use]
pub(crate) fn options(options: CompileOptions) -> CompileOptions {
    CompileOptions {
        target: CompileOptions::wasi_target(),
        kind: OutputKind::Exe,
        position_independent: true,
        ..options
    }
}
