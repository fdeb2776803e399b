//! One open file with the buffering of a C stream.
//!
//! Written data waits in a buffer, so another reader of the file sees it as late as it would from a
//! compiled program. A stream has one position: reading after writing and the other way round
//! continue there without a seek in between.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};

/// Bytes that are read ahead, and that may wait to be written.
const BUFFER: usize = 4096;

/// The longest text in bytes that one call may read: what is longer counts as out of memory.
const LONGEST: usize = 1 << 30;

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mode {
    /// `r`, `w` or `a`.
    base: u8,
    /// Whether the other direction is allowed too.
    plus: bool,
}

impl Mode {
    /// Exactly one of `r`, `w`, `a` and at most one `+`, in any order.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mut base, mut plus) = (None, false);
        for byte in text.bytes() {
            match byte {
                b'+' if !plus => plus = true,
                b'r' | b'w' | b'a' if base.is_none() => base = Some(byte),
                _ => return None,
            }
        }
        base.map(|base| Self { base, plus })
    }

    fn readable(self) -> bool {
        self.plus || self.base == b'r'
    }

    fn writable(self) -> bool {
        self.plus || self.base != b'r'
    }

    fn appends(self) -> bool {
        self.base == b'a'
    }

    fn options(self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options
            .read(self.readable())
            .write(self.writable() && !self.appends())
            .append(self.appends())
            .create(self.base != b'r')
            .truncate(self.base == b'w');
        options
    }
}

/// An open file.
pub(super) struct Stream {
    file: File,
    mode: Mode,
    line_buffered: bool,
    unbuffered: bool,
    /// What was read ahead; before `at` it has been handed out. Empty while data is pending.
    ahead: Vec<u8>,
    at: usize,
    /// What was written and is not in the file yet.
    pending: Vec<u8>,
}

impl Stream {
    /// Opens a file.
    pub(super) fn open(filename: &str, mode: Mode) -> io::Result<Self> {
        let mut file = mode.options().open(filename)?;
        if mode.appends() && !mode.plus {
            // Pipes have no end to go to; their position is never asked for with success.
            let _ = file.seek(SeekFrom::End(0));
        }
        Ok(Self::new(file, mode))
    }

    /// Standard input. What others in this process read ahead of it is not seen.
    pub(super) fn stdin() -> io::Result<Self> {
        #[cfg(unix)]
        let file = std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?;
        #[cfg(windows)]
        let file = std::os::windows::io::AsHandle::as_handle(&io::stdin()).try_clone_to_owned()?;
        Ok(Self::new(File::from(file), Mode { base: b'r', plus: false }))
    }

    /// Standard error, where each text is written at once.
    pub(super) fn stderr() -> io::Result<Self> {
        #[cfg(unix)]
        let file = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?;
        #[cfg(windows)]
        let file = std::os::windows::io::AsHandle::as_handle(&io::stderr()).try_clone_to_owned()?;
        let mut stream = Self::new(File::from(file), Mode { base: b'w', plus: false });
        stream.unbuffered = true;
        Ok(stream)
    }

    fn new(file: File, mode: Mode) -> Self {
        let line_buffered = file.is_terminal();
        Self {
            file,
            mode,
            line_buffered,
            unbuffered: false,
            ahead: Vec::new(),
            at: 0,
            pending: Vec::new(),
        }
    }

    /// Writes what is pending and closes the file, also if that fails.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.flush()
    }

    /// The descriptor; -1 where files have none.
    pub(super) fn fileno(&self) -> i32 {
        #[cfg(unix)]
        {
            std::os::fd::AsRawFd::as_raw_fd(&self.file)
        }
        #[cfg(not(unix))]
        {
            -1
        }
    }

    /// Whether it is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    // -- reading --------------------------------------------------------------------------------

    /// At most `limit` bytes: fewer only at the end of the file.
    pub(super) fn read_up_to(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        while out.len() < limit {
            let rest = limit - out.len();
            if self.at < self.ahead.len() {
                let stop = self.ahead.len().min(self.at.saturating_add(rest));
                out.extend_from_slice(&self.ahead[self.at..stop]);
                self.at = stop;
            } else if rest < BUFFER {
                if self.fill()? == 0 {
                    break;
                }
            } else {
                self.begin_reading()?;
                let room = rest.min((LONGEST + 1).saturating_sub(out.len()));
                (&self.file).take(room as u64).read_to_end(&mut out)?;
                check_length(&out)?;
                break;
            }
        }
        Ok(out)
    }

    /// The rest of the line with its newline.
    pub(super) fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            if self.at == self.ahead.len() && self.fill()? == 0 {
                return Ok(out);
            }
            let rest = &self.ahead[self.at..];
            let newline = rest.iter().position(|&byte| byte == b'\n');
            let count = newline.map_or(rest.len(), |index| index + 1);
            out.extend_from_slice(&rest[..count]);
            self.at += count;
            check_length(&out)?;
            if newline.is_some() {
                return Ok(out);
            }
        }
    }

    /// Reads ahead once more after everything was handed out; the number of bytes.
    fn fill(&mut self) -> io::Result<usize> {
        self.begin_reading()?;
        self.at = 0;
        self.ahead.resize(BUFFER, 0);
        let result = loop {
            match self.file.read(&mut self.ahead) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.ahead.truncate(*result.as_ref().unwrap_or(&0));
        result
    }

    fn begin_reading(&mut self) -> io::Result<()> {
        if !self.mode.readable() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.flush()
    }

    // -- writing --------------------------------------------------------------------------------

    /// Writes all of `data`, or as much as fails late enough to be noticed by a flush.
    pub(super) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        if !self.mode.writable() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.begin_writing()?;
        self.pending.extend_from_slice(data);
        if self.unbuffered || self.line_buffered && data.contains(&b'\n') {
            return self.flush();
        }
        if self.pending.len() <= BUFFER {
            return Ok(());
        }
        // Whole blocks go out, the rest waits.
        let rest = self.pending.len() % BUFFER;
        self.drain(self.pending.len() - rest)
    }

    /// Takes back what was read ahead.
    fn begin_writing(&mut self) -> io::Result<()> {
        let unread = self.unread();
        if unread > 0 {
            self.file.seek(SeekFrom::Current(-unread))?;
        }
        self.forget_ahead();
        Ok(())
    }

    /// Writes out what is pending.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.drain(self.pending.len())
    }

    /// Writes the first `count` pending bytes. If that fails, everything that is pending is gone,
    /// as in C: the failure has been reported, and is not met again.
    fn drain(&mut self, count: usize) -> io::Result<()> {
        let result = self.file.write_all(&self.pending[..count]);
        match result {
            Ok(()) => drop(self.pending.drain(..count)),
            Err(_) => self.pending.clear(),
        }
        result
    }

    // -- moving ---------------------------------------------------------------------------------

    /// The position in bytes.
    pub(super) fn tell(&mut self) -> io::Result<u64> {
        if self.pending.is_empty() {
            let at = self.file.stream_position()?;
            return Ok(at.saturating_sub(self.unread().unsigned_abs()));
        }
        let at = if self.mode.appends() {
            self.file.seek(SeekFrom::End(0))?
        } else {
            self.file.stream_position()?
        };
        Ok(at.saturating_add(self.pending.len() as u64))
    }

    /// Moves by `offset` bytes from the start (`whence` 0), the position (1) or the end (2).
    pub(super) fn seek(&mut self, offset: i32, whence: i32) -> io::Result<()> {
        self.flush()?;
        let offset = i64::from(offset);
        let invalid = || io::Error::from(ErrorKind::InvalidInput);
        let target = match whence {
            0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| invalid())?),
            1 => SeekFrom::Current(offset - self.unread()),
            2 => SeekFrom::End(offset),
            _ => return Err(invalid()),
        };
        self.file.seek(target)?;
        self.forget_ahead();
        Ok(())
    }

    /// Number of bytes that were read ahead and not handed out; at most [`BUFFER`].
    fn unread(&self) -> i64 {
        (self.ahead.len() - self.at) as i64
    }

    fn forget_ahead(&mut self) {
        self.ahead.clear();
        self.at = 0;
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // As at the end of a C program: the data is written if that is possible.
        let _ = self.flush();
    }
}

fn check_length(data: &[u8]) -> io::Result<()> {
    if data.len() > LONGEST { Err(ErrorKind::OutOfMemory.into()) } else { Ok(()) }
}
