//! What a package is to Python: the section `python` of `interface.json`.
//!
//! Decided once, when the package is compiled; the generator of native extensions, the stubs for type
//! checkers and the loader of WebAssembly modules all read it. What the words promise stands in
//! `runtime/python/BINDINGS.md`.

use serde::{Deserialize, Serialize};

/// The modules of a package, as Python sees them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Bindings {
    /// The modules, each before its submodules.
    pub modules: Vec<Module>,
    /// What makes the dicts that calls take, each type once.
    pub dicts: Vec<Dict>,
}

/// A module.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Module {
    /// Its name, with dots.
    pub name: String,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its functions, in the order of their definition.
    pub functions: Vec<Function>,
    /// Its classes.
    pub classes: Vec<Class>,
    /// Its constants.
    pub constants: Vec<Constant>,
    /// Public names that Python does not get, and why.
    pub left_out: Vec<LeftOut>,
}

impl Module {
    /// Whether a name is among what Python gets of the module.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.classes.iter().any(|class| class.public && class.name == name)
            || self.functions.iter().any(|function| function.name == name)
            || self.constants.iter().any(|constant| constant.name == name)
    }
}

/// A function or method.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name in its module or class.
    pub name: String,
    /// Its name for C, and as an export of a `.wasm` file.
    pub symbol: String,
    /// Its parameters; of a method without `self`, which comes first in C.
    pub parameters: Vec<Parameter>,
    /// The type of its result.
    pub returns: Type,
    /// Its documentation.
    pub doc: Option<String>,
    /// What it is to its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What a function is to its class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It takes an instance first.
    Method,
    /// `@staticmethod`.
    Static,
    /// `@property`.
    Property,
}

/// A parameter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it is when no argument is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Const>,
}

/// A struct.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Class {
    /// Its name in its module.
    pub name: String,
    /// The module that defines it.
    pub module: String,
    /// Its name among the structs of the interface, which say how it lies in memory.
    pub layout: String,
    /// Its documentation.
    pub doc: Option<String>,
    /// Whether it is an attribute of its module; if not, it is met as the class of values only.
    pub public: bool,
    /// The fields that have a counterpart in Python.
    pub fields: Vec<Field>,
    /// What makes an instance.
    pub make: Make,
    /// Its public methods and properties.
    pub methods: Vec<Function>,
    /// Symbol of `__eq__`.
    pub eq: Option<String>,
    /// Symbol of `__repr__`, which gives a `str`.
    pub repr: Option<String>,
    /// Symbol of `__str__`, which gives a `str`.
    pub str: Option<String>,
}

impl Class {
    /// The fields as the parameters of a class that is made from them.
    #[must_use]
    pub fn field_parameters(&self) -> Vec<Parameter> {
        let parameter = |field: &Field| Parameter {
            name: field.name.clone(),
            ty: field.ty.clone(),
            default: None,
        };
        self.fields.iter().map(parameter).collect()
    }
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// How Python makes an instance.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Make {
    /// From its fields, which all have a counterpart.
    Fields,
    /// By calling its `__new__`.
    New(Function),
    /// It does not.
    Never,
}

/// A constant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Its value.
    pub value: Const,
}

/// A public name that Python does not get.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name; of a method with its class: `Point.norm`.
    pub name: String,
    /// The reason: `Python has no counterpart of raw_ptr[i32]`.
    pub reason: String,
}

/// A value that is known when the package is compiled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Const {
    /// `None`.
    None,
    /// A bool.
    Bool(bool),
    /// An integer, as decimal text: not every reader has 64 bits.
    Int(String),
    /// A float, as the shortest text that reads back equal; also `inf`, `-inf`, `nan`.
    Float(String),
    /// A complex number, its parts as floats.
    Complex(String, String),
    /// A text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Const>),
}

/// A type that has a counterpart in Python.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// `None`.
    None,
    /// A number, `bool`, `str` or `bytes`, by its name in SPy: `i32`, `complex128`.
    Scalar(String),
    /// A tuple; `layout` names its struct, here and below.
    Tuple {
        /// Types of the items.
        items: Vec<Type>,
        /// Its struct.
        layout: String,
    },
    /// `list[T]`.
    List {
        /// Type of the items.
        item: Box<Type>,
        /// Its struct.
        layout: String,
    },
    /// `dict[K, V]`.
    Dict {
        /// Type of the keys.
        key: Box<Type>,
        /// Type of the values.
        value: Box<Type>,
        /// Its struct.
        layout: String,
    },
    /// `Optional[T]`: a value, or `None`.
    Optional {
        /// Type of the value.
        item: Box<Type>,
        /// Its struct.
        layout: String,
    },
    /// `array[T, N]`.
    Array {
        /// Name of the item's type: a number or `bool`.
        item: String,
        /// Number of dimensions.
        ndim: u32,
        /// Its struct.
        layout: String,
    },
    /// A struct that is a class of one of the modules.
    Struct {
        /// The name of the class.
        name: String,
        /// Its module.
        module: String,
        /// Its struct.
        layout: String,
    },
}

/// What makes dicts of a type: functions of the compiled code. Lists, tuples and arrays are their layout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dict {
    /// The type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Symbol of what makes an empty one.
    pub new: String,
    /// Symbol of what sets an item: `(d, key, value)`.
    pub set: String,
    /// Symbol of what makes one of a list of keys and a list of as many values.
    pub of: String,
}

impl Bindings {
    /// The symbols of all functions, in order.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        let functions = self.modules.iter().flat_map(|module| &module.functions);
        let classes = self.modules.iter().flat_map(|module| &module.classes);
        let of_classes = classes.flat_map(|class| {
            let made = match &class.make {
                Make::New(function) => Some(function),
                Make::Fields | Make::Never => None,
            };
            let methods = class.methods.iter().chain(made).map(|function| function.symbol.as_str());
            methods.chain(
                [&class.eq, &class.repr, &class.str]
                    .into_iter()
                    .flatten()
                    .map(|symbol| symbol.as_str()),
            )
        });
        let of_dicts = self.dicts.iter().flat_map(|dict| [&*dict.new, &*dict.set, &*dict.of]);
        functions.map(|function| function.symbol.as_str()).chain(of_classes).chain(of_dicts)
    }
}
