//! Which loops may trade places, as far as locals are concerned.

use super::{INNER_ROUNDS, OUTER_ROUNDS};
use crate::affine::{call, int, widen};
use crate::counted::{self, Counted};
use crate::flow::Flow;
use crate::visit::{self, Node, deep};
use crate::{bounds, dead};
use spy_ir::{
    Callee, Const, Expr, ExprKind, Local, LocalId, PtrKind, PtrOp, Scalar, ScalarTy, Stmt,
    StmtKind, Type,
};
use spy_text::HashSet;

/// How many values an inner loop may hand from round to round.
const MAX_CARRIED: usize = 4;

/// How deep an expression is that can be computed in front of a loop.
const DEPTH: usize = 16;

/// A loop with another one in it:
///
/// ```text
/// while j < stop:
///     item = j
///     j = j + 1
///     pre
///     while k < end:
///         inner
///     post
/// ```
pub(super) struct Nest<'a> {
    /// Whether there are rounds left in the outer loop.
    pub(super) test: &'a Expr,
    pub(super) outer: Counted<'a>,
    /// Assignments of what has no effect and can be computed again.
    pub(super) pre: &'a [Stmt],
    /// Those of them that the inner loop needs, apart from what is `carried`.
    pub(super) setup: Vec<&'a Stmt>,
    pub(super) inner: Counted<'a>,
    pub(super) inner_test: &'a Expr,
    /// The start of a round of the inner loop: `k` gets its value, and counts.
    pub(super) inner_head: &'a [Stmt],
    pub(super) post: &'a [Stmt],
    /// What the inner loop hands from round to round: assigned in `pre`, and in it.
    pub(super) carried: Vec<(LocalId, ScalarTy)>,
    /// Whether both loops have enough rounds for it to be worth it.
    pub(super) worth: Expr,
}

impl<'a> Nest<'a> {
    /// Reads a loop; `None` if there are not two loops that may trade places.
    pub(super) fn read(
        test: &'a Expr,
        body: &'a [Stmt],
        own: usize,
        locals: &[Local],
    ) -> Option<Self> {
        let outer = counted::read(test, body)?;
        let start = outer.rest.iter().position(|stmt| !is_simple(stmt))?;
        let (pre, [loop_, post @ ..]) = outer.rest.split_at(start) else { return None };
        let StmtKind::While { test: inner_test, body: inner_body } = &loop_.kind else {
            return None;
        };
        let inner = counted::read(inner_test, inner_body)?;
        if visit::has_loop(inner.rest) || leaves(post) {
            return None;
        }
        let all = Flow::of(body, HashSet::default()).assigned;
        let fixed = Fixed { assigned: &all, pre };
        let worth = worth(test, &outer, &inner, &fixed)?;
        let (carried, setup) = flows(&outer, &inner, pre, post, own, &all)?;
        let carried = carried
            .into_iter()
            .map(|local| Some((local, number(&locals.get(local.0 as usize)?.ty)?)))
            .collect::<Option<Vec<_>>>()?;
        let (inner_head, _) = inner_body.split_at(inner_body.len() - inner.rest.len());
        Some(Self { test, outer, pre, setup, inner, inner_test, inner_head, post, carried, worth })
    }
}

/// The type of a number that memory of a function can hold.
fn number(ty: &Type) -> Option<ScalarTy> {
    match ty {
        Type::Scalar(ty) if !matches!(ty, ScalarTy::Str | ScalarTy::Bytes) => Some(*ty),
        _ => None,
    }
}

/// What a simple assignment assigns.
fn assignment(stmt: &Stmt) -> Option<(LocalId, &Expr)> {
    match &stmt.kind {
        StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
            Some((*local, value))
        }
        _ => None,
    }
}

/// Whether a statement assigns what can be computed again at no cost. Loads are allowed from
/// memory that a local leads to: where the first round may load it, all may.
fn is_simple(stmt: &Stmt) -> bool {
    assignment(stmt).is_some_and(|(_, value)| is_simple_value(value))
}

fn is_simple_value(value: &Expr) -> bool {
    let own = match &value.kind {
        ExprKind::Const(_) | ExprKind::Local(_) => true,
        ExprKind::Call(Callee::Prim(op), _) => dead::is_harmless(*op),
        ExprKind::Call(Callee::StructMake | Callee::GetField(_), _) => true,
        ExprKind::Call(Callee::Ptr(PtrOp::GetFieldByVal(_)), args) => {
            matches!(args.first().map(|arg| &arg.ty), Some(Type::Ptr(PtrKind::Gc, _)))
        }
        _ => false,
    };
    own && visit::operands(value).into_iter().all(|operand| deep(|| is_simple_value(operand)))
}

/// Whether code may leave the loop that it stands in, or its round.
fn leaves(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::While { body, .. } => returns(body),
        _ => deep(|| {
            visit::stmt_blocks(stmt).into_iter().any(|block| leaves(block))
                || visit::stmt_exprs(stmt).into_iter().any(leaves_within)
        }),
    })
}

fn leaves_within(expr: &Expr) -> bool {
    let mut found = false;
    visit::walk_expr(expr, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Block(stmts, _), .. }) = node {
            found |= leaves(stmts);
        }
    });
    found
}

fn returns(stmts: &[Stmt]) -> bool {
    let mut found = false;
    visit::walk(stmts, &mut |node| {
        found |= matches!(node, Node::Stmt(Stmt { kind: StmtKind::Return(_), .. }));
    });
    found
}

/// What the inner loop carries, and what it needs besides; `None` if locals keep the loops from
/// trading places.
fn flows<'a>(
    outer: &Counted<'_>,
    inner: &Counted<'_>,
    pre: &'a [Stmt],
    post: &[Stmt],
    own: usize,
    all: &HashSet<LocalId>,
) -> Option<(Vec<LocalId>, Vec<&'a Stmt>)> {
    let counters: HashSet<LocalId> = [outer.counter, outer.item].into_iter().collect();
    let first = Flow::of(pre, counters.clone());
    if first.early.iter().any(|local| all.contains(local)) {
        return None;
    }
    let mut known = counters.clone();
    known.extend([inner.counter, inner.item]);
    let middle = Flow::of(inner.rest, known.clone());
    let (mut carried, mut needed) = (Vec::new(), HashSet::default());
    for local in middle.early.iter().filter(|local| all.contains(local)) {
        if !first.done.contains(local) {
            return None;
        }
        if middle.assigned.contains(local) {
            carried.push(*local);
        } else {
            needed.insert(*local);
        }
    }
    carried.sort_unstable_by_key(|local| local.0);
    // The optimizer's own are not read afterwards.
    let is_set = |local: &LocalId| {
        local.0 as usize >= own || middle.done.contains(local) || carried.contains(local)
    };
    if carried.is_empty() || carried.len() > MAX_CARRIED || !middle.assigned.iter().all(is_set) {
        return None;
    }
    let mut lost = middle.assigned;
    lost.extend([inner.counter, inner.item]);
    let setup = setup(pre, needed, &lost)?;
    lost.retain(|local| !carried.contains(local));
    // `pre` runs again when the inner loop is over.
    if first.assigned.iter().any(|local| (local.0 as usize) < own && lost.contains(local)) {
        return None;
    }
    let before = first.done.iter().copied().filter(|local| !lost.contains(local)).collect();
    let last = Flow::of(post, before);
    // What the inner loop leaves in a variable is there when all rounds are over, and not before.
    let is_lost = |local: &&LocalId| lost.contains(*local);
    let is_read = last.early.iter().any(|local| lost.contains(local));
    let is_kept = last.assigned.iter().filter(is_lost).all(|local| last.done.contains(local));
    (!is_read && is_kept).then_some((carried, setup))
}

/// Those statements of `pre` that compute what is `needed`; `None` if they need what the inner loop
/// assigns.
fn setup<'a>(
    pre: &'a [Stmt],
    mut needed: HashSet<LocalId>,
    lost: &HashSet<LocalId>,
) -> Option<Vec<&'a Stmt>> {
    let mut setup = Vec::new();
    for stmt in pre.iter().rev() {
        let (target, value) = assignment(stmt)?;
        if needed.contains(&target) {
            setup.push(stmt);
            visit::walk_expr(value, &mut |node| {
                if let Node::Expr(Expr { kind: ExprKind::Local(local), .. }) = node {
                    needed.insert(*local);
                }
            });
        }
    }
    setup.reverse();
    needed.iter().all(|local| !lost.contains(local)).then_some(setup)
}

/// What is the same in all rounds of the outer loop.
struct Fixed<'a> {
    assigned: &'a HashSet<LocalId>,
    pre: &'a [Stmt],
}

impl Fixed<'_> {
    /// A value where the inner loop begins, written so that it can be computed in front of the outer
    /// one if that has a round.
    fn value(&self, expr: &Expr, before: usize, depth: usize) -> Option<Expr> {
        let depth = depth.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Const(_) => Some(expr.clone()),
            ExprKind::Local(local) if !self.assigned.contains(local) => Some(expr.clone()),
            ExprKind::Local(local) => {
                let assigns = |stmt: &Stmt| assignment(stmt).is_some_and(|(to, _)| to == *local);
                let index = self.pre.get(..before)?.iter().rposition(assigns)?;
                let (_, value) = assignment(self.pre.get(index)?)?;
                self.value(value, index, depth)
            }
            ExprKind::Call(callee, args) => {
                let args = args
                    .iter()
                    .map(|arg| self.value(arg, before, depth))
                    .collect::<Option<Vec<_>>>()?;
                Some(Expr { kind: ExprKind::Call(callee.clone(), args), ..expr.clone() })
            }
            _ => None,
        }
    }
}

/// Whether both loops have enough rounds; `None` if the inner one's number is not always the same, or
/// known not to be enough.
fn worth(test: &Expr, outer: &Counted<'_>, inner: &Counted<'_>, fixed: &Fixed<'_>) -> Option<Expr> {
    let local = |local| Expr { kind: ExprKind::Local(local), ty: Type::I32, pos: test.pos };
    let all = fixed.pre.len();
    let stop = fixed.value(inner.stop, all, DEPTH)?;
    let start = fixed.value(&local(inner.counter), all, DEPTH)?;
    if let (Some(start), Some(stop)) = (constant(&start), constant(&stop))
        && i64::from(stop) - i64::from(start) < INNER_ROUNDS
    {
        return None;
    }
    let many = |from: Expr, to: Expr, least: i64| {
        let rounds = call("operator::i64_sub", vec![widen(to), widen(from)])?;
        call("operator::i64_ge", vec![rounds, int(least, test.pos)])
    };
    let outer = many(local(outer.counter), outer.stop.clone(), OUTER_ROUNDS)?;
    Some(bounds::and(outer, many(start, stop, INNER_ROUNDS)?))
}

fn constant(expr: &Expr) -> Option<i32> {
    match expr.kind {
        ExprKind::Const(Const::Scalar(Scalar::I32(value))) => Some(value),
        _ => None,
    }
}
