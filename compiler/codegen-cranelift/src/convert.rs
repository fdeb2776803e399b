//! Conversions between scalars.

use crate::emitter::{Emitter, Val};
use crate::shape::machine_type;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use spy_ir::ScalarTy;

impl Emitter<'_> {
    /// A conversion; `None` if the runtime does it.
    pub(crate) fn convert(&mut self, value: &Val, from: ScalarTy, to: ScalarTy) -> Option<Val> {
        let [value] = value.values() else {
            return None;
        };
        let value = *value;
        if from == ScalarTy::Str {
            return None;
        }
        if to == ScalarTy::Complex128 {
            let real =
                if from.is_int() { self.int_to_float(value, from, ScalarTy::F64) } else { value };
            let imag = self.b.ins().f64const(0.0);
            return Some(Val::Parts(vec![real, imag]));
        }
        let wholes = (from.is_int() || from == ScalarTy::Bool, to.is_int());
        Some(Val::one(match (wholes, to) {
            (_, ScalarTy::Bool) => self.is_not_zero(value, from),
            ((true, true), _) => self.resize(value, from, to),
            ((true, false), _) => self.int_to_float(value, from, to),
            ((false, true), _) => self.float_to_int(value, from, to),
            ((false, false), ScalarTy::F64) if from == ScalarTy::F32 => {
                self.b.ins().fpromote(types::F64, value)
            }
            ((false, false), ScalarTy::F32) if from == ScalarTy::F64 => {
                self.b.ins().fdemote(types::F32, value)
            }
            _ => return None,
        }))
    }

    fn is_not_zero(&mut self, value: Value, ty: ScalarTy) -> Value {
        if ty.is_float() {
            let zero = self.machine_zero(machine_type(ty));
            return self.b.ins().fcmp(FloatCC::NotEqual, value, zero);
        }
        self.b.ins().icmp_imm_s(IntCC::NotEqual, value, 0)
    }

    /// Integers wrap when they get narrower.
    fn resize(&mut self, value: Value, from: ScalarTy, to: ScalarTy) -> Value {
        let (have, want) = (machine_type(from), machine_type(to));
        if want.bits() < have.bits() {
            self.b.ins().ireduce(want, value)
        } else if want.bits() == have.bits() {
            value
        } else if from.is_signed() {
            self.b.ins().sextend(want, value)
        } else {
            self.b.ins().uextend(want, value)
        }
    }

    /// An integer or bool as a float, rounded to the nearest.
    pub(crate) fn int_to_float(&mut self, value: Value, from: ScalarTy, to: ScalarTy) -> Value {
        let float = machine_type(to);
        let wide = if from.bits() < 32 {
            let wider = if from.is_signed() { ScalarTy::I32 } else { ScalarTy::U32 };
            self.resize(value, from, wider)
        } else {
            value
        };
        if from.is_signed() {
            self.b.ins().fcvt_from_sint(float, wide)
        } else {
            self.b.ins().fcvt_from_uint(float, wide)
        }
    }

    /// Truncates and saturates; nan gives 0.
    fn float_to_int(&mut self, value: Value, from: ScalarTy, to: ScalarTy) -> Value {
        // What single precision can hold, double precision can.
        let value = match from {
            ScalarTy::F32 => self.b.ins().fpromote(types::F64, value),
            _ => value,
        };
        let ty = machine_type(to);
        match to {
            ScalarTy::I8 => {
                let whole = self.b.ins().fcvt_to_sint_sat(types::I32, value);
                let low = self.b.ins().iconst(types::I32, i64::from(i8::MIN));
                let high = self.b.ins().iconst(types::I32, i64::from(i8::MAX));
                let whole = self.b.ins().smax(whole, low);
                let whole = self.b.ins().smin(whole, high);
                self.b.ins().ireduce(ty, whole)
            }
            ScalarTy::U8 => {
                let whole = self.b.ins().fcvt_to_uint_sat(types::I32, value);
                let high = self.b.ins().iconst(types::I32, i64::from(u8::MAX));
                let whole = self.b.ins().umin(whole, high);
                self.b.ins().ireduce(ty, whole)
            }
            _ if to.is_signed() => self.b.ins().fcvt_to_sint_sat(ty, value),
            _ => self.b.ins().fcvt_to_uint_sat(ty, value),
        }
    }
}
