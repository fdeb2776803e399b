//! Machine code without a C compiler: object files, and programs in this process.
//!
//! Functions are compiled in parallel, on the threads of the current rayon pool; what they are put
//! together to does not depend on which was first.

#![expect(unsafe_code, reason = "starts the program that was compiled; argued where it happens")]

use crate::error::{EnvError, Failure};
use crate::front::Built;
use rayon::prelude::*;
use spy_codegen_cranelift::{
    CompiledFunction, DebugFunction, LoadedProgram, Placement, PositionTables, ProgramScope,
    Target, Unit, cell_data, compile_function, compile_main, load, static_data, write_debug_object,
    write_object,
};
use spy_ir::{Func, Module, ProgramIndex};
use spy_link::{CompileOptions, Profile};
use spy_optimize::Generator;
use spy_text::Fqn;
use spy_text::HashMap;
use std::ffi::CString;
use std::sync::Arc;

/// An object file of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectFile {
    /// File name, without a folder.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The unit of position tables. No module has such a name.
const POSITIONS: &str = "spy:positions";

/// The unit of memory that import time filled.
const DATA: &str = "spy:data";

/// The unit of debug information.
const DEBUG: &str = "spy:debug";

/// What code is made for.
fn target(options: &CompileOptions, placement: Placement) -> Result<Target, Failure> {
    let checked = options.profile == Profile::Debug;
    Target::new(&options.target, checked, placement).map_err(|error| {
        let help = "`--backend c` takes a C compiler instead";
        Failure::Environment(EnvError::new(error.to_string()).with_help(help))
    })
}

/// Whether machine code can be made without a C compiler.
#[must_use]
pub(crate) fn is_supported(options: &CompileOptions) -> bool {
    target(options, Placement::Object).is_ok()
}

/// What went wrong in Cranelift: something is too large for it, or memory is short.
fn failed(error: &dyn std::error::Error) -> Failure {
    let help = "`--backend c` takes a C compiler instead";
    Failure::Environment(EnvError::new(error.to_string()).with_help(help))
}

/// A program in machine code.
struct Code {
    /// One for each module, one for static data and one for the position tables.
    units: Vec<(String, Unit)>,
    /// Its functions, in the order of the program.
    functions: Vec<Arc<CompiledFunction>>,
}

fn compile(built: &Built, target: &Target) -> Result<Code, Failure> {
    let program = &built.program;
    let scope = ProgramScope::new(program);
    let index = ProgramIndex::new(program);
    let funcs: Vec<&Arc<Func>> = program.modules.iter().flat_map(|module| &module.funcs).collect();
    let one = |func: &&Arc<Func>| {
        let faster = spy_optimize::optimize(func, &index, Generator::Translates);
        let code = faster.as_ref().unwrap_or(func);
        debug_assert_eq!(spy_ir::verify(code, &index), Ok(()));
        compile_function(code, &scope, target).map(Arc::new)
    };
    let compiled: Vec<_> = funcs.par_iter().map(one).collect();
    // Whichever thread was first: the failure of the first function is the one that is shown.
    let compiled: Result<Vec<_>, _> = compiled.into_iter().collect();
    let functions = compiled.map_err(|error| failed(&error))?;
    let mut units = Vec::new();
    let mut rest = functions.iter();
    for module in &program.modules {
        let own = rest.by_ref().take(module.funcs.len()).cloned().collect();
        let cells = module.cells.iter().flat_map(|cell| cell_data(cell, &scope, target));
        let mut unit = Unit { functions: own, data: cells.collect() };
        if let Some(entry) = program.entry.as_ref().filter(|entry| holds(module, &entry.main)) {
            let main = compile_main(entry, &scope, target).map_err(|error| failed(&error))?;
            unit.functions.push(Arc::new(main));
        }
        units.push((module.name.to_string(), unit));
    }
    let data = program.data.iter().flat_map(|data| static_data(data, &scope, target)).collect();
    units.push((DATA.to_owned(), Unit { functions: Vec::new(), data }));
    let mut positions = PositionTables::default();
    for (func, compiled) in funcs.iter().zip(&functions) {
        if compiled.uses_positions {
            positions.add(&compiled.symbol, &built.positions(&func.fqn));
        }
    }
    units.push((POSITIONS.to_owned(), Unit { functions: Vec::new(), data: positions.finish() }));
    Ok(Code { units, functions })
}

fn holds(module: &Module, fqn: &Fqn) -> bool {
    module.funcs.iter().any(|func| func.fqn == *fqn)
}

/// The object files of a program.
///
/// # Errors
/// The machine has no such code, or something in the program is too large for Cranelift.
pub(crate) fn object_files(
    built: &Built,
    options: &CompileOptions,
) -> Result<Vec<ObjectFile>, Failure> {
    let target = target(options, Placement::Object)?;
    let code = compile(built, &target)?;
    let objects: Vec<_> =
        code.units.par_iter().map(|(name, unit)| write_object(name, unit, &target)).collect();
    let mut files = Vec::new();
    for ((name, _), object) in code.units.iter().zip(objects) {
        files.push(object_file(name, object.map_err(|error| failed(&error))?));
    }
    if options.profile == Profile::Debug || options.debug_info {
        files.extend(debug_file(built, &code, &target)?);
    }
    Ok(files)
}

fn object_file(name: &str, bytes: Vec<u8>) -> ObjectFile {
    ObjectFile { name: format!("{}.o", name.replace(':', "_")), bytes }
}

/// Names and lines for debuggers.
fn debug_file(built: &Built, code: &Code, target: &Target) -> Result<Option<ObjectFile>, Failure> {
    let funcs = built.program.modules.iter().flat_map(|module| &module.funcs);
    let functions: Vec<DebugFunction<'_>> = funcs
        .zip(&code.functions)
        .map(|(func, function)| DebugFunction {
            function,
            name: built.names.numbered(&func.fqn).full().to_owned(),
            positions: built.positions(&func.fqn),
        })
        .collect();
    let root = built.program.modules.last().map_or("", |module| &module.name);
    let object = write_debug_object(&format!("{root}.spy"), &functions, target);
    let object = object.map_err(|error| failed(&error))?;
    Ok(object.map(|bytes| object_file(DEBUG, bytes)))
}

/// A program that is ready to run in this process.
pub struct MemoryProgram(LoadedProgram);

/// Compiles a program into this process.
///
/// # Errors
/// As for [`object_files`]; or there is not enough memory.
pub(crate) fn memory_program(
    built: &Built,
    options: &CompileOptions,
) -> Result<MemoryProgram, Failure> {
    let target = target(options, Placement::Memory)?;
    let mut whole = Unit::default();
    for (_, unit) in compile(built, &target)?.units {
        whole.functions.extend(unit.functions);
        whole.data.extend(unit.data);
    }
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
