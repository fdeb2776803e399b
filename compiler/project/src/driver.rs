//! From a redshifted program to an executable.
//!
//! C text, objects and the executable are each written under a temporary name and renamed, and each
//! object is kept with the hash of what it was made from, so a build that is interrupted or fails
//! leaves only complete files behind, and the next one starts where it makes sense.

mod extension;
mod tables;
mod webassembly;

pub use extension::Guest;

use crate::artefacts::{self, TEMP_PREFIX};
use crate::calls::Calls;
use crate::error::Failure;
use crate::files::Probe;
use crate::front::ErrorMode;
use crate::lock::FolderLock;
use crate::machine::{self, ObjectFile, Objects};
use crate::quick::{Before, Texts};
use crate::session::World;
use crate::settings::{BuildPlan, SOURCE_DIR, STATE_DIR, Settings};
use crate::snapshot::{self, Lines, NamedSnapshot, Snapshot, UnitRecord};
use crate::stamp::{self, Since, Stamp};
use crate::store::{Key, Store};
use crate::toolchain;
use rayon::prelude::*;
use spy_codegen_c::CUnit;
use spy_link::{CCompiler, CompileOptions, InstalledRuntime, LinkError, LinkJob, Linker};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// An executable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Artefact {
    /// Its path.
    pub path: PathBuf,
    /// What the program prints at import time, if the front end did not run now.
    pub replay: Option<String>,
    /// Whether it was there already.
    pub up_to_date: bool,
}

/// A program in C.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// Its files.
    pub units: Vec<CUnit>,
    /// For libraries: the symbols that they offer, without those that their C marks as exported.
    pub exports: Vec<String>,
    /// For libraries: files for their users.
    pub public: Vec<CUnit>,
    /// Objects that were compiled ahead of time.
    pub linked: Vec<PathBuf>,
    /// What tracebacks show of it, if there is to be a table of its calls.
    pub calls: Option<Calls>,
}

/// What a build without errors and warnings depended on, apart from settings.
pub struct Record {
    /// What the file system was asked.
    pub probes: Vec<(PathBuf, Probe)>,
    /// What the program printed at import time.
    pub printed: String,
    /// What was done about static errors.
    pub error_mode: ErrorMode,
    /// What the next build can go on from.
    pub snapshot: Option<NamedSnapshot>,
}

/// Makes the artefacts of one program.
pub struct Driver<'d> {
    world: World<'d>,
    settings: &'d Settings,
    plan: &'d BuildPlan,
    store: Store,
}

/// What objects and the executable are made with.
struct Tools {
    cc: CCompiler,
    /// To try before the compiler's own.
    linkers: Vec<Linker>,
    runtime: InstalledRuntime,
    /// Hash of everything besides the C text.
    key: String,
}

impl<'d> Driver<'d> {
    /// A driver for one plan.
    #[must_use]
    pub fn new(world: World<'d>, settings: &'d Settings, plan: &'d BuildPlan) -> Self {
        Self { world, settings, plan, store: settings.store() }
    }

    /// The executable, if it is there already, or can be made without looking at the whole program.
    ///
    /// # Errors
    /// As for [`Self::build_objects`].
    pub fn shortcut(&self, error_mode: ErrorMode) -> Result<Option<Artefact>, Failure> {
        let BuildPlan { dir, stamp, output, source, .. } = self.plan;
        let since = {
            let _span = self.world.timings.span("check inputs", "");
            let Ok(tools) = toolchain::fingerprint(self.settings) else { return Ok(None) };
            let key = self.stamp_key(&tools, error_mode);
            Stamp::since(&dir.join(stamp), &key, &self.plan.outputs(), self.world.system)
        };
        match since {
            Since::Nothing(printed) => {
                let (path, replay) = (output.clone(), Some(printed));
                Ok(Some(Artefact { path, replay, up_to_date: true }))
            }
            Since::Edits(stamp, edited) if snapshot::is_possible(self.settings, error_mode) => {
                let before = Before {
                    world: self.world,
                    settings: self.settings,
                    store: &self.store,
                    root: source,
                    stamp: &stamp,
                    edited: &edited,
                };
                match before.rebuild() {
                    Some(quick) => self.build_snapshot(&quick.named, &quick.files, quick.probes),
                    None => Ok(None),
                }
            }
            Since::Edits(..) | Since::Anything => Ok(None),
        }
    }

    /// What the last build in the same folder left, whatever has happened since.
    #[must_use]
    pub fn previous(&self) -> Option<NamedSnapshot> {
        let stamp = Stamp::read(&self.plan.dir.join(&self.plan.stamp))?;
        let key = stamp.snapshot()?;
        let snapshot = Snapshot::load(&self.store, &key)?;
        Some(NamedSnapshot { key, snapshot, places: stamp.places().to_vec() })
    }

    /// The executable of a snapshot: writes what differs from the objects in the folder, and links.
    /// `None` if something of it is not in the store any more.
    ///
    /// # Errors
    /// As for [`Self::build_objects`].
    pub fn build_snapshot(
        &self,
        named: &NamedSnapshot,
        files: &[ObjectFile],
        probes: Vec<(PathBuf, Probe)>,
    ) -> Result<Option<Artefact>, Failure> {
        let NamedSnapshot { snapshot, places, .. } = named;
        let cc = toolchain::find(self.settings)?;
        let _lock = self.lock()?;
        let tools = self.tools(cc)?;
        self.note_files([])?;
        {
            let _span = self.world.timings.span("write objects", "");
            files.iter().try_for_each(|file| self.write_object(file).map(drop))?;
            let Some(missing) = self.missing(snapshot, places)? else { return Ok(None) };
            missing.iter().try_for_each(|file| self.write_object(file).map(drop))?;
        }
        let object = |unit: &UnitRecord| self.plan.objects.join(&unit.file);
        let objects: Vec<PathBuf> = snapshot.units.iter().map(object).collect();
        let hashes = snapshot.units.iter().map(UnitRecord::object_hash).collect();
        self.link_hashed(&objects, hashes, &Code::default(), &tools)?;
        let printed = snapshot.printed.clone();
        let record = Record {
            probes,
            printed: printed.clone(),
            error_mode: ErrorMode::Eager,
            snapshot: Some(named.clone()),
        };
        self.stamp(Some(record))?;
        let path = self.plan.output.clone();
        Ok(Some(Artefact { path, replay: Some(printed), up_to_date: false }))
    }

    /// The objects of a snapshot that are not in the folder as they should be; `None` if they are
    /// not in the store either.
    fn missing(
        &self,
        snapshot: &Snapshot,
        places: &[(String, PathBuf)],
    ) -> Result<Option<Vec<ObjectFile>>, Failure> {
        let target = machine::object_target(&self.settings.compile)?;
        let debug = machine::has_debug_info(&self.settings.compile);
        let texts = Texts::new(self.world, self.settings, snapshot, places);
        let source = |module: &str| texts.get(module);
        let modules = snapshot.modules.iter().map(|module| module.name.as_str());
        let lines = Lines::new(modules, &source);
        let dir = self.plan.dir.join(&self.plan.objects);
        Ok(snapshot.missing(&dir, &self.store, &lines, &target, debug))
    }

    /// Writes C files into the build folder, and a library's public files. Returns the paths of the
    /// C files, headers left out.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_c(&self, code: &Code) -> Result<Vec<PathBuf>, Failure> {
        let _lock = self.lock()?;
        let units = &code.units;
        self.write_units(units)?;
        self.write_public(&code.public)?;
        let sources = units.iter().filter(|unit| is_source(unit));
        Ok(sources.map(|unit| self.plan.dir.join(SOURCE_DIR).join(&unit.name)).collect())
    }

    /// Compiles and links C files. With a record, the next build can find that it is not needed.
    ///
    /// # Errors
    /// There is no C compiler, the folder cannot be written, or (a bug) the C is refused.
    pub fn build(&self, code: &Code, record: Option<Record>) -> Result<Artefact, Failure> {
        let units = &code.units;
        let cc = toolchain::find(self.settings)?;
        let _lock = self.lock()?;
        let tools = self.tools(cc)?;
        self.write_units(units)?;
        let mut objects = self.compile(units, &tools)?;
        objects.extend(code.linked.iter().cloned());
        self.link(&objects, code, &tools)?;
        if self.settings.translate {
            self.translate()?;
        }
        if let Some(archive) = &self.plan.archive {
            self.archive(&objects, &tools, archive)?;
        }
        self.write_public(&code.public)?;
        self.stamp(record)?;
        Ok(Artefact { path: self.plan.output.clone(), replay: None, up_to_date: false })
    }

    /// Links object files. With a record, the next build can find that it is not needed.
    ///
    /// # Errors
    /// There is nothing to link with, or the folder cannot be written.
    pub fn build_objects(
        &self,
        objects: &Objects,
        record: Option<Record>,
    ) -> Result<Artefact, Failure> {
        let cc = toolchain::find(self.settings)?;
        let _lock = self.lock()?;
        let tools = self.tools(cc)?;
        self.note_files([])?;
        let objects = {
            let _span = self.world.timings.span("write objects", "");
            let files = objects.files.par_iter();
            files.map(|file| self.write_object(file)).collect::<Result<Vec<_>, _>>()?
        };
        self.link(&objects, &Code::default(), &tools)?;
        self.stamp(record)?;
        Ok(Artefact { path: self.plan.output.clone(), replay: None, up_to_date: false })
    }

    /// Writes an object file; returns its path relative to the folder.
    fn write_object(&self, file: &ObjectFile) -> Result<PathBuf, Failure> {
        let object = self.plan.objects.join(&file.name);
        artefacts::write_if_changed(&self.plan.dir.join(&object), &file.bytes)?;
        Ok(object)
    }

    /// Notes what a build depended on.
    fn stamp(&self, record: Option<Record>) -> Result<(), Failure> {
        if let Some(Record { probes, printed, error_mode, snapshot }) = record {
            let key = self.stamp_key(&toolchain::fingerprint(self.settings)?, error_mode);
            let mut stamp = Stamp::new(key, probes, &self.plan.outputs(), &printed);
            if let Some(NamedSnapshot { key, snapshot, places }) = &snapshot {
                snapshot.save(&self.store, key);
                stamp = stamp.with_snapshot(key, places);
            }
            stamp.write(&self.plan.dir.join(&self.plan.stamp))?;
        }
        self.store.tidy();
        Ok(())
    }

    /// Notes that the artefacts, and files with these names in the folder, belong to builds.
    fn note_files(&self, names: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        let mut files: BTreeSet<String> = names.into_iter().collect();
        let outputs = self.plan.outputs();
        let names = outputs.iter().filter_map(|output| output.file_name());
        files.extend(names.map(|name| name.to_string_lossy().into_owned()));
        Ok(artefacts::note_files(&self.plan.dir, &files)?)
    }

    /// Makes the build folder and waits for other builds in it.
    fn lock(&self) -> Result<FolderLock, Failure> {
        let state = self.plan.dir.join(STATE_DIR);
        artefacts::create_dir(&state)?;
        let lock = FolderLock::acquire(&state.join("lock"), || {
            self.world.progress.note("waiting for another build in this folder");
        })?;
        // Generated files do not belong under version control.
        artefacts::write_if_changed(&state.join(".gitignore"), b"*\n")?;
        artefacts::create_dir(&self.plan.dir.join(&self.plan.objects))?;
        Ok(lock)
    }

    fn write_units(&self, units: &[CUnit]) -> Result<(), Failure> {
        let _span = self.world.timings.span("write C", "");
        self.note_files(units.iter().map(|unit| format!("{SOURCE_DIR}/{}", unit.name)))?;
        let dir = self.plan.dir.join(SOURCE_DIR);
        artefacts::create_dir(&dir)?;
        for unit in units {
            artefacts::write_if_changed(&dir.join(&unit.name), unit.text.as_bytes())?;
        }
        Ok(())
    }

    fn tools(&self, cc: CCompiler) -> Result<Tools, Failure> {
        let runtime = {
            let _span = self.world.timings.span("unpack runtime", "");
            toolchain::runtime(&cc, self.settings, &self.plan.dir.join(STATE_DIR))?
        };
        let compile = &self.settings.compile;
        let key = hash(&[
            &cc.fingerprint(),
            spy_runtime_embed::fingerprint(),
            &compile.compile_flags().join(" "),
            &compile.link_flags().join(" "),
        ]);
        let linkers = toolchain::linkers(self.settings, &cc);
        Ok(Tools { cc, linkers, runtime, key })
    }

    /// Everything besides files that decides what the executable is; `made_with` are its tools.
    fn stamp_key(&self, made_with: &str, error_mode: ErrorMode) -> String {
        let Settings { search, limits, backend, compile, tools, release_gil, .. } = self.settings;
        hash(&[
            &stamp::compiler_identity(),
            made_with,
            spy_runtime_embed::fingerprint(),
            &format!(
                "{search:?} {limits:?} {backend:?} {compile:?} {release_gil} {error_mode:?} {:?} {:?}",
                self.plan, tools.linker
            ),
        ])
    }

    /// Compiles the units whose object is not up to date. Objects are relative to the folder.
    fn compile(&self, units: &[CUnit], tools: &Tools) -> Result<Vec<PathBuf>, Failure> {
        let texts: BTreeMap<&str, &str> =
            units.iter().map(|unit| (unit.name.as_str(), unit.text.as_str())).collect();
        let sources: Vec<&CUnit> = units.iter().filter(|unit| is_source(unit)).collect();
        self.world.progress.begin("compiling", sources.len());
        let compiled: Vec<Result<PathBuf, Failure>> = sources
            .par_iter()
            .map(|unit| {
                let object = self.compile_unit(unit, &texts, tools);
                self.world.progress.step(&unit.name);
                object
            })
            .collect();
        // Whichever thread was first: the failure of the first unit is the one that is shown.
        compiled.into_iter().collect()
    }

    fn compile_unit(
        &self,
        unit: &CUnit,
        texts: &BTreeMap<&str, &str>,
        tools: &Tools,
    ) -> Result<PathBuf, Failure> {
        let dir = &self.plan.dir;
        let object = self.plan.objects.join(Path::new(&unit.name).with_extension("o"));
        let path = dir.join(&object);
        let key = unit_key(unit, texts, tools);
        if artefacts::is_fresh(&path, &key, None) {
            return Ok(object);
        }
        let known = Key::from_hex(&key).ok();
        if let Some(bytes) = known.and_then(|known| self.store.get(&known)) {
            artefacts::write_atomic(&path, &bytes)?;
            artefacts::set_key(&path, &key, None)?;
            return Ok(object);
        }
        let _span = self.world.timings.span("compile C", &unit.name);
        let temp = sibling(&object);
        let source = Path::new(SOURCE_DIR).join(&unit.name);
        let compile = &self.settings.compile;
        let done = spy_link::compile(&tools.cc, compile, &tools.runtime, dir, &source, &temp);
        self.finish(&tools.cc, done, &dir.join(&temp), &path)?;
        artefacts::set_key(&path, &key, None)?;
        if let Some((known, bytes)) = known.zip(std::fs::read(&path).ok()) {
            self.store.put(&known, &bytes);
        }
        Ok(object)
    }

    fn link(&self, objects: &[PathBuf], code: &Code, tools: &Tools) -> Result<(), Failure> {
        let dir = &self.plan.dir;
        let hash = |object: &PathBuf| artefacts::hash_file(&dir.join(object)).unwrap_or_default();
        let hashes = objects.par_iter().map(hash).collect();
        self.link_hashed(objects, hashes, code, tools)
    }

    /// Links objects with these hashes, unless that is what the executable was made from.
    fn link_hashed(
        &self,
        objects: &[PathBuf],
        hashes: Vec<String>,
        code: &Code,
        tools: &Tools,
    ) -> Result<(), Failure> {
        let exports = code.exports.as_slice();
        self.world.progress.begin("linking", 0);
        let (dir, output) = (&self.plan.dir, &self.linked());
        let key_file = dir.join(&self.plan.objects).join("executable.key");
        let mut parts = vec![tools.key.clone(), exports.join(" ")];
        parts.extend(tools.linkers.iter().map(Linker::fingerprint));
        parts.extend(hashes);
        if let Some(calls) = &code.calls {
            parts.extend([stamp::compiler_identity(), calls.digest()]);
        }
        let key = hash(&parts);
        if artefacts::is_fresh(output, &key, Some(&key_file)) {
            return Ok(());
        }
        let temp = self.plan.objects.join(format!("{TEMP_PREFIX}executable"));
        let compile = &self.settings.compile;
        let list = self.plan.objects.join("exports.list");
        if compile.is_shared() {
            let text = spy_link::export_list(compile, exports);
            artefacts::write_if_changed(&dir.join(&list), text.as_bytes())?;
        }
        let name = &output.file_name().unwrap_or_default().to_string_lossy();
        let folder = &dir.join(&self.plan.objects).join("linker");
        let job = LinkJob {
            dir,
            objects,
            exports,
            list: &list,
            name,
            output: &temp,
            linker: None,
            folder,
        };
        let mut done = self.run_linkers(job, compile, tools);
        if let (Ok(()), Some(calls)) = (&done, &code.calls) {
            done = self.add_table(job, calls, tools)?;
        }
        self.finish(&tools.cc, done, &dir.join(&temp), output)?;
        Ok(artefacts::set_key(output, &key, Some(&key_file))?)
    }

    /// Links with the first linker that can. Whether the C compiler can start one shows when it
    /// does; only if its own succeeds where another failed, that one was to blame.
    fn run_linkers(
        &self,
        job: LinkJob<'_>,
        compile: &CompileOptions,
        tools: &Tools,
    ) -> Result<(), LinkError> {
        let World { timings, progress, .. } = self.world;
        let mut failed = Vec::new();
        for linker in tools.linkers.iter().map(Some).chain([None]) {
            let name = linker.map_or("cc", |linker| &linker.name);
            let _span = timings.span(format!("link ({name})"), "");
            let done =
                spy_link::link(&tools.cc, compile, &tools.runtime, &LinkJob { linker, ..job });
            match (done, linker) {
                (Err(LinkError::Failed { .. }), Some(linker)) => failed.push(linker),
                (Ok(()), _) => break,
                (error, _) => return error,
            }
        }
        for linker in failed {
            toolchain::refuse(self.settings, &tools.cc, linker);
            let cc = tools.cc.display();
            progress.note(&format!("`{cc}` cannot link with `{}`: not used", linker.name));
        }
        Ok(())
    }

    /// Makes the static library beside the shared one.
    fn archive(&self, objects: &[PathBuf], tools: &Tools, output: &Path) -> Result<(), Failure> {
        let dir = &self.plan.dir;
        let objects: Vec<PathBuf> = objects.iter().map(|object| dir.join(object)).collect();
        let bytes = spy_link::archive(&objects, &tools.runtime.archives)?;
        Ok(artefacts::write_if_changed(output, &bytes)?)
    }

    fn write_public(&self, files: &[CUnit]) -> Result<(), Failure> {
        for file in files {
            artefacts::write_if_changed(&self.plan.dir.join(&file.name), file.text.as_bytes())?;
        }
        Ok(())
    }

    /// Gives a complete file its name; removes an incomplete one.
    fn finish(
        &self,
        cc: &CCompiler,
        done: Result<(), LinkError>,
        temp: &Path,
        path: &Path,
    ) -> Result<(), Failure> {
        let done = done.map_err(|error| self.explain(cc, error));
        let done = done.and_then(|()| Ok(artefacts::rename(temp, path)?));
        if done.is_err() {
            // It may not be there at all.
            let _ = std::fs::remove_file(temp);
        }
        done
    }

    /// Only C that a working compiler refuses, where files can be written, is a bug of ours.
    fn explain(&self, cc: &CCompiler, error: LinkError) -> Failure {
        if error.is_internal() {
            let probe = self.plan.dir.join(&self.plan.objects).join(".probe");
            let written = artefacts::write_atomic(&probe, &[0; 1 << 16]);
            let _ = std::fs::remove_file(&probe);
            if let Err(environment) = written {
                return environment.into();
            }
            if let Err(broken) = spy_link::self_test(cc) {
                return broken.into();
            }
        }
        error.into()
    }
}

fn is_source(unit: &CUnit) -> bool {
    Path::new(&unit.name).extension().is_some_and(|extension| extension == "c")
}

/// The temporary name of an object.
fn sibling(object: &Path) -> PathBuf {
    let name = object.file_name().unwrap_or_default().to_string_lossy();
    object.with_file_name(format!("{TEMP_PREFIX}{name}"))
}

/// The hash of everything that an object is made from: the unit, the headers that it includes,
/// directly or not, and the tools.
fn unit_key(unit: &CUnit, texts: &BTreeMap<&str, &str>, tools: &Tools) -> String {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut todo: Vec<&str> = vec![&unit.text];
    while let Some(text) = todo.pop() {
        for name in text.lines().filter_map(included) {
            if let Some((name, text)) = texts.get_key_value(name)
                && seen.insert(name)
            {
                todo.push(text);
            }
        }
    }
    let mut parts = vec![tools.key.as_str(), &unit.name, &unit.text];
    for name in seen {
        parts.extend([name, texts.get(name).copied().unwrap_or_default()]);
    }
    hash(&parts)
}

/// The file in `#include "FILE"`.
fn included(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("#include")?.trim_start().strip_prefix('"')?;
    rest.split('"').next()
}

/// A hash of texts that tells their borders.
pub(crate) fn hash(parts: &[impl AsRef<str>]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        let part = part.as_ref();
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_know_where_parts_end() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    }

    #[test]
    fn includes_are_found() {
        assert_eq!(included("#include \"m.h\""), Some("m.h"));
        assert_eq!(included("  #include \"a.b.h\" /* x */"), Some("a.b.h"));
        assert_eq!(included("#include <spy.h>"), None);
        assert_eq!(included("int x;"), None);
    }
}
