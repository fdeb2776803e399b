//! Loops that count upwards by one.
//!
//! A loop over a range, taken apart, is
//!
//! ```text
//! while i < stop:
//!     k = i
//!     f = i + 1
//!     if f < i:
//!         f = stop
//!     i = f
//!     ...
//! ```
//!
//! where `i`, `f` and mostly `stop` are the optimizer's own. Below `stop` there is always a next
//! number, so the middle becomes `i = i + 1`.

use crate::visit;
use spy_ir::{Callee, Const, Expr, ExprKind, Func, LocalId, PrimOp, Scalar, Stmt, StmtKind};

/// A loop in normal form: `while i < stop: k = i; i = i + 1; ...`.
pub(crate) struct Counted<'a> {
    /// What counts.
    pub(crate) counter: LocalId,
    /// The same in a round: the variable of the `for`.
    pub(crate) item: LocalId,
    /// A local that the loop does not assign, or a constant.
    pub(crate) stop: &'a Expr,
    /// The rest of a round.
    pub(crate) rest: &'a [Stmt],
}

/// Brings loops into normal form. Whether there was one.
pub(crate) fn normalise(func: &mut Func, own: usize) -> bool {
    let mut found = false;
    visit::each_list(&mut func.body, &mut |list| {
        for stmt in list {
            if let StmtKind::While { test, body } = &mut stmt.kind {
                found |= simplify(test, body, own);
            }
        }
    });
    found
}

/// An `i32` operation by name.
pub(crate) fn op(name: &str) -> Option<PrimOp> {
    PrimOp::from_fqn(name)
}

/// The operands of a call of a primitive operation.
pub(crate) fn prim<'a>(expr: &'a Expr, name: &str) -> Option<&'a [Expr]> {
    match &expr.kind {
        ExprKind::Call(Callee::Prim(op), args) if op.fqn() == name => Some(args),
        _ => None,
    }
}

/// The local that an expression is.
pub(crate) fn local(expr: &Expr) -> Option<LocalId> {
    match expr.kind {
        ExprKind::Local(local) => Some(local),
        _ => None,
    }
}

fn is_one(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(Const::Scalar(Scalar::I32(1))))
}

/// `target = value`.
pub(crate) fn assignment(stmt: &Stmt) -> Option<(LocalId, &Expr)> {
    match &stmt.kind {
        StmtKind::Assign(target, value) | StmtKind::VarDef(target, Some(value)) => {
            Some((*target, value))
        }
        _ => None,
    }
}

/// The counter and the end of `i < stop`.
fn bound(test: &Expr) -> Option<(LocalId, &Expr)> {
    let [left, right] = prim(test, "operator::i32_lt")? else { return None };
    let simple = matches!(right.kind, ExprKind::Local(_) | ExprKind::Const(_));
    simple.then_some((local(left)?, right))
}

fn simplify(test: &Expr, body: &mut Vec<Stmt>, own: usize) -> bool {
    let Some(increment) = (|| {
        let (counter, stop) = bound(test)?;
        let [item, next, wrap, step, ..] = body.as_slice() else { return None };
        let (_, value) = assignment(item)?;
        let (following, sum) = assignment(next)?;
        let (stepped, new) = assignment(step)?;
        let [left, right] = prim(sum, "operator::i32_add")? else { return None };
        let fits = local(value)? == counter
            && local(left)? == counter
            && is_one(right)
            && is_wrap(wrap, following, counter, stop)
            && stepped == counter
            && local(new)? == following
            && following.0 as usize >= own;
        fits.then(|| Stmt { kind: StmtKind::Assign(counter, sum.clone()), pos: next.pos })
    })() else {
        return false;
    };
    body.splice(1..4, [increment]);
    true
}

/// `if f < i: f = stop`.
fn is_wrap(stmt: &Stmt, following: LocalId, counter: LocalId, stop: &Expr) -> bool {
    let StmtKind::If { test, then, orelse } = &stmt.kind else { return false };
    let ([only], []) = (then.as_slice(), orelse.as_slice()) else { return false };
    let Some([left, right]) = prim(test, "operator::i32_lt") else { return false };
    local(left) == Some(following)
        && local(right) == Some(counter)
        && assignment(only)
            .is_some_and(|(target, value)| target == following && value.kind == stop.kind)
}

/// Reads a loop in normal form, if `stop` and the counter are what they should be: nothing in the
/// rest of the loop assigns them or the item.
pub(crate) fn read<'a>(test: &'a Expr, body: &'a [Stmt]) -> Option<Counted<'a>> {
    let (counter, stop) = bound(test)?;
    let [first, second, rest @ ..] = body else { return None };
    let (item, value) = assignment(first)?;
    let (stepped, sum) = assignment(second)?;
    let [left, right] = prim(sum, "operator::i32_add")? else { return None };
    if local(value)? != counter || stepped != counter || local(left)? != counter || !is_one(right) {
        return None;
    }
    let fixed = [Some(counter), Some(item), local(stop)];
    let mut changed = item == counter || local(stop) == Some(item);
    visit::walk(rest, &mut |node| {
        visit::assigned(&node, &mut |target| changed |= fixed.contains(&Some(target)));
    });
    (!changed).then_some(Counted { counter, item, stop, rest })
}
