//! The runtime library on disk.
//!
//! Headers and archives are part of the compiler's binary. A C compiler wants files, so they are
//! written once into a folder named by their fingerprint and compared byte by byte on every use: a
//! file that was cut short or changed is written again, and two processes may do so at once.

use crate::error::LinkError;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The runtime as bytes.
#[derive(Clone, Debug)]
pub struct Runtime<'r> {
    /// Header files by path below the include folder: `spy.h`, `spy/str.h`.
    pub headers: Vec<(&'r str, &'r [u8])>,
    /// C files by path below the runtime's folder: what is compiled where it is needed, since there
    /// is no archive for the target.
    pub sources: Vec<(&'r str, &'r [u8])>,
    /// Archives by file name, in the order in which they are linked.
    pub archives: Vec<(&'r str, &'r [u8])>,
    /// Tells one version of all of it from another.
    pub fingerprint: &'r str,
}

/// The runtime as files.
#[derive(Clone, Debug)]
pub struct InstalledRuntime {
    /// The folder that holds everything else.
    pub dir: PathBuf,
    /// The folder to include headers from.
    pub include: PathBuf,
    /// The archives, or objects made of the sources, in the order in which they are linked.
    pub archives: Vec<PathBuf>,
}

impl Runtime<'_> {
    /// Makes sure that the files are there: below `cache`, or if nothing can be written there,
    /// below `fallback`.
    ///
    /// # Errors
    /// Neither folder can be written.
    pub fn install(
        &self,
        cache: Option<&Path>,
        fallback: &Path,
    ) -> Result<InstalledRuntime, LinkError> {
        let name = format!("runtime-{}", self.fingerprint.get(..16).unwrap_or(self.fingerprint));
        if let Some(cache) = cache
            && let Ok(installed) = self.write_below(&cache.join(&name))
        {
            return Ok(installed);
        }
        self.write_below(&fallback.join(&name))
    }

    fn write_below(&self, dir: &Path) -> Result<InstalledRuntime, LinkError> {
        let include = dir.join("include");
        for (name, bytes) in &self.headers {
            ensure_file(&include.join(name), bytes)?;
        }
        for (name, bytes) in &self.sources {
            ensure_file(&dir.join(name), bytes)?;
        }
        let mut archives = Vec::new();
        for (name, bytes) in &self.archives {
            let path = dir.join(name);
            ensure_file(&path, bytes)?;
            archives.push(path);
        }
        Ok(InstalledRuntime { dir: dir.to_owned(), include, archives })
    }
}

/// Leaves a file alone that holds `bytes`, and replaces any other in one step.
fn ensure_file(path: &Path, bytes: &[u8]) -> Result<(), LinkError> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir).map_err(|e| LinkError::io("create the folder", dir, e))?;
    let fail = |e| LinkError::io("write", path, e);
    let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(dir).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> Runtime<'static> {
        Runtime {
            headers: vec![("spy.h", b"/* all */"), ("spy/str.h", b"/* str */")],
            sources: vec![("src/str.c", b"/* str */")],
            archives: vec![("libspy.a", b"!<arch>\n")],
            fingerprint: "0123456789abcdef0123",
        }
    }

    #[test]
    fn writes_once_and_repairs() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let installed = runtime().install(Some(dir.path()), Path::new("/nowhere")).expect("writes");
        assert_eq!(fs::read(installed.include.join("spy/str.h")).expect("there"), b"/* str */");
        assert!(installed.dir.join("src/str.c").is_file());
        let archive = &installed.archives[0];
        let first = archive.metadata().expect("there").modified().expect("has a time");
        runtime().install(Some(dir.path()), Path::new("/nowhere")).expect("checks");
        assert_eq!(archive.metadata().expect("there").modified().expect("has a time"), first);
        fs::write(archive, b"!<ar").expect("truncate");
        runtime().install(Some(dir.path()), Path::new("/nowhere")).expect("repairs");
        assert_eq!(fs::read(archive).expect("there"), b"!<arch>\n");
    }

    #[test]
    fn falls_back_when_the_cache_is_not_a_folder() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("write");
        let fallback = dir.path().join("build");
        let installed = runtime().install(Some(&file), &fallback).expect("falls back");
        assert!(installed.include.starts_with(&fallback));
        let error = runtime().install(None, &file).expect_err("nowhere to write");
        assert!(matches!(error, LinkError::Io { .. }), "{error}");
    }
}
