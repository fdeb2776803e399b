//! Which functions look at the stack before they begin: those that calls may reach again.
//!
//! Code that runs as a guest of another program, on a stack of its own or not, must not run out of it:
//! no handler of signals is its to set. Library code calls no deeper than what it is given.

use crate::{Callee, Expr, ExprKind, Fqn, Func, Stmt, StmtKind};

/// Tells the functions that take their caller's position: those of the library.
type IsLibrary<'l> = &'l dyn Fn(&Fqn) -> bool;

/// Whether a function calls others than those of the library.
#[must_use]
pub fn calls_others(func: &Func, is_library: IsLibrary<'_>) -> bool {
    !func.track_caller && stmts(&func.body, is_library)
}

fn stmts(body: &[Stmt], is_library: IsLibrary<'_>) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || body.iter().any(|stmt| in_stmt(stmt, is_library)))
}

fn in_stmt(stmt: &Stmt, is_library: IsLibrary<'_>) -> bool {
    match &stmt.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => false,
        StmtKind::VarDef(_, Some(value))
        | StmtKind::Assign(_, value)
        | StmtKind::AssignCell(_, value)
        | StmtKind::Unpack(_, value)
        | StmtKind::Expr(value)
        | StmtKind::Return(value) => in_expr(value, is_library),
        StmtKind::If { test, then, orelse } => {
            in_expr(test, is_library) || stmts(then, is_library) || stmts(orelse, is_library)
        }
        StmtKind::While { test, body } => in_expr(test, is_library) || stmts(body, is_library),
        StmtKind::Assert { test, msg } => {
            in_expr(test, is_library) || msg.iter().any(|msg| in_expr(msg, is_library))
        }
    }
}

fn in_expr(expr: &Expr, is_library: IsLibrary<'_>) -> bool {
    stacker::maybe_grow(64 << 10, 1 << 20, || match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => false,
        ExprKind::Call(callee, args) => {
            let is_other = match callee {
                Callee::Func(fqn) => !is_library(fqn),
                Callee::Value => true,
                _ => false,
            };
            is_other || args.iter().any(|arg| in_expr(arg, is_library))
        }
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            in_expr(left, is_library) || in_expr(right, is_library)
        }
        ExprKind::AssignLocal(_, value) | ExprKind::AssignCell(_, value) => {
            in_expr(value, is_library)
        }
        ExprKind::Block(body, value) => stmts(body, is_library) || in_expr(value, is_library),
    })
}
