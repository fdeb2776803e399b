//! Functions that nobody wrote: comparisons of structs, and the forms of functions as values.

use crate::queries::Shifted;
use crate::shift::Shift;
use spy_eval::frame::FuncSig;
use spy_eval::function_value::held_pointer;
use spy_eval::{Domain, Ev, Machine};
use spy_ir::{Callee, Const, Expr, ExprKind, Func, Scalar, Stmt as Code, StmtKind, Type};
use spy_syntax::ast::{CmpOp, MarkId, Node};
use spy_types::names::func_fqn;
use spy_types::{
    BuiltinTy, FuncId, FuncKey, Loc, Name, Pos, PrimOp, PtrOp, Result, ScalarTy, SpyError, Ty,
};
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

/// The code of a function value that calls `inner` with its own arguments.
pub(crate) fn wrapper(machine: &mut Machine<'_>, func: FuncId, inner: FuncId) -> Result<Shifted> {
    let ty = machine.func_type(inner);
    let loc = match machine.func_sig(inner) {
        Some(sig) => sig.prototype_pos().into(),
        None => module_loc(func_fqn(inner).module()),
    };
    code_of_value(machine, func, ty, loc, |shift, _, args, ret| shift.call(inner, args, ret, loc))
}

/// The code of a function value of type `ty` that calls the `object` which that holds.
pub(crate) fn bound(
    machine: &mut Machine<'_>,
    func: FuncId,
    object: Ty,
    ty: Ty,
) -> Result<Shifted> {
    let loc = module_loc(func_fqn(func).module());
    let signature = ty.func().ok_or_else(not_a_function)?;
    code_of_value(machine, func, ty, loc, |shift, held, args, _| {
        let value = held_object(shift, object, held, loc)?;
        let mut ins = vec![Ev::red(value, object, loc)];
        let args = args.into_iter().zip(&signature.params);
        ins.extend(args.map(|(arg, ty)| Ev::red(arg, *ty, loc)));
        let op = spy_eval::function_value::call(shift.machine(), object, ty, loc)?;
        let value = shift.apply(&op, &ins, loc)?;
        spy_eval::opimpl::lift(shift, &value)
    })
}

/// The `object` at the place that code gets first. Without parts it is known at compile time, and has no place.
fn held_object(shift: &mut Shift<'_, '_>, object: Ty, held: Expr, loc: Loc) -> Result<Expr> {
    if shift.machine().struct_fields(object)?.is_empty() {
        return shift.call(FuncId::new(FuncKey::Make(object)), Vec::new(), object, loc);
    }
    let pointer = held_pointer(object);
    let place = shift.expr(ExprKind::Call(Callee::Ptr(PtrOp::Cast), vec![held]), pointer, loc);
    let first = ExprKind::Const(Const::Scalar(Scalar::I32(0)));
    let first = shift.expr(first, ScalarTy::I32.into(), loc);
    let read = FuncId::new(FuncKey::Ptr(PtrOp::GetItemByVal, pointer));
    shift.call(read, vec![place, first], object, loc)
}

/// What makes a function value of type `ty` of an `object`: a copy of that, in memory of its own.
pub(crate) fn bind(machine: &mut Machine<'_>, func: FuncId, object: Ty, ty: Ty) -> Result<Shifted> {
    let loc = module_loc(func_fqn(func).module());
    let signature = ty.func().ok_or_else(not_a_function)?;
    let mut shift = Shift::new(machine, 0, false);
    shift.func = Some(func);
    let (none, int): (Ty, Ty) = (BuiltinTy::NoneType.into(), ScalarTy::I32.into());
    let pointer = held_pointer(object);
    let (lowered, place_ty) = (shift.ty(object), shift.ty(pointer));
    let value = shift.local(&Name::new_static("object"), lowered);
    let place = shift.local(&Name::new_static("place"), place_ty);
    let value = shift.expr(ExprKind::Local(value), object, loc);
    let read = shift.expr(ExprKind::Local(place), pointer, loc);
    let [zero, one] = [0, 1]
        .map(|value| shift.expr(ExprKind::Const(Const::Scalar(Scalar::I32(value))), int, loc));
    let op = |op| FuncId::new(FuncKey::Ptr(op, pointer));
    let room = shift.call(op(PtrOp::Alloc), vec![one], pointer, loc)?;
    let store = shift.call(op(PtrOp::Store), vec![read.clone(), zero, value], none, loc)?;
    let made = shift.bound_value(object, ty, signature, read, loc);
    let pos = shift.pos(loc);
    let body = [StmtKind::Assign(place, room), StmtKind::Expr(store), StmtKind::Return(made)];
    let body = body.map(|kind| Code { kind, pos }).into();
    let ret = shift.ty(ty);
    let code = shift.finish(func_fqn(func), 1, ret, body, pos);
    Ok(shifted(&mut shift, code))
}

fn module_loc(module: &Name) -> Loc {
    let def = spy_eval::queries::module_def(module);
    Pos { def, node: Node::Mark(MarkId(0)) }.into()
}

fn not_a_function() -> Box<SpyError> {
    SpyError::type_error("not a function")
}

/// The code of a function value of type `ty`: what `make` makes of the place that it gets first, of its arguments and of
/// the type of its result.
fn code_of_value<'m, 'db>(
    machine: &'m mut Machine<'db>,
    func: FuncId,
    ty: Ty,
    loc: Loc,
    make: impl FnOnce(&mut Shift<'m, 'db>, Expr, Vec<Expr>, Ty) -> Result<Expr>,
) -> Result<Shifted> {
    let signature = ty.func().ok_or_else(not_a_function)?;
    let mut shift = Shift::new(machine, 0, false);
    shift.func = Some(func);
    let held = shift.local(&Name::new_static("held"), Type::held());
    let pos = shift.pos(loc);
    let held = Expr { kind: ExprKind::Local(held), ty: Type::held(), pos };
    let mut args = Vec::with_capacity(signature.params.len());
    for (index, param) in signature.params.iter().enumerate() {
        let lowered = shift.ty(*param);
        let local = shift.local(&Name::from(format!("a{index}")), lowered);
        args.push(shift.expr(ExprKind::Local(local), *param, loc));
    }
    let param_count = u32::try_from(args.len() + 1).unwrap_or(u32::MAX);
    let value = make(&mut shift, held, args, signature.ret)?;
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
