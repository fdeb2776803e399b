//! `raise`: an exception that is known, or one of a known type with a message that run time makes.

use crate::call;
use crate::convert::Context;
use crate::domain::{Domain, Ev};
use crate::expr::{at, eval, expr_pos, found};
use crate::opimpl::convert_ev;
use crate::ops::called_here;
use spy_syntax::ast::{Expr, ExprId};
use spy_types::names::ty_human;
use spy_types::{BuiltinTy, ExcTy, FuncId, FuncKey, Loc, Result, ScalarTy, SpyError, TyKey, Value};
use std::sync::Arc;

/// What `raise` raises.
pub enum Raised<R> {
    /// An exception that is known.
    Known(ExcTy, Arc<str>),
    /// The call that raises one, whose message is known at run time.
    Late(R),
}

/// Evaluates the operand of a `raise`. The interpreter raises an exception with a late message here.
///
/// # Errors
/// If the operand is not an exception of a known type.
pub fn eval_raise<'db, D: Domain<'db>>(
    d: &mut D,
    exc: ExprId,
    stmt: Loc,
) -> Result<Raised<D::Red>> {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let ev = match body.expr(exc) {
        Expr::Call { func, args } if matches!(args.as_slice(), [_]) => {
            let ins = crate::arguments::eval_call(d, *func, None, args)?;
            let pos = expr_pos(d, exc);
            if let Some(etype) = exception_of(&ins) {
                at(d, stmt.start);
                return late(d, etype, &ins[1], pos.into());
            }
            at(d, pos);
            let loc = Loc::from(pos);
            let op = found(d, pos, 0, &ins, |m, ins| call::call(m, ins, loc))?;
            let ev = d.apply(&op, &ins, loc)?;
            d.evaluated(pos, ev.arg.color);
            ev
        }
        _ => eval(d, exc)?,
    };
    known(&ev, stmt).map(|(etype, message)| Raised::Known(etype, message))
}

/// The type of an exception that is called with a text which is known at run time only.
fn exception_of<R>(ins: &[Ev<R>]) -> Option<ExcTy> {
    let [callee, message] = ins else { return None };
    let Some(Value::Type(ty)) = &callee.arg.value else { return None };
    let TyKey::Exc(etype) = ty.get() else { return None };
    let ty = match message.arg.ty.pointer() {
        Some((true, _, item)) => item,
        _ => message.arg.ty,
    };
    let is_text = ty.scalar() == Some(ScalarTy::Str);
    let is_late = !message.arg.is_blue() && message.arg.keyword.is_none();
    (is_text && is_late).then_some(*etype)
}

fn late<'db, D: Domain<'db>>(
    d: &mut D,
    etype: ExcTy,
    message: &Ev<D::Red>,
    loc: Loc,
) -> Result<Raised<D::Red>> {
    let message = convert_ev(d, message.clone(), ScalarTy::Str.into(), &Context::Argument(None))?;
    let message = crate::opimpl::lift(d, &message)?;
    let func = FuncId::new(FuncKey::Raise(etype));
    d.call(func, vec![message], BuiltinTy::NoneType.into(), loc).map(Raised::Late)
}

fn known<R>(ev: &Ev<R>, stmt: Loc) -> Result<(ExcTy, Arc<str>)> {
    let error = match &ev.arg.value {
        Some(Value::Exc(exc)) => return Ok((exc.ty, exc.message.clone())),
        Some(value) => {
            if let Value::Type(ty) = value
                && let TyKey::Exc(etype) = ty.get()
            {
                return Ok((*etype, "".into()));
            }
            let ty = ty_human(ev.arg.ty);
            SpyError::type_error(format!("cannot raise `{ty}`"))
                .error(format!("this is `{ty}`"), ev.arg.loc)
        }
        None => SpyError::type_error("`raise` only accepts blue values for now")
            .error("this is red", ev.arg.loc),
    };
    Err(called_here(error, "RAISE", stmt))
}
