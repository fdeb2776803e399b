//! Commands that show and lay out source text, and the lesser options of builds.

use crate::common::run;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const COLORED: &str = "@blue
def mk():
    return 10

def f(n: i32) -> i32:
    y = n + 2 * 3
    T = mk()
    print(T)
    for i in range(n):
        y += i
    return y

def main() -> None:
    print(f(3))
";

fn project(name: &str, text: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join(name), text).expect("write");
    dir
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a text")
}

#[test]
fn colorize_paints_expressions() {
    let dir = project("a.spy", COLORED);
    let outcome = run(dir.path(), &["colorize", "a.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let shown = outcome
        .stdout
        .replace("\x1b[48;5;110m\x1b[30m", "[B]")
        .replace("\x1b[48;5;174m\x1b[30m", "[R]")
        .replace("\x1b[0m", "[/]");
    for line in [
        "    [R]y = n + [/][B]2 * 3[/]\n",
        "    [B]T = mk()[/]\n",
        "    [B]print[/][R]([/][B]T[/][R])[/]\n",
        "    for i in [B]range[/][R](n)[/]:\n",
        "def mk():\n    return 10\n",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
}

#[test]
fn colorize_writes_json_and_pages() {
    let dir = project("a.spy", COLORED);
    let outcome = run(dir.path(), &["colorize", "-f", "json", "a.spy"]);
    let spans: Vec<serde_json::Value> = serde_json::from_str(&outcome.stdout).expect("JSON");
    let first = serde_json::json!({"line": 6, "col": 4, "length": 13, "type": "red"});
    assert_eq!(spans.first(), Some(&first));

    let outcome = run(dir.path(), &["colorize", "a.spy", "--format", "html"]);
    assert_eq!((outcome.status, &*outcome.stdout), (0, "Written build/a_colorize.html\n"));
    let page = read(&dir.path().join("build/a_colorize.html"));
    assert!(page.contains("<span class=\"r\">y = n + </span><span class=\"b\">2 * 3</span>"));
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn colorize_reports_errors() {
    let dir = project("a.spy", "def main() -> None:\n    print(1 + \"a\")\n");
    let outcome = run(dir.path(), &["colorize", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (1, ""), "{outcome:?}");
    assert!(outcome.stderr.contains("TypeError: cannot do"), "{outcome:?}");
}

#[test]
fn format_changes_files_in_place() {
    let dir = project("a.spy", "def main( )->None:\n  print( 'a' ) #note\n");
    let good = "def main() -> None:\n    print(\"a\")  # note\n";
    let file = dir.path().join("a.spy");

    let outcome = run(dir.path(), &["format", "--check", "a.spy"]);
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.stdout, "Would reformat: a.spy\n1 file would be reformatted\n");
    let outcome = run(dir.path(), &["format", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (0, "1 file reformatted\n"));
    assert_eq!(read(&file), good);
    let outcome = run(dir.path(), &["format", "."]);
    assert_eq!((outcome.status, &*outcome.stdout), (0, "1 file left unchanged\n"));
    assert_eq!(read(&file), good);
}

#[test]
fn format_leaves_what_is_wrong() {
    let dir = project("a.spy", "def main( :\n");
    let outcome = run(dir.path(), &["format", "a.spy"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("a.spy has syntax errors"), "{outcome:?}");
    assert_eq!(read(&dir.path().join("a.spy")), "def main( :\n");
    let outcome = run(dir.path(), &["format", "a.txt"]);
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.stderr, "Error: a.txt is not a .spy file or directory.\n");
}

#[test]
fn redshift_shows_other_modules_and_writes_pages() {
    let dir = project("a.spy", "from b import twice\n\ndef main() -> None:\n    print(twice(2))\n");
    fs::write(dir.path().join("b.spy"), "def twice(n: i32) -> i32:\n    return n * 2\n")
        .expect("write");
    let outcome = run(dir.path(), &["redshift", "a.spy", "--dump", "b.spy"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.starts_with("# a.spy\n"), "{outcome:?}");
    assert!(outcome.stdout.contains("\n# b.spy\ndef twice(n: i32) -> i32:\n"), "{outcome:?}");
    let outcome = run(dir.path(), &["rs", "-f", "html", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (0, "Written build/a_rs.html\n"));
    assert!(read(&dir.path().join("build/a_rs.html")).contains("def main() -&gt; None:"));
}

#[test]
fn parse_shows_trees_and_writes_pages() {
    let dir = project("a.spy", "def main() -> None:\n    print({1, 2})\n");
    let outcome = run(dir.path(), &["--no-spyc", "parse", "a.spy", "--no-spy-toml"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.starts_with("Module("), "{outcome:?}");
    assert!(outcome.stdout.contains("Set("), "{outcome:?}");
    let page = run(dir.path(), &["parse", "-f", "html", "a.spy"]);
    assert_eq!((page.status, &*page.stdout), (0, "Written build/a_parse.html\n"));
    assert!(read(&dir.path().join("build/a_parse.html")).contains("Module("));
}

#[test]
fn the_reference_s_options_of_builds_mean_the_same() {
    let dir = project("a.spy", "def main() -> i32:\n    print(\"hello\")\n    return 3\n");
    let outcome = run(dir.path(), &["execute", "--interp", "--timeit", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (3, "hello\n"));
    assert!(outcome.stderr.starts_with("main(): 0.") && outcome.stderr.ends_with(" seconds\n"));
    let outcome = run(dir.path(), &["run", "--timeit", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (3, "hello\n"));
    assert!(outcome.stderr.contains(" seconds\n"), "{outcome:?}");
    for command in ["build", "redshift"] {
        let outcome = run(dir.path(), &[command, "-x", "--timeit", "-q", "a.spy"]);
        assert_eq!((outcome.status, &*outcome.stdout), (3, "hello\n"), "{outcome:?}");
        assert!(outcome.stderr.contains(" seconds\n"), "{outcome:?}");
    }

    let outcome = run(dir.path(), &["build", "--cdump", "a.spy"]);
    assert!(outcome.stdout.contains("---- build/src/"), "{outcome:?}");
    assert!(outcome.stdout.contains("spy_a$main"), "{outcome:?}");

    for (options, message) in [
        (
            &["-t", "wasi", "--gc", "bdwgc"][..],
            "WASM targets only support --gc=none, got --gc=bdwgc",
        ),
        (&["--gc", "none"], "native programs collect garbage: there is no --gc=none"),
        (&["-t", "wasi", "--static"], "--static can only be used with --target native"),
        (&["-k", "lib", "--static"], "--static can only be used for executables"),
    ] {
        let args = [&["build", "a.spy"], options].concat();
        let outcome = run(dir.path(), &args);
        assert_eq!(outcome.status, 2, "{outcome:?}");
        assert!(outcome.stderr.contains(message), "{outcome:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_static_executable_needs_no_libraries() {
    let dir = project("a.spy", "def main() -> None:\n    print(\"hello\")\n");
    let outcome = run(dir.path(), &["build", "--static", "-x", "a.spy"]);
    assert_eq!((outcome.status, &*outcome.stdout), (0, "[debug] build/a \nhello\n"), "{outcome:?}");
    let bytes = fs::read(dir.path().join("build/a")).expect("an executable");
    let interpreter = b"/ld-linux";
    assert!(!bytes.windows(interpreter.len()).any(|part| part == interpreter));
}

#[test]
fn an_output_is_put_where_it_is_wanted() {
    let dir = project("a.spy", "def main() -> None:\n    print(\"one\")\n");
    let outcome = run(dir.path(), &["build", "a.spy", "-o", "bin/tool"]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("tool"), "{outcome:?}");
    fs::write(dir.path().join("a.spy"), "def main() -> None:\n    print(\"two\")\n")
        .expect("write");
    let other = run(dir.path(), &["build", "-q", "-o", "bin/other", "-x", "a.spy"]);
    assert_eq!(other.stdout, "two\n", "{other:?}");
    let tool = || {
        let ran = std::process::Command::new(dir.path().join("bin/tool")).output();
        String::from_utf8(ran.expect("runs").stdout).expect("a text")
    };
    assert_eq!(tool(), "one\n", "what stands elsewhere stays");
    let again = run(dir.path(), &["build", "-q", "a.spy", "-o", "bin/tool"]);
    assert_eq!((again.status, tool()), (0, "two\n".to_owned()));
    let nowhere = run(dir.path(), &["build", "-q", "a.spy", "-o", "a.spy/tool"]);
    assert_eq!(nowhere.status, 2, "{nowhere:?}");
    assert!(nowhere.stderr.contains("a.spy"), "{nowhere:?}");
}
