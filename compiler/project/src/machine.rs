//! Machine code without a C compiler: object files, and programs in this process.
//!
//! Functions are compiled in parallel, on the threads of the current rayon pool; what they are put
//! together to does not depend on which was first. A function that was compiled before, by this
//! process or another one, is not compiled again if its code would be the same: see
//! [`crate::kept`] and [`crate::pack`]. Each one that is compiled leaves the event `compile NAME` in
//! the database's log.

#![expect(unsafe_code, reason = "starts the program that was compiled; argued where it happens")]

use crate::database::EventLog;
use crate::error::{EnvError, Failure};
use crate::front::Built;
use crate::kept::{Around, Digest, Kept};
use crate::pack::{Pack, PackedFunction, PackedPos};
use crate::snapshot::{Snapshot, UnitRecord};
use crate::stamp;
use crate::store::{Key, Store};
use rayon::prelude::*;
use spy_codegen_cranelift::{
    CompiledFunction, Effort, LoadedProgram, Placement, PositionTables, ProgramScope, Target, Unit,
    cell_data, compile_main, load, static_data,
};
use spy_ir::{Func, Module};
use spy_link::{CompileOptions, OptLevel, OutputKind, Profile};
use spy_text::{Fqn, HashMap, IndexSet, Name};
use spy_types::{FuncId, FuncKey, Pos};
use std::ffi::CString;
use std::sync::{Arc, Mutex, PoisonError};

/// An object file of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectFile {
    /// File name, without a folder.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The object files of a program, and what of them outlives the process.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Objects {
    /// The files.
    pub files: Vec<ObjectFile>,
    /// The functions in them.
    pub(crate) functions: Vec<Arc<CompiledFunction>>,
    /// What each of them was made from; empty if that is not kept.
    pub(crate) units: Vec<UnitRecord>,
}

/// The unit of memory that import time filled. No module has such a name.
pub(crate) const DATA: &str = "spy:data";

/// The machine code of the functions of the program that was compiled last.
pub(crate) type MachineCache = Mutex<HashMap<Fqn, Arc<Kept>>>;

/// What is to be compiled, and what may help.
pub(crate) struct Job<'a> {
    /// The program.
    pub(crate) built: &'a Built,
    /// What for.
    pub(crate) options: &'a CompileOptions,
    /// Hears what is compiled.
    pub(crate) log: &'a EventLog,
    /// What this process compiled before.
    pub(crate) cache: &'a MachineCache,
    /// What other processes left.
    pub(crate) store: &'a Store,
    /// The last build in the same folder.
    pub(crate) previous: Option<&'a Snapshot>,
    /// The texts of the user's modules.
    pub(crate) text: &'a (dyn Fn(&Name) -> Option<Arc<str>> + Sync),
}

/// How much time the code of most functions is worth. A program that is compiled to run at once is
/// about to be waited for; one that is being written is built more often than run.
fn effort(options: &CompileOptions, placement: Placement) -> Effort {
    let runs_now = placement == Placement::Memory && options.opt_level.is_none();
    if runs_now || options.level() != OptLevel::O0 { Effort::Full } else { Effort::Quick }
}

/// What code is made for.
fn target(options: &CompileOptions, placement: Placement) -> Result<Target, Failure> {
    let checked = options.profile == Profile::Debug;
    Target::new(&options.target, checked, placement, effort(options, placement)).map_err(|error| {
        let help = "`--backend c` takes a C compiler instead";
        Failure::Environment(EnvError::new(error.to_string()).with_help(help))
    })
}

/// What code is made for, in object files.
pub(crate) fn object_target(options: &CompileOptions) -> Result<Target, Failure> {
    target(options, object_placement(options))
}

/// Where the code of object files ends up.
pub(crate) fn object_placement(options: &CompileOptions) -> Placement {
    if options.kind == OutputKind::PyExt { Placement::Guest } else { Placement::Object }
}

/// Tells what code is made for, and which compiler makes it.
pub(crate) fn tag(options: &CompileOptions, placement: Placement) -> String {
    let CompileOptions { target, profile, .. } = options;
    let effort = effort(options, placement);
    format!("{} {target} {profile} {placement:?} {effort:?}", stamp::compiler_identity())
}

/// Whether objects hold what debuggers want to know.
pub(crate) fn has_debug_info(options: &CompileOptions) -> bool {
    options.profile == Profile::Debug || options.debug_info
}

/// Whether machine code can be made without a C compiler.
#[must_use]
pub(crate) fn is_supported(options: &CompileOptions) -> bool {
    target(options, Placement::Object).is_ok()
}

/// What went wrong in Cranelift: something is too large for it, or memory is short.
pub(crate) fn failed(error: &dyn std::error::Error) -> Failure {
    let help = "`--backend c` takes a C compiler instead";
    Failure::Environment(EnvError::new(error.to_string()).with_help(help))
}

/// A module on its way to a pack.
struct Draft {
    /// What the pack is made from.
    key: Key,
    pack: Pack,
    /// Where its functions stand in the program.
    start: usize,
    /// The pack that was kept under that key, with a hash of its contents.
    found: Option<(Pack, Key)>,
}

/// A module with its code.
struct Finished {
    name: Name,
    key: Key,
    /// Of the pack's contents, if it was kept.
    hash: Option<Key>,
    pack: Pack,
}

impl Job<'_> {
    fn funcs(&self) -> Vec<&Arc<Func>> {
        self.built.program.modules.iter().flat_map(|module| &module.funcs).collect()
    }

    /// All modules of the program, and its static data.
    fn packs(&self, placement: Placement) -> Result<Vec<Finished>, Failure> {
        let target = target(self.options, placement)?;
        let tag = tag(self.options, placement);
        let program = &self.built.program;
        let around = Around::new(program, &target, &tag);
        let instances: HashMap<Fqn, FuncId> = match placement {
            Placement::Object | Placement::Guest => {
                let fqn = |func: &FuncId| (spy_types::names::func_fqn(*func), *func);
                self.built.funcs.iter().map(fqn).collect()
            }
            Placement::Memory => HashMap::default(),
        };
        let mut starts = Vec::new();
        let mut start = 0;
        for module in &program.modules {
            starts.push((module, start));
            start += module.funcs.len();
        }
        let draft = |(module, start): &(&Module, usize)| {
            self.draft(module, *start, &around, &target, &instances)
        };
        let drafts: Vec<_> = starts.par_iter().map(draft).collect();
        let mut drafts = drafts.into_iter().collect::<Result<Vec<Draft>, Failure>>()?;
        drafts.push(self.data_draft(&around, &target, start));
        let functions = self.functions(&around, &drafts)?;
        let finish = |(index, mut draft): (usize, Draft)| {
            let name = program.modules.get(index).map_or(DATA.into(), |module| module.name.clone());
            let own = functions.iter().skip(draft.start);
            for (slot, (kept, _)) in draft.pack.functions.iter_mut().zip(own.clone()) {
                slot.kept = Some(kept.clone());
            }
            let count = draft.pack.functions.len();
            let is_known = draft.found.is_some() && own.take(count).all(|(_, is_old)| *is_old);
            let hash = match draft.found {
                Some((_, hash)) if is_known => Some(hash),
                _ => draft.pack.save(self.store, &draft.key),
            };
            Finished { name, key: draft.key, hash, pack: draft.pack }
        };
        Ok(drafts.into_par_iter().enumerate().map(finish).collect())
    }

    /// A pack without code.
    fn draft(
        &self,
        module: &Module,
        start: usize,
        around: &Around<'_>,
        target: &Target,
        instances: &HashMap<Fqn, FuncId>,
    ) -> Result<Draft, Failure> {
        let scope = around.scope();
        let mut defs = IndexSet::default();
        let functions = module.funcs.iter();
        let functions = functions.map(|func| self.describe(func, instances, &mut defs)).collect();
        let entry = self.built.program.entry.as_ref();
        let main = entry.filter(|entry| holds(module, &entry.main));
        let main = main.map(|entry| compile_main(entry, scope, target)).transpose();
        let data = module.cells.iter().flat_map(|cell| cell_data(cell, scope, target)).collect();
        let is_kept = !instances.is_empty();
        let text = is_kept.then(|| (self.text)(&module.name)).flatten();
        let pack = Pack {
            text: text.as_deref().unwrap_or_default().to_owned(),
            functions,
            main: main.map_err(|error| failed(&error))?,
            data,
            defs: defs.into_iter().collect(),
        };
        let keys: Vec<Digest> = module.funcs.iter().map(|func| around.key(func)).collect();
        Ok(self.with_found(&module.name, pack, &keys, start, around))
    }

    /// The pack of static data.
    fn data_draft(&self, around: &Around<'_>, target: &Target, start: usize) -> Draft {
        let data = self.built.program.data.iter();
        let data = data.flat_map(|data| static_data(data, around.scope(), target)).collect();
        self.with_found(DATA, Pack { data, ..Pack::default() }, &[], start, around)
    }

    fn with_found(
        &self,
        name: &str,
        pack: Pack,
        keys: &[Digest],
        start: usize,
        around: &Around<'_>,
    ) -> Draft {
        let key = pack.key(name, keys, around.tag());
        let found = Pack::load(self.store, &key);
        Draft { key, pack, start, found }
    }

    /// What is known about a function besides its code.
    fn describe(
        &self,
        func: &Func,
        instances: &HashMap<Fqn, FuncId>,
        defs: &mut IndexSet<(String, String)>,
    ) -> PackedFunction {
        let shifted = self.built.shifted(&func.fqn);
        let Some((instance, shifted)) = instances.get(&func.fqn).zip(shifted) else {
            return PackedFunction::unknown(&func.fqn);
        };
        let def = match instance.get() {
            FuncKey::Def { def, .. } => Some(def.path.0.to_string()),
            _ => None,
        };
        PackedFunction {
            name: self.built.names.numbered(&func.fqn).full().to_owned(),
            def,
            mentions: mentions(shifted),
            prints: !shifted.output.is_empty(),
            positions: packed_positions(&shifted.positions, defs),
            ..PackedFunction::unknown(&func.fqn)
        }
    }

    /// The code of all functions, in the order of the program, and whether it was there before.
    fn functions(
        &self,
        around: &Around<'_>,
        drafts: &[Draft],
    ) -> Result<Vec<(Arc<Kept>, bool)>, Failure> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let old: HashMap<Fqn, Arc<Kept>> = std::mem::take(&mut *cache);
        let previous = self.previous_functions(&old, drafts);
        let mut known: HashMap<&str, Vec<&Arc<Kept>>> = HashMap::default();
        let found = drafts.iter().filter_map(|draft| Some(&draft.found.as_ref()?.0));
        for function in found.chain(&previous).flat_map(|pack| &pack.functions) {
            known.entry(&function.fqn).or_default().extend(&function.kept);
        }
        let one = |func: &&Arc<Func>| {
            let mut candidates = old
                .get(&func.fqn)
                .into_iter()
                .chain(known.get(func.fqn.full()).into_iter().flatten().copied());
            if let Some(kept) = candidates.find(|kept| around.holds(func, kept)) {
                return Ok((Arc::clone(kept), true));
            }
            self.log.note(|| format!("compile {}", func.fqn.full()));
            around.compile(func).map(|kept| (Arc::new(kept), false))
        };
        let funcs = self.funcs();
        let done: Vec<_> = funcs.par_iter().map(one).collect();
        // Whichever thread was first: the failure of the first function is the one that is shown.
        let done: Result<Vec<(Arc<Kept>, bool)>, _> = done.into_iter().collect();
        let done = done.map_err(|error| failed(&error))?;
        let pairs = funcs.iter().zip(&done);
        *cache = pairs.map(|(func, (kept, _))| (func.fqn.clone(), kept.clone())).collect();
        Ok(done)
    }

    /// What the last build in the same folder left of modules that have changed.
    fn previous_functions(&self, old: &HashMap<Fqn, Arc<Kept>>, drafts: &[Draft]) -> Vec<Pack> {
        let Some(previous) = self.previous.filter(|_| old.is_empty()) else { return Vec::new() };
        let modules = self.built.program.modules.iter().zip(drafts);
        let changed: Vec<&Module> =
            modules.filter(|(_, draft)| draft.found.is_none()).map(|(module, _)| module).collect();
        let load = |module: &&Module| {
            let unit = previous.units.iter().find(|unit| *unit.name == *module.name)?;
            Some(Pack::load(self.store, &unit.pack_key())?.0)
        };
        changed.par_iter().filter_map(load).collect()
    }
}

/// Of what a function mentions.
pub(crate) fn mentions(shifted: &spy_redshift::Shifted) -> Digest {
    Digest::of(&shifted.mentioned().collect::<Vec<_>>())
}

/// Positions as packs hold them.
pub(crate) fn packed_positions(
    positions: &[Pos],
    defs: &mut IndexSet<(String, String)>,
) -> Vec<PackedPos> {
    let mut last = None;
    let mut number = |def: spy_db::DefKey| match last {
        Some((known, number)) if known == def => number,
        _ => {
            let (index, _) = defs.insert_full((def.module.to_string(), def.path.0.to_string()));
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            last = Some((def, index));
            index
        }
    };
    positions.iter().map(|pos| PackedPos::new(number(pos.def), pos.node)).collect()
}

fn holds(module: &Module, fqn: &Fqn) -> bool {
    module.funcs.iter().any(|func| func.fqn == *fqn)
}

/// The object files of a program.
///
/// # Errors
/// The machine has no such code, or something in the program is too large for Cranelift.
pub(crate) fn object_files(job: &Job<'_>) -> Result<Objects, Failure> {
    let placement = object_placement(job.options);
    let target = target(job.options, placement)?;
    let debug = has_debug_info(job.options);
    let packs = job.packs(placement)?;
    let write = |Finished { name, key, hash, pack }: &Finished| {
        let lines = |function: &PackedFunction| job.built.positions(&Fqn::simple(&function.fqn));
        let lines: Vec<_> = pack.functions.iter().map(lines).collect();
        let bytes = pack.object(name, &lines, debug, &target)?;
        let file = object_file(name, bytes);
        let unit = hash.as_ref().map(|hash| UnitRecord::new(name, &file, key, hash, pack));
        Ok::<_, spy_codegen_cranelift::AssembleError>((file, unit))
    };
    let written: Vec<_> = packs.par_iter().map(write).collect();
    let written: Result<Vec<_>, _> = written.into_iter().collect();
    let (files, units): (Vec<_>, Vec<_>) =
        written.map_err(|error| failed(&error))?.into_iter().unzip();
    let functions = packs.iter().flat_map(|finished| &finished.pack.functions);
    let functions = functions.filter_map(|function| Some(function.kept.as_ref()?.code.clone()));
    let functions = functions.collect();
    // One unit that cannot be kept makes the others worthless; so do symbols that depend on what else
    // is in the program.
    let is_plain = ProgramScope::new(&job.built.program).is_plain();
    let units = units.into_iter().collect::<Option<Vec<_>>>().filter(|_| is_plain);
    let units = units.unwrap_or_default();
    Ok(Objects { files, functions, units })
}

pub(crate) fn object_file(name: &str, bytes: Vec<u8>) -> ObjectFile {
    ObjectFile { name: format!("{}.o", name.replace(':', "_")), bytes }
}

/// A program that is ready to run in this process.
pub struct MemoryProgram(LoadedProgram);

/// Compiles a program into this process.
///
/// # Errors
/// As for [`object_files`]; or there is not enough memory.
pub(crate) fn memory_program(job: &Job<'_>) -> Result<MemoryProgram, Failure> {
    let target = target(job.options, Placement::Memory)?;
    let mut whole = Unit::default();
    let mut positions = PositionTables::default();
    for Finished { pack, .. } in job.packs(Placement::Memory)? {
        for function in &pack.functions {
            let Some(kept) = &function.kept else { continue };
            positions.add(&kept.code, &job.built.positions(&Fqn::simple(&function.fqn)));
            whole.functions.push(kept.code.clone());
        }
        whole.functions.extend(pack.main.map(Arc::new));
        whole.data.extend(pack.data);
    }
    whole.data.extend(positions.finish());
    let runtime: HashMap<&str, usize> = spy_runtime_embed::symbols().into_iter().collect();
    let program = load(&whole, &target, &|name| runtime.get(name).copied());
    program.map(MemoryProgram).map_err(|error| failed(&error))
}

impl MemoryProgram {
    /// Runs the program and ends the process as it ends. `argv[0]` is the program; what follows a
    /// NUL in an argument is lost, as for any process. Must be called on the thread that the process
    /// began with: the collector and the check for stack overflow know no other stack.
    pub fn run(self, argv: Vec<Vec<u8>>) -> ! {
        let argv = argv.into_iter().map(|mut arg| {
            let end = arg.iter().position(|byte| *byte == 0).unwrap_or(arg.len());
            arg.truncate(end);
            CString::new(arg).unwrap_or_default()
        });
        // SAFETY: `load` was given the addresses of the runtime that stands in this binary, which has
        // the layouts of `Profile::Debug`, and code that was compiled from verified IR for it. The
        // program never returns, so nothing of this process is used after it.
        unsafe { self.0.run(argv.collect()) }
    }
}

/// Whether programs can run in this process: the runtime in it has checked pointers.
#[must_use]
pub(crate) fn can_run_in_memory(options: &CompileOptions) -> bool {
    cfg!(unix) && options.profile == Profile::Debug
}
