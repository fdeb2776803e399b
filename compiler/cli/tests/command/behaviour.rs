//! The command line: what goes to which stream, and how it ends.

use crate::common::{Outcome, finish, run, spy};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// A program that shows its arguments and ends with a status of its own.
const ECHO: &str = "def main(argv: list[str]) -> i32:
    for arg in argv:
        print(arg)
    return 7
";

const HELLO: &str = "def main() -> None:
    print(\"hello\")
";

fn project(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("create");
        fs::write(path, text).expect("write");
    }
    dir
}

#[track_caller]
fn expect(outcome: &Outcome, status: i32, stdout: &str) {
    assert_eq!((outcome.status, outcome.stdout.as_str()), (status, stdout), "{outcome:?}");
}

#[test]
fn no_arguments_show_help() {
    let dir = project(&[]);
    let outcome = run(dir.path(), &[""; 0]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("Usage: spy") && outcome.stderr.is_empty(), "{outcome:?}");
}

#[test]
fn wrong_use_is_status_2() {
    let dir = project(&[("a.spy", HELLO)]);
    for args in [
        &["frobnicate"][..],
        &["build"],
        &["build", "a.spy", "--frobnicate"],
        &["build", "a.spy", "an", "argument"],
        &["build", "--target", "vax", "a.spy"],
        &["check", "--path", "nowhere", "a.spy"],
        &["check", "--stdlib", "nowhere", "a.spy"],
    ] {
        let outcome = run(dir.path(), args);
        assert_eq!(outcome.status, 2, "{args:?} {outcome:?}");
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains("error"), "{outcome:?}");
    }
}

#[test]
fn a_file_alone_is_run_in_memory() {
    let dir = project(&[("sub/echo.spy", ECHO)]);
    let outcome = run(dir.path(), &["sub/echo.spy", "one", "--release", "-x", "--"]);
    expect(&outcome, 7, "sub/echo.spy\none\n--release\n-x\n--\n");
    let files = fs::read_dir(dir.path().join("sub")).expect("the folder").count();
    assert_eq!(files, 1, "nothing is written");
    let outcome = run(dir.path(), &["--release", "sub/echo.spy", "one"]);
    expect(&outcome, 7, "sub/echo.spy\none\n");
    assert!(dir.path().join("sub/build/echo").is_file());
}

#[test]
fn every_way_to_run_sees_the_same_arguments() {
    let dir = project(&[("echo.spy", ECHO)]);
    for options in [
        &["run"][..],
        &["run", "--release"],
        &["run", "--interp"],
        &["run", "--redshifted"],
        &["rs", "-x"],
    ] {
        let args = [options, &["echo.spy", "a b", "--timeit"]].concat();
        expect(&run(dir.path(), &args), 7, "echo.spy\na b\n--timeit\n");
    }
}

#[test]
fn build_names_its_artefact_and_execute_forwards() {
    let dir = project(&[("echo.spy", ECHO)]);
    expect(&run(dir.path(), &["build", "echo.spy"]), 0, "[debug] build/echo \n");
    expect(&run(dir.path(), &["build", "--release", "echo.spy"]), 0, "[release] build/echo \n");
    expect(&run(dir.path(), &["build", "-q", "echo.spy"]), 0, "");
    let executable = dir.path().join("build/echo").canonicalize().expect("it is there");
    let executable = executable.display();
    let outcome = run(dir.path(), &["build", "-x", "echo.spy", "1", "--timeit"]);
    let first = "[debug] build/echo \n";
    assert_eq!(outcome.status, 7, "{outcome:?}");
    assert!(outcome.stdout.starts_with(first), "{outcome:?}");
    assert!(outcome.stdout.ends_with("build/echo\n1\n--timeit\n"), "{executable}: {outcome:?}");
    let outcome = run(dir.path(), &["build", "echo.spy", "-x", "-q", "1", "--", "-g"]);
    assert!(outcome.stdout.ends_with("build/echo\n1\n-g\n"), "{outcome:?}");
}

#[test]
fn options_of_build_stand_on_either_side() {
    let dir = project(&[("a.spy", HELLO)]);
    expect(
        &run(dir.path(), &["build", "a.spy", "--release", "-b", "out"]),
        0,
        "[release] out/a \n",
    );
    expect(&run(dir.path(), &["build", "-O", "s", "-g", "-j1", "a.spy"]), 0, "[debug] build/a \n");
}

#[test]
fn levels_of_cranelift_make_different_code_that_does_the_same() {
    let text = "def sum(n: i32) -> i32:\n    total = 0\n    for i in range(n):\n        total += i\n    \
                return total\n\ndef main() -> None:\n    print(sum(10))\n";
    let dir = project(&[("a.spy", text)]);
    let build = |level: &str| {
        let args = ["build", "-x", "-q", level, "--backend", "cranelift", "a.spy"];
        expect(&run(dir.path(), &args), 0, "45\n");
        fs::read(dir.path().join("build/a")).expect("it is written")
    };
    let (quick, fast) = (build("-O0"), build("-O1"));
    assert!(quick != fast, "the level makes no difference");
}

#[test]
fn c_files_instead_of_an_executable() {
    let dir = project(&[("a.spy", HELLO)]);
    let outcome = run(dir.path(), &["build", "--emit", "c", "a.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.starts_with("C files:      build/src/"), "{outcome:?}");
    assert!(outcome.stdout.contains("build/src/a.c"), "{outcome:?}");
    let text = fs::read_to_string(dir.path().join("build/src/a.c")).expect("it is written");
    assert!(text.starts_with("#include \"a.h\""), "{text}");
    assert!(!dir.path().join("build/a").exists());
}

#[test]
fn a_second_build_has_nothing_to_do() {
    let module = |value: i32| {
        format!(
            "@blue\ndef loud() -> i32:\n    print(\"importing\")\n    return {value}\n\
             x: i32 = loud()\n"
        )
    };
    let main = "import m\ndef main() -> None:\n    print(m.x)\n";
    let dir = project(&[("a.spy", main), ("m.spy", &module(1))]);
    let build = || run(dir.path(), &["build", "-v", "a.spy"]);
    let first = build();
    expect(&first, 0, "importing\n[debug] build/a \n");
    let bytes = fs::read(dir.path().join("build/a")).expect("it is built");
    let second = build();
    expect(&second, 0, &first.stdout);
    assert!(second.stderr.contains("up to date"), "{second:?}");
    fs::write(dir.path().join("m.spy"), module(2)).expect("write");
    assert!(!build().stderr.contains("up to date"));
    fs::write(dir.path().join("build/a"), &bytes[..bytes.len() / 2]).expect("truncate");
    expect(&build(), 0, &first.stdout);
    expect(&run(dir.path(), &["a.spy"]), 0, "importing\n2\n");
    // Nothing that was read changes here, but a file that was looked for appears.
    fs::write(dir.path().join("m.py"), "").expect("write");
    assert!(build().stderr.contains("up to date"), "a SPy file goes before a Python file");
    fs::rename(dir.path().join("m.spy"), dir.path().join("n.spy")).expect("rename");
    assert_eq!(build().status, 1);
}

#[test]
fn incremental_and_clean_builds_are_equal() {
    let dir = project(&[("a.spy", HELLO)]);
    let read = |name: &str| fs::read(dir.path().join(name)).expect("it is built");
    for text in [HELLO, ECHO, HELLO] {
        fs::write(dir.path().join("a.spy"), text).expect("write");
        assert_eq!(run(dir.path(), &["build", "a.spy"]).status, 0);
    }
    assert_eq!(run(dir.path(), &["build", "-j1", "-b", "fresh", "a.spy"]).status, 0);
    assert!(read("build/a") == read("fresh/a"), "the executables differ");
}

#[test]
fn builds_at_the_same_time_share_a_folder() {
    let dir = project(&[("a.spy", HELLO), ("b.spy", ECHO)]);
    std::thread::scope(|scope| {
        let builds: Vec<_> = ["a.spy", "b.spy", "a.spy", "b.spy"]
            .into_iter()
            .map(|file| scope.spawn(|| run(dir.path(), &["build", "--release", file])))
            .collect();
        for build in builds {
            let outcome = build.join().expect("no panic");
            assert_eq!(outcome.status, 0, "{outcome:?}");
        }
    });
    expect(&finish(&mut std::process::Command::new(dir.path().join("build/a")), &[]), 0, "hello\n");
}

#[test]
fn diagnostics_in_three_formats() {
    let dir = project(&[("sub/a.spy", "def main() -> None:\n    x: i32 = \"s\"\n")]);
    let check = |format: &str| run(dir.path(), &["check", "--message-format", format, "sub/a.spy"]);
    let human = check("human");
    assert_eq!((human.status, human.stdout.as_str()), (1, ""), "{human:?}");
    assert!(human.stderr.contains("TypeError: mismatched types"), "{human:?}");
    assert!(human.stderr.contains("sub/a.spy:2"), "{human:?}");
    assert!(!human.stderr.contains('\x1b'), "{human:?}");
    let short = check("short");
    assert_eq!(short.stdout, "");
    assert!(
        short.stderr.starts_with("sub/a.spy:2:14: error: TypeError: mismatched types"),
        "{short:?}"
    );
    let json = check("json");
    assert_eq!((json.status, json.stderr.as_str()), (1, ""), "{json:?}");
    let value: Value =
        serde_json::from_str(json.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (&value["type"], &value["message"]),
        (&"TypeError".into(), &"mismatched types".into())
    );
    assert_eq!(value["annotations"][0]["file"], "sub/a.spy");
    assert_eq!(value["annotations"][0]["start"]["line"], 2);
}

#[test]
fn output_at_import_time_does_not_mix_with_json() {
    let text = "@blue\ndef loud() -> i32:\n    print(\"importing\")\n    return 1\n\
                x: i32 = loud()\ny: i32 = \"s\"\n";
    let dir = project(&[("a.spy", text)]);
    let outcome = run(dir.path(), &["check", "--message-format", "json", "a.spy"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, "importing\n"), "{outcome:?}");
    for line in outcome.stdout.lines() {
        let value: Value = serde_json::from_str(line).expect("one JSON object a line");
        assert_eq!(value["severity"], "error");
    }
    let outcome = run(dir.path(), &["check", "a.spy"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, "importing\n"), "{outcome:?}");
}

#[test]
fn static_errors_can_wait() {
    let text = "def bad() -> None:\n    x: i32 = \"s\"\n\
                def main() -> None:\n    print(\"fine\")\n";
    let dir = project(&[("a.spy", text)]);
    let run = |mode: &str| run(dir.path(), &["run", "--error-mode", mode, "a.spy"]);
    expect(&run("eager"), 1, "");
    let lazy = run("lazy");
    expect(&lazy, 0, "fine\n");
    assert_eq!(lazy.stderr, "");
    // Also when nothing is left to do.
    for _ in 0..2 {
        let warn = run("warn");
        expect(&warn, 0, "fine\n");
        assert!(warn.stderr.contains("mismatched types"), "{warn:?}");
    }
}

#[test]
fn colours_only_when_asked_for() {
    let dir = project(&[("a.spy", "def main() -> None:\n    x: i32 = \"s\"\n")]);
    let always = run(dir.path(), &["check", "--color", "always", "a.spy"]);
    assert!(always.stderr.contains('\x1b'), "{always:?}");
    let mut forced = spy(dir.path());
    forced.args(["check", "a.spy"]).env("FORCE_COLOR", "1");
    assert!(finish(&mut forced, &[]).stderr.contains('\x1b'));
    assert!(!finish(forced.env("NO_COLOR", "1"), &[]).stderr.contains('\x1b'));
}

#[test]
fn modules_come_from_the_search_path() {
    let dir = project(&[
        ("a.spy", "import m\ndef main() -> None:\n    print(m.f())\n"),
        ("one/m.spy", "def f() -> i32:\n    return 1\n"),
        ("two/m.spy", "def f() -> i32:\n    return 2\n"),
    ]);
    assert_eq!(run(dir.path(), &["a.spy"]).status, 1);
    expect(&run(dir.path(), &["--path", "one", "--path", "two", "a.spy"]), 0, "1\n");
    let mut command = spy(dir.path());
    command.args(["run", "a.spy"]).env("SPY_PATH", "two");
    expect(&finish(&mut command, &[]), 0, "2\n");
    expect(
        &finish(
            spy(dir.path()).args(["run", "--path", "one", "a.spy"]).env("SPY_PATH", "two"),
            &[],
        ),
        0,
        "1\n",
    );
}

#[test]
fn dumps_go_to_standard_output() {
    let dir =
        project(&[("a.spy", "import b\ndef main() -> None:\n    print(1 + 2)\n"), ("b.spy", "")]);
    for (command, start) in [
        ("parse", "Module(\n    filename='a.spy'"),
        ("symtable", "Implicit imports:\n"),
        ("imports", "Import tree:\n  a\n"),
        ("redshift", "def main() -> None:\n    `_print::println[str]`('3')"),
    ] {
        let outcome = run(dir.path(), &[command, "a.spy"]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
        assert!(outcome.stdout.contains(start) && outcome.stdout.ends_with('\n'), "{outcome:?}");
    }
    let full = run(dir.path(), &["rs", "a.spy", "--full-fqn"]);
    assert!(full.stdout.contains("`_print::println[str]::p`('3')"), "{full:?}");
}

#[test]
fn clean_removes_what_builds_wrote() {
    let dir = project(&[("a.spy", HELLO)]);
    expect(&run(dir.path(), &["clean"]), 0, "No build files found\n");
    assert_eq!(run(dir.path(), &["build", "a.spy"]).status, 0);
    fs::write(dir.path().join("build/mine.txt"), "").expect("write");
    let outcome = run(dir.path(), &["clean", "a.spy"]);
    assert!(outcome.stdout.ends_with(" file(s) removed\n"), "{outcome:?}");
    let left: Vec<_> = fs::read_dir(dir.path().join("build")).expect("kept").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    expect(&run(dir.path(), &["clean", "gone"]), 2, "");
}

#[test]
fn completions_know_the_commands() {
    let dir = project(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let outcome = run(dir.path(), &["completions", shell]);
        assert!(outcome.status == 0 && outcome.stdout.contains("redshift"), "{outcome:?}");
    }
}

#[test]
fn timings_as_a_table_and_as_a_trace() {
    let dir = project(&[("a.spy", HELLO)]);
    for (backend, phase) in [("c", "compile C"), ("cranelift", "write objects")] {
        let args = ["build", "--timings", "--backend", backend, "a.spy"];
        let mut command = spy(dir.path());
        let outcome = finish(command.args(args).env("SPY_CACHE", dir.path().join("cache")), &[]);
        let rows = [phase, "link", "total"].map(|row| outcome.stderr.contains(row));
        assert_eq!(rows, [true; 3], "{outcome:?}");
    }
    assert_eq!(run(dir.path(), &["build", "--timings=trace.json", "a.spy"]).status, 0);
    let trace = fs::read_to_string(dir.path().join("trace.json")).expect("it is written");
    let trace: Value = serde_json::from_str(&trace).expect("JSON");
    assert!(trace["traceEvents"].as_array().is_some_and(|events| !events.is_empty()));
}

/// The objects of a debug build of `a.spy`, and the executable, by name.
fn made(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let objects = fs::read_dir(dir.join("build/.spy/debug/a")).expect("objects");
    let mut paths: Vec<_> = objects.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "o"));
    paths.push(dir.join("build/a"));
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read(path).expect("readable"))).collect()
}

#[test]
fn machine_code_depends_on_the_program_alone() {
    let text = "\
def square(x: i32) -> i32:
    return x * x

def main() -> None:
    a = [square(3), 4]
    for x in a:
        print(x)
    assert a[0] == 9, 'nine'
";
    let build = |options: &[&str]| {
        let dir = project(&[("a.spy", text)]);
        let mut command = spy(dir.path());
        command.args(["build", "--backend", "cranelift", "a.spy"]).args(options);
        // Nothing that the other build made is used.
        command.env("SPY_CACHE", dir.path().join("cache"));
        assert_eq!(finish(&mut command, &[]).status, 0);
        made(dir.path())
    };
    let first = build(&["-j", "1"]);
    assert!(first.len() > 4, "there are objects");
    // Other threads, and another folder.
    assert!(first == build(&["-j", "4"]));
}

#[test]
fn verbose_names_the_c_compiler() {
    let dir = project(&[("a.spy", HELLO)]);
    let outcome = run(dir.path(), &["build", "-v", "--cc", "cc -DX=1", "a.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("cc -DX=1 (from --cc)"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = project(&[("a.spy", &HELLO.replace("hello", &"x".repeat(1 << 20)))]);
    let mut child = spy(dir.path())
        .args(["parse", "a.spy"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let dir = project(&[("a.spy", HELLO)]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = spy(dir.path())
        .args(["parse", "a.spy"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"));
}

#[test]
fn the_current_folder_is_not_written_to() {
    let dir = project(&[("sub/a.spy", HELLO)]);
    assert_eq!(run(dir.path(), &["build", "sub/a.spy"]).status, 0);
    let names: Vec<_> = fs::read_dir(dir.path()).expect("read").flatten().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(Path::new(&dir.path().join("sub/build/a")).exists());
}

#[test]
fn blue_code_prints_once_where_an_interpreted_program_calls_it() {
    let temp = project(&[(
        "main.spy",
        "\
@blue
def table(n: i32) -> i32:
    if n > 1:
        table(n - 1)
    print('table', n)
    return n * 2

def main() -> None:
    print('start')
    for i in range(2):
        print('round', i, table(2))
    print(table(1))
",
    )]);
    let built = run(temp.path(), &["run", "main.spy"]);
    // The compiler has called it before the program starts.
    assert_eq!(built.stdout, "table 1\ntable 2\nstart\nround 0 4\nround 1 4\n2\n");
    let interpreted = run(temp.path(), &["run", "--interp", "main.spy"]);
    assert_eq!(interpreted.stdout, "start\ntable 1\ntable 2\nround 0 4\nround 1 4\n2\n");
}
