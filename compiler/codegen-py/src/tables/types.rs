//! Types, as the converter knows them.

use super::image::Word;
use super::{Field, Layout, Writer};
use crate::types::{dimensions, item};
use spy_package::python::Type;

/// Scalars, in the order of their kinds in `c/python_tables.h`; `None` comes before them.
pub(super) const SCALARS: [&str; 14] = [
    "bool",
    "i8",
    "u8",
    "i16",
    "u16",
    "i32",
    "u32",
    "i64",
    "u64",
    "f32",
    "f64",
    "complex128",
    "str",
    "bytes",
];

/// The kinds that are no scalars.
pub(super) const NONE: u64 = 0;
pub(super) const TUPLE: u64 = 15;
const LIST: u64 = 16;
const DICT: u64 = 17;
const ARRAY: u64 = 18;
const CLASS: u64 = 19;
const OPTIONAL: u64 = 20;

/// The kind of a scalar.
pub(super) fn scalar(name: &str) -> Option<u64> {
    let found = SCALARS.iter().position(|known| *known == name)?;
    Some(found as u64 + 1)
}

/// Size of a scalar, in bytes.
fn scalar_size(name: &str) -> u64 {
    match name {
        // Pointers to objects.
        "str" | "bytes" => 8,
        _ => u64::from(item(name).1),
    }
}

/// The field that points to the data of a container.
const DATA: &str = "__ll__";

impl Layout {
    /// A field.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn offset(&self, name: &str) -> Option<Word> {
        self.field(name).map(|field| Word::Number(field.offset))
    }

    /// What a field points to.
    fn target(&self, name: &str) -> Option<&Layout> {
        self.field(name)?.target.as_ref()
    }
}

impl<'a> Writer<'a> {
    pub(super) fn layout(&self, layout: &str) -> Option<&'a Layout> {
        self.program.layouts.get(layout)
    }

    /// Size of values, in bytes, and whether gc pointers are in them.
    pub(super) fn size(&self, ty: &Type) -> Option<(u64, bool)> {
        match ty {
            Type::None => Some((0, false)),
            Type::Scalar(name) => {
                Some((scalar_size(name), matches!(name.as_str(), "str" | "bytes")))
            }
            Type::Tuple { layout, .. }
            | Type::Optional { layout, .. }
            | Type::List { layout, .. }
            | Type::Dict { layout, .. }
            | Type::Array { layout, .. }
            | Type::Struct { layout, .. } => {
                let found = self.layout(layout)?;
                let is_container =
                    !matches!(ty, Type::Tuple { .. } | Type::Optional { .. } | Type::Struct { .. });
                Some((found.size, found.scanned || is_container))
            }
        }
    }

    /// Where the record of a type is. Types of one record are equal.
    pub(super) fn ty(&mut self, ty: &Type) -> Option<u64> {
        if let Some(known) = self.types.get(ty) {
            return Some(*known);
        }
        let (size, scanned) = self.size(ty)?;
        let head = |kind| vec![Word::Number(kind), Word::Number(size), Word::flag(scanned)];
        let place = match ty {
            Type::None => self.image.add(&head(NONE)),
            Type::Scalar(name) => {
                let kind = scalar(name)?;
                self.image.add(&head(kind))
            }
            Type::Struct { layout, .. } => {
                let class = *self.classes.get(layout)?;
                let mut words = head(CLASS);
                words.push(Word::At(class));
                // A class begins with the type of its values.
                self.image.fill(class, &words);
                class
            }
            Type::Tuple { items, layout } => {
                let parts = self.tuple_parts(items, layout)?;
                let mut words = head(TUPLE);
                words.extend([Word::count(items.len()), Word::At(parts)]);
                self.image.add(&words)
            }
            Type::Optional { item, layout } => {
                let item = self.ty(item)?;
                let layout = self.layout(layout)?;
                let mut words = head(OPTIONAL);
                words.extend([
                    layout.offset("__some__")?,
                    Word::At(item),
                    layout.offset("__it__")?,
                ]);
                self.image.add(&words)
            }
            Type::List { item, layout } => {
                let item = self.ty(item)?;
                let data = self.layout(layout)?.target(DATA)?;
                let mut words = head(LIST);
                words.extend([Word::At(item), Word::Number(data.size)]);
                words.extend([
                    data.offset("length")?,
                    data.offset("capacity")?,
                    data.offset("items")?,
                ]);
                self.image.add(&words)
            }
            Type::Dict { key, value, layout } => {
                let mut words = head(DICT);
                words.extend(self.dict(ty, key, value, layout)?);
                self.image.add(&words)
            }
            Type::Array { item, ndim, layout } => {
                let mut words = head(ARRAY);
                words.extend(self.array(item, *ndim, layout)?);
                self.image.add(&words)
            }
        };
        self.types.insert(ty.clone(), place);
        Some(place)
    }

    fn tuple_parts(&mut self, items: &[Type], layout: &str) -> Option<u64> {
        let layout = self.layout(layout)?;
        let mut words = Vec::new();
        for (n, item) in items.iter().enumerate() {
            words.push(Word::At(self.ty(item)?));
            words.push(layout.offset(&format!("_item{n}"))?);
        }
        Some(self.image.add(&words))
    }

    fn dict(&mut self, ty: &Type, key: &Type, value: &Type, layout: &str) -> Option<Vec<Word>> {
        let data = self.layout(layout)?.target(DATA)?;
        let entry = data.target("entries")?;
        let (key, value) = (self.ty(key)?, self.ty(value)?);
        let mut words = vec![data.offset("length")?, data.offset("entries")?];
        words.extend([Word::Number(entry.size), entry.offset("mark")?]);
        // What an entry holds of a text begins with the text.
        words.extend([Word::At(key), entry.offset("key")?]);
        words.extend([Word::At(value), entry.offset("value")?]);
        // Only dicts that Python makes need functions.
        let program = self.program;
        let found = program.bindings.dicts.iter().find(|found| found.ty == *ty)?;
        let (make, set) = (program.frames.get(&found.new)?, program.frames.get(&found.set)?);
        let [dict, key, value] = *set.params.as_slice() else { return None };
        words.extend([&make.symbol, &set.symbol].map(|symbol| Word::Function(symbol.clone())));
        words.extend([set.size, dict, key, value].map(Word::Number));
        (make.result == 0).then_some(words)
    }

    fn array(&self, name: &str, ndim: u32, layout: &str) -> Option<Vec<Word>> {
        let data = self.layout(layout)?.target(DATA)?;
        let (kind, size, format) = item(name);
        let mut words = vec![Word::Text(name.to_owned())];
        words.extend([u64::from(u32::from(kind)), u64::from(size)].map(Word::Number));
        words.extend([Word::Text(format.to_owned()), Word::Number(u64::from(ndim))]);
        words.extend([Word::Number(data.size), data.offset("items")?]);
        let sizes = dimensions(ndim);
        for size in sizes {
            words.push(data.offset(size)?);
        }
        words.extend(std::iter::repeat_n(Word::Null, 3 - sizes.len()));
        Some(words)
    }
}
