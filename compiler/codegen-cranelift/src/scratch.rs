//! A function's own memory besides its locals: a stack slot for each.

use crate::emitter::{Emitter, Val};
use crate::shape::ADDRESS;
use cranelift_codegen::ir::{InstBuilder, Value};
use spy_ir::{Expr, Type};

impl Emitter<'_> {
    /// Reserves all of it.
    pub(crate) fn reserve_scratch(&mut self) {
        for scratch in &self.func.scratch {
            let size = self.shape(&Type::Scalar(scratch.ty)).size;
            let slot = self.slot(size * u64::from(scratch.len));
            self.scratch.push(slot);
        }
    }

    /// An item.
    pub(crate) fn load_scratch(&mut self, number: u32, args: &[Expr], ty: &Type) -> Val {
        let values = self.operands(args);
        let Some(place) = self.scratch_item(number, &values, ty) else { return Val::nothing() };
        let shape = self.shape(ty);
        self.load(&shape, place)
    }

    /// `item = value`.
    pub(crate) fn store_scratch(&mut self, number: u32, args: &[Expr]) -> Val {
        let values = self.operands(args);
        if let [_, value] = &*values
            && let Some(place) = self.scratch_item(number, &values, &args[1].ty)
        {
            let shape = self.shape(&args[1].ty);
            self.store(&shape, value, place);
        }
        Val::nothing()
    }

    /// The address of item `values[0]`.
    fn scratch_item(&mut self, number: u32, values: &[Val], ty: &Type) -> Option<Value> {
        let slot = *self.scratch.get(number as usize)?;
        let index = *values.first()?.values().first()?;
        let size = self.shape(ty).size;
        let start = self.b.ins().stack_addr(ADDRESS, slot, 0);
        let offset = self.b.ins().imul_imm_s(index, i64::try_from(size).ok()?);
        Some(self.b.ins().iadd(start, offset))
    }
}
