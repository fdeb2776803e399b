//! Bindings to data: what an extension is made of where no C compiler is asked.
//!
//! The same as the C of [`crate::emit`], as tables that one converter reads (`c/python_tables.c`, which
//! is compiled when this project is). `c/python_tables.h` declares what is written here: records of
//! words of 8 bytes.

mod classes;
mod functions;
mod image;
mod modules;
mod types;

#[cfg(test)]
mod tests;

pub use image::{Pointer, Target};

use image::Image;
use spy_package::python::{Bindings, Class};
use std::collections::{BTreeMap, BTreeSet};

/// The symbol of the tables.
pub const TABLES: &str = "spy_python_tables";

/// How a struct lies in memory. In bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Its size.
    pub size: u64,
    /// Whether gc pointers are in it.
    pub scanned: bool,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name in SPy.
    pub name: String,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// The struct that it points to, of containers.
    pub target: Option<Layout>,
}

/// A function of the program as the converter calls it: arguments and result lie in memory. In bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frame {
    /// The symbol of a C function `void f(char *)` that is given the memory.
    pub symbol: String,
    /// Where the arguments lie.
    pub params: Vec<u64>,
    /// Where the result lies.
    pub result: u64,
    /// The size of all.
    pub size: u64,
}

/// What an extension is made of.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// What it offers. The first module is the extension itself.
    pub bindings: &'a Bindings,
    /// The structs of the types in it.
    pub layouts: &'a BTreeMap<String, Layout>,
    /// Its functions, by symbol.
    pub frames: &'a BTreeMap<String, Frame>,
    /// Symbols of functions that neither panic nor touch the heap or the outside.
    pub simple: &'a BTreeSet<String>,
    /// Whether pointers know how many items they may reach.
    pub checked: bool,
    /// Whether other Python threads run during calls that take and give no Python object.
    pub release_gil: bool,
}

/// The tables of an extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tables {
    /// Contents; where pointers stand, zeros.
    pub bytes: Vec<u8>,
    /// Pointers in it, by offset.
    pub pointers: Vec<Pointer>,
    /// Where the program begins in it, which the converter is given first.
    pub start: u64,
    /// C functions that the tables name and somebody must make.
    pub entries: Vec<Entry>,
}

/// A C function that passes its arguments, which are addresses, on to a function of the converter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its symbol.
    pub symbol: String,
    /// The function of the converter.
    pub callee: &'static str,
    /// What that is given first: a place in the tables, in bytes.
    pub place: u64,
    /// How many arguments there are.
    pub count: usize,
}

/// The function of the converter that is called with [`Tables::start`] when the module is loaded.
pub const INIT: &str = "spy_python_init";

/// The tables of an extension; `None` if something in it has no layout, or no frame.
#[must_use]
pub fn tables(program: &Program<'_>) -> Option<Tables> {
    let mut writer = Writer {
        program,
        image: Image::default(),
        types: BTreeMap::new(),
        classes: BTreeMap::new(),
        constants: Vec::new(),
        entries: Vec::new(),
        frame_size: 0,
    };
    let start = writer.program()?;
    let Writer { image, entries, .. } = writer;
    let (bytes, pointers) = image.finish();
    Some(Tables { bytes, pointers, start, entries })
}

/// Writes the tables of one extension.
struct Writer<'a> {
    program: &'a Program<'a>,
    image: Image,
    /// Where types lie that were written.
    types: BTreeMap<spy_package::python::Type, u64>,
    /// Where classes lie, by layout.
    classes: BTreeMap<String, u64>,
    /// Where the constants lie that are made when the module is.
    constants: Vec<u64>,
    entries: Vec<Entry>,
    /// The size of the largest frame.
    frame_size: u64,
}

impl<'a> Writer<'a> {
    /// The classes, each once: several modules may offer one.
    fn all_classes(&self) -> Vec<&'a Class> {
        let mut seen = BTreeSet::new();
        let all = self.program.bindings.modules.iter().flat_map(|module| &module.classes);
        all.filter(|class| seen.insert(class.layout.as_str())).collect()
    }

    /// Asks for a C function; returns its symbol.
    fn entry(&mut self, callee: &'static str, place: u64, count: usize) -> String {
        let symbol = format!("spy_python_entry{}", self.entries.len());
        self.entries.push(Entry { symbol: symbol.clone(), callee, place, count });
        symbol
    }
}
