//! IR to machine code, with Cranelift.
//!
//! Reads `ir` (and the tables of `prim`) only, like the generator of C, and calls the same runtime by
//! the same symbols and with the same layouts, so a program does the same whichever made it.
//!
//! * [`compile_function`] makes the machine code of one function. It depends on nothing but the
//!   function and what it asks of its [`Scope`], refers to everything by symbol, and knows no line
//!   numbers: functions can be compiled in any order and on any thread, and kept.
//! * A [`Unit`] of functions and data becomes an object file ([`write_object`]) or part of this process
//!   ([`load`]).
//!
//! SPy values of few parts travel in registers, one for each number or pointer in them; larger ones
//! stay on the stack. Operands are evaluated by the order in which their instructions are written.

mod assemble;
mod bridge;
mod call;
mod code;
mod convert;
mod data;
mod debug;
mod emitter;
mod entry;
mod expr;
mod func;
mod literal;
mod loops;
mod memory;
mod object;
mod prim;
mod ptr;
mod scope;
mod scratch;
mod shape;
mod stmt;
mod target;
mod temps;
mod unwind;
mod value;

pub use assemble::{AssembleError, Unit};
pub use bridge::{Bridge, Layout, Place, compile_bridge, compile_forward, layout};
pub use code::{CompiledFunction, Data, Line, Pointer, Reference, Relocation, Unwind};
pub use data::{PositionTables, cell_data, static_data};
pub use debug::DebugFunction;
pub use emitter::CompileError;
pub use entry::{MAIN, compile_main};
pub use func::compile_function;
pub use memory::{LoadedProgram, load};
pub use object::write_object;
pub use scope::{ProgramScope, Scope, Symbol};
pub use spy_ir::symbols::DataSymbol;
pub use target::{Effort, Placement, Target, UnsupportedTarget};
