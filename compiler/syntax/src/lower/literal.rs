//! Numbers and strings: from what is written to what is meant.
//!
//! Texts for what is wrong inside a literal are CPython's.

use super::Lower;
use super::escape::{self, EscapeError};
use crate::ast::{Expr, ExprId, Literal};
use crate::cst::{E, ExprKind};
use spy_text::Span;
use std::sync::Arc;

/// Most decimal digits of an integer; CPython has the same limit, and every integer type is far
/// below it.
const MAX_DIGITS: usize = 4300;

/// A number as written.
pub(super) enum Number {
    /// Decimal digits.
    Int(Arc<str>),
    /// A float.
    Float(f64),
    /// The imaginary part of a complex number.
    Imaginary(f64),
    /// An integer with more than [`MAX_DIGITS`] digits.
    TooLong,
}

impl Number {
    /// Reads a number that the lexer accepted.
    pub(super) fn read(text: &str) -> Self {
        let plain: String;
        let text = if text.contains('_') {
            plain = text.replace('_', "");
            &plain
        } else {
            text
        };
        let bytes = text.as_bytes();
        match bytes.get(1) {
            Some(b'x' | b'X') => return Self::radix(&text[2..], 16),
            Some(b'o' | b'O') => return Self::radix(&text[2..], 8),
            Some(b'b' | b'B') => return Self::radix(&text[2..], 2),
            _ => {}
        }
        if let Some(imaginary) = text.strip_suffix(['j', 'J']) {
            return Self::Imaginary(imaginary.parse().unwrap_or(f64::INFINITY));
        }
        if bytes.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
            return Self::Float(text.parse().unwrap_or(f64::INFINITY));
        }
        let digits = text.trim_start_matches('0');
        match digits.len() {
            0 => Self::Int("0".into()),
            n if n > MAX_DIGITS => Self::TooLong,
            _ => Self::Int(digits.into()),
        }
    }

    fn radix(digits: &str, radix: u32) -> Self {
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Self::Int("0".into());
        }
        if let Ok(value) = u128::from_str_radix(digits, radix) {
            return Self::Int(value.to_string().into());
        }
        // A digit of any base is worth at least a third of a decimal one.
        if digits.len() > 4 * MAX_DIGITS {
            return Self::TooLong;
        }
        let decimal = to_decimal(digits, radix);
        if decimal.len() > MAX_DIGITS { Self::TooLong } else { Self::Int(decimal.into()) }
    }
}

/// Digits of another base as decimal digits, nine at a time.
fn to_decimal(digits: &str, radix: u32) -> String {
    const GROUP: u64 = 1_000_000_000;
    let mut groups: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for group in &mut groups {
            let value = *group * u64::from(radix) + carry;
            *group = value % GROUP;
            carry = value / GROUP;
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    let mut text = groups.pop().unwrap_or(0).to_string();
    for group in groups.iter().rev() {
        text.push_str(&format!("{group:09}"));
    }
    text
}

/// What adjacent literals make together.
pub(super) enum Text {
    Str(String),
    Bytes(Vec<u8>),
}

impl Lower<'_, '_> {
    /// Lowers a number.
    pub(super) fn number(&mut self, span: Span) -> ExprId {
        let literal = match Number::read(self.slice(span)) {
            Number::Int(digits) => Literal::Int(digits),
            Number::Float(value) => Literal::F64(value.to_bits()),
            Number::Imaginary(value) => Literal::Imaginary(value.to_bits()),
            Number::TooLong => {
                let message = format!(
                    "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion"
                );
                self.reject(span, message, "this integer is too long");
                return self.poison(span);
            }
        };
        self.add_expr(Expr::Literal(literal), span)
    }

    /// Lowers adjacent string literals.
    pub(super) fn string(&mut self, span: Span) -> ExprId {
        match self.join(span) {
            Ok(Text::Str(text)) => self.add_expr(Expr::Literal(Literal::Str(text.into())), span),
            Ok(Text::Bytes(bytes)) => {
                self.add_expr(Expr::Literal(Literal::Bytes(bytes.into())), span)
            }
            Err(message) => {
                let at = self.place(span).start;
                self.errors.syntax(at, message);
                self.poison(span)
            }
        }
    }

    /// Whether an expression is a string literal, and not bytes.
    pub(super) fn is_text(&self, e: E) -> bool {
        let node = self.cst.expr(e);
        let prefix = self.slice(node.span).bytes().take_while(u8::is_ascii_alphabetic);
        node.kind == ExprKind::Str
            && !prefix.into_iter().any(|byte| byte.eq_ignore_ascii_case(&b'b'))
    }

    /// The text of a string literal; what is wrong with it is reported.
    pub(super) fn text_of(&mut self, e: E) -> Option<Arc<str>> {
        let span = self.cst.expr(e).span;
        match self.join(span) {
            Ok(Text::Str(text)) => Some(text.into()),
            Ok(Text::Bytes(_)) => None,
            Err(message) => {
                let at = self.place(span).start;
                self.errors.syntax(at, message);
                None
            }
        }
    }

    /// Joins adjacent literals. The grammar has seen that nothing else stands between them.
    pub(super) fn join(&self, span: Span) -> Result<Text, String> {
        let mut joined: Option<Text> = None;
        let mut rest = self.slice(span);
        loop {
            rest = skip_space(rest);
            if rest.is_empty() {
                break;
            }
            let (piece, after) = Piece::split(rest);
            rest = after;
            joined = Some(match (joined, piece.is_bytes) {
                (None, false) => Text::Str(piece.text()?),
                (None, true) => Text::Bytes(piece.bytes()?),
                (Some(Text::Str(text)), false) => Text::Str(text + &piece.text()?),
                (Some(Text::Bytes(mut bytes)), true) => {
                    bytes.extend(piece.bytes()?);
                    Text::Bytes(bytes)
                }
                _ => return Err("cannot mix bytes and nonbytes literals".to_owned()),
            });
        }
        joined.ok_or_else(|| "invalid syntax".to_owned())
    }
}

/// The text after white space, line joinings and comments.
fn skip_space(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\x0c', '\r', '\n', '\\']);
        if !text.starts_with('#') {
            return text;
        }
        text = text.trim_start_matches(|c| c != '\n' && c != '\r');
    }
}

/// One literal.
struct Piece<'t> {
    is_bytes: bool,
    is_raw: bool,
    /// What stands between the quotes.
    body: &'t str,
}

impl<'t> Piece<'t> {
    /// The literal at the start of a text that starts with one, and what follows it.
    fn split(text: &'t str) -> (Self, &'t str) {
        let prefix = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (prefix, text) = text.split_at(prefix);
        let has = |letter: u8| prefix.bytes().any(|byte| byte.eq_ignore_ascii_case(&letter));
        let quote = text.as_bytes().first().copied().unwrap_or(b'"');
        let width = if text.as_bytes().starts_with(&[quote; 3]) { 3 } else { 1 };
        let bytes = text.as_bytes();
        let mut at = width;
        while at < bytes.len() && !bytes[at..].starts_with(&bytes[..width]) {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        let end = at.min(bytes.len());
        let body = text.get(width..end).unwrap_or("");
        let after = text.get(end + width..).unwrap_or("");
        (Self { is_bytes: has(b'b'), is_raw: has(b'r'), body }, after)
    }

    fn text(&self) -> Result<String, String> {
        text(self.body, self.is_raw)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        if !self.body.is_ascii() {
            return Err("bytes can only contain ASCII literal characters".to_owned());
        }
        let body = escape::newlines(self.body);
        if self.is_raw || !body.contains('\\') {
            return Ok(body.into_owned().into_bytes());
        }
        escape::bytes(&body).map_err(EscapeError::for_bytes)
    }
}

/// What a part of a string means.
pub(super) fn text(body: &str, is_raw: bool) -> Result<String, String> {
    let body = escape::newlines(body);
    if is_raw || !body.contains('\\') {
        return Ok(body.into_owned());
    }
    escape::text(&body).map_err(EscapeError::for_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (text, digits) in [
            ("0", "0"),
            ("000", "0"),
            ("1_000", "1000"),
            ("0xff", "255"),
            ("0o17", "15"),
            ("0B1_01", "5"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (
                "0x1_0000_0000_0000_0000_0000_0000_0000_0000",
                "340282366920938463463374607431768211456",
            ),
            (
                "0x100000000000000000000000000000000000000",
                "5708990770823839524233143877797980545530986496",
            ),
        ] {
            assert!(matches!(Number::read(text), Number::Int(d) if &*d == digits), "{text}");
        }
        assert!(matches!(Number::read(&"9".repeat(4301)), Number::TooLong));
        assert!(matches!(Number::read(&"9".repeat(4300)), Number::Int(_)));
        assert!(matches!(Number::read(&format!("0x{}", "f".repeat(1_000_000))), Number::TooLong));
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("1.5", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("1_0.0_1", 10.01),
            ("1e999", f64::INFINITY),
        ] {
            assert!(matches!(Number::read(text), Number::Float(v) if v == value), "{text}");
        }
        assert!(matches!(Number::read("2.5J"), Number::Imaginary(v) if v == 2.5));
        assert!(matches!(Number::read("07j"), Number::Imaginary(v) if v == 7.0));
    }
}
