//! Running the user's program.

use super::build::front_end;
use super::wasi_host;
use crate::args::ErrorMode;
use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_project::front::{self, MainRule, Stopped};
use spy_project::{EnvError, MemoryProgram, Session, Settings};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A program that is to run in this process, on the thread that the process began with.
pub(crate) struct Start {
    program: MemoryProgram,
    argv: Vec<Vec<u8>>,
}

impl Start {
    /// `argv[0]` is `name`.
    pub(crate) fn new(program: MemoryProgram, name: &OsStr, args: &[OsString]) -> Self {
        let words = std::iter::once(name).chain(args.iter().map(OsString::as_os_str));
        Self { program, argv: words.map(|word| word.as_encoded_bytes().to_vec()).collect() }
    }

    /// Runs it, and ends the process as it ends.
    pub(crate) fn run(self) -> ! {
        self.program.run(self.argv)
    }
}

/// Runs an executable in place of this process, so that signals, job control and the exit status
/// are the program's own. A WebAssembly program needs a host.
pub(crate) fn program(
    context: &Context,
    settings: &Settings,
    path: &Path,
    name: &OsStr,
    args: &[OsString],
) -> Result<Status, Status> {
    let mut command = prepared(context, settings, path, name, args)?;
    replace_process(&mut command)
        .map_err(|error| context.environment(&EnvError::io("run", path, &error)))
}

/// Runs an executable, and says how long it took.
pub(crate) fn timed(
    context: &Context,
    settings: &Settings,
    path: &Path,
    name: &OsStr,
    args: &[OsString],
) -> Result<Status, Status> {
    let mut command = prepared(context, settings, path, name, args)?;
    let started = Instant::now();
    let status = command
        .status()
        .map_err(|error| context.environment(&EnvError::io("run", path, &error)))?;
    say_time(started);
    Ok(program_status(status.code().unwrap_or(1)))
}

/// Says how long the program has been running, in seconds.
pub(crate) fn say_time(started: Instant) {
    output::error_line(&format!("main(): {:.3} seconds", started.elapsed().as_secs_f64()));
}

/// The command that runs an executable.
pub(crate) fn prepared(
    context: &Context,
    settings: &Settings,
    path: &Path,
    name: &OsStr,
    args: &[OsString],
) -> Result<Command, Status> {
    Ok(if settings.compile.is_wasm() && !settings.translate {
        let search = settings.tools.path.as_deref();
        wasi_host::command(path, name, args, search).ok_or_else(|| {
            let error = EnvError::new("there is nothing on PATH that runs WebAssembly programs");
            context.environment(&error.with_help(wasi_host::INSTALL_HINT))
        })?
    } else {
        let mut command = Command::new(path);
        command.args(args);
        set_name(&mut command, name);
        command
    })
}

#[cfg(unix)]
fn set_name(command: &mut Command, name: &OsStr) {
    use std::os::unix::process::CommandExt;
    command.arg0(name);
}

#[cfg(not(unix))]
fn set_name(_command: &mut Command, _name: &OsStr) {}

#[cfg(unix)]
fn replace_process(command: &mut Command) -> std::io::Result<Status> {
    use std::os::unix::process::CommandExt;
    // Returns only if it failed.
    Err(command.exec())
}

#[cfg(not(unix))]
fn replace_process(command: &mut Command) -> std::io::Result<Status> {
    Ok(program_status(command.status()?.code().unwrap_or(1)))
}

/// Runs a redshifted program in the interpreter.
pub(crate) fn redshifted(
    context: &Context,
    settings: &Settings,
    error_mode: ErrorMode,
    file: &Path,
    args: &[OsString],
) -> Result<Status, Status> {
    let mut session = Session::new(context.world(), settings);
    let front = front_end(context, &mut session, file, error_mode, MainRule::Needed)?;
    let argv = text_argv(file, args);
    let result = front::run_redshifted(session.db(), front.loaded.project, &front.built, argv);
    interpreted(context, &session, file, result)
}

/// How an interpreted program ended.
pub(crate) fn interpreted(
    context: &Context,
    session: &Session<'_>,
    file: &Path,
    result: Result<i32, Stopped>,
) -> Result<Status, Status> {
    match result {
        Ok(status) => Ok(program_status(status)),
        Err(Stopped::BrokenPipe) => Ok(Status::Success),
        Err(Stopped::Reported) => Ok(Status::ProgramErrors),
        Err(Stopped::Quit) => {
            output::print("SPdbQuit\n")?;
            Ok(Status::ProgramErrors)
        }
        Err(Stopped::Errors(diagnostics)) => {
            context.diagnostics(file, session, &diagnostics)?;
            Ok(Status::ProgramErrors)
        }
    }
}

/// The arguments of an interpreted program: the file as the user typed it, then what follows.
pub(crate) fn text_argv(file: &Path, args: &[OsString]) -> Vec<String> {
    let words = std::iter::once(file.as_os_str()).chain(args.iter().map(OsString::as_os_str));
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

/// The exit status for what `main` returned: its low byte, as of a process.
pub(crate) fn program_status(status: i32) -> Status {
    Status::Program(status.to_le_bytes()[0])
}
