//! The standard library: part of the compiler's binary, or a folder that replaces it.

use spy_db::System;
use std::path::PathBuf;

// `EMBEDDED: &[(&str, &str)]`: module names and texts, sorted by name.
include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));

/// Modules that the compiler provides itself: they have no file.
const BUILTIN_MODULES: [&str; 12] = [
    "__spy__",
    "_testing_helpers",
    "builtins",
    "jsffi",
    "math",
    "operator",
    "posix",
    "rawbuffer",
    "time",
    "types",
    "typing",
    "unsafe",
];

/// Whether a module is provided by the compiler.
#[must_use]
pub(crate) fn is_builtin(module: &str) -> bool {
    BUILTIN_MODULES.binary_search(&module).is_ok()
}

/// Whether a program's own module of this name takes the place of the library's, as in Python. The
/// compiler knows what is in those that begin with `_`, and in `array`; nothing in the library
/// imports the others.
#[must_use]
pub(crate) fn gives_way(module: &str) -> bool {
    let package = module.split('.').next().unwrap_or(module);
    !is_builtin(package) && !package.starts_with('_') && package != "array"
}

/// The modules that the compiler provides itself, sorted.
#[must_use]
pub fn builtin_modules() -> &'static [&'static str] {
    &BUILTIN_MODULES
}

/// Where the standard library comes from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Stdlib {
    /// From the compiler's binary.
    #[default]
    Embedded,
    /// From a folder.
    Folder(PathBuf),
}

impl Stdlib {
    /// The names of the modules that it has, sorted. Of a folder: those of the embedded library
    /// that are in it; others are found when they are imported.
    #[must_use]
    pub fn modules(&self, system: &dyn System) -> Vec<&'static str> {
        let names = EMBEDDED.iter().map(|(name, _)| *name);
        match self {
            Self::Embedded => names.collect(),
            Self::Folder(dir) => {
                names.filter(|name| system.is_file(&dir.join(format!("{name}.spy")))).collect()
            }
        }
    }

    /// The text of an embedded module.
    #[must_use]
    pub fn embedded(name: &str) -> Option<&'static str> {
        let index = EMBEDDED.binary_search_by_key(&name, |(name, _)| name).ok()?;
        Some(EMBEDDED[index].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(BUILTIN_MODULES.is_sorted());
        assert!(EMBEDDED.is_sorted_by_key(|(name, _)| *name));
        assert!(is_builtin("unsafe") && !is_builtin("_list"));
    }

    #[test]
    fn the_embedded_library_has_its_modules() {
        for name in ["_builtins", "_print", "_range", "_tuple"] {
            assert!(Stdlib::embedded(name).is_some_and(|text| !text.is_empty()), "{name}");
        }
        assert_eq!(Stdlib::embedded("no_such_module"), None);
    }

    #[test]
    fn the_library_needs_none_of_its_modules_that_give_way() {
        for (name, text) in EMBEDDED {
            let module = spy_syntax::parse(text);
            let home = spy_scope::Home::from(*name);
            for (impref, _) in spy_scope::imports(&module, &home) {
                let (imported, own) = (impref.module.as_str(), name.split('.').next());
                let is_inside = imported.split('.').next() == own;
                assert!(!gives_way(imported) || is_inside, "`{name}` imports `{imported}`");
            }
        }
    }
}
