//! A few functions of a program, redshifted without the rest of it.
//!
//! For a build that knows that nothing else has changed: what it needs is the code of these functions,
//! and of the program around them as much as compiling them asks for.

use crate::queries::{Shifted, redshift};
use crate::walk::Walk;
use spy_db::{Db, Project};
use spy_ir::Program;
use spy_text::{IndexSet, Name};
use spy_types::FuncId;
use spy_types::names::func_fqn;
use std::sync::Arc;

/// Some functions of a program.
pub struct Part {
    /// The functions that were asked for, in that order.
    pub funcs: Vec<Arc<Shifted>>,
    /// These functions, those that they call, library functions that these call, the types and
    /// data that all of them mention, and module variables.
    pub program: Program,
}

/// Redshifts functions that a module's own top level, or a struct there, defines. `None` if one is
/// not among those, or anything is wrong.
pub fn redshift_again(db: &dyn Db, project: Project, module: &Name, fqns: &[&str]) -> Option<Part> {
    let mut names = Walk::new(db, project, false);
    names.module(module);
    let find = |fqn: &&str| names.queue.iter().copied().find(|func| func_fqn(*func).full() == *fqn);
    let wanted: IndexSet<FuncId> = fqns.iter().map(find).collect::<Option<_>>()?;
    let mut walk = Walk::new(db, project, false);
    walk.queue = wanted;
    let count = walk.queue.len();
    let mut done = 0;
    while done < walk.queue.len() || walk.data.len() < walk.objects.len() {
        walk.add_objects();
        let Some(func) = walk.queue.get_index(done).copied() else { continue };
        let shifted = redshift(db, project, func, false);
        if shifted.func.is_none() || !shifted.errors.is_empty() || !shifted.deferred.is_empty() {
            return None;
        }
        // The code of the user's other functions is nobody's business: only what they are called and
        // what they take.
        if done < count || walk.is_stdlib(func_fqn(func).module()) {
            walk.add_mentions(&shifted.mentions);
        }
        walk.shifted.push(shifted);
        done += 1;
    }
    let mut order: Vec<Name> = Vec::new();
    while let Some(module) = walk.varying.get_index(order.len()).cloned() {
        walk.module_cells(&module);
        order.push(module);
    }
    if !walk.errors.is_empty() {
        return None;
    }
    let funcs = walk.shifted.iter().take(count).cloned().collect();
    Some(Part { funcs, program: walk.program(&order, None).ok()? })
}
