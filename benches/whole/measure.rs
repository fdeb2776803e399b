//! Running contenders in turns, and measuring them.

use crate::Result;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Between two looks at a process that may take minutes.
const PAUSE: Duration = Duration::from_millis(50);

/// What time is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Clock {
    /// What the processors spent, in user and system mode.
    Cpu,
    /// What passed.
    Wall,
}

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
}

impl Time {
    /// The time on one clock.
    pub(crate) fn on(self, clock: Clock) -> f64 {
        match clock {
            Clock::Cpu => self.cpu,
            Clock::Wall => self.wall,
        }
    }
}

/// CPU time in seconds.
fn cpu_time(usage: &Usage) -> f64 {
    let time = usage.user_time() + usage.system_time();
    // Exact for centuries of microseconds.
    time.num_microseconds() as f64 / 1e6
}

/// Measures what `work` takes in this process (all threads) or in child processes.
fn timed<T>(who: UsageWho, work: impl FnOnce() -> Result<T>) -> Result<(T, Time)> {
    let before = getrusage(who)?;
    let start = Instant::now();
    let result = work()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = cpu_time(&getrusage(who)?) - cpu_time(&before);
    Ok((result, Time { cpu, wall }))
}

/// Measures what `work` takes in this process.
pub(crate) fn in_process<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Time)> {
    timed(UsageWho::RUSAGE_SELF, work)
}

/// Runs a command to its end; it must succeed. Returns its output and the time that it and its
/// children took.
pub(crate) fn run(command: &mut Command) -> Result<(String, Time)> {
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let work = || -> Result<_> {
        command.output().map_err(|error| format!("cannot run {command:?}: {error}").into())
    };
    let (output, time) = timed(UsageWho::RUSAGE_CHILDREN, work)?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{command:?} failed with {}:\n{errors}", output.status).into());
    }
    Ok((String::from_utf8(output.stdout)?, time))
}

/// Runs a command for at most `limit` seconds of the wall clock, without its output. Returns the
/// time that it took, and whether it came to its end; if it did, it must have succeeded.
pub(crate) fn run_at_most(command: &mut Command, limit: f64) -> Result<(Time, bool)> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // In a process group of its own, so that its children end with it.
    command.process_group(0);
    let work = || -> Result<bool> {
        let mut child =
            command.spawn().map_err(|error| format!("cannot run {command:?}: {error}"))?;
        let start = Instant::now();
        while start.elapsed().as_secs_f64() < limit {
            match child.try_wait()? {
                Some(status) if status.success() => return Ok(true),
                Some(status) => return Err(format!("{command:?} failed with {status}").into()),
                None => std::thread::sleep(PAUSE),
            }
        }
        killpg(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGKILL)?;
        child.wait()?;
        Ok(false)
    };
    let (ended, time) = timed(UsageWho::RUSAGE_CHILDREN, work)?;
    Ok((time, ended))
}

/// Runs a command to its end; it must succeed. Returns what it says on standard error.
pub(crate) fn errors(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed with {}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The largest memory, in bytes, that a command or one of its children had at a time.
pub(crate) fn peak_memory(command: &mut Command) -> Result<f64> {
    run(command)?;
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64;
    // Linux counts KiB, macOS bytes.
    Ok(if cfg!(target_os = "macos") { peak } else { peak * 1024.0 })
}

/// What can be run again and again; returns seconds.
pub(crate) type Contender<'c> = Box<dyn FnMut() -> Result<f64> + 'c>;

/// Runs contenders in turns; the best time of each.
pub(crate) fn race<const N: usize>(
    rounds: usize,
    mut contenders: [Contender<'_>; N],
) -> Result<[f64; N]> {
    let mut best = [f64::INFINITY; N];
    for _ in 0..rounds.max(1) {
        for (contender, best) in contenders.iter_mut().zip(&mut best) {
            *best = best.min(contender()?);
        }
    }
    Ok(best)
}
