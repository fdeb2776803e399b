//! IR to faster IR, one function at a time.
//!
//! ```text
//! inline      calls of small library functions become their bodies
//! scalars     a local struct that is only taken apart becomes one local per field
//! propagate   copies and constants go where they are read; known branches are chosen
//! dead        what nobody reads goes away
//! interchange loops trade places where memory is read along its rows then
//! bounds      a loop whose subscripts are all in bounds runs without checking each of them,
//!             and so do the loops around it
//! invariant   what such a loop loads again and again is loaded before it
//! ```
//!
//! The first four make loops over a `range`, and subscripts of lists, visible as what they are:
//! counters, comparisons and loads. The others do what no C compiler may do on its own: whether a
//! subscript is in bounds is known for all rounds of a loop before the first one.
//!
//! A function's result depends on the function and on what [`Bodies`] answers, so both can be
//! recorded and compared. Nothing here knows which functions the library has: everything is
//! concluded from their bodies.

mod affine;
mod bounds;
mod counted;
mod dead;
mod flow;
mod inline;
mod interchange;
mod invariant;
mod memory;
mod propagate;
mod regions;
mod scalars;
#[cfg(test)]
mod tests;
mod visit;

use spy_ir::{Fqn, Func, ProgramIndex, ProgramInfo, StructDef};
use std::sync::Arc;

/// The program around a function.
pub trait Bodies {
    /// A function of the program.
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>>;
    /// A struct's fields.
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>>;
}

impl Bodies for ProgramIndex<'_> {
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        self.func(fqn).map(|(_, func)| Arc::clone(func))
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        ProgramInfo::struct_def(self, fqn)
    }
}

/// What comes after.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Generator {
    /// It inlines calls itself, as C compilers do: only loops that change gain from this crate.
    Inlines,
    /// It translates what it gets: every function with a loop gains.
    Translates {
        /// Whether the code checks each pointer that it follows. Then nothing is loaded earlier that
        /// only might be there.
        checked: bool,
    },
}

/// Makes a function faster. `None` if it gains nothing: then it is best left as it was written.
#[must_use]
pub fn optimize(func: &Func, bodies: &dyn Bodies, generator: Generator) -> Option<Func> {
    if !visit::has_loop(&func.body) || visit::size(&func.body) > LARGE {
        return None;
    }
    let mut out = func.clone();
    let own = func.locals.len();
    inline::inline(&mut out, bodies);
    for _ in 0..ROUNDS {
        scalars::split(&mut out, bodies);
        propagate::propagate(&mut out);
        dead::remove(&mut out, own);
    }
    let counted = counted::normalise(&mut out, own);
    if generator != (Generator::Translates { checked: true }) {
        interchange::interchange(&mut out, own, bodies);
    }
    let checked = bounds::hoist(&mut out, own, bodies);
    // What stood behind the checks is known now.
    propagate::propagate(&mut out);
    dead::remove(&mut out, own);
    (counted || checked || generator != Generator::Inlines).then_some(out)
}

/// Whether a function is likely to run long: a loop stands in another one. Most functions have none,
/// so that a build which is to be quick has time for those.
#[must_use]
pub fn is_hot(func: &Func) -> bool {
    visit::has_nested_loop(&func.body)
}

/// Statements and expressions of a function that is left alone: the simplifications take time that
/// grows with the square of a function's size, and code that large is generated, not hot.
const LARGE: usize = 20_000;

/// How often the simplifications run: each makes room for the others. Three rounds are enough for
/// a loop over a range: its iterator falls apart, its copies vanish, its step becomes known.
const ROUNDS: usize = 3;
