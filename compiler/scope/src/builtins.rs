//! The outermost scope: the names that need no import, and where their values live.
//!
//! Most are attributes of the module `builtins`. Some are written in SPy, in modules of the
//! standard library that are loaded only by programs that use them.

use crate::ImportRef;
use spy_text::IndexMap;
use spy_text::Name;
use std::sync::LazyLock;

/// The module that most builtins are attributes of.
pub(crate) const MODULE: &str = "builtins";

/// Names whose value is the attribute of the same name of the module [`MODULE`].
const OWN: &[&str] = &[
    // Types.
    "object",
    "type",
    "dynamic",
    "bool",
    "i8",
    "u8",
    "i32",
    "u32",
    "i64",
    "u64",
    "f32",
    "f64",
    "complex128",
    "int",
    "float",
    "complex",
    "str",
    "bytes",
    "struct",
    "member",
    "property",
    "staticmethod",
    "classmethod",
    // Constants.
    "None",
    "True",
    "False",
    "NotImplemented",
    // Exceptions.
    "Exception",
    "StaticError",
    "TypeError",
    "ValueError",
    "OverflowError",
    "IndexError",
    "KeyError",
    "ZeroDivisionError",
    "StopIteration",
    "AssertionError",
    "OSError",
    "EOFError",
    "RuntimeError",
    "NotImplementedError",
    "ParseError",
    "ImportError",
    "ScopeError",
    "NameError",
    "PanicError",
    "WIP",
    // Functions.
    "breakpoint",
    "dir",
    "getattr",
    "hasattr",
    "hash",
    "len",
    "ord",
    "print",
    "repr",
    "setattr",
    "STATIC_TYPE",
    // What the functions above turn into.
    "hash_i8",
    "hash_u8",
    "hash_i32",
    "hash_u32",
    "hash_i64",
    "hash_u64",
    "hash_f32",
    "hash_f64",
    "hash_bool",
    "hash_str",
    "_ord_str",
    "_ord_bytes",
    "make_interp_list_type",
    "make_interp_dict_type",
];

/// Names whose value is written in SPy: the name, its module, the attribute there.
const IN_STDLIB: &[(&str, &str, &str)] = &[
    ("abs", "_builtins", "abs"),
    ("min", "_builtins", "min"),
    ("max", "_builtins", "max"),
    ("isinstance", "_builtins", "isinstance"),
    ("range", "_range", "range"),
    ("list", "_list", "list"),
    ("tuple", "_tuple", "tuple"),
    ("slice", "_slice", "Slice"),
    ("dict", "_dict", "dict"),
    ("file", "_file", "file"),
    ("open", "_file", "open"),
    ("input", "_file", "input"),
    ("format", "_format", "format"),
    ("set", "_set", "set"),
    ("frozenset", "_frozenset", "frozenset"),
    ("Optional", "_optional", "Optional"),
    ("iter", "_generator", "iter"),
    ("next", "_generator", "next"),
    // What the parser makes of `yield`; no text can spell these.
    ("_$yields", "_generator", "yields"),
    ("_$generator", "_generator", "generator"),
    ("_$load", "_generator", "load"),
    ("_$gc_ptr", "unsafe", "gc_ptr"),
    ("_$bool", "builtins", "bool"),
    ("chr", "_number", "chr"),
    ("hex", "_number", "hex"),
    ("bin", "_number", "bin"),
    ("oct", "_number", "oct"),
    ("divmod", "_number", "divmod"),
    ("pow", "_number", "pow"),
    ("round", "_number", "round"),
    ("sum", "_iter", "sum"),
    ("any", "_iter", "any"),
    ("all", "_iter", "all"),
    ("sorted", "_iter", "sorted"),
    ("reversed", "_iter", "reversed"),
    ("enumerate", "_iter", "enumerate"),
    ("zip", "_iter", "zip"),
    ("map", "_iter", "map"),
    ("filter", "_iter", "filter"),
];

/// The builtin names. All are blue constants.
#[derive(Debug)]
pub struct BuiltinScope {
    names: IndexMap<Name, ImportRef>,
}

impl BuiltinScope {
    fn new() -> Self {
        let entry = |name, module, attr| {
            let attr = Some(Name::new_static(attr));
            (Name::new_static(name), ImportRef { module: Name::new_static(module), attr })
        };
        let own = OWN.iter().map(|name| entry(name, MODULE, name));
        let in_stdlib = IN_STDLIB.iter().map(|(name, module, attr)| entry(name, module, attr));
        Self { names: own.chain(in_stdlib).collect() }
    }

    /// What a builtin name stands for; `None` if the name is not builtin.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ImportRef> {
        self.names.get(name)
    }

    /// All builtin names and what they stand for, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &ImportRef)> {
        self.names.iter()
    }
}

/// The names that every module can use without importing them.
#[must_use]
pub fn builtins() -> &'static BuiltinScope {
    static SCOPE: LazyLock<BuiltinScope> = LazyLock::new(BuiltinScope::new);
    &SCOPE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_listed_once() {
        assert_eq!(builtins().iter().count(), OWN.len() + IN_STDLIB.len());
        assert_eq!(builtins().iter().count(), 111);
    }

    #[test]
    fn names_resolve_to_their_module() {
        let shown = |name| builtins().get(name).map(ToString::to_string);
        let expected = [
            ("i32", "builtins.i32"),
            ("int", "builtins.int"),
            ("ScopeError", "builtins.ScopeError"),
            ("print", "builtins.print"),
            ("abs", "_builtins.abs"),
            ("min", "_builtins.min"),
            ("max", "_builtins.max"),
            ("range", "_range.range"),
            ("list", "_list.list"),
            ("tuple", "_tuple.tuple"),
            ("slice", "_slice.Slice"),
            ("dict", "_dict.dict"),
            ("file", "_file.file"),
            ("open", "_file.open"),
            ("round", "_number.round"),
            ("zip", "_iter.zip"),
        ];
        for (name, target) in expected {
            assert_eq!(shown(name).as_deref(), Some(target));
        }
    }

    #[test]
    fn syntax_is_not_a_name() {
        for name in ["blue", "var", "const", "__block__", "Slice", ""] {
            assert_eq!(builtins().get(name), None, "{name}");
        }
    }
}
