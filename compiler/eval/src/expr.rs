//! Expressions, in any domain.

use crate::attr;
use crate::call;
use crate::convert::{Context, convert};
use crate::domain::{Arg, Domain, Ev};
use crate::machine::{Machine, deep};
use crate::names::undefined;
use crate::opimpl::{OpImpl, convert_ev};
use crate::ops::{self, called_here};
use spy_prim::{Scalar, ScalarTy};
use spy_scope::{Storage, VarKind};
use spy_syntax::ast::{CmpOp, Expr, ExprId, Ident, Literal, Node};
use spy_types::{BuiltinTy, ExcTy, FuncKey, Loc, Name, Pos, Result, SpyError, Ty, Value};
use std::rc::Rc;

pub use crate::arguments::{eval_as, eval_wanted};
use crate::arguments::{eval_call, is_long};
use crate::logical;
pub use crate::logical::eval_condition;
pub use crate::names::{eval_name_at, node_loc, uninitialized};

/// Position of an expression of the current frame.
pub fn expr_pos<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Pos {
    let index = d.frame_index();
    Pos { def: d.machine().frame(index).def, node: Node::Expr(id) }
}

/// Evaluates an expression.
///
/// # Errors
/// Whatever is wrong with it, or what it raises.
pub fn eval<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Result<Ev<D::Red>> {
    eval_by(d, id, eval_kind)
}

/// Evaluates an expression by what `evaluate` takes it to mean, and lets everybody know.
pub(crate) fn eval_by<'db, D: Domain<'db>>(
    d: &mut D,
    id: ExprId,
    evaluate: impl FnOnce(&mut D, &Expr, Pos) -> Result<Ev<D::Red>>,
) -> Result<Ev<D::Red>> {
    d.machine().step()?;
    let pos = expr_pos(d, id);
    let index = d.frame_index();
    d.machine().frame(index).pos = Some(pos);
    let body = d.machine().frame(index).body.clone();
    let ev = deep(|| evaluate(d, body.expr(id), pos))?;
    d.evaluated(pos, ev.arg.color);
    if let Some(recording) = &mut d.machine().recording {
        recording.note_expr(pos, &ev.arg);
    }
    Ok(ev)
}

pub(crate) fn eval_kind<'db, D: Domain<'db>>(
    d: &mut D,
    expr: &Expr,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let loc = Loc::from(pos);
    match expr {
        Expr::Auto => Err(SpyError::type_error("a type is missing here").error("", loc)),
        Expr::Name(name) => eval_name_at(d, name, pos),
        Expr::Literal(literal) => eval_literal(literal, loc),
        Expr::BinOp { op, left, right } => {
            let ins = eval_pair(d, *left, *right)?;
            at(d, pos);
            if let Some(tuple) = crate::builtins::tuples::operator(d, *op, &ins, loc)? {
                return Ok(tuple);
            }
            let found = found(d, pos, 0, &ins, |m, ins| ops::binop(m, *op, ins, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::CmpOp { op, left, right } => {
            let ins = eval_pair(d, *left, *right)?;
            at(d, pos);
            let found = found(d, pos, 0, &ins, |m, ins| ops::cmpop(m, *op, ins, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::Chain { first, rest } => {
            let left = eval(d, *first)?;
            chain(d, left, rest, pos)
        }
        Expr::UnaryOp { op, value } => {
            let ins = [eval(d, *value)?];
            at(d, pos);
            let found = found(d, pos, 0, &ins, |m, ins| ops::unary(m, *op, ins, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::And(left, right) => logical::value(d, true, [*left, *right], loc),
        Expr::Or(left, right) => logical::value(d, false, [*left, *right], loc),
        Expr::IfExp { then, test, orelse } => {
            crate::arguments::conditional(d, [*test, *then, *orelse], None, loc)
        }
        Expr::GetItem { value, args } => {
            let object = eval(d, *value)?;
            if let [part] = args.as_slice()
                && let Some(tuple) = crate::builtins::tuples::slice(d, &object, *part, loc)?
            {
                return Ok(tuple);
            }
            let ins = match args.as_slice() {
                [params, ret] if is_callable(&object) => {
                    vec![object, types(d, *params)?, eval(d, *ret)?]
                }
                _ => eval_rest(d, object, args)?,
            };
            at(d, pos);
            let ins = crate::builtins::display::pack_key(d, ins, "__getitem__", 0, loc)?;
            let found = found(d, pos, 0, &ins, |m, ins| {
                attr::getitem(m, ins).map_err(|error| called_here(error, "GETITEM", loc))
            })?;
            d.apply(&found, &ins, loc)
        }
        Expr::GetAttr { value, attr } => {
            let object = eval(d, *value)?;
            at(d, pos);
            let ins = [object, Ev::blue(Value::str(attr.as_str()), ScalarTy::Str.into(), loc)];
            let found = found(d, pos, 0, &ins, |m, ins| find_attr(m, ins, attr, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::Call { func, args } => {
            if let Some(ev) = crate::comprehension::consumed(d, *func, args, loc)? {
                return Ok(ev);
            }
            let ins = eval_call(d, *func, None, args)?;
            at(d, pos);
            if let Some(dict) = crate::builtins::dicts::dict_by_name(d, &ins, loc)? {
                return Ok(dict);
            }
            let found = found(d, pos, 0, &ins, |m, ins| call::call(m, ins, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::CallMethod { target, method, args, .. } => {
            let ins = eval_call(d, *target, Some(&method.name), args)?;
            at(d, pos);
            let method = &method.name;
            let ins = crate::builtins::dicts::update_by_name(d, ins, method, loc)?;
            let found = found(d, pos, 0, &ins, |m, ins| call::call_method(m, ins, method, loc))?;
            d.apply(&found, &ins, loc)
        }
        Expr::List(items) => crate::builtins::display::list(d, items, None, loc),
        Expr::Tuple(items) => crate::builtins::display::tuple(d, items, None, loc),
        Expr::Dict(items) => crate::builtins::dicts::dict(d, items, None, loc),
        Expr::Set(items) => crate::builtins::display::set(d, items, None, loc),
        Expr::JoinedStr(parts) => crate::fstring::joined(d, parts, loc),
        Expr::FormattedValue { value, conversion, spec } => {
            crate::fstring::formatted(d, *value, *conversion, *spec, loc)
        }
        Expr::Slice { start, stop, step } => {
            let parts = [eval(d, *start)?, eval(d, *stop)?, eval(d, *step)?];
            at(d, pos);
            crate::builtins::display::slice(d, parts, loc)
        }
        // Calls handle these two; the parser lets them stand nowhere else.
        Expr::Keyword { value, .. } | Expr::Starred(value) => eval(d, *value),
        Expr::AssignExpr { target, value } => assign_expr(d, target, *value, loc),
        Expr::Comprehension(made) => crate::comprehension::value(d, made, None, loc),
        Expr::Lambda(def) if def.body.is_local_def() => crate::local_def::value(d, def, loc),
        Expr::Lambda(def) => crate::lambda::value(d, def, loc),
        Expr::Block { body, value } => d.block(body, *value, loc),
    }
}

/// Says that the current frame is at `pos` again.
pub fn at<'db, D: Domain<'db>>(d: &mut D, pos: Pos) {
    let index = d.frame_index();
    d.machine().frame(index).pos = Some(pos);
}

/// What is known about evaluated operands.
pub fn infos<R>(ins: &[Ev<R>]) -> Vec<Arg> {
    ins.iter().map(|ev| ev.arg.clone()).collect()
}

/// An operand that is evaluated, and those after it.
fn eval_rest<'db, D: Domain<'db>>(
    d: &mut D,
    first: Ev<D::Red>,
    rest: &[ExprId],
) -> Result<Vec<Ev<D::Red>>> {
    let mut ins = Vec::with_capacity(rest.len() + 1);
    ins.push(first);
    for arg in rest {
        ins.push(eval(d, *arg)?);
    }
    Ok(ins)
}

/// Whether an object is `typing.Callable`, whose first argument is written as a list.
fn is_callable<R>(object: &Ev<R>) -> bool {
    matches!(&object.arg.value, Some(Value::Func(func))
        if matches!(func.get(), FuncKey::Blue(name) if name == "typing::Callable"))
}

/// A list display of types as a compile-time tuple; anything else as it is.
fn types<'db, D: Domain<'db>>(d: &mut D, list: ExprId) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let Expr::List(items) = body.expr(list) else { return eval(d, list) };
    let types = items.iter().map(|item| eval_type(d, *item).map(Value::Type));
    let value = Value::InterpTuple(types.collect::<Result<_>>()?);
    Ok(Ev::blue(value, BuiltinTy::InterpTuple.into(), expr_pos(d, list)))
}

/// `left op operand op operand ...`: true if all comparisons are.
fn chain<'db, D: Domain<'db>>(
    d: &mut D,
    left: Ev<D::Red>,
    rest: &[(CmpOp, ExprId)],
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let Some(((op, operand), rest)) = rest.split_first() else { return Ok(left) };
    let right = eval(d, *operand)?;
    at(d, pos);
    let loc = Loc { start: left.arg.loc.start, end: right.arg.loc.end };
    let (right, again) = if rest.is_empty() {
        (right, None)
    } else {
        let (right, again) = d.hold(right);
        (right, Some(again))
    };
    let holds = eval_compare(d, *op, &[left, right], loc)?;
    let holds = convert_ev(d, holds, ScalarTy::Bool.into(), &Context::Condition)?;
    match again {
        None => Ok(holds),
        Some(again) => {
            d.short_circuit(true, holds, |d| deep(|| chain(d, again, rest, pos)), pos.into())
        }
    }
}

fn eval_compare<'db, D: Domain<'db>>(
    d: &mut D,
    op: CmpOp,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let found = ops::cmpop(d.machine(), op, &infos(ins), loc)?;
    d.apply(&found, ins, loc)
}

/// `object.attr`, with the object evaluated.
///
/// # Errors
/// If there is no such attribute.
pub fn get_attr<'db, D: Domain<'db>>(
    d: &mut D,
    object: Ev<D::Red>,
    attr: &Name,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let name = Ev::blue(Value::str(attr.as_str()), ScalarTy::Str.into(), loc);
    let ins = [object, name];
    let found = find_attr(d.machine(), &infos(&ins), attr, loc)?;
    d.apply(&found, &ins, loc)
}

fn find_attr(m: &mut Machine<'_>, ins: &[Arg], attr: &Name, loc: Loc) -> Result<OpImpl> {
    attr::getattr(m, ins, attr).map_err(|error| called_here(error, "GETATTR", loc))
}

/// The operation at a node of the current frame: the one that was found there before for such
/// operands, or else what `find` finds. A node that performs several numbers them.
///
/// # Errors
/// What `find` reports.
pub fn found<'db, D: Domain<'db>>(
    d: &mut D,
    pos: Pos,
    number: u8,
    ins: &[Ev<D::Red>],
    find: impl FnOnce(&mut Machine<'db>, &[Arg]) -> Result<OpImpl>,
) -> Result<Rc<OpImpl>> {
    let index = d.frame_index();
    let sites = d.machine().frames.get(index).and_then(|frame| frame.sites.clone());
    if let Some(known) = sites.as_ref().and_then(|sites| sites.op(pos.node, number, ins)) {
        return Ok(known);
    }
    let op = Rc::new(find(d.machine(), &infos(ins))?);
    if let Some(sites) = sites {
        sites.add_op(pos.node, number, ins, &op);
    }
    Ok(op)
}

/// Both operands of an operator. Integer literals whose value is out of range for i32 have the type of
/// the other one.
fn eval_pair<'db, D: Domain<'db>>(
    d: &mut D,
    left: ExprId,
    right: ExprId,
) -> Result<[Ev<D::Red>; 2]> {
    match (is_long(d, left), is_long(d, right)) {
        (false, true) => {
            let left = eval(d, left)?;
            let right = eval_as(d, right, left.arg.ty)?;
            Ok([left, right])
        }
        (true, false) => {
            let right = eval(d, right)?;
            Ok([eval_as(d, left, right.arg.ty)?, right])
        }
        _ => Ok([eval(d, left)?, eval(d, right)?]),
    }
}

fn eval_literal<R>(literal: &Literal, loc: Loc) -> Result<Ev<R>> {
    let scalar = match literal {
        Literal::None => return Ok(Ev::blue(Value::None, BuiltinTy::NoneType.into(), loc)),
        Literal::Bool(value) => Scalar::Bool(*value),
        Literal::Int(digits) => match digits.parse::<i32>() {
            Ok(value) => Scalar::I32(value),
            Err(_) => return Err(int_out_of_range(digits, loc)),
        },
        Literal::TypedInt(typed) => ScalarTy::from_name(&typed.0)
            .and_then(|ty| Scalar::int_wrapping(ty, typed.1))
            .ok_or_else(|| SpyError::type_error("unknown integer type"))?,
        Literal::F64(bits) => Scalar::F64(f64::from_bits(*bits)),
        Literal::F32(bits) => Scalar::F32(f32::from_bits(*bits)),
        Literal::Imaginary(bits) => Scalar::Complex(0.0, f64::from_bits(*bits)),
        Literal::Str(text) => Scalar::Str(text.clone()),
        Literal::Bytes(data) => Scalar::Bytes(data.clone()),
    };
    let ty = scalar.ty().into();
    Ok(Ev::blue(Value::Scalar(scalar), ty, loc))
}

fn int_out_of_range(digits: &str, loc: Loc) -> Box<SpyError> {
    SpyError::new(
        ExcTy::ValueError,
        format!(
            "integer literal {digits} is out of range for i32; use i64({digits}) or u64({digits}) \
             to get a 64-bit value"
        ),
    )
    .error("integer literal out of range", loc)
}

fn assign_expr<'db, D: Domain<'db>>(
    d: &mut D,
    target: &Ident,
    value: ExprId,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let symbol = d.machine().frame(index).scope.symbols.get(&target.name).cloned();
    let Some(symbol) = symbol else { return Err(undefined(&target.name, loc)) };
    crate::stmt::check_assignable(d, &symbol, target)?;
    if symbol.storage == Storage::Cell {
        let module = d.machine().frame(index).def.module.clone();
        let ev = crate::stmt::eval_for_cell(d, &module, &symbol, value)?;
        let red = crate::opimpl::lift(d, &ev)?;
        let ty = ev.arg.ty;
        let red = d.walrus_cell(&module, &target.name, red, loc)?;
        return Ok(Ev::red(red, ty, loc));
    }
    let ev = crate::stmt::eval_for_local(d, target, value)?;
    if symbol.varkind == VarKind::Const && ev.arg.is_blue() {
        return Ok(Ev { arg: Arg { loc, name: None, ..ev.arg }, red: None });
    }
    let ty = ev.arg.ty;
    let red = crate::opimpl::lift(d, &ev)?;
    let red = d.walrus(&target.name, red, ty, loc)?;
    Ok(Ev::red(red, ty, loc))
}

/// Evaluates an annotation.
///
/// # Errors
/// If it is not a type that is known now.
pub fn eval_type<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Result<Ty> {
    let ev = eval(d, id)?;
    let loc = ev.arg.loc;
    let value = match (ev.arg.value, ev.red) {
        (Some(value), _) => Some(value),
        (None, Some(red)) => d.known_value(&red),
        (None, None) => None,
    };
    match value.as_ref().map(|value| (value.as_type(), value)) {
        Some((Some(ty), _)) => Ok(ty),
        Some((None, value)) => {
            if ev.arg.ty.is(BuiltinTy::MetaArg) {
                return Err(not_a_type(ev.arg.ty, loc));
            }
            // A value whose type converts to `type` may stand in an annotation.
            let value = value.clone();
            let arg = Arg::blue(value.clone(), ev.arg.ty, loc);
            let expected = BuiltinTy::Type.into();
            match convert(d.machine(), expected, &arg, &Context::Argument(None)) {
                Ok(Some(op)) => {
                    let converted = d.apply(&op, &[Ev::blue(value, ev.arg.ty, loc)], loc)?;
                    let red = converted.red;
                    let value =
                        converted.arg.value.or_else(|| red.and_then(|red| d.known_value(&red)));
                    value
                        .and_then(|value| value.as_type())
                        .ok_or_else(|| not_a_type(ev.arg.ty, loc))
                }
                _ => Err(not_a_type(ev.arg.ty, loc)),
            }
        }
        None if ev.arg.ty.is_subclass(BuiltinTy::Type.into()) => {
            Err(SpyError::type_error("a type must be known at compile time")
                .error("this is red", loc))
        }
        None => Err(not_a_type(ev.arg.ty, loc)),
    }
}

fn not_a_type(ty: Ty, loc: Loc) -> Box<SpyError> {
    SpyError::type_error(format!("expected `type`, got `{}`", spy_types::names::ty_human(ty)))
        .error("expected `type`", loc)
}
