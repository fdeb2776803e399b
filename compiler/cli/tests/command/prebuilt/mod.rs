//! Packages that were compiled ahead of time: linking them, and what is said when that cannot be.

mod elder;
mod functions;

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
fn translated_programs_make_and_list_folders() {
    let dir = packed(PREBUILT);
    let program = "import os\nfrom shapes import bump\n\ndef main() -> None:\n    \
        os.makedirs('a/b')\n    os.mkdir('a/c' + str(bump()))\n    \
        with open('a/text', 'w') as f:\n        f.write('x')\n    print(os.listdir('a'))\n    \
        os.remove('a/text')\n    os.rmdir('a/b')\n    \
        print(os.listdir('a'), os.path.exists('a/b'))\n    os.rmdir('a')\n";
    write(dir.path(), "folders.spy", program);
    let outcome = app(dir.path(), &["run", "folders.spy"]);
    assert_eq!(outcome.stdout, "['b', 'c1', 'text']\n['c1'] False\n", "{outcome:?}");
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("cannot remove folder"), "{outcome:?}");
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

const MODES: [&[&str]; 3] = [&["run", "--interp"], &["run", "--redshifted"], &["run"]];

#[test]
fn interpreters_call_compiled_packages() {
    let dir = packed(PREBUILT);
    for mode in MODES {
        let outcome = app(dir.path(), &[mode, &["app.spy", "a"]].concat());
        assert_eq!((outcome.stdout.as_str(), outcome.status), (OUTPUT, 2), "{mode:?} {outcome:?}");
        let failed = app(dir.path(), &[mode, &["app.spy", "a", "b"]].concat());
        assert_eq!(failed.status, 1, "{failed:?}");
        assert!(failed.stderr.contains("ValueError: too much"), "{failed:?}");
        assert!(failed.stderr.contains("shapes/__init__.spy:49"), "{failed:?}");
    }
}

#[test]
fn source_of_generics_specialises_what_was_not_compiled() {
    let dir = packed("source = 'generics'\nprebuilt = ['scale[i32]']\n");
    let program = "from shapes import Box, Rect, Table, adder, bump, doubled, scale\n\n\
        def main() -> None:\n    print(scale[i64](3, 4), scale[i32](5, 6), scale[f64](1.5, 2.0))\n    \
        b = Box[str]('x')\n    print(b.get(), adder(5)(6), Table[Rect]([Rect(1, 2)]).count())\n    \
        print(doubled[i64](7), bump(), bump())\n";
    write(dir.path(), "more.spy", program);
    for mode in MODES {
        let outcome = app(dir.path(), &[mode, &["more.spy"]].concat());
        let wanted = "12 30 3.0\nx 11 1\n18 1 2\n";
        assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{mode:?} {outcome:?}");
    }
    let unpacked = fs::read(dir.path().join(WHEEL)).expect("the wheel");
    let holds = |text: &[u8]| unpacked.windows(text.len()).any(|part| part == text);
    assert!(holds(b"shapes/_spy/shapes.o.wasm") && !holds(b"shapes/__init__.spy"));
    let program = "from shapes import counted\n\ndef main() -> None:\n    print(counted[i64](1))\n";
    write(dir.path(), "without.spy", program);
    let outcome = app(dir.path(), &["check", "without.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("`shapes.counted` was compiled ahead of time"), "{outcome:?}");
}

/// A folder with the package `memory`, which has no source, and a program.
fn remembering() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let manifest = "[project]\nname = 'memory'\nversion = '1.0'\n[tool.spy]\nsource = false\n";
    write(dir.path(), "memory/pyproject.toml", manifest);
    write(dir.path(), "memory/memory.spy", include_str!("memory.spy"));
    write(dir.path(), "sharing.spy", include_str!("sharing.spy"));
    let made = run(dir.path(), &["package", "--wheel", "memory"]);
    assert_eq!(made.status, 0, "{made:?}");
    dir
}

fn with_memory(dir: &Path, args: &[&str]) -> Outcome {
    let wheel = ["--package", "memory/dist/memory-1.0-py3-none-any.whl"];
    run(dir, &[&wheel, args].concat())
}

#[test]
fn interpreted_programs_share_memory_with_packages() {
    let dir = remembering();
    for mode in MODES {
        let outcome = with_memory(dir.path(), &[mode, &["sharing.spy"]].concat());
        let wanted = include_str!("sharing.out");
        assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{mode:?} {outcome:?}");
    }
}

#[test]
fn packages_are_called_at_compile_time() {
    let dir = remembering();
    let program = "from memory import words, table, chain, names, level\n\n\
        W = words(3)\nT = table()\nC = chain(3)\nN: i32 = len(names)\n\n\
        def main() -> None:\n    print(W, T, C.value, C.next.next.value, N, names, level)\n";
    write(dir.path(), "early.spy", program);
    let wanted = "['w0', 'w1', 'w2'] {'one': 1, 'two': 2} 3 1 2 ['a', 'b'] 0.1\n";
    for mode in MODES {
        let outcome = with_memory(dir.path(), &[mode, &["early.spy"]].concat());
        assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{mode:?} {outcome:?}");
    }
    let dumped = with_memory(dir.path(), &["redshift", "early.spy"]);
    assert!(dumped.stdout.contains("`main`") || dumped.stdout.contains("def main"), "{dumped:?}");
}

/// An imported variable of a package leads to the package's own memory, in every mode.
#[test]
fn imported_variables_share_memory_with_packages() {
    let dir = remembering();
    let program = "import memory\nfrom memory import names, remember\n\n\
        def main() -> None:\n    print(names)\n    remember('x')\n    names.append('y')\n    \
        print(names, memory.names, len(names))\n";
    write(dir.path(), "imported.spy", program);
    let wanted = "['a', 'b']\n['a', 'b', 'x', 'y'] ['a', 'b', 'x', 'y'] 4\n";
    for mode in MODES {
        let outcome = with_memory(dir.path(), &[mode, &["imported.spy"]].concat());
        assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{mode:?} {outcome:?}");
    }
}

/// Code at compile time may compute with a package's memory. What it keeps would be a copy of it.
#[test]
fn memory_of_packages_is_not_kept_at_compile_time() {
    let dir = remembering();
    let main = "\n\ndef main() -> None:\n    pass\n";
    let kept = [
        ("from memory import names\n\nXS = names", "`XS` leads to memory", "kept.spy:3"),
        ("import memory\n\nXS = memory.names", "`XS` leads to memory", "kept.spy:3"),
        (
            "from memory import names\n\nvar xs: list[str] = names",
            "`xs` leads to memory",
            "[module] kept",
        ),
        (
            "from memory import names\n\nXS = [[names], [names]]",
            "`XS` leads to memory",
            "kept.spy:3",
        ),
        ("from via import names", "cannot be read as `via.names`", "kept.spy:1"),
    ];
    write(dir.path(), "via.spy", "from memory import names\n");
    for (program, message, place) in kept {
        write(dir.path(), "kept.spy", &format!("{program}{main}"));
        for command in [&["check"][..], &["run", "--interp"], &["run", "--redshifted"], &["run"]] {
            let outcome = with_memory(dir.path(), &[command, &["kept.spy"]].concat());
            assert_eq!(outcome.status, 1, "{program}: {outcome:?}");
            for part in [message, "compiled ahead of time", place] {
                assert!(outcome.stderr.contains(part), "{program}: {outcome:?}");
            }
        }
    }
    let program = "import memory\nfrom memory import names, remember\n\n\
        N = len(names) + len(memory.names)\n\ndef main() -> None:\n    remember('x')\n    \
        xs = names\n    xs.append('y')\n    print(N, len(names), memory.names)\n";
    write(dir.path(), "fine.spy", program);
    for mode in MODES {
        let outcome = with_memory(dir.path(), &[mode, &["fine.spy"]].concat());
        let wanted = "4 4 ['a', 'b', 'x', 'y']\n";
        assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{mode:?} {outcome:?}");
    }
}

#[track_caller]
fn refused_early(dir: &Path, call: &str, message: &str) {
    let program =
        format!("import memory\n\nX = memory.{call}\n\ndef main() -> None:\n    print(X)\n");
    write(dir, "wrong.spy", &program);
    let outcome = with_memory(dir, &["check", "wrong.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    for part in [message, "wrong.spy:3"] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
}

#[test]
fn code_at_compile_time_is_kept_in_bounds() {
    let dir = remembering();
    refused_early(dir.path(), "forever(1)", "compile-time evaluation takes too long");
    refused_early(dir.path(), "remember('x')", "cannot assign the module variable `memory.last`");
    refused_early(dir.path(), "third([1])", "IndexError");
    refused_early(dir.path(), "read('wrong.spy')", "OSError");
    refused_early(dir.path(), "hoard(30)", "PanicError: out of memory");
}

#[test]
fn what_needs_source_says_so() {
    let dir = remembering();
    let program = "from memory import apply\n\ndef half(x: i32) -> i32:\n    return x // 2\n\n\
        def main() -> None:\n    print(apply(half, 8))\n";
    write(dir.path(), "callback.spy", program);
    let compiled = with_memory(dir.path(), &["run", "callback.spy"]);
    assert_eq!((compiled.stdout.as_str(), compiled.status), ("4\n", 0), "{compiled:?}");
    for mode in ["--interp", "--redshifted"] {
        let outcome = with_memory(dir.path(), &["run", mode, "callback.spy"]);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        for part in ["a function cannot be given to compiled code", "callback.spy:7", "its source"]
        {
            assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
        }
    }
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
    let outcome = without(&["--package", WHEEL, "run", "--interp", "app.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    for part in ["no C compiler for WebAssembly", "ziglang", "app.spy"] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:?}");
    }
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
