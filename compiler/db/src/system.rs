//! The door to the outside world: files.
//!
//! Everything that reads sources goes through [`System`], so that a whole build can run on a
//! folder that exists only in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Reads what a build needs from outside.
pub trait System: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Whether a regular file stands there.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether a folder stands there.
    fn is_dir(&self, path: &Path) -> bool;
}

/// The real file system.
#[derive(Debug, Default, Clone, Copy)]
pub struct OsSystem;

impl System for OsSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// Files in memory.
#[derive(Debug, Default)]
pub struct MemorySystem(Mutex<BTreeMap<PathBuf, Vec<u8>>>);

impl MemorySystem {
    /// Writes or replaces a file.
    pub fn write(&self, path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) {
        self.files().insert(path.into(), text.into());
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, path: &Path) {
        self.files().remove(path);
    }

    fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl System for MemorySystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files().contains_key(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.files().keys().any(|file| file.starts_with(path) && file != path)
    }
}
