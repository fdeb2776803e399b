//! Primitive operations: instructions where a few do exactly what the operation does, the runtime's
//! functions where they do not.
//!
//! An operation that can fail tests for that, and where it fails calls the runtime's function for the
//! whole operation, which knows the error.

use crate::emitter::{Emitter, Val};
use crate::shape::machine_type;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value};
use spy_ir::symbols::symbol;
use spy_ir::{Const, Expr, ExprKind, Fqn, PosIdx, PrimOp, ScalarTy, Type};
use spy_prim::{BinKind, CmpKind, OpKind, UncheckedKind};

/// A primitive operation with its operands.
pub(crate) struct Operation<'v> {
    op: PrimOp,
    pos: PosIdx,
    values: &'v [Val],
    /// The second operand, if it is a constant integer.
    constant: Option<i128>,
}

impl Operation<'_> {
    /// The first machine value of each operand.
    fn pair(&self) -> (Value, Value) {
        (self.left(), self.values[1].values()[0])
    }

    fn left(&self) -> Value {
        self.values[0].values()[0]
    }
}

fn constant_int(expr: Option<&Expr>) -> Option<i128> {
    match &expr?.kind {
        ExprKind::Const(Const::Scalar(value)) => value.as_int(),
        _ => None,
    }
}

impl Emitter<'_> {
    /// A primitive operation.
    pub(crate) fn prim(&mut self, op: PrimOp, args: &[Expr], pos: PosIdx) -> Val {
        let values = self.operands(args);
        let constant = constant_int(args.get(1));
        let operation = Operation { op, pos, values: &values, constant };
        let found = match op.kind() {
            OpKind::Binary(kind, ty) => self.binary(&operation, kind, ty),
            OpKind::Unchecked(kind, ty) => self.unchecked(&operation, kind, ty),
            OpKind::Compare(kind, ty) => self.compare(&operation, kind, ty),
            OpKind::Neg(ty) => Some(self.negate(&values[0], ty)),
            OpKind::Not => Some(Val::one(self.b.ins().bxor_imm_u(operation.left(), 1))),
            OpKind::Convert(from, to) => self.convert(&values[0], from, to),
            OpKind::MakeComplex => {
                let (re, im) = operation.pair();
                Some(Val::Parts(vec![re, im]))
            }
            OpKind::IeeeDiv(_) => {
                let (left, right) = operation.pair();
                Some(Val::one(self.b.ins().fdiv(left, right)))
            }
        };
        found.unwrap_or_else(|| self.prim_call(&operation))
    }

    /// Calls the runtime's function for an operation.
    fn prim_call(&mut self, operation: &Operation<'_>) -> Val {
        let op = operation.op;
        let types: Vec<Type> = op.params().iter().map(|ty| Type::Scalar(*ty)).collect();
        let args: Vec<(&Type, &Val)> = types.iter().zip(operation.values).collect();
        let pos = op.can_panic().then(|| self.position(operation.pos));
        self.call_c(&symbol(&Fqn::simple(op.fqn())), &args, &Type::Scalar(op.result()), pos)
    }

    /// If `bad`, the operation fails.
    fn fails_if(&mut self, bad: Value, operation: &Operation<'_>) {
        self.check(bad, |emitter| {
            emitter.prim_call(operation);
        });
    }

    fn binary(&mut self, operation: &Operation<'_>, kind: BinKind, ty: ScalarTy) -> Option<Val> {
        if ty == ScalarTy::Complex128 {
            return self.complex_binary(operation, kind);
        }
        if ty.is_float() {
            return self.float_binary(operation, kind).map(Val::one);
        }
        let (left, right) = operation.pair();
        Some(Val::one(match kind {
            BinKind::Add => self.b.ins().iadd(left, right),
            BinKind::Sub => self.b.ins().isub(left, right),
            BinKind::Mul => self.b.ins().imul(left, right),
            BinKind::And => self.b.ins().band(left, right),
            BinKind::Or => self.b.ins().bor(left, right),
            BinKind::Xor => self.b.ins().bxor(left, right),
            BinKind::LShift | BinKind::RShift => self.shift(operation, kind, ty),
            BinKind::Div => {
                self.check_divisor(operation);
                self.int_div(operation, ty)
            }
            BinKind::FloorDiv | BinKind::Mod => {
                self.check_divisor(operation);
                self.int_divide(operation, kind == BinKind::Mod, ty)
            }
            BinKind::Pow => return None,
        }))
    }

    fn unchecked(
        &mut self,
        operation: &Operation<'_>,
        kind: UncheckedKind,
        ty: ScalarTy,
    ) -> Option<Val> {
        if ty.is_float() {
            return None;
        }
        if self.target.checked {
            self.check_divisor(operation);
        }
        Some(Val::one(match kind {
            UncheckedKind::Div => self.int_div(operation, ty),
            _ => self.int_divide(operation, kind == UncheckedKind::Mod, ty),
        }))
    }

    /// Fails if the second operand, an integer, is zero.
    fn check_divisor(&mut self, operation: &Operation<'_>) {
        if operation.constant.is_none_or(|divisor| divisor == 0) {
            let (_, right) = operation.pair();
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, right, 0);
            self.fails_if(zero, operation);
        }
    }

    /// True division of integers.
    fn int_div(&mut self, operation: &Operation<'_>, ty: ScalarTy) -> Value {
        let (left, right) = operation.pair();
        let left = self.int_to_float(left, ty, ScalarTy::F64);
        let right = self.int_to_float(right, ty, ScalarTy::F64);
        self.b.ins().fdiv(left, right)
    }

    /// Floor division or modulo by what is not zero.
    fn int_divide(&mut self, operation: &Operation<'_>, is_mod: bool, ty: ScalarTy) -> Value {
        let (left, right) = operation.pair();
        if !ty.is_signed() {
            return if is_mod {
                self.b.ins().urem(left, right)
            } else {
                self.b.ins().udiv(left, right)
            };
        }
        match operation.constant {
            Some(-1) if is_mod => self.b.ins().iconst(machine_type(ty), 0),
            Some(-1) => self.b.ins().ineg(left),
            Some(power) if power > 0 && power & (power - 1) == 0 => {
                if is_mod {
                    let mask = i64::try_from(power - 1).unwrap_or(i64::MAX);
                    self.b.ins().band_imm_u(left, mask)
                } else {
                    self.b.ins().sshr_imm_u(left, i64::from(power.trailing_zeros()))
                }
            }
            Some(_) => self.floor(left, right, is_mod),
            None => {
                // The most negative number divided by -1 would trap: by 1 instead, then negated.
                let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, right, -1);
                let one = self.b.ins().iconst(machine_type(ty), 1);
                let divisor = self.b.ins().select(minus_one, one, right);
                let result = self.floor(left, divisor, is_mod);
                if is_mod {
                    return result;
                }
                let negated = self.b.ins().ineg(left);
                self.b.ins().select(minus_one, negated, result)
            }
        }
    }

    /// Rounds towards minus infinity what the machine rounds towards zero.
    fn floor(&mut self, left: Value, right: Value, is_mod: bool) -> Value {
        let rest = self.b.ins().srem(left, right);
        let signs = self.b.ins().bxor(rest, right);
        let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let inexact = self.b.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let adjust = self.b.ins().band(differ, inexact);
        if is_mod {
            let moved = self.b.ins().iadd(rest, right);
            return self.b.ins().select(adjust, moved, rest);
        }
        let quotient = self.b.ins().sdiv(left, right);
        let below = self.b.ins().iadd_imm_s(quotient, -1);
        self.b.ins().select(adjust, below, quotient)
    }

    fn shift(&mut self, operation: &Operation<'_>, kind: BinKind, ty: ScalarTy) -> Value {
        let (left, right) = operation.pair();
        let bits = i64::from(ty.bits());
        if operation.constant.is_some_and(|count| (0..i128::from(bits)).contains(&count)) {
            return self.machine_shift(left, right, kind, ty);
        }
        if ty.is_signed() {
            let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, right, 0);
            self.fails_if(negative, operation);
        }
        let all = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, right, bits);
        if kind == BinKind::RShift && ty.is_signed() {
            let last = self.b.ins().iconst(machine_type(ty), bits - 1);
            let count = self.b.ins().select(all, last, right);
            return self.machine_shift(left, count, kind, ty);
        }
        let shifted = self.machine_shift(left, right, kind, ty);
        let zero = self.b.ins().iconst(machine_type(ty), 0);
        self.b.ins().select(all, zero, shifted)
    }

    /// A shift by less than the width.
    fn machine_shift(&mut self, left: Value, count: Value, kind: BinKind, ty: ScalarTy) -> Value {
        match kind {
            BinKind::LShift => self.b.ins().ishl(left, count),
            _ if ty.is_signed() => self.b.ins().sshr(left, count),
            _ => self.b.ins().ushr(left, count),
        }
    }

    fn float_binary(&mut self, operation: &Operation<'_>, kind: BinKind) -> Option<Value> {
        let (left, right) = operation.pair();
        Some(match kind {
            BinKind::Add => self.b.ins().fadd(left, right),
            BinKind::Sub => self.b.ins().fsub(left, right),
            BinKind::Mul => self.b.ins().fmul(left, right),
            BinKind::Div => {
                let zero = self.machine_zero_like(right);
                let is_zero = self.b.ins().fcmp(FloatCC::Equal, right, zero);
                self.fails_if(is_zero, operation);
                self.b.ins().fdiv(left, right)
            }
            _ => return None,
        })
    }

    fn machine_zero_like(&mut self, value: Value) -> Value {
        let ty = self.b.func.dfg.value_type(value);
        self.machine_zero(ty)
    }

    fn complex_binary(&mut self, operation: &Operation<'_>, kind: BinKind) -> Option<Val> {
        let ([a, b], [c, d]) = (operation.values[0].values(), operation.values[1].values()) else {
            return None;
        };
        let (a, b, c, d) = (*a, *b, *c, *d);
        Some(Val::Parts(match kind {
            BinKind::Add => vec![self.b.ins().fadd(a, c), self.b.ins().fadd(b, d)],
            BinKind::Sub => vec![self.b.ins().fsub(a, c), self.b.ins().fsub(b, d)],
            BinKind::Mul => {
                let (ac, bd) = (self.b.ins().fmul(a, c), self.b.ins().fmul(b, d));
                let (ad, bc) = (self.b.ins().fmul(a, d), self.b.ins().fmul(b, c));
                vec![self.b.ins().fsub(ac, bd), self.b.ins().fadd(ad, bc)]
            }
            _ => return None,
        }))
    }

    fn negate(&mut self, value: &Val, ty: ScalarTy) -> Val {
        let negate = |one: &Value| {
            let whole = ty.is_int();
            if whole { self.b.ins().ineg(*one) } else { self.b.ins().fneg(*one) }
        };
        Val::Parts(value.values().iter().map(negate).collect())
    }

    fn compare(&mut self, operation: &Operation<'_>, kind: CmpKind, ty: ScalarTy) -> Option<Val> {
        let value = match ty {
            ScalarTy::Str | ScalarTy::Bytes => return None,
            ScalarTy::Complex128 => self.complex_compare(operation, kind)?,
            _ => {
                let (left, right) = operation.pair();
                if ty.is_float() {
                    self.b.ins().fcmp(float_condition(kind), left, right)
                } else {
                    self.b.ins().icmp(int_condition(kind, ty.is_signed()), left, right)
                }
            }
        };
        Some(Val::one(value))
    }

    fn complex_compare(&mut self, operation: &Operation<'_>, kind: CmpKind) -> Option<Value> {
        let ([a, b], [c, d]) = (operation.values[0].values(), operation.values[1].values()) else {
            return None;
        };
        let (a, b, c, d) = (*a, *b, *c, *d);
        let condition = float_condition(kind);
        let real = self.b.ins().fcmp(condition, a, c);
        let imag = self.b.ins().fcmp(condition, b, d);
        match kind {
            CmpKind::Eq => Some(self.b.ins().band(real, imag)),
            CmpKind::Ne => Some(self.b.ins().bor(real, imag)),
            _ => None,
        }
    }
}

fn float_condition(kind: CmpKind) -> FloatCC {
    match kind {
        CmpKind::Eq => FloatCC::Equal,
        CmpKind::Ne => FloatCC::NotEqual,
        CmpKind::Lt => FloatCC::LessThan,
        CmpKind::Le => FloatCC::LessThanOrEqual,
        CmpKind::Gt => FloatCC::GreaterThan,
        CmpKind::Ge => FloatCC::GreaterThanOrEqual,
    }
}

fn int_condition(kind: CmpKind, signed: bool) -> IntCC {
    let condition = match kind {
        CmpKind::Eq => IntCC::Equal,
        CmpKind::Ne => IntCC::NotEqual,
        CmpKind::Lt => IntCC::SignedLessThan,
        CmpKind::Le => IntCC::SignedLessThanOrEqual,
        CmpKind::Gt => IntCC::SignedGreaterThan,
        CmpKind::Ge => IntCC::SignedGreaterThanOrEqual,
    };
    if signed { condition } else { condition.unsigned() }
}
