//! The domain whose run-time values are IR.

use crate::lower::{Lowering, lower_type};
use crate::queries::{Mention, Mentions};
use spy_db::Pos;
use spy_eval::arguments::Choice;
use spy_eval::builtins::is_builtin_module;
use spy_eval::expr::uninitialized;
use spy_eval::frame::FuncSig;
use spy_eval::machine::deep;
use spy_eval::opimpl::{OpImpl, lift};
use spy_eval::{Domain, Ev, Local as FrameLocal, Machine};
use spy_ir::{Callee, Const, Expr, ExprKind, Fqn, Func, Local, PosIdx, Stmt, StmtKind, Type};
use spy_syntax::ast::{ExprId, Node, StmtId};
use spy_text::IndexMap;
use spy_types::names::cell_fqn;
use spy_types::names::{func_fqn, ty_human};
use spy_types::{
    Color, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, PrimOp, PtrOp, Result, ScalarTy,
    SpyError, Ty, TyKey, Value,
};
use std::sync::Arc;

/// Redshifts in one frame of a machine.
pub struct Shift<'m, 'db> {
    pub(crate) machine: &'m mut Machine<'db>,
    pub(crate) index: usize,
    pub(crate) lazy: bool,
    /// The function that is being redshifted.
    pub(crate) func: Option<FuncId>,
    pub(crate) locals: IndexMap<Name, Type>,
    positions: IndexMap<Pos, PosIdx>,
    mentions: Mentions,
    /// Statements made so far in the innermost block.
    pub(crate) sink: Vec<Stmt>,
    inlined: u32,
    pub(crate) errors: Vec<SpyError>,
    pub(crate) deferred: Vec<SpyError>,
    /// The types that stand in the code, by what is written for them; `None` for what is written for
    /// several.
    types: IndexMap<Arc<str>, Option<Ty>>,
    /// The types of function values that it has met, by what they are in the IR.
    pub(crate) function_types: IndexMap<Type, Ty>,
    /// The colours of what was evaluated, if somebody wants to know.
    colors: Option<Vec<(Pos, Color)>>,
}

impl<'m, 'db> Shift<'m, 'db> {
    /// Redshifts in frame `index` of the machine.
    pub fn new(machine: &'m mut Machine<'db>, index: usize, lazy: bool) -> Self {
        Self {
            machine,
            index,
            lazy,
            func: None,
            locals: IndexMap::default(),
            positions: IndexMap::default(),
            mentions: Mentions::default(),
            sink: Vec::new(),
            inlined: 0,
            errors: Vec::new(),
            deferred: Vec::new(),
            types: IndexMap::default(),
            function_types: IndexMap::default(),
            colors: None,
        }
    }

    /// Notes the colours of what is evaluated from now on.
    pub(crate) fn listen(&mut self) {
        self.colors = Some(Vec::new());
    }

    /// The colours of what was evaluated.
    pub(crate) fn take_colors(&mut self) -> Vec<(Pos, Color)> {
        self.colors.take().unwrap_or_default()
    }

    /// What the positions stand for.
    pub fn take_positions(&mut self) -> Vec<Pos> {
        std::mem::take(&mut self.positions).into_keys().collect()
    }

    /// What the code mentions.
    pub fn take_mentions(&mut self) -> Vec<Mention> {
        std::mem::take(&mut self.mentions).into_iter().collect()
    }

    /// What is wrong.
    pub fn take_errors(&mut self) -> Vec<SpyError> {
        std::mem::take(&mut self.errors)
    }

    /// What was deferred to run time.
    pub fn take_deferred(&mut self) -> Vec<SpyError> {
        std::mem::take(&mut self.deferred)
    }

    /// The number of a position.
    pub fn pos(&mut self, loc: Loc) -> PosIdx {
        let next = PosIdx(u32::try_from(self.positions.len()).unwrap_or(u32::MAX));
        *self.positions.entry(loc.start).or_insert(next)
    }

    /// The IR's type; structs are noted.
    pub fn ty(&mut self, ty: Ty) -> Type {
        self.mention_type(ty);
        lower_type(ty)
    }

    fn mention_type(&mut self, ty: Ty) {
        match ty.get() {
            TyKey::Struct { .. } | TyKey::TerminalSize => {
                self.mentions.insert(Mention::Type(ty));
            }
            TyKey::Ptr(_, item) | TyKey::Ref(_, item)
                if self.mentions.insert(Mention::Type(ty)) =>
            {
                self.mention_type(*item);
            }
            TyKey::Func(func) if func.is_value() && self.mentions.insert(Mention::Type(ty)) => {
                self.function_types.insert(lower_type(ty), ty);
            }
            _ => {}
        }
    }

    /// The name of a module variable, which the code mentions then.
    pub(crate) fn cell(&mut self, module: &Name, name: &Name) -> Fqn {
        self.mentions.insert(Mention::Cells(FrameKey::new(FrameKeyData::Module(module.clone()))));
        cell_fqn(module, name)
    }

    /// Notes what the code mentions.
    pub(crate) fn mention(&mut self, mention: Mention) {
        match mention {
            Mention::Type(ty) => self.mention_type(ty),
            _ => {
                self.mentions.insert(mention);
            }
        }
    }

    /// An expression.
    pub fn expr(&mut self, kind: ExprKind, ty: Ty, loc: Loc) -> Expr {
        let ty = self.ty(ty);
        let pos = self.pos(loc);
        Expr { kind, ty, pos }
    }

    /// A statement.
    pub fn emit(&mut self, kind: StmtKind, loc: Loc) {
        let pos = self.pos(loc);
        self.sink.push(Stmt { kind, pos });
    }

    /// Number of the next inlined call.
    pub(crate) fn next_inlined(&mut self) -> u32 {
        self.inlined += 1;
        self.inlined - 1
    }

    /// Redshifts the frame's function.
    ///
    /// # Errors
    /// The first error of the function; in lazy mode, the first that cannot be deferred.
    pub fn function(&mut self, func: FuncId, sig: &FuncSig) -> Result<Func> {
        self.func = Some(func);
        if let Some((name, class)) = sig.class_local() {
            self.machine.frame(self.index).set_local(name, class);
        }
        for param in &sig.params {
            self.param(param, sig)?;
        }
        let param_count = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        let ret = self.ty(sig.ret);
        let root = self.machine.frame(self.index).body.root.clone();
        self.block_into_sink(&root)?;
        let frame = self.machine.frame(self.index);
        let end = match frame.body.last() {
            Some(id) => Pos { def: frame.def, node: Node::Stmt(id) },
            None => Pos { def: sig.container, node: Node::Mark(sig.prototype) },
        };
        crate::known::return_none(self, sig.ret, end.into())?;
        let body = std::mem::take(&mut self.sink);
        let end_pos = self.pos(end.into());
        Ok(self.finish(func_fqn(func), param_count, ret, body, end_pos))
    }

    /// Puts a function together.
    pub(crate) fn finish(
        &mut self,
        fqn: Fqn,
        param_count: u32,
        ret: Type,
        body: Vec<Stmt>,
        end_pos: PosIdx,
    ) -> Func {
        let locals = std::mem::take(&mut self.locals);
        let mut locals: Vec<Local> =
            locals.into_iter().map(|(name, ty)| Local { name, ty }).collect();
        let mut body = body;
        crate::assigned::guard(&mut locals, param_count as usize, &mut body, end_pos);
        let track_caller = is_library(self.machine, fqn.module());
        Func {
            fqn,
            locals,
            param_count,
            ret,
            scratch: Vec::new(),
            body,
            pos_count: u32::try_from(self.positions.len()).unwrap_or(u32::MAX),
            end_pos,
            track_caller,
        }
    }

    fn param(&mut self, param: &spy_eval::Param, sig: &FuncSig) -> Result<()> {
        let pos = Pos { def: sig.container, node: Node::Mark(param.mark) };
        let mut static_ty = param.ty;
        if param.varargs {
            static_ty =
                spy_eval::varargs::packed_type(self.machine, param.ty)?.ok_or_else(|| {
                    SpyError::wip("*args not yet supported by the C backend")
                        .error("*args declared here", pos)
                })?;
        }
        let ty = self.ty(static_ty);
        self.local(&param.name, ty);
        let local = FrameLocal {
            ty: static_ty,
            color: Color::Red,
            value: None,
            type_loc: Some(Pos { def: sig.container, node: param.type_node }.into()),
        };
        self.machine.frame(self.index).set_local(&param.name, local);
        Ok(())
    }

    /// The callee of a call, for functions that are code or operations of the IR.
    fn callee(&mut self, func: FuncId) -> Option<Callee> {
        Some(match func.get() {
            FuncKey::Def { .. }
            | FuncKey::AutoEq(_)
            | FuncKey::AutoNe(_)
            | FuncKey::Bind(..)
            | FuncKey::Bound(..)
            | FuncKey::Wrapper(_) => {
                self.mention(Mention::Func(func));
                Callee::Func(func_fqn(func))
            }
            FuncKey::Prim(op) => Callee::Prim(*op),
            FuncKey::Runtime(name) if is_compiled(name) => Callee::Runtime(name.clone()),
            FuncKey::Raise(etype) => Callee::Raise(Name::from(etype.name())),
            FuncKey::Ptr(op, ty) => {
                self.mention_type(*ty);
                Callee::Ptr(*op)
            }
            FuncKey::Make(ty) => {
                self.mention_type(*ty);
                Callee::StructMake
            }
            FuncKey::Getter(_, index, _) => Callee::GetField(*index),
            FuncKey::Runtime(_)
            | FuncKey::Blue(_)
            | FuncKey::FromDynamic(_)
            | FuncKey::PrintMany(_)
            | FuncKey::CallValue(_)
            | FuncKey::ReadCell(..)
            | FuncKey::WriteCell(..) => return None,
        })
    }

    /// The type that an expression stands for, whatever it does before.
    fn known_type(&self, expr: &Expr) -> Option<Ty> {
        match &expr.kind {
            ExprKind::Const(Const::Opaque(text)) => self.types.get(text).copied().flatten(),
            ExprKind::Block(_, value) => self.known_type(value),
            _ => None,
        }
    }

    /// Notes a call of a function that compiled programs lack. Redshift goes on: what else is
    /// wrong with the function tells more, and is reported instead.
    fn interpreted_only(&mut self, func: FuncId, ret: Ty, loc: Loc) -> Expr {
        let error = crate::absent::at_compile_time_only(func, ret, loc);
        self.note_error(error);
        self.expr(ExprKind::Const(Const::None), ret, loc)
    }

    /// A value where one of type `expected` is needed. They differ where a value is stored as
    /// `dynamic` or `object`: compiled programs have no such values.
    pub(crate) fn fit(&mut self, value: Expr, expected: Ty, loc: Loc) -> Expr {
        let ty = self.ty(expected);
        if value.ty == ty {
            return value;
        }
        let name = ty_human(expected);
        let error = SpyError::wip(format!("values of type `{name}` exist at compile time only"))
            .error(format!("this becomes `{name}`"), loc);
        self.note_error(error);
        Expr { ty, ..value }
    }

    /// The arguments of a call of code that is written in SPy.
    fn fit_args(&mut self, func: FuncId, callee: &Callee, args: Vec<Expr>, loc: Loc) -> Vec<Expr> {
        if !matches!(callee, Callee::Func(_)) {
            return args;
        }
        let ty = self.machine.func_type(func);
        let Some(signature) = ty.func() else { return args };
        let params = signature.params.iter().copied().map(Some).chain(std::iter::repeat(None));
        args.into_iter()
            .zip(params)
            .map(|(arg, param)| match param {
                Some(param) => self.fit(arg, param, loc),
                None => arg,
            })
            .collect()
    }

    fn note_error(&mut self, error: Box<SpyError>) {
        let error = self.machine.trace(error, self.index);
        self.errors.push(*error);
    }
}

/// The comparison of functions that `is` comes to.
fn same_function(func: FuncId) -> Option<PtrOp> {
    match func.get() {
        FuncKey::Runtime(name) if name == "operator::object_is" => Some(PtrOp::Eq),
        FuncKey::Runtime(name) if name == "operator::object_isnot" => Some(PtrOp::Ne),
        _ => None,
    }
}

/// Whether a module is part of the library, whose errors are reported at the caller's position.
pub(crate) fn is_library(machine: &Machine<'_>, module: &Name) -> bool {
    let (db, project) = (machine.db, machine.project);
    is_builtin_module(module)
        || spy_db::module_file(db, project, module).is_some_and(|file| file.stdlib(db))
}

/// Whether a runtime function exists in compiled programs.
fn is_compiled(name: &str) -> bool {
    spy_prim::runtime::lookup(name).is_some()
        || name.starts_with("unsafe::")
        || name.starts_with("posix::_FILE::")
}

impl<'db> Domain<'db> for Shift<'_, 'db> {
    type Red = Expr;

    fn machine(&mut self) -> &mut Machine<'db> {
        self.machine
    }

    fn frame_index(&self) -> usize {
        self.index
    }

    fn evaluated(&mut self, pos: Pos, color: Color) {
        if let Some(colors) = &mut self.colors {
            colors.push((pos, color));
        }
    }

    fn constant(&mut self, value: &Value, ty: Ty, loc: Loc) -> Result<Expr> {
        let mut lowering = Lowering::new(self.machine);
        let constant = lowering
            .constant(value, ty)
            .map_err(|error| error.error(format!("this is `{}`", ty_human(ty)), loc))?;
        for mention in lowering.mentions {
            self.mention(mention);
        }
        if let (Value::Type(named), Const::Opaque(text)) = (value, &constant) {
            let known = self.types.entry(text.clone()).or_insert(Some(*named));
            *known = known.filter(|known| known == named);
        }
        Ok(self.expr(ExprKind::Const(constant), ty, loc))
    }

    fn call(&mut self, func: FuncId, args: Vec<Expr>, ret: Ty, loc: Loc) -> Result<Expr> {
        let inline = self.machine.func_sig(func).is_some_and(|sig| sig.force_inline);
        if inline {
            return crate::inline::call(self, func, args, ret, loc);
        }
        if let (Some(op), [left, right]) = (same_function(func), &*args)
            && left.ty == right.ty
            && left.ty.is_function_value()
        {
            let same = self.same_function(left.clone(), right.clone(), loc);
            return match op {
                PtrOp::Eq => Ok(same),
                _ => self.call(FuncId::new(FuncKey::Prim(PrimOp::NOT)), vec![same], ret, loc),
            };
        }
        if let (Some(op), [left, right]) = (same_function(func), &*args)
            && let (Some(left), Some(right)) = (self.known_type(left), self.known_type(right))
        {
            let equal = (left == right) == (op == PtrOp::Eq);
            let result = self.constant(&Value::bool(equal), ret, loc)?;
            return Ok(crate::known::after(args, result));
        }
        if let FuncKey::CallValue(ty) = func.get()
            && let Some(signature) = ty.func().filter(|_| ty.is_runtime())
        {
            return Ok(self.call_function_value(signature, args, ret, loc));
        }
        let args = match (func.get(), <[Expr; 1]>::try_from(args)) {
            (FuncKey::ReadCell(module, name), _) => {
                let kind = ExprKind::Cell(self.cell(module, name));
                return Ok(self.expr(kind, ret, loc));
            }
            (FuncKey::WriteCell(module, name), Ok([value])) => {
                let kind = ExprKind::AssignCell(self.cell(module, name), Box::new(value));
                return Ok(self.expr(kind, ret, loc));
            }
            (_, Ok(args)) => args.into(),
            (_, Err(args)) => args,
        };
        let Some(callee) = self.callee(func) else {
            return Ok(self.interpreted_only(func, ret, loc));
        };
        let args = self.fit_args(func, &callee, args, loc);
        Ok(self.expr(ExprKind::Call(callee, args), ret, loc))
    }

    fn read_local(&mut self, name: &Name, loc: Loc) -> Result<Expr> {
        let Some(local) = self.machine.frame(self.index).local(name).cloned() else {
            return Err(uninitialized(name, loc));
        };
        let ty = self.ty(local.ty);
        let id = self.local(name, ty);
        Ok(self.expr(ExprKind::Local(id), local.ty, loc))
    }

    fn walrus(&mut self, name: &Name, value: Expr, ty: Ty, loc: Loc) -> Result<Expr> {
        let lowered = self.ty(ty);
        let id = self.local(name, lowered);
        Ok(self.expr(ExprKind::AssignLocal(id, Box::new(value)), ty, loc))
    }

    fn read_cell(&mut self, module: &Name, name: &Name, loc: Loc) -> Result<(Ty, Expr)> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        let Some((ty, _)) = self.machine.frame_cell(key, name) else {
            return Err(uninitialized(name, loc));
        };
        let kind = ExprKind::Cell(self.cell(module, name));
        Ok((ty, self.expr(kind, ty, loc)))
    }

    fn reads_late(&mut self, module: &Name, ty: Ty) -> bool {
        // What memory a package owns is known when the program runs.
        self.machine.leads_to_package(module, ty)
    }

    fn walrus_cell(&mut self, module: &Name, name: &Name, value: Expr, loc: Loc) -> Result<Expr> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        let Some((ty, _)) = self.machine.frame_cell(key, name) else {
            return Err(uninitialized(name, loc));
        };
        let kind = ExprKind::AssignCell(self.cell(module, name), Box::new(value));
        Ok(self.expr(kind, ty, loc))
    }

    fn short_circuit(
        &mut self,
        is_and: bool,
        left: Ev<Expr>,
        right: impl FnOnce(&mut Self) -> Result<Ev<Expr>>,
        loc: Loc,
    ) -> Result<Ev<Expr>> {
        let right = right(self)?;
        let ty = ScalarTy::Bool.into();
        if let (Some(a), Some(b)) = (&left.arg.value, &right.arg.value) {
            let (a, b) = (a.as_bool() == Some(true), b.as_bool() == Some(true));
            let value = if is_and { a && b } else { a || b };
            return Ok(Ev::blue(Value::bool(value), ty, loc));
        }
        let (left, right) = (lift(self, &left)?, lift(self, &right)?);
        let kind = if is_and {
            ExprKind::And(Box::new(left), Box::new(right))
        } else {
            ExprKind::Or(Box::new(left), Box::new(right))
        };
        let expr = self.expr(kind, ty, loc);
        Ok(Ev::red(expr, ty, loc))
    }

    fn select(&mut self, test: Ev<Expr>, choice: &Choice, loc: Loc) -> Result<Ev<Expr>> {
        crate::known::select(self, test, choice, loc)
    }

    fn either(
        &mut self,
        test: Ev<Expr>,
        then: impl FnOnce(&mut Self) -> Result<Ev<Expr>>,
        orelse: impl FnOnce(&mut Self) -> Result<Ev<Expr>>,
        loc: Loc,
    ) -> Result<Ev<Expr>> {
        let test = lift(self, &test)?;
        let (then, orelse) = (then(self)?, orelse(self)?);
        crate::known::choose(self, test, &then, &orelse, loc)
    }

    fn hold(&mut self, ev: Ev<Expr>) -> (Ev<Expr>, Ev<Expr>) {
        let Some(red) = &ev.red else { return (ev.clone(), ev) };
        let (first, again) = self.twice(red.clone(), "held");
        (Ev { arg: ev.arg.clone(), red: Some(first) }, Ev { arg: ev.arg, red: Some(again) })
    }

    fn block(&mut self, body: &[StmtId], value: ExprId, loc: Loc) -> Result<Ev<Expr>> {
        self.block_with(|_| Ok(()), body, value, loc)
    }

    fn collect(
        &mut self,
        (name, first): (&Name, Ev<Expr>),
        body: &[StmtId],
        value: ExprId,
        loc: Loc,
    ) -> Result<Ev<Expr>> {
        self.block_with(|shift| shift.store(name, &first, loc), body, value, loc)
    }

    fn print_many(
        &mut self,
        printers: Vec<(FuncId, Ty)>,
        args: Vec<Expr>,
        loc: Loc,
    ) -> Result<Expr> {
        self.print_block(printers, args, loc)
    }

    fn known_value(&mut self, red: &Expr) -> Option<Value> {
        match red.kind {
            ExprKind::Const(_) => self.known_type(red).map(Value::Type),
            _ => None,
        }
    }

    fn apply(&mut self, op: &OpImpl, ins: &[Ev<Expr>], loc: Loc) -> Result<Ev<Expr>> {
        crate::order::apply(self, op, ins, loc)
    }
}

/// Redshifts a function that is needed now, on a stack with room for it.
pub(crate) fn shift_now(
    machine: &Machine<'_>,
    func: FuncId,
    lazy: bool,
) -> std::sync::Arc<crate::queries::Shifted> {
    if let FuncKey::Def { def, .. } = func.get() {
        machine.db.looks_into(*def);
    }
    deep(|| crate::queries::redshift(machine.db, machine.project, func, lazy))
}
