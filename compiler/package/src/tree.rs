//! The files of a project that belong into its archives.

use crate::error::PackageError;
use crate::manifest::Manifest;
use crate::names;
use std::fs;
use std::path::Path;

/// A file of an archive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Member {
    /// Its path there, with `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Deepest nesting of folders.
const MAX_DEPTH: usize = 32;

/// The files of the project's modules, by path.
///
/// # Errors
/// A module is not there, or something in it cannot be read or shipped.
pub fn module_files(manifest: &Manifest) -> Result<Vec<Member>, PackageError> {
    let base = manifest.source_dir();
    let mut members = Vec::new();
    for name in &manifest.modules {
        let (folder, file) = (base.join(name), base.join(format!("{name}.spy")));
        if folder.is_dir() {
            add_folder(&folder, name, &mut members, 0)?;
        } else if file.is_file() {
            add_file(&file, format!("{name}.spy"), &mut members)?;
        } else {
            let message = format!("the module `{name}` is not there");
            let help = format!(
                "it is expected as `{name}.spy` or the folder `{name}` in `{}`; \
                `modules` in the table `[tool.spy]` says which modules there are",
                base.display()
            );
            return Err(PackageError::new(message).with_help(help));
        }
    }
    members.sort();
    Ok(members)
}

/// Whether a file or folder is never shipped: hidden, or made by a tool.
fn is_left_out(name: &str) -> bool {
    let is_compiled = Path::new(name).extension().is_some_and(|extension| extension == "pyc");
    name.starts_with('.') || is_compiled || matches!(name, "__pycache__" | "_spy" | "build")
}

fn add_folder(
    folder: &Path,
    prefix: &str,
    members: &mut Vec<Member>,
    depth: usize,
) -> Result<(), PackageError> {
    let fail = |error| PackageError::io("read the folder", folder, &error);
    if depth > MAX_DEPTH {
        let message = format!("folders are nested too deeply in `{}`", folder.display());
        return Err(PackageError::new(message));
    }
    let entries = fs::read_dir(folder).map_err(fail)?;
    for entry in entries {
        let entry = entry.map_err(fail)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_left_out(&name) {
            continue;
        }
        let path = format!("{prefix}/{name}");
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            add_folder(&entry.path(), &path, members, depth + 1)?;
        } else if kind.is_file() {
            add_file(&entry.path(), path, members)?;
        } else {
            let message = format!(
                "`{}` is no regular file, which a wheel cannot hold",
                entry.path().display()
            );
            return Err(PackageError::new(message).with_help("replace a link by what it points to"));
        }
    }
    Ok(())
}

fn add_file(file: &Path, path: String, members: &mut Vec<Member>) -> Result<(), PackageError> {
    if let Err(why) = names::check_member(&path) {
        let message = format!("`{path}` cannot be shipped: {why}");
        return Err(PackageError::new(message));
    }
    let bytes = fs::read(file).map_err(|error| PackageError::io("read", file, &error))?;
    members.push(Member { path, bytes });
    Ok(())
}

/// Names of files at the top of a project that are its licence, if `pyproject.toml` names none.
const LICENSES: [&str; 4] = ["LICEN", "COPYING", "NOTICE", "AUTHORS"];

/// The files of licences at the top of the project, by name.
///
/// # Errors
/// One cannot be read.
pub fn license_files(manifest: &Manifest) -> Result<Vec<Member>, PackageError> {
    let Ok(entries) = fs::read_dir(&manifest.dir) else { return Ok(Vec::new()) };
    let listed = manifest.project.license_files.as_deref();
    let is_license = |name: &str| match listed {
        Some(patterns) => patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == pattern,
        }),
        None => LICENSES.iter().any(|prefix| name.starts_with(prefix)),
    };
    let mut members = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_license(&name) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            add_file(&entry.path(), name, &mut members)?;
        }
    }
    members.sort();
    Ok(members)
}
