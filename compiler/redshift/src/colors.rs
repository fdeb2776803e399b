//! Which expressions of a red function are known at compile time: what `spy colorize` shows.
//!
//! It is found by redshifting the function once more while somebody listens; no build does that.

use crate::queries::enter;
use crate::shift::Shift;
use spy_db::{Db, Pos, Project};
use spy_eval::Machine;
use spy_types::{Color, FuncId, FuncKey};

/// The nodes of a red function instance that were evaluated, with their colours, as often as they
/// were. Nothing for functions without a text, and those that are wrong.
#[must_use]
pub fn colors(db: &dyn Db, project: Project, func: FuncId) -> Vec<(Pos, Color)> {
    if !matches!(func.get(), FuncKey::Def { .. }) {
        return Vec::new();
    }
    let mut machine = Machine::new(db, project);
    let Ok(sig) = enter(&mut machine, func) else { return Vec::new() };
    let mut shift = Shift::new(&mut machine, 0, true);
    shift.listen();
    // What is wrong with it has been reported; what was evaluated before that has its colours.
    let _ = shift.function(func, &sig);
    shift.take_colors()
}
