//! Annotations, which may stand in quotes: `other: "Point"`, `list["Point"]`.

use super::{Lower, Place};
use crate::ast::{Expr, ExprId};
use crate::blocks::Blocks;
use crate::cst::{E, ExprKind, StmtKind};
use spy_text::{HashSet, Span};

/// Types whose arguments are annotations too. Those of other generics are values, and may be texts.
const OF_TYPES: &[&str] = &[
    "Callable",
    "Generator",
    "Iterable",
    "Iterator",
    "Optional",
    "defaultdict",
    "deque",
    "dict",
    "frozenset",
    "list",
    "set",
    "tuple",
];

/// Types that need not be declared.
const BUILTIN: &[&str] = &[
    "None",
    "bool",
    "bytes",
    "complex",
    "complex128",
    "dynamic",
    "f32",
    "f64",
    "float",
    "i8",
    "i16",
    "i32",
    "i64",
    "int",
    "object",
    "range",
    "slice",
    "str",
    "type",
    "u8",
    "u16",
    "u32",
    "u64",
];

/// The names that stand in a text without quotes right around them.
pub(super) fn mentioned(text: &str) -> HashSet<Box<str>> {
    let is_part = |char: char| char == '_' || char.is_alphanumeric();
    let mut names = HashSet::default();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let before = rest[..start].chars().next_back();
        let name = &rest[start..];
        let end = name.find(|char| !is_part(char)).unwrap_or(name.len());
        let after = name[end..].chars().next();
        if before != after || !matches!(after, Some('"' | '\'')) {
            names.insert(name[..end].into());
        }
        rest = &name[end..];
    }
    names
}

impl Lower<'_, '_> {
    /// Lowers an annotation. A text that is no expression stays a text, which is no type; so does a
    /// name that the file does not mention anywhere else.
    pub(super) fn type_expr(&mut self, annotation: E) -> ExprId {
        let node = self.cst.expr(annotation);
        match node.kind {
            ExprKind::Str if self.is_text(annotation) => self.quoted(annotation, node.span),
            ExprKind::Subscript { value, index } if self.is_of_types(value) => {
                let value = self.expr(value);
                let args = match self.cst.expr(index).kind {
                    ExprKind::Tuple(items) => {
                        self.cst.exprs(items).map(|item| self.type_expr(item)).collect()
                    }
                    _ => vec![self.type_expr(index)],
                };
                self.add_expr(Expr::GetItem { value, args }, node.span)
            }
            _ => self.expr(annotation),
        }
    }

    fn is_of_types(&self, e: E) -> bool {
        let node = self.cst.expr(e);
        node.kind == ExprKind::Name && OF_TYPES.contains(&self.slice(node.span))
    }

    /// Whether a name in quotes may be one of a type.
    fn is_named(&mut self, name: &str) -> bool {
        let file = self.text;
        BUILTIN.contains(&name)
            || OF_TYPES.contains(&name)
            || self.cx.mentioned.get_or_insert_with(|| mentioned(file)).contains(name)
    }

    /// Whether a literal is a text between two quotes, without anything else.
    fn is_plain(&self, span: Span, text: &str) -> bool {
        self.slice(span)
            .get(1..)
            .and_then(|rest| rest.strip_prefix(text))
            .is_some_and(|end| end.len() == 1)
    }

    fn quoted(&mut self, annotation: E, span: Span) -> ExprId {
        let Some(text) = self.text_of(annotation) else { return self.poison(span) };
        let mut blocks = Blocks::new(text.trim());
        let mut stmts = Vec::new();
        let is_wrong = !blocks.all(&mut stmts).is_empty();
        let (false, &[stmt]) = (is_wrong, stmts.as_slice()) else { return self.string(span) };
        let StmtKind::Expr(value) = blocks.cst.stmt(stmt).kind else { return self.string(span) };
        if blocks.cst.expr(value).kind == ExprKind::Name && !self.is_named(text.trim()) {
            return self.string(span);
        }
        // Quotes inside of quotes are no types, so this goes no deeper.
        let place = match self.place {
            Place::File if self.is_plain(span, text.trim()) => Place::From(span.start + 1),
            _ => Place::Whole(self.place(span)),
        };
        let mut inner = Lower {
            text: text.trim(),
            cst: &blocks.cst,
            place,
            cx: &mut *self.cx,
            errors: &mut *self.errors,
            reads_blank: None,
        };
        inner.expr(value)
    }
}

#[cfg(test)]
mod tests {
    use super::mentioned;

    #[test]
    fn names_right_between_quotes_are_not_mentioned() {
        let names = mentioned("a: 'b' = \"c\" + 'd e' # f'\nλ9: \"g'");
        let mut names: Vec<&str> = names.iter().map(|name| &**name).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "d", "e", "f", "g", "λ9"]);
    }
}
