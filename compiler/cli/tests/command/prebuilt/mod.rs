//! Packages that were compiled ahead of time: linking them, and what is said when that cannot be.

use crate::common::{Outcome, finish, run, spy};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const PYPROJECT: &str = "[project]\nname = 'shapes'\nversion = '1.0'\n[tool.spy]\n";

const PREBUILT: &str = "source = false\nprebuilt = [
    'scale[f64]', 'scale[i32]', 'Box[i32]', 'adder(3)', 'Table[Rect]',
]\n";

const OUTPUT: &str = "27 31 4 x\"y 0.5\n2 3.0 20\n7 7 True 3\n1 2 2\n['a']\n";

const WHEEL: &str = "shapes/dist/shapes-1.0-py3-none-any.whl";

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

/// A folder with programs and the wheel that they need.
fn packed(table: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "shapes/pyproject.toml", &format!("{PYPROJECT}{table}"));
    write(dir.path(), "shapes/shapes/__init__.spy", include_str!("shapes.spy"));
    write(dir.path(), "shapes/shapes/area.spy", include_str!("area.spy"));
    write(dir.path(), "app.spy", include_str!("app.spy"));
    write(dir.path(), "files.spy", include_str!("files.spy"));
    let made = run(dir.path(), &["package", "--wheel", "shapes"]);
    assert_eq!(made.status, 0, "{made:?}");
    dir
}

fn app(dir: &Path, args: &[&str]) -> Outcome {
    let mut words = vec!["--package", WHEEL];
    words.extend(args);
    run(dir, &words)
}

#[test]
fn a_package_without_source_is_linked_by_itself() {
    let dir = packed(PREBUILT);
    let outcome = app(dir.path(), &["run", "app.spy", "a"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), (OUTPUT, 2), "{outcome:?}");
    let failed = app(dir.path(), &["run", "app.spy", "a", "b"]);
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(failed.stderr.contains("ValueError: too much"), "{failed:?}");
    assert!(failed.stderr.contains("shapes/__init__.spy:49"), "{failed:?}");
}

#[test]
fn programs_are_linked_for_wasi_and_for_this_machine() {
    let dir = packed(PREBUILT);
    let built = app(dir.path(), &["build", "--link-prebuilt", "app.spy"]);
    assert_eq!(built.stdout, "[release] build/app \n", "{built:?}");
    let mut program = Command::new(dir.path().join("build/app"));
    let outcome = finish(program.arg("a").current_dir(dir.path()), &[]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), (OUTPUT, 2), "{outcome:?}");
    let again = app(dir.path(), &["build", "-v", "--link-prebuilt", "app.spy"]);
    assert!(again.stderr.contains("up to date"), "{again:?}");
    let args = ["build", "-x", "-q", "-t", "wasi", "--link-prebuilt=shapes", "app.spy", "a"];
    let wasi = app(dir.path(), &args);
    assert_eq!((wasi.stdout.as_str(), wasi.status), (OUTPUT, 2), "{wasi:?}");
}

#[test]
fn translated_programs_read_and_write_files() {
    let dir = packed(PREBUILT);
    let outcome = app(dir.path(), &["run", "files.spy", "out.txt"]);
    assert_eq!(outcome.stdout, "ne 1\nmore\n", "{outcome:?}");
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("gone/file"), "{outcome:?}");
    let text = fs::read_to_string(dir.path().join("out.txt")).expect("it was written");
    assert_eq!(text, "line 1\nmore");
    let absolute = dir.path().join("abs.txt").display().to_string();
    assert_eq!(app(dir.path(), &["run", "files.spy", &absolute]).stdout, "ne 1\nmore\n");
}

#[test]
fn endless_recursion_ends_in_a_message() {
    let dir = packed(PREBUILT);
    let program = "from shapes import bump\n\ndef down(n: i32) -> i32:\n    \
        return down(n + bump()) + bump()\n\ndef main() -> None:\n    print('before')\n    print(down(1))\n";
    write(dir.path(), "deep.spy", program);
    let outcome = app(dir.path(), &["run", "deep.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("stack overflow"), "{outcome:?}");
}

#[test]
fn calls_without_a_variant_say_which_there_are() {
    let dir = packed(PREBUILT);
    let program = "from shapes import scale\n\ndef main() -> None:\n    print(scale[i64](1, 2))\n";
    write(dir.path(), "other.spy", program);
    let outcome = app(dir.path(), &["build", "other.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    for part in ["other.spy:4", "`shapes.scale[f64]`, `shapes.scale[i32]`", "--link-prebuilt"] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
}

#[test]
fn what_needs_source_says_so() {
    let dir = packed(PREBUILT);
    let program =
        "from shapes import fail\n\nN: i32 = fail(1)\n\ndef main() -> None:\n    print(N)\n";
    write(dir.path(), "early.spy", program);
    let outcome = app(dir.path(), &["build", "early.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("early.spy:3"), "{outcome:?}");
    assert!(outcome.stderr.contains("needs its source"), "{outcome:?}");
    let redshifted = app(dir.path(), &["run", "--redshifted", "app.spy"]);
    assert_eq!(redshifted.status, 2, "{redshifted:?}");
    assert!(redshifted.stderr.contains("`shapes` has no source"), "{redshifted:?}");
}

#[test]
fn packages_that_were_not_compiled_are_named() {
    let dir = packed("");
    let named = app(dir.path(), &["build", "--link-prebuilt=shapes", "app.spy"]);
    assert_eq!(named.status, 1, "{named:?}");
    assert!(named.stderr.contains("`shapes` was not compiled ahead of time"), "{named:?}");
    let all = app(dir.path(), &["build", "-x", "-q", "--link-prebuilt", "app.spy", "a"]);
    assert_eq!((all.stdout.as_str(), all.status), (OUTPUT, 2), "{all:?}");
}

#[test]
fn without_a_compiler_for_wasm_the_rest_works() {
    let dir = packed(PREBUILT);
    let without = |args: &[&str]| finish(spy(dir.path()).args(args).env("PATH", ""), &[]);
    let outcome = without(&["package", "--wheel", "shapes"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("no C compiler for WebAssembly"), "{outcome:?}");
    assert!(outcome.stderr.contains("ziglang"), "{outcome:?}");
    let outcome = without(&["--package", WHEEL, "check", "app.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
}

#[test]
fn wheels_with_objects_are_reproducible() {
    let (one, two) = (packed(PREBUILT), packed(PREBUILT));
    let bytes = |dir: &TempDir| fs::read(dir.path().join(WHEEL)).expect("the wheel");
    assert!(bytes(&one) == bytes(&two));
}

#[test]
fn damaged_objects_are_refused() {
    let dir = packed(PREBUILT);
    let object = ".venv/lib/python3.12/site-packages/shapes/_spy/shapes.o.wasm";
    write(dir.path(), ".venv/pyvenv.cfg", "");
    write(dir.path(), object, "");
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f", b"junk"]
    {
        fs::write(dir.path().join(object), bytes).expect("a file");
        let outcome = run(dir.path(), &["build", "app.spy"]);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        assert!(outcome.stderr.contains("shapes.o.wasm` cannot be used"), "{outcome:?}");
    }
}
