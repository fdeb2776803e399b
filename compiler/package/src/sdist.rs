//! Source archives: everything that a wheel is made from.

use crate::dist::Distribution;
use crate::error::PackageError;
use crate::manifest::{FILE_NAME, Manifest, Readme};
use crate::tree::Member;
use flate2::{Compression, GzBuilder};
use std::fs;
use std::io;
use std::path::Path;

/// The bytes of `NAME-VERSION.tar.gz`. The same files give the same bytes.
///
/// # Errors
/// A file that the manifest names cannot be read.
pub fn archive(manifest: &Manifest, dist: &Distribution) -> Result<Vec<u8>, PackageError> {
    let mut members = vec![Member { path: "PKG-INFO".into(), bytes: dist.metadata.clone().into() }];
    members.push(read(&manifest.dir, FILE_NAME)?);
    if let Some(file) = readme(manifest) {
        members.push(read(&manifest.dir, file)?);
    }
    members.extend(dist.licenses.iter().cloned());
    let inside = manifest.source_dir() != manifest.dir;
    members.extend(dist.modules.iter().map(|member| {
        let path = if inside { format!("src/{}", member.path) } else { member.path.clone() };
        Member { path, bytes: member.bytes.clone() }
    }));
    members.sort();
    members.dedup_by(|a, b| a.path == b.path);
    pack(&dist.stem, &members).map_err(|error| PackageError::new(format!("cannot pack: {error}")))
}

fn readme(manifest: &Manifest) -> Option<&str> {
    match manifest.project.readme.as_ref()? {
        Readme::File(file) => Some(file),
        Readme::Table { file, .. } => file.as_deref(),
    }
}

fn read(dir: &Path, name: &str) -> Result<Member, PackageError> {
    if let Err(why) = crate::names::check_member(name) {
        return Err(PackageError::new(format!("`{name}` cannot be shipped: {why}")));
    }
    let path = dir.join(name);
    let bytes = fs::read(&path).map_err(|error| PackageError::io("read", &path, &error))?;
    Ok(Member { path: name.to_owned(), bytes })
}

fn pack(stem: &str, members: &[Member]) -> io::Result<Vec<u8>> {
    // Neither times nor users: they would differ between machines.
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for member in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(member.bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, format!("{stem}/{}", member.path), member.bytes.as_slice())?;
    }
    tar.into_inner()?.finish()
}
