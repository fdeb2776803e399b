//! The door to evaluation and redshift: everything else in this crate goes through here.

use crate::database::Database;
use rayon::prelude::*;
use spy_db::Project;
use spy_diagnostics::Diagnostic;
use spy_ir::DumpOptions;
use spy_text::Name;
use spy_types::FuncId;

pub use spy_redshift::{Built, ErrorMode};

/// How to build a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct BuildOptions {
    /// What happens to static errors.
    pub error_mode: ErrorMode,
    /// Whether the root must have a `main`.
    pub need_main: bool,
}

/// Runs import time and redshifts everything reachable, on all threads of the current pool.
#[must_use]
pub fn build_program(db: &Database, project: Project, root: &Name, opts: &BuildOptions) -> Built {
    let warm = |funcs: &[FuncId], lazy: bool| warm(db, project, funcs, lazy);
    let parallel = rayon::current_num_threads() > 1;
    let options = spy_redshift::BuildOptions {
        error_mode: opts.error_mode,
        need_main: opts.need_main,
        warm: if parallel { Some(&warm) } else { None },
    };
    spy_redshift::build_program(db, project, root, &options)
}

/// Redshifts functions in parallel. Outside of queries, so each handle records its own reads.
fn warm(db: &Database, project: Project, funcs: &[FuncId], lazy: bool) {
    if funcs.len() < 2 {
        return;
    }
    funcs.par_iter().with_min_len(4).for_each_with(db.clone(), |db, func| {
        spy_eval::machine::deep(|| spy_redshift::redshift(db, project, *func, lazy));
    });
}

/// The dump of a module.
#[must_use]
pub fn dump(built: &Built, module: &str, full_fqn: bool, color: bool) -> String {
    built.dump(module, &DumpOptions { full_fqn, color })
}

/// Runs the program from its AST. Returns the exit status.
///
/// # Errors
/// The program has an error or panics.
pub fn run_interp(
    db: &Database,
    project: Project,
    root: &Name,
    argv: &[String],
) -> Result<i32, Vec<Diagnostic>> {
    let world = Box::new(StdoutWorld);
    spy_redshift::run_interp(db, project, root, argv, world)
}

struct StdoutWorld;
impl spy_eval::World for StdoutWorld {
    fn write(&mut self, text: &str) -> spy_types::Result<()> {
        use std::io::Write;
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(())
    }
    fn call(&mut self, _: &str, _: &[spy_types::Value]) -> Option<spy_types::Result<spy_types::Value>> {
        None
    }
}

/// Runs the redshifted program. Returns the exit status.
///
/// # Errors
/// The program panics.
pub fn run_redshifted(_built: &Built, _argv: Vec<String>) -> Result<i32, Diagnostic> {
    Err(Diagnostic::error("WIP", "not yet"))
}
