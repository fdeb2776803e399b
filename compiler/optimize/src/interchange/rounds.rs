//! The code of runs.
//!
//! ```text
//! if both loops have enough rounds:
//!     going = True
//!     while going and j < stop:
//!         first = j
//!         end = min(first + RUN, stop)
//!         while j < end: item = j; j = j + 1; pre; totals[item - first] = total
//!         while k < end of k:
//!             k counts; j = first
//!             if guards:
//!                 while j < end: a round without checks
//!             else:
//!                 going = False
//!                 break
//!         j = first
//!         if going:
//!             while j < end: item = j; j = j + 1; pre; total = totals[item - first]; post
//! ```

use super::RUN;
use super::nest::Nest;
use crate::affine::{call, int, widen};
use crate::bounds::Version;
use crate::invariant::new_local;
use spy_ir::{
    Callee, Const, Expr, ExprKind, Local, LocalId, PosIdx, Scalar, Scratch, Stmt, StmtKind, Type,
};

/// The locals and memory of runs.
pub(super) struct Run {
    pos: PosIdx,
    /// The first round of a run, and the one behind it.
    first: LocalId,
    end: LocalId,
    /// Whether all rounds so far were without errors.
    going: LocalId,
    /// Number of the memory that holds the first of the carried values.
    memory: u32,
}

impl Run {
    pub(super) fn new(
        nest: &Nest<'_>,
        locals: &mut Vec<Local>,
        scratch: &mut Vec<Scratch>,
    ) -> Self {
        let memory = u32::try_from(scratch.len()).unwrap_or(u32::MAX);
        scratch.extend(nest.carried.iter().map(|(_, ty)| Scratch { ty: *ty, len: RUN }));
        Self {
            pos: nest.test.pos,
            first: new_local("first", Type::I32, locals),
            end: new_local("end", Type::I32, locals),
            going: new_local("going", Type::BOOL, locals),
            memory,
        }
    }

    fn local(&self, local: LocalId) -> Expr {
        Expr { kind: ExprKind::Local(local), ty: Type::I32, pos: self.pos }
    }

    fn assign(&self, local: LocalId, value: Expr) -> Stmt {
        Stmt { kind: StmtKind::Assign(local, value), pos: self.pos }
    }

    fn while_(&self, test: Expr, body: Vec<Stmt>) -> Stmt {
        Stmt { kind: StmtKind::While { test, body }, pos: self.pos }
    }

    fn if_(&self, test: Expr, then: Vec<Stmt>, orelse: Vec<Stmt>) -> Stmt {
        Stmt { kind: StmtKind::If { test, then, orelse }, pos: self.pos }
    }

    fn bool(&self, value: bool) -> Expr {
        let kind = ExprKind::Const(Const::Scalar(Scalar::Bool(value)));
        Expr { kind, ty: Type::BOOL, pos: self.pos }
    }

    fn is_going(&self) -> Expr {
        Expr { ty: Type::BOOL, ..self.local(self.going) }
    }

    /// Whether there are rounds left in the run.
    pub(super) fn test(&self, nest: &Nest<'_>) -> Option<Expr> {
        let counter = self.local(nest.outer.counter);
        call("operator::i32_lt", vec![counter, self.local(self.end)])
    }

    /// The start of a round of the outer loop.
    fn head(&self, nest: &Nest<'_>) -> Option<Vec<Stmt>> {
        let counter = || self.local(nest.outer.counter);
        let one = Expr { kind: ExprKind::Const(Const::Scalar(Scalar::I32(1))), ..counter() };
        Some(vec![
            self.assign(nest.outer.item, counter()),
            self.assign(nest.outer.counter, call("operator::i32_add", vec![counter(), one])?),
        ])
    }

    /// Which item of the memory belongs to a round.
    fn place(&self, nest: &Nest<'_>) -> Option<Expr> {
        let item = widen(self.local(nest.outer.item));
        call("operator::i64_sub", vec![item, widen(self.local(self.first))])
    }

    fn load(&self, nest: &Nest<'_>, out: &mut Vec<Stmt>) -> Option<()> {
        for (number, (local, ty)) in (self.memory..).zip(&nest.carried) {
            let kind = ExprKind::Call(Callee::LoadScratch(number), vec![self.place(nest)?]);
            let value = Expr { kind, ty: Type::Scalar(*ty), pos: self.pos };
            out.push(self.assign(*local, value));
        }
        Some(())
    }

    fn store(&self, nest: &Nest<'_>, out: &mut Vec<Stmt>) -> Option<()> {
        for (number, (local, ty)) in (self.memory..).zip(&nest.carried) {
            let value = Expr { ty: Type::Scalar(*ty), ..self.local(*local) };
            let args = vec![self.place(nest)?, value];
            let kind = ExprKind::Call(Callee::StoreScratch(number), args);
            let store = Expr { kind, ty: Type::None, pos: self.pos };
            out.push(Stmt { kind: StmtKind::Expr(store), pos: self.pos });
        }
        Some(())
    }

    /// A round of the outer loop, for one of the inner loop.
    pub(super) fn round(&self, nest: &Nest<'_>) -> Option<Vec<Stmt>> {
        let mut round = self.head(nest)?;
        round.extend(nest.setup.iter().map(|stmt| (*stmt).clone()));
        self.load(nest, &mut round)?;
        round.extend_from_slice(nest.inner.rest);
        self.store(nest, &mut round)?;
        Some(round)
    }

    /// All runs.
    pub(super) fn stmt(&self, nest: &Nest<'_>, fast: Version) -> Option<Stmt> {
        let counter = nest.outer.counter;
        let left = crate::bounds::and(self.is_going(), nest.test.clone());
        let mut run = vec![self.assign(self.first, self.local(counter))];
        run.extend(self.limits(nest.outer.stop)?);
        run.push(self.prologue(nest)?);
        run.push(self.middle(nest, fast)?);
        run.push(self.assign(counter, self.local(self.first)));
        run.push(self.if_(self.is_going(), vec![self.epilogue(nest)?], Vec::new()));
        let all = vec![self.assign(self.going, self.bool(true)), self.while_(left, run)];
        Some(self.if_(nest.worth.clone(), all, Vec::new()))
    }

    /// `end = min(first + RUN, stop)`, without a sum that could wrap around.
    fn limits(&self, stop: &Expr) -> Option<[Stmt; 2]> {
        let first = self.local(self.first);
        let run = Scalar::I32(i32::try_from(RUN).ok()?);
        let length = Expr { kind: ExprKind::Const(Const::Scalar(run)), ..first.clone() };
        let rounds = call("operator::i64_sub", vec![widen(stop.clone()), widen(first.clone())])?;
        let is_long = call("operator::i64_gt", vec![rounds, int(RUN.into(), self.pos)])?;
        let sum = call("operator::i32_add", vec![first, length])?;
        let shorter = self.if_(is_long, vec![self.assign(self.end, sum)], Vec::new());
        Some([self.assign(self.end, stop.clone()), shorter])
    }

    /// What stands in front of the inner loop, for all rounds.
    fn prologue(&self, nest: &Nest<'_>) -> Option<Stmt> {
        let mut round = self.head(nest)?;
        round.extend_from_slice(nest.pre);
        self.store(nest, &mut round)?;
        Some(self.while_(self.test(nest)?, round))
    }

    /// The inner loop, with all rounds of the outer one in each of its own.
    fn middle(&self, nest: &Nest<'_>, fast: Version) -> Option<Stmt> {
        let mut then = fast.before;
        then.push(self.while_(self.test(nest)?, fast.body));
        let stop = Stmt { kind: StmtKind::Break, pos: self.pos };
        let orelse = vec![self.assign(self.going, self.bool(false)), stop];
        let mut round = nest.inner_head.to_vec();
        round.push(self.assign(nest.outer.counter, self.local(self.first)));
        round.push(self.if_(fast.guard, then, orelse));
        Some(self.while_(nest.inner_test.clone(), round))
    }

    /// What stands behind the inner loop, for all rounds.
    fn epilogue(&self, nest: &Nest<'_>) -> Option<Stmt> {
        let mut round = self.head(nest)?;
        round.extend_from_slice(nest.pre);
        self.load(nest, &mut round)?;
        round.extend_from_slice(nest.post);
        Some(self.while_(self.test(nest)?, round))
    }
}
