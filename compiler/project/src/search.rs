//! Where modules are looked for, and what stands there.

use crate::packages::{Origin, PackageFolder};
use crate::settings::Linking;
use crate::stdlib::{Stdlib, gives_way, is_builtin};
use spy_db::System;
use spy_text::Name;
use std::path::{Path, PathBuf};

/// Where modules are looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SearchPath {
    /// The standard library, which goes first for its own names that do not give way.
    pub stdlib: Stdlib,
    /// Absolute folders that are searched after the root file's, unless that is among them.
    pub extra: Vec<PathBuf>,
    /// Where packages are. A project and wheels that were named come before `extra`.
    pub packages: Vec<PackageFolder>,
    /// Which packages are used without looking at their source.
    pub linking: Linking,
}

impl SearchPath {
    /// The folders that are searched for modules outside of the standard library, in order. The
    /// root file's own comes first, or where somebody put it.
    #[must_use]
    pub fn folders<'a>(&'a self, root_dir: &'a Path) -> Vec<&'a Path> {
        let extra = || self.extra.iter().map(PathBuf::as_path);
        let packages = |named: bool| {
            let is_wanted = move |folder: &&PackageFolder| {
                matches!(folder.origin, Origin::Project | Origin::Wheel) == named
            };
            self.packages.iter().filter(is_wanted).map(|folder| folder.dir.as_path())
        };
        let own = (!extra().any(|dir| dir == root_dir)).then_some(root_dir);
        let mut folders: Vec<&Path> = Vec::new();
        for dir in own.into_iter().chain(packages(true)).chain(extra()).chain(packages(false)) {
            if !folders.contains(&dir) {
                folders.push(dir);
            }
        }
        folders
    }

    /// Why a folder is searched, if it is one of packages.
    #[must_use]
    pub fn origin(&self, dir: &Path) -> Option<Origin> {
        self.packages.iter().find(|folder| folder.dir == dir).map(|folder| folder.origin)
    }

    /// Whether the program has a module of its own in the place of the library's module `name`, or of
    /// the one at the top of its name. What is merely installed takes no place.
    #[must_use]
    pub(crate) fn replaces_library(
        &self,
        system: &dyn System,
        root_dir: &Path,
        name: &str,
    ) -> bool {
        let package = name.split('.').next().unwrap_or(name);
        let mut own = self.folders(root_dir).into_iter();
        let is_there = |dir: &Path| {
            self.origin(dir) != Some(Origin::Environment)
                && matches!(find_in(system, dir, package), Found::File(_))
        };
        gives_way(package) && own.any(is_there)
    }

    /// The files that `import name` could have found, had it not found another one before: those of
    /// folders that come later, and of the folders that the standard library comes before.
    #[must_use]
    pub fn shadowed(&self, system: &dyn System, root_dir: &Path, name: &str) -> Vec<PathBuf> {
        let is_library = match &self.stdlib {
            Stdlib::Embedded => Stdlib::embedded(name).is_some(),
            Stdlib::Folder(dir) => find_in(system, dir, name).is_some(),
        };
        let files =
            self.folders(root_dir).into_iter().filter_map(|dir| match find_in(system, dir, name) {
                Found::File(path) => Some(path),
                _ => None,
            });
        let is_own = !is_library && !is_builtin(name);
        let skipped = is_own || self.replaces_library(system, root_dir, name);
        files.skip(usize::from(skipped)).collect()
    }
}

/// Where a module's text comes from.
pub(crate) enum Found {
    Embedded(&'static str),
    File(PathBuf),
    /// A module of the package at the top of its name, in this folder.
    Interface(PathBuf),
    Py(Name),
    Nothing,
}

impl Found {
    pub(crate) fn is_some(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// In one folder, the module `a.b` is the package `a/b/__init__.spy`, else the file `a/b.spy`; a file
/// `.py` in one of these places is what cannot be imported.
pub(crate) fn find_in(system: &dyn System, dir: &Path, name: &str) -> Found {
    if name.starts_with('.') {
        return Found::Nothing;
    }
    let stem = name.replace('.', "/");
    for extension in ["spy", "py"] {
        for file in [format!("{stem}/__init__.{extension}"), format!("{stem}.{extension}")] {
            let path = dir.join(&file);
            if system.is_file(&path) {
                let is_spy = extension == "spy";
                return if is_spy { Found::File(path) } else { Found::Py(Name::from(file)) };
            }
        }
    }
    Found::Nothing
}
