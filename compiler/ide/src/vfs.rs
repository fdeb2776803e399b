//! Files as the editor has them: the disk, with the texts that are not saved yet on top.

use spy_db::System;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// A file system with texts on top of it.
pub struct Overlay {
    disk: Arc<dyn System>,
    open: RwLock<BTreeMap<PathBuf, Arc<str>>>,
}

impl Overlay {
    /// A file system with nothing on top yet.
    #[must_use]
    pub fn new(disk: Arc<dyn System>) -> Self {
        Self { disk, open: RwLock::default() }
    }

    /// Puts a text where a file may or may not be.
    pub fn set(&self, path: &Path, text: Arc<str>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.insert(path.to_owned(), text);
    }

    /// Lets the file on the disk, if there is one, be seen again.
    pub fn remove(&self, path: &Path) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    /// The text that was put there.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<Arc<str>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }
}

impl System for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.disk.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.get(path).is_some() || self.disk.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.disk.is_dir(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    #[test]
    fn what_is_not_saved_hides_the_file() {
        let disk = MemorySystem::default();
        disk.write("/a.spy", "old");
        let overlay = Overlay::new(Arc::new(disk));
        let (a, b) = (Path::new("/a.spy"), Path::new("/b.spy"));
        overlay.set(a, "new".into());
        overlay.set(b, "only here".into());
        assert_eq!(overlay.read(a).expect("there"), b"new");
        assert!(overlay.is_file(b));
        overlay.remove(a);
        overlay.remove(b);
        assert_eq!(overlay.read(a).expect("there"), b"old");
        assert!(!overlay.is_file(b));
    }
}
