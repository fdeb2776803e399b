//! Whole processes, each beside its peer: a table of ratios.
//!
//! `cargo bench -p spy-benches --bench whole [-- [--rounds N] [--wall] [--check] [WORD..]]`. With
//! words, only the rows that contain one of them are measured.
//!
//! Contenders take turns, and the fastest of their runs counts: what else the machine does makes a
//! run slower, never faster. Times are CPU time (of all threads and child processes) unless
//! `--wall` is given; the row about threads always takes the wall clock.

mod child;
mod compile;
mod containers;
mod machine;
mod measure;
mod packages;
mod programs;
mod projects;
mod reference;

use measure::Clock;
use spy_benches::table::{self, Row};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// The allocator of `spy`, so that stages in this process are measured as there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error that ends the benchmark, with a text for people.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What to measure, and how.
struct Bench {
    /// How often each contender runs.
    rounds: usize,
    /// What time is.
    clock: Clock,
    /// Whether a row that misses its target is a failure.
    check: bool,
    /// Rows must contain one of these words, if there are any.
    words: Vec<String>,
    /// The `spy` command.
    spy: PathBuf,
    /// A folder for what is generated.
    dir: tempfile::TempDir,
}

impl Bench {
    fn new(args: &[String]) -> Result<Self> {
        let mut bench = Self {
            rounds: 7,
            clock: Clock::Cpu,
            check: false,
            words: Vec::new(),
            spy: find_spy()?,
            dir: tempfile::tempdir()?,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--rounds" => {
                    bench.rounds = args.next().ok_or("--rounds takes a number")?.parse()?
                }
                "--wall" => bench.clock = Clock::Wall,
                "--check" => bench.check = true,
                // Cargo says this to every benchmark.
                "--bench" => {}
                option if option.starts_with('-') => Err(format!("unknown option {option}"))?,
                word => bench.words.push(word.to_owned()),
            }
        }
        Ok(bench)
    }

    /// An empty folder for what a build keeps for later ones.
    fn empty_cache(&self) -> Result<PathBuf> {
        let dir = self.dir.path().join("cache");
        match std::fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(dir),
        }
    }

    /// Whether a row is wanted.
    fn wants(&self, what: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| what.contains(word.as_str()))
    }

    fn run(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        compile::rows(self, &mut rows)?;
        machine::rows(self, &mut rows)?;
        programs::rows(self, &mut rows)?;
        containers::rows(self, &mut rows)?;
        reference::rows(self, &mut rows)?;
        packages::rows(self, &mut rows)?;
        projects::rows(self, &mut rows)?;
        Ok(rows)
    }
}

/// The `spy` command of the same build, or the one that `SPY` names.
fn find_spy() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SPY") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let dir = own.parent().and_then(|deps| deps.parent()).ok_or("cannot find the build folder")?;
    let spy = dir.join(format!("spy{}", std::env::consts::EXE_SUFFIX));
    if spy.is_file() {
        return Ok(spy);
    }
    Err("there is no release build of `spy`: run `cargo build --release -p spy-cli` first".into())
}

/// A line for whoever waits.
fn note(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(io::stderr(), "{text}");
}

fn print(text: &str) -> Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn run(args: &[String]) -> Result<bool> {
    if let Some((first, rest)) = args.split_first()
        && first == child::FLAG
    {
        print(&child::run(rest)?)?;
        return Ok(true);
    }
    let bench = Bench::new(args)?;
    let rows = bench.run()?;
    print(&table::render(&rows))?;
    Ok(!bench.check || rows.iter().all(Row::is_ok))
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            note(&format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}
