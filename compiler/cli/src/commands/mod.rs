//! One module per group of commands.

mod build;
pub(crate) mod cache;
mod clean;
mod colorize;
mod execute;
mod extension;
mod format;
mod inspect;
mod lsp;
mod package;
mod test;
mod wasi_host;
mod watch;

pub(crate) use execute::Start;

use crate::args::{Cli, Command, LspCommand};
use crate::context::Context;
use crate::output;
use crate::status::Status;
use clap::CommandFactory;
use std::ffi::OsString;

/// Runs a command. `program_args` follow FILE if they were cut off the command line.
/// Sets `start` if a program is to run in this process when the command has ended.
pub(crate) fn run(
    cli: Cli,
    program_args: Option<Vec<OsString>>,
    start: &mut Option<Start>,
) -> Status {
    let result = Context::new(cli.global).and_then(|context| {
        let status = dispatch(&context, cli.command, program_args, start);
        context.clear_progress();
        status
    });
    result.unwrap_or_else(|status| status)
}

fn dispatch(
    context: &Context,
    command: Command,
    cut_args: Option<Vec<OsString>>,
    start: &mut Option<Start>,
) -> Result<Status, Status> {
    match command {
        Command::Build(mut command) => {
            command.args.extend(cut_args.unwrap_or_default());
            build::build(context, &command)
        }
        Command::Run(mut command) => {
            command.args.extend(cut_args.unwrap_or_default());
            build::run(context, &command, start)
        }
        Command::Test(command) => test::test(context, &command),
        Command::Redshift(mut command) => {
            command.args.extend(cut_args.unwrap_or_default());
            inspect::redshift(context, &command)
        }
        Command::Colorize(command) => colorize::colorize(context, &command),
        Command::Format(command) => format::format(context, &command),
        Command::Check(command) => inspect::check(context, &command),
        Command::Parse(command) => inspect::parse(context, &command),
        Command::Symtable(command) => inspect::symtable(context, &command.file),
        Command::Imports(command) => inspect::imports(context, &command.file),
        Command::New(command) => package::new(context, &command),
        Command::Package(command) => package::package(context, &command),
        Command::Cache(command) => cache::cache(context, &command),
        Command::Clean(command) => clean::clean(context, &command),
        Command::Lsp(LspCommand { worker: true, .. }) => lsp::work(context),
        Command::Lsp(_) => lsp::serve(),
        Command::Completions(command) => {
            let mut script = Vec::new();
            clap_complete::generate(command.shell, &mut Cli::command(), "spy", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(Status::Success)
        }
    }
}
