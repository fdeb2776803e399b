//! The record of a finished build, so that the next one may find that nothing is left to do.
//!
//! A build is a function of its settings, of the compiler itself, and of every answer that the file
//! system gave. The stamp holds all of these and the hashes of what was made; if each of them is
//! still the same, that is what a clean build would make. A stamp that cannot be read,
//! or that another version wrote, counts as no stamp.

use crate::artefacts;
use crate::error::EnvError;
use crate::files::{self, Probe};
use spy_db::System;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Grows when the meaning of a field changes.
const VERSION: u32 = 2;

/// What a build read and made.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Stamp {
    version: u32,
    /// Settings and tools.
    key: String,
    /// What the file system was asked, with the answers.
    probes: Vec<(PathBuf, Probe)>,
    /// The hashes of what it made.
    outputs: Vec<String>,
    /// What the program printed at import time.
    printed: String,
}

impl Stamp {
    /// A stamp for the files `outputs`.
    #[must_use]
    pub(crate) fn new(
        key: String,
        probes: Vec<(PathBuf, Probe)>,
        outputs: &[PathBuf],
        printed: &str,
    ) -> Self {
        let hash = |path: &PathBuf| artefacts::hash_file(path).unwrap_or_default();
        let outputs = outputs.iter().map(hash).collect();
        Self { version: VERSION, key, probes, outputs, printed: printed.to_owned() }
    }

    /// Writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), EnvError> {
        match serde_json::to_vec(self) {
            Ok(bytes) => artefacts::write_atomic(path, &bytes),
            // A path that is no Unicode has no text in JSON: such builds are not remembered.
            Err(_) => Ok(()),
        }
    }

    /// What the program prints at import time, if all `outputs` are up to date.
    #[must_use]
    pub(crate) fn check(
        path: &Path,
        key: &str,
        outputs: &[PathBuf],
        system: &dyn System,
    ) -> Option<String> {
        let stamp: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        let current = stamp.version == VERSION
            && stamp.key == key
            && stamp.probes.iter().all(|(path, probe)| files::still_holds(system, path, probe))
            && stamp.outputs.len() == outputs.len()
            && outputs.iter().zip(&stamp.outputs).all(|(output, made)| {
                artefacts::hash_file(output).is_some_and(|hash| hash == *made)
            });
        current.then_some(stamp.printed)
    }
}

/// Tells this compiler from any other build of it.
#[must_use]
pub(crate) fn compiler_identity() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let binary = std::env::current_exe().and_then(|path| path.metadata()).ok().map(|meta| {
        let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        (meta.len(), modified.map_or(0, |age| age.as_nanos()))
    });
    format!("{version} {binary:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    #[test]
    fn anything_that_changed_makes_it_stale() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (path, output) = (dir.path().join("stamp"), dir.path().join("app"));
        std::fs::write(&output, "exe").expect("write");
        let system = MemorySystem::default();
        let probes = vec![(PathBuf::from("/a.spy"), Probe::IsFile(false))];
        let check = |key: &str| Stamp::check(&path, key, std::slice::from_ref(&output), &system);
        assert_eq!(check("k"), None);
        Stamp::new("k".into(), probes, std::slice::from_ref(&output), "hi\n")
            .write(&path)
            .expect("write");
        assert_eq!(check("k").as_deref(), Some("hi\n"));
        assert_eq!(check("other"), None);
        system.write("/a.spy", "");
        assert_eq!(check("k"), None);
        system.remove(Path::new("/a.spy"));
        std::fs::write(&output, "ex").expect("truncate");
        assert_eq!(check("k"), None);
        std::fs::write(&output, "exe").expect("write");
        assert!(check("k").is_some());
        std::fs::write(&path, "{\"version\":").expect("truncate");
        assert_eq!(check("k"), None);
    }
}
