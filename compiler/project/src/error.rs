//! What ends a build: the program, the machine, or a bug of ours.

use spy_diagnostics::Diagnostic;
use spy_link::LinkError;
use std::io;
use std::path::Path;

/// Something outside the user's program is wrong: a folder, a disk, a missing compiler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnvError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl EnvError {
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

    /// A file operation that failed: `cannot write `build/app`: permission denied`.
    #[must_use]
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot {action} `{}`: {}", path.display(), reason(error));
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::new(message)
                    .with_help("`--build-dir DIR` puts what is built into another folder")
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::new(message)
                .with_help("free some space, or build elsewhere: `--build-dir DIR`"),
            _ => Self::new(message),
        }
    }
}

/// In plain words; without the number that the system gives it.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the disk".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        _ => error.to_string(),
    }
}

/// Why there is no artefact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The user's program has errors.
    Program(Vec<Diagnostic>),
    /// The machine lacks something.
    Environment(EnvError),
    /// A bug of the compiler: what happened.
    Internal(String),
}

impl From<EnvError> for Failure {
    fn from(error: EnvError) -> Self {
        Self::Environment(error)
    }
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Program(vec![*diagnostic])
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        match &error {
            LinkError::Io { action, path, source } => {
                Self::Environment(EnvError::io(action, path, source))
            }
            _ if error.is_internal() => {
                Self::Internal(format!("the C compiler did not accept generated code; {error}"))
            }
            _ => Self::Environment(EnvError { message: error.to_string(), help: error.help() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_become_plain_words() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = EnvError::io("write", Path::new("build/app"), &full);
        assert_eq!(error.message, "cannot write `build/app`: no space left on the disk");
        assert!(error.help.is_some());
    }

    #[test]
    fn only_refused_code_is_our_bug() {
        let refused = LinkError::Failed { command: "cc x.c".into(), output: "x.c:1: bad".into() };
        let Failure::Internal(text) = refused.into() else { panic!("a bug of ours") };
        assert!(text.contains("cc x.c") && text.contains("x.c:1: bad"), "{text}");
        let missing = LinkError::NoCompiler { tried: vec!["cc".into()] };
        assert!(matches!(missing.into(), Failure::Environment(EnvError { help: Some(_), .. })));
    }
}
