//! Locals that may be read before they have a value.
//!
//! A walk in evaluation order finds the reads that some path reaches without an assignment. Each
//! local with such a read gets a flag, which its assignments set and these reads test:
//!
//! ```text
//! if b: x = 3               x$set = False; if b: x = 3; x$set = True
//! return x                  return (if not x$set: raise Exception(...); x)
//! ```
//!
//! All other locals, nearly always all there are, stay as they are.

use spy_eval::machine::deep;
use spy_ir::{
    Callee, Const, Expr, ExprKind, Local, LocalId, PosIdx, PrimOp, Scalar, Stmt, StmtKind, Target,
    Type,
};
use spy_types::Name;
use std::collections::{BTreeMap, BTreeSet};

/// What the error says.
const MESSAGE: &str = "read from uninitialized local";

/// Guards the reads of `body` that may come too early. The first `params` locals have values.
pub(crate) fn guard(locals: &mut Vec<Local>, params: usize, body: &mut Vec<Stmt>, pos: PosIdx) {
    let mut walk = Walk::new(locals.len(), params);
    walk.stmts(body);
    if walk.early.is_empty() {
        return;
    }
    let mut flags = BTreeMap::new();
    for local in &walk.flagged {
        let name = Name::from(format!("{}$set", locals[local.0 as usize].name));
        let flag = LocalId(u32::try_from(locals.len()).unwrap_or(u32::MAX));
        locals.push(Local { name, ty: Type::BOOL });
        flags.insert(*local, flag);
    }
    let mut rewrite = Rewrite { flags: &flags, early: &walk.early, reads: 0 };
    let rest = rewrite.stmts(std::mem::take(body));
    *body = flags.values().map(|flag| set_flag(*flag, false, pos)).collect();
    body.extend(rest);
}

fn set_flag(flag: LocalId, value: bool, pos: PosIdx) -> Stmt {
    let kind = ExprKind::Const(Const::Scalar(Scalar::Bool(value)));
    let value_expr = Expr { kind, ty: Type::BOOL, pos };
    let kind = if value {
        StmtKind::Assign(flag, value_expr)
    } else {
        StmtKind::VarDef(flag, Some(value_expr))
    };
    Stmt { kind, pos }
}

/// The locals that have a value. Where control cannot get, all have.
#[derive(Clone)]
struct State(Vec<u64>);

impl State {
    fn add(&mut self, local: LocalId) {
        self.0[local.0 as usize / 64] |= 1 << (local.0 % 64);
    }

    fn has(&self, local: LocalId) -> bool {
        self.0[local.0 as usize / 64] & (1 << (local.0 % 64)) != 0
    }

    fn dead(&self) -> Self {
        Self(vec![u64::MAX; self.0.len()])
    }

    /// Where two paths meet.
    fn meet(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
        self
    }
}

struct Walk {
    state: State,
    /// For each loop around: what holds at all its `break`s.
    breaks: Vec<State>,
    /// Number of the next read.
    reads: usize,
    /// Numbers of the reads that may come too early.
    early: BTreeSet<usize>,
    /// Their locals.
    flagged: BTreeSet<LocalId>,
}

impl Walk {
    fn new(locals: usize, params: usize) -> Self {
        let mut state = State(vec![0; locals.div_ceil(64)]);
        for index in 0..params {
            state.add(LocalId(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        let (early, flagged) = (BTreeSet::new(), BTreeSet::new());
        Self { state, breaks: Vec::new(), reads: 0, early, flagged }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            deep(|| self.stmt(&stmt.kind));
        }
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Pass | StmtKind::VarDef(_, None) => {}
            StmtKind::Break => {
                if let Some(breaks) = self.breaks.pop() {
                    self.breaks.push(breaks.meet(&self.state));
                }
                self.state = self.state.dead();
            }
            StmtKind::Continue => self.state = self.state.dead(),
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                self.expr(value);
                self.state.add(*local);
            }
            StmtKind::AssignCell(_, value) => self.expr(value),
            StmtKind::Unpack(targets, value) => {
                self.expr(value);
                for target in targets {
                    if let Target::Local(local) = target {
                        self.state.add(*local);
                    }
                }
            }
            StmtKind::Expr(value) => {
                self.expr(value);
                if matches!(value.kind, ExprKind::Call(Callee::Raise(_), _)) {
                    self.state = self.state.dead();
                }
            }
            StmtKind::Return(value) => {
                self.expr(value);
                self.state = self.state.dead();
            }
            StmtKind::If { test, then, orelse } => {
                let (holds, fails) = self.test(test);
                self.state = holds;
                self.stmts(then);
                let then = std::mem::replace(&mut self.state, fails);
                self.stmts(orelse);
                self.state = then.meet(&self.state);
            }
            StmtKind::While { test, body } => {
                let (holds, fails) = self.test(test);
                self.breaks.push(holds.dead());
                self.state = holds;
                self.stmts(body);
                let breaks = self.breaks.pop().unwrap_or_else(|| fails.clone());
                self.state = fails.meet(&breaks);
            }
            StmtKind::Assert { test, msg } => {
                let (holds, fails) = self.test(test);
                if let Some(msg) = msg {
                    self.state = fails;
                    self.expr(msg);
                }
                self.state = holds;
            }
        }
    }

    /// Evaluates a condition: what holds if it is true, and if it is false.
    fn test(&mut self, test: &Expr) -> (State, State) {
        deep(|| match &test.kind {
            ExprKind::Const(Const::Scalar(Scalar::Bool(value))) => {
                let (state, dead) = (self.state.clone(), self.state.dead());
                if *value { (state, dead) } else { (dead, state) }
            }
            ExprKind::Call(Callee::Prim(PrimOp::NOT), args) if args.len() == 1 => {
                let (holds, fails) = self.test(&args[0]);
                (fails, holds)
            }
            ExprKind::And(left, right) => {
                let (holds, left_fails) = self.test(left);
                self.state = holds;
                let (holds, right_fails) = self.test(right);
                (holds, left_fails.meet(&right_fails))
            }
            ExprKind::Or(left, right) => {
                let (left_holds, fails) = self.test(left);
                self.state = fails;
                let (right_holds, fails) = self.test(right);
                (left_holds.meet(&right_holds), fails)
            }
            _ => {
                self.expr(test);
                (self.state.clone(), self.state.clone())
            }
        })
    }

    fn expr(&mut self, expr: &Expr) {
        deep(|| match &expr.kind {
            ExprKind::Const(_) | ExprKind::Cell(_) => {}
            ExprKind::Local(local) => {
                if !self.state.has(*local) {
                    self.early.insert(self.reads);
                    self.flagged.insert(*local);
                }
                self.reads += 1;
            }
            ExprKind::Call(_, args) => args.iter().for_each(|arg| self.expr(arg)),
            ExprKind::And(..) | ExprKind::Or(..) => {
                let (holds, fails) = self.test(expr);
                self.state = holds.meet(&fails);
            }
            ExprKind::AssignLocal(local, value) => {
                self.expr(value);
                self.state.add(*local);
            }
            ExprKind::AssignCell(_, value) => self.expr(value),
            ExprKind::Block(stmts, value) => {
                self.stmts(stmts);
                self.expr(value);
            }
        });
    }
}

/// Sets and tests the flags. Meets reads in the same order as [`Walk`].
struct Rewrite<'a> {
    flags: &'a BTreeMap<LocalId, LocalId>,
    early: &'a BTreeSet<usize>,
    reads: usize,
}

impl Rewrite<'_> {
    fn stmts(&mut self, stmts: Vec<Stmt>) -> Vec<Stmt> {
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            deep(|| self.stmt(stmt, &mut out));
        }
        out
    }

    fn stmt(&mut self, stmt: Stmt, out: &mut Vec<Stmt>) {
        let pos = stmt.pos;
        let mut assigned = Vec::new();
        let kind = match stmt.kind {
            kind @ (StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::VarDef(_, None)) => kind,
            StmtKind::VarDef(local, Some(value)) => {
                assigned.push(local);
                StmtKind::VarDef(local, Some(self.expr(value)))
            }
            StmtKind::Assign(local, value) => {
                assigned.push(local);
                StmtKind::Assign(local, self.expr(value))
            }
            StmtKind::AssignCell(cell, value) => StmtKind::AssignCell(cell, self.expr(value)),
            StmtKind::Unpack(targets, value) => {
                assigned.extend(targets.iter().filter_map(|target| match target {
                    Target::Local(local) => Some(*local),
                    Target::Cell(_) => None,
                }));
                StmtKind::Unpack(targets, self.expr(value))
            }
            StmtKind::Expr(value) => StmtKind::Expr(self.expr(value)),
            StmtKind::Return(value) => StmtKind::Return(self.expr(value)),
            StmtKind::If { test, then, orelse } => StmtKind::If {
                test: self.expr(test),
                then: self.stmts(then),
                orelse: self.stmts(orelse),
            },
            StmtKind::While { test, body } => {
                StmtKind::While { test: self.expr(test), body: self.stmts(body) }
            }
            StmtKind::Assert { test, msg } => {
                StmtKind::Assert { test: self.expr(test), msg: msg.map(|msg| self.expr(msg)) }
            }
        };
        out.push(Stmt { kind, pos });
        let flags = assigned.iter().filter_map(|local| self.flags.get(local));
        out.extend(flags.map(|flag| set_flag(*flag, true, pos)));
    }

    fn boxed(&mut self, expr: Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn expr(&mut self, expr: Expr) -> Expr {
        deep(|| self.expr_kind(expr))
    }

    fn expr_kind(&mut self, expr: Expr) -> Expr {
        let Expr { kind, ty, pos } = expr;
        let kind = match kind {
            kind @ (ExprKind::Const(_) | ExprKind::Cell(_)) => kind,
            ExprKind::Local(local) => return self.read(local, ty, pos),
            ExprKind::Call(callee, args) => {
                ExprKind::Call(callee, args.into_iter().map(|arg| self.expr(arg)).collect())
            }
            ExprKind::And(left, right) => ExprKind::And(self.boxed(*left), self.boxed(*right)),
            ExprKind::Or(left, right) => ExprKind::Or(self.boxed(*left), self.boxed(*right)),
            ExprKind::AssignLocal(local, value) => {
                let value = self.expr(*value);
                match self.flags.get(&local) {
                    None => ExprKind::AssignLocal(local, Box::new(value)),
                    Some(flag) => {
                        let assign = Stmt { kind: StmtKind::Assign(local, value), pos };
                        let read = Expr { kind: ExprKind::Local(local), ty: ty.clone(), pos };
                        let stmts = vec![assign, set_flag(*flag, true, pos)];
                        ExprKind::Block(stmts, Box::new(read))
                    }
                }
            }
            ExprKind::AssignCell(cell, value) => ExprKind::AssignCell(cell, self.boxed(*value)),
            ExprKind::Block(stmts, value) => {
                let stmts = self.stmts(stmts);
                ExprKind::Block(stmts, self.boxed(*value))
            }
        };
        Expr { kind, ty, pos }
    }

    fn read(&mut self, local: LocalId, ty: Type, pos: PosIdx) -> Expr {
        let number = self.reads;
        self.reads += 1;
        let value = Expr { kind: ExprKind::Local(local), ty: ty.clone(), pos };
        let (true, Some(flag)) = (self.early.contains(&number), self.flags.get(&local)) else {
            return value;
        };
        let flag = Expr { kind: ExprKind::Local(*flag), ty: Type::BOOL, pos };
        let unset = ExprKind::Call(Callee::Prim(PrimOp::NOT), vec![flag]);
        let test = Expr { kind: unset, ty: Type::BOOL, pos };
        let text = ExprKind::Const(Const::Scalar(Scalar::str(MESSAGE)));
        let message = Expr { kind: text, ty: Type::STR, pos };
        let raise = ExprKind::Call(Callee::Raise(Name::new_static("Exception")), vec![message]);
        let raise = Expr { kind: raise, ty: Type::None, pos };
        let then = vec![Stmt { kind: StmtKind::Expr(raise), pos }];
        let check = Stmt { kind: StmtKind::If { test, then, orelse: Vec::new() }, pos };
        Expr { kind: ExprKind::Block(vec![check], Box::new(value)), ty, pos }
    }
}
