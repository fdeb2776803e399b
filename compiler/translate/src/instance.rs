//! Objects of packages as code that the interpreter calls.
//!
//! The runtime is one instance, and each object another: they share the runtime's memory and stack
//! and one table of functions, so addresses mean the same to all of them. Nothing is compiled from
//! source. What the code may do to the outside is the caller's decision.

use crate::relocate::{BASES, ENV, MEMORY, Object, STACK_POINTER, TABLE, init_name};
use crate::wasi::{self, Host, Outside};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use wasmtime::{
    Caller, Config, Engine, Extern, ExternType, Func, Global, GlobalType, Instance, Linker, Memory,
    Module, Mutability, Ref, RefType, Store, Table, TableType, Trap, Val, ValType,
};

/// Bytes of the native stack that a call may use. Who calls must have more than this.
pub const CALL_STACK: usize = 1 << 20;

/// Names that the runtime must export besides what the objects need.
pub const RUNTIME_EXPORTS: [&str; 6] =
    [STACK_POINTER, "spy_nogc_alloc", "spy_flush", "spy_heap_block", "malloc_usable_size", "chdir"];

/// A value of a WebAssembly function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Word {
    /// An integer of 32 bits, or an address.
    I32(u32),
    /// An integer of 64 bits.
    I64(u64),
    /// A number of 32 bits.
    F32(f32),
    /// A number of 64 bits.
    F64(f64),
}

impl From<Word> for Val {
    fn from(word: Word) -> Self {
        match word {
            Word::I32(value) => Self::I32(value.cast_signed()),
            Word::I64(value) => Self::I64(value.cast_signed()),
            Word::F32(value) => Self::F32(value.to_bits()),
            Word::F64(value) => Self::F64(value.to_bits()),
        }
    }
}

fn word(value: &Val) -> Option<Word> {
    Some(match value {
        Val::I32(value) => Word::I32(value.cast_unsigned()),
        Val::I64(value) => Word::I64(value.cast_unsigned()),
        Val::F32(bits) => Word::F32(f32::from_bits(*bits)),
        Val::F64(bits) => Word::F64(f64::from_bits(*bits)),
        _ => return None,
    })
}

/// Why a call did not return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A panic of the program: its type, its message, and the file and line that raised it.
    Panic {
        /// `ValueError`.
        etype: String,
        /// The message.
        message: String,
        /// The file, as the package's author knew it.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// It used up its steps.
    Fuel,
    /// It used up its stack.
    Stack,
    /// Something that no program of ours does: what happened.
    Trap(String),
}

/// What running code gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grants {
    /// Whether it may use files, the environment, the clock and the streams of the process. Standard
    /// output is collected in any case.
    pub outside: bool,
    /// Instructions that it may execute; `None` for any number.
    pub fuel: Option<u64>,
    /// Bytes that its memory may grow to.
    pub memory: usize,
}

/// The code of the runtime and of packages, not running.
pub struct Code {
    engine: Engine,
    runtime: Module,
    objects: Vec<(String, Object)>,
    /// Modules by the object's number and its places: in most instances they are the same.
    modules: Mutex<BTreeMap<(usize, u32, u32), Placed>>,
}

#[derive(Clone)]
struct Placed {
    module: Module,
    addresses: HashMap<String, u32>,
    extents: BTreeMap<u32, u32>,
}

/// Running code: the runtime and packages in one memory.
pub struct Running {
    store: Store<Host>,
    memory: Memory,
    table: Table,
    exports: BTreeMap<String, Extern>,
    addresses: HashMap<String, u32>,
    extents: BTreeMap<u32, u32>,
}

fn text(error: &wasmtime::Error) -> String {
    format!("{error:#}")
}

impl Code {
    /// Reads `runtime`, a linked library, and the objects of packages, each with a name for messages
    /// and after those that it needs.
    ///
    /// # Errors
    /// Something is not well-formed.
    pub fn new(runtime: &[u8], objects: &[(String, Vec<u8>)]) -> Result<Self, String> {
        let mut config = Config::new();
        config.max_wasm_stack(CALL_STACK / 2);
        config.wasm_backtrace_max_frames(None);
        config.consume_fuel(true);
        let engine = Engine::new(&config).map_err(|error| text(&error))?;
        let runtime = Module::new(&engine, runtime).map_err(|error| text(&error))?;
        let parse = |(name, bytes): &(String, Vec<u8>)| match Object::parse(bytes) {
            Ok(object) => Ok((name.clone(), object)),
            Err(what) => Err(format!("the object of `{name}` cannot be used: {what}")),
        };
        let objects = objects.iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { engine, runtime, objects, modules: Mutex::default() })
    }

    /// Instances of everything, in a memory of their own.
    ///
    /// # Errors
    /// The parts do not fit together.
    pub fn start(&self, grants: Grants) -> Result<Running, String> {
        let outside = if grants.outside { Outside::Captured } else { Outside::Nothing };
        let mut store = Store::new(&self.engine, Host::new(outside, grants.memory));
        store.limiter(|host| &mut host.limits);
        // Starting is none of the caller's steps.
        store.set_fuel(u64::MAX).map_err(|error| text(&error))?;
        let mut linker: Linker<Host> = Linker::new(&self.engine);
        wasi::add(&mut linker).and_then(|()| add_panics(&mut linker)).map_err(|e| text(&e))?;
        let instance =
            linker.instantiate(&mut store, &self.runtime).map_err(|error| text(&error))?;
        let mut exports = exported(instance, &mut store);
        let Some(Extern::Memory(memory)) = exports.get("memory").cloned() else {
            return Err("the runtime has no memory".to_owned());
        };
        let table =
            Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None));
        let table = table.map_err(|error| text(&error))?;
        exports.insert(MEMORY.to_owned(), memory.into());
        exports.insert(TABLE.to_owned(), table.into());
        let (addresses, extents) = (HashMap::new(), BTreeMap::new());
        let mut running = Running { store, memory, table, exports, addresses, extents };
        running.run("_initialize")?;
        if grants.outside {
            running.enter_current_folder();
        }
        for (index, (name, object)) in self.objects.iter().enumerate() {
            running
                .add(self, index, object)
                .map_err(|what| format!("the object of `{name}` cannot be used: {what}"))?;
        }
        running.refuel(grants.fuel);
        Ok(running)
    }

    /// The module of an object at its places.
    fn module(
        &self,
        (index, base, table_base): (usize, u32, u32),
        outer: &HashMap<String, u32>,
    ) -> Result<Placed, String> {
        let key = (index, base, table_base);
        let known = || self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(placed) = known().get(&key) {
            return Ok(placed.clone());
        }
        let made = self.objects[index].1.place(base, table_base, outer)?;
        let module = Module::new(&self.engine, &made.module).map_err(|error| text(&error))?;
        let placed = Placed { module, addresses: made.addresses, extents: made.extents };
        known().insert(key, placed.clone());
        Ok(placed)
    }
}

fn exported(instance: Instance, store: &mut Store<Host>) -> BTreeMap<String, Extern> {
    let exports = instance.exports(store);
    exports.map(|export| (export.name().to_owned(), export.into_extern())).collect()
}

impl Running {
    /// Loads an object beside what is there.
    fn add(&mut self, code: &Code, index: usize, object: &Object) -> Result<(), String> {
        let room = object.size.saturating_add(object.alignment).max(1);
        let base = self.allocate(room).ok_or("there is no memory for its data")?;
        let base = base.next_multiple_of(object.alignment);
        let slots = u64::from(object.slots());
        let table_base = self.table.grow(&mut self.store, slots, Ref::Func(None));
        let table_base = table_base.map_err(|error| text(&error))?;
        let table_base = u32::try_from(table_base).map_err(|error| error.to_string())?;
        let placed = code.module((index, base, table_base), &self.addresses)?;
        for (name, value) in BASES.iter().zip([base, table_base]) {
            let ty = GlobalType::new(ValType::I32, Mutability::Const);
            let global = Global::new(&mut self.store, ty, Val::I32(value.cast_signed()));
            let global = global.map_err(|error| text(&error))?;
            self.exports.insert((*name).to_owned(), global.into());
        }
        let imports = self.imports(&placed.module)?;
        let instance = Instance::new(&mut self.store, &placed.module, &imports);
        let instance = instance.map_err(|error| text(&error))?;
        for (name, export) in exported(instance, &mut self.store) {
            if name.starts_with('<') {
                continue;
            }
            if self.exports.insert(name.clone(), export).is_some() {
                return Err(format!("it defines `{name}`, which is there already"));
            }
        }
        self.addresses.extend(placed.addresses);
        self.extents.extend(placed.extents);
        for number in 0.. {
            let Some(init) = instance.get_func(&mut self.store, &init_name(number)) else { break };
            init.call(&mut self.store, &[], &mut []).map_err(|error| text(&error))?;
        }
        Ok(())
    }

    /// What a module imports, as it is there.
    fn imports(&self, module: &Module) -> Result<Vec<Extern>, String> {
        let mut imports = Vec::new();
        for import in module.imports() {
            let found = self.exports.get(import.name()).filter(|_| import.module() == ENV);
            let found = found.cloned().ok_or_else(|| {
                format!("it needs `{}` of `{}`, which is nowhere", import.name(), import.module())
            })?;
            if let (ExternType::Func(wanted), Extern::Func(func)) = (import.ty(), &found) {
                let has = func.ty(&self.store);
                if !wanted.matches(&has) && !has.matches(&wanted) {
                    return Err(format!(
                        "it needs `{}` as {wanted}, and it is {has}",
                        import.name()
                    ));
                }
            }
            imports.push(found);
        }
        Ok(imports)
    }

    fn func(&self, name: &str) -> Option<Func> {
        match self.exports.get(name) {
            Some(Extern::Func(func)) => Some(*func),
            _ => None,
        }
    }

    /// Calls a function of the runtime that takes and returns nothing, if it is there.
    fn run(&mut self, name: &str) -> Result<(), String> {
        let Some(func) = self.func(name) else { return Ok(()) };
        func.call(&mut self.store, &[], &mut []).map_err(|error| text(&error))
    }

    /// Lets paths start where those of the process start. Without it they start at the root.
    fn enter_current_folder(&mut self) {
        let Ok(folder) = std::env::current_dir() else { return };
        let mut path = folder.into_os_string().into_encoded_bytes();
        path.push(0);
        let room = u32::try_from(path.len()).ok().and_then(|length| self.allocate(length));
        if let Some(at) = room.filter(|at| self.write(*at, &path).is_some()) {
            let _ = self.call("chdir", &[Word::I32(at)]);
        }
    }

    fn refuel(&mut self, fuel: Option<u64>) {
        // It only fails where nothing consumes fuel.
        let _ = self.store.set_fuel(fuel.unwrap_or(u64::MAX));
    }

    /// Calls a function. What it printed stands in [`Self::take_output`] afterwards.
    ///
    /// # Errors
    /// It did not return.
    pub fn call(&mut self, symbol: &str, args: &[Word]) -> Result<Vec<Word>, Stop> {
        let func =
            self.func(symbol).ok_or_else(|| Stop::Trap(format!("there is no `{symbol}`")))?;
        let args: Vec<Val> = args.iter().map(|word| Val::from(*word)).collect();
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        let called = func.call(&mut self.store, &args, &mut results);
        let stop = match called {
            Ok(()) => None,
            Err(error) => Some(self.stop(&error)),
        };
        // After a panic the runtime has done so.
        if stop.is_none() && self.run("spy_flush").is_err() {
            return Err(Stop::Trap("its output could not be written".to_owned()));
        }
        match stop {
            Some(stop) => Err(stop),
            None => {
                let words: Option<Vec<Word>> = results.iter().map(word).collect();
                words.ok_or_else(|| Stop::Trap("a result is no number".to_owned()))
            }
        }
    }

    fn stop(&mut self, error: &wasmtime::Error) -> Stop {
        if let Some(stop) = self.store.data_mut().panic.take() {
            return stop;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Stop::Fuel,
            Some(Trap::StackOverflow) => Stop::Stack,
            _ => Stop::Trap(text(error)),
        }
    }

    /// The instructions that may still be executed.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        self.store.get_fuel().unwrap_or(u64::MAX)
    }

    /// What was written to standard output since the last time.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.store.data_mut().output)
    }

    /// Address and size of a variable, in bytes.
    #[must_use]
    pub fn variable(&self, symbol: &str) -> Option<(u32, u32)> {
        let at = *self.addresses.get(symbol)?;
        Some((at, *self.extents.get(&at)?))
    }

    /// A part of the memory.
    #[must_use]
    pub fn read(&self, at: u32, length: u32) -> Option<&[u8]> {
        let start = usize::try_from(at).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        self.memory.data(&self.store).get(start..end)
    }

    /// Changes a part of the memory; `None` if it does not exist.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Option<()> {
        let start = usize::try_from(at).ok()?;
        let end = start.checked_add(bytes.len())?;
        self.memory.data_mut(&mut self.store).get_mut(start..end)?.copy_from_slice(bytes);
        Some(())
    }

    /// The address of new memory of this size in bytes, which nobody frees.
    pub fn allocate(&mut self, size: u32) -> Option<u32> {
        match self.call("spy_nogc_alloc", &[Word::I32(size)]).ok()?.as_slice() {
            [Word::I32(at)] => Some(*at),
            _ => None,
        }
    }

    /// Whether an address is that of a variable or constant of an object.
    #[must_use]
    pub fn is_static(&self, at: u32) -> bool {
        self.variable_at(at).is_some()
    }

    fn variable_at(&self, at: u32) -> Option<(u32, u32)> {
        let (start, size) = self.extents.range(..=at).next_back()?;
        (at < start.saturating_add(*size)).then_some((*start, *size))
    }

    /// Where the piece of memory begins that an address belongs to, and its size in bytes, as far
    /// as can be known: a variable or constant, or what was allocated at the address.
    pub fn block(&mut self, at: u32) -> Option<(u32, u32)> {
        if let Some(variable) = self.variable_at(at) {
            return Some(variable);
        }
        if let [Word::I64(block @ 1..)] = self.call("spy_heap_block", &[Word::I32(at)]).ok()?[..] {
            let half = |value: u64| u32::try_from(value & 0xffff_ffff).ok();
            return Some((half(block >> 32)?, half(block)?));
        }
        // It is memory that nobody collects.
        let size = match self.call("malloc_usable_size", &[Word::I32(at)]).ok()?.as_slice() {
            [Word::I32(size)] => *size,
            _ => return None,
        };
        let is_there = size > 0 && at.is_multiple_of(8) && self.read(at, size).is_some();
        is_there.then_some((at, size))
    }
}

/// Adds what panics of a library call.
fn add_panics(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap(ENV, "spy_debug_log", |_: Caller<'_, Host>, _: u32| {})?;
    linker.func_wrap(ENV, "spy_debug_log_i32", |_: Caller<'_, Host>, _: u32, _: u32| {})?;
    linker.func_wrap(
        ENV,
        "spy_debug_set_panic_message",
        |mut caller: Caller<'_, Host>, etype: u32, message: u32, file: u32, line: u32| {
            let [etype, message, file] = [etype, message, file].map(|at| c_text(&mut caller, at));
            caller.data_mut().panic = Some(Stop::Panic { etype, message, file, line });
        },
    )?;
    Ok(())
}

/// A text that ends with a zero.
fn c_text(caller: &mut Caller<'_, Host>, at: u32) -> String {
    const LONGEST: usize = 4096;
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else { return String::new() };
    let start = usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = memory.data(&*caller).get(start..).unwrap_or_default();
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
