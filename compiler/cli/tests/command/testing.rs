//! `spy test`: which functions are tests, how they are run, and what is said about them.

use crate::common::{Outcome, run};
use std::fs;
use tempfile::TempDir;

const ADD: &str = "def add(x: i32, y: i32) -> i32:\n    return x + y\n";

const TESTS: &str = "from add import add

def test_small() -> None:
    assert add(1, 2) == 3

def test_wrong() -> None:
    print(\"before\")
    assert add(1, 2) == 4, \"a message\"

def test_index() -> None:
    items = [1, 2]
    print(items[add(1, 1)])

def test_loud() -> None:
    print(\"nobody sees this\")

def test_not_me(x: i32) -> None:
    assert False

def helper() -> None:
    assert False
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    dir
}

fn test(dir: &TempDir, args: &[&str]) -> Outcome {
    let words: Vec<&str> = std::iter::once("test").chain(args.iter().copied()).collect();
    run(dir.path(), &words)
}

#[test]
fn each_test_runs_alone() {
    let dir = folder(&[("add.spy", ADD), ("test_add.spy", TESTS)]);
    for args in [&["test_add.spy"][..], &[], &["--release", "."]] {
        let outcome = test(&dir, args);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        let verdicts: Vec<&str> =
            outcome.stdout.lines().filter(|line| line.contains(" ... ")).collect();
        assert_eq!(
            verdicts,
            [
                "test_add.spy::test_small ... ok",
                "test_add.spy::test_wrong ... FAILED",
                "test_add.spy::test_index ... FAILED",
                "test_add.spy::test_loud ... ok",
            ]
        );
        let at =
            |text: &str| outcome.stdout.find(text).unwrap_or_else(|| panic!("{text}: {outcome:?}"));
        assert!(at("before") < at("a message"), "{outcome:?}");
        assert!(at("IndexError") < at("--> test_add.spy:12"), "{outcome:?}");
        assert!(at("IndexError") < at("2 passed, 2 failed"), "{outcome:?}");
        assert!(!outcome.stdout.contains("nobody sees this"), "{outcome:?}");
    }
}

#[test]
fn tests_are_chosen_by_name() {
    let dir = folder(&[("add.spy", ADD), ("test_add.spy", TESTS)]);
    let outcome = test(&dir, &["--name", "test_small", "--name", "test_loud", "test_add.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.ends_with("\n2 passed, 0 failed\n"), "{outcome:?}");
    let missing = test(&dir, &["--name", "test_smal", "test_add.spy"]);
    assert_eq!(missing.status, 2, "{missing:?}");
    assert!(missing.stderr.contains("there is no test `test_smal`"), "{missing:?}");
    let quiet = test(&dir, &["-q", "--name", "test_small", "test_add.spy"]);
    assert_eq!((quiet.status, &*quiet.stdout), (0, ""), "{quiet:?}");
}

#[test]
fn files_in_packages_are_tested_as_what_they_are() {
    let inside = "from .add import add\n\ndef test_inside() -> None:\n    assert add(1, 1) == 2\n";
    let dir = folder(&[("p/__init__.spy", ""), ("p/add.spy", ADD), ("p/add_test.spy", inside)]);
    let outcome = test(&dir, &[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert_eq!(outcome.stdout, "p/add_test.spy::test_inside ... ok\n1 passed, 0 failed\n");
    assert!(dir.path().join("build/tests/p.add_test").is_dir());
    assert!(!dir.path().join("p/build").exists());
    let again = test(&dir, &["p"]);
    assert_eq!((again.status, again.stdout), (0, outcome.stdout));
}

#[test]
fn files_with_errors_count_and_the_others_are_tested() {
    let dir = folder(&[
        ("test_a.spy", "def test_a() -> None:\n    x: i32 = 'text'\n"),
        ("test_b.spy", "def test_b() -> None:\n    pass\n"),
        ("test_c.spy", "def test_c(:\n"),
    ]);
    let outcome = test(&dir, &["--message-format", "short"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert_eq!(
        outcome.stdout,
        "test_b.spy::test_b ... ok\n1 passed, 0 failed, 2 file(s) with errors\n"
    );
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[0].starts_with("test_a.spy:2:"), "{lines:?}");
    assert!(lines[1].starts_with("test_c.spy:1:"), "{lines:?}");
}

#[test]
fn nothing_to_test_is_said() {
    let dir = folder(&[("a.spy", "def main() -> None:\n    pass\n")]);
    for args in [&["a.spy"][..], &[]] {
        let outcome = test(&dir, args);
        assert_eq!(outcome.status, 2, "{outcome:?}");
        assert!(outcome.stderr.contains("there are no tests"), "{outcome:?}");
        assert!(outcome.stderr.contains("functions `test_...`"), "{outcome:?}");
    }
    let gone = test(&dir, &["gone.spy"]);
    assert_ne!(gone.status, 0, "{gone:?}");
    assert!(gone.stderr.contains("gone.spy"), "{gone:?}");
}
