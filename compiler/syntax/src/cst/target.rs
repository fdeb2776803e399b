//! What may be assigned to, with CPython's texts for what may not.

use super::{Cst, E, ExprKind, Fail, ParseError};
use crate::ast::CompKind;

impl Cst {
    /// Checks the targets of an assignment.
    pub(crate) fn check_assigned(&self, target: E) -> Result<(), ParseError> {
        let Some(wrong) = self.first_wrong(target) else { return Ok(()) };
        let what = self.describe(wrong);
        let node = self.expr(wrong);
        if matches!(node.kind, ExprKind::Yield { .. }) {
            return Fail::at(node.span.start, "assignment to yield expression not possible");
        }
        let plain = matches!(
            node.kind,
            ExprKind::None
                | ExprKind::True
                | ExprKind::False
                | ExprKind::Comprehension { kind: CompKind::Generator, .. }
        );
        let hint = if plain || wrong != target {
            ""
        } else {
            " here. Maybe you meant '==' instead of '='?"
        };
        Fail::at(node.span.start, format!("cannot assign to {what}{hint}"))
    }

    /// Checks the target of a `for` or `with`.
    pub(crate) fn check_bound(&self, target: E) -> Result<(), ParseError> {
        self.check(target, "cannot assign to")
    }

    /// Checks what `del` removes.
    pub(crate) fn check_deleted(&self, target: E) -> Result<(), ParseError> {
        self.check(target, "cannot delete")
    }

    fn check(&self, target: E, verb: &str) -> Result<(), ParseError> {
        match self.first_wrong(target) {
            Some(wrong) => {
                Fail::at(self.expr(wrong).span.start, format!("{verb} {}", self.describe(wrong)))
            }
            None => Ok(()),
        }
    }

    /// Checks the target of `target: annotation`.
    pub(crate) fn check_annotated(&self, target: E) -> Result<(), ParseError> {
        let node = self.expr(target);
        match node.kind {
            ExprKind::Name | ExprKind::Attr { .. } | ExprKind::Subscript { .. } => Ok(()),
            ExprKind::Tuple(_) => {
                Fail::at(node.span.start, "only single target (not tuple) can be annotated")
            }
            ExprKind::List(_) => {
                Fail::at(node.span.start, "only single target (not list) can be annotated")
            }
            _ => Fail::at(node.span.start, "illegal target for annotation"),
        }
    }

    /// Checks the target of `target op= value`.
    pub(crate) fn check_augmented(&self, target: E) -> Result<(), ParseError> {
        let node = self.expr(target);
        match node.kind {
            ExprKind::Name
            | ExprKind::Attr { .. }
            | ExprKind::Subscript { .. }
            | ExprKind::Error => Ok(()),
            _ => Fail::at(
                node.span.start,
                format!(
                    "'{}' is an illegal expression for augmented assignment",
                    self.describe(target)
                ),
            ),
        }
    }

    /// The first part of a target that cannot be assigned to.
    fn first_wrong(&self, target: E) -> Option<E> {
        match self.expr(target).kind {
            ExprKind::Name
            | ExprKind::Attr { .. }
            | ExprKind::Subscript { .. }
            | ExprKind::Error => None,
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                self.exprs(items).find_map(|item| self.first_wrong(item))
            }
            ExprKind::Starred(value) => self.first_wrong(value),
            _ => Some(target),
        }
    }

    /// What CPython calls an expression of this kind.
    pub(crate) fn describe(&self, e: E) -> &'static str {
        match self.expr(e).kind {
            ExprKind::Name => "name",
            ExprKind::None => "None",
            ExprKind::True => "True",
            ExprKind::False => "False",
            ExprKind::Ellipsis => "ellipsis",
            ExprKind::Number | ExprKind::Str => "literal",
            ExprKind::Comprehension { kind, .. } => match kind {
                CompKind::List => "list comprehension",
                CompKind::Set => "set comprehension",
                CompKind::Dict => "dict comprehension",
                CompKind::Generator => "generator expression",
            },
            ExprKind::Joined(_) => "f-string expression",
            ExprKind::Attr { .. } => "attribute",
            ExprKind::Call { .. } => "function call",
            ExprKind::Subscript { .. } => "subscript",
            ExprKind::Compare { .. } | ExprKind::Chained { .. } => "comparison",
            ExprKind::List(_) => "list",
            ExprKind::Tuple(_) => "tuple",
            ExprKind::Dict(_) => "dict literal",
            ExprKind::Set(_) => "set display",
            ExprKind::Walrus { .. } => "named expression",
            ExprKind::Starred(_) => "starred",
            ExprKind::Conditional { .. } => "conditional expression",
            ExprKind::Lambda { .. } => "lambda",
            ExprKind::Yield { .. } => "yield expression",
            ExprKind::Unsupported(what) => describe_unsupported(what),
            ExprKind::Binary { .. }
            | ExprKind::And { .. }
            | ExprKind::Or { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Format(_)
            | ExprKind::FormatText
            | ExprKind::Field { .. }
            | ExprKind::Keyword { .. }
            | ExprKind::Error => "expression",
        }
    }
}

fn describe_unsupported(what: &str) -> &'static str {
    match what {
        "Await" => "await expression",
        _ => "expression",
    }
}
