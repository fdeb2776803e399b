//! Partial evaluation of red functions to IR.
//!
//! [`shift`] is the evaluator's second domain: its run-time values are IR, so what an expression
//! means is decided by the same code that runs it. [`queries::redshift`] is one function instance;
//! [`program`] walks everything reachable and puts a program together, [`check`] looks at one module; [`naming`] gives the names
//! that people see, last; [`exec`] runs the IR in the interpreter.

mod absent;
mod again;
mod assemble;
mod assigned;
mod blocks;
pub mod check;
mod colors;
pub mod diagnose;
pub mod exec;
mod function_value;
pub mod generated;
pub mod inline;
mod known;
mod locals;
pub mod lower;
pub mod naming;
mod order;
mod places;
pub mod program;
pub mod queries;
pub mod shift;
pub mod start;
pub mod statements;
mod walk;

pub use again::{Part, redshift_again};
pub use check::check_module;
pub use colors::colors;
pub use program::{BuildOptions, Built, ErrorMode, MainRule, build_program};
pub use queries::{Shifted, prepare, record_func, redshift};
pub use start::run_interp;
