//! Expressions that are blocks of the IR: statements, then a value.

use crate::shift::Shift;
use spy_eval::opimpl::lift;
use spy_eval::{Arg, Domain, Ev};
use spy_ir::{Const, Expr, ExprKind, Stmt, StmtKind};
use spy_syntax::ast::{ExprId, StmtId};
use spy_types::{BuiltinTy, FuncId, Loc, Name, Result, Ty};

impl Shift<'_, '_> {
    /// What `first` and the statements do, then a value.
    pub(crate) fn block_with(
        &mut self,
        first: impl FnOnce(&mut Self) -> Result<()>,
        body: &[StmtId],
        value: ExprId,
        loc: Loc,
    ) -> Result<Ev<Expr>> {
        let outer = std::mem::take(&mut self.sink);
        let result = first(self)
            .and_then(|()| self.block_into_sink(body))
            .and_then(|()| spy_eval::expr::eval(self, value));
        let stmts = std::mem::replace(&mut self.sink, outer);
        let ev = result?;
        if stmts.is_empty() {
            return Ok(Ev { arg: Arg { loc, ..ev.arg.clone() }, red: ev.red });
        }
        let ty = ev.arg.ty;
        let value = lift(self, &ev)?;
        let expr = self.expr(ExprKind::Block(stmts, Box::new(value)), ty, loc);
        Ok(Ev::red(expr, ty, loc))
    }

    /// The calls that `print` of several arguments stands for. The arguments are evaluated before the first of them.
    pub(crate) fn print_block(
        &mut self,
        printers: Vec<(FuncId, Ty)>,
        args: Vec<Expr>,
        loc: Loc,
    ) -> Result<Expr> {
        let none: Ty = BuiltinTy::NoneType.into();
        let number = self.next_inlined();
        let mut stmts = Vec::with_capacity(args.len() * 2);
        let mut calls = Vec::with_capacity(args.len());
        for (index, ((func, ty), arg)) in printers.into_iter().zip(args).enumerate() {
            let name = Name::from(format!("arg{index}${number}"));
            let lowered = self.ty(ty);
            let id = self.local(&name, lowered);
            let pos = self.pos(loc);
            stmts.push(Stmt { kind: StmtKind::VarDef(id, Some(arg)), pos });
            let value = self.expr(ExprKind::Local(id), ty, loc);
            let call = Domain::call(self, func, vec![value], none, loc)?;
            calls.push(Stmt { kind: StmtKind::Expr(call), pos });
        }
        stmts.extend(calls);
        let result = self.expr(ExprKind::Const(Const::None), none, loc);
        Ok(self.expr(ExprKind::Block(stmts, Box::new(result)), none, loc))
    }
}
