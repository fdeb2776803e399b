//! Numbers: where they end, and what is wrong with them.

use super::error::LexError;
use super::token::Token;
use logos::Lexer;

const LEADING_ZEROS: LexError = LexError::Message(
    "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
);
const BAD_DECIMAL: LexError = LexError::Message("invalid decimal literal");

/// Called with a number's first digit (or `.` and digit) consumed: consumes the rest of it.
pub(crate) fn scan(lexer: &mut Lexer<'_, Token>) -> Result<(), LexError> {
    let start = lexer.span().start;
    let text = &lexer.source()[start..];
    let (length, error) = measure(text);
    lexer.bump(length - lexer.slice().len());
    error.map_or(Ok(()), Err)
}

/// The length in bytes of the number at the start of `text`, and what is wrong with it.
fn measure(text: &str) -> (usize, Option<LexError>) {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    match scan.number() {
        Ok(()) => (scan.at, None),
        Err(error) => {
            // Characters that would have belonged to the number must not become tokens.
            while scan.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_') {
                scan.at += 1;
            }
            (scan.at, Some(error))
        }
    }
}

/// A position in a number.
struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn number(&mut self) -> Result<(), LexError> {
        if self.peek() == Some(b'0') {
            let radix = match self.peek_at(1) {
                Some(b'x' | b'X') => Some(16),
                Some(b'o' | b'O') => Some(8),
                Some(b'b' | b'B') => Some(2),
                _ => None,
            };
            if let Some(radix) = radix {
                self.at += 2;
                return self.radix(radix);
            }
        }
        self.decimal()
    }

    /// The digits after `0x`, `0o` or `0b`.
    fn radix(&mut self, radix: u32) -> Result<(), LexError> {
        let (base, invalid) = match radix {
            16 => ("hexadecimal", LexError::Message("invalid hexadecimal literal")),
            8 => ("octal", LexError::Message("invalid octal literal")),
            _ => ("binary", LexError::Message("invalid binary literal")),
        };
        loop {
            if self.peek() == Some(b'_') {
                self.at += 1;
            }
            match self.peek() {
                Some(c) if (c as char).is_digit(radix) => {}
                Some(c) if c.is_ascii_digit() => return Err(LexError::Digit(c as char, base)),
                _ => return Err(invalid),
            }
            while self.peek().is_some_and(|c| (c as char).is_digit(radix)) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                break;
            }
        }
        match self.peek() {
            Some(c) if c.is_ascii_digit() => Err(LexError::Digit(c as char, base)),
            _ => self.end(invalid),
        }
    }

    fn decimal(&mut self) -> Result<(), LexError> {
        let integer = self.at;
        if self.peek() != Some(b'.') {
            self.digits()?;
        }
        let digits = &self.bytes[integer..self.at];
        let leading_zero =
            digits.first() == Some(&b'0') && digits.iter().any(|c| (b'1'..=b'9').contains(c));
        let fraction = self.peek() == Some(b'.');
        if fraction {
            self.at += 1;
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.digits()?;
            }
        }
        let exponent = self.exponent()?;
        if matches!(self.peek(), Some(b'j' | b'J')) {
            self.at += 1;
            return self.end(LexError::Message("invalid imaginary literal"));
        }
        if leading_zero && !fraction && !exponent {
            return Err(LEADING_ZEROS);
        }
        self.end(BAD_DECIMAL)
    }

    /// Digits with single underscores between them.
    fn digits(&mut self) -> Result<(), LexError> {
        loop {
            while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
                return Err(BAD_DECIMAL);
            }
        }
    }

    fn exponent(&mut self) -> Result<bool, LexError> {
        if !matches!(self.peek(), Some(b'e' | b'E')) {
            return Ok(false);
        }
        let sign = usize::from(matches!(self.peek_at(1), Some(b'+' | b'-')));
        if self.peek_at(1 + sign).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1 + sign;
            self.digits()?;
            return Ok(true);
        }
        // `1else` is a number and a keyword; `1e+` is neither.
        if sign == 1 { Err(BAD_DECIMAL) } else { Ok(false) }
    }

    /// After a number there may be a keyword (`1if x else 2`), but no other word.
    fn end(&self, error: LexError) -> Result<(), LexError> {
        let rest = &self.bytes[self.at..];
        let follows =
            rest.first().is_some_and(|&c| c.is_ascii_alphabetic() || c == b'_' || c >= 0x80);
        let keywords: [&[u8]; 8] = [b"and", b"else", b"for", b"if", b"in", b"is", b"not", b"or"];
        if follows && !keywords.iter().any(|word| rest.starts_with(word)) {
            return Err(error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_they_should() {
        for (text, length) in [
            ("0", 1),
            ("00", 2),
            ("0_0+", 3),
            ("1_000 ", 5),
            ("0xFf_1.", 6),
            ("0o17", 4),
            ("0b_1", 4),
            ("1.", 2),
            ("1.e5", 4),
            (".5e-3j", 6),
            ("1..", 2),
            ("09.5", 4),
            ("09e1", 4),
            ("09j", 3),
            ("1if", 1),
            ("1else", 1),
            ("0xfor", 3),
            ("1_0.0_1e1_0", 11),
        ] {
            assert_eq!(measure(text), (length, None), "{text}");
        }
    }

    #[test]
    fn malformed_numbers() {
        let message = |text| LexError::Message(text);
        for (text, error) in [
            ("08", LEADING_ZEROS),
            ("0_7", LEADING_ZEROS),
            ("0xg", message("invalid hexadecimal literal")),
            ("0x", message("invalid hexadecimal literal")),
            ("0o", message("invalid octal literal")),
            ("0b", message("invalid binary literal")),
            ("0o9", LexError::Digit('9', "octal")),
            ("0o18", LexError::Digit('8', "octal")),
            ("0b2", LexError::Digit('2', "binary")),
            ("1_", BAD_DECIMAL),
            ("1__2", BAD_DECIMAL),
            ("1a", BAD_DECIMAL),
            ("1.5e+", BAD_DECIMAL),
            ("1é", BAD_DECIMAL),
            ("1jx", message("invalid imaginary literal")),
        ] {
            assert_eq!(measure(text).1, Some(error), "{text}");
        }
    }
}
