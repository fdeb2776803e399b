//! What the text does not say: the types of variables, and the values of what is blue.

use crate::analysis::{Analysis, Cx, FilePath};
use crate::index::{Occurrence, Role};
use crate::known::Notes;
use crate::show;
use spy_text::Span;

/// What a hint says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HintKind {
    /// A type.
    Type,
    /// A value that is known at compile time.
    Value,
}

/// A text to show at a place, which is not part of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Where, in bytes.
    pub offset: u32,
    /// The text.
    pub text: String,
    /// What it says.
    pub kind: HintKind,
}

impl Analysis {
    /// The hints in a range of a file.
    #[must_use]
    pub fn hints(&self, path: &FilePath, range: Span) -> Vec<Hint> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let index = cx.index();
        let notes = Notes::new(cx);
        let is_meant = |found: &&Occurrence| {
            found.role == Role::Write && (range.start..range.end).contains(&found.span.start)
        };
        let names = index.names.iter().filter(is_meant);
        names.flat_map(|found| cx.hints_at(&notes, found)).collect()
    }
}

impl Cx<'_> {
    fn hints_at(self, notes: &Notes<'_>, found: &Occurrence) -> Vec<Hint> {
        let declared = self.symbol_span(&found.def, &found.name);
        if declared.is_none_or(|(span, _)| span != found.span) {
            return Vec::new();
        }
        let Some(known) = notes.local(&found.def, &found.name) else { return Vec::new() };
        let known = self.unboxed(&found.def, &found.name, known);
        let rest = self.text().get(found.span.end as usize..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let is_annotated = {
            let rest = line.trim_start();
            rest.starts_with(':') && !rest.starts_with(":=")
        };
        let written =
            line.split_once('=').map(|(_, value)| value.split('#').next().unwrap_or(value));
        let written = written.map(str::trim).unwrap_or_default();
        let mut hints = Vec::new();
        let is_plain = is_literal(written)
            || known.value.as_ref().is_some_and(|value| {
                matches!(value, spy_types::Value::Type(_) | spy_types::Value::Func(_))
            });
        if !is_annotated && !is_plain {
            let text = format!(": {}", show::ty(known.ty));
            hints.push(Hint { offset: found.span.end, text, kind: HintKind::Type });
        }
        if let Some(value) = known.value.as_ref().and_then(show::value)
            && value != written
            && !is_plain
        {
            let code = line.split('#').next().unwrap_or_default().trim_end();
            let offset = found.span.end + u32::try_from(code.len()).unwrap_or(0);
            hints.push(Hint { offset, text: format!(" = {value}"), kind: HintKind::Value });
        }
        hints
    }
}

/// Whether a text is a number, a string or a constant: nobody needs to be told its type.
fn is_literal(text: &str) -> bool {
    let first = text.strip_prefix('-').unwrap_or(text).chars().next();
    match first {
        Some('0'..='9') => text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)),
        Some(quote @ ('"' | '\'')) => {
            text.len() > 1 && text[1..].find(quote) == Some(text.len() - 2)
        }
        _ => matches!(text, "True" | "False" | "None"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_literal;

    #[test]
    fn literals_are_not_explained() {
        for text in ["1", "-2.5", "\"a\"", "''", "True", "0xff"] {
            assert!(is_literal(text), "{text}");
        }
        for text in ["", "f(1)", "1 + x", "\"a\" + \"b\"", "x"] {
            assert!(!is_literal(text), "{text}");
        }
    }
}
