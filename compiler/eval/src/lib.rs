//! Operators, and the evaluator for blue code.
//!
//! One evaluator serves three purposes. What an expression *means* (its colour, its static type,
//! which function performs it, with which conversions) is worked out once, in code that is generic
//! over a [`Domain`]: where run-time values come from. The [`Run`] domain has real values; with it
//! the evaluator runs modules at import time, blue calls, and whole programs (`--interp`). The
//! redshift crate brings a domain whose run-time values are IR.
//!
//! * [`machine`]: frames, memory, limits, and calls; [`queries`]: module images and blue calls as
//!   salsa queries, and what can be asked of finished frames;
//! * [`expr`], [`exec`], [`define`]: expressions, statements, `def` and `class`;
//! * [`import`]: imports, and what names of modules mean;
//! * [`update`]: statements that change a part of an object;
//! * [`escape`]: which constants are used outside the branch that assigns them;
//! * [`opimpl`], [`convert`], [`ops`], [`attr`], [`call`], [`keywords`]: the metaobject protocol;
//! * [`builtins`]: functions and modules that the compiler itself provides; [`memory`]: pointers;
//! * `compiled`: calls of packages that were compiled ahead of time;
//! * [`spelling`]: types and functions as expressions, for interfaces of packages;
//! * [`record`]: what is known about each expression, for editors;
//! * [`debug`]: what a debugger sees and does while a program stands still;
//! * [`world`], [`os_world`]: what a running program can do to the outside.

pub mod arguments;
mod asked;
pub mod attr;
mod bound;
pub mod builtins;
pub mod call;
mod closure;
mod compiled;
mod comprehension;
mod constant;
pub mod convert;
pub mod debug;
pub mod define;
pub mod domain;
pub mod escape;
pub mod exec;
pub mod expr;
pub mod frame;
mod fstring;
pub mod function_value;
mod generator;
mod import;
mod kept;
mod keywords;

mod lambda;
pub mod local_def;
mod logical;
pub mod machine;
pub mod memory;
mod mentions;
pub mod names;
mod objects;
pub mod opimpl;
pub mod ops;
pub mod optional;
pub mod os_world;
pub mod queries;
pub mod raise;
pub mod record;
mod replay;
mod separate;
pub mod sites;
pub mod spelling;
pub mod stmt;
mod stored;
mod typed;
pub mod update;
mod uses;
pub mod varargs;
pub mod world;

pub use closure::held_count;
pub use debug::Debugger;
pub use domain::{Arg, Domain, Ev};
pub use frame::{Frozen, FuncSig, Local, Param, StructData};
pub use machine::Machine;
pub use opimpl::{OpArg, OpImpl};
pub use os_world::OsWorld;
pub use queries::{Evaluation, Output, blue_call, module_image};
pub use record::{Known, Recording, record_frame};
pub use replay::Replay;
pub use typed::common_type;
pub use world::World;
