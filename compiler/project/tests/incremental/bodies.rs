//! Editing the body of one function.

use crate::support::{Lab, lab};

/// The root of the project of these tests.
pub(crate) const MAIN: &str = "\
from __spy__ import force_inline
from shapes import Point, area

def plain(x: i32) -> i32:
    return x + 1

def caller(x: i32) -> i32:
    return plain(x) * 2

def largest[T](a: T, b: T) -> T:
    if a < b:
        return b
    return a

@blue
def make_adder(n: i32):
    def add(x: i32) -> i32:
        return x + n
    return add

@force_inline
def inlined(x: i32) -> i32:
    return x * x

def uses_inlined(x: i32) -> i32:
    return inlined(x) + 1

def uses_user(x: i32) -> i32:
    return uses_inlined(x)

@blue
def table(n: i32):
    if n == 0:
        return 1
    return table(n - 1) * 2

def uses_table() -> i32:
    return table(5)

def at_import(x: i32) -> i32:
    return x + 40

const ANSWER: i32 = at_import(2)

def uses_answer() -> i32:
    return ANSWER

add_two = make_adder(2)
add_three = make_adder(3)

def main() -> None:
    p = Point(1, 2)
    print(caller(1), largest[i32](2, 3), largest[f64](2.5, 3.5))
    print(add_two(1), add_three(1), uses_user(3), uses_table(), uses_answer())
    print(p.sum(), p.scaled(3).sum(), area(p), p == Point(1, 2))
";

/// What it imports.
pub(crate) const SHAPES: &str = "\
@struct
class Point:
    x: i32
    y: i32

    def sum(self) -> i32:
        return self.x + self.y

    def scaled(self, n: i32) -> Point:
        return Point(self.x * n, self.y * n)

def area(p: Point) -> i32:
    return p.y // p.x
";

/// Full names without the keys that tell instances apart.
fn readable(names: &[&str]) -> Vec<String> {
    let without_key = |name: &&str| name.split('#').next().unwrap_or_default().to_owned();
    names.iter().map(without_key).collect()
}

/// Builds the project, applies the edit, builds again and compares what was redshifted. Whatever
/// was redshifted is emitted, and nothing else.
#[track_caller]
fn after(edit: impl FnOnce(&Lab<'_>), redshifted: &[&str], calls: &[&str], modules: &[&str]) {
    lab(&[("main.spy", MAIN), ("shapes.spy", SHAPES)], |lab| {
        lab.build_ok();
        edit(lab);
        let log = lab.build_ok();
        assert_eq!(readable(&log.of("redshift")), redshifted, "redshift");
        assert_eq!(readable(&log.of("call")), calls, "calls");
        assert_eq!(log.of("module"), modules, "modules");
        let is_inlined = |name: &&str| name.starts_with("main::inlined#");
        let redshifted = log.of("redshift").into_iter().filter(|name| !is_inlined(name));
        assert_eq!(log.of("emit"), redshifted.collect::<Vec<_>>(), "emit");
    });
}

#[test]
fn a_first_build_runs_everything_once() {
    lab(&[("main.spy", MAIN), ("shapes.spy", SHAPES)], |lab| {
        let log = lab.build_ok();
        for kind in ["redshift", "call", "module", "emit"] {
            let mut names = log.of(kind);
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{kind}: {:?}", log.of(kind));
        }
        assert_eq!(log.of("module"), ["_print", "main", "shapes"]);
        assert_eq!(
            log.of_module("redshift", "shapes"),
            [
                "shapes::Point::__eq__",
                "shapes::Point::__ne__",
                "shapes::Point::scaled",
                "shapes::Point::sum",
                "shapes::area",
            ]
        );
        let (_, log) = lab.build();
        log.assert_nothing_evaluated();
    });
}

#[test]
fn a_function() {
    after(
        |lab| lab.edit("main.spy", "x + 1\n\ndef caller", "x + 2\n\ndef caller"),
        &["main::plain"],
        &[],
        &[],
    );
}

#[test]
fn a_function_of_another_module() {
    after(|lab| lab.edit("shapes.spy", "p.y // p.x", "p.x // p.y"), &["shapes::area"], &[], &[]);
}

#[test]
fn a_generic_function() {
    after(
        |lab| lab.edit("main.spy", "a < b", "a <= b"),
        &["main::largest[f64]::__impl", "main::largest[i32]::__impl"],
        &[],
        &[],
    );
}

#[test]
fn a_method() {
    after(
        |lab| lab.edit("shapes.spy", "self.y * n", "self.y - n"),
        &["shapes::Point::scaled"],
        &[],
        &[],
    );
}

#[test]
fn a_closure() {
    after(
        |lab| lab.edit("main.spy", "x + n", "x - n"),
        &["main::make_adder::add", "main::make_adder::add"],
        &[],
        &[],
    );
}

#[test]
fn an_inlined_function() {
    after(
        |lab| lab.edit("main.spy", "x * x", "x * x * x"),
        &["main::inlined", "main::uses_inlined"],
        &[],
        &[],
    );
}

#[test]
fn a_blue_function() {
    after(
        |lab| lab.edit("main.spy", "* 2\n\ndef uses_table", "* 3\n\ndef uses_table"),
        &["main::uses_table"],
        &["main::table"; 6],
        &[],
    );
}

#[test]
fn a_blue_function_with_the_same_results() {
    after(
        |lab| lab.edit("main.spy", "return table(n - 1) * 2", "return 2 * table(n - 1)"),
        &[],
        &["main::table"; 6],
        &[],
    );
}

#[test]
fn a_red_function_that_runs_at_import_time() {
    after(
        |lab| lab.edit("main.spy", "x + 40", "x + 50"),
        &["main::at_import", "main::uses_answer"],
        &[],
        &["main"],
    );
}
