//! Reading wheels that may be hostile.
//!
//! Nothing is written before the whole list of members has been judged, sizes are counted while
//! they are unpacked, and what was unpacked is given its name only if `RECORD` agrees with it.

use super::record;
use crate::error::PackageError;
use crate::names;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// What a wheel may hold at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Members.
    pub members: usize,
    /// Bytes of the archive.
    pub archive: u64,
    /// Bytes of one member, unpacked.
    pub member: u64,
    /// Bytes of all members, unpacked.
    pub total: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { members: 20_000, archive: 256 << 20, member: 256 << 20, total: 1 << 30 }
    }
}

/// Files that a wheel's `RECORD` does not have a hash of.
const UNHASHED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/// A wheel whose members were judged.
pub struct Wheel {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    /// Names of the files, in the archive's order.
    files: Vec<String>,
    /// `name-version.dist-info`.
    info: String,
    limits: Limits,
}

impl Wheel {
    /// Opens a wheel and judges what it says that it holds.
    ///
    /// # Errors
    /// It is not a wheel, or breaks one of the rules for them; the message names the member.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, PackageError> {
        let fail = |error| PackageError::io("read", path, &error);
        let file = File::open(path).map_err(fail)?;
        let size = file.metadata().map_err(fail)?.len();
        let refuse = |what: String| refusal(path, &what);
        if size > limits.archive {
            return Err(refuse(format!("it is larger than {} bytes", limits.archive)));
        }
        let mut reader = BufReader::new(file);
        let counted = entry_count(&mut reader, size).map_err(fail)?;
        let Some(counted) = counted else {
            return Err(refuse("it is not a zip archive".to_owned()));
        };
        if counted > limits.members {
            return Err(refuse(format!("it has more than {} members", limits.members)));
        }
        let archive = ZipArchive::new(reader).map_err(|error| refuse(error.to_string()))?;
        if archive.len() != counted {
            return Err(refuse("two members have one name".to_owned()));
        }
        let mut wheel =
            Self { path: path.to_owned(), archive, files: Vec::new(), info: String::new(), limits };
        wheel.judge()?;
        wheel.info = wheel.find_info()?;
        Ok(wheel)
    }

    /// The paths of the files in it.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    fn refuse(&self, what: &str) -> PackageError {
        refusal(&self.path, what)
    }

    /// Checks names, kinds and declared sizes.
    fn judge(&mut self) -> Result<(), PackageError> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        let mut folders: BTreeMap<String, String> = BTreeMap::new();
        let mut total: u64 = 0;
        for index in 0..self.archive.len() {
            let path = self.path.clone();
            let entry = self
                .archive
                .by_index_raw(index)
                .map_err(|error| refusal(&path, &error.to_string()))?;
            let Ok(name) = std::str::from_utf8(entry.name_raw()) else {
                return Err(refusal(&path, &format!("the name of member {index} is not UTF-8")));
            };
            let of = |what: &str| {
                refusal(&path, &format!("the member `{}` is refused: {what}", name.escape_debug()))
            };
            let is_folder = name.ends_with('/');
            let bare = name.strip_suffix('/').unwrap_or(name);
            names::check_member(bare).map_err(of)?;
            if entry.is_symlink() {
                return Err(of("it is a symbolic link"));
            }
            if entry.encrypted() {
                return Err(of("it is encrypted"));
            }
            if is_folder && entry.size() != 0 {
                return Err(of("it is a folder with contents"));
            }
            total = total.saturating_add(entry.size());
            if entry.size() > self.limits.member || total > self.limits.total {
                return Err(of("unpacked, it would be too large"));
            }
            let parents =
                if is_folder { bare } else { bare.rsplit_once('/').map_or("", |(dir, _)| dir) };
            note_folders(parents, &mut folders).map_err(of)?;
            if !is_folder {
                if files.insert(bare.to_lowercase(), bare.to_owned()).is_some() {
                    return Err(of("another member differs from it in case only"));
                }
                self.files.push(bare.to_owned());
            }
        }
        match files.iter().find(|(key, _)| folders.contains_key(*key)) {
            Some((_, name)) => {
                Err(self.refuse(&format!("the member `{name}` is a file and a folder")))
            }
            None => Ok(()),
        }
    }

    /// The one folder with the wheel's metadata, which has the wheel's name.
    fn find_info(&self) -> Result<String, PackageError> {
        let top = |file: &String| file.split_once('/').map(|(dir, _)| dir.to_owned());
        let found: BTreeSet<String> =
            self.files.iter().filter_map(top).filter(|dir| dir.ends_with(".dist-info")).collect();
        let mut found = found.into_iter();
        let (Some(info), None) = (found.next(), found.next()) else {
            return Err(self.refuse("it does not have exactly one folder `.dist-info`"));
        };
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut parts = stem.split('-');
        let own =
            format!("{}-{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let key = |text: &str| text.to_lowercase().replace('.', "_");
        if key(&info) != key(&format!("{own}.dist-info")) {
            return Err(self
                .refuse(&format!("the name of the file does not agree with its folder `{info}`")));
        }
        Ok(info)
    }

    /// Unpacks the wheel into `target`, which must not exist yet: everything, or nothing.
    ///
    /// # Errors
    /// The contents are not what the wheel says, or the folder cannot be written.
    pub fn unpack(mut self, target: &Path) -> Result<(), PackageError> {
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent)
            .map_err(|error| PackageError::io("create the folder", parent, &error))?;
        let fail = |error| PackageError::io("write into", parent, &error);
        let temp = tempfile::Builder::new().prefix(".unpack-").tempdir_in(parent).map_err(fail)?;
        let record = self.record()?;
        let mut left = self.limits.total;
        for name in self.files.clone() {
            let bytes = self.member(&name, left.min(self.limits.member))?;
            left = left.saturating_sub(bytes.len() as u64);
            self.compare(&name, &bytes, &record)?;
            let path = temp.path().join(&name);
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(fail)?;
            fs::write(&path, &bytes).map_err(fail)?;
        }
        match fs::rename(temp.path(), target) {
            // Another process was faster: what it made has the same contents.
            Err(_) if target.is_dir() => Ok(()),
            done => done.map_err(fail),
        }
    }

    fn record(&mut self) -> Result<BTreeMap<String, record::Entry>, PackageError> {
        let name = format!("{}/RECORD", self.info);
        let text = self.text(&name)?;
        let record = record::parse(&text).map_err(|error| self.refuse(&error.message))?;
        let wheel = self.text(&format!("{}/WHEEL", self.info))?;
        let version = wheel.lines().find_map(|line| line.strip_prefix("Wheel-Version:"));
        if !version.is_some_and(|version| version.trim().starts_with("1.")) {
            return Err(self.refuse("it is not of version 1 of the format"));
        }
        let files: BTreeSet<&String> = self.files.iter().collect();
        match record.keys().find(|name| !files.contains(name)) {
            Some(name) => {
                Err(self
                    .refuse(&format!("RECORD names `{}`, which is not there", name.escape_debug())))
            }
            None => Ok(record),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, PackageError> {
        if !self.files.iter().any(|file| file == name) {
            return Err(self.refuse(&format!("`{name}` is not there")));
        }
        let bytes = self.member(name, 16 << 20)?;
        String::from_utf8(bytes).map_err(|_| self.refuse(&format!("`{name}` is not UTF-8")))
    }

    /// The bytes of a member, no more than `limit` of them, whatever it says about its size.
    fn member(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, PackageError> {
        let path = self.path.clone();
        let of = |what: &str| refusal(&path, &format!("the member `{name}` is refused: {what}"));
        let entry = self.archive.by_name(name).map_err(|error| of(&error.to_string()))?;
        let mut bytes = Vec::new();
        entry.take(limit + 1).read_to_end(&mut bytes).map_err(|error| of(&error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(of("unpacked, it is too large"));
        }
        Ok(bytes)
    }

    fn compare(
        &self,
        name: &str,
        bytes: &[u8],
        record: &BTreeMap<String, record::Entry>,
    ) -> Result<(), PackageError> {
        let is_unhashed = name.strip_prefix(&self.info).is_some_and(|rest| {
            rest.strip_prefix('/').is_some_and(|file| UNHASHED.contains(&file))
        });
        if is_unhashed {
            return Ok(());
        }
        let Some(entry) = record.get(name) else {
            return Err(self.refuse(&format!("RECORD does not name `{name}`")));
        };
        let size_agrees = entry.size.is_none_or(|size| size == bytes.len() as u64);
        if !size_agrees || entry.hash != record::hash(bytes) {
            return Err(self
                .refuse(&format!("`{name}` is not what RECORD says: its hash differs"))
                .with_help("the file was changed after it was packed; get it again"));
        }
        Ok(())
    }
}

fn refusal(path: &Path, what: &str) -> PackageError {
    PackageError::new(format!("the wheel `{}` cannot be used: {what}", path.display()))
}

/// Notes a folder and those that it is in.
fn note_folders(folder: &str, known: &mut BTreeMap<String, String>) -> Result<(), &'static str> {
    let mut rest = folder;
    while !rest.is_empty() {
        let name = known.entry(rest.to_lowercase()).or_insert_with(|| rest.to_owned());
        if name != rest {
            return Err("another folder differs from its own in case only");
        }
        rest = rest.rsplit_once('/').map_or("", |(outer, _)| outer);
    }
    Ok(())
}

/// The number of members, from the record at the end of the archive; `None` if there is none, or
/// one for archives that are larger than wheels may be. The reader of the archive keeps one of
/// several members with one name, so only this says that there are several.
fn entry_count(reader: &mut (impl Read + Seek), size: u64) -> std::io::Result<Option<usize>> {
    const END: u64 = 22;
    let length = size.min(END + u64::from(u16::MAX));
    reader.seek(SeekFrom::Start(size - length))?;
    let mut tail = Vec::new();
    reader.take(length).read_to_end(&mut tail)?;
    let word = |at: usize| {
        tail.get(at..at + 2).map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])))
    };
    let starts = (0..tail.len().saturating_sub(21)).rev();
    for at in starts.filter(|&at| tail[at..].starts_with(b"PK\x05\x06")) {
        if word(at + 20).is_some_and(|comment| at + 22 + comment == tail.len()) {
            return Ok(word(at + 10).filter(|&count| count != usize::from(u16::MAX)));
        }
    }
    Ok(None)
}
