//! Packages that are used without their source.

use crate::error::EnvError;
use spy_db::System;
use spy_package::interface::Interface;
use spy_package::object;
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
    /// The symbols that it needs from elsewhere.
    pub needs: std::collections::BTreeSet<String>,
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
    let defined = object::defined(&bytes).map_err(|error| wrong(error.message))?;
    let offered = interface.functions().map(|function| function.symbol.as_str());
    let offered = offered.chain(interface.variables().map(|(symbol, _)| symbol));
    let mut lacking = offered.filter(|symbol| !defined.contains(*symbol)).map(str::to_owned);
    let first = lacking.next();
    drop(lacking);
    if let Some(symbol) = first {
        return Err(wrong(format!("its interface offers `{symbol}`, which is not in it")));
    }
    let (name, hash) = (package.to_owned(), blake3::hash(&bytes));
    Ok(Some(Prebuilt { name, object: path, hash, interface, needs }))
}
