//! `Optional[T]`, a type of the library: `T | None`, and operations on the value that may be there.

use crate::arguments::eval_as;
use crate::convert::{Context, convert};
use crate::domain::{Arg, Domain, Ev};
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, convert_ev};
use crate::typed::Typed;
use spy_syntax::ast::{CmpOp, ExprId};
use spy_types::names::ty_human;
use spy_types::{BuiltinTy, ExcTy, Loc, Result, ScalarTy, SpyError, Ty, Value};

const MODULE: &str = "_optional";
const GENERIC: &str = "Optional";

/// The `T` of `Optional[T]`.
#[must_use]
pub(crate) fn item(ty: Ty) -> Option<Ty> {
    // Most types are told apart by one comparison.
    if !ty.is_struct() {
        return None;
    }
    crate::builtins::generic_args(ty, MODULE, GENERIC)?.first().copied()
}

/// `None` as a value of type `ty`, if that is optional.
///
/// # Errors
/// If the library's module is broken.
pub fn none<'db, D: Domain<'db>>(d: &mut D, ty: Ty, loc: Loc) -> Result<Option<Ev<D::Red>>> {
    if item(ty).is_none() {
        return Ok(None);
    }
    let none = Ev::blue(Value::None, BuiltinTy::NoneType.into(), loc);
    convert_ev(d, none, ty, &Context::Return(None)).map(Some)
}

/// Evaluates what is to be taken apart: the value, of what may be `None`.
///
/// # Errors
/// Whatever is wrong with it.
pub fn eval_value<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Result<Ev<D::Red>> {
    let ev = crate::expr::eval(d, id)?;
    match item(ev.arg.ty) {
        Some(item) => convert_ev(d, ev, item, &Context::Argument(None)),
        None => Ok(ev),
    }
}

/// What may be a value of either type, where the first may be `None` and the second is a value, or is `None`.
pub(crate) fn joined(m: &mut Machine<'_>, one: Ty, other: Ty, loc: Loc) -> Option<Ty> {
    let none = Ty::from(BuiltinTy::NoneType);
    if item(one).is_some() {
        let other = Arg::red(other, loc);
        return convert(m, one, &other, &Context::Argument(None)).ok().map(|_| one);
    }
    if other != none {
        return None;
    }
    m.call_library(MODULE, GENERIC, vec![Value::Type(one)]).ok()?.as_type()
}

/// A comparison of `None` with `None`, whose answer is known wherever they come from.
pub(crate) fn of_nothing(op: CmpOp, ins: &[Arg]) -> Option<OpImpl> {
    let equal = match op {
        CmpOp::Eq | CmpOp::Is => true,
        CmpOp::Ne | CmpOp::IsNot => false,
        _ => return None,
    };
    let is_none = |arg: &Arg| arg.ty.is(BuiltinTy::NoneType);
    let known = || OpImpl::Const(Value::bool(equal), ScalarTy::Bool.into());
    ins.iter().all(is_none).then(known)
}

/// The type of `left or right`, where `left` is of the type `optional`, an optional `item`: a value, if
/// `right` is one too. `None` if both can be conditions only.
pub(crate) fn type_of_or<'db, D: Domain<'db>>(
    d: &mut D,
    optional: Ty,
    item: Ty,
    right: ExprId,
) -> Option<Ty> {
    let index = d.frame_index();
    let pos = d.machine().frame(index).pos;
    let found = eval_as(&mut Typed::new(d.machine(), index), right, item);
    d.machine().frame(index).pos = pos;
    let arg = Arg { value: None, ..found.ok()?.arg };
    let may_be_none = self::item(arg.ty).is_some() || arg.ty.is(BuiltinTy::NoneType);
    let ty = if may_be_none { optional } else { item };
    convert(d.machine(), ty, &arg, &Context::Argument(None)).ok().map(|_| ty)
}

/// `left or right` as a value of type `ty`: that of `left` if it is there and true.
///
/// # Errors
/// Whatever evaluating `right` reports.
pub(crate) fn value_or<'db, D: Domain<'db>>(
    d: &mut D,
    left: Ev<D::Red>,
    right: ExprId,
    ty: Ty,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let context = Context::Argument(None);
    let (left, again) = d.hold(left);
    let test = convert_ev(d, left, ScalarTy::Bool.into(), &Context::Condition)?;
    d.either(
        test,
        |d| convert_ev(d, again, ty, &Context::Argument(None)),
        |d| {
            let right = eval_as(d, right, ty)?;
            convert_ev(d, right, ty, &context)
        },
        loc,
    )
}

/// `T | None` and `None | T`, where `left | right` are types that are known; `None` if they are
/// something else.
///
/// # Errors
/// If neither of two types is `None`.
pub(crate) fn union(m: &mut Machine<'_>, left: &Arg, right: &Arg) -> Result<Option<OpImpl>> {
    let none = Ty::from(BuiltinTy::NoneType);
    let ty = |arg: &Arg| match &arg.value {
        Some(Value::Type(ty)) => Some(*ty),
        Some(Value::None) => Some(none),
        _ => None,
    };
    let (Some(a), Some(b)) = (ty(left), ty(right)) else { return Ok(None) };
    let item = match (a == none, b == none) {
        (true, true) => return Ok(None),
        (true, false) => b,
        (false, true) => a,
        (false, false) if a == b => a,
        (false, false) => {
            return Err(SpyError::wip("a union of types, except with `None`, is not supported")
                .error(format!("this is `{}`", ty_human(a)), left.loc)
                .error(format!("this is `{}`", ty_human(b)), right.loc));
        }
    };
    let made = m.call_library(MODULE, GENERIC, vec![Value::Type(item)])?;
    let ty = m.type_of(&made);
    Ok(Some(OpImpl::Const(made, ty)))
}

/// Whether one of two operands is `None`, and the other of a type that has no such value.
pub(crate) fn is_never_none(ins: &[Arg]) -> bool {
    let is_none = |index: usize| ins[index].ty.is(BuiltinTy::NoneType);
    let is_value = |index: usize| {
        let ty = ins[index].ty;
        let is_empty = ty.is(BuiltinTy::EmptyList) || ty.is(BuiltinTy::EmptyDict);
        ty.scalar().is_some() || ty.is_struct() || ty.func().is_some() || is_empty
    };
    (is_none(0) && is_value(1)) || (is_none(1) && is_value(0))
}

/// Which operands an operation may take the values of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first one, whose method is called.
    First,
    /// All but the last one, which is stored.
    ButLast,
    All,
}

/// What operators try.
pub(crate) const ALL: &[Which] = &[Which::All];
/// What methods try.
pub(crate) const OBJECT_FIRST: &[Which] = &[Which::First, Which::All];
/// What assignments try.
pub(crate) const VALUE_LAST: &[Which] = &[Which::First, Which::ButLast, Which::All];

/// The operation that `find` finds for the operands; if they have none, that for the values of
/// those which are optional, by the first of `choices` for which there is one. It raises a
/// `TypeError` where there is no value when it is done.
///
/// # Errors
/// What `find` reports about the operands as they are.
pub(crate) fn or_on_values(
    m: &mut Machine<'_>,
    ins: &[Arg],
    choices: &[Which],
    find: impl Fn(&mut Machine<'_>, &[Arg]) -> Result<OpImpl>,
) -> Result<OpImpl> {
    let error = match find(m, ins) {
        Err(error) if error.etype == ExcTy::TypeError => error,
        found => return found,
    };
    for choice in choices {
        let end = match choice {
            Which::First => ins.len().min(1),
            Which::ButLast => ins.len().saturating_sub(1),
            Which::All => ins.len(),
        };
        if ins[..end].iter().all(|arg| item(arg.ty).is_none()) {
            continue;
        }
        let mut values = ins.to_vec();
        let mut unwraps = vec![None; ins.len()];
        for (index, value) in values[..end].iter_mut().enumerate() {
            let Some(ty) = item(value.ty) else { continue };
            unwraps[index] = Some(unwrap(m, value, ty)?);
            *value = Arg { keyword: value.keyword.take(), ..Arg::red(ty, value.loc) };
        }
        if let Ok(op) = find(m, &values) {
            return Ok(on_converted(op, &unwraps));
        }
    }
    Err(error)
}

/// The operation that gives the value of an optional operand.
fn unwrap(m: &mut Machine<'_>, arg: &Arg, item: Ty) -> Result<OpImpl> {
    match m.lookup(arg.ty, "__unwrap__")? {
        Some(Value::Func(func)) => Ok(OpImpl::red(func, vec![OpArg::In(0)], item)),
        _ => {
            let missing = format!("the standard library lacks `{MODULE}::{GENERIC}::__unwrap__`");
            Err(SpyError::new(ExcTy::NameError, missing))
        }
    }
}

/// The operation on what the operations at their places make of the operands.
pub(crate) fn on_converted(op: OpImpl, conversions: &[Option<OpImpl>]) -> OpImpl {
    let place = |index: usize| match &conversions[index] {
        Some(made) => OpArg::Converted(Box::new(made.clone()), Box::new(OpArg::In(index))),
        None => OpArg::In(index),
    };
    let alone = |index: usize| match &conversions[index] {
        // A call without operands but this one.
        Some(OpImpl::Call(conversion)) => {
            let mut call = conversion.clone();
            call.args = vec![OpArg::In(index)];
            OpImpl::Call(call)
        }
        _ => OpImpl::Operand(index),
    };
    op.on(&place, &alone)
}
