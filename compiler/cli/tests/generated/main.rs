//! Random programs, each in every execution mode: all modes must print the same, and fail in the
//! same way.
//!
//! The programs are well-typed by construction. Several stand in one file, since most of the time goes
//! into starting compilers. `SPY_PROGRAMS` says how many to try; they are other ones each time then,
//! and the same ones when it is not set.

mod choices;
#[path = "../common/mod.rs"]
mod common;
mod expressions;
#[path = "../common/modes.rs"]
mod modes;
mod program;
mod statements;
mod types;

use common::{Outcome, run};
use modes::Mode;
use program::Generator;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::fs;

/// How many programs are tried when nobody says.
const PROGRAMS: u32 = 200;
/// How many of them stand in one file: few where each run waits for them.
const IN_FILE: usize = 10;
/// How many do when somebody asks for many programs.
const IN_LARGE_FILE: usize = 50;
/// How many tests share the work, to run at the same time.
const SHARES: u32 = 4;

/// The text of a file of programs, the last of which may end in an error.
fn file(programs: &[Vec<u8>], ending: usize) -> String {
    let mut text = HEAD.to_owned();
    let mut structs = Vec::new();
    for (tag, bytes) in programs.iter().enumerate() {
        let mut generator = Generator::new(bytes, tag, structs);
        generator.program();
        text.push_str(&generator.text);
        structs = generator.structs;
    }
    text.push_str("def main() -> None:\n");
    for tag in 0..programs.len() {
        text.push_str(&format!("    program{tag}()\n"));
    }
    text.push_str(ENDINGS[ending % ENDINGS.len()]);
    text
}

/// What programs share.
const HEAD: &str = "\
from array import array
from math import sqrt
from typing import Callable, Iterator, Optional
def or_else[T](x: Optional[T], y: T) -> T:
    if x is None:
        return y
    return x
";

/// What `main` ends with.
const ENDINGS: [&str; 9] = [
    "    print('done')\n",
    "    print('done')\n",
    "    print('done')\n",
    "    print('done')\n",
    "    zero = len(list[i32]())\n    print(1 // zero)\n",
    "    print([1, 2][len('abc')])\n",
    "    print({'a': 1}['b'])\n",
    "    for i in range(3):\n        for j in range(4):\n            print([5, 7, 9][i + j])\n",
    "    assert len('abc') == 4, 'no such length'\n",
];

/// What all modes must agree on: what is printed, the status, and the error's type and message.
fn essence(outcome: &Outcome) -> (i32, String, Option<String>) {
    let is_error = |line: &&str| {
        line.split_once(':').is_some_and(|(name, _)| {
            name.ends_with("Error") && name.chars().all(char::is_alphabetic)
        })
    };
    let error = outcome.stderr.lines().find(is_error).map(|line| line.trim_end().to_owned());
    (outcome.status, outcome.stdout.clone(), error)
}

/// Runs a file in every mode; what is wrong, if something is.
fn disagreement(text: &str) -> Option<String> {
    let temp = tempfile::tempdir().expect("a folder can be made");
    let dir = temp.path();
    fs::write(dir.join("main.spy"), text).expect("a file can be written");
    let mut first: Option<Outcome> = None;
    for mode in Mode::ALL {
        let mut args = mode.command().to_vec();
        args.push("main.spy");
        let outcome = run(dir, &args);
        let (status, _, error) = essence(&outcome);
        if status > 1 || (status == 1 && error.is_none()) {
            return Some(format!("{}: {outcome:?}", mode.name()));
        }
        match &first {
            None if error.as_deref().is_some_and(|error| error.starts_with("TypeError")) => {
                return Some(format!("the program is not well-typed: {outcome:?}"));
            }
            None => first = Some(outcome),
            Some(first) if essence(first) != essence(&outcome) => {
                let (one, other) = (Mode::ALL[0].name(), mode.name());
                return Some(format!("{one}: {first:?}\n{other}: {outcome:?}"));
            }
            Some(_) => {}
        }
    }
    None
}

/// Tries one share of the programs.
fn try_share(share: u32) {
    let count = std::env::var("SPY_PROGRAMS").ok().and_then(|count| count.parse().ok());
    let in_file = if count.is_some() { IN_LARGE_FILE } else { IN_FILE };
    let files = count.unwrap_or(PROGRAMS).div_ceil(SHARES * in_file as u32);
    let config = Config {
        cases: files,
        failure_persistence: None,
        // In milliseconds.
        max_shrink_time: 90_000,
        ..Config::default()
    };
    let mut runner = match count {
        Some(_) => TestRunner::new(config),
        None => {
            let seed = [u8::try_from(share).unwrap_or(u8::MAX); 32];
            TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
        }
    };
    let bytes = prop::collection::vec(any::<u8>(), 30..180);
    let programs = (prop::collection::vec(bytes, in_file), any::<usize>());
    let result =
        runner.run(&programs, |(programs, ending)| match disagreement(&file(&programs, ending)) {
            None => Ok(()),
            Some(problem) => Err(TestCaseError::fail(problem)),
        });
    if let Err(TestError::Fail(problem, (programs, ending))) = result {
        panic!("{}\n--- the program\n{}", problem.message(), file(&programs, ending));
    }
}

#[test]
fn all_modes_agree_0() {
    try_share(0);
}

#[test]
fn all_modes_agree_1() {
    try_share(1);
}

#[test]
fn all_modes_agree_2() {
    try_share(2);
}

#[test]
fn all_modes_agree_3() {
    try_share(3);
}
