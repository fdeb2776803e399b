//! Runs the programs of `tests/programs` and the language suites of `tests/lang`, each in every
//! execution mode. Names of tests begin with `programs::` and `lang::`.

#[path = "../common/mod.rs"]
mod common;
mod lang;
#[path = "../common/modes.rs"]
mod modes;
mod programs;

use libtest_mimic::Arguments;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut trials = programs::trials(&repository().join("tests/programs"));
    trials.extend(lang::trials(&repository().join("tests/lang")));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
