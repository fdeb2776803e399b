//! `str` and `bytes` as SPy literals.

use std::fmt::Write as _;

/// A `str` in quotes: single ones, unless the text contains single quotes and no double ones. The
/// quote, backslashes and the control characters of ASCII are escaped; all else stands for itself.
pub fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            _ if c == quote => {
                out.push('\\');
                out.push(quote);
            }
            '\0'..='\x1f' | '\x7f' | '\\' => push_escape(&mut out, c as u8),
            _ => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// A `bytes` as `b'…'`, always with single quotes. Everything outside printable ASCII is escaped.
pub fn repr_bytes(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len() + 3);
    out.push_str("b'");
    for &byte in data {
        match byte {
            b'\'' => out.push_str("\\'"),
            b' '..=b'~' if byte != b'\\' => out.push(char::from(byte)),
            _ => push_escape(&mut out, byte),
        }
    }
    out.push('\'');
    out
}

fn push_escape(out: &mut String, byte: u8) {
    match byte {
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        _ => {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
