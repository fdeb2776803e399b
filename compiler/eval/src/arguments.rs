//! Expressions of which it is known what is wanted: arguments of calls, values of annotated names.

use crate::constant;
use crate::convert::{Context, convert};
use crate::domain::{Domain, Ev};
use crate::exec::Run;
use crate::expr::{eval, eval_condition, expr_pos};
use crate::machine::deep;
use crate::opimpl::convert_ev;
use crate::typed::{Typed, common_type};
use spy_prim::Scalar;
use spy_syntax::ast::{CmpOp, CompKind, Expr, ExprId, Literal, Node};
use spy_types::{ExcTy, FuncKind, Loc, Name, Result, ScalarTy, SpyError, Ty, Value};
use std::sync::Arc;

/// The callee of a call with its arguments: keywords noted, tuples behind `*` taken apart.
pub(crate) fn eval_call<'db, D: Domain<'db>>(
    d: &mut D,
    callee: ExprId,
    method: Option<&Name>,
    args: &[ExprId],
) -> Result<Vec<Ev<D::Red>>> {
    let mut ins = Vec::with_capacity(args.len() + 1);
    ins.push(eval(d, callee)?);
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    for arg in args {
        match body.expr(*arg) {
            Expr::Keyword { name, value } => {
                let mut ev = eval_argument(d, *value)?;
                let loc = crate::stmt::ident_loc(d, name);
                ev.arg.keyword = Some(Arc::new((name.name.clone(), loc)));
                ins.push(ev);
            }
            Expr::Starred(value) => {
                let tuple = eval(d, *value)?;
                crate::builtins::unpack::spread(d, tuple, &mut ins)?;
            }
            Expr::Comprehension(made) if made.kind == CompKind::Generator => {
                let callee = ins[0].arg.clone();
                ins.push(crate::comprehension::argument(d, *arg, &callee, method)?);
            }
            Expr::And(..) | Expr::Or(..) => {
                let wanted = wanted_argument(d, &ins, method)?;
                ins.push(match wanted.filter(|ty| ty.scalar() == Some(ScalarTy::Bool)) {
                    Some(_) => eval_condition(d, *arg)?,
                    None => eval(d, *arg)?,
                });
            }
            _ => {
                let ev = eval_value(d, *arg, &ins, method)?;
                ins.push(ev);
            }
        }
    }
    Ok(ins)
}

/// The next argument of a call.
pub(crate) fn eval_value<'db, D: Domain<'db>>(
    d: &mut D,
    id: ExprId,
    ins: &[Ev<D::Red>],
    method: Option<&Name>,
) -> Result<Ev<D::Red>> {
    if is_display(d, id) {
        return match wanted_argument(d, ins, method)?.filter(|ty| ty.is_struct()) {
            Some(ty) => eval_wanted(d, id, ty),
            None => eval(d, id),
        };
    }
    if !is_long(d, id) || is_literal(d, id) {
        return eval_argument(d, id);
    }
    match wanted_argument(d, ins, method)? {
        Some(ty) => eval_as(d, id, ty),
        None => eval(d, id),
    }
}

/// The type of the parameter that the next argument of a call is for, if the callee and the type are
/// known.
fn wanted_argument<'db, D: Domain<'db>>(
    d: &mut D,
    ins: &[Ev<D::Red>],
    method: Option<&Name>,
) -> Result<Option<Ty>> {
    let m = d.machine();
    if ins.iter().any(|ev| ev.arg.keyword.is_some()) {
        return Ok(None);
    }
    if let (Some("__setitem__"), Some(ty)) = (method.map(Name::as_str), stored(ins[0].arg.ty)) {
        return Ok(Some(ty));
    }
    let callee = match (method, &ins[0].arg.value) {
        (Some(method), None) if ins[0].arg.ty.is_struct() => m.lookup(ins[0].arg.ty, method)?,
        (None, Some(Value::Type(ty))) if ty.is_struct() => match m.lookup(*ty, "__new__")? {
            Some(new) => Some(new),
            None => m.lookup(*ty, "__make__")?,
        },
        (None, value) => value.clone(),
        _ => None,
    };
    let Some(Value::Func(func)) = callee else { return Ok(None) };
    let ty = m.func_type(func);
    let Some(signature) = ty.func().filter(|ty| ty.kind == FuncKind::Plain) else {
        return Ok(None);
    };
    // The object of a method is its first parameter.
    let index = ins.len() - usize::from(method.is_none());
    Ok(signature.params.get(index).copied())
}

/// The type of what a list or dict holds.
fn stored(ty: Ty) -> Option<Ty> {
    let [list, dict] = [("_list", "list"), ("_dict", "dict")]
        .map(|(module, name)| crate::builtins::generic_args(ty, module, name));
    list.or(dict)?.last().copied()
}

/// An argument. An integer literal that is out of range for i32 is an i64 or u64, which parameters of
/// other types convert.
fn eval_argument<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> Result<Ev<D::Red>> {
    if !is_long(d, id) || !is_literal(d, id) {
        return eval(d, id);
    }
    eval_as(d, id, ScalarTy::I64.into())
        .or_else(|_| eval_as(d, id, ScalarTy::U64.into()))
        .or_else(|_| eval(d, id))
}

/// The operand beside one of type `ty`, which integer literals take whose value is out of range for
/// i32.
pub(crate) fn eval_beside<'db, D: Domain<'db>>(
    d: &mut D,
    id: ExprId,
    ty: Ty,
) -> Result<Ev<D::Red>> {
    if is_long(d, id) { eval_as(d, id, ty) } else { eval(d, id) }
}

fn is_display<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> bool {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    matches!(
        body.expr(id),
        Expr::List(_) | Expr::Tuple(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Comprehension(_)
    )
}

fn is_literal<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> bool {
    let index = d.frame_index();
    matches!(d.machine().frame(index).body.expr(id), Expr::Literal(_))
}

/// Whether an expression of the current frame consists of integer literals, and is no i32.
pub(crate) fn is_long<'db, D: Domain<'db>>(d: &mut D, id: ExprId) -> bool {
    let index = d.frame_index();
    constant::is_long(&d.machine().frame(index).body, id)
}

/// Evaluates an expression where a value of type `ty` is asked for: a display has items of the types
/// that it needs, if they convert.
///
/// # Errors
/// Whatever is wrong with it.
pub fn eval_wanted<'db, D: Domain<'db>>(d: &mut D, id: ExprId, ty: Ty) -> Result<Ev<D::Red>> {
    match eval_display(d, id, ty) {
        Some(ev) => ev,
        // The value of operators is exact; a literal by itself has to say its type here.
        None if is_long(d, id) && !is_literal(d, id) => eval_as(d, id, ty),
        None => eval(d, id),
    }
}

/// A display where a value of type `ty` is asked for, or a condition where a bool is; `None` if it is another
/// expression.
fn eval_display<'db, D: Domain<'db>>(d: &mut D, id: ExprId, ty: Ty) -> Option<Result<Ev<D::Red>>> {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let wanted = Some(crate::optional::item(ty).unwrap_or(ty)).filter(|ty| ty.is_struct());
    let pos = expr_pos(d, id);
    let loc = Loc::from(pos);
    let ev = deep(|| match body.expr(id) {
        Expr::List(items) => Some(crate::builtins::display::list(d, items, wanted, loc)),
        Expr::Tuple(items) => Some(crate::builtins::display::tuple(d, items, wanted, loc)),
        Expr::Dict(items) => Some(crate::builtins::dicts::dict(d, items, wanted, loc)),
        Expr::Set(items) => Some(crate::builtins::display::set(d, items, wanted, loc)),
        Expr::Comprehension(made) => Some(crate::comprehension::value(d, made, wanted, loc)),
        Expr::IfExp { then, test, orelse } => {
            Some(conditional(d, [*test, *then, *orelse], Some(ty), loc))
        }
        Expr::And(..) | Expr::Or(..) if ty.scalar() == Some(ScalarTy::Bool) => {
            Some(eval_condition(d, id))
        }
        _ => None,
    });
    if let Some(Ok(ev)) = &ev {
        d.evaluated(pos, ev.arg.color);
    }
    ev
}

/// Evaluates an expression where the type `ty` was written: an integer literal is one of that type.
///
/// # Errors
/// Whatever is wrong with it, and literals out of the type's range.
pub fn eval_as<'db, D: Domain<'db>>(d: &mut D, id: ExprId, ty: Ty) -> Result<Ev<D::Red>> {
    if let Some(ev) = eval_display(d, id, ty) {
        return ev;
    }
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let ty = crate::optional::item(ty).unwrap_or(ty);
    let Some(scalar) = ty.scalar() else { return eval(d, id) };
    let is_long = constant::is_long(&body, id);
    let digits = match (body.expr(id), scalar) {
        (Expr::Literal(Literal::Int(digits)), _) => digits.to_string(),
        (_, ScalarTy::U32 | ScalarTy::I64 | ScalarTy::U64 | ScalarTy::F64) if is_long => {
            match constant::exact(&body, id) {
                Some(exact) if !scalar.is_int() || fits(scalar, exact) => exact.to_string(),
                // It wraps around.
                _ => return eval(d, id),
            }
        }
        _ => return eval(d, id),
    };
    let value = match scalar {
        ScalarTy::F64 if is_long => digits.parse().ok().map(Scalar::F64),
        ScalarTy::I32 => return eval(d, id),
        _ if scalar.is_int() => digits
            .parse()
            .ok()
            .filter(|value| fits(scalar, *value))
            .and_then(|value| Scalar::int_wrapping(scalar, value)),
        _ => return eval(d, id),
    };
    let loc = Loc::from(expr_pos(d, id));
    match value {
        Some(value) => {
            let pos = expr_pos(d, id);
            d.evaluated(pos, spy_types::Color::Blue);
            Ok(Ev::blue(Value::Scalar(value), ty, loc))
        }
        None => {
            let message = format!("integer literal {digits} is out of range for {}", scalar.name());
            Err(SpyError::new(ExcTy::ValueError, message)
                .error("integer literal out of range", loc))
        }
    }
}

/// Whether an integer type has this value.
fn fits(ty: ScalarTy, value: i128) -> bool {
    Scalar::int_wrapping(ty, value).is_some_and(|made| made.as_int() == Some(value))
}

/// `then if test else orelse`, where a value of type `wanted` may be asked for. If the condition is
/// known, the result is one of the two; otherwise both are converted to one type.
///
/// # Errors
/// Whatever is wrong with them.
pub(crate) fn conditional<'db, D: Domain<'db>>(
    d: &mut D,
    [test, then, orelse]: [ExprId; 3],
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let narrowed = narrowed(d, test, [then, orelse]);
    let test = eval_condition(d, test)?;
    if let Some(known) = test.arg.value.as_ref().filter(|_| test.arg.is_blue()) {
        let chosen = if known.as_bool() == Some(true) { then } else { orelse };
        return branch(d, chosen, wanted);
    }
    d.select(test, &Choice { branches: [then, orelse], wanted, narrowed }, loc)
}

/// The two values of a conditional expression.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The expressions, in the order of the text.
    pub branches: [ExprId; 2],
    /// The type that is asked for.
    pub wanted: Option<Ty>,
    /// Whether each is a name which the condition has found not to be `None`.
    pub narrowed: [bool; 2],
}

/// Which branches are names that are not `None`: `x if x is not None else ...` and the other way round.
fn narrowed<'db, D: Domain<'db>>(d: &mut D, test: ExprId, branches: [ExprId; 2]) -> [bool; 2] {
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let Expr::CmpOp { op, left, right } = body.expr(test) else { return [false; 2] };
    let checked = match (op, body.expr(*left), body.expr(*right)) {
        (CmpOp::IsNot, Expr::Name(name), Expr::Literal(Literal::None)) => (0, name),
        (CmpOp::Is, Expr::Name(name), Expr::Literal(Literal::None)) => (1, name),
        _ => return [false; 2],
    };
    let (branch, name) = checked;
    let is_it = matches!(body.expr(branches[branch]), Expr::Name(other) if other == name);
    [is_it && branch == 0, is_it && branch == 1]
}

/// One of the values of a conditional expression, of which a value of type `wanted` may be asked for.
///
/// # Errors
/// Whatever is wrong with it.
pub fn branch<'db, D: Domain<'db>>(
    d: &mut D,
    id: ExprId,
    wanted: Option<Ty>,
) -> Result<Ev<D::Red>> {
    let Some(wanted) = wanted else { return eval_argument(d, id) };
    let ev = eval_as(d, id, wanted)?;
    let context = Context::Argument(None);
    match convert(d.machine(), wanted, &ev.arg, &context) {
        Ok(_) => convert_ev(d, ev, wanted, &context),
        Err(_) => Ok(ev),
    }
}

/// The type to which both values of a conditional expression of a running function are converted, if it is
/// not that of both. In a function that could be compiled, both are looked at, once.
///
/// # Errors
/// If they have no type in common.
pub(crate) fn joined(run: &mut Run<'_, '_>, choice: &Choice) -> Result<Option<Ty>> {
    let index = run.frame_index();
    let machine = run.machine();
    let frame = machine.frame(index);
    if frame.blue {
        return Ok(None);
    }
    let (sites, pos) = (frame.sites.clone(), frame.pos);
    let node = Node::Expr(choice.branches[0]);
    if let Some(known) = sites.as_ref().and_then(|sites| sites.joined(node)) {
        return Ok(known);
    }
    let mut types = Typed::new(machine, index);
    let [then, orelse] = choice.branches.map(|id| branch(&mut types, id, choice.wanted));
    let (then, orelse) = (then?.arg, orelse?.arg);
    let ty = common_type(machine, &then, &orelse, choice.narrowed)?;
    machine.frame(index).pos = pos;
    let joined = (then.ty != ty || orelse.ty != ty).then_some(ty);
    if let Some(sites) = sites {
        sites.add_joined(node, joined);
    }
    Ok(joined)
}
