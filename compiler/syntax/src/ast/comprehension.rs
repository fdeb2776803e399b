//! Comprehensions, as the loops that they stand for.

use super::{ExprId, StmtId};
use spy_text::Name;

/// What a comprehension makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CompKind {
    /// `[item for ...]`.
    List,
    /// `{item for ...}`.
    Set,
    /// `{key: item for ...}`.
    Dict,
    /// `(item for ...)`.
    Generator,
}

/// `[item for target in iterable if condition]`:
///
/// ```text
/// for target in iterable:
///     if condition:
///         collected.append(item)
/// ```
///
/// Names in it that no text can spell belong to it alone: its targets, see [`written`], and what collects the
/// items, which evaluation makes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Comprehension {
    /// What it makes.
    pub kind: CompKind,
    /// The item, or key and item. They stand in `body` too.
    pub items: Vec<ExprId>,
    /// The name of what collects them.
    pub collected: Name,
    /// The loops.
    pub body: Vec<StmtId>,
    /// What `collected` has become in the end.
    pub result: ExprId,
}

/// The name that the text has for a name: that of a comprehension's target has a number before it, `_$3_x`.
#[must_use]
pub fn written(name: &str) -> &str {
    let Some(rest) = name.strip_prefix("_$") else { return name };
    match rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('_') {
        Some(written) if rest.starts_with(|c: char| c.is_ascii_digit()) => written,
        _ => name,
    }
}

/// Whether a name is one that a comprehension has for itself.
#[must_use]
pub fn is_of_comprehension(name: &str) -> bool {
    let collects =
        name.strip_prefix("_$c").is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    collects || written(name) != name
}

#[cfg(test)]
mod tests {
    use super::{is_of_comprehension, written};

    #[test]
    fn names_as_written() {
        for (name, text) in [
            ("x", "x"),
            ("_$3_x", "x"),
            ("_$12__y", "_y"),
            ("_$iter0", "_$iter0"),
            ("_$_a", "_$_a"),
        ] {
            assert_eq!(written(name), text);
        }
        assert!(is_of_comprehension("_$c0") && is_of_comprehension("_$0_c"));
        assert!(!is_of_comprehension("c0") && !is_of_comprehension("_$iter0"));
    }
}
