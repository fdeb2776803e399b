//! Function values between programs and packages that were compiled ahead of time.

use super::{WHEEL, app, write};
use crate::common::run;
use std::process::Command;
use tempfile::TempDir;

const PACKAGE: &str = "from typing import Callable

def apply(f: Callable[[int], int], x: int) -> int:
    return f(x)

def adder(n: int) -> Callable[[int], int]:
    return lambda x: x + n

def inc(x: int) -> int:
    return x + 1

def is_inc(f: Callable[[int], int]) -> bool:
    return f is inc

def stored() -> Callable[[int], int]:
    return inc
";

const PROGRAM: &str = "from shapes import adder, apply, inc, is_inc, stored
from typing import Callable

fs: list[Callable[[int], int]] = [inc, lambda x: -x]

def main() -> None:
    k = len(fs)
    print(apply(lambda x: x * k, 21), apply(adder(5), 1), adder(k)(5))
    fs.append(adder(100))
    print([f(1) for f in fs], [apply(f, 10) for f in fs])
    print(is_inc(inc), is_inc(fs[0]), stored() is inc, is_inc(adder(1)), is_inc(fs[1]))
";

const OUTPUT: &str = "42 6 7\n[2, -1, 101] [11, -10, 110]\nTrue True True False False\n";

fn packed() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let pyproject = "[project]\nname = 'shapes'\nversion = '1.0'\n[tool.spy]\nsource = false\n";
    write(dir.path(), "shapes/pyproject.toml", pyproject);
    write(dir.path(), "shapes/shapes.spy", PACKAGE);
    write(dir.path(), "app.spy", PROGRAM);
    let made = run(dir.path(), &["package", "--wheel", "shapes"]);
    assert_eq!(made.status, 0, "{made:?}");
    assert!(dir.path().join(WHEEL).exists(), "{made:?}");
    dir
}

/// A function is the same whoever mentions it, and closures go both ways.
#[test]
fn they_go_both_ways() {
    let dir = packed();
    for options in [&["build"][..], &["build", "--release"], &["build", "--backend", "c"]] {
        let built = app(dir.path(), &[options, &["app.spy"]].concat());
        assert_eq!(built.status, 0, "{built:?}");
        let ran = crate::common::finish(&mut Command::new(dir.path().join("build/app")), &[]);
        assert_eq!(ran.stdout, OUTPUT, "{options:?}: {ran:?}");
    }
}
