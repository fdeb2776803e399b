//! What is the same in every round of a loop, moved in front of it; and wide subscripts.
//!
//! Both are done to the version of a loop that runs without checks (see `bounds`), whose guards
//! say that the pointers that are followed here are not NULL:
//!
//! ```text
//! while i < stop:                          items = d.items
//!     ...                                  while i < stop:
//!     total = total + d.items[i * n]           total = total + items[i64(i) * i64(n)]
//! ```
//!
//! C compilers move loads themselves, Cranelift does not. A subscript of 32 bits may wrap around, as
//! far as either knows, and so has to be computed anew in every round; the exact one, which 64 bits
//! hold and which is in bounds, is a pointer that moves.

use crate::bounds::Loop;
use crate::visit::{self, Node, deep};
use spy_ir::{Callee, Expr, ExprKind, Local, LocalId, Name, PtrOp, Stmt, StmtKind, Type};

/// Rewrites the fast version of a loop. The new locals go to `locals`; returns what stands in front of
/// the loop.
pub(crate) fn rewrite(
    loop_: &mut Loop<'_>,
    test: &mut Expr,
    fast: &mut [Stmt],
    locals: &mut Vec<Local>,
) -> Vec<Stmt> {
    let mut pass = Pass { loop_, locals, moved: Vec::new(), always: true };
    pass.expr(test);
    for stmt in fast {
        pass.stmt(stmt);
        pass.always &= !leaves(stmt);
    }
    pass.moved
        .into_iter()
        .map(|(value, local)| Stmt { pos: value.pos, kind: StmtKind::Assign(local, value) })
        .collect()
}

/// A local of the optimizer.
pub(crate) fn new_local(name: &str, ty: Type, locals: &mut Vec<Local>) -> LocalId {
    let number = locals.len();
    locals.push(Local { name: Name::from(format!("{name}$o{number}")), ty });
    LocalId(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Whether what follows `stmt` may not run in the first round.
pub(crate) fn leaves(stmt: &Stmt) -> bool {
    let mut found = false;
    visit::walk(std::slice::from_ref(stmt), &mut |node| found |= is_way_out(&node));
    found
}

/// The same for an expression.
pub(crate) fn leaves_within(expr: &Expr) -> bool {
    let mut found = false;
    visit::walk_expr(expr, &mut |node| found |= is_way_out(&node));
    found
}

fn is_way_out(node: &Node<'_>) -> bool {
    match node {
        Node::Stmt(stmt) => matches!(
            stmt.kind,
            StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Assert { .. }
        ),
        Node::Expr(expr) => matches!(expr.kind, ExprKind::Call(Callee::Raise(_), _)),
    }
}

struct Pass<'p, 'a> {
    loop_: &'p mut Loop<'a>,
    locals: &'p mut Vec<Local>,
    /// What is computed in front of the loop, and the locals that hold it.
    moved: Vec<(Expr, LocalId)>,
    /// Whether the current place is reached in the first round. What is not may never be, and is
    /// left where it is: its pointers may lead nowhere.
    always: bool,
}

impl Pass<'_, '_> {
    fn stmt(&mut self, stmt: &mut Stmt) {
        for expr in visit::stmt_exprs_mut(stmt) {
            self.expr(expr);
        }
        let always = std::mem::replace(&mut self.always, false);
        for block in visit::stmt_blocks_mut(stmt) {
            for stmt in block {
                deep(|| self.stmt(stmt));
            }
        }
        self.always = always;
    }

    fn expr(&mut self, expr: &mut Expr) {
        if self.moves(expr) {
            return;
        }
        self.widen_subscript(expr);
        if let ExprKind::Block(stmts, _) = &mut expr.kind {
            for stmt in stmts {
                deep(|| self.stmt(stmt));
                self.always &= !leaves(stmt);
            }
        }
        let is_choice = matches!(expr.kind, ExprKind::And(..) | ExprKind::Or(..));
        for (index, operand) in visit::operands_mut(expr).into_iter().enumerate() {
            let always = self.always;
            let chosen = is_choice && index > 0;
            self.always = always && !chosen;
            deep(|| self.expr(operand));
            if chosen {
                self.always = always && !leaves_within(operand);
            }
        }
    }

    /// Replaces an expression that loads what no round changes by a local. Where it may not be
    /// reached, only one that holds it already will do.
    fn moves(&mut self, expr: &mut Expr) -> bool {
        if !matches!(expr.kind, ExprKind::Call(..)) || !is_plain(expr) {
            return false;
        }
        let found = if self.always { self.loop_.invariant(expr) } else { self.loop_.same(expr) };
        let Some(value) = found.filter(has_load) else { return false };
        let known = self.moved.iter().find(|(known, _)| same(known, &value));
        let local = match known {
            Some((_, local)) => *local,
            None if self.always => self.move_out(value),
            None => return false,
        };
        expr.kind = ExprKind::Local(local);
        true
    }

    fn move_out(&mut self, value: Expr) -> LocalId {
        let local = new_local("fixed", value.ty.clone(), self.locals);
        self.moved.push((value, local));
        local
    }

    /// Computes the subscript of an item in 64 bits, if that is the same.
    fn widen_subscript(&mut self, expr: &mut Expr) {
        let ExprKind::Call(Callee::Ptr(op), args) = &mut expr.kind else { return };
        if !matches!(op, PtrOp::GetItemByVal | PtrOp::GetItemByRef | PtrOp::Store) {
            return;
        }
        let Some(subscript) = args.get_mut(1) else { return };
        if let Some(wide) = self.loop_.wide(subscript, self.always) {
            *subscript = wide;
        }
    }
}

/// Whether there is nothing in `expr` but calls, locals and constants.
fn is_plain(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call(..) | ExprKind::Local(_) | ExprKind::Const(_))
        && visit::operands(expr).into_iter().all(|operand| deep(|| is_plain(operand)))
}

fn has_load(expr: &Expr) -> bool {
    let loads = [PtrOp::GetItemByVal, PtrOp::Deref];
    let own = match &expr.kind {
        ExprKind::Call(Callee::Ptr(op), _) => {
            loads.contains(op) || matches!(op, PtrOp::GetFieldByVal(_))
        }
        _ => false,
    };
    own || visit::operands(expr).into_iter().any(|operand| deep(|| has_load(operand)))
}

/// Whether two plain expressions are equal, wherever they stand.
fn same(left: &Expr, right: &Expr) -> bool {
    let alike = match (&left.kind, &right.kind) {
        (ExprKind::Call(left, _), ExprKind::Call(right, _)) => left == right,
        (left, right) => left == right,
    };
    let (left, right) = (visit::operands(left), visit::operands(right));
    alike
        && left.len() == right.len()
        && left.into_iter().zip(right).all(|(left, right)| deep(|| same(left, right)))
}
