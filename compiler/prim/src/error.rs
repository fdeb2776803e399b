//! The failure of an operation: a SPy exception without a place.

use std::fmt;

/// A SPy exception that an operation raises. The caller knows where, and adds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PrimError {
    /// Name of the SPy exception type, such as `ZeroDivisionError`.
    pub etype: &'static str,
    /// The exception's message, exactly as a program prints it.
    pub message: String,
}

impl PrimError {
    /// An error of type `etype` with the given message.
    pub fn new(etype: &'static str, message: impl Into<String>) -> Self {
        Self { etype, message: message.into() }
    }

    /// A `ZeroDivisionError`.
    pub(crate) fn zero_division(message: &str) -> Self {
        Self::new("ZeroDivisionError", message)
    }

    /// A `ValueError`.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new("ValueError", message)
    }

    /// The call did not fit the signature of `fqn`. Type checking rules this out for programs, so
    /// whoever sees it has built a wrong call.
    pub(crate) fn bad_call(fqn: &str) -> Self {
        Self::new("TypeError", format!("wrong arguments for `{fqn}`"))
    }
}

impl fmt::Display for PrimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.etype, self.message)
    }
}

impl std::error::Error for PrimError {}
