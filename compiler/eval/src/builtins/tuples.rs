//! `+`, `*` and slices of tuples. Their results are tuples of other types, so what they select must
//! be known at compile time; no function of the library could say what it returns.

use super::display::tuple_of;
use super::unpack::unpack_item;
use crate::domain::{Arg, Domain, Ev};
use crate::expr::eval;
use spy_syntax::ast::{BinOp, Expr, ExprId};
use spy_types::{BuiltinTy, Loc, Result, ScalarTy, SpyError, Value};

/// The most items that `tuple * n` may have: each is a field of a struct.
const MOST_REPEATED: usize = 1000;

/// The number of items of a value that is a tuple at run time.
///
/// # Errors
/// If the type's definition is broken.
pub fn count<'db, D: Domain<'db>>(d: &mut D, arg: &Arg) -> Result<Option<usize>> {
    if !super::is_instance_of_generic(arg.ty, "_tuple", "tuple") {
        return Ok(None);
    }
    Ok(Some(d.machine().struct_fields(arg.ty)?.len()))
}

/// `left + right` of tuples, `tuple * n`; `None` if the operands are something else.
///
/// # Errors
/// Whatever reading the items reports.
pub fn operator<'db, D: Domain<'db>>(
    d: &mut D,
    op: BinOp,
    ins: &[Ev<D::Red>; 2],
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let [left, right] = ins;
    let Some(size) = count(d, &left.arg)? else { return Ok(None) };
    let mut items = Vec::new();
    match op {
        BinOp::Add => {
            let Some(more) = count(d, &right.arg)? else { return Ok(None) };
            take(d, left, 0..size, &mut items)?;
            take(d, right, 0..more, &mut items)?;
        }
        BinOp::Mul => {
            let Some(times) = right.arg.value.as_ref().and_then(Value::as_i32) else {
                return Ok(None);
            };
            let times = usize::try_from(times).unwrap_or(0);
            if size.saturating_mul(times) > MOST_REPEATED {
                let message = format!("a tuple may not have more than {MOST_REPEATED} items here");
                return Err(SpyError::type_error(message).error("this is too often", right.arg.loc));
            }
            take(d, left, (0..times).flat_map(|_| 0..size), &mut items)?;
        }
        _ => return Ok(None),
    }
    tuple_of(d, items, loc).map(Some)
}

/// `object[start:stop:step]` of a tuple, where `part` is the slice; `None` if they are something else.
///
/// # Errors
/// If the bounds are not known.
pub fn slice<'db, D: Domain<'db>>(
    d: &mut D,
    object: &Ev<D::Red>,
    part: ExprId,
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let Some(size) = count(d, &object.arg)? else { return Ok(None) };
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let Expr::Slice { start, stop, step } = body.expr(part) else { return Ok(None) };
    let start = bound(d, *start)?;
    let stop = bound(d, *stop)?;
    let step = bound(d, *step)?;
    let Some(selected) = selected(size, start, stop, step) else {
        return Err(SpyError::new(spy_types::ExcTy::ValueError, "slice step cannot be zero"));
    };
    let mut items = Vec::with_capacity(selected.len());
    take(d, object, selected, &mut items)?;
    tuple_of(d, items, loc).map(Some)
}

/// A part of a slice of a tuple; `None` if it is not given.
fn bound<'db, D: Domain<'db>>(d: &mut D, part: ExprId) -> Result<Option<i64>> {
    let ev = eval(d, part)?;
    match ev.arg.value.as_ref() {
        Some(Value::None) => Ok(None),
        Some(value) if ev.arg.ty.scalar() == Some(ScalarTy::I32) && value.as_i32().is_some() => {
            Ok(value.as_i32().map(i64::from))
        }
        _ if ev.arg.ty.is(BuiltinTy::NoneType) => Ok(None),
        _ => Err(SpyError::type_error(
            "the bounds of a tuple's slice must be integers that are known at compile time",
        )
        .error("this is not known", ev.arg.loc)),
    }
}

/// The positions that a slice of `size` items selects, as in Python; `None` if the step is 0.
fn selected(
    size: usize,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Option<Vec<usize>> {
    let (size, step) = (i64::try_from(size).ok()?, step.unwrap_or(1));
    let (low, high) = if step < 0 { (-1, size - 1) } else { (0, size) };
    let clamp = |at: i64| (if at < 0 { at + size } else { at }).clamp(low, high);
    let (first, end) = if step < 0 { (high, low) } else { (low, high) };
    let mut at = start.map_or(first, clamp);
    let end = stop.map_or(end, clamp);
    let mut positions = Vec::new();
    while step > 0 && at < end || step < 0 && at > end {
        positions.push(usize::try_from(at).ok()?);
        at += step;
    }
    (step != 0).then_some(positions)
}

/// Adds the items at `positions` to `items`. The tuple is evaluated once.
fn take<'db, D: Domain<'db>>(
    d: &mut D,
    tuple: &Ev<D::Red>,
    positions: impl IntoIterator<Item = usize>,
    items: &mut Vec<Ev<D::Red>>,
) -> Result<()> {
    let (first, again) = d.hold(tuple.clone());
    let mut first = Some(first);
    for position in positions {
        let tuple = first.take().unwrap_or_else(|| again.clone());
        items.push(unpack_item(d, &tuple, position)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::selected;

    #[test]
    fn a_slice_selects_what_it_selects_in_python() {
        let all = |start, stop, step| selected(5, start, stop, step);
        assert_eq!(all(None, None, None), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(all(Some(1), Some(-1), None), Some(vec![1, 2, 3]));
        assert_eq!(all(None, None, Some(-2)), Some(vec![4, 2, 0]));
        assert_eq!(all(Some(-100), Some(100), Some(3)), Some(vec![0, 3]));
        assert_eq!(all(Some(3), Some(1), None), Some(vec![]));
        assert_eq!(all(Some(1), None, Some(-1)), Some(vec![1, 0]));
        assert_eq!(all(None, None, Some(0)), None);
    }
}
