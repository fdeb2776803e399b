//! Static data that is no function's own: module variables, memory that import time filled, and
//! position tables.

use crate::code::{CompiledFunction, Data, Pointer, Reference};
use crate::emitter::POSITION_SIZE;
use crate::literal::Literals;
use crate::scope::Scope;
use crate::shape::{Shape, Shapes, data_offset, exists};
use crate::target::Target;
use spy_ir::symbols::position_table;
use spy_ir::{Cell, Const, DataItems, DataRef, Scalar, SourceLine, Type};
use spy_text::HashMap;

/// Alignment of everything, in bytes.
const ALIGN: u64 = 8;

/// A module variable with its first value, and the constants which that refers to. Nothing if
/// values of its type do not exist.
#[must_use]
pub fn cell_data(cell: &Cell, scope: &dyn Scope, target: &Target) -> Vec<Data> {
    if !exists(&cell.ty) {
        return Vec::new();
    }
    let mut image = Image::new(scope.cell(&cell.fqn), scope, target);
    let shape = image.shapes.of(&cell.ty);
    image.grow(shape.size);
    image.put(&cell.init, &cell.ty, &shape, 0);
    image.finish()
}

/// Memory that import time filled, and the constants that it refers to.
#[must_use]
pub fn static_data(data: &spy_ir::Data, scope: &dyn Scope, target: &Target) -> Vec<Data> {
    let symbol = scope.data(&data.fqn).map(|found| found.name).unwrap_or_default();
    let mut image = Image::new(symbol, scope, target);
    match &data.items {
        DataItems::RawBuffer(bytes) => {
            image.bytes.extend((bytes.len() as u64).to_le_bytes());
            image.bytes.extend(bytes);
        }
        DataItems::Bytes(bytes) => {
            image.bytes.extend(bytes);
            image.grow(1);
        }
        DataItems::Values(values) => {
            let shape = image.shapes.of(&data.item);
            // Data without items has an address of its own, too.
            image.grow(shape.size.saturating_mul(values.len().max(1) as u64));
            let mut offset = 0;
            for value in values {
                image.put(value, &data.item, &shape, offset);
                offset += shape.size;
            }
        }
    }
    image.finish()
}

/// Memory when the program starts.
struct Image<'s> {
    symbol: String,
    scope: &'s dyn Scope,
    shapes: Shapes<'s>,
    checked: bool,
    literals: Literals,
    bytes: Vec<u8>,
    pointers: Vec<Pointer>,
}

impl<'s> Image<'s> {
    fn new(symbol: String, scope: &'s dyn Scope, target: &Target) -> Self {
        Self {
            scope,
            shapes: Shapes::new(scope, target.checked),
            checked: target.checked,
            literals: Literals::new(&symbol, target.checked),
            bytes: Vec::new(),
            pointers: Vec::new(),
            symbol,
        }
    }

    /// Makes it so many bytes large, if it is smaller.
    fn grow(&mut self, size: u64) {
        let size = usize::try_from(size).unwrap_or(0);
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
    }

    fn finish(self) -> Vec<Data> {
        let Self { symbol, literals, bytes, pointers, .. } = self;
        let (exported, writable, align) = (true, true, ALIGN);
        let mut out = vec![Data { symbol, exported, writable, align, bytes, pointers }];
        out.extend(literals.finish());
        out
    }

    fn put(&mut self, value: &Const, ty: &Type, shape: &Shape, offset: u64) {
        match value {
            Const::Scalar(Scalar::Str(text)) => self.put_text(text.as_bytes(), offset),
            Const::Scalar(Scalar::Bytes(data)) => self.put_text(data, offset),
            Const::Scalar(number) => self.write(offset, &number_bytes(number), shape),
            Const::Struct(fields) => {
                for ((value, ty), field) in fields.iter().zip(&shape.fields) {
                    let at = offset + field.offset;
                    stacker::maybe_grow(64 << 10, 1 << 20, || {
                        self.put(value, ty, &field.shape, at);
                    });
                }
            }
            Const::Func(fqn) if exists(ty) => {
                let target = Reference::Function(self.scope.func(fqn).name);
                self.point(offset, target, 0);
                if *ty == Type::held() {
                    self.put_length(1, offset);
                }
            }
            Const::Data(place) => self.put_place(place, offset),
            Const::None | Const::Null | Const::Func(_) | Const::Opaque(_) => {}
        }
    }

    fn put_place(&mut self, place: &DataRef, offset: u64) {
        let Some(data) = self.scope.data(&place.data) else { return };
        let target = Reference::Data(data.name);
        if data.buffer {
            return self.point(offset, target, 0);
        }
        let addend = data_offset(&mut self.shapes, &data.item, place);
        self.point(offset, target, addend);
        self.put_length(place.len, offset);
    }

    /// How many items follow the place that a checked pointer points to.
    fn put_length(&mut self, items: u32, offset: u64) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(8);
        if self.checked
            && let Some(length) = self.bytes.get_mut(start..).and_then(|rest| rest.get_mut(..8))
        {
            length.copy_from_slice(&u64::from(items).to_le_bytes());
        }
    }

    fn put_text(&mut self, data: &[u8], offset: u64) {
        let addend = self.literals.object(data);
        let target = Reference::Data(self.literals.symbol().to_owned());
        self.point(offset, target, addend);
    }

    fn point(&mut self, offset: u64, target: Reference, addend: i64) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.pointers.push(Pointer { offset, target, addend });
    }

    fn write(&mut self, offset: u64, data: &[u8], shape: &Shape) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let widened = shape.parts().iter().any(|part| part.widened);
        let negative = data.last().is_some_and(|top| top & 0x80 != 0);
        let size = usize::try_from(shape.size).unwrap_or(0);
        let fill = if widened && negative { 0xff } else { 0 };
        if let Some(place) = self.bytes.get_mut(start..).and_then(|rest| rest.get_mut(..size)) {
            place.fill(fill);
            place[..data.len().min(size)].copy_from_slice(&data[..data.len().min(size)]);
        }
    }
}

/// A number in memory.
fn number_bytes(value: &Scalar) -> Vec<u8> {
    match value {
        Scalar::Bool(value) => vec![u8::from(*value)],
        Scalar::I8(value) => value.to_le_bytes().to_vec(),
        Scalar::U8(value) => vec![*value],
        Scalar::I32(value) => value.to_le_bytes().to_vec(),
        Scalar::U32(value) => value.to_le_bytes().to_vec(),
        Scalar::I64(value) => value.to_le_bytes().to_vec(),
        Scalar::U64(value) => value.to_le_bytes().to_vec(),
        Scalar::F32(value) => value.to_le_bytes().to_vec(),
        Scalar::F64(value) => value.to_le_bytes().to_vec(),
        Scalar::Complex(re, im) => [re.to_le_bytes(), im.to_le_bytes()].concat(),
        Scalar::Str(_) | Scalar::Bytes(_) => Vec::new(),
    }
}

/// The position tables of functions, and the texts that they refer to.
///
/// Code refers to entries by number, so code that moves changes these and nothing else.
pub struct PositionTables {
    texts: Data,
    known: HashMap<Vec<u8>, i64>,
    tables: Vec<Data>,
}

impl Default for PositionTables {
    fn default() -> Self {
        Self::new("spy_pos_texts")
    }
}

impl PositionTables {
    /// No tables; `texts` is the symbol of the texts.
    #[must_use]
    pub fn new(texts: &str) -> Self {
        let texts = Data {
            symbol: texts.to_owned(),
            exported: false,
            writable: false,
            align: 1,
            bytes: Vec::new(),
            pointers: Vec::new(),
        };
        Self { texts, known: HashMap::default(), tables: Vec::new() }
    }

    /// Adds the table of a function, if it has one; `lines` are where its positions lie.
    pub fn add(&mut self, function: &CompiledFunction, lines: &[Option<SourceLine>]) {
        if function.blamed.is_empty() {
            return;
        }
        let size = usize::try_from(POSITION_SIZE).unwrap_or(0);
        let mut table = Data {
            symbol: position_table(&function.symbol),
            exported: true,
            writable: false,
            align: 8,
            bytes: vec![0; function.blamed.len() * size],
            pointers: Vec::new(),
        };
        for (index, pos) in function.blamed.iter().enumerate() {
            let start = index * size;
            let entry = lines.get(*pos as usize).and_then(Option::as_ref);
            let file = entry.map_or("<unknown>", |entry| entry.file.as_str());
            self.point(&mut table, start, file);
            if let Some(entry) = entry {
                table.bytes[start + 8..start + 12].copy_from_slice(&entry.line.to_le_bytes());
                self.point(&mut table, start + 16, &entry.text);
            }
        }
        self.tables.push(table);
    }

    fn point(&mut self, table: &mut Data, offset: usize, text: &str) {
        let next = i64::try_from(self.texts.bytes.len()).unwrap_or(i64::MAX);
        let addend = *self.known.entry(text.as_bytes().to_vec()).or_insert_with(|| {
            self.texts.bytes.extend(text.as_bytes());
            self.texts.bytes.push(0);
            next
        });
        let target = Reference::Data(self.texts.symbol.clone());
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        table.pointers.push(Pointer { offset, target, addend });
    }

    /// All of it.
    #[must_use]
    pub fn finish(self) -> Vec<Data> {
        let mut out = self.tables;
        if !self.texts.bytes.is_empty() {
            out.push(self.texts);
        }
        out
    }
}
