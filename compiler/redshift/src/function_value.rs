//! Function values in the IR: structs of the address of code, and of the place of what that uses.
//!
//! ```text
//! struct def(i32) -> i32:
//!     code: (held, i32) -> i32
//!     held: gc_ptr[u8]
//! ```
//!
//! The code is a function that was made for the purpose ([`crate::generated`]): it takes the place before the
//! arguments, and calls the function itself, or the object that lies there. Nobody but it knows the type of that. A
//! function that holds nothing has its own address there, which is the same in all object files.

use crate::queries::Mention;
use crate::shift::Shift;
use spy_ir::{Callee, Const, Expr, ExprKind, FuncType, Type};
use spy_types::names::func_fqn;
use spy_types::{FuncId, FuncKey, FuncTy, Loc, Name, PtrOp, ScalarTy, Ty};
use std::sync::Arc;

/// The type of the code of such functions.
pub(crate) fn code_type(func: &FuncTy) -> Type {
    let params = func.params.iter().map(|ty| crate::lower::lower_type(*ty));
    Type::Func(Arc::new(FuncType {
        params: std::iter::once(Type::held()).chain(params).collect(),
        ret: crate::lower::lower_type(func.ret),
    }))
}

/// The parts of such functions.
pub(crate) fn fields(func: &FuncTy) -> Vec<(Name, Type)> {
    vec![(Name::new_static("code"), code_type(func)), (Name::new_static("held"), Type::held())]
}

/// A function of these parts.
pub(crate) fn constant(code: Const, held: Const, func: &FuncTy) -> Const {
    Const::Struct(vec![(code, code_type(func)), (held, Type::held())])
}

impl Shift<'_, '_> {
    /// The call of the function value of type `ty` that is the first of `args`, with the others.
    pub(crate) fn call_function_value(
        &mut self,
        ty: &FuncTy,
        args: Vec<Expr>,
        ret: Ty,
        loc: Loc,
    ) -> Expr {
        let mut args = args.into_iter();
        let mut operands = Vec::new();
        if let Some(func) = args.next() {
            let types = [code_type(ty), Type::held()];
            let (first, again) = self.twice(func, "func");
            operands.extend([part(first, 0, &types), part(again, 1, &types)]);
        }
        operands.extend(args);
        self.expr(ExprKind::Call(Callee::Value, operands), ret, loc)
    }

    /// Whether two function values are the same: at the same place is the same object or function; without one, it is
    /// the code that tells them apart.
    pub(crate) fn same_function(&mut self, left: Expr, right: Expr, loc: Loc) -> Expr {
        let code = match self.function_types.get(&left.ty).and_then(|ty| ty.func()) {
            Some(func) => code_type(func),
            None => Type::held(),
        };
        let types = [code, Type::held()];
        let has_place = ![&left, &right].into_iter().any(has_no_place);
        let (left, left_again) = self.twice(left, "func");
        let (right, right_again) = self.twice(right, "func");
        let bool_ty: Ty = ScalarTy::Bool.into();
        let op = |shift: &mut Self, op, args| {
            shift.expr(ExprKind::Call(Callee::Ptr(op), args), bool_ty, loc)
        };
        if !has_place {
            return op(self, PtrOp::Eq, vec![part(left, 0, &types), part(right, 0, &types)]);
        }
        let place = part(left_again.clone(), 1, &types);
        let places = op(self, PtrOp::Eq, vec![part(left, 1, &types), part(right, 1, &types)]);
        let codes = vec![part(left_again, 0, &types), part(right_again, 0, &types)];
        let codes = op(self, PtrOp::Eq, codes);
        let has_place = op(self, PtrOp::ToBool, vec![place]);
        let same = ExprKind::Or(Box::new(codes), Box::new(has_place));
        let same = self.expr(same, bool_ty, loc);
        self.expr(ExprKind::And(Box::new(places), Box::new(same)), bool_ty, loc)
    }

    /// The value of function type `ty` that holds the `object` at `place`.
    pub(crate) fn bound_value(
        &mut self,
        object: Ty,
        ty: Ty,
        signature: &FuncTy,
        place: Expr,
        loc: Loc,
    ) -> Expr {
        let code = FuncId::new(FuncKey::Bound(object, ty));
        self.mention(Mention::Address(code));
        let (kind, pos) = (ExprKind::Const(Const::Func(func_fqn(code))), place.pos);
        let code = Expr { kind, ty: code_type(signature), pos };
        let kind = ExprKind::Call(Callee::Ptr(PtrOp::Cast), vec![place]);
        let held = Expr { kind, ty: Type::held(), pos };
        self.expr(ExprKind::Call(Callee::StructMake, vec![code, held]), ty, loc)
    }
}

/// Whether a function value is known to be told from others by its code.
fn has_no_place(func: &Expr) -> bool {
    matches!(&func.kind, ExprKind::Const(Const::Struct(fields))
        if matches!(fields.get(1), Some((Const::Null, _))))
}

/// One of the two parts of a function value, of these types.
fn part(func: Expr, index: u32, types: &[Type; 2]) -> Expr {
    let pos = func.pos;
    if let ExprKind::Const(Const::Struct(fields)) = &func.kind
        && let Some((value, ty)) = fields.get(index as usize)
    {
        return Expr { kind: ExprKind::Const(value.clone()), ty: ty.clone(), pos };
    }
    let ty = types[index as usize].clone();
    Expr { kind: ExprKind::Call(Callee::GetField(index), vec![func]), ty, pos }
}
