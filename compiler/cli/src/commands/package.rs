//! `spy new` and `spy package`.

use super::build::front_end;
use super::extension;
use crate::args::{NewCommand, PackageCommand};
use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_package::manifest::FILE_NAME;
use spy_package::scaffold::{self, Kind};
use spy_package::tree::Member;
use spy_package::wheel::{Built, platform};
use spy_package::{Distribution, Manifest};
use spy_project::front::MainRule;
use spy_project::packaging::{self, Archives, WithRoot};
use spy_project::{EnvError, Session, World, artefacts, paths, prebuilt};
use std::path::Path;

/// `spy new`.
pub(crate) fn new(context: &Context, command: &NewCommand) -> Result<Status, Status> {
    let dir = paths::normalize(&context.current_dir.join(&command.name));
    let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = if command.lib { Kind::Package } else { Kind::Program };
    scaffold::create(&dir, &name, kind, !command.no_editor_files)
        .map_err(|error| context.environment(&EnvError::from(error)))?;
    if !context.global.quiet {
        let folder = command.name.display();
        let file = if command.lib { "example.spy" } else { "main.spy" };
        output::print(&format!("created `{folder}`; run it: spy {folder}/{file}\n"))?;
    }
    Ok(Status::Success)
}

/// `spy package`.
pub(crate) fn package(context: &Context, command: &PackageCommand) -> Result<Status, Status> {
    let project = paths::normalize(&context.current_dir.join(&command.project));
    let wanted = Archives {
        wheel: !command.sdist && !command.editable,
        sdist: !command.wheel && !command.editable,
        editable: command.editable,
    };
    let environment = |error: EnvError| context.environment(&error);
    let manifest = Manifest::read(&project).map_err(|error| environment(error.into()))?;
    let mut dist = packaging::distribution(&manifest).map_err(environment)?;
    if wanted.wheel {
        dist.built = compile(context, command, &manifest, &dist)?;
        if manifest.python.native {
            add_extension(context, command, &manifest, &mut dist)?;
        }
    }
    let made = packaging::pack(&manifest, &dist, wanted).map_err(environment)?;
    let dir = match &command.out_dir {
        Some(dir) => context.current_dir.join(dir),
        None => project.join("dist"),
    };
    made.iter().try_for_each(|built| write(context, &dir, built))?;
    Ok(Status::Success)
}

/// A wheel that does not compile is of no use to anybody. Returns what was compiled ahead of time.
fn compile(
    context: &Context,
    command: &PackageCommand,
    manifest: &Manifest,
    dist: &Distribution,
) -> Result<Vec<Member>, Status> {
    let main = command.project.join(FILE_NAME);
    let is_compiled = manifest.is_prebuilt() || manifest.python.wasm;
    let mut settings =
        if is_compiled { context.package_settings(&main)? } else { context.settings(&main)? };
    settings.compile.call_table = manifest.python.wasm;
    let world = context.world();
    let system =
        WithRoot::new(world.system, manifest, dist).map_err(|error| context.environment(&error))?;
    let mut session = Session::new(World { system: &system, ..world }, &settings);
    let root = system.path().to_owned();
    let shown = root.strip_prefix(&context.current_dir).unwrap_or(&root);
    let mut front = front_end(context, &mut session, shown, Default::default(), MainRule::Free)?;
    if manifest.python.wasm {
        let done = prebuilt::with_helpers(&mut session, front, dist, &system);
        let (with, said) = done.map_err(|failure| context.fail(shown, &session, &failure))?;
        front = with;
        if !manifest.python.native {
            context.diagnostics(shown, &session, &said)?;
        }
    }
    let mut members = Vec::new();
    if !manifest.python.wasm {
        let stubs = prebuilt::stubs(&session, &front, manifest, dist);
        members = stubs.map_err(|failure| context.fail(shown, &session, &failure))?;
    }
    if !is_compiled {
        return Ok(members);
    }
    let compiled = prebuilt::compile(&session, front, manifest, dist, &root);
    members.extend(compiled.map_err(|failure| context.fail(shown, &session, &failure))?);
    Ok(members)
}

/// Adds the extension module, and says which machines the wheel is for then.
fn add_extension(
    context: &Context,
    command: &PackageCommand,
    manifest: &Manifest,
    dist: &mut Distribution,
) -> Result<(), Status> {
    let environment = |error: EnvError| context.environment(&error);
    let [module] = manifest.modules.as_slice() else {
        let message = "`python = [\"native\"]` is for packages of one module at the top";
        return Err(environment(EnvError::new(message).with_help("move the others into it")));
    };
    let base = manifest.source_dir();
    let folder = base.join(module).join("__init__.spy");
    let root = if folder.is_file() { folder } else { base.join(format!("{module}.spy")) };
    let settings = context.extension_settings(&command.project.join(FILE_NAME))?;
    let bytes = extension::of_package(context, &settings, &root, &manifest.dir.join("build"))?;
    dist.tag = platform::tag(&bytes).map_err(|error| environment(error.into()))?;
    // Python prefers it to an `__init__.py` beside it, and passes it over where it does not fit.
    dist.built.push(Member { path: format!("{module}/__init__.abi3.so"), bytes });
    Ok(())
}

/// Writes an archive and prints its path.
fn write(context: &Context, dir: &Path, built: &Built) -> Result<(), Status> {
    let path = dir.join(&built.name);
    artefacts::create_dir(dir)
        .and_then(|()| artefacts::write_if_changed(&path, &built.bytes))
        .map_err(|error| context.environment(&error))?;
    if context.global.quiet {
        return Ok(());
    }
    output::print(&format!("{}\n", context.shown(&path)))
}
