//! What the functions of the compiler and the runtime do with values.

use super::text;
use crate::domain::{Domain, Ev};
use crate::exec::Run;
use crate::machine::{Depth, Machine, deep};
use crate::memory::Object;
use crate::opimpl::lift;
use crate::queries::Output;
use spy_prim::Scalar;
use spy_syntax::ast::{BinOp, CmpOp, Color};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, ExcTy, ExcVal, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, MetaArg, Name, OpSpec,
    Place, PtrKind, PtrVal, Result, ScalarTy, SpyError, StructVal, Ty, TyKey, Value, Wrapper,
};
use std::sync::Arc;

fn bad_args(name: &str) -> Box<SpyError> {
    SpyError::type_error(format!("`{name}` cannot be called with these values"))
}

/// Runs a function that is not a `def`.
///
/// # Errors
/// Whatever it raises.
pub fn run(m: &mut Machine<'_>, func: FuncId, args: Vec<Value>, loc: Loc) -> Result<Value> {
    match func.get() {
        FuncKey::Runtime(name) => runtime(m, name, args, loc),
        FuncKey::Blue(name) => blue(m, name, args),
        FuncKey::Raise(etype) => {
            let message = args.first().and_then(Value::as_str).map(ToString::to_string);
            Err(SpyError::new(*etype, message.unwrap_or_default()).error("", loc))
        }
        FuncKey::Ptr(op, ty) => super::run_pointers(m, *op, *ty, &args),
        FuncKey::Make(ty) => Ok(Value::Struct(Arc::new(StructVal { ty: *ty, fields: args }))),
        FuncKey::AutoEq(ty) => struct_eq(m, *ty, &args, loc).map(Value::bool),
        FuncKey::AutoNe(ty) => struct_eq(m, *ty, &args, loc).map(|equal| Value::bool(!equal)),
        FuncKey::Getter(_, index, _) => match args.first() {
            Some(Value::Struct(data)) => Ok(data.fields[*index as usize].clone()),
            _ => Err(bad_args("getter")),
        },
        FuncKey::FromDynamic(expected) => {
            let value = args.into_iter().next().ok_or_else(|| bad_args("from_dynamic"))?;
            let got = m.type_of(&value);
            if got.is_subclass(*expected) {
                return Ok(value);
            }
            Err(SpyError::type_error(format!(
                "Invalid cast. Expected `{}`, got `{}`",
                ty_human(*expected),
                ty_human(got)
            )))
        }
        FuncKey::CallValue(_) => {
            let mut args = args.into_iter();
            match args.next() {
                Some(Value::Func(func)) => m.call(func, args.collect(), loc),
                Some(Value::Struct(bound)) => {
                    crate::function_value::call_value(m, &bound, args, loc)
                }
                _ => {
                    let error = SpyError::new(ExcTy::PanicError, "cannot call NULL function");
                    Err(error.error("", loc))
                }
            }
        }
        FuncKey::ReadCell(module, name) => {
            let key = FrameKey::new(FrameKeyData::Module(module.clone()));
            let found = m.cell_value(key, name);
            found.map(|(_, value)| value).ok_or_else(|| crate::expr::uninitialized(name, loc))
        }
        FuncKey::WriteCell(module, name) => {
            let value = args.into_iter().next().ok_or_else(|| bad_args(name))?;
            m.write_cell(module, name, value.clone()).map_err(|error| error.error("", loc))?;
            Ok(value)
        }
        FuncKey::Bind(object, func) => crate::function_value::bind(m, *object, *func, args),
        FuncKey::Bound(object, func) => crate::function_value::run(m, *object, *func, args, loc),
        FuncKey::Wrapper(inner) => m.call(*inner, args, loc),
        FuncKey::Def { .. } | FuncKey::Prim(_) | FuncKey::PrintMany(_) => m.call(func, args, loc),
    }
}

/// The generated equality: field by field, left to right.
fn struct_eq(m: &mut Machine<'_>, ty: Ty, args: &[Value], loc: Loc) -> Result<bool> {
    let [Value::Struct(left), Value::Struct(right)] = args else { return Err(bad_args("__eq__")) };
    for (index, (_, field)) in m.struct_fields(ty)?.into_iter().enumerate() {
        let operands = [&left.fields[index], &right.fields[index]];
        let ins = operands.map(|value| Ev::red(value.clone(), field, loc));
        let infos = crate::expr::infos(&ins);
        let op = crate::ops::cmpop(m, CmpOp::Eq, &infos, loc)?;
        let index = m.frames.len().saturating_sub(1);
        let mut run = Run::new(m, index);
        let ev = run.apply(&op, &ins, loc)?;
        if lift(&mut run, &ev)?.as_bool() != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn scalars(args: &[Value]) -> Option<Vec<Scalar>> {
    args.iter()
        .map(|arg| match arg {
            Value::Scalar(scalar) => Some(scalar.clone()),
            _ => None,
        })
        .collect()
}

fn runtime(m: &mut Machine<'_>, name: &str, args: Vec<Value>, loc: Loc) -> Result<Value> {
    if let Some(scalars) = scalars(&args)
        && let Some(result) = spy_prim::eval_runtime(name, &scalars)
    {
        return Ok(Value::Scalar(result?));
    }
    if let Some(operation) = name.strip_prefix("operator::dynamic_") {
        return dynamic(m, operation, &args, loc);
    }
    match (name, args.as_slice()) {
        ("__spy__::_stdout_write", [text]) => {
            let text = text.as_str().cloned().unwrap_or_default();
            match &mut m.world {
                Some(world) => world.write(&text)?,
                None => m.output.push(Output::Text(text.to_string())),
            }
            Ok(Value::None)
        }
        ("__spy__::is_compiled", []) => Ok(Value::bool(false)),
        ("_testing_helpers::raise_no_loc", []) => {
            Err(SpyError::new(ExcTy::ValueError, "this is some error"))
        }
        (crate::debug::BREAKPOINT, []) => crate::debug::breakpoint(m, loc),
        ("operator::object_is", [left, right]) => Ok(Value::bool(left == right)),
        ("operator::object_isnot", [left, right]) => Ok(Value::bool(left != right)),
        ("builtins::type::__new__", [value]) => Ok(Value::Type(m.type_of(value))),
        ("builtins::dir", [value]) => dir(m, value),
        ("__spy__::eq", [left, right]) => same_content(m, left, right, loc).map(Value::bool),
        ("__spy__::ne", [left, right]) => {
            same_content(m, left, right, loc).map(|same| Value::bool(!same))
        }
        _ if name.starts_with("__spy__::") => super::run_collections(m, name, args),
        _ if name.starts_with("unsafe::") => super::run_strings(m, name, &args),
        ("posix::_FILE::__eq__", [left, right]) => Ok(Value::bool(left == right)),
        ("posix::_FILE::__ne__", [left, right]) => Ok(Value::bool(left != right)),
        _ => world(m, name, &args),
    }
}

fn world(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Result<Value> {
    if let Some(result) = super::run_rawbuffer(m, name, args) {
        return result;
    }
    match &mut m.world {
        Some(world) => world.call(name, args).unwrap_or_else(|| Err(bad_args(name))),
        None => Err(SpyError::type_error(format!("`{name}` cannot be called at compile time"))
            .help("compile-time code cannot use files, the clock, the terminal, or what a program is given")),
    }
}

/// Names that a value has.
fn dir(m: &mut Machine<'_>, value: &Value) -> Result<Value> {
    let mut names: Vec<String> = ["__new__", "__repr__", "__str__"].map(String::from).to_vec();
    let ty = match value {
        Value::Type(ty) => Some(*ty),
        other => Some(m.type_of(other)),
    };
    if let Some(data) = ty.and_then(|ty| m.struct_data(ty)) {
        names.extend(data.dict.keys().map(ToString::to_string));
    }
    if let Value::Module(module) = value {
        names.extend(spy_prim::runtime::all().filter_map(|entry| {
            let rest = entry.fqn.strip_prefix(module.as_str())?.strip_prefix("::")?;
            (!rest.contains("::")).then(|| rest.to_owned())
        }));
        if module == "math" {
            names.extend(spy_prim::math::MATH_CONSTANTS.iter().map(|(name, _)| (*name).to_owned()));
        }
    }
    names.sort();
    names.dedup();
    let items = names.into_iter().map(Value::str).collect();
    let id = m.new_object(Object::List(items));
    Ok(Value::Obj(id, Ty::new(TyKey::InterpList(ScalarTy::Str.into()))))
}

/// An operation on operands whose types are known only now.
fn dynamic(m: &mut Machine<'_>, operation: &str, args: &[Value], loc: Loc) -> Result<Value> {
    let mut ins = Vec::with_capacity(args.len());
    for arg in args {
        let ty = m.type_of(arg);
        ins.push(Ev::<Value>::blue(arg.clone(), ty, loc));
    }
    let infos = crate::expr::infos(&ins);
    let found = match (operation, infos.as_slice()) {
        ("str" | "repr", [arg]) if arg.ty.is(BuiltinTy::Object) => {
            return text::builtin_text(m, &args[0]).map(Value::str);
        }
        ("str", [arg]) => text::to_str(m, arg)?,
        ("repr", [arg]) => text::to_repr(m, arg)?,
        ("getattr", [_, key]) => {
            let key = key.value.as_ref().and_then(Value::as_str).cloned().unwrap_or_default();
            crate::attr::getattr(m, &infos, &Name::from(&*key))?
        }
        ("setattr", [_, key, _]) => {
            let key = key.value.as_ref().and_then(Value::as_str).cloned().unwrap_or_default();
            crate::attr::setattr(m, &infos, &Name::from(&*key))?
        }
        ("call", _) => crate::call::call(m, &infos, loc)?,
        (_, [_, _]) => return dynamic_binary(m, operation, &ins, loc),
        _ => return Err(bad_args(operation)),
    };
    let index = m.frames.len().saturating_sub(1);
    let mut run = Run::new(m, index);
    let ev = run.apply(&found, &ins, loc)?;
    lift(&mut run, &ev)
}

/// Whether two objects of the compiler hold equal values.
fn same_content(m: &mut Machine<'_>, left: &Value, right: &Value, loc: Loc) -> Result<bool> {
    let (left, right) = match (left, right) {
        (Value::Obj(a, _), Value::Obj(b, _)) if a == b => return Ok(true),
        (Value::Obj(a, _), Value::Obj(b, _)) => match (m.object(*a)?.clone(), m.object(*b)?) {
            (Object::List(a), Object::List(b)) => (a, b.clone()),
            (Object::Dict(a), Object::Dict(b)) => match paired(&a, b) {
                Some(pairs) => pairs,
                None => return Ok(false),
            },
            _ => return Ok(false),
        },
        (Value::InterpTuple(a), Value::InterpTuple(b)) => (a.to_vec(), b.to_vec()),
        _ => return Ok(left == right),
    };
    if left.len() != right.len() {
        return Ok(false);
    }
    let _depth = Depth::enter(m)?;
    for (left, right) in left.into_iter().zip(right) {
        let types = [m.type_of(&left), m.type_of(&right)];
        let ins = [Ev::blue(left, types[0], loc), Ev::blue(right, types[1], loc)];
        let same = deep(|| dynamic_binary(m, "eq", &ins, loc))?;
        if same.as_bool() != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The values of two dicts with the same keys, in the order of the first one.
fn paired(left: &[(Value, Value)], right: &[(Value, Value)]) -> Option<(Vec<Value>, Vec<Value>)> {
    if left.len() != right.len() {
        return None;
    }
    let pair = |(key, value): &(Value, Value)| {
        let (_, other) = right.iter().find(|(known, _)| known == key)?;
        Some((value.clone(), other.clone()))
    };
    left.iter().map(pair).collect()
}

fn dynamic_binary(
    m: &mut Machine<'_>,
    operation: &str,
    ins: &[Ev<Value>],
    loc: Loc,
) -> Result<Value> {
    let infos = crate::expr::infos(ins);
    let compare = match operation {
        "eq" => Some(CmpOp::Eq),
        "ne" => Some(CmpOp::Ne),
        "lt" => Some(CmpOp::Lt),
        "le" => Some(CmpOp::Le),
        "gt" => Some(CmpOp::Gt),
        "ge" => Some(CmpOp::Ge),
        _ => None,
    };
    let binary = match operation {
        "add" => Some(BinOp::Add),
        "sub" => Some(BinOp::Sub),
        "mul" => Some(BinOp::Mul),
        "div" => Some(BinOp::Div),
        "floordiv" => Some(BinOp::FloorDiv),
        "mod" => Some(BinOp::Mod),
        "lshift" => Some(BinOp::LShift),
        "rshift" => Some(BinOp::RShift),
        "and" => Some(BinOp::And),
        "or" => Some(BinOp::Or),
        "xor" => Some(BinOp::Xor),
        _ => None,
    };
    let found = match (compare, binary) {
        (Some(op), _) => match crate::ops::cmpop(m, op, &infos, loc) {
            Ok(found) => found,
            // Values of types that cannot be compared are not equal.
            Err(error)
                if error.etype == ExcTy::TypeError && matches!(op, CmpOp::Eq | CmpOp::Ne) =>
            {
                return Ok(Value::bool(op == CmpOp::Ne));
            }
            Err(error) => return Err(error),
        },
        (None, Some(op)) => crate::ops::binop(m, op, &infos, loc)?,
        (None, None) => return Err(bad_args(operation)),
    };
    let index = m.frames.len().saturating_sub(1);
    let mut run = Run::new(m, index);
    let ev = run.apply(&found, ins, loc)?;
    lift(&mut run, &ev)
}

fn blue(m: &mut Machine<'_>, name: &str, args: Vec<Value>) -> Result<Value> {
    Ok(match (name, args.as_slice()) {
        ("builtins::new_exception", [Value::Type(ty), rest @ ..]) => {
            let TyKey::Exc(etype) = ty.get() else { return Err(bad_args(name)) };
            let message = rest.first().and_then(Value::as_str).cloned().unwrap_or_default();
            Value::Exc(Arc::new(ExcVal { ty: *etype, message }))
        }
        ("builtins::new_property", [inner]) => wrap(Wrapper::Property, inner),
        ("builtins::new_staticmethod", [inner]) => wrap(Wrapper::StaticMethod, inner),
        ("builtins::new_classmethod", [inner]) => wrap(Wrapper::ClassMethod, inner),
        ("operator::new_metaarg", [color, ty, value]) => metaarg(m, color, ty, value)?,
        ("operator::MetaArg::from_type", [Value::Type(ty)]) => {
            let meta = MetaArg { color: Color::Red, ty: *ty, value: None, slot: None };
            Value::MetaArg(Arc::new(meta))
        }
        ("operator::MetaArg::color", [Value::MetaArg(meta)]) => {
            Value::str(if meta.color == Color::Blue { "blue" } else { "red" })
        }
        ("operator::MetaArg::static_type", [Value::MetaArg(meta)]) => Value::Type(meta.ty),
        ("operator::MetaArg::blueval", [Value::MetaArg(meta)]) => match &meta.value {
            Some(value) => value.clone(),
            None => return Err(SpyError::new(ExcTy::ValueError, "oparg is not blue")),
        },
        ("operator::new_opspec", [Value::Func(func)]) => spec(OpSpec::Simple(*func)),
        ("operator::new_opspec", [Value::Func(func), list]) => {
            spec(OpSpec::Complex(*func, metas(m, list)?))
        }
        ("operator::OpSpec::const", [value]) => spec(OpSpec::Const(value.clone())),
        ("_testing_helpers::new_sometype", []) => Value::SomeValue,
        ("__spy__::new_tuple", _) => Value::InterpTuple(args.into()),
        (
            "__spy__::new_collection" | "__spy__::new_interp_list" | "__spy__::new_interp_dict",
            [Value::Type(ty), rest @ ..],
        ) => {
            let object = match ty.get() {
                TyKey::InterpDict(..) => Object::Dict(Vec::new()),
                _ => Object::List(rest.to_vec()),
            };
            let id = m.new_object(object);
            Value::Obj(id, *ty)
        }
        _ => return Err(bad_args(name)),
    })
}

fn wrap(wrapper: Wrapper, inner: &Value) -> Value {
    Value::Wrapped(wrapper, Arc::new(inner.clone()))
}

fn spec(spec: OpSpec) -> Value {
    Value::OpSpec(Arc::new(spec))
}

fn metaarg(m: &mut Machine<'_>, color: &Value, ty: &Value, value: &Value) -> Result<Value> {
    let Some(text) = color.as_str() else {
        let got = m.type_of(color);
        let got = ty_human(got);
        return Err(SpyError::type_error(format!("MetaArg color must be a string, got {got}")));
    };
    let color = match &**text {
        "red" => Color::Red,
        "blue" => Color::Blue,
        other => {
            return Err(SpyError::type_error(format!(
                "MetaArg color must be 'red' or 'blue', got '{other}'"
            )));
        }
    };
    let Some(ty) = ty.as_type() else { return Err(bad_args("MetaArg")) };
    let value = (color == Color::Blue).then(|| value.clone());
    Ok(Value::MetaArg(Arc::new(MetaArg { color, ty, value, slot: None })))
}

fn metas(m: &mut Machine<'_>, list: &Value) -> Result<Vec<MetaArg>> {
    let items: Vec<Value> = match list {
        Value::EmptyList => Vec::new(),
        Value::InterpTuple(items) => items.to_vec(),
        Value::Obj(id, _) => match m.object(*id)? {
            Object::List(items) => items.clone(),
            _ => return Err(bad_args("OpSpec")),
        },
        _ => return Err(bad_args("OpSpec")),
    };
    items
        .iter()
        .map(|item| match item {
            Value::MetaArg(meta) => Ok((**meta).clone()),
            _ => Err(bad_args("OpSpec")),
        })
        .collect()
}

/// The struct behind a pointer to a `StrObject` or `BytesObject`, made from bytes.
pub(super) fn string_object(
    m: &mut Machine<'_>,
    data: &[u8],
    hash: i32,
    object: Ty,
) -> Result<Value> {
    let byte_ptr = Ty::new(TyKey::Ptr(PtrKind::Gc, ScalarTy::U8.into()));
    m.charge(data.len())?;
    let len = i32::try_from(data.len()).unwrap_or(i32::MAX);
    let block = m.new_object(Object::Bytes(data.to_vec()));
    let place = Some(Place { block, index: 0, path: Vec::new() });
    let bytes = Value::Ptr(Arc::new(PtrVal { ty: byte_ptr, place, len }));
    let fields = vec![Value::i32(len), Value::i32(hash), bytes];
    let item = Value::Struct(Arc::new(StructVal { ty: object, fields }));
    let block = m.new_object(Object::Block(vec![item]));
    let ty = Ty::new(TyKey::Ptr(PtrKind::Gc, object));
    let place = Some(Place { block, index: 0, path: Vec::new() });
    Ok(Value::Ptr(Arc::new(PtrVal { ty, place, len: 1 })))
}
