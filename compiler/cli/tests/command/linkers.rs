//! Which linker makes an executable, and what happens when it cannot.

use crate::common::{Outcome, finish, spy};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A folder with a program, and with a folder `bin` of scripts, each with a name and its text.
fn project(scripts: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("a.spy"), "def main() -> None:\n    print(\"hello\")\n")
        .expect("write");
    fs::create_dir(dir.path().join("bin")).expect("create");
    for (name, text) in scripts {
        let path = dir.path().join("bin").join(name);
        fs::write(&path, text).expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
    }
    dir
}

/// Builds with a cache of its own; the scripts come first on the path.
fn build(dir: &Path, args: &[&str]) -> Outcome {
    let mut path = OsString::from(dir.join("bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = spy(dir);
    command.args(["build", "a.spy", "--timings"]).args(args);
    command.env("PATH", path).env("SPY_CACHE", dir.join("cache"));
    let outcome = finish(&mut command, &[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let program = std::process::Command::new(dir.join("build/a")).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&program.stdout), "hello\n");
    outcome
}

#[test]
fn what_was_chosen_stands_in_the_timings() {
    let dir = project(&[]);
    let outcome = build(dir.path(), &["--linker", "cc"]);
    assert!(outcome.stderr.contains("link (cc) "), "{outcome:?}");
}

#[test]
fn debug_builds_need_no_other_process() {
    let fails = "#!/bin/sh\nexit 1\n";
    let dir = project(&[("ld", fails), ("ld.lld", fails), ("mold", fails), ("ld.mold", fails)]);
    let outcome = build(dir.path(), &[]);
    assert!(outcome.stderr.contains("link (wild) "), "{outcome:?}");
    assert!(!outcome.stderr.contains("not used"), "{outcome:?}");
}

#[test]
fn one_that_fails_is_left_out_and_remembered() {
    let dir = project(&[("mold", "#!/bin/sh\nexit 1\n"), ("ld.mold", "#!/bin/sh\nexit 1\n")]);
    let first = build(dir.path(), &["--backend", "c"]);
    assert_eq!(first.stderr.matches("cannot link with `mold`: not used").count(), 1, "{first:?}");
    assert!(first.stderr.contains("link (mold) "), "{first:?}");
    fs::remove_dir_all(dir.path().join("build")).expect("remove");
    let second = build(dir.path(), &["--backend", "c"]);
    assert!(!second.stderr.contains("mold"), "{second:?}");
    // Who asks for it hears of it each time.
    fs::remove_dir_all(dir.path().join("build")).expect("remove");
    let asked = build(dir.path(), &["--linker", "mold"]);
    assert!(asked.stderr.contains("cannot link with `mold`"), "{asked:?}");
}

#[test]
fn a_linker_that_does_not_exist_is_replaced() {
    let dir = project(&[]);
    let outcome = build(dir.path(), &["--linker", "nosuch"]);
    assert!(outcome.stderr.contains("cannot link with `nosuch`: not used"), "{outcome:?}");
    assert!(outcome.stderr.contains("link (cc) "), "{outcome:?}");
}

#[test]
fn gcc_starts_wild_too() {
    // It does what the system's linker does, and leaves a trace.
    let wild = "#!/bin/sh\ntouch \"$WILD_TRACE\"\nexec ld \"$@\"\n";
    let dir = project(&[("wild", wild)]);
    let trace = dir.path().join("trace");
    let mut path = OsString::from(dir.path().join("bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = spy(dir.path());
    command.args(["build", "a.spy", "--linker", "wild", "--timings"]);
    command.env("PATH", path).env("SPY_CACHE", dir.path().join("cache"));
    command.env("WILD_TRACE", &trace);
    let outcome = finish(&mut command, &[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(trace.exists() && outcome.stderr.contains("link (wild) "), "{outcome:?}");
}
