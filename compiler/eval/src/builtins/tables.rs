//! Names of the builtin modules.

use super::{blue_fn, runtime_fn};
use spy_prim::{PrimOp, Scalar};
use spy_types::builtin::scalar_alias;
use spy_types::{BuiltinTy, ExcTy, FuncId, FuncKey, FuncKind, OpSpec, Ty, TyKey, Value, Wrapper};
use std::sync::Arc;

/// Whether a module has no file.
#[must_use]
pub fn is_builtin_module(name: &str) -> bool {
    matches!(
        name,
        "builtins"
            | "operator"
            | "types"
            | "math"
            | "unsafe"
            | "rawbuffer"
            | "jsffi"
            | "posix"
            | "time"
            | "typing"
            | "__spy__"
            | "_testing_helpers"
    )
}

/// What a builtin module has under a name.
#[must_use]
pub fn module_value(module: &str, attr: &str) -> Option<Value> {
    match module {
        "builtins" => builtins(attr),
        "operator" => operator(attr),
        "types" => types(attr),
        "math" => math(attr),
        "unsafe" => unsafe_module(attr),
        "posix" => posix(attr),
        "time" | "rawbuffer" if attr == "RawBuffer" => Some(ty(BuiltinTy::RawBuffer)),
        "time" | "rawbuffer" => runtime(module, attr),
        "typing" if attr == "Callable" => Some(Value::Func(blue_fn("typing::Callable"))),
        "__spy__" => spy(attr),
        "_testing_helpers" => match attr {
            "SomeType" => Some(ty(BuiltinTy::SomeType)),
            "raise_no_loc" => Some(Value::Func(runtime_fn("_testing_helpers::raise_no_loc"))),
            _ => None,
        },
        _ => None,
    }
}

/// The names that a builtin module has, sorted; those of `builtins` are visible everywhere.
#[must_use]
pub fn module_names(module: &str) -> Vec<&'static str> {
    let prefix = format!("{module}::");
    let runtime = spy_prim::runtime::all().filter_map(|func| func.fqn.strip_prefix(&*prefix));
    let constants = spy_prim::math::MATH_CONSTANTS.iter().map(|(name, _)| *name);
    let names = runtime.chain(constants).chain(MODULE_NAMES.iter().copied()).chain(UNSAFE);
    let mut names: Vec<&str> = names.filter(|name| module_value(module, name).is_some()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Names of builtin modules that are no functions of the runtime, those for everybody's use.
const MODULE_NAMES: &[&str] = &[
    "Callable",
    "MetaArg",
    "OpSpec",
    "OpImpl",
    "NoneType",
    "NotImplementedType",
    "module",
    "Cell",
    "Loc",
    "StructType",
    "StructField",
    "TerminalSize",
    "SEEK_SET",
    "SEEK_CUR",
    "SEEK_END",
    "RawBuffer",
    "COLOR",
    "as_red",
    "force_inline",
    "lookup_fqn",
    "interp_list",
    "interp_dict",
    "interp_tuple",
];

/// What module `unsafe` offers.
const UNSAFE: [&str; 20] = [
    "raw_ptr",
    "gc_ptr",
    "raw_ref",
    "gc_ref",
    "raw_alloc",
    "gc_alloc",
    "ptr_copy",
    "ptr_copy_slice",
    "ptr_move",
    "ptr_move_slice",
    "ptr_setbytes",
    "ptr_setbytes_slice",
    "ptr_cmp",
    "ptr_cmp_slice",
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "unchecked_div",
    "unchecked_mod",
];

fn ty(builtin: BuiltinTy) -> Value {
    Value::Type(builtin.into())
}

fn runtime(module: &str, attr: &str) -> Option<Value> {
    let name = format!("{module}::{attr}");
    spy_prim::runtime::lookup(&name).map(|_| Value::Func(runtime_fn(&name)))
}

fn builtins(attr: &str) -> Option<Value> {
    if let Some(scalar) = scalar_alias(attr) {
        return Some(Value::Type(scalar.into()));
    }
    if let Some(exc) = ExcTy::from_name(attr) {
        return Some(Value::Type(exc.into()));
    }
    Some(match attr {
        "object" => ty(BuiltinTy::Object),
        "type" => ty(BuiltinTy::Type),
        "dynamic" => ty(BuiltinTy::Dynamic),
        "struct" => ty(BuiltinTy::Struct),
        "member" => ty(BuiltinTy::Member),
        "property" => ty(BuiltinTy::Property),
        "staticmethod" => ty(BuiltinTy::StaticMethod),
        "classmethod" => ty(BuiltinTy::ClassMethod),
        "NotImplemented" => Value::NotImplemented,
        "None" => Value::None,
        "True" => Value::bool(true),
        "False" => Value::bool(false),
        "print"
        | "len"
        | "repr"
        | "hash"
        | "ord"
        | "dir"
        | "getattr"
        | "hasattr"
        | "setattr"
        | "STATIC_TYPE"
        | "make_interp_list_type"
        | "make_interp_dict_type" => Value::Func(blue_fn(&format!("builtins::{attr}"))),
        "breakpoint" => Value::Func(runtime_fn(crate::debug::BREAKPOINT)),
        _ => return runtime("builtins", attr),
    })
}

/// Names of the blue functions of module `operator`.
const DISPATCHERS: &[&str] = &[
    "ADD", "SUB", "MUL", "DIV", "MOD", "FLOORDIV", "POW", "LSHIFT", "RSHIFT", "AND", "OR", "XOR",
    "EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NEG", "NOT", "GETATTR", "GETITEM", "CALL",
];

fn operator(attr: &str) -> Option<Value> {
    Some(match attr {
        "MetaArg" => ty(BuiltinTy::MetaArg),
        "OpSpec" => ty(BuiltinTy::OpSpec),
        "OpImpl" => ty(BuiltinTy::OpImpl),
        _ if DISPATCHERS.contains(&attr) => Value::Func(blue_fn(&format!("operator::{attr}"))),
        _ => {
            let op = PrimOp::from_fqn(&format!("operator::{attr}"))?;
            Value::Func(FuncId::new(FuncKey::Prim(op)))
        }
    })
}

fn types(attr: &str) -> Option<Value> {
    Some(match attr {
        "NoneType" => ty(BuiltinTy::NoneType),
        "NotImplementedType" => ty(BuiltinTy::NotImplementedType),
        "module" => ty(BuiltinTy::Module),
        "Cell" => ty(BuiltinTy::Cell),
        "Loc" => ty(BuiltinTy::LocTy),
        "StructType" => ty(BuiltinTy::StructType),
        "StructField" => ty(BuiltinTy::StructField),
        _ => return None,
    })
}

fn math(attr: &str) -> Option<Value> {
    let constant = spy_prim::math::MATH_CONSTANTS.iter().find(|(name, _)| *name == attr);
    if let Some((_, value)) = constant {
        return Some(Value::Scalar(Scalar::F64(*value)));
    }
    runtime("math", attr)
}

fn posix(attr: &str) -> Option<Value> {
    Some(match attr {
        "_FILE" => ty(BuiltinTy::File),
        "_FILE_NULL" => Value::File(0),
        "TerminalSize" => Value::Type(Ty::new(TyKey::TerminalSize)),
        "SEEK_SET" => Value::i32(0),
        "SEEK_CUR" => Value::i32(1),
        "SEEK_END" => Value::i32(2),
        _ => return runtime("posix", attr),
    })
}

fn unsafe_module(attr: &str) -> Option<Value> {
    match attr {
        "raw_ptr"
        | "gc_ptr"
        | "raw_ref"
        | "gc_ref"
        | "raw_alloc"
        | "gc_alloc"
        | "ptr_copy"
        | "ptr_copy_slice"
        | "ptr_move"
        | "ptr_move_slice"
        | "ptr_setbytes"
        | "ptr_setbytes_slice"
        | "ptr_cmp"
        | "ptr_cmp_slice"
        | "memcpy"
        | "memmove"
        | "memset"
        | "memcmp"
        | "unchecked_div"
        | "unchecked_floordiv"
        | "unchecked_mod"
        | "ieee754_div"
        | "_str_to_StrObject"
        | "_alloc_StrObject"
        | "_StrObject_to_str"
        | "_bytes_to_BytesObject"
        | "_alloc_BytesObject"
        | "_BytesObject_to_bytes" => Some(Value::Func(blue_fn(&format!("unsafe::{attr}")))),
        _ => None,
    }
}

fn spy(attr: &str) -> Option<Value> {
    Some(match attr {
        "COLOR" | "as_red" | "force_inline" | "lookup_fqn" | "interp_list" | "interp_dict"
        | "_item_type" | "_iterator_type" | "_result_type" => {
            Value::Func(blue_fn(&format!("__spy__::{attr}")))
        }
        "interp_tuple" => ty(BuiltinTy::InterpTuple),
        "EmptyListType" => ty(BuiltinTy::EmptyList),
        "EmptyDictType" => ty(BuiltinTy::EmptyDict),
        "empty_list" => Value::EmptyList,
        "empty_dict" => Value::EmptyDict,
        _ => return runtime("__spy__", attr),
    })
}

/// What calls of a blue function of the compiler mean.
#[must_use]
pub fn blue_kind(name: &str) -> FuncKind {
    match name {
        "unsafe::raw_ptr"
        | "unsafe::gc_ptr"
        | "unsafe::raw_ref"
        | "unsafe::gc_ref"
        | "unsafe::raw_alloc"
        | "unsafe::gc_alloc"
        | "__spy__::interp_list"
        | "__spy__::interp_dict"
        | "typing::Callable"
        | "builtins::make_interp_list_type"
        | "builtins::make_interp_dict_type" => FuncKind::Generic,
        "__spy__::COLOR"
        | "__spy__::as_red"
        | "__spy__::lookup_fqn"
        | "__spy__::force_inline"
        | "__spy__::_item_type"
        | "__spy__::_iterator_type"
        | "__spy__::_result_type" => FuncKind::Metafunc,
        _ if name.starts_with("unsafe::") => FuncKind::Metafunc,
        _ if name.starts_with("builtins::") => FuncKind::Metafunc,
        _ if name.starts_with("operator::") && name.ends_with(char::is_uppercase) => {
            FuncKind::Metafunc
        }
        _ => FuncKind::Plain,
    }
}

/// Attributes of builtin types.
#[must_use]
pub fn type_attribute(ty: Ty, name: &str) -> Option<Value> {
    match (ty.get(), name) {
        (TyKey::Ptr(..), "NULL") => Some(Value::null(ty)),
        (TyKey::Ptr(_, item) | TyKey::Ref(_, item), "itemtype") => Some(Value::Type(*item)),
        (TyKey::Builtin(BuiltinTy::OpSpec), "NULL") => Some(Value::OpSpec(Arc::new(OpSpec::Null))),
        (TyKey::Builtin(BuiltinTy::OpSpec), "const") => Some(static_fn("operator::OpSpec::const")),
        _ => None,
    }
}

fn static_fn(name: &str) -> Value {
    Value::Wrapped(Wrapper::StaticMethod, Arc::new(Value::Func(blue_fn(name))))
}
