//! The door to evaluation and redshift: everything else in this crate goes through here.
//!
//! What the crates below compute is one query after another; independent ones are asked on several
//! threads here, on handles of the same database, outside any query.

use crate::database::Database;
use crate::debug::{Bridge, Console};
use rayon::prelude::*;
use spy_db::Project;
use spy_diagnostics::{Diagnostic, Severity};
use spy_eval::os_world::BROKEN_PIPE_HELP;
use spy_eval::{Debugger, OsWorld};
use spy_ir::DumpOptions;
use spy_redshift::{diagnose, exec};
use spy_text::Name;
use spy_types::FuncId;
use std::rc::Rc;

pub use spy_redshift::{Built, ErrorMode, MainRule};

/// How to build a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BuildOptions {
    /// What happens to static errors.
    pub error_mode: ErrorMode,
    /// What the root's `main` has to be.
    pub main: MainRule,
}

/// Why a program that was interpreted did not end by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// It has an error, or raised one.
    Errors(Vec<Diagnostic>),
    /// The same, and the user was told.
    Reported,
    /// The user has ended it in the debugger.
    Quit,
    /// Nobody reads its output any more.
    BrokenPipe,
}

/// Runs import time and redshifts everything reachable.
#[must_use]
pub fn build_program(
    db: &Database,
    project: Project,
    root: &Name,
    options: &BuildOptions,
) -> Built {
    let warm = |funcs: &[FuncId], lazy: bool| {
        funcs.par_iter().for_each_with(db.clone(), |db, func| {
            spy_redshift::prepare(db, project, *func, lazy);
        });
    };
    let options = spy_redshift::BuildOptions {
        error_mode: options.error_mode,
        main: options.main,
        warm: Some(&warm),
    };
    spy_redshift::build_program(db, project, root, &options)
}

/// The dump of a module of a program.
#[must_use]
pub fn dump(built: &Built, module: &str, full_fqn: bool) -> String {
    built.dump(module, &DumpOptions { full_fqn, color: false })
}

/// Runs a program from its AST, with real input and output. `argv[0]` is the program. Returns what
/// `main` returned, or 0.
///
/// # Errors
/// The program was stopped.
pub fn run_interp(
    db: &Database,
    project: Project,
    root: &Name,
    argv: &[String],
    console: &dyn Console,
) -> Result<i32, Stopped> {
    let world = OsWorld::new().with_arguments(argv);
    let bridge = Rc::new(Bridge::new(console, world.clone()));
    let debugger = Some(Rc::clone(&bridge) as Rc<dyn Debugger>);
    let outside = Box::new(world.clone());
    let result = spy_redshift::run_interp(db, project, root, argv, outside, debugger);
    let flushed = world.flush();
    if bridge.has_quit() {
        return Err(Stopped::Quit);
    }
    if bridge.has_reported() {
        return Err(Stopped::Reported);
    }
    // Of an error and output that got lost, the error counts for more.
    let status = result.map_err(stopped)?;
    match flushed {
        Ok(()) => Ok(status),
        Err(error) => {
            Err(stopped(vec![diagnose::diagnostic(db, project, &error, Severity::Error)]))
        }
    }
}

/// Runs a redshifted program, with real input and output.
///
/// # Errors
/// As for [`run_interp`].
pub fn run_redshifted(
    db: &Database,
    project: Project,
    built: &Built,
    argv: Vec<String>,
) -> Result<i32, Stopped> {
    exec::run_redshifted(db, project, built, argv)
        .map_err(|error| stopped(vec![diagnose::diagnostic(db, project, &error, Severity::Error)]))
}

fn stopped(diagnostics: Vec<Diagnostic>) -> Stopped {
    let is_broken_pipe = |diagnostic: &Diagnostic| {
        diagnostic.etype == "OSError" && diagnostic.help.iter().any(|help| help == BROKEN_PIPE_HELP)
    };
    if diagnostics.iter().any(is_broken_pipe) {
        return Stopped::BrokenPipe;
    }
    Stopped::Errors(diagnostics)
}
