//! Packages that are used without their source.

use crate::error::EnvError;
use spy_db::System;
use spy_package::interface::Interface;
use spy_package::object;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A package that was compiled ahead of time.
#[derive(Clone, PartialEq, Debug)]
pub struct Prebuilt {
    /// The module or package at the top.
    pub name: String,
    /// Its object.
    pub object: PathBuf,
    /// Hash of the object.
    pub hash: blake3::Hash,
    /// What it offers.
    pub interface: Interface,
    /// The symbols that others see of it, whatever its interface says.
    pub defines: BTreeSet<String>,
    /// The symbols that it needs from elsewhere.
    pub needs: BTreeSet<String>,
}

/// Where the object of a package stands, in a folder of packages.
pub(crate) fn object_path(dir: &Path, package: &str) -> PathBuf {
    dir.join(package).join("_spy").join(format!("{package}.o.wasm"))
}

/// The object of a package in a folder; `None` if it has none.
///
/// # Errors
/// There is one, and it is not what it should be.
pub(crate) fn find(
    system: &dyn System,
    dir: &Path,
    package: &str,
) -> Result<Option<Prebuilt>, EnvError> {
    let path = object_path(dir, package);
    if !system.is_file(&path) {
        return Ok(None);
    }
    let bytes = system.read(&path).map_err(|error| EnvError::io("read", &path, &error))?;
    let wrong = |what: String| {
        EnvError::new(format!("the object `{}` cannot be used: {what}", path.display()))
            .with_help(format!("install `{package}` again, or a version that has its source"))
    };
    let interface = object::interface(&bytes).map_err(|error| match error.help {
        Some(help) => wrong(error.message).with_help(help),
        None => wrong(error.message),
    })?;
    interface.validate().map_err(|error| wrong(error.message))?;
    let needs = object::undefined(&bytes).map_err(|error| wrong(error.message))?;
    let defines = object::defined(&bytes).map_err(|error| wrong(error.message))?;
    if let Some(what) = mismatch(&interface, &defines) {
        return Err(wrong(what));
    }
    let (name, hash) = (package.to_owned(), blake3::hash(&bytes));
    Ok(Some(Prebuilt { name, object: path, hash, interface, defines, needs }))
}

/// How what an object defines differs from what its interface says. Symbols that it does not speak of could
/// take the place of somebody else's.
fn mismatch(interface: &Interface, defined: &BTreeSet<String>) -> Option<String> {
    let functions = interface.functions().map(|function| function.symbol.as_str());
    let variables = interface.variables().map(|(symbol, _)| symbol);
    let offered: BTreeSet<&str> = functions.chain(variables).collect();
    if let Some(symbol) = offered.iter().find(|symbol| !defined.contains(**symbol)) {
        return Some(format!("its interface offers `{symbol}`, which is not in it"));
    }
    let python = interface.python.iter().flat_map(|python| python.symbols());
    let known: BTreeSet<&str> = offered.into_iter().chain(python).collect();
    let extra = defined.iter().find(|symbol| !known.contains(symbol.as_str()))?;
    Some(format!("it defines `{extra}`, which its interface does not offer"))
}
