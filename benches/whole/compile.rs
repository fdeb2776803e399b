//! Rows about the compiler: start-up, parsing, scaling, threads, memory.

use crate::child::{self, Stage};
use crate::measure::{self, Clock, Contender, race};
use crate::{Bench, Result, note};
use spy_benches::generate;
use spy_benches::table::{Amount, Row, Target};
use spy_link::{CCompiler, CompileOptions, Profile, Runtime, ToolEnv};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of the large file.
const LINES: usize = 100_000;

/// Instances of the large program.
const INSTANCES: usize = 5_000;

/// How much larger the large input is than the small one, and how much longer it may take.
const STEP: usize = 10;
const STEP_TARGET: Target = Target::AtMost(11.0);

/// The largest memory of a build, in bytes.
const MEMORY_LIMIT: f64 = (1u64 << 30) as f64;

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for measure in [start_up, parse, scaling, redshift, memory] {
        measure(bench, rows)?;
    }
    Ok(())
}

/// The C compiler that `spy` takes, in the same environment.
pub(crate) fn c_compiler() -> Result<CCompiler> {
    let env = ToolEnv {
        option: None,
        cc: std::env::var("CC").ok(),
        path: std::env::var_os("PATH"),
        cc_wasi: None,
        linker: None,
    };
    CCompiler::find(&env).map_err(|error| error.to_string().into())
}

/// A command that starts the C compiler in a folder.
pub(crate) fn cc(compiler: &CCompiler, dir: &Path) -> Command {
    let mut command = Command::new(&compiler.program);
    command.args(&compiler.args).current_dir(dir);
    command
}

/// The whole front end of a small program in a new process, beside the C compiler on its output.
fn start_up(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "hello world: text to C text, beside `cc -O0 -c` of that C";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let dir = bench.dir.path().join("hello");
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("hello.spy"), include_str!("../programs/hello.spy"))?;
    let front = || {
        let mut command = Command::new(&bench.spy);
        command.env("SPY_CACHE", bench.empty_cache()?);
        command.args(["build", "--emit", "c", "-q", "hello.spy"]).current_dir(&dir);
        // A fresh folder, as for a first build.
        let _ = fs::remove_dir_all(dir.join("build"));
        Ok(measure::run(&mut command)?.1.on(bench.clock))
    };
    front()?;
    let (compiler, include) = (c_compiler()?, headers(&dir)?);
    let c_dir = dir.join("c");
    let sources = copy_c(&dir.join("build/src"), &c_dir)?;
    let peer = || {
        let mut command = cc(&compiler, &c_dir);
        let options = CompileOptions::native(Profile::Debug, &spy_codegen_c::REQUIRED_FLAGS);
        command.args(options.compile_flags()).arg("-I").arg(&include).arg("-c").args(&sources);
        Ok(measure::run(&mut command)?.1.on(bench.clock))
    };
    let [ours, peer] = race(bench.rounds * 3, [Box::new(front), Box::new(peer)])?;
    rows.push(seconds(what, ours, peer, Target::AtMost(1.0)));
    Ok(())
}

/// Puts generated C where it stays; the names of the files to compile.
pub(crate) fn copy_c(from: &Path, to: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(to)?;
    let mut sources = Vec::new();
    for entry in fs::read_dir(from)? {
        let name = PathBuf::from(entry?.file_name());
        fs::copy(from.join(&name), to.join(&name))?;
        if name.extension().is_some_and(|extension| extension == "c") {
            sources.push(name);
        }
    }
    sources.sort();
    Ok(sources)
}

/// Unpacks the runtime's headers; the folder that holds them.
pub(crate) fn headers(dir: &Path) -> Result<PathBuf> {
    let runtime = Runtime {
        headers: spy_runtime_embed::headers().to_vec(),
        archives: Vec::new(),
        sources: Vec::new(),
        fingerprint: spy_runtime_embed::fingerprint(),
    };
    let installed = runtime.install(None, dir).map_err(|error| error.to_string())?;
    Ok(installed.include)
}

/// Lexing and parsing, beside CPython's parser.
fn parse(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "100,000 lines: lex and parse, beside CPython's ast.parse";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let file = write_module(bench, LINES)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("parse.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let peer = || {
        let (output, _) = measure::run(Command::new(&python).arg(&script).arg(&file))?;
        Ok(child::parse_time(&output)?.on(bench.clock))
    };
    let ours = || child::stage(Stage::Parse, &file, bench.clock);
    let [ours, peer] = race(bench.rounds, [Box::new(ours), Box::new(peer)])?;
    let rate = |seconds| Amount::LinesPerSecond(LINES as f64 / seconds);
    let target = Target::AtLeast(10.0);
    rows.push(Row { what: what.into(), ours: rate(ours), peer: rate(peer), target });
    Ok(())
}

/// Parsing and scope analysis of a file and of one that is ten times as long.
fn scaling(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let cases = [
        ("lex and parse", Stage::Parse, STEP_TARGET),
        ("lex, parse and scope", Stage::Front, STEP_TARGET),
        ("scope alone", Stage::Scope, Target::None),
    ];
    for (name, stage, target) in cases {
        let what = format!("{name}: 100,000 lines, beside 10,000 lines");
        if !bench.wants(&what) {
            continue;
        }
        note(&what);
        let (large, small) = (write_module(bench, LINES)?, write_module(bench, LINES / STEP)?);
        let run = |file: PathBuf| move || child::stage(stage, &file, bench.clock);
        let times = race(bench.rounds, [Box::new(run(large)), Box::new(run(small))])?;
        rows.push(seconds(&what, times[0], times[1], target));
    }
    Ok(())
}

fn write_module(bench: &Bench, lines: usize) -> Result<PathBuf> {
    let file = bench.dir.path().join(format!("module_{lines}.spy"));
    fs::write(&file, generate::module(lines))?;
    Ok(file)
}

/// How many times as fast redshift is on two threads.
const FASTER: f64 = 1.6;

/// Redshift of many instances: a tenth of them, all of them, on one thread and on two.
fn redshift(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let write = |count: usize| -> Result<PathBuf> {
        let file = bench.dir.path().join(format!("instances_{count}.spy"));
        fs::write(&file, generate::instances(count))?;
        Ok(file)
    };
    let what = "redshift: 5,000 instances, beside 500 instances";
    if bench.wants(what) {
        note(what);
        let run = |file: PathBuf| move || child::stage(Stage::Redshift(1), &file, bench.clock);
        let (large, small) = (write(INSTANCES)?, write(INSTANCES / STEP)?);
        let times = race(bench.rounds, [Box::new(run(large)), Box::new(run(small))])?;
        rows.push(seconds(what, times[0], times[1], STEP_TARGET));
    }
    let what = "redshift: 5,000 instances on one thread, beside two threads";
    let ceiling =
        "redshift: 5,000 instances on two threads, beside two processes with half of them each";
    if bench.wants(what) || bench.wants(ceiling) {
        note(what);
        let (file, half) = (write(INSTANCES)?, write(INSTANCES / 2)?);
        // Two threads spend the CPU time of one: only the wall clock tells them apart.
        let run = |threads| {
            let file = file.clone();
            move || child::stage(Stage::Redshift(threads), &file, Clock::Wall)
        };
        let pair = || child::pair(Stage::Redshift(1), &half, Clock::Wall);
        let contenders: [Contender<'_>; 3] = [Box::new(run(1)), Box::new(run(2)), Box::new(pair)];
        let times = race(bench.rounds * 3, contenders)?;
        rows.push(seconds(what, times[0], times[1], Target::AtLeast(FASTER)));
        // Where two cores are as fast as twice one, this says the same as the row before. Where they slow each
        // other down, it still says what the compiler adds to that.
        rows.push(seconds(ceiling, times[1], times[2], Target::AtMost(2.0 / FASTER)));
    }
    Ok(())
}

/// A whole debug build of a large file.
fn memory(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "100,000 lines: peak memory of `spy build`, beside 1 GiB";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let file = write_module(bench, LINES)?;
    let name = file.to_string_lossy();
    let cache = bench.empty_cache()?;
    let ours = child::memory(&bench.spy, &["build", "-q", &name], bench.dir.path(), &cache)?;
    let (ours, peer) = (Amount::Bytes(ours), Amount::Bytes(MEMORY_LIMIT));
    rows.push(Row { what: what.into(), ours, peer, target: Target::AtMost(1.0) });
    Ok(())
}

/// A row of two times, in seconds.
pub(crate) fn seconds(what: &str, ours: f64, peer: f64, target: Target) -> Row {
    Row { what: what.into(), ours: Amount::Seconds(ours), peer: Amount::Seconds(peer), target }
}
