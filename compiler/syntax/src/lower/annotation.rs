//! Annotations, which may stand in quotes: `other: "Point"`, `list["Point"]`.

use super::{Lower, Place};
use crate::ast::{Expr, ExprId};
use crate::blocks::Blocks;
use crate::cst::{E, ExprKind, StmtKind};
use spy_text::Span;

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

impl Lower<'_, '_> {
    /// Lowers an annotation. A text that is no expression stays a text, which is no type.
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
        };
        inner.expr(value)
    }
}
