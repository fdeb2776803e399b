//! Operations on pointers and refs.
//!
//! Checked builds test every access and blame the position that they are given; release builds test
//! nothing.

use crate::emitter::{Emitter, Val};
use crate::shape::{ADDRESS, Shape, exists};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Value, types};
use spy_ir::{Expr, PosIdx, PtrKind, PtrOp, ScalarTy, Type};
use std::rc::Rc;

impl Emitter<'_> {
    /// A pointer operation.
    pub(crate) fn ptr_op(&mut self, op: PtrOp, expr: &Expr, args: &[Expr]) -> Val {
        let values = self.operands(args);
        let Some(own) = args.first().map(|arg| &arg.ty) else {
            return Val::nothing();
        };
        let item = self.item_shape(own);
        let pos = expr.pos;
        match op {
            PtrOp::Alloc => self.alloc(&values, expr),
            PtrOp::GetItemByVal => {
                let place = self.item(&item, &values, "ptr_getitem out of bounds", pos);
                self.load_copy(&item, place)
            }
            PtrOp::GetItemByRef => {
                let place = self.item(&item, &values, "ptr_getitem out of bounds", pos);
                self.pointer(place)
            }
            PtrOp::Store => {
                let place = self.item(&item, &values, "ptr_store out of bounds", pos);
                self.store(&item, &values[2], place);
                Val::nothing()
            }
            PtrOp::Deref => {
                let place = self.target(&values[0], pos);
                self.load_copy(&item, place)
            }
            PtrOp::GetFieldByVal(field) => self.load_field(&item, field, &values, expr),
            PtrOp::GetFieldByRef(field) => {
                let place = self.field_place(&item, field, &values, pos);
                self.pointer(place)
            }
            PtrOp::SetField(field) => {
                if exists(&args[1].ty) {
                    let place = self.field_place(&item, field, &values, pos);
                    if let Some(field) = item.fields.get(field as usize) {
                        self.store(&field.shape, &values[1], place);
                    }
                }
                Val::nothing()
            }
            PtrOp::Eq => Val::one(self.same(&values)),
            PtrOp::Ne => {
                let same = self.same(&values);
                Val::one(self.b.ins().bxor_imm_u(same, 1))
            }
            PtrOp::ToBool => {
                let address = values[0].values()[0];
                Val::one(self.b.ins().icmp_imm_s(IntCC::NotEqual, address, 0))
            }
            PtrOp::Cast => values.into_iter().next().unwrap_or_else(Val::nothing),
            _ => self.bulk(bulk_function(op), args, &values, item.size, expr),
        }
    }

    /// The shape of what a pointer or ref points to.
    fn item_shape(&mut self, pointer: &Type) -> Rc<Shape> {
        match pointer {
            Type::Ptr(_, item) | Type::Ref(_, item) => self.shape(item),
            other => self.shape(other),
        }
    }

    /// A pointer or ref to one item.
    pub(crate) fn pointer(&mut self, address: Value) -> Val {
        let mut parts = vec![address];
        if self.target.checked {
            parts.push(self.address_const(1));
        }
        Val::Parts(parts)
    }

    fn alloc(&mut self, values: &[Val], expr: &Expr) -> Val {
        let Type::Ptr(kind, _) = &expr.ty else {
            return self.zeros(&expr.ty);
        };
        let item = self.item_shape(&expr.ty);
        let function = match kind {
            PtrKind::Raw => "spy_raw_alloc_items",
            PtrKind::Gc if item.scanned => "spy_gc_alloc_items",
            PtrKind::Gc => "spy_gc_alloc_items_atomic",
        };
        let count = values[0].values()[0];
        let size = self.address_const(item.size.cast_signed());
        let pos = self.position(expr.pos);
        let params = [types::I32, types::I64, ADDRESS];
        let call = self.c_call(function, &params, &[count, size, pos], Some(ADDRESS));
        let mut parts: Vec<Value> = call.into_iter().collect();
        if self.target.checked {
            parts.push(self.b.ins().sextend(types::I64, count));
        }
        Val::Parts(parts)
    }

    /// Calls a C function with parameters of these machine types.
    fn c_call(
        &mut self,
        name: &str,
        params: &[cranelift_codegen::ir::Type],
        args: &[Value],
        result: Option<cranelift_codegen::ir::Type>,
    ) -> Option<Value> {
        let mut own = Signature::new(self.target.isa.default_call_conv());
        own.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
        own.returns.extend(result.map(AbiParam::new));
        let near = self.target.is_near_runtime();
        let function = self.function(name, near, own);
        let call = self.b.ins().call(function, args);
        self.b.inst_results(call).first().copied()
    }

    /// The address of item `values[1]`.
    fn item(&mut self, item: &Shape, values: &[Val], message: &str, pos: PosIdx) -> Value {
        let (pointer, index) = (&values[0], values[1].values()[0]);
        let address = pointer.values()[0];
        let index = match self.b.func.dfg.value_type(index) {
            types::I64 => index,
            _ => self.b.ins().sextend(types::I64, index),
        };
        if let [_, length] = pointer.values() {
            // One comparison catches NULL (length 0), negative and too large indices.
            let outside = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, *length);
            self.check(outside, |emitter| {
                let message = emitter.c_string(message);
                let pos = emitter.position(pos);
                emitter.call_plain("spy_panic_bounds", &[address, message, pos]);
            });
        }
        let offset = if item.size.is_power_of_two() {
            self.b.ins().ishl_imm_u(index, i64::from(item.size.trailing_zeros()))
        } else {
            self.b.ins().imul_imm_s(index, item.size.cast_signed())
        };
        self.b.ins().iadd(address, offset)
    }

    /// The address that a pointer holds, which is not NULL.
    fn target(&mut self, pointer: &Val, pos: PosIdx) -> Value {
        let address = pointer.values()[0];
        if self.target.checked {
            let null = self.b.ins().icmp_imm_s(IntCC::Equal, address, 0);
            self.check(null, |emitter| {
                let pos = emitter.position(pos);
                emitter.call_plain("spy_panic_null", &[pos]);
            });
        }
        address
    }

    fn field_place(&mut self, item: &Shape, field: u32, values: &[Val], pos: PosIdx) -> Value {
        let address = self.target(&values[0], pos);
        let offset = item.fields.get(field as usize).map_or(0, |field| field.offset);
        self.offset(address, offset)
    }

    fn load_field(&mut self, item: &Shape, field: u32, values: &[Val], expr: &Expr) -> Val {
        if !exists(&expr.ty) {
            return Val::nothing();
        }
        let place = self.field_place(item, field, values, expr.pos);
        match item.fields.get(field as usize) {
            Some(field) => self.load_copy(&field.shape, place),
            None => self.zeros(&expr.ty),
        }
    }

    /// Whether two pointers are the same, and reach as far.
    fn same(&mut self, values: &[Val]) -> Value {
        let pairs = values[0].values().iter().zip(values[1].values());
        let same = pairs
            .map(|(left, right)| self.b.ins().icmp(IntCC::Equal, *left, *right))
            .collect::<Vec<_>>();
        same.into_iter()
            .reduce(|all, one| self.b.ins().band(all, one))
            .unwrap_or_else(|| self.b.ins().iconst(types::I8, 1))
    }

    /// An operation on runs of items, which the runtime does.
    fn bulk(
        &mut self,
        function: &str,
        args: &[Expr],
        values: &[Val],
        item_size: u64,
        expr: &Expr,
    ) -> Val {
        let (mut params, mut all) = (Vec::new(), Vec::new());
        for (arg, value) in args.iter().zip(values) {
            if matches!(arg.ty, Type::Ptr(..) | Type::Ref(..)) {
                // A run is an address and a length, which is 0 where nothing is checked.
                let address = value.values()[0];
                let length = value.values().get(1).copied();
                let length = length.unwrap_or_else(|| self.address_const(0));
                params.extend([AbiParam::new(ADDRESS), AbiParam::new(types::I64)]);
                all.extend([address, length]);
            } else {
                let is_byte = arg.ty == Type::Scalar(ScalarTy::U8);
                let narrow = AbiParam::new(types::I8).uext();
                params.push(if is_byte { narrow } else { AbiParam::new(types::I32) });
                all.extend(value.values());
            }
        }
        let size = self.address_const(item_size.cast_signed());
        let pos = self.check_position(expr.pos);
        all.extend([size, pos]);
        params.extend([AbiParam::new(types::I64), AbiParam::new(ADDRESS)]);
        let mut own = Signature::new(self.target.isa.default_call_conv());
        own.params = params;
        if exists(&expr.ty) {
            own.returns.push(AbiParam::new(types::I32));
        }
        let near = self.target.is_near_runtime();
        let function = self.function(function, near, own);
        let call = self.b.ins().call(function, &all);
        Val::Parts(self.b.inst_results(call).to_vec())
    }
}

/// The runtime's function for an operation on runs of items.
fn bulk_function(op: PtrOp) -> &'static str {
    match op {
        PtrOp::Copy => "spy_bulk_copy",
        PtrOp::CopySlice => "spy_bulk_copy_slice",
        PtrOp::Move => "spy_bulk_move",
        PtrOp::MoveSlice => "spy_bulk_move_slice",
        PtrOp::SetBytes => "spy_bulk_setbytes",
        PtrOp::SetBytesSlice => "spy_bulk_setbytes_slice",
        PtrOp::Cmp => "spy_bulk_cmp",
        _ => "spy_bulk_cmp_slice",
    }
}
