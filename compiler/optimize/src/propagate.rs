//! Copies and constants go where they are read; tests that are known choose their branch.
//!
//! One walk in the order of execution keeps what is known of each local: that it equals a constant,
//! or another local. Loops forget what they assign before they begin, branches what differs after
//! them.

use crate::visit::{self, Node, deep};
use spy_ir::{Callee, Const, Expr, ExprKind, Func, LocalId, Scalar, ScalarTy, Stmt, StmtKind};
use spy_text::{HashMap, HashSet};

/// Propagates in `func`.
pub(crate) fn propagate(func: &mut Func) {
    let mut body = std::mem::take(&mut func.body);
    stmts(&mut body, &mut Known::default());
    func.body = body;
}

/// What a local is equal to.
#[derive(Clone, PartialEq, Debug)]
enum Equal {
    Const(Scalar),
    Local(LocalId),
}

/// What is known at one place.
#[derive(Clone, Default)]
struct Known(HashMap<LocalId, Equal>);

impl Known {
    /// `local` gets a new value.
    fn forget(&mut self, local: LocalId) {
        self.0.remove(&local);
        self.0.retain(|_, equal| *equal != Equal::Local(local));
    }

    fn forget_assigned(&mut self, stmts: &[Stmt]) {
        let mut assigned = HashSet::default();
        visit::walk(stmts, &mut |node| match node {
            Node::Stmt(Stmt { kind: StmtKind::Assign(local, value), .. })
                if self.is_flag(*local, value) => {}
            _ => visit::assigned(&node, &mut |local| {
                assigned.insert(local);
            }),
        });
        self.forget_all(&assigned);
    }

    /// The locals get new values, all at once: one after the other, loops inside of loops would take the cube of
    /// their number.
    fn forget_all(&mut self, locals: &HashSet<LocalId>) {
        let is_old =
            |equal: &Equal| !matches!(equal, Equal::Local(local) if locals.contains(local));
        self.0.retain(|local, equal| !locals.contains(local) && is_old(equal));
    }

    /// Whether a local is assigned the bool that it is known to be: whether a variable has been set,
    /// which a loop says again and again.
    fn is_flag(&self, local: LocalId, value: &Expr) -> bool {
        match (self.0.get(&local), &value.kind) {
            (Some(Equal::Const(known)), ExprKind::Const(Const::Scalar(value))) => {
                matches!(value, Scalar::Bool(_)) && known == value
            }
            _ => false,
        }
    }

    fn forget_assigned_in(&mut self, expr: &Expr) {
        let mut assigned = HashSet::default();
        visit::walk_expr(expr, &mut |node: Node<'_>| {
            visit::assigned(&node, &mut |local| {
                assigned.insert(local);
            });
        });
        if !assigned.is_empty() {
            self.forget_all(&assigned);
        }
    }

    fn assign(&mut self, local: LocalId, value: &Expr) {
        self.forget(local);
        let equal = match &value.kind {
            ExprKind::Const(Const::Scalar(scalar)) if is_number(scalar.ty()) => {
                Equal::Const(scalar.clone())
            }
            ExprKind::Local(source) if *source != local => Equal::Local(*source),
            _ => return,
        };
        self.0.insert(local, equal);
    }

    /// Keeps what `other` knows too.
    fn meet(&mut self, other: &Self) {
        self.0.retain(|local, equal| other.0.get(local) == Some(equal));
    }
}

fn is_number(ty: ScalarTy) -> bool {
    !matches!(ty, ScalarTy::Str | ScalarTy::Bytes)
}

fn stmts(list: &mut Vec<Stmt>, known: &mut Known) {
    let mut out = Vec::with_capacity(list.len());
    for stmt in std::mem::take(list) {
        deep(|| one(stmt, known, &mut out));
    }
    *list = out;
}

fn one(mut stmt: Stmt, known: &mut Known, out: &mut Vec<Stmt>) {
    let pos = stmt.pos;
    match &mut stmt.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        StmtKind::VarDef(local, None) => known.forget(*local),
        StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
            expr(value, known);
            lift(value, out);
            let is_itself = matches!(value.kind, ExprKind::Local(source) if source == *local);
            if is_itself || known.is_flag(*local, value) {
                return;
            }
            known.assign(*local, value);
        }
        StmtKind::AssignCell(_, value) | StmtKind::Expr(value) | StmtKind::Return(value) => {
            expr(value, known);
            lift(value, out);
        }
        StmtKind::Unpack(..) => {
            for value in visit::stmt_exprs_mut(&mut stmt) {
                expr(value, known);
            }
            visit::assigned(&Node::Stmt(&stmt), &mut |local| known.forget(local));
        }
        StmtKind::If { test, then, orelse } => {
            expr(test, known);
            lift(test, out);
            if let Some(test) = truth(test) {
                let mut chosen = std::mem::take(if test { then } else { orelse });
                stmts(&mut chosen, known);
                out.extend(chosen);
                return;
            }
            let mut other = known.clone();
            stmts(then, known);
            stmts(orelse, &mut other);
            known.meet(&other);
        }
        StmtKind::While { test, body } => {
            known.forget_assigned_in(test);
            known.forget_assigned(body);
            expr(test, known);
            if truth(test) == Some(false) {
                return;
            }
            stmts(body, &mut known.clone());
            // `break` leaves with what the round has assigned since the test.
            known.forget_assigned_in(test);
            known.forget_assigned(body);
        }
        StmtKind::Assert { test, msg } => {
            expr(test, known);
            if let Some(msg) = msg {
                // It is evaluated only if the test fails, and nothing follows it then.
                expr(msg, &mut known.clone());
            }
        }
    }
    out.push(Stmt { kind: stmt.kind, pos });
}

/// Moves the statements of a block, which come first anyway, in front of its statement.
fn lift(value: &mut Expr, out: &mut Vec<Stmt>) {
    while let ExprKind::Block(stmts, inner) = &mut value.kind {
        out.append(stmts);
        let inner = std::mem::replace(&mut inner.kind, ExprKind::Const(Const::None));
        value.kind = inner;
    }
}

fn truth(test: &Expr) -> Option<bool> {
    match &test.kind {
        ExprKind::Const(Const::Scalar(Scalar::Bool(value))) => Some(*value),
        _ => None,
    }
}

fn expr(value: &mut Expr, known: &mut Known) {
    deep(|| match &mut value.kind {
        ExprKind::Const(_) | ExprKind::Cell(_) => {}
        ExprKind::Local(local) => match known.0.get(local) {
            Some(Equal::Const(scalar)) => {
                value.kind = ExprKind::Const(Const::Scalar(scalar.clone()));
            }
            Some(Equal::Local(source)) => *local = *source,
            None => {}
        },
        ExprKind::Call(_, args) => {
            args.iter_mut().for_each(|arg| expr(arg, known));
            fold(value);
        }
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            expr(left, known);
            // The right side may not be evaluated: what it assigns is not known afterwards.
            expr(right, &mut known.clone());
            known.forget_assigned_in(right);
            decide(value);
        }
        ExprKind::AssignLocal(local, inner) => {
            let local = *local;
            expr(inner, known);
            known.assign(local, inner);
        }
        ExprKind::AssignCell(_, inner) => expr(inner, known),
        ExprKind::Block(list, inner) => {
            stmts(list, known);
            expr(inner, known);
            if list.is_empty() {
                let inner = std::mem::replace(&mut inner.kind, ExprKind::Const(Const::None));
                value.kind = inner;
            }
        }
    });
}

/// Leaves out a side of `and` and `or` that is known.
fn decide(value: &mut Expr) {
    let (left, right, unit) = match &mut value.kind {
        ExprKind::And(left, right) => (left, right, true),
        ExprKind::Or(left, right) => (left, right, false),
        _ => return,
    };
    let chosen = match (truth(left), truth(right)) {
        (Some(known), _) if known == unit => right,
        (Some(_), _) => left,
        (None, Some(known)) if known == unit => left,
        _ => return,
    };
    let chosen = std::mem::replace(&mut chosen.kind, ExprKind::Const(Const::None));
    value.kind = chosen;
}

/// Computes an operation on constants, and takes a field out of a struct that was just made.
fn fold(value: &mut Expr) {
    let ExprKind::Call(callee, args) = &mut value.kind else { return };
    match callee {
        Callee::Prim(op) if op.is_pure() && is_number(op.result()) => {
            let scalar = |arg: &Expr| match &arg.kind {
                ExprKind::Const(Const::Scalar(scalar)) => Some(scalar.clone()),
                _ => None,
            };
            let Some(scalars) = args.iter().map(scalar).collect::<Option<Vec<_>>>() else { return };
            if let Ok(result) = spy_prim::eval(*op, &scalars) {
                value.kind = ExprKind::Const(Const::Scalar(result));
            }
        }
        Callee::GetField(number) => {
            let [Expr { kind: ExprKind::Call(Callee::StructMake, parts), .. }] =
                args.as_mut_slice()
            else {
                return;
            };
            let simple = |part: &Expr| matches!(part.kind, ExprKind::Local(_) | ExprKind::Const(_));
            if parts.iter().all(simple) && (*number as usize) < parts.len() {
                value.kind = parts.swap_remove(*number as usize).kind;
            }
        }
        _ => {}
    }
}
