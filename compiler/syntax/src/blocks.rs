//! Blocks: logical lines to statements, by indentation.
//!
//! Each line is parsed by the grammar on its own. A line that cannot be parsed is one error. What it
//! was going to be is guessed (`repair`), so that editors can look at unfinished code; if there is no
//! guess, and a block hangs below it, the block is parsed too (its own syntax errors are worth
//! reporting) and forgotten. Either way nothing else is reported about the line, so errors do not
//! cascade.

use crate::cst::stmt::{Header, Line};
use crate::cst::{Cst, E, List, S, StmtKind};
use crate::errors::Errors;
use crate::grammar::LineParser;
use crate::lexer::lines::Lines;
use crate::lexer::token::Token;
use crate::message;
use crate::repair::repair;
use spy_text::Span;

/// Reads a module's statements one after the other.
pub(crate) struct Blocks<'t> {
    text: &'t str,
    lines: Lines<'t>,
    parser: LineParser,
    /// The nodes of the statements read last.
    pub(crate) cst: Cst,
    /// What was wrong so far.
    pub(crate) errors: Errors<'t>,
    /// Where the statement read last ends.
    end: u32,
    /// Whether the line read last is a guess.
    guessed: bool,
}

/// What stands around a statement.
#[derive(Clone, Copy)]
struct Suite {
    depth: usize,
    /// Whether it is the block of a `match`.
    in_match: bool,
    /// Whether a line before could not be parsed, so that clauses and blocks may belong to it.
    after_bad: bool,
}

impl<'t> Blocks<'t> {
    /// Before the first statement of `text`.
    pub(crate) fn new(text: &'t str) -> Self {
        let mut errors = Errors::new(text);
        let mut lines = Lines::new(text);
        lines.advance(&mut errors);
        let parser = LineParser::new();
        Self { text, lines, parser, cst: Cst::default(), errors, end: 0, guessed: false }
    }

    /// Replaces the contents of `out` by the module's next statements; `false` at its end.
    pub(crate) fn next(&mut self, out: &mut Vec<S>, after_bad: &mut bool) -> bool {
        self.cst.clear();
        out.clear();
        if !self.lines.present || self.errors.is_full() {
            return false;
        }
        let mut suite = Suite { depth: 0, in_match: false, after_bad: *after_bad };
        self.item(&mut suite, out);
        *after_bad = suite.after_bad;
        true
    }

    /// All statements, without forgetting any node; and the headlines of what was wrong.
    pub(crate) fn all(&mut self, out: &mut Vec<S>) -> Vec<String> {
        let mut suite = Suite { depth: 0, in_match: false, after_bad: false };
        while self.lines.present && !self.errors.is_full() {
            self.item(&mut suite, out);
        }
        self.errors.messages()
    }

    /// The statements of the block that starts here.
    fn suite(&mut self, in_match: bool) -> List {
        let mut suite = Suite { depth: self.lines.depth, in_match, after_bad: false };
        let mut stmts = Vec::new();
        while self.lines.present && self.lines.depth >= suite.depth && !self.errors.is_full() {
            self.item(&mut suite, &mut stmts);
        }
        self.cst.store_stmts(&stmts)
    }

    /// The next line of a block with all that hangs below it.
    fn item(&mut self, suite: &mut Suite, out: &mut Vec<S>) {
        if self.lines.depth <= suite.depth {
            self.statement(suite, out);
            return;
        }
        if suite.after_bad {
            self.suite(false);
            return;
        }
        if !self.lines.bad {
            self.errors.syntax(self.lines.start, "unexpected indent");
        }
        let stray = self.suite(suite.in_match);
        out.extend(self.cst.stmts(stray));
    }

    /// Parses the current line and goes to the next one. `None` if it could not be parsed.
    fn line(&mut self) -> Option<Line> {
        self.cst.begin_line();
        let mut line = None;
        self.guessed = false;
        let mut wrong_at = None;
        if self.lines.bad {
            wrong_at = self.lines.tokens.last().map(|last| last.2);
        } else {
            let tokens = &self.lines.tokens;
            match self.parser.parse(&mut self.cst, tokens.iter().copied()) {
                Ok(parsed) => line = Some(parsed),
                Err(error) => {
                    let (at, message) = message::of(&error, tokens, self.text);
                    self.errors.syntax(at, message);
                    wrong_at = Some(at);
                }
            }
            for &span in self.cst.too_deep() {
                self.errors.labelled(span, "expression is too deeply nested", "this is too deep");
            }
        }
        if let Some(at) = wrong_at {
            line = self.guess(at);
            self.guessed = line.is_some();
        }
        if let Some(last) = self.lines.tokens.last() {
            self.end = last.2;
        }
        if let Some(Line::Simple(list) | Line::Header(_, Some(list))) = line
            && let Some(last) = self.cst.last_stmt(list)
        {
            self.end = self.cst.stmt(last).span.end;
        }
        self.lines.advance(&mut self.errors);
        line
    }

    /// What the current line, which went wrong at an offset, was going to be.
    fn guess(&mut self, at: u32) -> Option<Line> {
        let tokens = &self.lines.tokens;
        let until = tokens.partition_point(|token| token.0 < at);
        let mut line = None;
        for tokens in [&tokens[..], &tokens[..until]] {
            let Some(repaired) = repair(tokens) else { continue };
            self.cst.begin_line();
            line = self.parser.parse(&mut self.cst, repaired).ok();
            if line.is_some() {
                break;
            }
        }
        let is_guess = line.is_some() && self.cst.too_deep().is_empty();
        let (first, last) = (self.lines.tokens.first()?, self.lines.tokens.last()?);
        self.errors.hush(Span::new(first.0, last.2));
        line.filter(|line| is_guess && !matches!(line, Line::Decorator(_)))
    }

    fn statement(&mut self, suite: &mut Suite, out: &mut Vec<S>) {
        let start = self.lines.start;
        self.lines.first(suite.in_match);
        let line = self.line();
        let guessed = self.guessed;
        match line {
            None => {
                self.skip_block(suite.depth);
                suite.after_bad = true;
                return;
            }
            Some(Line::Simple(list)) if guessed => {
                out.extend(self.cst.stmts(list));
                self.skip_block(suite.depth);
                suite.after_bad = true;
                return;
            }
            Some(Line::Simple(_)) if suite.in_match => self.errors.syntax(start, "invalid syntax"),
            Some(Line::Simple(list)) => out.extend(self.cst.stmts(list)),
            Some(Line::Decorator(decorator)) => self.decorated(decorator, suite, out),
            Some(Line::Header(header, inline)) => {
                suite.after_bad |= guessed;
                if self.compound(start, header, inline, suite, out) {
                    return;
                }
            }
        }
        suite.after_bad = guessed;
    }

    /// The block below a line that could not be parsed.
    fn skip_block(&mut self, depth: usize) {
        if self.lines.present && self.lines.depth > depth {
            self.suite(false);
        }
    }

    /// Further decorators, and the definition that they belong to.
    fn decorated(&mut self, first: E, suite: &mut Suite, out: &mut Vec<S>) {
        let mut decorators = vec![first.0];
        while self.lines.present && self.lines.depth == suite.depth {
            let start = self.lines.start;
            match self.line() {
                Some(Line::Decorator(next)) => decorators.push(next.0),
                Some(Line::Header(header, inline)) => {
                    if matches!(header, Header::Def(_) | Header::Class(_) | Header::AsyncDef) {
                        self.cst.decorate(header, &decorators);
                        self.compound(start, header, inline, suite, out);
                    } else {
                        self.errors.syntax(start, "invalid syntax");
                        self.skip_block(suite.depth);
                    }
                    return;
                }
                Some(Line::Simple(_)) => {
                    self.errors.syntax(start, "invalid syntax");
                    return;
                }
                None => {
                    self.skip_block(suite.depth);
                    return;
                }
            }
        }
        let at = if self.lines.present { self.lines.start } else { self.end };
        self.errors.syntax(at, "invalid syntax");
    }

    /// A block with its later clauses. Whether it was a clause of a line that could not be parsed.
    fn compound(
        &mut self,
        start: u32,
        header: Header,
        inline: Option<List>,
        suite: &Suite,
        out: &mut Vec<S>,
    ) -> bool {
        let depth = suite.depth;
        let is_case = header == Header::Case;
        let clause = matches!(
            header,
            Header::Elif(_) | Header::Else | Header::Except { .. } | Header::Finally
        );
        if (clause || is_case != suite.in_match) && !suite.after_bad {
            self.errors.syntax(start, "invalid syntax");
        }
        let body = self.body(start, header, inline, depth);
        let kind = match header {
            Header::If(test) => self.if_clauses(start, test, body, depth),
            Header::While(test) => {
                let orelse = self.else_clause(depth);
                StmtKind::While { test, body, orelse }
            }
            Header::For { target, iter } => {
                let orelse = self.else_clause(depth);
                StmtKind::For { target, iter, body, orelse }
            }
            Header::Def(def) => StmtKind::Def { def, body },
            Header::Class(class) => StmtKind::Class { class, body },
            Header::Try => match self.try_clauses(depth) {
                Some(kind) => kind,
                None => return false,
            },
            Header::With(items) => StmtKind::With { items, body },
            Header::Match => StmtKind::Unsupported("Match"),
            Header::AsyncFor => {
                self.else_clause(depth);
                StmtKind::Unsupported("AsyncFor")
            }
            Header::AsyncWith => StmtKind::Unsupported("AsyncWith"),
            Header::AsyncDef => StmtKind::Unsupported("AsyncFunctionDef"),
            Header::Elif(_) | Header::Else | Header::Except { .. } | Header::Finally => {
                return true;
            }
            Header::Case => return false,
        };
        out.push(self.cst.add_stmt(kind, Span::new(start, self.end)));
        false
    }

    /// The statements below a header, or after it on its line.
    fn body(&mut self, start: u32, header: Header, inline: Option<List>, depth: usize) -> List {
        if let Some(inline) = inline {
            return inline;
        }
        if self.lines.present && self.lines.depth > depth {
            return self.suite(header == Header::Match);
        }
        if self.lines.given_up || self.guessed {
            return List::default();
        }
        let (line, _) = self.errors.line_col(start);
        let what = header.describe();
        let at = if self.lines.present { self.lines.start } else { start };
        self.errors.syntax(at, format!("expected an indented block after {what} on line {line}"));
        List::default()
    }

    /// The next clause of a compound statement, if the current line starts one of `allowed`. The
    /// inner option is empty if it could not be parsed.
    fn clause(&mut self, depth: usize, allowed: &[Token]) -> Option<Option<(u32, Header, List)>> {
        if !self.lines.present || self.lines.depth != depth {
            return None;
        }
        let first = self.lines.tokens.first()?.1;
        if !allowed.contains(&first) {
            return None;
        }
        let start = self.lines.start;
        let Some(Line::Header(header, inline)) = self.line() else {
            self.skip_block(depth);
            return Some(None);
        };
        let body = self.body(start, header, inline, depth);
        Some(Some((start, header, body)))
    }

    fn if_clauses(&mut self, start: u32, test: E, body: List, depth: usize) -> StmtKind {
        let mut arms = vec![start, test.0];
        arms.extend(body.parts());
        let mut orelse = List::default();
        while let Some(clause) = self.clause(depth, &[Token::Elif, Token::Else]) {
            match clause {
                Some((start, Header::Elif(test), body)) => {
                    arms.extend([start, test.0]);
                    arms.extend(body.parts());
                }
                Some((_, _, body)) => {
                    orelse = body;
                    break;
                }
                None => {}
            }
        }
        StmtKind::If { arms: self.cst.store(&arms), orelse }
    }

    fn else_clause(&mut self, depth: usize) -> List {
        let clause = self.clause(depth, &[Token::Else]).flatten();
        clause.map_or(List::default(), |(_, _, body)| body)
    }

    /// `None` if a `try` has neither handlers nor `finally`, which is reported.
    fn try_clauses(&mut self, depth: usize) -> Option<StmtKind> {
        let (mut handled, mut star) = (false, false);
        while let Some(clause) = self.clause(depth, &[Token::Except]) {
            handled = true;
            star |= matches!(clause, Some((_, Header::Except { star: true }, _)));
        }
        if handled {
            self.clause(depth, &[Token::Else]);
        }
        handled |= self.clause(depth, &[Token::Finally]).is_some();
        if !handled {
            let at = if self.lines.present { self.lines.start } else { self.end };
            self.errors.syntax(at, "expected 'except' or 'finally' block");
            return None;
        }
        Some(StmtKind::Unsupported(if star { "TryStar" } else { "Try" }))
    }
}
