//! Primitive operations: plain C operators where C means the same, the runtime's functions where it
//! does not.
//!
//! Signed arithmetic relies on `-fwrapv`, float arithmetic on `-ffp-contract=off`; see
//! [`crate::REQUIRED_FLAGS`].

use crate::emitter::{Emitter, Value};
use crate::expr::{call_text, combine, infix};
use crate::names::{scalar_type, symbol};
use crate::prec;
use spy_ir::{Const, Expr, ExprKind, Fqn, PosIdx, PrimOp, Scalar, ScalarTy};
use spy_prim::{BinKind, CmpKind, OpKind};

/// The constant that an expression is.
fn constant(expr: &Expr) -> Option<&Scalar> {
    match &expr.kind {
        ExprKind::Const(Const::Scalar(value)) => Some(value),
        _ => None,
    }
}

fn is_nonzero(value: &Scalar) -> bool {
    match value {
        Scalar::F32(value) => *value != 0.0,
        Scalar::F64(value) => *value != 0.0,
        Scalar::Complex(re, im) => *re != 0.0 || *im != 0.0,
        other => other.as_int().is_some_and(|value| value != 0),
    }
}

/// Whether a shift count is smaller than the width of the shifted type.
fn in_range(count: &Scalar, ty: ScalarTy) -> bool {
    count.as_int().is_some_and(|count| (0..i128::from(ty.bits())).contains(&count))
}

/// Whether an exponent can never be wrong, whatever the base.
fn is_harmless_exponent(value: &Scalar) -> bool {
    match value {
        Scalar::F32(value) => *value >= 0.0 && value.fract() == 0.0,
        Scalar::F64(value) => *value >= 0.0 && value.fract() == 0.0,
        other => other.as_int().is_some_and(|value| value >= 0),
    }
}

/// Whether the operation cannot fail because of what its second operand is.
fn never_fails(kind: OpKind, args: &[Expr]) -> bool {
    let Some(second) = args.get(1).and_then(constant) else {
        return false;
    };
    match kind {
        OpKind::Binary(BinKind::Div | BinKind::FloorDiv | BinKind::Mod, _)
        | OpKind::Unchecked(..) => is_nonzero(second),
        OpKind::Binary(BinKind::LShift | BinKind::RShift, ty) => in_range(second, ty),
        OpKind::Binary(BinKind::Pow, _) => is_harmless_exponent(second),
        _ => false,
    }
}

/// The C operator that does exactly what the operation does, with its precedence.
fn operator(kind: OpKind, args: &[Expr]) -> Option<(&'static str, u8)> {
    let second = args.get(1).and_then(constant);
    let number = |ty: ScalarTy| ty.is_int() || ty.is_float();
    Some(match kind {
        OpKind::Binary(BinKind::Add, ty) if number(ty) => ("+", prec::SUM),
        OpKind::Binary(BinKind::Sub, ty) if number(ty) => ("-", prec::SUM),
        OpKind::Binary(BinKind::Mul, ty) if number(ty) => ("*", prec::PRODUCT),
        OpKind::Binary(BinKind::And, _) => ("&", prec::BIT_AND),
        OpKind::Binary(BinKind::Or, _) => ("|", prec::BIT_OR),
        OpKind::Binary(BinKind::Xor, _) => ("^", prec::BIT_XOR),
        OpKind::Binary(BinKind::LShift, ty) if second.is_some_and(|n| in_range(n, ty)) => {
            ("<<", prec::SHIFT)
        }
        OpKind::Binary(BinKind::RShift, ty) if second.is_some_and(|n| in_range(n, ty)) => {
            (">>", prec::SHIFT)
        }
        OpKind::Binary(BinKind::FloorDiv, ty)
            if !ty.is_signed() && second.is_some_and(is_nonzero) =>
        {
            ("/", prec::PRODUCT)
        }
        OpKind::Binary(BinKind::Mod, ty) if !ty.is_signed() && second.is_some_and(is_nonzero) => {
            ("%", prec::PRODUCT)
        }
        OpKind::Binary(BinKind::Div, ty) if ty.is_float() && second.is_some_and(is_nonzero) => {
            ("/", prec::PRODUCT)
        }
        OpKind::IeeeDiv(_) => ("/", prec::PRODUCT),
        OpKind::Compare(kind, ty) => (comparison(kind, ty)?, prec::CMP),
        _ => return None,
    })
}

fn comparison(kind: CmpKind, ty: ScalarTy) -> Option<&'static str> {
    // Compilers warn about `<` between bools.
    let ordered = ty.is_int() || ty.is_float();
    Some(match kind {
        CmpKind::Eq if ordered || ty == ScalarTy::Bool => "==",
        CmpKind::Ne if ordered || ty == ScalarTy::Bool => "!=",
        CmpKind::Lt if ordered => "<",
        CmpKind::Le if ordered => "<=",
        CmpKind::Gt if ordered => ">",
        CmpKind::Ge if ordered => ">=",
        _ => return None,
    })
}

/// Whether C computes the operation in `int` and the result may not fit the type.
fn needs_narrowing(kind: OpKind) -> Option<ScalarTy> {
    let narrow = |ty| matches!(ty, ScalarTy::I8 | ScalarTy::U8);
    match kind {
        OpKind::Binary(BinKind::Add | BinKind::Sub | BinKind::Mul | BinKind::LShift, ty)
        | OpKind::Neg(ty)
            if narrow(ty) =>
        {
            Some(ty)
        }
        _ => None,
    }
}

/// Whether a C cast converts exactly as SPy does.
fn is_cast(from: ScalarTy, to: ScalarTy) -> bool {
    let number = |ty: ScalarTy| ty.is_int() || ty.is_float();
    // Floats saturate when they become integers, which C leaves undefined.
    let is_exact = from.is_int() || from == ScalarTy::Bool;
    number(to) && (is_exact || number(from) && to.is_float())
}

/// The value converted as C does it.
pub(crate) fn cast(value: &Value, ty: ScalarTy) -> Value {
    let text = format!("({}){}", scalar_type(ty), value.operand(prec::UNARY, false));
    combine(text, prec::UNARY, std::slice::from_ref(value))
}

impl Emitter<'_> {
    /// A primitive operation.
    pub(crate) fn prim(&mut self, op: PrimOp, args: &[Expr], pos: PosIdx) -> Value {
        let values = self.operands(args);
        // Compilers warn about overflow in what they can compute; the functions keep them quiet.
        let all_constant = args.iter().all(|arg| constant(arg).is_some());
        let plain = if all_constant { None } else { plain(op.kind(), args, &values) };
        plain.unwrap_or_else(|| self.prim_call(op, args, &values, pos))
    }

    fn prim_call(&mut self, op: PrimOp, args: &[Expr], values: &[Value], pos: PosIdx) -> Value {
        let unchecked = matches!(op.kind(), OpKind::Unchecked(..)) && !self.target.checked;
        let fails = op.can_panic() && !unchecked && !never_fails(op.kind(), args);
        let pos =
            op.can_panic().then(|| if fails { self.position(pos) } else { "NULL".to_owned() });
        let mut value = call_text(&symbol(&Fqn::simple(op.fqn())), values, pos);
        value.effects.panics |= fails;
        value
    }
}

/// The operation as C operators, if it can be said so.
fn plain(kind: OpKind, args: &[Expr], values: &[Value]) -> Option<Value> {
    let value = match (kind, values) {
        (OpKind::Not, [value]) => combine(value.negated(), prec::NOT, std::slice::from_ref(value)),
        (OpKind::Neg(ty), [value]) if ty.is_int() || ty.is_float() => {
            let text = value.operand(prec::UNARY, false);
            let text =
                if text.starts_with('-') { format!("-({text})") } else { format!("-{text}") };
            combine(text, prec::UNARY, std::slice::from_ref(value))
        }
        (OpKind::Convert(ScalarTy::I32, ScalarTy::Bool), [value]) => {
            infix(value, "!=", prec::CMP, &Value::atom("0", prec::PRIMARY))
        }
        (OpKind::Convert(from, to), [value]) if is_cast(from, to) => cast(value, to),
        // clang takes `&` between bools for a mistake if leaving out the right side would matter.
        (OpKind::Binary(_, ScalarTy::Bool), [_, right]) if !right.effects.is_pure() => return None,
        (_, [left, right]) => {
            let (sign, prec) = operator(kind, args)?;
            infix(left, sign, prec, right)
        }
        _ => return None,
    };
    Some(match needs_narrowing(kind) {
        Some(ty) => cast(&value, ty),
        None => value,
    })
}
