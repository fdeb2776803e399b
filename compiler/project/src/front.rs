//! The door to evaluation and redshift: everything else in this crate goes through here.

use crate::database::Database;
use spy_db::Project;
use spy_diagnostics::Diagnostic;
use spy_ir::{Fqn, Program, SourceLine};
use spy_text::Name;

/// What happens to errors in functions that may never run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ErrorMode {
    /// They end the build.
    #[default]
    Eager,
    /// They are raised when the statement runs.
    Lazy,
    /// Like lazy, with a warning each.
    Warn,
}

/// How to build a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct BuildOptions {
    /// What happens to static errors.
    pub error_mode: ErrorMode,
    /// Whether the root must have a `main`.
    pub need_main: bool,
}

/// A redshifted program.
pub struct Built {
    /// What is left to compile.
    pub program: Program,
    /// What was printed at import time.
    pub output: String,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Built {
    /// The position table of a function.
    #[must_use]
    pub fn positions(&self, _fqn: &Fqn) -> Vec<Option<SourceLine>> {
        Vec::new()
    }

    /// The dump of a module.
    #[must_use]
    pub fn dump(&self, _module: &str, _full_fqn: bool) -> String {
        String::new()
    }

    /// Whether the program cannot be compiled.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.diagnostics.is_empty()
    }
}

/// Runs import time and redshifts everything reachable.
#[must_use]
pub fn build_program(
    _db: &Database,
    _project: Project,
    _root: &Name,
    _opts: &BuildOptions,
) -> Built {
    let program = Program { modules: Vec::new(), structs: Vec::new(), entry: None };
    let diagnostics = vec![Diagnostic::error("WIP", "evaluation is not available")];
    Built { program, output: String::new(), diagnostics }
}

/// Runs the program from its AST. Returns the exit status.
///
/// # Errors
/// The program has an error or panics.
pub fn run_interp(
    _db: &Database,
    _project: Project,
    _root: &Name,
    _argv: Vec<String>,
) -> Result<i32, Diagnostic> {
    Err(Diagnostic::error("WIP", "evaluation is not available"))
}

/// Runs the redshifted program. Returns the exit status.
///
/// # Errors
/// The program panics.
pub fn run_redshifted(_built: &Built, _argv: Vec<String>) -> Result<i32, Diagnostic> {
    Err(Diagnostic::error("WIP", "evaluation is not available"))
}
