//! What can be wrong with a package.

use std::fmt;
use std::io;
use std::path::Path;

/// Something that keeps a package from being made or used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl PackageError {
    /// An error without advice.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Adds advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A failed operation on a file: `cannot read `x`: permission denied`.
    #[must_use]
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {action} `{}`: {error}", path.display()))
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PackageError {}
