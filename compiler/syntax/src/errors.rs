//! Collects what is wrong with a module.
//!
//! Text that is not a program at all covers its whole line, without a label. Constructs that are
//! Python but not SPy cover their own range and say so in a label.

use crate::ast::SyntaxError;
use spy_text::{LineIndex, Span};
use std::cell::OnceCell;

/// More errors than this help nobody: parsing stops.
const MAX_ERRORS: usize = 100;

/// The errors found so far.
pub(crate) struct Errors<'t> {
    text: &'t str,
    /// Made when the first error needs it: most files have none.
    lines: OnceCell<LineIndex>,
    list: Vec<SyntaxError>,
    /// Where enough was said.
    hushed: Vec<Span>,
}

impl<'t> Errors<'t> {
    /// No errors yet.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, lines: OnceCell::new(), list: Vec::new(), hushed: Vec::new() }
    }

    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.text))
    }

    /// The 1-based line and 0-based column, in bytes, of an offset.
    pub(crate) fn line_col(&self, offset: u32) -> (u32, u32) {
        let place = self.lines().line_col(offset);
        (place.line, place.col)
    }

    /// Reports text that is not a program, on the line of an offset.
    pub(crate) fn syntax(&mut self, offset: u32, message: impl Into<String>) {
        let (line, _) = self.line_col(offset);
        let span = self.lines().line_span(line, self.text).unwrap_or_default();
        self.labelled(span, message, "");
    }

    /// Reports a construct with a label at its place.
    pub(crate) fn labelled(&mut self, span: Span, message: impl Into<String>, label: &str) {
        let is_hushed =
            self.hushed.iter().any(|hushed| (hushed.start..=hushed.end).contains(&span.start));
        if self.list.len() < MAX_ERRORS && !is_hushed {
            self.list.push(SyntaxError { message: message.into(), label: label.to_owned(), span });
        }
    }

    /// Reports nothing about a range from now on: what is wrong with it was said.
    pub(crate) fn hush(&mut self, span: Span) {
        self.hushed.push(span);
    }

    /// Reports Python that SPy does not have.
    pub(crate) fn unsupported(&mut self, span: Span, what: &str) {
        self.labelled(span, format!("not implemented yet: {what}"), "this is not supported");
    }

    /// Whether to stop.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MAX_ERRORS
    }

    /// The headlines of all errors so far.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.list.iter().map(|error| error.message.clone()).collect()
    }

    /// The errors in textual order.
    pub(crate) fn finish(mut self) -> Vec<SyntaxError> {
        self.list.sort_by_key(|error| error.span.start);
        self.list
    }
}
