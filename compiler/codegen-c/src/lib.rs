//! IR to C.
//!
//! Reads `ir` (and the tables of `prim`) only. SPy evaluates operands from left to right, C does
//! not: an operand that a later one could disturb goes to a temporary first, and everything else
//! stays a plain expression. Blocks and assignments inside expressions become statements before
//! the one that they stand in; the right side of a short circuit that needs statements becomes an
//! `if`.
//!
//! * [`emit`] makes all files of a program. Callers that cache functions make them with
//!   [`emit_function`] and put the files together with [`emit_with`].
//! * Each `NAME.c` begins with `#include "NAME.h"`. The files include one another with quotes, and
//!   the runtime's `spy.h`; their own folder must not be on the include path, or a module called
//!   `string` would take the place of `<string.h>`.
//! * Debug builds keep every function where it was written. Release builds put library code and
//!   small functions into `spy_inline.h`, unless their symbols are wanted.

mod carry;
mod data;
mod effects;
mod emitter;
mod exports;
mod expr;
mod flow;
mod header;
mod inline;
mod literal;
mod names;
mod positions;
mod prec;
mod prim;
mod ptr;
mod scope;
mod scratch;
mod stmt;
mod structs;
mod units;

pub use exports::{Host, Library};
pub use header::{HEADER_FUNCTIONS, emit_header};
pub use inline::is_inline;
pub use names::{identifier, symbol};
pub use positions::{declare_positions, emit_positions};
pub use scope::{ProgramScope, Scope, Symbol};
pub use spy_ir::symbols::DataSymbol;
pub use structs::emit_structdefs;
pub use units::{CFunction, CUnit, emit, emit_function, emit_with};

/// What GCC and clang must be told so that C means what SPy means: integers wrap, products and
/// sums of floats are rounded one by one, and loops may run forever.
pub const REQUIRED_FLAGS: [&str; 4] =
    ["-std=c11", "-fwrapv", "-ffp-contract=off", "-fno-finite-loops"];

/// Warnings under which emitted code is silent. Programs may compare a thing with itself
/// and assign it to itself.
pub const WARNING_FLAGS: [&str; 3] = ["-Wall", "-Wno-tautological-compare", "-Wno-self-assign"];

/// How to emit a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct EmitOptions {
    /// For `SPY_DEBUG` builds: checked pointers, and every function out of line.
    pub debug: bool,
    /// For release builds whose functions others call by name (libraries, extensions): every
    /// function keeps its external symbol.
    pub keep_symbols: bool,
    /// `#line` directives that lead debuggers to SPy source. Code then changes when lines move.
    pub line_directives: bool,
    /// Functions look whether the stack is deep enough for them, as guests of other programs do.
    pub guards_stack: bool,
    /// `#line` directives that say which position of its function a line is for, by its number from 1:
    /// what `spy-frames` reads. Such code does not change when lines move.
    pub numbers_positions: bool,
}

impl EmitOptions {
    /// What emitting a single function has to know.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            checked: self.debug,
            shares_inline: !self.debug && !self.keep_symbols,
            guards_stack: self.guards_stack,
            numbers_positions: self.numbers_positions && !self.line_directives,
        }
    }
}

/// What the C text of a function depends on apart from the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Target {
    /// Whether pointers are checked, as in `SPY_DEBUG` builds.
    pub checked: bool,
    /// Whether small functions are where every unit can inline them, and nobody else calls them.
    pub shares_inline: bool,
    /// Whether functions look whether the stack is deep enough for them.
    pub guards_stack: bool,
    /// Whether `#line` directives number positions.
    pub numbers_positions: bool,
}

#[cfg(test)]
mod tests;
