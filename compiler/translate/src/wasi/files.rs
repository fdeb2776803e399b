//! Files: the table of what is open, and opening by path.

use super::{Done, Errno, Guest, Host, MODULE, Outside, answer};
use std::fs::{self, File, OpenOptions};
use std::io::{IsTerminal, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use wasmtime::{Caller, Linker, Result};

/// Something that a program has open.
pub(super) enum Entry {
    Stdin,
    Stdout,
    Stderr,
    /// A folder below which paths start, and its name for the program.
    Folder(PathBuf, &'static str),
    File {
        file: File,
        appends: bool,
    },
}

/// What is open, by number.
pub(super) struct Files(Vec<Option<Entry>>);

/// More files than this are open by mistake.
const MAX_FILES: usize = 1 << 16;

impl Files {
    pub(super) fn new(outside: Outside) -> Self {
        if outside == Outside::Nothing {
            return Self(vec![None, Some(Entry::Stdout), None]);
        }
        // Programs find their folder in the variable PWD: to them, all paths start at the root.
        let root = Entry::Folder("/".into(), "/");
        Self([Entry::Stdin, Entry::Stdout, Entry::Stderr, root].map(Some).into())
    }

    pub(super) fn get(&mut self, number: u32) -> std::result::Result<&mut Entry, Errno> {
        let index = usize::try_from(number).map_err(|_| Errno::BADF)?;
        self.0.get_mut(index).and_then(Option::as_mut).ok_or(Errno::BADF)
    }

    fn add(&mut self, entry: Entry) -> std::result::Result<u32, Errno> {
        let free = self.0.iter().position(Option::is_none);
        let index = free.unwrap_or(self.0.len());
        if index >= MAX_FILES {
            return Err(Errno(33));
        }
        if index == self.0.len() {
            self.0.push(None);
        }
        self.0[index] = Some(entry);
        u32::try_from(index).map_err(|_| Errno::BADF)
    }

    fn close(&mut self, number: u32) -> Done {
        self.get(number)?;
        let index = usize::try_from(number).map_err(|_| Errno::BADF)?;
        self.0[index] = None;
        Ok(())
    }
}

/// Kinds of files, as WASI numbers them.
const CHARACTERS: u8 = 2;
pub(super) const FOLDER: u8 = 3;
pub(super) const REGULAR: u8 = 4;
const UNKNOWN: u8 = 0;

impl Entry {
    /// A terminal is a stream of characters, and may not seem to be seekable: that is how C libraries
    /// tell one.
    fn kind(&self) -> u8 {
        let is_terminal = match self {
            Self::Stdin => std::io::stdin().is_terminal(),
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
            Self::Folder(..) => return FOLDER,
            Self::File { file, .. } => {
                let is_file = file.metadata().is_ok_and(|found| found.is_file());
                return if is_file { REGULAR } else { UNKNOWN };
            }
        };
        if is_terminal { CHARACTERS } else { UNKNOWN }
    }
}

/// Rights to seek and to tell.
const SEEKING: u64 = (1 << 2) | (1 << 5);

fn fdstat(guest: &mut Guest<'_, '_>, number: u32, result: u32) -> Done {
    let entry = guest.host().files.get(number)?;
    let (kind, appends) = (entry.kind(), matches!(entry, Entry::File { appends: true, .. }));
    let rights = if kind == CHARACTERS { !SEEKING } else { u64::MAX };
    let mut stat = [0; 24];
    stat[0] = kind;
    stat[2] = u8::from(appends);
    stat[8..16].copy_from_slice(&rights.to_le_bytes());
    stat[16..24].copy_from_slice(&rights.to_le_bytes());
    guest.write(result, &stat)
}

/// What programs hear about a file: its kind and its size.
fn filestat(kind: u8, size: u64) -> [u8; 64] {
    let mut stat = [0; 64];
    stat[16] = kind;
    stat[24..32].copy_from_slice(&1_u64.to_le_bytes());
    stat[32..40].copy_from_slice(&size.to_le_bytes());
    stat
}

/// The path that a program names, below a folder that it has open.
pub(super) fn path(
    guest: &mut Guest<'_, '_>,
    folder: u32,
    at: u32,
    length: u32,
) -> std::result::Result<PathBuf, Errno> {
    let text = guest.part(at, length)?.0.to_vec();
    let text = String::from_utf8(text).map_err(|_| Errno::INVAL)?;
    match guest.host().files.get(folder)? {
        Entry::Folder(base, _) => Ok(base.join(text)),
        _ => Err(Errno(54)),
    }
}

/// How a file is opened, in WASI's bits.
#[derive(Clone, Copy)]
struct Flags {
    open: u32,
    rights: u64,
    descriptor: u32,
}

fn open(path: &Path, flags: Flags) -> std::result::Result<Entry, Errno> {
    let appends = flags.descriptor & 1 != 0;
    let writes = flags.rights & (1 << 6) != 0;
    let mut options = OpenOptions::new();
    options.read(flags.rights & (1 << 1) != 0).write(writes && !appends).append(writes && appends);
    let (creates, is_new, truncates) =
        (flags.open & 1 != 0, flags.open & 4 != 0, flags.open & 8 != 0);
    options.create(creates && writes).create_new(is_new && writes).truncate(truncates && writes);
    let file = options.open(path).map_err(|error| Errno::of(&error))?;
    let is_folder = file.metadata().is_ok_and(|found| found.is_dir());
    if flags.open & 2 != 0 && !is_folder {
        return Err(Errno(54));
    }
    Ok(if is_folder { Entry::Folder(path.to_owned(), "") } else { Entry::File { file, appends } })
}

fn seek(guest: &mut Guest<'_, '_>, number: u32, offset: i64, from: u32, result: u32) -> Done {
    let Entry::File { file, .. } = guest.host().files.get(number)? else {
        return Err(Errno(70));
    };
    let target = match from {
        0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::INVAL)?),
        1 => SeekFrom::Current(offset),
        2 => SeekFrom::End(offset),
        _ => return Err(Errno::INVAL),
    };
    let place = file.seek(target).map_err(|error| Errno::of(&error))?;
    guest.write_u64(result, place)
}

/// Adds what programs may do with files.
pub(super) fn add(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(MODULE, "fd_close", |caller: Caller<'_, Host>, number: u32| {
        answer(caller, |guest| guest.host().files.close(number))
    })?;
    linker.func_wrap(
        MODULE,
        "fd_fdstat_get",
        |caller: Caller<'_, Host>, number: u32, result: u32| {
            answer(caller, |guest| fdstat(guest, number, result))
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_fdstat_set_flags",
        |caller: Caller<'_, Host>, number: u32, _: u32| {
            answer(caller, |guest| guest.host().files.get(number).map(drop))
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_filestat_get",
        |caller: Caller<'_, Host>, number: u32, result: u32| {
            answer(caller, |guest| {
                let entry = guest.host().files.get(number)?;
                let size = match entry {
                    Entry::File { file, .. } => file.metadata().map_or(0, |found| found.len()),
                    _ => 0,
                };
                let stat = filestat(entry.kind(), size);
                guest.write(result, &stat)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_seek",
        |caller: Caller<'_, Host>, number: u32, offset: i64, from: u32, result: u32| {
            answer(caller, |guest| seek(guest, number, offset, from, result))
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_prestat_get",
        |caller: Caller<'_, Host>, number: u32, result: u32| {
            answer(caller, |guest| match guest.host().files.get(number)? {
                Entry::Folder(_, name) if !name.is_empty() => {
                    let length = u32::try_from(name.len()).unwrap_or(0);
                    guest.write_u32(result, 0)?;
                    guest.write_u32(result.wrapping_add(4), length)
                }
                _ => Err(Errno::BADF),
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_prestat_dir_name",
        |caller: Caller<'_, Host>, number: u32, buffer: u32, length: u32| {
            answer(caller, |guest| match guest.host().files.get(number)? {
                Entry::Folder(_, name) => {
                    let name = name.as_bytes();
                    let length = usize::try_from(length).unwrap_or(usize::MAX).min(name.len());
                    guest.write(buffer, &name[..length])
                }
                _ => Err(Errno::BADF),
            })
        },
    )?;
    add_paths(linker)
}

/// Adds what programs may do with paths.
fn add_paths(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        MODULE,
        "path_open",
        |caller: Caller<'_, Host>,
         folder: u32,
         _lookup: u32,
         at: u32,
         length: u32,
         open_flags: u32,
         rights: u64,
         _inherited: u64,
         descriptor: u32,
         result: u32| {
            answer(caller, |guest| {
                let path = path(guest, folder, at, length)?;
                let entry = open(&path, Flags { open: open_flags, rights, descriptor })?;
                let number = guest.host().files.add(entry)?;
                guest.write_u32(result, number)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_filestat_get",
        |caller: Caller<'_, Host>, folder: u32, _flags: u32, at: u32, length: u32, result: u32| {
            answer(caller, |guest| {
                let path = path(guest, folder, at, length)?;
                let found = fs::metadata(path).map_err(|error| Errno::of(&error))?;
                let kind = if found.is_dir() { FOLDER } else { REGULAR };
                guest.write(result, &filestat(kind, found.len()))
            })
        },
    )?;
    Ok(())
}
