//! One build at a time in one folder.
//!
//! The lock is the operating system's, on an open file: it goes away with the process, however that
//! ends, so there are no stale locks.

use crate::error::EnvError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Held while a build writes into a folder.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Waits until nobody else holds the lock `path`. Calls `on_wait` if it has to wait.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn acquire(path: &Path, on_wait: impl FnOnce()) -> Result<Self, EnvError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|error| EnvError::io("write", path, &error))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            on_wait();
            // A file system that knows no locks must not make builds impossible: whatever is
            // written replaces its predecessor in one step anyway.
            let _ = file.lock();
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn the_second_waits_for_the_first() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("lock");
        let released = AtomicBool::new(false);
        let (waiting, wait) = mpsc::channel();
        let first = FolderLock::acquire(&path, || ()).expect("free");
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let lock = FolderLock::acquire(&path, || waiting.send(()).expect("heard"));
                (lock.is_ok(), released.load(Ordering::SeqCst))
            });
            wait.recv().expect("the second one has to wait");
            released.store(true, Ordering::SeqCst);
            drop(first);
            assert_eq!(second.join().expect("no panic"), (true, true));
        });
    }
}
