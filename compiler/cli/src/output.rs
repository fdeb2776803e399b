//! Writing to the standard streams.

use crate::status::Status;
use std::io::{self, Write};

/// Writes to standard output. A reader that went away has seen enough: that is success.
///
/// # Errors
/// The status to end with, after saying what is wrong.
pub(crate) fn print(text: &str) -> Result<(), Status> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Status::Success),
        Err(error) => {
            error_line(&format!("error: cannot write to standard output: {error}"));
            Err(Status::Environment)
        }
    }
}

/// Writes a dump to standard output, and ends its last line.
///
/// # Errors
/// As for [`print`].
pub(crate) fn print_dump(text: &str) -> Result<(), Status> {
    if text.is_empty() || text.ends_with('\n') { print(text) } else { print(&format!("{text}\n")) }
}

/// Writes to standard error, where nobody can be told about failures.
pub(crate) fn error(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(crate) fn error_line(text: &str) {
    error(&format!("{text}\n"));
}
