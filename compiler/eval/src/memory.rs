//! Memory at compile time: blocks of items, and the mutable collections of the compiler.
//!
//! A pointer is a block, an item in it and a path of fields, so every type can be stored and no
//! address exists. Pointers are always checked.

use crate::machine::Machine;
use spy_types::{
    ExcTy, ObjId, Place, PtrVal, Result, Scalar, ScalarTy, SpyError, StructVal, Ty, Value,
};
use std::sync::Arc;

/// A mutable object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Object {
    /// `interp_list`.
    List(Vec<Value>),
    /// `interp_dict`, in order of insertion.
    Dict(Vec<(Value, Value)>),
    /// Memory for items of one type.
    Block(Vec<Value>),
    /// Memory for `u8` items, and `RawBuffer`s.
    Bytes(Vec<u8>),
}

impl Object {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::List(items) | Self::Block(items) => items.len(),
            Self::Dict(items) => items.len(),
            Self::Bytes(items) => items.len(),
        }
    }

    /// Whether it has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn panic(message: impl Into<String>) -> Box<SpyError> {
    SpyError::new(ExcTy::PanicError, message)
}

impl Machine<'_> {
    /// What memory of type `ty` holds before anything is stored.
    ///
    /// # Errors
    /// If the type cannot be stored.
    pub fn zero(&mut self, ty: Ty) -> Result<Value> {
        if let Some(value) = Value::zero(ty) {
            return Ok(value);
        }
        if ty.is_struct() {
            let fields = self.struct_fields(ty)?;
            let fields = fields.iter().map(|(_, ty)| self.zero(*ty)).collect::<Result<_>>()?;
            return Ok(Value::Struct(Arc::new(StructVal { ty, fields })));
        }
        let name = spy_types::names::ty_repr(ty);
        Err(SpyError::wip(format!("sizeof({name}) not implemented")))
    }

    /// `alloc(n)` of pointer type `ty`.
    ///
    /// # Errors
    /// For negative counts, and when the memory limit is reached.
    pub fn alloc(&mut self, ty: Ty, count: i32) -> Result<Value> {
        let Some((_, _, item)) = ty.pointer() else {
            return Err(SpyError::type_error("not a pointer type"));
        };
        let Ok(size) = usize::try_from(count) else {
            return Err(SpyError::new(ExcTy::ValueError, "negative allocation count"));
        };
        let object = if item.scalar() == Some(ScalarTy::U8) {
            self.charge(size / std::mem::size_of::<Value>())?;
            Object::Bytes(vec![0; size])
        } else {
            self.charge(size)?;
            let zero = self.zero(item)?;
            Object::Block(vec![zero; size])
        };
        let block = self.new_object(object);
        Ok(pointer(ty, block, 0, Vec::new(), count))
    }

    /// The value at a place.
    ///
    /// # Errors
    /// If the place does not exist.
    pub fn read_place(&mut self, place: &Place) -> Result<Value> {
        let index = place.index as usize;
        let mut value = match self.object(place.block)? {
            Object::Bytes(bytes) => bytes.get(index).map(|&byte| Value::Scalar(Scalar::U8(byte))),
            Object::Block(items) | Object::List(items) => items.get(index).cloned(),
            Object::Dict(_) => None,
        }
        .ok_or_else(|| panic("cannot read outside of memory"))?;
        for &field in &place.path {
            value = match &value {
                Value::Struct(data) => data.fields[field as usize].clone(),
                _ => return Err(panic("cannot read a field of a value that has none")),
            };
        }
        Ok(value)
    }

    /// Stores a value at a place.
    ///
    /// # Errors
    /// If the place does not exist or its owner has finished.
    pub fn write_place(&mut self, place: &Place, value: Value) -> Result<()> {
        let index = place.index as usize;
        match self.object_mut(place.block)? {
            Object::Bytes(bytes) => {
                let slot = bytes.get_mut(index);
                if let (Some(slot), Value::Scalar(Scalar::U8(byte))) = (slot, &value) {
                    *slot = *byte;
                    return Ok(());
                }
            }
            Object::Block(items) | Object::List(items) => {
                if let Some(slot) = items.get_mut(index) {
                    return store_field(slot, &place.path, value);
                }
            }
            Object::Dict(_) => {}
        }
        Err(panic("cannot write outside of memory"))
    }

    /// The place of item `index` of a pointer.
    ///
    /// # Errors
    /// For NULL and indices out of bounds.
    pub fn item_place(&mut self, ptr: &PtrVal, index: i32, what: &str) -> Result<Place> {
        let Some(place) = &ptr.place else {
            return Err(panic("cannot dereference NULL pointer"));
        };
        if index < 0 || index >= ptr.len {
            return Err(panic(format!("{what} out of bounds")));
        }
        if !place.path.is_empty() {
            return Ok(place.clone());
        }
        Ok(Place {
            block: place.block,
            index: place.index + index.unsigned_abs(),
            path: Vec::new(),
        })
    }
}

/// A pointer value.
#[must_use]
pub fn pointer(ty: Ty, block: ObjId, index: u32, path: Vec<u32>, len: i32) -> Value {
    Value::Ptr(Arc::new(PtrVal { ty, place: Some(Place { block, index, path }), len }))
}

fn store_field(slot: &mut Value, path: &[u32], value: Value) -> Result<()> {
    let Some((&first, rest)) = path.split_first() else {
        *slot = value;
        return Ok(());
    };
    match slot {
        Value::Struct(data) => {
            let data = Arc::make_mut(data);
            store_field(&mut data.fields[first as usize], rest, value)
        }
        _ => Err(panic("cannot write a field of a value that has none")),
    }
}
