//! Loops that trade places.
//!
//! ```text
//! for j in range(n):
//!     total = 0.0
//!     for k in range(n):
//!         total += a[i, k] * b[k, j]
//!     c[i, j] = total
//! ```
//!
//! reads `b` across its rows: a cache line for each number. The other way round it is read along
//! them, and the totals of many `j` are computed side by side. So they get memory of their own (the
//! scalar expansion of Allen and Kennedy, "Automatic translation of FORTRAN programs to vector form"
//! (1987)), and runs of the outer loop, of up to `RUN` rounds, become
//!
//! ```text
//! for j in run: total = 0.0; totals[j] = total
//! for k in range(n):
//!     for j in run: total = totals[j]; total += a[i, k] * b[k, j]; totals[j] = total
//! for j in run: total = totals[j]; c[i, j] = total
//! ```
//!
//! Each total gets the same numbers in the same order. What must hold: the inner loop does nothing
//! but compute (its rounds are those that `bounds` has freed from checks; a run that has a round with
//! an error is left to the loop as it was), and nothing that stands behind it stores what it loads
//! (`regions`).

mod nest;
mod rounds;
#[cfg(test)]
mod tests;

use crate::bounds::{self, Stride, Version};
use crate::memory::{self, Effects};
use crate::regions::Regions;
use crate::visit::{self, Node};
use crate::{Bodies, dead};
use nest::Nest;
use spy_ir::{Callee, Expr, ExprKind, Func, Local, PtrKind, PtrOp, Scratch, Stmt, StmtKind, Type};

/// How many rounds of the outer loop are one run. Whole rows are best, as memory is fetched ahead then,
/// but what is carried from round to round must stay in the first cache.
const RUN: u32 = 2048;

/// How many rounds the outer loop must have left for it to be worth it.
const OUTER_ROUNDS: i64 = 16;

/// The same for the inner loop.
const INNER_ROUNDS: i64 = 8;

/// Larger nests are left alone.
const MAX_SIZE: usize = 600;

/// How many values a function keeps for all rounds of runs: its memory is on the stack.
const MAX_SCRATCH: usize = 8;

/// Interchanges loops of `func` where that is allowed and likely to gain.
pub(crate) fn interchange(func: &mut Func, own: usize, bodies: &dyn Bodies) {
    if !visit::has_nested_loop(&func.body) {
        return;
    }
    let mut pass = Pass {
        own,
        bodies,
        regions: Regions::of(func),
        effects: Effects::new(bodies),
        locals: std::mem::take(&mut func.locals),
        scratch: std::mem::take(&mut func.scratch),
    };
    visit::each_list(&mut func.body, &mut |list| {
        for mut stmt in std::mem::take(list) {
            if let StmtKind::While { test, body } = &mut stmt.kind {
                list.extend(pass.in_runs(test, body));
            }
            list.push(stmt);
        }
    });
    func.locals = pass.locals;
    func.scratch = pass.scratch;
}

struct Pass<'a> {
    own: usize,
    bodies: &'a dyn Bodies,
    regions: Regions,
    effects: Effects<'a>,
    locals: Vec<Local>,
    scratch: Vec<Scratch>,
}

impl Pass<'_> {
    /// What stands in front of a loop and runs all of its rounds but those that may have errors.
    fn in_runs(&mut self, test: &Expr, body: &[Stmt]) -> Option<Stmt> {
        if visit::size(body) > MAX_SIZE {
            return None;
        }
        let nest = Nest::read(test, body, self.own, &self.locals)?;
        if self.scratch.len() + nest.carried.len() > MAX_SCRATCH {
            return None;
        }
        let (locals, scratch) = (self.locals.len(), self.scratch.len());
        let run = rounds::Run::new(&nest, &mut self.locals, &mut self.scratch);
        let fast = self.fast(&nest, &run).and_then(|fast| run.stmt(&nest, fast));
        if fast.is_none() {
            self.locals.truncate(locals);
            self.scratch.truncate(scratch);
        }
        fast
    }

    /// All rounds of a run for one round of the inner loop, without checks.
    fn fast(&mut self, nest: &Nest<'_>, run: &rounds::Run) -> Option<Version> {
        let test = run.test(nest)?;
        let round = run.round(nest)?;
        let judge = |loop_: &bounds::Loop<'_>, fast: &[Stmt]| computes(loop_, fast);
        let version =
            bounds::version(&test, &round, self.own, &mut self.effects, &mut self.locals, &judge)?;
        self.regions.note(&version.before);
        self.regions.note(&version.body);
        let mut loads = Vec::new();
        let parts = [nest.pre, &version.before, &version.body];
        let exprs = parts.into_iter().flatten().flat_map(visit::stmt_exprs);
        for expr in exprs.chain([&version.guard]) {
            self.regions.loads(expr, &mut loads);
        }
        for block in version.body.iter().flat_map(visit::stmt_blocks) {
            visit::walk(block, &mut |node| {
                if let Node::Expr(expr) = node {
                    self.regions.loads(expr, &mut loads);
                }
            });
        }
        let stores = self.regions.stores(nest.post, &mut self.effects)?;
        (!self.regions.conflict(&stores, &loads, self.bodies)).then_some(version)
    }
}

/// Whether rounds do nothing but compute, with items of memory that they walk along or stay at.
fn computes(loop_: &bounds::Loop<'_>, fast: &[Stmt]) -> bool {
    let (mut fine, mut along) = (true, false);
    visit::walk(fast, &mut |node| match node {
        Node::Stmt(stmt) => {
            fine &= matches!(
                stmt.kind,
                StmtKind::Pass
                    | StmtKind::VarDef(..)
                    | StmtKind::Assign(..)
                    | StmtKind::Expr(_)
                    | StmtKind::If { .. }
            );
        }
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Const(_)
            | ExprKind::Local(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::AssignLocal(..)
            | ExprKind::Block(..) => {}
            ExprKind::Call(Callee::LoadScratch(_) | Callee::StoreScratch(_), _) => {}
            ExprKind::Call(Callee::Ptr(PtrOp::GetItemByVal), args) => {
                let stride = match &**args {
                    [pointer, index] if is_collected(pointer) => loop_.stride(pointer, index),
                    _ => None,
                };
                fine &= stride.is_some();
                along |= stride == Some(Stride::One);
            }
            ExprKind::Call(callee, _) => fine &= is_harmless(callee),
            ExprKind::Cell(_) | ExprKind::AssignCell(..) => fine = false,
        },
    });
    fine && along
}

/// Whether an operation on values has no effect, and always gives one.
fn is_harmless(callee: &Callee) -> bool {
    match callee {
        Callee::Prim(op) => dead::is_harmless(*op),
        Callee::GetField(_) | Callee::StructMake => true,
        Callee::Runtime(name) => memory::is_total_runtime(name),
        _ => false,
    }
}

/// Whether what a pointer leads to cannot be freed.
fn is_collected(pointer: &Expr) -> bool {
    matches!(pointer.ty, Type::Ptr(PtrKind::Gc, _))
}
