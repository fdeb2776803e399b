//! A function's own memory besides its locals: arrays of C.

use crate::effects::Effects;
use crate::emitter::{Emitter, Value};
use crate::expr::combine;
use crate::names::declare;
use crate::prec;
use spy_ir::{Expr, Scratch, Type};

/// The C name of scratch memory.
fn name(number: u32) -> String {
    format!("spy_scratch{number}")
}

/// The declarations of all scratch memory of a function.
pub(crate) fn declarations(scratch: &[Scratch]) -> impl Iterator<Item = String> + '_ {
    (0..).zip(scratch).map(|(number, scratch)| {
        let array = format!("{}[{}]", name(number), scratch.len);
        format!("{};", declare(&Type::Scalar(scratch.ty), &array))
    })
}

impl Emitter<'_> {
    /// An item.
    pub(crate) fn load_scratch(&mut self, number: u32, args: &[Expr]) -> Value {
        let values = self.operands(args);
        let [index] = &*values else { return Value::nothing() };
        let mut value =
            combine(format!("{}[{}]", name(number), index.text), prec::PRIMARY, &values);
        value.effects.reads_memory = true;
        value
    }

    /// `item = value`.
    pub(crate) fn store_scratch(&mut self, number: u32, args: &[Expr]) -> Value {
        let values = self.operands(args);
        let [index, stored] = &*values else { return Value::nothing() };
        let text = format!("{}[{}] = {}", name(number), index.text, stored.text);
        let mut value = combine(text, 0, &values);
        value.is_call = true;
        value.effects = Effects { acts: true, ..value.effects };
        self.discard(&value);
        Value::nothing()
    }
}
