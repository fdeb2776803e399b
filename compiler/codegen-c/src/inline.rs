//! Which functions release builds let every unit inline.

use spy_ir::{Expr, ExprKind, Func, Stmt, StmtKind};

/// Whether a release build puts a function where every unit can inline it: library code, and what
/// is small.
#[must_use]
pub fn is_inline(func: &Func) -> bool {
    const SMALL: u32 = 48;
    func.track_caller || {
        let mut budget = SMALL;
        spend(&func.body, &mut budget)
    }
}

/// Takes the number of expressions and statements from the budget; false if it runs out.
fn spend(stmts: &[Stmt], budget: &mut u32) -> bool {
    stmts.iter().all(|stmt| {
        let Some(rest) = budget.checked_sub(1) else {
            return false;
        };
        *budget = rest;
        match &stmt.kind {
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => {
                true
            }
            StmtKind::VarDef(_, Some(value))
            | StmtKind::Assign(_, value)
            | StmtKind::AssignCell(_, value)
            | StmtKind::Unpack(_, value)
            | StmtKind::Expr(value)
            | StmtKind::Return(value) => spend_expr(value, budget),
            StmtKind::If { test, then, orelse } => {
                spend_expr(test, budget) && spend(then, budget) && spend(orelse, budget)
            }
            StmtKind::While { test, body } => spend_expr(test, budget) && spend(body, budget),
            StmtKind::Assert { test, msg } => {
                spend_expr(test, budget) && msg.iter().all(|msg| spend_expr(msg, budget))
            }
        }
    })
}

fn spend_expr(expr: &Expr, budget: &mut u32) -> bool {
    let Some(rest) = budget.checked_sub(1) else {
        return false;
    };
    *budget = rest;
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => true,
        ExprKind::Call(_, args) => args.iter().all(|arg| spend_expr(arg, budget)),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            spend_expr(left, budget) && spend_expr(right, budget)
        }
        ExprKind::AssignLocal(_, value) | ExprKind::AssignCell(_, value) => {
            spend_expr(value, budget)
        }
        ExprKind::Block(body, value) => spend(body, budget) && spend_expr(value, budget),
    }
}
