//! What the user sees of a bug in the compiler.

use crate::output;
use crate::status::Status;
use std::backtrace::Backtrace;
use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

/// What the last panic said.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Replaces the panic message of Rust: it is printed once, by [`guard`].
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic without a message".to_owned());
        let place = info.location().map(|place| format!("\n  at {place}")).unwrap_or_default();
        let backtrace = match Backtrace::capture() {
            trace if trace.status() == std::backtrace::BacktraceStatus::Captured => {
                format!("\n{trace}")
            }
            _ => String::new(),
        };
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several panics the first is the cause.
        last.get_or_insert(format!("{message}{place}{backtrace}"));
    }));
}

/// Runs the command line and reports a panic in it.
pub(crate) fn guard(argv: &[OsString], run: impl FnOnce() -> Status) -> Status {
    // Nothing that the closure touched is used afterwards.
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        output::error(&report(argv, &last.unwrap_or_default()));
        Status::Internal
    })
}

/// The text for an internal error.
pub(crate) fn report(argv: &[OsString], what: &str) -> String {
    let words = argv.iter().map(OsString::as_os_str);
    format!(
        "internal error: {}\n\n\
         This is a bug in the compiler, not in your program. Please report it with this text and\n\
         the source files, made as short as possible.\n  \
         version: spy {} on {} {}\n  \
         command: {}\n",
        what.trim_end(),
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        spy_link::shell_words(words),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_status() {
        assert_eq!(guard(&[], || panic!("for the test")), Status::Internal);
        assert_eq!(guard(&[], || Status::ProgramErrors), Status::ProgramErrors);
    }

    #[test]
    fn a_report_says_what_was_run() {
        let text = report(&["spy".into(), "a b.spy".into()], "index out of range\n");
        assert!(text.starts_with("internal error: index out of range\n\nThis is a bug"), "{text}");
        assert!(text.contains("command: spy 'a b.spy'\n"), "{text}");
    }
}
