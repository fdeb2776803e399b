//! Conversions to an expected type.

use crate::call;
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, typecheck};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, ExcTy, FuncId, FuncKey, Loc, Name, OpSpec, Pos, PtrOp, Result, ScalarTy, SpyError,
    Ty, TyKey, Value,
};

/// Why a value is converted, for messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Context {
    /// The function returns this; the annotation, if there is one.
    Return(Option<Loc>),
    /// The local was declared so, there.
    Local(Option<Loc>),
    /// A condition.
    Condition,
    /// A parameter of a function with this prototype.
    Argument(Option<Pos>),
}

/// The operation that converts `arg` to `expected`; `None` if it has that type already.
///
/// # Errors
/// `mismatched types`.
pub fn convert(
    machine: &mut Machine<'_>,
    expected: Ty,
    arg: &Arg,
    context: &Context,
) -> Result<Option<OpImpl>> {
    let found = match (context, number_to_bool(arg.ty)) {
        (Context::Condition, Some(op)) => return Ok(Some(op)),
        (Context::Condition, None) => condition(machine, expected, arg),
        _ => find(machine, expected, arg),
    };
    found.map_err(|error| match context {
        Context::Return(Some(loc)) => {
            error.note(format!("expected `{}` because of return type", ty_human(expected)), *loc)
        }
        Context::Local(Some(loc)) => error
            .note(format!("expected `{}` because of type declaration", ty_human(expected)), *loc),
        Context::Argument(Some(pos)) => error.note("function defined here", *pos),
        _ => error,
    })
}

/// All numbers are conditions, though only an i32 converts wherever a bool is expected.
fn number_to_bool(got: Ty) -> Option<OpImpl> {
    let op = spy_prim::explicit_conversion(got.scalar()?, ScalarTy::Bool)?;
    let func = FuncId::new(FuncKey::Prim(op));
    Some(OpImpl::pure(func, vec![OpArg::In(0)], ScalarTy::Bool.into()))
}

/// A condition that is no number: by a conversion, else by `__bool__`, else by `__len__`.
fn condition(machine: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    if arg.ty.is(BuiltinTy::EmptyList) || arg.ty.is(BuiltinTy::EmptyDict) {
        return Ok(Some(OpImpl::Const(Value::bool(false), ScalarTy::Bool.into())));
    }
    let found = match crate::optional::item(arg.ty) {
        Some(_) => Err(mismatch(expected, arg.ty, arg.loc)),
        None => find(machine, expected, arg),
    };
    let error = match found {
        Err(error) if error.etype == ExcTy::TypeError => error,
        found => return found,
    };
    let (item, deref) = match arg.ty.pointer() {
        Some((true, _, item)) => {
            let func = FuncId::new(FuncKey::Ptr(PtrOp::Deref, arg.ty));
            (item, Some(OpImpl::red(func, vec![OpArg::In(0)], item)))
        }
        Some((false, ..)) => return Err(error),
        None => (arg.ty, None),
    };
    let inner = Arg { ty: item, ..arg.clone() };
    for method in ["__bool__", "__len__"] {
        if !matches!(machine.lookup(item, method)?, Some(Value::Func(_))) {
            continue;
        }
        let ins = std::slice::from_ref(&inner);
        let answer = call::call_method(machine, ins, &Name::new_static(method), arg.loc)?;
        let Some(answer) = answer_to_bool(answer) else { break };
        return Ok(Some(match deref {
            Some(deref) => compose(answer, deref),
            None => answer,
        }));
    }
    Err(error)
}

/// The answer of `__bool__` or `__len__` as a bool; `None` if it is neither a bool nor an i32.
fn answer_to_bool(answer: OpImpl) -> Option<OpImpl> {
    let bool_ty: Ty = ScalarTy::Bool.into();
    if let OpImpl::Const(value, _) = &answer {
        let holds = value.as_bool().or_else(|| value.as_i32().map(|length| length != 0))?;
        return Some(OpImpl::Const(Value::bool(holds), bool_ty));
    }
    let ty = crate::opimpl::result_ty(&answer)?;
    if ty == bool_ty {
        return Some(answer);
    }
    let op = spy_prim::implicit_conversion(ty.scalar()?, ScalarTy::Bool)?;
    let func = FuncId::new(FuncKey::Prim(op));
    // Not computed at once even for a blue operand: the method is an ordinary call.
    Some(compose(OpImpl::red(func, vec![OpArg::In(0)], bool_ty), answer))
}

fn find(machine: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    let got = arg.ty;
    if got == expected || got.is_subclass(expected) && !got.is(BuiltinTy::Dynamic) {
        return Ok(None);
    }
    if got.is(BuiltinTy::Dynamic) && expected.is(BuiltinTy::Dynamic) {
        return Ok(None);
    }
    if got.is(BuiltinTy::Dynamic) || expected.is_subclass(got) {
        let cast = FuncId::new(FuncKey::FromDynamic(expected));
        return Ok(Some(OpImpl::pure(cast, vec![OpArg::In(0)], expected)));
    }
    if let Some(op) = builtin(expected, got) {
        return Ok(Some(op));
    }
    if let Some(op) = fitting_integer(expected, arg) {
        return Ok(Some(op));
    }
    if let Some(op) = builtin_values(machine, expected, arg)? {
        return Ok(Some(op));
    }
    if let Some(op) = crate::lambda::as_function(machine, expected, arg)? {
        return Ok(Some(op));
    }
    if let Some(op) = user(machine, expected, arg)? {
        return Ok(Some(op));
    }
    if let Some(op) = crate::function_value::conversion(machine, expected, arg)? {
        return Ok(Some(op));
    }
    Err(mismatch(expected, got, arg.loc))
}

/// `mismatched types`.
#[must_use]
pub fn mismatch(expected: Ty, got: Ty, loc: Loc) -> Box<SpyError> {
    SpyError::type_error("mismatched types")
        .error(format!("expected `{}`, got `{}`", ty_human(expected), ty_human(got)), loc)
}

/// Conversions between primitive types, and of pointers.
fn builtin(expected: Ty, got: Ty) -> Option<OpImpl> {
    if let (Some(from), Some(to)) = (got.scalar(), expected.scalar()) {
        let op = spy_prim::implicit_conversion(from, to)?;
        let func = FuncId::new(FuncKey::Prim(op));
        return Some(OpImpl::pure(func, vec![OpArg::In(0)], expected));
    }
    if let Some((is_ref, _, item)) = got.pointer() {
        if is_ref && item == expected {
            let func = FuncId::new(FuncKey::Ptr(PtrOp::Deref, got));
            return Some(OpImpl::red(func, vec![OpArg::In(0)], expected));
        }
        if !is_ref && expected.scalar() == Some(ScalarTy::Bool) {
            let func = FuncId::new(FuncKey::Ptr(PtrOp::ToBool, got));
            return Some(OpImpl::red(func, vec![OpArg::In(0)], expected));
        }
    }
    None
}

/// A known integer that fits another integer type, which is not narrower: `u64` where `1` stands.
fn fitting_integer(expected: Ty, arg: &Arg) -> Option<OpImpl> {
    let Some(Value::Scalar(scalar)) = &arg.value else { return None };
    let value = scalar.as_int()?;
    let made = spy_prim::Scalar::int_wrapping(expected.scalar()?, value)?;
    // An integer literal above the range of i32 is an i64 at first, and may be meant as a u32.
    let is_long = made.ty() == ScalarTy::U32 && i32::try_from(value).is_err();
    if made.ty().bits() < scalar.ty().bits() && !is_long {
        return None;
    }
    (made.as_int() == Some(value)).then_some(OpImpl::Const(Value::Scalar(made), expected))
}

/// `[]` and `{}` to collections; types to `MetaArg`.
fn builtin_values(machine: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    let got = arg.ty;
    if got.is(BuiltinTy::EmptyList) {
        if matches!(expected.get(), TyKey::InterpList(_)) {
            let func = blue(&format!("__spy__::new_{}", "interp_list"));
            let ty = BuiltinTy::Type.into();
            let args = vec![OpArg::Const(Value::Type(expected), ty, arg.loc)];
            return Ok(Some(OpImpl::red(func, args, expected)));
        }
        if let Some(func) = machine.sibling(expected, "new")? {
            return Ok(Some(OpImpl::red(func, Vec::new(), expected)));
        }
    }
    if got.is(BuiltinTy::EmptyDict) {
        if matches!(expected.get(), TyKey::InterpDict(..)) {
            let func = blue("__spy__::new_interp_dict");
            let ty = BuiltinTy::Type.into();
            let args = vec![OpArg::Const(Value::Type(expected), ty, arg.loc)];
            return Ok(Some(OpImpl::red(func, args, expected)));
        }
        let is_dict = crate::builtins::is_instance_of_generic(expected, "_dict", "dict");
        if let (true, Some(Value::Func(func))) = (is_dict, machine.lookup(expected, "__new__")?) {
            return Ok(Some(OpImpl::red(func, Vec::new(), expected)));
        }
    }
    if expected.is(BuiltinTy::MetaArg) && got.is_subclass(BuiltinTy::Type.into()) {
        let func = blue("operator::MetaArg::from_type");
        return Ok(Some(OpImpl::pure(func, vec![OpArg::In(0)], expected)));
    }
    if let Some((true, _, item)) = got.pointer() {
        // A ref stands for its item: convert what it refers to.
        let inner = Arg { ty: item, ..arg.clone() };
        if let Ok(Some(op)) = find(machine, expected, &inner) {
            let func = FuncId::new(FuncKey::Ptr(PtrOp::Deref, got));
            let deref = OpImpl::red(func, vec![OpArg::In(0)], item);
            return Ok(Some(compose(op, deref)));
        }
    }
    Ok(None)
}

/// `outer` applied to the result of `inner`.
fn compose(outer: OpImpl, inner: OpImpl) -> OpImpl {
    fn replace(arg: &mut OpArg, inner: &OpImpl) {
        match arg {
            OpArg::In(0) => {
                *arg = OpArg::Converted(Box::new(inner.clone()), Box::new(OpArg::In(0)));
            }
            OpArg::Converted(_, operand) => replace(operand, inner),
            OpArg::Pack(pack) => pack.operands().for_each(|item| replace(item, inner)),
            OpArg::In(_) | OpArg::Const(..) | OpArg::Nested(_) => {}
        }
    }
    match outer {
        OpImpl::Call(mut call) => {
            for arg in &mut call.args {
                replace(arg, &inner);
            }
            OpImpl::Call(call)
        }
        other => other,
    }
}

fn blue(name: &str) -> FuncId {
    FuncId::new(FuncKey::Blue(Name::from(name)))
}

/// `__convert_to__` of the source, else `__convert_from__` of the target.
fn user(machine: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    if let Some(found) = machine.lookup(arg.ty, "__convert_to__")?
        && let Some(op) = user_method(machine, &found, expected, arg)?
    {
        return Ok(Some(op));
    }
    match machine.lookup(expected, "__convert_from__")? {
        Some(found) => user_method(machine, &found, expected, arg),
        None => Ok(None),
    }
}

/// The conversion by one of these methods, unless it declines.
fn user_method(
    machine: &mut Machine<'_>,
    method: &Value,
    expected: Ty,
    arg: &Arg,
) -> Result<Option<OpImpl>> {
    let Value::Func(func) = *method else { return Ok(None) };
    let meta = BuiltinTy::Type.into();
    let types = [
        Arg::blue(Value::Type(expected), meta, arg.loc),
        Arg::blue(Value::Type(arg.ty), meta, arg.loc),
        // A keyword is that of the call which the value is for.
        Arg { keyword: None, ..arg.clone() },
    ];
    if crate::opimpl::is_metafunc(machine, func) {
        let spec = call::metacall(machine, func, &types, arg.loc)?;
        if matches!(spec, OpSpec::Null) {
            return Ok(None);
        }
        let op = typecheck_convert(machine, &spec, &types)?;
        return Ok(Some(op));
    }
    let args = vec![
        OpArg::Const(Value::Type(expected), meta, arg.loc),
        OpArg::Const(Value::Type(arg.ty), meta, arg.loc),
        OpArg::In(0),
    ];
    crate::opimpl::check_call(machine, func, args, std::slice::from_ref(arg), None).map(Some)
}

/// Operands are (expected, got, value); a simple spec receives the value alone. The result is an
/// operation on one operand, the value.
fn typecheck_convert(machine: &mut Machine<'_>, spec: &OpSpec, types: &[Arg]) -> Result<OpImpl> {
    let op = match spec {
        OpSpec::Simple(func) => {
            let args = vec![OpArg::In(2)];
            crate::opimpl::check_call(machine, *func, args, types, None)?
        }
        _ => typecheck(machine, spec, types, &[0, 1, 2], || {
            SpyError::type_error("mismatched types")
        })?,
    };
    Ok(only_value(op, types))
}

/// Renumbers operand 2 to 0 and turns operands 0 and 1 into constants.
fn only_value(op: OpImpl, types: &[Arg]) -> OpImpl {
    fn renumber(arg: &mut OpArg, types: &[Arg]) {
        match arg {
            OpArg::In(2) => *arg = OpArg::In(0),
            OpArg::In(index) => {
                let known = &types[*index];
                let value = known.value.clone().unwrap_or(Value::None);
                *arg = OpArg::Const(value, known.ty, known.loc);
            }
            OpArg::Const(..) | OpArg::Nested(_) => {}
            OpArg::Converted(_, inner) => renumber(inner, types),
            OpArg::Pack(pack) => pack.operands().for_each(|item| renumber(item, types)),
        }
    }
    match op {
        OpImpl::Call(mut call) => {
            for arg in &mut call.args {
                renumber(arg, types);
            }
            OpImpl::Call(call)
        }
        OpImpl::Operand(2) => OpImpl::Operand(0),
        other => other,
    }
}

/// The operation for a condition.
///
/// # Errors
/// If the type has no truth value.
pub fn to_bool(machine: &mut Machine<'_>, arg: &Arg) -> Result<Option<OpImpl>> {
    convert(machine, ScalarTy::Bool.into(), arg, &Context::Condition)
}
