//! WebAssembly modules: custom sections, and where code is.

use crate::dwarf::Symbol;
use crate::table::SECTION;
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload, TypeRef};

/// A module.
pub(crate) struct Image {
    /// Where its code begins and ends in the file.
    pub(crate) code: Range<usize>,
    custom: HashMap<String, Range<usize>>,
    /// Where each function is, and its name if it has one.
    functions: Vec<(Range<usize>, Option<String>)>,
}

impl Image {
    pub(crate) fn read(data: &[u8]) -> Result<Self, String> {
        Self::parse(data).map_err(|error| error.to_string())
    }

    fn parse(data: &[u8]) -> wasmparser::Result<Self> {
        let mut image = Self { code: 0..0, custom: HashMap::new(), functions: Vec::new() };
        let mut imported = 0;
        for payload in Parser::new(0).parse_all(data) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => image.code = range,
                Payload::CodeSectionEntry(body) => image.functions.push((body.range(), None)),
                Payload::CustomSection(section) => {
                    let range = section.data_offset()..section.range().end;
                    image.custom.insert(section.name().to_owned(), range);
                    if let KnownCustom::Name(names) = section.as_known() {
                        image.name(names, imported)?;
                    }
                }
                _ => {}
            }
        }
        Ok(image)
    }

    /// Takes the names of functions; `imported` ones come before the module's own.
    fn name(&mut self, names: NameSectionReader<'_>, imported: u32) -> wasmparser::Result<()> {
        for part in names {
            let Name::Function(functions) = part? else { continue };
            for naming in functions {
                let naming = naming?;
                let number = naming.index.checked_sub(imported).map(|number| number as usize);
                if let Some((_, name)) = number.and_then(|number| self.functions.get_mut(number)) {
                    *name = Some(naming.name.to_owned());
                }
            }
        }
        Ok(())
    }

    /// The functions that have names, by where they are in the code.
    pub(crate) fn symbols(&self) -> Vec<Symbol> {
        let start = self.code.start;
        let named = self.functions.iter().filter_map(|(range, name)| {
            let span = (range.start - start) as u64..(range.end - start) as u64;
            Some((span, name.clone()?))
        });
        named.collect()
    }

    /// The code, with the number of functions before it.
    pub(crate) fn code<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        data.get(self.code.clone()).unwrap_or_default()
    }

    /// What a custom section holds; nothing if there is none.
    pub(crate) fn section<'d>(&self, data: &'d [u8], name: &str) -> &'d [u8] {
        let range = self.custom.get(name).cloned();
        range.and_then(|range| data.get(range)).unwrap_or_default()
    }
}

/// A custom section with the table.
pub(crate) fn section(table: &[u8]) -> Vec<u8> {
    let mut content = length(SECTION.len());
    content.extend(SECTION.bytes());
    content.extend(table);
    let mut out = vec![0];
    out.extend(length(content.len()));
    out.extend(content);
    out
}

/// A number as WebAssembly writes it: 7 bits in each byte.
fn length(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7F).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}
