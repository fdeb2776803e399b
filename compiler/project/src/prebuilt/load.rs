//! Packages without source, loaded for the evaluator.
//!
//! That may take seconds, the first time, and an editor does not wait for it: threads of its own load
//! the packages, and who needs them can give up waiting. The runtime that they share is linked from its objects when the first of them is called, with the
//! functions that these packages need, and is kept in the folder that builds share.

use super::check::{imports_in_order, program_struct, wasm_settings};
use super::used::Prebuilt;
use crate::artefacts;
use crate::driver::hash;
use crate::error::{EnvError, Failure};
use crate::settings::Settings;
use crate::toolchain;
use spy_db::compiled::{NotLoaded, Stop, StructLayout, Word};
use spy_db::{Compiled, CompiledCode};
use spy_link::LinkJob;
use spy_package::interface::Export;
use spy_translate::instance::{self, CALL_STACK, Code, Grants, RUNTIME_EXPORTS, Running};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of memory that code may use at compile time.
const COMPILE_TIME_MEMORY: usize = 256 << 20;

/// Bytes of memory that there are.
const ALL_MEMORY: usize = 0xffff_0000;

/// How long somebody waits who may give up.
const PAUSE: Duration = Duration::from_millis(5);

/// Bytes of stack of the threads that load.
const LOADER_STACK: usize = 16 << 20;

/// The packages of a project, loaded when they are first called.
pub(crate) struct Packages(Arc<Work>);

struct Work {
    settings: Settings,
    packages: Vec<Prebuilt>,
    state: Mutex<State>,
    loaded: Condvar,
}

/// How far loading is.
enum State {
    /// Nobody has asked.
    Idle,
    /// Somebody is at it.
    Loading,
    /// It is done.
    Done(Result<Arc<Code>, NotLoaded>),
}

impl Packages {
    /// Packages that fit together or not: that is found out when one is called.
    pub(crate) fn new(settings: &Settings, packages: &[Prebuilt]) -> Self {
        Self(Arc::new(Work {
            settings: wasm_settings(settings),
            packages: packages.to_vec(),
            state: Mutex::new(State::Idle),
            loaded: Condvar::new(),
        }))
    }

    /// Whether these are the packages, and nothing is known to be wrong with them.
    pub(crate) fn serve(&self, packages: &[Prebuilt]) -> bool {
        let own = self.0.packages.iter().map(|package| (&package.name, &package.hash));
        own.eq(packages.iter().map(|package| (&package.name, &package.hash)))
            && !matches!(*self.0.state(), State::Done(Err(_)))
    }

    /// The code, when it is there. See [`Compiled::start`] for `waits`.
    fn code(&self, outside: bool, waits: &dyn Fn()) -> Result<Arc<Code>, NotLoaded> {
        let work = &self.0;
        let mut state = work.state();
        loop {
            match &*state {
                State::Done(code) => return code.clone(),
                State::Idle => {
                    *state = State::Loading;
                    drop(state);
                    Work::begin(work, outside);
                    state = work.state();
                }
                State::Loading => {
                    let waited = work.loaded.wait_timeout(state, PAUSE);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                    if matches!(*state, State::Loading) {
                        drop(state);
                        waits();
                        state = work.state();
                    }
                }
            }
        }
    }
}

impl Work {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads on other threads. They are none of those on which queries run: these may all be waiting
    /// for the packages.
    fn begin(work: &Arc<Self>, outside: bool) {
        let pool = rayon::ThreadPoolBuilder::new().stack_size(LOADER_STACK).build();
        let own = Arc::clone(work);
        match pool {
            Ok(pool) => pool.spawn(move || own.run(outside)),
            Err(_) => own.run(outside),
        }
    }

    fn run(&self, outside: bool) {
        let done = catch_unwind(AssertUnwindSafe(|| self.load(outside)));
        let done = done.unwrap_or_else(|_| {
            Err(Failure::Internal("the packages could not be loaded: a panic".to_owned()))
        });
        *self.state() = State::Done(done.map_err(not_loaded));
        self.loaded.notify_all();
    }

    fn load(&self, outside: bool) -> Result<Arc<Code>, Failure> {
        super::check(&self.packages, false)?;
        let packages = imports_in_order(&self.packages);
        let mut exports: BTreeSet<String> =
            RUNTIME_EXPORTS.iter().map(|&name| name.into()).collect();
        for package in &packages {
            let own = package.interface.imports.iter().filter(|import| import.package.is_some());
            let own: BTreeSet<&String> = own.map(|import| &import.symbol).collect();
            exports.extend(package.needs.iter().filter(|symbol| !own.contains(symbol)).cloned());
        }
        let runtime = runtime(&self.settings, &exports.into_iter().collect::<Vec<_>>())?;
        let mut objects = Vec::new();
        for package in packages {
            let path = &package.object;
            let bytes = std::fs::read(path).map_err(|error| EnvError::io("read", path, &error))?;
            if blake3::hash(&bytes) != package.hash {
                return Err(EnvError::new(format!("`{}` has just changed", path.display())).into());
            }
            objects.push((package.interface.package.clone(), bytes));
        }
        let help = "install the packages again, or versions that have their source";
        let code = Code::new(&runtime, &objects);
        let code = code.map_err(|what| EnvError::new(what).with_help(help))?;
        if !outside {
            // Objects are compiled when they are first placed, and the places are the same next time.
            let grants = Grants { outside, fuel: None, memory: COMPILE_TIME_MEMORY };
            code.start(grants).map_err(|what| EnvError::new(what).with_help(help))?;
        }
        Ok(Arc::new(code))
    }
}

/// The runtime as one library that exports `exports`.
fn runtime(settings: &Settings, exports: &[String]) -> Result<Vec<u8>, Failure> {
    let cc = toolchain::find(settings)?;
    // Without a shared folder it is made again each time.
    let scratch = tempfile::tempdir()
        .map_err(|error| EnvError::io("create a folder in", &std::env::temp_dir(), &error))?;
    let installed = toolchain::runtime(&cc, settings, scratch.path())?;
    let key = hash(&[&cc.fingerprint(), &exports.join(" ")]);
    let kept = installed.dir.join(format!("linked-{}.wasm", &key[..16]));
    if artefacts::is_fresh(&kept, &key, None) {
        return Ok(std::fs::read(&kept).map_err(|error| EnvError::io("read", &kept, &error))?);
    }
    let output = scratch.path().join("runtime.wasm");
    let job = LinkJob {
        dir: &installed.dir,
        objects: &[],
        exports,
        list: Path::new(""),
        name: "",
        output: &output,
        linker: None,
        folder: Path::new(""),
    };
    spy_link::link(&cc, &settings.compile, &installed, &job)?;
    let bytes = std::fs::read(&output).map_err(|error| EnvError::io("read", &output, &error))?;
    artefacts::write_atomic(&kept, &bytes)?;
    artefacts::set_key(&kept, &key, None)?;
    Ok(bytes)
}

fn not_loaded(failure: Failure) -> NotLoaded {
    match failure {
        Failure::Environment(EnvError { message, help }) => NotLoaded { message, help },
        Failure::Internal(message) => NotLoaded { message, help: None },
        Failure::Program(_) => {
            NotLoaded { message: "the packages cannot be loaded".to_owned(), help: None }
        }
    }
}

impl Compiled for Packages {
    fn start(
        &self,
        outside: bool,
        fuel: Option<u64>,
        waits: &dyn Fn(),
    ) -> Result<Box<dyn CompiledCode>, NotLoaded> {
        let code = self.code(outside, waits)?;
        let memory = if outside { ALL_MEMORY } else { COMPILE_TIME_MEMORY };
        let running = code.start(Grants { outside, fuel, memory });
        let running = running.map_err(|message| NotLoaded { message, help: None })?;
        let modules = self.0.packages.iter().flat_map(|package| &package.interface.modules);
        let variables =
            modules.flat_map(|module| &module.exports).filter_map(|export| match export {
                Export::Variable { fqn, symbol, .. } => {
                    Some((fqn.replace("::", "."), symbol.clone()))
                }
                _ => None,
            });
        let variables = variables.collect();
        Ok(Box::new(Loaded { work: Arc::clone(&self.0), running, variables }))
    }
}

/// Packages with a memory.
struct Loaded {
    work: Arc<Work>,
    running: Running,
    /// Names and symbols of all variables that are offered.
    variables: Vec<(String, String)>,
}

impl CompiledCode for Loaded {
    fn agrees(&self, layout: &StructLayout) -> Result<(), NotLoaded> {
        program_struct(&self.work.packages, layout).map_err(|error| not_loaded(error.into()))
    }

    fn call(&mut self, symbol: &str, args: &[Word]) -> Result<Vec<Word>, Stop> {
        let args: Vec<instance::Word> = args.iter().map(|word| to_instance(*word)).collect();
        let running = &mut self.running;
        let called =
            stacker::maybe_grow(2 * CALL_STACK, 4 * CALL_STACK, || running.call(symbol, &args));
        let words = called.map_err(stop)?;
        Ok(words.into_iter().map(from_instance).collect())
    }

    fn take_output(&mut self) -> Vec<u8> {
        self.running.take_output()
    }

    fn fuel(&self) -> u64 {
        self.running.fuel()
    }

    fn variables(&self) -> Vec<(String, Vec<u8>)> {
        let value = |(name, symbol): &(String, String)| {
            let (at, size) = self.running.variable(symbol)?;
            Some((name.clone(), self.running.read(at, size)?.to_vec()))
        };
        self.variables.iter().filter_map(value).collect()
    }

    fn address(&self, symbol: &str) -> Option<u32> {
        self.running.variable(symbol).map(|(at, _)| at)
    }

    fn read(&self, at: u32, length: u32) -> Option<&[u8]> {
        self.running.read(at, length)
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Option<()> {
        self.running.write(at, bytes)
    }

    fn allocate(&mut self, size: u32) -> Option<u32> {
        self.running.allocate(size)
    }

    fn is_static(&self, at: u32) -> bool {
        self.running.is_static(at)
    }

    fn block(&mut self, at: u32) -> Option<(u32, u32)> {
        self.running.block(at)
    }
}

fn to_instance(word: Word) -> instance::Word {
    match word {
        Word::I32(value) => instance::Word::I32(value),
        Word::I64(value) => instance::Word::I64(value),
        Word::F32(value) => instance::Word::F32(value),
        Word::F64(value) => instance::Word::F64(value),
    }
}

fn from_instance(word: instance::Word) -> Word {
    match word {
        instance::Word::I32(value) => Word::I32(value),
        instance::Word::I64(value) => Word::I64(value),
        instance::Word::F32(value) => Word::F32(value),
        instance::Word::F64(value) => Word::F64(value),
    }
}

fn stop(stop: instance::Stop) -> Stop {
    match stop {
        instance::Stop::Panic { etype, message, file, line } => {
            Stop::Panic { etype, message, place: format!("{file}:{line}") }
        }
        instance::Stop::Fuel => Stop::Fuel,
        instance::Stop::Stack => Stop::Stack,
        instance::Stop::Trap(what) => Stop::Broken(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawOptions;
    use crate::files::Disk;
    use std::panic::resume_unwind;

    /// As an editor does whose text has changed.
    #[test]
    fn who_waits_may_give_up() {
        let options = RawOptions { current_dir: "/".into(), ..RawOptions::default() };
        let settings = options.resolve(&Disk).expect("settings");
        let packages = Packages::new(&settings, &[]);
        *packages.0.state() = State::Loading;
        let gives_up = || packages.start(false, None, &|| resume_unwind(Box::new(()))).is_ok();
        assert!(catch_unwind(AssertUnwindSafe(gives_up)).is_err());
        assert!(packages.serve(&[]));
        let why = NotLoaded { message: "no".to_owned(), help: None };
        *packages.0.state() = State::Done(Err(why.clone()));
        assert_eq!(packages.start(false, None, &|| panic!("it is done")).err(), Some(why));
        assert!(!packages.serve(&[]));
    }
}
