//! Logical lines: tokens up to the end of a statement list or of a block's header, with the depth
//! of their indentation.
//!
//! This layer joins physical lines inside brackets, checks brackets and indentation, and decides
//! which names are keywords here: `var` and `const` before a name, `match`, `case` and `type`. A
//! line in which a token is wrong is marked bad, after one error; the next line starts afresh. If a
//! bracket is never closed, that is the first line which is indented like a new statement.

use super::error::LexError;
use super::fstring;
use super::indent::{IndentError, Indents};
use super::token::Token;
use crate::errors::Errors;
use logos::Lexer;

/// CPython's limit for brackets in brackets.
const MAX_BRACKETS: usize = 200;

/// A token with the byte offsets of its start and its end.
pub(crate) type Spanned = (u32, Token, u32);

/// The current logical line.
pub(crate) struct Lines<'t> {
    text: &'t str,
    lexer: Lexer<'t, Token>,
    /// A token that was read but belongs to the next line.
    pushed_back: Option<Spanned>,
    indents: Indents,
    brackets: Vec<(Token, u32)>,
    /// Brackets open beyond [`MAX_BRACKETS`], which are counted only.
    excess: u32,
    /// Where the physical line that is being read starts.
    physical_start: u32,
    /// Tokens of the current line.
    pub(crate) tokens: Vec<Spanned>,
    /// Its indentation: 0 for the module's own level.
    pub(crate) depth: usize,
    /// Whether an error was reported for it.
    pub(crate) bad: bool,
    /// Where it starts.
    pub(crate) start: u32,
    /// Whether there is a line; `false` at the end of the file.
    pub(crate) present: bool,
    /// Whether the text was given up in the middle: blocks are nested too deep.
    pub(crate) given_up: bool,
    /// Where the next line starts if a bracket turns out to be never closed.
    retreat: Option<Retreat<'t>>,
}

/// A line inside brackets that is indented like a statement.
struct Retreat<'t> {
    /// Its first token.
    token: Spanned,
    /// Behind that token.
    lexer: Lexer<'t, Token>,
    /// Where it starts.
    physical_start: u32,
    /// How many tokens stand before it.
    tokens: usize,
}

impl<'t> Lines<'t> {
    /// Before the first line of `text`.
    pub(crate) fn new(text: &'t str) -> Self {
        let mut lexer = Lexer::new(text);
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        lexer.bump(mark);
        Self {
            text,
            lexer,
            pushed_back: None,
            indents: Indents::new(),
            brackets: Vec::new(),
            excess: 0,
            physical_start: offset(mark),
            tokens: Vec::new(),
            depth: 0,
            bad: false,
            start: 0,
            present: true,
            given_up: false,
            retreat: None,
        }
    }

    /// Reads the next line.
    pub(crate) fn advance(&mut self, errors: &mut Errors<'t>) {
        self.tokens.clear();
        self.brackets.clear();
        self.excess = 0;
        self.bad = false;
        self.retreat = None;
        let mut empty = true;
        let mut indentation = 0;
        // Inside brackets: whether the next token is the first of its physical line.
        let mut fresh = false;
        while let Some((start, token, end)) = self.next_token() {
            if token == Ok(Token::Newline) {
                self.physical_start = end;
                fresh = true;
                if self.brackets.is_empty() && !empty {
                    return;
                }
                continue;
            }
            if empty {
                indentation = start - self.physical_start;
                self.begin(start, errors);
                if self.given_up {
                    break;
                }
                empty = false;
            } else if fresh && token.is_ok_and(Token::only_starts_statements) {
                self.pushed_back = token.ok().map(|token| (start, token, end));
                self.never_closed(errors);
                return;
            }
            if fresh && start - self.physical_start <= indentation {
                self.may_retreat(start, token, end);
            }
            fresh = false;
            match token {
                Ok(Token::FStr) => self.format_string(start, end, errors),
                Ok(token) => self.push((start, token, end), errors),
                Err(error) => self.wrong(start, end, error, errors),
            }
        }
        if !self.brackets.is_empty() {
            self.never_closed(errors);
        }
        self.present = !empty;
    }

    fn next_token(&mut self) -> Option<(u32, Result<Token, LexError>, u32)> {
        if let Some((start, token, end)) = self.pushed_back.take() {
            return Some((start, Ok(token), end));
        }
        let token = self.lexer.next()?;
        let span = self.lexer.span();
        Some((offset(span.start), token, offset(span.end)))
    }

    /// The first token of a line was found: enters its indentation.
    fn begin(&mut self, start: u32, errors: &mut Errors<'t>) {
        self.start = start;
        let space = &self.text[self.physical_start as usize..start as usize];
        let (depth, error) = self.indents.enter(space);
        self.depth = depth;
        let Some(error) = error else { return };
        let (line, _) = errors.line_col(start);
        let message = match error {
            IndentError::Inconsistent => format!(
                "inconsistent use of tabs and spaces in indentation (<string>, line {line})"
            ),
            IndentError::Unindent => format!(
                "unindent does not match any outer indentation level (<string>, line {line})"
            ),
            IndentError::TooDeep => {
                self.given_up = true;
                "too many levels of indentation".to_owned()
            }
        };
        self.fail(start, message, errors);
    }

    /// Reports an error of this line, unless one was reported already.
    fn fail(&mut self, at: u32, message: impl Into<String>, errors: &mut Errors<'t>) {
        if !self.bad {
            self.bad = true;
            errors.syntax(at, message);
        }
    }

    fn wrong(&mut self, start: u32, end: u32, error: LexError, errors: &mut Errors<'t>) {
        if self.bad {
            return;
        }
        let (line, column) = errors.line_col(start);
        let (last, _) = errors.line_col(end);
        self.fail(start, error.message(line, column + 1, last), errors);
    }

    fn never_closed(&mut self, errors: &mut Errors<'t>) {
        if let Some((open, at)) = self.brackets.pop() {
            self.brackets.clear();
            self.fail(at, format!("'{}' was never closed", bracket(open)), errors);
        }
        if let Some(retreat) = self.retreat.take() {
            self.tokens.truncate(retreat.tokens);
            self.lexer = retreat.lexer;
            self.physical_start = retreat.physical_start;
            self.pushed_back = Some(retreat.token);
        }
    }

    /// Notes the first line inside brackets that looks like a statement of its own.
    fn may_retreat(&mut self, start: u32, token: Result<Token, LexError>, end: u32) {
        if let (None, Ok(token)) = (&self.retreat, token)
            && !matches!(token, Token::RPar | Token::RSqb | Token::RBrace)
        {
            self.retreat = Some(Retreat {
                token: (start, token, end),
                lexer: self.lexer.clone(),
                physical_start: self.physical_start,
                tokens: self.tokens.len(),
            });
        }
    }

    fn push(&mut self, (start, token, end): Spanned, errors: &mut Errors<'t>) {
        match token {
            Token::LPar | Token::LSqb | Token::LBrace if self.brackets.len() < MAX_BRACKETS => {
                self.brackets.push((token, start));
            }
            Token::LPar | Token::LSqb | Token::LBrace => {
                self.excess += 1;
                self.fail(start, "too many nested parentheses", errors);
            }
            Token::RPar | Token::RSqb | Token::RBrace => self.close(token, start, errors),
            Token::Name if self.tokens.last().is_some_and(|last| last.1 == Token::Name) => {
                self.declare();
            }
            Token::Not | Token::In => {
                if let Some(last) = self.tokens.last_mut()
                    && let Some(joined) = join(last.1, token)
                {
                    last.1 = joined;
                    last.2 = end;
                    return;
                }
            }
            _ => {}
        }
        if !self.bad {
            self.tokens.push((start, token, end));
        }
    }

    fn format_string(&mut self, start: u32, end: u32, errors: &mut Errors<'t>) {
        let mut tokens = Vec::new();
        let result = fstring::split(self.text, start, end, &mut tokens);
        for token in tokens {
            self.push(token, errors);
        }
        if let Err((start, end, error)) = result {
            self.wrong(start, end, error, errors);
        }
    }

    fn close(&mut self, token: Token, start: u32, errors: &mut Errors<'t>) {
        if self.excess > 0 {
            self.excess -= 1;
            return;
        }
        let Some((open, at)) = self.brackets.pop() else {
            self.fail(start, format!("unmatched '{}'", bracket(token)), errors);
            return;
        };
        let matches = matches!(
            (open, token),
            (Token::LPar, Token::RPar)
                | (Token::LSqb, Token::RSqb)
                | (Token::LBrace, Token::RBrace)
        );
        if matches || self.bad {
            return;
        }
        let (opened, _) = errors.line_col(at);
        let place = if opened == errors.line_col(start).0 {
            String::new()
        } else {
            format!(" on line {opened}")
        };
        let (close, open) = (bracket(token), bracket(open));
        self.fail(
            start,
            format!(
                "closing parenthesis '{close}' does not match opening parenthesis '{open}'{place}"
            ),
            errors,
        );
    }

    /// Two names follow each other: the first is a keyword if it starts a statement.
    fn declare(&mut self) {
        let [before @ .., last] = self.tokens.as_mut_slice() else { return };
        let starts = self.brackets.is_empty()
            && before.last().is_none_or(|token| matches!(token.1, Token::Semi | Token::Colon));
        if starts {
            match &self.text[last.0 as usize..last.2 as usize] {
                "var" => last.1 = Token::Var,
                "const" => last.1 = Token::Const,
                "type" => last.1 = Token::Type,
                _ => {}
            }
        }
    }

    /// The first token's kind, after deciding about `match` and, where one may stand, `case`.
    pub(crate) fn first(&mut self, in_match: bool) -> Option<Token> {
        let header = self.tokens.last()?.1 == Token::Colon;
        let first = self.tokens.first_mut()?;
        if first.1 == Token::Name {
            match &self.text[first.0 as usize..first.2 as usize] {
                "match" if header => first.1 = Token::Match,
                "case" if in_match => first.1 = Token::Case,
                _ => {}
            }
        }
        Some(first.1)
    }
}

/// The one token that two adjacent ones make.
fn join(first: Token, second: Token) -> Option<Token> {
    match (first, second) {
        (Token::Is, Token::Not) => Some(Token::IsNot),
        (Token::Not, Token::In) => Some(Token::NotIn),
        _ => None,
    }
}

fn bracket(token: Token) -> char {
    match token {
        Token::LPar => '(',
        Token::RPar => ')',
        Token::LSqb => '[',
        Token::RSqb => ']',
        Token::LBrace => '{',
        _ => '}',
    }
}

/// A byte offset. Texts of 4 GiB and more are rejected before anything is read.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
