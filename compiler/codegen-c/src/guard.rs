//! Which functions look at the stack before they begin: those that calls may reach again.
//!
//! Code that runs as a guest of another program, on a stack of its own or not, must not run out of it:
//! no handler of signals is its to set. Library code calls no deeper than what it is given.

use crate::scope::Scope;
use spy_ir::{Callee, Expr, ExprKind, Func, Stmt, StmtKind};

/// Whether a function calls others than those of the library.
pub(crate) fn calls_others(func: &Func, scope: &dyn Scope) -> bool {
    !func.track_caller && stmts(&func.body, scope)
}

fn stmts(body: &[Stmt], scope: &dyn Scope) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || body.iter().any(|stmt| in_stmt(stmt, scope)))
}

fn in_stmt(stmt: &Stmt, scope: &dyn Scope) -> bool {
    match &stmt.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => false,
        StmtKind::VarDef(_, Some(value))
        | StmtKind::Assign(_, value)
        | StmtKind::AssignCell(_, value)
        | StmtKind::Unpack(_, value)
        | StmtKind::Expr(value)
        | StmtKind::Return(value) => in_expr(value, scope),
        StmtKind::If { test, then, orelse } => {
            in_expr(test, scope) || stmts(then, scope) || stmts(orelse, scope)
        }
        StmtKind::While { test, body } => in_expr(test, scope) || stmts(body, scope),
        StmtKind::Assert { test, msg } => {
            in_expr(test, scope) || msg.iter().any(|msg| in_expr(msg, scope))
        }
    }
}

fn in_expr(expr: &Expr, scope: &dyn Scope) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => false,
        ExprKind::Call(callee, args) => {
            let is_other = match callee {
                Callee::Func(fqn) => !scope.func(fqn).track_caller,
                Callee::Value => true,
                _ => false,
            };
            is_other || args.iter().any(|arg| in_expr(arg, scope))
        }
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            in_expr(left, scope) || in_expr(right, scope)
        }
        ExprKind::AssignLocal(_, value) | ExprKind::AssignCell(_, value) => in_expr(value, scope),
        ExprKind::Block(body, value) => stmts(body, scope) || in_expr(value, scope),
    })
}
