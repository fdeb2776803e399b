//! Loops without bounds checks.
//!
//! The library checks subscripts like this:
//!
//! ```text
//! if x < 0 or x >= length:
//!     ...
//! ```
//!
//! If `x` is affine in the counter of a loop, and `length` stays the same in it, the first and the
//! last round decide whether the branch is ever taken. Then a second loop is made, without the
//! branch, and runs if it never would be:
//!
//! ```text
//! if i < stop and 0 <= first and first < length and 0 <= last and last < length:
//!     while i < stop: ...      without the branch
//! else:
//!     while i < stop: ...      as it was
//! ```
//!
//! So an error is still raised in the round, and after the effects, that it belongs to. This is the
//! loop versioning of Gupta, "Optimizing array bound checks using flow analysis" (1993), with
//! induction variables known from the shape of the loop. A loop around one with two versions gets two
//! as well, if it can tell for all of its rounds that the fast one inside would be chosen (`nest`).

mod course;
mod nest;
mod wide;

use crate::affine::{self, Affine, Meaning, call, widen};
use crate::counted::prim;
use crate::flow::Flow;
use crate::memory::{Effects, Writes};
use crate::visit::{self, Node, deep};
use crate::{Bodies, affine::int, dead, invariant};
use course::Course;
use spy_ir::{
    Callee, Const, Expr, ExprKind, Func, Local, LocalId, PosIdx, PtrKind, PtrOp, Scalar, ScalarTy,
    Stmt, StmtKind, Type,
};
use spy_text::{HashMap, HashSet};
use std::cell::{Cell, RefCell};

/// Larger loops have one version only.
const MAX_SIZE: usize = 600;

/// The same for loops around others, with both versions of these.
const MAX_NEST: usize = 2_000;

/// How far locals are followed to what they stand for.
const DEPTH: usize = 24;

/// Where products of numbers of 32 bits might not fit into 64, guards say that no number is larger.
const SMALL: u128 = 1 << 30;

/// How many expressions are looked at for one question.
const STEPS: usize = 1_000;

/// Makes second versions of loops in `func`. Whether there was a loop to gain from it.
pub(crate) fn hoist(func: &mut Func, own: usize, bodies: &dyn Bodies) -> bool {
    let mut effects = Effects::new(bodies);
    let mut found = false;
    let mut body = std::mem::take(&mut func.body);
    visit::each_list(&mut body, &mut |list| {
        for stmt in list {
            let StmtKind::While { test, body } = &stmt.kind else { continue };
            let known = func.locals.len();
            let version = version(test, body, own, &mut effects, &mut func.locals, &|_, _| true);
            if let Some(Version { guard, before, test, body: fast }) = version {
                let fast = StmtKind::While { test, body: fast };
                let pos = stmt.pos;
                let slow = Stmt { kind: stmt.kind.clone(), pos };
                let mut then = before;
                then.push(Stmt { kind: fast, pos });
                stmt.kind = StmtKind::If { test: guard, then, orelse: vec![slow] };
                found = true;
            } else {
                func.locals.truncate(known);
            }
        }
    });
    func.body = body;
    found
}

/// The fast version of a loop.
pub(crate) struct Version {
    /// When it may run.
    pub(crate) guard: Expr,
    /// What stands in front of it.
    pub(crate) before: Vec<Stmt>,
    /// What is asked before each round.
    pub(crate) test: Expr,
    /// A round.
    pub(crate) body: Vec<Stmt>,
}

/// What lies between the places of a load in two rounds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stride {
    /// Nothing.
    Zero,
    /// One item.
    One,
}

/// Makes a second version of a loop, if it has one, and if `judge` approves of its rounds.
pub(crate) fn version(
    test: &Expr,
    body: &[Stmt],
    own: usize,
    effects: &mut Effects<'_>,
    locals: &mut Vec<Local>,
    judge: &dyn Fn(&Loop<'_>, &[Stmt]) -> bool,
) -> Option<Version> {
    let is_nest = visit::has_loop(body);
    if visit::size(body) > if is_nest { MAX_NEST } else { MAX_SIZE } {
        return None;
    }
    let course = Course::read(test, body, own, locals)?;
    let mut loop_ = Loop::new(&course, effects);
    loop_.test(&course.test);
    let ends = course.ends(&mut loop_)?;
    (loop_.first, loop_.last) = (ends.first, ends.last);
    loop_.require(ends.guards);
    let mut checks = Vec::new();
    loop_.stmts(&course.body[1..], &mut checks);
    loop_.reached = true;
    only_unique(&mut checks, &course.body);
    let is_small = !is_nest || visit::size(body) <= MAX_SIZE;
    if loop_.choices.is_empty() && (checks.is_empty() || !is_small) {
        return None;
    }
    let (mut test, mut fast) = (course.test.clone(), course.body.clone());
    nest::choose(&mut fast, &loop_.choices);
    visit::each_list(&mut fast, &mut |list| {
        list.retain(|stmt| !checks.contains(&stmt.kind));
    });
    let mut before = Vec::new();
    if course.is_strided() {
        let wide = wide::counter(&course, &mut test, &mut fast, locals)?;
        loop_.assigned.extend([wide.counter, wide.item]);
        loop_.wide_item = Some(wide.item);
        before.push(wide.start);
    }
    before.extend(invariant::rewrite(&mut loop_, &mut test, &mut fast, locals));
    if !judge(&loop_, &fast) {
        return None;
    }
    let guard = loop_.guards.into_iter().reduce(and)?;
    Some(Version { guard, before, test, body: fast })
}

/// Keeps only checks that no other statement of a loop looks like: they are found again by what
/// they look like.
fn only_unique(checks: &mut Vec<StmtKind>, body: &[Stmt]) {
    let read = checks.clone();
    checks.retain(|check| {
        let mut found = 0;
        visit::walk(body, &mut |node| {
            found += usize::from(matches!(node, Node::Stmt(stmt) if stmt.kind == *check));
        });
        found == read.iter().filter(|other| *other == check).count()
    });
}

/// What is known while the rounds of a loop are read, and afterwards.
pub(crate) struct Loop<'a> {
    bodies: &'a dyn Bodies,
    writes: Writes,
    item: LocalId,
    /// What holds the same in 64 bits, if there is such a local.
    wide_item: Option<LocalId>,
    /// Locals that the loop assigns.
    assigned: HashSet<LocalId>,
    /// Locals that may hold what the round before assigned where they are read.
    stale: HashSet<LocalId>,
    /// What locals were assigned so far, outside of checks.
    defs: HashMap<LocalId, Vec<Option<&'a Expr>>>,
    /// Subscripts that are in bounds in every round if all guards hold, and whether they are the same
    /// in all.
    proven: HashMap<LocalId, bool>,
    /// What must hold before the loop, in the order in which it can be evaluated.
    guards: Vec<Expr>,
    /// The counter in the first and in the last round, as `i64`.
    first: Expr,
    last: Expr,
    /// The largest absolute value that parts of subscripts are assumed to have.
    most: Cell<u128>,
    /// How much more may be looked at until the current question is given up.
    steps: Cell<usize>,
    /// Statements that choose between two versions of a loop, and take the fast one in every round if
    /// all guards hold.
    choices: Vec<StmtKind>,
    /// Whether the place that is being read is reached in the first round. Pointers that nobody
    /// looks after may lead nowhere where it is not.
    reached: bool,
}

impl<'a> Loop<'a> {
    /// A loop of which no round has been read, and whose ends are not known.
    fn new(course: &Course, effects: &mut Effects<'a>) -> Self {
        let test = [Stmt { kind: StmtKind::Expr(course.test.clone()), pos: course.test.pos }];
        let asked = Flow::of(&test, HashSet::default());
        let round = Flow::of(&course.body, asked.done);
        let nowhere = int(0, course.test.pos);
        let mut writes = effects.of(&course.body);
        writes.extend(effects.of(&test));
        Self {
            bodies: effects.bodies(),
            writes,
            item: course.item,
            wide_item: None,
            stale: asked.early.union(&round.early).copied().collect(),
            assigned: asked.assigned.union(&round.assigned).copied().collect(),
            // What it is after its step is not read.
            defs: HashMap::from_iter([(course.counter, vec![None])]),
            proven: HashMap::default(),
            guards: Vec::new(),
            first: nowhere.clone(),
            last: nowhere,
            most: Cell::new(affine::I32_MOST),
            steps: Cell::new(STEPS),
            choices: Vec::new(),
            reached: true,
        }
    }

    /// Reads what is asked before a round. Checks in it stay.
    fn test(&mut self, test: &'a Expr) {
        if let ExprKind::And(..) | ExprKind::Or(..) = test.kind {
            return visit::walk_expr(test, &mut |node| self.unknown(&node));
        }
        if let ExprKind::Block(stmts, _) = &test.kind {
            for stmt in stmts {
                match &stmt.kind {
                    StmtKind::Assign(local, value) => {
                        deep(|| self.test(value));
                        self.defs.entry(*local).or_default().push(Some(value));
                    }
                    _ => visit::walk(std::slice::from_ref(stmt), &mut |node| self.unknown(&node)),
                }
            }
        }
        for operand in visit::operands(test) {
            deep(|| self.test(operand));
        }
        if let ExprKind::AssignLocal(..) = test.kind {
            self.unknown(&Node::Expr(test));
        }
    }

    fn stmts(&mut self, stmts: &'a [Stmt], checks: &mut Vec<StmtKind>) {
        for stmt in stmts {
            if self.check(stmt).is_some() {
                checks.push(stmt.kind.clone());
                continue;
            }
            if let Some(then) = self.choice(stmt) {
                self.stmts(then, checks);
                self.choices.push(stmt.kind.clone());
                continue;
            }
            match stmt.kind {
                StmtKind::While { .. } => self.inner_loop(stmt),
                _ => deep(|| self.stmt(stmt, checks)),
            }
            self.reached &= !invariant::leaves(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt, checks: &mut Vec<StmtKind>) {
        for expr in visit::stmt_exprs(stmt) {
            self.expr(expr, checks);
        }
        let reached = std::mem::replace(&mut self.reached, false);
        for block in visit::stmt_blocks(stmt) {
            self.stmts(block, checks);
        }
        self.reached = reached;
        for block in visit::stmt_blocks(stmt) {
            visit::walk(block, &mut |node| self.unknown(&node));
        }
        match &stmt.kind {
            StmtKind::Assign(local, value) | StmtKind::VarDef(local, Some(value)) => {
                self.defs.entry(*local).or_default().push(Some(value));
            }
            _ => self.unknown(&Node::Stmt(stmt)),
        }
    }

    fn expr(&mut self, expr: &'a Expr, checks: &mut Vec<StmtKind>) {
        if let ExprKind::Block(stmts, _) = &expr.kind {
            self.stmts(stmts, checks);
        }
        if let ExprKind::And(left, right) | ExprKind::Or(left, right) = &expr.kind {
            deep(|| self.expr(left, checks));
            let reached = std::mem::replace(&mut self.reached, false);
            deep(|| self.expr(right, checks));
            self.reached = reached && !invariant::leaves_within(right);
            visit::walk_expr(right, &mut |node| self.unknown(&node));
            return;
        }
        for operand in visit::operands(expr) {
            deep(|| self.expr(operand, checks));
        }
        if let ExprKind::AssignLocal(..) = expr.kind {
            self.unknown(&Node::Expr(expr));
        }
    }

    /// Whether `stmt` is a check that the guards, with new ones, make superfluous.
    fn check(&mut self, stmt: &'a Stmt) -> Option<()> {
        let StmtKind::If { test, then, orelse } = &stmt.kind else { return None };
        let ExprKind::Or(below, above) = &test.kind else { return None };
        let [index, zero] = prim(below, "operator::i32_lt")? else { return None };
        let [again, length] = prim(above, "operator::i32_ge")? else { return None };
        let is_zero = matches!(zero.kind, ExprKind::Const(Const::Scalar(Scalar::I32(0))));
        if !is_zero || index.kind != again.kind || !orelse.is_empty() {
            return None;
        }
        let (subscript, mut guards) = self.affine(index)?;
        self.steps.set(STEPS);
        let length = widen(self.fixed(length, &mut guards, DEPTH)?);
        self.add_guards(&subscript, &length, guards)?;
        self.prove(index, &subscript, then);
        Some(())
    }

    /// Notes which locals hold the subscript `index` when its check, with this branch, is over.
    fn prove(&mut self, index: &Expr, subscript: &Affine, then: &[Stmt]) {
        let mut targets: Vec<LocalId> = Vec::new();
        if let ExprKind::Local(local) = index.kind {
            targets.push(local);
        }
        for stmt in then {
            visit::assigned(&Node::Stmt(stmt), &mut |local| targets.push(local));
        }
        for local in targets {
            let same = self.value(local).is_some_and(|value| value.kind == index.kind);
            if same || index.kind == ExprKind::Local(local) {
                self.proven.insert(local, subscript.is_fixed());
            }
        }
    }

    fn add_guards(&mut self, subscript: &Affine, length: &Expr, guards: Vec<Expr>) -> Option<()> {
        let ends =
            if subscript.is_fixed() { vec![&self.first] } else { vec![&self.first, &self.last] };
        let mut new = guards;
        for end in ends {
            let value = subscript.at(end)?;
            new.push(call("operator::i64_ge", vec![value.clone(), int(0, value.pos)])?);
            new.push(call("operator::i64_lt", vec![value, length.clone()])?);
        }
        self.require(new);
        Some(())
    }

    fn require(&mut self, guards: Vec<Expr>) {
        for guard in guards {
            if !self.guards.contains(&guard) {
                self.guards.push(guard);
            }
        }
    }

    /// A subscript as a function of the counter, if these guards hold.
    fn affine(&self, subscript: &Expr) -> Option<(Affine, Vec<Expr>)> {
        self.affine_up_to(affine::I32_MOST, subscript)
            .or_else(|| self.affine_up_to(SMALL, subscript))
    }

    /// The same, where nothing in it has a larger absolute value than `most`.
    fn affine_up_to(&self, most: u128, subscript: &Expr) -> Option<(Affine, Vec<Expr>)> {
        let guards = RefCell::new(Vec::new());
        self.most.set(most);
        self.steps.set(STEPS);
        let affine =
            affine::read(subscript, &|expr| self.meaning(expr, &mut guards.borrow_mut()), DEPTH)?;
        Some((affine, guards.into_inner()))
    }

    /// Adds guards that say that 32 bits hold the value in every round.
    fn fits(&self, affine: &Affine, guards: &mut Vec<Expr>) -> Option<()> {
        for end in [&self.first, &self.last] {
            let value = affine.at(end)?;
            let (least, most) = (int(i32::MIN.into(), end.pos), int(i32::MAX.into(), end.pos));
            guards.push(call("operator::i64_ge", vec![value.clone(), least])?);
            guards.push(call("operator::i64_le", vec![value, most])?);
        }
        Some(())
    }

    /// What a part of a subscript means.
    fn meaning<'e>(&self, expr: &'e Expr, guards: &mut Vec<Expr>) -> Option<Meaning<'e>>
    where
        'a: 'e,
    {
        self.step()?;
        let most = self.most.get();
        match &expr.kind {
            ExprKind::Local(local) if *local == self.item => {
                self.limit(&[&self.first, &self.last], guards)?;
                Some(Meaning::Item(most))
            }
            ExprKind::Local(local) if self.assigned.contains(local) => {
                self.value(*local).map(Meaning::Value)
            }
            ExprKind::Block(stmts, value) if stmts.is_empty() => Some(Meaning::Value(value)),
            _ => {
                let value = self.fixed(expr, guards, DEPTH)?;
                self.limit(&[&widen(value.clone())], guards)?;
                Some(Meaning::Fixed(value, most))
            }
        }
    }

    /// Adds guards that say that numbers of 32 bits are no larger than assumed.
    fn limit(&self, values: &[&Expr], guards: &mut Vec<Expr>) -> Option<()> {
        let most = i64::try_from(self.most.get()).ok()?;
        if self.most.get() == affine::I32_MOST {
            return Some(());
        }
        for value in values {
            let (least, most) = (int(-most, value.pos), int(most, value.pos));
            guards.push(call("operator::i64_ge", vec![(*value).clone(), least])?);
            guards.push(call("operator::i64_le", vec![(*value).clone(), most])?);
        }
        Some(())
    }

    /// Counts what is looked at: a chain of locals that each name another one twice has no end.
    fn step(&self) -> Option<()> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        Some(())
    }

    /// The only value that a local has got in this round so far, if it gets one in every round
    /// before it is read.
    fn value(&self, local: LocalId) -> Option<&'a Expr> {
        match self.defs.get(&local).map(Vec::as_slice) {
            Some([Some(value)]) if !self.stale.contains(&local) => Some(value),
            _ => None,
        }
    }

    /// An expression that has the same value in all rounds, written so that it can be evaluated
    /// before the loop if `guards` hold.
    fn fixed(&self, expr: &Expr, guards: &mut Vec<Expr>, depth: usize) -> Option<Expr> {
        let depth = depth.checked_sub(1)?;
        self.step()?;
        match &expr.kind {
            ExprKind::Const(_) => Some(expr.clone()),
            ExprKind::Local(local) if !self.assigned.contains(local) => Some(expr.clone()),
            ExprKind::Local(local) => self.fixed(self.value(*local)?, guards, depth),
            // Its statements were read before: what they assign is known, and they do not matter
            // for the value otherwise.
            ExprKind::Block(_, value) => self.fixed(value, guards, depth),
            ExprKind::Call(callee, args) => {
                if !self.is_fixed_op(callee, args) {
                    return None;
                }
                let mut fixed = Vec::with_capacity(args.len());
                for arg in args {
                    fixed.push(self.fixed(arg, guards, depth)?);
                }
                if let (Callee::Ptr(_), Some(pointer @ Expr { ty: Type::Ptr(..), .. })) =
                    (callee, fixed.first())
                {
                    let guard = not_null(pointer);
                    if !guards.contains(&guard) {
                        guards.push(guard);
                    }
                }
                Some(Expr { kind: ExprKind::Call(callee.clone(), fixed), ..expr.clone() })
            }
            _ => None,
        }
    }

    /// Whether an operation gives the same for the same operands in all rounds, and can do no harm
    /// before the loop.
    fn is_fixed_op(&self, callee: &Callee, args: &[Expr]) -> bool {
        let loaded = || match args.first().map(|arg| &arg.ty) {
            Some(Type::Ptr(kind, item) | Type::Ref(kind, item)) => {
                (self.reached || *kind == PtrKind::Gc) && !self.writes.touch(item, self.bodies)
            }
            _ => false,
        };
        match callee {
            Callee::Prim(op) => dead::is_harmless(*op),
            Callee::GetField(_) | Callee::StructMake => true,
            Callee::Ptr(PtrOp::GetFieldByVal(_) | PtrOp::Deref) => loaded(),
            Callee::Ptr(PtrOp::GetItemByVal) => self.is_proven(args) && loaded(),
            Callee::Ptr(PtrOp::GetItemByRef) => self.is_proven(args),
            _ => false,
        }
    }

    /// Whether the second of `args` is a subscript that is in bounds.
    fn is_proven(&self, args: &[Expr]) -> bool {
        match args.get(1).map(|arg| &arg.kind) {
            Some(ExprKind::Local(local)) => self.proven.get(local) == Some(&true),
            _ => false,
        }
    }

    /// How far the place of a load is from the one of the round before, in items, where the pointer is
    /// the same in all rounds: one or nothing. `None` for all others.
    pub(crate) fn stride(&self, pointer: &Expr, subscript: &Expr) -> Option<Stride> {
        self.same(pointer)?;
        self.stride_of(subscript)
    }

    /// By how much a subscript grows from round to round.
    fn stride_of(&self, subscript: &Expr) -> Option<Stride> {
        if self.same(subscript).is_some() {
            return Some(Stride::Zero);
        }
        if let Some([value]) = prim(subscript, "operator::i32_to_i64") {
            return deep(|| self.stride_of(value));
        }
        if let Some([left, right]) = prim(subscript, "operator::i64_add") {
            let (left, right) = (deep(|| self.stride_of(left))?, deep(|| self.stride_of(right))?);
            return match (left, right) {
                (Stride::Zero, stride) | (stride, Stride::Zero) => Some(stride),
                (Stride::One, Stride::One) => None,
            };
        }
        let (affine, _) = self.affine(subscript)?;
        affine.is_successive().then_some(Stride::One)
    }

    /// What has the same value in all rounds.
    pub(crate) fn same(&self, expr: &Expr) -> Option<Expr> {
        self.steps.set(STEPS);
        self.fixed(expr, &mut Vec::new(), DEPTH)
    }

    /// An expression of the loop, written so that it can be evaluated before it; `None` if its value
    /// changes. All rounds must have been read.
    pub(crate) fn invariant(&mut self, expr: &Expr) -> Option<Expr> {
        let mut guards = Vec::new();
        self.steps.set(STEPS);
        let value = self.fixed(expr, &mut guards, DEPTH)?;
        self.require(guards);
        Some(value)
    }

    /// The value of a subscript that changes, computed in 64 bits. If its check is not what says that
    /// 32 bits hold it, a guard does, unless the subscript may never be `reached`. All rounds must
    /// have been read.
    pub(crate) fn wide(&mut self, subscript: &Expr, reached: bool) -> Option<Expr> {
        let (affine, guards) = self.affine(subscript)?;
        if affine.is_fixed() {
            return None;
        }
        let is_checked = match subscript.kind {
            ExprKind::Local(local) => local == self.item || self.proven.contains_key(&local),
            _ => false,
        };
        if !is_checked {
            if !reached {
                return None;
            }
            let mut guards = guards;
            self.fits(&affine, &mut guards)?;
            self.require(guards);
        }
        let pos = subscript.pos;
        let item = match self.wide_item {
            Some(item) => {
                Expr { kind: ExprKind::Local(item), ty: Type::Scalar(ScalarTy::I64), pos }
            }
            None => widen(Expr { kind: ExprKind::Local(self.item), ty: Type::I32, pos }),
        };
        affine.at(&item)
    }
}

fn not_null(pointer: &Expr) -> Expr {
    let kind = ExprKind::Call(Callee::Ptr(PtrOp::ToBool), vec![pointer.clone()]);
    Expr { kind, ty: Type::BOOL, pos: pointer.pos }
}

/// Short-circuit `and`.
pub(crate) fn and(left: Expr, right: Expr) -> Expr {
    let pos: PosIdx = left.pos;
    Expr { kind: ExprKind::And(Box::new(left), Box::new(right)), ty: Type::BOOL, pos }
}
