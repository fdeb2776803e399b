//! Rows about machine code that no C compiler makes: how soon a program runs, how long the code takes
//! to make, and how fast it is.

use crate::child::{self, Stage};
use crate::compile::{c_compiler, cc, copy_c, headers, seconds};
use crate::measure::{self, race};
use crate::programs::{self, PROGRAMS};
use crate::{Bench, Result, note};
use spy_benches::generate;
use spy_benches::table::{Row, Target};
use spy_link::{CCompiler, CompileOptions, Profile, ToolEnv};
use std::fs;
use std::process::Command;

/// Lines of the module whose code is timed.
const LINES: usize = 4_000;

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for measure in [in_memory, cold_build, code_generation, numeric] {
        measure(bench, rows)?;
    }
    Ok(())
}

/// From text to the end of a program that writes no file.
fn in_memory(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "hello world: `spy run`, beside `python3`";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let dir = bench.dir.path().join("memory");
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("hello.spy"), include_str!("../programs/hello.spy"))?;
    fs::write(dir.join("hello.py"), "print(\"hello, world\")\n")?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let time = |mut command: Command, file: &str| {
        Ok(measure::run(command.arg(file).current_dir(&dir))?.1.on(bench.clock))
    };
    let ours = || {
        let mut command = Command::new(&bench.spy);
        command.env("SPY_CACHE", bench.empty_cache()?);
        command.args(["run", "--backend", "cranelift"]);
        time(command, "hello.spy")
    };
    let peer = || time(Command::new(&python), "hello.py");
    let [ours, peer] = race(bench.rounds * 3, [Box::new(ours), Box::new(peer)])?;
    rows.push(seconds(what, ours, peer, Target::AtMost(1.0)));
    Ok(())
}

/// From text to an executable in an empty folder.
fn cold_build(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "hello world: a first debug build, beside `gcc -O0 hello.c`";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let dir = bench.dir.path().join("cold");
    fs::create_dir_all(&dir)?;
    fs::write(dir.join("hello.spy"), include_str!("../programs/hello.spy"))?;
    fs::write(dir.join("hello.c"), include_str!("../c/hello.c"))?;
    // Which compiler is quick matters here, not which one makes quick programs.
    let gcc = ToolEnv { path: std::env::var_os("PATH"), ..ToolEnv::default() };
    let compiler = CCompiler::find_for_linking(&gcc).map_err(|error| error.to_string())?;
    let ours = || {
        let _ = fs::remove_dir_all(dir.join("build"));
        let mut command = Command::new(&bench.spy);
        command.env("SPY_CACHE", bench.empty_cache()?);
        command.args(["build", "--backend", "cranelift", "-q", "hello.spy"]).current_dir(&dir);
        Ok(measure::run(&mut command)?.1.on(bench.clock))
    };
    let peer = || {
        let mut command = cc(&compiler, &dir);
        command.args(["-O0", "hello.c", "-o", "hello"]);
        Ok(measure::run(&mut command)?.1.on(bench.clock))
    };
    let [ours, peer] = race(bench.rounds * 3, [Box::new(ours), Box::new(peer)])?;
    rows.push(seconds(what, ours, peer, Target::AtMost(1.0)));
    Ok(())
}

/// From IR to objects, beside the C compiler on the C of the same functions.
fn code_generation(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "4,000 lines: IR to objects, beside `cc -O0 -c` of their C";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let dir = bench.dir.path().join("codegen");
    fs::create_dir_all(&dir)?;
    let file = dir.join("large.spy");
    fs::write(&file, generate::module(LINES))?;
    let mut emit = Command::new(&bench.spy);
    measure::run(emit.args(["build", "--emit", "c", "-q", "large.spy"]).current_dir(&dir))?;
    let (compiler, include) = (c_compiler()?, headers(&dir)?);
    let c_dir = dir.join("c");
    let sources = copy_c(&dir.join("build/src"), &c_dir)?;
    let ours = || child::stage(Stage::Machine, &file, bench.clock);
    let peer = || {
        let mut command = cc(&compiler, &c_dir);
        let options = CompileOptions::native(Profile::Debug, &spy_codegen_c::REQUIRED_FLAGS);
        command.args(options.compile_flags()).arg("-I").arg(&include).arg("-c").args(&sources);
        Ok(measure::run(&mut command)?.1.on(bench.clock))
    };
    let [ours, peer] = race(bench.rounds, [Box::new(ours), Box::new(peer)])?;
    rows.push(seconds(what, ours, peer, Target::AtMost(0.2)));
    Ok(())
}

/// The numeric programs.
fn numeric(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for (name, spy, c) in PROGRAMS {
        let what = format!("{name}: Cranelift without checks, beside C at -O1");
        if !bench.wants(&what) {
            continue;
        }
        note(&what);
        let dir = bench.dir.path().join(format!("{name}_machine"));
        fs::create_dir_all(&dir)?;
        let options = ["--release", "--backend", "cranelift"];
        let ours = programs::build_spy(bench, &dir, name, spy, &options)?;
        let peer = programs::build_c(&dir, name, c, "-O1")?;
        rows.push(programs::compare(bench, &what, ours, peer, Target::AtMost(2.0))?);
    }
    Ok(())
}
