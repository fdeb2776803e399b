//! What an extension is made of: a module, or a package with all that is in its folder.
//!
//! Its main file is made up: it exists only in the view of the files that the compiler gets, and
//! imports the modules.

use crate::error::EnvError;
use crate::loader::module_name;
use spy_db::System;
use spy_text::Name;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the main file.
const ROOT: &str = "__spy_python__";

/// Deeper folders are not looked into.
const MAX_DEPTH: u32 = 32;

/// The file system with the main file of an extension.
pub struct Source<'s> {
    inner: &'s dyn System,
    path: PathBuf,
    name: Name,
    modules: Vec<Name>,
    text: String,
}

impl<'s> Source<'s> {
    /// The extension of a module, or if `root` is an `__init__.spy`, of a package.
    ///
    /// # Errors
    /// The folder of a package cannot be listed, or its name is no name for a module.
    pub fn new(inner: &'s dyn System, root: &Path) -> Result<Self, EnvError> {
        if !inner.is_file(root) {
            let shown = root.file_name().unwrap_or_default().display();
            return Err(EnvError::new(format!("there is no file `{shown}`")));
        }
        let is_package = root.file_stem().is_some_and(|stem| stem == "__init__");
        let mut modules = Vec::new();
        let (place, name) = match root.parent().filter(|_| is_package) {
            Some(folder) => {
                let name = module_name(folder);
                list(folder, &name, 0, &mut modules)?;
                (folder, name)
            }
            None => (root, module_name(root)),
        };
        if place.file_stem().is_none_or(|stem| stem != name.as_str()) {
            let shown = place.file_name().unwrap_or_default().display();
            return Err(EnvError::new(format!("Python cannot import `{shown}`: it is no name"))
                .with_help("rename it"));
        }
        modules.push(name.clone());
        modules.sort();
        modules.dedup();
        let path = place.with_file_name(format!("{ROOT}.spy"));
        let mut source = Self { inner, path, name, modules, text: String::new() };
        for module in &source.modules {
            // Writing to a string cannot fail.
            let _ = writeln!(source.text, "import {module}");
        }
        Ok(source)
    }

    /// The same with more definitions in the main file.
    pub(crate) fn with(&self, definitions: &str) -> Self {
        Self {
            inner: self.inner,
            path: self.path.clone(),
            name: self.name.clone(),
            modules: self.modules.clone(),
            text: format!("{}{definitions}", self.text),
        }
    }

    /// The name by which Python imports it.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The modules, each before its submodules.
    #[must_use]
    pub fn modules(&self) -> &[Name] {
        &self.modules
    }

    /// Where the main file seems to stand.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The modules below the folder of a package.
fn list(folder: &Path, package: &str, depth: u32, out: &mut Vec<Name>) -> Result<(), EnvError> {
    let fail = |error: io::Error| EnvError::io("list", folder, &error);
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if !spy_package::names::is_module_name(stem) || stem == "__init__" {
            continue;
        }
        let name = format!("{package}.{stem}");
        if path.extension().is_some_and(|extension| extension == "spy") {
            out.push(Name::from(name));
        } else if depth < MAX_DEPTH && path.join("__init__.spy").is_file() {
            out.push(Name::from(name.as_str()));
            list(&path, &name, depth + 1, out)?;
        }
    }
    Ok(())
}

impl System for Source<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.path { Ok(self.text.clone().into()) } else { self.inner.read(path) }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == self.path || self.inner.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.inner.is_dir(path)
    }
}
