//! Functions that structs have without writing them.

use crate::queries::Shifted;
use crate::shift::Shift;
use spy_eval::{Domain, Ev, Machine};
use spy_ir::{Const, ExprKind, Scalar, Stmt, StmtKind};
use spy_syntax::ast::CmpOp;
use spy_types::names::func_fqn;
use spy_types::{FuncId, FuncKey, Loc, Name, PrimOp, Result, ScalarTy, SpyError, Ty};
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
    let body = vec![Stmt { kind: StmtKind::Return(value), pos }];
    let ret = shift.ty(bool_ty);
    let code = shift.finish(func_fqn(func), 2, ret, body, pos);
    let errors = shift.take_errors();
    Ok(Shifted {
        func: errors.is_empty().then(|| Arc::new(code)),
        positions: shift.take_positions(),
        errors,
        deferred: Vec::new(),
        mentions: shift.take_mentions(),
        output: Vec::new(),
    })
}
