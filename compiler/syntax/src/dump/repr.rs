//! Values as Python's `repr` shows them.

use crate::ast::Literal;
use crate::lexer::is_printable;
use std::fmt::Write;

/// A literal's value.
pub(super) fn literal(literal: &Literal) -> String {
    match literal {
        Literal::None => "None".to_owned(),
        Literal::Bool(true) => "True".to_owned(),
        Literal::Bool(false) => "False".to_owned(),
        Literal::Int(digits) => digits.to_string(),
        Literal::TypedInt(typed) => format!("{}({})", class_of(&typed.0), typed.1),
        Literal::F64(bits) => float(f64::from_bits(*bits)),
        Literal::F32(bits) => format!("c_float({})", float(f64::from(f32::from_bits(*bits)))),
        Literal::Imaginary(bits) => {
            let text = float(f64::from_bits(*bits));
            format!("{}j", text.strip_suffix(".0").unwrap_or(&text))
        }
        Literal::Str(text) => str(text),
        Literal::Bytes(bytes) => format!("b{}", quoted(bytes.iter().map(|&b| char::from(b)), true)),
    }
}

/// How the reference names the class of a typed integer.
fn class_of(ty: &str) -> String {
    match ty.strip_prefix('u') {
        Some(bits) => format!("UInt{bits}"),
        None => format!("Int{}", ty.trim_start_matches('i')),
    }
}

/// A quoted string.
pub(super) fn str(text: &str) -> String {
    quoted(text.chars(), false)
}

/// Single quotes, unless only double quotes need no backslash.
fn quoted(chars: impl Iterator<Item = char> + Clone, ascii: bool) -> String {
    let has = |quote| chars.clone().any(|c| c == quote);
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in chars {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) && (c.is_ascii() || !ascii) => out.push(c),
            c => escape(&mut out, c as u32),
        }
    }
    out.push(quote);
    out
}

fn escape(out: &mut String, code: u32) {
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    // Writing to a string cannot fail.
    debug_assert!(written.is_ok());
}

/// A float: the shortest digits that read back equal, with an exponent from 1e16 on and
/// below 1e-4.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = value.to_string();
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (value, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (123_456.789, "123456.789"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn strings() {
        for (value, text) in [
            ("a", "'a'"),
            ("a'b", "\"a'b\""),
            ("a'\"b", "'a\\'\"b'"),
            ("\n\t\\\0", "'\\n\\t\\\\\\x00'"),
            ("é\u{a0}\u{2028}", "'é\\xa0\\u2028'"),
        ] {
            assert_eq!(str(value), text);
        }
        assert_eq!(literal(&Literal::Bytes((*b"a\xff'").into())), "b\"a\\xff'\"");
    }

    #[test]
    fn numbers() {
        for (value, text) in [
            (Literal::TypedInt(Box::new(("u8".into(), 3))), "UInt8(3)"),
            (Literal::TypedInt(Box::new(("i64".into(), -3))), "Int64(-3)"),
            (Literal::F32(0.1f32.to_bits()), "c_float(0.10000000149011612)"),
            (Literal::Imaginary(2.0f64.to_bits()), "2j"),
            (Literal::Imaginary(1e20f64.to_bits()), "1e+20j"),
            (Literal::Int("-12".into()), "-12"),
        ] {
            assert_eq!(literal(&value), text);
        }
    }
}
