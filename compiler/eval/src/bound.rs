//! Functions that hold values of run time, of types of the library: `object.method` where it is not
//! called, and what `functools.partial` makes. Calling one is calling what it stands for, with the values that it
//! holds in front. [`crate::function_value`] makes them values of function types.

use crate::call::{call_inner, find_method};
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, check_call};
use spy_types::{
    Color, FrameKeyData, FuncId, FuncKey, FuncKind, Name, Result, Scalar, ScalarTy, SpyError, Ty,
    TyKey, Value,
};
use std::sync::Arc;

const MODULE: &str = "_bound";

/// The method `name`, which is `func`, of an object that is operand 0; `None` if a value cannot hold it:
/// functions of compile time are constants.
///
/// # Errors
/// If the library is broken.
pub(crate) fn bind(
    m: &mut Machine<'_>,
    func: FuncId,
    ins: &[Arg],
    name: &Name,
) -> Result<Option<OpImpl>> {
    let is_method = m.func_type(func).func().is_some_and(|ty| match ty.kind {
        FuncKind::Plain => ty.color == Color::Red,
        FuncKind::Metafunc => true,
        FuncKind::Generic => false,
    });
    if !is_method || !matches!(func.get(), FuncKey::Def { .. }) {
        return Ok(None);
    }
    hold(m, ins, name).map(Some)
}

/// `text.format`, which is no function of the library.
///
/// # Errors
/// If the library is broken.
pub(crate) fn bind_format(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<Option<OpImpl>> {
    if ins[0].ty.scalar() != Some(ScalarTy::Str) || name != "format" {
        return Ok(None);
    }
    hold(m, ins, name).map(Some)
}

fn hold(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<OpImpl> {
    let args = vec![Value::Type(held_type(ins[0].ty)), Value::str(name.as_str())];
    let made = m.call_library(MODULE, "bound", args)?;
    make(m, &made, vec![OpArg::In(0)], ins)
}

/// The type of a field that holds a `ty`: through a ref, what it refers to.
pub(crate) fn held_type(ty: Ty) -> Ty {
    match ty.get() {
        TyKey::Ref(_, item) => *item,
        _ => ty,
    }
}

fn make(m: &mut Machine<'_>, made: &Value, args: Vec<OpArg>, ins: &[Arg]) -> Result<OpImpl> {
    if let Value::Type(ty) = made
        && let Some(Value::Func(make)) = m.lookup(*ty, "__make__")?
    {
        return check_call(m, make, args, ins, None);
    }
    Err(broken())
}

fn broken() -> Box<SpyError> {
    SpyError::type_error("the standard library's bound functions are broken")
}

/// `functools.partial(function, ...)`, if that is what operand 0 is. The type of the result says which of the other
/// operands its fields hold, and what those are that are no values of run time.
///
/// # Errors
/// If there is no function, or the library is broken.
pub(crate) fn partial(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<Option<OpImpl>> {
    if !is_partial(m, func) {
        return Ok(None);
    }
    let by_position = |arg: &Arg| arg.keyword.is_none();
    if !ins.get(1).is_some_and(by_position) || ins.iter().any(crate::keywords::is_star) {
        let message = "partial() takes a function, and then its first arguments one by one";
        return Err(SpyError::type_error(message).error("", ins[0].loc));
    }
    let mut names = Vec::new();
    let mut kinds = String::new();
    let mut held = Vec::new();
    let mut fields = Vec::new();
    for (index, arg) in ins.iter().enumerate().skip(1) {
        names.push(arg.keyword.as_deref().map_or("", |(name, _)| name.as_str()));
        match &arg.value {
            Some(value @ (Value::Func(_) | Value::Type(_))) => {
                kinds.push('c');
                held.push(value.clone());
            }
            _ => {
                kinds.push('r');
                held.push(Value::Type(held_type(arg.ty)));
                fields.push(OpArg::In(index));
            }
        }
    }
    let mut args = vec![Value::str(names.join(",")), Value::str(kinds)];
    args.extend(held);
    let made = m.call_library(MODULE, "partial", args)?;
    let unnamed: Vec<Arg> = ins.iter().map(|arg| Arg { keyword: None, ..arg.clone() }).collect();
    make(m, &made, fields, &unnamed).map(Some)
}

/// The type of an object without parts that is called as a function or a type is.
///
/// # Errors
/// If the library is broken.
pub(crate) fn of_function(m: &mut Machine<'_>, function: Value) -> Result<Ty> {
    let made =
        m.call_library(MODULE, "partial", vec![Value::str(""), Value::str("c"), function])?;
    made.as_type().ok_or_else(broken)
}

/// The lambda that is operand 0 with the other operands as its first arguments.
///
/// # Errors
/// If the library is broken.
pub(crate) fn closure(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let mut args = vec![
        Value::str(",".repeat(ins.len() - 1)),
        Value::str(format!("c{}", "r".repeat(ins.len() - 1))),
    ];
    args.extend(ins[0].value.clone());
    args.extend(ins[1..].iter().map(|arg| Value::Type(held_type(arg.ty))));
    let made = m.call_library(MODULE, "partial", args)?;
    make(m, &made, (1..ins.len()).map(OpArg::In).collect(), ins)
}

/// Whether a function is the library's: a program may have a module of that name.
fn is_partial(m: &Machine<'_>, func: FuncId) -> bool {
    let FuncKey::Def { def, .. } = func.get() else { return false };
    def.module == "functools"
        && def.path.0 == "partial"
        && spy_db::module_file(m.db, m.project, &def.module).is_some_and(|file| file.stdlib(m.db))
}

/// The call of operand 0, if that is a function which holds values. The other operands are the arguments.
///
/// # Errors
/// If what it stands for cannot be called so.
pub(crate) fn call(m: &mut Machine<'_>, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let ty = ins[0].ty;
    let is_method = crate::builtins::is_instance_of_generic(ty, MODULE, "bound");
    if !is_method && !crate::builtins::is_instance_of_generic(ty, MODULE, "partial") {
        return Ok(None);
    }
    let TyKey::Struct { frame, .. } = ty.get() else { return Ok(None) };
    let FrameKeyData::Call(made_by) = frame.get() else { return Ok(None) };
    let arguments = ins[1..].iter().cloned().enumerate();
    let mut operands: Vec<(Arg, OpArg)> =
        arguments.map(|(index, arg)| (arg, OpArg::In(index + 1))).collect();
    match made_by.args.as_slice() {
        [_, Value::Scalar(Scalar::Str(method))] if is_method => {
            let method = Name::from(&**method);
            operands.insert(0, field(m, ty, 0, ins)?);
            let args: Vec<Arg> = operands.iter().map(|(arg, _)| arg.clone()).collect();
            let found = find_method(m, &args, &method)?;
            Ok(found.map(|op| on_places(op, &operands)))
        }
        [Value::Scalar(Scalar::Str(names)), Value::Scalar(Scalar::Str(kinds)), held @ ..] => {
            add_held(m, ins, (names, kinds, held), &mut operands)?;
            let args: Vec<Arg> = operands.iter().map(|(arg, _)| arg.clone()).collect();
            let found = call_inner(m, &args)?;
            Ok(Some(on_places(found, &operands)))
        }
        _ => Ok(None),
    }
}

/// The function that a partial one of this type holds, if it is known at compile time.
pub(crate) fn held_function(ty: Ty) -> Option<FuncId> {
    if !crate::builtins::is_instance_of_generic(ty, MODULE, "partial") {
        return None;
    }
    let TyKey::Struct { frame, .. } = ty.get() else { return None };
    let FrameKeyData::Call(made_by) = frame.get() else { return None };
    match made_by.args.as_slice() {
        [_, _, Value::Func(func), ..] => Some(*func),
        _ => None,
    }
}

/// Adds the function and the arguments that a partial one holds to those of a call: by position in front, and by name
/// unless the call has them.
fn add_held(
    m: &mut Machine<'_>,
    ins: &[Arg],
    (names, kinds, held): (&str, &str, &[Value]),
    operands: &mut Vec<(Arg, OpArg)>,
) -> Result<()> {
    let (ty, loc) = (ins[0].ty, ins[0].loc);
    let mut next_field = 0;
    let mut next_place = 0;
    for ((name, kind), value) in names.split(',').zip(kinds.chars()).zip(held) {
        let (mut arg, place) = if kind == 'c' {
            let vty = m.type_of(value);
            (Arg::blue(value.clone(), vty, loc), OpArg::Const(value.clone(), vty, loc))
        } else {
            next_field += 1;
            field(m, ty, next_field - 1, ins)?
        };
        if name.is_empty() {
            operands.insert(next_place, (arg, place));
            next_place += 1;
            continue;
        }
        let is_same = |(arg, _): &(Arg, OpArg)| {
            arg.keyword.as_deref().is_some_and(|(given, _)| given == name)
        };
        if !operands.iter().any(is_same) {
            arg.keyword = Some(Arc::new((Name::from(name), loc)));
            operands.push((arg, place));
        }
    }
    Ok(())
}

/// A field of operand 0, which is a `ty`: what is known about it, and how to read it.
fn field(m: &mut Machine<'_>, ty: Ty, index: u32, ins: &[Arg]) -> Result<(Arg, OpArg)> {
    let (name, item) = m.struct_fields(ty)?[index as usize].clone();
    let getter = FuncId::new(FuncKey::Getter(ty, index, name));
    let read = OpImpl::red(getter, vec![OpArg::In(0)], item);
    Ok((Arg::red(item, ins[0].loc), OpArg::Nested(Box::new(read))))
}

/// An operation on operands that stand in these places.
fn on_places(op: OpImpl, operands: &[(Arg, OpArg)]) -> OpImpl {
    let alone = |index: usize| match &operands[index].1 {
        OpArg::In(place) => OpImpl::Operand(*place),
        OpArg::Const(value, ty, _) => OpImpl::Const(value.clone(), *ty),
        OpArg::Nested(read) => (**read).clone(),
        OpArg::Converted(..) | OpArg::Pack(_) => OpImpl::Operand(0),
    };
    op.on(&|index| operands[index].1.clone(), &alone)
}
