//! Where the collector's C source is.
//!
//! It comes from the package `bdwgc-alloc-sys`, which cargo pins and fetches but never builds. Looked
//! for in this order: the folder that `SPY_BDWGC_DIR` names (for those who package this project);
//! cargo's registry; wherever `cargo metadata` says, which knows vendored sources and fetches the
//! package if it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "bdwgc-alloc-sys";
const VERSION: &str = "0.6.16";

/// The folder that holds bdwgc's `include` and `extra/gc.c`.
pub(crate) fn find(manifest_dir: &Path) -> Result<PathBuf, String> {
    println!("cargo::rerun-if-env-changed=SPY_BDWGC_DIR");
    if let Some(dir) = std::env::var_os("SPY_BDWGC_DIR") {
        return checked(PathBuf::from(dir));
    }
    if let Some(package) = in_registry() {
        return checked(package.join("vendor/bdwgc"));
    }
    checked(from_metadata(manifest_dir)?.join("vendor/bdwgc"))
}

fn checked(dir: PathBuf) -> Result<PathBuf, String> {
    if is_source(&dir) {
        Ok(dir)
    } else {
        Err(format!("{} is not a source folder of bdwgc", dir.display()))
    }
}

fn is_source(dir: &Path) -> bool {
    dir.join("extra/gc.c").is_file() && dir.join("include/gc.h").is_file()
}

fn in_registry() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let mut registries: Vec<PathBuf> = std::fs::read_dir(home.join("registry/src"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    registries.sort();
    registries
        .into_iter()
        .map(|registry| registry.join(format!("{PACKAGE}-{VERSION}")))
        .find(|package| is_source(&package.join("vendor/bdwgc")))
}

fn from_metadata(manifest_dir: &Path) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").ok_or("CARGO is not set")?;
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .arg("--manifest-path")
        .arg(manifest_dir.join("Cargo.toml"))
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "{PACKAGE} {VERSION} is not in cargo's registry (try `cargo fetch`), and \
             `cargo metadata` failed: {stderr}"
        ));
    }
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == PACKAGE && package["version"] == VERSION)
        .and_then(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("cargo does not know {PACKAGE} {VERSION}"))
}
