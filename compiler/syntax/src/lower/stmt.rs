//! Statements inside functions and classes.

use super::{Lower, MAX_DEPTH};
use crate::ast::{Expr, Stmt, StmtId};
use crate::cst::{E, ExprKind, List, S, StmtKind};
use crate::stack;
use spy_text::Span;

impl Lower<'_, '_> {
    /// Lowers the statements of a block.
    pub(super) fn body(&mut self, list: List) -> Vec<StmtId> {
        let mut out = Vec::with_capacity(list.len());
        self.cx.boxes.depth += 1;
        for s in self.cst.stmts(list) {
            self.stmt(s, &mut out);
        }
        self.cx.boxes.depth -= 1;
        out
    }

    /// Lowers a statement onto the end of `out`.
    pub(super) fn stmt(&mut self, s: S, out: &mut Vec<StmtId>) {
        stack::with_room(|| self.stmt_kind(s, out));
    }

    fn stmt_kind(&mut self, s: S, out: &mut Vec<StmtId>) {
        let stmt = self.cst.stmt(s);
        let lowered = match stmt.kind {
            StmtKind::Def { def, body } => Some(self.def(stmt.span, def, body)),
            StmtKind::Class { class, body } => Some(self.class(stmt.span, class, body)),
            StmtKind::If { arms, orelse } => self.if_stmt(stmt.span, arms, orelse),
            StmtKind::While { test, body, orelse } => {
                self.while_stmt(stmt.span, test, body, orelse, out);
                None
            }
            StmtKind::For { target, iter, body, orelse } => {
                self.for_stmt(stmt.span, (target, iter), body, orelse, out);
                None
            }
            StmtKind::With { items, body } => {
                self.with_stmt(stmt.span, items, body, out);
                None
            }
            StmtKind::Break => self.break_stmt(stmt.span, out),
            StmtKind::Continue => self.continue_stmt(stmt.span, out),
            StmtKind::Return(value) => Some(self.return_stmt(stmt.span, value, out)),
            StmtKind::Assign { targets, value } => {
                self.assign(stmt.span, targets, value, out);
                None
            }
            StmtKind::Delete(targets) => {
                self.delete(stmt.span, targets, out);
                None
            }
            StmtKind::Nonlocal(names) if self.cx.in_red && self.cx.lambdas > 0 => {
                self.nonlocal(stmt.span, names, out);
                None
            }
            StmtKind::AnnAssign { target, annotation, value } if self.is_boxed_name(target) => {
                let name = self.cst.expr(target).span;
                self.declare_boxed(stmt.span, name, (Some(annotation), value), out);
                None
            }
            StmtKind::Declare { name, annotation, value, .. } if self.is_boxed(name) => {
                self.declare_boxed(stmt.span, name, (annotation, value), out);
                None
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                self.annotated(target, annotation, value)
            }
            StmtKind::AugAssign { op, target, value } => self.augmented(op, target, value),
            kind => self.simple(stmt.span, kind),
        };
        if let Some(lowered) = lowered {
            let id = self.add_stmt(lowered, stmt.span);
            out.push(id);
        }
    }

    fn simple(&mut self, span: Span, kind: StmtKind) -> Option<Stmt> {
        match kind {
            StmtKind::Pass => Some(Stmt::Pass),
            StmtKind::Expr(e) => Some(Stmt::Expr(self.expr(e))),
            StmtKind::Declare { keyword, name, annotation, value } => {
                let target = self.ident(name);
                let value = value.map(|value| self.expr(value));
                let ty = self.annotation(annotation, span);
                Some(Stmt::VarDef { keyword: Some(keyword), target, ty, value })
            }
            StmtKind::Raise { exc, cause } => self.raise(span, exc, cause),
            StmtKind::Assert { test, msg } => {
                let test = self.expr(test);
                Some(Stmt::Assert { test, msg: msg.map(|msg| self.expr(msg)) })
            }
            StmtKind::Global(names) => {
                let names: Vec<Span> =
                    self.cst.aliases(names).iter().map(|alias| alias.name).collect();
                Some(Stmt::Global(names.into_iter().map(|name| self.ident(name)).collect()))
            }
            StmtKind::Nonlocal(_) => self.no_stmt(span, "Nonlocal"),
            StmtKind::Import(_) => self.no_stmt(span, "Import"),
            StmtKind::ImportFrom { .. } => self.no_stmt(span, "ImportFrom"),
            StmtKind::Unsupported(what) => self.no_stmt(span, what),
            // Handled by the caller.
            StmtKind::Assign { .. }
            | StmtKind::Delete(_)
            | StmtKind::AnnAssign { .. }
            | StmtKind::AugAssign { .. }
            | StmtKind::If { .. }
            | StmtKind::While { .. }
            | StmtKind::For { .. }
            | StmtKind::With { .. }
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Return(_)
            | StmtKind::Def { .. }
            | StmtKind::Class { .. } => None,
        }
    }

    fn is_boxed_name(&self, e: E) -> bool {
        let node = self.cst.expr(e);
        node.kind == ExprKind::Name && !node.parens && self.is_boxed(node.span)
    }

    fn no_stmt(&mut self, span: Span, what: &str) -> Option<Stmt> {
        self.unsupported(span, what);
        None
    }

    fn annotation(&mut self, annotation: Option<E>, missing: Span) -> crate::ast::ExprId {
        match annotation {
            Some(annotation) => self.type_expr(annotation),
            None => self.add_expr(Expr::Auto, missing),
        }
    }

    fn annotated(&mut self, target: E, annotation: E, value: Option<E>) -> Option<Stmt> {
        let node = self.cst.expr(target);
        if node.kind != ExprKind::Name || node.parens {
            self.reject(
                node.span,
                "not supported: assignments targets with parentheses",
                "this is not supported",
            );
            return None;
        }
        let target = self.ident(node.span);
        let value = value.map(|value| self.expr(value));
        let ty = self.type_expr(annotation);
        Some(Stmt::VarDef { keyword: None, target, ty, value })
    }

    fn raise(&mut self, span: Span, exc: Option<E>, cause: bool) -> Option<Stmt> {
        match exc {
            _ if cause => self.no_stmt(span, "raise ... from ..."),
            None => self.no_stmt(span, "bare raise"),
            Some(exc) => Some(Stmt::Raise(self.expr(exc))),
        }
    }

    /// An `elif` is an `if` in the `else` of the one before.
    fn if_stmt(&mut self, span: Span, arms: List, orelse: List) -> Option<Stmt> {
        let arms = self.cst.list(arms);
        let levels = u32::try_from(arms.len() / 4).unwrap_or(u32::MAX);
        let Some(depth) = self.cx.depth.checked_add(levels).filter(|&depth| depth <= MAX_DEPTH / 2)
        else {
            self.reject(span, "statement is too deeply nested", "this has too many `elif` clauses");
            return None;
        };
        let outer = std::mem::replace(&mut self.cx.depth, depth);
        let lowered: Vec<_> = arms
            .chunks_exact(4)
            .map(|arm| (arm[0], self.expr(E(arm[1])), self.body(List::from_parts(arm[2], arm[3]))))
            .collect();
        let mut orelse = self.body(orelse);
        self.cx.depth = outer;
        let mut inner = None;
        for (start, test, then) in lowered.into_iter().rev() {
            if let Some((start, stmt)) = inner.take() {
                orelse = vec![self.add_stmt(stmt, Span::new(start, span.end))];
            }
            let orelse = std::mem::take(&mut orelse);
            inner = Some((start, Stmt::If { test, then, orelse }));
        }
        inner.map(|(_, stmt)| stmt)
    }

    fn while_stmt(&mut self, span: Span, test: E, body: List, orelse: List, out: &mut Vec<StmtId>) {
        let broke = self.start_else(span, orelse, out);
        let test = self.expr(test);
        let body = self.loop_body(body, broke.clone());
        self.push(Stmt::While { test, body }, span, out);
        self.end_else(span, broke, orelse, out);
    }

    fn for_stmt(
        &mut self,
        span: Span,
        (target, iter): (E, E),
        body: List,
        orelse: List,
        out: &mut Vec<StmtId>,
    ) {
        let node = self.cst.expr(target);
        let simple = !matches!(node.kind, ExprKind::Starred(_));
        if !simple {
            self.unsupported(node.span, "complex for loop targets");
        }
        let broke = self.start_else(span, orelse, out);
        let seq = self.cx.next_loop;
        self.cx.next_loop += 1;
        let iter = self.expr(iter);
        let (target, mut stmts) = if simple {
            self.loop_target(span, target)
        } else {
            (self.hidden(node.span), Vec::new())
        };
        stmts.extend(self.loop_body(body, broke.clone()));
        if simple {
            self.push(Stmt::For { seq, target, iter, body: stmts }, span, out);
        }
        self.end_else(span, broke, orelse, out);
    }
}
