//! SPy's own idea of sizes and field offsets, in bytes.
//!
//! This is the layout of the language (each field aligned to its own size, no tail padding, 8-byte
//! references), which dumps print. What a C compiler makes of a struct may differ.

use crate::{Fqn, ScalarTy, StructDef, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sizes and offsets, with the sizes of structs remembered.
pub struct Layouts<'a> {
    struct_def: &'a dyn Fn(&Fqn) -> Option<Arc<StructDef>>,
    /// `None` while a struct is being measured: one that holds itself counts as empty inside.
    sizes: BTreeMap<Fqn, Option<u64>>,
}

impl<'a> Layouts<'a> {
    /// Layouts of the structs that `struct_def` knows. Unknown ones count as empty.
    #[must_use]
    pub fn new(struct_def: &'a dyn Fn(&Fqn) -> Option<Arc<StructDef>>) -> Self {
        Self { struct_def, sizes: BTreeMap::new() }
    }

    /// Size of a value in bytes.
    pub fn size_of(&mut self, ty: &Type) -> u64 {
        match ty {
            Type::None | Type::Opaque(_) => 0,
            Type::Scalar(ScalarTy::Str | ScalarTy::Bytes) => 8,
            Type::Scalar(scalar) => u64::from(scalar.bits() / 8),
            Type::Ptr(..) | Type::Ref(..) | Type::RawBuffer | Type::Func(_) => 8,
            Type::File => 4,
            Type::Struct(fqn) => self.struct_size(fqn),
        }
    }

    /// Offset in bytes of field number `field`, and the field's type and name.
    pub fn field(&mut self, fqn: &Fqn, field: u32) -> Option<(u64, crate::Name, Type)> {
        let def = (self.struct_def)(fqn)?;
        let (name, ty) = def.fields.get(field as usize)?.clone();
        let (offset, _) = self.place(&def, field as usize);
        Some((offset, name, ty))
    }

    fn struct_size(&mut self, fqn: &Fqn) -> u64 {
        if let Some(known) = self.sizes.get(fqn) {
            return known.unwrap_or(0);
        }
        let Some(def) = (self.struct_def)(fqn) else {
            return 0;
        };
        self.sizes.insert(fqn.clone(), None);
        let last = def.fields.len().checked_sub(1);
        let size = last.map_or(0, |last| {
            let (offset, size) = stacker::maybe_grow(64 << 10, 1 << 20, || self.place(&def, last));
            offset.saturating_add(size)
        });
        self.sizes.insert(fqn.clone(), Some(size));
        size
    }

    /// Offset and size of the field with this index.
    fn place(&mut self, def: &StructDef, field: usize) -> (u64, u64) {
        let mut end = 0u64;
        let mut place = (0, 0);
        for (_, ty) in &def.fields[..=field] {
            let size = self.size_of(ty);
            let offset = end.checked_next_multiple_of(size.max(1)).unwrap_or(u64::MAX);
            place = (offset, size);
            end = offset.saturating_add(size);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PtrKind;

    #[test]
    fn fields_align_to_their_own_size_without_tail_padding() {
        let inner = Arc::new(StructDef {
            fqn: Fqn::simple("m::Q"),
            fields: vec![
                ("a".into(), Type::I32),
                ("b".into(), Type::Scalar(ScalarTy::F64)),
                ("c".into(), Type::BOOL),
            ],
            builtin: false,
        });
        let outer = Arc::new(StructDef {
            fqn: Fqn::simple("m::P"),
            fields: vec![
                ("x".into(), Type::I32),
                ("q".into(), Type::Struct(inner.fqn.clone())),
                ("p".into(), Type::Ptr(PtrKind::Gc, Arc::new(Type::I32))),
            ],
            builtin: false,
        });
        let table = [Arc::clone(&inner), Arc::clone(&outer)];
        let find = |fqn: &Fqn| table.iter().find(|def| def.fqn == *fqn).cloned();
        let mut layouts = Layouts::new(&find);
        assert_eq!(layouts.size_of(&Type::Struct(inner.fqn.clone())), 17);
        let offsets: Vec<u64> =
            (0..3).filter_map(|n| layouts.field(&outer.fqn, n)).map(|field| field.0).collect();
        assert_eq!(offsets, [0, 17, 40]);
        assert_eq!(layouts.field(&outer.fqn, 3), None);
    }

    #[test]
    fn a_struct_that_holds_itself_has_a_size() {
        let own = Fqn::simple("m::S");
        let def = Arc::new(StructDef {
            fqn: own.clone(),
            fields: vec![("a".into(), Type::I32), ("s".into(), Type::Struct(own.clone()))],
            builtin: false,
        });
        let find = |_: &Fqn| Some(Arc::clone(&def));
        assert_eq!(Layouts::new(&find).size_of(&Type::Struct(own)), 4);
    }
}
