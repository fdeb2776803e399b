//! Relocatable objects as modules that are loaded beside others.
//!
//! An object of a package is a WebAssembly file whose code and data do not know yet where they will
//! stand. [`Object::place`] puts it at an address of a memory and at slots of a table that belong to
//! somebody else, and makes a module that imports both. This is what a linker does with one object;
//! indices of functions, types and globals stay what they are, since there is nothing beside it.

use std::collections::{BTreeMap, HashMap};
use wasm_encoder as enc;
use wasmparser::{
    Data, DataKind, DefinedDataSymbol, KnownCustom, Linking, Parser, Payload, RelocationEntry,
    RelocationType, Segment, SymbolFlags, SymbolInfo, TypeRef,
};

/// The module under which objects import everything.
pub(crate) const ENV: &str = "env";
/// What objects call their memory, their table, the stack and the places where they stand.
pub(crate) const MEMORY: &str = "__linear_memory";
pub(crate) const TABLE: &str = "__indirect_function_table";
pub(crate) const STACK_POINTER: &str = "__stack_pointer";
const MEMORY_BASE: &str = "__memory_base";
const TABLE_BASE: &str = "__table_base";

/// More data than this, in bytes, and more functions belong to no package.
const MAX_DATA: u64 = 1 << 30;
const MAX_FUNCS: usize = 1 << 20;

/// A symbol of the object.
enum Symbol {
    /// A function, by index.
    Func(u32),
    /// Data of the object: number of its segment, offset in it, size in bytes.
    Data(DefinedDataSymbol),
    /// Data of somebody else; the flag says that it may be missing.
    Outer(String, bool),
    /// A global, by index.
    Global(u32),
    /// Nothing that a package's code refers to.
    Other,
}

/// Initialised data that stays in one piece.
struct Piece {
    /// Where its bytes stand in the data section.
    start: usize,
    length: usize,
    /// Where it is placed, from the first piece on, in bytes.
    offset: u32,
}

/// A parsed object.
pub(crate) struct Object {
    /// Sections that are copied: types and functions, by their number in the format.
    types: Vec<u8>,
    functions: Vec<u8>,
    code: Vec<u8>,
    data: Vec<u8>,
    imports: Vec<(String, enc::EntityType)>,
    imported_funcs: u32,
    imported_globals: u32,
    pieces: Vec<Piece>,
    symbols: Vec<Symbol>,
    code_relocs: Vec<RelocationEntry>,
    data_relocs: Vec<RelocationEntry>,
    /// Functions to run before anything else.
    init: Vec<u32>,
    /// Names of the functions and the data that others may use.
    func_names: Vec<(String, u32)>,
    data_names: Vec<(String, DefinedDataSymbol)>,
    /// All data symbols, for who wants to know where something begins and ends.
    extents: Vec<DefinedDataSymbol>,
    /// Functions whose address is a value, in the order of their slots.
    addressed: Vec<u32>,
    /// Symbols whose address is read from a global, by number of the symbol.
    through_globals: Vec<u32>,
    /// Bytes of data in all, and their alignment.
    pub(crate) size: u32,
    pub(crate) alignment: u32,
}

/// An object that has its place.
pub(crate) struct Placed {
    /// The module.
    pub(crate) module: Vec<u8>,
    /// Addresses of the data that others may use.
    pub(crate) addresses: HashMap<String, u32>,
    /// Start and size of every piece of data that has a symbol.
    pub(crate) extents: BTreeMap<u32, u32>,
}

fn wrong(what: impl Into<String>) -> String {
    what.into()
}

fn malformed(error: &wasmparser::BinaryReaderError) -> String {
    format!("it is not well-formed at offset {:#x}: {}", error.offset(), error.message())
}

impl Object {
    /// Reads an object.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = Reader::default();
        for payload in Parser::new(0).parse_all(bytes) {
            reader.payload(payload.map_err(|error| malformed(&error))?, bytes)?;
        }
        reader.finish()
    }

    /// The number of slots that it needs in the table.
    pub(crate) fn slots(&self) -> u32 {
        u32::try_from(self.addressed.len()).unwrap_or(u32::MAX)
    }

    /// The module for data at address `base` and functions at slot `table_base`. `outer` knows the
    /// addresses of other objects' data.
    pub(crate) fn place(
        &self,
        base: u32,
        table_base: u32,
        outer: &HashMap<String, u32>,
    ) -> Result<Placed, String> {
        let site = Site { object: self, base, table_base, outer };
        let (mut code, mut data) = (self.code.clone(), self.data.clone());
        for reloc in &self.code_relocs {
            site.apply(&mut code, reloc)?;
        }
        for reloc in &self.data_relocs {
            site.apply(&mut data, reloc)?;
        }
        let module = site.module(&code, &data)?;
        let mut addresses = HashMap::new();
        for (name, symbol) in &self.data_names {
            addresses.insert(name.clone(), site.defined(*symbol)?);
        }
        let mut extents = BTreeMap::new();
        for symbol in &self.extents {
            let end = extents.entry(site.defined(*symbol)?).or_insert(0);
            *end = symbol.size.max(*end);
        }
        Ok(Placed { module, addresses, extents })
    }
}

/// What is collected while an object is read.
#[derive(Default)]
struct Reader<'a> {
    types: Vec<u8>,
    functions: Vec<u8>,
    function_count: u32,
    code: Vec<u8>,
    code_index: Option<u32>,
    data: Vec<u8>,
    data_index: Option<u32>,
    data_items: Vec<(usize, usize)>,
    imports: Vec<(String, enc::EntityType)>,
    imported_names: Vec<String>,
    imported_globals: u32,
    segments: Vec<Segment<'a>>,
    symbols: Vec<SymbolInfo<'a>>,
    init: Vec<u32>,
    relocs: Vec<(u32, Vec<RelocationEntry>)>,
    section: u32,
    is_relocatable: bool,
}

impl<'a> Reader<'a> {
    fn payload(&mut self, payload: Payload<'a>, bytes: &'a [u8]) -> Result<(), String> {
        let is_section = payload.as_section().is_some();
        match payload {
            Payload::TypeSection(section) => self.types = bytes[section.range()].to_vec(),
            Payload::FunctionSection(section) => {
                self.function_count = section.count();
                self.functions = bytes[section.range()].to_vec();
            }
            Payload::ImportSection(section) => self.imports(section)?,
            // Both are the host's.
            Payload::MemorySection(_) | Payload::TableSection(_) | Payload::ElementSection(_) => {}
            Payload::CodeSectionStart { range, .. } => {
                self.code = bytes[range].to_vec();
                self.code_index = Some(self.section);
            }
            Payload::DataSection(section) => {
                let range = section.range();
                self.data_index = Some(self.section);
                self.data = bytes[range.clone()].to_vec();
                for item in section {
                    let item = item.map_err(|error| malformed(&error))?;
                    self.data_items.push(piece(&item, range.start)?);
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Linking(linking) => self.linking(linking)?,
                KnownCustom::Reloc(relocs) => {
                    let entries = relocs.entries().into_iter().collect::<Result<_, _>>();
                    let entries = entries.map_err(|error| malformed(&error))?;
                    self.relocs.push((relocs.section_index(), entries));
                }
                _ => {}
            },
            Payload::GlobalSection(_) | Payload::StartSection { .. } | Payload::TagSection(_) => {
                return Err(wrong("it has a section that objects of packages do not have"));
            }
            _ => {}
        }
        // The entries of the code section are reported one by one.
        self.section += u32::from(is_section);
        Ok(())
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'a>) -> Result<(), String> {
        for import in section.into_imports() {
            let import = import.map_err(|error| malformed(&error))?;
            let ty = match import.ty {
                TypeRef::Func(index) => {
                    self.imported_names.push(import.name.to_owned());
                    enc::EntityType::Function(index)
                }
                TypeRef::Global(ty) => {
                    self.imported_globals += 1;
                    let val_type = match ty.content_type {
                        wasmparser::ValType::I32 => enc::ValType::I32,
                        _ => return Err(wrong("it imports a global that is no address")),
                    };
                    let (mutable, shared) = (ty.mutable, false);
                    enc::EntityType::Global(enc::GlobalType { val_type, mutable, shared })
                }
                TypeRef::Memory(_) | TypeRef::Table(_) => continue,
                _ => return Err(wrong("it imports what objects of packages do not import")),
            };
            self.imports.push((import.name.to_owned(), ty));
        }
        Ok(())
    }

    fn linking(&mut self, linking: wasmparser::LinkingSectionReader<'a>) -> Result<(), String> {
        self.is_relocatable = true;
        for part in linking {
            match part.map_err(|error| malformed(&error))? {
                Linking::SegmentInfo(segments) => {
                    let segments = segments.into_iter().collect::<Result<_, _>>();
                    self.segments = segments.map_err(|error| malformed(&error))?;
                }
                Linking::SymbolTable(symbols) => {
                    let symbols = symbols.into_iter().collect::<Result<_, _>>();
                    self.symbols = symbols.map_err(|error| malformed(&error))?;
                }
                Linking::InitFuncs(funcs) => {
                    let funcs: Result<Vec<_>, _> = funcs.into_iter().collect();
                    let mut funcs = funcs.map_err(|error| malformed(&error))?;
                    funcs.sort_by_key(|func| func.priority);
                    self.init = funcs.iter().map(|func| func.symbol_index).collect();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Object, String> {
        if !self.is_relocatable {
            return Err(wrong("it is not a relocatable object: it has no section `linking`"));
        }
        let (pieces, size, alignment) = self.pieces()?;
        let relocs = |index: Option<u32>| -> Vec<RelocationEntry> {
            let own = self.relocs.iter().filter(|(section, _)| Some(*section) == index);
            own.flat_map(|(_, entries)| entries.iter().copied()).collect()
        };
        let mut object = Object {
            code_relocs: relocs(self.code_index),
            data_relocs: relocs(self.data_index),
            imported_funcs: u32::try_from(self.imported_names.len()).unwrap_or(u32::MAX),
            types: self.types,
            functions: self.functions,
            code: self.code,
            data: self.data,
            imports: self.imports,
            imported_globals: self.imported_globals,
            pieces,
            symbols: Vec::new(),
            init: Vec::new(),
            func_names: Vec::new(),
            data_names: Vec::new(),
            extents: Vec::new(),
            addressed: Vec::new(),
            through_globals: Vec::new(),
            size,
            alignment,
        };
        object.read_symbols(&self.symbols)?;
        object.read_addresses(self.function_count)?;
        for index in self.init {
            object.init.push(object.func(index)?);
        }
        Ok(object)
    }

    /// Where the pieces of data go.
    fn pieces(&self) -> Result<(Vec<Piece>, u32, u32), String> {
        let too_large = || wrong("it has too much data");
        let (mut end, mut alignment, mut pieces) = (0_u64, 1_u64, Vec::new());
        for (index, (start, length)) in self.data_items.iter().enumerate() {
            let own = self.segments.get(index).map_or(0, |segment| segment.alignment);
            let own = 1_u64.checked_shl(own).filter(|own| *own <= 1 << 16).ok_or_else(too_large)?;
            let offset = end.next_multiple_of(own);
            alignment = alignment.max(own);
            end = offset + u64::try_from(*length).map_err(|_| too_large())?;
            if end > MAX_DATA {
                return Err(too_large());
            }
            let offset = u32::try_from(offset).map_err(|_| too_large())?;
            pieces.push(Piece { start: *start, length: *length, offset });
        }
        let narrow = |value: u64| u32::try_from(value).map_err(|_| too_large());
        Ok((pieces, narrow(end)?, narrow(alignment)?))
    }
}

/// Where the bytes of a piece of data stand in their section.
fn piece(item: &Data<'_>, section: usize) -> Result<(usize, usize), String> {
    if !matches!(item.kind, DataKind::Active { memory_index: 0, .. }) {
        return Err(wrong("it has data that is not placed by itself"));
    }
    let start = item.range.end.checked_sub(item.data.len() + section);
    Ok((start.ok_or_else(|| wrong("its data overlaps"))?, item.data.len()))
}

impl Object {
    fn read_symbols(&mut self, symbols: &[SymbolInfo<'_>]) -> Result<(), String> {
        for symbol in symbols {
            let is_offered = |flags: &SymbolFlags| {
                !flags.intersects(SymbolFlags::BINDING_LOCAL | SymbolFlags::UNDEFINED)
            };
            self.symbols.push(match symbol {
                SymbolInfo::Func { flags, index, name } => {
                    if let Some(name) = name.filter(|_| is_offered(flags)) {
                        self.func_names.push((name.to_owned(), *index));
                    }
                    Symbol::Func(*index)
                }
                SymbolInfo::Data { flags, name, symbol: Some(defined) } => {
                    if is_offered(flags) {
                        self.data_names.push(((*name).to_owned(), *defined));
                    }
                    self.extents.push(*defined);
                    Symbol::Data(*defined)
                }
                SymbolInfo::Data { flags, name, symbol: None } => {
                    Symbol::Outer((*name).to_owned(), flags.contains(SymbolFlags::BINDING_WEAK))
                }
                SymbolInfo::Global { index, .. } => Symbol::Global(*index),
                _ => Symbol::Other,
            });
        }
        let mut names: Vec<&String> = self.func_names.iter().map(|(name, _)| name).collect();
        names.extend(self.data_names.iter().map(|(name, _)| name));
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(wrong(format!("it defines `{}` twice", pair[0]))),
            None => Ok(()),
        }
    }

    /// Finds the functions and symbols whose addresses are used.
    fn read_addresses(&mut self, defined: u32) -> Result<(), String> {
        use RelocationType::{GlobalIndexLeb, TableIndexI32, TableIndexRelSleb, TableIndexSleb};
        let count = self.imported_funcs.saturating_add(defined);
        if usize::try_from(count).unwrap_or(usize::MAX) > MAX_FUNCS {
            return Err(wrong("it has too many functions"));
        }
        for (name, index) in &self.func_names {
            if *index >= count {
                return Err(wrong(format!("`{name}` is a function that it does not have")));
            }
        }
        let (mut addressed, mut through) = (Vec::new(), Vec::new());
        let mut address = |func: u32| {
            if !addressed.contains(&func) {
                addressed.push(func);
            }
        };
        for reloc in self.code_relocs.iter().chain(&self.data_relocs) {
            match reloc.ty {
                TableIndexSleb | TableIndexI32 | TableIndexRelSleb => {
                    address(self.func(reloc.index)?);
                }
                GlobalIndexLeb => {
                    let symbol = self.symbol(reloc.index)?;
                    if let Symbol::Func(func) = symbol {
                        address(*func);
                    }
                    if !matches!(symbol, Symbol::Global(_)) && !through.contains(&reloc.index) {
                        through.push(reloc.index);
                    }
                }
                _ => {}
            }
        }
        (self.addressed, self.through_globals) = (addressed, through);
        Ok(())
    }

    fn symbol(&self, index: u32) -> Result<&Symbol, String> {
        let found = usize::try_from(index).ok().and_then(|index| self.symbols.get(index));
        found.ok_or_else(|| wrong("it refers to a symbol that it does not have"))
    }

    fn func(&self, symbol: u32) -> Result<u32, String> {
        match self.symbol(symbol)? {
            Symbol::Func(index) => Ok(*index),
            _ => Err(wrong("it calls a symbol that is no function")),
        }
    }
}

/// An object on its way to its place.
struct Site<'o> {
    object: &'o Object,
    base: u32,
    table_base: u32,
    outer: &'o HashMap<String, u32>,
}

impl Site<'_> {
    /// The address of data of the object.
    fn defined(&self, symbol: DefinedDataSymbol) -> Result<u32, String> {
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
        let found = self.object.addressed.iter().position(|known| *known == func);
        let found = found.and_then(|index| u32::try_from(index).ok());
        let found = found.ok_or_else(|| wrong("a function has no place in the table"))?;
        Ok(self.table_base.wrapping_add(found))
    }

    /// The global through which the address of a symbol is read.
    fn global(&self, symbol: u32) -> Result<u32, String> {
        if let Symbol::Global(index) = self.object.symbol(symbol)? {
            return Ok(*index);
        }
        let found = self.object.through_globals.iter().position(|known| *known == symbol);
        let found = found.and_then(|index| u32::try_from(index).ok());
        let found = found.ok_or_else(|| wrong("an address has no global"))?;
        Ok(self.object.imported_globals.wrapping_add(found))
    }

    fn apply(&self, section: &mut [u8], reloc: &RelocationEntry) -> Result<(), String> {
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
    fn module(&self, code: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
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
        for symbol in &object.through_globals {
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
        if !object.addressed.is_empty() {
            let funcs = enc::Elements::Functions(object.addressed.as_slice().into());
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

/// The globals of position-independent code: where its data and its functions begin.
pub(crate) const BASES: [&str; 2] = [MEMORY_BASE, TABLE_BASE];

/// What a function is exported as that runs before anything else. No symbol has such a name.
pub(crate) fn init_name(number: usize) -> String {
    format!("<init {number}>")
}

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

    #[test]
    fn what_is_no_object_is_refused() {
        for bytes in
            [&b"junk"[..], b"", b"\0asm\x01\0\0\0", b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f"]
        {
            assert!(Object::parse(bytes).is_err());
        }
    }
}
