//! Counters of 64 bits.
//!
//! A counter of 32 bits might wrap around, as far as C compilers and Cranelift know, unless its step
//! is one; then each subscript is extended anew in every round. In the fast version of a loop it
//! does not, so there a counter of 64 bits goes with it:
//!
//! ```text
//! w = i64(m)
//! while w < i64(n):
//!     kw = w
//!     ...                  subscripts are computed from kw
//!     w = w + i64(step)
//!     m = i32(w)
//! ```

use super::course::Course;
use crate::affine::{call, widen};
use crate::counted::{assignment, local, prim};
use crate::invariant::new_local;
use crate::visit;
use spy_ir::{Expr, ExprKind, Local, LocalId, ScalarTy, Stmt, StmtKind, Type};

/// Operations of 32 bits, and the same of 64.
type Operations = [(&'static str, &'static str)];

const COMPARISONS: &Operations = &[
    ("operator::i32_lt", "operator::i64_lt"),
    ("operator::i32_le", "operator::i64_le"),
    ("operator::i32_gt", "operator::i64_gt"),
    ("operator::i32_ge", "operator::i64_ge"),
];

const STEPS: &Operations =
    &[("operator::i32_add", "operator::i64_add"), ("operator::i32_sub", "operator::i64_sub")];

/// A counter of 64 bits.
pub(super) struct Wide {
    /// What counts.
    pub(super) counter: LocalId,
    /// What holds its value in a round.
    pub(super) item: LocalId,
    /// What stands in front of the loop.
    pub(super) start: Stmt,
}

/// Gives a loop a counter of 64 bits.
pub(super) fn counter(
    course: &Course,
    test: &mut Expr,
    body: &mut Vec<Stmt>,
    locals: &mut Vec<Local>,
) -> Option<Wide> {
    let ty = Type::Scalar(ScalarTy::I64);
    let pos = test.pos;
    let narrow = course.counter;
    let wide = new_local("wide", ty.clone(), locals);
    let item = new_local("item", ty.clone(), locals);
    let get = |local| Expr { kind: ExprKind::Local(local), ty: ty.clone(), pos };
    let operation = |expr: &Expr, operations: &Operations| {
        operations.iter().find_map(|(name, wider)| {
            let args = prim(expr, name)?;
            if !args.iter().any(|arg| local(arg) == Some(narrow)) {
                return None;
            }
            let args = args.iter().map(|arg| match local(arg) {
                Some(arg) if arg == narrow => get(wide),
                _ => widen(arg.clone()),
            });
            call(wider, args.collect())
        })
    };
    visit::each_expr_in(test, &mut |expr| {
        if let Some(wider) = operation(expr, COMPARISONS) {
            *expr = wider;
        }
    });
    let mut fits = true;
    visit::each_list(body, &mut |list| {
        for stmt in std::mem::take(list) {
            let pos = stmt.pos;
            match assignment(&stmt) {
                Some((target, value)) if target == narrow => {
                    let next = operation(value, STEPS);
                    let back = call("operator::i64_to_i32", vec![get(wide)]);
                    let (Some(next), Some(back)) = (next, back) else {
                        fits = false;
                        continue;
                    };
                    list.push(Stmt { kind: StmtKind::Assign(wide, next), pos });
                    list.push(Stmt { kind: StmtKind::Assign(narrow, back), pos });
                }
                _ => list.push(stmt),
            }
        }
    });
    body.insert(1, Stmt { kind: StmtKind::Assign(item, get(wide)), pos });
    let start = Expr { kind: ExprKind::Local(narrow), ty: Type::I32, pos };
    let start = Stmt { kind: StmtKind::Assign(wide, widen(start)), pos };
    fits.then_some(Wide { counter: wide, item, start })
}
