//! Keyword arguments: which parameter each is for.
//!
//! Operands stay in the order in which they were written, which is the one they are evaluated in. Only
//! the arguments of the checked call, which name operands, are put in the order of the parameters.

use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, defined_here};
use spy_types::names::func_human;
use spy_types::{FuncId, FuncKey, Loc, Name, Result, SpyError};

/// Puts keyword arguments where their parameters are, with defaults in the gaps.
///
/// # Errors
/// Unknown and repeated names, missing arguments, functions whose parameters have no names.
pub(crate) fn place(
    m: &mut Machine<'_>,
    func: FuncId,
    args: &mut Vec<OpArg>,
    ins: &[Arg],
) -> Result<()> {
    if !args.iter().any(|arg| keyword(arg, ins).is_some()) {
        return Ok(());
    }
    let Some(names) = parameter_names(m, func)? else {
        return refuse(ins, &called(func));
    };
    let positional = args.iter().filter(|arg| keyword(arg, ins).is_none()).count();
    let has_varargs = m.func_type(func).func().is_some_and(|ty| ty.varargs.is_some());
    if positional > names.len() && !has_varargs {
        // The wrong number of arguments is reported as such.
        return Ok(());
    }
    let (given, by_name): (Vec<_>, Vec<_>) =
        args.drain(..).partition(|arg| keyword(arg, ins).is_none());
    let mut slots: Vec<Option<OpArg>> = given.into_iter().map(Some).collect();
    slots.resize_with(slots.len().max(names.len()), || None);
    for arg in by_name {
        let Some((name, loc)) = keyword(&arg, ins).cloned() else { continue };
        match names.iter().position(|known| *known == name) {
            None => return Err(defined_here(m, func, unexpected(&called(func), &name, loc))),
            Some(index) if slots[index].is_some() => {
                let error = repeated(&called(func), &name, loc);
                return Err(defined_here(m, func, error));
            }
            Some(index) => slots[index] = Some(arg),
        }
    }
    fill(m, func, &names, &mut slots)?;
    args.extend(slots.into_iter().flatten());
    Ok(())
}

fn keyword<'a>(arg: &OpArg, ins: &'a [Arg]) -> Option<&'a (Name, Loc)> {
    match arg {
        OpArg::In(index) => ins[*index].keyword.as_deref(),
        OpArg::Const(..) | OpArg::Converted(..) | OpArg::Nested(_) => None,
    }
}

/// The names of the parameters, `*args` apart; `None` for functions of the compiler.
fn parameter_names(m: &mut Machine<'_>, func: FuncId) -> Result<Option<Vec<Name>>> {
    if let Some(sig) = m.func_sig(func) {
        let simple = sig.params.iter().filter(|param| !param.varargs);
        return Ok(Some(simple.map(|param| param.name.clone()).collect()));
    }
    match func.get() {
        FuncKey::Make(ty) => {
            let fields = m.struct_fields(*ty)?;
            Ok(Some(fields.into_iter().map(|(name, _)| name).collect()))
        }
        _ => Ok(None),
    }
}

/// Fills what was not given with defaults.
fn fill(
    m: &mut Machine<'_>,
    func: FuncId,
    names: &[Name],
    slots: &mut [Option<OpArg>],
) -> Result<()> {
    let sig = m.func_sig(func);
    let defaults = sig.as_ref().map_or(&[][..], |sig| &sig.defaults);
    let required = names.len().saturating_sub(defaults.len());
    let mut missing = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if slots[index].is_some() {
            continue;
        }
        let default = index.checked_sub(required).and_then(|number| defaults.get(number));
        match (default, &sig) {
            (Some((value, expr)), Some(sig)) => {
                let ty = m.type_of(value);
                let node = spy_syntax::ast::Node::Expr(*expr);
                let pos = spy_types::Pos { def: sig.container, node };
                slots[index] = Some(OpArg::Const(value.clone(), ty, pos.into()));
            }
            _ => missing.push(format!("'{name}'")),
        }
    }
    let Some((last, others)) = missing.split_last() else { return Ok(()) };
    let list = match others {
        [] => last.clone(),
        [one] => format!("{one} and {last}"),
        several => format!("{}, and {last}", several.join(", ")),
    };
    let (count, plural) = (missing.len(), if others.is_empty() { "" } else { "s" });
    let error = SpyError::type_error(format!(
        "{}() missing {count} required positional argument{plural}: {list}",
        called(func)
    ));
    Err(defined_here(m, func, error))
}

/// What messages call a function: its own name.
fn called(func: FuncId) -> String {
    if let FuncKey::Make(ty) = func.get() {
        return spy_types::names::ty_human(*ty);
    }
    let human = func_human(func);
    let start = human.rfind("::").map_or(0, |at| at + 2);
    let name = &human[start..];
    name.split('#').next().unwrap_or(name).to_owned()
}

fn unexpected(function: &str, name: &Name, loc: Loc) -> Box<SpyError> {
    SpyError::type_error(format!("{function}() got an unexpected keyword argument '{name}'"))
        .error("there is no such parameter", loc)
}

/// The error for a keyword that a function of the compiler does not have.
pub(crate) fn unknown(function: &str, keyword: &(Name, Loc)) -> Box<SpyError> {
    unexpected(function, &keyword.0, keyword.1)
}

fn repeated(function: &str, name: &Name, loc: Loc) -> Box<SpyError> {
    SpyError::type_error(format!("{function}() got multiple values for argument '{name}'"))
        .error("this parameter has a value already", loc)
}

/// Checks that a call of something whose parameters have no names has no keyword arguments.
///
/// # Errors
/// At the first keyword.
pub(crate) fn refuse(ins: &[Arg], function: &str) -> Result<()> {
    match ins.iter().find_map(|arg| arg.keyword.as_deref()) {
        None => Ok(()),
        Some((_, loc)) => {
            Err(SpyError::type_error(format!("{function}() takes no keyword arguments"))
                .error("arguments are given by position here", *loc))
        }
    }
}
