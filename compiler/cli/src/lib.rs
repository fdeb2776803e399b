//! The command line of the compiler.
//!
//! Turns arguments and variables into options of [`spy_project`], and results into text, files and
//! an exit status. Only this crate prints, knows terminals, and reads the environment.
//!
//! Diagnostics go to standard error; what was asked for (dumps, paths of artefacts, JSON, the
//! program's own output) goes to standard output.

mod args;
mod commands;
mod context;
mod crash;
mod debugger;
mod dispatch;
mod html;
mod output;
mod progress;
mod report;
mod status;

pub use status::Status;

use clap::{CommandFactory, FromArgMatches};
use commands::Start;
use std::ffi::OsString;
use std::process::ExitCode;

/// Virtual sizes of the stack of the thread that everything runs on, in bytes: the first that the
/// system grants is taken. Evaluation recurses as deeply as the program does; pages that are not
/// touched cost nothing.
const STACK_SIZES: [usize; 3] = [512 << 20, 128 << 20, 32 << 20];

/// Runs the command line; `argv[0]` is the program.
#[must_use]
pub fn main(argv: Vec<OsString>) -> ExitCode {
    crash::install();
    let ended = STACK_SIZES.iter().find_map(|&size| {
        let argv = argv.clone();
        let thread = std::thread::Builder::new().name("main".into()).stack_size(size);
        let work = move || {
            let mut start = None;
            let status = crash::guard(&argv.clone(), || run(argv, &mut start));
            (status, start)
        };
        Some(thread.spawn(work).ok()?.join().unwrap_or((Status::Internal, None)))
    });
    let (status, start) = ended.unwrap_or_else(|| {
        output::error_line("error: cannot start a thread: there is not enough memory");
        (Status::Environment, None)
    });
    match start {
        Some(start) if status == Status::Success => start.run(),
        _ => ExitCode::from(status.code()),
    }
}

fn run(argv: Vec<OsString>, start: &mut Option<Start>) -> Status {
    if argv.len() <= 1 {
        let help = args::Cli::command().render_help();
        return output::print(&help.to_string()).map_or_else(|status| status, |()| Status::Success);
    }
    let dispatch::Split { argv, program_args } = dispatch::split(argv, &args::Cli::command());
    let command = args::Cli::command().color(context::clap_color(&argv));
    let parsed = command
        .try_get_matches_from(argv)
        .and_then(|matches| args::Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => commands::run(cli, program_args, start),
        Err(error) => usage(&error),
    }
}

/// Prints what clap has to say: help and version are what was asked for, all else is an error.
fn usage(error: &clap::Error) -> Status {
    // A closed pipe is no reason to complain.
    let _ = error.print();
    if error.use_stderr() { Status::Environment } else { Status::Success }
}
