//! Files that builds leave behind.
//!
//! A file is written under another name and renamed, so whoever looks sees the old one or the new
//! one. Beside an artefact stands a *key file*: the hash of what it was made from and the hash of
//! its bytes. Only if both are right is it used again; anything else, a truncated file or a key of
//! another version, means that it is made again.

use crate::error::EnvError;
use crate::settings::STATE_DIR;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The list of files that builds put into a folder, relative to that folder.
const MANIFEST: &str = "manifest";

/// Prefix of files that are not finished.
pub const TEMP_PREFIX: &str = ".tmp-";

/// Makes a folder and those above it.
///
/// # Errors
/// Whatever the system says.
pub fn create_dir(dir: &Path) -> Result<(), EnvError> {
    fs::create_dir_all(dir).map_err(|error| EnvError::io("create the folder", dir, &error))
}

/// Replaces a file in one step. Folders that it is to lie in are made.
///
/// # Errors
/// Whatever the system says; the old file is still there then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), EnvError> {
    replace(path, bytes, make_readable)
}

/// Replaces a program in one step.
///
/// # Errors
/// As for [`write_atomic`].
pub fn write_executable(path: &Path, bytes: &[u8]) -> Result<(), EnvError> {
    replace(path, bytes, make_executable)
}

fn replace(
    path: &Path,
    bytes: &[u8],
    set_mode: fn(&tempfile::NamedTempFile) -> std::io::Result<()>,
) -> Result<(), EnvError> {
    let fail = |error| EnvError::io("write", path, &error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !dir.is_dir() {
        create_dir(dir)?;
    }
    let mut file = tempfile::Builder::new().prefix(TEMP_PREFIX).tempfile_in(dir).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    set_mode(&file).map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

/// Temporary files are private; what replaces a plain file should look like one.
#[cfg(unix)]
fn make_readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

/// Like [`write_atomic`], but leaves a file alone that holds these bytes already.
///
/// # Errors
/// As for [`write_atomic`].
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), EnvError> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    write_atomic(path, bytes)
}

/// Gives a finished file its name.
///
/// # Errors
/// Whatever the system says.
pub fn rename(from: &Path, to: &Path) -> Result<(), EnvError> {
    fs::rename(from, to).map_err(|error| EnvError::io("write", to, &error))
}

/// The hash of a file's bytes; `None` if it cannot be read.
#[must_use]
pub fn hash_file(path: &Path) -> Option<String> {
    Some(blake3::hash(&fs::read(path).ok()?).to_hex().to_string())
}

fn key_path(artefact: &Path) -> PathBuf {
    let mut name = artefact.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// Whether an artefact is there, complete, and made from what `key` stands for.
#[must_use]
pub fn is_fresh(artefact: &Path, key: &str, key_file: Option<&Path>) -> bool {
    let default = key_path(artefact);
    let Ok(text) = fs::read_to_string(key_file.unwrap_or(&default)) else {
        return false;
    };
    match text.split_once('\n') {
        Some((found, hash)) if found == key => {
            hash_file(artefact).is_some_and(|actual| actual == hash.trim_end())
        }
        _ => false,
    }
}

/// Notes what a finished artefact was made from.
///
/// # Errors
/// The key file cannot be written.
pub fn set_key(artefact: &Path, key: &str, key_file: Option<&Path>) -> Result<(), EnvError> {
    let hash = hash_file(artefact).unwrap_or_default();
    let default = key_path(artefact);
    write_atomic(key_file.unwrap_or(&default), format!("{key}\n{hash}\n").as_bytes())
}

/// Adds to the list of files that belong to builds in `dir`. Must happen before they are written,
/// so that a build that is cut short leaves nothing unknown.
///
/// # Errors
/// The list cannot be written.
pub fn note_files(dir: &Path, files: &BTreeSet<String>) -> Result<(), EnvError> {
    let path = dir.join(STATE_DIR).join(MANIFEST);
    let mut all = read_manifest(&path);
    if files.is_subset(&all) {
        return Ok(());
    }
    all.extend(files.iter().cloned());
    let lines: Vec<String> = all.into_iter().collect();
    write_atomic(&path, lines.join("\n").as_bytes())
}

fn read_manifest(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Removes what builds put into `dir`, and folders that are empty then. Returns how many files of
/// the user's view are gone; `None` if no build happened there.
///
/// # Errors
/// Something cannot be removed.
pub fn clean(dir: &Path) -> Result<Option<usize>, EnvError> {
    let state = dir.join(STATE_DIR);
    if !state.is_dir() {
        return Ok(None);
    }
    let mut removed = 0;
    let mut folders = BTreeSet::new();
    for name in read_manifest(&state.join(MANIFEST)) {
        let relative = Path::new(&name);
        // The list is only a file: it must not reach outside the folder.
        if relative.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            continue;
        }
        let path = dir.join(relative);
        match fs::remove_file(&path) {
            Ok(()) => removed += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(EnvError::io("remove", &path, &error)),
        }
        folders.extend(relative.ancestors().skip(1).map(|part| dir.join(part)));
    }
    fs::remove_dir_all(&state).map_err(|error| EnvError::io("remove", &state, &error))?;
    folders.insert(dir.to_owned());
    for folder in folders.iter().rev() {
        // Fails if the user keeps something there, which is then none of our business.
        let _ = fs::remove_dir(folder);
    }
    Ok(Some(removed))
}

/// Removes a folder with everything in it. Returns how many files it held.
///
/// # Errors
/// Something cannot be removed.
pub fn remove_tree(dir: &Path) -> Result<usize, EnvError> {
    let mut count = 0;
    let mut todo = vec![dir.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                todo.push(entry.path());
            } else {
                count += 1;
            }
        }
    }
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(EnvError::io("remove", dir, &error))
        }
        _ => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn a_truncated_artefact_is_not_fresh() {
        let dir = temp();
        let path = dir.path().join("x.o");
        fs::write(&path, "object").expect("write");
        assert!(!is_fresh(&path, "k", None));
        set_key(&path, "k", None).expect("write");
        assert!(is_fresh(&path, "k", None));
        assert!(!is_fresh(&path, "other", None));
        fs::write(&path, "obj").expect("write");
        assert!(!is_fresh(&path, "k", None));
        fs::write(key_path(&path), "garbage").expect("write");
        assert!(!is_fresh(&path, "garbage", None));
    }

    #[test]
    fn writing_leaves_no_temporary_files() {
        let dir = temp();
        let path = dir.path().join("a");
        write_atomic(&path, b"1").expect("write");
        write_if_changed(&path, b"2").expect("write");
        assert_eq!(fs::read(&path).expect("there"), b"2");
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1);
    }

    #[test]
    fn cleaning_spares_what_builds_did_not_write() {
        let dir = temp();
        let build = dir.path().join("build");
        assert_eq!(clean(&build), Ok(None));
        create_dir(&build.join(STATE_DIR)).expect("create");
        create_dir(&build.join("src")).expect("create");
        let files = ["app", "src/app.c", "../precious"].map(str::to_owned);
        note_files(&build, &BTreeSet::from(files)).expect("write");
        for name in ["build/app", "build/src/app.c", "build/notes.txt", "precious"] {
            fs::write(dir.path().join(name), "x").expect("write");
        }
        assert_eq!(clean(&build), Ok(Some(2)));
        assert!(build.join("notes.txt").exists() && dir.path().join("precious").exists());
        assert!(!build.join("src").exists() && !build.join(STATE_DIR).exists());
    }
}
