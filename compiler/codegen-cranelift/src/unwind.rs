//! How frames look to unwinders: for debuggers, and for libraries that look at the stack of the program
//! which loaded them.

use crate::assemble::AssembleError;
use crate::code::{CompiledFunction, Unwind};
use crate::target::Target;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_object::object::write::{Object, Relocation, SymbolId};
use cranelift_object::object::{RelocationEncoding, RelocationFlags, RelocationKind, SectionKind};
use gimli::LittleEndian;
use gimli::write::{Address, DebugFrame, EhFrame, EndianVec, FrameDescriptionEntry, FrameTable};

/// Size of a length and of an offset in a section, in bytes.
pub(crate) const WORD: usize = 4;

/// Size of an address, in bytes.
pub(crate) const ADDRESS: usize = 8;

/// What stands before the instructions of a function: the length of the entry, where what all have
/// in common is, where the code is and how long it is.
pub(crate) const FRAME_HEADER: usize = 2 * WORD + 2 * ADDRESS;

/// What all functions have in common, and then one function.
fn frame_entries(entry: FrameDescriptionEntry, target: &Target) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut table = FrameTable::default();
    let common = table.add_cie(target.isa.create_systemv_cie()?);
    table.add_fde(common, entry);
    let mut section = DebugFrame(EndianVec::new(LittleEndian));
    table.write_debug_frame(&mut section).ok()?;
    let mut bytes = section.0.into_vec();
    let length = u32::from_le_bytes(bytes.get(..WORD)?.try_into().ok()?);
    let rest = bytes.split_off(WORD + length as usize);
    Some((bytes, rest))
}

/// How a function's frame looks to unwinders, in a form that can be kept.
pub(crate) fn unwind(info: &UnwindInfo, target: &Target) -> Option<Unwind> {
    let UnwindInfo::SystemV(info) = info else { return None };
    let (_, entry) = frame_entries(info.to_fde(Address::Constant(0)), target)?;
    Some(Unwind { instructions: entry.get(FRAME_HEADER..)?.to_vec() })
}

/// What the frames of all functions have in common, for debuggers.
pub(crate) fn common_entry(target: &Target) -> Option<Vec<u8>> {
    let nothing = FrameDescriptionEntry::new(Address::Constant(0), 0);
    Some(frame_entries(nothing, target)?.0)
}

/// The same for running programs: addresses are distances of 32 bits from where they stand.
fn common_loaded_entry(target: &Target) -> Option<Vec<u8>> {
    let mut common = target.isa.create_systemv_cie()?;
    common.fde_address_encoding = gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | gimli::DW_EH_PE_sdata4.0);
    let mut table = FrameTable::default();
    let common = table.add_cie(common);
    table.add_fde(common, FrameDescriptionEntry::new(Address::Constant(0), 0));
    let mut section = EhFrame(EndianVec::new(LittleEndian));
    table.write_eh_frame(&mut section).ok()?;
    let mut bytes = section.0.into_vec();
    let length = u32::from_le_bytes(bytes.get(..WORD)?.try_into().ok()?);
    bytes.truncate(WORD + length as usize);
    Some(bytes)
}

/// Adds how the frames of these functions look to an object, for running programs.
pub(crate) fn add_frames<'f>(
    object: &mut Object<'static>,
    functions: impl Iterator<Item = (&'f CompiledFunction, SymbolId)>,
    target: &Target,
) -> Result<(), AssembleError> {
    let Some(mut bytes) = common_loaded_entry(target) else { return Ok(()) };
    let mut starts = Vec::new();
    for (function, symbol) in functions {
        let Some(unwind) = &function.unwind else { continue };
        let entry = bytes.len();
        bytes.extend([0; WORD]);
        // How far back the common entry begins, which is the first one.
        bytes.extend(number(bytes.len())?);
        starts.push((bytes.len(), symbol));
        bytes.extend([0; WORD]);
        bytes.extend(number(function.code.len())?);
        // No more about it.
        bytes.push(0);
        bytes.extend(&unwind.instructions);
        let end = (bytes.len() - entry).next_multiple_of(ADDRESS) + entry;
        bytes.resize(end, gimli::DW_CFA_nop.0);
        let length = number(end - entry - WORD)?;
        bytes[entry..entry + WORD].copy_from_slice(&length);
    }
    let section = object.add_section(Vec::new(), b".eh_frame".to_vec(), SectionKind::ReadOnlyData);
    object.set_section_data(section, bytes, ADDRESS as u64);
    for (offset, symbol) in starts {
        let flags = RelocationFlags::Generic {
            kind: RelocationKind::Relative,
            encoding: RelocationEncoding::Generic,
            size: 32,
        };
        let found = object.symbol(symbol);
        let (Some(code), start) = (found.section.id(), found.value) else { continue };
        // A symbol that others see might stand for something of theirs.
        let symbol = object.section_symbol(code);
        let addend = start.cast_signed();
        let relocation = Relocation { offset: offset as u64, symbol, addend, flags };
        let added = object.add_relocation(section, relocation);
        added.map_err(|error| AssembleError(error.to_string()))?;
    }
    Ok(())
}

fn number(value: usize) -> Result<[u8; WORD], AssembleError> {
    let number = u32::try_from(value).map_err(|error| AssembleError(error.to_string()))?;
    Ok(number.to_le_bytes())
}
