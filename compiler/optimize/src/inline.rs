//! Calls of small library functions become their bodies.
//!
//! Only functions that report errors at their caller's position are inlined, so that positions
//! need not be merged: everything in the copy has the position of the call. Their bodies may hold
//! no loop, and `return` only where the function ends, in whatever branch.

use crate::Bodies;
use crate::visit::{self, Node};
use spy_ir::{
    Callee, Const, Expr, ExprKind, Fqn, Func, Local, LocalId, Name, PosIdx, Stmt, StmtKind, Target,
    Type,
};

/// Statements and expressions of a function that is inlined.
const SMALL: usize = 60;

/// How deep inlined functions may contain each other.
const DEPTH: usize = 6;

/// Statements and expressions that one function may gain.
const GROWTH: usize = 8_000;

/// Inlines calls in `func`, and in what was inlined.
pub(crate) fn inline(func: &mut Func, bodies: &dyn Bodies) {
    let mut body = std::mem::take(&mut func.body);
    let mut inliner = Inliner { func, bodies, left: GROWTH, active: Vec::new(), count: 0 };
    inliner.stmts(&mut body);
    func.body = body;
}

struct Inliner<'a> {
    func: &'a mut Func,
    bodies: &'a dyn Bodies,
    /// How much the function may still grow.
    left: usize,
    /// The functions whose copies enclose the current place.
    active: Vec<Fqn>,
    /// Number of copies made so far.
    count: usize,
}

impl Inliner<'_> {
    fn stmts(&mut self, stmts: &mut [Stmt]) {
        visit::each_expr(stmts, &mut |expr| self.call(expr));
    }

    /// Replaces a call by the callee's body. Its arguments have been visited.
    fn call(&mut self, expr: &mut Expr) {
        let ExprKind::Call(Callee::Func(fqn), args) = &mut expr.kind else { return };
        if self.active.len() >= DEPTH || self.active.contains(fqn) {
            return;
        }
        let Some(callee) = self.bodies.body(fqn).filter(|callee| is_small(callee)) else { return };
        let size = visit::size(&callee.body);
        let Some(left) = self.left.checked_sub(size) else { return };
        let Some(code) = ending(&callee) else { return };
        self.left = left;
        let fqn = fqn.clone();
        let args = std::mem::take(args);
        let mut block = self.copy(&callee, code, args, expr.pos, &expr.ty);
        self.active.push(fqn);
        visit::deep(|| visit::each_expr_in(&mut block, &mut |expr| self.call(expr)));
        self.active.pop();
        *expr = block;
    }

    fn copy(
        &mut self,
        callee: &Func,
        code: Ending,
        args: Vec<Expr>,
        pos: PosIdx,
        ty: &Type,
    ) -> Expr {
        let number = self.count;
        self.count += 1;
        let copy = Copy { base: self.func.locals.len(), pos };
        let result = Local { name: Name::new_static("return"), ty: callee.ret.clone() };
        for local in callee.locals.iter().chain([&result]) {
            let name = Name::from(format!("{}$o{number}", local.name));
            self.func.locals.push(Local { name, ty: local.ty.clone() });
        }
        let assign = |(index, arg): (usize, Expr)| Stmt {
            kind: StmtKind::Assign(copy.local(id(index)), arg),
            pos,
        };
        let mut stmts: Vec<Stmt> = args.into_iter().enumerate().map(assign).collect();
        let result = id(callee.locals.len());
        let (mut body, mut value) = match code {
            Ending::Value(body, value) => (body, value),
            Ending::Branches(body) => {
                let value = Expr { kind: ExprKind::Local(result), ty: ty.clone(), pos };
                (assigning(body, result), value)
            }
        };
        copy.stmts(&mut body);
        copy.expr(&mut value);
        stmts.extend(body);
        Expr { kind: ExprKind::Block(stmts, Box::new(value)), ty: ty.clone(), pos }
    }
}

fn id(index: usize) -> LocalId {
    LocalId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// Renames the locals of a copy, and puts everything in it at the position of the call.
#[derive(Clone, Copy)]
struct Copy {
    /// Number of the function's locals before those of the copy.
    base: usize,
    /// The position of the call.
    pos: PosIdx,
}

impl Copy {
    fn local(self, local: LocalId) -> LocalId {
        id(self.base + local.0 as usize)
    }

    fn stmts(self, stmts: &mut Vec<Stmt>) {
        visit::each_list(stmts, &mut |list| {
            for stmt in list {
                stmt.pos = self.pos;
                match &mut stmt.kind {
                    StmtKind::VarDef(local, _) | StmtKind::Assign(local, _) => {
                        *local = self.local(*local);
                    }
                    StmtKind::Unpack(targets, _) => {
                        for target in targets {
                            if let Target::Local(local) = target {
                                *local = self.local(*local);
                            }
                        }
                    }
                    _ => {}
                }
            }
        });
        visit::each_expr(stmts, &mut |expr| self.one(expr));
    }

    fn expr(self, expr: &mut Expr) {
        let value = std::mem::replace(
            expr,
            Expr { kind: ExprKind::Const(Const::None), ty: Type::None, pos: self.pos },
        );
        let mut stmts = vec![Stmt { kind: StmtKind::Expr(value), pos: self.pos }];
        self.stmts(&mut stmts);
        if let Some(Stmt { kind: StmtKind::Expr(value), .. }) = stmts.pop() {
            *expr = value;
        }
    }

    fn one(self, expr: &mut Expr) {
        expr.pos = self.pos;
        if let ExprKind::Local(local) | ExprKind::AssignLocal(local, _) = &mut expr.kind {
            *local = self.local(*local);
        }
    }
}

/// Whether a function is one to inline.
fn is_small(func: &Func) -> bool {
    let stored = |local: &Local| !matches!(local.ty, Type::None | Type::Opaque(_));
    func.track_caller
        && func.locals.iter().all(stored)
        && visit::size(&func.body) <= SMALL
        && !visit::has_loop(&func.body)
}

/// How a body that can be inlined ends.
enum Ending {
    /// With this value.
    Value(Vec<Stmt>, Expr),
    /// In branches, each with its `return`.
    Branches(Vec<Stmt>),
}

/// Brings a body into a form that ends where it returns; `None` if that takes copying code.
fn ending(func: &Func) -> Option<Ending> {
    let none = || Expr { kind: ExprKind::Const(Const::None), ty: Type::None, pos: func.end_pos };
    let is_return = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Return(_));
    let (last, rest) = match func.body.split_last() {
        Some((last, rest)) if is_return(last) => (Some(last), rest),
        _ => (None, func.body.as_slice()),
    };
    if count_returns(rest) == 0 {
        return match last.map(|stmt| &stmt.kind) {
            Some(StmtKind::Return(value)) => Some(Ending::Value(rest.to_vec(), value.clone())),
            _ if func.ret == Type::None => Some(Ending::Value(rest.to_vec(), none())),
            _ => None,
        };
    }
    if func.ret == Type::None {
        return None;
    }
    let (body, ends) = nest(&func.body)?;
    ends.then_some(Ending::Branches(body))
}

/// Moves what follows an `if` that returns into its other branch. The flag says whether the end is
/// never reached.
fn nest(stmts: &[Stmt]) -> Option<(Vec<Stmt>, bool)> {
    let mut out = Vec::with_capacity(stmts.len());
    for (index, stmt) in stmts.iter().enumerate() {
        let rest = &stmts[index + 1..];
        match &stmt.kind {
            StmtKind::Return(_) => {
                out.push(stmt.clone());
                return Some((out, true));
            }
            StmtKind::If { test, then, orelse }
                if count_returns(std::slice::from_ref(stmt)) > 0 =>
            {
                let (then_code, then_ends) = nest(then)?;
                let (else_code, else_ends) = nest(orelse)?;
                let (then, orelse, ends) = match (then_ends, else_ends) {
                    (true, true) => (then_code, else_code, true),
                    (true, false) => {
                        let (code, ends) = nest(&[orelse.as_slice(), rest].concat())?;
                        (then_code, code, ends)
                    }
                    (false, true) => {
                        let (code, ends) = nest(&[then.as_slice(), rest].concat())?;
                        (code, else_code, ends)
                    }
                    (false, false) => return None,
                };
                out.push(Stmt {
                    kind: StmtKind::If { test: test.clone(), then, orelse },
                    pos: stmt.pos,
                });
                return Some((out, ends));
            }
            _ => out.push(stmt.clone()),
        }
    }
    let ends = out.last().is_some_and(raises);
    Some((out, ends))
}

/// Whether a statement never ends normally.
fn raises(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Expr(value) => {
            matches!(&value.kind, ExprKind::Call(Callee::Raise(_), _))
        }
        _ => false,
    }
}

fn count_returns(stmts: &[Stmt]) -> usize {
    let mut count = 0;
    visit::walk(stmts, &mut |node| {
        count += usize::from(matches!(node, Node::Stmt(Stmt { kind: StmtKind::Return(_), .. })));
    });
    count
}

/// Turns each `return` into an assignment. Returns stand where the code ends.
fn assigning(mut stmts: Vec<Stmt>, result: LocalId) -> Vec<Stmt> {
    for stmt in &mut stmts {
        match &mut stmt.kind {
            StmtKind::Return(value) => {
                stmt.kind = StmtKind::Assign(result, value.clone());
            }
            StmtKind::If { then, orelse, .. } => {
                *then = assigning(std::mem::take(then), result);
                *orelse = assigning(std::mem::take(orelse), result);
            }
            _ => {}
        }
    }
    stmts
}
