//! Calls of builtin types: `T(args)`.

use super::{all_operands, blue_fn, text};
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl};
use crate::ops::single;
use spy_types::{BuiltinTy, FuncId, FuncKey, Name, Result, ScalarTy, SpyError, Ty, TyKey, Value};

/// The operation for `T(args)` of a builtin type; `None` if the type is not handled here.
///
/// # Errors
/// ``cannot call objects of type `type` `` if there is no such conversion.
pub fn construct(
    m: &mut Machine<'_>,
    ty: Ty,
    args: &[Arg],
    callee: &Arg,
) -> Result<Option<OpImpl>> {
    if let ([], TyKey::Scalar(_), Some(zero)) = (args, ty.get(), Value::zero(ty)) {
        return Ok(Some(OpImpl::Const(zero, ty)));
    }
    match ty.get() {
        TyKey::Scalar(ScalarTy::Bytes) => Ok(None),
        TyKey::Scalar(ScalarTy::Bool) => match args {
            [arg] => Ok(Some(or_itself(crate::convert::to_bool(m, arg)?))),
            _ => Err(no_conversion(callee)),
        },
        TyKey::Scalar(ScalarTy::Str) => match args {
            [arg] => text::to_str(m, arg).map(Some),
            _ => Err(no_conversion(callee)),
        },
        TyKey::Scalar(target) => match args {
            [arg] if value_type(arg.ty) == Some(*target) => {
                let context = crate::convert::Context::Argument(None);
                Ok(Some(or_itself(crate::convert::convert(m, ty, arg, &context)?)))
            }
            [text, base]
                if target.is_int()
                    && [text, base].map(|arg| arg.ty.scalar())
                        == [Some(ScalarTy::Str), Some(ScalarTy::I32)] =>
            {
                match m.call_library("_number", "_in_text", vec![Value::Type(ty)])? {
                    Value::Func(func) => Ok(Some(all_operands(func, args, ty, false))),
                    _ => Err(no_conversion(callee)),
                }
            }
            _ => match by_method(m, *target, args)? {
                Some(op) => Ok(Some(op)),
                None => scalar(*target, args, callee).map(Some),
            },
        },
        TyKey::Exc(_) => exception(ty, args, callee).map(Some),
        TyKey::InterpList(_) | TyKey::InterpDict(..) => {
            let func = blue_fn("__spy__::new_collection");
            let meta = BuiltinTy::Type.into();
            let mut operands = vec![OpArg::Const(Value::Type(ty), meta, callee.loc)];
            operands.extend((0..args.len()).map(OpArg::In));
            Ok(Some(OpImpl::red(func, operands, ty)))
        }
        TyKey::Builtin(builtin) => self::builtin(m, *builtin, args, callee),
        TyKey::Struct { .. }
        | TyKey::TerminalSize
        | TyKey::Func(_)
        | TyKey::Ptr(..)
        | TyKey::Ref(..) => Ok(None),
    }
}

/// A conversion of the only argument, which has the type already if there is none.
fn or_itself(op: Option<OpImpl>) -> OpImpl {
    op.unwrap_or(OpImpl::Operand(0))
}

fn no_conversion(callee: &Arg) -> Box<SpyError> {
    single("cannot call objects of type `type`".to_owned(), callee)
}

/// A number made by the method that Python calls for it: `float(x)` by `__float__`, `int(x)` by
/// `__int__`.
fn by_method(m: &mut Machine<'_>, target: ScalarTy, args: &[Arg]) -> Result<Option<OpImpl>> {
    let [arg] = args else { return Ok(None) };
    let method = if target.is_int() { "__int__" } else { "__float__" };
    let ty = match arg.ty.pointer() {
        Some((true, _, item)) => item,
        _ => arg.ty,
    };
    let is_number = target.is_int() || target.is_float();
    if !is_number || !ty.is_struct() || m.lookup(ty, method)?.is_none() {
        return Ok(None);
    }
    let made = crate::call::call_method(m, args, &Name::new_static(method), arg.loc)?;
    let Some(got) = crate::opimpl::result_ty(&made) else { return Ok(None) };
    if got.scalar() == Some(target) {
        return Ok(Some(made));
    }
    let conversion = got.scalar().and_then(|got| spy_prim::explicit_conversion(got, target));
    let Some(conversion) = conversion else {
        return Err(crate::convert::mismatch(target.into(), got, arg.loc));
    };
    let func = FuncId::new(FuncKey::Prim(conversion));
    Ok(Some(OpImpl::red(func, vec![OpArg::Nested(Box::new(made))], target.into())))
}

fn scalar(target: ScalarTy, args: &[Arg], callee: &Arg) -> Result<OpImpl> {
    let from: Option<Vec<ScalarTy>> = args.iter().map(|arg| value_type(arg.ty)).collect();
    let op = match from.as_deref() {
        Some([from]) => spy_prim::explicit_conversion(*from, target),
        Some([x, y]) if target == ScalarTy::Complex128 => spy_prim::complex_conversion(*x, *y),
        _ => None,
    };
    if let ([arg], Some([from])) = (args, from.as_deref())
        && *from == target
        && arg.ty.pointer().is_none()
    {
        return Ok(OpImpl::Operand(0));
    }
    let Some(op) = op else { return Err(no_conversion(callee)) };
    let func = FuncId::new(FuncKey::Prim(op));
    let operand = |index: usize| {
        let deref = args[index].ty;
        if deref.pointer().is_some() {
            return super::pointers::deref_arg(deref, index);
        }
        widen(args[index].ty, op.params()[index], index)
    };
    Ok(OpImpl::pure(func, (0..args.len()).map(operand).collect(), target.into()))
}

/// An operand converted to the type that a primitive operation takes.
fn widen(from: Ty, to: ScalarTy, index: usize) -> OpArg {
    let op = from.scalar().filter(|from| *from != to);
    match op.and_then(|from| spy_prim::implicit_conversion(from, to)) {
        Some(op) => {
            let func = FuncId::new(FuncKey::Prim(op));
            let op = OpImpl::pure(func, vec![OpArg::In(0)], to.into());
            OpArg::Converted(Box::new(op), Box::new(OpArg::In(index)))
        }
        None => OpArg::In(index),
    }
}

/// The scalar type of a value, or of what a ref refers to.
fn value_type(ty: Ty) -> Option<ScalarTy> {
    match ty.pointer() {
        Some((true, _, item)) => item.scalar(),
        _ => ty.scalar(),
    }
}

fn exception(ty: Ty, args: &[Arg], callee: &Arg) -> Result<OpImpl> {
    if args.len() > 1 {
        return Err(no_conversion(callee));
    }
    if let Some(arg) = args.first() {
        if arg.ty.scalar() != Some(ScalarTy::Str) {
            return Err(crate::convert::mismatch(ScalarTy::Str.into(), arg.ty, arg.loc));
        }
        if !arg.is_blue() {
            return Err(SpyError::type_error("cannot call blue function with red arguments")
                .error("this is blue", callee.loc)
                .error("this is red", arg.loc));
        }
    }
    let func = blue_fn("builtins::new_exception");
    let mut operands = vec![OpArg::Const(Value::Type(ty), BuiltinTy::Type.into(), callee.loc)];
    operands.extend((0..args.len()).map(OpArg::In));
    Ok(OpImpl::pure(func, operands, ty))
}

fn builtin(
    m: &mut Machine<'_>,
    builtin: BuiltinTy,
    args: &[Arg],
    callee: &Arg,
) -> Result<Option<OpImpl>> {
    let name = match builtin {
        BuiltinTy::Type => return type_of(m, args, callee).map(Some),
        BuiltinTy::MetaArg if args.len() == 3 => "operator::new_metaarg",
        BuiltinTy::OpSpec if args.len() == 1 || args.len() == 2 => "operator::new_opspec",
        BuiltinTy::Property if args.len() == 1 => "builtins::new_property",
        BuiltinTy::StaticMethod if args.len() == 1 => "builtins::new_staticmethod",
        BuiltinTy::ClassMethod if args.len() == 1 => "builtins::new_classmethod",
        BuiltinTy::InterpTuple => "__spy__::new_tuple",
        BuiltinTy::SomeType if args.is_empty() => {
            return Ok(Some(OpImpl::red(
                blue_fn("_testing_helpers::new_sometype"),
                Vec::new(),
                builtin.into(),
            )));
        }
        BuiltinTy::MetaArg
        | BuiltinTy::OpSpec
        | BuiltinTy::Property
        | BuiltinTy::StaticMethod
        | BuiltinTy::ClassMethod
        | BuiltinTy::SomeType => return Err(no_conversion(callee)),
        _ => return Ok(None),
    };
    Ok(Some(all_operands(blue_fn(name), args, builtin.into(), true)))
}

/// `type(x)`.
fn type_of(m: &mut Machine<'_>, args: &[Arg], callee: &Arg) -> Result<OpImpl> {
    let [arg] = args else { return Err(no_conversion(callee)) };
    let known = match &arg.value {
        Some(value) => Some(m.type_of(value)),
        None if arg.ty.is(BuiltinTy::Dynamic) || arg.ty.is(BuiltinTy::Object) => None,
        None => Some(arg.ty),
    };
    match known {
        Some(ty) => Ok(OpImpl::Const(Value::Type(ty), ty.metatype())),
        None => Ok(all_operands(
            super::runtime_fn("builtins::type::__new__"),
            args,
            BuiltinTy::Type.into(),
            true,
        )),
    }
}
