//! Which operation an expression selects, by the static types of its operands.
//!
//! These are the tables of SPy's operators and conversions on scalars. A result pairs the operation
//! with the type that both operands are first converted to, by [`implicit_conversion`].

use ScalarTy::{Bytes, Complex128, F32, F64, I8, I32, I64, Str, U8, U32, U64};

use crate::op::{BinKind, CmpKind, OpKind, PrimOp, UncheckedKind};
use crate::scalar::ScalarTy;

/// The type in which SPy computes `l + r`, or `None` if the operands do not mix: one of the two, if
/// it holds every value of the other.
fn common_type(l: ScalarTy, r: ScalarTy) -> Option<ScalarTy> {
    if l == r {
        return Some(l);
    }
    let absorbs = |wide, narrow| match wide {
        F64 => matches!(narrow, I8 | U8 | I32 | U32 | F32),
        F32 => narrow == I32,
        Complex128 => matches!(narrow, I32 | F64),
        I32 => matches!(narrow, I8 | U8),
        U32 => narrow == U8,
        I64 => matches!(narrow, I8 | U8 | I32 | U32),
        U64 => matches!(narrow, U8 | U32),
        _ => false,
    };
    if absorbs(l, r) {
        Some(l)
    } else if absorbs(r, l) {
        Some(r)
    } else {
        None
    }
}

fn select(kind: impl Fn(ScalarTy) -> OpKind, ty: ScalarTy) -> Option<(PrimOp, ScalarTy)> {
    PrimOp::new(kind(ty)).map(|op| (op, ty))
}

/// The operation that `l op r` selects, and the type that both operands convert to.
pub fn binop(op: BinKind, l: ScalarTy, r: ScalarTy) -> Option<(PrimOp, ScalarTy)> {
    select(|ty| OpKind::Binary(op, ty), common_type(l, r)?)
}

/// The comparison that `l op r` selects, and the type that both operands convert to.
pub fn cmpop(op: CmpKind, l: ScalarTy, r: ScalarTy) -> Option<(PrimOp, ScalarTy)> {
    select(|ty| OpKind::Compare(op, ty), common_type(l, r)?)
}

/// The operation that `-x` selects. Unsigned integers have none.
pub fn negop(ty: ScalarTy) -> Option<PrimOp> {
    PrimOp::new(OpKind::Neg(ty)).filter(|_| ty.is_signed())
}

/// The operation that `unsafe.unchecked_*(l, r)` selects, and the type that both operands convert to.
pub fn unchecked_op(op: UncheckedKind, l: ScalarTy, r: ScalarTy) -> Option<(PrimOp, ScalarTy)> {
    // Unlike `/`, the unchecked forms do not mix integers, nor `u32` with `f64`.
    if l != r && (l == U32 || r == U32 || l.is_int() && r.is_int()) {
        return None;
    }
    select(|ty| OpKind::Unchecked(op, ty), common_type(l, r)?)
}

/// The operation that `unsafe.ieee754_div(l, r)` selects, and the type that both operands convert to.
pub fn ieee_div_op(l: ScalarTy, r: ScalarTy) -> Option<(PrimOp, ScalarTy)> {
    let ty = match (l, r) {
        (I32, I32) => F64,
        (I32 | F32 | F64, I32 | F32 | F64) => common_type(l, r)?,
        _ => return None,
    };
    select(OpKind::IeeeDiv, ty)
}

/// Whether SPy converts `from` to `to` without being asked.
pub(crate) fn implicit_conversion_exists(from: ScalarTy, to: ScalarTy) -> bool {
    match from {
        I8 => matches!(to, I32 | I64 | F64),
        U8 => matches!(to, I32 | U32 | I64 | U64 | F64),
        U32 => matches!(to, I32 | I64 | U64 | F64),
        I32 => matches!(to, ScalarTy::Bool | I8 | U8 | U32 | I64 | F32 | F64 | Complex128),
        I64 => matches!(to, U64 | F64),
        U64 => matches!(to, I64 | F64),
        F32 => to == F64,
        F64 => matches!(to, F32 | Complex128),
        Str => to == Complex128,
        ScalarTy::Bool | Complex128 | Bytes => false,
    }
}

/// Whether `to(x)` converts an `x` of type `from` by a primitive operation.
pub(crate) fn explicit_conversion_exists(from: ScalarTy, to: ScalarTy) -> bool {
    let number = |ty: ScalarTy| ty.is_int() || ty.is_float();
    match to {
        Complex128 => matches!(from, I32 | F64 | Str),
        F32 => from != to && (number(from) || from == ScalarTy::Bool),
        F64 | I8 | U8 | I32 | U32 | I64 | U64 => {
            from != to && (number(from) || matches!(from, ScalarTy::Bool | Str))
        }
        ScalarTy::Bool => number(from),
        // `str(x)` calls `T.__str__`; `bytes(x)` is an error.
        Str | Bytes => false,
    }
}

/// The operation that converts `from` where a `to` is expected. `None` if there is none; equal types
/// need none.
pub fn implicit_conversion(from: ScalarTy, to: ScalarTy) -> Option<PrimOp> {
    PrimOp::new(OpKind::Convert(from, to)).filter(|_| implicit_conversion_exists(from, to))
}

/// The operation that the call `to(x)` selects for an `x` of type `from`. There is none from a type
/// to itself. Every `T(x)` with `T = str` is a call of `T.__str__` instead.
pub fn explicit_conversion(from: ScalarTy, to: ScalarTy) -> Option<PrimOp> {
    PrimOp::new(OpKind::Convert(from, to)).filter(|_| explicit_conversion_exists(from, to))
}

/// The operation that `complex(x, y)` selects; both arguments convert to `f64` first.
pub fn complex_conversion(x: ScalarTy, y: ScalarTy) -> Option<PrimOp> {
    let accepted = |ty| matches!(ty, I32 | F64);
    (accepted(x) && accepted(y)).then_some(PrimOp::MAKE_COMPLEX)
}
