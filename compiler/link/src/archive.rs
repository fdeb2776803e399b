//! Static libraries: objects and the members of other archives in one file.

use crate::error::LinkError;
use ar_archive_writer::{
    ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream,
};
use object::read::archive::ArchiveFile;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

/// The bytes of a static library of these objects and of everything in these archives. They depend
/// on nothing else: no times, no owners.
///
/// # Errors
/// A file cannot be read, or an archive is none.
pub fn archive(objects: &[PathBuf], archives: &[PathBuf]) -> Result<Vec<u8>, LinkError> {
    let read = |path: &PathBuf| fs::read(path).map_err(|error| LinkError::io("read", path, error));
    let member = |data, name| NewArchiveMember::new(data, &DEFAULT_OBJECT_READER, name);
    let mut members: Vec<NewArchiveMember<'_>> = Vec::new();
    for path in objects {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        members.push(member(read(path)?, name));
    }
    for path in archives {
        let data = read(path)?;
        for (name, bytes) in parts(path, &data)? {
            members.push(member(bytes, name));
        }
    }
    let kind = if cfg!(target_os = "macos") { ArchiveKind::Darwin } else { ArchiveKind::Gnu };
    let mut out = Cursor::new(Vec::new());
    write_archive_to_stream(&mut out, &members, kind, false, None)
        .map_err(|error| LinkError::io("make an archive of", &first(objects), error))?;
    Ok(out.into_inner())
}

fn first(objects: &[PathBuf]) -> PathBuf {
    objects.first().cloned().unwrap_or_default()
}

/// Names and contents of the members of an archive.
fn parts(path: &Path, data: &[u8]) -> Result<Vec<(String, Vec<u8>)>, LinkError> {
    let fail = |error: object::read::Error| {
        LinkError::io("read", path, io::Error::new(io::ErrorKind::InvalidData, error))
    };
    let file = ArchiveFile::parse(data).map_err(fail)?;
    let mut found = Vec::new();
    for part in file.members() {
        let part = part.map_err(fail)?;
        let name = String::from_utf8_lossy(part.name()).into_owned();
        found.push((name, part.data(data).map_err(fail)?.to_vec()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_taken_apart_and_put_together() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, data: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, data).expect("write");
            path
        };
        let (a, b) = (write("a.o", b"first"), write("b.o", b"second, and longer"));
        let inner = archive(&[b], &[]).expect("archive");
        let inner = write("inner.a", &inner);
        let whole = archive(&[a], &[inner]).expect("archive");
        let found = parts(Path::new("whole.a"), &whole).expect("members");
        let expected = [("a.o", &b"first"[..]), ("b.o", b"second, and longer")];
        assert_eq!(found, expected.map(|(name, data)| (name.to_owned(), data.to_vec())));
        let broken = write("broken.a", b"!<arch>\ngarbage");
        assert!(archive(&[], &[broken]).is_err());
    }
}
