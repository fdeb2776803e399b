//! Metafunctions and generics of the compiler.

use super::{all_operands, inspect, pointers, runtime_fn, text};
use crate::attr;
use crate::domain::Arg;
use crate::keywords;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl};
use crate::varargs::Pack;
use spy_syntax::ast::{BinOp, CmpOp, UnaryOp};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, Color, FuncId, FuncKey, Loc, Name, OpSpec, PtrKind, PtrOp, Result, ScalarTy,
    SpyError, Ty, TyKey, Value,
};

/// `name(args)` of a metafunction. Operands: the arguments.
///
/// # Errors
/// If the arguments do not fit.
pub fn metafunc(m: &mut Machine<'_>, name: &str, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    match (name, args) {
        ("builtins::print", _) => print(m, args, callee),
        ("builtins::len", [arg]) => dunder(m, "len", "__len__", arg),
        ("builtins::repr", [arg]) => text::to_repr(m, arg),
        ("builtins::hash", [arg]) => hash(m, arg),
        ("builtins::ord", [arg]) => ord(arg),
        ("builtins::STATIC_TYPE", [arg]) => {
            Ok(OpImpl::Const(Value::Type(arg.ty), arg.ty.metatype()))
        }
        ("builtins::dir", [_]) => {
            let ret = Ty::new(TyKey::InterpList(ScalarTy::Str.into()));
            Ok(all_operands(runtime_fn("builtins::dir"), args, ret, false))
        }
        ("builtins::getattr", [_, key]) => {
            let key = attr_name(key)?;
            attr::getattr(m, args, &key)
        }
        ("builtins::hasattr", [_, key]) => {
            let key = attr_name(key)?;
            let found = attr::find_attr(m, args, &key)?.is_some();
            Ok(OpImpl::Const(Value::bool(found), ScalarTy::Bool.into()))
        }
        ("builtins::setattr", [_, key, _]) => {
            let key = attr_name(key)?;
            attr::setattr(m, args, &key)
        }
        ("__spy__::COLOR", [arg]) => {
            let text = if arg.is_blue() { "blue" } else { "red" };
            Ok(OpImpl::Const(Value::str(text), ScalarTy::Str.into()))
        }
        ("__spy__::as_red", [arg]) => as_red(m, arg),
        ("__spy__::force_inline", [arg]) => force_inline(m, arg),
        ("__spy__::lookup_fqn", [arg]) => lookup_fqn(m, arg),
        ("__spy__::_item_type", [arg]) => inspect::item_type(m, arg),
        ("__spy__::_iterator_type", [arg]) => inspect::iterator_type(m, arg),
        ("__spy__::_result_type", [_, ..]) => inspect::result_type(m, args, callee),
        _ if name.starts_with("unsafe::") => pointers::metafunc(m, name, args, callee),
        _ if name.starts_with("operator::") => dispatcher(m, name, args, callee),
        _ => Err(wrong_count(name, args.len(), callee)),
    }
}

fn wrong_count(name: &str, count: usize, callee: Loc) -> Box<SpyError> {
    let expected = match name {
        "builtins::getattr" | "builtins::hasattr" | "typing::Callable" => 2,
        "builtins::setattr" => 3,
        _ => 1,
    };
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let supplied = if count == 1 {
        "1 argument was supplied".to_owned()
    } else {
        format!("{count} arguments were supplied")
    };
    let message = format!("this function takes {expected} {} but {supplied}", plural(expected));
    let error = SpyError::type_error(message);
    if count < expected {
        let missing = expected - count;
        error.error(format!("{missing} {} missing", plural(missing)), callee)
    } else {
        error
    }
}

/// A blue attribute name.
fn attr_name(arg: &Arg) -> Result<Name> {
    match arg.value.as_ref().and_then(Value::as_str) {
        Some(text) => Ok(Name::from(&**text)),
        None if arg.is_blue() => {
            Err(crate::convert::mismatch(ScalarTy::Str.into(), arg.ty, arg.loc))
        }
        None => Err(SpyError::type_error("expected blue argument").error("this is red", arg.loc)),
    }
}

/// A method that implements a builtin function.
fn dunder(m: &mut Machine<'_>, name: &str, method: &'static str, arg: &Arg) -> Result<OpImpl> {
    if arg.ty.is(BuiltinTy::EmptyList) || arg.ty.is(BuiltinTy::EmptyDict) {
        return Ok(OpImpl::Const(Value::i32(0), ScalarTy::I32.into()));
    }
    let ins = std::slice::from_ref(arg);
    let key = Name::new_static(method);
    if let Some(op) = super::method(m, ins, &key)? {
        return Ok(op);
    }
    let is_pointer = arg.ty.pointer().is_some_and(|(is_ref, _, _)| !is_ref);
    let found = if is_pointer { None } else { m.lookup(arg.ty, method)? };
    match found {
        Some(Value::Func(_)) => crate::call::call_method(m, ins, &key, arg.loc),
        _ => {
            let ty = ty_human(arg.ty);
            Err(SpyError::type_error(format!("cannot call {name}(`{ty}`)"))
                .error(format!("this is `{ty}`"), arg.loc))
        }
    }
}

/// `hash(x)`.
///
/// # Errors
/// ``unhashable type 'T'``.
pub fn hash(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let int: Ty = ScalarTy::I32.into();
    let ins = std::slice::from_ref(arg);
    if let Some(scalar) = arg.ty.scalar() {
        let name = match scalar {
            ScalarTy::Bytes => "builtins::bytes::__hash__".to_owned(),
            _ => format!("builtins::hash_{}", scalar.name()),
        };
        if spy_prim::runtime::lookup(&name).is_some() {
            return Ok(all_operands(runtime_fn(&name), ins, int, false));
        }
    } else if let Some(Value::Func(_)) = m.lookup(arg.ty, "__hash__")? {
        return crate::call::call_method(m, ins, &Name::new_static("__hash__"), arg.loc);
    }
    let ty = ty_human(arg.ty);
    Err(SpyError::type_error(format!("unhashable type '{ty}'"))
        .error(format!("this is `{ty}`"), arg.loc))
}

fn ord(arg: &Arg) -> Result<OpImpl> {
    let ins = std::slice::from_ref(arg);
    match arg.ty.scalar() {
        Some(ScalarTy::Str) => {
            Ok(all_operands(runtime_fn("builtins::_ord_str"), ins, ScalarTy::I32.into(), true))
        }
        Some(ScalarTy::Bytes) => {
            Ok(all_operands(runtime_fn("builtins::_ord_bytes"), ins, ScalarTy::U8.into(), true))
        }
        _ => {
            let ty = ty_human(arg.ty);
            Err(SpyError::type_error(format!("ord: expected `str` or `bytes`, found `{ty}`"))
                .error(format!("this is `{ty}`"), arg.loc))
        }
    }
}

// -- print --------------------------------------------------------------------------------------

fn print(m: &mut Machine<'_>, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let str_ty: Ty = ScalarTy::Str.into();
    let is_file = |arg: &Arg| arg.keyword.as_deref().is_some_and(|keyword| keyword.0 == "file");
    if args.iter().any(|arg| keywords::is_star(arg) || is_file(arg)) {
        return print_spread(m, args, callee);
    }
    if args.iter().any(|arg| arg.keyword.is_some()) {
        return print_between(m, args, callee);
    }
    let mut prepared = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        prepared.push(printable(m, arg, index)?);
    }
    if prepared.is_empty() {
        prepared.push((OpArg::Const(Value::str(""), str_ty, callee), str_ty));
    }
    let last = prepared.len() - 1;
    let mut printers = Vec::with_capacity(prepared.len());
    for (index, (operand, ty)) in prepared.into_iter().enumerate() {
        let name = if index == last { "println" } else { "print1" };
        let printer = m.call_library("_print", name, vec![Value::Type(ty)])?;
        let Value::Func(func) = printer else {
            return Err(SpyError::type_error("the standard library cannot print"));
        };
        printers.push((func, ty, operand));
    }
    if printers.len() == 1 {
        let (func, _, operand) = printers.remove(0);
        return Ok(OpImpl::red(func, vec![operand], BuiltinTy::NoneType.into()));
    }
    Ok(OpImpl::PrintMany(printers))
}

/// `print` with `sep` or `end`: what stands between the values is printed like them.
fn print_between(m: &mut Machine<'_>, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let str_ty: Ty = ScalarTy::Str.into();
    let [sep, end] = sep_and_end(m, args, callee)?;
    let mut parts = Vec::with_capacity(args.len() * 2);
    for (index, arg) in args.iter().enumerate().filter(|(_, arg)| arg.keyword.is_none()) {
        if !parts.is_empty() {
            parts.push((sep.clone(), str_ty));
        }
        parts.push(printable(m, arg, index)?);
    }
    parts.push((end, str_ty));
    let mut printers = Vec::with_capacity(parts.len() + 1);
    for (operand, ty) in join_texts(parts) {
        match m.call_library("_print", "write", vec![Value::Type(ty)])? {
            Value::Func(func) => printers.push((func, ty, operand)),
            _ => return Err(SpyError::type_error("the standard library cannot print")),
        }
    }
    if let Some((operand, ty)) = keyword_of(args, "flush") {
        match m.call_library("_print", "flush", vec![Value::Type(ty)])? {
            Value::Func(func) => printers.push((func, ty, operand)),
            _ => return Err(SpyError::type_error("the standard library cannot print")),
        }
    }
    Ok(OpImpl::PrintMany(printers))
}

/// `print(*xs)`, where it is known at run time only how many there are, and `print(x, file=f)`: the
/// texts are put into a list, and then printed.
fn print_spread(m: &mut Machine<'_>, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let str_ty: Ty = ScalarTy::Str.into();
    let broken = || SpyError::type_error("the standard library cannot print");
    let [sep, end] = sep_and_end(m, args, callee)?;
    let made = m.call_library("_list", "list", vec![Value::Type(str_ty)])?;
    let (list, new, _) = super::display::collection(m, &made, "new")?;
    let mut items = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        let (add, operand, ty) = if keywords::is_star(arg) {
            super::item_type(m, arg.ty, arg.loc)?;
            ("add_texts", OpArg::In(index), arg.ty)
        } else if arg.keyword.is_none() {
            let (operand, ty) = printable(m, arg, index)?;
            ("add_text", operand, ty)
        } else {
            continue;
        };
        match m.call_library("_print", add, vec![Value::Type(ty)])? {
            Value::Func(func) => items.push((func, operand)),
            _ => return Err(broken()),
        }
    }
    let texts = OpArg::Pack(Box::new(Pack { list, new, items, made: None, loc: callee }));
    let mut operands = vec![texts, sep, end];
    let mut types = vec![Value::Type(list)];
    let keywords = ["file", "flush"].map(|name| keyword_of(args, name));
    let name = match keywords {
        [None, None] => "print_all",
        [Some(_), None] => "print_to",
        [None, Some(_)] => "print_and_flush",
        [Some(_), Some(_)] => "print_to_and_flush",
    };
    for (operand, ty) in keywords.into_iter().flatten() {
        types.push(Value::Type(ty));
        operands.push(operand);
    }
    let print = m.call_library("_print", name, types)?;
    match print {
        Value::Func(func) => Ok(OpImpl::red(func, operands, BuiltinTy::NoneType.into())),
        _ => Err(broken()),
    }
}

/// What an argument is given by name, unless it is `None`, which stands for the default.
fn keyword_of(args: &[Arg], name: &str) -> Option<(OpArg, Ty)> {
    let is_it = |arg: &Arg| arg.keyword.as_deref().is_some_and(|keyword| keyword.0 == name);
    let index = args.iter().position(is_it)?;
    let Arg { ty, value, loc, .. } = &args[index];
    let operand = match value {
        Some(value) => OpArg::Const(value.clone(), *ty, *loc),
        None => OpArg::In(index),
    };
    (!ty.is(BuiltinTy::NoneType)).then_some((operand, *ty))
}

/// What stands between the values, and after the last one.
fn sep_and_end(m: &mut Machine<'_>, args: &[Arg], callee: Loc) -> Result<[OpArg; 2]> {
    let text = |text: &str| OpArg::Const(Value::str(text), ScalarTy::Str.into(), callee);
    let (mut sep, mut end) = (text(" "), text("\n"));
    for (index, arg) in args.iter().enumerate().filter(|(_, arg)| !keywords::is_star(arg)) {
        let Some(keyword) = &arg.keyword else { continue };
        let place = match keyword.0.as_str() {
            "sep" => &mut sep,
            "end" => &mut end,
            "file" | "flush" => continue,
            _ => return Err(keywords::unknown("print", keyword)),
        };
        // `None` stands for the default.
        if !arg.ty.is(BuiltinTy::NoneType) {
            *place = separator(m, arg, index)?;
        }
    }
    Ok([sep, end])
}

/// What is printed between values: a `str`.
fn separator(m: &mut Machine<'_>, arg: &Arg, index: usize) -> Result<OpArg> {
    let context = crate::convert::Context::Argument(None);
    let operand = match &arg.value {
        Some(value) => OpArg::Const(value.clone(), arg.ty, arg.loc),
        None => OpArg::In(index),
    };
    Ok(match crate::convert::convert(m, ScalarTy::Str.into(), arg, &context)? {
        None => operand,
        Some(op) => OpArg::Converted(Box::new(op), Box::new(operand)),
    })
}

/// Joins neighbours whose text is known.
fn join_texts(parts: Vec<(OpArg, Ty)>) -> Vec<(OpArg, Ty)> {
    let mut joined: Vec<(OpArg, Ty)> = Vec::with_capacity(parts.len());
    for (operand, ty) in parts {
        if let OpArg::Const(next, _, _) = &operand
            && let Some((OpArg::Const(last, _, _), _)) = joined.last_mut()
            && let (Some(text), Some(more)) = (last.as_str(), next.as_str())
        {
            *last = Value::str(format!("{text}{more}"));
        } else {
            joined.push((operand, ty));
        }
    }
    joined
}

/// An argument of `print` as its printer takes it: blue values become text now, if their text can
/// not change until then.
fn printable(m: &mut Machine<'_>, arg: &Arg, index: usize) -> Result<(OpArg, Ty)> {
    let str_ty: Ty = ScalarTy::Str.into();
    if let Some(value) = &arg.value {
        if matches!(value, Value::Struct(_)) && value.leads_to_memory() {
            return Ok((OpArg::Const(value.clone(), arg.ty, arg.loc), arg.ty));
        }
        let text = text::text_of(m, value, arg)?;
        return Ok((OpArg::Const(Value::str(text), str_ty, arg.loc), str_ty));
    }
    if let Some((true, _, item)) = arg.ty.pointer() {
        return Ok((pointers::deref_arg(arg.ty, index), item));
    }
    Ok((OpArg::In(index), arg.ty))
}

// -- __spy__ ------------------------------------------------------------------------------------

fn as_red(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let value = m.call_library("_identity", "identity", vec![Value::Type(arg.ty)])?;
    match value {
        Value::Func(func) => Ok(OpImpl::red(func, vec![OpArg::In(0)], arg.ty)),
        _ => Err(SpyError::type_error("the standard library lacks `_identity::identity`")),
    }
}

/// `@force_inline`: marks the function in the frame that is defining it.
fn force_inline(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let only = || SpyError::type_error("@force_inline can only be applied to def'd functions");
    let Some(Value::Func(func)) = &arg.value else { return Err(only()) };
    let FuncKey::Def { def, frame, .. } = func.get() else { return Err(only()) };
    let Some(sig) = m.func_sig(*func) else { return Err(only()) };
    if sig.color == Color::Blue {
        return Err(SpyError::type_error("@force_inline cannot be applied to @blue functions")
            .error("this is not a red function", sig.prototype_pos()));
    }
    check_tail_return(m, *def, &sig)?;
    let maker = m.frames.iter_mut().find(|live| live.key == Some(*frame));
    if let Some(maker) = maker {
        let mut marked = crate::frame::FuncSig::clone(&sig);
        marked.force_inline = true;
        maker.sigs.insert(def.path.0.clone(), std::sync::Arc::new(marked));
    }
    let value = Value::Func(*func);
    let ty = m.type_of(&value);
    Ok(OpImpl::Const(value, ty))
}

fn check_tail_return(
    m: &Machine<'_>,
    def: spy_types::DefKey,
    sig: &crate::frame::FuncSig,
) -> Result<()> {
    let Some((stray, ends)) = crate::queries::tail_return(m.db, m.project, def) else {
        return Ok(());
    };
    let message = "@force_inline requires a single tail return";
    if let Some(id) = stray {
        let pos = spy_types::Pos { def, node: spy_syntax::ast::Node::Stmt(id) };
        return Err(SpyError::type_error(message)
            .error("`return` must be the last statement of the body", pos));
    }
    if !ends && !sig.ret.is(BuiltinTy::NoneType) {
        return Err(SpyError::type_error(message)
            .error("missing `return` at the end of the body", sig.prototype_pos()));
    }
    Ok(())
}

fn lookup_fqn(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let Some(text) = arg.value.as_ref().and_then(Value::as_str).cloned() else {
        return Err(SpyError::type_error("expected blue argument").error("this is red", arg.loc));
    };
    let missing = || SpyError::new(spy_types::ExcTy::ValueError, format!("FQN not found: {text}"));
    let (module, rest) = text.split_once("::").ok_or_else(missing)?;
    let mut names = rest.split("::");
    let first = names.next().ok_or_else(missing)?;
    let module = Name::from(module);
    let exists = super::is_builtin_module(&module)
        || spy_db::module_file(m.db, m.project, &module).is_some();
    if !exists {
        return Err(missing());
    }
    let Some(attr::ModuleAttr::Value(mut value)) = m.module_attr(&module, &Name::from(first))?
    else {
        return Err(missing());
    };
    for name in names {
        let Value::Type(ty) = value else { return Err(missing()) };
        value = m.lookup(ty, name)?.ok_or_else(missing)?;
    }
    let ty = m.type_of(&value);
    Ok(OpImpl::Const(value, ty))
}

// -- generics -----------------------------------------------------------------------------------

/// `name[args]` of a generic function of the compiler. Operands: the arguments.
///
/// # Errors
/// If the arguments are not blue types.
pub fn generic(_: &mut Machine<'_>, name: &str, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    if let ("typing::Callable", [params, ret]) = (name, args) {
        return callable(params, ret);
    }
    let mut types = Vec::with_capacity(args.len());
    for arg in args {
        match arg.value.as_ref().map(Value::as_type) {
            Some(Some(ty)) => types.push(ty),
            Some(None) => {
                return Err(crate::convert::mismatch(BuiltinTy::Type.into(), arg.ty, arg.loc));
            }
            None => {
                return Err(SpyError::type_error("cannot call blue function with red arguments")
                    .error("this is blue", callee)
                    .error("this is red", arg.loc));
            }
        }
    }
    let ty_value = |key: TyKey| {
        let ty = Ty::new(key);
        OpImpl::Const(Value::Type(ty), ty.metatype())
    };
    let alloc = |kind: PtrKind, item: Ty| {
        let ptr = Ty::new(TyKey::Ptr(kind, item));
        let func = FuncId::new(FuncKey::Ptr(PtrOp::Alloc, ptr));
        let int: Ty = ScalarTy::I32.into();
        let fty = Ty::new(TyKey::Func(spy_types::FuncTy {
            color: Color::Red,
            kind: spy_types::FuncKind::Plain,
            params: vec![int],
            varargs: None,
            ret: ptr,
        }));
        OpImpl::Const(Value::Func(func), fty)
    };
    Ok(match (name, types.as_slice()) {
        ("unsafe::raw_ptr", [item]) => ty_value(TyKey::Ptr(PtrKind::Raw, *item)),
        ("unsafe::gc_ptr", [item]) => ty_value(TyKey::Ptr(PtrKind::Gc, *item)),
        ("unsafe::raw_ref", [item]) => ty_value(TyKey::Ref(PtrKind::Raw, *item)),
        ("unsafe::gc_ref", [item]) => ty_value(TyKey::Ref(PtrKind::Gc, *item)),
        ("unsafe::raw_alloc", [item]) => alloc(PtrKind::Raw, *item),
        ("unsafe::gc_alloc", [item]) => alloc(PtrKind::Gc, *item),
        ("__spy__::interp_list" | "builtins::make_interp_list_type", [item]) => {
            ty_value(TyKey::InterpList(*item))
        }
        ("__spy__::interp_dict" | "builtins::make_interp_dict_type", [key, value]) => {
            ty_value(TyKey::InterpDict(*key, *value))
        }
        _ => return Err(wrong_count(name, args.len(), callee)),
    })
}

/// `Callable[[A, B], R]`: the type of red functions with these parameters and this result. The list
/// arrives as a tuple.
fn callable(params: &Arg, ret: &Arg) -> Result<OpImpl> {
    let error = |loc: Loc| {
        SpyError::type_error("`Callable` needs a list of types and a type")
            .error("expected as in `Callable[[A, B], R]`", loc)
    };
    let Some(Value::InterpTuple(items)) = &params.value else { return Err(error(params.loc)) };
    let types: Option<Vec<Ty>> = items.iter().map(Value::as_type).collect();
    let Some(types) = types else { return Err(error(params.loc)) };
    let Some(ret) = ret.value.as_ref().and_then(Value::as_type) else { return Err(error(ret.loc)) };
    let ty = Ty::new(TyKey::Func(spy_types::FuncTy {
        color: Color::Red,
        kind: spy_types::FuncKind::Plain,
        params: types,
        varargs: None,
        ret,
    }));
    Ok(OpImpl::Const(Value::Type(ty), ty.metatype()))
}

// -- operator -----------------------------------------------------------------------------------

/// `operator::ADD(A, B)` and the like: the function that the operator would call, as an `OpSpec`.
fn dispatcher(m: &mut Machine<'_>, name: &str, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let mut operands = Vec::with_capacity(args.len());
    for arg in args {
        operands.push(match &arg.value {
            Some(Value::MetaArg(meta)) => Arg {
                color: meta.color,
                ty: meta.ty,
                value: meta.value.clone(),
                loc: arg.loc,
                name: None,
                keyword: None,
            },
            Some(Value::Type(ty)) => Arg::red(*ty, arg.loc),
            _ => return Err(crate::convert::mismatch(BuiltinTy::MetaArg.into(), arg.ty, arg.loc)),
        });
    }
    let symbol = name.strip_prefix("operator::").unwrap_or(name);
    let found = match (binary(symbol), comparison(symbol), operands.len()) {
        (Some(op), _, 2) => crate::ops::binop(m, op, &operands, callee)?,
        (_, Some(op), 2) => crate::ops::cmpop(m, op, &operands, callee)?,
        (_, _, 1) if symbol == "NEG" => crate::ops::unary(m, UnaryOp::Neg, &operands, callee)?,
        _ => return Err(SpyError::wip(format!("calling `{name}` directly with these arguments"))),
    };
    let spec = match found {
        OpImpl::Call(call) => OpSpec::Simple(call.func),
        OpImpl::Const(value, _) => OpSpec::Const(value),
        OpImpl::Operand(_) | OpImpl::PrintMany(_) => OpSpec::Null,
    };
    let value = Value::OpSpec(std::sync::Arc::new(spec));
    Ok(OpImpl::Const(value, BuiltinTy::OpSpec.into()))
}

fn binary(symbol: &str) -> Option<BinOp> {
    Some(match symbol {
        "ADD" => BinOp::Add,
        "SUB" => BinOp::Sub,
        "MUL" => BinOp::Mul,
        "DIV" => BinOp::Div,
        "FLOORDIV" => BinOp::FloorDiv,
        "MOD" => BinOp::Mod,
        "POW" => BinOp::Pow,
        "LSHIFT" => BinOp::LShift,
        "RSHIFT" => BinOp::RShift,
        "AND" => BinOp::And,
        "OR" => BinOp::Or,
        "XOR" => BinOp::Xor,
        _ => return None,
    })
}

fn comparison(symbol: &str) -> Option<CmpOp> {
    Some(match symbol {
        "EQ" => CmpOp::Eq,
        "NE" => CmpOp::Ne,
        "LT" => CmpOp::Lt,
        "LE" => CmpOp::Le,
        "GT" => CmpOp::Gt,
        "GE" => CmpOp::Ge,
        "IN" => CmpOp::In,
        _ => return None,
    })
}
