//! Executing `def` and `class`.

use crate::domain::{Domain, Ev};
use crate::exec::Run;
use crate::expr::{self, eval};
use crate::frame::{FuncSig, Local, Param, StructData};
use spy_syntax::ast::{
    ArgKind, Body, ClassDef, ClassKind, Color, Expr, ExprId, FuncArg, FuncDef, FuncKind,
    GENERATOR_START, Node, Stmt, StmtId, Sugar,
};
use spy_text::IndexMap;
use spy_types::{
    BuiltinTy, DefKey, DefKeyData, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, Pos, Result,
    ScalarTy, SpyError, Ty, TyKey, Value,
};
use std::sync::Arc;

/// The local of a class body that adds fields to the struct.
pub(crate) const EXTRA_FIELDS: &str = "__extra_fields__";

/// A definition next to `parent`'s body.
pub(crate) fn def_key(parent: DefKey, path: &spy_syntax::ast::DefPath) -> DefKey {
    DefKey::new(DefKeyData { module: parent.module.clone(), path: path.clone() })
}

/// Executes a `def`: evaluates its signature, makes the function, applies the decorators, binds
/// the name.
///
/// # Errors
/// Whatever is wrong with the signature or the decorators.
pub(crate) fn func_def(run: &mut Run<'_, '_>, def: &FuncDef, pos: Pos) -> Result<()> {
    let index = run.frame_index();
    let frame = run.machine().frame(index);
    let container = frame.def;
    let Some(key) = frame.key else {
        return Err(SpyError::wip("`def` inside a red function").error("not supported here", pos));
    };
    check_fresh(run, &def.name, def.prototype)?;
    let sig = signature(run, def, container)?;
    let aliased = is_returned_by_generic(run, key, &def.name.name);
    let decorated = !def.decorators.is_empty();
    let own = def_key(container, &def.body);
    let func = FuncId::new(FuncKey::Def { def: own, frame: key, decorated, aliased });
    let frame = run.machine().frame(index);
    frame.sigs.insert(own.path.0.clone(), Arc::new(sig));
    let value = match def.sugar {
        Sugar::Generator => crate::generator::start(run.machine(), func)?,
        Sugar::No | Sugar::Generic => Value::Func(func),
    };
    let value = decorate(run, def, value)?;
    let ty = run.machine().type_of(&value);
    let loc = Pos { def: container, node: Node::Mark(def.prototype) }.into();
    bind(run, &def.name.name, value, ty, loc);
    Ok(())
}

fn bind(run: &mut Run<'_, '_>, name: &Name, value: Value, ty: Ty, loc: Loc) {
    let index = run.frame_index();
    let local = Local { ty, color: Color::Blue, value: Some(value), type_loc: Some(loc) };
    run.machine().frame(index).set_local(name, local);
}

/// In a blue frame a name is defined once.
fn check_fresh(
    run: &mut Run<'_, '_>,
    name: &spy_syntax::ast::Ident,
    mark: spy_syntax::ast::MarkId,
) -> Result<()> {
    let index = run.frame_index();
    let frame = run.machine().frame(index);
    let taken = frame.local(&name.name).is_some_and(|local| {
        local
            .value
            .as_ref()
            .is_some_and(|value| !matches!(value, Value::Type(ty) if is_forward(*ty, frame)))
    });
    if !taken {
        return Ok(());
    }
    let pos = Pos { def: frame.def, node: Node::Mark(mark) };
    let symbol = frame.scope.symbols.get(&name.name).cloned();
    match symbol {
        Some(symbol) => Err(run.already_declared(&symbol, pos.into())),
        None => Ok(()),
    }
}

/// Whether a type is a struct of this frame that is only declared yet.
fn is_forward(ty: Ty, frame: &crate::frame::Frame) -> bool {
    match ty.get() {
        TyKey::Struct { def, frame: maker, .. } => {
            Some(*maker) == frame.key && !frame.classes.contains_key(&def.path.0)
        }
        _ => false,
    }
}

/// Whether the running call is of a generic function that ends with `return name`, or of what a `def` in a red
/// function stands for.
fn is_returned_by_generic(run: &mut Run<'_, '_>, key: FrameKey, name: &Name) -> bool {
    let FrameKeyData::Call(call) = key.get() else { return false };
    let is_generic =
        run.machine().func_sig(call.func).is_some_and(|sig| sig.kind == FuncKind::Generic);
    let index = run.frame_index();
    if !is_generic && !run.machine().frame(index).def.path.is_local_def() {
        return false;
    }
    let body = run.machine().frame(index).body.clone();
    returns_name(&body, &body.root, name)
}

fn returns_name(body: &Body, stmts: &[StmtId], name: &Name) -> bool {
    stmts.iter().any(|id| match body.stmt(*id) {
        Stmt::Return(value) => {
            matches!(body.expr(*value), Expr::Name(returned) if returned == name)
        }
        Stmt::If { then, orelse, .. } => {
            returns_name(body, then, name) || returns_name(body, orelse, name)
        }
        _ => false,
    })
}

/// What says which type a parameter has.
fn type_node(run: &mut Run<'_, '_>, arg: &FuncArg) -> Node {
    let index = run.frame_index();
    match run.machine().frame(index).body.expr(arg.ty) {
        Expr::Auto => Node::Mark(arg.mark),
        _ => Node::Expr(arg.ty),
    }
}

fn signature(run: &mut Run<'_, '_>, def: &FuncDef, container: DefKey) -> Result<FuncSig> {
    let class = class_param(run, def);
    let mut params = crate::closure::params_of_made(run, def, container);
    let held = params.len();
    for (position, arg) in def.args.iter().enumerate() {
        let ty = match &class {
            Some((_, class)) if position == 0 => class.metatype(),
            _ => param_type(run, def, arg, position)?,
        };
        params.push(Param {
            name: arg.name.clone(),
            ty,
            varargs: arg.kind == ArgKind::VarPositional,
            keyword_only: arg.kind == ArgKind::KeywordOnly,
            default: None,
            mark: arg.mark,
            type_node: type_node(run, arg),
        });
    }
    let index = run.frame_index();
    let is_auto = matches!(run.machine().frame(index).body.expr(def.ret), Expr::Auto);
    let ret = match (is_auto, def.color) {
        (false, _) => expr::eval_type(run, def.ret)?,
        (true, Color::Blue) => BuiltinTy::Dynamic.into(),
        (true, Color::Red) if container.path.is_lambda() && !container.path.is_local_def() => {
            crate::lambda::result_type(run, def, &params)?
        }
        (true, Color::Red) => {
            let pos = expr::expr_pos(run, def.ret);
            return Err(SpyError::type_error("missing return type").error("", pos));
        }
    };
    let positional = def.args.iter().filter(|arg| arg.kind == ArgKind::Simple).count();
    let first = positional.saturating_sub(def.defaults.len());
    for (index, id) in (first..).zip(&def.defaults) {
        params[held + index].default = Some(default_value(run, *id)?);
    }
    for (param, arg) in params[held..].iter_mut().zip(&def.args) {
        if let Some(id) = arg.default {
            param.default = Some(default_value(run, id)?);
        }
    }
    params.drain(..usize::from(class.is_some()));
    params.sort_by_key(|param| param.varargs);
    Ok(FuncSig {
        color: def.color,
        kind: def.kind,
        params,
        class,
        ret,
        ret_expr: def.ret,
        container,
        prototype: def.prototype,
        force_inline: false,
    })
}

/// The first parameter of a class method, if it is not annotated, and the class that it stands for.
fn class_param(run: &mut Run<'_, '_>, def: &FuncDef) -> Option<(Name, Ty)> {
    let index = run.frame_index();
    let frame = run.machine().frame(index);
    let FrameKeyData::Class(class) = frame.key?.get() else { return None };
    let first = def.args.first().filter(|arg| arg.kind == ArgKind::Simple)?;
    let is_auto = matches!(frame.body.expr(first.ty), Expr::Auto);
    let is_class = is_auto && def.color == Color::Red && has_decorator(frame, def, "classmethod");
    is_class.then(|| (first.name.clone(), *class))
}

/// The value of a default, with the expression that says it.
///
/// # Errors
/// Whatever evaluating it reports.
pub(crate) fn default_value(run: &mut Run<'_, '_>, id: ExprId) -> Result<(Value, ExprId)> {
    let ev = eval(run, id)?;
    Ok((crate::opimpl::lift(run, &ev)?, id))
}

fn param_type(run: &mut Run<'_, '_>, def: &FuncDef, arg: &FuncArg, position: usize) -> Result<Ty> {
    let index = run.frame_index();
    let frame = run.machine().frame(index);
    if !matches!(frame.body.expr(arg.ty), Expr::Auto) {
        return expr::eval_type(run, arg.ty);
    }
    // The parser has put a blue function around a generator.
    let around = if def.name.name == GENERATOR_START { frame.outer } else { frame.key };
    let class = match around.map(FrameKey::get) {
        Some(FrameKeyData::Class(ty)) => Some(*ty),
        _ => None,
    };
    let is_self = position == 0 && arg.kind == ArgKind::Simple && !is_static(frame, def);
    match (class, def.color) {
        (Some(class), _) if is_self && def.kind != FuncKind::Metafunc => Ok(class),
        (_, Color::Blue) => Ok(BuiltinTy::Dynamic.into()),
        (_, Color::Red) => {
            let pos = Pos { def: frame.def, node: Node::Mark(arg.mark) };
            Err(SpyError::type_error(format!("missing type for argument '{}'", arg.name))
                .error("type is missing here", pos))
        }
    }
}

/// Whether the first parameter is not an instance: a static or class method, or `__new__`.
fn is_static(frame: &crate::frame::Frame, def: &FuncDef) -> bool {
    has_decorator(frame, def, "staticmethod") || has_decorator(frame, def, "classmethod")
}

fn has_decorator(frame: &crate::frame::Frame, def: &FuncDef, decorator: &str) -> bool {
    let is_name =
        |id: &ExprId| matches!(frame.body.expr(*id), Expr::Name(name) if name == decorator);
    def.decorators.iter().any(is_name)
}

fn decorate(run: &mut Run<'_, '_>, def: &FuncDef, mut value: Value) -> Result<Value> {
    for decorator in def.decorators.iter().rev() {
        let callee = eval(run, *decorator)?;
        let loc = callee.arg.loc;
        let ty = run.machine().type_of(&value);
        let ins = [callee, Ev::blue(value, ty, loc)];
        let infos = expr::infos(&ins);
        let op = crate::call::call(run.machine(), &infos, loc)?;
        let result = run.apply(&op, &ins, loc)?;
        value = result.arg.value.ok_or_else(|| {
            SpyError::type_error("decorators must be @blue").error("this is red", loc)
        })?;
    }
    Ok(value)
}

/// Declares the structs of a frame before any of its statements runs, so that annotations may
/// mention them.
pub(crate) fn forward_declare(run: &mut Run<'_, '_>, stmts: &[StmtId]) {
    let index = run.frame_index();
    let body = run.machine().frame(index).body.clone();
    for id in stmts {
        let Stmt::ClassDef(class) = body.stmt(*id) else { continue };
        if class.kind != ClassKind::Struct {
            continue;
        }
        if let Some(ty) = struct_type(run, class) {
            let header =
                Pos { def: run.machine().frame(index).def, node: Node::Mark(class.header) };
            bind(run, &class.name.name, Value::Type(ty), ty.metatype(), header.into());
        }
    }
}

fn struct_type(run: &mut Run<'_, '_>, class: &ClassDef) -> Option<Ty> {
    let index = run.frame_index();
    let frame = run.machine().frame(index);
    let (key, container) = (frame.key?, frame.def);
    let aliased = is_returned_by_generic(run, key, &class.name.name);
    let def = def_key(container, &class.body);
    Some(Ty::new(TyKey::Struct { def, frame: key, aliased }))
}

/// Executes a `class`.
///
/// # Errors
/// Whatever is wrong with its body.
pub(crate) fn class_def(run: &mut Run<'_, '_>, class: &ClassDef) -> Result<()> {
    let index = run.frame_index();
    let container = run.machine().frame(index).def;
    let header = Pos { def: container, node: Node::Mark(class.header) };
    if class.kind != ClassKind::Struct {
        return Err(SpyError::wip("only @struct classes are supported for now")
            .error("class defined here", header));
    }
    check_fresh(run, &class.name, class.header)?;
    let Some(ty) = struct_type(run, class) else {
        return Err(
            SpyError::wip("`class` inside a red function").error("not supported here", header)
        );
    };
    let TyKey::Struct { def, frame: outer, .. } = ty.get() else { return Ok(()) };
    bind(run, &class.name.name, Value::Type(ty), ty.metatype(), header.into());
    if crate::generator::is_state(ty) {
        return Ok(());
    }
    let data = run_class(run, ty, *def, *outer, header)?;
    let frame = run.machine().frame(index);
    frame.classes.insert(def.path.0.clone(), Arc::new(data));
    Ok(())
}

fn run_class(
    run: &mut Run<'_, '_>,
    ty: Ty,
    def: DefKey,
    outer: FrameKey,
    header: Pos,
) -> Result<StructData> {
    let machine = run.machine();
    let key = FrameKey::new(FrameKeyData::Class(ty));
    let what = crate::frame::What::Class(ty);
    if let Err(error) = check_statements(machine, def) {
        let index = machine.frames.len() - 1;
        machine.tolerate(error, index)?;
    }
    let frame = machine.new_frame(def, Some(key), Some(outer), what, true)?;
    machine.frames.push(frame);
    let index = machine.frames.len() - 1;
    declare_extra_fields(machine, index);
    let result = crate::exec::run_class_body(machine, index);
    let result = result.map_err(|error| machine.trace(error, index));
    let extra = result.and_then(|()| extra_fields(machine, index));
    machine.frames.truncate(index + 1);
    let Some(frame) = machine.frames.pop() else {
        return Err(SpyError::type_error("the class frame is gone"));
    };
    let extra = extra?;
    let mut fields = Vec::new();
    let mut dict = IndexMap::default();
    for (name, symbol) in &frame.scope.symbols {
        let Some(local) = frame.local(name) else { continue };
        if symbol.level != 0 || symbol.impref().is_some() {
            continue;
        }
        match &local.value {
            _ if name == EXTRA_FIELDS => {}
            Some(value) => {
                dict.insert(name.clone(), value.clone());
            }
            None => fields.push((name.clone(), local.ty)),
        }
    }
    fields.extend(extra);
    generated(ty, &fields, &mut dict)?;
    let objects = run.machine().take_objects(key);
    let frame = Arc::new(frame.freeze(objects));
    Ok(StructData { fields, dict, frame, header })
}

/// Gives `__extra_fields__` its type, which what is assigned to it must convert to.
fn declare_extra_fields(machine: &mut crate::machine::Machine<'_>, index: usize) {
    let ty = Ty::new(TyKey::InterpDict(ScalarTy::Str.into(), BuiltinTy::Type.into()));
    let local = Local { ty, color: Color::Red, value: None, type_loc: None };
    machine.frame(index).set_local(EXTRA_FIELDS, local);
}

/// Fields from `__extra_fields__`, an `interp_dict[str, type]`.
fn extra_fields(
    machine: &mut crate::machine::Machine<'_>,
    index: usize,
) -> Result<Vec<(Name, Ty)>> {
    let extra = machine.frame(index).local(EXTRA_FIELDS).and_then(|local| local.value.clone());
    let Some(Value::Obj(id, _)) = extra else { return Ok(Vec::new()) };
    let mut fields = Vec::new();
    if let crate::memory::Object::Dict(items) = machine.object(id)? {
        for (name, ty) in items {
            if let (Some(name), Some(ty)) = (name.as_str(), ty.as_type()) {
                fields.push((Name::from(&**name), ty));
            }
        }
    }
    Ok(fields)
}

/// Adds the members that every struct has.
fn generated(ty: Ty, fields: &[(Name, Ty)], dict: &mut IndexMap<Name, Value>) -> Result<()> {
    if dict.contains_key("__make__") {
        return Err(SpyError::wip("you cannot define your own __make__"));
    }
    for (index, (name, _)) in fields.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        dict.insert(name.clone(), Value::Field(ty, index));
    }
    dict.insert("__make__".into(), Value::Func(FuncId::new(FuncKey::Make(ty))));
    if !dict.contains_key("__eq__") && !dict.contains_key("__ne__") {
        dict.insert("__eq__".into(), Value::Func(FuncId::new(FuncKey::AutoEq(ty))));
        dict.insert("__ne__".into(), Value::Func(FuncId::new(FuncKey::AutoNe(ty))));
    }
    Ok(())
}

/// A class body holds fields, attributes, methods and `if`.
fn check_statements(machine: &crate::machine::Machine<'_>, def: DefKey) -> Result<()> {
    let Some(body) = spy_db::def_body(machine.db, machine.project, def) else { return Ok(()) };
    check_block(&body, def, &body.root)
}

fn check_block(body: &Body, def: DefKey, stmts: &[StmtId]) -> Result<()> {
    for id in stmts {
        let mut pos = Pos { def, node: Node::Stmt(*id) };
        let name = match body.stmt(*id) {
            Stmt::Pass | Stmt::Assign { .. } => continue,
            Stmt::FuncDef(func) if func.sugar != Sugar::Generic => continue,
            Stmt::FuncDef(_) => "GenericFuncDef",
            Stmt::VarDef { value: None, .. } => continue,
            Stmt::VarDef { value: Some(value), ty, .. } => {
                if matches!(body.expr(*ty), Expr::Auto) || is_extra(body.stmt(*id)) {
                    continue;
                }
                let pos = Pos { def, node: Node::Expr(*value) };
                return Err(SpyError::type_error("default values in fields not supported yet")
                    .error("this is not supported", pos));
            }
            Stmt::If { then, orelse, .. } => {
                check_block(body, def, then)?;
                check_block(body, def, orelse)?;
                continue;
            }
            Stmt::Unpack { .. } => "Assign",
            Stmt::Break => "Break",
            Stmt::Continue => "Continue",
            Stmt::Return(_) => "Return",
            Stmt::Expr(_) => "StmtExpr",
            Stmt::AugAssign { .. } | Stmt::AugSetAttr { .. } | Stmt::AugSetItem { .. } => {
                "AugAssign"
            }
            Stmt::DelItem { .. } => "Delete",
            Stmt::SetAttr { .. } => "SetAttr",
            Stmt::SetItem { .. } => "SetItem",
            Stmt::While { .. } => "While",
            Stmt::For { .. } => "For",
            Stmt::Raise(_) => "Raise",
            Stmt::Assert { .. } => "Assert",
            Stmt::ClassDef(class) => {
                pos.node = Node::Mark(class.header);
                "ClassDef"
            }
            Stmt::Global(_) => "Global",
            Stmt::Import(_) => "Import",
        };
        return Err(SpyError::type_error(format!("`{name}` not supported inside a classdef"))
            .error("this is not supported", pos));
    }
    Ok(())
}

fn is_extra(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::VarDef { target, .. } if target.name == "__extra_fields__")
}
