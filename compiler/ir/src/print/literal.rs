//! How dumps spell constants: as Python's `repr` does.

use spy_prim::Scalar;
use spy_prim::text::{repr_complex, repr_f64};
use std::fmt::Write;

/// A scalar as dumps print it: `3`, `1.0`, `i64(3)`, `f32(0.5)`, `'text'`.
pub(super) fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Bool(true) => "True".to_owned(),
        Scalar::Bool(false) => "False".to_owned(),
        Scalar::I32(value) => value.to_string(),
        Scalar::I8(value) => format!("i8({value})"),
        Scalar::U8(value) => format!("u8({value})"),
        Scalar::U32(value) => format!("u32({value})"),
        Scalar::I64(value) => format!("i64({value})"),
        Scalar::U64(value) => format!("u64({value})"),
        Scalar::F32(value) => format!("f32({})", repr_f64(f64::from(*value))),
        Scalar::F64(value) => repr_f64(*value),
        Scalar::Complex(re, im) => repr_complex(*re, *im),
        Scalar::Str(text) => text_repr(text),
        Scalar::Bytes(data) => bytes_repr(data),
    }
}

/// `'` unless the text holds one and no `"`.
fn delimiter(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

/// Python's `repr` of a `str`: what is not printable is escaped.
pub(super) fn text_repr(text: &str) -> String {
    let quote = delimiter(text.contains('\''), text.contains('"'));
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ if is_printable(c) => out.push(c),
            _ => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// Whether Python counts a character above ASCII as printable. Rust's debug format draws the same
/// line, but also escapes combining marks at the start of a text, so one is put in front.
fn is_printable(c: char) -> bool {
    let mut buffer = [b'x'; 5];
    let len = 1 + c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..len])
        .is_ok_and(|text| text.escape_debug().nth(1).is_some_and(|first| first == c))
}

fn push_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a `String` cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Python's `repr` of a `bytes`.
fn bytes_repr(data: &[u8]) -> String {
    let quote = delimiter(data.contains(&b'\''), data.contains(&b'"'));
    let mut out = String::with_capacity(data.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in data {
        let c = char::from(byte);
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_spelled_as_python_does() {
        assert_eq!(text_repr("it's"), "\"it's\"");
        assert_eq!(text_repr("it's \"x\""), "'it\\'s \"x\"'");
        assert_eq!(text_repr("a\n\t\\\u{1}\u{7f}"), "'a\\n\\t\\\\\\x01\\x7f'");
        assert_eq!(text_repr("h\u{e9}\u{301}\u{a0}\u{200b}"), "'h\u{e9}\u{301}\\xa0\\u200b'");
        assert_eq!(text_repr("\u{1f600}\u{e0001}"), "'\u{1f600}\\U000e0001'");
        assert_eq!(bytes_repr(b"as\"df\x01\xff'"), "b'as\"df\\x01\\xff\\''");
        assert_eq!(bytes_repr(b"it's"), "b\"it's\"");
    }

    #[test]
    fn numbers_say_their_type_unless_it_is_the_usual_one() {
        assert_eq!(scalar(&Scalar::I32(-3)), "-3");
        assert_eq!(scalar(&Scalar::U64(7)), "u64(7)");
        assert_eq!(scalar(&Scalar::F64(1e22)), "1e+22");
        assert_eq!(scalar(&Scalar::F32(0.1)), "f32(0.10000000149011612)");
        assert_eq!(scalar(&Scalar::Complex(1.5, 2.0)), "(1.5+2j)");
    }
}
