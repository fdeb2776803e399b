//! `*args` of red functions. All that a call passes for them becomes one value, which the library's
//! `_varargs` describes: a tuple of items of one type whose length is known at run time.
//!
//! Blue functions take what remains as a compile-time tuple instead, and so do red ones whose `*args`
//! are of types that exist at compile time only: those cannot be compiled.

use crate::builtins::display::{collection, compile_time_item};
use crate::builtins::item_type;
use crate::convert::{Context, convert};
use crate::domain::Arg;
use crate::keywords::is_starred;
use crate::machine::Machine;
use crate::opimpl::{OpArg, arg_info};
use spy_types::{Color, FuncId, FuncKey, FuncTy, Loc, Result, SpyError, Ty, Value};

/// A list of values that are evaluated one after the other, or the struct made of that list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pack {
    /// The type of the list.
    pub list: Ty,
    /// Makes an empty list.
    pub new: FuncId,
    /// The values, each with the function that adds it to the list and returns that.
    pub items: Vec<(FuncId, OpArg)>,
    /// The struct whose only field the list becomes, if it is to become one.
    pub made: Option<Ty>,
    /// The call.
    pub loc: Loc,
}

impl Pack {
    /// The type of the result.
    #[must_use]
    pub fn ty(&self) -> Ty {
        self.made.unwrap_or(self.list)
    }

    /// The values, to be changed.
    pub fn operands(&mut self) -> impl Iterator<Item = &mut OpArg> {
        self.items.iter_mut().map(|(_, item)| item)
    }
}

/// The type of `*args: item` in a red function; `None` if such values exist at compile time only.
///
/// # Errors
/// If the library fails.
pub fn packed_type(m: &mut Machine<'_>, item: Ty) -> Result<Option<Ty>> {
    if compile_time_item(item) {
        return Ok(None);
    }
    match m.call_library("_varargs", "varargs", vec![Value::Type(item)])? {
        Value::Type(ty) => Ok(Some(ty)),
        _ => Err(SpyError::type_error("the standard library's varargs are broken")),
    }
}

/// Whether calls of a function pass one value for its `*args`.
///
/// # Errors
/// If the library fails.
pub(crate) fn packs(m: &mut Machine<'_>, func: FuncId) -> Result<bool> {
    let ty = m.func_type(func);
    let Some(signature) = ty.func() else { return Ok(false) };
    Ok(packed_varargs(m, func, signature)?.is_some())
}

fn packed_varargs(m: &mut Machine<'_>, func: FuncId, signature: &FuncTy) -> Result<Option<Ty>> {
    match (signature.varargs, func.get(), signature.color) {
        (Some(item), FuncKey::Def { .. }, Color::Red) => packed_type(m, item),
        _ => Ok(None),
    }
}

/// Puts the arguments for `*args` together, which have been converted to the type of its items.
///
/// # Errors
/// If items behind a `*` are of another type, and if the library fails.
pub(crate) fn pack(
    m: &mut Machine<'_>,
    func: FuncId,
    signature: &FuncTy,
    args: &mut Vec<OpArg>,
    ins: &[Arg],
) -> Result<()> {
    let Some(made) = packed_varargs(m, func, signature)? else { return Ok(()) };
    let Some(item) = signature.varargs else { return Ok(()) };
    let made_of = m.call_library("_list", "list", vec![Value::Type(item)])?;
    let (list, new, push) = collection(m, &made_of, "new")?;
    let rest = args.split_off(args.len().min(signature.params.len()));
    let mut items = Vec::with_capacity(rest.len());
    for arg in rest {
        let add = if is_starred(&arg, ins) {
            extend(m, "_varargs", list, item, &arg_info(&arg, ins))?
        } else {
            push
        };
        items.push((add, arg));
    }
    let loc = ins.first().map(|arg| arg.loc).or_else(|| {
        let sig = m.func_sig(func)?;
        Some(sig.prototype_pos().into())
    });
    let loc = loc.ok_or_else(|| SpyError::type_error("a call without a place"))?;
    args.push(OpArg::Pack(Box::new(Pack { list, new, items, made: Some(made), loc })));
    Ok(())
}

/// The function that adds the items of what stands behind a `*` to a list.
fn extend(m: &mut Machine<'_>, module: &str, list: Ty, item: Ty, arg: &Arg) -> Result<FuncId> {
    let found = item_type(m, arg.ty, arg.loc)?;
    convert(m, item, &Arg::red(found, arg.loc), &Context::Argument(None))?;
    let types = vec![Value::Type(list), Value::Type(arg.ty)];
    match m.call_library(module, "extended", types)? {
        Value::Func(func) => Ok(func),
        _ => Err(SpyError::type_error("the standard library's varargs are broken")),
    }
}
