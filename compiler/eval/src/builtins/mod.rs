//! Functions, types and modules that the compiler itself provides.
//!
//! * [`tables`]: which names the builtin modules have; [`signature`]: types of their functions;
//! * [`meta`]: metafunctions and generics; [`construct`]: calls of builtin types;
//! * `inspect`: what the library's metafunctions ask about types;
//! * [`display`]: list, tuple, dict and slice displays, unpacking; [`tuples`]: `+` and slices of tuples;
//! * [`mod@run`], [`store`]: what the functions do with values; [`text`]: `str` and `repr`; `format`: `str.format`;
//! * [`pointers`]: operations of `unsafe`.

pub mod construct;
pub mod dicts;
pub mod display;
mod format;
mod inspect;
pub mod meta;
pub mod pointers;
pub mod run;
pub mod signature;
pub mod store;
pub mod tables;
pub mod text;
pub mod tuples;
pub mod unpack;

pub use construct::construct;
pub use format::format;
pub(crate) use inspect::{
    bytes_maker, collection_maker, collection_method, item_type_of as item_type, name_attr,
    starred, with_base,
};
pub use meta::{generic, metafunc};
pub use run::run;
pub use signature::builtin_type;
pub use store::run_pointers;
pub(crate) use store::{run_collections, run_rawbuffer, run_strings};
pub use tables::{is_builtin_module, module_names, module_value, type_attribute};

use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl};
use spy_types::{
    BuiltinTy, FrameKeyData, FuncId, FuncKey, Name, Result, ScalarTy, SpyError, Ty, TyKey, Value,
};

/// A blue function of the compiler.
#[must_use]
pub fn blue_fn(name: &str) -> FuncId {
    FuncId::new(FuncKey::Blue(Name::from(name)))
}

/// A function of the runtime.
#[must_use]
pub fn runtime_fn(name: &str) -> FuncId {
    FuncId::new(FuncKey::Runtime(Name::from(name)))
}

/// Whether a struct was made by a call of the generic `module::name`.
#[must_use]
pub fn is_instance_of_generic(ty: Ty, module: &str, name: &str) -> bool {
    let TyKey::Struct { frame, aliased: true, .. } = ty.get() else { return false };
    let FrameKeyData::Call(call) = frame.get() else { return false };
    match call.func.get() {
        FuncKey::Def { def, .. } => def.module == module && def.path.0 == name,
        _ => false,
    }
}

/// The types that an instance of the generic `module::name` was made for.
#[must_use]
pub fn generic_args(ty: Ty, module: &str, name: &str) -> Option<Vec<Ty>> {
    if !is_instance_of_generic(ty, module, name) {
        return None;
    }
    let TyKey::Struct { frame, .. } = ty.get() else { return None };
    let FrameKeyData::Call(call) = frame.get() else { return None };
    call.args.iter().map(Value::as_type).collect()
}

impl Machine<'_> {
    /// Calls a blue function of a library module.
    ///
    /// # Errors
    /// If the module lacks it, and whatever it raises.
    pub fn call_library(&mut self, module: &str, name: &str, args: Vec<Value>) -> Result<Value> {
        match self.module_attr(&Name::from(module), &Name::from(name))? {
            Some(crate::attr::ModuleAttr::Value(Value::Func(func))) => self.call_blue(func, args),
            _ => {
                Err(SpyError::type_error(format!("the standard library lacks `{module}::{name}`")))
            }
        }
    }

    /// A type that a library module defines.
    ///
    /// # Errors
    /// If the module lacks it.
    pub fn library_type(&mut self, module: &str, name: &str) -> Result<Ty> {
        match self.module_attr(&Name::from(module), &Name::from(name))? {
            Some(crate::attr::ModuleAttr::Value(Value::Type(ty))) => Ok(ty),
            _ => {
                Err(SpyError::type_error(format!("the standard library lacks `{module}::{name}`")))
            }
        }
    }
}

/// A pure call of a builtin with all operands in order.
fn all_operands(func: FuncId, ins: &[Arg], ret: Ty, pure: bool) -> OpImpl {
    let args = (0..ins.len()).map(OpArg::In).collect();
    if pure { OpImpl::pure(func, args, ret) } else { OpImpl::red(func, args, ret) }
}

/// Items of the compile-time collections. Operands: the object, then the indices.
#[must_use]
pub fn getitem(ins: &[Arg]) -> Option<OpImpl> {
    let ty = ins[0].ty;
    let ret = match ty.get() {
        TyKey::InterpList(item) => *item,
        TyKey::InterpDict(_, value) => *value,
        TyKey::Builtin(BuiltinTy::InterpTuple) => BuiltinTy::Dynamic.into(),
        _ => return None,
    };
    if ins.len() != 2 {
        return None;
    }
    Some(all_operands(runtime_fn("__spy__::getitem"), ins, ret, false).or_pure(ins))
}

/// Stores into the compile-time collections. Operands: the object, the index, the value.
///
/// # Errors
/// If the value has the wrong type.
pub fn setitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let item = match ins[0].ty.get() {
        TyKey::InterpList(item) => *item,
        TyKey::InterpDict(_, value) => *value,
        TyKey::Builtin(BuiltinTy::EmptyDict) => return Err(untyped_dict(&ins[0])),
        _ => return Ok(None),
    };
    let context = crate::convert::Context::Argument(None);
    let last = ins.len() - 1;
    let mut args: Vec<OpArg> = (0..ins.len()).map(OpArg::In).collect();
    if let Some(op) = crate::convert::convert(m, item, &ins[last], &context)? {
        args[last] = OpArg::Converted(Box::new(op), Box::new(OpArg::In(last)));
    }
    let func = runtime_fn("__spy__::setitem");
    Ok(Some(OpImpl::red(func, args, BuiltinTy::NoneType.into())))
}

impl OpImpl {
    /// The same call, computed at once if all operands are blue.
    fn or_pure(self, ins: &[Arg]) -> Self {
        match self {
            Self::Call(mut call) if ins.iter().all(Arg::is_blue) => {
                call.pure = true;
                Self::Call(call)
            }
            other => other,
        }
    }
}

/// Methods of builtin types that are not written in SPy. Operands: the object, the arguments.
///
/// # Errors
/// For changes of an untyped empty display.
pub fn method(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<Option<OpImpl>> {
    let ty = ins[0].ty;
    let found = match (ty.get(), name.as_str()) {
        (TyKey::Builtin(BuiltinTy::EmptyList), "append" | "extend" | "insert") => {
            return Err(untyped(&ins[0], "list", "list[T] = []"));
        }
        (TyKey::Builtin(BuiltinTy::EmptyDict), "setdefault" | "update") => {
            return Err(untyped_dict(&ins[0]));
        }
        (TyKey::Scalar(ScalarTy::Complex128), "conjugate") if ins.len() == 1 => {
            all_operands(runtime_fn("builtins::complex128::conjugate"), ins, ty, false)
        }
        (TyKey::InterpList(_), "append") if ins.len() == 2 => {
            all_operands(runtime_fn("__spy__::append"), ins, BuiltinTy::NoneType.into(), false)
        }
        (TyKey::InterpList(_) | TyKey::InterpDict(..), "_push") => {
            all_operands(runtime_fn("__spy__::push"), ins, ty, false)
        }
        (
            TyKey::InterpList(_) | TyKey::InterpDict(..) | TyKey::Builtin(BuiltinTy::InterpTuple),
            "__len__",
        ) => {
            all_operands(runtime_fn("__spy__::len"), ins, ScalarTy::I32.into(), false).or_pure(ins)
        }
        (
            TyKey::InterpList(_) | TyKey::InterpDict(..) | TyKey::Builtin(BuiltinTy::InterpTuple),
            "__fastiter__",
        ) => {
            let ret = BuiltinTy::InterpTuple.into();
            all_operands(runtime_fn("__spy__::items_left"), ins, ret, false)
        }
        (TyKey::Builtin(BuiltinTy::InterpTuple), "__continue_iteration__") => {
            all_operands(runtime_fn("__spy__::some_left"), ins, ScalarTy::Bool.into(), false)
        }
        (TyKey::Builtin(BuiltinTy::InterpTuple), "__item__") => {
            all_operands(runtime_fn("__spy__::first_left"), ins, BuiltinTy::Dynamic.into(), false)
        }
        (TyKey::Builtin(BuiltinTy::InterpTuple), "__next__") => {
            all_operands(runtime_fn("__spy__::rest_left"), ins, ty, false)
        }
        _ => return scalar_method(m, ins, name),
    };
    Ok(Some(found))
}

/// `x.__str__()` and `x.__repr__()` of scalars.
fn scalar_method(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<Option<OpImpl>> {
    if ins.len() != 1 || ins[0].ty.scalar().is_none() {
        return Ok(None);
    }
    match name.as_str() {
        "__str__" => text::to_str(m, &ins[0]).map(Some),
        "__hash__" => meta::hash(m, &ins[0]).map(Some),
        // The library writes these two in SPy.
        "__repr__" if !matches!(ins[0].ty.scalar(), Some(ScalarTy::Str | ScalarTy::Bytes)) => {
            text::to_repr(m, &ins[0]).map(Some)
        }
        _ => Ok(None),
    }
}

/// For `d[key] = value` and the like of an empty dict of which nothing says what is in it.
fn untyped_dict(object: &Arg) -> Box<SpyError> {
    untyped(object, "dict", "dict[K, V] = {}")
}

/// For changes of an empty display: `typed` is how to give it a type.
fn untyped(object: &Arg, what: &str, typed: &str) -> Box<SpyError> {
    let error = SpyError::type_error(format!("cannot mutate an untyped empty {what}"))
        .error("this is untyped", object.loc);
    match object.name.as_deref() {
        Some((name, Some(loc))) => {
            error.note(format!("help: use an explicit type: `{name}: {typed}`"), *loc)
        }
        _ => error,
    }
}
