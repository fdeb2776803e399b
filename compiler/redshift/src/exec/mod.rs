//! Runs the IR in the interpreter.
//!
//! [`prepare`] turns a program once into a compact form ([`code`]): functions, variables and locals
//! by index, constants as values. [`run`] executes that on an evaluator's [`Machine`], which brings
//! memory, the runtime's functions and the outside.
//!
//! Errors get the position that compiled code reports: that of the innermost frame which is not
//! library code.

mod code;
mod prepare;
mod run;

#[cfg(test)]
mod tests;

use crate::program::Built;
use run::{Debug, Exec};
use spy_db::{Db, Project};
use spy_eval::{Machine, OsWorld, World};
use spy_ir::{Namer, Program, Type};
use spy_text::HashMap;
use spy_types::{ExcTy, Result, SpyError, Ty};

/// Runs a redshifted program with real input and output. `argv` starts with the program's name.
/// The result is the exit status: what `main` returned, or 0.
///
/// # Errors
/// What the program raises, or an `OSError` if its output cannot be written
/// ([`spy_eval::os_world::is_broken_pipe`] tells when that needs no message).
pub fn run_redshifted(
    db: &dyn Db,
    project: Project,
    built: &Built,
    argv: Vec<String>,
) -> Result<i32> {
    let world = OsWorld::new().with_arguments(&argv);
    let result = run_redshifted_in(db, project, built, argv, Box::new(world.clone()));
    // What was printed stands before the report of an error, which counts for more than output
    // that got lost.
    let flushed = world.flush();
    let status = result?;
    flushed.map(|()| status)
}

/// Like [`run_redshifted`], in a world of the caller's, who flushes it.
///
/// # Errors
/// What the program raises, or what the world reports.
pub fn run_redshifted_in<'db>(
    db: &'db dyn Db,
    project: Project,
    built: &Built,
    argv: Vec<String>,
    world: Box<dyn World + 'db>,
) -> Result<i32> {
    let debug = Debug {
        position: &|func, pos| built.position(func, pos),
        name: &|func| built.names.full(func),
    };
    let mut machine = Machine::new(db, project);
    machine.world = Some(world);
    run_program(machine, &built.program, &built.types, &debug, &argv)
}

/// Runs a program's `main` on a machine.
fn run_program(
    mut machine: Machine<'_>,
    program: &Program,
    types: &HashMap<Type, Ty>,
    debug: &Debug<'_>,
    argv: &[String],
) -> Result<i32> {
    let Some(entry) = &program.entry else {
        return Err(SpyError::new(ExcTy::ImportError, "Cannot find function main()"));
    };
    let code = prepare::prepare(&mut machine, program, entry, types)?;
    Exec::new(machine, &code, debug).main(argv)
}
