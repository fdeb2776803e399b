//! Keeps the order of evaluation where an operation takes its operands in another one.
//!
//! Operands are evaluated left to right, each once, whatever is done with them then:
//!
//! ```text
//! f() in g()                  calls g().__contains__(f())
//! swap(f(), g())              a metafunction may answer OpSpec(h, [m_b, m_a])
//! len((f(), g()))             is a constant
//! ```
//!
//! The interpreter has values when it applies an operation, so nothing is to be done there. In code,
//! operands that do something are evaluated into locals first, unless the operation takes them as
//! they were written.

use crate::shift::Shift;
use spy_eval::Ev;
use spy_eval::opimpl::{self, OpArg, OpImpl};
use spy_ir::{Callee, Expr, ExprKind, Stmt, StmtKind};
use spy_types::{Loc, Name, Result};

/// Applies an operation to operands that were shifted from left to right.
pub(crate) fn apply(
    shift: &mut Shift<'_, '_>,
    op: &OpImpl,
    ins: &[Ev<Expr>],
    loc: Loc,
) -> Result<Ev<Expr>> {
    let mut uses = Vec::with_capacity(ins.len());
    add_uses(op, &mut uses);
    uses.retain(|index| ins[*index].red.is_some());
    let red = || (0..ins.len()).filter(|index| ins[*index].red.is_some());
    if red().eq(uses.iter().copied()) {
        return opimpl::apply(shift, op, ins, loc);
    }
    let assigns = ins.iter().filter_map(|ev| ev.red.as_ref()).any(assigns);
    let acts = |index: &usize| ins[*index].red.as_ref().is_some_and(|red| !is_still(red, assigns));
    uses.retain(acts);
    if red().filter(acts).eq(uses.iter().copied()) {
        return opimpl::apply(shift, op, ins, loc);
    }
    let acting: Vec<usize> = red().filter(acts).collect();
    evaluate_first(shift, op, ins, &acting, &uses, loc)
}

/// The operands that an operation takes, in the order in which it does.
fn add_uses(op: &OpImpl, uses: &mut Vec<usize>) {
    match op {
        OpImpl::Const(..) => {}
        OpImpl::Operand(index) => uses.push(*index),
        OpImpl::Call(call) => call.args.iter().for_each(|arg| add_arg_uses(arg, uses)),
        OpImpl::PrintMany(printers) => {
            printers.iter().for_each(|(_, _, arg)| add_arg_uses(arg, uses));
        }
    }
}

fn add_arg_uses(arg: &OpArg, uses: &mut Vec<usize>) {
    match arg {
        OpArg::In(index) => uses.push(*index),
        OpArg::Const(..) => {}
        OpArg::Converted(_, inner) => add_arg_uses(inner, uses),
        OpArg::Nested(op) => add_uses(op, uses),
        OpArg::Pack(pack) => pack.items.iter().for_each(|(_, item)| add_arg_uses(item, uses)),
    }
}

/// Whether evaluating an operand stores a local or a variable that another may read.
fn assigns(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => false,
        ExprKind::Call(_, args) => args.iter().any(assigns),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => assigns(left) || assigns(right),
        ExprKind::AssignLocal(..) | ExprKind::AssignCell(..) | ExprKind::Block(..) => true,
    }
}

/// Whether it makes no difference when, how often, and whether an operand is evaluated.
fn is_still(expr: &Expr, assigned: bool) -> bool {
    match &expr.kind {
        ExprKind::Const(_) => true,
        ExprKind::Local(_) => !assigned,
        ExprKind::Call(callee, args) => {
            let is_harmless = match callee {
                Callee::Prim(op) => !op.can_panic(),
                Callee::GetField(_) | Callee::StructMake => true,
                Callee::Value => false,
                Callee::Func(_)
                | Callee::Runtime(_)
                | Callee::Raise(_)
                | Callee::Ptr(_)
                | Callee::LoadScratch(_)
                | Callee::StoreScratch(_) => false,
            };
            is_harmless && args.iter().all(|arg| is_still(arg, assigned))
        }
        _ => false,
    }
}

/// Evaluates the operands that act into locals, then applies the operation to those.
fn evaluate_first(
    shift: &mut Shift<'_, '_>,
    op: &OpImpl,
    ins: &[Ev<Expr>],
    acting: &[usize],
    uses: &[usize],
    loc: Loc,
) -> Result<Ev<Expr>> {
    let number = shift.next_inlined();
    let mut ins = ins.to_vec();
    let mut stmts = Vec::with_capacity(acting.len());
    for &index in acting {
        let red = &mut ins[index].red;
        let Some(value) = red.take() else { continue };
        let pos = value.pos;
        let kind = if uses.contains(&index) {
            let id = shift.local(&Name::from(format!("arg{index}${number}")), value.ty.clone());
            *red = Some(Expr { kind: ExprKind::Local(id), ty: value.ty.clone(), pos });
            StmtKind::VarDef(id, Some(value))
        } else {
            StmtKind::Expr(value)
        };
        stmts.push(Stmt { kind, pos });
    }
    let mut result = opimpl::apply(shift, op, &ins, loc)?;
    let value = opimpl::lift(shift, &result)?;
    let ty = result.arg.ty;
    result.red = Some(shift.expr(ExprKind::Block(stmts, Box::new(value)), ty, loc));
    Ok(result)
}
