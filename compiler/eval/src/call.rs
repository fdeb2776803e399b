//! Calls: of functions, types, methods and metafunctions; and running a function with values.

use crate::attr::{ModuleAttr, drop_first, no_method};
use crate::domain::Arg;
use crate::frame::{FuncSig, Local};
use crate::keywords;
use crate::lambda::{self, is_lambda};
use crate::machine::Machine;
use crate::opimpl::{CallSite, OpArg, OpImpl, check_call, is_metafunc, result_ty, typecheck};
use crate::ops::{called_here, single};
use crate::optional::{ALL, OBJECT_FIRST, or_on_values};
use spy_types::names::{func_human, ty_human};
use spy_types::{
    BuiltinTy, Color, FuncId, FuncKey, FuncKind, Loc, MetaArg, Name, OpSpec, Pos, Result, SpyError,
    Ty, TyKey, Value, Wrapper,
};
use std::sync::Arc;

/// `callee(args)`. Operands: the callee, then the arguments.
///
/// # Errors
/// If the callee cannot be called so.
pub fn call(m: &mut Machine<'_>, ins: &[Arg], loc: Loc) -> Result<OpImpl> {
    let operator = match ins {
        [Arg { value: Some(Value::Func(func)), .. }, _, name, ..] if name.is_blue() => {
            match func.get() {
                FuncKey::Blue(builtin) if builtin == "builtins::getattr" => "GETATTR",
                FuncKey::Blue(builtin) if builtin == "builtins::setattr" => "SETATTR",
                _ => "CALL",
            }
        }
        _ => "CALL",
    };
    or_on_values(m, ins, ALL, call_inner).map_err(|error| called_here(error, operator, loc))
}

pub(crate) fn call_inner(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let callee = &ins[0];
    match &callee.value {
        Some(Value::Func(func)) => return call_func(m, *func, ins),
        Some(Value::Type(ty)) => return call_type(m, *ty, ins),
        _ => {}
    }
    let ty = callee.ty;
    if ty.func().is_some_and(|func| func.color == Color::Red && func.kind == FuncKind::Plain) {
        return call_value(m, ty, OpArg::In(0), ins);
    }
    if ty.func().is_some() {
        return Err(SpyError::wip("indirect calls are not supported yet")
            .error(format!("this is `{}`", ty_human(ty)), callee.loc));
    }
    if ty.is_subclass(BuiltinTy::Type.into()) {
        return Err(SpyError::type_error("instantiation of red types is not yet supported")
            .error("this is red", callee.loc));
    }
    if ty.is(BuiltinTy::Dynamic) {
        keywords::refuse(ins, "a dynamic value")?;
        let func = FuncId::new(FuncKey::Runtime("operator::dynamic_call".into()));
        let args = (0..ins.len()).map(OpArg::In).collect();
        return Ok(OpImpl::red(func, args, BuiltinTy::Dynamic.into()));
    }
    if let Some(found) = crate::bound::call(m, ins)? {
        return Ok(found);
    }
    if let Some(Value::Func(func)) = m.lookup(ty, "__call__")? {
        let all: Vec<usize> = (0..ins.len()).collect();
        let spec =
            if is_metafunc(m, func) { metacall_spec(m, func, ins)? } else { OpSpec::Simple(func) };
        return typecheck(m, &spec, ins, &all, || not_callable(callee));
    }
    Err(not_callable(callee))
}

/// A call of the function that `callee` is at run time. Operands: anything, then the arguments.
fn call_value(m: &mut Machine<'_>, ty: Ty, callee: OpArg, ins: &[Arg]) -> Result<OpImpl> {
    let func = FuncId::new(FuncKey::CallValue(ty));
    let site = CallSite { callee: ins[0].loc };
    let mut op = check_call(m, func, rest(ins), ins, Some(&site))?;
    if let OpImpl::Call(call) = &mut op {
        call.args.insert(0, callee);
    }
    Ok(op)
}

/// `object.attr(args)` where the attribute is a function value, such as a field.
fn call_attr(m: &mut Machine<'_>, ins: &[Arg], attr: &Name) -> Result<Option<OpImpl>> {
    let name = Arg::blue(Value::str(attr.as_str()), spy_types::ScalarTy::Str.into(), ins[0].loc);
    let Some(OpImpl::Call(get)) = crate::attr::find_attr(m, &[ins[0].clone(), name], attr)? else {
        return Ok(None);
    };
    let takes_object = get.args.iter().all(|arg| matches!(arg, OpArg::In(0) | OpArg::Const(..)));
    if get.ret.func().is_none() || !takes_object {
        return Ok(None);
    }
    let ty = get.ret;
    let callee = OpArg::Nested(Box::new(OpImpl::Call(get)));
    call_value(m, ty, callee, ins).map(Some)
}

fn not_callable(callee: &Arg) -> Box<SpyError> {
    single(format!("cannot call objects of type `{}`", ty_human(callee.ty)), callee)
}

/// The operands after the first, in order.
fn rest(ins: &[Arg]) -> Vec<OpArg> {
    (1..ins.len()).map(OpArg::In).collect()
}

fn call_func(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<OpImpl> {
    let callee = &ins[0];
    let fty = m.func_type(func);
    match fty.func().map(|ty| ty.kind) {
        Some(FuncKind::Generic) => match crate::builtins::collection_maker(m, func)? {
            Some(maker) => call_metafunc(m, maker, ins),
            None => Err(single("generic functions must be called via `[...]`".to_owned(), callee)),
        },
        Some(FuncKind::Metafunc) => {
            let args = &ins[1..];
            if let FuncKey::Blue(name) = func.get() {
                if name != "builtins::print" {
                    let short = name.rfind("::").map_or(0, |at| at + 2);
                    keywords::refuse(args, &name[short..])?;
                }
                let op = crate::builtins::metafunc(m, name, args, callee.loc)?;
                return Ok(shift_operands(op));
            }
            if let Some(made) = crate::bound::partial(m, func, ins)? {
                return Ok(made);
            }
            match keywords::one_star(ins) {
                Some(one) => match crate::builtins::starred(m, func)? {
                    Some(other) => call_metafunc(m, other, &one),
                    None => call_metafunc(m, func, ins),
                },
                None => call_metafunc(m, func, ins),
            }
        }
        _ => {
            let func = crate::builtins::with_base(m, func, ins.len() - 1)?;
            let site = CallSite { callee: callee.loc };
            check_call(m, func, rest(ins), ins, Some(&site))
        }
    }
}

/// A metafunction that is written in SPy. Operands: the callee, then the arguments.
fn call_metafunc(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<OpImpl> {
    let callee = &ins[0];
    let spec = metacall(m, func, &ins[1..], callee.loc)?;
    let own: Vec<usize> = (1..ins.len()).collect();
    typecheck(m, &spec, ins, &own, || not_callable(callee))
}

/// Renumbers operands so that number 0 is free for the callee.
fn shift_operands(op: OpImpl) -> OpImpl {
    fn shift(arg: &mut OpArg) {
        match arg {
            OpArg::In(index) => *index += 1,
            OpArg::Const(..) => {}
            OpArg::Converted(_, inner) => shift(inner),
            OpArg::Nested(op) => {
                let inner = std::mem::replace(&mut **op, OpImpl::Operand(0));
                **op = shift_operands(inner);
            }
            OpArg::Pack(pack) => pack.operands().for_each(shift),
        }
    }
    match op {
        OpImpl::Call(mut call) => {
            call.args.iter_mut().for_each(shift);
            OpImpl::Call(call)
        }
        OpImpl::PrintMany(mut printers) => {
            printers.iter_mut().for_each(|(_, _, arg)| shift(arg));
            OpImpl::PrintMany(printers)
        }
        OpImpl::Operand(index) => OpImpl::Operand(index + 1),
        OpImpl::Const(value, ty) => OpImpl::Const(value, ty),
    }
}

/// `func[args]` of a generic function. Operands: the function, then the arguments.
///
/// # Errors
/// If the arguments do not fit.
pub fn call_generic(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<OpImpl> {
    if let FuncKey::Blue(name) = func.get() {
        let op = crate::builtins::generic(m, name, &ins[1..], ins[0].loc)?;
        return Ok(shift_operands(op));
    }
    let site = CallSite { callee: ins[0].loc };
    check_call(m, func, rest(ins), ins, Some(&site))
}

/// `T(args)`. Operands: the type, then the arguments.
fn call_type(m: &mut Machine<'_>, ty: Ty, ins: &[Arg]) -> Result<OpImpl> {
    let callee = &ins[0];
    if let Some(ins) = keywords::base_by_position(ty, ins) {
        return call_type(m, ty, &ins);
    }
    if let Some(maker) = crate::builtins::bytes_maker(m, ty, &ins[1..])? {
        return call_metafunc(m, maker, ins);
    }
    if let Some(op) = crate::builtins::construct(m, ty, &ins[1..], callee)? {
        keywords::refuse(ins, &ty_human(ty))?;
        return Ok(shift_operands(op));
    }
    match m.lookup(ty, "__new__")? {
        Some(Value::Func(new)) => {
            if is_metafunc(m, new) {
                let spec = metacall_spec(m, new, ins)?;
                let all: Vec<usize> = (0..ins.len()).collect();
                return typecheck(m, &spec, ins, &all, || not_callable(callee));
            }
            let site = CallSite { callee: callee.loc };
            check_call(m, new, rest(ins), ins, Some(&site))
        }
        _ if ty.is_struct() => match m.lookup(ty, "__make__")? {
            Some(Value::Func(make)) => {
                let site = CallSite { callee: callee.loc };
                check_call(m, make, rest(ins), ins, Some(&site))
            }
            _ => Err(no_new(ty, callee)),
        },
        _ => Err(no_new(ty, callee)),
    }
}

fn no_new(ty: Ty, callee: &Arg) -> Box<SpyError> {
    let name = ty_human(ty);
    let error = SpyError::type_error(format!("cannot instantiate `{name}`"))
        .error(format!("`{name}` does not have a method `__new__`"), callee.loc);
    match callee.name.as_deref() {
        Some((_, Some(loc))) => error.note(format!("{name} defined here"), *loc),
        _ => error,
    }
}

/// `object.method(args)`. Operands: the object, then the arguments.
///
/// # Errors
/// If the object has no such method, or it cannot be called so.
pub fn call_method(m: &mut Machine<'_>, ins: &[Arg], method: &Name, loc: Loc) -> Result<OpImpl> {
    let find = |m: &mut Machine<'_>, ins: &[Arg]| {
        find_method(m, ins, method)?.ok_or_else(|| no_method(&ins[0], method))
    };
    or_on_values(m, ins, OBJECT_FIRST, find).map_err(|error| called_here(error, "CALL_METHOD", loc))
}

pub(crate) fn find_method(
    m: &mut Machine<'_>,
    ins: &[Arg],
    method: &Name,
) -> Result<Option<OpImpl>> {
    let object = &ins[0];
    let ty = object.ty;
    if let Some(Value::Module(module)) = &object.value {
        return module_method(m, module, ins, method);
    }
    if ty.is_subclass(BuiltinTy::Type.into()) {
        return type_method(m, ins, method);
    }
    if let Some(maker) = crate::builtins::collection_method(m, &ins[0], method)? {
        return call_metafunc(m, maker, ins).map(Some);
    }
    if ty.scalar() == Some(spy_types::ScalarTy::Str) && method == "format" {
        return crate::builtins::format(m, ins).map(Some);
    }
    if let Some(op) = crate::builtins::method(m, ins, method)? {
        keywords::refuse(ins, method)?;
        return Ok(Some(op));
    }
    if let Some((false, _, _)) = ty.pointer() {
        return call_attr(m, ins, method);
    }
    if let Some(Value::Func(func)) = m.lookup(ty, "__call_method__")? {
        return call_method_hook(m, func, ins, method).map(Some);
    }
    match m.lookup(ty, method)? {
        Some(Value::Func(func)) => bound_method(m, func, ins),
        Some(Value::Wrapped(Wrapper::StaticMethod, inner)) => {
            static_method(m, &inner, ins, None).map(Some)
        }
        Some(Value::Wrapped(Wrapper::ClassMethod, inner)) => {
            static_method(m, &inner, ins, Some(ty)).map(Some)
        }
        Some(Value::Field(..) | Value::Wrapped(Wrapper::Property, _)) => call_attr(m, ins, method),
        None if method == "__fastiter__" => iterator_of_iter(m, ins),
        _ => Ok(None),
    }
}

/// The iterator of what `__iter__` returns, for objects that have no iterator of their own.
fn iterator_of_iter(m: &mut Machine<'_>, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let Some(iter) = find_method(m, ins, &Name::new_static("__iter__"))? else { return Ok(None) };
    let name = Name::new_static("__fastiter__");
    let Some(ty) = result_ty(&iter) else { return Ok(None) };
    if ty.is_struct() && m.lookup(ty, &name)?.is_none() {
        return Ok(None);
    }
    let found = find_method(m, &[Arg::red(ty, ins[0].loc)], &name)?;
    Ok(found.map(|op| crate::optional::on_converted(op, &[Some(iter)])))
}

fn bound_method(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let fty = m.func_type(func);
    match fty.func().map(|ty| ty.kind) {
        Some(FuncKind::Generic) => Ok(None),
        Some(FuncKind::Metafunc) => {
            let spec = metacall_spec(m, func, ins)?;
            if matches!(spec, OpSpec::Null) {
                return Ok(None);
            }
            let all: Vec<usize> = (0..ins.len()).collect();
            typecheck(m, &spec, ins, &all, || SpyError::type_error("not supported")).map(Some)
        }
        _ => {
            let site = CallSite { callee: ins[0].loc };
            let args = (0..ins.len()).map(OpArg::In).collect();
            check_call(m, func, args, ins, Some(&site)).map(Some)
        }
    }
}

/// `__call_method__(object, name, args...)`: operands get the name at position 1.
fn call_method_hook(
    m: &mut Machine<'_>,
    func: FuncId,
    ins: &[Arg],
    method: &Name,
) -> Result<OpImpl> {
    let name = Arg::blue(Value::str(method.as_str()), spy_types::ScalarTy::Str.into(), ins[0].loc);
    // The name goes first, so that it can be dropped from the operands again.
    let mut operands = vec![name.clone()];
    operands.extend_from_slice(ins);
    let mut own = vec![1, 0];
    own.extend(2..operands.len());
    let ordered: Vec<Arg> = own.iter().map(|&index| operands[index].clone()).collect();
    let spec =
        if is_metafunc(m, func) { metacall_spec(m, func, &ordered)? } else { OpSpec::Simple(func) };
    let op = typecheck(m, &spec, &operands, &own, || no_method(&ins[0], method))?;
    Ok(drop_first(op, &name))
}

fn static_method(
    m: &mut Machine<'_>,
    inner: &Value,
    ins: &[Arg],
    class: Option<Ty>,
) -> Result<OpImpl> {
    let Value::Func(func) = inner else {
        return Err(SpyError::wip("cannot call this object as a method"));
    };
    let mut args = rest(ins);
    let knows_class = m.func_sig(*func).is_some_and(|sig| sig.class.is_some());
    if let Some(class) = class.filter(|_| !knows_class) {
        let meta = class.metatype();
        args.insert(0, OpArg::Const(Value::Type(class), meta, ins[0].loc));
    }
    if is_metafunc(m, *func) {
        let mut operands: Vec<Arg> = ins.to_vec();
        if let Some(class) = class {
            operands[0] = Arg::blue(Value::Type(class), class.metatype(), ins[0].loc);
        }
        let start = usize::from(class.is_none());
        let spec = metacall_spec(m, *func, &operands[start..])?;
        let own: Vec<usize> = (start..operands.len()).collect();
        return typecheck(m, &spec, &operands, &own, || not_callable(&ins[0]));
    }
    let site = CallSite { callee: ins[0].loc };
    check_call(m, *func, args, ins, Some(&site))
}

fn type_method(m: &mut Machine<'_>, ins: &[Arg], method: &Name) -> Result<Option<OpImpl>> {
    let Some(Value::Type(ty)) = &ins[0].value else {
        return Err(SpyError::wip("__call_method__ on red types"));
    };
    let ty = *ty;
    match m.lookup(ty, method)? {
        Some(Value::Wrapped(Wrapper::StaticMethod, inner)) => {
            static_method(m, &inner, ins, None).map(Some)
        }
        Some(Value::Wrapped(Wrapper::ClassMethod, inner)) => {
            static_method(m, &inner, ins, Some(ty)).map(Some)
        }
        Some(Value::Func(func)) if matches!(func.get(), FuncKey::Make(_)) => {
            let site = CallSite { callee: ins[0].loc };
            check_call(m, func, rest(ins), ins, Some(&site)).map(Some)
        }
        Some(Value::Func(func)) if method == "__new__" => {
            let class = is_metafunc(m, func).then_some(ty);
            static_method(m, &Value::Func(func), ins, class).map(Some)
        }
        Some(Value::Func(_)) => Err(SpyError::wip(
            "this is a method, not a staticmethod or classmethod (we should emit a better error)",
        )),
        Some(_) => Err(SpyError::wip("cannot call object of this type")),
        None => Ok(None),
    }
}

fn module_method(
    m: &mut Machine<'_>,
    module: &Name,
    ins: &[Arg],
    method: &Name,
) -> Result<Option<OpImpl>> {
    match m.module_attr(module, method)? {
        Some(ModuleAttr::Value(value)) => {
            let ty = m.type_of(&value);
            let mut operands = ins.to_vec();
            operands[0] = Arg::blue(value, ty, ins[0].loc);
            call_inner(m, &operands).map(Some)
        }
        Some(ModuleAttr::Cell(ty)) => {
            let read = FuncId::new(FuncKey::ReadCell(module.clone(), method.clone()));
            let get = OpImpl::red(read, Vec::new(), ty);
            if ty.func().is_some() {
                return call_value(m, ty, OpArg::Nested(Box::new(get)), ins).map(Some);
            }
            Err(single(format!("cannot call objects of type `{}`", ty_human(ty)), &ins[0]))
        }
        None => Ok(None),
    }
}

/// Calls a metafunction with operands that are its own arguments.
///
/// # Errors
/// What it raises, and if it does not return an `OpSpec`.
pub fn metacall_spec(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<OpSpec> {
    let loc = ins.first().map(|arg| arg.loc);
    match loc {
        Some(loc) => metacall(m, func, ins, loc),
        None => Err(SpyError::type_error("a metafunction needs an argument here")),
    }
}

/// Calls a metafunction; `callee` is pointed at if it misbehaves.
///
/// # Errors
/// What it raises, and if it does not return an `OpSpec`.
pub fn metacall(m: &mut Machine<'_>, func: FuncId, ins: &[Arg], callee: Loc) -> Result<OpSpec> {
    let types;
    let ins = if is_lambda(func) {
        types = lambda::arguments(ins);
        &types
    } else {
        ins
    };
    let metas: Vec<Value> = ins
        .iter()
        .enumerate()
        .map(|(slot, arg)| Value::MetaArg(Arc::new(arg.meta(slot))))
        .collect();
    let meta_ty: Ty = BuiltinTy::MetaArg.into();
    let operands: Vec<Arg> = ins
        .iter()
        .zip(&metas)
        .map(|(arg, meta)| Arg {
            keyword: arg.keyword.clone(),
            ..Arg::blue(meta.clone(), meta_ty, arg.loc)
        })
        .collect();
    let args = (0..operands.len()).map(OpArg::In).collect();
    let site = CallSite { callee };
    let checked = check_call(m, func, args, &operands, Some(&site))?;
    let placed = placed_metas(&checked, &metas);
    let by_name = placed != metas || ins.iter().any(|arg| arg.keyword.is_some());
    let value = m.call_blue(func, placed.clone())?;
    match lambda::made(func, value) {
        Value::OpSpec(spec) => match &*spec {
            // The function takes the arguments in the order of the metafunction's parameters.
            OpSpec::Simple(func) if by_name => {
                let metas = placed.iter().filter_map(|meta| match meta {
                    Value::MetaArg(meta) => Some((**meta).clone()),
                    _ => None,
                });
                Ok(OpSpec::Complex(*func, metas.collect()))
            }
            spec => Ok(spec.clone()),
        },
        other => {
            let ty = m.type_of(&other);
            let error = SpyError::type_error(format!(
                "wrong metafunc return type: expected `operator::OpSpec`, got `{}`",
                ty_human(ty)
            ))
            .error("this is a metafunc", callee);
            Err(match m.func_sig(func) {
                Some(sig) => error.note("metafunc defined here", sig.prototype_pos()),
                None => error,
            })
        }
    }
}

/// What a checked call of a metafunction passes: its operands' `MetaArg`s, and those of defaults.
fn placed_metas(checked: &OpImpl, metas: &[Value]) -> Vec<Value> {
    fn placed(arg: &OpArg, metas: &[Value]) -> Value {
        match arg {
            OpArg::In(index) => metas[*index].clone(),
            OpArg::Converted(_, inner) => placed(inner, metas),
            OpArg::Const(value, ty, _) => {
                let (color, value) = (Color::Blue, Some(value.clone()));
                Value::MetaArg(Arc::new(MetaArg { color, ty: *ty, value, slot: None }))
            }
            OpArg::Nested(_) | OpArg::Pack(_) => Value::None,
        }
    }
    match checked {
        OpImpl::Call(call) => call.args.iter().map(|arg| placed(arg, metas)).collect(),
        _ => metas.to_vec(),
    }
}

/// Stores the arguments of a call in a new frame, in the locals with these indices.
///
/// # Errors
/// If their number is wrong (calls are checked before, so this is for values from outside).
pub(crate) fn bind_params(
    m: &mut Machine<'_>,
    index: usize,
    sig: &FuncSig,
    slots: &[Option<usize>],
    args: Vec<Value>,
) -> Result<()> {
    let mut args = args.into_iter();
    let color = sig.color;
    if let Some((name, class)) = sig.class_local() {
        m.frame(index).set_local(name, class);
    }
    for (param, slot) in sig.params.iter().zip(slots) {
        let pos = Pos { def: sig.container, node: param.type_node };
        let packed = match (param.varargs, color) {
            (true, Color::Red) => crate::varargs::packed_type(m, param.ty)?,
            _ => None,
        };
        let (value, ty) = if param.varargs && packed.is_none() {
            let rest: Vec<Value> = args.by_ref().collect();
            (Value::InterpTuple(rest.into()), BuiltinTy::InterpTuple.into())
        } else {
            let Some(value) = args.next() else {
                return Err(SpyError::type_error("too few arguments"));
            };
            let ty = packed.unwrap_or(param.ty);
            let ty = match (color, ty.get()) {
                // An un-annotated parameter of a blue function has the type of its argument.
                (Color::Blue, TyKey::Builtin(BuiltinTy::Dynamic)) => m.type_of(&value),
                _ => ty,
            };
            (value, ty)
        };
        let local = Local { ty, color, value: Some(value), type_loc: Some(pos.into()) };
        if let Some(slot) = slot {
            m.frame(index).locals[*slot] = Some(local);
        }
    }
    Ok(())
}

impl Machine<'_> {
    /// Runs a function with values of the types of its parameters.
    ///
    /// # Errors
    /// Whatever it raises.
    pub fn call(&mut self, func: FuncId, args: Vec<Value>, loc: Loc) -> Result<Value> {
        self.step()?;
        match func.get() {
            FuncKey::Def { .. } => {
                if !self.is_known_red(func)
                    && self.func_sig(func).is_some_and(|sig| sig.color == Color::Blue)
                {
                    return self.call_blue(func, args);
                }
                let _depth = crate::machine::Depth::enter(self)?;
                self.run_def(func, args, None)
            }
            FuncKey::Prim(op) => {
                let scalars: Option<Vec<_>> = args
                    .iter()
                    .map(|arg| match arg {
                        Value::Scalar(scalar) => Some(scalar.clone()),
                        _ => None,
                    })
                    .collect();
                match scalars {
                    Some(scalars) => Ok(Value::Scalar(spy_prim::eval(*op, &scalars)?)),
                    None => Err(SpyError::type_error(format!(
                        "`{}` needs primitive values",
                        func_human(func)
                    ))),
                }
            }
            _ => crate::builtins::run(self, func, args, loc),
        }
    }
}
