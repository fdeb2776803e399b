//! The scalar types and their values.
//!
//! A [`Scalar`] is compared, ordered and hashed by its type and bits, so that it can be a key: a NaN
//! equals itself, `-0.0` differs from `0.0`, and `1: i32` differs from `1: i64`. SPy's own `==` is an
//! operation and lives in [`crate::eval()`].

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A type whose values are scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScalarTy {
    /// `bool`
    Bool,
    /// `i8`
    I8,
    /// `u8`
    U8,
    /// `i32`, also spelled `int`
    I32,
    /// `u32`
    U32,
    /// `i64`
    I64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`, also spelled `float`
    F64,
    /// `complex128`, also spelled `complex`
    Complex128,
    /// `str`
    Str,
    /// `bytes`
    Bytes,
}

impl ScalarTy {
    /// Every scalar type, in declaration order.
    pub const ALL: [ScalarTy; 12] = [
        ScalarTy::Bool,
        ScalarTy::I8,
        ScalarTy::U8,
        ScalarTy::I32,
        ScalarTy::U32,
        ScalarTy::I64,
        ScalarTy::U64,
        ScalarTy::F32,
        ScalarTy::F64,
        ScalarTy::Complex128,
        ScalarTy::Str,
        ScalarTy::Bytes,
    ];

    /// The type's name in module `builtins`, such as `i32`.
    pub fn name(self) -> &'static str {
        match self {
            ScalarTy::Bool => "bool",
            ScalarTy::I8 => "i8",
            ScalarTy::U8 => "u8",
            ScalarTy::I32 => "i32",
            ScalarTy::U32 => "u32",
            ScalarTy::I64 => "i64",
            ScalarTy::U64 => "u64",
            ScalarTy::F32 => "f32",
            ScalarTy::F64 => "f64",
            ScalarTy::Complex128 => "complex128",
            ScalarTy::Str => "str",
            ScalarTy::Bytes => "bytes",
        }
    }

    /// The type with this [`name`](Self::name). The aliases `int`, `float` and `complex` are names of
    /// module `builtins`, not of types, and are not known here.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.name() == name)
    }

    /// Whether this is one of the six integer types.
    pub fn is_int(self) -> bool {
        self.int_range().is_some()
    }

    /// Whether this is `f32` or `f64`.
    pub fn is_float(self) -> bool {
        matches!(self, ScalarTy::F32 | ScalarTy::F64)
    }

    /// Whether values can be negative.
    pub fn is_signed(self) -> bool {
        matches!(
            self,
            ScalarTy::I8
                | ScalarTy::I32
                | ScalarTy::I64
                | ScalarTy::F32
                | ScalarTy::F64
                | ScalarTy::Complex128
        )
    }

    /// Width of a value in memory, in bits: 8 for `bool`, 128 for `complex128`. Zero for `str` and
    /// `bytes`, which are references to objects of any length.
    pub fn bits(self) -> u32 {
        match self {
            ScalarTy::Bool | ScalarTy::I8 | ScalarTy::U8 => 8,
            ScalarTy::I32 | ScalarTy::U32 | ScalarTy::F32 => 32,
            ScalarTy::I64 | ScalarTy::U64 | ScalarTy::F64 => 64,
            ScalarTy::Complex128 => 128,
            ScalarTy::Str | ScalarTy::Bytes => 0,
        }
    }

    /// Smallest and largest value of an integer type, both included; `None` for other types.
    pub fn int_range(self) -> Option<(i128, i128)> {
        match self {
            ScalarTy::I8 => Some((i8::MIN.into(), i8::MAX.into())),
            ScalarTy::U8 => Some((u8::MIN.into(), u8::MAX.into())),
            ScalarTy::I32 => Some((i32::MIN.into(), i32::MAX.into())),
            ScalarTy::U32 => Some((u32::MIN.into(), u32::MAX.into())),
            ScalarTy::I64 => Some((i64::MIN.into(), i64::MAX.into())),
            ScalarTy::U64 => Some((u64::MIN.into(), u64::MAX.into())),
            _ => None,
        }
    }
}

impl fmt::Display for ScalarTy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value of a scalar type.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// A `bool`
    Bool(bool),
    /// An `i8`
    I8(i8),
    /// A `u8`
    U8(u8),
    /// An `i32`
    I32(i32),
    /// A `u32`
    U32(u32),
    /// An `i64`
    I64(i64),
    /// A `u64`
    U64(u64),
    /// An `f32`
    F32(f32),
    /// An `f64`
    F64(f64),
    /// A `complex128`: real part, imaginary part
    Complex(f64, f64),
    /// A `str`
    Str(Arc<str>),
    /// A `bytes`
    Bytes(Arc<[u8]>),
}

impl Scalar {
    /// The value's type.
    pub fn ty(&self) -> ScalarTy {
        match self {
            Scalar::Bool(_) => ScalarTy::Bool,
            Scalar::I8(_) => ScalarTy::I8,
            Scalar::U8(_) => ScalarTy::U8,
            Scalar::I32(_) => ScalarTy::I32,
            Scalar::U32(_) => ScalarTy::U32,
            Scalar::I64(_) => ScalarTy::I64,
            Scalar::U64(_) => ScalarTy::U64,
            Scalar::F32(_) => ScalarTy::F32,
            Scalar::F64(_) => ScalarTy::F64,
            Scalar::Complex(..) => ScalarTy::Complex128,
            Scalar::Str(_) => ScalarTy::Str,
            Scalar::Bytes(_) => ScalarTy::Bytes,
        }
    }

    /// A `str` value.
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Scalar::Str(text.into())
    }

    /// A `bytes` value.
    pub fn bytes(data: impl Into<Arc<[u8]>>) -> Self {
        Scalar::Bytes(data.into())
    }

    /// The value of an integer of any width; `None` for every other type, `bool` included.
    pub fn as_int(&self) -> Option<i128> {
        match *self {
            Scalar::I8(v) => Some(v.into()),
            Scalar::U8(v) => Some(v.into()),
            Scalar::I32(v) => Some(v.into()),
            Scalar::U32(v) => Some(v.into()),
            Scalar::I64(v) => Some(v.into()),
            Scalar::U64(v) => Some(v.into()),
            _ => None,
        }
    }

    /// The integer of type `ty` that is congruent to `value` modulo 2 to the width of `ty`; `None` if
    /// `ty` is not an integer type.
    pub fn int_wrapping(ty: ScalarTy, value: i128) -> Option<Self> {
        // `as` between integers keeps the low bits, which is the wrapping that SPy asks for.
        match ty {
            ScalarTy::I8 => Some(Scalar::I8(value as i8)),
            ScalarTy::U8 => Some(Scalar::U8(value as u8)),
            ScalarTy::I32 => Some(Scalar::I32(value as i32)),
            ScalarTy::U32 => Some(Scalar::U32(value as u32)),
            ScalarTy::I64 => Some(Scalar::I64(value as i64)),
            ScalarTy::U64 => Some(Scalar::U64(value as u64)),
            _ => None,
        }
    }

    /// What identity is made of: the type, then the bits.
    fn key(&self) -> (ScalarTy, i128, u64, &[u8]) {
        let ty = self.ty();
        match self {
            Scalar::Bool(v) => (ty, i128::from(*v), 0, &[]),
            Scalar::F32(v) => (ty, v.to_bits().into(), 0, &[]),
            Scalar::F64(v) => (ty, v.to_bits().into(), 0, &[]),
            Scalar::Complex(re, im) => (ty, re.to_bits().into(), im.to_bits(), &[]),
            Scalar::Str(text) => (ty, 0, 0, text.as_bytes()),
            Scalar::Bytes(data) => (ty, 0, 0, data),
            int => (ty, int.as_int().unwrap_or_default(), 0, &[]),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Scalar {}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
