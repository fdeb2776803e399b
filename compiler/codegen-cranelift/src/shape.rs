//! How values of SPy types look: in registers and in memory.
//!
//! Memory looks as C lays it out, so that objects of the runtime and of this crate are the same. A
//! value of few parts travels as one machine value per part; any other stays in memory, and its
//! address travels.

use crate::scope::Scope;
use cranelift_codegen::ir::{Type as Machine, types};
use spy_ir::{DataRef, ScalarTy, StructDef, Type};
use spy_text::HashMap;
use std::rc::Rc;

/// Values of more parts than this live in memory.
const MAX_PARTS: usize = 12;

/// Machine type of addresses.
pub(crate) const ADDRESS: Machine = types::I64;

/// One machine value of a SPy value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    /// Where it lies in the value, in bytes.
    pub(crate) offset: u64,
    /// Its type in registers.
    pub(crate) ty: Machine,
    /// Memory holds a 64-bit integer, of which these are the low 32 bits: the lengths of the
    /// runtime's objects.
    pub(crate) widened: bool,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// In bytes, from the start of the struct.
    pub(crate) offset: u64,
    /// Index of its first part among the parts of the struct, if that has parts.
    pub(crate) first_part: usize,
    /// How its value looks.
    pub(crate) shape: Rc<Shape>,
    pub(crate) ty: Type,
}

/// How values of a type look.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// In bytes, as of C's `sizeof`.
    pub(crate) size: u64,
    /// In bytes.
    pub(crate) align: u64,
    /// The parts; `None` if values stay in memory.
    pub(crate) parts: Option<Vec<Part>>,
    /// The fields of a struct.
    pub(crate) fields: Vec<Field>,
    /// Whether the collector has to look into it.
    pub(crate) scanned: bool,
}

impl Shape {
    fn scalar(parts: &[Machine], scanned: bool) -> Self {
        let mut offset = 0;
        let mut align = 1;
        let place = |ty: &Machine| {
            let part = Part { offset, ty: *ty, widened: false };
            offset += u64::from(ty.bytes());
            align = align.max(u64::from(ty.bytes()));
            part
        };
        let parts = parts.iter().map(place).collect();
        Self { size: offset, align, parts: Some(parts), fields: Vec::new(), scanned }
    }

    /// The parts, if values are not in memory.
    pub(crate) fn parts(&self) -> &[Part] {
        self.parts.as_deref().unwrap_or_default()
    }

    /// Whether values stay in memory.
    pub(crate) fn in_memory(&self) -> bool {
        self.parts.is_none()
    }
}

/// Whether values of a type exist at run time.
pub(crate) fn exists(ty: &Type) -> bool {
    !matches!(ty, Type::None | Type::Opaque(_))
}

/// Shapes of the types that a function mentions.
pub(crate) struct Shapes<'s> {
    scope: &'s dyn Scope,
    /// Whether pointers know how many items they reach.
    checked: bool,
    known: HashMap<Type, Rc<Shape>>,
}

impl<'s> Shapes<'s> {
    pub(crate) fn new(scope: &'s dyn Scope, checked: bool) -> Self {
        Self { scope, checked, known: HashMap::default() }
    }

    /// The shape of values of a type.
    pub(crate) fn of(&mut self, ty: &Type) -> Rc<Shape> {
        if let Some(found) = self.known.get(ty) {
            return Rc::clone(found);
        }
        let shape = match ty {
            Type::None | Type::Opaque(_) => Shape::scalar(&[], false),
            Type::Scalar(scalar) => scalar_shape(*scalar),
            Type::Ptr(..) | Type::Ref(..) if self.checked => {
                Shape::scalar(&[ADDRESS, types::I64], true)
            }
            Type::Ptr(..) | Type::Ref(..) | Type::File | Type::RawBuffer => {
                Shape::scalar(&[ADDRESS], true)
            }
            Type::Func(_) => Shape::scalar(&[ADDRESS], false),
            Type::Struct(fqn) => match self.scope.struct_def(fqn) {
                Some(def) => {
                    // What holds itself counts as empty inside.
                    let empty = Rc::new(Shape::scalar(&[], false));
                    self.known.insert(ty.clone(), empty);
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.of_struct(&def))
                }
                None => Shape::scalar(&[], false),
            },
        };
        let shape = Rc::new(shape);
        self.known.insert(ty.clone(), Rc::clone(&shape));
        shape
    }

    fn of_struct(&mut self, def: &StructDef) -> Shape {
        // The lengths of the runtime's strings are `size_t`.
        let counts =
            def.builtin && matches!(def.fqn.full(), "_str::StrObject" | "_bytes::BytesObject");
        let mut out = Shape {
            size: 0,
            align: 1,
            parts: Some(Vec::new()),
            fields: Vec::new(),
            scanned: def.builtin,
        };
        for (index, (_, ty)) in def.fields.iter().enumerate() {
            let mut shape = self.of(ty);
            if counts && index == 0 {
                shape = Rc::new(widened());
            }
            let offset = out.size.checked_next_multiple_of(shape.align).unwrap_or(u64::MAX);
            out.size = offset.saturating_add(shape.size);
            out.align = out.align.max(shape.align);
            out.scanned |= shape.scanned;
            let first_part = out.parts().len();
            out.parts = match (out.parts, &shape.parts) {
                (Some(mut all), Some(parts)) if all.len() + parts.len() <= MAX_PARTS => {
                    let at = |part: &Part| Part { offset: part.offset + offset, ..*part };
                    all.extend(parts.iter().map(at));
                    Some(all)
                }
                _ => None,
            };
            out.fields.push(Field { offset, first_part, shape, ty: ty.clone() });
        }
        // As in C, where a struct has at least one byte.
        out.size = out.size.max(1).checked_next_multiple_of(out.align).unwrap_or(u64::MAX);
        out
    }
}

/// Where a place in static data lies: bytes from the start of the data.
pub(crate) fn data_offset(shapes: &mut Shapes<'_>, item: &Type, place: &DataRef) -> i64 {
    let mut shape = shapes.of(item);
    let mut offset = shape.size.saturating_mul(u64::from(place.index));
    for field in &place.path {
        let Some(found) = shape.fields.get(*field as usize).cloned() else { break };
        offset = offset.saturating_add(found.offset);
        shape = found.shape;
    }
    i64::try_from(offset).unwrap_or(i64::MAX)
}

/// An `i32` that memory holds in 64 bits.
fn widened() -> Shape {
    let part = Part { offset: 0, ty: types::I32, widened: true };
    Shape { size: 8, align: 8, parts: Some(vec![part]), fields: Vec::new(), scanned: false }
}

fn scalar_shape(scalar: ScalarTy) -> Shape {
    match scalar {
        ScalarTy::Complex128 => Shape::scalar(&[types::F64, types::F64], false),
        ScalarTy::Str | ScalarTy::Bytes => Shape::scalar(&[ADDRESS], true),
        other => Shape::scalar(&[machine_type(other)], false),
    }
}

/// The machine type of a scalar that is one machine value.
pub(crate) fn machine_type(scalar: ScalarTy) -> Machine {
    match scalar {
        ScalarTy::Bool | ScalarTy::I8 | ScalarTy::U8 => types::I8,
        ScalarTy::I32 | ScalarTy::U32 => types::I32,
        ScalarTy::I64 | ScalarTy::U64 => types::I64,
        ScalarTy::F32 => types::F32,
        ScalarTy::F64 | ScalarTy::Complex128 => types::F64,
        ScalarTy::Str | ScalarTy::Bytes => ADDRESS,
    }
}
