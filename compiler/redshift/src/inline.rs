//! Calls of `@force_inline` functions: the callee's code, with its locals renamed.

use crate::queries::Shifted;
use crate::shift::Shift;
use spy_ir::{Const, Expr, ExprKind, Func, LocalId, PosIdx, Stmt, StmtKind, Target};
use spy_types::names::func_human;
use spy_types::{BuiltinTy, Endless, FuncId, Loc, Name, Result, SpyError, Ty};

/// Inlines a call: parameters are assigned, then the body runs, then the tail return's value.
pub(crate) fn call(
    shift: &mut Shift<'_, '_>,
    func: FuncId,
    args: Vec<Expr>,
    ret: Ty,
    loc: Loc,
) -> Result<Expr> {
    if shift.func == Some(func) {
        return Err(recursive(func).error("recursive inline call", loc));
    }
    let shifted = crate::shift::shift_now(shift.machine, func, shift.lazy);
    let Some(code) = &shifted.func else {
        return Err(callee_error(func, &shifted, loc));
    };
    for mention in &shifted.mentions {
        shift.mention(*mention);
    }
    let number = shift.next_inlined();
    let mut renamer = Renamer { shift, code, shifted: &shifted, number, locals: Vec::new() };
    renamer.rename_locals();
    let mut stmts = Vec::with_capacity(args.len() + code.body.len());
    let pos = renamer.shift.pos(loc);
    for (index, arg) in args.into_iter().enumerate() {
        let id = renamer.locals[index];
        stmts.push(Stmt { kind: StmtKind::VarDef(id, Some(arg)), pos });
    }
    let (tail, body) = match code.body.split_last() {
        Some((Stmt { kind: StmtKind::Return(value), .. }, body)) => (Some(value), body),
        _ => (None, code.body.as_slice()),
    };
    for stmt in body {
        let stmt = renamer.stmt(stmt);
        stmts.push(stmt);
    }
    let value = match tail {
        Some(value) => renamer.expr(value),
        None => {
            let none: Ty = BuiltinTy::NoneType.into();
            renamer.shift.expr(ExprKind::Const(Const::None), none, loc)
        }
    };
    Ok(shift.expr(ExprKind::Block(stmts, Box::new(value)), ret, loc))
}

fn callee_error(func: FuncId, shifted: &Shifted, loc: Loc) -> Box<SpyError> {
    match shifted.errors.first() {
        Some(error) if *error == *cycle(func) => {
            Box::new(error.clone()).error("recursive inline call", loc)
        }
        Some(error) => Box::new(error.clone()),
        None => SpyError::type_error(format!("cannot inline `{}`", func_human(func))),
    }
}

/// A call that would be inlined into itself.
fn recursive(func: FuncId) -> Box<SpyError> {
    let name = func_human(func);
    SpyError::type_error(format!(
        "cannot inline a recursive call to @force_inline function `{name}`"
    ))
}

/// A function that is to be inlined into another which is to be inlined into it, or into one that
/// is part of such a cycle.
pub(crate) fn cycle(func: FuncId) -> Box<SpyError> {
    recursive(func).endless(Endless::Inline)
}

struct Renamer<'a, 'm, 'db> {
    shift: &'a mut Shift<'m, 'db>,
    code: &'a Func,
    shifted: &'a Shifted,
    number: u32,
    locals: Vec<LocalId>,
}

impl Renamer<'_, '_, '_> {
    fn rename_locals(&mut self) {
        for local in &self.code.locals {
            let name = Name::from(format!("{}${}", local.name, self.number));
            let id = self.shift.local(&name, local.ty.clone());
            self.locals.push(id);
        }
    }

    fn local(&self, id: LocalId) -> LocalId {
        self.locals[id.0 as usize]
    }

    fn pos(&mut self, pos: PosIdx) -> PosIdx {
        match self.shifted.positions.get(pos.0 as usize) {
            Some(pos) => self.shift.pos((*pos).into()),
            None => pos,
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) -> Vec<Stmt> {
        stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&mut self, stmt: &Stmt) -> Stmt {
        let kind = match &stmt.kind {
            StmtKind::Pass => StmtKind::Pass,
            StmtKind::Break => StmtKind::Break,
            StmtKind::Continue => StmtKind::Continue,
            StmtKind::VarDef(id, value) => {
                StmtKind::VarDef(self.local(*id), value.as_ref().map(|value| self.expr(value)))
            }
            StmtKind::Assign(id, value) => StmtKind::Assign(self.local(*id), self.expr(value)),
            StmtKind::AssignCell(cell, value) => {
                StmtKind::AssignCell(cell.clone(), self.expr(value))
            }
            StmtKind::Unpack(targets, value) => {
                let targets = targets
                    .iter()
                    .map(|target| match target {
                        Target::Local(id) => Target::Local(self.local(*id)),
                        Target::Cell(cell) => Target::Cell(cell.clone()),
                    })
                    .collect();
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
            StmtKind::Assert { test, msg } => StmtKind::Assert {
                test: self.expr(test),
                msg: msg.as_ref().map(|msg| self.expr(msg)),
            },
        };
        Stmt { kind, pos: self.pos(stmt.pos) }
    }

    fn boxed(&mut self, expr: &Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn expr(&mut self, expr: &Expr) -> Expr {
        let kind = match &expr.kind {
            ExprKind::Const(constant) => ExprKind::Const(constant.clone()),
            ExprKind::Local(id) => ExprKind::Local(self.local(*id)),
            ExprKind::Cell(cell) => ExprKind::Cell(cell.clone()),
            ExprKind::Call(callee, args) => {
                ExprKind::Call(callee.clone(), args.iter().map(|arg| self.expr(arg)).collect())
            }
            ExprKind::And(left, right) => ExprKind::And(self.boxed(left), self.boxed(right)),
            ExprKind::Or(left, right) => ExprKind::Or(self.boxed(left), self.boxed(right)),
            ExprKind::AssignLocal(id, value) => {
                ExprKind::AssignLocal(self.local(*id), self.boxed(value))
            }
            ExprKind::AssignCell(cell, value) => {
                ExprKind::AssignCell(cell.clone(), self.boxed(value))
            }
            ExprKind::Block(stmts, value) => ExprKind::Block(self.stmts(stmts), self.boxed(value)),
        };
        Expr { kind, ty: expr.ty.clone(), pos: self.pos(expr.pos) }
    }
}
