//! The rules for expressions.

use super::Checker;
use crate::{
    Callee, Const, DataItems, DataRef, Expr, ExprKind, Fqn, FuncType, Name, PtrKind, PtrOp,
    ScalarTy, Stmt, Type,
};
use std::sync::Arc;

const U8: Type = Type::Scalar(ScalarTy::U8);

impl Checker<'_> {
    /// Checks an expression and everything in it.
    pub(super) fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr));
    }

    fn expr_inner(&mut self, expr: &Expr) {
        self.pos(expr.pos);
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, &expr.ty),
            ExprKind::Local(local) => {
                if let Some(ty) = self.local_type(*local) {
                    self.expect("local's value", &ty, &expr.ty);
                }
            }
            ExprKind::Cell(cell) => {
                if let Some(ty) = self.cell_type(cell) {
                    self.expect("cell's value", &ty, &expr.ty);
                }
            }
            ExprKind::Call(callee, args) => {
                for arg in args {
                    self.expr(arg);
                }
                self.call(callee, args, &expr.ty);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expect("value of `and` or `or`", &Type::BOOL, &expr.ty);
                self.test(left);
                self.test(right);
            }
            ExprKind::AssignLocal(local, value) => {
                self.expect("assignment's value", &value.ty, &expr.ty);
                self.assign_local(*local, value);
            }
            ExprKind::AssignCell(cell, value) => {
                self.expect("assignment's value", &value.ty, &expr.ty);
                self.assign_cell(cell, value);
            }
            ExprKind::Block(body, value) => {
                self.block(body);
                self.expect("block's value", &value.ty, &expr.ty);
                self.expr(value);
            }
        }
    }

    /// A block is a value's computation: control may not leave it.
    fn block(&mut self, body: &[Stmt]) {
        let outer = (std::mem::take(&mut self.loops), std::mem::replace(&mut self.in_block, true));
        self.stmts(body);
        (self.loops, self.in_block) = outer;
    }

    /// A constant of this type.
    pub(super) fn constant(&mut self, value: &Const, ty: &Type) {
        match value {
            Const::None => self.expect("None", &Type::None, ty),
            Const::Scalar(value) => self.expect("constant", &Type::Scalar(value.ty()), ty),
            Const::Null => {
                let nullable = match ty {
                    Type::Ptr(..) | Type::Ref(..) | Type::Func(_) => true,
                    _ => matches!(ty, Type::File | Type::RawBuffer),
                };
                if !nullable {
                    self.error(format!("NULL of type `{}`", ty.fqn()));
                }
            }
            Const::Struct(fields) => {
                let types: Vec<Type> = fields.iter().map(|(_, ty)| ty.clone()).collect();
                self.fields(&types, ty);
                for (field, ty) in fields {
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.constant(field, ty));
                }
            }
            Const::Func(fqn) if matches!(ty, Type::Func(_)) => self.address(fqn, ty),
            Const::Func(fqn) if *ty == Type::held() => self.addressed(fqn),
            Const::Data(place) => self.place(place, ty),
            Const::Func(_) | Const::Opaque(_) => {
                if !matches!(ty, Type::Opaque(_)) {
                    self.error(format!("compile-time constant of type `{}`", ty.fqn()));
                }
            }
        }
    }

    /// The address of a function.
    fn address(&mut self, fqn: &Fqn, ty: &Type) {
        match self.program.signature(fqn) {
            Some((params, ret)) => {
                let own = Type::Func(Arc::new(FuncType { params, ret }));
                self.expect(&format!("address of `{fqn}`"), &own, ty);
            }
            None => self.error(format!("address of the unknown function `{fqn}`")),
        }
        self.addressed(fqn);
    }

    /// Something that is known by its address.
    fn addressed(&mut self, fqn: &Fqn) {
        if !self.program.is_addressed(fqn) {
            self.error(format!("address of `{fqn}`, which may have several"));
        }
    }

    /// A place in static data. The end of the items is one, too.
    fn place(&mut self, place: &DataRef, ty: &Type) {
        let Some(data) = self.program.data(&place.data) else {
            self.error(format!("unknown data `{}`", place.data));
            return;
        };
        let left = data.items.len().checked_sub(place.index as usize);
        if left.is_none_or(|left| left < place.len as usize && place.path.is_empty()) {
            self.error(format!("item {} of `{}`, with {}", place.index, data.fqn, place.len));
        }
        if matches!(data.items, DataItems::RawBuffer(_)) {
            self.expect("buffer", &Type::RawBuffer, ty);
            return;
        }
        let mut item = data.item.clone();
        for field in &place.path {
            let Some(def) = self.struct_of(&item) else { return };
            let Some((_, ty)) = def.fields.get(*field as usize) else {
                self.error(format!("field {field} of `{}`", def.fqn));
                return;
            };
            item = ty.clone();
        }
        match ty {
            held if *held == Type::held() => {}
            Type::Ptr(_, target) | Type::Ref(_, target) => self.expect("data", target, &item),
            other => self.error(format!("`{}` into data", other.fqn())),
        }
    }

    /// Checks values for all fields of a struct.
    fn fields(&mut self, got: &[Type], ty: &Type) {
        let Some(def) = self.struct_of(ty) else {
            return;
        };
        let expected: Vec<Type> = def.fields.iter().map(|(_, ty)| ty.clone()).collect();
        self.params(&def.fqn.to_string(), &expected, got);
    }

    fn struct_of(&mut self, ty: &Type) -> Option<Arc<crate::StructDef>> {
        let def = match ty {
            Type::Struct(fqn) => self.program.struct_def(fqn),
            _ => None,
        };
        if def.is_none() {
            self.error(format!("`{}` is not a struct of the program", ty.fqn()));
        }
        def
    }

    fn params(&mut self, callee: &str, expected: &[Type], got: &[Type]) {
        if expected.len() != got.len() {
            self.error(format!("`{callee}` takes {} values, got {}", expected.len(), got.len()));
            return;
        }
        for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
            self.expect(&format!("argument {index} of `{callee}`"), expected, got);
        }
    }

    fn call(&mut self, callee: &Callee, args: &[Expr], ty: &Type) {
        let got: Vec<Type> = args.iter().map(|arg| arg.ty.clone()).collect();
        match callee {
            Callee::Func(fqn) => self.call_func(fqn, &got, ty),
            Callee::Value => match got.split_first() {
                Some((Type::Func(func), got)) => {
                    self.params("function value", &func.params, got);
                    self.expect("result of a function value", &func.ret, ty);
                }
                _ => self.error("a call of what is no function"),
            },
            Callee::Prim(op) => {
                let expected: Vec<Type> = op.params().iter().map(|ty| Type::Scalar(*ty)).collect();
                self.params(op.fqn(), &expected, &got);
                self.expect(op.fqn(), &Type::Scalar(op.result()), ty);
            }
            Callee::Runtime(name) => self.call_runtime(name, &got, ty),
            Callee::Raise(_) => self.params("raise", &[Type::STR], &got),
            Callee::StructMake => self.fields(&got, ty),
            Callee::GetField(field) => {
                if let [owner] = &*got {
                    self.field(owner, *field, ty);
                } else {
                    self.error("a field of several values");
                }
            }
            Callee::Ptr(op) => self.ptr_op(*op, &got, ty),
            Callee::LoadScratch(number) | Callee::StoreScratch(number) => {
                self.scratch(callee, *number, &got, ty);
            }
        }
    }

    /// A load or store of the function's own memory.
    fn scratch(&mut self, callee: &Callee, number: u32, got: &[Type], ty: &Type) {
        let Some(scratch) = self.func.scratch.get(number as usize) else {
            self.error(format!("there is no scratch memory {number}"));
            return;
        };
        let (index, item) = (Type::Scalar(ScalarTy::I64), Type::Scalar(scratch.ty));
        if matches!(callee, Callee::LoadScratch(_)) {
            self.params("load of scratch memory", &[index], got);
            self.expect("load of scratch memory", &item, ty);
        } else {
            self.params("store to scratch memory", &[index, item], got);
        }
    }

    fn call_func(&mut self, fqn: &Fqn, got: &[Type], ty: &Type) {
        match self.program.signature(fqn) {
            Some((params, ret)) => {
                self.params(fqn.full(), &params, got);
                self.expect(&format!("result of `{fqn}`"), &ret, ty);
            }
            None => self.error(format!("unknown function `{fqn}`")),
        }
    }

    fn call_runtime(&mut self, name: &Name, got: &[Type], ty: &Type) {
        let Some(function) = spy_prim::runtime::lookup(name) else {
            self.error(format!("unknown runtime function `{name}`"));
            return;
        };
        let short = |ty: &Type| match ty {
            Type::None => "None".to_owned(),
            other => other.fqn().short(),
        };
        let got: Vec<String> = got.iter().map(short).collect();
        if got != function.params {
            let expected = function.params.join(", ");
            self.error(format!("`{name}` takes ({expected}), got ({})", got.join(", ")));
        }
        if short(ty) != function.result {
            self.error(format!("`{name}` returns `{}`, not `{}`", function.result, short(ty)));
        }
    }

    /// Field number `field` of a struct has this type.
    fn field(&mut self, owner: &Type, field: u32, ty: &Type) {
        let Some(def) = self.struct_of(owner) else {
            return;
        };
        match def.fields.get(field as usize) {
            Some((name, expected)) => self.expect(&format!("field `{name}`"), expected, ty),
            None => self.error(format!("field {field} of `{}`", def.fqn)),
        }
    }

    fn ptr_op(&mut self, op: PtrOp, got: &[Type], ty: &Type) {
        if op == PtrOp::Alloc {
            self.params("alloc", &[Type::I32], got);
            if !matches!(ty, Type::Ptr(..)) {
                self.error(format!("alloc makes a `{}`", ty.fqn()));
            }
            return;
        }
        if let (PtrOp::Eq | PtrOp::Ne, Some(func @ Type::Func(_))) = (op, got.first()) {
            self.params("comparison", &[func.clone(), func.clone()], got);
            self.expect("comparison", &Type::BOOL, ty);
            return;
        }
        let Some(Type::Ptr(kind, item) | Type::Ref(kind, item)) = got.first() else {
            self.error(format!("{op:?} without a pointer"));
            return;
        };
        let own = &got[0];
        let (params, result) = self.ptr_signature(op, own, (*kind, item), got, ty);
        self.params(&format!("{op:?}"), &params, got);
        self.expect(&format!("{op:?}"), &result, ty);
        let needs_ref = op == PtrOp::Deref;
        let needs_ptr = matches!(op, PtrOp::GetItemByVal | PtrOp::GetItemByRef | PtrOp::Store);
        if (needs_ref && !matches!(own, Type::Ref(..)))
            || (needs_ptr && !matches!(own, Type::Ptr(..)))
        {
            self.error(format!("{op:?} of a `{}`", own.fqn()));
        }
    }

    /// Parameters and result of an operation on `own`, a pointer to `item`. Where the operation
    /// takes a second pointer, any with the same item type will do.
    fn ptr_signature(
        &mut self,
        op: PtrOp,
        own: &Type,
        (kind, item): (PtrKind, &Arc<Type>),
        got: &[Type],
        ty: &Type,
    ) -> (Vec<Type>, Type) {
        let own = || own.clone();
        let second = |index: usize| match got.get(index) {
            Some(other @ Type::Ptr(_, other_item)) if other_item == item => other.clone(),
            _ => own(),
        };
        let int = Type::I32;
        let long = Type::Scalar(ScalarTy::I64);
        let subscript = if got.get(1) == Some(&long) { long } else { Type::I32 };
        match op {
            PtrOp::Alloc => (vec![int], own()),
            PtrOp::GetItemByVal => (vec![own(), subscript], (**item).clone()),
            PtrOp::GetItemByRef => (vec![own(), subscript], Type::Ref(kind, item.clone())),
            PtrOp::Store => (vec![own(), subscript, (**item).clone()], Type::None),
            PtrOp::GetFieldByVal(field) => {
                self.field(item, field, ty);
                (vec![own()], ty.clone())
            }
            PtrOp::GetFieldByRef(field) => {
                match ty {
                    Type::Ref(of, inner) if *of == kind => self.field(item, field, inner),
                    other => self.error(format!("reference to a field is a `{}`", other.fqn())),
                }
                (vec![own()], ty.clone())
            }
            PtrOp::SetField(field) => {
                let value = got.get(1).cloned().unwrap_or(Type::None);
                self.field(item, field, &value);
                (vec![own(), value], Type::None)
            }
            PtrOp::Deref => (vec![own()], (**item).clone()),
            PtrOp::Eq | PtrOp::Ne => (vec![own(), own()], Type::BOOL),
            PtrOp::ToBool => (vec![own()], Type::BOOL),
            PtrOp::Cast => {
                if !matches!(ty, Type::Ptr(of, _) if *of == kind) {
                    self.error(format!("cast to a `{}`", ty.fqn()));
                }
                (vec![own()], ty.clone())
            }
            PtrOp::Copy | PtrOp::Move => (vec![own(), second(1), int], Type::None),
            PtrOp::CopySlice | PtrOp::MoveSlice => (slices(own(), second(3)), Type::None),
            PtrOp::SetBytes => (vec![own(), U8, int], Type::None),
            PtrOp::SetBytesSlice => (vec![own(), int, Type::I32, U8], Type::None),
            PtrOp::Cmp => (vec![own(), second(1), int], Type::I32),
            PtrOp::CmpSlice => (slices(own(), second(3)), Type::I32),
        }
    }
}

/// Parameters of an operation on slices of two pointers.
fn slices(first: Type, second: Type) -> Vec<Type> {
    vec![first, Type::I32, Type::I32, second, Type::I32, Type::I32]
}
