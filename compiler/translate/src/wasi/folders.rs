//! Folders: what is in them; making and removing what has a name.

use super::files::{Entry, FOLDER, REGULAR, path};
use super::{Done, Errno, Guest, Host, MODULE, answer};
use std::fs;
use std::path::Path;
use wasmtime::{Caller, Linker, Result};

/// Bytes of an entry in front of its name: the number of the next one, the number of the file, the
/// length of the name and the kind.
const HEAD: usize = 24;

/// What a folder holds, by name, as programs read it.
fn listing(folder: &Path) -> std::result::Result<Vec<u8>, Errno> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Errno::of(&error))? {
        let entry = entry.map_err(|error| Errno::of(&error))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push((name, if is_folder { FOLDER } else { REGULAR }));
    }
    entries.sort();
    let mut bytes = Vec::new();
    for (name, kind) in entries {
        let next = (bytes.len() + HEAD + name.len()) as u64;
        let length = u32::try_from(name.len()).map_err(|_| Errno::INVAL)?;
        bytes.extend_from_slice(&next.to_le_bytes());
        // Not 0, which C libraries take for an entry that was removed.
        bytes.extend_from_slice(&1_u64.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&[kind, 0, 0, 0]);
        bytes.extend_from_slice(name.as_bytes());
    }
    Ok(bytes)
}

/// Writes the listing of a folder from byte `from` on, as much as fits: less than that is its end.
fn read(
    guest: &mut Guest<'_, '_>,
    number: u32,
    buffer: (u32, u32),
    from: u64,
    result: u32,
) -> Done {
    let Entry::Folder(folder, _) = guest.host().files.get(number)? else {
        return Err(Errno(54));
    };
    let all = listing(&folder.clone())?;
    let from = usize::try_from(from).map_err(|_| Errno::INVAL)?;
    let rest = all.get(from..).unwrap_or_default();
    let length = rest.len().min(usize::try_from(buffer.1).unwrap_or(usize::MAX));
    guest.write(buffer.0, &rest[..length])?;
    guest.write_u32(result, u32::try_from(length).map_err(|_| Errno::INVAL)?)
}

/// What a program does with a path alone.
type Act = fn(&Path) -> std::io::Result<()>;

/// Adds what programs may do with folders.
pub(super) fn add(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        MODULE,
        "fd_readdir",
        |caller: Caller<'_, Host>, number: u32, at: u32, length: u32, from: u64, result: u32| {
            answer(caller, |guest| read(guest, number, (at, length), from, result))
        },
    )?;
    let named: [(&str, Act); 3] = [
        ("path_create_directory", |path| fs::create_dir(path)),
        ("path_remove_directory", |path| fs::remove_dir(path)),
        ("path_unlink_file", |path| fs::remove_file(path)),
    ];
    for (name, act) in named {
        linker.func_wrap(
            MODULE,
            name,
            move |caller: Caller<'_, Host>, folder: u32, at: u32, length: u32| {
                answer(caller, |guest| {
                    let path = path(guest, folder, at, length)?;
                    act(&path).map_err(|error| Errno::of(&error))
                })
            },
        )?;
    }
    Ok(())
}
