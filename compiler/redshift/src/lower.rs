//! Types and constants as the IR has them.

use crate::function_value;
use crate::queries::Mention;
use spy_eval::Machine;
use spy_eval::memory::Object;
use spy_ir::{Const, Data, DataItems, DataRef, Type};
use spy_types::names::{func_fqn, object_fqn, ty_fqn, ty_human, ty_repr};
use spy_types::{
    BuiltinTy, Color, FuncId, FuncKey, FuncTy, ObjId, PtrVal, Result, ScalarTy, SpyError, Ty,
    TyKey, Value,
};
use std::sync::Arc;

/// The IR's type for a type.
#[must_use]
pub fn lower_type(ty: Ty) -> Type {
    match ty.get() {
        TyKey::Builtin(BuiltinTy::NoneType) => Type::None,
        TyKey::Builtin(BuiltinTy::File) => Type::File,
        TyKey::Builtin(BuiltinTy::RawBuffer) => Type::RawBuffer,
        TyKey::Scalar(scalar) => Type::Scalar(*scalar),
        TyKey::Struct { .. } | TyKey::TerminalSize => Type::Struct(ty_fqn(ty)),
        TyKey::Ptr(kind, item) => Type::Ptr(*kind, Arc::new(lower_type(*item))),
        TyKey::Ref(kind, item) => Type::Ref(*kind, Arc::new(lower_type(*item))),
        TyKey::Func(func) if func.is_value() => Type::Struct(ty_fqn(ty)),
        TyKey::Builtin(_)
        | TyKey::Exc(_)
        | TyKey::Func(_)
        | TyKey::InterpList(_)
        | TyKey::InterpDict(..) => Type::Opaque(ty_fqn(ty)),
    }
}

/// Turns values into constants, and notes what they mention.
pub struct Lowering<'m, 'db> {
    machine: &'m mut Machine<'db>,
    /// Functions, static data and types behind the constants, in order.
    pub mentions: Vec<Mention>,
}

impl<'m, 'db> Lowering<'m, 'db> {
    /// Nothing is noted yet.
    pub fn new(machine: &'m mut Machine<'db>) -> Self {
        Self { machine, mentions: Vec::new() }
    }

    /// The IR's constant for a value of static type `ty`.
    ///
    /// # Errors
    /// If the value exists at compile time only and its type does not say so.
    pub fn constant(&mut self, value: &Value, ty: Ty) -> Result<Const> {
        if let Some(signature) = ty.func().filter(|func| func.is_value()) {
            return self.function_value(value, signature);
        }
        Ok(match value {
            Value::None => Const::None,
            Value::Scalar(scalar) => Const::Scalar(scalar.clone()),
            Value::Ptr(ptr) => self.pointer(ptr)?,
            Value::File(0) => Const::Null,
            Value::Struct(data) => {
                let types = self.machine.struct_fields(data.ty)?;
                let mut fields = Vec::with_capacity(types.len());
                for (value, (_, ty)) in data.fields.iter().zip(types) {
                    let field = spy_eval::machine::deep(|| self.constant(value, ty))?;
                    fields.push((field, lower_type(ty)));
                }
                Const::Struct(fields)
            }
            Value::Func(func) => self.function(*func),
            Value::Obj(id, buffer) if buffer.is(BuiltinTy::RawBuffer) => {
                self.mentions.push(Mention::Data(*id, *buffer));
                Const::Data(DataRef { data: object_fqn(*id), index: 0, path: Vec::new(), len: 0 })
            }
            Value::Obj(..) | Value::File(_) => return Err(prebuilt(self.machine, value)),
            _ => Const::Opaque(opaque_text(self.machine, value)?),
        })
    }

    fn pointer(&mut self, ptr: &PtrVal) -> Result<Const> {
        let Some(place) = &ptr.place else { return Ok(Const::Null) };
        let pointed = ptr.ty.pointer().map(|(_, _, item)| item);
        let item = match pointed.filter(|_| place.path.is_empty()) {
            Some(item) => item,
            // A field was pointed to: the items are structs, which know their type.
            None => match self.machine.frozen_object(place.block).map(|object| first(&object))? {
                Some(item) => self.machine.type_of(&item),
                None => return Err(prebuilt(self.machine, &Value::Ptr(Arc::new(ptr.clone())))),
            },
        };
        self.mentions.push(Mention::Data(place.block, item));
        Ok(Const::Data(DataRef {
            data: object_fqn(place.block),
            index: place.index,
            path: place.path.clone(),
            len: u32::try_from(ptr.len).unwrap_or(0),
        }))
    }

    /// A function whose type has values at run time.
    fn function_value(&mut self, value: &Value, signature: &FuncTy) -> Result<Const> {
        let (code, held) = match value {
            Value::Func(func) => {
                let code = self.address(FuncId::new(FuncKey::Wrapper(*func)));
                (code, self.identity(*func))
            }
            Value::Struct(data) => match data.fields.as_slice() {
                [Value::Func(code), Value::Ptr(held)] => (self.address(*code), self.pointer(held)?),
                _ => return Err(prebuilt(self.machine, value)),
            },
            Value::Ptr(_) => (Const::Null, Const::Null),
            _ => return Err(prebuilt(self.machine, value)),
        };
        Ok(function_value::constant(code, held, signature))
    }

    /// What tells a function that holds nothing from others, whichever object file it is a value in: where its own
    /// code is. Library functions, and what is no code, have their wrapper only.
    fn identity(&mut self, func: FuncId) -> Const {
        let is_code = match func.get() {
            FuncKey::Def { .. } => self.machine.func_sig(func).is_some_and(|sig| !sig.force_inline),
            FuncKey::AutoEq(_) | FuncKey::AutoNe(_) => true,
            _ => false,
        };
        match is_code && !crate::shift::is_library(self.machine, func_fqn(func).module()) {
            true => self.address(func),
            false => Const::Null,
        }
    }

    fn address(&mut self, func: FuncId) -> Const {
        self.mentions.push(Mention::Address(func));
        Const::Func(func_fqn(func))
    }

    /// A function that exists at compile time only.
    fn function(&mut self, func: FuncId) -> Const {
        let FuncKey::Def { .. } = func.get() else {
            return Const::Opaque(func_fqn(func).full().into());
        };
        if self.machine.func_sig(func).is_some_and(|sig| sig.color == Color::Red) {
            self.mentions.push(Mention::Func(func));
        }
        Const::Func(func_fqn(func))
    }

    /// The constants of an object, which becomes static data of items of type `item`, or a buffer
    /// if that is what `item` is.
    ///
    /// # Errors
    /// If one of its values exists at compile time only.
    pub fn data(&mut self, id: ObjId, item: Ty) -> Result<Data> {
        let object = self.machine.frozen_object(id)?;
        let items = match &*object {
            Object::Bytes(bytes) if item.is(BuiltinTy::RawBuffer) => {
                let (fqn, item) = (object_fqn(id), Type::Scalar(ScalarTy::U8));
                return Ok(Data { fqn, item, items: DataItems::RawBuffer(bytes.clone()) });
            }
            Object::Bytes(bytes) => DataItems::Bytes(bytes.clone()),
            Object::Block(values) | Object::List(values) => DataItems::Values(
                values.iter().map(|value| self.constant(value, item)).collect::<Result<_>>()?,
            ),
            Object::Dict(_) => DataItems::Values(Vec::new()),
        };
        Ok(Data { fqn: object_fqn(id), item: lower_type(item), items })
    }
}

fn first(object: &Object) -> Option<Value> {
    match object {
        Object::Block(values) => values.first().cloned(),
        _ => None,
    }
}

/// What dumps print for a value that exists at compile time only.
fn opaque_text(m: &mut Machine<'_>, value: &Value) -> Result<Arc<str>> {
    Ok(match value {
        Value::Type(ty) => ty_human(*ty).into(),
        Value::Module(name) => Arc::from(name.as_str()),
        Value::EmptyList => "`__spy__::empty_list`".into(),
        Value::EmptyDict => "`__spy__::empty_dict`".into(),
        Value::NotImplemented => "NotImplemented".into(),
        Value::InterpTuple(_) => spy_eval::builtins::text::builtin_text(m, value)?.into(),
        Value::Exc(exc) => format!("{}({:?})", exc.ty.name(), exc.message).into(),
        _ => {
            let ty = m.type_of(value);
            ty_repr(ty).into()
        }
    })
}

fn prebuilt(m: &mut Machine<'_>, value: &Value) -> Box<SpyError> {
    let text = spy_eval::builtins::text::builtin_text(m, value).unwrap_or_default();
    SpyError::wip(format!("This prebuilt constant cannot be redshifted (yet): {text}"))
}
