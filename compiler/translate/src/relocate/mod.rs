//! Relocatable objects as modules that are loaded beside others.
//!
//! An object of a package is a WebAssembly file whose code and data do not know yet where they will
//! stand. [`Object::place`] puts it at an address of a memory and at slots of a table that belong to
//! somebody else, and makes a module that imports both. This is what a linker does with one object;
//! indices of functions, types and globals stay what they are, since there is nothing beside it.

mod place;
mod read;

use place::Site;
use read::Reader;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use wasm_encoder as enc;
use wasmparser::{DefinedDataSymbol, Parser, RelocationEntry};

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

/// Indices that have numbers, in the order in which they were met.
#[derive(Default)]
struct Numbered {
    all: Vec<u32>,
    numbers: HashMap<u32, u32>,
}

impl Numbered {
    fn add(&mut self, index: u32) {
        if let Entry::Vacant(entry) = self.numbers.entry(index) {
            entry.insert(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
            self.all.push(index);
        }
    }

    fn number(&self, index: u32) -> Option<u32> {
        self.numbers.get(&index).copied()
    }
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
    /// Functions whose address is a value: their order is that of their slots.
    addressed: Numbered,
    /// Symbols whose address is read from a global, by number of the symbol.
    through_globals: Numbered,
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
        u32::try_from(self.addressed.all.len()).unwrap_or(u32::MAX)
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

impl Object {
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

/// The globals of position-independent code: where its data and its functions begin.
pub(crate) const BASES: [&str; 2] = [MEMORY_BASE, TABLE_BASE];

/// What a function is exported as that runs before anything else. No symbol has such a name.
pub(crate) fn init_name(number: usize) -> String {
    format!("<init {number}>")
}

#[cfg(test)]
#[path = "../../tests/hostile/mod.rs"]
mod hostile;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    #[test]
    fn objects_that_a_fuzzer_found() {
        let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus");
        for kind in ["object", "place"] {
            let files = fs::read_dir(corpus.join(kind)).expect("the corpus");
            let mut count = 0;
            for file in files {
                let bytes = fs::read(file.expect("a file").path()).expect("it can be read");
                hostile::place(&bytes);
                count += 1;
            }
            assert!(count > 3, "{kind} has {count} files");
        }
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
