//! Ranges of files as lines and columns.

use crate::Sources;
use spy_text::{FileSpan, LineCol, LineIndex};
use std::sync::Arc;

/// Where a range is, as far as its file's text can be had.
pub(crate) struct Place {
    text: Arc<str>,
    lines: LineIndex,
    /// 1-based line and 0-based column, in bytes, of the first byte.
    pub(crate) start: LineCol,
    /// The same after the last byte.
    pub(crate) end: LineCol,
}

impl Place {
    /// Finds a range; `None` if the file's text cannot be had.
    pub(crate) fn find(span: &FileSpan, sources: &dyn Sources) -> Option<Self> {
        let text = sources.text(&span.file)?;
        let lines = LineIndex::new(&text);
        let start = lines.line_col(span.span.start);
        let end = lines.line_col(span.span.end.max(span.span.start));
        Some(Self { text, lines, start, end })
    }

    /// The text of the line that the range starts in, without its line end.
    pub(crate) fn first_line(&self) -> &str {
        self.line(self.start.line)
    }

    /// The text of a line of the file, without its line end.
    pub(crate) fn line(&self, line: u32) -> &str {
        self.lines.line_text(line, &self.text).unwrap_or("")
    }

    /// The columns of start and end in characters, 0-based, each in its own line.
    pub(crate) fn columns(&self) -> (usize, usize) {
        (self.characters(self.start), self.characters(self.end))
    }

    /// Number of characters of a line before a place. A place inside a character counts as
    /// before it.
    fn characters(&self, place: LineCol) -> usize {
        let line = self.line(place.line);
        let column = place.col as usize;
        line.char_indices().take_while(|(at, c)| at + c.len_utf8() <= column).count()
    }
}
