//! Programs in the memory of this process.

#![expect(unsafe_code, reason = "calls code that was just made; argued where it happens")]

use crate::MAIN;
use crate::assemble::{AssembleError, Unit};
use crate::code::Reference;
use crate::target::Target;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use std::ffi::{CString, c_char, c_int};

/// Room for what alignment adds to a piece of code or data, in bytes.
const PADDING: usize = 64;

/// Room besides code and data, in bytes. Address space, not memory.
const SLACK: usize = 4 << 20;

/// The runtime's function that runs a program in this process.
const HOST: &str = "spy_host_run";

/// The type of a C function `main`.
type Main = extern "C" fn(c_int, *const *const c_char) -> c_int;

/// The type of [`HOST`].
type Host = extern "C" fn(Main, c_int, *const *const c_char, *mut u8, *mut u8) -> !;

/// A program that was loaded. Its memory stays until the process ends.
pub struct LoadedProgram {
    /// Address of its C function `main`.
    main: usize,
    /// Address of [`HOST`].
    host: usize,
    /// Addresses of its writable data: from the first to behind the last.
    writable: (usize, usize),
}

impl LoadedProgram {
    /// Runs the program and ends the process as it ends.
    ///
    /// # Safety
    /// The addresses that [`load`] was given must be those of the runtime's functions, and the
    /// runtime must have the layouts that the target was made with. Must be called on the thread
    /// that the process began with.
    pub unsafe fn run(self, argv: Vec<CString>) -> ! {
        let count = c_int::try_from(argv.len()).unwrap_or(c_int::MAX);
        let mut words: Vec<*const c_char> = argv.iter().map(|arg| arg.as_ptr()).collect();
        words.push(std::ptr::null());
        let main = std::ptr::with_exposed_provenance::<()>(self.main);
        let host = std::ptr::with_exposed_provenance::<()>(self.host);
        // SAFETY: `main` was compiled with this signature and stays in memory, since its module is
        // never freed; `host` is the runtime's function, as the caller promises.
        let (main, host) = unsafe {
            (
                std::mem::transmute::<*const (), Main>(main),
                std::mem::transmute::<*const (), Host>(host),
            )
        };
        let (start, end) = self.writable;
        let place = std::ptr::with_exposed_provenance_mut::<u8>;
        host(main, count, words.as_ptr(), place(start), place(end))
    }
}

/// Loads a program. `runtime` gives the addresses of the functions that it does not define.
///
/// # Errors
/// There is not enough memory, or a function is missing.
pub fn load(
    unit: &Unit,
    target: &Target,
    runtime: &dyn Fn(&str) -> Option<usize>,
) -> Result<LoadedProgram, AssembleError> {
    let libcalls = cranelift_module::default_libcall_names();
    let mut builder = JITBuilder::with_isa(target.isa.clone(), libcalls);
    for function in &unit.functions {
        for reference in &function.references {
            if let Reference::Function(name) = reference
                && let Some(address) = runtime(name)
            {
                builder.symbol(name.as_str(), std::ptr::with_exposed_provenance(address));
            }
        }
    }
    let arena = ArenaMemoryProvider::new_with_size(room(unit))
        .map_err(|error| AssembleError(error.to_string()))?;
    builder.memory_provider(Box::new(arena));
    let mut module = JITModule::new(builder);
    let names = unit.define(&mut module)?;
    let missing = names.imported.iter().find(|name| runtime(name).is_none());
    if let Some(missing) = missing.or(names.imported_data.first()) {
        return Err(AssembleError(format!("there is no `{missing}`")));
    }
    module.finalize_definitions()?;
    let Some(main) = names.functions.get(MAIN) else {
        return Err(AssembleError("there is no `main`".to_owned()));
    };
    let Some(host) = runtime(HOST) else {
        return Err(AssembleError(format!("there is no `{HOST}`")));
    };
    let main = module.get_finalized_function(*main).expose_provenance();
    let mut writable = (usize::MAX, 0);
    for data in unit.all_data().into_iter().filter(|data| data.writable) {
        let (start, size) = module.get_finalized_data(names.data[data.symbol.as_str()]);
        let start = start.expose_provenance();
        writable = (writable.0.min(start), writable.1.max(start + size));
    }
    if writable.0 > writable.1 {
        writable = (0, 0);
    }
    Ok(LoadedProgram { main, host, writable })
}

/// Address space for everything, in bytes.
fn room(unit: &Unit) -> usize {
    let code = unit.functions.iter().map(|function| function.code.len() + PADDING);
    let data = unit.all_data().into_iter().map(|data| data.bytes.len() + PADDING);
    code.chain(data).fold(SLACK, usize::saturating_add)
}
