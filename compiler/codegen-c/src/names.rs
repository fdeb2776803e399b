//! C spellings of names and types.

use spy_ir::symbols::ascii;
pub use spy_ir::symbols::symbol;
use spy_ir::{PtrKind, ScalarTy, Type};
use spy_text::HashSet;

/// Keywords of C and of the GNU dialect, and lower-case macros of the headers that units include.
const RESERVED: &[&str] = &[
    "alignas",
    "alignof",
    "alloca",
    "asm",
    "assert",
    "auto",
    "bool",
    "break",
    "case",
    "char",
    "const",
    "constexpr",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "errno",
    "extern",
    "false",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "linux",
    "long",
    "main",
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
    "nullptr",
    "offsetof",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "switch",
    "thread_local",
    "true",
    "typedef",
    "typeof",
    "union",
    "unix",
    "unsigned",
    "void",
    "volatile",
    "wchar_t",
    "while",
];

/// Whether C or a header may give this identifier a meaning of its own.
fn is_reserved(name: &str) -> bool {
    let shouting = name.len() > 1
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let implementation = name.starts_with("__")
        || (name.starts_with('_') && name.as_bytes().get(1).is_some_and(u8::is_ascii_uppercase));
    shouting
        || implementation
        || name == "I"
        || name.starts_with("spy_")
        || name.starts_with("SPY_")
        || name.ends_with("_t")
        || RESERVED.binary_search(&name).is_ok()
}

/// The C name of a local or a field.
#[must_use]
pub fn identifier(name: &str) -> String {
    let mut out = ascii(name);
    if is_reserved(&out) {
        out.push('$');
    }
    out
}

/// C names of a function's locals: distinct even where a changed name meets another.
pub(crate) fn local_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut used = HashSet::default();
    names
        .map(|name| {
            let mut c_name = identifier(name);
            while !used.insert(c_name.clone()) {
                c_name.push('$');
            }
            c_name
        })
        .collect()
}

/// Whether values of a type exist at run time. `None` and compile-time values vanish.
pub(crate) fn exists(ty: &Type) -> bool {
    !matches!(ty, Type::None | Type::Opaque(_))
}

/// The C type, ready to be followed by a space and a declarator.
pub(crate) fn c_type(ty: &Type) -> String {
    match ty {
        Type::None | Type::Opaque(_) => "void".to_owned(),
        Type::Scalar(scalar) => scalar_type(*scalar).to_owned(),
        Type::Struct(_) | Type::Ptr(..) | Type::Ref(..) | Type::Func(_) => symbol(&ty.fqn()),
        Type::File => "FILE *".to_owned(),
        Type::RawBuffer => "spy_RawBuffer *".to_owned(),
    }
}

/// A declaration of `name`.
pub(crate) fn declare(ty: &Type, name: &str) -> String {
    let ty = c_type(ty);
    let gap = if ty.ends_with('*') { "" } else { " " };
    format!("{ty}{gap}{name}")
}

/// The C type of a scalar.
pub(crate) fn scalar_type(ty: ScalarTy) -> &'static str {
    match ty {
        ScalarTy::Bool => "bool",
        ScalarTy::I8 => "int8_t",
        ScalarTy::U8 => "uint8_t",
        ScalarTy::I32 => "int32_t",
        ScalarTy::U32 => "uint32_t",
        ScalarTy::I64 => "int64_t",
        ScalarTy::U64 => "uint64_t",
        ScalarTy::F32 => "float",
        ScalarTy::F64 => "double",
        ScalarTy::Complex128 => "spy_Complex128",
        ScalarTy::Str => "spy_StrObject *",
        ScalarTy::Bytes => "spy_BytesObject *",
    }
}

/// The pointer struct that a pointer or ref type shares, whose functions carry its name.
pub(crate) fn pointer_symbol(ty: &Type) -> String {
    match ty {
        Type::Ref(kind, item) => symbol(&Type::Ptr(*kind, item.clone()).fqn()),
        other => symbol(&other.fqn()),
    }
}

/// `gc` or `raw`.
pub(crate) fn kind_name(kind: PtrKind) -> &'static str {
    match kind {
        PtrKind::Gc => "gc",
        PtrKind::Raw => "raw",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn clashing_names_get_a_dollar() {
        for name in ["int", "NULL", "EOF", "errno", "size_t", "__LINE__", "spy_pos", "I"] {
            assert_eq!(identifier(name), format!("{name}$"));
        }
        for name in ["x", "N", "_x", "x$0", "_$iter0", "interval"] {
            assert_eq!(identifier(name), name);
        }
        assert_eq!(identifier("h\u{e9}"), "h$ue9$");
        assert_eq!(local_names(["int", "int$"].into_iter()), ["int$", "int$$"]);
    }
}
