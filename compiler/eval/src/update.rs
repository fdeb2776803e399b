//! Statements that change a part of an object: `o.a += v`, `o[i] += v`, `del o[i]`.
//!
//! The object and the indices are evaluated once, before the right operand, as in Python.

use crate::arguments::eval_beside;
use crate::attr::{delitem, getitem, setattr, setitem};
use crate::domain::{Domain, Ev};
use crate::expr::{at, eval, get_attr, infos};
use crate::ops::{augmented, called_here};
use spy_syntax::ast::{BinOp, ExprId, MarkId, Node};
use spy_types::{Loc, Name, Pos, Result, ScalarTy, Value};

/// The place of `object.attr` or `object[args]` in the current frame.
fn mark_loc<'db, D: Domain<'db>>(d: &mut D, mark: MarkId) -> Loc {
    let index = d.frame_index();
    Pos { def: d.machine().frame(index).def, node: Node::Mark(mark) }.into()
}

/// `object.attr op= value`; the target is the object, the attribute and their place.
///
/// # Errors
/// Whatever reading, computing or storing reports.
pub fn attr<'db, D: Domain<'db>>(
    d: &mut D,
    op: BinOp,
    (object, attr, mark): (ExprId, &Name, MarkId),
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let object = eval(d, object)?;
    let (object, again) = d.hold(object);
    let here = mark_loc(d, mark);
    let current = get_attr(d, again, attr, here)?;
    let changed = combine(d, op, current, value, pos)?;
    let name = Ev::blue(Value::str(attr.as_str()), ScalarTy::Str.into(), pos);
    let ins = [object, name, changed];
    let found = setattr(d.machine(), &infos(&ins), attr)
        .map_err(|error| called_here(error, "SETATTR", pos.into()))?;
    d.apply(&found, &ins, pos.into())
}

/// `object[args] op= value`; the target is the object, the indices and their place.
///
/// # Errors
/// Whatever reading, computing or storing reports.
pub fn item<'db, D: Domain<'db>>(
    d: &mut D,
    op: BinOp,
    (object, args, mark): (ExprId, &[ExprId], MarkId),
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let mut ins = Vec::with_capacity(args.len() + 2);
    let mut again = Vec::with_capacity(args.len() + 1);
    for id in std::iter::once(&object).chain(args) {
        let ev = eval(d, *id)?;
        let (first, second) = d.hold(ev);
        ins.push(first);
        again.push(second);
    }
    at(d, pos);
    let here = mark_loc(d, mark);
    let found = getitem(d.machine(), &infos(&again))
        .map_err(|error| called_here(error, "GETITEM", here))?;
    let current = d.apply(&found, &again, here)?;
    ins.push(combine(d, op, current, value, pos)?);
    let found = setitem(d.machine(), &infos(&ins))
        .map_err(|error| called_here(error, "SETITEM", pos.into()))?;
    d.apply(&found, &ins, pos.into())
}

fn combine<'db, D: Domain<'db>>(
    d: &mut D,
    op: BinOp,
    current: Ev<D::Red>,
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let right = eval_beside(d, value, current.arg.ty)?;
    let ins = [current, right];
    at(d, pos);
    let found = augmented(d.machine(), op, &infos(&ins), pos.into())?;
    d.apply(&found, &ins, pos.into())
}

/// `del object[args]`.
///
/// # Errors
/// If the type does not support it.
pub fn delete_item<'db, D: Domain<'db>>(
    d: &mut D,
    object: ExprId,
    args: &[ExprId],
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let mut ins = vec![eval(d, object)?];
    for arg in args {
        ins.push(eval(d, *arg)?);
    }
    at(d, pos);
    let found = delitem(d.machine(), &infos(&ins))
        .map_err(|error| called_here(error, "DELITEM", pos.into()))?;
    d.apply(&found, &ins, pos.into())
}
