//! Strings: where they end. What they mean is decided when they are lowered.

use super::error::LexError;
use super::token::Token;
use logos::Lexer;

/// How deep f-strings may stand in each other; CPython has the same limit.
const MAX_FORMAT_DEPTH: usize = 150;

/// Called with prefix and opening quotes consumed: consumes the rest of the literal.
pub(crate) fn scan(lexer: &mut Lexer<'_, Token>) -> Result<(), LexError> {
    let (quote, triple) = quotes(lexer.slice());
    let rest = lexer.remainder().as_bytes();
    match end_of_plain(rest, quote, triple) {
        Ok(end) => {
            lexer.bump(end);
            Ok(())
        }
        Err(end) => {
            lexer.bump(end);
            Err(unterminated(triple, false))
        }
    }
}

/// The same for an f-string.
pub(crate) fn scan_format(lexer: &mut Lexer<'_, Token>) -> Result<(), LexError> {
    let opening = lexer.slice();
    let (quote, triple) = quotes(opening);
    let raw = opening.bytes().any(|c| matches!(c, b'r' | b'R'));
    let rest = lexer.remainder().as_bytes();
    let mut scan =
        FormatScan { bytes: rest, at: 0, stack: vec![Part::Text { quote, triple, raw }] };
    let result = scan.run();
    let end = scan.at.min(rest.len());
    lexer.bump(end);
    result
}

/// The quote character of an opening, and whether it is tripled.
fn quotes(opening: &str) -> (u8, bool) {
    let bytes = opening.as_bytes();
    let quote = bytes[bytes.len() - 1];
    (quote, bytes.len() >= 3 && bytes[bytes.len() - 3] == quote)
}

fn unterminated(triple: bool, format: bool) -> LexError {
    if triple { LexError::UnterminatedTriple(format) } else { LexError::UnterminatedString(format) }
}

/// Bytes up to and including the closing quotes; or, as the error, up to where the search ended.
fn end_of_plain(rest: &[u8], quote: u8, triple: bool) -> Result<usize, usize> {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += if rest[at + 1..].starts_with(b"\r\n") { 3 } else { 2 },
            b'\r' | b'\n' if !triple => return Err(at),
            _ if byte != quote => at += 1,
            _ if !triple => return Ok(at + 1),
            _ if rest[at + 1..].starts_with(&[quote, quote]) => return Ok(at + 3),
            _ => at += 1,
        }
    }
    Err(rest.len())
}

/// What an f-string is inside of.
#[derive(Clone, Copy)]
enum Part {
    /// The text of an f-string.
    Text { quote: u8, triple: bool, raw: bool },
    /// An expression in braces, with the number of brackets open in it.
    Expression { brackets: u32 },
    /// The format specification after an expression's `:`.
    Spec,
}

/// The search for the end of an f-string, whose expressions may hold further f-strings.
struct FormatScan<'t> {
    bytes: &'t [u8],
    at: usize,
    stack: Vec<Part>,
}

impl FormatScan<'_> {
    fn run(&mut self) -> Result<(), LexError> {
        while let Some(&part) = self.stack.last() {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(unterminated(self.innermost().1, true));
            };
            match part {
                Part::Text { quote, triple, raw } => self.text(byte, quote, triple, raw)?,
                Part::Expression { brackets } => self.expression(byte, brackets)?,
                Part::Spec => self.spec(byte)?,
            }
            if self.stack.len() > 2 * MAX_FORMAT_DEPTH {
                return Err(LexError::Message("too many nested f-strings"));
            }
        }
        Ok(())
    }

    /// Quote and tripling of the innermost f-string.
    fn innermost(&self) -> (u8, bool) {
        let text = self.stack.iter().rev().find_map(|part| match *part {
            Part::Text { quote, triple, .. } => Some((quote, triple)),
            Part::Expression { .. } | Part::Spec => None,
        });
        text.unwrap_or((b'"', false))
    }

    fn starts_with(&self, quote: u8, triple: bool) -> bool {
        let rest = &self.bytes[self.at..];
        if triple { rest.starts_with(&[quote; 3]) } else { rest.first() == Some(&quote) }
    }

    fn text(&mut self, byte: u8, quote: u8, triple: bool, raw: bool) -> Result<(), LexError> {
        match byte {
            b'\\' => self.escape(raw),
            b'\r' | b'\n' if !triple => return Err(unterminated(triple, true)),
            b'{' if self.bytes.get(self.at + 1) == Some(&b'{') => self.at += 2,
            b'{' => {
                self.at += 1;
                self.stack.push(Part::Expression { brackets: 0 });
            }
            _ if self.starts_with(quote, triple) => {
                self.at += if triple { 3 } else { 1 };
                self.stack.pop();
            }
            _ => self.at += 1,
        }
        Ok(())
    }

    fn escape(&mut self, raw: bool) {
        let rest = &self.bytes[self.at + 1..];
        if rest.first() == Some(&b'{') {
            self.at += 1;
        } else if !raw && rest.starts_with(b"N{") {
            let name =
                rest.iter().take_while(|c| !matches!(c, b'}' | b'\n' | b'\'' | b'"')).count();
            self.at += 1 + name + usize::from(rest.get(name) == Some(&b'}'));
        } else {
            self.at += if rest.starts_with(b"\r\n") { 3 } else { 2 };
        }
    }

    fn expression(&mut self, byte: u8, brackets: u32) -> Result<(), LexError> {
        let replace = match byte {
            b'(' | b'[' | b'{' => Some(Part::Expression { brackets: brackets + 1 }),
            b')' | b']' => Some(Part::Expression { brackets: brackets.saturating_sub(1) }),
            b'}' if brackets > 0 => Some(Part::Expression { brackets: brackets - 1 }),
            b'}' => {
                self.stack.pop();
                None
            }
            b':' if brackets == 0 => Some(Part::Spec),
            b'\'' | b'"' => return self.nested(byte),
            b'#' => {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().take_while(|c| !matches!(c, b'\r' | b'\n')).count();
                return Ok(());
            }
            _ => None,
        };
        self.at += 1;
        if let (Some(part), Some(top)) = (replace, self.stack.last_mut()) {
            *top = part;
        }
        Ok(())
    }

    /// A string inside an expression; its prefix was passed as part of the expression.
    fn nested(&mut self, quote: u8) -> Result<(), LexError> {
        let (outer, outer_triple) = self.innermost();
        let prefix = self.bytes[..self.at].iter().rev().take(2);
        let prefix: Vec<u8> =
            prefix.map(u8::to_ascii_lowercase).take_while(|c| b"rfbu".contains(c)).collect();
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        let opening = if triple { 3 } else { 1 };
        if prefix.contains(&b'f') {
            self.at += opening;
            self.stack.push(Part::Text { quote, triple, raw: prefix.contains(&b'r') });
            return Ok(());
        }
        match end_of_plain(&self.bytes[self.at + opening..], quote, triple) {
            Ok(end) => {
                self.at += opening + end;
                Ok(())
            }
            // `f'{a'`: the quote was meant to end the f-string.
            Err(_) if quote == outer => Err(LexError::Message("f-string: expecting '}'")),
            Err(end) => {
                self.at += opening + end;
                Err(unterminated(triple || outer_triple, true))
            }
        }
    }

    fn spec(&mut self, byte: u8) -> Result<(), LexError> {
        let (quote, triple) = self.innermost();
        match byte {
            b'{' => self.stack.push(Part::Expression { brackets: 0 }),
            b'}' => {
                self.stack.pop();
            }
            b'\r' | b'\n' if !triple => return Err(unterminated(triple, true)),
            _ if self.starts_with(quote, triple) => {
                return Err(LexError::Message("f-string: expecting '}'"));
            }
            _ => {}
        }
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logos::Logos;

    /// The text of the first token, or why there is none.
    fn first(text: &str) -> Result<&str, LexError> {
        let mut lexer = Token::lexer(text);
        lexer.next().expect("there is a token").map(|_| lexer.slice())
    }

    #[test]
    fn whole_literals() {
        for text in [
            "''",
            "'a\\'b'",
            "\"'\"",
            "'''a\n''b\\''''",
            "rb'\\''",
            "BR\"x\"",
            "u'x'",
            "'\\\r\n'",
            "f''",
            "f'{a}{{b}}'",
            "f'{a['x']}'",
            "f\"{f'{1}'}\"",
            "f'{a:{b}>{c}}'",
            "f'{ {1: 2}[1] }'",
            "f'''{\na}'''",
            "f'''{a # }'''\n}'''",
            "rf'\\{a}'",
            "f'\\N{DASH}'",
            "f'{x!r:>3}'",
        ] {
            assert_eq!(first(&format!("{text} + 1")), Ok(text));
        }
    }

    #[test]
    fn unterminated_literals() {
        for (text, error) in [
            ("'abc\n'", LexError::UnterminatedString(false)),
            ("'abc\\", LexError::UnterminatedString(false)),
            ("'''abc''", LexError::UnterminatedTriple(false)),
            ("f'abc", LexError::UnterminatedString(true)),
            ("f'''abc", LexError::UnterminatedTriple(true)),
            ("f'{a'", LexError::Message("f-string: expecting '}'")),
            ("f'{a:3'", LexError::Message("f-string: expecting '}'")),
        ] {
            assert_eq!(first(text), Err(error), "{text}");
        }
    }

    #[test]
    fn f_strings_do_not_nest_without_end() {
        let text = "f'{".repeat(100_000);
        assert_eq!(first(&text), Err(LexError::Message("too many nested f-strings")));
    }
}
