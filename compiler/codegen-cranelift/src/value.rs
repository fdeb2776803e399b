//! Moving values between registers, locals and memory.

use crate::emitter::{Emitter, Place, Val};
use crate::shape::{ADDRESS, Part, Shape, exists};
use cranelift_codegen::ir::{
    AbiParam, InstBuilder, MemFlagsData, Signature, Type as Machine, Value, types,
};
use spy_ir::{LocalId, Scalar, ScalarTy, Type};

/// Memory blocks up to this size are copied word by word, in bytes.
const SMALL_BLOCK: u64 = 64;

/// Accesses never trap, and all memory of SPy is aligned.
fn flags() -> MemFlagsData {
    MemFlagsData::trusted()
}

impl Emitter<'_> {
    /// An address with an offset that instructions can hold.
    fn place(&mut self, address: Value, offset: u64) -> (Value, i32) {
        match i32::try_from(offset) {
            Ok(offset) => (address, offset),
            Err(_) => (self.offset(address, offset), 0),
        }
    }

    /// `address + offset`.
    pub(crate) fn offset(&mut self, address: Value, offset: u64) -> Value {
        if offset == 0 {
            return address;
        }
        self.b.ins().iadd_imm_s(address, offset.cast_signed())
    }

    fn load_part(&mut self, address: Value, part: &Part) -> Value {
        let (address, offset) = self.place(address, part.offset);
        if part.widened {
            let wide = self.b.ins().load(types::I64, flags(), address, offset);
            return self.b.ins().ireduce(part.ty, wide);
        }
        self.b.ins().load(part.ty, flags(), address, offset)
    }

    fn store_part(&mut self, value: Value, address: Value, part: &Part) {
        let (address, offset) = self.place(address, part.offset);
        let value = if part.widened { self.b.ins().sextend(types::I64, value) } else { value };
        self.b.ins().store(flags(), value, address, offset);
    }

    /// The value at an address. If it stays in memory, that is where it is.
    pub(crate) fn load(&mut self, shape: &Shape, address: Value) -> Val {
        if shape.in_memory() {
            return Val::Memory(address);
        }
        Val::Parts(shape.parts().iter().map(|part| self.load_part(address, part)).collect())
    }

    /// Like [`Emitter::load`], but what changes the memory later does not change the value.
    pub(crate) fn load_copy(&mut self, shape: &Shape, address: Value) -> Val {
        let value = self.load(shape, address);
        self.kept(shape, value)
    }

    /// A value that nothing changes before the statement ends.
    pub(crate) fn kept(&mut self, shape: &Shape, value: Val) -> Val {
        match value {
            Val::Memory(address) => {
                let copy = self.temp(shape.size);
                self.copy(copy, address, shape.size);
                Val::Memory(copy)
            }
            parts => parts,
        }
    }

    /// Stores a value.
    pub(crate) fn store(&mut self, shape: &Shape, value: &Val, address: Value) {
        match value {
            Val::Memory(source) => self.copy(address, *source, shape.size),
            Val::Parts(parts) => {
                for (value, part) in parts.iter().zip(shape.parts()) {
                    self.store_part(*value, address, part);
                }
            }
        }
    }

    /// Copies a block; the two are the same or do not overlap.
    fn copy(&mut self, to: Value, from: Value, size: u64) {
        if size > SMALL_BLOCK {
            // Its own source is a legal one, which `memcpy` does not promise.
            return self.block_call("memmove", &[to, from], size);
        }
        let mut at = 0u32;
        for ty in [types::I64, types::I32, types::I16, types::I8] {
            while size - u64::from(at) >= u64::from(ty.bytes()) {
                let word = self.b.ins().load(ty, flags(), from, at.cast_signed());
                self.b.ins().store(flags(), word, to, at.cast_signed());
                at += ty.bytes();
            }
        }
    }

    /// Fills a block with zeros.
    pub(crate) fn clear(&mut self, to: Value, size: u64) {
        let zero = self.b.ins().iconst(types::I32, 0);
        self.block_call("memset", &[to, zero], size);
    }

    /// Calls one of the C library's functions on blocks of memory.
    fn block_call(&mut self, name: &str, args: &[Value], size: u64) {
        let mut signature = Signature::new(self.target.isa.default_call_conv());
        let types: Vec<Machine> = args.iter().map(|arg| self.b.func.dfg.value_type(*arg)).collect();
        signature.params.extend(types.into_iter().map(AbiParam::new));
        signature.params.push(AbiParam::new(ADDRESS));
        signature.returns.push(AbiParam::new(ADDRESS));
        let near = self.target.is_near_c();
        let function = self.function(name, near, signature);
        let size = self.address_const(size.cast_signed());
        let mut all = args.to_vec();
        all.push(size);
        self.b.ins().call(function, &all);
    }

    /// A zero of a machine type.
    pub(crate) fn machine_zero(&mut self, ty: Machine) -> Value {
        match ty {
            types::F32 => self.b.ins().f32const(0.0),
            types::F64 => self.b.ins().f64const(0.0),
            _ => self.b.ins().iconst(ty, 0),
        }
    }

    /// A value of zeros: NULL, an empty struct, or what stands for a value that is never used.
    pub(crate) fn zeros(&mut self, ty: &Type) -> Val {
        let shape = self.shape(ty);
        if shape.in_memory() {
            let address = self.temp(shape.size);
            self.clear(address, shape.size);
            return Val::Memory(address);
        }
        Val::Parts(shape.parts().iter().map(|part| self.machine_zero(part.ty)).collect())
    }

    /// What a local holds before it is assigned.
    fn unassigned(&mut self, ty: &Type) -> Val {
        match ty {
            Type::Scalar(ScalarTy::Str) => self.scalar(&Scalar::str("")),
            Type::Scalar(ScalarTy::Bytes) => self.scalar(&Scalar::bytes([])),
            _ => self.zeros(ty),
        }
    }

    /// Makes room for a local. One that is no parameter starts out as zero.
    pub(crate) fn declare_local(&mut self, ty: &Type, first: Option<&Val>) {
        let shape = self.shape(ty);
        if shape.in_memory() {
            let slot = self.slot(shape.size);
            self.locals.push(Place::Slot(slot));
            let address = self.b.ins().stack_addr(ADDRESS, slot, 0);
            match first {
                Some(value) => self.store(&shape, value, address),
                None => self.clear(address, shape.size),
            }
            return;
        }
        let variables = shape.parts().iter().map(|part| self.b.declare_var(part.ty)).collect();
        self.locals.push(Place::Variables(variables));
        let value = first.cloned().unwrap_or_else(|| self.unassigned(ty));
        let local = LocalId(u32::try_from(self.locals.len() - 1).unwrap_or(u32::MAX));
        self.assign(local, ty, &value);
    }

    /// Gives a local a value.
    pub(crate) fn assign(&mut self, local: LocalId, ty: &Type, value: &Val) {
        if !exists(ty) {
            return;
        }
        match &self.locals[local.0 as usize] {
            Place::Variables(variables) => {
                for (variable, value) in variables.clone().into_iter().zip(value.values()) {
                    self.b.def_var(variable, *value);
                }
            }
            Place::Slot(slot) => {
                let address = self.b.ins().stack_addr(ADDRESS, *slot, 0);
                let shape = self.shape(ty);
                self.store(&shape, value, address);
            }
        }
    }

    /// The value of a local; if it is in memory, the address of the local itself.
    pub(crate) fn read_local(&mut self, local: LocalId) -> Val {
        match &self.locals[local.0 as usize] {
            Place::Variables(variables) => {
                let variables = variables.clone();
                Val::Parts(variables.into_iter().map(|one| self.b.use_var(one)).collect())
            }
            Place::Slot(slot) => Val::Memory(self.b.ins().stack_addr(ADDRESS, *slot, 0)),
        }
    }
}
