//! What nobody reads goes away: assignments of the optimizer's own locals, and blocks around them.

use crate::visit::{self, Node};
use spy_ir::{Callee, Const, Expr, ExprKind, Func, LocalId, PrimOp, Stmt, StmtKind};

/// Removes dead code. Locals before number `own` are the program's: their assignments stay.
pub(crate) fn remove(func: &mut Func, own: usize) {
    loop {
        let reads = reads(func);
        let dead = |local: LocalId| local.0 as usize >= own && reads[local.0 as usize] == 0;
        let mut changed = false;
        visit::each_list(&mut func.body, &mut |list| {
            let before = list.len();
            list.retain(|stmt| !is_dead(stmt, &dead));
            changed |= list.len() != before;
        });
        let once = |local: LocalId| local.0 as usize >= own && reads[local.0 as usize] == 1;
        visit::each_expr(&mut func.body, &mut |expr| changed |= unwrap(expr, &once));
        if !changed {
            return;
        }
    }
}

/// How often each local is read.
fn reads(func: &Func) -> Vec<u32> {
    let mut reads = vec![0; func.locals.len()];
    visit::walk(&func.body, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Local(local), .. }) = node {
            reads[local.0 as usize] += 1;
        }
    });
    reads
}

fn is_dead(stmt: &Stmt, dead: &dyn Fn(LocalId) -> bool) -> bool {
    match &stmt.kind {
        StmtKind::VarDef(local, None) => dead(*local),
        StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
            dead(*local) && is_pure(value)
        }
        StmtKind::If { test, then, orelse } => {
            then.is_empty() && orelse.is_empty() && is_pure(test)
        }
        StmtKind::Expr(value) => {
            matches!(value.kind, ExprKind::Local(_) | ExprKind::Const(Const::None))
        }
        _ => false,
    }
}

/// Whether an operation has no effect, and always gives a value.
pub(crate) fn is_harmless(op: PrimOp) -> bool {
    op.is_pure() && !op.can_panic()
}

/// Whether evaluating it does nothing. Loads may panic, so they do something.
pub(crate) fn is_pure(value: &Expr) -> bool {
    let own = match &value.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => true,
        ExprKind::Call(callee, _) => match callee {
            Callee::Prim(op) => is_harmless(*op),
            Callee::StructMake | Callee::GetField(_) => true,
            _ => false,
        },
        ExprKind::And(..) | ExprKind::Or(..) => true,
        ExprKind::AssignLocal(..) | ExprKind::AssignCell(..) | ExprKind::Block(..) => false,
    };
    own && visit::operands(value).into_iter().all(|operand| visit::deep(|| is_pure(operand)))
}

/// `{ ...; r = e } r` is `{ ... } e`, and a block without statements is its value.
fn unwrap(expr: &mut Expr, once: &dyn Fn(LocalId) -> bool) -> bool {
    let ExprKind::Block(stmts, value) = &mut expr.kind else { return false };
    let last = match (stmts.last(), &value.kind) {
        (Some(Stmt { kind: StmtKind::Assign(target, _), .. }), ExprKind::Local(local)) => {
            target == local && once(*local)
        }
        _ => false,
    };
    if last && let Some(Stmt { kind: StmtKind::Assign(_, result), .. }) = stmts.pop() {
        **value = result;
        if !stmts.is_empty() {
            return true;
        }
    }
    if !stmts.is_empty() {
        return false;
    }
    let none = Expr { kind: ExprKind::Const(Const::None), ty: value.ty.clone(), pos: value.pos };
    *expr = std::mem::replace(value, none);
    true
}
