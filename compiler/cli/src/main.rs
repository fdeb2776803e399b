//! The `spy` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    spy_cli::main(std::env::args_os().collect())
}
