//! Writing wheels. The same files give the same bytes: names are sorted, times and modes fixed.

use super::{GENERATOR, TAG, record};
use crate::dist::Distribution;
use crate::error::PackageError;
use crate::manifest::{Manifest, Shipped};
use crate::tree::Member;
use std::io::{self, Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A finished archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Built {
    /// The name of the file.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The wheel of a project.
///
/// # Errors
/// It is too large for an archive.
pub fn archive(dist: &Distribution) -> Result<Built, PackageError> {
    let keeps = |member: &&Member| dist.shipped == Shipped::Source || !is_source(&member.path);
    let mut members: Vec<Member> = dist.modules.iter().filter(keeps).cloned().collect();
    members.extend(dist.built.iter().cloned());
    finish(dist, members)
}

/// A wheel that makes an environment look for the project where it stands.
///
/// # Errors
/// The folder's name is not text.
pub fn editable(manifest: &Manifest, dist: &Distribution) -> Result<Built, PackageError> {
    let folder = manifest.source_dir();
    let Some(text) = folder.to_str().filter(|text| !text.contains(['\n', '\r'])) else {
        let message = format!(
            "the name of the folder `{}` cannot be written into a `.pth` file",
            folder.display()
        );
        return Err(PackageError::new(message));
    };
    let name = dist.stem.split('-').next().unwrap_or(&dist.stem);
    let path = format!("__editable__.{name}.pth");
    finish(dist, vec![Member { path, bytes: format!("{text}\n").into_bytes() }])
}

fn is_source(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "spy")
}

fn finish(dist: &Distribution, mut members: Vec<Member>) -> Result<Built, PackageError> {
    members.sort();
    let info = format!("{}.dist-info", dist.stem);
    // Tools read these first, and look for them at the end.
    let is_pure = dist.tag == TAG;
    let wheel = format!(
        "Wheel-Version: 1.0\nGenerator: {GENERATOR}\nRoot-Is-Purelib: {is_pure}\nTag: {}\n",
        dist.tag
    );
    let mut described: Vec<Member> = dist
        .licenses
        .iter()
        .map(|member| Member {
            path: format!("{info}/licenses/{}", member.path),
            bytes: member.bytes.clone(),
        })
        .collect();
    described
        .push(Member { path: format!("{info}/METADATA"), bytes: dist.metadata.clone().into() });
    described.push(Member { path: format!("{info}/WHEEL"), bytes: wheel.into() });
    members.extend(described);
    let mut record = String::new();
    for member in &members {
        record::push(&mut record, &member.path, &member.bytes);
    }
    record.push_str(&format!("{info}/RECORD,,\n"));
    members.push(Member { path: format!("{info}/RECORD"), bytes: record.into() });
    let bytes =
        pack(&members).map_err(|error| PackageError::new(format!("cannot pack: {error}")))?;
    Ok(Built { name: format!("{}-{}.whl", dist.stem, dist.tag), bytes })
}

fn pack(members: &[Member]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for member in members {
        zip.start_file(member.path.as_str(), options)?;
        zip.write_all(&member.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
