//! The real world: standard output, files, the clock and the terminal of this process.
//!
//! The interpreter's counterpart of the C runtime's `posix`, `time` and standard output, with the
//! same functions, messages and buffering, so that a program prints the same however it runs.
//! There is one difference. To the C runtime text is bytes; a `str` value of the evaluator is valid
//! UTF-8. Bytes of a file that are not arrive as U+FFFD, one for each maximal part of a broken
//! sequence, also where reading a given number of bytes ends inside a character.

mod stream;
mod system;

#[cfg(test)]
mod tests;

use crate::world::World;
use spy_prim::Scalar;
use spy_types::{ExcTy, Result, SpyError, StructVal, Ty, TyKey, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use stream::{Mode, Stream};

/// Bytes of output that are gathered before they are written.
const OUTPUT_BUFFER: usize = 1 << 16;

/// About thirty years in seconds: what a longer sleep amounts to.
const LONGEST_SLEEP: f64 = 1e9;

/// Help text of the error for output that nobody reads any more. A program cannot raise an error
/// with a help text, so this tells the two apart; see [`is_broken_pipe`].
pub const BROKEN_PIPE_HELP: &str = "whatever was reading the output has stopped";

/// Whether an error says no more than that standard output has no reader any more. Other programs
/// die of a signal then, without a message.
#[must_use]
pub fn is_broken_pipe(error: &SpyError) -> bool {
    error.etype == ExcTy::OSError && error.help.iter().any(|text| text == BROKEN_PIPE_HELP)
}

/// The outside of a program that is interpreted in this process. Clones share everything: one can
/// be given to a machine and another kept, to flush the output at the end. What is still buffered
/// when the last one goes away is written then, without a report of failures.
#[derive(Clone)]
pub struct OsWorld(Rc<RefCell<Inner>>);

struct Inner {
    output: Output,
    files: Files,
    /// What the program was called with, its name first.
    arguments: Vec<String>,
}

impl Default for OsWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl OsWorld {
    /// A world whose output is this process's standard output.
    #[must_use]
    pub fn new() -> Self {
        let stdout = io::stdout();
        let line_buffered = stdout.is_terminal();
        Self::with_output(Box::new(stdout), line_buffered)
    }

    /// A world whose standard output goes to `sink`; `line_buffered`: at the end of every line.
    #[must_use]
    pub fn with_output(sink: Box<dyn Write>, line_buffered: bool) -> Self {
        let output = Output { sink, buffer: Vec::new(), line_buffered };
        let arguments = Vec::new();
        Self(Rc::new(RefCell::new(Inner { output, files: Files::default(), arguments })))
    }

    /// The same world, for a program that was called with `argv`: its name comes first.
    #[must_use]
    pub fn with_arguments(self, argv: &[String]) -> Self {
        self.0.borrow_mut().arguments = argv.to_vec();
        self
    }

    /// Writes out what was printed so far.
    ///
    /// # Errors
    /// An `OSError` if that fails.
    pub fn flush(&self) -> Result<()> {
        self.0.borrow_mut().output.flush()
    }

    /// Ends this process as the program asks for, with what it has printed and written written out.
    ///
    /// # Errors
    /// An `OSError` if that fails.
    fn exit(&self, status: i32) -> Result<Value> {
        self.flush()?;
        self.0.borrow_mut().files.flush();
        std::process::exit(status & 0xff)
    }

    /// The next line of standard input without its end, from behind what the program has read so
    /// far. What is no UTF-8 is replaced. `None` at the end of the input, and if it cannot be read.
    #[must_use]
    pub fn read_line(&self) -> Option<String> {
        let mut inner = self.0.borrow_mut();
        let Ok(Value::File(file)) = inner.files.stdin() else { return None };
        let line = inner.files.stream(file).ok()?.read_line().ok()?;
        if line.is_empty() {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix('\n').unwrap_or(&line);
        Some(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }
}

impl World for OsWorld {
    fn write(&mut self, text: &str) -> Result<()> {
        self.0.borrow_mut().output.write(text.as_bytes())
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Option<Result<Value>> {
        if let Some(name) = name.strip_prefix("posix::") {
            if name == "_stdin"
                && let Err(error) = self.flush()
            {
                return Some(Err(error));
            }
            if let ("_exit", [status]) = (name, args) {
                return Some(self.exit(status.as_i32()?));
            }
            if let Some(result) = system::argument(&self.0.borrow().arguments, name, args) {
                return Some(Ok(result));
            }
            if let Some(result) = system::call(name, args) {
                return Some(result);
            }
            return self.0.borrow_mut().files.call(name, args);
        }
        match (name, args) {
            ("time::time", []) => Some(Ok(Value::Scalar(Scalar::F64(now())))),
            ("time::monotonic" | "time::perf_counter", []) => {
                Some(Ok(Value::Scalar(Scalar::F64(since_start()))))
            }
            ("time::sleep", [Value::Scalar(Scalar::F64(seconds))]) => {
                sleep(*seconds);
                Some(Ok(Value::None))
            }
            _ => None,
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let seconds = |time: Duration| time.as_secs() as f64 + f64::from(time.subsec_nanos()) * 1e-9;
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}

/// Seconds since this was first asked, by a clock that nobody sets.
fn since_start() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64()
}

/// Does not sleep for negative times and NaN.
fn sleep(seconds: f64) {
    if seconds > 0.0 {
        std::thread::sleep(Duration::from_secs_f64(seconds.min(LONGEST_SLEEP)));
    }
}

// -- standard output ----------------------------------------------------------------------------

struct Output {
    sink: Box<dyn Write>,
    buffer: Vec<u8>,
    line_buffered: bool,
}

impl Output {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        if data.len() > OUTPUT_BUFFER - self.buffer.len() {
            self.flush()?;
        }
        if data.len() > OUTPUT_BUFFER {
            return self.send(data);
        }
        self.buffer.extend_from_slice(data);
        if self.line_buffered && data.contains(&b'\n') { self.flush() } else { Ok(()) }
    }

    /// What cannot be written is gone, so that the same failure is not met again and again.
    fn flush(&mut self) -> Result<()> {
        let mut data = std::mem::take(&mut self.buffer);
        let result = if data.is_empty() { Ok(()) } else { self.send(&data) };
        data.clear();
        self.buffer = data;
        result
    }

    fn send(&mut self, data: &[u8]) -> Result<()> {
        self.sink.write_all(data).and_then(|()| self.sink.flush()).map_err(|error| {
            let text = format!("cannot write to standard output: {}", reason(&error));
            let report = SpyError::new(ExcTy::OSError, text);
            match error.kind() {
                ErrorKind::BrokenPipe => report.help(BROKEN_PIPE_HELP),
                _ => report,
            }
        })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
    }
}

/// What the system says, without the error's number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
}

// -- files --------------------------------------------------------------------------------------

/// The open files by number. Numbers start at 1 and are not used again, so that a file which was
/// closed is not mistaken for another.
#[derive(Default)]
struct Files {
    open: BTreeMap<u32, Stream>,
    last: u32,
    /// The number of standard input, once somebody asked for it.
    stdin: Option<u32>,
    /// That of standard error.
    stderr: Option<u32>,
}

impl Files {
    fn call(&mut self, name: &str, args: &[Value]) -> Option<Result<Value>> {
        Some(match (name, args) {
            ("_fopen", [filename, mode]) => self.fopen(filename.as_str()?, mode.as_str()?),
            ("_stdin", []) => self.stdin(),
            ("_stderr", []) => self.stderr(),
            ("_fclose", [Value::File(file)]) => self.fclose(*file),
            ("_fileno", [Value::File(file)]) => Ok(Value::i32(self.fileno(*file))),
            ("_isatty", [fd]) => Ok(Value::bool(self.isatty(fd.as_i32()?))),
            ("get_terminal_size", []) => Ok(terminal_size()),
            (_, [Value::File(file), rest @ ..]) => match self.stream(*file) {
                Ok(stream) => on_stream(stream, name, rest)?,
                Err(error) => Err(error),
            },
            _ => return None,
        })
    }

    fn stream(&mut self, file: u32) -> Result<&mut Stream> {
        self.open
            .get_mut(&file)
            .ok_or_else(|| SpyError::new(ExcTy::ValueError, "I/O operation on closed file"))
    }

    fn fopen(&mut self, filename: &str, mode: &str) -> Result<Value> {
        let Some(mode) = Mode::parse(mode) else {
            return Err(SpyError::new(ExcTy::PanicError, "invalid mode for _fopen"));
        };
        match Stream::open(filename, mode).map(|stream| self.insert(stream)) {
            Ok(Some(number)) => Ok(Value::File(number)),
            Ok(None) | Err(_) => Err(os_error("cannot open file")),
        }
    }

    /// Gives a stream a number; `None` if there are no more.
    fn insert(&mut self, stream: Stream) -> Option<u32> {
        self.last = self.last.checked_add(1)?;
        self.open.insert(self.last, stream);
        Some(self.last)
    }

    fn stdin(&mut self) -> Result<Value> {
        if self.stdin.is_none() {
            self.stdin = Stream::stdin().ok().and_then(|stream| self.insert(stream));
        }
        self.stdin.map(Value::File).ok_or_else(|| os_error("cannot open file"))
    }

    fn stderr(&mut self) -> Result<Value> {
        if self.stderr.is_none() {
            self.stderr = Stream::stderr().ok().and_then(|stream| self.insert(stream));
        }
        self.stderr.map(Value::File).ok_or_else(|| os_error("cannot open file"))
    }

    /// Writes out what is pending; what cannot be written is lost, as when a process of C ends.
    fn flush(&mut self) {
        for stream in self.open.values_mut() {
            let _ = stream.flush();
        }
    }

    /// Closing what is closed already does nothing.
    fn fclose(&mut self, file: u32) -> Result<Value> {
        match self.open.remove(&file).map(Stream::close) {
            None | Some(Ok(())) => Ok(Value::None),
            Some(Err(_)) => Err(os_error("fclose: write error")),
        }
    }

    fn fileno(&self, file: u32) -> i32 {
        self.open.get(&file).map_or(-1, Stream::fileno)
    }

    /// Descriptors that are neither standard streams nor files of the program belong to the
    /// interpreter; to the program they are not open.
    fn isatty(&self, fd: i32) -> bool {
        match fd {
            0 => io::stdin().is_terminal(),
            1 => io::stdout().is_terminal(),
            2 => io::stderr().is_terminal(),
            _ => self.open.values().any(|stream| stream.fileno() == fd && stream.is_terminal()),
        }
    }
}

/// The functions that read, write or move in an open file.
fn on_stream(stream: &mut Stream, name: &str, args: &[Value]) -> Option<Result<Value>> {
    let everything =
        |stream: &mut Stream| text(stream.read_up_to(usize::MAX), "freadall: read error");
    let done = |result: io::Result<()>, failed: &str| match result {
        Ok(()) => Ok(Value::None),
        Err(_) => Err(os_error(failed)),
    };
    Some(match (name, args) {
        ("_fread", [size]) => match usize::try_from(size.as_i32()?) {
            Ok(size) => text(stream.read_up_to(size), "fread: read error"),
            Err(_) => everything(stream),
        },
        ("_freadall" | "__freadall_chunked", []) => everything(stream),
        ("_freadline", []) => text(stream.read_line(), "freadline: read error"),
        ("_fwrite", [data]) => done(stream.write(data.as_str()?.as_bytes()), "fwrite: write error"),
        ("_ftell", []) => match stream.tell().map(i32::try_from) {
            Ok(Ok(at)) => Ok(Value::i32(at)),
            Ok(Err(_)) | Err(_) => Err(os_error("ftell failed")),
        },
        ("_fseek", [offset, whence]) => {
            done(stream.seek(offset.as_i32()?, whence.as_i32()?), "fseek failed")
        }
        ("_fflush", []) => done(stream.flush(), "fflush: write error"),
        _ => return None,
    })
}

fn os_error(message: &str) -> Box<SpyError> {
    SpyError::new(ExcTy::OSError, message)
}

/// What was read, as a str.
fn text(read: io::Result<Vec<u8>>, failed: &str) -> Result<Value> {
    match read {
        Ok(data) => Ok(Value::str(match String::from_utf8(data) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })),
        Err(error) if error.kind() == ErrorKind::OutOfMemory => {
            Err(SpyError::new(ExcTy::PanicError, "out of memory"))
        }
        Err(_) => Err(os_error(failed)),
    }
}

/// The size of the terminal that standard output is; 80 x 24 if it is none.
fn terminal_size() -> Value {
    let (columns, lines) = match terminal_size::terminal_size_of(io::stdout()) {
        Some((columns, lines)) => (columns.0, lines.0),
        None => (80, 24),
    };
    let fields = vec![Value::i32(columns.into()), Value::i32(lines.into())];
    Value::Struct(Arc::new(StructVal { ty: Ty::new(TyKey::TerminalSize), fields }))
}
