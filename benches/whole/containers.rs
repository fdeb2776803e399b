//! Rows about lists, dicts, strings and small objects: each release build beside the same program in
//! C++ with the standard library's containers, beside CPython, and where C has a better answer, C.

use crate::compile::c_compiler;
use crate::measure::{self, Clock, race};
use crate::programs::{build_c, build_spy, compare};
use crate::{Bench, Result, child, note};
use spy_benches::table::{Amount, Row, Target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program, its peers, and the largest ratios to them.
struct Case {
    name: &'static str,
    what: &'static str,
    spy: &'static str,
    cpp: (&'static str, f64),
    /// Runs once: it is slow, and far away.
    python: Option<&'static str>,
    c: Option<(&'static str, f64)>,
}

/// `case!(name, text, largest ratio to C++)`.
macro_rules! case {
    ($name:literal, $what:literal, $most:expr) => {
        Case {
            name: $name,
            what: $what,
            spy: include_str!(concat!("../containers/", $name, ".spy")),
            cpp: (include_str!(concat!("../containers/", $name, ".cpp")), $most),
            python: Some(include_str!(concat!("../containers/", $name, ".py"))),
            c: None,
        }
    };
}

fn cases() -> [Case; 10] {
    let mut numbers = case!("numbers", "dict with int keys", 1.0);
    numbers.c = Some((include_str!("../containers/numbers.c"), 1.3));
    let mut words = case!("words", "dict with str keys", 1.0);
    words.c = Some((include_str!("../containers/words.c"), 1.3));
    [
        case!("append", "list: append, index, sum", 1.2),
        numbers,
        words,
        case!("records", "small dicts", 2.0),
        case!("text", "strings: build, slice, iterate", 2.0),
        case!("report", "numbers as text", 1.0),
        case!("sort", "list.sort", 1.3),
        case!("chains", "linked chains", 0.7),
        case!("trees", "binary trees", 0.7),
        Case {
            name: "garbage",
            what: "100 million short-lived objects",
            spy: include_str!("../containers/garbage.spy"),
            cpp: (include_str!("../containers/garbage.cpp"), 0.7),
            python: None,
            c: None,
        },
    ]
}

/// What a hundred million objects may take: they would be 1.6 GB.
const GARBAGE_LIMIT: f64 = (32 << 20) as f64;

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for case in cases() {
        measure_case(bench, &case, rows)?;
    }
    garbage_memory(bench, rows)
}

fn measure_case(bench: &Bench, case: &Case, rows: &mut Vec<Row>) -> Result<()> {
    let dir = bench.dir.path().join(case.name);
    let row = |peer: &str| format!("{}: `--release`, beside {peer}", case.what);
    let (cpp, python, c) = (row("C++ at -O3"), row("CPython"), row("C at -O3"));
    if ![&cpp, &python, &c].into_iter().any(|what| bench.wants(what)) {
        return Ok(());
    }
    note(case.what);
    fs::create_dir_all(&dir)?;
    let ours = build_spy(bench, &dir, case.name, case.spy, &["--release"])?;
    if bench.wants(&cpp) {
        let peer = build_cpp(&dir, case.name, case.cpp.0)?;
        rows.push(compare(bench, &cpp, ours.clone(), peer, Target::AtMost(case.cpp.1))?);
    }
    if let Some((text, most)) = case.c.filter(|_| bench.wants(&c)) {
        let peer = build_c(&dir, case.name, text, "-O3")?;
        rows.push(compare(bench, &c, ours.clone(), peer, Target::AtMost(most))?);
    }
    if let Some(text) = case.python.filter(|_| bench.wants(&python)) {
        rows.push(beside_python(bench, &python, &dir, text, &ours)?);
    }
    Ok(())
}

fn beside_python(bench: &Bench, what: &str, dir: &Path, text: &str, ours: &Path) -> Result<Row> {
    let file = dir.join("program.py");
    fs::write(&file, text)?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let run =
        |mut command: Command, clock: Clock| move || Ok(measure::run(&mut command)?.1.on(clock));
    let mut script = Command::new(python);
    script.arg(&file);
    let [peer] = race(1, [Box::new(run(script, bench.clock))])?;
    let [ours] = race(bench.rounds, [Box::new(run(Command::new(ours), bench.clock))])?;
    let (ours, peer) = (Amount::Seconds(ours), Amount::Seconds(peer));
    Ok(Row { what: what.into(), ours, peer, target: Target::AtMost(1.0) })
}

/// Builds a C++ program with the C++ side of the C compiler; the executable.
fn build_cpp(dir: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let (file, out) = (format!("{name}.cpp"), dir.join(format!("cpp_{name}")));
    fs::write(dir.join(&file), text)?;
    let compiler = c_compiler()?;
    let mut command = Command::new(&compiler.program);
    command.args(&compiler.args).current_dir(dir);
    command.args(["-std=c++17", "-O3", &file, "-o"]).arg(&out).arg("-lstdc++");
    measure::run(&mut command)?;
    Ok(out)
}

/// The memory of a program that needs one object at a time.
fn garbage_memory(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let what = "100 million short-lived objects: peak memory, beside 32 MiB";
    if !bench.wants(what) {
        return Ok(());
    }
    note(what);
    let dir = bench.dir.path().join("garbage_memory");
    fs::create_dir_all(&dir)?;
    let text = include_str!("../containers/garbage.spy");
    let program = build_spy(bench, &dir, "garbage", text, &["--release"])?;
    let ours = Amount::Bytes(child::memory(&program, &[], &dir, &bench.empty_cache()?)?);
    let peer = Amount::Bytes(GARBAGE_LIMIT);
    rows.push(Row { what: what.into(), ours, peer, target: Target::AtMost(1.0) });
    Ok(())
}
