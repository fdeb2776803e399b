//! Debug information: which code comes from which line, what functions are called, and how their
//! frames look.
//!
//! It stands in the object of the code, which is put together again from compiled functions when lines
//! move. Linkers of formats other than ELF want it elsewhere, and get none.

use crate::assemble::AssembleError;
use crate::code::CompiledFunction;
use crate::target::Target;
use crate::unwind::{ADDRESS, FRAME_HEADER, WORD, common_entry};
use cranelift_object::object::write::{Object, Relocation as ObjectRelocation, SymbolId};
use cranelift_object::object::{
    BinaryFormat, RelocationEncoding, RelocationFlags, RelocationKind, SectionKind,
};
use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, FileId, LineProgram, LineString, Range,
    RangeList, RelocateWriter, Relocation, RelocationTarget, Sections, Writer,
};
use gimli::{DW_LANG_C11, Encoding, Format, LineEncoding, LittleEndian, SectionId};
use spy_ir::SourceLine;
use spy_text::HashMap;

/// A function as debuggers see it.
pub struct DebugFunction<'f> {
    /// Its code.
    pub function: &'f CompiledFunction,
    /// What people call it.
    pub name: String,
    /// Its position table.
    pub positions: Vec<Option<SourceLine>>,
}

/// Adds debug information to an object, if the machine's linkers take it. `name` is what debuggers
/// call it; `symbols` are those of the functions.
pub(crate) fn add_debug(
    object: &mut Object<'static>,
    name: &str,
    functions: &[DebugFunction<'_>],
    symbols: &[SymbolId],
    target: &Target,
) -> Result<(), AssembleError> {
    if object.format() != BinaryFormat::Elf || functions.is_empty() {
        return Ok(());
    }
    let failed = |error: gimli::write::Error| AssembleError(error.to_string());
    let mut sections = Sections::new(Section::default());
    unit(name, functions).write(&mut sections).map_err(failed)?;
    let mut all: Vec<(SectionId, Section)> = Vec::new();
    sections.for_each(|id, section| {
        all.push((id, section.clone()));
        Ok::<(), AssembleError>(())
    })?;
    all.retain(|(id, _)| *id != SectionId::DebugFrame);
    all.push((SectionId::DebugFrame, frames(functions, target)));
    add_sections(object, all, symbols)
}

/// The symbol of function number `index`.
fn start(index: usize) -> Address {
    Address::Symbol { symbol: index, addend: 0 }
}

fn encoding() -> Encoding {
    Encoding { format: Format::Dwarf32, version: 5, address_size: 8 }
}

/// Lines and names.
fn unit(root: &str, functions: &[DebugFunction<'_>]) -> DwarfUnit {
    let mut dwarf = DwarfUnit::new(encoding());
    dwarf.unit.line_program = lines(root, functions);
    let ranges = functions.iter().enumerate().map(|(index, debug)| Range::StartLength {
        begin: start(index),
        length: debug.function.code.len() as u64,
    });
    let ranges = dwarf.unit.ranges.add(RangeList(ranges.collect()));
    let text = |dwarf: &mut DwarfUnit, text: &str| {
        AttributeValue::StringRef(dwarf.strings.add(file_name(text)))
    };
    let root_entry = dwarf.unit.root();
    let (producer, name, folder) =
        (text(&mut dwarf, "spy"), text(&mut dwarf, root), text(&mut dwarf, "."));
    let entry = dwarf.unit.get_mut(root_entry);
    entry.set(gimli::DW_AT_producer, producer);
    // No debugger knows SPy; its expressions are closest to those of C.
    entry.set(gimli::DW_AT_language, AttributeValue::Language(DW_LANG_C11));
    entry.set(gimli::DW_AT_name, name);
    entry.set(gimli::DW_AT_comp_dir, folder);
    entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    entry.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    for (index, debug) in functions.iter().enumerate() {
        let name = text(&mut dwarf, &debug.name);
        let id = dwarf.unit.add(root_entry, gimli::DW_TAG_subprogram);
        let entry = dwarf.unit.get_mut(id);
        entry.set(gimli::DW_AT_name, name);
        entry.set(gimli::DW_AT_external, AttributeValue::Flag(true));
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(start(index)));
        let length = debug.function.code.len() as u64;
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
    }
    dwarf
}

/// A name that the format can hold.
fn file_name(name: &str) -> Vec<u8> {
    let bytes: Vec<u8> = name.bytes().filter(|byte| *byte != 0).collect();
    if bytes.is_empty() { b"<unknown>".to_vec() } else { bytes }
}

fn lines(root: &str, functions: &[DebugFunction<'_>]) -> LineProgram {
    let text = |text: &str| LineString::String(file_name(text));
    let mut program =
        LineProgram::new(encoding(), LineEncoding::default(), text("."), None, text(root), None);
    let folder = program.default_directory();
    let mut files: HashMap<String, FileId> = HashMap::default();
    for (index, debug) in functions.iter().enumerate() {
        program.begin_sequence(Some(start(index)));
        for line in &debug.function.lines {
            let pos = line.pos.and_then(|pos| debug.positions.get(pos.0 as usize)?.as_ref());
            let Some(source) = pos else { continue };
            let file = *files
                .entry(source.file.as_str().to_owned())
                .or_insert_with_key(|name| program.add_file(text(name), folder, None));
            let row = program.row();
            row.address_offset = u64::from(line.start);
            row.file = file;
            row.line = u64::from(source.line);
            program.generate_row();
        }
        program.end_sequence(debug.function.code.len() as u64);
    }
    program
}

/// How to find the caller of each function.
fn frames(functions: &[DebugFunction<'_>], target: &Target) -> Section {
    let mut out = Section::default();
    let Some(mut bytes) = common_entry(target) else { return out };
    for (index, debug) in functions.iter().enumerate() {
        let Some(unwind) = &debug.function.unwind else { continue };
        let length = FRAME_HEADER - WORD + unwind.instructions.len();
        bytes.extend(u32::try_from(length).unwrap_or(0).to_le_bytes());
        let place = |bytes: &Vec<u8>, size: usize, target| Relocation {
            offset: bytes.len(),
            size: u8::try_from(size).unwrap_or(0),
            target,
            addend: 0,
            eh_pe: None,
        };
        let common = RelocationTarget::Section(SectionId::DebugFrame);
        out.relocations.push(place(&bytes, WORD, common));
        bytes.extend([0; WORD]);
        out.relocations.push(place(&bytes, ADDRESS, RelocationTarget::Symbol(index)));
        bytes.extend([0; ADDRESS]);
        bytes.extend((debug.function.code.len() as u64).to_le_bytes());
        bytes.extend(&unwind.instructions);
    }
    // Writing to memory cannot fail.
    let _ = out.writer.write(&bytes);
    out
}

/// A section with what has to be filled in.
#[derive(Clone)]
struct Section {
    writer: EndianVec<LittleEndian>,
    relocations: Vec<Relocation>,
}

impl Default for Section {
    fn default() -> Self {
        Self { writer: EndianVec::new(LittleEndian), relocations: Vec::new() }
    }
}

impl RelocateWriter for Section {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.writer
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.writer
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

fn add_sections(
    object: &mut Object<'static>,
    sections: Vec<(SectionId, Section)>,
    symbols: &[SymbolId],
) -> Result<(), AssembleError> {
    let mut added = Vec::new();
    let mut known: HashMap<SectionId, SymbolId> = HashMap::default();
    for (id, section) in
        sections.into_iter().filter(|(_, section)| !section.writer.slice().is_empty())
    {
        let place =
            object.add_section(Vec::new(), id.name().as_bytes().to_vec(), SectionKind::Debug);
        object.set_section_data(place, section.writer.into_vec(), 1);
        known.insert(id, object.section_symbol(place));
        added.push((place, section.relocations));
    }
    for (place, relocations) in added {
        for relocation in relocations {
            let symbol = match relocation.target {
                RelocationTarget::Symbol(index) => symbols.get(index),
                RelocationTarget::Section(id) => known.get(&id),
            };
            let Some(symbol) = symbol.copied() else { continue };
            let flags = RelocationFlags::Generic {
                kind: RelocationKind::Absolute,
                encoding: RelocationEncoding::Generic,
                size: relocation.size * 8,
            };
            let (offset, addend) = (relocation.offset as u64, relocation.addend);
            let relocation = ObjectRelocation { offset, symbol, addend, flags };
            let added = object.add_relocation(place, relocation);
            added.map_err(|error| AssembleError(error.to_string()))?;
        }
    }
    Ok(())
}
