//! What an f-string is made of.
//!
//! The automaton finds a whole f-string ([`super::string`]); here it becomes the tokens that the
//! grammar reads: its quotes, pieces of text, and for each `{...}` the tokens of the expression in
//! it, at their places in the file. Of `{{` and `}}`, the second brace belongs to no piece.

use super::error::LexError;
use super::lines::Spanned;
use super::token::Token;
use logos::Lexer;

/// How deep expressions may stand in the specifications of others; CPython has the same limit.
const MAX_NESTED: usize = 3;

/// What is wrong in an f-string: from where to where, and what.
pub(crate) type Wrong = (u32, u32, LexError);

/// The tokens of the f-string at these offsets.
pub(crate) fn split(text: &str, start: u32, end: u32, out: &mut Vec<Spanned>) -> Result<(), Wrong> {
    let whole = text.get(start as usize..end as usize).unwrap_or_default();
    let prefix = whole.bytes().take_while(u8::is_ascii_alphabetic).count();
    let quote = whole.as_bytes().get(prefix).copied().unwrap_or(b'"');
    let width = if whole.as_bytes()[prefix..].starts_with(&[quote; 3]) { 3 } else { 1 };
    let raw = whole[..prefix].bytes().any(|c| matches!(c, b'r' | b'R'));
    let body = start as usize + prefix + width;
    let body_end = (end as usize).saturating_sub(width).max(body);
    let bounded = text.get(..body_end).unwrap_or(text);
    let mut split = Split { text: bounded, raw, at: body, fields: 0, out };
    split.add(start as usize, Token::FStart, body);
    split.text(false)?;
    split.add(body_end, Token::FEnd, end as usize);
    Ok(())
}

struct Split<'t> {
    /// The file up to the closing quotes.
    text: &'t str,
    raw: bool,
    at: usize,
    /// How many `{` are open.
    fields: usize,
    out: &'t mut Vec<Spanned>,
}

impl Split<'_> {
    fn add(&mut self, start: usize, token: Token, end: usize) {
        self.out.push((offset(start), token, offset(end)));
    }

    fn add_text(&mut self, start: usize, end: usize) {
        if end > start {
            self.add(start, Token::FText, end);
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Text with fields in it, up to the end, or to the `}` behind a specification.
    fn text(&mut self, is_spec: bool) -> Result<(), Wrong> {
        let mut start = self.at;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.escape(),
                b'}' if is_spec => break,
                b'{' | b'}' if !is_spec && self.peek(1) == Some(byte) => {
                    self.add_text(start, self.at + 1);
                    self.at += 2;
                    start = self.at;
                }
                b'{' => {
                    self.add_text(start, self.at);
                    self.field()?;
                    start = self.at;
                }
                b'}' => return self.wrong(self.at, "f-string: single '}' is not allowed"),
                _ => self.at += 1,
            }
        }
        self.add_text(start, self.at);
        Ok(())
    }

    /// A backslash with what it takes along.
    fn escape(&mut self) {
        let name = self.text.as_bytes().get(self.at + 1..).unwrap_or_default();
        self.at += match name.first() {
            Some(b'{' | b'}') | None => 1,
            Some(b'N') if !self.raw && name.get(1) == Some(&b'{') => {
                let end = name.iter().position(|&byte| byte == b'}');
                end.map_or(2, |end| end + 2)
            }
            Some(_) => 2,
        };
    }

    /// `{expression}`, `{expression!conversion:specification}`.
    fn field(&mut self) -> Result<(), Wrong> {
        if self.fields >= MAX_NESTED {
            return self.wrong(self.at, "f-string: expressions nested too deeply");
        }
        self.fields += 1;
        self.add(self.at, Token::FOpen, self.at + 1);
        self.at += 1;
        let ends = self.expression()?;
        if ends == Token::FColon {
            self.text(true)?;
        }
        if ends == Token::FColon && self.peek(0) == Some(b'}') {
            self.add(self.at, Token::FClose, self.at + 1);
            self.at += 1;
        }
        self.fields -= 1;
        Ok(())
    }

    /// The tokens of an expression, and the one that ends it.
    fn expression(&mut self) -> Result<Token, Wrong> {
        let mut lexer = Lexer::<Token>::new(self.text);
        lexer.bump(self.at);
        let (mut brackets, mut lambda) = (0_usize, None);
        while let Some(token) = lexer.next() {
            let span = lexer.span();
            let token = match token {
                Ok(Token::Newline) => continue,
                Ok(token) => token,
                Err(_) if lexer.slice() == "!" && brackets == 0 => Token::FBang,
                Err(error) => return Err((offset(span.start), offset(span.end), error)),
            };
            match token {
                Token::FStr => {
                    split(self.text, offset(span.start), offset(span.end), self.out)?;
                    continue;
                }
                Token::Colon | Token::ColonEqual | Token::RBrace if brackets == 0 => {
                    return self.end(token, span.start, lambda);
                }
                Token::RPar if brackets == 0 => {
                    return self.wrong(span.start, "f-string: unmatched ')'");
                }
                Token::RSqb if brackets == 0 => {
                    return self.wrong(span.start, "f-string: unmatched ']'");
                }
                Token::RPar | Token::RSqb | Token::RBrace => brackets -= 1,
                Token::LPar | Token::LSqb | Token::LBrace => brackets += 1,
                Token::Lambda if brackets == 0 => lambda = Some(span.start),
                _ => {}
            }
            self.add(span.start, token, span.end);
        }
        self.wrong(self.text.len(), "f-string: expecting '}'")
    }

    /// What ends an expression: `}`, or the `:` before a specification. That of a lambda would be one.
    fn end(&mut self, token: Token, at: usize, lambda: Option<usize>) -> Result<Token, Wrong> {
        self.at = at + 1;
        let token = if token == Token::RBrace { Token::FClose } else { Token::FColon };
        if let (Token::FColon, Some(at)) = (token, lambda) {
            let what = "f-string: lambda expressions are not allowed without parentheses";
            return self.wrong(at, what);
        }
        self.add(at, token, self.at);
        Ok(token)
    }

    fn wrong<T>(&self, at: usize, what: &'static str) -> Result<T, Wrong> {
        Err((offset(at), offset(at), LexError::Message(what)))
    }
}

/// A byte offset. Texts of 4 GiB and more are rejected before anything is read.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind and text of each token.
    fn tokens(text: &str) -> Result<Vec<(Token, &str)>, LexError> {
        let mut out = Vec::new();
        split(text, 0, offset(text.len()), &mut out).map_err(|wrong| wrong.2)?;
        let slice = |(start, token, end): Spanned| (token, &text[start as usize..end as usize]);
        Ok(out.into_iter().map(slice).collect())
    }

    #[test]
    fn text_and_fields() {
        use Token as T;
        assert_eq!(
            tokens("f'a{x!r:>{n}.2}{{b'"),
            Ok(vec![
                (T::FStart, "f'"),
                (T::FText, "a"),
                (T::FOpen, "{"),
                (T::Name, "x"),
                (T::FBang, "!"),
                (T::Name, "r"),
                (T::FColon, ":"),
                (T::FText, ">"),
                (T::FOpen, "{"),
                (T::Name, "n"),
                (T::FClose, "}"),
                (T::FText, ".2"),
                (T::FClose, "}"),
                (T::FText, "{"),
                (T::FText, "b"),
                (T::FEnd, "'"),
            ])
        );
    }

    #[test]
    fn colons_in_brackets_start_no_specification() {
        for text in ["f'{a[1:2]}'", "f'{(lambda: 1)()}'", "f'{ {1: 2}[1]}'", "f'{a != b}'"] {
            let tokens = tokens(text).expect(text);
            assert!(!tokens.iter().any(|token| token.0 == Token::FColon), "{tokens:?}");
        }
        let walrus = tokens("f'{a:=5}'").expect("a specification");
        assert_eq!(walrus[4], (Token::FText, "=5"));
    }

    #[test]
    fn what_is_wrong() {
        for (text, message) in [
            ("f'}'", "f-string: single '}' is not allowed"),
            ("f'{a)}'", "f-string: unmatched ')'"),
            (
                "f'{lambda x: 1}'",
                "f-string: lambda expressions are not allowed without parentheses",
            ),
            ("f'{a:{b:{c:{d}}}}'", "f-string: expressions nested too deeply"),
        ] {
            assert_eq!(tokens(text), Err(LexError::Message(message)), "{text}");
        }
    }
}
