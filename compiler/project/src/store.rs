//! What outlives a build: files named by what they were made from.
//!
//! One folder for all projects of a user. An entry's name is a hash of everything that decides its
//! contents, so entries are never changed, and two builds that write the same one write the same
//! bytes. Each is written under another name and renamed, and begins with a hash of its contents: one
//! that was cut short or changed is not used, and removed. Nothing here ever fails: a store that
//! cannot be read or written is one that holds nothing.
//!
//! Reading an entry makes it young. When the folder grows beyond its limit, the oldest go.

use crate::artefacts::TEMP_PREFIX;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// What an entry is made from.
pub(crate) type Key = blake3::Hash;

/// The folder of the entries in the folder that builds share. Grows when their form changes.
const FOLDER: &str = "store-1";

/// The largest store, in bytes, if nobody says otherwise.
pub const DEFAULT_LIMIT: u64 = 2 << 30;

/// What entries begin with: a hash of the rest.
const HEADER: usize = blake3::OUT_LEN;

/// An entry that was read is as young as if it were new. Whether that was an hour ago does not
/// matter, so most reads write nothing.
const YOUNG: Duration = Duration::from_secs(3600);

/// How often the store is measured, if little is written.
const SWEEP_PAUSE: Duration = Duration::from_secs(3600);

/// Of what age files that are not finished belong to builds that were killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The file whose age tells when the store was measured.
const SWEPT: &str = "swept";

/// A folder of entries.
#[derive(Debug)]
pub(crate) struct Store {
    dir: Option<PathBuf>,
    /// In bytes.
    limit: u64,
    /// What this process wrote, in bytes.
    written: AtomicU64,
}

/// What is in a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Number of entries.
    pub entries: usize,
    /// Size of all of them, in bytes.
    pub bytes: u64,
}

/// A file in the store.
struct Entry {
    path: PathBuf,
    size: u64,
    used: SystemTime,
}

impl Store {
    /// The store below the folder that builds share, if there is one.
    pub(crate) fn new(cache: Option<&Path>, limit: u64) -> Self {
        let dir = cache.map(|cache| cache.join(FOLDER));
        Self { dir, limit, written: AtomicU64::new(0) }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let name = key.to_hex();
        let (folder, file) = name.split_at(2);
        Some(self.dir.as_ref()?.join(folder).join(file))
    }

    /// The contents of an entry, if it is there and complete.
    pub(crate) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        let mut bytes = fs::read(&path).ok()?;
        let sound = bytes
            .split_at_checked(HEADER)
            .is_some_and(|(hash, rest)| *blake3::hash(rest).as_bytes() == *hash);
        if !sound {
            // It is written again by whoever misses it.
            let _ = fs::remove_file(&path);
            return None;
        }
        make_young(&path);
        bytes.drain(..HEADER);
        Some(bytes)
    }

    /// Adds an entry.
    pub(crate) fn put(&self, key: &Key, contents: &[u8]) {
        let Some(path) = self.path(key) else { return };
        if write(&path, contents).is_some() {
            self.written.fetch_add(contents.len() as u64, Ordering::Relaxed);
        }
    }

    /// Removes the oldest entries if the store may have become too large.
    pub(crate) fn tidy(&self) {
        let written = self.written.swap(0, Ordering::Relaxed);
        let Some(dir) = self.dir.as_deref().filter(|_| written > 0) else { return };
        let swept = dir.join(SWEPT);
        let due = !is_younger(&swept, SWEEP_PAUSE) || written > self.limit / 8;
        if due
            && File::create(&swept).is_ok_and(|file| file.set_modified(SystemTime::now()).is_ok())
        {
            sweep(dir, self.limit);
        }
    }
}

/// Writes a file in one step; `None` if that fails.
fn write(path: &Path, contents: &[u8]) -> Option<()> {
    let dir = path.parent()?;
    let file = new_file(dir).or_else(|_| {
        fs::create_dir_all(dir)?;
        new_file(dir)
    });
    let mut file = file.ok()?;
    file.write_all(blake3::hash(contents).as_bytes()).ok()?;
    file.write_all(contents).ok()?;
    file.persist(path).ok().map(drop)
}

fn new_file(dir: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMP_PREFIX).tempfile_in(dir)
}

fn is_younger(path: &Path, age: Duration) -> bool {
    let modified = path.metadata().and_then(|meta| meta.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed < age))
}

fn make_young(path: &Path) {
    if !is_younger(path, YOUNG) {
        // If that is not allowed, it goes sooner.
        let file = File::options().append(true).open(path);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// All entries of a store, and files that nobody will finish.
fn entries(dir: &Path) -> (Vec<Entry>, Vec<PathBuf>) {
    let (mut found, mut abandoned) = (Vec::new(), Vec::new());
    let folders = fs::read_dir(dir).into_iter().flatten().flatten();
    for file in folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten() {
        let path = file.path();
        if file.file_name().to_string_lossy().starts_with(TEMP_PREFIX) {
            if !is_younger(&path, ABANDONED) {
                abandoned.push(path);
            }
        } else if let Ok(meta) = file.metadata() {
            let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push(Entry { path, size: meta.len(), used });
        }
    }
    (found, abandoned)
}

/// Removes the oldest entries until four fifths of `limit` are left, if there is more than `limit`.
fn sweep(dir: &Path, limit: u64) {
    let (mut found, abandoned) = entries(dir);
    for path in abandoned {
        let _ = fs::remove_file(path);
    }
    let mut total: u64 = found.iter().map(|entry| entry.size).sum();
    if total <= limit {
        return;
    }
    found.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    for entry in found {
        if total <= limit / 5 * 4 {
            return;
        }
        // Whoever reads it at this moment has it open, or misses it.
        if fs::remove_file(&entry.path).is_ok() {
            total -= entry.size;
        }
    }
}

/// What the store below the folder `cache` holds.
#[must_use]
pub fn usage(cache: &Path) -> Usage {
    let (found, _) = entries(&cache.join(FOLDER));
    Usage { entries: found.len(), bytes: found.iter().map(|entry| entry.size).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        blake3::hash(text.as_bytes())
    }

    fn store(limit: u64) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(Some(dir.path()), limit);
        (dir, store)
    }

    #[test]
    fn what_was_put_is_there() {
        let (dir, store) = store(1 << 20);
        assert_eq!(store.get(&key("a")), None);
        store.put(&key("a"), b"object");
        assert_eq!(store.get(&key("a")).as_deref(), Some(&b"object"[..]));
        let again = Store::new(Some(dir.path()), 1 << 20);
        assert_eq!(again.get(&key("a")).as_deref(), Some(&b"object"[..]));
        assert_eq!(again.get(&key("b")), None);
        assert_eq!(usage(dir.path()), Usage { entries: 1, bytes: 6 + HEADER as u64 });
    }

    #[test]
    fn what_was_changed_is_not_used() {
        for damage in [
            |bytes: &mut Vec<u8>| bytes.truncate(39),
            |bytes: &mut Vec<u8>| bytes.truncate(3),
            |bytes: &mut Vec<u8>| bytes.clear(),
            |bytes: &mut Vec<u8>| bytes[35] ^= 4,
            |bytes: &mut Vec<u8>| bytes[0] ^= 1,
            |bytes: &mut Vec<u8>| bytes.push(0),
        ] {
            let (_dir, store) = store(1 << 20);
            store.put(&key("a"), b"contents");
            let path = store.path(&key("a")).expect("a folder");
            let mut bytes = fs::read(&path).expect("there");
            damage(&mut bytes);
            fs::write(&path, bytes).expect("write");
            assert_eq!(store.get(&key("a")), None);
            assert!(!path.exists());
            store.put(&key("a"), b"contents");
            assert_eq!(store.get(&key("a")).as_deref(), Some(&b"contents"[..]));
        }
    }

    #[test]
    fn the_oldest_go_first() {
        let (dir, store) = store(1000);
        for (age, name) in ["old", "used", "new"].into_iter().enumerate() {
            store.put(&key(name), &[0; 300]);
            let path = store.path(&key(name)).expect("a folder");
            let file = File::options().append(true).open(path).expect("there");
            let hours = Duration::from_secs(3600 * (10 - age as u64));
            file.set_modified(SystemTime::now() - hours).expect("a time");
        }
        // Reading makes young.
        assert!(store.get(&key("old")).is_some());
        store.put(&key("more"), &[0; 300]);
        store.tidy();
        let left = ["old", "used", "new", "more"].map(|name| store.get(&key(name)).is_some());
        assert_eq!(left, [true, false, false, true]);
        assert!(usage(dir.path()).bytes <= 800);
    }

    #[test]
    fn a_store_that_cannot_be_written_holds_nothing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("write");
        for store in [Store::new(Some(&file), 10), Store::new(None, 10)] {
            store.put(&key("a"), b"x");
            store.tidy();
            assert_eq!(store.get(&key("a")), None);
        }
    }

    #[test]
    fn what_killed_builds_left_goes() {
        let (dir, store) = store(1 << 20);
        store.put(&key("a"), b"x");
        let folder = store.path(&key("a")).expect("a folder").with_file_name(".tmp-1");
        let file = File::create(&folder).expect("create");
        file.set_modified(SystemTime::now() - ABANDONED * 2).expect("a time");
        store.tidy();
        assert!(!folder.exists());
        assert_eq!(usage(dir.path()).entries, 1);
    }
}
