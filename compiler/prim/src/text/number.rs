//! Floats and complex numbers as text.
//!
//! The digits are the shortest that read back equal, among those the nearest to the value, and of two
//! equally near ones those that end in an even digit. That is what Python prints.

use std::fmt::LowerExp;
use std::str::FromStr;

/// Whether a whole number ends in `.0`, which Python leaves out inside complex numbers.
#[derive(Clone, Copy, PartialEq)]
enum Whole {
    PointZero,
    Plain,
}

/// An `f64` as Python prints it: `1.0`, `0.1`, `1e+16`, `1e-05`, `inf`, `-inf`, `nan`.
pub fn repr_f64(value: f64) -> String {
    layout_f64(value, Whole::PointZero)
}

/// An `f32`, with the digits that suffice to read the same `f32` back, in the layout of [`repr_f64`].
pub fn repr_f32(value: f32) -> String {
    if value.is_finite() {
        layout(&shortest(value), Whole::PointZero)
    } else {
        repr_f64(value.into())
    }
}

/// A complex number as Python prints it: `(1+2j)`, `2j`, `(-0-1.5j)`, `(nan+infj)`.
pub fn repr_complex(re: f64, im: f64) -> String {
    let imaginary = layout_f64(im, Whole::Plain);
    if re == 0.0 && re.is_sign_positive() {
        return format!("{imaginary}j");
    }
    let sign = if imaginary.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{imaginary}j)", layout_f64(re, Whole::Plain))
}

fn layout_f64(value: f64, whole: Whole) -> String {
    if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        layout(&shortest(value), whole)
    }
}

/// Shortest digits of a finite float, as `[-]d[.ddd]e[-]n`.
///
/// The standard library's shortest form rounds a tie between two candidates up, Python to even. Its
/// form with a given number of digits rounds ties to even, so that form decides, unless its digits are
/// of another float: next to a power of two, the nearest candidate can be out of the float's interval.
fn shortest<T: LowerExp + FromStr + PartialEq>(value: T) -> String {
    let shortest = format!("{value:e}");
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits.saturating_sub(1));
    if nearest.parse().is_ok_and(|read: T| read == value) { nearest } else { shortest }
}

/// Lays out `[-]d[.ddd]e[-]n` as Python does: positional for exponents from -4 to 15, else scientific
/// with a signed exponent of at least two digits.
fn layout(scientific: &str, whole: Whole) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    if !(-4..16).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        let magnitude = exponent.unsigned_abs();
        return format!("{sign}{mantissa}e{exponent_sign}{magnitude:02}");
    }
    let digits = mantissa.replace('.', "");
    let point_zero = if whole == Whole::PointZero { ".0" } else { "" };
    let Ok(before_point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    };
    if before_point == 0 {
        format!("{sign}0.{digits}")
    } else if digits.len() > before_point {
        let (left, right) = digits.split_at(before_point);
        format!("{sign}{left}.{right}")
    } else {
        format!("{sign}{digits:0<before_point$}{point_zero}")
    }
}
