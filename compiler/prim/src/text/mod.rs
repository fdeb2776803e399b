//! Text forms of scalars, and scalars from text. Python's rules, without its locale and without
//! Unicode digits or white space: text is bytes here, as it is to compiled programs.

mod number;
mod parse;
mod quote;

pub use number::{repr_complex, repr_f32, repr_f64};
pub use parse::{parse_complex, parse_float, parse_int};
pub use quote::{repr_bytes, repr_str};

use crate::scalar::Scalar;

/// `True` or `False`.
pub fn repr_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// SPy's `repr(value)`.
pub fn repr(value: &Scalar) -> String {
    match value {
        Scalar::Bool(v) => repr_bool(*v).to_owned(),
        Scalar::I8(v) => v.to_string(),
        Scalar::U8(v) => v.to_string(),
        Scalar::I32(v) => v.to_string(),
        Scalar::U32(v) => v.to_string(),
        Scalar::I64(v) => v.to_string(),
        Scalar::U64(v) => v.to_string(),
        Scalar::F32(v) => repr_f32(*v),
        Scalar::F64(v) => repr_f64(*v),
        Scalar::Complex(re, im) => repr_complex(*re, *im),
        Scalar::Str(text) => repr_str(text),
        Scalar::Bytes(data) => repr_bytes(data),
    }
}

/// SPy's `str(value)`: its [`repr`], but for a `str`, which is itself.
pub fn str(value: &Scalar) -> String {
    match value {
        Scalar::Str(text) => text.to_string(),
        other => repr(other),
    }
}
