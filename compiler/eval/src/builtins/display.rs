//! List, tuple, set and slice displays.

use super::runtime_fn;
use crate::convert::Context;
use crate::domain::{Arg, Domain, Ev};
use crate::expr::eval;
use crate::machine::Machine;
use crate::opimpl::{convert_ev, lift};
use crate::optional;
use spy_prim::{BinKind, ScalarTy};
use spy_syntax::ast::{Expr, ExprId};
use spy_types::names::ty_human;
use spy_types::{BuiltinTy, FuncId, Loc, Result, SpyError, Ty, TyKey, Value};

/// The type that items of static type `ty` have in a collection.
pub(crate) fn item_type(ty: Ty) -> Ty {
    match ty.pointer() {
        // A ref is a way to a value; a collection holds values.
        Some((true, _, item)) => item,
        _ => ty,
    }
}

fn union_of(m: &mut Machine<'_>, items: &[Arg]) -> Ty {
    if let Some(number) = common_number(items) {
        return number;
    }
    if let Some(optional) = common_optional(m, items) {
        return optional;
    }
    let mut types = items.iter().map(|arg| item_type(arg.ty));
    let first = types.next().unwrap_or_else(|| BuiltinTy::Object.into());
    types.fold(first, |union, ty| {
        if becomes(ty, union) {
            union
        } else if becomes(union, ty) {
            ty
        } else {
            union.union(ty)
        }
    })
}

/// The type of values some of which are `None`: `[1, None]`.
fn common_optional(m: &mut Machine<'_>, items: &[Arg]) -> Option<Ty> {
    let none = Ty::from(BuiltinTy::NoneType);
    if !items.iter().any(|item| item.ty == none || optional::item(item.ty).is_some()) {
        return None;
    }
    let values = items.iter().filter(|item| item.ty != none);
    let values = values.map(|arg| Arg::red(optional::item(arg.ty).unwrap_or(arg.ty), arg.loc));
    let values: Vec<Arg> = values.collect();
    let loc = values.first()?.loc;
    let value = union_of(m, &values);
    let is_empty = value.is(BuiltinTy::EmptyList) || value.is(BuiltinTy::EmptyDict);
    if is_empty || compile_time_item(value) {
        return None;
    }
    optional::joined(m, value, none, loc)
}

/// The type of numbers that holds numbers of several types without loss: `[1, 2.5]`.
fn common_number(items: &[Arg]) -> Option<Ty> {
    let mut numbers = items
        .iter()
        .map(|arg| arg.ty.scalar().filter(|scalar| scalar.is_int() || scalar.is_float()));
    let first = numbers.next()??;
    let both = |one, other: Option<ScalarTy>| {
        spy_prim::binop(BinKind::Add, one, other?).map(|(_, operand)| operand)
    };
    Some(numbers.try_fold(first, both)?.into())
}

/// Whether `empty` is the type of `[]` or `{}`, and `ty` that of lists or dictionaries.
fn becomes(empty: Ty, ty: Ty) -> bool {
    if empty.is(BuiltinTy::EmptyList) {
        return matches!(ty.get(), TyKey::InterpList(_))
            || super::is_instance_of_generic(ty, "_list", "list");
    }
    empty.is(BuiltinTy::EmptyDict)
        && (matches!(ty.get(), TyKey::InterpDict(..))
            || super::is_instance_of_generic(ty, "_dict", "dict"))
}

/// Whether values of the type exist at compile time only, so that their collections do too.
pub(crate) fn compile_time_item(ty: Ty) -> bool {
    ty.is_subclass(BuiltinTy::Type.into())
        || ty.is(BuiltinTy::Object)
        || ty.is(BuiltinTy::MetaArg)
        || ty.is(BuiltinTy::Dynamic)
        || ty.func().is_some_and(|func| !func.is_value())
}

/// The type of items where `wanted` is what was asked for: that, if all of them become it.
pub(super) fn item_type_of<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[Ev<D::Red>],
    wanted: Option<Ty>,
) -> Result<Ty> {
    let items = items.iter().map(|ev| added(d.machine(), &ev.arg)).collect::<Result<Vec<_>>>()?;
    let Some(wanted) = wanted else { return Ok(union_of(d.machine(), &items)) };
    let fits = |item: &Arg| {
        let context = Context::Argument(None);
        crate::convert::convert(d.machine(), wanted, item, &context).is_ok()
    };
    Ok(if items.iter().all(fits) { wanted } else { union_of(d.machine(), &items) })
}

/// What an operand adds to a collection: itself, or each item of what stands behind a `*`.
fn added(m: &mut Machine<'_>, arg: &Arg) -> Result<Arg> {
    if !crate::keywords::is_star(arg) {
        return Ok(arg.clone());
    }
    let item = super::item_type(m, item_type(arg.ty), arg.loc)?;
    Ok(Arg::red(item, arg.loc))
}

/// The items of a display. What stands behind a `*` is as many as it has, or marked if only run time
/// knows how many.
fn eval_items<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[ExprId],
    wanted: Option<Ty>,
) -> Result<Vec<Ev<D::Red>>> {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let mut evs = Vec::with_capacity(items.len());
    for item in items {
        let Expr::Starred(value) = body.expr(*item) else {
            evs.push(eval_item(d, *item, wanted)?);
            continue;
        };
        let all = eval(d, *value)?;
        if !all.arg.ty.is(BuiltinTy::EmptyList) && !all.arg.ty.is(BuiltinTy::EmptyDict) {
            super::unpack::spread(d, all, &mut evs)?;
        }
    }
    Ok(evs)
}

/// Items of a collection that exists at compile time, or of a tuple, whose number has to be known.
fn refuse_stars<R>(evs: &[Ev<R>], what: &str) -> Result<()> {
    let Some(ev) = evs.iter().find(|ev| crate::keywords::is_star(&ev.arg)) else { return Ok(()) };
    let ty = ty_human(item_type(ev.arg.ty));
    Err(SpyError::type_error(format!("{what} cannot have the items of `{ty}`"))
        .error("how many there are is known at run time only", ev.arg.loc))
}

/// An item where a value of type `wanted` was asked for.
pub(super) fn eval_item<'db, D: Domain<'db>>(
    d: &mut D,
    item: ExprId,
    wanted: Option<Ty>,
) -> Result<Ev<D::Red>> {
    match wanted {
        Some(wanted) => crate::expr::eval_as(d, item, wanted),
        None => eval(d, item),
    }
}

/// `[items]`, where a value of type `wanted` was asked for.
///
/// # Errors
/// Whatever the items report.
pub fn list<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[ExprId],
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let wanted = wanted.and_then(|ty| super::generic_args(ty, "_list", "list")?.first().copied());
    let evs = eval_items(d, items, wanted)?;
    if evs.is_empty() {
        let ty = BuiltinTy::EmptyList.into();
        let red = d.constant(&Value::EmptyList, ty, loc)?;
        return Ok(Ev::red(red, ty, loc));
    }
    let item = item_type_of(d, &evs, wanted)?;
    if item.is(BuiltinTy::EmptyList) || item.is(BuiltinTy::EmptyDict) {
        return Err(SpyError::type_error("the type of the list's items is not known")
            .error("this holds empty displays only", loc)
            .help("say what is in it: `xs: list[list[T]] = [[]]`"));
    }
    if compile_time_item(item) {
        refuse_stars(&evs, "a list of values that exist at compile time only")?;
        let item =
            if item.is_subclass(BuiltinTy::Type.into()) { BuiltinTy::Type.into() } else { item };
        let mut reds = Vec::with_capacity(evs.len());
        for ev in &evs {
            reds.push(lift(d, ev)?);
        }
        let ty = Ty::new(TyKey::InterpList(item));
        let red = d.call(runtime_fn("__spy__::make_list"), reds, ty, loc)?;
        return Ok(Ev::red(red, ty, loc));
    }
    let made = d.machine().call_library("_list", "list", vec![Value::Type(item)])?;
    pushed(d, &made, evs, item, loc)
}

/// A collection of type `made` with values that become `item`s.
pub(super) fn pushed<'db, D: Domain<'db>>(
    d: &mut D,
    made: &Value,
    evs: Vec<Ev<D::Red>>,
    item: Ty,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let (ty, new, push) = collection(d.machine(), made, "new")?;
    let mut red = d.call(new, Vec::new(), ty, loc)?;
    for ev in evs {
        let is_star = crate::keywords::is_star(&ev.arg);
        let wanted = if is_star { item_type(ev.arg.ty) } else { item };
        let ev = convert_ev(d, ev, wanted, &Context::Argument(None))?;
        let value = lift(d, &ev)?;
        let add = if is_star { adder(d.machine(), ty, wanted)? } else { push };
        red = d.call(add, vec![red, value], ty, loc)?;
    }
    Ok(Ev::red(red, ty, loc))
}

/// The function that adds all items of `items` to a collection.
fn adder(m: &mut Machine<'_>, collection: Ty, items: Ty) -> Result<FuncId> {
    let types = vec![Value::Type(collection), Value::Type(items)];
    match m.call_library("_varargs", "added", types)? {
        Value::Func(func) => Ok(func),
        _ => Err(SpyError::type_error("the standard library's collections are broken")),
    }
}

/// `{items}`, where a value of type `wanted` was asked for.
///
/// # Errors
/// Whatever the items report.
pub fn set<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[ExprId],
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let wanted = wanted.and_then(|ty| super::generic_args(ty, "_set", "set")?.first().copied());
    let evs = eval_items(d, items, wanted)?;
    if evs.is_empty() {
        return Err(SpyError::type_error("the type of the set's items is not known")
            .error("this has no items that would say it", loc));
    }
    let item = item_type_of(d, &evs, wanted)?;
    let made = d.machine().call_library("_set", "set", vec![Value::Type(item)])?;
    pushed(d, &made, evs, item, loc)
}

/// A collection type with the functions that make an empty one and add to it.
pub(crate) fn collection(
    m: &mut Machine<'_>,
    made: &Value,
    maker: &str,
) -> Result<(Ty, FuncId, FuncId)> {
    let broken = || SpyError::type_error("the standard library's collections are broken");
    let Value::Type(ty) = made else { return Err(broken()) };
    let new = match m.lookup(*ty, maker)? {
        Some(Value::Func(func)) => Some(func),
        _ => m.sibling(*ty, maker)?,
    };
    let push = match m.lookup(*ty, "_push")? {
        Some(Value::Func(func)) => Some(func),
        _ => None,
    };
    match (new, push) {
        (Some(new), Some(push)) => Ok((*ty, new, push)),
        _ => Err(broken()),
    }
}

/// `(items)`, where a value of type `wanted` was asked for.
///
/// # Errors
/// Whatever the items report.
pub fn tuple<'db, D: Domain<'db>>(
    d: &mut D,
    items: &[ExprId],
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let wanted = wanted
        .and_then(|ty| super::generic_args(ty, "_tuple", "tuple"))
        .filter(|types| types.len() == items.len());
    let Some(wanted) = wanted.filter(|_| !has_star(d, items)) else {
        let evs = eval_items(d, items, None)?;
        refuse_stars(&evs, "a tuple")?;
        return tuple_of(d, evs, loc);
    };
    let mut evs = Vec::with_capacity(items.len());
    for (item, wanted) in items.iter().zip(wanted) {
        let mut ev = eval_item(d, *item, Some(wanted))?;
        if item_type_of(d, std::slice::from_ref(&ev), Some(wanted))? == wanted {
            ev = convert_ev(d, ev, wanted, &Context::Argument(None))?;
        }
        evs.push(ev);
    }
    tuple_of(d, evs, loc)
}

fn has_star<'db, D: Domain<'db>>(d: &mut D, items: &[ExprId]) -> bool {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    items.iter().any(|item| matches!(body.expr(*item), Expr::Starred(_)))
}

/// A tuple of what has been evaluated.
pub(super) fn tuple_of<'db, D: Domain<'db>>(
    d: &mut D,
    evs: Vec<Ev<D::Red>>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let types: Vec<Ty> = evs.iter().map(|ev| item_type(ev.arg.ty)).collect();
    let known = evs.iter().all(|ev| ev.arg.is_blue());
    if types.iter().any(|ty| compile_time_item(*ty)) {
        let ty = BuiltinTy::InterpTuple.into();
        if known {
            let values: Vec<Value> = evs.into_iter().filter_map(|ev| ev.arg.value).collect();
            return Ok(Ev::blue(Value::InterpTuple(values.into()), ty, loc));
        }
        let mut reds = Vec::with_capacity(evs.len());
        for ev in &evs {
            reds.push(lift(d, ev)?);
        }
        let red = d.call(runtime_fn("__spy__::make_tuple"), reds, ty, loc)?;
        return Ok(Ev::red(red, ty, loc));
    }
    let args = types.iter().map(|ty| Value::Type(*ty)).collect();
    let made = d.machine().call_library("_tuple", "tuple", args)?;
    let Value::Type(ty) = made else {
        return Err(SpyError::type_error("the standard library's tuples are broken"));
    };
    let mut reds = Vec::with_capacity(evs.len());
    for (ev, item) in evs.into_iter().zip(&types) {
        let ev = convert_ev(d, ev, *item, &Context::Argument(None))?;
        reds.push(lift(d, &ev)?);
    }
    let make = FuncId::new(spy_types::FuncKey::Make(ty));
    let red = d.call(make, reds, ty, loc)?;
    Ok(Ev::red(red, ty, loc))
}

/// The operands of `object[i, j]`, with `trailing` values to be stored there behind the indices.
/// Several indices are one key, a tuple, for a `method` which takes one.
///
/// # Errors
/// Whatever making the tuple reports.
pub fn pack_key<'db, D: Domain<'db>>(
    d: &mut D,
    mut ins: Vec<Ev<D::Red>>,
    method: &'static str,
    trailing: usize,
    loc: Loc,
) -> Result<Vec<Ev<D::Red>>> {
    let keys = ins.len() - 1 - trailing;
    if keys < 2 || !takes_one_key(d.machine(), ins[0].arg.ty, method, trailing)? {
        return Ok(ins);
    }
    let values = ins.split_off(1 + keys);
    let items = ins.split_off(1);
    ins.push(tuple_of(d, items, loc)?);
    ins.extend(values);
    Ok(ins)
}

fn takes_one_key(
    m: &mut Machine<'_>,
    object: Ty,
    method: &'static str,
    trailing: usize,
) -> Result<bool> {
    let Some(Value::Func(func)) = m.lookup(object, method)? else { return Ok(false) };
    if crate::opimpl::is_metafunc(m, func) {
        return Ok(false);
    }
    let takes = |params: &[crate::frame::Param]| {
        params.len() == 2 + trailing && params.iter().all(|param| !param.varargs)
    };
    Ok(m.func_sig(func).is_some_and(|sig| takes(&sig.params)))
}

/// `start:stop:step`.
///
/// # Errors
/// If a part is neither an i32 nor None.
pub fn slice<'db, D: Domain<'db>>(
    d: &mut D,
    parts: [Ev<D::Red>; 3],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let ty = d.machine().library_type("_slice", "Slice")?;
    let callee = Ev::blue(Value::Type(ty), ty.metatype(), loc);
    let [start, stop, step] = parts;
    let ins = [callee, start, stop, step];
    let infos = crate::expr::infos(&ins);
    let op = crate::call::call(d.machine(), &infos, loc)?;
    d.apply(&op, &ins, loc)
}
