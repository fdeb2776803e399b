//! Packages without source, loaded for the evaluator.
//!
//! The runtime that they share is linked from its objects when the first of them is called, with the
//! functions that these packages need, and is kept in the folder that builds share.

use super::check::{imports_in_order, wasm_settings};
use super::used::Prebuilt;
use crate::artefacts;
use crate::driver::hash;
use crate::error::{EnvError, Failure};
use crate::settings::Settings;
use crate::toolchain;
use spy_db::compiled::{NotLoaded, Stop, Word};
use spy_db::{Compiled, CompiledCode};
use spy_link::LinkJob;
use spy_package::interface::Export;
use spy_translate::instance::{self, CALL_STACK, Code, Grants, RUNTIME_EXPORTS, Running};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Bytes of memory that code may use at compile time.
const COMPILE_TIME_MEMORY: usize = 256 << 20;

/// Bytes of memory that there are.
const ALL_MEMORY: usize = 0xffff_0000;

/// The packages of a project, loaded when they are first called.
pub(crate) struct Packages {
    settings: Settings,
    packages: Vec<Prebuilt>,
    code: OnceLock<Result<Arc<Code>, NotLoaded>>,
}

impl Packages {
    /// Packages that fit together or not: that is found out when one is called.
    pub(crate) fn new(settings: &Settings, packages: &[Prebuilt]) -> Self {
        Self {
            settings: wasm_settings(settings),
            packages: packages.to_vec(),
            code: OnceLock::new(),
        }
    }

    fn load(&self) -> Result<Arc<Code>, Failure> {
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
        Ok(Arc::new(code.map_err(|what| EnvError::new(what).with_help(help))?))
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
    fn start(&self, outside: bool, fuel: Option<u64>) -> Result<Box<dyn CompiledCode>, NotLoaded> {
        let code = self.code.get_or_init(|| self.load().map_err(not_loaded)).clone()?;
        let memory = if outside { ALL_MEMORY } else { COMPILE_TIME_MEMORY };
        let running = code.start(Grants { outside, fuel, memory });
        let running = running.map_err(|message| NotLoaded { message, help: None })?;
        let modules = self.packages.iter().flat_map(|package| &package.interface.modules);
        let variables =
            modules.flat_map(|module| &module.exports).filter_map(|export| match export {
                Export::Variable { fqn, symbol, .. } => {
                    Some((fqn.replace("::", "."), symbol.clone()))
                }
                _ => None,
            });
        Ok(Box::new(Loaded { running, variables: variables.collect() }))
    }
}

/// Packages with a memory.
struct Loaded {
    running: Running,
    /// Names and symbols of all variables that are offered.
    variables: Vec<(String, String)>,
}

impl CompiledCode for Loaded {
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
