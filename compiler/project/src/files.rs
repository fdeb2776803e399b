//! Views on a [`System`]: the disk with a limit on sizes, and a recorder of what was asked.
//!
//! A build is a function of the answers that a [`Recorder`] saw. If all of them are still the same,
//! so is the result: see [`crate::stamp`].

use spy_db::System;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Largest source file in bytes: offsets are 32 bits wide.
pub const MAX_FILE_SIZE: u64 = u32::MAX as u64 - 1;

/// The real file system. Files above [`MAX_FILE_SIZE`] are refused before they are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl System for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > MAX_FILE_SIZE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // The file may grow while it is read.
        file.take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_SIZE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// What was asked about a path, and the answer.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Probe {
    /// The contents: a hash, or `None` if it could not be read.
    Read(Option<String>),
    /// Whether a regular file stands there.
    IsFile(bool),
    /// Whether a folder stands there.
    IsDir(bool),
}

/// Passes questions on to another system and remembers the answers.
pub struct Recorder<'s> {
    inner: &'s dyn System,
    probes: Mutex<BTreeMap<(PathBuf, u8), Probe>>,
}

impl<'s> Recorder<'s> {
    /// Records what is asked of `inner`.
    #[must_use]
    pub fn new(inner: &'s dyn System) -> Self {
        Self { inner, probes: Mutex::default() }
    }

    /// Everything that was asked, by path.
    #[must_use]
    pub fn into_probes(self) -> Vec<(PathBuf, Probe)> {
        let probes = self.probes.into_inner().unwrap_or_else(PoisonError::into_inner);
        probes.into_iter().map(|((path, _), probe)| (path, probe)).collect()
    }

    fn record(&self, path: &Path, kind: u8, probe: Probe) {
        let mut probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        probes.insert((path.to_owned(), kind), probe);
    }
}

impl System for Recorder<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let answer = self.inner.read(path);
        self.record(path, 0, read_probe(&answer));
        answer
    }

    fn is_file(&self, path: &Path) -> bool {
        let answer = self.inner.is_file(path);
        self.record(path, 1, Probe::IsFile(answer));
        answer
    }

    fn is_dir(&self, path: &Path) -> bool {
        let answer = self.inner.is_dir(path);
        self.record(path, 2, Probe::IsDir(answer));
        answer
    }
}

/// Whether asking again gives the same answer.
#[must_use]
pub fn still_holds(system: &dyn System, path: &Path, probe: &Probe) -> bool {
    match probe {
        Probe::Read(_) => read_probe(&system.read(path)) == *probe,
        Probe::IsFile(answer) => system.is_file(path) == *answer,
        Probe::IsDir(answer) => system.is_dir(path) == *answer,
    }
}

/// What is remembered of the answer to a read.
pub(crate) fn read_probe(answer: &io::Result<Vec<u8>>) -> Probe {
    Probe::Read(answer.as_ref().ok().map(|bytes| blake3::hash(bytes).to_hex().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    #[test]
    fn recorded_answers_hold_until_something_changes() {
        let memory = MemorySystem::default();
        memory.write("/a.spy", "x");
        let recorder = Recorder::new(&memory);
        assert!(recorder.is_file(Path::new("/a.spy")) && !recorder.is_file(Path::new("/b.spy")));
        assert_eq!(recorder.read(Path::new("/a.spy")).expect("there"), b"x");
        let probes = recorder.into_probes();
        assert_eq!(probes.len(), 3);
        let holds = || probes.iter().all(|(path, probe)| still_holds(&memory, path, probe));
        assert!(holds());
        memory.write("/b.spy", "");
        assert!(!holds());
        memory.remove(Path::new("/b.spy"));
        assert!(holds());
        memory.write("/a.spy", "y");
        assert!(!holds());
    }

    #[test]
    fn a_huge_file_is_refused_unread() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("huge.spy");
        let file = File::create(&path).expect("create");
        if file.set_len(MAX_FILE_SIZE + 10).is_err() {
            // File systems without sparse files cannot hold it.
            return;
        }
        let error = Disk.read(&path).expect_err("too large");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
