//! Operands whose values are known although they do something, values that a condition chooses, and the
//! `None` at the end of a function.

use crate::shift::Shift;
use spy_eval::arguments::{Choice, branch};
use spy_eval::convert::Context;
use spy_eval::opimpl::{convert_ev, lift};
use spy_eval::{Domain as _, Ev, common_type};
use spy_ir::{Expr, ExprKind, Stmt, StmtKind};
use spy_types::{Loc, Name, Result, Ty};

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

/// The first of two expressions if the condition holds, else the second: a local that an `if` before it
/// assigns.
///
/// # Errors
/// Whatever is wrong with them, and if they have two types.
pub(crate) fn select(
    shift: &mut Shift<'_, '_>,
    test: Ev<Expr>,
    choice: &Choice,
    loc: Loc,
) -> Result<Ev<Expr>> {
    let test = lift(shift, &test)?;
    let [then, orelse] = choice.branches.map(|id| branch(shift, id, choice.wanted));
    let (then, orelse) = (then?, orelse?);
    let ty = common_type(shift.machine(), &then.arg, &orelse.arg, choice.narrowed)?;
    let context = Context::Argument(None);
    let then = convert_ev(shift, then, ty, &context)?;
    let orelse = convert_ev(shift, orelse, ty, &context)?;
    choose(shift, test, &then, &orelse, loc)
}

/// The first of two values if the condition holds, else the second.
///
/// # Errors
/// If they have two types.
pub(crate) fn choose(
    shift: &mut Shift<'_, '_>,
    test: Expr,
    then: &Ev<Expr>,
    orelse: &Ev<Expr>,
    loc: Loc,
) -> Result<Ev<Expr>> {
    let ty = common_type(shift.machine(), &then.arg, &orelse.arg, [false; 2])?;
    let lowered = shift.ty(ty);
    let number = shift.next_inlined();
    let id = shift.local(&Name::from(format!("_$chosen{number}")), lowered);
    let pos = shift.pos(loc);
    let mut assign = |ev: &Ev<Expr>| -> Result<Vec<Stmt>> {
        let value = lift(shift, ev)?;
        Ok(vec![Stmt { kind: StmtKind::Assign(id, value), pos }])
    };
    let (then, orelse) = (assign(then)?, assign(orelse)?);
    let chosen = Stmt { kind: StmtKind::If { test, then, orelse }, pos };
    let value = shift.expr(ExprKind::Local(id), ty, loc);
    Ok(Ev::red(shift.expr(ExprKind::Block(vec![chosen], Box::new(value)), ty, loc), ty, loc))
}

/// As in Python, the end of a function returns `None`, if that may be returned.
///
/// # Errors
/// If the library is broken.
pub(crate) fn return_none(shift: &mut Shift<'_, '_>, ret: Ty, end: Loc) -> Result<()> {
    let is_end = !matches!(shift.sink.last(), Some(Stmt { kind: StmtKind::Return(_), .. }));
    if is_end && let Some(none) = spy_eval::optional::none(shift, ret, end)? {
        let value = lift(shift, &none)?;
        shift.emit(StmtKind::Return(value), end);
    }
    Ok(())
}
