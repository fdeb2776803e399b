//! Reading an object: its sections, symbols and relocations.

use super::MAX_DATA;
use super::MAX_FUNCS;
use super::{Numbered, Object, Piece, Symbol, malformed, wrong};
use std::ops::Range;
use wasm_encoder as enc;
use wasmparser::{
    Data, DataKind, KnownCustom, Linking, Payload, RelocationEntry, RelocationType, Segment,
    SymbolFlags, SymbolInfo, TypeRef,
};

/// What is collected while an object is read.
#[derive(Default)]
pub(super) struct Reader<'a> {
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
    pub(super) fn payload(&mut self, payload: Payload<'a>, bytes: &'a [u8]) -> Result<(), String> {
        let is_section = payload.as_section().is_some();
        match payload {
            Payload::TypeSection(section) => self.types = part(bytes, section.range())?,
            Payload::FunctionSection(section) => {
                self.function_count = section.count();
                self.functions = part(bytes, section.range())?;
            }
            Payload::ImportSection(section) => self.imports(section)?,
            // Both are the host's.
            Payload::MemorySection(_) | Payload::TableSection(_) | Payload::ElementSection(_) => {}
            Payload::CodeSectionStart { range, .. } => {
                self.code = part(bytes, range)?;
                self.code_index = Some(self.section);
            }
            Payload::DataSection(section) => {
                let range = section.range();
                self.data_index = Some(self.section);
                self.data = part(bytes, range.clone())?;
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

    pub(super) fn finish(self) -> Result<Object, String> {
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
            addressed: Numbered::default(),
            through_globals: Numbered::default(),
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

/// A part of the object. That all of the code is there shows only when it is read.
fn part(bytes: &[u8], range: Range<usize>) -> Result<Vec<u8>, String> {
    bytes.get(range).map(<[u8]>::to_vec).ok_or_else(|| wrong("it ends in the middle of a section"))
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
        let (mut addressed, mut through) = (Numbered::default(), Numbered::default());
        for reloc in self.code_relocs.iter().chain(&self.data_relocs) {
            match reloc.ty {
                TableIndexSleb | TableIndexI32 | TableIndexRelSleb => {
                    addressed.add(self.func(reloc.index)?);
                }
                GlobalIndexLeb => {
                    let symbol = self.symbol(reloc.index)?;
                    if let Symbol::Func(func) = symbol {
                        addressed.add(*func);
                    }
                    if !matches!(symbol, Symbol::Global(_)) {
                        through.add(reloc.index);
                    }
                }
                _ => {}
            }
        }
        (self.addressed, self.through_globals) = (addressed, through);
        Ok(())
    }
}
