//! Rows about programs that the reference implementation can compile too: the same text, in release
//! builds of both.

use crate::measure;
use crate::programs::{build_spy, check_outputs, take_turns};
use crate::{Bench, Result, note};
use spy_benches::table::{Row, Target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that holds the command of the reference implementation.
const REFERENCE: &str = "REFERENCE_SPY";

/// Ahead by a fifth.
const TARGET: Target = Target::AtMost(1.0 / 1.2);

/// How far two printed numbers may differ: the reference prints six digits.
const TOLERANCE: f64 = 1e-5;

/// Name, what the row is called, and text. Sorting, and iteration over texts, the reference does not have.
const PROGRAMS: [(&str, &str, &str); 8] = [
    ("append", "list: append, index, sum", include_str!("../containers/append.spy")),
    ("numbers", "dict with int keys", include_str!("../containers/numbers.spy")),
    ("words", "dict with str keys", include_str!("../containers/words.spy")),
    ("chains", "linked chains", include_str!("../containers/chains.spy")),
    ("trees", "binary trees", include_str!("../containers/trees.spy")),
    ("garbage", "100 million short-lived objects", include_str!("../containers/garbage.spy")),
    ("matrix", "matrix", include_str!("../programs/matrix.spy")),
    ("grid", "grid", include_str!("../programs/grid.spy")),
];

/// The command of the reference implementation, if the variable names it.
pub(crate) fn command() -> Option<Command> {
    std::env::var_os(REFERENCE).filter(|name| !name.is_empty()).map(Command::new)
}

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    for (name, what, text) in PROGRAMS {
        let what = format!("{what}: `--release`, beside the reference");
        let Some(reference) = command().filter(|_| bench.wants(&what)) else { continue };
        note(&what);
        let dir = bench.dir.path().join(format!("reference_{name}"));
        fs::create_dir_all(&dir)?;
        let ours = build_spy(bench, &dir, name, text, &["--release"])?;
        let peer = build(reference, &dir, name)?;
        check_outputs(&ours, &peer, TOLERANCE)?;
        rows.push(take_turns(bench, &what, ours, peer, TARGET)?);
    }
    Ok(())
}

/// Builds the program in `dir` by the reference implementation; the executable.
fn build(mut reference: Command, dir: &Path, name: &str) -> Result<PathBuf> {
    let out = dir.join("by_reference");
    reference.args(["build", "--release", "-b"]).arg(&out).arg(format!("{name}.spy"));
    measure::run(reference.current_dir(dir))?;
    Ok(out.join(name))
}
