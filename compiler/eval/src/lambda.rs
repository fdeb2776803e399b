//! Lambdas: metafunctions that make the function for the types of a call's arguments.
//!
//! Their text is an expression, so no frame has executed a `def` of theirs. What a signature would
//! say follows from the text alone; the type of the result is that of the value. Only defaults have
//! values: a blue frame evaluates them where the lambda stands, and keeps the signature. In a red
//! function they are evaluated whenever somebody asks, so they cannot use its locals.

use crate::convert::mismatch;
use crate::define::def_key;
use crate::domain::{Arg, Domain, Ev};
use crate::exec::Run;
use crate::expr::eval;
use crate::frame::{FuncSig, Local, Param, What};
use crate::machine::Machine;
use crate::opimpl::OpImpl;
use crate::typed::Typed;
use spy_syntax::ast::{Expr, ExprId, FuncDef, Node, Stmt};
use spy_types::{
    BuiltinTy, Color, DefKey, ExcTy, FrameKey, FuncId, FuncKey, Loc, OpSpec, Pos, Result, SpyError,
    Ty, Value,
};
use std::sync::Arc;

/// The value of a lambda. In a red function, names stand for what they stand for around it.
///
/// # Errors
/// If there is no frame around the function, which cannot be.
pub(crate) fn value<'db, D: Domain<'db>>(d: &mut D, def: &FuncDef, loc: Loc) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let machine = d.machine();
    let frame = machine.frame(index);
    let own = def_key(frame.def, &def.body);
    let Some(key) = frame.key.or(frame.outer) else {
        return Err(SpyError::type_error("a lambda needs a module").error("", loc));
    };
    let func = FuncKey::Def { def: own, frame: key, decorated: false, aliased: false };
    if !def.defaults.is_empty() {
        keep_defaults(d, def, key)?;
    }
    if let Some(closure) = crate::closure::value(d, def, key, loc)? {
        return Ok(closure);
    }
    let value = Value::Func(FuncId::new(func));
    let ty = d.machine().type_of(&value);
    Ok(Ev::blue(value, ty, loc))
}

/// Evaluates the defaults of a lambda of the current frame, which keeps its signature if it is blue.
fn keep_defaults<'db, D: Domain<'db>>(d: &mut D, def: &FuncDef, key: FrameKey) -> Result<()> {
    let index = d.frame_index();
    let container = d.machine().frame(index).def;
    if d.machine().frame(index).key.is_none() {
        return late_defaults(d.machine(), def, container, key).map(drop);
    }
    let mut defaults = Vec::with_capacity(def.defaults.len());
    for id in &def.defaults {
        let ev = eval(d, *id)?;
        let Some(value) = ev.arg.value else { return Err(not_known(ev.arg.loc)) };
        defaults.push((value, *id));
    }
    let sig = signature_of(def, container, defaults);
    d.machine().frame(index).sigs.insert(def.body.0.clone(), Arc::new(sig));
    Ok(())
}

/// The defaults of a lambda in a red function, evaluated as if that had not begun to run.
fn late_defaults(
    m: &mut Machine<'_>,
    def: &FuncDef,
    container: DefKey,
    key: FrameKey,
) -> Result<Vec<(Value, ExprId)>> {
    let own = def_key(container, &def.body);
    let func = FuncKey::Def { def: own, frame: key, decorated: false, aliased: false };
    let frame = m.new_frame(container, None, Some(key), What::Func(FuncId::new(func)), false)?;
    m.frames.push(frame);
    let index = m.frames.len() - 1;
    let mut run = Run::new(m, index);
    let evaluate = |id: &ExprId| {
        let loc = Loc::from(Pos { def: container, node: Node::Expr(*id) });
        match crate::define::default_value(&mut run, *id) {
            Ok(default) if is_plain(&default.0) => Ok(default),
            Err(error) if error.etype == ExcTy::NameError => Err(error),
            _ => Err(not_known(loc)),
        }
    };
    let values = def.defaults.iter().map(evaluate).collect();
    m.frames.truncate(index);
    values
}

/// Whether a value needs nothing in memory, which would be gone with the frame that it was made in.
pub(crate) fn is_plain(value: &Value) -> bool {
    match value {
        Value::Scalar(_) | Value::None | Value::Func(_) | Value::Type(_) => true,
        Value::Struct(data) => data.fields.iter().all(is_plain),
        _ => false,
    }
}

fn not_known(loc: Loc) -> Box<SpyError> {
    SpyError::type_error("the default of a lambda's parameter must be known at compile time")
        .error("this is known at run time only", loc)
}

/// Whether a function is a lambda, which makes functions.
pub(crate) fn is_lambda(func: FuncId) -> bool {
    matches!(func.get(), FuncKey::Def { def, .. } if def.path.is_lambda())
}

/// The signature of the lambda that `def` is the body of; `None` if the frame around it has it.
pub(crate) fn signature(m: &mut Machine<'_>, def: DefKey, frame: FrameKey) -> Option<FuncSig> {
    let container = def_key(def, &def.path.parent()?);
    m.db.looks_into(container);
    let body = spy_db::def_body(m.db, m.project, container)?;
    let lambda = body.exprs.iter().find_map(|expr| match expr {
        Expr::Lambda(lambda) if lambda.body == def.path => Some(lambda),
        _ => None,
    })?;
    let defaults = if lambda.defaults.is_empty() {
        Vec::new()
    } else if spy_db::def_scope(m.db, m.project, container)?.color == Color::Blue {
        return None;
    } else {
        late_defaults(m, lambda, container, frame).ok()?
    };
    let mut sig = signature_of(lambda, container, defaults);
    if !def.path.is_local_def() {
        sig.params.splice(0..0, crate::closure::params(lambda, frame));
    }
    Some(sig)
}

fn signature_of(lambda: &FuncDef, container: DefKey, defaults: Vec<(Value, ExprId)>) -> FuncSig {
    let param = |arg: &spy_syntax::ast::FuncArg| Param {
        name: arg.name.clone(),
        ty: BuiltinTy::Dynamic.into(),
        varargs: false,
        keyword_only: false,
        default: None,
        mark: arg.mark,
        type_node: Node::Mark(arg.mark),
    };
    let mut params: Vec<Param> = lambda.args.iter().map(param).collect();
    let first = params.len().saturating_sub(defaults.len());
    for (param, default) in params[first..].iter_mut().zip(defaults) {
        param.default = Some(default);
    }
    FuncSig {
        color: lambda.color,
        kind: lambda.kind,
        params,
        class: None,
        ret: BuiltinTy::Dynamic.into(),
        ret_expr: lambda.ret,
        container,
        prototype: lambda.prototype,
        force_inline: false,
    }
}

/// The type of the result of the function that a lambda makes, whose parameters are these.
///
/// # Errors
/// Whatever is wrong with the value.
pub(crate) fn result_type(run: &mut Run<'_, '_>, def: &FuncDef, params: &[Param]) -> Result<Ty> {
    let index = run.frame_index();
    let machine = run.machine();
    let (container, key) = (machine.frame(index).def, machine.frame(index).key);
    let own = def_key(container, &def.body);
    let Some(key) = key else { return Err(SpyError::wip("a lambda without a frame")) };
    let func = FuncKey::Def { def: own, frame: key, decorated: false, aliased: false };
    let what = What::Func(FuncId::new(func));
    let mut frame = machine.new_frame(own, None, Some(key), what, false)?;
    for param in params {
        let type_loc = Some(Loc::from(Pos { def: container, node: param.type_node }));
        let local = Local { ty: param.ty, color: Color::Red, value: None, type_loc };
        frame.set_local(&param.name, local);
    }
    let Some(Stmt::Return(value)) = frame.body.root.last().map(|id| frame.body.stmt(*id)) else {
        return Err(SpyError::wip("a lambda without a value"));
    };
    let value = *value;
    machine.frames.push(frame);
    let inner = machine.frames.len() - 1;
    let found = crate::expr::eval(&mut Typed::new(machine, inner), value);
    let found = found.map_err(|error| machine.trace(error, inner));
    machine.frames.truncate(inner);
    let found = found?;
    let ty = match found.arg.ty.pointer() {
        Some((true, _, item)) => item,
        _ => found.arg.ty,
    };
    if ty.is(BuiltinTy::EmptyList) || ty.is(BuiltinTy::EmptyDict) {
        return Err(SpyError::type_error("the type of the lambda's result is not known")
            .error("this has no items that would say it", found.arg.loc));
    }
    Ok(ty)
}

/// A lambda where a function of type `expected` is asked for; `None` if it is something else.
///
/// # Errors
/// What is wrong with the lambda for parameters of these types, and if its result is of another type.
pub(crate) fn as_function(m: &mut Machine<'_>, expected: Ty, arg: &Arg) -> Result<Option<OpImpl>> {
    let (Some(signature), Some(Value::Func(lambda))) = (expected.func(), &arg.value) else {
        return Ok(None);
    };
    if !is_lambda(*lambda) || signature.color != Color::Red {
        return Ok(None);
    }
    let ins: Vec<Arg> = signature.params.iter().map(|ty| Arg::red(*ty, arg.loc)).collect();
    match crate::call::metacall(m, *lambda, &ins, arg.loc)? {
        OpSpec::Simple(func) | OpSpec::Complex(func, _) if m.func_type(func) == expected => {
            Ok(Some(OpImpl::Const(Value::Func(func), expected)))
        }
        OpSpec::Simple(func) | OpSpec::Complex(func, _) => {
            let got = m.func_type(func);
            Err(mismatch(expected, got, arg.loc))
        }
        OpSpec::Null | OpSpec::Const(_) => Ok(None),
    }
}

/// What a lambda's call knows about its arguments: their types only, so that arguments of one type
/// share a function.
pub(crate) fn arguments(ins: &[Arg]) -> Vec<Arg> {
    let red = |arg: &Arg| Arg {
        keyword: arg.keyword.clone(),
        name: arg.name.clone(),
        ..Arg::red(arg.ty, arg.loc)
    };
    ins.iter().map(red).collect()
}

/// What a metafunction returned, if it is the function that a lambda makes.
pub(crate) fn made(lambda: FuncId, value: Value) -> Value {
    match value {
        Value::Func(func) if is_lambda(lambda) => Value::OpSpec(Arc::new(OpSpec::Simple(func))),
        value => value,
    }
}

/// Why a name of the function around a lambda cannot be used in it; `None` if it is not such a name.
pub(crate) fn captured(
    m: &mut Machine<'_>,
    def: DefKey,
    symbol: &spy_scope::Symbol,
    loc: Loc,
) -> Option<Box<SpyError>> {
    let owner = def_key(def, symbol.def()?);
    let mut parents =
        std::iter::successors(Some(def), |def| Some(def_key(*def, &def.path.parent()?)));
    let function = parents.find(|def| def.path.is_local_def());
    let within = (def.path.in_lambda() || function.is_some()) && owner.path != def.path;
    let scope = spy_db::def_scope(m.db, m.project, owner).filter(|_| within)?;
    if scope.color != Color::Red {
        return None;
    }
    if let Some(function) = function {
        return Some(crate::local_def::cannot_use(m, function, &symbol.name, loc));
    }
    let error = SpyError::type_error(format!("a lambda cannot use the local `{}`", symbol.name))
        .error("this belongs to the function around it, and is known at run time only", loc);
    Some(error.help("write a struct with a method `__call__`, or pass the value as an argument"))
}
