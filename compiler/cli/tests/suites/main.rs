//! Runs the programs of `tests/programs` and the language suites of `tests/lang`, each in every
//! execution mode. Names of tests begin with `programs::` and `lang::`.

#[path = "../common/mod.rs"]
mod common;
mod lang;
mod programs;

use libtest_mimic::Arguments;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut trials = programs::trials(&repository().join("tests/programs"));
    trials.extend(lang::trials(&repository().join("tests/lang")));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// How a program is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// From the AST.
    Interp,
    /// From the IR, in the interpreter.
    Redshifted,
    /// Compiled, with checks.
    CDebug,
    /// Compiled, optimised.
    CRelease,
    /// Compiled to WebAssembly, with checks, in a WASI host.
    Wasi,
}

impl Mode {
    /// Every way to execute a program.
    pub(crate) const ALL: [Self; 5] =
        [Self::Interp, Self::Redshifted, Self::CDebug, Self::CRelease, Self::Wasi];

    /// The options of `spy run` for this mode.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Interp => &["--interp"],
            Self::Redshifted => &["--redshifted"],
            Self::CDebug => &[],
            Self::CRelease => &["--release"],
            Self::Wasi => &["--target", "wasi"],
        }
    }

    /// The name in test reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interp => "interp",
            Self::Redshifted => "redshifted",
            Self::CDebug => "c-debug",
            Self::CRelease => "c-release",
            Self::Wasi => "wasi",
        }
    }
}

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
