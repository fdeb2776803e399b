//! How types are called in C.

use crate::Writer;
use crate::text::c_name;
use spy_package::python::Type;

/// The C type of a scalar.
pub(crate) fn scalar(name: &str) -> &'static str {
    match name {
        "bool" => "bool",
        "i8" => "int8_t",
        "u8" => "uint8_t",
        "i16" => "int16_t",
        "u16" => "uint16_t",
        "i32" => "int32_t",
        "u32" => "uint32_t",
        "i64" => "int64_t",
        "u64" => "uint64_t",
        "f32" => "float",
        "f64" => "double",
        "complex128" => "spy_Complex128",
        "str" => "spy_StrObject *",
        _ => "spy_BytesObject *",
    }
}

/// How the buffer protocol describes an item: its kind, its size in bytes, its format.
pub(crate) fn item(name: &str) -> (char, u32, &'static str) {
    match name {
        "bool" => ('?', 1, "?"),
        "i8" => ('i', 1, "b"),
        "u8" => ('u', 1, "B"),
        "i16" => ('i', 2, "h"),
        "u16" => ('u', 2, "H"),
        "i32" => ('i', 4, "i"),
        "u32" => ('u', 4, "I"),
        "i64" => ('i', 8, "q"),
        "u64" => ('u', 8, "Q"),
        "f32" => ('f', 4, "f"),
        "f64" => ('f', 8, "d"),
        _ => ('c', 16, "Zd"),
    }
}

impl Writer<'_> {
    /// What the names of a type's conversions end in.
    pub(crate) fn suffix(&self, ty: &Type) -> String {
        match ty {
            Type::None => "none".to_owned(),
            Type::Scalar(name) => name.clone(),
            Type::Struct { layout, .. } => format!("class{}", self.class_number(layout)),
            Type::Tuple { layout, .. }
            | Type::Optional { layout, .. }
            | Type::List { layout, .. }
            | Type::Dict { layout, .. }
            | Type::Array { layout, .. } => c_name(layout),
        }
    }

    /// The C of converting the object `object` into `place`, an lvalue. It is 0, or -1 after refusal.
    pub(crate) fn input(&self, ty: &Type, object: &str, place: &str) -> String {
        if *ty == Type::None {
            return format!("py_in_none({object})");
        }
        format!("py_in_{}({object}, &{place}, c)", self.suffix(ty))
    }

    /// The C of converting `place`, an lvalue, into a new object; NULL after an error.
    pub(crate) fn output(&self, ty: &Type, place: &str) -> String {
        if *ty == Type::None {
            return "py_out_none()".to_owned();
        }
        format!("py_out_{}(&{place})", self.suffix(ty))
    }
}

/// The fields of an array's data that hold its sizes, as the standard library calls them.
pub(crate) fn dimensions(ndim: u32) -> &'static [&'static str] {
    match ndim {
        1 => &["l"],
        2 => &["h", "w"],
        _ => &["d", "h", "w"],
    }
}
