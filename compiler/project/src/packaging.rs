//! From a project to its archives.
//!
//! A package has no main file, so one is made up: a module that exists only in the view of the files
//! that the compiler gets, and imports all modules of the package.

use crate::error::EnvError;
use crate::stdlib::{Stdlib, is_builtin};
use spy_db::System;
use spy_package::manifest::Manifest;
use spy_package::wheel::{self, Built};
use spy_package::{Distribution, sdist};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Name of the module that stands for a whole package.
const ROOT: &str = "__spy_package__";

/// Names that calls in `prebuilt` need not import.
const BUILTIN_NAMES: [&str; 20] = [
    "None",
    "True",
    "False",
    "bool",
    "bytes",
    "complex128",
    "dict",
    "f32",
    "f64",
    "i16",
    "i32",
    "i64",
    "i8",
    "list",
    "str",
    "tuple",
    "u16",
    "u32",
    "u64",
    "u8",
];

/// A line that makes a call of a generic. Names are those of the package's first module.
fn use_of(call: &str, number: usize, top: &str) -> Result<String, EnvError> {
    let wrong = || {
        EnvError::new(format!("`{call}` in `prebuilt` is not a call"))
            .with_help("write it as in code: `add[i32]`, `sub.make(3)`")
    };
    let is_call =
        call.ends_with([']', ')']) && call.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !is_call || call.contains(['\n', '\r', '#', ';']) {
        return Err(wrong());
    }
    let mut imports = String::new();
    let mut seen = Vec::new();
    let mut before = ' ';
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut in_text = None;
    let mut word = String::new();
    for c in call.chars().chain([' ']) {
        if let Some(quote) = in_text {
            in_text = (c != quote).then_some(quote);
            continue;
        }
        if is_part(c) {
            word.push(c);
            continue;
        }
        let name = std::mem::take(&mut word);
        let is_name = !name.is_empty() && before != '.' && !name.starts_with(char::is_numeric);
        if is_name && !BUILTIN_NAMES.contains(&name.as_str()) && !seen.contains(&name) {
            imports.push_str(&format!("from {top} import {name}\n"));
            seen.push(name);
        }
        if c == '"' || c == '\'' {
            in_text = Some(c);
        }
        before = c;
    }
    Ok(format!("{imports}_use{number} = {call}\n"))
}

/// Which archives to make.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Archives {
    /// The wheel.
    pub wheel: bool,
    /// The source archive.
    pub sdist: bool,
    /// The wheel that points to the project.
    pub editable: bool,
}

/// The file system with a file more, which is not on the disk.
pub struct WithRoot<'s> {
    inner: &'s dyn System,
    path: PathBuf,
    text: RwLock<String>,
}

impl<'s> WithRoot<'s> {
    /// A view with a main file for the package.
    ///
    /// # Errors
    /// What `prebuilt` of the manifest lists is not a call.
    pub fn new(
        inner: &'s dyn System,
        manifest: &Manifest,
        dist: &Distribution,
    ) -> Result<Self, EnvError> {
        let path = manifest.source_dir().join(format!("{ROOT}.spy"));
        let mut text: String =
            modules(dist).iter().map(|name| format!("import {name}\n")).collect();
        let top = manifest.modules.first().map(String::as_str).unwrap_or_default();
        for (number, call) in manifest.prebuilt.iter().flatten().enumerate() {
            text.push_str(&use_of(call, number, top)?);
        }
        Ok(Self::with_text(inner, path, text))
    }

    /// A view with a main file of this text.
    #[must_use]
    pub fn with_text(inner: &'s dyn System, path: PathBuf, text: String) -> Self {
        Self { inner, path, text: RwLock::new(text) }
    }

    /// Adds to the main file.
    pub fn add(&self, text: &str) {
        self.text.write().unwrap_or_else(PoisonError::into_inner).push_str(text);
    }

    fn text(&self) -> String {
        self.text.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where the main file seems to stand.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl System for WithRoot<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.path { Ok(self.text().into()) } else { self.inner.read(path) }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == self.path || self.inner.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.inner.is_dir(path)
    }
}

/// The modules of a package, by name.
#[must_use]
pub fn modules(dist: &Distribution) -> Vec<String> {
    let stems = dist.modules.iter().filter_map(|member| member.path.strip_suffix(".spy"));
    let mut names: Vec<String> = stems
        .map(|stem| stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', "."))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Reads a project's files and checks that they can be a package.
///
/// # Errors
/// Something is missing, cannot be shipped, or has a name that is taken.
pub fn distribution(manifest: &Manifest) -> Result<Distribution, EnvError> {
    let is_library = |name: &str| is_builtin(name) || Stdlib::embedded(name).is_some();
    if let Some(name) = manifest.modules.iter().find(|name| is_library(name)) {
        let message = format!("the package `{name}` has the name of a module of the library");
        let help = "no program could import it: the library comes first; choose another name";
        return Err(EnvError::new(message).with_help(help));
    }
    let dist = Distribution::read(manifest)?;
    if let Some(name) = modules(&dist).into_iter().find(|name| !is_importable(name)) {
        let message = format!("no program can import `{name}`: it is not a name for a module");
        return Err(EnvError::new(message).with_help("rename the file or folder"));
    }
    if modules(&dist).is_empty() {
        return Err(EnvError::new("there is no `.spy` file in the package"));
    }
    Ok(dist)
}

fn is_importable(module: &str) -> bool {
    module.split('.').all(spy_package::names::is_module_name)
}

/// Packs what was asked for.
///
/// # Errors
/// A file cannot be read, or something is too large.
pub fn pack(
    manifest: &Manifest,
    dist: &Distribution,
    wanted: Archives,
) -> Result<Vec<Built>, EnvError> {
    let mut made = Vec::new();
    if wanted.sdist {
        let bytes = sdist::archive(manifest, dist)?;
        made.push(Built { name: format!("{}.tar.gz", dist.stem), bytes });
    }
    if wanted.wheel {
        made.push(wheel::archive(dist)?);
    }
    if wanted.editable {
        made.push(wheel::editable(manifest, dist)?);
    }
    Ok(made)
}
