//! Rows about programs: each release build beside the same program in C, from the same compiler at
//! the same level.

use crate::compile::{c_compiler, cc, seconds};
use crate::measure::{self, race};
use crate::{Bench, Result, note};
use spy_benches::table::{Row, Target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest ratio of our time to that of C.
const TARGET: Target = Target::AtMost(1.1);

/// How far two printed numbers may differ: C prints more digits, and may compute in another order.
const TOLERANCE: f64 = 1e-9;

/// Name, SPy and C.
pub(crate) const PROGRAMS: [(&str, &str, &str); 9] = [
    ("nbody", include_str!("../programs/nbody.spy"), include_str!("../c/nbody.c")),
    ("spectral", include_str!("../programs/spectral.spy"), include_str!("../c/spectral.c")),
    ("mandelbrot", include_str!("../programs/mandelbrot.spy"), include_str!("../c/mandelbrot.c")),
    ("matrix", include_str!("../programs/matrix.spy"), include_str!("../c/matrix.c")),
    ("grid", include_str!("../programs/grid.spy"), include_str!("../c/matrix.c")),
    ("rows", include_str!("../programs/rows.spy"), include_str!("../c/rows.c")),
    ("blur", include_str!("../programs/blur.spy"), include_str!("../c/blur.c")),
    ("sieve", include_str!("../programs/sieve.spy"), include_str!("../c/sieve.c")),
    ("collatz", include_str!("../programs/collatz.spy"), include_str!("../c/collatz.c")),
];

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for (name, spy, c) in PROGRAMS {
        let what = format!("{name}: `--release`, beside C at -O3");
        if !bench.wants(&what) {
            continue;
        }
        note(&what);
        let dir = bench.dir.path().join(name);
        fs::create_dir_all(&dir)?;
        let ours = build_spy(bench, &dir, name, spy, &["--release"])?;
        let peer = build_c(&dir, name, c, "-O3")?;
        rows.push(compare(bench, &what, ours, peer, TARGET)?);
    }
    Ok(())
}

/// The row of two executables that print the same.
pub(crate) fn compare(
    bench: &Bench,
    what: &str,
    ours: PathBuf,
    peer: PathBuf,
    target: Target,
) -> Result<Row> {
    check_outputs(&ours, &peer, TOLERANCE)?;
    take_turns(bench, what, ours, peer, target)
}

/// The row of two executables.
pub(crate) fn take_turns(
    bench: &Bench,
    what: &str,
    ours: PathBuf,
    peer: PathBuf,
    target: Target,
) -> Result<Row> {
    let run = |path: PathBuf| move || Ok(measure::run(&mut Command::new(&path))?.1.on(bench.clock));
    let times = race(bench.rounds, [Box::new(run(ours)), Box::new(run(peer))])?;
    Ok(seconds(what, times[0], times[1], target))
}

/// Builds a SPy program with these options; the executable.
pub(crate) fn build_spy(
    bench: &Bench,
    dir: &Path,
    name: &str,
    text: &str,
    options: &[&str],
) -> Result<PathBuf> {
    let file = format!("{name}.spy");
    fs::write(dir.join(&file), text)?;
    let mut command = Command::new(&bench.spy);
    measure::run(command.arg("build").args(options).args(["-q", &file]).current_dir(dir))?;
    Ok(dir.join("build").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Builds a C program at this level; the executable.
pub(crate) fn build_c(dir: &Path, name: &str, text: &str, level: &str) -> Result<PathBuf> {
    let (file, out) = (format!("{name}.c"), dir.join(format!("c_{name}")));
    fs::write(dir.join(&file), text)?;
    let mut command = cc(&c_compiler()?, dir);
    measure::run(command.args([level, &file, "-o"]).arg(&out).arg("-lm"))?;
    Ok(out)
}

/// Programs that compute different things are not compared: numbers may differ by this part of the larger one.
pub(crate) fn check_outputs(ours: &Path, peer: &Path, tolerance: f64) -> Result<()> {
    let [ours, peer] = [ours, peer].map(|path| numbers(&mut Command::new(path)));
    let (ours, peer) = (ours?, peer?);
    let equal = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance * a.abs().max(b.abs());
    if ours.is_empty() || ours.len() != peer.len() || !ours.iter().zip(&peer).all(equal) {
        return Err(format!("the outputs differ: {ours:?} and {peer:?}").into());
    }
    Ok(())
}

/// The numbers that a program prints.
fn numbers(command: &mut Command) -> Result<Vec<f64>> {
    let (output, _) = measure::run(command)?;
    let numbers = output.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>();
    Ok(numbers?)
}
