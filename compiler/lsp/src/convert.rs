//! Positions, ranges and kinds, as they are on the wire.
//!
//! Offsets are bytes; clients count UTF-16 units unless both agree on bytes.

use lsp_types as lsp;
use spy_text::{LineIndex, Span};

/// What columns count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16: what every client understands.
    #[default]
    Utf16,
}

/// A text with its lines.
pub(crate) struct Lines<'t> {
    pub(crate) text: &'t str,
    pub(crate) index: LineIndex,
    pub(crate) encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str, encoding: Encoding) -> Self {
        Self { text, index: LineIndex::new(text), encoding }
    }

    /// The position of an offset. One inside of a character counts as before it.
    pub(crate) fn position(&self, offset: u32) -> lsp::Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let place = self.index.line_col(u32::try_from(offset).unwrap_or(u32::MAX));
        let start = offset - place.col as usize;
        let character = match self.encoding {
            Encoding::Utf8 => place.col as usize,
            Encoding::Utf16 => self.text[start..offset].chars().map(char::len_utf16).sum(),
        };
        lsp::Position::new(place.line - 1, u32::try_from(character).unwrap_or(u32::MAX))
    }

    /// The offset of a position. What lies behind the end of a line or the text counts as its end.
    pub(crate) fn offset(&self, position: lsp::Position) -> u32 {
        let Some(line) = self.index.line_span(position.line.saturating_add(1), self.text) else {
            return u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        };
        let text = &self.text[line.start as usize..line.end as usize];
        let mut left = position.character as usize;
        let mut offset = line.start;
        for c in text.chars() {
            let width = match self.encoding {
                Encoding::Utf8 => c.len_utf8(),
                Encoding::Utf16 => c.len_utf16(),
            };
            if left < width {
                break;
            }
            left -= width;
            offset += u32::try_from(c.len_utf8()).unwrap_or(0);
        }
        offset
    }

    pub(crate) fn range(&self, span: Span) -> lsp::Range {
        lsp::Range::new(self.position(span.start), self.position(span.end))
    }

    pub(crate) fn span(&self, range: lsp::Range) -> Span {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        Span::new(start, end.max(start))
    }

    /// The width of a range on one line.
    pub(crate) fn width(&self, span: Span) -> u32 {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let width: usize = match self.encoding {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum(),
        };
        u32::try_from(width).unwrap_or(u32::MAX)
    }
}

/// The text after a change; the whole text if the change has no range.
pub(crate) fn changed(
    text: &str,
    change: &lsp::TextDocumentContentChangeEvent,
    encoding: Encoding,
) -> String {
    let Some(range) = change.range else { return change.text.clone() };
    let span = Lines::new(text, encoding).span(range);
    let mut out = String::with_capacity(text.len() + change.text.len());
    out.push_str(&text[..span.start as usize]);
    out.push_str(&change.text);
    out.push_str(&text[span.end as usize..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back_to_their_offsets() {
        let text = "ab\r\n\u{1f600}x\u{e9}\n\nend";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (offset, _) in text.char_indices().filter(|(_, c)| !"\r\n".contains(*c)) {
                let offset = u32::try_from(offset).expect("small");
                assert_eq!(lines.offset(lines.position(offset)), offset, "{encoding:?}");
            }
            assert_eq!(lines.offset(lsp::Position::new(0, 99)), 2);
            assert_eq!(lines.offset(lsp::Position::new(99, 0)) as usize, text.len());
        }
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.position(8), lsp::Position::new(1, 2));
    }

    #[test]
    fn changes_replace_their_range() {
        let change = |range, text: &str| lsp::TextDocumentContentChangeEvent {
            range,
            range_length: None,
            text: text.to_owned(),
        };
        let range = lsp::Range::new(lsp::Position::new(0, 1), lsp::Position::new(1, 1));
        assert_eq!(changed("abc\ndef\n", &change(Some(range), "X"), Encoding::Utf16), "aXef\n");
        assert_eq!(changed("abc", &change(None, "new"), Encoding::Utf16), "new");
        let backwards = lsp::Range::new(lsp::Position::new(9, 9), lsp::Position::new(0, 0));
        assert_eq!(changed("abc", &change(Some(backwards), "d"), Encoding::Utf16), "abcd");
    }
}
