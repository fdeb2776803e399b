//! Edits that move code, or add code that nothing uses.

use crate::bodies::{MAIN, SHAPES};
use crate::support::{Artefacts, Lab, Log, difference, lab, lab_with};
use spy_project::RawOptions;

/// Builds, edits and builds again: both results, and what the second build ran.
fn rebuilt(edit: impl FnOnce(&Lab<'_>), check: impl FnOnce(&Artefacts, &Artefacts, &Log)) {
    lab(&[("main.spy", MAIN), ("shapes.spy", SHAPES)], |lab| {
        let (before, _) = lab.build();
        edit(lab);
        let (after, log) = lab.build();
        assert_eq!(after.get("diagnostics"), None);
        check(&before, &after, &log);
    });
}

/// The names of the artefacts that differ.
fn changed<'a>(before: &'a Artefacts, after: &'a Artefacts) -> Vec<&'a str> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).map(String::as_str).collect()
}

/// Code moves: nothing is evaluated, and at most the position tables change.
#[track_caller]
fn moves(edit: impl FnOnce(&Lab<'_>), tables_change: bool) {
    rebuilt(edit, |before, after, log| {
        log.assert_nothing_evaluated();
        let expected: &[&str] = if tables_change { &["spy_positions.c"] } else { &[] };
        assert_eq!(changed(before, after), expected);
        assert_eq!(log.count("parse"), 1);
    });
}

#[test]
fn a_comment_above_everything() {
    moves(|lab| lab.edit("main.spy", "from __spy__", "# Hello.\n\n# World.\nfrom __spy__"), true);
}

#[test]
fn a_comment_in_another_module() {
    moves(|lab| lab.edit("shapes.spy", "@struct", "# Shapes.\n@struct"), true);
}

#[test]
fn a_comment_inside_a_function() {
    moves(
        |lab| {
            lab.edit(
                "main.spy",
                "    return plain(x) * 2",
                "    # Twice.\n\n    return plain(x) * 2",
            )
        },
        true,
    );
}

#[test]
fn a_comment_at_the_end_of_a_line() {
    moves(|lab| lab.edit("main.spy", "p = Point(1, 2)\n", "p = Point(1, 2)  # a point\n"), true);
}

#[test]
fn a_column() {
    moves(|lab| lab.edit("main.spy", "(p.sum(), p", "( p.sum(), p"), true);
}

#[test]
fn blank_lines_between_methods_and_blue_functions() {
    moves(|lab| lab.edit("shapes.spy", "    def scaled", "\n\n    def scaled"), true);
    moves(|lab| lab.edit("main.spy", "    def add(x", "\n    def add(x"), true);
    moves(|lab| lab.edit("main.spy", "def largest[T]", "\n\n\ndef largest[T]"), true);
}

#[test]
fn a_comment_below_everything() {
    moves(|lab| lab.write("main.spy", &format!("{MAIN}\n# The end.\n")), false);
}

#[test]
fn line_ends() {
    moves(|lab| lab.write("main.spy", &MAIN.replace('\n', "\r\n")), false);
}

/// With `-g`, debuggers are led to SPy source by directives in the code.
#[test]
fn line_directives_follow_code_that_moves() {
    let moved = format!("# One line.\n{MAIN}");
    let options = || RawOptions { debug_info: true, ..RawOptions::default() };
    let (mut incremental, mut clean) = (Artefacts::new(), Artefacts::new());
    lab_with("/home/one", options(), &[("main.spy", MAIN), ("shapes.spy", SHAPES)], |lab| {
        lab.build_ok();
        lab.write("main.spy", &moved);
        let (artefacts, log) = lab.build();
        assert!(log.of("emit").contains(&"main::caller"), "{:?}", log.of("emit"));
        assert_eq!(log.of_module("emit", "shapes"), [""; 0]);
        assert_eq!(log.of("redshift"), [""; 0]);
        incremental = artefacts;
    });
    lab_with("/home/one", options(), &[("main.spy", &moved), ("shapes.spy", SHAPES)], |lab| {
        clean = lab.artefacts();
    });
    assert!(clean["main.c"].contains("#line"));
    assert_eq!(difference(&incremental, &clean), None);
}

#[test]
fn a_new_function_is_redshifted_alone() {
    let edits: [(&str, &str); 4] = [
        ("from __spy__", "def extra() -> i32:\n    return 1\n\nfrom __spy__"),
        ("def caller", "def extra() -> i32:\n    return 1\n\ndef caller"),
        ("const ANSWER", "def extra() -> i32:\n    return 1\n\nconst ANSWER"),
        ("def main", "def extra() -> i32:\n    return 1\n\ndef main"),
    ];
    for (old, new) in edits {
        rebuilt(
            |lab| lab.edit("main.spy", old, new),
            |_, _, log| {
                assert_eq!(log.of("redshift"), ["main::extra"]);
                assert_eq!(log.of("emit"), ["main::extra"]);
                assert_eq!(log.of("module"), ["main"]);
                assert_eq!(log.of("call"), [""; 0]);
            },
        );
    }
}

#[test]
fn a_new_method_is_redshifted_alone() {
    rebuilt(
        |lab| {
            lab.edit(
                "shapes.spy",
                "    def sum",
                "    def extra(self) -> i32:\n        return 1\n\n    def sum",
            )
        },
        |_, _, log| {
            assert_eq!(log.of("redshift"), ["shapes::Point::extra"]);
            assert_eq!(log.of("emit"), ["shapes::Point::extra"]);
        },
    );
}

#[test]
fn a_new_global_redshifts_nothing() {
    for (old, new) in [
        ("def plain", "const EXTRA: i32 = 3\n\ndef plain"),
        ("def main", "var extra: i32 = 3\n\ndef main"),
    ] {
        rebuilt(
            |lab| lab.edit("main.spy", old, new),
            |_, _, log| {
                assert_eq!(log.of("module"), ["main"]);
                assert_eq!(log.of("redshift"), [""; 0]);
                assert_eq!(log.of("emit"), [""; 0]);
            },
        );
    }
}

#[test]
fn a_new_import_redshifts_nothing() {
    rebuilt(
        |lab| {
            lab.write("extra.spy", "def f() -> i32:\n    return 1\n");
            lab.edit("main.spy", "from shapes", "from extra import f\nfrom shapes");
        },
        |_, _, log| {
            assert_eq!(log.of("module"), ["extra", "main"]);
            assert_eq!(log.of("redshift"), ["extra::f"]);
            assert_eq!(log.of("emit"), ["extra::f"]);
        },
    );
}
