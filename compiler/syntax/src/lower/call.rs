//! Calls, and the literals that are written as calls: `i8(3)`, `f32(2.5)`.

use super::Lower;
use super::literal::Number;
use crate::ast::{Expr, ExprId, Ident, Literal, UnaryOp};
use crate::cst::{E, ExprKind, List};
use spy_text::Name;

/// The types whose literals are written `T(N)`, with their ranges.
const INT_TYPES: [(&str, i128, i128); 6] = [
    ("i8", i8::MIN as i128, i8::MAX as i128),
    ("u8", u8::MIN as i128, u8::MAX as i128),
    ("i32", i32::MIN as i128, i32::MAX as i128),
    ("u32", u32::MIN as i128, u32::MAX as i128),
    ("i64", i64::MIN as i128, i64::MAX as i128),
    ("u64", u64::MIN as i128, u64::MAX as i128),
];

impl Lower<'_, '_> {
    /// Lowers a call.
    pub(super) fn call(&mut self, e: E, func: E, args: List) -> ExprId {
        let span = self.cst.expr(e).span;
        let callee = self.cst.expr(func);
        if callee.kind == ExprKind::Name {
            let name = self.slice(callee.span);
            if name == "__block__" {
                return self.block(span, args);
            }
            if let Some(literal) = self.typed_literal(name, args) {
                return literal;
            }
        }
        if let ExprKind::Attr { value, name } = callee.kind {
            let target = self.expr(value);
            let args = self.call_args(args);
            let (args, name) = (args.into_boxed_slice(), self.name(name));
            let method = Box::new(Ident { name, mark: self.mark(callee.span) });
            return self.add_expr(Expr::CallMethod { target, method, args }, span);
        }
        let func = self.expr(func);
        let args = self.call_args(args);
        self.add_expr(Expr::Call { func, args }, span)
    }

    /// The arguments as written.
    fn call_args(&mut self, args: List) -> Vec<ExprId> {
        let mut lowered = Vec::with_capacity(args.len());
        let mut names: Vec<Name> = Vec::new();
        for arg in self.cst.exprs(args) {
            let node = self.cst.expr(arg);
            let made = match node.kind {
                ExprKind::Keyword { name: None, .. } => {
                    self.unsupported(node.span, "keyword arguments");
                    continue;
                }
                ExprKind::Keyword { name: Some(name), value } => {
                    let name = self.ident(self.cst.expr(name).span);
                    if names.contains(&name.name) {
                        let message = format!("keyword argument repeated: {}", name.name);
                        self.reject(node.span, message, "this was given before");
                    }
                    names.push(name.name.clone());
                    let (name, value) = (Box::new(name), self.expr(value));
                    self.add_expr(Expr::Keyword { name, value }, node.span)
                }
                ExprKind::Starred(value) => {
                    let value = self.expr(value);
                    self.add_expr(Expr::Starred(value), node.span)
                }
                _ => self.expr(arg),
            };
            lowered.push(made);
        }
        lowered
    }

    /// `T(N)` with the name of a number type and a literal: a typed literal, whatever the name
    /// means here.
    fn typed_literal(&mut self, name: &str, args: List) -> Option<ExprId> {
        let int = INT_TYPES.iter().find(|(ty, ..)| *ty == name);
        if int.is_none() && !matches!(name, "f32" | "f64") {
            return None;
        }
        let mut all = self.cst.exprs(args);
        let (Some(arg), None) = (all.next(), all.next()) else { return None };
        let (arg, negative) = match self.cst.expr(arg).kind {
            ExprKind::Unary { op: UnaryOp::Neg, value } => (value, true),
            _ => (arg, false),
        };
        let node = self.cst.expr(arg);
        if node.kind != ExprKind::Number {
            return None;
        }
        let literal = match (Number::read(self.slice(node.span)), int) {
            (Number::Int(digits), Some(&(_, low, high))) => {
                let signed = if negative && &*digits != "0" {
                    format!("-{digits}")
                } else {
                    digits.to_string()
                };
                match signed.parse() {
                    Ok(value) if (low..=high).contains(&value) => {
                        Literal::TypedInt(Box::new((Name::new(name), value)))
                    }
                    _ => {
                        let message =
                            format!("{name} literal {signed} is out of range [{low}, {high}]");
                        self.reject(node.span, message, "integer literal out of range");
                        return Some(self.poison(node.span));
                    }
                }
            }
            (Number::Float(value), None) => float(name, if negative { -value } else { value }),
            (Number::Int(digits), None) => {
                let value: f64 = digits.parse().unwrap_or(f64::INFINITY);
                if value.is_infinite() {
                    self.reject(
                        node.span,
                        format!("{name} literal is out of range"),
                        "integer literal out of range",
                    );
                    return Some(self.poison(node.span));
                }
                // An integer has no negative zero.
                float(name, if negative && value != 0.0 { -value } else { value })
            }
            _ => return None,
        };
        Some(self.add_expr(Expr::Literal(literal), node.span))
    }
}

fn float(ty: &str, value: f64) -> Literal {
    if ty == "f32" {
        // Rounding to the nearest single is what `f32(N)` means.
        Literal::F32((value as f32).to_bits())
    } else {
        Literal::F64(value.to_bits())
    }
}
