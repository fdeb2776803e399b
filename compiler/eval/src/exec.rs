//! Running code: the domain whose run-time values are values.

use crate::arguments::{Choice, branch, joined};
use crate::convert::Context;
use crate::domain::{Domain, Ev};
use crate::expr::{self, eval, eval_condition};
use crate::frame::{Local, What};
use crate::machine::Machine;
use crate::opimpl::{convert_ev, lift};
use crate::raise::{Raised, eval_raise};
use crate::sites::{Home, Known};
use crate::stmt;
use spy_scope::{Storage, Symbol};
use spy_syntax::ast::{Expr, ExprId, Ident, Node, Stmt, StmtId};
use spy_types::{
    BuiltinTy, Color, ExcTy, FrameKey, FrameKeyData, FuncId, Loc, Name, Pos, Result, ScalarTy,
    SpyError, Ty, Value,
};
use std::sync::Arc;

/// A frame of a machine, being run.
pub struct Run<'m, 'db> {
    machine: &'m mut Machine<'db>,
    index: usize,
}

/// How a statement ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

impl<'m, 'db> Run<'m, 'db> {
    /// Runs in frame `index` of the machine.
    pub fn new(machine: &'m mut Machine<'db>, index: usize) -> Self {
        Self { machine, index }
    }
}

impl<'db> Domain<'db> for Run<'_, 'db> {
    type Red = Value;

    fn machine(&mut self) -> &mut Machine<'db> {
        self.machine
    }

    fn frame_index(&self) -> usize {
        self.index
    }

    fn constant(&mut self, value: &Value, _: Ty, _: Loc) -> Result<Value> {
        Ok(value.clone())
    }

    fn call(&mut self, func: FuncId, args: Vec<Value>, _: Ty, loc: Loc) -> Result<Value> {
        self.machine.call(func, args, loc)
    }

    fn read_local(&mut self, name: &Name, loc: Loc) -> Result<Value> {
        let local = self.machine.frame(self.index).local(name);
        local.and_then(|local| local.value.clone()).ok_or_else(|| expr::uninitialized(name, loc))
    }

    fn read_slot(&mut self, slot: usize, name: &Name, loc: Loc) -> Result<Value> {
        let local = self.machine.frames[self.index].locals[slot].as_ref();
        local.and_then(|local| local.value.clone()).ok_or_else(|| expr::uninitialized(name, loc))
    }

    fn walrus(&mut self, name: &Name, value: Value, _: Ty, _: Loc) -> Result<Value> {
        self.store(name, value.clone());
        Ok(value)
    }

    fn read_cell(&mut self, module: &Name, name: &Name, loc: Loc) -> Result<(Ty, Value)> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        self.machine.cell_value(key, name).ok_or_else(|| expr::uninitialized(name, loc))
    }

    fn walrus_cell(&mut self, module: &Name, name: &Name, value: Value, _: Loc) -> Result<Value> {
        self.machine.write_cell(module, name, value.clone())?;
        Ok(value)
    }

    fn short_circuit(
        &mut self,
        is_and: bool,
        left: Ev<Value>,
        right: impl FnOnce(&mut Self) -> Result<Ev<Value>>,
        loc: Loc,
    ) -> Result<Ev<Value>> {
        let value = lift(self, &left)?;
        if value.as_bool() != Some(is_and) {
            return Ok(Ev { arg: crate::domain::Arg { loc, name: None, ..left.arg }, ..left });
        }
        let mut right = right(self)?;
        right.arg.loc = loc;
        right.arg.name = None;
        Ok(right)
    }

    fn select(&mut self, test: Ev<Value>, choice: &Choice, loc: Loc) -> Result<Ev<Value>> {
        let holds = lift(self, &test)?.as_bool() == Some(true);
        let chosen = choice.branches[usize::from(!holds)];
        let joined = joined(self, choice)?;
        let ev = branch(self, chosen, choice.wanted.or(joined))?;
        Ok(Ev::red(lift(self, &ev)?, ev.arg.ty, loc))
    }

    fn either(
        &mut self,
        test: Ev<Value>,
        then: impl FnOnce(&mut Self) -> Result<Ev<Value>>,
        orelse: impl FnOnce(&mut Self) -> Result<Ev<Value>>,
        loc: Loc,
    ) -> Result<Ev<Value>> {
        let holds = lift(self, &test)?.as_bool() == Some(true);
        let ev = if holds { then(self)? } else { orelse(self)? };
        Ok(Ev::red(lift(self, &ev)?, ev.arg.ty, loc))
    }

    fn hold(&mut self, ev: Ev<Value>) -> (Ev<Value>, Ev<Value>) {
        (ev.clone(), ev)
    }

    fn block(&mut self, body: &[StmtId], value: ExprId, _: Loc) -> Result<Ev<Value>> {
        for id in body {
            match self.stmt(*id)? {
                Flow::Next => {}
                Flow::Break | Flow::Continue | Flow::Return(_) => {
                    return Err(SpyError::wip("control flow out of a __block__"));
                }
            }
        }
        eval(self, value)
    }

    fn collect(
        &mut self,
        (name, first): (&Name, Ev<Value>),
        body: &[StmtId],
        value: ExprId,
        loc: Loc,
    ) -> Result<Ev<Value>> {
        let first = lift(self, &first)?;
        self.store(name, first);
        self.block(body, value, loc)
    }

    fn print_many(
        &mut self,
        printers: Vec<(FuncId, Ty)>,
        args: Vec<Value>,
        loc: Loc,
    ) -> Result<Value> {
        for ((func, _), arg) in printers.into_iter().zip(args) {
            self.machine.call(func, vec![arg], loc)?;
        }
        Ok(Value::None)
    }

    fn known_value(&mut self, red: &Value) -> Option<Value> {
        Some(red.clone())
    }
}

impl<'db> Run<'_, 'db> {
    fn store(&mut self, name: &Name, value: Value) {
        let frame = self.machine.frame(self.index);
        if let Some(slot) = frame.slot(name)
            && let Some(local) = &mut frame.locals[slot]
        {
            local.value = Some(value);
        }
    }

    fn block_of(&mut self, body: &[StmtId]) -> Result<Flow> {
        for id in body {
            match self.stmt(*id)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn stmt(&mut self, id: StmtId) -> Result<Flow> {
        self.machine.step()?;
        let frame = self.machine.frame(self.index);
        let pos = Pos { def: frame.def, node: Node::Stmt(id) };
        frame.pos = Some(pos);
        let body = frame.body.clone();
        crate::machine::deep(|| self.stmt_kind(body.stmt(id), pos))
    }

    fn stmt_kind(&mut self, stmt: &Stmt, pos: Pos) -> Result<Flow> {
        match stmt {
            Stmt::Pass => {}
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Return(value) => return self.return_stmt(*value),
            Stmt::Expr(value) => {
                eval(self, *value)?;
            }
            Stmt::VarDef { target, ty, value, .. } => {
                self.var_def(target, *ty, *value, pos)?;
            }
            Stmt::Assign { target, value } => {
                let ev = stmt::eval_for(self, target, *value)?;
                self.assign(target, ev)?;
            }
            Stmt::Unpack { targets, value } => self.unpack(targets, *value)?,
            Stmt::AugAssign { op, target, value } => {
                let ev = stmt::aug_value(self, *op, target, *value, pos)?;
                self.assign(target, ev)?;
            }
            Stmt::SetAttr { target, attr, value, .. } => {
                stmt::set_attr(self, *target, attr, *value, pos)?;
            }
            Stmt::SetItem { target, args, value, .. } => {
                stmt::set_item(self, *target, args, *value, pos)?;
            }
            Stmt::AugSetAttr { op, target, attr, mark, value } => {
                crate::update::attr(self, *op, (*target, attr, *mark), *value, pos)?;
            }
            Stmt::AugSetItem { op, target, args, mark, value } => {
                crate::update::item(self, *op, (*target, args, *mark), *value, pos)?;
            }
            Stmt::DelItem { target, args, .. } => {
                crate::update::delete_item(self, *target, args, pos)?;
            }
            Stmt::If { test, then, orelse } => {
                let branch = if self.condition(*test)? { then } else { orelse };
                return self.block_of(branch);
            }
            Stmt::While { test, body } => return self.while_stmt(*test, body),
            Stmt::For { seq, target, iter, body } => {
                return self.for_stmt(*seq, target, *iter, body, pos);
            }
            Stmt::Raise(exc) => {
                let raised = eval_raise(self, *exc, pos.into())?;
                let loc = expr::expr_pos(self, *exc);
                expr::at(self, pos);
                if let Raised::Known(etype, message) = raised {
                    return Err(SpyError::new(etype, message.to_string()).error("", loc));
                }
            }
            Stmt::Assert { test, msg } => self.assert_stmt(*test, *msg, pos)?,
            Stmt::Global(names) => crate::names::check_globals(self, names)?,
            Stmt::FuncDef(def) => crate::define::func_def(self, def, pos)?,
            Stmt::ClassDef(def) => crate::define::class_def(self, def)?,
            Stmt::Import(import) => crate::import::import(self, import, pos)?,
        }
        Ok(Flow::Next)
    }

    fn return_stmt(&mut self, value: ExprId) -> Result<Flow> {
        let ret = self.machine.frame(self.index).ret;
        let ev = match ret {
            Some((ty, loc)) => {
                let ev = expr::eval_wanted(self, value, ty)?;
                convert_ev(self, ev, ty, &Context::Return(loc))?
            }
            None => eval(self, value)?,
        };
        Ok(Flow::Return(lift(self, &ev)?))
    }

    fn condition(&mut self, test: ExprId) -> Result<bool> {
        let ev = eval_condition(self, test)?;
        Ok(lift(self, &ev)?.as_bool() == Some(true))
    }

    fn while_stmt(&mut self, test: ExprId, body: &[StmtId]) -> Result<Flow> {
        while self.condition(test)? {
            match self.block_of(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                Flow::Return(value) => return Ok(Flow::Return(value)),
            }
        }
        Ok(Flow::Next)
    }

    fn for_stmt(
        &mut self,
        seq: u32,
        target: &Ident,
        iter: ExprId,
        body: &[StmtId],
        pos: Pos,
    ) -> Result<Flow> {
        let loc = Loc::from(pos);
        let name = stmt::iterator_name(seq);
        let iterable = eval(self, iter)?;
        if stmt::is_without_items(iterable.arg.ty) {
            return Ok(Flow::Next);
        }
        expr::at(self, pos);
        let first = stmt::protocol(self, iterable, "__fastiter__", loc)?;
        let value = lift(self, &first)?;
        let ty = first.arg.ty;
        let local = Local { ty, color: Color::Red, value: Some(value), type_loc: Some(loc) };
        self.machine.frame(self.index).set_local(&name, local);
        loop {
            let iterator = self.iterator(&name, ty, loc)?;
            let more = stmt::protocol(self, iterator.clone(), "__continue_iteration__", loc)?;
            let more = convert_ev(self, more, ScalarTy::Bool.into(), &Context::Condition)?;
            if lift(self, &more)?.as_bool() != Some(true) {
                return Ok(Flow::Next);
            }
            let item = stmt::protocol(self, iterator.clone(), "__item__", loc)?;
            self.assign(target, item)?;
            let next = stmt::protocol(self, iterator, "__next__", loc)?;
            let next = convert_ev(self, next, ty, &Context::Local(Some(loc)))?;
            let next = lift(self, &next)?;
            self.store(&name, next);
            match self.block_of(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                Flow::Return(value) => return Ok(Flow::Return(value)),
            }
            expr::at(self, pos);
        }
    }

    fn iterator(&mut self, name: &Name, ty: Ty, loc: Loc) -> Result<Ev<Value>> {
        let value = self.read_local(name, loc)?;
        Ok(Ev::red(value, ty, loc))
    }

    fn assert_stmt(&mut self, test: ExprId, msg: Option<ExprId>, pos: Pos) -> Result<()> {
        if self.condition(test)? {
            return Ok(());
        }
        let text = match msg {
            None => "assertion failed".to_owned(),
            Some(msg) => {
                let ev = eval(self, msg)?;
                let ev = stmt::require_str(ev)?;
                lift(self, &ev)?.as_str().map(|text| text.to_string()).unwrap_or_default()
            }
        };
        expr::at(self, pos);
        Err(SpyError::new(ExcTy::AssertionError, text).error("assertion failed", pos))
    }

    // -- assignments ----------------------------------------------------------------------------

    fn var_def(
        &mut self,
        target: &Ident,
        ty: ExprId,
        value: Option<ExprId>,
        pos: Pos,
    ) -> Result<()> {
        let symbol = stmt::symbol(self, &target.name)?;
        if self.machine.frame(self.index).blue {
            self.check_redeclared(target, &symbol, pos)?;
        }
        let is_auto = matches!(self.machine.frame(self.index).body.expr(ty), Expr::Auto);
        if !is_auto {
            let declared = expr::eval_type(self, ty)?;
            let type_loc = expr::expr_pos(self, ty).into();
            stmt::declare_typed(self, &target.name, declared, type_loc);
        }
        let Some(value) = value else { return Ok(()) };
        let ev = stmt::eval_for(self, target, value)?;
        let context_ty = self.machine.frame(self.index).local(&target.name).cloned();
        let ev = match (&context_ty, is_auto) {
            (Some(local), false) => {
                let context = Context::Local(local.type_loc);
                convert_ev(self, ev, local.ty, &context)?
            }
            _ => ev,
        };
        let red = lift(self, &ev)?;
        if symbol.storage == Storage::Cell {
            let slot = self.machine.frame(self.index).slot(&target.name);
            let frame = self.machine.frame(self.index);
            if let Some(slot) = slot {
                frame.locals[slot] = None;
            }
            let dynamic = Ty::from(BuiltinTy::Dynamic);
            let declared = context_ty.filter(|local| local.ty == dynamic);
            let ty = declared.map_or(ev.arg.ty, |local| local.ty);
            frame.cells.insert(target.name.clone(), (ty, red));
            return Ok(());
        }
        let type_loc = match context_ty {
            Some(local) if !is_auto => local.type_loc,
            _ => Some(ev.arg.loc),
        };
        stmt::declare(self, &target.name, &ev, type_loc);
        self.store(&target.name, red);
        Ok(())
    }

    fn check_redeclared(&mut self, target: &Ident, symbol: &Symbol, pos: Pos) -> Result<()> {
        let frame = self.machine.frame(self.index);
        // A field is declared without having a value.
        let is_class =
            matches!(frame.what, What::Class(_)) && target.name != crate::define::EXTRA_FIELDS;
        let taken =
            frame.local(&target.name).is_some_and(|local| is_class || local.value.is_some())
                || frame.cells.contains_key(&target.name);
        let own = symbol.loc().map(|node| node.node);
        if !taken || own == Some(pos.node) {
            return Ok(());
        }
        Err(self.already_declared(symbol, pos.into()))
    }

    /// The error for a second declaration in a blue frame.
    pub(crate) fn already_declared(&mut self, symbol: &Symbol, loc: Loc) -> Box<SpyError> {
        let name = &symbol.name;
        let error = SpyError::new(ExcTy::ScopeError, format!("variable `{name}` already declared"))
            .error("this is the new declaration", loc);
        let module = self.machine.frame(self.index).def.module.clone();
        match symbol.loc().and_then(|node| expr::node_loc(&module, node)) {
            Some(previous) => error.note("this is the previous declaration", previous),
            None => error,
        }
    }

    fn assign(&mut self, target: &Ident, ev: Ev<Value>) -> Result<()> {
        let node = Node::Mark(target.mark);
        let sites = self.machine.frame(self.index).sites.clone();
        if let Some(Known { home: Home::Slot(slot), .. }) =
            sites.as_ref().and_then(|sites| sites.name(node))
            && let Some(local) = &self.machine.frame(self.index).locals[slot]
            && local.color == Color::Red
            && local.ty == ev.arg.ty
        {
            let value = lift(self, &ev)?;
            if let Some(local) = &mut self.machine.frame(self.index).locals[slot] {
                local.value = Some(value);
            }
            return Ok(());
        }
        let symbol = stmt::symbol(self, &target.name)?;
        stmt::check_assignable(self, &symbol, target)?;
        if symbol.storage == Storage::Cell {
            let module = self.machine.frame(self.index).def.module.clone();
            let ev = stmt::convert_for_cell(self, &module, &symbol, ev)?;
            let red = lift(self, &ev)?;
            return self.machine.write_cell(&module, &target.name, red);
        }
        let ev = stmt::settle_local(self, target, ev)?;
        let red = lift(self, &ev)?;
        self.store(&target.name, red);
        let slot = self.machine.frame(self.index).slot(&target.name);
        if let (Some(sites), Some(slot)) = (sites, slot)
            && sites.name(node).is_none()
        {
            let name = Arc::new((target.name.clone(), None));
            sites.add_name(node, Known { home: Home::Slot(slot), name });
        }
        Ok(())
    }

    fn unpack(&mut self, targets: &[Ident], value: ExprId) -> Result<()> {
        let ev = crate::optional::eval_value(self, value)?;
        let ev = crate::builtins::unpack::unpackable(self, ev)?;
        let count = crate::builtins::unpack::unpack_count(self.machine, &ev.arg, targets.len())
            .map_err(|error| stmt::unpack_error(self, error, targets))?;
        for (index, target) in targets.iter().enumerate().take(count) {
            let item = crate::builtins::unpack::unpack_target(self, &ev, index, count)?;
            self.assign(target, item)?;
        }
        Ok(())
    }
}

/// Runs a module's top level.
pub(crate) fn run_module_body(m: &mut Machine<'_>, index: usize, module: &Name) -> Result<()> {
    let mut run = Run::new(m, index);
    declare_structs(&mut run);
    run_block(&mut run)?;
    call_init(&mut run, module)
}

/// Annotations may mention a struct before its definition.
fn declare_structs(run: &mut Run<'_, '_>) {
    let frame = run.machine.frame(run.index);
    if frame.key.is_some() {
        let root = frame.body.root.clone();
        crate::define::forward_declare(run, &root);
    }
}

fn run_block(run: &mut Run<'_, '_>) -> Result<Value> {
    let root = run.machine.frame(run.index).body.root.clone();
    if run.machine.tolerated.is_some() {
        for id in &root {
            if let Err(error) = run.stmt(*id) {
                run.machine.tolerate(error, run.index)?;
            }
        }
        return Ok(Value::None);
    }
    match run.block_of(&root)? {
        Flow::Return(value) => Ok(value),
        Flow::Next | Flow::Break | Flow::Continue => Ok(Value::None),
    }
}

/// Calls `__INIT__(module)`, if the module has one.
fn call_init(run: &mut Run<'_, '_>, module: &Name) -> Result<()> {
    let init = run.machine.frame(run.index).local("__INIT__").and_then(|local| local.value.clone());
    let Some(Value::Func(init)) = init else { return Ok(()) };
    let Some(sig) = run.machine.func_sig(init) else { return Ok(()) };
    if sig.color != Color::Blue {
        return Err(SpyError::type_error("the __INIT__ function must be @blue")
            .error("function defined here", sig.prototype_pos()));
    }
    run.machine.call_blue(init, vec![Value::Module(module.clone())]).map(|_| ())
}

/// Runs the body of a class.
pub(crate) fn run_class_body(m: &mut Machine<'_>, index: usize) -> Result<()> {
    run_block(&mut Run::new(m, index)).map(|_| ())
}

/// Runs the body of a function to its result.
pub(crate) fn run_function_body(m: &mut Machine<'_>, index: usize) -> Result<Value> {
    let frame = m.frame(index);
    let (module, is_red) = (frame.def.module.clone(), !frame.blue);
    if is_red && m.declares(&module) {
        return call_declared(m, index);
    }
    let mut run = Run::new(m, index);
    declare_structs(&mut run);
    let body = run.machine.frame(index).body.clone();
    if let Flow::Return(value) = run.block_of(&body.root)? {
        return Ok(value);
    }
    let frame = run.machine.frame(index);
    let end = frame.body.last().map(|id| Pos { def: frame.def, node: Node::Stmt(id) });
    let ret = frame.ret;
    if let Some(((ty, _), end)) = ret.zip(end)
        && let Some(none) = crate::optional::none(&mut run, ty, end.into())?
    {
        return lift(&mut run, &none);
    }
    match ret {
        Some((ty, loc)) if !ty.is(BuiltinTy::NoneType) && !ty.is(BuiltinTy::Dynamic) => {
            let error = SpyError::type_error("reached the end of the function without a `return`");
            Err(match end.map(Loc::from).or(loc) {
                Some(loc) => error.error("no return", loc),
                None => error,
            })
        }
        _ => Ok(Value::None),
    }
}

/// Calls the compiled function that a frame stands for, whose parameters are bound.
fn call_declared(m: &mut Machine<'_>, index: usize) -> Result<Value> {
    let What::Func(func) = m.frame(index).what else {
        return Err(SpyError::wip("only a function can be called that was compiled ahead of time"));
    };
    let Some(sig) = m.func_sig(func) else {
        return Err(SpyError::type_error("not a function with a signature"));
    };
    let frame = m.frame(index);
    let value = |param: &crate::frame::Param| frame.local(&param.name)?.value.clone();
    let args = sig.params.iter().map(|param| value(param).unwrap_or(Value::None));
    let args: Vec<Value> = args.collect();
    // Nobody sees the text of the function: the call is to blame.
    let call = index.checked_sub(1).and_then(|outer| m.frame(outer).pos);
    m.call_declared(func, &args).map_err(|error| match call {
        Some(pos) if error.notes.is_empty() => error.error("", pos),
        _ => error,
    })
}
