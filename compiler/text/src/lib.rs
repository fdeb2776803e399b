//! Offsets, spans, names and the line index.
//!
//! The lowest layer: plain data about source text. It depends on nothing of the compiler.

mod fqn;
mod interned;

pub use fqn::{Fqn, FqnPart};
pub use interned::{Internable, Interned, Recent, Table};

use rustc_hash::FxBuildHasher;

use std::fmt;
use std::sync::Arc;

/// An identifier or another short text of the program. Cheap to clone, compared by content.
pub type Name = smol_str::SmolStr;

/// A hash map for keys of the program: fast, and its order never shows in an output.
pub type HashMap<K, V> = std::collections::HashMap<K, V, FxBuildHasher>;

/// A hash set for keys of the program: fast, and its order never shows in an output.
pub type HashSet<T> = std::collections::HashSet<T, FxBuildHasher>;

/// A hash map that keeps the order of insertion: for whatever is listed.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

/// A hash set that keeps the order of insertion: for whatever is listed.
pub type IndexSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// The path of a source file as it is shown to people and written into artefacts: relative to the
/// project's root, with `/` between its parts, so that it is the same in every checkout.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(Arc<str>);

impl FileName {
    /// Wraps a displayed path.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The displayed path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a file of the standard library that the binary carries.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.0.starts_with("<stdlib>")
    }

    /// The last part of the path.
    #[must_use]
    pub fn base(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// A half-open range of UTF-8 byte offsets in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`, in bytes.
    #[must_use]
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A range in a named file.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileSpan {
    /// The file.
    pub file: FileName,
    /// The bytes in it.
    pub span: Span,
}

/// A place in a text: what editors and people count in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LineCol {
    /// 1-based line.
    pub line: u32,
    /// 0-based column, in UTF-8 bytes.
    pub col: u32,
}

/// Byte offsets of the starts of all lines of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Indexes `text`. Lines end with `\n`; a `\r` before it belongs to the line.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes().zip(1u32..).filter_map(|(byte, next)| (byte == b'\n').then_some(next)),
        );
        Self { starts, len: u32::try_from(text.len()).unwrap_or(u32::MAX) }
    }

    /// Line and column of a byte offset. Offsets past the end count as the end.
    #[must_use]
    pub fn line_col(&self, offset: u32) -> LineCol {
        let offset = offset.min(self.len);
        let line = self.starts.partition_point(|&start| start <= offset);
        LineCol {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            col: offset - self.starts[line.saturating_sub(1)],
        }
    }

    /// Number of lines: one more than the number of `\n`.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of a 1-based line, without its line end; `None` if there is no such line.
    #[must_use]
    pub fn line_span(&self, line: u32, text: &str) -> Option<Span> {
        let index = line.checked_sub(1)? as usize;
        let start = *self.starts.get(index)?;
        let mut end = self.starts.get(index + 1).map_or(self.len, |next| next - 1);
        if end > start && text.as_bytes().get(end as usize - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(Span::new(start, end))
    }

    /// The text of a 1-based line, without its line end.
    #[must_use]
    pub fn line_text<'t>(&self, line: u32, text: &'t str) -> Option<&'t str> {
        let span = self.line_span(line, text)?;
        text.get(span.start as usize..span.end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let text = "ab\r\n\nc\u{e9}d";
        let index = LineIndex::new(text);
        assert_eq!(index.line_count(), 3);
        assert_eq!(index.line_col(0), LineCol { line: 1, col: 0 });
        assert_eq!(index.line_col(4), LineCol { line: 2, col: 0 });
        assert_eq!(index.line_col(8), LineCol { line: 3, col: 3 });
        assert_eq!(index.line_col(999), LineCol { line: 3, col: 4 });
        assert_eq!(index.line_text(1, text), Some("ab"));
        assert_eq!(index.line_text(2, text), Some(""));
        assert_eq!(index.line_text(3, text), Some("c\u{e9}d"));
        assert_eq!(index.line_text(4, text), None);
    }
}
