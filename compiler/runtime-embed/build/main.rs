//! Compiles the C runtime for the host and writes the tables that `src/lib.rs` embeds.
//!
//! May depend on the C compiler and on the collector's source, nothing else: no network, no
//! autotools, no cmake. What it makes depends on the sources, the compiler and the target only.

#![expect(clippy::print_stdout, reason = "build scripts talk to cargo on standard output")]

mod archives;
mod collector;
mod symbols;
mod tables;

use std::path::{Path, PathBuf};

fn main() {
    if let Err(message) = run() {
        panic!("cannot build the C runtime: {message}");
    }
}

fn run() -> Result<(), String> {
    let manifest_dir = env_path("CARGO_MANIFEST_DIR")?;
    let runtime = manifest_dir.join("../../runtime/c");
    let out = env_path("OUT_DIR")?;
    println!("cargo::rerun-if-changed=build");
    for variable in ["CC", "CFLAGS", "AR", "ARFLAGS"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let python = manifest_dir.join("../codegen-py/c");
    println!("cargo::rerun-if-changed={}", runtime.display());
    println!("cargo::rerun-if-changed={}", python.display());

    let gc = collector::find(&manifest_dir)?;
    let archives = archives::compile(&runtime, &python, &gc, &out)?;
    symbols::write(&archives, &out)?;
    tables::write(&runtime, &gc, &archives, &out)
}

fn env_path(name: &str) -> Result<PathBuf, String> {
    std::env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("{name} is not set"))
}

/// Files below `dir` whose name ends in `extension`, as paths relative to `dir`, sorted.
fn files_below(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.extend(path.strip_prefix(dir).ok().map(Path::to_path_buf));
            }
        }
    }
    found.sort();
    Ok(found)
}
