//! The result of an operation on constants.
//!
//! This is the definition of SPy's arithmetic: the evaluator folds with it, and compiled code must
//! agree bit for bit. Floats are computed with plain IEEE operations of their own width; powers call
//! the platform's libm, as the C runtime does.

mod complex;
mod convert;
mod float;
mod int;

use crate::error::PrimError;
use crate::op::{BinKind, CmpKind, OpKind, PrimOp};
use crate::scalar::Scalar;

/// Applies `op` to `args`.
///
/// # Errors
///
/// The SPy exception that the operation raises on these operands. Arguments that do not have the types
/// of [`PrimOp::params`] give a `TypeError`.
pub fn eval(op: PrimOp, args: &[Scalar]) -> Result<Scalar, PrimError> {
    let fits = args.iter().map(Scalar::ty).eq(op.params().iter().copied());
    let result = match (op.kind(), args) {
        _ if !fits => None,
        (OpKind::Binary(kind, _), [a, b]) => binary(kind, a, b),
        (OpKind::Compare(kind, _), [a, b]) => compare(kind, a, b).map(|v| Ok(Scalar::Bool(v))),
        (OpKind::Neg(_), [a]) => negate(a).map(Ok),
        (OpKind::Convert(_, to), [a]) => convert::convert(a, to),
        // The check that a debug build makes is the checked one under another exception.
        (OpKind::Unchecked(kind, _), [a, b]) => binary(kind.checked(), a, b)
            .map(|result| result.map_err(|error| PrimError { etype: "PanicError", ..error })),
        (OpKind::IeeeDiv(_), [Scalar::F64(a), Scalar::F64(b)]) => Some(Ok(Scalar::F64(a / b))),
        (OpKind::IeeeDiv(_), [Scalar::F32(a), Scalar::F32(b)]) => Some(Ok(Scalar::F32(a / b))),
        (OpKind::Not, [Scalar::Bool(a)]) => Some(Ok(Scalar::Bool(!a))),
        (OpKind::MakeComplex, [Scalar::F64(re), Scalar::F64(im)]) => {
            Some(Ok(Scalar::Complex(*re, *im)))
        }
        _ => None,
    };
    result.unwrap_or_else(|| Err(PrimError::bad_call(op.fqn())))
}

/// `None` if the operands have no such operator.
fn binary(op: BinKind, a: &Scalar, b: &Scalar) -> Option<Result<Scalar, PrimError>> {
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => bitwise_bool(op, *a, *b).map(Ok),
        (Scalar::I8(a), Scalar::I8(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::U8(a), Scalar::U8(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::I32(a), Scalar::I32(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::U32(a), Scalar::U32(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::I64(a), Scalar::I64(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::U64(a), Scalar::U64(b)) => Some(int::binary(op, *a, *b)),
        (Scalar::F32(a), Scalar::F32(b)) => float::binary(op, *a, *b),
        (Scalar::F64(a), Scalar::F64(b)) => float::binary(op, *a, *b),
        (Scalar::Complex(ar, ai), Scalar::Complex(br, bi)) => {
            complex::binary(op, (*ar, *ai), (*br, *bi))
        }
        _ => None,
    }
}

fn bitwise_bool(op: BinKind, a: bool, b: bool) -> Option<Scalar> {
    match op {
        BinKind::And => Some(Scalar::Bool(a & b)),
        BinKind::Or => Some(Scalar::Bool(a | b)),
        BinKind::Xor => Some(Scalar::Bool(a ^ b)),
        _ => None,
    }
}

/// `None` if the operands do not compare.
fn compare(op: CmpKind, a: &Scalar, b: &Scalar) -> Option<bool> {
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(relation(op, a, b)),
        (Scalar::F32(a), Scalar::F32(b)) => Some(relation(op, a, b)),
        (Scalar::F64(a), Scalar::F64(b)) => Some(relation(op, a, b)),
        (Scalar::Complex(ar, ai), Scalar::Complex(br, bi)) => {
            Some(relation(op, &(ar, ai), &(br, bi)))
        }
        (Scalar::Str(a), Scalar::Str(b)) => Some(relation(op, a, b)),
        _ => Some(relation(op, &a.as_int()?, &b.as_int()?)),
    }
}

/// Rust's partial order is the IEEE one: every relation but `!=` is false on a NaN.
fn relation<T: PartialOrd>(op: CmpKind, a: &T, b: &T) -> bool {
    match op {
        CmpKind::Eq => a == b,
        CmpKind::Ne => a != b,
        CmpKind::Lt => a < b,
        CmpKind::Le => a <= b,
        CmpKind::Gt => a > b,
        CmpKind::Ge => a >= b,
    }
}

/// `None` if the operand has no sign to change.
fn negate(a: &Scalar) -> Option<Scalar> {
    match *a {
        Scalar::F32(v) => Some(Scalar::F32(-v)),
        Scalar::F64(v) => Some(Scalar::F64(-v)),
        Scalar::Complex(re, im) => Some(Scalar::Complex(-re, -im)),
        // The widest operand is a `u64`, so the negation itself cannot overflow.
        _ => Scalar::int_wrapping(a.ty(), -a.as_int()?),
    }
}
