//! Functions that nobody wrote: comparisons of structs, and the forms of functions as values.

use crate::queries::Shifted;
use crate::shift::Shift;
use spy_eval::frame::FuncSig;
use spy_eval::{Domain, Ev, Machine};
use spy_ir::{Const, ExprKind, Func, Scalar, Stmt as Code, StmtKind};
use spy_syntax::ast::{CmpOp, MarkId, Node};
use spy_types::names::func_fqn;
use spy_types::{FuncId, FuncKey, Loc, Name, Pos, PrimOp, Result, ScalarTy, SpyError, Ty};
use std::sync::Arc;

/// `__eq__` (`equal`) or `__ne__` of a struct: all fields compared left to right.
pub(crate) fn struct_equality(
    machine: &mut Machine<'_>,
    func: FuncId,
    ty: Ty,
    equal: bool,
) -> Result<Shifted> {
    let fields = machine.struct_fields(ty)?;
    let header = machine.struct_header(ty).ok_or_else(|| SpyError::type_error("unknown struct"))?;
    let loc = Loc::from(header);
    let mut shift = Shift::new(machine, 0, false);
    let bool_ty: Ty = ScalarTy::Bool.into();
    let lowered = shift.ty(ty);
    let a = shift.local(&Name::new_static("a"), lowered.clone());
    let b = shift.local(&Name::new_static("b"), lowered);
    let mut value = None;
    for (index, (name, field)) in fields.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let getter = FuncId::new(FuncKey::Getter(ty, index, name.clone()));
        let mut ins = Vec::with_capacity(2);
        for local in [a, b] {
            let object = shift.expr(ExprKind::Local(local), ty, loc);
            let red = shift.call(getter, vec![object], *field, loc)?;
            ins.push(Ev::red(red, *field, loc));
        }
        let infos = spy_eval::expr::infos(&ins);
        let op = spy_eval::ops::cmpop(shift.machine(), CmpOp::Eq, &infos, loc)?;
        let same = shift.apply(&op, &ins, loc)?;
        let same = spy_eval::opimpl::lift(&mut shift, &same)?;
        value = Some(match value {
            None => same,
            Some(before) => {
                shift.expr(ExprKind::And(Box::new(before), Box::new(same)), bool_ty, loc)
            }
        });
    }
    let value = match value {
        Some(value) if equal => value,
        Some(value) => {
            let not = FuncId::new(FuncKey::Prim(PrimOp::NOT));
            shift.call(not, vec![value], bool_ty, loc)?
        }
        None => {
            let constant = ExprKind::Const(Const::Scalar(Scalar::Bool(equal)));
            shift.expr(constant, bool_ty, loc)
        }
    };
    let pos = shift.pos(loc);
    let body = vec![Code { kind: StmtKind::Return(value), pos }];
    let ret = shift.ty(bool_ty);
    let code = shift.finish(func_fqn(func), 2, ret, body, pos);
    Ok(shifted(&mut shift, code))
}

fn shifted(shift: &mut Shift<'_, '_>, code: Func) -> Shifted {
    let errors = shift.take_errors();
    Shifted {
        func: errors.is_empty().then(|| Arc::new(code)),
        positions: shift.take_positions(),
        errors,
        deferred: Vec::new(),
        mentions: shift.take_mentions(),
        output: Vec::new(),
    }
}

/// A function that calls `inner` with its own arguments.
pub(crate) fn wrapper(machine: &mut Machine<'_>, func: FuncId, inner: FuncId) -> Result<Shifted> {
    let ty = machine.func_type(inner);
    let signature = ty.func().ok_or_else(|| SpyError::type_error("not a function"))?;
    let loc = Loc::from(match machine.func_sig(inner) {
        Some(sig) => sig.prototype_pos(),
        None => {
            let def = spy_eval::queries::module_def(func_fqn(inner).module());
            Pos { def, node: Node::Mark(MarkId(0)) }
        }
    });
    let mut shift = Shift::new(machine, 0, false);
    shift.func = Some(func);
    let mut locals = Vec::with_capacity(signature.params.len());
    for (index, param) in signature.params.iter().enumerate() {
        let lowered = shift.ty(*param);
        locals.push(shift.local(&Name::from(format!("a{index}")), lowered));
    }
    let param_count = u32::try_from(locals.len()).unwrap_or(u32::MAX);
    let args = locals.into_iter().zip(&signature.params);
    let args = args.map(|(local, ty)| shift.expr(ExprKind::Local(local), *ty, loc)).collect();
    let value = shift.call(inner, args, signature.ret, loc)?;
    let pos = shift.pos(loc);
    let body = vec![Code { kind: StmtKind::Return(value), pos }];
    let ret = shift.ty(signature.ret);
    let mut code = shift.finish(func_fqn(func), param_count, ret, body, pos);
    // Who calls a value does not know what it is.
    code.track_caller = false;
    Ok(shifted(&mut shift, code))
}

/// A function that was compiled ahead of time: its parameters and its result.
pub(crate) fn declared(machine: &mut Machine<'_>, func: FuncId, sig: &FuncSig) -> Shifted {
    let mut shift = Shift::new(machine, 0, false);
    for param in &sig.params {
        let ty = shift.ty(param.ty);
        shift.local(&param.name, ty);
    }
    let ret = shift.ty(sig.ret);
    let pos = shift.pos(sig.prototype_pos().into());
    let count = u32::try_from(sig.params.len()).unwrap_or(u32::MAX);
    let code = shift.finish(func_fqn(func), count, ret, Vec::new(), pos);
    shifted(&mut shift, code)
}
