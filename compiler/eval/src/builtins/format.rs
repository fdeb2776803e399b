//! `str.format`: the arguments become a list, which the library's `_format` puts into the pattern.

use super::{display, pointers, text};
use crate::attr::ModuleAttr;
use crate::domain::Arg;
use crate::keywords;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl};
use crate::varargs::Pack;
use spy_types::{FuncId, Name, Result, ScalarTy, SpyError, Ty, Value};

/// `pattern.format(args)`. Operands: the pattern, then the arguments.
///
/// # Errors
/// If an argument has no text, or the library fails.
pub fn format(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let list = m.call_library("_format", "values", Vec::new())?;
    let (list, new, _) = display::collection(m, &list, "new")?;
    let mut items = Vec::with_capacity(ins.len());
    for (index, arg) in ins.iter().enumerate().skip(1) {
        let (operand, ty) = argument(m, arg, index)?;
        let is_star = keywords::is_star(arg);
        let name = match arg.keyword.as_deref() {
            Some((name, _)) if !is_star => name.as_str(),
            _ => "",
        };
        let add = if is_star { "add_all" } else { "add" };
        let add = m.call_library("_format", add, vec![Value::Type(ty), Value::str(name)])?;
        items.push((function(add)?, operand));
    }
    let (module, name) = (Name::new_static("_format"), Name::new_static("expand"));
    let Some(ModuleAttr::Value(expand)) = m.module_attr(&module, &name)? else {
        return Err(broken());
    };
    let values = Pack { list, new, items, made: None, loc: ins[0].loc };
    let args = vec![OpArg::In(0), OpArg::Pack(Box::new(values))];
    Ok(OpImpl::red(function(expand)?, args, ScalarTy::Str.into()))
}

/// An argument as its pattern may show it: what exists at compile time only is text.
fn argument(m: &mut Machine<'_>, arg: &Arg, index: usize) -> Result<(OpArg, Ty)> {
    if let Some((true, _, item)) = arg.ty.pointer() {
        return Ok((pointers::deref_arg(arg.ty, index), item));
    }
    match &arg.value {
        None => Ok((OpArg::In(index), arg.ty)),
        Some(value @ (Value::Scalar(_) | Value::Struct(_))) => {
            Ok((OpArg::Const(value.clone(), arg.ty, arg.loc), arg.ty))
        }
        Some(value) => {
            let text = text::text_of(m, value, arg)?;
            let ty: Ty = ScalarTy::Str.into();
            Ok((OpArg::Const(Value::str(text), ty, arg.loc), ty))
        }
    }
}

fn function(value: Value) -> Result<FuncId> {
    match value {
        Value::Func(func) => Ok(func),
        _ => Err(broken()),
    }
}

fn broken() -> Box<SpyError> {
    SpyError::type_error("the standard library cannot format text")
}
