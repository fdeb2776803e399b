//! What is open, and the programs that it belongs to.
//!
//! SPy has no project file: a program is a main file and what it imports, found from the folder of the
//! main file. An editor opens any file, so a program here is a *folder*, the one from which the
//! imports of an open file are found: its own, or the one around the packages that it is in. All
//! files of one folder share a database.

use crate::analysis::{Analysis, View};
use crate::vfs::Overlay;
use spy_db::{Limits, System};
use spy_project::prebuilt::Provider;
use spy_project::{Database, Loader, SearchPath};
use spy_text::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the modules of the program around a file are looked for.
pub type Search = dyn Fn(&Path) -> SearchPath + Send + Sync;

/// What holds for all programs.
#[derive(Clone)]
pub struct HostSettings {
    /// Where modules are looked for: each program may have packages of its own.
    pub search: Arc<Search>,
    /// Limits of evaluation at compile time.
    pub limits: Limits,
    /// Loads packages that have no source; `None` where such packages are not called.
    pub packages: Option<Provider>,
}

impl Default for HostSettings {
    fn default() -> Self {
        let search = Arc::new(|_: &Path| SearchPath::default());
        Self { search, limits: Limits::default(), packages: None }
    }
}

/// The files that are open, and their programs.
pub struct Host {
    pub(crate) settings: HostSettings,
    pub(crate) files: Arc<Overlay>,
    pub(crate) open: BTreeSet<PathBuf>,
    pub(crate) programs: BTreeMap<PathBuf, Program>,
}

/// The files of a folder, and what is known about them.
pub(crate) struct Program {
    db: Database,
    loader: Loader,
    /// Files that were opened, and those that were found in the folder.
    pub(crate) roots: BTreeSet<PathBuf>,
    pub(crate) view: Arc<View>,
}

impl Host {
    /// A host with nothing open.
    #[must_use]
    pub fn new(mut settings: HostSettings, disk: Arc<dyn System>) -> Self {
        settings.limits.keep_going = true;
        let files = Arc::new(Overlay::new(disk));
        Self { settings, files, open: BTreeSet::new(), programs: BTreeMap::new() }
    }

    /// The files as they are seen here.
    #[must_use]
    pub fn files(&self) -> Arc<Overlay> {
        Arc::clone(&self.files)
    }

    /// A file was opened. `more` are other files of the same program that are worth knowing.
    pub fn open(&mut self, path: &Path, text: Arc<str>, more: &[PathBuf]) {
        self.files.set(path, Arc::clone(&text));
        self.open.insert(path.to_owned());
        let dir = self.dir_of(path);
        let program =
            self.programs.entry(dir.clone()).or_insert_with(|| Program::new(&self.settings));
        let others = more.iter().filter(|file| file.starts_with(&dir)).cloned();
        program.roots.extend(others);
        program.roots.insert(path.to_owned());
        program.load(&self.settings, &*self.files, &dir);
        // It is going to be edited: better to pay for that now than at the first keystroke.
        program.edit(path, &text);
    }

    /// A file that is open has another text.
    pub fn change(&mut self, path: &Path, text: Arc<str>) {
        self.files.set(path, Arc::clone(&text));
        for (dir, program) in &mut self.programs {
            let Some(needs_same) = program.edit(path, &text) else { continue };
            if !needs_same {
                program.load(&self.settings, &*self.files, dir);
            }
        }
    }

    /// A file was closed: what is on the disk counts again.
    pub fn close(&mut self, path: &Path) {
        self.files.remove(path);
        self.open.remove(path);
        let open = &self.open;
        let dirs: BTreeSet<PathBuf> = open.iter().map(|path| self.dir_of(path)).collect();
        // A program without open files is forgotten, with all that is known about it.
        self.programs.retain(|dir, _| dirs.contains(dir));
        self.refresh();
    }

    /// Files on the disk have changed, come or gone.
    pub fn refresh(&mut self) {
        for (dir, program) in &mut self.programs {
            program.roots.retain(|path| self.files.is_file(path));
            program.load(&self.settings, &*self.files, dir);
        }
    }

    /// Files that are there now and may be of interest to the programs around them.
    pub fn found(&mut self, files: &[PathBuf]) {
        for (dir, program) in &mut self.programs {
            let before = program.roots.len();
            program.roots.extend(files.iter().filter(|file| file.starts_with(dir)).cloned());
            if program.roots.len() > before {
                program.load(&self.settings, &*self.files, dir);
            }
        }
    }

    /// The files that are open, in order.
    pub fn open_files(&self) -> impl Iterator<Item = &Path> {
        self.open.iter().map(PathBuf::as_path)
    }

    /// The folder of the program that a file belongs to.
    #[must_use]
    pub fn dir_of(&self, path: &Path) -> PathBuf {
        let owners =
            self.programs.iter().filter(|(_, program)| program.view.modules.contains_key(path));
        // Outer folders come first. A module that a program around imports is a part of that program.
        match owners.map(|(dir, _)| dir).next() {
            Some(dir) => dir.clone(),
            None => source_dir(&*self.files, path),
        }
    }

    /// A handle on the program that a file belongs to.
    #[must_use]
    pub fn analysis(&self, path: &Path) -> Option<Analysis> {
        let program = self.programs.get(&self.dir_of(path))?;
        Some(program.analysis())
    }

    /// Handles on all programs.
    #[must_use]
    pub fn all(&self) -> Vec<Analysis> {
        self.programs.values().map(Program::analysis).collect()
    }
}

impl Program {
    /// A program without files.
    pub(crate) fn new(settings: &HostSettings) -> Self {
        let mut db = Database::default();
        let mut loader = Loader::default();
        let nothing = spy_db::MemorySystem::default();
        let search = SearchPath::default();
        let dir = Path::new("/");
        let loaded = loader.load_modules(&mut db, &nothing, &search, settings.limits, dir, &[]);
        let view = View {
            project: loaded.project,
            paths: BTreeMap::new(),
            modules: BTreeMap::new(),
            unreadable: Vec::new(),
        };
        Self { db, loader, roots: BTreeSet::new(), view: Arc::new(view) }
    }

    /// Replaces the text of a file that is being edited. Whether it needs the same modules as before;
    /// `None` if it is no file of this program.
    pub(crate) fn edit(&mut self, path: &Path, text: &str) -> Option<bool> {
        let module = self.view.modules.get(path)?.clone();
        Some(self.loader.set_text(&mut self.db, path, &module, text) == Some(true))
    }

    /// Reads all files again, and what they import.
    pub(crate) fn load(&mut self, settings: &HostSettings, system: &dyn System, dir: &Path) {
        let roots =
            self.roots.iter().filter_map(|path| Some((module_of(dir, path)?, path.clone())));
        let roots: Vec<(Name, PathBuf)> = roots.collect();
        let file = self.roots.first().map_or(dir, PathBuf::as_path);
        let search = (settings.search)(file);
        let limits = settings.limits;
        let loaded = self.loader.load_modules(&mut self.db, system, &search, limits, dir, &roots);
        if let Some(packages) = &settings.packages {
            packages.provide(&self.db, &loaded.prebuilt);
        }
        let modules = loaded.places.iter().map(|(name, path)| (path.clone(), name.clone()));
        self.view = Arc::new(View {
            project: loaded.project,
            modules: modules.collect(),
            paths: loaded.places,
            unreadable: loaded.diagnostics,
        });
    }

    /// A handle for questions.
    pub(crate) fn analysis(&self) -> Analysis {
        Analysis { db: self.db.clone(), view: Arc::clone(&self.view) }
    }
}

/// The folder from which a file's imports are found: the first above it that is no package.
fn source_dir(system: &dyn System, path: &Path) -> PathBuf {
    let mut dir = path.parent().unwrap_or(Path::new("/"));
    while system.is_file(&dir.join("__init__.spy"))
        && let Some(outer) = dir.parent()
    {
        dir = outer;
    }
    dir.to_owned()
}

/// The name under which a file of a folder can be imported; a file that cannot be has one made of its
/// stem.
fn module_of(dir: &Path, path: &Path) -> Option<Name> {
    let inside = path.strip_prefix(dir).ok()?;
    let mut parts: Vec<Name> = Vec::new();
    for folder in inside.parent()?.components() {
        parts.push(Name::from(folder.as_os_str().to_str()?));
    }
    let last = spy_project::module_name(path);
    if last != "__init__" || parts.is_empty() {
        parts.push(last);
    }
    Some(Name::from(parts.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    #[test]
    fn modules_are_named_from_the_folder_around_their_packages() {
        let system = MemorySystem::default();
        system.write("/w/pkg/__init__.spy", "");
        system.write("/w/pkg/sub/__init__.spy", "");
        let path = Path::new("/w/pkg/sub/m.spy");
        assert_eq!(source_dir(&system, path), Path::new("/w"));
        assert_eq!(module_of(Path::new("/w"), path).as_deref(), Some("pkg.sub.m"));
        let init = Path::new("/w/pkg/__init__.spy");
        assert_eq!(module_of(Path::new("/w"), init).as_deref(), Some("pkg"));
        assert_eq!(module_of(Path::new("/x"), init), None);
        assert_eq!(source_dir(&system, Path::new("/w/a/b.spy")), Path::new("/w/a"));
    }
}
