//! WebAssembly programs as native ones.
//!
//! [`executable`] translates a linked WASI program to machine code and puts it behind a launcher, so
//! that the result is one file that needs nothing else; [`run_appended`] is what the launcher does.
//! [`instance`] loads objects of packages into this process, for who calls single functions of them.
//! Knows nothing about SPy, and may depend on no other crate of the compiler.

pub mod instance;
mod relocate;
mod run;
mod wasi;

pub use run::run_appended;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wasmtime::{Config, Engine};

/// Ends every translated program. It says where the machine code is, and which format it has.
const MAGIC: &[u8; 16] = b"\x7fSPY-TRANSLATED1";

/// Length of what follows the machine code: its own length, and [`MAGIC`].
const TRAILER: u64 = 8 + MAGIC.len() as u64;

/// Bytes of stack that a program may use.
const STACK: usize = 64 << 20;

/// What translation and running must agree on.
fn engine() -> Result<Engine, String> {
    let mut config = Config::new();
    config.async_stack_size(STACK + (1 << 20));
    config.max_wasm_stack(STACK);
    // Nobody reads wasm backtraces: panics print their own.
    config.wasm_backtrace_max_frames(None);
    Engine::new(&config).map_err(|error| error.to_string())
}

/// A native executable that does what a linked WASI program does.
///
/// # Errors
/// The program is not well-formed, or the launcher cannot be read.
pub fn executable(program: &[u8], launcher: &Path) -> Result<Vec<u8>, String> {
    let code = engine()?.precompile_module(program).map_err(|error| format!("{error:#}"))?;
    let mut file =
        std::fs::read(launcher).map_err(|error| format!("{}: {error}", launcher.display()))?;
    let length = u64::try_from(code.len()).map_err(|error| error.to_string())?;
    file.extend(code);
    file.extend(length.to_le_bytes());
    file.extend(MAGIC);
    Ok(file)
}

/// Tells launchers apart that were made from other sources.
pub const LAUNCHER_ID: &str = env!("SPY_LAUNCHER_ID");

/// The file that translated programs begin with: `spy-launcher` beside this program if it is there and
/// of the same sources, which is small, else this program, which calls [`run_appended`] before anything else.
///
/// # Errors
/// The system does not say where this program is.
pub fn launcher() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let small = own.with_file_name(format!("spy-launcher{}", std::env::consts::EXE_SUFFIX));
    let said = Command::new(&small).arg("--id").stdin(Stdio::null()).output();
    let fits = said.is_ok_and(|output| output.stdout == LAUNCHER_ID.as_bytes());
    Ok(if fits { small } else { own })
}
