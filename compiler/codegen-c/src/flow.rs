//! Which locals are read, which are assigned, and which may be read before they are assigned.
//!
//! One walk in evaluation order. Assignments made in a branch are undone from a trail where the
//! branches meet, except for those that every branch which goes on has made.

use spy_ir::{Callee, Const, Expr, ExprKind, Func, LocalId, Scalar, Stmt, StmtKind, Target};
use spy_text::HashSet;

/// What is known about one local.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Its value is used somewhere.
    pub(crate) read: bool,
    /// It gets a value somewhere.
    pub(crate) assigned: bool,
    /// It may be used before it gets one.
    pub(crate) read_early: bool,
}

/// Usage of each local of a function.
pub(crate) fn usage(func: &Func) -> Vec<Usage> {
    let mut walk = Walk {
        usage: vec![Usage::default(); func.locals.len()],
        assigned: vec![false; func.locals.len()],
        trail: Vec::new(),
        dead: false,
    };
    walk.assigned[..func.param_count as usize].fill(true);
    walk.stmts(&func.body);
    walk.usage
}

/// Whether control can reach the end of these statements.
pub(crate) fn falls_through(stmts: &[Stmt]) -> bool {
    stmts.iter().all(|stmt| {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &stmt.kind {
            StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => false,
            StmtKind::Expr(expr) => !matches!(expr.kind, ExprKind::Call(Callee::Raise(_), _)),
            StmtKind::If { then, orelse, .. } => falls_through(then) || falls_through(orelse),
            StmtKind::While { test, body } => !is_true(test) || has_break(body),
            _ => true,
        })
    })
}

/// Whether a `break` leaves the loop with this body.
fn has_break(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &stmt.kind {
            StmtKind::Break => true,
            StmtKind::If { then, orelse, .. } => has_break(then) || has_break(orelse),
            _ => false,
        })
    })
}

/// Whether an expression is the constant `True`.
pub(crate) fn is_true(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(Const::Scalar(Scalar::Bool(true))))
}

struct Walk {
    usage: Vec<Usage>,
    /// Definitely assigned so far.
    assigned: Vec<bool>,
    /// What was assigned first since the walk began, minus what was undone.
    trail: Vec<LocalId>,
    /// Control cannot get here.
    dead: bool,
}

/// What a branch did.
struct Branch {
    assigned: Vec<LocalId>,
    dead: bool,
}

impl Walk {
    fn assign(&mut self, local: LocalId) {
        let index = local.0 as usize;
        self.usage[index].assigned = true;
        if !std::mem::replace(&mut self.assigned[index], true) {
            self.trail.push(local);
        }
    }

    fn read(&mut self, local: LocalId) {
        let index = local.0 as usize;
        self.usage[index].read = true;
        self.usage[index].read_early |= !self.assigned[index] && !self.dead;
    }

    /// Walks a branch and forgets what it assigned.
    fn branch(&mut self, walk: impl FnOnce(&mut Self)) -> Branch {
        let (mark, dead) = (self.trail.len(), self.dead);
        walk(self);
        let assigned = self.trail.split_off(mark);
        for local in &assigned {
            self.assigned[local.0 as usize] = false;
        }
        Branch { assigned, dead: std::mem::replace(&mut self.dead, dead) }
    }

    /// Keeps what both branches assigned; one that does not go on has no say.
    fn join(&mut self, a: Branch, b: Branch) {
        let kept = match (a.dead, b.dead) {
            (true, true) => {
                self.dead = true;
                return;
            }
            (true, false) => b.assigned,
            (false, true) => a.assigned,
            (false, false) => {
                let other: HashSet<LocalId> = b.assigned.into_iter().collect();
                a.assigned.into_iter().filter(|local| other.contains(local)).collect()
            }
        };
        for local in kept {
            self.assign(local);
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Pass | StmtKind::VarDef(_, None) => {}
            StmtKind::Break | StmtKind::Continue => self.dead = true,
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                self.expr(value);
                self.assign(*local);
            }
            StmtKind::AssignCell(_, value) => self.expr(value),
            StmtKind::Unpack(targets, value) => {
                self.expr(value);
                for target in targets {
                    if let Target::Local(local) = target {
                        self.assign(*local);
                    }
                }
            }
            StmtKind::Expr(Expr { kind: ExprKind::AssignLocal(local, value), .. }) => {
                self.expr(value);
                self.assign(*local);
            }
            StmtKind::Expr(value) => {
                self.expr(value);
                self.dead |= matches!(value.kind, ExprKind::Call(Callee::Raise(_), _));
            }
            StmtKind::Return(value) => {
                self.expr(value);
                self.dead = true;
            }
            StmtKind::If { test, then, orelse } => {
                self.expr(test);
                let then = self.branch(|walk| walk.stmts(then));
                let orelse = self.branch(|walk| walk.stmts(orelse));
                self.join(then, orelse);
            }
            StmtKind::While { test, body } => {
                self.expr(test);
                self.branch(|walk| walk.stmts(body));
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                if let Some(msg) = msg {
                    self.branch(|walk| walk.expr(msg));
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &expr.kind {
            ExprKind::Const(_) | ExprKind::Cell(_) => {}
            ExprKind::Local(local) => self.read(*local),
            ExprKind::Call(_, args) => {
                for arg in args {
                    self.expr(arg);
                }
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(left);
                self.branch(|walk| walk.expr(right));
            }
            ExprKind::AssignLocal(local, value) => {
                self.expr(value);
                // The value of the assignment is read back from the local.
                self.assign(*local);
                self.read(*local);
            }
            ExprKind::AssignCell(_, value) => self.expr(value),
            ExprKind::Block(body, value) => {
                self.stmts(body);
                self.expr(value);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_ir::Type;
    use spy_ir::build::*;

    fn early(usage: &[Usage]) -> Vec<bool> {
        usage.iter().map(|usage| usage.read_early).collect()
    }

    #[test]
    fn only_paths_without_an_assignment_count() {
        let mut f = FuncBuilder::new("m::f").ret(Type::I32);
        let c = f.param("c", Type::BOOL);
        let [both, one, never, looped] =
            ["both", "one", "never", "looped"].map(|name| f.local(name, Type::I32));
        let body = vec![
            if_(
                f.get(c),
                vec![assign(both, int(1)), assign(one, int(1))],
                vec![assign(both, int(2))],
            ),
            if_(f.get(c), vec![ret(int(0))], vec![assign(never, int(1))]),
            while_(f.get(c), vec![assign(looped, int(3))]),
            eval(f.get(both)),
            eval(f.get(one)),
            eval(f.get(never)),
            ret(f.get(looped)),
        ];
        let usage = usage(&f.body(body));
        // `never` is assigned wherever the first branch did not return.
        assert_eq!(early(&usage), [false, false, true, false, true]);
    }

    #[test]
    fn short_circuits_may_skip_an_assignment() {
        let mut f = FuncBuilder::new("m::f").ret(Type::BOOL);
        let c = f.param("c", Type::BOOL);
        let x = f.local("x", Type::BOOL);
        let body = vec![eval(and(f.get(c), f.walrus(x, f.get(c)))), ret(f.get(x))];
        assert_eq!(early(&usage(&f.body(body))), [false, true]);
    }

    #[test]
    fn ends_that_cannot_be_reached() {
        let forever = |body| while_(scalar(Scalar::Bool(true)), body);
        assert!(!falls_through(&[forever(vec![])]));
        assert!(falls_through(&[forever(vec![stmt(StmtKind::Break)])]));
        assert!(!falls_through(&[if_(int(1), vec![ret(none())], vec![eval(raise("E", ""))])]));
        assert!(falls_through(&[if_(int(1), vec![ret(none())], vec![])]));
    }
}
