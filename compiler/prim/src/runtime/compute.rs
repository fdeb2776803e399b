//! The runtime functions that are computations on scalars: what the interpreter answers for them.

use crate::error::PrimError;
use crate::hash;
use crate::math::eval_math;
use crate::scalar::{Scalar, ScalarTy};
use crate::text;

/// Calls the runtime function `fqn`. `None` if it does more than compute a scalar from scalars, if
/// there is no such function, or if the arguments do not fit it.
///
/// A result of `Err` is the SPy exception that the function raises.
pub fn eval_runtime(fqn: &str, args: &[Scalar]) -> Option<Result<Scalar, PrimError>> {
    let (module, name) = fqn.split_once("::")?;
    match module {
        "math" => {
            let floats: Option<Vec<f64>> = args.iter().map(as_f64).collect();
            eval_math(name, &floats?).map(|value| Ok(Scalar::F64(value)))
        }
        "builtins" => {
            let [arg] = args else { return None };
            match name.split_once("::") {
                Some((ty, method)) if ty == arg.ty().name() => call_method(method, arg).map(Ok),
                Some(_) => None,
                None => match (name, arg) {
                    ("_ord_str", Scalar::Str(text)) => Some(ord_str(text).map(Scalar::I32)),
                    ("_ord_bytes", Scalar::Bytes(data)) => Some(ord_bytes(data).map(Scalar::U8)),
                    ("_ord_str" | "_ord_bytes", _) => None,
                    _ => call_hash(name, arg).map(|hash| Ok(Scalar::I32(hash))),
                },
            }
        }
        "__spy__" => match (name, args) {
            ("_round_digits", [Scalar::F64(value), Scalar::I32(digits)]) => {
                Some(Ok(Scalar::F64(round_digits(*value, *digits))))
            }
            ("_format_f64", [Scalar::F64(value), Scalar::Bool(exponent), Scalar::I32(digits)]) => {
                Some(Ok(Scalar::str(format_f64(*value, *exponent, *digits))))
            }
            ("_str_isascii", [Scalar::Str(text)]) => Some(Ok(Scalar::Bool(text.is_ascii()))),
            ("_str_first", [Scalar::Str(text)]) => Some(Ok(Scalar::U64(word(text.as_bytes(), 0)))),
            ("_str_second", [Scalar::Str(text)]) => {
                let length = if text.len() > 15 { 255 } else { text.len() as u64 };
                let bytes = word(text.as_bytes(), 8) & (u64::MAX >> 8);
                Some(Ok(Scalar::U64(bytes | length << 56)))
            }
            ("_str_concat", [Scalar::Str(left), Scalar::Str(right)]) => {
                Some(Ok(Scalar::str(format!("{left}{right}"))))
            }
            ("_ascii_char", [Scalar::U8(code)]) => {
                Some(Ok(Scalar::str(char::from(code & 0x7f).to_string())))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Up to eight bytes of a text from `start` on, the first one lowest.
fn word(text: &[u8], start: usize) -> u64 {
    let bytes = text.iter().skip(start).take(8);
    bytes.rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn as_f64(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::F64(v) => Some(*v),
        _ => None,
    }
}

/// Functions in the namespace of `this`'s type.
fn call_method(name: &str, this: &Scalar) -> Option<Scalar> {
    match (name, this) {
        // Both live in the standard library for `bytes`, as does `repr` for `str`.
        ("__str__" | "__repr__", Scalar::Bytes(_)) | ("__repr__", Scalar::Str(_)) => None,
        ("__str__" | "__repr__", _) => Some(Scalar::str(text::str(this))),
        ("__hash__", Scalar::Bytes(data)) => Some(Scalar::I32(hash::hash_bytes(data))),
        ("__get_real__", Scalar::Complex(re, _)) => Some(Scalar::F64(*re)),
        ("__get_imag__", Scalar::Complex(_, im)) => Some(Scalar::F64(*im)),
        ("conjugate", Scalar::Complex(re, im)) => Some(Scalar::Complex(*re, -im)),
        _ => None,
    }
}

/// The function `hash_T`, where `T` is the type of `arg`.
fn call_hash(name: &str, arg: &Scalar) -> Option<i32> {
    if ScalarTy::from_name(name.strip_prefix("hash_")?)? != arg.ty() {
        return None;
    }
    match arg {
        Scalar::Bool(v) => Some(hash::hash_bool(*v)),
        Scalar::I8(v) => Some(hash::hash_i8(*v)),
        Scalar::U8(v) => Some(hash::hash_u8(*v)),
        Scalar::I32(v) => Some(hash::hash_i32(*v)),
        Scalar::U32(v) => Some(hash::hash_u32(*v)),
        Scalar::I64(v) => Some(hash::hash_i64(*v)),
        Scalar::U64(v) => Some(hash::hash_u64(*v)),
        Scalar::Str(text) => Some(hash::hash_str(text)),
        Scalar::F32(v) => Some(hash::hash_f64((*v).into())),
        Scalar::F64(v) => Some(hash::hash_f64(*v)),
        Scalar::Complex(..) | Scalar::Bytes(_) => None,
    }
}

/// The exact decimal value with so many digits behind the point: `12.50`, or `1.25e+01`.
fn format_f64(value: f64, exponent: bool, digits: i32) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    let digits = usize::try_from(digits.clamp(0, 1100)).unwrap_or(0);
    if !exponent || value.is_infinite() {
        return format!("{value:.digits$}");
    }
    let text = format!("{value:.digits$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{mantissa}e{sign}{power:0>2}")
}

/// `value` with so many digits behind the point.
fn round_digits(value: f64, digits: i32) -> f64 {
    // No float has more digits behind the point than this.
    let digits = usize::try_from(digits.clamp(0, 1100)).unwrap_or(0);
    if value.is_finite() { format!("{value:.digits$}").parse().unwrap_or(value) } else { value }
}

/// The code point of a text of one character.
fn ord_str(text: &str) -> Result<i32, PrimError> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // Code points end at 0x10ffff.
        (Some(only), None) => Ok(u32::from(only).cast_signed()),
        _ => Err(wrong_length(text.chars().count())),
    }
}

/// The value of a single byte.
fn ord_bytes(data: &[u8]) -> Result<u8, PrimError> {
    match data {
        [only] => Ok(*only),
        _ => Err(wrong_length(data.len())),
    }
}

fn wrong_length(length: usize) -> PrimError {
    PrimError::new(
        "TypeError",
        format!("ord() expected a character, but string of length {length} found"),
    )
}
