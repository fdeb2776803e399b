//! Compiled functions and data, before they become an object file or part of this process.
//!
//! Everything refers to everything else by symbol, so a function that was compiled once can be used
//! again in another program that means the same by the symbols.

use serde::{Deserialize, Serialize};
use spy_ir::PosIdx;

/// What code or data refers to.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Reference {
    /// A function of the program or of the runtime.
    Function(String),
    /// Data of the program.
    Data(String),
}

/// A machine-code relocation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Relocation {
    /// Where in the code, in bytes.
    pub offset: u32,
    /// How the address is written.
    #[serde(with = "kind")]
    pub kind: cranelift_codegen::binemit::Reloc,
    /// Index in [`CompiledFunction::references`].
    pub target: u32,
    /// Added to the address, in bytes.
    pub addend: i64,
}

/// A pointer in data.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Pointer {
    /// Where in the data, in bytes.
    pub offset: u32,
    /// What it points to.
    pub target: Reference,
    /// Bytes from the start of the target.
    pub addend: i64,
}

/// A piece of static data.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Offset in the code, in bytes.
    pub start: u32,
    /// Where the code comes from; `None` for what the compiler adds.
    #[serde(with = "position")]
    pub pos: Option<PosIdx>,
}

/// How a function's frame looks to unwinders.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unwind {
    /// Instructions of DWARF's call frame information.
    pub instructions: Vec<u8>,
}

/// A function in machine code.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
    /// The positions that it may blame, as [`PosIdx`]: what its position table consists of.
    pub blamed: Vec<u32>,
    /// Which code comes from where, by offset.
    pub lines: Vec<Line>,
    /// How its frame looks to unwinders.
    pub unwind: Option<Unwind>,
}

/// Kinds of relocations in files: by number.
mod kind {
    use cranelift_codegen::binemit::Reloc;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    /// What code of ours holds; a function with another one cannot be kept.
    const KINDS: [Reloc; 11] = [
        Reloc::Abs4,
        Reloc::Abs8,
        Reloc::X86PCRel4,
        Reloc::X86CallPCRel4,
        Reloc::X86CallPLTRel4,
        Reloc::X86GOTPCRel4,
        Reloc::Arm64Call,
        Reloc::Aarch64AdrGotPage21,
        Reloc::Aarch64AdrPrelPgHi21,
        Reloc::Aarch64AddAbsLo12Nc,
        Reloc::Aarch64Ld64GotLo12Nc,
    ];

    pub(super) fn serialize<S: Serializer>(kind: &Reloc, out: S) -> Result<S::Ok, S::Error> {
        let found = (0..).zip(KINDS).find(|(_, known)| known == kind);
        let (number, _) = found.ok_or_else(|| ser::Error::custom("unknown relocation"))?;
        out.serialize_u8(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Reloc, D::Error> {
        let number = u8::deserialize(input)?;
        let kind = KINDS.get(usize::from(number)).copied();
        kind.ok_or_else(|| de::Error::custom("unknown relocation"))
    }
}

/// Positions in files: as numbers.
mod position {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use spy_ir::PosIdx;

    #[expect(clippy::ref_option, reason = "serde passes fields this way")]
    pub(super) fn serialize<S: Serializer>(
        pos: &Option<PosIdx>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        pos.map(|pos| pos.0).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<PosIdx>, D::Error> {
        Ok(Option::<u32>::deserialize(input)?.map(PosIdx))
    }
}
