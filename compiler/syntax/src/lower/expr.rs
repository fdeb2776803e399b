//! Expressions.

use super::{Lower, MAX_DEPTH, Place};
use crate::ast::{Expr, ExprId, Literal, UnaryOp};
use crate::cst::{E, ExprKind, List, NO_KEY};
use crate::node_ids::Arena;
use crate::stack;
use spy_text::Span;

impl Lower<'_, '_> {
    /// Lowers an expression.
    pub(super) fn expr(&mut self, e: E) -> ExprId {
        let node = self.cst.expr(e);
        if self.cx.depth >= MAX_DEPTH {
            self.reject(node.span, "expression is too deeply nested", "this is too deep");
            return self.poison(node.span);
        }
        self.cx.depth += 1;
        let id = stack::with_room(|| self.expr_kind(e, node.kind, node.span));
        self.cx.depth -= 1;
        id
    }

    fn expr_kind(&mut self, e: E, kind: ExprKind, span: Span) -> ExprId {
        let expr = match kind {
            ExprKind::Name => return self.name_expr(span),
            ExprKind::None => Expr::Literal(Literal::None),
            ExprKind::True => Expr::Literal(Literal::Bool(true)),
            ExprKind::False => Expr::Literal(Literal::Bool(false)),
            ExprKind::Number => return self.number(span),
            ExprKind::Str => return self.string(span),
            ExprKind::Joined(parts) => return self.joined(parts, span),
            ExprKind::Call { func, args } => return self.call(e, func, args),
            ExprKind::Unary { op, value } => return self.unary(op, value, span),
            ExprKind::Slice { lower, upper, step } => {
                return self.slice_expr([lower, upper, step], span);
            }
            ExprKind::Attr { value, name } => {
                Expr::GetAttr { value: self.expr(value), attr: self.name(name) }
            }
            ExprKind::Subscript { value, index } => {
                Expr::GetItem { value: self.expr(value), args: self.index_args(index) }
            }
            ExprKind::Binary { op, left, right } => {
                Expr::BinOp { op, left: self.expr(left), right: self.expr(right) }
            }
            ExprKind::Compare { op, left, right } => {
                Expr::CmpOp { op, left: self.expr(left), right: self.expr(right) }
            }
            ExprKind::Chained { .. } => self.chain(e),
            ExprKind::And { left, right } => Expr::And(self.expr(left), self.expr(right)),
            ExprKind::Or { left, right } => Expr::Or(self.expr(left), self.expr(right)),
            ExprKind::Conditional { then, test, orelse } => {
                let then = self.expr(then);
                Expr::IfExp { then, test: self.expr(test), orelse: self.expr(orelse) }
            }
            ExprKind::List(items) => Expr::List(self.items(items)),
            ExprKind::Tuple(items) => Expr::Tuple(self.items(items)),
            ExprKind::Dict(items) => Expr::Dict(self.pairs(items)),
            ExprKind::Set(items) => Expr::Set(self.items(items)),
            ExprKind::Walrus { target, value } => {
                let at = self.cst.expr(target).span;
                if self.is_boxed(at) {
                    let message = format!("'{}' is nonlocal in a function inside", self.name(at));
                    self.reject(at, &message, "assign it in a statement of its own");
                }
                let target = Box::new(self.walrus_target(at));
                Expr::AssignExpr { target, value: self.expr(value) }
            }
            ExprKind::Yield { from, .. } => {
                self.stray_yield(from, span);
                return self.poison(span);
            }
            ExprKind::Lambda { params, value } => self.lambda(params, value, span),
            ExprKind::Comprehension { kind, key, element, clauses } => {
                let items = [key, Some(element)].into_iter().flatten().collect();
                return self.comprehension(kind, items, clauses, span);
            }
            ExprKind::Ellipsis
            | ExprKind::Starred(_)
            | ExprKind::Keyword { .. }
            | ExprKind::Unsupported(_)
            | ExprKind::Format(_)
            | ExprKind::FormatText
            | ExprKind::Field { .. }
            | ExprKind::Error => return self.rejected(kind, span),
        };
        self.add_expr(expr, span)
    }

    /// The operands and operators of a chain of comparisons, from left to right.
    fn chain(&mut self, e: E) -> Expr {
        let mut links = Vec::new();
        let mut e = e;
        while let ExprKind::Chained { left, op, right } = self.cst.expr(e).kind {
            links.push((op, right));
            e = left;
        }
        if let ExprKind::Compare { op, left, right } = self.cst.expr(e).kind {
            links.push((op, right));
            e = left;
        }
        let first = self.expr(e);
        let rest = links.into_iter().rev().map(|(op, e)| (op, self.expr(e))).collect();
        Expr::Chain { first, rest }
    }

    /// What stands for an expression that was rejected.
    pub(super) fn poison(&mut self, span: Span) -> ExprId {
        self.add_expr(Expr::Literal(Literal::None), span)
    }

    fn rejected(&mut self, kind: ExprKind, span: Span) -> ExprId {
        match kind {
            ExprKind::Ellipsis => {
                self.reject(span, "unsupported literal: Ellipsis", "this is not supported yet");
            }
            ExprKind::Starred(_) => self.unsupported(span, "Starred"),
            ExprKind::Keyword { .. } => self.unsupported(span, "keyword arguments"),
            ExprKind::Unsupported(what) => self.unsupported(span, what),
            // Everything else was reported before, or is not rejected.
            _ => {}
        }
        self.poison(span)
    }

    /// Lowers a list of expressions.
    pub(super) fn exprs(&mut self, items: List) -> Vec<ExprId> {
        self.cst.exprs(items).map(|item| self.expr(item)).collect()
    }

    /// Lowers the items of a display, of which some may stand behind a `*`.
    fn items(&mut self, items: List) -> Vec<ExprId> {
        let cst = self.cst;
        let lower = |item| match cst.expr(item).kind {
            ExprKind::Starred(value) => {
                let value = self.expr(value);
                self.add_expr(Expr::Starred(value), cst.expr(item).span)
            }
            _ => self.expr(item),
        };
        cst.exprs(items).map(lower).collect()
    }

    /// The arguments of a subscript: a tuple is flattened, also one in parentheses.
    pub(super) fn index_args(&mut self, index: E) -> Vec<ExprId> {
        match self.cst.expr(index).kind {
            ExprKind::Tuple(items) => self.exprs(items),
            _ => vec![self.expr(index)],
        }
    }

    fn pairs(&mut self, items: List) -> Vec<(ExprId, ExprId)> {
        let mut pairs = Vec::with_capacity(items.len() / 2);
        for pair in self.cst.list(items).chunks_exact(2) {
            if pair[0] == NO_KEY {
                // `**other` is an item without a value of its own.
                let span = self.cst.expr(E(pair[1])).span;
                let other = self.expr(E(pair[1]));
                let key = self.add_expr(Expr::Starred(other), span);
                let end = Span::new(span.end, span.end);
                pairs.push((key, self.add_expr(Expr::Literal(Literal::None), end)));
            } else {
                pairs.push((self.expr(E(pair[0])), self.expr(E(pair[1]))));
            }
        }
        pairs
    }

    fn slice_expr(&mut self, parts: [Option<E>; 3], span: Span) -> ExprId {
        let [start, stop, step] = parts.map(|part| match part {
            Some(part) => self.expr(part),
            None => self.add_expr(Expr::Literal(Literal::None), span),
        });
        self.add_expr(Expr::Slice { start, stop, step }, span)
    }

    /// `-` before a number makes one literal, from the sign to the end of the digits.
    fn unary(&mut self, op: UnaryOp, value: E, span: Span) -> ExprId {
        let id = self.expr(value);
        if op == UnaryOp::Neg {
            let builder = &mut self.cx.builder;
            let index = builder.numbering.index(Arena::Exprs, id.0);
            if let Expr::Literal(literal) = &builder.body.exprs[index]
                && let Some(negated) = negate(literal)
            {
                builder.body.exprs[index] = Expr::Literal(negated);
                if matches!(self.place, Place::File) {
                    builder.spans.exprs[index].start = span.start;
                }
                return id;
            }
        }
        self.add_expr(Expr::UnaryOp { op, value: id }, span)
    }
}

/// The literal with the opposite sign, for integers, floats and bools.
fn negate(literal: &Literal) -> Option<Literal> {
    match literal {
        Literal::Bool(value) => Some(Literal::Int(if *value { "-1" } else { "0" }.into())),
        Literal::Int(digits) if &**digits == "0" => Some(literal.clone()),
        Literal::Int(digits) => Some(Literal::Int(match digits.strip_prefix('-') {
            Some(positive) => positive.into(),
            None => format!("-{digits}").into(),
        })),
        Literal::F64(bits) => Some(Literal::F64((-f64::from_bits(*bits)).to_bits())),
        Literal::None
        | Literal::TypedInt(..)
        | Literal::F32(_)
        | Literal::Imaginary(_)
        | Literal::Str(_)
        | Literal::Bytes(_) => None,
    }
}
