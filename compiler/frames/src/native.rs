//! ELF libraries: sections of debug information, and where code is.

use crate::dwarf::Symbol;
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::ops::Range;

/// A library.
pub(crate) struct Image<'d> {
    file: object::File<'d>,
    /// Addresses and bytes of the sections that hold code.
    pub(crate) code: Vec<(u64, &'d [u8])>,
}

impl<'d> Image<'d> {
    pub(crate) fn read(data: &'d [u8]) -> Result<Self, String> {
        let file = object::File::parse(data).map_err(|error| error.to_string())?;
        let mut code = Vec::new();
        for section in file.sections().filter(|section| section.kind() == SectionKind::Text) {
            let bytes = section.data().map_err(|error| error.to_string())?;
            code.push((section.address(), bytes));
        }
        Ok(Self { file, code })
    }

    /// Where code is.
    pub(crate) fn spans(&self) -> Vec<Range<u64>> {
        self.code.iter().map(|(start, bytes)| *start..*start + bytes.len() as u64).collect()
    }

    /// The functions in it.
    pub(crate) fn symbols(&self) -> Vec<Symbol> {
        let symbols = self.file.symbols();
        let functions =
            symbols.filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0);
        let named = functions.filter_map(|symbol| {
            let span = symbol.address()..symbol.address() + symbol.size();
            Some((span, symbol.name().ok()?.to_owned()))
        });
        named.collect()
    }

    /// What a section holds; nothing if there is none.
    pub(crate) fn section(&self, name: &str) -> &'d [u8] {
        let found = self.file.section_by_name(name);
        found.and_then(|section| section.data().ok()).unwrap_or_default()
    }
}
