//! How values lie in the memory of compiled code: as C lays them out for WebAssembly, with addresses
//! of 32 bits and plain pointers.

use super::needs_source;
use crate::machine::{Machine, deep};
use crate::spelling::Speller;
use spy_db::compiled::{FieldLayout, StructLayout};
use spy_text::HashMap;
use spy_types::names::ty_full;
use spy_types::{BuiltinTy, Result, ScalarTy, Ty, TyKey};

/// Bytes of an address.
pub(super) const ADDRESS: u32 = 4;

/// What stands at an offset of a value: one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaf {
    /// One byte without a sign.
    U8,
    /// One byte with a sign.
    I8,
    /// Four bytes: an integer or an address.
    I32,
    /// Eight bytes.
    I64,
    /// A float of four bytes.
    F32,
    /// A float of eight bytes.
    F64,
}

impl Leaf {
    /// In bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }
}

/// Sizes and alignments that were computed before, in bytes.
#[derive(Default)]
pub(super) struct Layouts(HashMap<Ty, (u32, u32)>);

impl Layouts {
    /// Size and alignment of a type, in bytes. What exists at compile time only takes no room.
    pub(super) fn of(&mut self, m: &mut Machine<'_>, ty: Ty) -> Result<(u32, u32)> {
        if let Some(known) = self.0.get(&ty) {
            return Ok(*known);
        }
        let found = match ty.get() {
            TyKey::Scalar(ScalarTy::Complex128) => (16, 8),
            TyKey::Scalar(ScalarTy::Str | ScalarTy::Bytes) => (ADDRESS, ADDRESS),
            TyKey::Scalar(scalar) => {
                let size = scalar.bits() / 8;
                (size, size)
            }
            TyKey::Ptr(..) | TyKey::Ref(..) => (ADDRESS, ADDRESS),
            TyKey::Builtin(BuiltinTy::File | BuiltinTy::RawBuffer) => (ADDRESS, ADDRESS),
            // What is called, and what it holds.
            TyKey::Func(func) if func.is_value() => (2 * ADDRESS, ADDRESS),
            TyKey::Struct { .. } | TyKey::TerminalSize => {
                let fields = self.fields(m, ty)?;
                let (mut end, mut alignment) = (0_u32, 1);
                for (_, field, offset) in fields {
                    let (size, own) = self.of(m, field)?;
                    end = offset
                        .checked_add(size)
                        .ok_or_else(|| needs_source("this is too large"))?;
                    alignment = alignment.max(own);
                }
                // C has no empty structs.
                (end.max(1).next_multiple_of(alignment), alignment)
            }
            _ => (0, 1),
        };
        self.0.insert(ty, found);
        Ok(found)
    }

    /// Index, type and offset of the fields of a struct that exist at run time.
    pub(super) fn fields(&mut self, m: &mut Machine<'_>, ty: Ty) -> Result<Vec<(u32, Ty, u32)>> {
        let (mut end, mut out) = (0_u32, Vec::new());
        for (index, (_, field)) in (0..).zip(m.struct_fields(ty)?) {
            let (size, alignment) = deep(|| self.of(m, field))?;
            if size > 0 {
                let offset = end.next_multiple_of(alignment);
                out.push((index, field, offset));
                end = offset.saturating_add(size);
            }
        }
        Ok(out)
    }

    /// The layout of a struct, for who compares it with another's.
    pub(super) fn shape(&mut self, m: &mut Machine<'_>, ty: Ty) -> Result<StructLayout> {
        let mut speller = Speller::new(m.db, m.project);
        let name = speller.ty(ty).unwrap_or_else(|| ty_full(ty).short());
        let names = m.struct_fields(ty)?;
        let mut fields = Vec::new();
        for (index, field, offset) in self.fields(m, ty)? {
            let name = names.get(index as usize).map(|(name, _)| name.to_string());
            // What has no spelling has a name. Numbers in names are each program's own.
            let short = || Some(ty_full(field).short()).filter(|name| !name.contains('#'));
            let (name, ty) = (name.unwrap_or_default(), speller.ty(field).or_else(short));
            fields.push(FieldLayout { name, ty, offset: u64::from(offset) });
        }
        Ok(StructLayout { name, size: u64::from(self.of(m, ty)?.0), fields })
    }

    /// The numbers that a value consists of, with their offsets: what is passed for it.
    pub(super) fn leaves(
        &mut self,
        m: &mut Machine<'_>,
        ty: Ty,
        offset: usize,
        out: &mut Vec<(usize, Leaf)>,
    ) -> Result<()> {
        let leaf = match ty.get() {
            TyKey::Scalar(scalar) => match scalar {
                ScalarTy::Bool | ScalarTy::U8 => Leaf::U8,
                ScalarTy::I8 => Leaf::I8,
                ScalarTy::I32 | ScalarTy::U32 | ScalarTy::Str | ScalarTy::Bytes => Leaf::I32,
                ScalarTy::I64 | ScalarTy::U64 => Leaf::I64,
                ScalarTy::F32 => Leaf::F32,
                ScalarTy::F64 => Leaf::F64,
                ScalarTy::Complex128 => {
                    out.extend([(offset, Leaf::F64), (offset + 8, Leaf::F64)]);
                    return Ok(());
                }
            },
            TyKey::Struct { .. } | TyKey::TerminalSize => {
                for (_, field, at) in self.fields(m, ty)? {
                    deep(|| self.leaves(m, field, offset + at as usize, out))?;
                }
                return Ok(());
            }
            _ if self.of(m, ty)?.0 == 0 => return Ok(()),
            _ => Leaf::I32,
        };
        out.push((offset, leaf));
        Ok(())
    }
}
