//! Constants in C: exact, and without warnings.

use crate::names::{c_type, exists, symbol};
use crate::prec;
use spy_ir::{Scalar, Type};
use std::fmt::Write;

/// A constant number or bool with its precedence. Strings are objects and not spelled here.
pub(crate) fn number(value: &Scalar) -> (String, u8) {
    let text = match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::I8(value) => value.to_string(),
        Scalar::U8(value) => value.to_string(),
        // The most negative numbers have no literal: `-2147483648` negates what is no `int`.
        Scalar::I32(i32::MIN) => "INT32_MIN".to_owned(),
        Scalar::I64(i64::MIN) => "INT64_MIN".to_owned(),
        Scalar::I32(value) => value.to_string(),
        Scalar::U32(value) => format!("{value}u"),
        Scalar::I64(value) => format!("{value}LL"),
        Scalar::U64(value) => format!("{value}ULL"),
        Scalar::F32(value) => f32_text(*value),
        Scalar::F64(value) => f64_text(*value),
        Scalar::Complex(re, im) => {
            return (format!("(spy_Complex128){}", complex_init(*re, *im)), prec::PRIMARY);
        }
        Scalar::Str(_) | Scalar::Bytes(_) => String::new(),
    };
    let prec = if text.starts_with('-') { prec::UNARY } else { prec::PRIMARY };
    (text, prec)
}

/// `{real, imag}`.
pub(crate) fn complex_init(re: f64, im: f64) -> String {
    format!("{{{}, {}}}", f64_text(re), f64_text(im))
}

/// The text of a float; numbers too small for full precision in hexadecimal, because compilers
/// warn about their decimal form.
fn f64_text(value: f64) -> String {
    if value.is_nan() {
        "(double)NAN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "(double)INFINITY" } else { "-(double)INFINITY" }.to_owned()
    } else if value.is_subnormal() {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}0x{:x}p-1074", value.to_bits() & ((1 << 52) - 1))
    } else {
        format!("{value:?}")
    }
}

fn f32_text(value: f32) -> String {
    if value.is_nan() {
        "(float)NAN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "(float)INFINITY" } else { "-(float)INFINITY" }.to_owned()
    } else if value.is_subnormal() {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}0x{:x}p-149f", value.to_bits() & ((1 << 23) - 1))
    } else {
        format!("{value:?}f")
    }
}

/// A C string literal of these bytes. Octal escapes always take three digits, so what follows one
/// cannot become part of it; `?` is escaped because of trigraphs.
pub(crate) fn c_string(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'?' => out.push_str("\\?"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}

/// The NULL of a pointer, ref, file or buffer type.
pub(crate) fn null(ty: &Type) -> String {
    match ty {
        Type::Ptr(..) => format!("{}$NULL", symbol(&ty.fqn())),
        Type::Ref(..) => format!("({}){{0}}", c_type(ty)),
        Type::Func(_) => format!("(({})NULL)", c_type(ty)),
        _ => "NULL".to_owned(),
    }
}

/// What a local holds before it is assigned, unless it is a string. `None` if values of the type
/// do not exist.
pub(crate) fn zero(ty: &Type) -> Option<String> {
    if !exists(ty) {
        return None;
    }
    Some(match ty {
        Type::Struct(_) => format!("({}){{0}}", c_type(ty)),
        Type::Scalar(spy_ir::ScalarTy::Complex128) => "(spy_Complex128){0}".to_owned(),
        Type::Scalar(spy_ir::ScalarTy::Bool) => "false".to_owned(),
        Type::Scalar(_) => "0".to_owned(),
        _ => null(ty),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let text = |value| number(&value).0;
        assert_eq!(text(Scalar::I32(i32::MIN)), "INT32_MIN");
        assert_eq!(text(Scalar::I64(-1)), "-1LL");
        assert_eq!(text(Scalar::U64(u64::MAX)), "18446744073709551615ULL");
        assert_eq!(text(Scalar::F64(0.1)), "0.1");
        assert_eq!(text(Scalar::F64(1e22)), "1e22");
        assert_eq!(text(Scalar::F64(-0.0)), "-0.0");
        assert_eq!(text(Scalar::F64(5e-324)), "0x1p-1074");
        assert_eq!(text(Scalar::F64(f64::NEG_INFINITY)), "-(double)INFINITY");
        assert_eq!(text(Scalar::F32(0.1)), "0.1f");
        assert_eq!(text(Scalar::F32(-1e-45)), "-0x1p-149f");
        assert_eq!(text(Scalar::Complex(1.0, -2.0)), "(spy_Complex128){1.0, -2.0}");
    }

    #[test]
    fn strings_survive_what_follows_an_escape() {
        assert_eq!(c_string(b"a\"\\\n\x000\xc3\xa9??="), r#""a\"\\\n\0000\303\251\?\?=""#);
    }
}
