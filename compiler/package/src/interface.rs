//! `interface.json`: what a library or a package offers, for tools and for other compilers.
//!
//! The format is described by `interface.schema.json`. One definition serves who writes it and who
//! reads it.

use crate::error::PackageError;
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
}

/// Something that a module offers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Export {
    /// A compiled function.
    Function {
        /// Its name in full.
        fqn: String,
        /// Its name for C, and as an export of a `.wasm` file.
        symbol: String,
        /// `red`.
        color: String,
        /// Its parameters.
        parameters: Vec<Parameter>,
        /// The type of its result.
        returns: String,
        /// Its documentation.
        doc: Option<String>,
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

/// A compiled variant of a generic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// The generic's name in full.
    pub fqn: String,
    /// The arguments, as they are written in a call.
    pub key: String,
}

/// Something that comes from another package.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Import {
    /// The package.
    pub package: String,
    /// The symbol.
    pub symbol: String,
    /// Parameters and result, as text.
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
