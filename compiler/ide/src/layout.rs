//! The layout of a text, as `spy format` has it.

use crate::analysis::{Analysis, Edit, FilePath};
use spy_text::Span;

impl Analysis {
    /// The edit that lays a file out; none if nothing is to be done. A text with syntax errors is left
    /// alone: `None`.
    #[must_use]
    pub fn format(&self, path: &FilePath) -> Option<Vec<Edit>> {
        let cx = self.cx(path)?;
        if !spy_db::parse(cx.db, cx.file).errors.is_empty() {
            return None;
        }
        let text = cx.text();
        let new = spy_syntax::format::format(text)?;
        let Some((span, text)) = difference(text, &new) else { return Some(Vec::new()) };
        Some(vec![Edit { range: cx.range(span), text: text.to_owned() }])
    }
}

/// The lines that are different: where they are in the old text, and what they are in the new one.
fn difference<'t>(old: &str, new: &'t str) -> Option<(Span, &'t str)> {
    if old == new {
        return None;
    }
    let length = |(line, _): (&str, &str)| line.len();
    let same = |(left, right): &(&str, &str)| left == right;
    let pairs = || old.split_inclusive('\n').zip(new.split_inclusive('\n'));
    let start: usize = pairs().take_while(same).map(length).sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let pairs = old_rest.split_inclusive('\n').rev().zip(new_rest.split_inclusive('\n').rev());
    let end: usize = pairs.take_while(same).map(length).sum();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span::new(offset(start), offset(old.len() - end));
    Some((span, &new[start..new.len() - end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_replaced() {
        let check = |old: &str, new: &str, replaced: &str, by: &str| {
            let (span, text) = difference(old, new).expect("a difference");
            assert_eq!((&old[span.start as usize..span.end as usize], text), (replaced, by));
        };
        check("a\nb\nc\n", "a\nB\nc\n", "b\n", "B\n");
        check("a\n\n\nb\n", "a\n\nb\n", "\n", "");
        check("a\nb", "a\nb\n", "b", "b\n");
        check("a\na\n", "a\n", "a\n", "");
        assert_eq!(difference("a\n", "a\n"), None);
    }
}
