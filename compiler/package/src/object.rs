//! Relocatable WebAssembly objects: what a package's object shows to a linker.
//!
//! An object comes from somebody else, so everything in it is read with bounds; errors name the
//! offset at which it makes no sense.

use crate::error::PackageError;
use crate::interface::Interface;
use std::collections::BTreeSet;
use wasmparser::{
    CustomSectionReader, KnownCustom, Linking, Parser, Payload, SymbolFlags, SymbolInfo,
};

/// The custom section that holds a package's interface.
pub const INTERFACE_SECTION: &str = "spy.interface";

/// Makes every defined symbol local, apart from those in `keep`: objects of several packages hold
/// copies of the same library functions, each for itself.
///
/// # Errors
/// It is not a relocatable object.
pub fn hide_symbols(object: &mut [u8], keep: &BTreeSet<String>) -> Result<(), PackageError> {
    let mut changes = Vec::new();
    for symbol in symbols(object)? {
        let is_kept = symbol.name.as_ref().is_none_or(|name| keep.contains(name));
        if !is_kept && !symbol.flags.contains(SymbolFlags::UNDEFINED) {
            changes.push(symbol.flags_at);
        }
    }
    for at in changes {
        // Flags are a number of which one byte is there in any case, and the kind of binding and
        // the visibility are in its low bits.
        if let Some(byte) = object.get_mut(at) {
            let cleared = *byte & !(LOW_WEAK | LOW_HIDDEN);
            *byte = cleared | LOW_LOCAL;
        }
    }
    Ok(())
}

const LOW_WEAK: u8 = 1;
const LOW_LOCAL: u8 = 2;
const LOW_HIDDEN: u8 = 4;

/// The symbols that an object needs from others, sorted.
///
/// # Errors
/// It is not a relocatable object.
pub fn undefined(object: &[u8]) -> Result<BTreeSet<String>, PackageError> {
    let names = symbols(object)?
        .into_iter()
        .filter_map(|symbol| symbol.name.filter(|_| symbol.flags.contains(SymbolFlags::UNDEFINED)));
    Ok(names.collect())
}

/// The symbols that an object offers to others, sorted.
///
/// # Errors
/// It is not a relocatable object.
pub fn defined(object: &[u8]) -> Result<BTreeSet<String>, PackageError> {
    let hidden = SymbolFlags::UNDEFINED | SymbolFlags::BINDING_LOCAL;
    let names = symbols(object)?
        .into_iter()
        .filter_map(|symbol| symbol.name.filter(|_| !symbol.flags.intersects(hidden)));
    Ok(names.collect())
}

struct Symbol {
    name: Option<String>,
    flags: SymbolFlags,
    /// Offset of the flags.
    flags_at: usize,
}

fn malformed(error: &wasmparser::BinaryReaderError) -> PackageError {
    PackageError::new(format!(
        "it is not well-formed at offset {:#x}: {}",
        error.offset(),
        error.message()
    ))
}

/// The names of imported functions, which their symbols do not repeat.
fn symbols(object: &[u8]) -> Result<Vec<Symbol>, PackageError> {
    let mut found = Vec::new();
    let mut imported = Vec::new();
    let mut is_relocatable = false;
    for payload in Parser::new(0).parse_all(object) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| malformed(&error))?;
                    if matches!(import.ty, wasmparser::TypeRef::Func(_)) {
                        imported.push(import.name.to_owned());
                    }
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Linking(linking) = section.as_known() else { continue };
                is_relocatable = true;
                for part in linking {
                    let part = part.map_err(|error| malformed(&error))?;
                    let Linking::SymbolTable(table) = part else { continue };
                    for item in table.into_iter_with_offsets() {
                        let (at, symbol) = item.map_err(|error| malformed(&error))?;
                        found.extend(read_symbol(&symbol, at, &imported));
                    }
                }
            }
            _ => {}
        }
    }
    if is_relocatable {
        return Ok(found);
    }
    Err(PackageError::new("it is not a relocatable object: it has no section `linking`"))
}

fn read_symbol(symbol: &SymbolInfo<'_>, at: usize, imported: &[String]) -> Option<Symbol> {
    let (name, flags) = match symbol {
        SymbolInfo::Func { flags, index, name } => {
            let import = usize::try_from(*index).ok().and_then(|index| imported.get(index));
            (name.map(str::to_owned).or_else(|| import.cloned()), *flags)
        }
        SymbolInfo::Data { flags, name, .. } => (Some((*name).to_owned()), *flags),
        _ => return None,
    };
    // The kind takes one byte.
    Some(Symbol { name, flags, flags_at: at + 1 })
}

/// Appends a package's interface.
#[must_use]
pub fn with_interface(mut object: Vec<u8>, interface: &str) -> Vec<u8> {
    let mut body = Vec::new();
    push_length(&mut body, INTERFACE_SECTION.len());
    body.extend_from_slice(INTERFACE_SECTION.as_bytes());
    body.extend_from_slice(interface.as_bytes());
    object.push(0);
    push_length(&mut object, body.len());
    object.extend(body);
    object
}

/// A number in the format that WebAssembly uses for lengths.
fn push_length(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The interface that an object carries.
///
/// # Errors
/// It is not a WebAssembly file, carries none, or carries one that cannot be read.
pub fn interface(object: &[u8]) -> Result<Interface, PackageError> {
    for payload in Parser::new(0).parse_all(object) {
        let payload = payload.map_err(|error| malformed(&error))?;
        if let Payload::CustomSection(section) = payload
            && section.name() == INTERFACE_SECTION
        {
            return read_interface(&section);
        }
    }
    Err(PackageError::new(format!("it has no section `{INTERFACE_SECTION}`")))
}

fn read_interface(section: &CustomSectionReader<'_>) -> Result<Interface, PackageError> {
    Interface::parse(section.data()).map_err(|error| PackageError {
        message: format!(
            "the section `{INTERFACE_SECTION}` at offset {:#x}: {}",
            section.data_offset(),
            error.message
        ),
        help: error.help,
    })
}
