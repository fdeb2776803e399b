//! The `spy` command.

use std::process::ExitCode;

/// The allocator of the whole process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A program that was translated may begin with a copy of this executable.
    if let Some(status) = spy_translate::run_appended() {
        return status;
    }
    spy_cli::main(std::env::args_os().collect())
}
