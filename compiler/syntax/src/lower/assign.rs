//! Assignments, also those of `for` and `del`.
//!
//! What has several targets, or targets inside targets, becomes several statements, with hidden names
//! between them that no text can spell:
//!
//! ```text
//! a = b[i] = e              _$value0 = e;  a = _$value0;  b[i] = _$value0
//! a, (b, c[i]) = e          a, _$value0 = e;  b, _$value1 = _$value0;  c[i] = _$value1
//! for k, v in e: ...        for _$value0 in e: k, v = _$value0; ...
//! a, *b, c = e              _$value0 = [*e];  _$value1 = _$value0._unpack_rest(1, 1);
//!                           a = _$value0[0];  b = _$value1;  c = _$value0[-1]
//! ```

use super::Lower;
use crate::ast::{BinOp, Expr, ExprId, Ident, Literal, Stmt, StmtId};
use crate::cst::{E, ExprKind, List};
use crate::stack;
use spy_text::{Name, Span};

/// What is assigned.
#[derive(Clone)]
pub(super) enum Source {
    /// An expression of the text.
    Text(E),
    /// What a hidden name holds, at this place.
    Hidden(Name, Span),
}

impl Lower<'_, '_> {
    /// `targets = value`.
    pub(super) fn assign(&mut self, span: Span, targets: List, value: E, out: &mut Vec<StmtId>) {
        let targets: Vec<E> = self.cst.exprs(targets).collect();
        let source = if targets.len() == 1 || self.is_literal(value) {
            Source::Text(value)
        } else {
            let at = self.cst.expr(value).span;
            let target = self.hidden(at);
            let source = Source::Hidden(target.name.clone(), at);
            let value = self.expr(value);
            self.push(Stmt::Assign { target, value }, span, out);
            source
        };
        for target in targets {
            self.assign_one(span, target, source.clone(), out);
        }
    }

    /// Whether an expression may be evaluated once for each target.
    pub(super) fn is_literal(&self, e: E) -> bool {
        matches!(
            self.cst.expr(e).kind,
            ExprKind::None | ExprKind::True | ExprKind::False | ExprKind::Number | ExprKind::Str
        )
    }

    /// `target = source`, for a target of any shape.
    pub(super) fn assign_one(
        &mut self,
        span: Span,
        target: E,
        source: Source,
        out: &mut Vec<StmtId>,
    ) {
        let node = self.cst.expr(target);
        let stmt = match node.kind {
            ExprKind::Name if self.is_boxed(node.span) => {
                return self.assign_boxed(span, node.span, source, out);
            }
            ExprKind::Name => {
                let target = self.bound(node.span);
                Stmt::Assign { target, value: self.source(source) }
            }
            ExprKind::Attr { value: object, name } => {
                let target = self.expr(object);
                let (attr, mark) = (self.name(name), self.mark(node.span));
                Stmt::SetAttr { target, attr, mark, value: self.source(source) }
            }
            ExprKind::Subscript { value: object, index } => {
                let target = self.expr(object);
                let args = self.index_args(index);
                let mark = self.mark(node.span);
                Stmt::SetItem { target, args, mark, value: self.source(source) }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                stack::with_room(|| self.unpack(span, items, source, out));
                return;
            }
            ExprKind::Error => return,
            _ => {
                self.unsupported(node.span, "assign to complex expressions");
                return;
            }
        };
        self.push(stmt, span, out);
    }

    /// Unpacks into targets. Those that are not names, and all after the first such, are assigned
    /// afterwards, from left to right.
    fn unpack(&mut self, span: Span, items: List, source: Source, out: &mut Vec<StmtId>) {
        let items: Vec<E> = self.cst.exprs(items).collect();
        let is_starred = |e: &E| matches!(self.cst.expr(*e).kind, ExprKind::Starred(_));
        if let Some(star) = items.iter().position(is_starred) {
            return self.unpack_starred(span, &items, star, source, out);
        }
        let is_name = |e: &E| self.is_plain_name(*e);
        let direct = items.iter().take_while(|item| is_name(item)).count();
        let mut targets = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = self.cst.expr(*item).span;
            targets.push(if index < direct { self.bound(at) } else { self.hidden(at) });
        }
        let hidden: Vec<_> = targets[direct..].iter().map(|ident| ident.name.clone()).collect();
        let value = self.source(source);
        self.push(Stmt::Unpack { targets, value }, span, out);
        for (item, name) in items[direct..].iter().zip(hidden) {
            let at = self.cst.expr(*item).span;
            self.assign_one(span, *item, Source::Hidden(name, at), out);
        }
    }

    /// Unpacks into targets of which number `star` takes what the others leave, as a list.
    fn unpack_starred(
        &mut self,
        span: Span,
        items: &[E],
        star: usize,
        source: Source,
        out: &mut Vec<StmtId>,
    ) {
        let at = self.cst.expr(items[star]).span;
        let value = self.source(source);
        let value = self.add_expr(Expr::Starred(value), span);
        let value = self.add_expr(Expr::List(vec![value]), span);
        let list = self.hidden(span);
        let all = list.name.clone();
        self.push(Stmt::Assign { target: list, value }, span, out);
        let target = self.add_expr(Expr::Name(all.clone()), span);
        let method = Ident { name: Name::new_static("_unpack_rest"), mark: self.mark(at) };
        let args = [star, items.len() - star - 1].map(|count| self.integer(count.to_string(), at));
        let (method, args) = (Box::new(method), Box::new(args));
        let value = self.add_expr(Expr::CallMethod { target, method, args }, span);
        let rest = self.hidden(at);
        let middle = Source::Hidden(rest.name.clone(), at);
        self.push(Stmt::Assign { target: rest, value }, span, out);
        for (index, item) in items.iter().enumerate() {
            match self.cst.expr(*item).kind {
                ExprKind::Starred(target) if index == star => {
                    self.assign_one(span, target, middle.clone(), out);
                }
                ExprKind::Starred(_) => {
                    let message = "multiple starred expressions in assignment";
                    self.reject(self.cst.expr(*item).span, message, "there is one before");
                }
                _ if index < star => self.assign_item(*item, &all, index.to_string(), out),
                _ => self.assign_item(*item, &all, format!("-{}", items.len() - index), out),
            }
        }
    }

    /// `target = list[position]`.
    fn assign_item(&mut self, target: E, list: &Name, position: String, out: &mut Vec<StmtId>) {
        let node = self.cst.expr(target);
        let value = self.add_expr(Expr::Name(list.clone()), node.span);
        let args = vec![self.integer(position, node.span)];
        let value = self.add_expr(Expr::GetItem { value, args }, node.span);
        let is_name = self.is_plain_name(target);
        let ident = if is_name { self.bound(node.span) } else { self.hidden(node.span) };
        let name = ident.name.clone();
        self.push(Stmt::Assign { target: ident, value }, node.span, out);
        if !is_name {
            self.assign_one(node.span, target, Source::Hidden(name, node.span), out);
        }
    }

    fn is_plain_name(&self, e: E) -> bool {
        let node = self.cst.expr(e);
        node.kind == ExprKind::Name && !self.is_boxed(node.span)
    }

    pub(super) fn integer(&mut self, digits: String, span: Span) -> ExprId {
        self.add_expr(Expr::Literal(Literal::Int(digits.into())), span)
    }

    pub(super) fn source(&mut self, source: Source) -> ExprId {
        match source {
            Source::Text(e) => self.expr(e),
            Source::Hidden(name, span) => self.add_expr(Expr::Name(name), span),
        }
    }

    /// A new hidden name, which stands for what is at `span`.
    pub(super) fn hidden(&mut self, span: Span) -> Ident {
        let prefix = self.cx.comprehensions.prefix();
        let builder = &mut self.cx.builder;
        let name = Name::from(match prefix {
            Some(prefix) => format!("{prefix}$value{}", builder.hidden),
            None => format!("_$value{}", builder.hidden),
        });
        builder.hidden += 1;
        Ident { name, mark: self.mark(span) }
    }

    /// The target of a `for`: a name, and what assigns the real targets from it.
    pub(super) fn loop_target(&mut self, span: Span, target: E) -> (Ident, Vec<StmtId>) {
        let node = self.cst.expr(target);
        let mut assigns = Vec::new();
        if self.is_plain_name(target) {
            return (self.bound(node.span), assigns);
        }
        let hidden = self.hidden(node.span);
        // A starred target has been reported, as what the loop assigns.
        if !matches!(node.kind, ExprKind::Starred(_)) {
            let source = Source::Hidden(hidden.name.clone(), node.span);
            self.assign_one(span, target, source, &mut assigns);
        }
        (hidden, assigns)
    }

    /// `target op= value`.
    pub(super) fn augmented(&mut self, op: BinOp, target: E, value: E) -> Option<Stmt> {
        let node = self.cst.expr(target);
        Some(match node.kind {
            ExprKind::Name if self.is_boxed(node.span) => self.augment_boxed(op, node.span, value),
            ExprKind::Name => {
                let target = self.ident(node.span);
                Stmt::AugAssign { op, target, value: self.expr(value) }
            }
            ExprKind::Attr { value: object, name } => {
                let target = self.expr(object);
                let (attr, mark) = (self.name(name), self.mark(node.span));
                Stmt::AugSetAttr { op, target, attr, mark, value: self.expr(value) }
            }
            ExprKind::Subscript { value: object, index } => {
                let target = self.expr(object);
                let args = self.index_args(index);
                let mark = self.mark(node.span);
                Stmt::AugSetItem { op, target, args, mark, value: self.expr(value) }
            }
            // Reported before.
            _ => return None,
        })
    }

    /// `del targets`: items only. A name is bound for as long as its function runs.
    pub(super) fn delete(&mut self, span: Span, targets: E, out: &mut Vec<StmtId>) {
        let mut open = vec![targets];
        let mut stmts = Vec::new();
        while let Some(target) = open.pop() {
            let node = self.cst.expr(target);
            match node.kind {
                ExprKind::Tuple(items) | ExprKind::List(items) => {
                    open.extend(self.cst.exprs(items).rev());
                }
                ExprKind::Subscript { value: object, index } => {
                    let target = self.expr(object);
                    let args = self.index_args(index);
                    stmts.push(Stmt::DelItem { target, args, mark: self.mark(node.span) });
                }
                ExprKind::Error => {}
                _ => {
                    self.unsupported(span, "Delete");
                    return;
                }
            }
        }
        for stmt in stmts {
            self.push(stmt, span, out);
        }
    }

    pub(super) fn push(&mut self, stmt: Stmt, span: Span, out: &mut Vec<StmtId>) {
        let id = self.add_stmt(stmt, span);
        out.push(id);
    }
}
