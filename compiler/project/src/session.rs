//! One program in one database: from files to a redshifted program.

use crate::calls::Calls;
use crate::codegen::CodeCache;
use crate::database::Database;
use crate::driver::{Code, Guest};
use crate::error::Failure;
use crate::extension::{self, Source};
use crate::files::{Probe, Recorder};
use crate::front::{self, BuildOptions, Built};
use crate::graph;
use crate::library;
use crate::loader::{Loaded, Loader};
use crate::machine::{self, Job, MachineCache, MemoryProgram, Objects};
use crate::paths::Display;
use crate::prebuilt::{self, Provider};
use crate::progress::Progress;
use crate::python;
use crate::settings::{Linking, Settings};
use crate::snapshot::{self, ModuleRecord, NamedSnapshot, Places, Snapshot};
use crate::store::{Key, Store};
use crate::timings::Timings;
use spy_codegen_c::{CUnit, Library};
use spy_db::System;
use spy_diagnostics::{Diagnostic, Sources};
use spy_link::Profile;
use spy_package::python::Bindings;
use spy_text::{FileName, Name};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a build reports to, and where it reads from.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// Reads files.
    pub system: &'w dyn System,
    /// Hears how far the build is.
    pub progress: &'w dyn Progress,
    /// Measures phases.
    pub timings: &'w Timings,
}

/// A database and the files in it.
pub struct Session<'w> {
    world: World<'w>,
    settings: &'w Settings,
    db: Database,
    loader: Loader,
    code: CodeCache,
    machine: MachineCache,
    store: Store,
    packages: Provider,
}

/// A program whose files were read.
pub struct ReadFiles {
    /// The files.
    pub loaded: Loaded,
    /// What the file system was asked.
    pub probes: Vec<(PathBuf, Probe)>,
}

/// A program that went through the front end.
pub struct Front {
    /// The files.
    pub loaded: Loaded,
    /// The redshifted program, possibly with errors.
    pub built: Built,
    /// What the file system was asked.
    pub probes: Vec<(PathBuf, Probe)>,
}

impl<'w> Session<'w> {
    /// An empty database.
    #[must_use]
    pub fn new(world: World<'w>, settings: &'w Settings) -> Self {
        Self {
            world,
            settings,
            db: Database::default(),
            loader: Loader::default(),
            code: CodeCache::default(),
            machine: MachineCache::default(),
            store: settings.store(),
            packages: Provider::new(settings),
        }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Database {
        &self.db
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &'w Settings {
        self.settings
    }

    /// What the build reports to.
    #[must_use]
    pub fn world(&self) -> World<'w> {
        self.world
    }

    /// Reads a root file (absolute) and all that it imports, without judging it.
    ///
    /// # Errors
    /// The root cannot be read at all.
    pub fn load(&mut self, root: &Path) -> Result<Loaded, Failure> {
        self.load_from(self.world.system, root)
    }

    fn load_from(&mut self, system: &dyn System, root: &Path) -> Result<Loaded, Failure> {
        self.world.progress.begin("reading", 0);
        let _span = self.world.timings.span("read and parse", "");
        let Settings { search, limits, .. } = self.settings;
        let loaded = self.loader.load(&mut self.db, system, search, *limits, root)?;
        self.packages.provide(&self.db, &loaded.prebuilt);
        Ok(loaded)
    }

    /// Reads and checks a program whose code is not run.
    ///
    /// # Errors
    /// A file cannot be read, or has syntax, scope or import errors.
    pub fn checked(&mut self, root: &Path) -> Result<Loaded, Failure> {
        let loaded = self.load(root)?;
        self.check(&loaded)?;
        Ok(loaded)
    }

    /// Reads and checks one file without what it imports.
    ///
    /// # Errors
    /// The file cannot be read, or has syntax or scope errors.
    pub fn checked_alone(&mut self, root: &Path) -> Result<Loaded, Failure> {
        let Settings { limits, .. } = self.settings;
        let loaded = self.loader.load_alone(&mut self.db, self.world.system, *limits, root)?;
        let mut diagnostics = loaded.diagnostics.clone();
        if diagnostics.is_empty() {
            diagnostics = graph::check_module(&self.db, loaded.project, &loaded.root);
        }
        if diagnostics.is_empty() { Ok(loaded) } else { Err(Failure::Program(diagnostics)) }
    }

    fn check(&self, loaded: &Loaded) -> Result<(), Failure> {
        let _span = self.world.timings.span("check imports", "");
        let diagnostics = graph::check(&self.db, loaded);
        if diagnostics.is_empty() { Ok(()) } else { Err(Failure::Program(diagnostics)) }
    }

    /// Reads a program, runs its import time and redshifts it. What evaluation finds wrong stands
    /// in the result, beside the output of what ran before.
    ///
    /// # Errors
    /// Nothing could be run: see [`Session::checked`].
    pub fn front(&mut self, root: &Path, options: &BuildOptions) -> Result<Front, Failure> {
        let read = self.read(root)?;
        self.front_of(read, options)
    }

    /// Reads a program, and remembers what the file system was asked.
    ///
    /// # Errors
    /// The root cannot be read at all.
    pub fn read(&mut self, root: &Path) -> Result<ReadFiles, Failure> {
        let recorder = Recorder::new(self.world.system);
        let loaded = self.load_from(&recorder, root)?;
        Ok(ReadFiles { loaded, probes: recorder.into_probes() })
    }

    /// The rest of [`Session::front`].
    ///
    /// # Errors
    /// As there.
    pub fn front_of(&self, read: ReadFiles, options: &BuildOptions) -> Result<Front, Failure> {
        let ReadFiles { loaded, probes } = read;
        self.check(&loaded)?;
        if self.settings.linking != Linking::Needed {
            let checked = self.settings.compile.profile == Profile::Debug;
            prebuilt::check(&loaded.prebuilt, checked)?;
        }
        self.world.progress.begin("redshifting", 0);
        let built = {
            let _span = self.world.timings.span("redshift", "");
            front::build_program(&self.db, loaded.project, &loaded.root, options)
        };
        let front = Front { loaded, built, probes };
        if !front.loaded.prebuilt.is_empty() && !front.built.has_errors() {
            prebuilt::check_program(&self.db, self.settings, &front)?;
        }
        Ok(front)
    }

    /// The C of a program of this session. Functions that have not changed since the last time are
    /// not emitted again.
    #[must_use]
    pub fn emit_c(&self, front: &Front) -> Code {
        let _span = self.world.timings.span("emit C", "");
        let options = self.settings.emit_options();
        let emit = |library| self.code.emit(self.db.log(), &front.built, &options, library);
        if !self.settings.is_library() {
            let linked = front.loaded.prebuilt.iter().map(|found| found.object.clone()).collect();
            return Code { units: emit(None), linked, ..Code::default() };
        }
        let own = library::own_modules(&self.db, front);
        let exports = library::exports(&front.built, &own, library::host(self.settings));
        let mut code = Code { units: emit(Some(&exports)), ..Code::default() };
        library::publish(&self.db, self.settings, front, &own, &exports, &mut code);
        code
    }

    /// What Python sees of an extension module, and the program if it is another one now: with the
    /// functions that Python needs of it.
    fn describe_extension(
        &mut self,
        front: &Front,
        source: &Source<'_>,
        options: &BuildOptions,
    ) -> Result<(Bindings, Option<Front>), Failure> {
        let describe = |session: &Self, front: &Front| {
            let known = extension::symbols(front);
            let symbol = |func| known.get(&func).cloned();
            python::describe(&session.db, front, source.modules(), &symbol)
        };
        extension::check_externs(front)?;
        let described = describe(self, front)?;
        if described.helpers.is_empty() {
            return Ok((described.bindings, None));
        }
        let with = source.with(&described.helpers);
        let loaded = self.load_from(&with, source.path())?;
        let read = ReadFiles { loaded, probes: Vec::new() };
        let remade = self.front_of(read, options)?;
        if remade.built.has_errors() {
            return Err(Failure::Program(remade.built.diagnostics));
        }
        Ok((describe(self, &remade)?.bindings, Some(remade)))
    }

    /// The C of an extension module for CPython, and what is wrong with the way in which Python sees the
    /// program.
    ///
    /// # Errors
    /// Something that Python needs cannot be made.
    pub fn emit_extension(
        &mut self,
        front: &Front,
        source: &Source<'_>,
        options: &BuildOptions,
    ) -> Result<(Code, Vec<Diagnostic>), Failure> {
        let (bindings, remade) = self.describe_extension(front, source, options)?;
        let (bindings, front) = (&bindings, remade.as_ref().unwrap_or(front));
        let library = extension::library(&self.db, front, bindings);
        let emit = self.settings.emit_options();
        let mut units = self.code.emit(self.db.log(), &front.built, &emit, Some(&library));
        let name = source.name();
        units.extend(extension::files(&self.db, self.settings, front, bindings, &library, name));
        let exports = vec![spy_codegen_py::entry(name)];
        let is_numbered = !self.settings.compile.debug_info;
        let has_table = self.settings.compile.call_table;
        let calls = has_table.then(|| Calls::new(&front.built, &library, is_numbered));
        let code = Code { units, exports, calls, ..Code::default() };
        Ok((code, extension::warnings(bindings)))
    }

    /// The machine code of an extension module, without a C compiler; otherwise as
    /// [`Self::emit_extension`]. `previous` is as for [`Self::emit_objects`]; what the next build gets
    /// for it comes last.
    ///
    /// # Errors
    /// As there, or something in the program is too large.
    pub fn emit_guest(
        &mut self,
        front: &Front,
        source: &Source<'_>,
        options: &BuildOptions,
        previous: Option<&NamedSnapshot>,
    ) -> Result<(Guest, Vec<Diagnostic>, Option<NamedSnapshot>), Failure> {
        let (bindings, remade) = self.describe_extension(front, source, options)?;
        let (bindings, front) = (&bindings, remade.as_ref().unwrap_or(front));
        let library = extension::library(&self.db, front, bindings);
        let objects = self.emit_objects(front, previous)?;
        let name = source.name();
        let tables = {
            let _span = self.world.timings.span("make tables", "");
            extension::tables::object(&self.db, self.settings, front, bindings, &library, name)?
        };
        let (tables, entry) = (vec![tables], spy_codegen_py::entry(name));
        let calls = Calls::new(&front.built, &library, true);
        let snapshot = self.snapshot(front, &objects, options);
        let guest = Guest { objects, tables, entry, calls };
        Ok((guest, extension::warnings(bindings), snapshot))
    }

    /// The C of a package, which offers what `library` says.
    pub(crate) fn emit_library(&self, front: &Front, library: &Library) -> Vec<CUnit> {
        let _span = self.world.timings.span("emit C", "");
        let options = self.settings.emit_options();
        self.code.emit(self.db.log(), &front.built, &options, Some(library))
    }

    /// The object files of a program of this session, without a C compiler. Functions that this
    /// process or another one has compiled are not compiled again; `previous` is what the last build
    /// in the same folder left.
    ///
    /// # Errors
    /// Something in the program is too large.
    pub fn emit_objects(
        &self,
        front: &Front,
        previous: Option<&NamedSnapshot>,
    ) -> Result<Objects, Failure> {
        self.world.progress.begin("compiling", 0);
        let _span = self.world.timings.span("compile", "");
        let Front { loaded, built, .. } = front;
        let text = |module: &Name| {
            let file = spy_db::module_file(&self.db, loaded.project, module)?;
            Some((module.clone(), Arc::clone(file.text(&self.db))))
        };
        let texts: BTreeMap<Name, Arc<str>> = loaded.places.keys().filter_map(text).collect();
        let previous = previous.map(|named| &named.snapshot);
        machine::object_files(&self.job(built, previous, &|module| texts.get(module).cloned()))
    }

    fn job<'j>(
        &'j self,
        built: &'j Built,
        previous: Option<&'j Snapshot>,
        text: &'j (dyn Fn(&Name) -> Option<Arc<str>> + Sync),
    ) -> Job<'j> {
        Job {
            built,
            options: &self.settings.compile,
            log: self.db.log(),
            cache: &self.machine,
            store: &self.store,
            previous,
            text,
        }
    }

    /// What a build of these objects leaves for the next one.
    #[must_use]
    pub fn snapshot(
        &self,
        front: &Front,
        objects: &Objects,
        options: &BuildOptions,
    ) -> Option<NamedSnapshot> {
        let is_kept = snapshot::is_kept(self.settings, options.error_mode);
        if !is_kept || objects.units.is_empty() || !front.built.diagnostics.is_empty() {
            return None;
        }
        let (key, modules, places) = self.describe(&front.loaded)?;
        let snapshot = Snapshot {
            modules,
            units: objects.units.clone(),
            evaluated: self.db.evaluated(),
            printed: front.built.output.clone(),
        };
        Some(NamedSnapshot { key, snapshot, places })
    }

    /// What was made of the same texts before, in any folder.
    #[must_use]
    pub fn known(&self, read: &ReadFiles, options: &BuildOptions) -> Option<NamedSnapshot> {
        if !snapshot::is_possible(self.settings, options.error_mode) {
            return None;
        }
        let (key, _, places) = self.describe(&read.loaded)?;
        let snapshot = Snapshot::load(&self.store, &key)?;
        Some(NamedSnapshot { key, snapshot, places })
    }

    fn describe(&self, loaded: &Loaded) -> Option<(Key, Vec<ModuleRecord>, Places)> {
        if !loaded.diagnostics.is_empty() {
            return None;
        }
        let modules = snapshot::modules(&self.db, loaded)?;
        let key = snapshot::key(&snapshot::settings_key(self.settings, &loaded.root), &modules);
        let places = loaded.places.iter().map(|(name, path)| (name.to_string(), path.clone()));
        Some((key, modules, places.collect()))
    }

    /// A program of this session in this process, if [`Settings::runs_in_memory`].
    ///
    /// # Errors
    /// Something in the program is too large, or memory is short.
    pub fn emit_memory(&self, built: &Built) -> Result<MemoryProgram, Failure> {
        self.world.progress.begin("compiling", 0);
        let _span = self.world.timings.span("compile", "");
        let program = machine::memory_program(&self.job(built, None, &|_| None));
        self.store.tidy();
        program
    }

    /// The paths of the files that were read so far.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        self.loader.places().map(Path::to_owned).collect()
    }

    /// The texts of all files, under the names that messages show.
    #[must_use]
    pub fn texts(&self, display: &Display) -> Texts {
        let files = self.loader.files();
        Texts(
            files
                .map(|file| (display.name(file.name(&self.db)), Arc::clone(file.text(&self.db))))
                .collect(),
        )
    }
}

/// Texts by shown name.
#[derive(Clone, Debug, Default)]
pub struct Texts(BTreeMap<FileName, Arc<str>>);

impl Sources for Texts {
    fn text(&self, file: &FileName) -> Option<Arc<str>> {
        self.0.get(file).cloned()
    }
}

/// The diagnostic with file names as messages show them.
#[must_use]
pub fn shown_diagnostic(diagnostic: &Diagnostic, display: &Display) -> Diagnostic {
    let mut out = diagnostic.clone();
    for annotation in &mut out.annotations {
        annotation.span.file = display.name(&annotation.span.file);
    }
    for span in out.frames.iter_mut().filter_map(|frame| frame.span.as_mut()) {
        span.file = display.name(&span.file);
    }
    out
}
