//! The tokens of a text, for what looks at text that need not be a program: editors.
//!
//! Parsing does not go through here. Nothing is checked: an unfinished string is a string up to the
//! end of its line.

use crate::lexer::fstring;
use crate::lexer::token::Token;
use logos::Lexer;
use spy_text::Span;

/// What a token is, as far as that shows without its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// A name.
    Name,
    /// A word with a meaning of its own, as in Python.
    Keyword,
    /// A number.
    Number,
    /// A str or bytes, with its quotes.
    Str,
    /// From `#` to the end of the line.
    Comment,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// The end of a physical line.
    Newline,
    /// Operators, delimiters, and what is no token.
    Other,
}

/// A token with its range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TokenAt {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub span: Span,
}

/// The words that cannot be names.
pub const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Whether a text can be a name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut all = tokens(text).into_iter();
    let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let is_one = all.next() == Some(TokenAt { kind: TokenKind::Name, span: whole });
    is_one && all.next().is_none()
}

/// The tokens of `text`, in order; blanks are left out.
#[must_use]
pub fn tokens(text: &str) -> Vec<TokenAt> {
    let mut out = Vec::new();
    let mut lexer = Lexer::<Token>::new(text);
    let mut end = 0;
    while let Some(token) = lexer.next() {
        let span = lexer.span();
        comment(text, end, span.start, &mut out);
        let pieces = match token {
            Ok(Token::FStr) => pieces(text, range(span.clone())),
            _ => None,
        };
        match pieces {
            Some(pieces) => out.extend(pieces),
            None => out
                .push(TokenAt { kind: kind(token.ok(), lexer.slice()), span: range(span.clone()) }),
        }
        end = span.end;
    }
    comment(text, end, text.len(), &mut out);
    out
}

/// The tokens of an f-string, if it is one: those of its expressions, and text between them.
fn pieces(text: &str, span: Span) -> Option<Vec<TokenAt>> {
    let mut tokens = Vec::new();
    fstring::split(text, span.start, span.end, &mut tokens).ok()?;
    let piece = |(start, token, end): (u32, Token, u32)| {
        let slice = &text[start as usize..end as usize];
        TokenAt { kind: kind(Some(token), slice), span: Span::new(start, end) }
    };
    Some(tokens.into_iter().map(piece).collect())
}

/// Between tokens stand blanks, and at most one comment.
fn comment(text: &str, start: usize, end: usize, out: &mut Vec<TokenAt>) {
    if let Some(at) = text[start..end].find('#') {
        out.push(TokenAt { kind: TokenKind::Comment, span: range(start + at..end) });
    }
}

fn range(span: std::ops::Range<usize>) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(span.start), offset(span.end))
}

fn kind(token: Option<Token>, text: &str) -> TokenKind {
    match token {
        Some(Token::Newline) => TokenKind::Newline,
        Some(Token::Name) => TokenKind::Name,
        Some(Token::Number) => TokenKind::Number,
        Some(Token::Str | Token::FStr | Token::FStart | Token::FText | Token::FEnd) => {
            TokenKind::Str
        }
        Some(Token::LPar | Token::LSqb | Token::LBrace | Token::FOpen) => TokenKind::Open,
        Some(Token::RPar | Token::RSqb | Token::RBrace | Token::FClose) => TokenKind::Close,
        None if text.contains(['"', '\'']) => TokenKind::Str,
        _ if KEYWORDS.binary_search(&text).is_ok() => TokenKind::Keyword,
        _ => TokenKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_an_unfinished_text() {
        let text = "if x1: # why\n    f(\"a#b\", 'c\n";
        let kinds: Vec<(TokenKind, &str)> = tokens(text)
            .iter()
            .map(|token| (token.kind, &text[token.span.start as usize..token.span.end as usize]))
            .collect();
        assert_eq!(
            kinds[..4],
            [
                (TokenKind::Keyword, "if"),
                (TokenKind::Name, "x1"),
                (TokenKind::Other, ":"),
                (TokenKind::Comment, "# why"),
            ]
        );
        assert_eq!(
            kinds[4..9],
            [
                (TokenKind::Newline, "\n"),
                (TokenKind::Name, "f"),
                (TokenKind::Open, "("),
                (TokenKind::Str, "\"a#b\""),
                (TokenKind::Other, ","),
            ]
        );
        assert_eq!(kinds[9].0, TokenKind::Str, "{kinds:?}");
    }

    #[test]
    fn tokens_of_an_f_string() {
        let text = "f'a{b:>{c}}'";
        let kinds: Vec<(TokenKind, &str)> = tokens(text)
            .iter()
            .map(|token| (token.kind, &text[token.span.start as usize..token.span.end as usize]))
            .collect();
        assert_eq!(
            kinds[..6],
            [
                (TokenKind::Str, "f'"),
                (TokenKind::Str, "a"),
                (TokenKind::Open, "{"),
                (TokenKind::Name, "b"),
                (TokenKind::Other, ":"),
                (TokenKind::Str, ">"),
            ]
        );
    }

    #[test]
    fn names_are_names() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_name("a") && is_name("_x1") && is_name("na\u{ef}ve"));
        for text in ["", "1a", "a b", " a", "if", "a.b", "a\n", "#"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
