//! Rows about packages: linking what was compiled ahead of time beside building from source, the
//! programs that come of it, and generics across the border of a package.

use crate::compile::seconds;
use crate::measure::{self, race};
use crate::programs::{PROGRAMS, build_spy, compare};
use crate::{Bench, Result, note};
use spy_benches::generate;
use spy_benches::table::{Amount, Row, Target};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Lines of the large package, and of the small one.
const LARGE: usize = 20_000;
const SMALL: usize = 2_000;

/// How much longer a program may take that was linked and translated than one built from source.
const TRANSLATED: Target = Target::AtMost(1.4);

/// Seconds in which a program must have started and ended.
const START: f64 = 0.003;

/// Programs that compute with numbers, of [`PROGRAMS`].
const NUMERIC: [&str; 6] = ["nbody", "spectral", "mandelbrot", "matrix", "sieve", "collatz"];

/// What all rows begin with.
const WHAT: &str = "packages";

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    if !bench.wants(WHAT) {
        return Ok(());
    }
    note(WHAT);
    linking(bench, rows)?;
    start(bench, rows)?;
    for (name, text, _) in PROGRAMS {
        if NUMERIC.contains(&name) {
            rows.push(translated(bench, name, text)?);
        }
    }
    rows.push(generic(bench)?);
    Ok(())
}

/// A package on disk, and a folder for programs that use it.
struct Package<'b> {
    bench: &'b Bench,
    dir: PathBuf,
    name: &'b str,
}

impl<'b> Package<'b> {
    fn new(bench: &'b Bench, name: &'b str, text: &str) -> Result<Self> {
        let dir = bench.dir.path().join("packages");
        let project = dir.join(name);
        fs::create_dir_all(&project)?;
        let manifest =
            format!("[project]\nname = '{name}'\nversion = '1.0'\n[tool.spy]\nprebuilt = []\n");
        fs::write(project.join("pyproject.toml"), manifest)?;
        fs::write(project.join(format!("{name}.spy")), text)?;
        let package = Self { bench, dir, name };
        measure::run(package.spy().args(["package", "--wheel", name]))?;
        Ok(package)
    }

    fn spy(&self) -> Command {
        let mut command = Command::new(&self.bench.spy);
        command.current_dir(&self.dir).env("SPY_CACHE", self.dir.join("cache"));
        command
    }

    /// The command that links a program with the object.
    fn link(&self, file: &str) -> Command {
        let mut command = self.spy();
        command.arg("--package").arg(format!("{0}/dist/{0}-1.0-py3-none-any.whl", self.name));
        command.args(["build", "-q", "--link-prebuilt", file]);
        command
    }

    /// The command that builds a program from source.
    fn build(&self, file: &str) -> Command {
        let mut command = self.spy();
        command.args(["--path", self.name, "build", "-q", "--release", file]);
        command
    }

    /// Seconds of one build of a program that was never built before.
    fn time(&self, file: &str, text: &str, command: &mut Command) -> Result<f64> {
        fs::write(self.dir.join(file), text)?;
        Ok(measure::run(command)?.1.on(self.bench.clock))
    }

    fn executable(&self, stem: &str) -> PathBuf {
        self.dir.join("build").join(format!("{stem}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Programs that differ in `turn`, so that none was built before.
fn few(package: &str, turn: usize) -> String {
    format!("from {package} import work1\n\ndef main() -> None:\n    print(work1({turn}, 1.5))\n")
}

fn all(package: &str, turn: usize) -> String {
    format!("from {package} import run\n\ndef main() -> None:\n    print(run({turn}))\n")
}

/// What linking a small program takes.
fn linking(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let large = Package::new(bench, "large", &generate::package(LARGE))?;
    let small = Package::new(bench, "small", &generate::package(SMALL))?;
    let mut turn = 0;
    let mut best = [f64::INFINITY; 4];
    for _ in 0..bench.rounds.max(1) {
        turn += 1;
        let [_, link_small, link_large, _] = &mut best;
        let link = |package: &Package<'_>, best: &mut f64| -> Result<()> {
            let file = format!("few_{}.spy", package.name);
            let text = few(package.name, turn);
            *best = best.min(package.time(&file, &text, &mut package.link(&file))?);
            Ok(())
        };
        link(&small, link_small)?;
        link(&large, link_large)?;
    }
    for _ in 0..bench.rounds.clamp(1, 2) {
        turn += 1;
        let (file, text) = ("all_large.spy", all("large", turn));
        best[0] = best[0].min(large.time(file, &text, &mut large.link(file))?);
        best[3] = best[3].min(large.time(file, &text, &mut large.build(file))?);
    }
    let [link_all, link_small, link_large, source] = best;
    rows.push(seconds(
        "packages: linking with 20,000 lines, beside 2,000",
        link_large,
        link_small,
        Target::AtMost(1.3),
    ));
    rows.push(seconds(
        "packages: linking all of 20,000 lines, beside building from source",
        link_all,
        source,
        Target::AtMost(0.1),
    ));
    Ok(())
}

/// How long a linked program takes that does next to nothing.
fn start(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    let package = Package::new(bench, "little", &generate::package(10))?;
    fs::write(package.dir.join("starts.spy"), few("little", 3))?;
    measure::run(&mut package.link("starts.spy"))?;
    let path = package.executable("starts");
    let run = move || Ok(measure::run(&mut Command::new(&path))?.1.on(bench.clock));
    let [time] = race(3 * bench.rounds, [Box::new(run)])?;
    let (ours, peer) = (Amount::Seconds(time), Amount::Seconds(START));
    let what = "packages: start and end of a linked program, beside 3 ms".to_owned();
    rows.push(Row { what, ours, peer, target: Target::AtMost(1.0) });
    Ok(())
}

/// A program whose work is done in a package: linked and translated, beside `--release`.
fn translated(bench: &Bench, name: &str, text: &str) -> Result<Row> {
    let what = format!("packages: {name} linked and translated, beside `--release`");
    let package_name = format!("{name}_package");
    let package = Package::new(bench, &package_name, text)?;
    let file = format!("{name}_linked.spy");
    let program =
        format!("import {package_name}\n\ndef main() -> None:\n    {package_name}.main()\n");
    fs::write(package.dir.join(&file), program)?;
    measure::run(&mut package.link(&file))?;
    let peer = build_spy(bench, &package.dir, name, text, &["--release"])?;
    compare(bench, &what, package.executable(&format!("{name}_linked")), peer, TRANSLATED)
}

/// A generic loop in a package beside the same in the program's file, both from source.
fn generic(bench: &Bench) -> Result<Row> {
    let dir = bench.dir.path().join("generic");
    fs::create_dir_all(&dir)?;
    let (package, program) = generate::generic();
    fs::write(dir.join("loops.spy"), &package)?;
    let across = format!("from loops import total\n\n{program}");
    let across = build_spy(bench, &dir, "across", &across, &["--release"])?;
    let inside = format!("{package}\n{program}");
    let inside = build_spy(bench, &dir, "inside", &inside, &["--release"])?;
    let what = "packages: a generic loop of another module, beside one of the same file";
    compare(bench, what, across, inside, Target::AtMost(1.03))
}
