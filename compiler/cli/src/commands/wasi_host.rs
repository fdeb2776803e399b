//! Hosts that run WebAssembly programs: Node.js, or wasmtime.

use spy_link::find_program;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// What makes Node.js a host.
const NODE_HOST: &str = include_str!("wasi_host.js");

/// Node.js 18 asks for it; newer versions know it and need it no more.
const WASI_FLAG: &str = "--experimental-wasi-unstable-preview1";

/// What to say when there is no host.
pub(crate) const INSTALL_HINT: &str = "install Node.js 18 or newer (on Debian and Ubuntu: `apt \
    install nodejs`) or wasmtime (https://wasmtime.dev); or build with `spy build` and run the \
    `.wasm` file in a host of your own";

/// The command that runs the program `file` under the name `argv0`; `None` if no host is on the
/// search path. Node.js comes first because it can be told how a program ends that has no stack
/// left.
pub(crate) fn command(
    file: &Path,
    argv0: &OsStr,
    args: &[OsString],
    search: Option<&OsStr>,
) -> Option<Command> {
    if let Some(node) = find_program("node", search).or_else(|| find_program("nodejs", search)) {
        let mut command = Command::new(node);
        // That WASI in Node.js is an experiment concerns nobody who runs a program.
        command.args(["--no-warnings", WASI_FLAG, "-e", NODE_HOST, "--"]);
        command.arg(file).arg(argv0).args(args);
        return Some(command);
    }
    let mut command = Command::new(find_program("wasmtime", search)?);
    let mut folder = OsString::from("PWD=");
    folder.push(std::env::current_dir().unwrap_or_default());
    command.args(["run", "--dir", "/", "--env"]).arg(folder);
    command.arg("--argv0").arg(argv0).arg(file).args(args);
    Some(command)
}
