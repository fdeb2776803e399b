//! Which locals a round may find as the round before has left them.

use crate::visit;
use crate::visit::deep;
use spy_ir::{Expr, ExprKind, LocalId, Stmt, StmtKind};
use spy_text::HashSet;

/// Locals that the test of a loop or a round reads where it may not have assigned them yet.
pub(super) fn stale(test: &Expr, body: &[Stmt]) -> HashSet<LocalId> {
    let mut walk = Walk::default();
    walk.expr(test);
    walk.list(body);
    walk.stale
}

#[derive(Default)]
struct Walk {
    /// What has been assigned on every way to the current place.
    assigned: HashSet<LocalId>,
    stale: HashSet<LocalId>,
}

impl Walk {
    fn list(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            deep(|| self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        for expr in visit::stmt_exprs(stmt) {
            self.expr(expr);
        }
        match &stmt.kind {
            StmtKind::Assign(local, _) | StmtKind::VarDef(local, Some(_)) => {
                self.assigned.insert(*local);
            }
            StmtKind::If { then, orelse, .. } => {
                let before = self.assigned.clone();
                self.list(then);
                let after = std::mem::replace(&mut self.assigned, before);
                self.list(orelse);
                self.assigned.retain(|local| after.contains(local));
            }
            StmtKind::While { body, .. } => self.aside(|walk| walk.list(body)),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Local(local) => {
                if !self.assigned.contains(local) {
                    self.stale.insert(*local);
                }
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                deep(|| self.expr(left));
                self.aside(|walk| deep(|| walk.expr(right)));
            }
            _ => {
                if let ExprKind::Block(stmts, _) = &expr.kind {
                    self.list(stmts);
                }
                for operand in visit::operands(expr) {
                    deep(|| self.expr(operand));
                }
                if let ExprKind::AssignLocal(local, _) = &expr.kind {
                    self.assigned.insert(*local);
                }
            }
        }
    }

    /// What `f` assigns may not be assigned.
    fn aside(&mut self, f: impl FnOnce(&mut Self)) {
        let before = self.assigned.clone();
        f(self);
        self.assigned = before;
    }
}
