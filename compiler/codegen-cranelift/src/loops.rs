//! Loops.

use crate::Effort;
use crate::emitter::{Emitter, Loop, Val};
use cranelift_codegen::ir::{Block, InstBuilder};
use spy_ir::{Callee, Expr, ExprKind, LocalId, ScalarTy, Stmt, StmtKind, Type};
use std::collections::BTreeSet;

/// A condition with at most so many operations is written twice: before the loop and at its end.
const SMALL: usize = 8;

impl Emitter<'_> {
    /// `while test: body`. Where the test is small, it stands in front of the loop and again at its
    /// end, so that a round has one jump.
    pub(crate) fn while_stmt(&mut self, test: &Expr, body: &[Stmt]) {
        let (next_round, round, exit) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let is_quick = self.target.effort() == Effort::Quick;
        let twice = !is_quick && size(test).is_some_and(|size| size <= SMALL);
        if twice {
            self.condition(test, round, exit);
        } else {
            self.b.ins().jump(next_round, &[]);
            self.b.switch_to_block(next_round);
            self.condition(test, round, exit);
            self.b.seal_block(round);
        }
        self.b.switch_to_block(round);
        self.loops.push(Loop { next_round, exit });
        self.stmts(body);
        self.loops.pop();
        self.go_to(next_round);
        self.b.seal_block(next_round);
        if twice {
            self.b.switch_to_block(next_round);
            self.condition(test, round, exit);
            self.b.seal_block(round);
        }
        self.b.seal_block(exit);
        self.b.switch_to_block(exit);
        if !is_quick {
            self.settle(body);
        }
    }

    fn condition(&mut self, test: &Expr, round: Block, exit: Block) {
        let mark = self.temps.mark();
        self.branch(test, round, exit);
        self.temps.release(mark);
    }

    /// Gives what an innermost loop computed in floats a name of its own behind it.
    ///
    /// No float register survives a call, and the register allocator keeps a value in memory all its
    /// life if it lives across one. What follows the loop would so slow it down. A sum with -0.0 is
    /// the same number, and a new value.
    fn settle(&mut self, body: &[Stmt]) {
        let mut sums = BTreeSet::new();
        if self.b.is_unreachable() || !collect_sums(body, &mut sums) {
            return;
        }
        for (local, ty) in sums {
            let zero = match ty {
                ScalarTy::F32 => self.b.ins().f32const(-0.0f32),
                _ => self.b.ins().f64const(-0.0),
            };
            let found = self.read_local(local);
            if let [value] = *found.values() {
                let settled = self.b.ins().fadd(value, zero);
                self.assign(local, &Type::Scalar(ty), &Val::one(settled));
            }
        }
    }
}

/// Number of operations of an expression that may be evaluated in two places; `None` if it may not.
fn size(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) => Some(1),
        ExprKind::Call(Callee::Prim(_) | Callee::GetField(_), args) if args.len() <= 2 => {
            args.iter().try_fold(1, |sum, arg| Some(sum + size(arg)?)).filter(|sum| *sum <= SMALL)
        }
        _ => None,
    }
}

/// The locals that arithmetic in floats is assigned to. False if there is a loop among the
/// statements.
fn collect_sums(stmts: &[Stmt], sums: &mut BTreeSet<(LocalId, ScalarTy)>) -> bool {
    stmts.iter().all(|stmt| match &stmt.kind {
        StmtKind::Assign(local, value) | StmtKind::VarDef(local, Some(value)) => {
            if let (Type::Scalar(ty @ (ScalarTy::F32 | ScalarTy::F64)), true) =
                (&value.ty, matches!(value.kind, ExprKind::Call(Callee::Prim(_), _)))
            {
                sums.insert((*local, *ty));
            }
            true
        }
        StmtKind::If { then, orelse, .. } => [then, orelse]
            .into_iter()
            .all(|block| stacker::maybe_grow(64 << 10, 1 << 20, || collect_sums(block, sums))),
        StmtKind::While { .. } => false,
        _ => true,
    })
}
