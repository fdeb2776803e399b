//! Expressions: C text where the order of evaluation allows it, statements and temporaries where it
//! does not.

use crate::carry::{self, is_packed};
use crate::effects::{Effects, LocalSet};
use crate::emitter::{Emitter, Value, struct_symbol};
use crate::names::{c_type, exists, identifier, symbol};
use crate::{literal, prec};
use spy_ir::{Callee, Const, Expr, ExprKind, Fqn, LocalId, Name, Scalar, Type};

/// Expressions nested deeper than this are split: compilers limit the nesting of brackets, and
/// readers do so sooner.
const MAX_DEPTH: u32 = 24;

impl Emitter<'_> {
    /// The value of an expression. What cannot be said in an expression is written out first.
    pub(crate) fn value(&mut self, expr: &Expr) -> Value {
        let value = stacker::maybe_grow(128 << 10, 1 << 20, || self.value_inner(expr));
        if value.depth > MAX_DEPTH { self.spill(&value, &expr.ty) } else { value }
    }

    fn value_inner(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, &expr.ty),
            ExprKind::Local(local) => self.local(*local, &expr.ty),
            ExprKind::Cell(cell) => self.cell(cell, &expr.ty),
            ExprKind::Call(callee, args) => self.call(expr, callee, args),
            ExprKind::And(left, right) => self.short_circuit(left, right, true),
            ExprKind::Or(left, right) => self.short_circuit(left, right, false),
            ExprKind::AssignLocal(local, value) => {
                self.assign_local(*local, value);
                self.local(*local, &expr.ty)
            }
            ExprKind::AssignCell(cell, value) => {
                self.assign_cell(cell, value);
                self.cell(cell, &expr.ty)
            }
            ExprKind::Block(body, value) => {
                self.stmts(body);
                self.value(value)
            }
        }
    }

    fn local(&mut self, local: LocalId, ty: &Type) -> Value {
        if !exists(ty) {
            return Value::nothing();
        }
        Value::read(self.local_name(local), Effects::reads_local(local))
    }

    /// The symbol of a module variable.
    pub(crate) fn cell_name(&mut self, cell: &Fqn) -> String {
        let symbol = self.scope.cell(cell);
        self.modules.insert(symbol.module);
        symbol.name
    }

    fn cell(&mut self, cell: &Fqn, ty: &Type) -> Value {
        if !exists(ty) {
            return Value::nothing();
        }
        let name = self.cell_name(cell);
        Value::read(&name, Effects { reads_memory: true, ..Effects::default() })
    }

    /// Assigns a local.
    pub(crate) fn assign_local(&mut self, local: LocalId, value: &Expr) {
        let stored = exists(&value.ty);
        let value = self.value(value);
        if !stored {
            return self.discard(&value);
        }
        let effects = Effects { writes: LocalSet::one(local), ..value.effects };
        let line = format!("{} = {};", self.local_name(local), value.text);
        self.effect_line(line, &effects);
    }

    /// Assigns a module variable.
    pub(crate) fn assign_cell(&mut self, cell: &Fqn, value: &Expr) {
        let stored = exists(&value.ty);
        let value = self.value(value);
        if !stored {
            return self.discard(&value);
        }
        let name = self.cell_name(cell);
        let effects = Effects { acts: true, ..value.effects };
        self.effect_line(format!("{name} = {};", value.text), &effects);
    }

    /// A constant.
    pub(crate) fn constant(&mut self, value: &Const, ty: &Type) -> Value {
        match value {
            Const::Func(fqn) if exists(ty) => {
                let symbol = self.scope.func(fqn);
                self.modules.insert(symbol.module);
                if *ty != Type::held() {
                    return Value::atom(symbol.name, prec::PRIMARY);
                }
                let place = crate::data::function_place(&symbol.name, self.target);
                Value::atom(format!("({}){{{place}}}", c_type(ty)), prec::PRIMARY)
            }
            Const::Data(place) => self.data(place, ty),
            Const::None | Const::Func(_) | Const::Opaque(_) => Value::nothing(),
            Const::Scalar(value) => self.scalar(value),
            Const::Null => Value::atom(literal::null(ty), prec::PRIMARY),
            Const::Struct(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .filter(|(_, ty)| exists(ty))
                    .map(|(field, ty)| {
                        stacker::maybe_grow(64 << 10, 1 << 20, || self.constant(field, ty).text)
                    })
                    .collect();
                Value::atom(make_struct(ty, &fields), prec::PRIMARY)
            }
        }
    }

    /// Values of operands which are evaluated from left to right, each once. Values that a later
    /// operand could disturb go to temporaries.
    pub(crate) fn operands(&mut self, exprs: &[Expr]) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::with_capacity(exprs.len());
        let mut pending = Effects::default();
        for expr in exprs {
            let (value, before) = self.aside(|emitter| {
                let value = emitter.value(expr);
                if exists(&expr.ty) {
                    value
                } else {
                    emitter.discard(&value);
                    Value::nothing()
                }
            });
            let mut coming = before.effects().clone();
            coming.merge(&value.effects);
            if pending.conflicts(&coming) {
                pending = Effects::default();
                for (earlier, expr) in values.iter_mut().zip(exprs) {
                    if earlier.effects.conflicts(&coming) {
                        *earlier = self.spill(earlier, &expr.ty);
                    }
                    pending.merge(&earlier.effects);
                }
            }
            self.append(before);
            pending.merge(&value.effects);
            values.push(value);
        }
        values
    }

    fn short_circuit(&mut self, left: &Expr, right: &Expr, is_and: bool) -> Value {
        let left = self.value(left);
        self.indent();
        let (right, before) = self.aside(|emitter| emitter.value(right));
        self.dedent();
        if before.is_empty() {
            let (sign, prec) = if is_and { ("&&", prec::AND) } else { ("||", prec::OR) };
            return infix(&left, sign, prec, &right);
        }
        let result = self.spill(&left, &Type::BOOL);
        let test = if is_and { result.text.clone() } else { result.negated() };
        self.line(format!("if ({test}) {{"));
        self.append(before);
        self.indent();
        self.effect_line(format!("{} = {};", result.text, right.text), &right.effects);
        self.dedent();
        self.line("}");
        result
    }

    fn call(&mut self, expr: &Expr, callee: &Callee, args: &[Expr]) -> Value {
        match callee {
            Callee::Func(fqn) => self.call_func(expr, fqn, args),
            Callee::Value => self.call_value(expr, args),
            Callee::Prim(op) => self.prim(*op, args, expr.pos),
            Callee::Runtime(name) => self.call_runtime(expr, name, args),
            Callee::Raise(etype) => self.raise(expr, etype, args),
            Callee::StructMake => {
                let values = self.operands(args);
                let texts: Vec<String> =
                    values.iter().filter(|v| !v.text.is_empty()).map(|v| v.text.clone()).collect();
                combine(make_struct(&expr.ty, &texts), prec::PRIMARY, &values)
            }
            Callee::GetField(field) => self.get_field(expr, *field, args),
            Callee::Ptr(op) => self.ptr_op(*op, expr, args),
            Callee::LoadScratch(number) => self.load_scratch(*number, args),
            Callee::StoreScratch(number) => self.store_scratch(*number, args),
        }
    }

    fn call_func(&mut self, expr: &Expr, fqn: &Fqn, args: &[Expr]) -> Value {
        let mut values = self.operands(args);
        let callee = self.scope.func(fqn);
        let carries = callee.inline && self.target.shares_inline;
        for (value, arg) in values.iter_mut().zip(args) {
            if carries && is_packed(&arg.ty, self.scope) {
                value.text = carry::pack(&arg.ty, &value.text);
            }
        }
        self.modules.insert(callee.module);
        let pos = callee.track_caller.then(|| self.position(expr.pos));
        let mut value = call_text(&callee.name, &values, pos);
        value.effects.acts = true;
        if carries && is_packed(&expr.ty, self.scope) {
            value.text.push_str(".value");
            value.is_call = false;
        }
        value
    }

    /// A call of a function value, which is looked at when all arguments have been evaluated.
    fn call_value(&mut self, expr: &Expr, args: &[Expr]) -> Value {
        let mut values = self.operands(args);
        for (value, arg) in values.iter_mut().zip(args) {
            if !value.effects.is_pure() {
                *value = self.spill(value, &arg.ty);
            }
        }
        let Some((func, values)) = values.split_first() else { return Value::nothing() };
        let func = if func.depth > 0 { self.spill(func, &args[0].ty) } else { func.clone() };
        if !matches!(args[0].kind, ExprKind::Const(Const::Func(_))) {
            let test = func.operand(prec::CMP, true);
            let pos = self.position(expr.pos);
            let error = "\"PanicError\", \"cannot call NULL function\"";
            let line = format!("if (SPY_UNLIKELY({test} == NULL)) spy_panic_at({error}, {pos});");
            self.effect_line(line, &Effects { panics: true, ..func.effects.clone() });
        }
        let mut value = call_text(&func.operand(prec::PRIMARY, true), values, None);
        value.effects.merge(&func.effects);
        value.effects.acts = true;
        value
    }

    fn call_runtime(&mut self, expr: &Expr, name: &Name, args: &[Expr]) -> Value {
        let values = self.operands(args);
        let function = spy_prim::runtime::lookup(name);
        let can_panic = function.is_some_and(|function| function.can_panic);
        let pos = can_panic.then(|| self.position(expr.pos));
        let mut value = call_text(&symbol(&Fqn::simple(name)), &values, pos);
        value.effects.panics |= can_panic;
        value.effects.acts |= runtime_acts(name);
        value
    }

    fn raise(&mut self, expr: &Expr, etype: &str, args: &[Expr]) -> Value {
        let [msg] = args else { return Value::nothing() };
        let line = self.panic_call(etype, Some(msg), expr.pos);
        self.effect_line(line, &Effects { panics: true, ..Effects::default() });
        literal::zero(&expr.ty).map_or_else(Value::nothing, |text| {
            let text = match expr.ty {
                Type::Scalar(spy_ir::ScalarTy::Str | spy_ir::ScalarTy::Bytes) => "NULL".to_owned(),
                _ => text,
            };
            Value::atom(text, prec::PRIMARY)
        })
    }

    /// The statement that ends the program with an error.
    pub(crate) fn panic_call(
        &mut self,
        etype: &str,
        msg: Option<&Expr>,
        pos: spy_ir::PosIdx,
    ) -> String {
        let etype = literal::c_string(etype.as_bytes());
        let fixed = match msg.map(|msg| &msg.kind) {
            None => Some("assertion failed"),
            Some(ExprKind::Const(Const::Scalar(Scalar::Str(text)))) if !text.contains('\0') => {
                Some(&**text)
            }
            Some(_) => None,
        };
        if let Some(text) = fixed {
            let text = literal::c_string(text.as_bytes());
            return format!("spy_panic_at({etype}, {text}, {});", self.position(pos));
        }
        let text = msg.map_or_else(Value::nothing, |msg| self.value(msg)).text;
        format!("spy_panic_str({etype}, {text}, {});", self.position(pos))
    }

    fn get_field(&mut self, expr: &Expr, field: u32, args: &[Expr]) -> Value {
        let [owner] = args else {
            return Value::nothing();
        };
        let value = self.value(owner);
        if !exists(&expr.ty) {
            self.discard(&value);
            return Value::nothing();
        }
        let name = self.field_name(&owner.ty, field);
        let text = format!("{}.{name}", value.operand(prec::PRIMARY, true));
        self.loaded_field(&owner.ty, combine(text, prec::PRIMARY, &[value]), &expr.ty)
    }

    /// The value of a field. The runtime's own structs may hold a number in another type, such as
    /// a length in a `size_t`.
    pub(crate) fn loaded_field(&self, owner: &Type, field: Value, ty: &Type) -> Value {
        let builtin = self.scope.struct_def(&owner.fqn()).is_some_and(|def| def.builtin);
        match ty {
            Type::Scalar(scalar) if builtin && scalar.is_int() => {
                crate::prim::cast(&field, *scalar)
            }
            _ => field,
        }
    }

    /// The C name of field number `field` of a struct.
    pub(crate) fn field_name(&self, owner: &Type, field: u32) -> String {
        let def = self.scope.struct_def(&owner.fqn());
        def.as_ref()
            .and_then(|def| def.fields.get(field as usize))
            .map_or_else(|| format!("field{field}"), |(name, _)| identifier(name))
    }
}

/// Whether a runtime function does more than to compute its result.
fn runtime_acts(name: &str) -> bool {
    let module = name.split("::").next().unwrap_or_default();
    !matches!(module, "builtins" | "math" | "unsafe")
        && !name.starts_with("posix::_FILE::")
        && name != "__spy__::is_compiled"
}

/// A struct of these fields.
fn make_struct(ty: &Type, fields: &[String]) -> String {
    let fields = if fields.is_empty() { "0".to_owned() } else { fields.join(", ") };
    format!("({}){{{fields}}}", struct_symbol(ty))
}

/// A value whose text was made of the texts of `parts`.
pub(crate) fn combine(text: String, prec: u8, parts: &[Value]) -> Value {
    let mut value = Value::atom(text, prec);
    for part in parts {
        value.effects.merge(&part.effects);
        value.depth = value.depth.max(part.depth + 1);
    }
    value
}

/// `left sign right`.
pub(crate) fn infix(left: &Value, sign: &str, prec: u8, right: &Value) -> Value {
    let text = format!("{} {sign} {}", left.operand(prec, true), right.operand(prec, false));
    let mut value = combine(text, prec, &[]);
    for part in [left, right] {
        value.effects.merge(&part.effects);
        value.depth = value.depth.max(part.depth + 1);
    }
    value
}

/// A call of a C function; arguments without values are left out.
pub(crate) fn call_text(function: &str, args: &[Value], last: Option<String>) -> Value {
    let mut texts: Vec<&str> =
        args.iter().map(|arg| arg.text.as_str()).filter(|text| !text.is_empty()).collect();
    texts.extend(last.as_deref());
    let mut value = combine(format!("{function}({})", texts.join(", ")), prec::PRIMARY, args);
    value.is_call = true;
    value
}
