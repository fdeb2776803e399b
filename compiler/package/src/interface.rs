//! `interface.json`: what a library or a package offers, for tools and for other compilers.
//!
//! The format is described by `interface.schema.json`. One definition serves who writes it and who
//! reads it.

use crate::error::PackageError;
use crate::python::Bindings;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt::Write;

/// Version of the format.
pub const SCHEMA: u32 = 1;

/// Largest description that is read, in bytes.
const MAX_SIZE: usize = 64 << 20;

/// A description.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Interface {
    /// Version of the format.
    pub schema: u32,
    /// Name of the package.
    pub package: String,
    /// Its version; `None` for a library that is no package.
    pub version: Option<String>,
    /// Name and version of what built it.
    pub compiler: String,
    /// `major.minor` of the runtime that it was built against.
    pub abi: String,
    /// The machine that it was built for.
    pub target: Target,
    /// The modules, each with what it offers.
    pub modules: Vec<ModuleEntry>,
    /// Structs, each after those that it holds.
    pub structs: Vec<StructEntry>,
    /// Variants of generics, by the arguments of their call.
    pub prebuilt: Vec<Variant>,
    /// What it needs from other packages.
    pub imports: Vec<Import>,
    /// What it is to Python, if it was compiled for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<Bindings>,
}

/// The machine that something was built for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Its name.
    pub triple: String,
    /// In bits.
    pub pointer_width: u32,
    /// Whether a pointer is an address and a number of items.
    pub checked_pointers: bool,
}

/// A module.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModuleEntry {
    /// Its name, with dots.
    pub name: String,
    /// Its documentation.
    pub doc: Option<String>,
    /// What it offers.
    pub exports: Vec<Export>,
    /// The source of its generics, where it is shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generics: Option<SourceOfGenerics>,
}

/// The source of generics: what specialises them beyond what was compiled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SourceOfGenerics {
    /// The module that the text is, beside or in the one that it belongs to.
    pub module: String,
    /// The functions that it defines.
    pub names: Vec<String>,
    /// The text, in SPy.
    pub text: String,
}

/// Something that a module offers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Export {
    /// A compiled function.
    Function(Function),
    /// A struct, with its methods.
    Struct {
        /// Its name in full. Fields and layout stand among the structs of the interface.
        fqn: String,
        /// Its compiled methods.
        methods: Vec<Function>,
    },
    /// A function of compile time, of which there are some variants.
    Generic {
        /// Its name in full.
        fqn: String,
        /// Whether calls are written with brackets: `f[i32]`.
        brackets: bool,
        /// Names of its parameters.
        parameters: Vec<String>,
    },
    /// Another name for something.
    Alias {
        /// The name in full.
        fqn: String,
        /// What it stands for, as an expression with names in full: `m::f[i32]`.
        target: String,
    },
    /// A module variable.
    Variable {
        /// Its name in full.
        fqn: String,
        /// Its name for C.
        symbol: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// Its first value, if JSON can say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
    },
    /// A value that is known at compile time.
    Constant {
        /// Its name in full.
        fqn: String,
        /// Its type.
        #[serde(rename = "type")]
        ty: String,
        /// The value.
        value: Json,
    },
}

impl Export {
    /// The name in full.
    #[must_use]
    pub fn fqn(&self) -> &str {
        match self {
            Self::Function(function) => &function.fqn,
            Self::Struct { fqn, .. }
            | Self::Generic { fqn, .. }
            | Self::Alias { fqn, .. }
            | Self::Variable { fqn, .. }
            | Self::Constant { fqn, .. } => fqn,
        }
    }
}

/// What a function is to a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nothing special: a function, or a method of instances.
    #[default]
    Plain,
    /// `@staticmethod`.
    Static,
    /// `@classmethod`.
    Class,
    /// `@property`.
    Property,
}

impl Role {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// A compiled function.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name in full.
    pub fqn: String,
    /// Its name for C, and as an export of a `.wasm` file.
    pub symbol: String,
    /// `red`.
    pub color: String,
    /// What it is to its class.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    pub role: Role,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The type of its result.
    pub returns: String,
    /// Its documentation.
    pub doc: Option<String>,
}

impl Function {
    /// The types of parameters and result, as what links with it compares them.
    #[must_use]
    pub fn signature(&self) -> String {
        let parameters: Vec<&str> = self.parameters.iter().map(|param| param.ty.as_str()).collect();
        format!("({}) -> {}", parameters.join(", "), self.returns)
    }
}

/// A parameter of a function.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it is when no argument is given, if JSON can say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
}

/// The layout of a struct.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StructEntry {
    /// Its name in full.
    pub fqn: String,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub alignment: u64,
    /// Hash of everything that follows from the layout.
    pub layout: String,
    /// Its fields, by offset.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// In bytes.
    pub offset: u64,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub alignment: u64,
}

/// A compiled variant of a function of compile time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// The function's name in full.
    pub fqn: String,
    /// The arguments, as expressions with names in full.
    pub key: Vec<String>,
    /// What the call gives.
    #[serde(flatten)]
    pub made: Made,
}

/// What a call at compile time gives.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// A function.
    Function(Function),
    /// A struct, with its methods.
    Struct {
        /// Its name in full.
        fqn: String,
        /// Its compiled methods.
        methods: Vec<Function>,
    },
}

/// Something that comes from elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The package; `None` for the runtime.
    pub package: Option<String>,
    /// The symbol.
    pub symbol: String,
    /// Types of a function's parameters and result, or of a variable; empty for the runtime's, whose
    /// version stands for them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

impl Interface {
    /// Reads a description.
    ///
    /// # Errors
    /// It is not one, or of another version of the format; the message says where.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackageError> {
        if bytes.len() > MAX_SIZE {
            return Err(PackageError::new(format!("it is larger than {MAX_SIZE} bytes")));
        }
        let interface: Self = serde_json::from_slice(bytes)
            .map_err(|error| PackageError::new(format!("it cannot be read: {error}")))?;
        if interface.schema != SCHEMA {
            let message = format!(
                "its format has version {}, and this compiler reads {SCHEMA}",
                interface.schema
            );
            return Err(PackageError::new(message)
                .with_help("update whichever of package and compiler is older"));
        }
        Ok(interface)
    }

    /// Every compiled function, in order.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        let exports = self.modules.iter().flat_map(|module| &module.exports);
        let exported = exports.flat_map(|export| match export {
            Export::Function(function) => std::slice::from_ref(function),
            Export::Struct { methods, .. } => methods.as_slice(),
            _ => &[],
        });
        let made = self.prebuilt.iter().flat_map(|variant| match &variant.made {
            Made::Function(function) => std::slice::from_ref(function),
            Made::Struct { methods, .. } => methods.as_slice(),
        });
        exported.chain(made)
    }

    /// Symbol and type of every variable, in order.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let exports = self.modules.iter().flat_map(|module| &module.exports);
        exports.filter_map(|export| match export {
            Export::Variable { symbol, ty, .. } => Some((symbol.as_str(), ty.as_str())),
            _ => None,
        })
    }

    /// The description as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Maps with keys that are no strings are what JSON cannot hold, and there are none.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The hash of everything that follows from a layout.
#[must_use]
pub fn layout_hash(fqn: &str, size: u64, fields: &[Field]) -> String {
    let mut text = format!("{fqn} {size}");
    for Field { name, ty, offset, size, alignment } in fields {
        // Writing to a string cannot fail.
        let _ = write!(text, ";{name}:{ty} {offset} {size} {alignment}");
    }
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

impl Interface {
    /// Checks that every name and expression in it is one. They become parts of modules that are
    /// made up for whoever uses the package, and of C.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn validate(&self) -> Result<(), PackageError> {
        let modules = self.modules.iter().flat_map(|module| {
            let generics = module.generics.iter().flat_map(|generics| {
                let names = generics.names.iter().map(String::as_str);
                names.chain([generics.module.as_str()])
            });
            generics.chain([module.name.as_str()]).map(|name| (Kind::Path, name))
        });
        let exports = self.modules.iter().flat_map(|module| &module.exports);
        let exported = exports.flat_map(|export| match export {
            Export::Variable { fqn, symbol, ty, .. } => {
                vec![(Kind::Path, &**fqn), (Kind::Symbol, symbol), (Kind::Expression, ty)]
            }
            Export::Constant { fqn, ty, .. } => vec![(Kind::Path, &**fqn), (Kind::Expression, ty)],
            Export::Alias { fqn, target } => {
                vec![(Kind::Path, &**fqn), (Kind::Expression, target)]
            }
            Export::Struct { fqn, .. } => vec![(Kind::Path, &**fqn)],
            Export::Generic { fqn, parameters, .. } => {
                let names = parameters.iter().map(|name| (Kind::Path, name.as_str()));
                std::iter::once((Kind::Path, &**fqn)).chain(names).collect()
            }
            Export::Function(_) => Vec::new(),
        });
        let functions = self.functions().flat_map(|function| {
            let params = function.parameters.iter().flat_map(|param| {
                [(Kind::Path, param.name.as_str()), (Kind::Expression, param.ty.as_str())]
            });
            let last = function.fqn.rsplit("::").next().unwrap_or_default();
            let own = [
                (Kind::Expression, function.fqn.as_str()),
                (Kind::LastName, last),
                (Kind::Symbol, function.symbol.as_str()),
                (Kind::Expression, function.returns.as_str()),
            ];
            own.into_iter().chain(params)
        });
        let fields = self.structs.iter().flat_map(|entry| &entry.fields).flat_map(|field| {
            [(Kind::Path, field.name.as_str()), (Kind::Expression, field.ty.as_str())]
        });
        let keys = self.prebuilt.iter().flat_map(|variant| {
            let key = variant.key.iter().map(|text| (Kind::Expression, text.as_str()));
            std::iter::once((Kind::Path, variant.fqn.as_str())).chain(key)
        });
        let mut all = modules.chain(exported).chain(functions).chain(fields).chain(keys);
        match all.find(|(kind, text)| !kind.fits(text)) {
            Some((_, text)) => {
                let shown: String = text.escape_debug().take(80).collect();
                Err(PackageError::new(format!(
                    "its interface has `{shown}` where a name or type belongs"
                )))
            }
            None => Ok(()),
        }
    }
}

/// What a text of an interface has to be.
#[derive(Clone, Copy)]
enum Kind {
    /// A name, in full or not.
    Path,
    /// The last part of the name of a function, which may have arguments.
    LastName,
    /// A name for C and linkers.
    Symbol,
    /// A type or an argument.
    Expression,
}

impl Kind {
    fn fits(self, text: &str) -> bool {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        match self {
            Self::Path => text
                .split("::")
                .flat_map(|part| part.split('.'))
                .all(|part| !part.is_empty() && part.chars().all(is_name)),
            Self::LastName => text.starts_with(is_name),
            Self::Symbol => {
                text.starts_with("spy_")
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
            }
            Self::Expression => !text.is_empty() && text.len() < 4096 && is_expression(text),
        }
    }
}

/// Whether a text is made of names, numbers, brackets and texts on one line.
fn is_expression(text: &str) -> bool {
    let mut chars = text.chars();
    let mut depth: i32 = 0;
    while let Some(c) = chars.next() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            '"' => loop {
                match chars.next() {
                    Some('"') => break,
                    Some('\\') => drop(chars.next()),
                    Some(c) if !c.is_control() => {}
                    _ => return false,
                }
            },
            c if c.is_alphanumeric() || "_.:, -+".contains(c) => {}
            _ => return false,
        }
        if !(0..=64).contains(&depth) {
            return false;
        }
    }
    depth == 0
}
