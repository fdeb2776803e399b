//! The beginning of every translated program: the program itself is appended to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(status) = spy_translate::run_appended() {
        return status;
    }
    if std::env::args_os().nth(1).is_some_and(|arg| arg == "--id") {
        let id = spy_translate::LAUNCHER_ID.as_bytes();
        let written = std::io::Write::write_all(&mut std::io::stdout().lock(), id);
        return written.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let mut out = std::io::stderr().lock();
    let _ = std::io::Write::write_all(
        &mut out,
        b"error: this is the beginning of programs that `spy build --link-prebuilt` makes; it runs nothing by itself\n",
    );
    ExitCode::from(2)
}
