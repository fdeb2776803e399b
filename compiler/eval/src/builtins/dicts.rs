//! Displays of dicts, and what names become a part of one: `dict(a=1)`, `d.update(a=1)`.

use super::display::{collection, compile_time_item, eval_item, item_type_of};
use super::runtime_fn;
use crate::attr::ModuleAttr;
use crate::call::call;
use crate::convert::Context;
use crate::domain::{Arg, Domain, Ev};
use crate::expr::{eval, infos};
use crate::keywords::is_star;
use crate::machine::Machine;
use crate::opimpl::{convert_ev, lift};
use spy_syntax::ast::{Expr, ExprId};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, FuncId, FuncKey, Loc, Name, Result, ScalarTy, SpyError, Ty, TyKey, Value,
};

/// What a dict is made of.
enum Entry<R> {
    One(Ev<R>, Ev<R>),
    /// All that is in another dict, and the types of its keys and values.
    All(Ev<R>, [Ty; 2]),
}

/// `{key: value, **other}`, where a value of type `wanted` was asked for.
///
/// # Errors
/// Whatever the items report.
pub fn dict<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[(ExprId, ExprId)],
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let wanted = wanted.and_then(|ty| super::generic_args(ty, "_dict", "dict"));
    let wanted = [0, 1].map(|index| wanted.as_ref().and_then(|types| types.get(index)).copied());
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let mut entries = Vec::with_capacity(items.len());
    for (key, value) in items {
        if let Expr::Starred(other) = body.expr(*key) {
            let other = eval(d, *other)?;
            entries.extend(all_of(other)?);
            continue;
        }
        let key = eval_item(d, *key, wanted[0])?;
        entries.push(Entry::One(key, eval_item(d, *value, wanted[1])?));
    }
    if entries.is_empty() {
        let ty = BuiltinTy::EmptyDict.into();
        let red = d.constant(&Value::EmptyDict, ty, loc)?;
        return Ok(Ev::red(red, ty, loc));
    }
    dict_of(d, entries, wanted, loc)
}

/// What is in a dict; nothing, if that is an empty display.
fn all_of<R>(other: Ev<R>) -> Result<Option<Entry<R>>> {
    let ty = other.arg.ty;
    if ty.is(BuiltinTy::EmptyDict) {
        return Ok(None);
    }
    let item = super::display::item_type(ty);
    let types = super::generic_args(item, "_dict", "dict")
        .or_else(|| super::generic_args(item, "_defaultdict", "defaultdict"));
    match types.as_deref() {
        Some([key, value]) => Ok(Some(Entry::All(other, [*key, *value]))),
        _ => {
            let message = format!("argument after ** must be a dict, not `{}`", ty_human(item));
            let this = format!("this is `{}`", ty_human(item));
            Err(SpyError::type_error(message).error(this, other.arg.loc))
        }
    }
}

/// `dict(name=value)` and `dict(other, name=value)`, with operands evaluated; `None` if they are something else.
///
/// # Errors
/// Whatever the items report.
pub fn dict_by_name<'db, D: Domain<'db>>(
    d: &mut D,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let is_dict = matches!(&ins[0].arg.value, Some(Value::Func(func)) if is_dict(*func));
    if !is_dict {
        return Ok(None);
    }
    match entries_of(d, ins[0].clone(), &ins[1..], loc)? {
        Some(entries) => dict_of(d, entries, [None; 2], loc).map(Some),
        None => Ok(None),
    }
}

fn is_dict(func: FuncId) -> bool {
    matches!(func.get(), FuncKey::Def { def, .. }
        if def.module == "_dict" && def.path.0 == "dict")
}

/// The operands of a call of a method; those of `d.update(name=value)` are the dict and one of what is named.
///
/// # Errors
/// Whatever the items report.
pub fn update_by_name<'db, D: Domain<'db>>(
    d: &mut D,
    mut ins: Vec<Ev<D::Red>>,
    method: &Name,
    loc: Loc,
) -> Result<Vec<Ev<D::Red>>> {
    if method != "update" || !ins.iter().any(|ev| ev.arg.keyword.is_some()) {
        return Ok(ins);
    }
    let Some(types) = super::generic_args(ins[0].arg.ty, "_dict", "dict") else { return Ok(ins) };
    let wanted = [0, 1].map(|index| types.get(index).copied());
    let found = d.machine().module_attr(&Name::new_static("_dict"), &Name::new_static("dict"))?;
    let Some(ModuleAttr::Value(generic)) = found else { return Ok(ins) };
    let ty = d.machine().type_of(&generic);
    if let Some(entries) = entries_of(d, Ev::blue(generic, ty, loc), &ins[1..], loc)? {
        ins.truncate(1);
        ins.push(dict_of(d, entries, wanted, loc)?);
    }
    Ok(ins)
}

/// What `dict` is to be made of: of something with a position, if there is any, and of what has names. `None` if no
/// operand has a name.
fn entries_of<'db, D: Domain<'db>>(
    d: &mut D,
    dict: Ev<D::Red>,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Option<Vec<Entry<D::Red>>>> {
    let named = match ins {
        [first, named @ ..] if first.arg.keyword.is_none() => named,
        _ => ins,
    };
    let has_name = |ev: &Ev<D::Red>| ev.arg.keyword.is_some() && !is_star(&ev.arg);
    if named.is_empty() || !named.iter().all(has_name) {
        return Ok(None);
    }
    let mut entries = Vec::with_capacity(ins.len());
    if named.len() < ins.len() {
        let operands = [dict, ins[0].clone()];
        let found = call(d.machine(), &infos(&operands), loc)?;
        let made = d.apply(&found, &operands, loc)?;
        entries.extend(all_of(made)?);
    }
    for ev in named {
        let Some(name) = ev.arg.keyword.as_deref() else { continue };
        let key = Ev::blue(Value::str(name.0.as_str()), ScalarTy::Str.into(), name.1);
        let arg = Arg { keyword: None, ..ev.arg.clone() };
        entries.push(Entry::One(key, Ev { arg, red: ev.red.clone() }));
    }
    Ok(Some(entries))
}

/// The types of the keys and of the values of a dict, where these were asked for.
fn types_of<'db, D: Domain<'db>>(
    d: &mut D,
    entries: &[Entry<D::Red>],
    wanted: [Option<Ty>; 2],
) -> Result<[Ty; 2]> {
    let mut keys = Vec::with_capacity(entries.len());
    let mut values = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            Entry::One(key, value) => {
                keys.push(key.clone());
                values.push(value.clone());
            }
            Entry::All(other, [key, value]) => {
                let typed =
                    |ty: Ty| Ev { arg: Arg::red(ty, other.arg.loc), red: other.red.clone() };
                keys.push(typed(*key));
                values.push(typed(*value));
            }
        }
    }
    Ok([item_type_of(d, &keys, wanted[0])?, item_type_of(d, &values, wanted[1])?])
}

/// A dict of what has been evaluated, where keys and values of the `wanted` types were asked for.
fn dict_of<'db, D: Domain<'db>>(
    d: &mut D,
    entries: Vec<Entry<D::Red>>,
    wanted: [Option<Ty>; 2],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let [key_ty, value_ty] = types_of(d, &entries, wanted)?;
    if compile_time_item(value_ty) || compile_time_item(key_ty) {
        return compile_time_dict(d, &entries, [key_ty, value_ty], loc);
    }
    let args = vec![Value::Type(key_ty), Value::Type(value_ty)];
    let made = d.machine().call_library("_dict", "dict", args)?;
    let (ty, new, push) = collection(d.machine(), &made, "__new__")?;
    let mut red = d.call(new, Vec::new(), ty, loc)?;
    for entry in entries {
        let (function, args) = match entry {
            Entry::One(key, value) => {
                let key = convert_ev(d, key, key_ty, &Context::Argument(None))?;
                let value = convert_ev(d, value, value_ty, &Context::Argument(None))?;
                (push, vec![red, lift(d, &key)?, lift(d, &value)?])
            }
            Entry::All(other, _) => {
                let other_ty = super::display::item_type(other.arg.ty);
                let other = convert_ev(d, other, other_ty, &Context::Argument(None))?;
                (merger(d.machine(), ty, other_ty)?, vec![red, lift(d, &other)?])
            }
        };
        red = d.call(function, args, ty, loc)?;
    }
    Ok(Ev::red(red, ty, loc))
}

/// A dict of values that exist at compile time only.
fn compile_time_dict<'db, D: Domain<'db>>(
    d: &mut D,
    entries: &[Entry<D::Red>],
    [key_ty, value_ty]: [Ty; 2],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let value_ty = if value_ty.is_subclass(BuiltinTy::Type.into()) {
        BuiltinTy::Type.into()
    } else {
        value_ty
    };
    let mut reds = Vec::with_capacity(entries.len() * 2);
    for entry in entries {
        let Entry::One(key, value) = entry else {
            let message =
                "a dict of values that exist at compile time only cannot have the items of another";
            return Err(SpyError::type_error(message).error("", loc));
        };
        reds.push(lift(d, key)?);
        reds.push(lift(d, value)?);
    }
    let ty = Ty::new(TyKey::InterpDict(key_ty, value_ty));
    let red = d.call(runtime_fn("__spy__::make_dict"), reds, ty, loc)?;
    Ok(Ev::red(red, ty, loc))
}

/// The function that adds all items of an `other` to a dict.
fn merger(m: &mut Machine<'_>, dict: Ty, other: Ty) -> Result<FuncId> {
    let types = vec![Value::Type(dict), Value::Type(other)];
    match m.call_library("_dict_maker", "_merged", types)? {
        Value::Func(func) => Ok(func),
        _ => Err(SpyError::type_error("the standard library's dicts are broken")),
    }
}
