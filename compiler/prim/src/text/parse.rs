//! Numbers from text, by the rules of Python's `int()`, `float()` and `complex()`.

use crate::error::PrimError;
use crate::scalar::{Scalar, ScalarTy};

/// White space around a number: C's `isspace`. Python's `str.isspace` knows more.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// The text without the underscores that separate digits; `None` if one stands anywhere else.
fn without_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let is_digit = |index: Option<usize>| {
        index.and_then(|index| text.get(index)).is_some_and(u8::is_ascii_digit)
    };
    let mut kept = Vec::with_capacity(text.len());
    for (index, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            kept.push(byte);
        } else if !is_digit(index.checked_sub(1)) || !is_digit(Some(index + 1)) {
            return None;
        }
    }
    Some(kept)
}

/// An integer of type `ty` from text: white space around it, a sign, decimal digits, and single
/// underscores between digits.
///
/// # Errors
///
/// `ValueError` if the text is not an integer, `OverflowError` if `ty` cannot hold it, and a
/// `TypeError` if `ty` is not an integer type.
pub fn parse_int(text: &str, ty: ScalarTy) -> Result<Scalar, PrimError> {
    let Some((low, high)) = ty.int_range() else {
        return Err(PrimError::bad_call(&format!("operator::str_to_{ty}")));
    };
    let Some((negative, digits)) = split_int(text) else {
        return Err(PrimError::value(format!("invalid literal for int() with base 10: '{text}'")));
    };
    let value: Option<i128> = digits.parse().ok();
    let value = value.map(|value| if negative { -value } else { value });
    match value.filter(|value| (low..=high).contains(value)) {
        Some(value) => Scalar::int_wrapping(ty, value)
            .ok_or_else(|| PrimError::bad_call(&format!("operator::str_to_{ty}"))),
        None => {
            let sign = if negative { "-" } else { "" };
            Err(PrimError::new(
                "OverflowError",
                format!("{ty} value {sign}{digits} out of range [{low}, {high}]"),
            ))
        }
    }
}

/// Sign and digits of an integer literal. There are no leading zeros, but one digit at least.
fn split_int(text: &str) -> Option<(bool, String)> {
    let literal = trim(text.as_bytes());
    let (negative, digits) = match literal {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, literal),
    };
    let digits = without_underscores(digits)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let significant = &digits[zeros.min(digits.len() - 1)..];
    Some((negative, significant.iter().copied().map(char::from).collect()))
}

/// A `complex128` from text: `F`, `Fj`, `F±Fj`, `F±j`, `±j` or `j`, with white space around it and,
/// if wanted, parentheses.
///
/// # Errors
///
/// `ValueError` if the text is not a complex number.
pub fn parse_complex(text: &str) -> Result<Scalar, PrimError> {
    scan_complex(text.as_bytes())
        .map(|(re, im)| Scalar::Complex(re, im))
        .ok_or_else(|| PrimError::value("complex() arg is a malformed string"))
}

/// An `f64` from text: digits with an optional point and exponent, `inf`, `infinity` or `nan`, with
/// a sign and white space around it and single underscores between digits.
///
/// # Errors
///
/// `ValueError` if the text is not a float.
pub fn parse_float(text: &str) -> Result<Scalar, PrimError> {
    let number = without_underscores(text.as_bytes());
    match number.as_deref().map(trim).and_then(scan_float) {
        Some((value, [])) => Ok(Scalar::F64(value)),
        _ => Err(PrimError::value(format!("could not convert string to float: '{text}'"))),
    }
}

fn scan_complex(text: &[u8]) -> Option<(f64, f64)> {
    let text = without_underscores(text)?;
    let mut literal = trim(&text);
    if let [b'(', inner @ .., b')'] = literal {
        literal = trim(inner);
    }
    let Some((first, rest)) = scan_float(literal) else {
        return unit_imaginary(literal).map(|im| (0.0, im));
    };
    match rest {
        [] => Some((first, 0.0)),
        [b'j' | b'J'] => Some((0.0, first)),
        [b'+' | b'-', ..] => match scan_float(rest) {
            Some((second, [b'j' | b'J'])) => Some((first, second)),
            Some(_) => None,
            None => unit_imaginary(rest).map(|im| (first, im)),
        },
        _ => None,
    }
}

/// `j`, `+j` or `-j`.
fn unit_imaginary(text: &[u8]) -> Option<f64> {
    match text {
        [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    }
}

/// The longest float at the start of `text`, and what follows it.
fn scan_float(text: &[u8]) -> Option<(f64, &[u8])> {
    let sign_len = usize::from(matches!(text, [b'+' | b'-', ..]));
    let unsigned = &text[sign_len..];
    let len = named_len(unsigned).or_else(|| decimal_len(unsigned))?;
    let (number, rest) = text.split_at(sign_len + len);
    // The scanner admits nothing that the standard library's parser refuses.
    let value = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((value, rest))
}

/// Length of `inf`, `infinity` or `nan` in any case.
fn named_len(text: &[u8]) -> Option<usize> {
    ["infinity", "inf", "nan"]
        .into_iter()
        .map(str::as_bytes)
        .find(|name| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
        .map(<[u8]>::len)
}

/// Length of digits with an optional point and, if it is complete, an exponent.
fn decimal_len(text: &[u8]) -> Option<usize> {
    let digits_from =
        |start: usize| text.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits_from(0);
    let mut len = whole;
    let mut digits = whole;
    if text.get(len) == Some(&b'.') {
        let fraction = digits_from(len + 1);
        len += 1 + fraction;
        digits += fraction;
    }
    if digits == 0 {
        return None;
    }
    if matches!(text.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits_from(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    Some(len)
}
