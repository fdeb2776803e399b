//! Taking values apart: for several targets, and behind a `*`.

use super::display::{item_type, pushed};
use crate::domain::{Arg, Domain, Ev};
use crate::machine::Machine;
use spy_types::names::ty_human;
use spy_types::{BuiltinTy, Name, Result, ScalarTy, SpyError, Value};

/// The method of what has a length that is known at run time only: it gets the number of an item and
/// of all that are expected, and checks that number when it is asked for the first item.
const UNPACK_ITEM: &str = "__unpack_item__";

/// Checks that a value can be unpacked into `expected` targets; gives the number of its items.
///
/// # Errors
/// `does not support unpacking`, `Wrong number of values to unpack`.
pub fn unpack_count(m: &mut Machine<'_>, arg: &Arg, expected: usize) -> Result<usize> {
    let count = if super::is_instance_of_generic(arg.ty, "_tuple", "tuple") {
        Some(m.struct_fields(arg.ty)?.len())
    } else {
        match &arg.value {
            Some(Value::InterpTuple(items)) => Some(items.len()),
            _ if arg.ty.is(BuiltinTy::InterpTuple) => Some(expected),
            _ if m.lookup(arg.ty, UNPACK_ITEM)?.is_some() => Some(expected),
            _ => None,
        }
    };
    let Some(count) = count else {
        let ty = ty_human(arg.ty);
        return Err(SpyError::type_error(format!("`{ty}` does not support unpacking"))
            .error(format!("this is `{ty}`"), arg.loc));
    };
    if count == expected {
        return Ok(count);
    }
    let plural = if count == 1 { "value" } else { "values" };
    Err(SpyError::type_error("Wrong number of values to unpack")
        .error(format!("got {count} {plural}"), arg.loc))
}

/// What can be taken apart as it is, or else a list of what iterating over it yields.
///
/// # Errors
/// Whatever the library reports.
pub fn unpackable<'db, D: Domain<'db>>(d: &mut D, ev: Ev<D::Red>) -> Result<Ev<D::Red>> {
    let (ty, loc) = (item_type(ev.arg.ty), ev.arg.loc);
    let is_text = ty.scalar() == Some(ScalarTy::Str);
    let is_tuple = super::is_instance_of_generic(ty, "_tuple", "tuple");
    let m = d.machine();
    let may_be = (ty.is_struct() || is_text) && !is_tuple;
    if !may_be || m.lookup(ty, UNPACK_ITEM)?.is_some() {
        return Ok(ev);
    }
    if m.lookup(ty, "__fastiter__")?.is_none() && m.lookup(ty, "__iter__")?.is_none() {
        return Ok(ev);
    }
    let item = super::item_type(m, ty, loc)?;
    let made = m.call_library("_list", "list", vec![Value::Type(item)])?;
    let mut ev = ev;
    ev.arg.keyword = Some(crate::keywords::star(loc));
    pushed(d, &made, vec![ev], item, loc)
}

/// Adds the items of the tuple behind a `*` to the operands of a call. What is no tuple is one
/// operand, which is marked as such: how many items it has is known at run time only.
///
/// # Errors
/// Whatever reading the items reports.
pub fn spread<'db, D: Domain<'db>>(
    d: &mut D,
    tuple: Ev<D::Red>,
    ins: &mut Vec<Ev<D::Red>>,
) -> Result<()> {
    let count = match super::tuples::count(d, &tuple.arg)? {
        Some(count) => Some(count),
        None => {
            let known = match &tuple.red {
                Some(red) => d.known_value(red),
                None => tuple.arg.value.clone(),
            };
            match known {
                Some(Value::InterpTuple(items)) => Some(items.len()),
                _ => None,
            }
        }
    };
    let Some(count) = count else {
        let mut tuple = tuple;
        tuple.arg.keyword = Some(crate::keywords::star(tuple.arg.loc));
        ins.push(tuple);
        return Ok(());
    };
    let (first, again) = d.hold(tuple);
    let mut first = Some(first);
    for index in 0..count {
        let tuple = first.take().unwrap_or_else(|| again.clone());
        ins.push(unpack_item(d, &tuple, index)?);
    }
    Ok(())
}

/// Item number `index` of a value that is being unpacked into `count` targets.
///
/// # Errors
/// If it has no such item.
pub fn unpack_target<'db, D: Domain<'db>>(
    d: &mut D,
    ev: &Ev<D::Red>,
    index: usize,
    count: usize,
) -> Result<Ev<D::Red>> {
    if !ev.arg.ty.is_struct() || d.machine().lookup(ev.arg.ty, UNPACK_ITEM)?.is_none() {
        return unpack_item(d, ev, index);
    }
    let loc = ev.arg.loc;
    let number = |number: usize| {
        let number = Value::i32(i32::try_from(number).unwrap_or(i32::MAX));
        Ev::blue(number, ScalarTy::I32.into(), loc)
    };
    let ins = [ev.clone(), number(index), number(count)];
    let infos = crate::expr::infos(&ins);
    let method = Name::new_static(UNPACK_ITEM);
    let op = crate::call::call_method(d.machine(), &infos, &method, loc)?;
    d.apply(&op, &ins, loc)
}

/// Item number `index` of a value that is being unpacked.
///
/// # Errors
/// If it has no such item.
pub fn unpack_item<'db, D: Domain<'db>>(
    d: &mut D,
    ev: &Ev<D::Red>,
    index: usize,
) -> Result<Ev<D::Red>> {
    let loc = ev.arg.loc;
    if ev.arg.ty.is(BuiltinTy::InterpTuple) {
        let number = i32::try_from(index).unwrap_or(i32::MAX);
        let position = Ev::blue(Value::i32(number), ScalarTy::I32.into(), loc);
        let ins = [ev.clone(), position];
        let infos = crate::expr::infos(&ins);
        let op = crate::attr::getitem(d.machine(), &infos)?;
        let mut item = d.apply(&op, &ins, loc)?;
        if let Some(red) = &item.red {
            // The dynamic type of an item is known while the program runs.
            if let Some(value) = d.known_value(red) {
                item.arg.ty = d.machine().type_of(&value);
            }
        }
        return Ok(item);
    }
    let name = Name::from(format!("_item{index}"));
    crate::expr::get_attr(d, ev.clone(), &name, loc)
}
