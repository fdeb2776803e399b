//! Builds after edits of function bodies, in a new process.
//!
//! Nothing of the database outlives a process. But the last build left a snapshot, and of most edits
//! it can be seen from the texts alone what they change: if the definitions that differ were looked
//! into by nothing but their own redshift, then every other query would give what it gave. So only
//! their functions are redshifted and compiled. If these mention what they mentioned before, the
//! program consists of what it consisted of, and everything else of the snapshot holds: the other
//! objects, the names, what was printed. Otherwise the whole program is built as ever; that is decided
//! here, by `None`, before anything has been written.
//!
//! What must agree is the outcome: a build that goes this way makes the bytes that a clean one makes.

use crate::database::Database;
use crate::error::Failure;
use crate::files::Probe;
use crate::kept::Around;
use crate::loader::{Loaded, Loader};
use crate::machine::{self, ObjectFile};
use crate::pack::Pack;
use crate::session::World;
use crate::settings::Settings;
use crate::snapshot::{self, Lines, NamedSnapshot, Snapshot, Source, UnitRecord};
use crate::stamp::Stamp;
use crate::stdlib::Stdlib;
use crate::store::{Key, Store};
use spy_codegen_cranelift::Placement;
use spy_scope::Home;
use spy_syntax::ast::{self, DefPath};
use spy_text::{FileName, IndexSet, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A build that was found out to be small.
pub(crate) struct Quick {
    /// What it makes.
    pub(crate) named: NamedSnapshot,
    /// Objects that differ from those of the last build.
    pub(crate) files: Vec<ObjectFile>,
    /// What the file system was asked.
    pub(crate) probes: Vec<(PathBuf, Probe)>,
}

/// Where a build after small edits takes what it needs from.
pub(crate) struct Before<'a> {
    pub(crate) world: World<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) store: &'a Store,
    /// The program's main file.
    pub(crate) root: &'a Path,
    /// What the last build noted.
    pub(crate) stamp: &'a Stamp,
    /// Files that have changed since.
    pub(crate) edited: &'a [PathBuf],
}

/// A module with another text than before.
struct Edited {
    name: String,
    /// Position of the module's unit in the snapshot.
    unit: usize,
    pack: Pack,
    /// Definitions that differ.
    defs: BTreeSet<String>,
}

/// The texts of modules as they are now.
pub(crate) struct Texts<'a> {
    places: BTreeMap<&'a str, (&'a Path, &'a str)>,
    settings: &'a Settings,
    world: World<'a>,
}

impl<'a> Texts<'a> {
    /// Of the modules of a snapshot.
    pub(crate) fn new(
        world: World<'a>,
        settings: &'a Settings,
        snapshot: &'a Snapshot,
        places: &'a [(String, PathBuf)],
    ) -> Self {
        let shown: BTreeMap<&str, &str> = snapshot
            .modules
            .iter()
            .map(|module| (module.name.as_str(), module.shown.as_str()))
            .collect();
        let place = |(name, path): &'a (String, PathBuf)| {
            Some((name.as_str(), (path.as_path(), *shown.get(name.as_str())?)))
        };
        Self { places: places.iter().filter_map(place).collect(), settings, world }
    }

    /// A module's text, and what messages call its file.
    pub(crate) fn get(&self, module: &str) -> Option<Source> {
        if let Some((path, shown)) = self.places.get(module) {
            let bytes = self.world.system.read(path).ok()?;
            return Some((FileName::new(shown), String::from_utf8(bytes).ok()?.into()));
        }
        let Stdlib::Embedded = self.settings.search.stdlib else { return None };
        let text = Stdlib::embedded(module)?;
        Some((FileName::new(&format!("{}{module}.spy", crate::paths::STDLIB_PREFIX)), text.into()))
    }
}

impl Before<'_> {
    /// The build, if it is a small one.
    pub(crate) fn rebuild(&self) -> Option<Quick> {
        let mut snapshot = Snapshot::load(self.store, &self.stamp.snapshot()?)?;
        let old = snapshot.clone();
        let texts = Texts::new(self.world, self.settings, &old, self.stamp.places());
        let edited = self.names()?;
        for module in &mut snapshot.modules {
            if edited.contains(module.name.as_str()) {
                module.text = snapshot::text_hash(&texts.get(&module.name)?.1);
            }
        }
        let root = crate::loader::module_name(self.root);
        let key = snapshot::key(&snapshot::settings_key(self.settings, &root), &snapshot.modules);
        if let Some(known) = Snapshot::load(self.store, &key) {
            return Some(self.done(known, key, Vec::new()));
        }
        let edited: Vec<Edited> =
            edited.iter().map(|name| self.compare(&old, name, &texts)).collect::<Option<_>>()?;
        let source = |module: &str| texts.get(module);
        let lines = Lines::new(old.modules.iter().map(|module| module.name.as_str()), &source);
        let files = self.remake(&mut snapshot, edited, &lines).ok().flatten()?;
        Some(self.done(snapshot, key, files))
    }

    fn done(&self, snapshot: Snapshot, key: Key, files: Vec<ObjectFile>) -> Quick {
        let probes = self.stamp.probes_now(self.edited, self.world.system);
        let places = self.stamp.places().to_vec();
        Quick { named: NamedSnapshot { key, snapshot, places }, files, probes }
    }

    /// The modules that the edited files hold.
    fn names(&self) -> Option<BTreeSet<&str>> {
        let name = |path: &PathBuf| {
            let mut found = self.stamp.places().iter().filter(|(_, place)| place == path);
            match (found.next(), found.next()) {
                (Some((name, _)), None) => Some(name.as_str()),
                _ => None,
            }
        };
        self.edited.iter().map(name).collect()
    }

    /// What is different in a module; `None` if that may concern others.
    fn compare(&self, old: &Snapshot, name: &str, texts: &Texts<'_>) -> Option<Edited> {
        let unit = old.units.iter().position(|unit| unit.name == name)?;
        let pack = old.units[unit].pack(self.store)?;
        let (file, text) = texts.get(name)?;
        if pack.text.is_empty() {
            return None;
        }
        let is_package = file.as_str().rsplit('/').next() == Some("__init__.spy");
        let home = Home { module: Name::from(name), is_package };
        let (before, after) = (spy_syntax::parse(&pack.text), spy_syntax::parse(&text));
        let defs = changed_definitions(&before, &after, &home)?;
        let is_local = |def: &String| !old.evaluated.contains(&(name.to_owned(), def.clone()));
        if !defs.iter().all(is_local) {
            return None;
        }
        Some(Edited { name: name.to_owned(), unit, pack, defs })
    }

    /// Redshifts and compiles what is different, and makes the objects that change.
    fn remake(
        &self,
        snapshot: &mut Snapshot,
        mut edited: Vec<Edited>,
        lines: &Lines<'_>,
    ) -> Result<Option<Vec<ObjectFile>>, Failure> {
        if edited.iter().any(|edited| edited.has_functions()) {
            let _span = self.world.timings.span("redshift", "");
            let (db, loaded) = self.load();
            for edited in &mut edited {
                if self.redshift(&db, &loaded, edited)?.is_none() {
                    return Ok(None);
                }
            }
            snapshot.evaluated.extend(db.evaluated());
        }
        let _span = self.world.timings.span("make objects", "");
        let target = machine::object_target(&self.settings.compile)?;
        let debug = machine::has_debug_info(&self.settings.compile);
        let moved: BTreeSet<String> = edited.iter().map(|edited| edited.name.clone()).collect();
        let mut files = Vec::new();
        for (index, unit) in snapshot.units.iter_mut().enumerate() {
            let own = edited.iter_mut().find(|edited| edited.unit == index);
            if own.is_none() && !unit.places.iter().any(|place| moved.contains(place)) {
                continue;
            }
            let (key, hash, pack) = match own {
                Some(edited) => {
                    let Some(text) = lines.text(&edited.name) else { return Ok(None) };
                    edited.pack.text = text.to_string();
                    let key = edited.pack.own_key();
                    let Some(hash) = edited.pack.save(self.store, &key) else { return Ok(None) };
                    (key, hash, &edited.pack)
                }
                None => match unit.pack(self.store) {
                    Some(pack) => {
                        files.push(remade(unit, &pack, lines, &target, debug)?);
                        continue;
                    }
                    None => return Ok(None),
                },
            };
            let file = snapshot::unit_object(unit, pack, lines, &target, debug)?;
            *unit = UnitRecord::new(&unit.name, &file, &key, &hash, pack);
            files.push(file);
        }
        Ok(Some(files))
    }

    fn load(&self) -> (Database, Loaded) {
        let Settings { search, limits, .. } = self.settings;
        // The last build executed all of them, and nothing of that has changed.
        let mut db = Database::with_deferred_imports();
        let places = self.stamp.places();
        let system = self.world.system;
        let loaded =
            Loader::default().load_known(&mut db, system, search, *limits, self.root, places);
        (db, loaded)
    }

    /// Puts the new code of its functions into the pack of a module.
    fn redshift(
        &self,
        db: &Database,
        loaded: &Loaded,
        edited: &mut Edited,
    ) -> Result<Option<()>, Failure> {
        let fqns: Vec<&str> = edited.functions().map(|function| function.fqn.as_str()).collect();
        let module = Name::from(edited.name.as_str());
        if fqns.is_empty() {
            return Ok(Some(()));
        }
        let Some(part) = spy_redshift::redshift_again(db, loaded.project, &module, &fqns) else {
            return Ok(None);
        };
        let target = machine::object_target(&self.settings.compile)?;
        let tag = machine::tag(&self.settings.compile, Placement::Object);
        let around = Around::new(&part.program, &target, &tag);
        let mut defs: IndexSet<(String, String)> = edited.pack.defs.drain(..).collect();
        let names = &edited.defs;
        let slots = edited
            .pack
            .functions
            .iter_mut()
            .filter(|function| function.def.as_ref().is_some_and(|def| names.contains(def)));
        for (slot, shifted) in slots.zip(&part.funcs) {
            let prints = slot.prints || !shifted.output.is_empty();
            let Some(func) = shifted.func.as_ref().filter(|_| !prints) else { return Ok(None) };
            if slot.mentions != machine::mentions(shifted) {
                return Ok(None);
            }
            slot.positions = machine::packed_positions(&shifted.positions, &mut defs);
            let kept = around.compile(func).map_err(|error| machine::failed(&error))?;
            slot.kept = Some(Arc::new(kept));
        }
        edited.pack.defs = defs.into_iter().collect();
        Ok(Some(()))
    }
}

impl Edited {
    /// Functions whose definition differs.
    fn functions(&self) -> impl Iterator<Item = &crate::pack::PackedFunction> {
        let is_edited = |def: &String| self.defs.contains(def);
        let all = self.pack.functions.iter();
        all.filter(move |function| function.def.as_ref().is_some_and(is_edited))
    }

    fn has_functions(&self) -> bool {
        self.functions().next().is_some()
    }
}

/// The object of a unit whose code is as before, while lines have moved.
fn remade(
    unit: &mut UnitRecord,
    pack: &Pack,
    lines: &Lines<'_>,
    target: &spy_codegen_cranelift::Target,
    debug: bool,
) -> Result<ObjectFile, Failure> {
    let file = snapshot::unit_object(unit, pack, lines, target, debug)?;
    unit.set_object(&file);
    Ok(file)
}

/// The definitions whose body or symbol table differs; `None` if a text has errors, or if more is
/// different than what functions do.
fn changed_definitions(
    before: &ast::Module,
    after: &ast::Module,
    home: &Home,
) -> Option<BTreeSet<String>> {
    if !before.errors.is_empty() || !after.errors.is_empty() {
        return None;
    }
    let (old, new) =
        (spy_scope::analyze(before, home.clone()), spy_scope::analyze(after, home.clone()));
    let wants = |module, scopes| spy_scope::dependencies(module, scopes, home);
    if !old.errors.is_empty()
        || !new.errors.is_empty()
        || before.docstring != after.docstring
        || !before.bodies.keys().eq(after.bodies.keys())
        || wants(before, &old) != wants(after, &new)
    {
        return None;
    }
    let differs = |path: &&DefPath| {
        before.bodies.get(*path) != after.bodies.get(*path)
            || old.tables.get(*path) != new.tables.get(*path)
    };
    Some(before.bodies.keys().filter(differs).map(|path| path.0.to_string()).collect())
}
