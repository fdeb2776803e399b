//! Compiled functions and data, before they become an object file or part of this process.
//!
//! Everything refers to everything else by symbol, so a function that was compiled once can be used
//! again in another program that means the same by the symbols.

use spy_ir::PosIdx;

/// What code or data refers to.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Reference {
    /// A function of the program or of the runtime.
    Function(String),
    /// Data of the program.
    Data(String),
}

/// A machine-code relocation.
#[derive(Clone, PartialEq, Debug)]
pub struct Relocation {
    /// Where in the code, in bytes.
    pub offset: u32,
    /// How the address is written.
    pub kind: cranelift_codegen::binemit::Reloc,
    /// Index in [`CompiledFunction::references`].
    pub target: u32,
    /// Added to the address, in bytes.
    pub addend: i64,
}

/// A pointer in data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pointer {
    /// Where in the data, in bytes.
    pub offset: u32,
    /// What it points to.
    pub target: Reference,
    /// Bytes from the start of the target.
    pub addend: i64,
}

/// A piece of static data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Data {
    /// Its symbol.
    pub symbol: String,
    /// Whether other objects refer to it.
    pub exported: bool,
    /// Whether the program may change it.
    pub writable: bool,
    /// In bytes.
    pub align: u64,
    /// Contents; where pointers stand, zeros.
    pub bytes: Vec<u8>,
    /// Pointers in it, by offset.
    pub pointers: Vec<Pointer>,
}

/// Code from `start` on comes from a position, until the next entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// Offset in the code, in bytes.
    pub start: u32,
    /// Where the code comes from; `None` for what the compiler adds.
    pub pos: Option<PosIdx>,
}

/// A function in machine code.
#[derive(Clone, Debug)]
pub struct CompiledFunction {
    /// Its symbol.
    pub symbol: String,
    /// The code.
    pub code: Vec<u8>,
    /// Alignment of the code, in bytes.
    pub align: u64,
    /// What has to be filled in.
    pub relocations: Vec<Relocation>,
    /// What the relocations refer to.
    pub references: Vec<Reference>,
    /// Constants that it owns.
    pub data: Option<Data>,
    /// Whether it refers to its position table.
    pub uses_positions: bool,
    /// Which code comes from where, by offset.
    pub lines: Vec<Line>,
    /// How its frame looks to unwinders.
    pub unwind: Option<cranelift_codegen::isa::unwind::UnwindInfo>,
}
