//! The `spy` command.

use std::process::ExitCode;

/// The allocator of the whole process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    spy_cli::main(std::env::args_os().collect())
}
