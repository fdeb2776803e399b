//! Makes a table of the standard library's modules, so that adding a file to `stdlib/` is enough.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut files = Vec::new();
    add_modules(&Path::new(&manifest).join("../../stdlib"), "", &mut files)?;
    files.sort();
    let mut out = String::from("const EMBEDDED: &[(&str, &str)] = &[\n");
    for (name, path) in &files {
        let path = path.canonicalize()?;
        writeln!(out, "    ({name:?}, include_str!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    out.push_str("];\n");
    let target = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&target).join("stdlib.rs"), out)
}

/// Adds the modules in a folder, whose names begin with `prefix`: `os/path.spy` is `os.path`.
fn add_modules(dir: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{prefix}{stem}");
        if path.is_dir() {
            add_modules(&path, &format!("{name}."), files)?;
        } else if path.extension().is_some_and(|extension| extension == "spy") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push((name, path));
        }
    }
    Ok(())
}
