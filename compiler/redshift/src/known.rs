//! Operands whose values are known although they do something, and values that a condition chooses.

use crate::shift::Shift;
use spy_eval::Ev;
use spy_eval::opimpl::lift;
use spy_ir::{Expr, ExprKind, Stmt, StmtKind};
use spy_types::names::ty_human;
use spy_types::{Loc, Name, Result, SpyError};

/// A result behind the statements of operands whose values are known.
pub(crate) fn after(args: Vec<Expr>, result: Expr) -> Expr {
    args.into_iter().rev().fold(result, |result, arg| match arg.kind {
        ExprKind::Block(stmts, value) => {
            let (ty, pos) = (result.ty.clone(), result.pos);
            let result = after(vec![*value], result);
            Expr { kind: ExprKind::Block(stmts, Box::new(result)), ty, pos }
        }
        _ => result,
    })
}

/// `branch(true)` if the condition holds, else `branch(false)`: a local that an `if` before it assigns.
///
/// # Errors
/// Whatever is wrong with them, and if they have two types.
pub(crate) fn select<'m, 'db>(
    shift: &mut Shift<'m, 'db>,
    test: Ev<Expr>,
    mut branch: impl FnMut(&mut Shift<'m, 'db>, bool) -> Result<Ev<Expr>>,
    loc: Loc,
) -> Result<Ev<Expr>> {
    let test = lift(shift, &test)?;
    let (then, orelse) = (branch(shift, true)?, branch(shift, false)?);
    let ty = then.arg.ty;
    if orelse.arg.ty != ty {
        let (name, other) = (ty_human(ty), ty_human(orelse.arg.ty));
        return Err(SpyError::type_error(
            "both values of a conditional expression must have one type",
        )
        .error(format!("this is `{name}`"), then.arg.loc)
        .error(format!("this is `{other}`"), orelse.arg.loc));
    }
    let lowered = shift.ty(ty);
    let number = shift.next_inlined();
    let id = shift.local(&Name::from(format!("_$chosen{number}")), lowered);
    let pos = shift.pos(loc);
    let mut assign = |ev: &Ev<Expr>| -> Result<Vec<Stmt>> {
        let value = lift(shift, ev)?;
        Ok(vec![Stmt { kind: StmtKind::Assign(id, value), pos }])
    };
    let (then, orelse) = (assign(&then)?, assign(&orelse)?);
    let chosen = Stmt { kind: StmtKind::If { test, then, orelse }, pos };
    let value = shift.expr(ExprKind::Local(id), ty, loc);
    Ok(Ev::red(shift.expr(ExprKind::Block(vec![chosen], Box::new(value)), ty, loc), ty, loc))
}
