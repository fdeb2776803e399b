//! `and` and `or`: bools in conditions, and elsewhere the operand that decides, where both are of one type.

use crate::arguments::eval_as;
use crate::convert::{Context, convert};
use crate::domain::{Arg, Domain, Ev};
use crate::expr::{eval, eval_by, eval_kind};
use crate::opimpl::convert_ev;
use crate::typed::Typed;
use spy_syntax::ast::{Expr, ExprId};
use spy_types::{BuiltinTy, Loc, Result, ScalarTy, Ty};

/// Evaluates a condition.
///
/// # Errors
/// If its type has no truth value.
pub fn eval_condition<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Result<Ev<D::Red>> {
    let ev = eval_by(d, id, |d, expr, pos| match expr {
        Expr::And(left, right) => truth(d, true, [*left, *right], pos.into()),
        Expr::Or(left, right) => truth(d, false, [*left, *right], pos.into()),
        _ => eval_kind(d, expr, pos),
    })?;
    convert_ev(d, ev, ScalarTy::Bool.into(), &Context::Condition)
}

/// Whether both, or one, of two conditions hold.
fn truth<'db, D: Domain<'db>>(
    d: &mut D,
    is_and: bool,
    [left, right]: [ExprId; 2],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let left = eval_condition(d, left)?;
    d.short_circuit(is_and, left, |d| eval_condition(d, right), loc)
}

/// `left and right` or `left or right`, where its value is asked for.
///
/// # Errors
/// Whatever is wrong with them.
pub(crate) fn value<'db, D: Domain<'db>>(
    d: &mut D,
    is_and: bool,
    [left, right]: [ExprId; 2],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let left = eval(d, left)?;
    if !is_and
        && let Some(item) = crate::optional::item(left.arg.ty)
        && let Some(ty) = crate::optional::type_of_or(d, left.arg.ty, item, right)
    {
        return crate::optional::value_or(d, left, right, ty, loc);
    }
    if let Some(ty) = value_type(d, &left.arg, right) {
        return operand(d, is_and, left, (right, ty), loc);
    }
    let left = convert_ev(d, left, ScalarTy::Bool.into(), &Context::Condition)?;
    d.short_circuit(is_and, left, |d| eval_condition(d, right), loc)
}

fn is_empty_display(ty: Ty) -> bool {
    ty.is(BuiltinTy::EmptyList) || ty.is(BuiltinTy::EmptyDict)
}

/// The type of the result: that of `left`, if it is no bool and `right` becomes one such, or may be
/// `None` besides. `None` if the result is a bool.
fn value_type<'db, D: Domain<'db>>(d: &mut D, left: &Arg, right: ExprId) -> Option<Ty> {
    let ty = match left.ty.pointer() {
        Some((true, _, item)) => item,
        _ => left.ty,
    };
    let is_scalar = ty.scalar().is_some_and(|scalar| scalar != ScalarTy::Bool);
    let is_value = is_scalar || ty.is_struct() || ty.pointer().is_some() || is_empty_display(ty);
    if !is_value || crate::optional::item(ty).is_some() {
        return None;
    }
    let index = d.frame_index();
    let pos = d.machine().frame(index).pos;
    let found = eval_as(&mut Typed::new(d.machine(), index), right, ty);
    d.machine().frame(index).pos = pos;
    let right = Arg { value: None, ..found.ok()?.arg };
    if is_empty_display(ty) {
        return right.ty.is_struct().then_some(right.ty);
    }
    let may_be_none = right.ty.is(BuiltinTy::NoneType) || crate::optional::item(right.ty).is_some();
    let ty = if may_be_none {
        crate::optional::joined(d.machine(), ty, BuiltinTy::NoneType.into(), right.loc)?
    } else {
        ty
    };
    convert(d.machine(), ty, &right, &Context::Argument(None)).ok().map(|_| ty)
}

/// The operand that decides, as a value of a type.
fn operand<'db, D: Domain<'db>>(
    d: &mut D,
    is_and: bool,
    left: Ev<D::Red>,
    (right, ty): (ExprId, Ty),
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let is_known = left.arg.is_blue() || is_empty_display(left.arg.ty);
    let (left, again) = d.hold(left);
    let test = convert_ev(d, left, ScalarTy::Bool.into(), &Context::Condition)?;
    let take_left = |d: &mut D| convert_ev(d, again, ty, &Context::Argument(None));
    let take_right = |d: &mut D| {
        let right = eval_as(d, right, ty)?;
        convert_ev(d, right, ty, &Context::Argument(None))
    };
    let known = test.arg.value.as_ref().and_then(spy_types::Value::as_bool);
    match (known.filter(|_| is_known), is_and) {
        (Some(holds), _) if holds == is_and => take_right(d),
        (Some(_), _) => take_left(d),
        (None, true) => d.either(test, take_right, take_left, loc),
        (None, false) => d.either(test, take_left, take_right, loc),
    }
}
