//! Expressions of a dump.

use super::tree::Tree;
use super::{BodyDumper, repr};
use crate::ast::{Expr, ExprId, Literal, written};
use crate::stack;

impl BodyDumper<'_> {
    /// An expression.
    pub(super) fn expr(&self, id: ExprId) -> Tree {
        stack::with_room(|| self.expr_kind(self.body.expr(id)))
    }

    fn expr_kind(&self, expr: &Expr) -> Tree {
        match expr {
            Expr::Auto => Tree::node("Auto", Vec::new()),
            Expr::Name(name) => Tree::node("Name", vec![("id", Tree::str(written(name)))]),
            Expr::Literal(literal) => dump_literal(literal),
            Expr::GetItem { value, args } => Tree::node(
                "GetItem",
                vec![("value", self.expr(*value)), ("args", self.exprs(args))],
            ),
            Expr::GetAttr { value, attr } => Tree::node(
                "GetAttr",
                vec![("value", self.expr(*value)), ("attr", str_literal(attr))],
            ),
            Expr::Call { func, args } => {
                Tree::node("Call", vec![("func", self.expr(*func)), ("args", self.exprs(args))])
            }
            Expr::CallMethod { target, method, args } => Tree::node(
                "CallMethod",
                vec![
                    ("target", self.expr(*target)),
                    ("method", str_literal(&method.name)),
                    ("args", self.exprs(args)),
                ],
            ),
            Expr::BinOp { op, left, right } => self.binary("BinOp", op.symbol(), *left, *right),
            Expr::CmpOp { op, left, right } => self.binary("CmpOp", op.symbol(), *left, *right),
            Expr::Keyword { name, value } => Tree::node(
                "Keyword",
                vec![("name", str_literal(&name.name)), ("value", self.expr(*value))],
            ),
            Expr::Starred(value) => Tree::node("Starred", vec![("value", self.expr(*value))]),
            Expr::Chain { first, rest } => {
                let ops = rest.iter().map(|(op, _)| Tree::str(op.symbol())).collect();
                let operands = rest.iter().map(|&(_, operand)| self.expr(operand)).collect();
                Tree::node(
                    "Chain",
                    vec![
                        ("first", self.expr(*first)),
                        ("ops", Tree::List(ops)),
                        ("operands", Tree::List(operands)),
                    ],
                )
            }
            Expr::UnaryOp { op, value } => Tree::node(
                "UnaryOp",
                vec![("op", Tree::str(op.symbol())), ("value", self.expr(*value))],
            ),
            Expr::And(left, right) => self.logical("And", *left, *right),
            Expr::Or(left, right) => self.logical("Or", *left, *right),
            Expr::IfExp { then, test, orelse } => Tree::node(
                "IfExp",
                vec![
                    ("test", self.expr(*test)),
                    ("then", self.expr(*then)),
                    ("orelse", self.expr(*orelse)),
                ],
            ),
            Expr::List(items) => Tree::node("List", vec![("items", self.exprs(items))]),
            Expr::Tuple(items) => Tree::node("Tuple", vec![("items", self.exprs(items))]),
            Expr::Dict(items) => {
                let items = items.iter().map(|&(key, value)| self.pair(key, value)).collect();
                Tree::node("Dict", vec![("items", Tree::List(items))])
            }
            Expr::Set(items) => Tree::node("Set", vec![("items", self.exprs(items))]),
            Expr::JoinedStr(values) => {
                Tree::node("JoinedStr", vec![("values", self.exprs(values))])
            }
            Expr::FormattedValue { value, conversion, spec } => Tree::node(
                "FormattedValue",
                vec![
                    ("value", self.expr(*value)),
                    ("conversion", Tree::Text(conversion.code().to_string())),
                    ("format_spec", spec.map_or_else(Tree::none, |spec| self.expr(spec))),
                ],
            ),
            Expr::Slice { start, stop, step } => self.slice(*start, *stop, *step),
            Expr::AssignExpr { target, value } => Tree::node(
                "AssignExpr",
                vec![("target", str_literal(&target.name)), ("value", self.expr(*value))],
            ),
            Expr::Comprehension(made) => self.comprehension(made),
            Expr::Lambda(def) => Tree::node("Lambda", vec![("funcdef", self.func_def(def))]),
            Expr::Block { body, value } => Tree::node(
                "BlockExpr",
                vec![("body", self.stmts(body)), ("value", self.expr(*value))],
            ),
        }
    }

    /// A list of expressions.
    pub(super) fn exprs(&self, ids: &[ExprId]) -> Tree {
        Tree::List(ids.iter().map(|&id| self.expr(id)).collect())
    }

    fn binary(&self, node: &'static str, op: &str, left: ExprId, right: ExprId) -> Tree {
        let fields =
            vec![("op", Tree::str(op)), ("left", self.expr(left)), ("right", self.expr(right))];
        Tree::node(node, fields)
    }

    fn logical(&self, node: &'static str, left: ExprId, right: ExprId) -> Tree {
        Tree::node(node, vec![("left", self.expr(left)), ("right", self.expr(right))])
    }

    fn slice(&self, start: ExprId, stop: ExprId, step: ExprId) -> Tree {
        let fields =
            vec![("start", self.expr(start)), ("stop", self.expr(stop)), ("step", self.expr(step))];
        Tree::node("Slice", fields)
    }

    fn pair(&self, key: ExprId, value: ExprId) -> Tree {
        Tree::node("KeyValuePair", vec![("key", self.expr(key)), ("value", self.expr(value))])
    }
}

/// A name or another string that is part of the syntax.
pub(super) fn str_literal(text: &str) -> Tree {
    Tree::node("StrLiteral", vec![("value", Tree::str(text))])
}

fn dump_literal(literal: &Literal) -> Tree {
    let node = match literal {
        Literal::Str(_) => "StrLiteral",
        Literal::Bytes(_) => "BytesLiteral",
        _ => "Literal",
    };
    Tree::node(node, vec![("value", Tree::Text(repr::literal(literal)))])
}
