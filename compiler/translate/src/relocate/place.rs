//! Putting an object to its place: addresses, relocations, and the module that comes of it.

use super::{ENV, MEMORY, Object, Symbol, TABLE, init_name, malformed, wrong};
use std::collections::HashMap;
use wasm_encoder as enc;
use wasmparser::{DefinedDataSymbol, RelocationEntry, RelocationType};

/// An object on its way to its place.
pub(super) struct Site<'o> {
    pub(super) object: &'o Object,
    pub(super) base: u32,
    pub(super) table_base: u32,
    pub(super) outer: &'o HashMap<String, u32>,
}

impl Site<'_> {
    /// The address of data of the object.
    pub(super) fn defined(&self, symbol: DefinedDataSymbol) -> Result<u32, String> {
        let piece = usize::try_from(symbol.index).ok();
        let piece = piece.and_then(|index| self.object.pieces.get(index));
        let piece = piece.ok_or_else(|| wrong("it has a symbol for data that is not there"))?;
        let end = u64::from(symbol.offset) + u64::from(symbol.size);
        if end > u64::try_from(piece.length).unwrap_or(u64::MAX) {
            return Err(wrong("it has a symbol that goes beyond its data"));
        }
        Ok(self.base.wrapping_add(piece.offset).wrapping_add(symbol.offset))
    }

    fn address(&self, symbol: u32) -> Result<u32, String> {
        match self.object.symbol(symbol)? {
            Symbol::Data(defined) => self.defined(*defined),
            Symbol::Outer(name, may_lack) => match self.outer.get(name) {
                Some(address) => Ok(*address),
                None if *may_lack => Ok(0),
                None => Err(wrong(format!("it needs `{name}`, which is nowhere"))),
            },
            Symbol::Func(func) => self.slot(*func),
            _ => Err(wrong("it takes the address of something that has none")),
        }
    }

    fn slot(&self, func: u32) -> Result<u32, String> {
        let found = self.object.addressed.number(func);
        let found = found.ok_or_else(|| wrong("a function has no place in the table"))?;
        Ok(self.table_base.wrapping_add(found))
    }

    /// The global through which the address of a symbol is read.
    fn global(&self, symbol: u32) -> Result<u32, String> {
        if let Symbol::Global(index) = self.object.symbol(symbol)? {
            return Ok(*index);
        }
        let found = self.object.through_globals.number(symbol);
        let found = found.ok_or_else(|| wrong("an address has no global"))?;
        Ok(self.object.imported_globals.wrapping_add(found))
    }

    pub(super) fn apply(&self, section: &mut [u8], reloc: &RelocationEntry) -> Result<(), String> {
        use RelocationType as R;
        let addend = u32::try_from(reloc.addend & 0xffff_ffff).unwrap_or(0);
        let index = reloc.index;
        let value = match reloc.ty {
            R::FunctionIndexLeb => self.object.func(index)?,
            R::TypeIndexLeb => index,
            R::TableNumberLeb => 0,
            R::GlobalIndexLeb => self.global(index)?,
            R::MemoryAddrLeb | R::MemoryAddrSleb | R::MemoryAddrI32 => {
                self.address(index)?.wrapping_add(addend)
            }
            R::MemoryAddrRelSleb => {
                self.address(index)?.wrapping_add(addend).wrapping_sub(self.base)
            }
            R::TableIndexSleb | R::TableIndexI32 => self.slot(self.object.func(index)?)?,
            R::TableIndexRelSleb => {
                self.slot(self.object.func(index)?)?.wrapping_sub(self.table_base)
            }
            other => return Err(wrong(format!("it has a relocation of the kind {other:?}"))),
        };
        let range = reloc.relocation_range().map_err(|error| malformed(&error))?;
        let place = section.get_mut(range);
        let place = place.ok_or_else(|| wrong("it has a relocation outside of its section"))?;
        match reloc.ty {
            R::TableIndexI32 | R::MemoryAddrI32 => place.copy_from_slice(&value.to_le_bytes()),
            R::TableIndexSleb | R::MemoryAddrSleb | R::MemoryAddrRelSleb | R::TableIndexRelSleb => {
                write_signed(place, value);
            }
            _ => write_unsigned(place, value),
        }
        Ok(())
    }

    /// The module. Sections stand in the order that the format wants.
    pub(super) fn module(&self, code: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
        let object = self.object;
        let mut module = enc::Module::new();
        let raw = |module: &mut enc::Module, id: enc::SectionId, data: &[u8]| {
            if !data.is_empty() {
                module.section(&enc::RawSection { id: id.into(), data });
            }
        };
        raw(&mut module, enc::SectionId::Type, &object.types);
        module.section(&self.imports());
        raw(&mut module, enc::SectionId::Function, &object.functions);
        let mut globals = enc::GlobalSection::new();
        for symbol in &object.through_globals.all {
            globals.global(GLOBAL, &constant(self.address(*symbol)?));
        }
        module.section(&globals);
        let mut exports = enc::ExportSection::new();
        for (name, index) in &object.func_names {
            exports.export(name, enc::ExportKind::Func, *index);
        }
        for (number, index) in object.init.iter().enumerate() {
            exports.export(&init_name(number), enc::ExportKind::Func, *index);
        }
        module.section(&exports);
        let mut elements = enc::ElementSection::new();
        if !object.addressed.all.is_empty() {
            let funcs = enc::Elements::Functions(object.addressed.all.as_slice().into());
            elements.active(None, &constant(self.table_base), funcs);
        }
        module.section(&elements);
        raw(&mut module, enc::SectionId::Code, code);
        let mut section = enc::DataSection::new();
        for piece in &object.pieces {
            let bytes = data.get(piece.start..piece.start + piece.length);
            let bytes = bytes.ok_or_else(|| wrong("its data overlaps"))?;
            let at = constant(self.base.wrapping_add(piece.offset));
            section.active(0, &at, bytes.iter().copied());
        }
        module.section(&section);
        Ok(module.finish())
    }

    fn imports(&self) -> enc::ImportSection {
        let mut imports = enc::ImportSection::new();
        let memory = enc::MemoryType {
            minimum: 0,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        imports.import(ENV, MEMORY, memory);
        let table = enc::TableType {
            element_type: enc::RefType::FUNCREF,
            table64: false,
            minimum: 0,
            maximum: None,
            shared: false,
        };
        imports.import(ENV, TABLE, table);
        for (name, ty) in &self.object.imports {
            imports.import(ENV, name, *ty);
        }
        imports
    }
}

const GLOBAL: enc::GlobalType =
    enc::GlobalType { val_type: enc::ValType::I32, mutable: false, shared: false };

fn constant(value: u32) -> enc::ConstExpr {
    enc::ConstExpr::i32_const(value.cast_signed())
}

/// Writes a number over one that takes the whole place: each byte but the last says that more follow.
fn write_unsigned(place: &mut [u8], mut value: u32) {
    let last = place.len().saturating_sub(1);
    for (index, byte) in place.iter_mut().enumerate() {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        *byte = if index == last { low } else { low | 0x80 };
        value >>= 7;
    }
}

fn write_signed(place: &mut [u8], value: u32) {
    let mut value = value.cast_signed();
    let last = place.len().saturating_sub(1);
    for (index, byte) in place.iter_mut().enumerate() {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        *byte = if index == last { low } else { low | 0x80 };
        value >>= 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_their_place() {
        let mut place = [0; 5];
        write_unsigned(&mut place, 300);
        assert_eq!(place, [0xac, 0x82, 0x80, 0x80, 0x00]);
        write_signed(&mut place, u32::MAX);
        assert_eq!(place, [0xff, 0xff, 0xff, 0xff, 0x7f]);
        write_signed(&mut place, 64);
        assert_eq!(place, [0xc0, 0x80, 0x80, 0x80, 0x00]);
    }
}
