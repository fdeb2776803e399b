//! What metafunctions of the library ask about types: the results of operations that they do not
//! perform, but generate code for.

use crate::call::{call, call_method};
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpImpl, result_ty};
use spy_types::names::ty_human;
use spy_types::{FuncId, Loc, Name, Result, ScalarTy, SpyError, Ty, Value};

/// `__spy__._item_type(T)`: the type of the items that a loop over a `T` yields.
///
/// # Errors
/// If a `T` cannot be iterated over.
pub(super) fn item_type(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let iterable = known_type(arg)?;
    Ok(type_constant(item_type_of(m, iterable, arg.loc)?))
}

/// The type of the items that a loop over an `iterable` yields.
///
/// # Errors
/// If it cannot be iterated over.
pub(crate) fn item_type_of(m: &mut Machine<'_>, iterable: Ty, loc: Loc) -> Result<Ty> {
    let iterator = method_result(m, iterable, "__fastiter__", loc)?;
    method_result(m, iterator, "__item__", loc)
}

/// `__spy__._iterator_type(T)`: the type of what goes through the items of a `T`.
///
/// # Errors
/// If a `T` cannot be iterated over.
pub(super) fn iterator_type(m: &mut Machine<'_>, arg: &Arg) -> Result<OpImpl> {
    let iterable = known_type(arg)?;
    let iterator = method_result(m, iterable, "__fastiter__", arg.loc)?;
    Ok(type_constant(iterator))
}

/// `__spy__._result_type(f, T1, T2, ...)`: the type of `f(x1, x2, ...)` for operands of these types.
///
/// # Errors
/// If `f` cannot be called so.
pub(super) fn result_type(m: &mut Machine<'_>, args: &[Arg], loc: Loc) -> Result<OpImpl> {
    let mut operands = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        operands.push(if index == 0 { arg.clone() } else { Arg::red(known_type(arg)?, arg.loc) });
    }
    let op = call(m, &operands, loc)?;
    Ok(type_constant(value_type(&op, &operands)))
}

fn method_result(m: &mut Machine<'_>, ty: Ty, method: &'static str, loc: Loc) -> Result<Ty> {
    let operands = [Arg::red(ty, loc)];
    let op = call_method(m, &operands, &Name::new_static(method), loc)?;
    Ok(value_type(&op, &operands))
}

/// The type that a variable has which is set to the result of an operation.
fn value_type(op: &OpImpl, operands: &[Arg]) -> Ty {
    let ty = match op {
        OpImpl::Operand(index) => operands[*index].ty,
        _ => result_ty(op).unwrap_or_else(|| spy_types::BuiltinTy::NoneType.into()),
    };
    match ty.pointer() {
        Some((true, _, item)) => item,
        _ => ty,
    }
}

fn known_type(arg: &Arg) -> Result<Ty> {
    let known = arg.value.as_ref().and_then(Value::as_type);
    known.ok_or_else(|| {
        SpyError::type_error("expected blue argument").error("this is not a known type", arg.loc)
    })
}

fn type_constant(ty: Ty) -> OpImpl {
    OpImpl::Const(Value::Type(ty), ty.metatype())
}

/// What `name(...)` means for a generic function `name` of the library's collections, which is
/// otherwise used as `name[...]`: the metafunction `_name_of` of the same module, if there is one.
///
/// # Errors
/// If the library's module fails.
pub(crate) fn collection_maker(m: &mut Machine<'_>, generic: FuncId) -> Result<Option<FuncId>> {
    let spy_types::FuncKey::Def { def, .. } = generic.get() else { return Ok(None) };
    if !matches!(
        def.module.as_str(),
        "_list"
            | "_dict"
            | "_tuple"
            | "_set"
            | "_frozenset"
            | "_deque"
            | "_counter"
            | "_defaultdict"
    ) {
        return Ok(None);
    }
    let maker = Name::from(format!("_{}_of", def.path.0));
    // Few programs need that of dicts.
    let module = if def.module == "_dict" { "_dict_maker" } else { def.module.as_str() };
    library_function(m, module, &maker)
}

/// The function that a call of a function's attribute calls: `dict.fromkeys(...)`, `chain.from_iterable(...)`.
///
/// # Errors
/// If the library's module fails.
pub(crate) fn collection_method(
    m: &mut Machine<'_>,
    object: &Arg,
    method: &Name,
) -> Result<Option<FuncId>> {
    let Some(Value::Func(func)) = &object.value else { return Ok(None) };
    match (library_name(*func), method.as_str()) {
        (Some(("_dict", "dict")), "fromkeys") => {
            library_function(m, "_dict_maker", &Name::new_static("_fromkeys"))
        }
        (Some(("itertools", "chain")), "from_iterable") => {
            library_function(m, "itertools", &Name::new_static("_chained"))
        }
        _ => Ok(None),
    }
}

/// The function for `function(*items)` where the items are no tuple, which others take that need to know how many they are.
///
/// # Errors
/// If the library's module fails.
pub(crate) fn starred(m: &mut Machine<'_>, func: FuncId) -> Result<Option<FuncId>> {
    match library_name(func) {
        Some(("_iter", "zip")) => library_function(m, "_zip", &Name::new_static("_transposed")),
        Some(("itertools", "chain")) => {
            library_function(m, "itertools", &Name::new_static("_chained"))
        }
        // The items of one argument are as good.
        Some(("_builtins", "min" | "max")) => Ok(Some(func)),
        _ => Ok(None),
    }
}

/// The module and the name of a function with a text.
fn library_name(func: FuncId) -> Option<(&'static str, &'static str)> {
    let spy_types::FuncKey::Def { def, .. } = func.get() else { return None };
    Some((def.module.as_str(), def.path.0.as_str()))
}

/// The metafunction that says what `bytes(x)` means, unless `x` is a text, whose encoding `encode` names.
///
/// # Errors
/// If the library's module fails.
pub(crate) fn bytes_maker(m: &mut Machine<'_>, ty: Ty, args: &[Arg]) -> Result<Option<FuncId>> {
    match args {
        [arg] if ty.scalar() == Some(ScalarTy::Bytes) && arg.ty.scalar() != Some(ScalarTy::Str) => {
            library_function(m, "_bytes_methods", &Name::new_static("_bytes_of"))
        }
        _ => Ok(None),
    }
}

/// The function for `math.log(x, base)`, which C does not have; any other is itself.
///
/// # Errors
/// If the library's module fails.
pub(crate) fn with_base(m: &mut Machine<'_>, func: FuncId, count: usize) -> Result<FuncId> {
    let is_log = matches!(func.get(), spy_types::FuncKey::Runtime(name) if name == "math::log");
    if !is_log || count != 2 {
        return Ok(func);
    }
    let found = library_function(m, "_math", &Name::new_static("_log_in_base"))?;
    Ok(found.unwrap_or(func))
}

fn library_function(m: &mut Machine<'_>, module: &str, name: &Name) -> Result<Option<FuncId>> {
    match m.module_attr(&Name::from(module), name)? {
        Some(crate::attr::ModuleAttr::Value(Value::Func(func))) => Ok(Some(func)),
        _ => Ok(None),
    }
}

/// An attribute of a type that says what it is called.
pub(crate) fn name_attr(ty: Ty, name: &str) -> Option<String> {
    let human = ty_human(ty);
    match name {
        "__name__" => {
            // The last part, where `::` inside brackets does not count.
            let mut depth = 0usize;
            let mut start = 0;
            let bytes = human.as_bytes();
            for (index, byte) in bytes.iter().enumerate() {
                match byte {
                    b'[' => depth += 1,
                    b']' => depth = depth.saturating_sub(1),
                    b':' if depth == 0 => start = index + 1,
                    _ => {}
                }
            }
            Some(human[start..].to_owned())
        }
        "__qualname__" | "__fqn__" => Some(human),
        "__full_fqn__" => Some(spy_types::names::ty_full(ty).full().to_owned()),
        _ => None,
    }
}
