//! Escape sequences of strings and bytes.

use std::borrow::Cow;

/// An escape sequence that means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EscapeError {
    /// Bytes of the literal's body before it.
    start: usize,
    /// Bytes of the literal's body before its last byte.
    end: usize,
    reason: &'static str,
}

impl EscapeError {
    /// The headline for a string.
    pub(super) fn for_text(self) -> String {
        let Self { start, end, reason } = self;
        let place = if end > start {
            format!("bytes in position {start}-{end}")
        } else {
            format!("byte 0x5c in position {start}")
        };
        format!("(unicode error) 'unicodeescape' codec can't decode {place}: {reason}")
    }

    /// The headline for bytes.
    pub(super) fn for_bytes(self) -> String {
        format!("(value error) invalid \\x escape at position {}", self.start)
    }
}

/// The body with every line end as `\n`.
pub(super) fn newlines(body: &str) -> Cow<'_, str> {
    if body.contains('\r') {
        Cow::Owned(body.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(body)
    }
}

/// A string's body with its escape sequences replaced. Unknown ones stay as they are.
pub(super) fn text(body: &str) -> Result<String, EscapeError> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let start = body.len() - rest.len();
        let (c, length) = one(rest, start)?;
        if let Some(c) = c {
            out.push(c);
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The character that the sequence at the start of `rest` means, and the bytes it takes. Of an
/// unknown sequence, only the backslash is taken.
fn one(rest: &str, start: usize) -> Result<(Option<char>, usize), EscapeError> {
    let bytes = rest.as_bytes();
    if let Some(simple) = bytes.get(1).and_then(|&byte| control(byte)) {
        return Ok((Some(char::from(simple)), 2));
    }
    match bytes.get(1) {
        Some(b'\n') => Ok((None, 2)),
        Some(b'0'..=b'7') => {
            let (value, length) = octal(&bytes[1..]);
            Ok((char::from_u32(value), 1 + length))
        }
        Some(b'x') => hex(rest, start, 2, "truncated \\xXX escape"),
        Some(b'u') => hex(rest, start, 4, "truncated \\uXXXX escape"),
        Some(b'U') => hex(rest, start, 8, "truncated \\UXXXXXXXX escape"),
        Some(b'N') => named(rest, start),
        _ => Ok((Some('\\'), 1)),
    }
}

/// The character of a one-letter escape.
fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        _ => return None,
    })
}

/// The value of up to three octal digits, and their number.
fn octal(digits: &[u8]) -> (u32, usize) {
    let digits = digits.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
    digits.fold((0, 0), |(value, n), byte| (value * 8 + u32::from(byte - b'0'), n + 1))
}

fn hex(
    rest: &str,
    start: usize,
    digits: usize,
    reason: &'static str,
) -> Result<(Option<char>, usize), EscapeError> {
    let found = rest.bytes().skip(2).take(digits).take_while(u8::is_ascii_hexdigit).count();
    if found < digits {
        return Err(EscapeError { start, end: start + 1 + found, reason });
    }
    let value = u32::from_str_radix(&rest[2..2 + digits], 16).unwrap_or(u32::MAX);
    let end = start + 1 + digits;
    match char::from_u32(value) {
        Some(c) => Ok((Some(c), 2 + digits)),
        None if value > 0x0010_ffff => {
            Err(EscapeError { start, end, reason: "illegal Unicode character" })
        }
        None => Err(EscapeError { start, end, reason: "surrogates not allowed" }),
    }
}

/// `\N{name}`: the character with this name in Unicode.
fn named(rest: &str, start: usize) -> Result<(Option<char>, usize), EscapeError> {
    let name = rest.strip_prefix("\\N{").and_then(|rest| rest.split_once('}'));
    match name {
        Some((name, _)) if !name.is_empty() => match unicode_names2::character(name) {
            Some(c) => Ok((Some(c), "\\N{}".len() + name.len())),
            None => Err(EscapeError {
                start,
                end: start + "\\N{".len() + name.len(),
                reason: "unknown Unicode character name",
            }),
        },
        _ => Err(EscapeError { start, end: start + 1, reason: "malformed \\N character escape" }),
    }
}

/// The body of bytes with its escape sequences replaced. Unknown ones stay as they are.
pub(super) fn bytes(body: &str) -> Result<Vec<u8>, EscapeError> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let start = body.len() - rest.len();
        let next = after.first().copied();
        let taken = match next {
            _ if byte != b'\\' => {
                out.push(byte);
                1
            }
            Some(b'\n') => 2,
            Some(b'0'..=b'7') => {
                let (value, length) = octal(after);
                // As in CPython, values above 255 wrap.
                out.push((value & 0xff) as u8);
                1 + length
            }
            Some(b'x') => {
                let digits = after.get(1..3).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = digits
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.push(value.ok_or(EscapeError { start, end: start, reason: "" })?);
                4
            }
            Some(letter) if control(letter).is_some() => {
                out.extend(control(letter));
                2
            }
            _ => {
                out.push(b'\\');
                1
            }
        };
        rest = &rest[taken..];
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        for (body, value) in [
            ("a\\n\\t\\\\\\'\\\"b", "a\n\t\\'\"b"),
            ("\\x41\\u00e9\\U0001F600", "A\u{e9}\u{1f600}"),
            ("\\0\\101\\1234", "\0AS4"),
            ("\\777", "\u{1ff}"),
            ("a\\\nb", "ab"),
            ("\\d\\é", "\\d\\é"),
            ("\\a\\b\\f\\r\\v", "\x07\x08\x0c\r\x0b"),
            ("\\N{EM DASH}|\\N{latin small letter e with acute}", "\u{2014}|é"),
        ] {
            assert_eq!(text(body).as_deref(), Ok(value), "{body}");
        }
    }

    #[test]
    fn bytes_literals() {
        assert_eq!(bytes("a\\x00\\xff\\n\\101\\d").as_deref(), Ok(&b"a\0\xff\nA\\d"[..]));
        assert_eq!(bytes("\\u0041").as_deref(), Ok(&b"\\u0041"[..]));
        assert_eq!(
            bytes("ab\\x1").map_err(EscapeError::for_bytes),
            Err("(value error) invalid \\x escape at position 2".to_owned())
        );
    }

    #[test]
    fn wrong_escapes() {
        let message = |body| text(body).map_err(EscapeError::for_text).unwrap_err();
        let prefix = "(unicode error) 'unicodeescape' codec can't decode bytes in position ";
        assert_eq!(message("\\x1"), format!("{prefix}0-2: truncated \\xXX escape"));
        assert_eq!(message("ab\\u12"), format!("{prefix}2-5: truncated \\uXXXX escape"));
        assert_eq!(message("\\U00110000"), format!("{prefix}0-9: illegal Unicode character"));
        assert_eq!(message("\\ud800"), format!("{prefix}0-5: surrogates not allowed"));
        assert_eq!(message("\\N"), format!("{prefix}0-1: malformed \\N character escape"));
        assert_eq!(
            message("\\N{NO SUCH NAME}"),
            format!("{prefix}0-15: unknown Unicode character name")
        );
    }

    #[test]
    fn line_ends_are_newlines() {
        assert_eq!(newlines("a\r\nb\rc\n"), "a\nb\nc\n");
    }
}
