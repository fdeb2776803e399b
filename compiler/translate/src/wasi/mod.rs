//! The part of WASI that compiled programs use, on the files and streams of the process.
//!
//! A translated program is a program of its user's like any other: it sees the same arguments,
//! environment and files as a native one. Memory that it names is checked against its own.

mod files;
mod folders;
mod streams;

use crate::instance::Stop;
use files::Files;
use std::ffi::OsStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wasmtime::{Caller, Extern, Linker, Memory, Result, StoreLimits, StoreLimitsBuilder};

/// How much of the outside there is for a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outside {
    /// All that its user can reach.
    All,
    /// The same, but standard output is collected.
    Captured,
    /// Nothing; standard output is collected.
    Nothing,
}

/// What a program's functions of the host work on.
pub(crate) struct Host {
    files: Files,
    started: Instant,
    outside: Outside,
    /// How the program ended itself.
    pub(crate) status: Option<u8>,
    /// Standard output, if it is collected.
    pub(crate) output: Vec<u8>,
    /// The panic that the code is about to end with.
    pub(crate) panic: Option<Stop>,
    /// How large its memory may become.
    pub(crate) limits: StoreLimits,
}

/// A number of WASI that says how an operation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Errno(pub(crate) u16);

impl Errno {
    pub(crate) const SUCCESS: Self = Self(0);
    pub(crate) const ACCES: Self = Self(2);
    pub(crate) const BADF: Self = Self(8);
    pub(crate) const FAULT: Self = Self(21);
    pub(crate) const INVAL: Self = Self(28);
    pub(crate) const IO: Self = Self(29);

    pub(crate) fn of(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        Self(match error.kind() {
            ErrorKind::PermissionDenied => Self::ACCES.0,
            ErrorKind::WouldBlock => 6,
            ErrorKind::AlreadyExists => 20,
            ErrorKind::FileTooLarge => 22,
            ErrorKind::Interrupted => 27,
            ErrorKind::InvalidInput => 28,
            ErrorKind::IsADirectory => 31,
            ErrorKind::NotFound => 44,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => 51,
            ErrorKind::NotADirectory => 54,
            ErrorKind::BrokenPipe => 64,
            ErrorKind::ReadOnlyFilesystem => 69,
            ErrorKind::NotSeekable => 70,
            _ => return Self::IO,
        })
    }
}

/// How a function of the host ends.
pub(crate) type Done = std::result::Result<(), Errno>;

impl Host {
    /// A host for a program whose memory may grow to `memory` bytes.
    pub(crate) fn new(outside: Outside, memory: usize) -> Self {
        Self {
            files: Files::new(outside),
            started: Instant::now(),
            outside,
            status: None,
            output: Vec::new(),
            panic: None,
            limits: StoreLimitsBuilder::new().memory_size(memory).build(),
        }
    }

    /// Nanoseconds on one of WASI's clocks.
    fn clock(&self, id: u32) -> std::result::Result<u64, Errno> {
        if self.outside == Outside::Nothing {
            return Err(Errno::ACCES);
        }
        let passed = match id {
            0 => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            1..=3 => self.started.elapsed(),
            _ => return Err(Errno::INVAL),
        };
        Ok(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// The memory of the program that calls.
pub(crate) struct Guest<'c, 'h> {
    memory: Memory,
    caller: &'c mut Caller<'h, Host>,
}

impl<'c, 'h> Guest<'c, 'h> {
    fn of(caller: &'c mut Caller<'h, Host>) -> std::result::Result<Self, Errno> {
        match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => Ok(Self { memory, caller }),
            _ => Err(Errno::FAULT),
        }
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.caller.data_mut()
    }

    /// A part of the program's memory, and the host.
    pub(crate) fn part(
        &mut self,
        at: u32,
        length: u32,
    ) -> std::result::Result<(&mut [u8], &mut Host), Errno> {
        let (memory, host) = self.memory.data_and_store_mut(&mut *self.caller);
        let start = usize::try_from(at).map_err(|_| Errno::FAULT)?;
        let length = usize::try_from(length).map_err(|_| Errno::FAULT)?;
        let end = start.checked_add(length).ok_or(Errno::FAULT)?;
        Ok((memory.get_mut(start..end).ok_or(Errno::FAULT)?, host))
    }

    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Done {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::FAULT)?;
        self.part(at, length)?.0.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, at: u32, value: u32) -> Done {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, at: u32, value: u64) -> Done {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn read_u32(&mut self, at: u32) -> std::result::Result<u32, Errno> {
        let bytes = self.part(at, 4)?.0;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn read_u64(&mut self, at: u32) -> std::result::Result<u64, Errno> {
        let bytes = self.part(at, 8)?.0;
        Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| Errno::FAULT)?))
    }

    /// Writes texts one after the other, each ended by a zero, and a table of where they begin.
    fn write_texts(&mut self, texts: &[Vec<u8>], table: u32, buffer: u32) -> Done {
        let mut at = buffer;
        for (index, text) in (0_u32..).zip(texts) {
            self.write_u32(table.wrapping_add(index.wrapping_mul(4)), at)?;
            self.write(at, text)?;
            self.write(at.wrapping_add(u32::try_from(text.len()).unwrap_or(u32::MAX)), &[0])?;
            at = at.wrapping_add(u32::try_from(text.len() + 1).map_err(|_| Errno::FAULT)?);
        }
        Ok(())
    }

    fn write_sizes(&mut self, texts: &[Vec<u8>], count: u32, size: u32) -> Done {
        let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
        self.write_u32(count, u32::try_from(texts.len()).map_err(|_| Errno::FAULT)?)?;
        self.write_u32(size, u32::try_from(bytes).map_err(|_| Errno::FAULT)?)
    }
}

fn bytes(text: &OsStr) -> Vec<u8> {
    text.as_encoded_bytes().to_vec()
}

fn arguments(host: &Host) -> Vec<Vec<u8>> {
    if host.outside == Outside::Nothing {
        return Vec::new();
    }
    std::env::args_os().map(|arg| bytes(&arg)).collect()
}

fn environment(host: &Host) -> Vec<Vec<u8>> {
    if host.outside == Outside::Nothing {
        return Vec::new();
    }
    let pairs = std::env::vars_os().filter(|(name, _)| name != "PWD");
    let folder = std::env::current_dir().ok().map(|folder| ("PWD".into(), folder.into_os_string()));
    pairs
        .chain(folder)
        .map(|(name, value)| [bytes(&name), b"=".to_vec(), bytes(&value)].concat())
        .collect()
}

/// Calls a function of the host, and gives the program the number of how it ended.
fn answer(mut caller: Caller<'_, Host>, body: impl FnOnce(&mut Guest<'_, '_>) -> Done) -> u32 {
    let done = Guest::of(&mut caller).and_then(|mut guest| body(&mut guest));
    u32::from(done.err().unwrap_or(Errno::SUCCESS).0)
}

/// The name under which programs know the host.
const MODULE: &str = "wasi_snapshot_preview1";

/// Adds what programs may call.
pub(crate) fn add(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(MODULE, "args_get", |caller: Caller<'_, Host>, table: u32, buffer: u32| {
        answer(caller, |guest| {
            let texts = arguments(guest.host());
            guest.write_texts(&texts, table, buffer)
        })
    })?;
    linker.func_wrap(
        MODULE,
        "args_sizes_get",
        |caller: Caller<'_, Host>, count: u32, size: u32| {
            answer(caller, |guest| {
                let texts = arguments(guest.host());
                guest.write_sizes(&texts, count, size)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "environ_get",
        |caller: Caller<'_, Host>, table: u32, buffer: u32| {
            answer(caller, |guest| {
                let texts = environment(guest.host());
                guest.write_texts(&texts, table, buffer)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "environ_sizes_get",
        |caller: Caller<'_, Host>, count: u32, size: u32| {
            answer(caller, |guest| {
                let texts = environment(guest.host());
                guest.write_sizes(&texts, count, size)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        |caller: Caller<'_, Host>, id: u32, _precision: u64, result: u32| {
            answer(caller, |guest| {
                let now = guest.host().clock(id)?;
                guest.write_u64(result, now)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "clock_res_get",
        |caller: Caller<'_, Host>, _id: u32, result: u32| {
            answer(caller, |guest| guest.write_u64(result, 1))
        },
    )?;
    linker.func_wrap(
        MODULE,
        "poll_oneoff",
        |caller: Caller<'_, Host>, input: u32, output: u32, count: u32, result: u32| {
            answer(caller, |guest| poll(guest, input, output, count, result))
        },
    )?;
    linker.func_wrap(MODULE, "sched_yield", |_: Caller<'_, Host>| {
        std::thread::yield_now();
        0_u32
    })?;
    linker.func_wrap(
        MODULE,
        "proc_exit",
        |mut caller: Caller<'_, Host>, status: u32| -> Result<()> {
            caller.data_mut().status = Some(u8::try_from(status & 0xff).unwrap_or(1));
            Err(wasmtime::Error::msg("the program has ended"))
        },
    )?;
    streams::add(linker)?;
    folders::add(linker)?;
    files::add(linker)
}

/// Waits for the first of several clocks; what else could be waited for is ready at once.
fn poll(guest: &mut Guest<'_, '_>, input: u32, output: u32, count: u32, result: u32) -> Done {
    const SUBSCRIPTION: u32 = 48;
    let mut earliest: Option<Duration> = None;
    let mut data = 0;
    if count == 0 {
        return Err(Errno::INVAL);
    }
    for index in 0..count {
        let at = input.wrapping_add(index.wrapping_mul(SUBSCRIPTION));
        let user = guest.read_u64(at)?;
        let tag = guest.part(at.wrapping_add(8), 1)?.0[0];
        let wait = if tag == 0 {
            let clock = guest.read_u32(at.wrapping_add(16))?;
            let timeout = guest.read_u64(at.wrapping_add(24))?;
            let flags = guest.read_u32(at.wrapping_add(40))?;
            let is_absolute = flags & 1 == 1;
            let now = if is_absolute { guest.host().clock(clock)? } else { 0 };
            Duration::from_nanos(timeout.saturating_sub(now))
        } else {
            Duration::ZERO
        };
        if earliest.is_none_or(|known| wait < known) {
            (earliest, data) = (Some(wait), user);
        }
    }
    std::thread::sleep(earliest.unwrap_or_default());
    guest.write_u64(output, data)?;
    guest.write(output.wrapping_add(8), &[0; 24])?;
    guest.write_u32(result, 1)
}
