//! What the tests of the command share: running it with a time limit.

use std::ffi::OsStr;
use std::fmt;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A run that takes longer than this hangs.
const TIME_LIMIT: Duration = Duration::from_secs(240);

/// What a process did.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The exit status; 128 + n if signal n ended it, as shells say.
    pub(crate) status: i32,
    /// Standard output, with what is no UTF-8 replaced.
    pub(crate) stdout: String,
    /// Standard error, likewise.
    pub(crate) stderr: String,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "status {}\n--- stdout\n{}--- stderr\n{}---",
            self.status, self.stdout, self.stderr
        )
    }
}

/// The `spy` command in a folder, with an environment that does not depend on the user's.
pub(crate) fn spy(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spy"));
    command.current_dir(dir).stdin(Stdio::null());
    for name in [
        "SPY_PATH",
        "VIRTUAL_ENV",
        "SPY_CACHE",
        "SPY_CACHE_LIMIT",
        "CC",
        "CC_wasm32_wasi",
        "NO_COLOR",
        "FORCE_COLOR",
    ] {
        command.env_remove(name);
    }
    // The runtime is unpacked once for all tests.
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs `spy` with arguments.
pub(crate) fn run(dir: &Path, args: &[impl AsRef<OsStr>]) -> Outcome {
    finish(spy(dir).args(args), &[])
}

/// Runs a command to its end and gives it `stdin` to read.
pub(crate) fn finish(command: &mut Command, stdin: &[u8]) -> Outcome {
    if !stdin.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spy can be started");
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let output = scope.spawn(|| read_all(output));
        let errors = scope.spawn(|| read_all(errors));
        scope.spawn(move || {
            // A program need not read what it is given.
            let _ = input.map(|mut pipe| pipe.write_all(stdin));
        });
        let status = wait(&mut child);
        let [stdout, stderr] = [output, errors].map(|reader| reader.join().expect("no panic"));
        Outcome { status, stdout, stderr }
    })
}

fn read_all(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("the pipe can be read");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for the end, and ends what takes too long.
fn wait(child: &mut Child) -> i32 {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return exit_code(status);
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill().expect("the child can be killed");
            return exit_code(child.wait().expect("the child can be waited for"));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}
