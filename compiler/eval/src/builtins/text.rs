//! `str` and `repr` of every kind of value.

use super::{all_operands, runtime_fn};
use crate::domain::{Arg, Domain, Ev};
use crate::exec::Run;
use crate::machine::{Machine, deep};
use crate::memory::Object;
use crate::opimpl::{OpImpl, lift};
use spy_prim::{Scalar, ScalarTy};
use spy_types::names::{func_full, ty_full, ty_human, ty_repr};
use spy_types::{BuiltinTy, Name, ObjId, Result, SpyError, Ty, TyKey, Value};

/// The operation for `str(x)`.
///
/// # Errors
/// What a metafunction raises.
pub fn to_str(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let str_ty: Ty = ScalarTy::Str.into();
    let ins = std::slice::from_ref(arg);
    match arg.ty.get() {
        TyKey::Scalar(ScalarTy::Str) => return Ok(OpImpl::Operand(0)),
        TyKey::Scalar(ScalarTy::Bytes) => return to_repr(m, arg),
        TyKey::Scalar(scalar) => {
            let func = runtime_fn(&format!("builtins::{}::__str__", scalar.name()));
            let pure = crate::opimpl::is_pure(func);
            return Ok(all_operands(func, ins, str_ty, pure));
        }
        TyKey::Builtin(BuiltinTy::Dynamic | BuiltinTy::Object) => {
            return Ok(all_operands(runtime_fn("operator::dynamic_str"), ins, str_ty, true));
        }
        TyKey::Ref(..) | TyKey::Struct { .. } => {
            if let Some(op) = user_text(m, arg, "__str__")? {
                return Ok(op);
            }
        }
        _ => {}
    }
    to_repr(m, arg)
}

/// The operation for `repr(x)`.
///
/// # Errors
/// What a metafunction raises.
pub fn to_repr(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let str_ty: Ty = ScalarTy::Str.into();
    let ins = std::slice::from_ref(arg);
    match arg.ty.get() {
        TyKey::Scalar(ScalarTy::Str | ScalarTy::Bytes) => {
            if let Some(op) = user_text(m, arg, "__repr__")? {
                return Ok(op);
            }
        }
        TyKey::Scalar(scalar) => {
            let func = runtime_fn(&format!("builtins::{}::__repr__", scalar.name()));
            let name = format!("builtins::{}::__repr__", scalar.name());
            let func = if spy_prim::runtime::lookup(&name).is_some() {
                func
            } else {
                runtime_fn(&format!("builtins::{}::__str__", scalar.name()))
            };
            return Ok(all_operands(func, ins, str_ty, crate::opimpl::is_pure(func)));
        }
        TyKey::Builtin(BuiltinTy::NoneType) => {
            return Ok(OpImpl::Const(Value::str("None"), str_ty));
        }
        TyKey::Builtin(BuiltinTy::EmptyList) => return Ok(OpImpl::Const(Value::str("[]"), str_ty)),
        TyKey::Builtin(BuiltinTy::EmptyDict) => return Ok(OpImpl::Const(Value::str("{}"), str_ty)),
        TyKey::Builtin(BuiltinTy::Dynamic) => {
            return Ok(all_operands(runtime_fn("operator::dynamic_repr"), ins, str_ty, true));
        }
        TyKey::Ref(..) | TyKey::Struct { .. } => {
            if let Some(op) = user_text(m, arg, "__repr__")? {
                return Ok(op);
            }
        }
        _ => {}
    }
    if let Some(value) = &arg.value {
        let text = builtin_text(m, value)?;
        return Ok(OpImpl::Const(Value::str(text), str_ty));
    }
    if tells_value(arg.ty) {
        return Ok(all_operands(runtime_fn("operator::dynamic_str"), ins, str_ty, true));
    }
    Ok(OpImpl::Const(Value::str(default_repr(arg.ty)), str_ty))
}

/// Whether the text of a value of a builtin type tells more than its type.
fn tells_value(ty: Ty) -> bool {
    match ty.get() {
        TyKey::InterpList(_) | TyKey::InterpDict(..) | TyKey::Func(_) => true,
        TyKey::Builtin(BuiltinTy::Module | BuiltinTy::InterpTuple) => true,
        _ => ty.is_subclass(BuiltinTy::Type.into()),
    }
}

/// The text of a value that does not say what its text is. Values have no address, so this is the
/// same text in every run and every mode.
#[must_use]
pub fn default_repr(ty: Ty) -> String {
    let ty = match ty.pointer() {
        Some((true, _, item)) => item,
        _ => ty,
    };
    format!("<spy `{}` object at 0x0>", ty_full(ty).short())
}

fn user_text(m: &mut Machine<'_>, arg: &Arg, method: &'static str) -> Result<Option<OpImpl>> {
    if !matches!(m.lookup(arg.ty, method)?, Some(Value::Func(_))) {
        return Ok(None);
    }
    let ins = std::slice::from_ref(arg);
    crate::call::call_method(m, ins, &Name::new_static(method), arg.loc).map(Some)
}

/// `str(value)` of a value that is known now.
///
/// # Errors
/// What its `__str__` raises.
pub fn text_of(m: &mut Machine<'_>, value: &Value, arg: &Arg) -> Result<String> {
    match value {
        Value::Scalar(scalar) => Ok(spy_prim::text::str(scalar)),
        Value::Struct(_) => {
            let op = to_str(m, arg)?;
            let index = m.frames.len().saturating_sub(1);
            let mut run = Run::new(m, index);
            let ins = [Ev::blue(value.clone(), arg.ty, arg.loc)];
            let ev = run.apply(&op, &ins, arg.loc)?;
            let value = lift(&mut run, &ev)?;
            value
                .as_str()
                .map(|text| text.to_string())
                .ok_or_else(|| SpyError::type_error("`__str__` did not return a `str`"))
        }
        _ => builtin_text(m, value),
    }
}

/// The text of a value of a builtin type.
///
/// # Errors
/// If an object is gone.
pub fn builtin_text(m: &mut Machine<'_>, value: &Value) -> Result<String> {
    text_inside(m, value, &mut Vec::new())
}

/// `repr(value)` of an item of the collections `outer`.
fn item_text(m: &mut Machine<'_>, value: &Value, outer: &mut Vec<ObjId>) -> Result<String> {
    match value {
        Value::Scalar(Scalar::Str(text)) => Ok(spy_prim::text::repr_str(text)),
        _ => deep(|| text_inside(m, value, outer)),
    }
}

fn texts(m: &mut Machine<'_>, items: &[Value], outer: &mut Vec<ObjId>) -> Result<String> {
    let texts = items.iter().map(|item| item_text(m, item, outer)).collect::<Result<Vec<_>>>()?;
    Ok(texts.join(", "))
}

/// The text of a collection. One that holds itself is shown as `[...]` inside.
fn object_text(
    m: &mut Machine<'_>,
    id: ObjId,
    value: &Value,
    outer: &mut Vec<ObjId>,
) -> Result<String> {
    let again = outer.contains(&id);
    let object = m.object(id)?.clone();
    outer.push(id);
    let text = match object {
        Object::List(_) if again => "[...]".to_owned(),
        Object::Dict(_) if again => "{...}".to_owned(),
        Object::List(items) => format!("[{}]", texts(m, &items, outer)?),
        Object::Dict(items) => {
            let mut texts = Vec::with_capacity(items.len());
            for (key, value) in &items {
                let (key, value) = (item_text(m, key, outer)?, item_text(m, value, outer)?);
                texts.push(format!("{key}: {value}"));
            }
            format!("{{{}}}", texts.join(", "))
        }
        _ => default_repr(m.type_of(value)),
    };
    outer.pop();
    Ok(text)
}

fn text_inside(m: &mut Machine<'_>, value: &Value, outer: &mut Vec<ObjId>) -> Result<String> {
    Ok(match value {
        Value::None => "None".to_owned(),
        Value::NotImplemented => "NotImplemented".to_owned(),
        Value::EmptyList => "[]".to_owned(),
        Value::EmptyDict => "{}".to_owned(),
        Value::Scalar(scalar) => spy_prim::text::str(scalar),
        Value::Type(ty) => ty_repr(*ty),
        Value::Func(func) => format!("<spy function '{}'>", func_full(*func).full()),
        Value::Module(name) => format!("<spy module '{name}'>"),
        Value::InterpTuple(items) => format!("({})", texts(m, items, outer)?),
        Value::Obj(id, _) => object_text(m, *id, value, outer)?,
        Value::Exc(exc) => format!("<spy `{}` object at 0x0>", ty_human(exc.ty.into())),
        _ => default_repr(m.type_of(value)),
    })
}
