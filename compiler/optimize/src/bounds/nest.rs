//! Loops around loops that have two versions.
//!
//! What guards the fast version of an inner loop consists of comparisons, and these are affine in
//! the counter of the loop around it as well. So that one's first and last round decide whether the
//! fast one is chosen in all of them, and then its own second version has no choice inside:
//!
//! ```text
//! if j < stop and guards for the first and the last j:
//!     while j < stop: ...         the inner loop without checks
//! else:
//!     while j < stop:
//!         if guards: ...          the inner loop without checks
//!         else: ...               the inner loop as it was
//! ```
//!
//! Short inner loops gain most, and C compilers see a nest that they can turn around.

use super::{DEPTH, Loop, SMALL, STEPS, not_null};
use crate::affine::{self, Affine, call};
use crate::counted::prim;
use crate::visit::{self, Node, deep};
use spy_ir::{Callee, Expr, ExprKind, PtrOp, Stmt, StmtKind, Type};

/// Comparisons, and the same of 64 bits.
const COMPARISONS: [(&str, &str); 4] = [
    ("operator::i32_lt", "operator::i64_lt"),
    ("operator::i64_lt", "operator::i64_lt"),
    ("operator::i64_le", "operator::i64_le"),
    ("operator::i64_ge", "operator::i64_ge"),
];

/// Replaces statements that choose by what they choose.
pub(super) fn choose(stmts: &mut Vec<Stmt>, choices: &[StmtKind]) {
    if choices.is_empty() {
        return;
    }
    visit::each_list(stmts, &mut |list| {
        for stmt in std::mem::take(list) {
            match stmt.kind {
                StmtKind::If { then, .. } if choices.contains(&stmt.kind) => list.extend(then),
                _ => list.push(stmt),
            }
        }
    });
}

impl<'a> Loop<'a> {
    /// Reads a loop in this one: nothing is known of what it assigns, in it or afterwards.
    pub(super) fn inner_loop(&mut self, stmt: &'a Stmt) {
        visit::walk(std::slice::from_ref(stmt), &mut |node| self.unknown(&node));
    }

    /// What `stmt` chooses, if it chooses between two versions of a loop and the guards, with new ones,
    /// decide it.
    pub(super) fn choice(&mut self, stmt: &'a Stmt) -> Option<&'a [Stmt]> {
        let StmtKind::If { test, then, orelse } = &stmt.kind else { return None };
        let is_loop = |stmt: &Stmt| matches!(stmt.kind, StmtKind::While { .. });
        let ([only], Some(last)) = (orelse.as_slice(), then.last()) else { return None };
        if !is_loop(only) || !is_loop(last) {
            return None;
        }
        let mut guards = Vec::new();
        self.certain(test, &mut guards)?;
        self.require(guards);
        Some(then)
    }

    /// Adds guards under which a condition holds in every round. It must have no effects.
    fn certain(&self, test: &Expr, guards: &mut Vec<Expr>) -> Option<()> {
        match &test.kind {
            ExprKind::And(left, right) => {
                deep(|| self.certain(left, guards))?;
                self.certain(right, guards)
            }
            ExprKind::Call(Callee::Ptr(PtrOp::ToBool), args) => {
                let [pointer] = args.as_slice() else { return None };
                self.steps.set(STEPS);
                let pointer = self.fixed(pointer, guards, DEPTH)?;
                guards.push(not_null(&pointer));
                Some(())
            }
            _ => {
                let (wide, [left, right]) = COMPARISONS
                    .iter()
                    .find_map(|(name, wide)| prim(test, name).map(|args| (*wide, args)))?
                else {
                    return None;
                };
                [affine::I32_MOST, SMALL]
                    .into_iter()
                    .find_map(|most| self.compare(most, wide, left, right))
                    .map(|new| guards.extend(new))
            }
        }
    }

    /// The guards under which a comparison holds in every round, where no number of 32 bits in it has
    /// a larger absolute value than `most`.
    fn compare(&self, most: u128, name: &str, left: &Expr, right: &Expr) -> Option<Vec<Expr>> {
        let mut guards = Vec::new();
        let left = self.exact(most, left, &mut guards)?;
        let right = self.exact(most, right, &mut guards)?;
        // The difference is affine too: it lies on one side of 0 if it does so at both ends.
        for end in [&self.first, &self.last] {
            guards.push(call(name, vec![left.at(end)?, right.at(end)?])?);
        }
        Some(guards)
    }

    /// Reads a number of 32 or 64 bits as what it is in exact arithmetic.
    fn exact(&self, most: u128, expr: &Expr, guards: &mut Vec<Expr>) -> Option<Affine> {
        if expr.ty == Type::I32 {
            return self.exact_narrow(most, expr, guards);
        }
        let mut narrow = |value: &Expr| self.exact_narrow(most, value, guards);
        affine::read_wide(expr, &mut narrow, DEPTH)
    }

    /// The same for 32 bits, which must hold it in the first and the last round.
    fn exact_narrow(&self, most: u128, expr: &Expr, guards: &mut Vec<Expr>) -> Option<Affine> {
        let (affine, new) = self.affine_up_to(most, expr)?;
        guards.extend(new);
        if !self.is_plain(expr) {
            self.fits(&affine, guards)?;
        }
        Some(affine)
    }

    /// Whether a number is the counter, or one that stays the same: nothing was computed that could
    /// have wrapped around.
    fn is_plain(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Const(_) => true,
            ExprKind::Local(local) => *local == self.item || !self.assigned.contains(local),
            ExprKind::Call(Callee::Ptr(_), _) => true,
            _ => false,
        }
    }

    /// What a node assigns may or may not have been assigned.
    pub(super) fn unknown(&mut self, node: &Node<'_>) {
        visit::assigned(node, &mut |local| self.defs.entry(local).or_default().push(None));
    }
}
