//! Conversions between scalar types.

use crate::error::PrimError;
use crate::scalar::{Scalar, ScalarTy};
use crate::text::{parse_complex, parse_float, parse_int};

/// `value` as a `to`; `None` if no operation converts these types.
pub(super) fn convert(value: &Scalar, to: ScalarTy) -> Option<Result<Scalar, PrimError>> {
    match value {
        Scalar::F32(v) => from_f32(*v, to).map(Ok),
        Scalar::F64(v) => from_f64(*v, to).map(Ok),
        Scalar::Str(text) => match to {
            ScalarTy::Complex128 => Some(parse_complex(text)),
            ScalarTy::F64 => Some(parse_float(text)),
            _ if to.is_int() => Some(parse_int(text, to)),
            _ => None,
        },
        Scalar::Bool(value) => from_int((*value).into(), to).map(Ok),
        _ => from_int(value.as_int()?, to).map(Ok),
    }
}

/// Integers wrap into narrower ones and round to the nearest float.
fn from_int(value: i128, to: ScalarTy) -> Option<Scalar> {
    match to {
        ScalarTy::Bool => Some(Scalar::Bool(value != 0)),
        ScalarTy::F32 => Some(Scalar::F32(value as f32)),
        ScalarTy::F64 => Some(Scalar::F64(value as f64)),
        ScalarTy::Complex128 => Some(Scalar::Complex(value as f64, 0.0)),
        _ => Scalar::int_wrapping(to, value),
    }
}

// From float to integer, `as` truncates toward zero, saturates, and makes a NaN zero: what SPy asks.

fn from_f32(value: f32, to: ScalarTy) -> Option<Scalar> {
    match to {
        ScalarTy::F64 => Some(Scalar::F64(value.into())),
        ScalarTy::Complex128 => None,
        _ => from_f64(value.into(), to),
    }
}

fn from_f64(value: f64, to: ScalarTy) -> Option<Scalar> {
    match to {
        ScalarTy::Bool => Some(Scalar::Bool(value != 0.0)),
        ScalarTy::I8 => Some(Scalar::I8(value as i8)),
        ScalarTy::U8 => Some(Scalar::U8(value as u8)),
        ScalarTy::I32 => Some(Scalar::I32(value as i32)),
        ScalarTy::U32 => Some(Scalar::U32(value as u32)),
        ScalarTy::I64 => Some(Scalar::I64(value as i64)),
        ScalarTy::U64 => Some(Scalar::U64(value as u64)),
        ScalarTy::F32 => Some(Scalar::F32(value as f32)),
        ScalarTy::Complex128 => Some(Scalar::Complex(value, 0.0)),
        _ => None,
    }
}
