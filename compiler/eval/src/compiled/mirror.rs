//! Values in the memory of compiled code.
//!
//! An object of the evaluator to which compiled code gets a pointer has a copy in its memory. Before
//! each call the copies are brought up to date, and after it the objects, so both sides see one
//! memory: never do both run at once. What compiled code allocates becomes an object when a pointer
//! to it comes back.

use super::layout::{ADDRESS, Layouts};
use super::{needs_source, not_loaded};
use crate::machine::{Machine, deep};
use crate::memory::Object;
use spy_db::CompiledCode;
use spy_prim::Scalar;
use spy_text::{HashMap, HashSet};
use spy_types::{
    BuiltinTy, ObjId, Place, PtrVal, Result, ScalarTy, SpyError, StructVal, Ty, TyKey, Value,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the bytes of a `RawBuffer` begin, after its length.
const BUFFER_HEADER: u32 = 8;

/// Bytes before the text of a string: length, hash, and where the text is.
const TEXT_HEADER: u32 = 12;

/// Compiled code, and what both sides know.
pub(super) struct Mirror {
    pub(super) code: Box<dyn CompiledCode>,
    pub(super) layouts: Layouts,
    /// Objects in the memory, by address.
    blocks: BTreeMap<u32, Block>,
    /// Where objects are.
    starts: HashMap<ObjId, u32>,
    /// Blocks that have not been filled yet, on one side or the other.
    fresh: Vec<u32>,
    /// Where strings are. They never change.
    texts: HashMap<Scalar, u32>,
    /// Objects of an evaluation at compile time that stand for memory of a package.
    pub(super) borrowed: HashSet<ObjId>,
    /// Structs about which both sides agree.
    agreed: HashSet<Ty>,
}

/// An object in the memory.
struct Block {
    id: ObjId,
    /// The type of its items; `None` for a `RawBuffer`.
    item: Option<Ty>,
    /// In bytes, with what precedes the first item.
    size: u32,
    /// Whether compiled code allocated it: then there may be room for more items than it has.
    found: bool,
    /// What the memory held when both sides were the same.
    last: Vec<u8>,
}

fn lost(what: &str) -> Box<SpyError> {
    needs_source(format!("compiled code left {what} that the interpreter cannot follow"))
}

fn full() -> Box<SpyError> {
    SpyError::new(spy_types::ExcTy::PanicError, "out of memory")
}

impl Mirror {
    pub(super) fn new(code: Box<dyn CompiledCode>) -> Self {
        Self {
            code,
            layouts: Layouts::default(),
            blocks: BTreeMap::new(),
            starts: HashMap::default(),
            fresh: Vec::new(),
            texts: HashMap::default(),
            borrowed: HashSet::default(),
            agreed: HashSet::default(),
        }
    }

    /// Checks that both sides mean the same by a struct that crosses.
    pub(super) fn agree(&mut self, m: &mut Machine<'_>, ty: Ty) -> Result<()> {
        let TyKey::Struct { def, frame, .. } = ty.get() else { return Ok(()) };
        // What is being made now cannot be asked for its name, and no package knows it.
        let is_new = m.live_frame(*frame).is_some() || m.is_inline(*frame);
        if !self.agreed.insert(ty) || is_new || m.declares(&def.module) {
            return Ok(());
        }
        let layout = self.layouts.shape(m, ty)?;
        self.code.agrees(&layout).map_err(not_loaded)
    }

    // -- from the evaluator to compiled code ----------------------------------------------------

    /// Brings all copies up to date.
    pub(super) fn push(&mut self, m: &mut Machine<'_>) -> Result<()> {
        self.fresh = self.blocks.keys().copied().collect();
        while let Some(start) = self.fresh.pop() {
            let block = &self.blocks[&start];
            let (id, item, size) = (block.id, block.item, block.size as usize);
            let mut image = vec![0; size];
            // It is taken out: encoding its items may need the machine.
            match m.object(id)?.clone() {
                Object::Bytes(bytes) => {
                    let header = size.saturating_sub(bytes.len()).min(BUFFER_HEADER as usize);
                    if item.is_none() {
                        let length = u32::try_from(bytes.len()).map_err(|_| full())?;
                        image[..4].copy_from_slice(&length.to_le_bytes());
                    }
                    let from = if item.is_none() { header } else { 0 };
                    image[from..from + bytes.len()].copy_from_slice(&bytes);
                }
                Object::Block(items) => {
                    let item = item.ok_or_else(|| lost("a buffer"))?;
                    let width = self.layouts.of(m, item)?.0 as usize;
                    for (value, place) in items.iter().zip(image.chunks_mut(width.max(1))) {
                        self.encode(m, item, value, place)?;
                    }
                }
                Object::List(_) | Object::Dict(_) => return Err(lost("a collection")),
            }
            let block = self.blocks.get_mut(&start).ok_or_else(full)?;
            if block.last != image {
                self.code.write(start, &image).ok_or_else(full)?;
                block.last = image;
            }
        }
        Ok(())
    }

    /// Writes a value as compiled code has it.
    pub(super) fn encode(
        &mut self,
        m: &mut Machine<'_>,
        ty: Ty,
        value: &Value,
        out: &mut [u8],
    ) -> Result<()> {
        if out.is_empty() || self.layouts.of(m, ty)?.0 == 0 {
            return Ok(());
        }
        let address = match value {
            Value::Scalar(scalar @ (Scalar::Str(_) | Scalar::Bytes(_))) => self.text(scalar)?,
            Value::Scalar(scalar) => return encode_number(scalar, out),
            Value::Struct(data) if data.ty.is_struct() => {
                self.agree(m, ty)?;
                for (index, field, offset) in self.layouts.fields(m, ty)? {
                    let size = self.layouts.of(m, field)?.0 as usize;
                    let offset = offset as usize;
                    let value = data.fields.get(index as usize).ok_or_else(|| lost("a struct"))?;
                    let place = &mut out[offset..offset + size];
                    deep(|| self.encode(m, field, value, place))?;
                }
                return Ok(());
            }
            Value::Ptr(ptr) => self.address(m, ptr)?,
            Value::Obj(id, buffer) if buffer.is(BuiltinTy::RawBuffer) => {
                self.block(m, *id, None)?
            }
            Value::File(0) => 0,
            Value::File(_) => {
                return Err(needs_source("a file cannot be given to compiled code"));
            }
            Value::Func(_) | Value::Code(_) | Value::Struct(_) => {
                return Err(needs_source("a function cannot be given to compiled code"));
            }
            _ => return Err(needs_source("such a value cannot be given to compiled code")),
        };
        out[..4].copy_from_slice(&address.to_le_bytes());
        Ok(())
    }

    /// The address of a string.
    fn text(&mut self, text: &Scalar) -> Result<u32> {
        if let Some(known) = self.texts.get(text) {
            return Ok(*known);
        }
        let bytes: &[u8] = match text {
            Scalar::Str(text) => text.as_bytes(),
            Scalar::Bytes(bytes) => bytes,
            _ => return Err(lost("a text")),
        };
        let length = u32::try_from(bytes.len()).map_err(|_| full())?;
        // The byte behind the text says what is known about it: nothing.
        let room = length.checked_add(TEXT_HEADER + 1).ok_or_else(full)?;
        let start = self.code.allocate(room).ok_or_else(full)?;
        let mut image = Vec::with_capacity(room as usize);
        image.extend(length.to_le_bytes());
        image.extend(0_u32.to_le_bytes());
        image.extend((start + TEXT_HEADER).to_le_bytes());
        image.extend(bytes);
        image.push(0);
        self.code.write(start, &image).ok_or_else(full)?;
        self.texts.insert(text.clone(), start);
        Ok(start)
    }

    fn address(&mut self, m: &mut Machine<'_>, ptr: &PtrVal) -> Result<u32> {
        let Some(place) = &ptr.place else { return Ok(0) };
        let item = match (m.object(place.block)?, place.path.as_slice()) {
            (Object::Bytes(_), _) => ScalarTy::U8.into(),
            (_, []) => {
                ptr.ty.pointer().map(|(_, _, item)| item).ok_or_else(|| lost("a pointer"))?
            }
            // A part is pointed to: the items are structs, which know their type.
            (Object::Block(items), _) => match items.first() {
                Some(Value::Struct(first)) => first.ty,
                _ => return Err(lost("a pointer")),
            },
            _ => return Err(lost("a pointer")),
        };
        let start = self.block(m, place.block, Some(item))?;
        let known = self.blocks.get(&start).and_then(|block| block.item).unwrap_or(item);
        let (mut ty, mut at) = (known, start + place.index * self.layouts.of(m, known)?.0);
        for step in &place.path {
            let fields = self.layouts.fields(m, ty)?;
            let found = fields.into_iter().find(|(index, ..)| index == step);
            let (_, field, offset) = found.ok_or_else(|| lost("a pointer"))?;
            (ty, at) = (field, at + offset);
        }
        Ok(at)
    }

    /// The address of an object.
    fn block(&mut self, m: &mut Machine<'_>, id: ObjId, item: Option<Ty>) -> Result<u32> {
        if let Some(known) = self.starts.get(&id) {
            return Ok(*known);
        }
        let count = u32::try_from(m.object(id)?.len()).map_err(|_| full())?;
        let size = match item {
            Some(item) => self.layouts.of(m, item)?.0.checked_mul(count),
            None => count.checked_add(BUFFER_HEADER),
        };
        let size = size.ok_or_else(full)?;
        // Loops of compiled code may keep nothing but a pointer behind the last item.
        let start = self.code.allocate(size.saturating_add(1)).ok_or_else(full)?;
        self.know(start, Block { id, item, size, found: false, last: Vec::new() });
        Ok(start)
    }

    fn know(&mut self, start: u32, block: Block) {
        self.starts.insert(block.id, start);
        self.blocks.insert(start, block);
        self.fresh.push(start);
    }

    // -- from compiled code to the evaluator ----------------------------------------------------

    /// Brings the objects up to date.
    pub(super) fn pull(&mut self, m: &mut Machine<'_>) -> Result<()> {
        self.fresh = self.blocks.keys().copied().collect();
        self.fill(m)
    }

    /// Fills the objects that are to be filled.
    pub(super) fn fill(&mut self, m: &mut Machine<'_>) -> Result<()> {
        while let Some(start) = self.fresh.pop() {
            let Some(block) = self.blocks.get(&start) else { continue };
            let (id, item, found) = (block.id, block.item, block.found);
            let bytes = self.code.read(start, block.size).ok_or_else(|| lost("memory"))?;
            if bytes == block.last {
                continue;
            }
            let bytes = bytes.to_vec();
            let object = match item {
                None => Object::Bytes(bytes[BUFFER_HEADER as usize..].to_vec()),
                Some(item) if item.scalar() == Some(ScalarTy::U8) => Object::Bytes(bytes.clone()),
                Some(item) => Object::Block(self.items(m, item, &bytes, found)?),
            };
            *m.object_mut(id)? = object;
            self.blocks.entry(start).and_modify(|block| block.last = bytes);
        }
        Ok(())
    }

    fn items(
        &mut self,
        m: &mut Machine<'_>,
        item: Ty,
        bytes: &[u8],
        found: bool,
    ) -> Result<Vec<Value>> {
        self.agree(m, item)?;
        let width = (self.layouts.of(m, item)?.0 as usize).max(1);
        let mut items = Vec::with_capacity(bytes.len() / width);
        for place in bytes.chunks_exact(width) {
            items.push(match self.decode(m, item, place) {
                Ok(value) => value,
                // Allocators round up, and what is behind the last item was never written.
                Err(_) if found => m.zero(item)?,
                Err(error) => return Err(error),
            });
        }
        Ok(items)
    }

    /// Reads a value as compiled code has it. Objects that it points to are known afterwards, but may
    /// have to be filled.
    pub(super) fn decode(&mut self, m: &mut Machine<'_>, ty: Ty, bytes: &[u8]) -> Result<Value> {
        let address = || match bytes.first_chunk::<4>() {
            Some(four) => u32::from_le_bytes(*four),
            None => 0,
        };
        match ty.get() {
            TyKey::Scalar(scalar @ (ScalarTy::Str | ScalarTy::Bytes)) => {
                self.read_text(*scalar, address()).map(Value::Scalar)
            }
            TyKey::Scalar(scalar) => {
                decode_number(*scalar, bytes).map(Value::Scalar).ok_or_else(|| lost("a number"))
            }
            TyKey::Ptr(..) | TyKey::Ref(..) => self.read_pointer(m, ty, address()),
            TyKey::Struct { .. } | TyKey::TerminalSize => {
                self.agree(m, ty)?;
                let mut fields = Vec::new();
                for (_, field) in m.struct_fields(ty)? {
                    // What takes no room has one value.
                    fields.push(Value::zero(field).unwrap_or(Value::None));
                }
                for (index, field, offset) in self.layouts.fields(m, ty)? {
                    let size = self.layouts.of(m, field)?.0 as usize;
                    let offset = offset as usize;
                    let part = bytes.get(offset..offset + size).ok_or_else(|| lost("a struct"))?;
                    fields[index as usize] = deep(|| self.decode(m, field, part))?;
                }
                Ok(Value::Struct(Arc::new(StructVal { ty, fields })))
            }
            TyKey::Builtin(BuiltinTy::RawBuffer) => self.read_buffer(m, ty, address()),
            _ => match Value::zero(ty) {
                Some(value) if bytes.is_empty() || address() == 0 => Ok(value),
                _ => Err(lost("a value")),
            },
        }
    }

    fn number(&self, at: u32) -> Result<u32> {
        let bytes = self.code.read(at, ADDRESS).and_then(|bytes| bytes.first_chunk::<4>());
        bytes.map(|four| u32::from_le_bytes(*four)).ok_or_else(|| lost("an address"))
    }

    fn read_text(&self, ty: ScalarTy, at: u32) -> Result<Scalar> {
        let mut bytes: &[u8] = &[];
        if at != 0 {
            let text = self.number(at.saturating_add(8))?;
            bytes = self.code.read(text, self.number(at)?).ok_or_else(|| lost("a text"))?;
        }
        Ok(match ty {
            ScalarTy::Bytes => Scalar::bytes(bytes),
            _ => Scalar::str(String::from_utf8_lossy(bytes).as_ref()),
        })
    }

    fn read_buffer(&mut self, m: &mut Machine<'_>, ty: Ty, at: u32) -> Result<Value> {
        if at == 0 {
            return Err(lost("a buffer"));
        }
        if let Some(block) = self.blocks.get(&at) {
            return Ok(Value::Obj(block.id, ty));
        }
        let length = self.number(at)?;
        let size = length.checked_add(BUFFER_HEADER).ok_or_else(|| lost("a buffer"))?;
        m.charge(length as usize / size_of::<Value>())?;
        let id = m.new_object(Object::Bytes(vec![0; length as usize]));
        self.borrow(m, at, id);
        self.know(at, Block { id, item: None, size, found: true, last: Vec::new() });
        Ok(Value::Obj(id, ty))
    }

    fn read_pointer(&mut self, m: &mut Machine<'_>, ty: Ty, at: u32) -> Result<Value> {
        let Some((_, _, item)) = ty.pointer().filter(|_| at != 0) else {
            return Ok(Value::null(ty));
        };
        let width = self.layouts.of(m, item)?.0.max(1);
        if self.owner(at).is_none() {
            let (start, size) = self.code.block(at).ok_or_else(|| lost("a pointer"))?;
            m.charge((size / width) as usize)?;
            let is_bytes = item.scalar() == Some(ScalarTy::U8);
            let object =
                if is_bytes { Object::Bytes(Vec::new()) } else { Object::Block(Vec::new()) };
            let (id, size) = (m.new_object(object), size / width * width);
            self.borrow(m, start, id);
            self.know(start, Block { id, item: Some(item), size, found: true, last: Vec::new() });
        }
        let (start, id, known, size) = self.owner(at).ok_or_else(|| lost("a pointer"))?;
        let known = known.ok_or_else(|| lost("a pointer"))?;
        let known_width = self.layouts.of(m, known)?.0.max(1);
        let index = (at - start) / known_width;
        let path = self.path(m, known, (at - start) % known_width, item)?;
        let len = if path.is_empty() && matches!(ty.get(), TyKey::Ptr(..)) {
            i32::try_from((size / known_width).saturating_sub(index)).unwrap_or(i32::MAX)
        } else {
            1
        };
        let place = Some(Place { block: id, index, path });
        Ok(Value::Ptr(Arc::new(PtrVal { ty, place, len })))
    }

    /// Notes whose memory an object stands for.
    fn borrow(&mut self, m: &Machine<'_>, at: u32, id: ObjId) {
        if m.world.is_none() && self.code.is_static(at) {
            self.borrowed.insert(id);
        }
    }

    /// The object that an address belongs to: where it starts, what it is, and its size. The address
    /// just behind it may be another's.
    fn owner(&self, at: u32) -> Option<(u32, ObjId, Option<Ty>, u32)> {
        let (start, block) = self.blocks.range(..=at).next_back()?;
        let is_in = at < start.saturating_add(block.size.max(1));
        is_in.then_some((*start, block.id, block.item, block.size))
    }

    /// The fields from an item down to the part of type `wanted` at an offset.
    fn path(&mut self, m: &mut Machine<'_>, ty: Ty, offset: u32, wanted: Ty) -> Result<Vec<u32>> {
        let (mut ty, mut offset, mut path) = (ty, offset, Vec::new());
        while ty != wanted || offset != 0 {
            if !ty.is_struct() {
                return Err(lost("a pointer"));
            }
            let mut inside = None;
            for (index, field, at) in self.layouts.fields(m, ty)? {
                if at <= offset && offset < at + self.layouts.of(m, field)?.0 {
                    inside = Some((index, field, at));
                }
            }
            let (index, field, at) = inside.ok_or_else(|| lost("a pointer"))?;
            path.push(index);
            (ty, offset) = (field, offset - at);
        }
        Ok(path)
    }
}

fn encode_number(scalar: &Scalar, out: &mut [u8]) -> Result<()> {
    let bytes: &[u8] = match scalar {
        Scalar::Bool(value) => &[u8::from(*value)],
        Scalar::I8(value) => &value.to_le_bytes(),
        Scalar::U8(value) => &value.to_le_bytes(),
        Scalar::I32(value) => &value.to_le_bytes(),
        Scalar::U32(value) => &value.to_le_bytes(),
        Scalar::I64(value) => &value.to_le_bytes(),
        Scalar::U64(value) => &value.to_le_bytes(),
        Scalar::F32(value) => &value.to_le_bytes(),
        Scalar::F64(value) => &value.to_le_bytes(),
        Scalar::Complex(real, imag) => &[real.to_le_bytes(), imag.to_le_bytes()].concat(),
        Scalar::Str(_) | Scalar::Bytes(_) => return Err(lost("a number")),
    };
    out.get_mut(..bytes.len()).ok_or_else(|| lost("a number"))?.copy_from_slice(bytes);
    Ok(())
}

fn decode_number(ty: ScalarTy, bytes: &[u8]) -> Option<Scalar> {
    Some(match ty {
        ScalarTy::Bool => Scalar::Bool(*bytes.first()? != 0),
        ScalarTy::I8 => Scalar::I8(i8::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::U8 => Scalar::U8(*bytes.first()?),
        ScalarTy::I32 => Scalar::I32(i32::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::U32 => Scalar::U32(u32::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::I64 => Scalar::I64(i64::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::U64 => Scalar::U64(u64::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::F32 => Scalar::F32(f32::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::F64 => Scalar::F64(f64::from_le_bytes(*bytes.first_chunk()?)),
        ScalarTy::Complex128 => Scalar::Complex(
            f64::from_le_bytes(*bytes.first_chunk()?),
            f64::from_le_bytes(*bytes.get(8..)?.first_chunk()?),
        ),
        ScalarTy::Str | ScalarTy::Bytes => return None,
    })
}
