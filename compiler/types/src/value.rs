//! Values at compile time: small, immutable, comparable.

use crate::builtin::{BuiltinTy, ExcTy};
use crate::keys::{FuncId, ObjId, Ty, TyKey};
use spy_db::Pos;
use spy_prim::Scalar;
use spy_syntax::ast::Color;
use spy_text::Name;
use std::sync::Arc;

/// A value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `NotImplemented`.
    NotImplemented,
    /// A number, bool, str or bytes.
    Scalar(Scalar),
    /// A type.
    Type(Ty),
    /// A function.
    Func(FuncId),
    /// A module, by dotted name.
    Module(Name),
    /// A struct.
    Struct(Arc<StructVal>),
    /// A pointer or a ref.
    Ptr(Arc<PtrVal>),
    /// What is known about an argument.
    MetaArg(Arc<MetaArg>),
    /// How to perform an operation.
    OpSpec(Arc<OpSpec>),
    /// An exception.
    Exc(Arc<ExcVal>),
    /// A mutable object of this type: `interp_list`, `interp_dict`, `RawBuffer`.
    Obj(ObjId, Ty),
    /// `interp_tuple`.
    InterpTuple(Arc<[Value]>),
    /// `property(f)`, `staticmethod(f)`, `classmethod(f)`.
    Wrapped(Wrapper, Arc<Value>),
    /// Field number n of struct values of this type: what the type's dictionary holds.
    Field(Ty, u32),
    /// An open file: its number in the world; 0 is NULL.
    File(u32),
    /// `[]`.
    EmptyList,
    /// `{}`.
    EmptyDict,
    /// A position in the source.
    Loc(Pos),
    /// The value of `_testing_helpers.SomeType()`.
    SomeValue,
    /// A function of a redshifted program that is being interpreted, by its number there.
    Code(u32),
}

/// Builtin descriptors that wrap a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrapper {
    /// `property`.
    Property,
    /// `staticmethod`.
    StaticMethod,
    /// `classmethod`.
    ClassMethod,
}

/// A struct value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StructVal {
    /// Its type.
    pub ty: Ty,
    /// Its fields, in order.
    pub fields: Vec<Value>,
}

/// A pointer or ref value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PtrVal {
    /// The pointer or ref type.
    pub ty: Ty,
    /// What it points at; `None` is NULL.
    pub place: Option<Place>,
    /// Number of items from `place` on that may be accessed.
    pub len: i32,
}

/// A place in the memory of an evaluation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The block of memory.
    pub block: ObjId,
    /// The item in it, 0-based.
    pub index: u32,
    /// Field numbers from the item down to the part that is meant.
    pub path: Vec<u32>,
}

/// What is known about an argument of an operator.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MetaArg {
    /// Whether its value is known now.
    pub color: Color,
    /// Its static type.
    pub ty: Ty,
    /// Its value, if blue.
    pub value: Option<Value>,
    /// Which of the operator's arguments it is, from 0; `None` if it was made from a type.
    pub slot: Option<u8>,
}

/// How to perform an operation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum OpSpec {
    /// Not supported.
    Null,
    /// Call this function with the operator's own arguments.
    Simple(FuncId),
    /// Call this function with exactly these arguments.
    Complex(FuncId, Vec<MetaArg>),
    /// The result is this constant.
    Const(Value),
}

/// An exception.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ExcVal {
    /// Its type.
    pub ty: ExcTy,
    /// Its message.
    pub message: Arc<str>,
}

impl Value {
    /// A str.
    #[must_use]
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Scalar(Scalar::str(text))
    }

    /// An i32.
    #[must_use]
    pub fn i32(value: i32) -> Self {
        Self::Scalar(Scalar::I32(value))
    }

    /// A bool.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        Self::Scalar(Scalar::Bool(value))
    }

    /// Whether what a value shows may be different later: it leads to memory.
    #[must_use]
    pub fn leads_to_memory(&self) -> bool {
        match self {
            Self::Ptr(ptr) => ptr.place.is_some(),
            Self::Obj(..) => true,
            Self::Struct(value) => value.fields.iter().any(Self::leads_to_memory),
            _ => false,
        }
    }

    /// The text of a str.
    #[must_use]
    pub fn as_str(&self) -> Option<&Arc<str>> {
        match self {
            Self::Scalar(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of an i32.
    #[must_use]
    pub fn as_i32(&self) -> Option<i32> {
        match self {
            Self::Scalar(Scalar::I32(value)) => Some(*value),
            _ => None,
        }
    }

    /// The truth value of a bool.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Scalar(Scalar::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// The type, if the value is one. `None` counts as the type of `None`.
    #[must_use]
    pub fn as_type(&self) -> Option<Ty> {
        match self {
            Self::Type(ty) => Some(*ty),
            Self::None => Some(BuiltinTy::NoneType.into()),
            _ => None,
        }
    }

    /// The dynamic type of every value but functions, whose type stands in their frame.
    #[must_use]
    pub fn ty(&self) -> Option<Ty> {
        Some(match self {
            Self::None => BuiltinTy::NoneType.into(),
            Self::NotImplemented => BuiltinTy::NotImplementedType.into(),
            Self::Scalar(scalar) => scalar.ty().into(),
            Self::Type(ty) => ty.metatype(),
            Self::Func(_) => return None,
            Self::Module(_) => BuiltinTy::Module.into(),
            Self::Struct(value) => value.ty,
            Self::Ptr(value) => value.ty,
            Self::MetaArg(_) => BuiltinTy::MetaArg.into(),
            Self::OpSpec(_) => BuiltinTy::OpSpec.into(),
            Self::Exc(value) => value.ty.into(),
            Self::Obj(_, ty) => *ty,
            Self::InterpTuple(_) => BuiltinTy::InterpTuple.into(),
            Self::Wrapped(Wrapper::Property, _) => BuiltinTy::Property.into(),
            Self::Wrapped(Wrapper::StaticMethod, _) => BuiltinTy::StaticMethod.into(),
            Self::Wrapped(Wrapper::ClassMethod, _) => BuiltinTy::ClassMethod.into(),
            Self::Field(..) => BuiltinTy::StructField.into(),
            Self::File(_) => BuiltinTy::File.into(),
            Self::EmptyList => BuiltinTy::EmptyList.into(),
            Self::EmptyDict => BuiltinTy::EmptyDict.into(),
            Self::Loc(_) => BuiltinTy::LocTy.into(),
            Self::SomeValue => BuiltinTy::SomeType.into(),
            Self::Code(_) => BuiltinTy::Object.into(),
        })
    }

    /// NULL of a pointer or function type.
    #[must_use]
    pub fn null(ty: Ty) -> Self {
        Self::Ptr(Arc::new(PtrVal { ty, place: None, len: 0 }))
    }

    /// What memory holds before anything is stored: all bits zero. `None` for types that have no
    /// such value (a struct's fields are the caller's business).
    #[must_use]
    pub fn zero(ty: Ty) -> Option<Self> {
        match ty.get() {
            TyKey::Scalar(scalar) => Some(Self::Scalar(zero_scalar(*scalar))),
            TyKey::Ptr(..) | TyKey::Ref(..) => Some(Self::null(ty)),
            TyKey::Func(func) if func.is_value() => Some(Self::null(ty)),
            TyKey::Builtin(BuiltinTy::File) => Some(Self::File(0)),
            TyKey::Builtin(BuiltinTy::NoneType) => Some(Self::None),
            _ => None,
        }
    }
}

fn zero_scalar(ty: spy_prim::ScalarTy) -> Scalar {
    use spy_prim::ScalarTy;
    match ty {
        ScalarTy::Bool => Scalar::Bool(false),
        ScalarTy::F32 => Scalar::F32(0.0),
        ScalarTy::F64 => Scalar::F64(0.0),
        ScalarTy::Complex128 => Scalar::Complex(0.0, 0.0),
        ScalarTy::Str => Scalar::str(""),
        ScalarTy::Bytes => Scalar::bytes(&b""[..]),
        int => Scalar::int_wrapping(int, 0).unwrap_or(Scalar::I32(0)),
    }
}
