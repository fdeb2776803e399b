//! Objects that can be called as values of function types: functions that hold values of run time, methods with
//! their object, and what has a `__call__`.
//!
//! Such a value is a [`StructVal`] of the function type: the code, [`FuncKey::Bound`], and a pointer to the object, which
//! that takes before the arguments. A function that holds nothing is a [`Value::Func`]. This is the closure
//! conversion of Appel, "Compiling with Continuations" (1992), chapter 10, with flat closures.

use crate::call::call_inner;
use crate::convert::{Context, convert, mismatch};
use crate::domain::{Arg, Domain, Ev};
use crate::exec::Run;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, lift, result_ty};
use spy_types::{
    FuncId, FuncKey, FuncTy, Loc, PtrKind, Result, SpyError, StructVal, Ty, TyKey, Value,
};
use std::sync::Arc;

/// What makes a value of function type `expected` of operand 0; `None` if that is no object, and nothing that can be
/// called at compile time only, such as `print`.
///
/// # Errors
/// If it cannot be called so.
pub(crate) fn conversion(m: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    if !expected.func().is_some_and(FuncTy::is_value) {
        return Ok(None);
    }
    let known = arg.value.as_ref().filter(|value| matches!(value, Value::Func(_) | Value::Type(_)));
    if known.is_none() && !arg.ty.is_struct() {
        return Ok(None);
    }
    let object = match known {
        Some(function) => crate::bound::of_function(m, function.clone())?,
        None => arg.ty,
    };
    if let Err(error) = call(m, object, expected, arg.loc) {
        return Err(mismatch(expected, arg.ty, arg.loc).help(error.message));
    }
    if known.is_some() {
        let nothing = Value::null(held_pointer(object));
        return Ok(Some(OpImpl::Const(value(object, expected, nothing), expected)));
    }
    let func = FuncId::new(FuncKey::Bind(arg.ty, expected));
    Ok(Some(OpImpl::red(func, vec![OpArg::In(0)], expected)))
}

/// The call of an `object`, which is operand 0, with the arguments that functions of type `func` take, the other operands.
///
/// # Errors
/// If it cannot be called with these, or gives something else.
pub fn call(m: &mut Machine<'_>, object: Ty, func: Ty, loc: Loc) -> Result<OpImpl> {
    let Some(signature) = func.func() else { return Err(broken()) };
    let ins: Vec<Arg> =
        std::iter::once(&object).chain(&signature.params).map(|ty| Arg::red(*ty, loc)).collect();
    let op = call_inner(m, &ins)?;
    let Some(got) = result_ty(&op) else { return Ok(op) };
    let conversion = convert(m, signature.ret, &Arg::red(got, loc), &Context::Return(None))?;
    Ok(match conversion {
        Some(conversion) => {
            conversion.on(&|_| OpArg::Nested(Box::new(op.clone())), &|_| op.clone())
        }
        None => op,
    })
}

/// The type of a pointer to an object that a function value holds.
#[must_use]
pub fn held_pointer(object: Ty) -> Ty {
    Ty::new(TyKey::Ptr(PtrKind::Gc, object))
}

/// Runs a [`FuncKey::Bind`].
pub(crate) fn bind(m: &mut Machine<'_>, object: Ty, func: Ty, args: Vec<Value>) -> Result<Value> {
    let held = m.alloc(held_pointer(object), 1)?;
    let (Value::Ptr(ptr), Some(value)) = (&held, args.into_iter().next()) else {
        return Err(broken());
    };
    let Some(place) = &ptr.place else { return Err(broken()) };
    m.write_place(place, value)?;
    Ok(self::value(object, func, held))
}

/// The value of type `func` that holds the object of this type at `held`.
fn value(object: Ty, func: Ty, held: Value) -> Value {
    let code = Value::Func(FuncId::new(FuncKey::Bound(object, func)));
    Value::Struct(Arc::new(StructVal { ty: func, fields: vec![code, held] }))
}

/// Runs a [`FuncKey::Bound`].
pub(crate) fn run(
    m: &mut Machine<'_>,
    object: Ty,
    func: Ty,
    args: Vec<Value>,
    loc: Loc,
) -> Result<Value> {
    let mut args = args.into_iter();
    let value = match args.next() {
        Some(Value::Ptr(ptr)) => match &ptr.place {
            Some(place) => m.read_place(place)?,
            // It has no parts.
            None => Value::Struct(Arc::new(StructVal { ty: object, fields: Vec::new() })),
        },
        _ => return Err(broken()),
    };
    let Some(signature) = func.func() else { return Err(broken()) };
    let mut ins = vec![Ev::red(value, object, loc)];
    ins.extend(args.zip(&signature.params).map(|(arg, ty)| Ev::red(arg, *ty, loc)));
    let op = call(m, object, func, loc)?;
    let index = m.frames.len().saturating_sub(1);
    let mut run = Run::new(m, index);
    let ev = run.apply(&op, &ins, loc)?;
    lift(&mut run, &ev)
}

/// Calls a value of a function type that holds an object.
pub(crate) fn call_value(
    m: &mut Machine<'_>,
    value: &StructVal,
    args: impl Iterator<Item = Value>,
    loc: Loc,
) -> Result<Value> {
    let [Value::Func(code), held] = value.fields.as_slice() else { return Err(broken()) };
    let args = std::iter::once(held.clone()).chain(args).collect();
    m.call(*code, args, loc)
}

fn broken() -> Box<SpyError> {
    SpyError::type_error("a function value is broken")
}
