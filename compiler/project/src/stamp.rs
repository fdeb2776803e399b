//! The record of a finished build, so that the next one may find that nothing is left to do.
//!
//! A build is a function of its settings, of the compiler itself, and of every answer that the file
//! system gave. The stamp holds all of these and the hashes of what was made; if each of them is
//! still the same, that is what a clean build would make. A stamp that cannot be read,
//! or that another version wrote, counts as no stamp.

use crate::artefacts;
use crate::error::EnvError;
use crate::files::{self, Probe};
use crate::store::Key;
use spy_db::System;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Grows when the meaning of a field changes.
const VERSION: u32 = 3;

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
    /// What was made in detail: the name of a snapshot in the store.
    snapshot: Option<String>,
    /// The files of the modules in it that have one.
    places: Vec<(String, PathBuf)>,
}

/// What has happened since a build.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Since {
    /// Nothing: what it printed at import time.
    Nothing(String),
    /// These files have other contents, or what it made is not there.
    Edits(Box<Stamp>, Vec<PathBuf>),
    /// Too much, or there was no build.
    Anything,
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
        let (printed, places) = (printed.to_owned(), Vec::new());
        Self { version: VERSION, key, probes, outputs, printed, snapshot: None, places }
    }

    /// Adds the name of a snapshot, and the files of the modules in it.
    #[must_use]
    pub(crate) fn with_snapshot(mut self, snapshot: &Key, places: &[(String, PathBuf)]) -> Self {
        self.snapshot = Some(snapshot.to_hex().to_string());
        self.places = places.to_vec();
        self
    }

    /// The name of the snapshot.
    pub(crate) fn snapshot(&self) -> Option<Key> {
        Key::from_hex(self.snapshot.as_deref()?).ok()
    }

    /// The files of the modules in the snapshot.
    pub(crate) fn places(&self) -> &[(String, PathBuf)] {
        &self.places
    }

    /// What the file system was asked, with the answers that it gives now to those about `files`.
    pub(crate) fn probes_now(
        &self,
        files: &[PathBuf],
        system: &dyn System,
    ) -> Vec<(PathBuf, Probe)> {
        let now = |(path, probe): &(PathBuf, Probe)| match probe {
            Probe::Read(_) if files.contains(path) => {
                (path.clone(), files::read_probe(&system.read(path)))
            }
            probe => (path.clone(), probe.clone()),
        };
        self.probes.iter().map(now).collect()
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

    /// Reads a stamp of this version.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let stamp: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (stamp.version == VERSION).then_some(stamp)
    }

    /// What has happened since the build that left the stamp `path`.
    #[must_use]
    pub(crate) fn since(path: &Path, key: &str, outputs: &[PathBuf], system: &dyn System) -> Since {
        let Some(stamp) = Self::read(path).filter(|stamp| stamp.key == key) else {
            return Since::Anything;
        };
        let mut files = Vec::new();
        for (path, probe) in &stamp.probes {
            if !files::still_holds(system, path, probe) {
                if !matches!(probe, Probe::Read(Some(_))) || !system.is_file(path) {
                    return Since::Anything;
                }
                files.push(path.clone());
            }
        }
        let is_there = files.is_empty()
            && stamp.outputs.len() == outputs.len()
            && outputs.iter().zip(&stamp.outputs).all(|(output, made)| {
                artefacts::hash_file(output).is_some_and(|hash| hash == *made)
            });
        if is_there {
            return Since::Nothing(stamp.printed);
        }
        Since::Edits(Box::new(stamp), files)
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
        let check =
            |key: &str| match Stamp::since(&path, key, std::slice::from_ref(&output), &system) {
                Since::Nothing(printed) => Some(printed),
                Since::Edits(..) | Since::Anything => None,
            };
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
