//! From a root file to the database's inputs.
//!
//! Salsa's queries open no files, so the loader stands outside them: it reads the root, asks the
//! parser and the scope analysis what that file imports, reads those, and so on in waves; each wave
//! is parsed in parallel. A second load of the same root keeps the input handles and touches only
//! what changed.

mod problems;

use self::problems::{check_name, check_root, not_utf8, unreadable};
use crate::database::Database;
use crate::packages::Origin;
use crate::paths;
use crate::prebuilt::{self, Prebuilt};
use crate::search::{Found, SearchPath, find_in};
use crate::settings::Linking;
use crate::stdlib::{Stdlib, gives_way, is_builtin};
use rayon::prelude::*;
use salsa::{Durability, Setter};
use spy_db::{Db, Limits, ModuleSource, Project, SourceFile, System};
use spy_diagnostics::Diagnostic;
use spy_scope::Want;
use spy_text::{FileName, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads files and keeps the inputs of one database up to date.
#[derive(Default)]
pub struct Loader {
    files: BTreeMap<FileKey, SourceFile>,
    project: Option<Project>,
}

/// What makes a file of the database the same one at the next load.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum FileKey {
    Embedded(Name),
    Interface(PathBuf, Name),
    Path(PathBuf),
}

/// A project as it was found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The inputs.
    pub project: Project,
    /// The root file's module name.
    pub root: Name,
    /// The folder of the root file, absolute.
    pub root_dir: PathBuf,
    /// The modules that are reachable from the root, breadth first.
    pub reachable: Vec<Name>,
    /// The paths of modules that have a file on disk, for people.
    pub places: BTreeMap<Name, PathBuf>,
    /// Modules whose file could not be read.
    pub broken: BTreeSet<Name>,
    /// Files that could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// Packages that are used without their source, by name.
    pub prebuilt: Vec<Prebuilt>,
}

impl Loader {
    /// Reads `root` (absolute) and everything that it imports. The error is for a root that cannot
    /// be loaded at all.
    ///
    /// # Errors
    /// The root is not a readable SPy file or has a module name that is taken.
    pub fn load(
        &mut self,
        db: &mut Database,
        system: &dyn System,
        search: &SearchPath,
        limits: Limits,
        root: &Path,
    ) -> Result<Loaded, Box<Diagnostic>> {
        check_root(system, root)?;
        check_name(system, search, root)?;
        let name = module_name(root);
        let mut run = self.run(db, system, search, root);
        run.add_stdlib();
        run.add_found(&name, root.to_owned());
        let reachable = run.close(std::slice::from_ref(&name));
        Ok(run.finish(name, reachable, limits))
    }

    /// Reads the files of a project whose modules are known, without asking what they import.
    pub(crate) fn load_known(
        &mut self,
        db: &mut Database,
        system: &dyn System,
        search: &SearchPath,
        limits: Limits,
        root: &Path,
        places: &[(String, PathBuf)],
    ) -> Loaded {
        let name = module_name(root);
        let mut run = self.run(db, system, search, root);
        run.add_stdlib();
        for (module, path) in places {
            run.add_file(&Name::from(module.as_str()), path.clone());
        }
        run.finish(name.clone(), vec![name], limits)
    }

    /// Reads the modules `roots` of the folder `dir` (all absolute), and everything that they import.
    /// Files that are not there are left out. This is what an editor wants to look at: no module is
    /// the main one. Most of the files are not being edited, so nobody looks at them again when one
    /// is: see [`Loader::set_text`].
    pub fn load_modules(
        &mut self,
        db: &mut Database,
        system: &dyn System,
        search: &SearchPath,
        limits: Limits,
        dir: &Path,
        roots: &[(Name, PathBuf)],
    ) -> Loaded {
        let mut run = self.run(db, system, search, &dir.join("__init__.spy"));
        run.durability = Durability::MEDIUM;
        run.add_stdlib();
        let mut names = Vec::with_capacity(roots.len());
        for (name, path) in roots {
            if !run.is_taken(name) && system.is_file(path) {
                run.add_found(name, path.clone());
                names.push(name.clone());
            }
        }
        let reachable = run.close(&names);
        let root = names.into_iter().next().unwrap_or_default();
        run.finish(root, reachable, limits)
    }

    /// Replaces the text of a module that was loaded from a file, which from then on is one that is
    /// edited. Tells whether it needs the same
    /// modules as before; `None` if there is no such file.
    pub fn set_text(
        &mut self,
        db: &mut Database,
        path: &Path,
        name: &Name,
        text: &str,
    ) -> Option<bool> {
        let file = *self.files.get(&FileKey::Path(path.to_owned()))?;
        let before = file_dependencies(db, file, name.clone()).clone();
        let durability = if file.stdlib(db) { Durability::HIGH } else { Durability::LOW };
        file.set_text(db).with_durability(durability).to(Arc::from(text));
        Some(*file_dependencies(db, file, name.clone()) == before)
    }

    /// Reads `root` (absolute) alone.
    ///
    /// # Errors
    /// The root is not a readable file.
    pub fn load_alone(
        &mut self,
        db: &mut Database,
        system: &dyn System,
        limits: Limits,
        root: &Path,
    ) -> Result<Loaded, Box<Diagnostic>> {
        check_root(system, root)?;
        let name = module_name(root);
        let search = SearchPath::default();
        let mut run = self.run(db, system, &search, root);
        run.add_file(&name, root.to_owned());
        Ok(run.finish(name.clone(), vec![name], limits))
    }

    fn run<'r>(
        &'r mut self,
        db: &'r mut Database,
        system: &'r dyn System,
        search: &'r SearchPath,
        root: &Path,
    ) -> Run<'r> {
        Run {
            loader: self,
            db,
            system,
            search,
            root_dir: root.parent().unwrap_or(Path::new("/")).to_owned(),
            modules: BTreeMap::new(),
            places: BTreeMap::new(),
            broken: BTreeSet::new(),
            diagnostics: Vec::new(),
            prebuilt: BTreeMap::new(),
            durability: Durability::LOW,
        }
    }

    /// Every file that was loaded so far.
    pub fn files(&self) -> impl Iterator<Item = SourceFile> {
        self.files.values().copied()
    }

    /// The paths of the files that were loaded so far from the disk.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().filter_map(|key| match key {
            FileKey::Path(path) | FileKey::Interface(path, _) => Some(path.as_path()),
            FileKey::Embedded(_) => None,
        })
    }

    fn set_project(
        &mut self,
        db: &mut Database,
        modules: BTreeMap<Name, ModuleSource>,
        limits: Limits,
    ) -> Project {
        let modules = Arc::new(modules);
        let Some(project) = self.project else {
            let project = Project::builder(modules, limits).durability(Durability::MEDIUM).new(db);
            self.project = Some(project);
            return project;
        };
        if *project.modules(db) != modules {
            project.set_modules(db).with_durability(Durability::MEDIUM).to(modules);
        }
        if project.limits(db) != limits {
            project.set_limits(db).with_durability(Durability::MEDIUM).to(limits);
        }
        project
    }
}

/// One load.
struct Run<'r> {
    loader: &'r mut Loader,
    db: &'r mut Database,
    system: &'r dyn System,
    search: &'r SearchPath,
    root_dir: PathBuf,
    modules: BTreeMap<Name, ModuleSource>,
    places: BTreeMap<Name, PathBuf>,
    broken: BTreeSet<Name>,
    diagnostics: Vec<Diagnostic>,
    /// The packages at the top of folders that have an object which is to be used.
    prebuilt: BTreeMap<(PathBuf, String), Option<Prebuilt>>,
    /// How rarely files change that were never seen before.
    durability: Durability,
}

impl Run<'_> {
    fn finish(self, root: Name, reachable: Vec<Name>, limits: Limits) -> Loaded {
        let Self { loader, db, root_dir, modules, places, broken, diagnostics, .. } = self;
        let project = loader.set_project(db, modules, limits);
        let used = |package: &Prebuilt| {
            let is_own = |name: &Name| name.split('.').next() == Some(package.name.as_str());
            reachable.iter().any(|name| is_own(name) && !places.contains_key(name))
        };
        let prebuilt = self.prebuilt.into_values().flatten().filter(used).collect();
        Loaded { project, root, root_dir, reachable, places, broken, diagnostics, prebuilt }
    }

    /// The package of a module, if its object in the folder is to be used.
    fn prebuilt_in(&mut self, dir: &Path, module: &str) -> Option<&Prebuilt> {
        let package = module.split('.').next().unwrap_or(module);
        let key = (dir.to_owned(), package.to_owned());
        if !self.prebuilt.contains_key(&key) {
            let found = self.choose_prebuilt(dir, package);
            self.prebuilt.insert(key.clone(), found);
        }
        self.prebuilt.get(&key)?.as_ref()
    }

    fn choose_prebuilt(&mut self, dir: &Path, package: &str) -> Option<Prebuilt> {
        let has_source = matches!(find_in(self.system, dir, package), Found::File(_));
        let is_named = match &self.search.linking {
            Linking::Named(names) => names.iter().any(|name| name == package),
            Linking::Needed | Linking::All => false,
        };
        if has_source && !is_named && self.search.linking != Linking::All {
            return None;
        }
        match prebuilt::find(self.system, dir, package) {
            Ok(None) if has_source && is_named => {
                let message = format!("the package `{package}` was not compiled ahead of time");
                let help = format!(
                    "leave it out of `--link-prebuilt`, or ask its author for a wheel with an object \
                     (`prebuilt` in the table `[tool.spy]`); it was found in `{}`",
                    dir.display()
                );
                self.diagnostics.push(Diagnostic::error("ImportError", message).with_help(help));
                None
            }
            Ok(found) => found,
            Err(error) => {
                let diagnostic = Diagnostic::error("ImportError", error.message);
                self.diagnostics.push(match error.help {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// The module that somebody who has no source gets.
    fn add_interface(&mut self, name: &Name, dir: &Path) {
        let Some(package) = self.prebuilt_in(dir, name) else { return };
        let object = package.object.clone();
        if let Some(text) = prebuilt::generic_source(&package.interface, name) {
            let text = text.to_owned();
            let key = FileKey::Interface(object, name.clone());
            let file = self.set_file(key, &FileName::new(&format!("<{name}>.spy")), &text, false);
            self.modules.insert(name.clone(), ModuleSource::Spy(file));
            return;
        }
        let text = prebuilt::stub(&package.interface, name);
        let Some(text) = text else { return };
        // What compiled code gives at compile time is as old as this text.
        let text = format!("# {}\n{text}", package.hash.to_hex());
        let shown = FileName::new(&format!("<{name}>{}", spy_db::INTERFACE_SUFFIX));
        let key = FileKey::Interface(object, name.clone());
        let file = self.set_file(key, &shown, &text, false);
        self.modules.insert(name.clone(), ModuleSource::Spy(file));
    }

    fn add_stdlib(&mut self) {
        for name in self.search.stdlib.modules(self.system) {
            let module = Name::new_static(name);
            match self.find_in_stdlib(name) {
                Found::Embedded(text) => self.add_embedded(&module, text),
                Found::File(path) => self.add_file(&module, path),
                Found::Py(_) | Found::Interface(_) | Found::Nothing => {}
            }
        }
    }

    /// Adds what is imported until nothing is missing; returns the reachable modules.
    fn close(&mut self, roots: &[Name]) -> Vec<Name> {
        let mut reachable = roots.to_vec();
        let mut seen: BTreeSet<Name> = roots.iter().cloned().collect();
        let mut wave = reachable.clone();
        while !wave.is_empty() {
            let mut next = Vec::new();
            for want in self.imports_of(&wave).into_iter().flatten() {
                let name = want.module;
                if is_builtin(&name) || seen.contains(&name) {
                    continue;
                }
                if !self.is_taken(&name) && (!want.optional || self.may_hold(&name)) {
                    self.resolve(&name);
                }
                if !want.optional || self.modules.contains_key(&name) {
                    seen.insert(name.clone());
                    next.push(name);
                }
            }
            reachable.extend(next.iter().cloned());
            wave = next;
        }
        reachable
    }

    /// Whether no file can be the module `name`: another one is, or one of the library that does not
    /// give way.
    fn is_taken(&self, name: &Name) -> bool {
        self.modules.contains_key(name) && !(gives_way(name) && self.is_library(name))
    }

    fn is_library(&self, name: &Name) -> bool {
        let source = self.modules.get(name);
        matches!(source, Some(ModuleSource::Spy(file)) if file.stdlib(self.db))
    }

    /// Whether a module may exist that nobody says exists: modules are in packages and folders, not
    /// in other modules.
    fn may_hold(&self, name: &str) -> bool {
        let Some((outer, _)) = name.rsplit_once('.') else { return true };
        let is_declared = |package: &Prebuilt| prebuilt::has_module(&package.interface, name);
        if self.prebuilt.values().flatten().any(is_declared) {
            return true;
        }
        match self.places.get(outer) {
            Some(path) => path.file_name().is_some_and(|file| file == "__init__.spy"),
            None => !is_builtin(outer) && !self.modules.contains_key(outer),
        }
    }

    /// What each module of a wave imports, in order. Parses in parallel.
    fn imports_of(&self, wave: &[Name]) -> Vec<Vec<Want>> {
        let files: Vec<(SourceFile, &Name)> = wave
            .iter()
            .filter_map(|name| match self.modules.get(name)? {
                ModuleSource::Spy(file) => Some((*file, name)),
                ModuleSource::Py(_) => None,
            })
            .collect();
        let db: &Database = self.db;
        files
            .par_iter()
            .map_with(db.clone(), |db, (file, name)| {
                file_dependencies(db, *file, (*name).clone()).clone()
            })
            .collect()
    }

    fn resolve(&mut self, name: &Name) {
        match self.find(name) {
            Found::Embedded(text) => self.add_embedded(name, text),
            Found::File(path) => self.add_found(name, path),
            Found::Interface(dir) => self.add_interface(name, &dir),
            Found::Py(file) => {
                self.modules.insert(name.clone(), ModuleSource::Py(file));
            }
            Found::Nothing => {
                self.modules.remove(name);
            }
        }
    }

    fn find(&mut self, name: &str) -> Found {
        let library = self.find_in_stdlib(name);
        if library.is_some() && !self.search.replaces_library(self.system, &self.root_dir, name) {
            return library;
        }
        let mut python = Found::Nothing;
        let search = self.search;
        for dir in search.folders(&self.root_dir.clone()) {
            if let Some(package) = self.prebuilt_in(dir, name) {
                let has = prebuilt::has_module(&package.interface, name);
                return if has { Found::Interface(dir.to_owned()) } else { Found::Nothing };
            }
            match find_in(self.system, dir, name) {
                Found::Nothing => {}
                // Python packages of an environment hide none in SPy.
                found @ Found::Py(_) if self.search.origin(dir) == Some(Origin::Environment) => {
                    python = if python.is_some() { python } else { found };
                }
                found => return found,
            }
        }
        python
    }

    fn find_in_stdlib(&self, name: &str) -> Found {
        match &self.search.stdlib {
            Stdlib::Embedded => Stdlib::embedded(name).map_or(Found::Nothing, Found::Embedded),
            Stdlib::Folder(dir) => find_in(self.system, dir, name),
        }
    }

    fn add_embedded(&mut self, name: &Name, text: &'static str) {
        let shown = FileName::new(&format!("{}{name}.spy", paths::STDLIB_PREFIX));
        let file = self.set_file(FileKey::Embedded(name.clone()), &shown, text, true);
        self.modules.insert(name.clone(), ModuleSource::Spy(file));
    }

    /// Adds a file that may take the place of a module of the library, with all that is in it.
    fn add_found(&mut self, name: &Name, path: PathBuf) {
        if self.is_library(name) {
            let inside = format!("{name}.");
            self.modules.retain(|module, _| !module.starts_with(&inside));
        }
        self.add_file(name, path);
    }

    fn add_file(&mut self, name: &Name, path: PathBuf) {
        let is_stdlib = matches!(&self.search.stdlib, Stdlib::Folder(dir) if path.starts_with(dir));
        let shown = match &self.search.stdlib {
            Stdlib::Folder(dir) if is_stdlib => {
                FileName::new(&format!("{}{}", paths::STDLIB_PREFIX, paths::file_name(&path, dir)))
            }
            _ => paths::file_name(&path, &self.root_dir),
        };
        let text = match self.system.read(&path) {
            Ok(bytes) => self.decode(name, &shown, bytes),
            Err(error) => {
                self.broken.insert(name.clone());
                self.diagnostics.push(unreadable(&shown, &error));
                String::new()
            }
        };
        let file = self.set_file(FileKey::Path(path.clone()), &shown, &text, is_stdlib);
        self.places.insert(name.clone(), path);
        self.modules.insert(name.clone(), ModuleSource::Spy(file));
    }

    /// The text, with what is not UTF-8 replaced and reported.
    fn decode(&mut self, name: &Name, shown: &FileName, bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap_or_else(|error| {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[offset];
            self.broken.insert(name.clone());
            self.diagnostics.push(not_utf8(shown, offset, byte));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }

    fn set_file(&mut self, key: FileKey, shown: &FileName, text: &str, stdlib: bool) -> SourceFile {
        let durability = if stdlib { Durability::HIGH } else { Durability::LOW };
        let Some(&file) = self.loader.files.get(&key) else {
            let file = SourceFile::builder(shown.clone(), Arc::from(text), stdlib)
                .durability(if stdlib { durability } else { self.durability })
                .new(self.db);
            self.loader.files.insert(key, file);
            return file;
        };
        if **file.text(self.db) != *text {
            file.set_text(self.db).with_durability(durability).to(Arc::from(text));
        }
        if file.name(self.db) != shown {
            file.set_name(self.db).with_durability(durability).to(shown.clone());
        }
        file
    }
}

/// The file of a module that is a SPy file.
pub(crate) fn module_file(db: &Database, project: Project, name: &Name) -> Option<SourceFile> {
    spy_db::module_file(db, project, name)
}

/// The modules that a module needs, in the order in which they run.
pub(crate) fn dependencies<'d>(db: &'d Database, project: Project, name: &Name) -> &'d [Name] {
    spy_db::dependencies(db, project, name.clone())
}

/// What the file of a module may need, before there is a project. Runs again when the text changes,
/// and is equal unless an import does.
#[salsa::tracked(returns(ref))]
fn file_dependencies(db: &dyn Db, file: SourceFile, name: Name) -> Vec<Want> {
    let parsed = spy_db::parse(db, file);
    let home = spy_db::home(db, file, &name);
    spy_scope::dependencies(parsed, &spy_scope::analyze(parsed, home.clone()), &home)
}

/// The module that a file is: its stem, made an identifier.
#[must_use]
pub fn module_name(path: &Path) -> Name {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name: String =
        stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
        name.insert(0, '_');
    }
    Name::from(name)
}
