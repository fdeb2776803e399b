//! What to say about a line that the grammar does not accept.
//!
//! Mostly `invalid syntax`; where CPython says something more helpful at little cost, the same.

use crate::cst::ParseError;
use crate::lexer::lines::Spanned;
use crate::lexer::token::Token;

/// The offset and the headline for an error.
pub(crate) fn of(error: &ParseError, tokens: &[Spanned], text: &str) -> (u32, String) {
    let (at, expected) = match error {
        ParseError::User { error } => return (error.at, error.message.clone()),
        ParseError::InvalidToken { location } => (*location, &[][..]),
        ParseError::UnrecognizedEof { location, expected } => (*location, expected.as_slice()),
        ParseError::UnrecognizedToken { token, expected } => (token.0, expected.as_slice()),
        ParseError::ExtraToken { token } => (token.0, &[][..]),
    };
    let found = tokens.partition_point(|token| token.0 < at);
    let place = Place { tokens, found, text };
    let field = place.field();
    let prefix = if field.is_some() { "f-string: " } else { "" };
    if place.misses_comma() {
        let before = tokens[found - 1].0;
        return (before, format!("{prefix}invalid syntax. Perhaps you forgot a comma?"));
    }
    if let Some(message) = field.and_then(|field| place.explain_field(field)) {
        return (at, format!("{prefix}{message}"));
    }
    (at, format!("{prefix}{}", place.explain(expected)))
}

/// Where in its line the grammar stopped.
struct Place<'t> {
    tokens: &'t [Spanned],
    /// Index of the token that does not fit; one past the last at the end of the line.
    found: usize,
    text: &'t str,
}

impl Place<'_> {
    fn explain(&self, expected: &[String]) -> String {
        let is_expected = |text: &str| expected.iter().any(|terminal| terminal == text);
        let found = self.tokens.get(self.found).map(|token| token.1);
        let first = self.tokens.first().map(|token| token.1);
        if let Some(name) = self.statement_of_python_2(found) {
            return format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        }
        if self.found > 0 && is_expected("\"else\"") && found != Some(Token::Colon) {
            return "expected 'else' after 'if' expression".to_owned();
        }
        if first.is_some_and(Token::opens_block)
            && let Some(message) = self.explain_header(found, &is_expected, expected.len())
        {
            return message.to_owned();
        }
        if self.before() == Some(Token::Equal) && self.inside_brackets() {
            let what = if self.in_def_header() { "default" } else { "argument" };
            return format!("expected {what} value expression");
        }
        "invalid syntax".to_owned()
    }

    /// Index of the `{` of an f-string that the place is in the expression of.
    fn field(&self) -> Option<usize> {
        let mut open = Vec::new();
        for (index, token) in self.tokens.iter().enumerate().take(self.found) {
            match token.1 {
                Token::FOpen | Token::FStart => open.push(index),
                Token::FClose | Token::FEnd => {
                    open.pop();
                }
                _ => {}
            }
        }
        open.pop().filter(|&index| self.tokens[index].1 == Token::FOpen)
    }

    /// What is wrong with the parts of a field of an f-string.
    fn explain_field(&self, field: usize) -> Option<&'static str> {
        let found = self.tokens.get(self.found).map(|token| token.1);
        let before = self.before()?;
        if before == Token::FOpen {
            return Some(match found {
                Some(Token::Equal) => "valid expression required before '='",
                Some(Token::FBang) => "valid expression required before '!'",
                Some(Token::FColon) => "valid expression required before ':'",
                Some(Token::FClose) => "valid expression required before '}'",
                _ => "expecting a valid expression after '{'",
            });
        }
        let mut depth = 0_usize;
        let mut debug = false;
        for token in &self.tokens[field + 1..self.found] {
            match token.1 {
                Token::LPar | Token::LSqb | Token::LBrace | Token::FStart => depth += 1,
                Token::RPar | Token::RSqb | Token::RBrace | Token::FEnd => {
                    depth = depth.saturating_sub(1);
                }
                Token::FBang if depth == 0 => {
                    let is_missing = before == Token::FBang;
                    return Some(match found {
                        Some(Token::FClose | Token::FColon) if is_missing => {
                            "missing conversion character"
                        }
                        _ if is_missing => "invalid conversion character",
                        _ => "expecting ':' or '}'",
                    });
                }
                Token::Equal if depth == 0 => debug = true,
                _ => {}
            }
        }
        (depth == 0).then_some(if debug {
            "expecting '!', or ':', or '}'"
        } else {
            "expecting '=', or '!', or ':', or '}'"
        })
    }

    /// What is missing in the header of a block.
    fn explain_header(
        &self,
        found: Option<Token>,
        is_expected: &dyn Fn(&str) -> bool,
        expected: usize,
    ) -> Option<&'static str> {
        let first = self.tokens.first()?.1;
        let definition = self.in_def_header() && !self.inside_brackets();
        if definition
            && self.before() == Some(Token::Name)
            && is_expected("\"(\"")
            && self.found <= 3
        {
            return Some("expected '('");
        }
        if is_expected("\":\"") && (found.is_none() || expected == 1 || definition) {
            return Some("expected ':'");
        }
        let tests = matches!(first, Token::If | Token::Elif | Token::While);
        (tests && found == Some(Token::Equal) && self.before() == Some(Token::Name))
            .then_some("invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
    }

    /// Whether the place is between a `def` and the `:` that ends its header.
    fn in_def_header(&self) -> bool {
        let mut before =
            self.tokens[..self.found.min(self.tokens.len())].iter().map(|token| token.1);
        let first = match before.next() {
            Some(Token::Async) => before.next(),
            first => first,
        };
        let mut depth = 0usize;
        let mut ended = false;
        for token in before {
            match token {
                Token::LPar | Token::LSqb | Token::LBrace => depth += 1,
                Token::RPar | Token::RSqb | Token::RBrace => depth = depth.saturating_sub(1),
                Token::Colon => ended |= depth == 0,
                _ => {}
            }
        }
        first == Some(Token::Def) && !ended
    }

    fn before(&self) -> Option<Token> {
        Some(self.tokens.get(self.found.checked_sub(1)?)?.1)
    }

    /// `print x`: the name.
    fn statement_of_python_2(&self, found: Option<Token>) -> Option<&str> {
        if !starts_operand(found?) {
            return None;
        }
        let &(start, token, end) = self.tokens.get(self.found.checked_sub(1)?)?;
        let name = self.text.get(start as usize..end as usize)?;
        (token == Token::Name && matches!(name, "print" | "exec")).then_some(name)
    }

    fn inside_brackets(&self) -> bool {
        let mut depth = 0usize;
        for token in &self.tokens[..self.found.min(self.tokens.len())] {
            match token.1 {
                Token::LPar | Token::LSqb | Token::LBrace | Token::FOpen => depth += 1,
                Token::RPar | Token::RSqb | Token::RBrace | Token::FClose => {
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
        }
        depth > 0
    }

    /// Whether an operand ends where another one starts, inside brackets.
    fn misses_comma(&self) -> bool {
        let found = self.tokens.get(self.found).map(|token| token.1);
        let Some((before, found)) = self.before().zip(found) else { return false };
        let ends = matches!(
            before,
            Token::Name
                | Token::Number
                | Token::Str
                | Token::FEnd
                | Token::None
                | Token::True
                | Token::False
                | Token::RPar
                | Token::RSqb
                | Token::RBrace
        );
        let misread_prefix = before == Token::Name && matches!(found, Token::Str | Token::FStart);
        let touch = ends && starts_operand(found) && !misread_prefix;
        touch && !self.in_def_header() && self.inside_brackets()
    }
}

fn starts_operand(token: Token) -> bool {
    matches!(
        token,
        Token::Name
            | Token::Number
            | Token::Str
            | Token::FStart
            | Token::None
            | Token::True
            | Token::False
            | Token::LBrace
    )
}
