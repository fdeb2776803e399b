//! `__block__("...")`: statements and a result, as an expression.

use super::{Lower, Place};
use crate::ast::{Expr, ExprId};
use crate::blocks::Blocks;
use crate::cst::{List, S, StmtKind};
use spy_text::Span;

/// How deep such expressions may stand in each other.
const MAX_BLOCKS: u32 = 8;

impl Lower<'_, '_> {
    /// Lowers `__block__(args)`. Positions inside the text are those of the argument.
    pub(super) fn block(&mut self, span: Span, args: List) -> ExprId {
        let mut all = self.cst.exprs(args);
        let argument = match (all.next(), all.next()) {
            (Some(argument), None) if self.is_text(argument) => argument,
            _ => {
                self.reject(
                    span,
                    "__block__ requires a single string literal argument",
                    "expected a triple-quoted string",
                );
                return self.poison(span);
            }
        };
        let Some(text) = self.text_of(argument) else { return self.poison(span) };
        if self.cx.blocks >= MAX_BLOCKS {
            self.reject(span, "expression is too deeply nested", "this is too deep");
            return self.poison(span);
        }
        let place = self.place(self.cst.expr(argument).span);
        self.cx.blocks += 1;
        let value = self.block_text(span, place, dedent(&text).trim());
        self.cx.blocks -= 1;
        value
    }

    fn block_text(&mut self, span: Span, place: Span, text: &str) -> ExprId {
        let mut blocks = Blocks::new(text);
        let mut stmts = Vec::new();
        let more = blocks.all(&mut stmts);
        if !more.is_empty() {
            for message in more {
                self.errors.syntax(place.start, message);
            }
            return self.poison(span);
        }
        let Some((&last, before)) = stmts.split_last() else {
            self.reject(span, "__block__ body is empty", "expected at least one expression");
            return self.poison(span);
        };
        let mut inner = Lower {
            text,
            cst: &blocks.cst,
            place: Place::Whole(place),
            cx: &mut *self.cx,
            errors: &mut *self.errors,
            reads_blank: None,
        };
        let Some((body, value)) = inner.block_stmts(before, last) else { return self.poison(span) };
        self.add_expr(Expr::Block { body, value }, span)
    }

    fn block_stmts(&mut self, before: &[S], last: S) -> Option<(Vec<crate::ast::StmtId>, ExprId)> {
        let stmt = self.cst.stmt(last);
        let StmtKind::Expr(value) = stmt.kind else {
            self.reject(
                stmt.span,
                "__block__ last statement must be an expression (the result)",
                "this should be an expression",
            );
            return None;
        };
        let mut body = Vec::with_capacity(before.len());
        for &s in before {
            self.stmt(s, &mut body);
        }
        Some((body, self.expr(value)))
    }
}

/// The text without the white space that all its lines start with. Lines of white space alone
/// become empty.
fn dedent(text: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !blank(line)) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => indent,
            Some(margin) => {
                let common = margin.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..common]
            }
        });
    }
    let margin = margin.unwrap_or("").len();
    let lines = text.split('\n').map(|line| if blank(line) { "" } else { &line[margin..] });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::dedent;

    #[test]
    fn common_margin() {
        assert_eq!(dedent("\n    a\n      b\n  \n    c"), "\na\n  b\n\nc");
        assert_eq!(dedent("  a\n\tb"), "  a\n\tb");
        assert_eq!(dedent("x\n  y"), "x\n  y");
        assert_eq!(dedent(""), "");
    }
}
