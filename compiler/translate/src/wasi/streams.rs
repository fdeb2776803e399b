//! Reading and writing.

use super::files::Entry;
use super::{Done, Errno, Guest, Host, MODULE, Outside, answer};
use std::io::{self, Read, Write};
use wasmtime::{Caller, Linker, Result};

/// Reads or writes the parts of memory that a list names, until one is not used up.
fn each(
    guest: &mut Guest<'_, '_>,
    list: u32,
    count: u32,
    result: u32,
    mut act: impl FnMut(&mut [u8], &mut Host) -> io::Result<usize>,
) -> Done {
    let mut total: u32 = 0;
    for index in 0..count {
        let at = list.wrapping_add(index.wrapping_mul(8));
        let (start, length) = (guest.read_u32(at)?, guest.read_u32(at.wrapping_add(4))?);
        if length == 0 {
            continue;
        }
        let (part, host) = guest.part(start, length)?;
        let done = loop {
            match act(part, host) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        let done = match done {
            Ok(done) => done,
            // What was done before counts.
            Err(_) if total > 0 => break,
            Err(error) => return Err(Errno::of(&error)),
        };
        let done = u32::try_from(done).map_err(|_| Errno::IO)?;
        total = total.saturating_add(done);
        if done < length {
            break;
        }
    }
    guest.write_u32(result, total)
}

fn wrong_kind() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}

/// Adds reading and writing.
pub(super) fn add(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        MODULE,
        "fd_write",
        |caller: Caller<'_, Host>, number: u32, list: u32, count: u32, result: u32| {
            answer(caller, |guest| {
                guest.host().files.get(number)?;
                each(guest, list, count, result, |part, host| match host.files.get(number) {
                    Ok(Entry::Stdout) if host.outside != Outside::All => {
                        host.output.extend_from_slice(part);
                        Ok(part.len())
                    }
                    Ok(Entry::Stdout) => write_through(&mut io::stdout().lock(), part),
                    Ok(Entry::Stderr) => io::stderr().lock().write(part),
                    Ok(Entry::File { file, .. }) => file.write(part),
                    _ => Err(wrong_kind()),
                })
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_read",
        |caller: Caller<'_, Host>, number: u32, list: u32, count: u32, result: u32| {
            answer(caller, |guest| {
                guest.host().files.get(number)?;
                each(guest, list, count, result, |part, host| match host.files.get(number) {
                    Ok(Entry::Stdin) => io::stdin().lock().read(part),
                    Ok(Entry::File { file, .. }) => file.read(part),
                    _ => Err(wrong_kind()),
                })
            })
        },
    )?;
    Ok(())
}

/// The program buffers by itself.
fn write_through(out: &mut impl Write, part: &[u8]) -> io::Result<usize> {
    out.write_all(part)?;
    out.flush()?;
    Ok(part.len())
}
