//! Tables of calls: which calls in SPy stand behind an address of linked code.
//!
//! A panic tells its host where it happened; who called is on the stack, as addresses. A table that goes
//! with the code says for each address which function it is in, on which line, and into which others
//! that one was inlined. It is made from the debug information of a file that was linked with it, goes
//! with the same file linked without, and costs nothing before there is a panic.
//!
//! Knows nothing of SPy's programs: what a C function and a line in it stand for, whoever asks must say.
//! Readers of the tables: `compiler/codegen-py/c/python_frames.h` and the loader in `runtime/python`.

mod dwarf;
mod native;
mod table;
mod wasm;

#[cfg(test)]
mod tests;

pub use table::SECTION;

use std::collections::HashMap;

/// A place in a function, as a traceback shows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The function's name.
    pub function: String,
    /// Its file, as the user sees it.
    pub file: String,
    /// The line, 1-based; 0 if the C compiler has lost it.
    pub line: u32,
    /// What the line says.
    pub text: String,
}

/// What a C function and a line in it stand for; `None` for what is no function of a program. Line 0 is one
/// that is unknown.
pub type Places<'p> = &'p dyn Fn(&str, u32) -> Option<Place>;

/// Adds the table of an ELF library to the end of the file `shipped`. `linked` is the same library with
/// debug information.
///
/// # Errors
/// A file cannot be understood, or the code of the two differs.
pub fn add_native(linked: &[u8], shipped: &mut Vec<u8>, places: Places<'_>) -> Result<(), String> {
    let image = native::Image::read(linked)?;
    if native::Image::read(shipped)?.code != image.code {
        return Err("its code is other code without debug information".to_owned());
    }
    let table =
        make(&|name: &str| image.section(name), &image.spans(), image.symbols(), 0, places)?;
    shipped.extend(table::trailer(&table));
    Ok(())
}

/// A function of which whoever compiled it knows what its code is.
#[derive(Clone, Debug)]
pub struct Compiled<'c> {
    /// Its symbol.
    pub symbol: &'c str,
    /// How long its code is, in bytes.
    pub size: u64,
    /// From which byte on its code is of which line, by byte; 0 is an unknown line.
    pub lines: Vec<(u64, u32)>,
}

/// Adds the table of an ELF library with symbols to its end. None of these functions was inlined.
///
/// # Errors
/// The file cannot be understood.
pub fn add_compiled(
    library: &mut Vec<u8>,
    functions: &[Compiled<'_>],
    places: Places<'_>,
) -> Result<(), String> {
    let image = native::Image::read(library)?;
    let addresses: HashMap<String, u64> =
        image.symbols().into_iter().map(|(span, name)| (name, span.start)).collect();
    let known =
        functions.iter().filter_map(|function| Some((*addresses.get(function.symbol)?, function)));
    let mut known: Vec<(u64, &Compiled<'_>)> = known.collect();
    known.sort_by_key(|(start, _)| *start);
    let mut table = table::Table::default();
    for (start, function) in known {
        for (offset, line) in &function.lines {
            table.add(start + offset, places(function.symbol, *line).as_slice())?;
        }
        table.add(start + function.size, &[])?;
    }
    let bytes = table.bytes()?;
    library.extend(table::trailer(&bytes));
    Ok(())
}

/// Adds the table of a WebAssembly module to `shipped`, as a section. `linked` is the same module with debug
/// information.
///
/// # Errors
/// As for [`add_native`].
pub fn add_wasm(linked: &[u8], shipped: &mut Vec<u8>, places: Places<'_>) -> Result<(), String> {
    let (with, without) = (wasm::Image::read(linked)?, wasm::Image::read(shipped)?);
    if with.code(linked) != without.code(shipped) {
        return Err("its code is other code without debug information".to_owned());
    }
    // Engines count from the beginning of the file, debug information from that of the code.
    let start = u64::try_from(without.code.start).map_err(|error| error.to_string())?;
    let size = u64::try_from(without.code.len()).map_err(|error| error.to_string())?;
    let load = |name: &str| with.section(linked, name);
    // A function that was dropped seems to begin at 0, where the section says how many there are.
    let table = make(&load, std::slice::from_ref(&(1..size)), with.symbols(), start, places)?;
    shipped.extend(wasm::section(&table));
    Ok(())
}

/// The table of the code in `spans`, whose addresses are moved by `offset`.
fn make<'d>(
    load: &dyn Fn(&str) -> &'d [u8],
    spans: &[std::ops::Range<u64>],
    symbols: Vec<dwarf::Symbol>,
    offset: u64,
    places: Places<'_>,
) -> Result<Vec<u8>, String> {
    let pieces = dwarf::pieces(load, spans, symbols).map_err(|error| error.to_string())?;
    let mut table = table::Table::default();
    for piece in &pieces {
        let calls = piece.calls.iter();
        let known = calls.filter_map(|call| places(&call.function, call.line)).collect::<Vec<_>>();
        table.add(piece.start + offset, &known)?;
    }
    table.bytes()
}
