//! Operations on pointers and refs.
//!
//! Checked builds test every access and blame the position that they are given; release builds
//! test nothing, so they are given none.

use crate::effects::Effects;
use crate::emitter::{Emitter, Value};
use crate::expr::{call_text, combine, infix};
use crate::names::{c_type, exists, pointer_symbol};
use crate::prec;
use spy_ir::{Expr, PosIdx, PtrOp, Type};

impl Emitter<'_> {
    /// A pointer operation.
    pub(crate) fn ptr_op(&mut self, op: PtrOp, expr: &Expr, args: &[Expr]) -> Value {
        let mut values = self.operands(args);
        let Some(own) = args.first().map(|arg| &arg.ty) else {
            return Value::nothing();
        };
        if let (Type::Func(_), [left, right]) = (own, &*values) {
            let sign = if op == PtrOp::Eq { "==" } else { "!=" };
            return infix(left, sign, prec::CMP, right);
        }
        let function = |name: &str| format!("{}${name}", pointer_symbol(own));
        match op {
            PtrOp::Alloc => self.alloc(&values, expr),
            PtrOp::GetItemByVal => self.access("getitem_byval", own, &values, expr),
            PtrOp::GetItemByRef => self.access("getitem_byref", own, &values, expr),
            PtrOp::Deref => self.access("deref", own, &values, expr),
            PtrOp::Store => {
                let value = self.access("store", own, &values, expr);
                self.act(&value)
            }
            PtrOp::GetFieldByVal(field) => self.load_field(own, field, &values, expr),
            PtrOp::GetFieldByRef(field) => self.field_address(own, field, &values, expr),
            PtrOp::SetField(field) => self.store_field(own, field, args, &values, expr),
            PtrOp::Eq => call_text(&function("__eq__"), &values, None),
            PtrOp::Ne => call_text(&function("__ne__"), &values, None),
            PtrOp::ToBool => call_text(&function("to_bool"), &values, None),
            PtrOp::Cast => self.cast(&values, expr),
            PtrOp::Copy => self.bulk("spy_ptr_copy", args, &mut values, expr),
            PtrOp::CopySlice => self.bulk("spy_ptr_copy_slice", args, &mut values, expr),
            PtrOp::Move => self.bulk("spy_ptr_move", args, &mut values, expr),
            PtrOp::MoveSlice => self.bulk("spy_ptr_move_slice", args, &mut values, expr),
            PtrOp::SetBytes => self.bulk("spy_ptr_setbytes", args, &mut values, expr),
            PtrOp::SetBytesSlice => self.bulk("spy_ptr_setbytes_slice", args, &mut values, expr),
            PtrOp::Cmp => self.bulk("spy_ptr_cmp", args, &mut values, expr),
            PtrOp::CmpSlice => self.bulk("spy_ptr_cmp_slice", args, &mut values, expr),
        }
    }

    fn alloc(&mut self, values: &[Value], expr: &Expr) -> Value {
        let pos = self.position(expr.pos);
        let function = format!("{}$alloc", pointer_symbol(&expr.ty));
        let mut value = call_text(&function, values, Some(pos));
        value.effects.panics = true;
        value
    }

    fn cast(&mut self, values: &[Value], expr: &Expr) -> Value {
        let Some(address) = values.first().map(|value| value.operand(prec::PRIMARY, true)) else {
            return Value::nothing();
        };
        let length =
            if self.target.checked { format!(", {address}.length") } else { String::new() };
        let text = format!("({}){{(void *){address}.p{length}}}", c_type(&expr.ty));
        combine(text, prec::PRIMARY, values)
    }

    fn load_field(&mut self, own: &Type, field: u32, values: &[Value], expr: &Expr) -> Value {
        if !exists(&expr.ty) {
            values.iter().for_each(|value| self.discard(value));
            return Value::nothing();
        }
        let place = self.field(own, field, values, expr);
        let value = match own {
            Type::Ptr(_, item) | Type::Ref(_, item) => self.loaded_field(item, place, &expr.ty),
            _ => place,
        };
        if !self.target.checked && matches!(expr.ty, Type::Ptr(..) | Type::Ref(..)) {
            // What is copied as a struct may come from anywhere, as far as C compilers know; what
            // is read as a pointer cannot have been changed by storing a number.
            let text =
                format!("({}){{{}.p}}", c_type(&expr.ty), value.operand(prec::PRIMARY, true));
            return combine(text, prec::PRIMARY, &[value]);
        }
        value
    }

    fn field_address(&mut self, own: &Type, field: u32, values: &[Value], expr: &Expr) -> Value {
        let inner = self.field(own, field, values, expr);
        let function = format!("{}$from_addr", pointer_symbol(&expr.ty));
        let address = Value { text: format!("&{}", inner.text), ..inner };
        let mut value = call_text(&function, &[address], None);
        // The address depends on the pointer alone.
        value.effects.reads_memory = values.iter().any(|part| part.effects.reads_memory);
        value
    }

    fn store_field(
        &mut self,
        own: &Type,
        field: u32,
        args: &[Expr],
        values: &[Value],
        expr: &Expr,
    ) -> Value {
        let ([_, arg], [ptr, stored]) = (args, values) else {
            return Value::nothing();
        };
        if !exists(&arg.ty) {
            self.discard(ptr);
            return Value::nothing();
        }
        let mut stored = stored.clone();
        // The value comes before the check, which C could make first.
        if self.target.checked && !stored.effects.is_pure() {
            stored = self.spill(&stored, &arg.ty);
        }
        let place = self.field(own, field, &values[..1], expr);
        let text = format!("{} = {}", place.text, stored.text);
        let mut value = combine(text, 0, &[place, stored]);
        value.is_call = true;
        self.act(&value)
    }

    /// The position for a check that only checked builds make.
    fn check_position(&mut self, pos: PosIdx) -> String {
        if self.target.checked { self.position(pos) } else { "NULL".to_owned() }
    }

    fn access(&mut self, name: &str, own: &Type, values: &[Value], expr: &Expr) -> Value {
        let pos = self.check_position(expr.pos);
        let function = format!("{}${name}", pointer_symbol(own));
        let mut value = call_text(&function, values, Some(pos));
        value.effects.panics |= self.target.checked;
        // A reference to an item depends on the pointer, not on what it points to.
        value.effects.reads_memory |= name != "getitem_byref";
        value
    }

    /// Field number `field` of what a pointer points to, as something that can be assigned.
    fn field(&mut self, own: &Type, field: u32, values: &[Value], expr: &Expr) -> Value {
        let (Type::Ptr(_, item) | Type::Ref(_, item), [ptr]) = (own, values) else {
            return Value::nothing();
        };
        let field = self.field_name(item, field);
        let pointer = if self.target.checked {
            let pos = self.position(expr.pos);
            let checked = format!("{}$check({}, {pos})", pointer_symbol(own), ptr.text);
            let mut value = combine(checked, prec::PRIMARY, values);
            value.effects.panics = true;
            value
        } else {
            let text = ptr.operand(prec::PRIMARY, true);
            Value { text, prec: prec::PRIMARY, ..ptr.clone() }
        };
        let text = format!("{}.p->{field}", pointer.text);
        let mut value = combine(text, prec::PRIMARY, &[pointer]);
        value.effects.reads_memory = true;
        value
    }

    /// Writes out something that changes memory.
    fn act(&mut self, value: &Value) -> Value {
        let effects = Effects { acts: true, ..value.effects.clone() };
        self.discard(&Value { effects, ..value.clone() });
        Value::nothing()
    }

    /// Bulk operations are macros that mention their pointers more than once.
    fn bulk(&mut self, name: &str, args: &[Expr], values: &mut [Value], expr: &Expr) -> Value {
        for (value, arg) in values.iter_mut().zip(args) {
            if matches!(arg.ty, Type::Ptr(..) | Type::Ref(..)) && value.depth > 0 {
                *value = self.spill(value, &arg.ty);
            }
        }
        let pos = self.check_position(expr.pos);
        let mut value = call_text(name, values, Some(pos));
        value.effects.panics |= self.target.checked;
        value.effects.reads_memory = true;
        if expr.ty == Type::None { self.act(&value) } else { value }
    }
}
