//! Expressions.

use crate::emitter::{Emitter, Val};
use crate::shape::{Shape, data_offset, exists, machine_type};
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};
use spy_ir::{Callee, Const, DataRef, Expr, ExprKind, PrimOp, Scalar, Type};
use std::rc::Rc;

impl Emitter<'_> {
    /// The value of an expression. Nothing that is evaluated later changes it.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Val {
        let value = self.borrow(expr);
        if self.is_place(expr) {
            let shape = self.shape(&expr.ty);
            return self.kept(&shape, value);
        }
        value
    }

    /// The value of an expression that is used before anything else is evaluated.
    pub(crate) fn borrow(&mut self, expr: &Expr) -> Val {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.borrow_inner(expr))
    }

    /// The machine value of an expression that has one.
    pub(crate) fn single(&mut self, expr: &Expr) -> Value {
        match self.expr(expr).values() {
            [value] => *value,
            // The IR's verifier excludes it.
            _ => self.b.ins().iconst(types::I8, 0),
        }
    }

    /// Whether the value is read from memory that the program can change.
    fn is_place(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(_) | ExprKind::Cell(_) => true,
            ExprKind::AssignLocal(..) | ExprKind::AssignCell(..) => true,
            ExprKind::Call(Callee::GetField(_), args) => args.iter().all(|arg| self.is_place(arg)),
            ExprKind::Block(_, value) => self.is_place(value),
            _ => false,
        }
    }

    fn borrow_inner(&mut self, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, &expr.ty),
            ExprKind::Local(local) => self.read_local(*local),
            ExprKind::Cell(cell) => {
                let name = self.scope.cell(cell);
                self.read_cell(&name, &expr.ty)
            }
            ExprKind::Call(callee, args) => self.call(expr, callee, args),
            ExprKind::And(..) | ExprKind::Or(..) => self.short_circuit(expr),
            ExprKind::AssignLocal(local, value) => {
                let value = self.expr(value);
                self.assign(*local, &expr.ty, &value);
                value
            }
            ExprKind::AssignCell(cell, value) => {
                let value = self.expr(value);
                let name = self.scope.cell(cell);
                self.write_cell(&name, &expr.ty, &value);
                value
            }
            ExprKind::Block(body, value) => {
                self.stmts(body);
                self.borrow(value)
            }
        }
    }

    fn read_cell(&mut self, name: &str, ty: &Type) -> Val {
        if !exists(ty) {
            return Val::nothing();
        }
        let address = self.data_address(name, 0);
        let shape = self.shape(ty);
        self.load(&shape, address)
    }

    /// Gives a module variable a value.
    pub(crate) fn write_cell(&mut self, name: &str, ty: &Type, value: &Val) {
        if exists(ty) {
            let address = self.data_address(name, 0);
            let shape = self.shape(ty);
            self.store(&shape, value, address);
        }
    }

    /// A constant.
    pub(crate) fn constant(&mut self, value: &Const, ty: &Type) -> Val {
        match value {
            Const::Func(fqn) if *ty == Type::held() => {
                let name = self.scope.func(fqn).name;
                let address = self.function_place(&name);
                self.pointer(address)
            }
            Const::Func(fqn) if exists(ty) => self.func_address(fqn, ty),
            Const::Data(place) => self.data(place),
            Const::None | Const::Func(_) | Const::Opaque(_) => Val::nothing(),
            Const::Scalar(value) => self.scalar(value),
            Const::Null => self.zeros(ty),
            Const::Struct(fields) => {
                let values = fields
                    .iter()
                    .map(|(field, ty)| {
                        stacker::maybe_grow(64 << 10, 1 << 20, || self.constant(field, ty))
                    })
                    .collect();
                self.make_struct(ty, values)
            }
        }
    }

    /// A pointer into static data, or a static buffer.
    fn data(&mut self, place: &DataRef) -> Val {
        let Some(data) = self.scope.data(&place.data) else {
            return Val::one(self.address_const(0));
        };
        if data.buffer {
            return Val::one(self.data_address(&data.name, 0));
        }
        let offset = data_offset(&mut self.shapes, &data.item, place);
        let mut parts = vec![self.data_address(&data.name, offset)];
        if self.target.checked {
            parts.push(self.address_const(i64::from(place.len)));
        }
        Val::Parts(parts)
    }

    /// A constant number, bool, str or bytes.
    pub(crate) fn scalar(&mut self, value: &Scalar) -> Val {
        let text = match value {
            Scalar::F32(value) => return Val::one(self.b.ins().f32const(*value)),
            Scalar::F64(value) => return Val::one(self.b.ins().f64const(*value)),
            Scalar::Complex(re, im) => {
                let parts = [*re, *im].map(|part| self.b.ins().f64const(part));
                return Val::Parts(parts.to_vec());
            }
            Scalar::Str(text) => text.as_bytes(),
            Scalar::Bytes(data) => data,
            number => return Val::one(self.integer(number)),
        };
        let offset = self.links.literals.object(text);
        Val::one(self.literal_address(offset))
    }

    fn integer(&mut self, value: &Scalar) -> Value {
        let ty = machine_type(value.ty());
        let bits = match value {
            Scalar::Bool(value) => i128::from(*value),
            other => other.as_int().unwrap_or_default(),
        };
        // Cranelift wants the bits of the type and zeros above them.
        let mask = u64::MAX >> (64 - ty.bits());
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
        let bits = (bits as u64 & mask).cast_signed();
        self.b.ins().iconst(ty, bits)
    }

    /// A struct of its fields' values.
    fn make_struct(&mut self, ty: &Type, values: Vec<Val>) -> Val {
        let shape = self.shape(ty);
        if !shape.in_memory() {
            return Val::Parts(values.iter().flat_map(Val::values).copied().collect());
        }
        let address = self.temp(shape.size);
        for (field, value) in shape.fields.iter().zip(&values) {
            let place = self.offset(address, field.offset);
            self.store(&field.shape, value, place);
        }
        Val::Memory(address)
    }

    /// Field number `index` of a struct.
    pub(crate) fn field(&mut self, shape: &Rc<Shape>, value: &Val, index: usize) -> Val {
        let Some(field) = shape.fields.get(index) else {
            return Val::nothing();
        };
        match value {
            Val::Parts(parts) => {
                let end = field.first_part + field.shape.parts().len();
                Val::Parts(parts.get(field.first_part..end).unwrap_or_default().to_vec())
            }
            Val::Memory(address) => {
                let place = self.offset(*address, field.offset);
                self.load(&field.shape, place)
            }
        }
    }

    fn call(&mut self, expr: &Expr, callee: &Callee, args: &[Expr]) -> Val {
        match callee {
            Callee::Func(fqn) => self.call_func(expr, fqn, args),
            Callee::Value => self.call_value(expr, args),
            Callee::Prim(op) => self.prim(*op, args, expr.pos),
            Callee::Runtime(name) => self.call_runtime(expr, name, args),
            Callee::Raise(etype) => self.raise(expr, etype, args),
            Callee::StructMake => {
                let values = self.operands(args);
                self.make_struct(&expr.ty, values)
            }
            Callee::GetField(index) => {
                let [owner] = args else {
                    return Val::nothing();
                };
                let value = self.borrow(owner);
                let shape = self.shape(&owner.ty);
                self.field(&shape, &value, *index as usize)
            }
            Callee::Ptr(op) => self.ptr_op(*op, expr, args),
            Callee::LoadScratch(number) => self.load_scratch(*number, args, &expr.ty),
            Callee::StoreScratch(number) => self.store_scratch(*number, args),
        }
    }

    /// `and` and `or` where their value is wanted.
    fn short_circuit(&mut self, expr: &Expr) -> Val {
        let (yes, no, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        self.branch(expr, yes, no);
        for (block, value) in [(yes, 1), (no, 0)] {
            self.b.seal_block(block);
            self.b.switch_to_block(block);
            let value = self.b.ins().iconst(types::I8, value);
            self.b.ins().jump(done, &[BlockArg::Value(value)]);
        }
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        Val::one(result)
    }

    /// Evaluates a bool and goes to one of two blocks.
    pub(crate) fn branch(&mut self, test: &Expr, yes: Block, no: Block) {
        stacker::maybe_grow(128 << 10, 1 << 20, || match &test.kind {
            ExprKind::Const(Const::Scalar(Scalar::Bool(value))) => {
                self.b.ins().jump(if *value { yes } else { no }, &[]);
            }
            ExprKind::And(left, right) => {
                let middle = self.b.create_block();
                self.branch(left, middle, no);
                self.b.seal_block(middle);
                self.b.switch_to_block(middle);
                self.branch(right, yes, no);
            }
            ExprKind::Or(left, right) => {
                let middle = self.b.create_block();
                self.branch(left, yes, middle);
                self.b.seal_block(middle);
                self.b.switch_to_block(middle);
                self.branch(right, yes, no);
            }
            ExprKind::Call(Callee::Prim(op), args) if *op == PrimOp::NOT && args.len() == 1 => {
                self.branch(&args[0], no, yes);
            }
            _ => {
                let value = self.single(test);
                self.b.ins().brif(value, yes, &[], no, &[]);
            }
        });
    }
}
