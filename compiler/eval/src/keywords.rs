//! Keyword arguments: which parameter each is for. Arguments behind a `*` that are no tuples.
//!
//! Operands stay in the order in which they were written, which is the one they are evaluated in. Only
//! the arguments of the checked call, which name operands, are put in the order of the parameters.

use crate::domain::Arg;
use crate::frame::FuncSig;
use crate::machine::Machine;
use crate::opimpl::{OpArg, arg_info, defined_here};
use spy_types::names::{func_human, ty_human};
use spy_types::{FuncId, FuncKey, Loc, Name, Result, SpyError, Ty, Value};
use std::sync::Arc;

/// The keyword that marks what stands behind a `*` and is no tuple.
const STAR: &str = "*";

/// The mark of an argument behind a `*` whose number of items is not known.
pub(crate) fn star(loc: Loc) -> Arc<(Name, Loc)> {
    Arc::new((Name::new_static(STAR), loc))
}

/// Whether an operand was written behind a `*` and is no tuple.
pub(crate) fn is_star(arg: &Arg) -> bool {
    arg.keyword.as_deref().is_some_and(|(name, _)| name == STAR)
}

/// The operands of `function(*items)` as those of `function(items)`, if no other one has a position.
pub(crate) fn one_star(ins: &[Arg]) -> Option<Vec<Arg>> {
    let others = ins.get(2..)?;
    let named = |arg: &Arg| arg.keyword.is_some() && !is_star(arg);
    if !is_star(&ins[1]) || !others.iter().all(named) {
        return None;
    }
    let mut ins = ins.to_vec();
    ins[1].keyword = None;
    Some(ins)
}

/// Whether an argument stands for as many as it has items at run time.
pub(crate) fn is_starred(arg: &OpArg, ins: &[Arg]) -> bool {
    written(arg, ins).is_some_and(|(name, _)| name == STAR)
}

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
    let sig = m.func_sig(func);
    let by_name_only =
        sig.as_ref().is_some_and(|sig| sig.positional_count() < sig.single().count());
    if !by_name_only && !args.iter().any(|arg| written(arg, ins).is_some()) {
        return Ok(());
    }
    let Some(names) = parameter_names(m, func, sig.as_deref().map(|sig| &**sig))? else {
        return refuse(ins, &called(func));
    };
    let (mut given, by_name): (Vec<_>, Vec<_>) =
        args.drain(..).partition(|arg| keyword(arg, ins).is_none());
    let positional = sig.as_ref().map_or(names.len(), |sig| sig.positional_count());
    let has_varargs = m.func_type(func).func().is_some_and(|ty| ty.varargs.is_some());
    if given.len() > positional && !has_varargs && !by_name_only {
        // The wrong number of arguments is reported as such.
        check_stars(&given, usize::MAX, ins)?;
        given.extend(by_name);
        *args = given;
        return Ok(());
    }
    let packs = has_varargs && crate::varargs::packs(m, func)?;
    check_stars(&given, if packs { positional } else { usize::MAX }, ins)?;
    let rest = given.split_off(given.len().min(positional));
    if let (Some(first), Some(last), false) = (rest.first(), rest.last(), has_varargs) {
        let error = too_many(positional, rest.len(), [first, last], ins);
        return Err(defined_here(m, func, error));
    }
    let mut slots: Vec<Option<OpArg>> = given.into_iter().map(Some).collect();
    slots.resize_with(names.len(), || None);
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
    fill(m, func, &names, sig.as_deref().map(|sig| &**sig), &mut slots)?;
    args.extend(slots.into_iter().flatten().chain(rest));
    Ok(())
}

/// Checks that arguments behind a `*` stand where `*args` takes them, which begins at `first`.
fn check_stars(given: &[OpArg], first: usize, ins: &[Arg]) -> Result<()> {
    let early = given.iter().take(first).find(|arg| is_starred(arg, ins));
    match early {
        Some(arg) => Err(not_a_tuple(&arg_info(arg, ins))),
        None => Ok(()),
    }
}

fn not_a_tuple(arg: &Arg) -> Box<SpyError> {
    // A metafunction gets what is known of an argument; the program wrote the argument itself.
    let ty = match &arg.value {
        Some(Value::MetaArg(meta)) => ty_human(meta.ty),
        _ => ty_human(arg.ty),
    };
    SpyError::type_error(format!("argument after * must be a tuple, not `{ty}`"))
        .error(format!("this is `{ty}`"), arg.loc)
}

fn too_many(expected: usize, extra: usize, range: [&OpArg; 2], ins: &[Arg]) -> Box<SpyError> {
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let were = if expected + extra == 1 { "was" } else { "were" };
    let [first, last] = range.map(|arg| arg_info(arg, ins).loc);
    SpyError::type_error(format!(
        "this function takes {expected} positional {} but {} {were} supplied",
        plural(expected),
        expected + extra,
    ))
    .error(format!("{extra} extra {}", plural(extra)), Loc { start: first.start, end: last.end })
}

/// The name that an argument was given by, or the mark of what stands behind a `*`.
fn written<'a>(arg: &OpArg, ins: &'a [Arg]) -> Option<&'a (Name, Loc)> {
    match arg {
        OpArg::In(index) => ins[*index].keyword.as_deref(),
        OpArg::Const(..) | OpArg::Converted(..) | OpArg::Nested(_) | OpArg::Pack(_) => None,
    }
}

fn keyword<'a>(arg: &OpArg, ins: &'a [Arg]) -> Option<&'a (Name, Loc)> {
    written(arg, ins).filter(|(name, _)| name != STAR)
}

/// The names of the parameters, `*args` apart; `None` for functions of the compiler.
fn parameter_names(
    m: &mut Machine<'_>,
    func: FuncId,
    sig: Option<&FuncSig>,
) -> Result<Option<Vec<Name>>> {
    if let Some(sig) = sig {
        return Ok(Some(sig.single().map(|param| param.name.clone()).collect()));
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
    sig: Option<&FuncSig>,
    slots: &mut [Option<OpArg>],
) -> Result<()> {
    let positional = sig.map_or(names.len(), FuncSig::positional_count);
    let mut missing = [Vec::new(), Vec::new()];
    for (index, (name, slot)) in names.iter().zip(slots).enumerate() {
        if slot.is_some() {
            continue;
        }
        let param = sig.and_then(|sig| sig.single().nth(index));
        let default = param.and_then(|param| param.default.as_ref());
        match (default, sig) {
            (Some((value, expr)), Some(sig)) => {
                let ty = m.type_of(value);
                let loc = sig.default_pos(*expr).into();
                *slot = Some(OpArg::Const(value.clone(), ty, loc));
            }
            _ => missing[usize::from(index >= positional)].push(format!("'{name}'")),
        }
    }
    for (kind, missing) in ["positional", "keyword-only"].into_iter().zip(missing) {
        let Some((last, others)) = missing.split_last() else { continue };
        let list = match others {
            [] => last.clone(),
            [one] => format!("{one} and {last}"),
            several => format!("{}, and {last}", several.join(", ")),
        };
        let (count, plural) = (missing.len(), if others.is_empty() { "" } else { "s" });
        let error = SpyError::type_error(format!(
            "{}() missing {count} required {kind} argument{plural}: {list}",
            called(func)
        ));
        return Err(defined_here(m, func, error));
    }
    Ok(())
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
    let by_name = |arg: &&Arg| arg.keyword.is_some();
    let Some(arg) = ins.iter().find(by_name) else { return Ok(()) };
    match arg.keyword.as_deref() {
        Some((name, loc)) if name != STAR => {
            Err(SpyError::type_error(format!("{function}() takes no keyword arguments"))
                .error("arguments are given by position here", *loc))
        }
        _ => Err(not_a_tuple(arg)),
    }
}

/// `int(text, base=2)` as `int(text, 2)`; `None` if it is something else.
pub(crate) fn base_by_position(ty: Ty, ins: &[Arg]) -> Option<Vec<Arg>> {
    let [_, text, base] = ins else { return None };
    let is_base = base.keyword.as_deref().is_some_and(|(name, _)| name == "base");
    if !is_base || text.keyword.is_some() || !ty.scalar()?.is_int() {
        return None;
    }
    let mut ins = ins.to_vec();
    ins[2].keyword = None;
    Some(ins)
}
