//! Which locals code reads before it has assigned them.

use crate::visit::{self, Node, deep};
use spy_ir::{Expr, ExprKind, LocalId, Stmt, StmtKind};
use spy_text::HashSet;

/// What a piece of code does with locals, in the order of execution.
#[derive(Clone, Default)]
pub(crate) struct Flow {
    /// What it may read before it has assigned it.
    pub(crate) early: HashSet<LocalId>,
    /// What it has assigned for certain when it is over.
    pub(crate) done: HashSet<LocalId>,
    /// What it may assign.
    pub(crate) assigned: HashSet<LocalId>,
}

impl Flow {
    /// Reads code in front of which `done` have been assigned.
    pub(crate) fn of(stmts: &[Stmt], done: HashSet<LocalId>) -> Self {
        let mut flow = Self { done, ..Self::default() };
        flow.stmts(stmts);
        flow
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            deep(|| self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { test, then, orelse } => {
                self.expr(test);
                let before = self.done.clone();
                self.stmts(then);
                let then = std::mem::replace(&mut self.done, before);
                self.stmts(orelse);
                self.done.retain(|local| then.contains(local));
            }
            StmtKind::While { test, body } => {
                self.expr(test);
                self.perhaps(|flow| flow.stmts(body));
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.perhaps(|flow| msg.iter().for_each(|msg| flow.expr(msg)));
            }
            _ => {
                for expr in visit::stmt_exprs(stmt) {
                    self.expr(expr);
                }
                let declares = matches!(stmt.kind, StmtKind::VarDef(_, None));
                self.assign(&Node::Stmt(stmt), !declares);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Local(local) => {
                if !self.done.contains(local) {
                    self.early.insert(*local);
                }
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                deep(|| self.expr(left));
                self.perhaps(|flow| deep(|| flow.expr(right)));
            }
            _ => {
                if let ExprKind::Block(stmts, _) = &expr.kind {
                    self.stmts(stmts);
                }
                for operand in visit::operands(expr) {
                    deep(|| self.expr(operand));
                }
                self.assign(&Node::Expr(expr), true);
            }
        }
    }

    /// Reads what may not run.
    fn perhaps(&mut self, read: impl FnOnce(&mut Self)) {
        let done = self.done.clone();
        read(self);
        self.done = done;
    }

    fn assign(&mut self, node: &Node<'_>, done: bool) {
        visit::assigned(node, &mut |local| {
            self.assigned.insert(local);
            if done {
                self.done.insert(local);
            }
        });
    }
}
