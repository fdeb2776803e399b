//! After an evaluation that failed, the same database builds the corrected program; and what fails
//! does not depend on what was evaluated before.

use crate::support::{Artefacts, assert_equal_to_clean, lab};

const GOOD: &str = "\
@blue
def table(n: i32):
    if n == 0:
        return 1
    return table(n - 1) + 1

def main() -> None:
    print(table(3))
";

#[track_caller]
fn fails(artefacts: &Artefacts, message: &str) {
    let diagnostics = artefacts.get("diagnostics").map(String::as_str).unwrap_or_default();
    assert!(diagnostics.contains(message), "{message}: {diagnostics}");
}

/// Builds a good program, the bad one, and the good one again.
#[track_caller]
fn recovers(bad: &str, message: &str) {
    let found = assert_equal_to_clean(&[GOOD, bad, GOOD, bad]);
    fails(&found[1], message);
    assert_eq!(found[0], found[2]);
    assert_eq!(found[1], found[3]);
}

fn with(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "{old}");
    GOOD.replace(old, new)
}

#[test]
fn after_errors() {
    recovers("def main(", "was never closed");
    recovers(&with("table(3)", "tables(3)"), "tables");
    recovers(&with("table(3)", "table(\"3\")"), "expected `i32`, got `str`");
    recovers(&with("+ 1", "+ \"1\""), "cannot do");
    recovers(&with("return 1\n", "raise ValueError(\"no\")\n"), "no");
}

#[test]
fn after_a_module_was_gone() {
    let main = "from other import f\n\ndef main() -> None:\n    print(f())\n";
    lab(&[("main.spy", main), ("other.spy", "def f() -> i32:\n    return 1\n")], |lab| {
        let before = lab.artefacts();
        lab.remove("other.spy");
        fails(&lab.artefacts(), "cannot import `other.f`");
        lab.write("other.spy", "def f() -> i32:\n    return 1\n");
        let (after, log) = lab.build();
        assert_eq!(before, after);
        // Its file was gone, so what stands in it is looked at again, and found to be the same.
        assert_eq!(log.of("redshift"), ["other::f"]);
        assert_eq!(log.of("emit"), [""; 0]);
    });
}

#[test]
fn after_endless_recursion() {
    recovers(&with("table(n - 1)", "table(n + 1)"), "calls are nested more than");
}

#[test]
fn after_too_many_steps() {
    let endless = with("    if n == 0:", "    while True:\n        pass\n    if n == 0:");
    recovers(&endless, "compile-time evaluation takes too long");
}

#[test]
fn after_a_call_that_needs_itself() {
    recovers(&with("table(n - 1)", "table(n)"), "infinite recursion");
}

fn calling(first: &str, second: &str) -> String {
    format!(
        "\
@blue
def deep(n: i32):
    if n == 0:
        return 1
    return deep(n - 1) + 1

@blue
def ping(n: i32):
    return pong(n)

@blue
def pong(n: i32):
    return ping(n)

def one() -> i32:
    return {first}

def two() -> i32:
    return {second}

def main() -> None:
    print(one(), two())
"
    )
}

#[test]
fn the_limit_of_depth_does_not_depend_on_what_is_known() {
    let texts = [
        calling("deep(1500)", "1"),
        calling("deep(2500)", "1"),
        calling("deep(2500)", "deep(700)"),
        calling("deep(700)", "deep(2500)"),
        calling("1", "deep(700)"),
        calling("deep(1990)", "deep(2010)"),
    ];
    assert_equal_to_clean(&texts.each_ref().map(String::as_str));
}

#[test]
fn calls_that_need_each_other_fail_alike() {
    let texts = [
        calling("ping(1)", "1"),
        calling("ping(1)", "pong(1)"),
        calling("pong(1)", "ping(1)"),
        calling("pong(1)", "1"),
        calling("1", "ping(1)"),
    ];
    let found = assert_equal_to_clean(&texts.each_ref().map(String::as_str));
    found.iter().for_each(|artefacts| fails(artefacts, "infinite recursion"));
}

#[test]
fn functions_that_inline_each_other_fail_alike() {
    let text = |first: &str, second: &str| {
        format!(
            "\
from __spy__ import force_inline

@force_inline
def ping(n: i32) -> i32:
    return pong(n)

@force_inline
def pong(n: i32) -> i32:
    return ping(n)

def one() -> i32:
    return {first}

def two() -> i32:
    return {second}

def main() -> None:
    print(one(), two())
"
        )
    };
    let texts = [
        text("ping(1)", "1"),
        text("ping(1)", "pong(1)"),
        text("pong(1)", "ping(1)"),
        text("pong(1)", "1"),
        text("1", "ping(1)"),
    ];
    let found = assert_equal_to_clean(&texts.each_ref().map(String::as_str));
    found.iter().for_each(|artefacts| fails(artefacts, "recursive"));
}
