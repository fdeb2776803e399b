//! Functions that can be called without precautions: they neither panic nor allocate nor touch
//! anything outside, and they call nothing but library code, so that they do not ask where the stack
//! ends, which only calls with precautions say.

use spy_codegen_c::Library;
use spy_ir::{Callee, Expr, ExprKind, Fqn, Func, Program, ScalarTy, Stmt, StmtKind};
use spy_text::HashMap;
use std::collections::BTreeSet;

/// The symbols of those that a library offers. What loops takes time: it is not among them where calls
/// let other threads run.
pub(crate) fn symbols(program: &Program, library: &Library, release_gil: bool) -> BTreeSet<String> {
    let funcs = program.modules.iter().flat_map(|module| &module.funcs);
    let mut search = Search {
        funcs: funcs.map(|func| (&func.fqn, &**func)).collect(),
        known: HashMap::default(),
        may_loop: !release_gil,
    };
    let simple = library.names.iter().filter(|(fqn, _)| search.is_simple(fqn));
    simple.map(|(_, symbol)| symbol.clone()).collect()
}

struct Search<'p> {
    funcs: HashMap<&'p Fqn, &'p Func>,
    /// False also while a function is being looked at: it calls itself then.
    known: HashMap<Fqn, bool>,
    may_loop: bool,
}

impl Search<'_> {
    fn is_simple(&mut self, fqn: &Fqn) -> bool {
        if let Some(known) = self.known.get(fqn) {
            return *known;
        }
        self.known.insert(fqn.clone(), false);
        let Some(func) = self.funcs.get(fqn).copied() else { return false };
        let found = stacker::maybe_grow(64 << 10, 1 << 20, || {
            // What can fall off its end panics there.
            ends(&func.body, func) && self.stmts(&func.body)
        });
        self.known.insert(fqn.clone(), found);
        found
    }

    fn is_library(&self, fqn: &Fqn) -> bool {
        self.funcs.get(fqn).is_some_and(|func| func.track_caller)
    }

    fn stmts(&mut self, stmts: &[Stmt]) -> bool {
        stacker::maybe_grow(64 << 10, 1 << 20, || stmts.iter().all(|stmt| self.stmt(stmt)))
    }

    fn stmt(&mut self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => {
                true
            }
            StmtKind::VarDef(_, Some(value))
            | StmtKind::Assign(_, value)
            | StmtKind::AssignCell(_, value)
            | StmtKind::Unpack(_, value)
            | StmtKind::Expr(value)
            | StmtKind::Return(value) => self.expr(value),
            StmtKind::If { test, then, orelse } => {
                self.expr(test) && self.stmts(then) && self.stmts(orelse)
            }
            StmtKind::While { test, body } => self.may_loop && self.expr(test) && self.stmts(body),
            StmtKind::Assert { .. } => false,
        }
    }

    fn expr(&mut self, expr: &Expr) -> bool {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => true,
            ExprKind::Call(callee, args) => {
                self.callee(callee) && args.iter().all(|arg| self.expr(arg))
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(left) && self.expr(right)
            }
            ExprKind::AssignLocal(_, value) | ExprKind::AssignCell(_, value) => self.expr(value),
            ExprKind::Block(body, value) => self.stmts(body) && self.expr(value),
        })
    }

    fn callee(&mut self, callee: &Callee) -> bool {
        match callee {
            Callee::Func(fqn) => self.is_library(fqn) && self.is_simple(fqn),
            Callee::Prim(op) => {
                let is_object = |ty: &ScalarTy| matches!(ty, ScalarTy::Str | ScalarTy::Bytes);
                !op.can_panic() && !is_object(&op.result()) && !op.params().iter().any(is_object)
            }
            Callee::StructMake | Callee::GetField(_) => true,
            Callee::Raise(_)
            | Callee::Ptr(_)
            | Callee::Value
            | Callee::Runtime(_)
            | Callee::LoadScratch(_)
            | Callee::StoreScratch(_) => false,
        }
    }
}

/// Whether the last statement of a function leaves it, or it need not.
fn ends(stmts: &[Stmt], func: &Func) -> bool {
    func.ret == spy_ir::Type::None
        || match stmts.last().map(|stmt| &stmt.kind) {
            Some(StmtKind::Return(_)) => true,
            Some(StmtKind::If { then, orelse, .. }) => ends(then, func) && ends(orelse, func),
            _ => false,
        }
}
