//! Loops whose variable goes one way, towards an end that stays where it is.
//!
//! ```text
//! while i < stop:                  while i < stop:
//!     total += xs[i]                   k = i
//!     i += step                        total += xs[k]
//!                                      i += step
//! ```
//!
//! On the right is what is read: the item `k` holds what the variable was when the round began, and
//! is read wherever the variable has not been stepped yet. If steps are not negative and none
//! leads out of 32 bits, `k` lies between the variable before the loop and `stop`.
//!
//! What else is asked before a round, as in `while i < n and xs[i] != x`, becomes a way out at
//! the beginning of it. A loop over a range whose step is a variable is read as what it is if
//! that is positive.

use super::{DEPTH, Loop};
use crate::affine::{call, int, widen};
use crate::counted::{assignment, local, prim};
use crate::invariant::new_local;
use crate::visit::{self, Node};
use spy_ir::{Const, Expr, ExprKind, Local, LocalId, PosIdx, Scalar, Stmt, StmtKind, Type};

/// A loop, written anew.
pub(super) struct Course {
    /// What is asked before each round.
    pub(super) test: Expr,
    /// A round; its first statement assigns the item.
    pub(super) body: Vec<Stmt>,
    /// What holds the first value before the loop, and is stepped in it.
    pub(super) counter: LocalId,
    /// What the counter was when the round began.
    pub(super) item: LocalId,
    bound: Bound,
    /// By how much the counter is changed in its direction, at each place where it is.
    steps: Vec<Expr>,
    /// A step that must be positive for the loop to be this one.
    assumed: Option<Expr>,
}

/// Where a counter goes.
struct Bound {
    counter: LocalId,
    stop: Expr,
    direction: Direction,
    /// Whether `stop` itself is reached.
    inclusive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Direction {
    fn other(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What must hold before a loop for its course to be certain.
pub(super) struct Ends {
    /// In the order in which it can be evaluated.
    pub(super) guards: Vec<Expr>,
    /// The item's value in the first round, an `i64`.
    pub(super) first: Expr,
    /// What it does not get beyond, an `i64`.
    pub(super) last: Expr,
}

impl Course {
    /// Reads a loop; the item may be a new one of the `locals`.
    pub(super) fn read(
        test: &Expr,
        body: &[Stmt],
        own: usize,
        locals: &mut Vec<Local>,
    ) -> Option<Self> {
        let mut assigned = Vec::new();
        let mut note = |node| visit::assigned(&node, &mut |local| assigned.push(local));
        visit::walk_expr(test, &mut note);
        visit::walk(body, &mut note);
        let (mut test, mut body) = (test.clone(), body.to_vec());
        let assumed = assume(&mut test, &mut body, &assigned);
        let (test, others) = split(test);
        let bound = bound(&test, &assigned)?;
        body.splice(0..0, others.into_iter().map(leave_unless));
        let item = item(&mut body, bound.counter, test.pos, locals);
        unwrap_step(&mut body, bound.counter, own);
        let mut reader = Reader { counter: bound.counter, item, steps: Vec::new(), fits: true };
        reader.list(&mut body[1..], &mut true);
        if !reader.fits || reader.steps.is_empty() {
            return None;
        }
        let mut steps = Vec::with_capacity(reader.steps.len());
        for (direction, step) in reader.steps {
            if direction != bound.direction {
                return None;
            }
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        Some(Self { test, body, counter: bound.counter, item, bound, steps, assumed })
    }

    /// Whether the counter of the loop might wrap around, as far as anyone knows who has not seen the
    /// guards.
    pub(super) fn is_strided(&self) -> bool {
        self.bound.inclusive || self.steps.iter().any(|step| constant(step) != Some(1))
    }

    /// Between which values the item stays.
    pub(super) fn ends(&self, loop_: &mut Loop<'_>) -> Option<Ends> {
        let mut guards = Vec::new();
        let stop = loop_.fixed(&self.bound.stop, &mut guards, DEPTH)?;
        let pos = stop.pos;
        let first =
            widen(Expr { kind: ExprKind::Local(self.counter), ty: Type::I32, pos: self.test.pos });
        let inside = match (self.bound.inclusive, self.bound.direction) {
            (true, _) => 0,
            (false, Direction::Up) => -1,
            (false, Direction::Down) => 1,
        };
        let last = match (constant(&stop), inside) {
            (Some(value), _) => int(i64::from(value) + inside, pos),
            (None, 0) => widen(stop),
            (None, _) => call("operator::i64_add", vec![widen(stop), int(inside, pos)])?,
        };
        guards.push(self.is_going(&first, &last)?);
        if let Some(step) = &self.assumed {
            guards.push(call("operator::i64_ge", vec![widen(step.clone()), int(1, pos)])?);
        }
        // Where a round is left, the step behind it may lead nowhere.
        let reached = std::mem::replace(&mut loop_.reached, false);
        for step in &self.steps {
            let step = loop_.fixed(step, &mut guards, DEPTH)?;
            self.stays(&step, &last, &mut guards)?;
        }
        loop_.reached = reached;
        Some(Ends { guards, first, last })
    }

    /// Whether there is a first round.
    fn is_going(&self, first: &Expr, last: &Expr) -> Option<Expr> {
        let is_simple = prim(&self.test, "operator::i32_lt")
            .is_some_and(|args| matches!(args[1].kind, ExprKind::Local(_) | ExprKind::Const(_)));
        if is_simple {
            return Some(self.test.clone());
        }
        let name = match self.bound.direction {
            Direction::Up => "operator::i64_le",
            Direction::Down => "operator::i64_ge",
        };
        call(name, vec![first.clone(), last.clone()])
    }

    /// Adds guards that say that a step goes in the counter's direction, and not out of 32 bits.
    fn stays(&self, step: &Expr, last: &Expr, guards: &mut Vec<Expr>) -> Option<()> {
        let pos = step.pos;
        let least = constant(step);
        if least.is_none() && self.assumed.as_ref().is_none_or(|known| known.kind != step.kind) {
            guards.push(call("operator::i64_ge", vec![widen(step.clone()), int(0, pos)])?);
        }
        // From before `stop`, one step of one leads to `stop` at most.
        if least == Some(1) && !self.bound.inclusive {
            return Some(());
        }
        let (add, compare, most) = match self.bound.direction {
            Direction::Up => ("operator::i64_add", "operator::i64_le", i64::from(i32::MAX)),
            Direction::Down => ("operator::i64_sub", "operator::i64_ge", i64::from(i32::MIN)),
        };
        let next = call(add, vec![last.clone(), widen(step.clone())])?;
        guards.push(call(compare, vec![next, int(most, pos)])?);
        Some(())
    }
}

fn constant(expr: &Expr) -> Option<i32> {
    match expr.kind {
        ExprKind::Const(Const::Scalar(Scalar::I32(value))) => Some(value),
        _ => None,
    }
}

/// If a loop depends on whether a variable that it does not assign is positive, takes it to be.
/// Returns that variable.
fn assume(test: &mut Expr, body: &mut Vec<Stmt>, assigned: &[LocalId]) -> Option<Expr> {
    let mut found = None;
    visit::walk_expr(test, &mut |node| {
        if let Node::Expr(expr) = node
            && let Some([step, zero]) = prim(expr, "operator::i32_gt")
            && constant(zero) == Some(0)
            && local(step).is_some_and(|step| !assigned.contains(&step))
            && found.is_none()
        {
            found = Some((expr.kind.clone(), step.clone()));
        }
    });
    let (condition, step) = found?;
    let ExprKind::Block(stmts, _) = &mut test.kind else { return None };
    choose(stmts, &condition, &step);
    choose(body, &condition, &step);
    Some(step)
}

/// Replaces statements that ask whether `step` is positive by what they do if it is.
fn choose(stmts: &mut Vec<Stmt>, condition: &ExprKind, step: &Expr) {
    for stmt in std::mem::take(stmts) {
        match stmt.kind {
            StmtKind::If { test, then, .. }
                if test.kind == *condition || is_positive(&test, step) =>
            {
                stmts.extend(then);
            }
            _ => stmts.push(stmt),
        }
    }
}

fn is_positive(test: &Expr, step: &Expr) -> bool {
    prim(test, "operator::i32_gt")
        .is_some_and(|args| args[0].kind == step.kind && constant(&args[1]) == Some(0))
}

/// The first of the conditions that a test consists of, and the others.
fn split(mut test: Expr) -> (Expr, Vec<Expr>) {
    let mut others = Vec::new();
    while let ExprKind::And(left, right) = test.kind {
        others.push(*right);
        test = *left;
    }
    others.reverse();
    (test, others)
}

/// `if test: pass else: break`.
fn leave_unless(test: Expr) -> Stmt {
    let pos = test.pos;
    let orelse = vec![Stmt { kind: StmtKind::Break, pos }];
    Stmt { kind: StmtKind::If { test, then: Vec::new(), orelse }, pos }
}

/// Reads what is asked before a round.
fn bound(test: &Expr, assigned: &[LocalId]) -> Option<Bound> {
    let compared = match &test.kind {
        ExprKind::Block(stmts, value) => {
            let result = local(value);
            let last = stmts.iter().rev().filter_map(assignment);
            let known = last.into_iter().find(|(target, _)| Some(*target) == result);
            known.map_or(&**value, |(_, value)| value)
        }
        _ => test,
    };
    let comparisons = [
        ("operator::i32_lt", Direction::Up, false),
        ("operator::i32_le", Direction::Up, true),
        ("operator::i32_gt", Direction::Down, false),
        ("operator::i32_ge", Direction::Down, true),
    ];
    comparisons.into_iter().find_map(|(name, direction, inclusive)| {
        let [left, right] = prim(compared, name)? else { return None };
        let stepped = |side| local(side).filter(|local| assigned.contains(local));
        if let Some(counter) = stepped(left) {
            return Some(Bound { counter, stop: right.clone(), direction, inclusive });
        }
        let direction = direction.other();
        Some(Bound { counter: stepped(right)?, stop: left.clone(), direction, inclusive })
    })
}

/// The local that the first statement of a round copies the counter to, if there is one and
/// nothing else assigns it; a new one otherwise, and that statement.
fn item(body: &mut Vec<Stmt>, counter: LocalId, pos: PosIdx, locals: &mut Vec<Local>) -> LocalId {
    if let [first, rest @ ..] = body.as_slice()
        && let Some((item, value)) = assignment(first)
        && local(value) == Some(counter)
        && item != counter
        && !assigns(rest, item)
    {
        return item;
    }
    let item = new_local("item", Type::I32, locals);
    let value = Expr { kind: ExprKind::Local(counter), ty: Type::I32, pos };
    body.insert(0, Stmt { kind: StmtKind::Assign(item, value), pos });
    item
}

fn assigns(stmts: &[Stmt], target: LocalId) -> bool {
    let mut found = false;
    visit::walk(stmts, &mut |node| {
        visit::assigned(&node, &mut |local| found |= local == target);
    });
    found
}

/// The step of a loop over a range asks whether the next number is one; it is, as guards say.
///
/// ```text
/// f = i + step
/// if f < i:           becomes   i = i + step
///     f = stop
/// i = f
/// ```
fn unwrap_step(body: &mut Vec<Stmt>, counter: LocalId, own: usize) {
    let Some(step) = (|| {
        let [_, next, wrap, step, ..] = body.as_slice() else { return None };
        let (following, sum) = assignment(next)?;
        let [left, by] = prim(sum, "operator::i32_add")? else { return None };
        let (stepped, new) = assignment(step)?;
        let fits = local(left)? == counter
            && is_wrap(wrap, following, counter, constant(by).is_some_and(|by| by < 0))
            && stepped == counter
            && local(new)? == following
            && following.0 as usize >= own;
        let is_read = body[4..].iter().any(|stmt| reads(stmt, following));
        (fits && !is_read)
            .then(|| Stmt { kind: StmtKind::Assign(counter, sum.clone()), pos: next.pos })
    })() else {
        return;
    };
    body.splice(1..4, [step]);
}

/// `if f < i: f = ...`, or `f > i` if `f` is `i` and something negative: what never happens.
fn is_wrap(stmt: &Stmt, following: LocalId, counter: LocalId, down: bool) -> bool {
    let StmtKind::If { test, then, orelse } = &stmt.kind else { return false };
    let ([only], []) = (then.as_slice(), orelse.as_slice()) else { return false };
    let name = if down { "operator::i32_gt" } else { "operator::i32_lt" };
    let Some([left, right]) = prim(test, name) else { return false };
    local(left) == Some(following)
        && local(right) == Some(counter)
        && assignment(only).is_some_and(|(target, _)| target == following)
}

fn reads(stmt: &Stmt, target: LocalId) -> bool {
    let mut found = false;
    visit::walk(std::slice::from_ref(stmt), &mut |node| {
        found |= matches!(node, Node::Expr(expr) if local(expr) == Some(target));
    });
    found
}

/// Walks through a round in the order of execution.
struct Reader {
    counter: LocalId,
    item: LocalId,
    steps: Vec<(Direction, Expr)>,
    /// Whether the counter is stepped once on each way at most, and not assigned otherwise.
    fits: bool,
}

impl Reader {
    /// `before` says whether the counter still has the value that it had when the round began.
    fn list(&mut self, stmts: &mut [Stmt], before: &mut bool) {
        for stmt in stmts {
            visit::deep(|| self.stmt(stmt, before));
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt, before: &mut bool) {
        if let StmtKind::Assign(target, value) = &stmt.kind
            && *target == self.counter
        {
            match self.step(value).filter(|_| *before) {
                Some(step) => self.steps.push(step),
                None => self.fits = false,
            }
            *before = false;
            return;
        }
        if matches!(stmt.kind, StmtKind::If { .. }) {
            let mut after = *before;
            for expr in visit::stmt_exprs_mut(stmt) {
                self.expr(expr, *before);
            }
            for block in visit::stmt_blocks_mut(stmt) {
                let mut within = *before;
                self.list(block, &mut within);
                after &= within;
            }
            *before = after;
            return;
        }
        self.fits &= !assigns(std::slice::from_ref(stmt), self.counter);
        if *before {
            let (counter, item) = (self.counter, self.item);
            visit::each_expr(std::slice::from_mut(stmt), &mut |expr| rename(expr, counter, item));
        }
    }

    fn expr(&mut self, expr: &mut Expr, before: bool) {
        visit::walk_expr(expr, &mut |node| {
            visit::assigned(&node, &mut |target| self.fits &= target != self.counter);
        });
        if before {
            visit::each_expr_in(expr, &mut |expr| rename(expr, self.counter, self.item));
        }
    }

    /// The direction and size of a step.
    fn step(&self, value: &Expr) -> Option<(Direction, Expr)> {
        let is_counter = |expr: &Expr| local(expr) == Some(self.counter);
        let (direction, step) = match prim(value, "operator::i32_sub") {
            Some([left, right]) if is_counter(left) => (Direction::Down, right),
            Some(_) => return None,
            None => match prim(value, "operator::i32_add")? {
                [left, right] if is_counter(left) => (Direction::Up, right),
                [left, right] if is_counter(right) => (Direction::Up, left),
                _ => return None,
            },
        };
        match constant(step) {
            Some(value) if value < 0 => {
                let kind = ExprKind::Const(Const::Scalar(Scalar::I32(value.checked_neg()?)));
                Some((direction.other(), Expr { kind, ..step.clone() }))
            }
            _ => Some((direction, step.clone())),
        }
    }
}

fn rename(expr: &mut Expr, from: LocalId, to: LocalId) {
    if expr.kind == ExprKind::Local(from) {
        expr.kind = ExprKind::Local(to);
    }
}
