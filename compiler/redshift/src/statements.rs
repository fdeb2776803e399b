//! Statements of red functions to IR.

use crate::shift::Shift;
use spy_eval::builtins::{is_instance_of_generic, unpack};
use spy_eval::convert::Context;
use spy_eval::expr::{self, eval, eval_condition};
use spy_eval::machine::deep;
use spy_eval::names::check_globals;
use spy_eval::opimpl::{convert_ev, lift};
use spy_eval::raise::{Raised, eval_raise};
use spy_eval::stmt::{aug_value, require_str, set_attr, set_item, unpack_error};
use spy_eval::{Domain, Ev, Local as FrameLocal, stmt as meaning, update};
use spy_ir::{Callee, Const, Expr, ExprKind, Scalar, StmtKind, Target};
use spy_scope::Storage;
use spy_syntax::ast::{Expr as AstExpr, ExprId, Ident, Node, Stmt, StmtId};
use spy_types::{BuiltinTy, Color, ExcTy, Loc, Name, Pos, Result, ScalarTy, SpyError, Ty, Value};

impl Shift<'_, '_> {
    /// Redshifts statements into the current block.
    ///
    /// # Errors
    /// The first error that cannot be deferred.
    pub(crate) fn block_into_sink(&mut self, stmts: &[StmtId]) -> Result<()> {
        for id in stmts {
            let pos = Pos { def: self.machine.frame(self.index).def, node: Node::Stmt(*id) };
            self.machine.frame(self.index).pos = Some(pos);
            let made = self.sink.len();
            if let Err(error) = deep(|| self.statement(*id, pos)) {
                if self.machine.is_recording() {
                    continue;
                }
                if !self.lazy || !error.is_static() {
                    return Err(error);
                }
                self.sink.truncate(made);
                self.defer(*error, pos);
            }
        }
        Ok(())
    }

    /// Replaces a statement by a `raise` of what is wrong with it.
    fn defer(&mut self, error: SpyError, pos: Pos) {
        let error = *self.machine.trace(Box::new(error), self.index);
        self.emit_raise(error.etype, &error.message, pos.into());
        self.deferred.push(error);
    }

    fn emit_raise(&mut self, etype: ExcTy, message: &str, loc: Loc) {
        let message = ExprKind::Const(Const::Scalar(Scalar::str(message)));
        let message = self.expr(message, ScalarTy::Str.into(), loc);
        let callee = Callee::Raise(Name::from(etype.name()));
        let call =
            self.expr(ExprKind::Call(callee, vec![message]), BuiltinTy::NoneType.into(), loc);
        self.emit(StmtKind::Expr(call), loc);
    }

    /// Redshifts statements into a block of their own.
    fn nested(&mut self, stmts: &[StmtId]) -> Result<Vec<spy_ir::Stmt>> {
        let outer = std::mem::take(&mut self.sink);
        let result = self.block_into_sink(stmts);
        let made = std::mem::replace(&mut self.sink, outer);
        result.map(|()| made)
    }

    fn statement(&mut self, id: StmtId, pos: Pos) -> Result<()> {
        let body = self.machine.frame(self.index).body.clone();
        let loc = Loc::from(pos);
        match body.stmt(id) {
            Stmt::Pass => self.emit(StmtKind::Pass, loc),
            Stmt::Break => self.emit(StmtKind::Break, loc),
            Stmt::Continue => self.emit(StmtKind::Continue, loc),
            Stmt::Return(value) => self.return_stmt(*value, loc)?,
            Stmt::Expr(value) => {
                let ev = eval(self, *value)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::VarDef { target, ty, value, .. } => self.var_def(target, *ty, *value, loc)?,
            Stmt::Assign { target, value } => {
                let ev = meaning::eval_for(self, target, *value)?;
                self.assign(target, ev, loc)?;
                if let Some(local) = self.machine.frame(self.index).local(&target.name) {
                    let color = local.color;
                    self.evaluated(pos, color);
                }
            }
            Stmt::Unpack { targets, value } => self.unpack(targets, *value, loc)?,
            Stmt::AugAssign { op, target, value } => {
                let ev = aug_value(self, *op, target, *value, pos)?;
                self.assign(target, ev, loc)?;
            }
            Stmt::SetAttr { target, attr, value, .. } => {
                let ev = set_attr(self, *target, attr, *value, pos)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::SetItem { target, args, value, .. } => {
                let ev = set_item(self, *target, args, *value, pos)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::AugSetAttr { op, target, attr, mark, value } => {
                let ev = update::attr(self, *op, (*target, attr, *mark), *value, pos)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::AugSetItem { op, target, args, mark, value } => {
                let ev = update::item(self, *op, (*target, args, *mark), *value, pos)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::DelItem { target, args, .. } => {
                let ev = update::delete_item(self, *target, args, pos)?;
                let value = lift(self, &ev)?;
                self.emit(StmtKind::Expr(value), loc);
            }
            Stmt::If { test, then, orelse } => {
                let test = self.condition(*test)?;
                let then = self.nested(then)?;
                let orelse = self.nested(orelse)?;
                self.emit(StmtKind::If { test, then, orelse }, loc);
            }
            Stmt::While { test, body } => {
                let test = self.condition(*test)?;
                let body = self.nested(body)?;
                self.emit(StmtKind::While { test, body }, loc);
            }
            Stmt::For { seq, target, iter, body } => {
                self.for_stmt(*seq, target, *iter, body, pos)?;
            }
            Stmt::Raise(exc) => {
                let at = expr::expr_pos(self, *exc);
                match eval_raise(self, *exc, loc)? {
                    Raised::Known(etype, message) => self.emit_raise(etype, &message, at.into()),
                    Raised::Late(call) => self.emit(StmtKind::Expr(call), at.into()),
                }
            }
            Stmt::Assert { test, msg } => self.assert_stmt(*test, *msg, loc)?,
            Stmt::Global(names) => check_globals(self, names)?,
            Stmt::FuncDef(_) => return Err(not_here("def", loc)),
            Stmt::ClassDef(_) => return Err(not_here("class", loc)),
            Stmt::Import(_) => return Err(not_here("import", loc)),
        }
        Ok(())
    }

    fn condition(&mut self, test: ExprId) -> Result<Expr> {
        let ev = eval_condition(self, test)?;
        lift(self, &ev)
    }

    fn return_stmt(&mut self, value: ExprId, loc: Loc) -> Result<()> {
        let ev = match self.machine.frame(self.index).ret {
            Some((ty, annotation)) => {
                let ev = expr::eval_wanted(self, value, ty)?;
                convert_ev(self, ev, ty, &Context::Return(annotation))?
            }
            None => eval(self, value)?,
        };
        let mut value = lift(self, &ev)?;
        if let Some((ty, _)) = self.machine.frame(self.index).ret {
            value = self.fit(value, ty, ev.arg.loc);
        }
        self.emit(StmtKind::Return(value), loc);
        Ok(())
    }

    fn assert_stmt(&mut self, test: ExprId, msg: Option<ExprId>, loc: Loc) -> Result<()> {
        let test = self.condition(test)?;
        let msg = match msg {
            None => None,
            Some(msg) => {
                let ev = require_str(eval(self, msg)?)?;
                Some(lift(self, &ev)?)
            }
        };
        self.emit(StmtKind::Assert { test, msg }, loc);
        Ok(())
    }

    // -- assignments ----------------------------------------------------------------------------

    fn var_def(
        &mut self,
        target: &Ident,
        ty: ExprId,
        value: Option<ExprId>,
        loc: Loc,
    ) -> Result<()> {
        let frame = self.machine.frame(self.index);
        let is_auto = matches!(frame.body.expr(ty), AstExpr::Auto);
        let mut declared = None;
        if !is_auto {
            let ty_pos = expr::expr_pos(self, ty);
            let ty = expr::eval_type(self, ty)?;
            meaning::declare_typed(self, &target.name, ty, ty_pos.into());
            declared = Some((ty, Loc::from(ty_pos)));
        }
        let Some(value) = value else {
            let Some((ty, _)) = declared else { return Ok(()) };
            let lowered = self.ty(ty);
            let id = self.local(&target.name, lowered);
            self.emit(StmtKind::VarDef(id, None), loc);
            return Ok(());
        };
        let mut ev = match declared {
            Some((ty, _)) => expr::eval_as(self, value, ty)?,
            None => eval(self, value)?,
        };
        let mut type_loc = ev.arg.loc;
        if let Some((ty, annotation)) = declared {
            ev = convert_ev(self, ev, ty, &Context::Local(Some(annotation)))?;
            type_loc = annotation;
        }
        meaning::declare(self, &target.name, &ev, Some(type_loc));
        if self.is_blue(&target.name) {
            return Ok(());
        }
        let ty = self.machine.frame(self.index).local(&target.name).map(|local| local.ty);
        let ty = ty.unwrap_or(ev.arg.ty);
        let lowered = self.ty(ty);
        let id = self.local(&target.name, lowered);
        let value = lift(self, &ev)?;
        let value = self.fit(value, ty, ev.arg.loc);
        self.emit(StmtKind::VarDef(id, Some(value)), loc);
        Ok(())
    }

    fn is_blue(&mut self, name: &Name) -> bool {
        let frame = self.machine.frame(self.index);
        frame.local(name).is_some_and(|local| local.color == Color::Blue)
    }

    fn assign(&mut self, target: &Ident, ev: Ev<Expr>, loc: Loc) -> Result<()> {
        let symbol = meaning::symbol(self, &target.name)?;
        meaning::check_assignable(self, &symbol, target)?;
        if symbol.storage == Storage::Cell {
            let module = self.machine.frame(self.index).def.module.clone();
            let ev = meaning::convert_for_cell(self, &module, &symbol, ev)?;
            let value = lift(self, &ev)?;
            let cell = self.cell(&module, &target.name);
            self.emit(StmtKind::AssignCell(cell, value), loc);
            return Ok(());
        }
        let ev = meaning::settle_local(self, target, ev)?;
        if self.is_blue(&target.name) {
            return Ok(());
        }
        self.store(&target.name, &ev, loc)
    }

    pub(crate) fn store(&mut self, name: &Name, ev: &Ev<Expr>, loc: Loc) -> Result<()> {
        let ty = self.machine.frame(self.index).local(name).map_or(ev.arg.ty, |local| local.ty);
        let lowered = self.ty(ty);
        let id = self.local(name, lowered);
        let value = lift(self, ev)?;
        let value = self.fit(value, ty, ev.arg.loc);
        self.emit(StmtKind::Assign(id, value), loc);
        Ok(())
    }

    /// `a, b = value`: the value is evaluated once. Targets whose types fit are stored directly;
    /// if one needs a conversion, all go through hidden locals.
    fn unpack(&mut self, targets: &[Ident], value: ExprId, loc: Loc) -> Result<()> {
        let ev = spy_eval::optional::eval_value(self, value)?;
        let ev = unpack::unpackable(self, ev)?;
        unpack::unpack_count(self.machine, &ev.arg, targets.len())
            .map_err(|error| unpack_error(self, error, targets))?;
        if let Some(Value::InterpTuple(items)) = &ev.arg.value {
            for (target, item) in targets.iter().zip(items.iter()) {
                let ty = self.machine.type_of(item);
                self.assign(target, Ev::blue(item.clone(), ty, ev.arg.loc), loc)?;
            }
            return Ok(());
        }
        let is_tuple = is_instance_of_generic(ev.arg.ty, "_tuple", "tuple");
        let fields = if is_tuple { self.machine.struct_fields(ev.arg.ty)? } else { Vec::new() };
        if is_tuple && self.fits(targets, &fields)? {
            let mut made = Vec::with_capacity(targets.len());
            for (target, (_, ty)) in targets.iter().zip(&fields) {
                made.push(self.unpack_target(target, *ty, ev.arg.loc)?);
            }
            let value = lift(self, &ev)?;
            self.emit(StmtKind::Unpack(made, value), loc);
            return Ok(());
        }
        let number = self.next_inlined();
        let name = Name::from(format!("_$tuple{number}"));
        let lowered = self.ty(ev.arg.ty);
        let id = self.local(&name, lowered);
        let value = lift(self, &ev)?;
        self.emit(StmtKind::VarDef(id, Some(value)), loc);
        for (index, target) in targets.iter().enumerate() {
            let tuple = self.expr(ExprKind::Local(id), ev.arg.ty, ev.arg.loc);
            let tuple = Ev::red(tuple, ev.arg.ty, ev.arg.loc);
            let item = unpack::unpack_target(self, &tuple, index, targets.len())?;
            self.assign(target, item, loc)?;
        }
        Ok(())
    }

    /// Whether every target is new or has exactly the type of its item. One that stands there twice
    /// is not new the second time.
    fn fits(&mut self, targets: &[Ident], fields: &[(Name, Ty)]) -> Result<bool> {
        for (index, (target, (_, ty))) in targets.iter().zip(fields).enumerate() {
            let mut before = targets.iter().zip(fields).take(index);
            if before.any(|(other, (_, first))| other.name == target.name && first != ty) {
                return Ok(false);
            }
            let symbol = meaning::symbol(self, &target.name)?;
            let known = if symbol.storage == Storage::Cell {
                let module = self.machine.frame(self.index).def.module.clone();
                let key = spy_types::FrameKey::new(spy_types::FrameKeyData::Module(module));
                self.machine.frame_cell(key, &target.name).map(|(ty, _)| ty)
            } else {
                self.machine.frame(self.index).local(&target.name).map(|local| local.ty)
            };
            if known.is_some_and(|known| known != *ty) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn unpack_target(&mut self, target: &Ident, ty: Ty, value: Loc) -> Result<Target> {
        let symbol = meaning::symbol(self, &target.name)?;
        meaning::check_assignable(self, &symbol, target)?;
        if symbol.storage == Storage::Cell {
            let module = self.machine.frame(self.index).def.module.clone();
            return Ok(Target::Cell(self.cell(&module, &target.name)));
        }
        if self.machine.frame(self.index).local(&target.name).is_none() {
            let local = FrameLocal { ty, color: Color::Red, value: None, type_loc: Some(value) };
            self.machine.frame(self.index).set_local(&target.name, local);
        }
        let lowered = self.ty(ty);
        Ok(Target::Local(self.local(&target.name, lowered)))
    }

    // -- loops ----------------------------------------------------------------------------------

    fn for_stmt(
        &mut self,
        seq: u32,
        target: &Ident,
        iter: ExprId,
        body: &[StmtId],
        pos: Pos,
    ) -> Result<()> {
        let loc = Loc::from(pos);
        let name = meaning::iterator_name(seq);
        let iterable = eval(self, iter)?;
        if meaning::is_without_items(iterable.arg.ty) {
            let value = lift(self, &iterable)?;
            self.emit(StmtKind::Expr(value), loc);
            return Ok(());
        }
        expr::at(self, pos);
        let first = meaning::protocol(self, iterable, "__fastiter__", loc)?;
        let ty = first.arg.ty;
        let local = FrameLocal { ty, color: Color::Red, value: None, type_loc: Some(loc) };
        self.machine.frame(self.index).set_local(&name, local);
        self.store(&name, &first, loc)?;
        let iterator = self.iterator(&name, ty, loc)?;
        let more = meaning::protocol(self, iterator, "__continue_iteration__", loc)?;
        let more = convert_ev(self, more, ScalarTy::Bool.into(), &Context::Condition)?;
        let test = lift(self, &more)?;
        let outer = std::mem::take(&mut self.sink);
        let result = self.for_body(&name, ty, target, body, pos);
        let made = std::mem::replace(&mut self.sink, outer);
        result?;
        self.emit(StmtKind::While { test, body: made }, loc);
        Ok(())
    }

    fn for_body(
        &mut self,
        name: &Name,
        ty: Ty,
        target: &Ident,
        body: &[StmtId],
        pos: Pos,
    ) -> Result<()> {
        let loc = Loc::from(pos);
        let iterator = self.iterator(name, ty, loc)?;
        let item = meaning::protocol(self, iterator, "__item__", loc)?;
        self.assign(target, item, loc)?;
        let iterator = self.iterator(name, ty, loc)?;
        let next = meaning::protocol(self, iterator, "__next__", loc)?;
        let next = convert_ev(self, next, ty, &Context::Local(Some(loc)))?;
        self.store(name, &next, loc)?;
        self.block_into_sink(body)
    }

    fn iterator(&mut self, name: &Name, ty: Ty, loc: Loc) -> Result<Ev<Expr>> {
        let value = self.read_local(name, loc)?;
        Ok(Ev::red(value, ty, loc))
    }
}

fn not_here(what: &str, loc: Loc) -> Box<SpyError> {
    SpyError::wip(format!("`{what}` inside a red function"))
        .error("only blue functions may contain this", loc)
}
