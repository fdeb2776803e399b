//! Types and constants as the IR has them.

use spy_eval::Machine;
use spy_ir::{Const, FuncType, Type};
use spy_types::names::{func_fqn, ty_fqn, ty_human, ty_repr};
use spy_types::{BuiltinTy, FuncKey, Result, SpyError, Ty, TyKey, Value};
use std::sync::Arc;

/// The IR's type for a type.
#[must_use]
pub fn lower_type(ty: Ty) -> Type {
    match ty.get() {
        TyKey::Builtin(BuiltinTy::NoneType) => Type::None,
        TyKey::Builtin(BuiltinTy::File) => Type::File,
        TyKey::Builtin(BuiltinTy::RawBuffer) => Type::RawBuffer,
        TyKey::Scalar(scalar) => Type::Scalar(*scalar),
        TyKey::Struct { .. } | TyKey::TerminalSize => Type::Struct(ty_fqn(ty)),
        TyKey::Ptr(kind, item) => Type::Ptr(*kind, Arc::new(lower_type(*item))),
        TyKey::Ref(kind, item) => Type::Ref(*kind, Arc::new(lower_type(*item))),
        TyKey::Func(func) if func.is_value() => Type::Func(Arc::new(FuncType {
            params: func.params.iter().map(|ty| lower_type(*ty)).collect(),
            ret: lower_type(func.ret),
        })),
        TyKey::Builtin(_)
        | TyKey::Exc(_)
        | TyKey::Func(_)
        | TyKey::InterpList(_)
        | TyKey::InterpDict(..) => Type::Opaque(ty_fqn(ty)),
    }
}

/// The IR's constant for a value.
///
/// # Errors
/// If the value lives in memory that exists at compile time only.
pub fn lower_const(m: &mut Machine<'_>, value: &Value) -> Result<Const> {
    Ok(match value {
        Value::None => Const::None,
        Value::Scalar(scalar) => Const::Scalar(scalar.clone()),
        Value::Ptr(ptr) if ptr.place.is_none() => Const::Null,
        Value::File(0) => Const::Null,
        Value::Struct(data) => {
            let types = m.struct_fields(data.ty)?;
            let mut fields = Vec::with_capacity(types.len());
            for (value, (_, ty)) in data.fields.iter().zip(types) {
                fields.push((lower_const(m, value)?, lower_type(ty)));
            }
            Const::Struct(fields)
        }
        Value::Func(func) if matches!(func.get(), FuncKey::Def { .. }) => {
            Const::Func(func_fqn(*func))
        }
        Value::Func(func) => Const::Opaque(func_fqn(*func).full().into()),
        Value::Type(ty) => Const::Opaque(ty_human(*ty).into()),
        Value::Module(name) => Const::Opaque(Arc::from(name.as_str())),
        Value::EmptyList => Const::Opaque("`__spy__::empty_list`".into()),
        Value::EmptyDict => Const::Opaque("`__spy__::empty_dict`".into()),
        Value::NotImplemented => Const::Opaque("NotImplemented".into()),
        Value::InterpTuple(_) => {
            Const::Opaque(spy_eval::builtins::text::builtin_text(m, value)?.into())
        }
        Value::Exc(exc) => Const::Opaque(format!("{}({:?})", exc.ty.name(), exc.message).into()),
        Value::Obj(..) | Value::Ptr(_) | Value::File(_) => return Err(prebuilt(m, value)),
        Value::MetaArg(_)
        | Value::OpSpec(_)
        | Value::Wrapped(..)
        | Value::Field(..)
        | Value::Loc(_)
        | Value::SomeValue
        | Value::Code(_) => {
            let ty = m.type_of(value);
            Const::Opaque(ty_repr(ty).into())
        }
    })
}

fn prebuilt(m: &mut Machine<'_>, value: &Value) -> Box<SpyError> {
    let text = spy_eval::builtins::text::builtin_text(m, value).unwrap_or_default();
    SpyError::wip(format!("This prebuilt constant cannot be redshifted (yet): {text}"))
}
