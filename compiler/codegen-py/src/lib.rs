//! Bindings to C: the part of an extension module that CPython sees.
//!
//! Knows what a package is to Python ([`Bindings`]) and how its types are called in C, which whoever
//! asks must say; knows nothing of SPy's programs. What it emits is for CPython's stable ABI, 3.11 and
//! newer, and stands beside the C of the program and its public header. The same for all extensions
//! is in `c/`: the declarations of that ABI, and binding, conversions and panics. Where there is to be
//! no C compiler, [`tables`] take the place of C.

mod calls;
mod classes;
mod containers;
mod module;
pub mod tables;
mod text;
mod types;

use spy_package::python::{Bindings, Class, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A struct in C.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CStruct {
    /// Its name.
    pub name: String,
    /// Its fields by their names in SPy, each with its name in C.
    pub fields: Vec<(String, String)>,
    /// Whether gc pointers are in it.
    pub has_pointers: bool,
}

/// What an extension is made of.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a> {
    /// The last part of the name by which it is imported.
    pub name: &'a str,
    /// What it offers. The first module is the extension itself.
    pub bindings: &'a Bindings,
    /// The file that declares functions and types.
    pub header: &'a str,
    /// The structs of the types in it, by layout.
    pub structs: &'a BTreeMap<String, CStruct>,
    /// Symbols of functions that neither panic nor touch the heap or the outside.
    pub simple: &'a BTreeSet<String>,
    /// Whether pointers know how many items they may reach.
    pub checked: bool,
    /// Whether other Python threads run during calls that take and give no Python object.
    pub release_gil: bool,
}

/// A file of an extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CFile {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The symbol by which CPython finds the extension.
#[must_use]
pub fn entry(name: &str) -> String {
    if name.is_ascii() {
        format!("PyInit_{name}")
    } else {
        format!("PyInitU_{}", text::punycode(name))
    }
}

/// The C files of an extension, headers first.
#[must_use]
pub fn emit(extension: &Extension<'_>) -> Vec<CFile> {
    let file = |name: &str, text: &str| CFile { name: name.to_owned(), text: text.to_owned() };
    let mut writer = Writer {
        extension,
        out: String::new(),
        frames: String::new(),
        frame_names: Vec::new(),
        done: BTreeSet::new(),
        constants: Vec::new(),
    };
    let text = writer.module_file();
    vec![
        file("spy_python_abi.h", include_str!("../c/python_abi.h")),
        file("spy_python_frames.h", include_str!("../c/python_frames.h")),
        file("spy_python_support.h", include_str!("../c/python_support.h")),
        file("spy_python_arguments.h", include_str!("../c/python_arguments.h")),
        file("spy_python_values.h", include_str!("../c/python_values.h")),
        file("spy_python.c", &text),
    ]
}

/// Writes the file of one extension.
struct Writer<'a> {
    extension: &'a Extension<'a>,
    out: String,
    /// Structs of values that calls hold, which come before everything.
    frames: String,
    /// Their names.
    frame_names: Vec<String>,
    /// Names of the conversions and wrappers that were written.
    done: BTreeSet<String>,
    /// The C of constants, which are Python objects made when the module is.
    constants: Vec<String>,
}

impl<'a> Writer<'a> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// The classes, each once: several modules may offer one.
    fn classes(&self) -> impl Iterator<Item = &'a Class> + use<'a> {
        let mut seen = BTreeSet::new();
        let all = self.extension.bindings.modules.iter().flat_map(|module| &module.classes);
        all.filter(move |class| seen.insert(class.layout.as_str()))
    }

    /// The number of a class, by which it is called in C.
    fn class_number(&self, layout: &str) -> usize {
        self.classes().position(|class| class.layout == layout).unwrap_or_default()
    }

    fn c_struct(&self, layout: &str) -> CStruct {
        let found = self.extension.structs.get(layout).cloned();
        found.unwrap_or_else(|| CStruct {
            name: text::c_name(layout),
            fields: Vec::new(),
            has_pointers: true,
        })
    }

    /// The C type of values.
    fn c_type(&self, ty: &Type) -> String {
        match ty {
            Type::None => "void".to_owned(),
            Type::Scalar(name) => types::scalar(name).to_owned(),
            Type::Tuple { layout, .. }
            | Type::Optional { layout, .. }
            | Type::List { layout, .. }
            | Type::Dict { layout, .. }
            | Type::Array { layout, .. }
            | Type::Struct { layout, .. } => self.c_struct(layout).name,
        }
    }

    /// Whether values hold gc pointers.
    fn has_pointers(&self, ty: &Type) -> bool {
        match ty {
            Type::None => false,
            Type::Scalar(name) => matches!(name.as_str(), "str" | "bytes"),
            Type::List { .. } | Type::Dict { .. } | Type::Array { .. } => true,
            Type::Tuple { layout, .. }
            | Type::Optional { layout, .. }
            | Type::Struct { layout, .. } => self.c_struct(layout).has_pointers,
        }
    }

    /// Registers a constant; returns the expression of its object.
    fn constant(&mut self, value: &spy_package::python::Const) -> String {
        self.constants.push(text::constant(value));
        format!("py_constants[{}]", self.constants.len() - 1)
    }
}
