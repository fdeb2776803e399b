//! `spy build` and `spy run`.

use super::execute::{self, Start};
use super::{extension, watch};
use crate::args::{BuildCommand, CompileArgs, Emit, ErrorMode, RunCommand};
use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_link::OutputKind;
use spy_project::front::{self, BuildOptions, MainRule};
use spy_project::{
    Artefact, Backend, BuildPlan, Code, Driver, EnvError, Failure, Front, Linking, Objects,
    ReadFiles, Record, Session, Settings, World, artefacts, toolchain,
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// `spy build`.
pub(crate) fn build(context: &Context, command: &BuildCommand) -> Result<Status, Status> {
    let kind = match command.output_kind {
        crate::args::OutputKind::Exe => OutputKind::Exe,
        crate::args::OutputKind::Lib => OutputKind::Lib,
        crate::args::OutputKind::PyExt => OutputKind::PyExt,
    };
    if command.execute && kind != OutputKind::Exe {
        let error = EnvError::new("a library cannot be run");
        let help = format!("leave out `-x`, or `--output-kind {}`", kind.as_str());
        return Err(context.environment(&error.with_help(help)));
    }
    let mut settings = context.compile_settings(
        &command.compile,
        kind,
        &command.file,
        command.link_prebuilt.as_deref(),
    )?;
    settings.release_gil = command.release_gil;
    // Other build systems link what is emitted, and make no table.
    let is_emitted = command.emit == Some(Emit::C) || command.no_compile || command.cdump;
    settings.compile.call_table &= !is_emitted;
    if command.release_gil && !settings.is_extension() {
        let error = EnvError::new("`--release-gil` is about extension modules for Python");
        return Err(context.environment(&error.with_help("add `--output-kind py-ext`")));
    }
    if command.static_link {
        static_executable(context, &mut settings)?;
    }
    if settings.is_extension() {
        return extension::build(context, command, &settings);
    }
    if command.emit == Some(Emit::C) || command.no_compile || command.cdump {
        return emit_c(context, command, &settings);
    }
    if command.watch {
        return watch::watch(context, command, &settings);
    }
    let (mut artefact, settings) =
        make(context, context.world(), &command.compile, settings, &command.file)?;
    if let Some(path) = &command.output {
        artefact.path = copy(context, &artefact.path, path)?;
    }
    if !context.global.quiet {
        output::print(&shown_kind(context, &settings, &artefact))?;
    }
    if !command.execute {
        return Ok(Status::Success);
    }
    let name = artefact.path.as_os_str();
    let run = if command.timeit { execute::timed } else { execute::program };
    run(context, &settings, &artefact.path, name, &command.args)
}

/// Puts what was built where the user wants it, in one step. It stays in the build folder too, where
/// the next build looks for it.
pub(crate) fn copy(context: &Context, built: &Path, path: &Path) -> Result<PathBuf, Status> {
    let fail = |error: &EnvError| context.environment(error);
    let path =
        std::path::absolute(path).map_err(|error| fail(&EnvError::io("write", path, &error)))?;
    let bytes = std::fs::read(built).map_err(|error| fail(&EnvError::io("read", built, &error)))?;
    artefacts::write_executable(&path, &bytes).map_err(|error| fail(&error))?;
    Ok(path)
}

/// The line that says what was built.
pub(crate) fn shown_kind(context: &Context, settings: &Settings, artefact: &Artefact) -> String {
    let profile = settings.compile.profile;
    format!("[{profile}] {} \n", context.shown(&artefact.path))
}

/// Links the executable without shared libraries.
fn static_executable(context: &Context, settings: &mut Settings) -> Result<(), Status> {
    let refused = if settings.compile.is_wasm() {
        Some("--static can only be used with --target native")
    } else if settings.compile.kind != OutputKind::Exe {
        Some("--static can only be used for executables")
    } else if cfg!(target_os = "macos") {
        Some("--static is not supported on macOS")
    } else {
        None
    };
    match refused {
        Some(message) => Err(context.environment(&EnvError::new(message))),
        None => {
            settings.compile.static_link = true;
            Ok(())
        }
    }
}

/// `spy run`.
///
/// Sets `start` if the program is to run in this process.
pub(crate) fn run(
    context: &Context,
    command: &RunCommand,
    start: &mut Option<Start>,
) -> Result<Status, Status> {
    let settings =
        context.compile_settings(&command.compile, OutputKind::Exe, &command.file, None)?;
    let started = Instant::now();
    let is_interpreted = command.interp || command.spdb;
    if is_interpreted || command.redshifted {
        let status = if is_interpreted {
            interpret(context, command, &settings)
        } else {
            let error_mode = command.compile.error_mode;
            execute::redshifted(context, &settings, error_mode, &command.file, &command.args)
        };
        if command.timeit {
            execute::say_time(started);
        }
        return status;
    }
    if settings.runs_in_memory() && !command.timeit {
        *start = load(context, command, &settings)?;
        if start.is_some() {
            return Ok(Status::Success);
        }
    }
    let (artefact, settings) =
        make(context, context.world(), &command.compile, settings, &command.file)?;
    // The program sees the name that the user typed, however it is run.
    let name = command.file.as_os_str();
    let run = if command.timeit { execute::timed } else { execute::program };
    run(context, &settings, &artefact.path, name, &command.args)
}

/// Compiles a program into this process; `None` if a part of it was compiled ahead of time.
fn load(
    context: &Context,
    command: &RunCommand,
    settings: &Settings,
) -> Result<Option<Start>, Status> {
    let RunCommand { compile, file, args, .. } = command;
    let mut session = Session::new(context.world(), settings);
    let root = context.root(file)?;
    let read = session.read(&root).map_err(|failure| context.fail(file, &session, &failure))?;
    if !read.loaded.prebuilt.is_empty() {
        return Ok(None);
    }
    let options = BuildOptions { error_mode: compile.error_mode.into(), main: main_rule(settings) };
    let front = finish_front_end(context, &session, file, read, &options)?;
    let program = session
        .emit_memory(&front.built)
        .map_err(|failure| context.fail(file, &session, &failure))?;
    context.clear_progress();
    context.report_timings(compile)?;
    // The process ends with the program: taking the database apart would be for nothing.
    std::mem::forget((session, front));
    Ok(Some(Start::new(program, file.as_os_str(), args)))
}

fn interpret(
    context: &Context,
    command: &RunCommand,
    settings: &Settings,
) -> Result<Status, Status> {
    let root = context.root(&command.file)?;
    let mut session = Session::new(context.world(), settings);
    let loaded = match session.checked(&root) {
        Ok(loaded) => loaded,
        Err(failure) => return Err(context.fail(&command.file, &session, &failure)),
    };
    context.clear_progress();
    let argv = execute::text_argv(&command.file, &command.args);
    let debugger = context.debugger(&command.file, &session, command.spdb);
    let result = front::run_interp(session.db(), loaded.project, &loaded.root, &argv, &debugger);
    execute::interpreted(context, &session, &command.file, result)
}

/// A program on its way to an executable.
enum Made {
    C(Code),
    Objects(Objects),
}

/// Builds an executable, or finds that it is up to date. Returns the settings with which it was
/// built: packages without source are linked, whether that was asked for or not. `world` is where its
/// files are read from.
pub(crate) fn make(
    context: &Context,
    world: World<'_>,
    args: &CompileArgs,
    settings: Settings,
    file: &Path,
) -> Result<(Artefact, Settings), Status> {
    let build = |settings: &Settings| {
        let mut session = Session::new(world, settings);
        make_with(context, &mut session, args.error_mode, settings, file)
    };
    let made = build(&settings).and_then(|made| {
        let Some(artefact) = made else {
            context.verbose("linking packages that have no source");
            let kind = settings.compile.kind;
            let mut linked = context.compile_settings(args, kind, file, Some(&[]))?;
            linked.build_dir.clone_from(&settings.build_dir);
            let settings = linked;
            let artefact = build(&settings)?.ok_or(Status::Internal)?;
            return Ok((artefact, settings));
        };
        Ok((artefact, settings))
    });
    context.clear_progress();
    let timings = context.report_timings(args);
    let made = made?;
    timings?;
    Ok(made)
}

/// Builds an executable in a database that may have built it before; `None` if packages must be
/// linked that these settings do not link.
pub(crate) fn make_with(
    context: &Context,
    session: &mut Session<'_>,
    error_mode: ErrorMode,
    settings: &Settings,
    file: &Path,
) -> Result<Option<Artefact>, Status> {
    let root = context.root(file)?;
    let plan = BuildPlan::new(&root, settings);
    let driver = Driver::new(context.world(), settings, &plan);
    let fail = |session: &Session<'_>, failure: &Failure| context.fail(file, session, failure);
    let short = driver.shortcut(error_mode.into()).map_err(|failure| fail(session, &failure))?;
    if let Some(artefact) = short {
        return replayed(context, artefact).map(Some);
    }
    let read = session.read(&root).map_err(|failure| fail(session, &failure))?;
    if settings.linking == Linking::Needed && !read.loaded.prebuilt.is_empty() {
        return Ok(None);
    }
    say_compiler(context, settings);
    let options = BuildOptions { error_mode: error_mode.into(), main: main_rule(settings) };
    if let Some(known) = session.known(&read, &options) {
        let made = driver.build_snapshot(&known, &[], read.probes.clone());
        if let Some(artefact) = made.map_err(|failure| fail(session, &failure))? {
            return replayed(context, artefact).map(Some);
        }
    }
    let front = finish_front_end(context, session, file, read, &options)?;
    let code = match settings.backend {
        Backend::C => Ok(Made::C(session.emit_c(&front))),
        Backend::Cranelift => {
            session.emit_objects(&front, driver.previous().as_ref()).map(Made::Objects)
        }
    };
    let snapshot = match &code {
        Ok(Made::Objects(objects)) => session.snapshot(&front, objects, &options),
        _ => None,
    };
    let Front { built, probes, .. } = front;
    // Warnings must be shown again, so a build that has some is never skipped.
    let record = built.diagnostics.is_empty().then(|| Record {
        probes,
        printed: built.output.clone(),
        error_mode: error_mode.into(),
        snapshot,
    });
    let made = code.and_then(|made| match made {
        Made::C(code) => driver.build(&code, record),
        Made::Objects(objects) => driver.build_objects(&objects, record),
    });
    made.map(Some).map_err(|failure| context.fail(file, session, &failure))
}

fn main_rule(settings: &Settings) -> MainRule {
    if settings.is_library() { MainRule::Free } else { MainRule::Needed }
}

/// Runs the front end, prints what it has to say, and stops if there are errors.
pub(crate) fn front_end(
    context: &Context,
    session: &mut Session<'_>,
    file: &Path,
    error_mode: ErrorMode,
    main: MainRule,
) -> Result<Front, Status> {
    let root = context.root(file)?;
    let options = BuildOptions { error_mode: error_mode.into(), main };
    let read = session.read(&root).map_err(|failure| context.fail(file, session, &failure))?;
    finish_front_end(context, session, file, read, &options)
}

/// The front end of a program whose files were read.
pub(crate) fn finish_front_end(
    context: &Context,
    session: &Session<'_>,
    file: &Path,
    read: ReadFiles,
    options: &BuildOptions,
) -> Result<Front, Status> {
    let front = match session.front_of(read, options) {
        Ok(front) => front,
        Err(failure) => return Err(context.fail(file, session, &failure)),
    };
    context.clear_progress();
    context.program_output(&front.built.output)?;
    context.diagnostics(file, session, &front.built.diagnostics)?;
    if front.built.has_errors() { Err(Status::ProgramErrors) } else { Ok(front) }
}

/// An executable for which the front end did not run: what it would have printed.
pub(crate) fn replayed(context: &Context, artefact: Artefact) -> Result<Artefact, Status> {
    if artefact.up_to_date {
        context.verbose("up to date");
    }
    context.program_output(artefact.replay.as_deref().unwrap_or_default())?;
    Ok(artefact)
}

fn emit_c(
    context: &Context,
    command: &BuildCommand,
    settings: &Settings,
) -> Result<Status, Status> {
    let file = &command.file;
    let mut session = Session::new(context.world(), settings);
    let front =
        front_end(context, &mut session, file, command.compile.error_mode, main_rule(settings))?;
    let plan = BuildPlan::new(&context.root(file)?, settings);
    let driver = Driver::new(context.world(), settings, &plan);
    let written = driver.write_c(&session.emit_c(&front));
    let files = written.map_err(|failure: Failure| context.fail(file, &session, &failure))?;
    say_files(context, command, &files)
}

/// Says which C files were written, or prints them.
pub(crate) fn say_files(
    context: &Context,
    command: &BuildCommand,
    files: &[PathBuf],
) -> Result<Status, Status> {
    context.clear_progress();
    context.report_timings(&command.compile)?;
    if command.cdump {
        for path in files {
            let text = std::fs::read_to_string(path)
                .map_err(|error| context.environment(&EnvError::io("read", path, &error)))?;
            output::print(&format!("---- {} ----\n{text}\n", context.shown(path)))?;
        }
    } else if !context.global.quiet {
        let files: Vec<String> = files.iter().map(|path| context.shown(path)).collect();
        output::print(&format!("C files:      {}\n", files.join(", ")))?;
    }
    Ok(Status::Success)
}

/// Under `--verbose`: which C compiler is used.
pub(crate) fn say_compiler(context: &Context, settings: &Settings) {
    if !context.global.verbose {
        return;
    }
    if settings.links_alone() {
        return context.verbose("linked in this process, without a C compiler");
    }
    if let Ok(cc) = toolchain::find(settings) {
        let version = cc.version().unwrap_or_else(|error| error.to_string());
        if settings.backend == Backend::Cranelift {
            let command = cc.display();
            return context
                .verbose(&format!("linked by: {command} (from {}): {version}", cc.origin));
        }
        context.verbose(&format!("C compiler: {} (from {}): {version}", cc.display(), cc.origin));
        let flags = settings.compile.compile_flags().into_iter().map(OsStr::new);
        context.verbose(&format!("C flags: {}", spy_link::shell_words(flags)));
    }
}

impl From<ErrorMode> for front::ErrorMode {
    fn from(mode: ErrorMode) -> Self {
        match mode {
            ErrorMode::Eager => Self::Eager,
            ErrorMode::Lazy => Self::Lazy,
            ErrorMode::Warn => Self::Warn,
        }
    }
}
