//! Packages: making them, finding them, and what is said when they cannot be used.

use crate::common::{Outcome, run, spy};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), files);
    dir
}

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
}

fn ok(outcome: &Outcome) -> &str {
    assert_eq!(outcome.status, 0, "{outcome:?}");
    &outcome.stdout
}

const GREET: &[(&str, &str)] = &[
    ("greet/pyproject.toml", "[project]\nname = 'greet'\nversion = '1.0'\n[tool.spy]\n"),
    ("greet/greet/__init__.spy", "from .words import hello\n"),
    ("greet/greet/words.spy", "def hello(who: str) -> str:\n    return 'hello ' + who\n"),
    ("app.spy", "from greet import hello\n\ndef main() -> None:\n    print(hello('you'))\n"),
];

#[test]
fn new_projects_run_at_once() {
    let dir = folder(&[]);
    let made = run(dir.path(), &["new", "tool"]);
    assert_eq!(ok(&made), "created `tool`; run it: spy tool/main.spy\n");
    assert_eq!(ok(&run(dir.path(), &["tool/main.spy", "Ada"])), "Hello, Ada!\n");
    assert!(ok(&run(dir.path(), &["test", "tool"])).ends_with("1 passed, 0 failed\n"));
    assert!(dir.path().join("tool/.vscode/launch.json").is_file());
    ok(&run(dir.path(), &["new", "my-lib", "--lib", "--no-editor-files"]));
    assert_eq!(ok(&run(dir.path(), &["my-lib/example.spy"])), "42\n2.5\n");
    assert!(ok(&run(dir.path(), &["test", "my-lib"])).ends_with("2 passed, 0 failed\n"));
    assert!(!dir.path().join("my-lib/.vscode").exists());
    let again = run(dir.path(), &["new", "tool"]);
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("`") && again.stderr.contains("not empty"), "{again:?}");
    assert_eq!(run(dir.path(), &["new", "9x"]).status, 2);
}

#[test]
fn packages_are_packed_and_used_as_wheels() {
    let dir = folder(GREET);
    let made = run(dir.path(), &["package", "greet"]);
    assert_eq!(ok(&made), "greet/dist/greet-1.0.tar.gz\ngreet/dist/greet-1.0-py3-none-any.whl\n");
    let wheel = "greet/dist/greet-1.0-py3-none-any.whl";
    assert_eq!(ok(&run(dir.path(), &["--package", wheel, "app.spy"])), "hello you\n");
    let without = run(dir.path(), &["app.spy"]);
    assert_eq!(without.status, 1);
    assert!(without.stderr.contains("cannot import `greet.hello`"), "{without:?}");
    let listed = run(dir.path(), &["imports", "--package", wheel, "app.spy"]);
    assert!(ok(&listed).contains("(wheel)"), "{listed:?}");
    let gone = run(dir.path(), &["--package", "gone.whl", "app.spy"]);
    assert_eq!(gone.status, 2);
    assert!(gone.stderr.contains("there is no file"), "{gone:?}");
    fs::write(dir.path().join(wheel), "no archive").expect("a file");
    let broken = run(dir.path(), &["--package", wheel, "app.spy"]);
    assert_eq!(broken.status, 2);
    assert!(broken.stderr.contains("not a zip archive"), "{broken:?}");
}

#[test]
fn the_project_around_a_program_is_searched() {
    let dir = folder(GREET);
    let test = "from greet import hello\n\ndef main() -> None:\n    print(hello('test'))\n";
    write(dir.path(), &[("greet/tests/deep/test_it.spy", test)]);
    assert_eq!(ok(&run(dir.path(), &["greet/tests/deep/test_it.spy"])), "hello test\n");
}

#[test]
fn modules_may_stand_in_src() {
    let dir = folder(GREET);
    fs::create_dir(dir.path().join("greet/src")).expect("a folder");
    fs::rename(dir.path().join("greet/greet"), dir.path().join("greet/src/greet")).expect("moves");
    ok(&run(dir.path(), &["package", "greet"]));
    write(dir.path(), &[("greet/app.spy", GREET[3].1)]);
    assert_eq!(ok(&run(dir.path(), &["greet/app.spy"])), "hello you\n");
}

#[test]
fn projects_name_the_folders_of_others() {
    let dir = folder(GREET);
    let other = "[project]\nname = 'app'\nversion = '1'\ndependencies = ['greet']\n\
        [tool.spy]\nmodules = []\n[tool.spy.sources]\ngreet = { path = '../greet' }\n";
    write(dir.path(), &[("app/pyproject.toml", other), ("app/app.spy", GREET[3].1)]);
    assert_eq!(ok(&run(dir.path(), &["app/app.spy"])), "hello you\n");
    let listed = run(dir.path(), &["imports", "app/app.spy"]);
    assert!(ok(&listed).contains("(path dependency)"), "{listed:?}");
    fs::rename(dir.path().join("greet"), dir.path().join("moved")).expect("moves");
    let gone = run(dir.path(), &["app/app.spy"]);
    assert_eq!(gone.status, 2);
    assert!(gone.stderr.contains("`../greet` as the folder of `greet`"), "{gone:?}");
}

#[test]
fn what_uv_finds_elsewhere_need_not_be_there() {
    let dir = folder(GREET);
    let other = "[project]\nname = 'app'\nversion = '1'\ndependencies = ['gone', 'odd', 'greet']\n\
        [tool.uv.sources]\ngone = { path = '../gone' }\nodd = { path = '../odd' }\n\
        greet = { path = '../greet', editable = true }\n";
    let odd = "[project]\nname = 'odd'\ndynamic = ['version']\n";
    let files =
        [("app/pyproject.toml", other), ("app/app.spy", GREET[3].1), ("odd/pyproject.toml", odd)];
    write(dir.path(), &files);
    assert_eq!(ok(&run(dir.path(), &["app/app.spy"])), "hello you\n");
}

#[test]
fn versions_that_do_not_fit_are_refused() {
    let dir = folder(GREET);
    let other = "[project]\nname = 'app'\nversion = '1'\ndependencies = ['greet>=2']\n\
        [tool.spy]\nmodules = []\n[tool.spy.sources]\ngreet = { path = '../greet' }\n";
    write(dir.path(), &[("app/pyproject.toml", other), ("app/app.spy", GREET[3].1)]);
    let outcome = run(dir.path(), &["app/app.spy"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("`app 1` needs `greet` in a version >=2"), "{outcome:?}");
    assert!(outcome.stderr.contains("`greet 1.0` was found"), "{outcome:?}");
}

#[test]
fn environments_are_found_and_edits_are_seen() {
    let dir = folder(GREET);
    let site = ".venv/lib/python3.12/site-packages";
    write(dir.path(), &[(".venv/pyvenv.cfg", ""), (&format!("{site}/greet.py"), "")]);
    let project = dir.path().join("greet");
    write(dir.path(), &[(&format!("{site}/x.pth"), &project.display().to_string())]);
    let build = || run(dir.path(), &["build", "-x", "-q", "app.spy"]);
    assert_eq!(ok(&build()), "hello you\n");
    write(
        dir.path(),
        &[("greet/greet/words.spy", "def hello(who: str) -> str:\n    return who\n")],
    );
    assert_eq!(ok(&build()), "you\n");
    fs::rename(dir.path().join(".venv"), dir.path().join("env")).expect("moves");
    assert_eq!(build().status, 1);
    assert_eq!(ok(&run(dir.path(), &["--python", "env", "app.spy"])), "you\n");
    let mut active = spy(dir.path());
    active.args(["app.spy"]).env("VIRTUAL_ENV", dir.path().join("env"));
    assert_eq!(ok(&crate::common::finish(&mut active, &[])), "you\n");
    let none = run(dir.path(), &["--python", "greet", "app.spy"]);
    assert_eq!(none.status, 2);
    assert!(none.stderr.contains("is not a Python environment"), "{none:?}");
}

#[test]
fn imports_show_what_is_shadowed() {
    let dir = folder(GREET);
    write(dir.path(), &[("greet.spy", "def hello(who: str) -> str:\n    return 'mine'\n")]);
    let listed = run(dir.path(), &["imports", "--path", "greet", "app.spy"]);
    let text = ok(&listed);
    assert!(text.contains("\nShadowed:\n"), "{text}");
    assert!(text.contains("greet != greet/greet/__init__.spy"), "{text}");
    assert_eq!(ok(&run(dir.path(), &["--path", "greet", "app.spy"])), "mine\n");
}

#[test]
fn packages_that_nobody_could_import_are_refused() {
    let dir = folder(&[
        ("math/pyproject.toml", "[project]\nname = 'math'\nversion = '1'\n[tool.spy]\n"),
        ("math/math.spy", ""),
        ("a/pyproject.toml", "[project]\nname = 'a'\nversion = '1'\n[tool.spy]\n"),
        ("b/pyproject.toml", "[project]\nname = 'b'\nversion = '1'\n[tool.spy]\n"),
        ("b/b/not-a-name.spy", ""),
        ("c/pyproject.toml", "[project]\nname = 3\n"),
    ]);
    for (project, said) in [
        ("math", "name of a module of the library"),
        ("a", "the module `a` is not there"),
        ("b", "no program can import `b.not-a-name`"),
        ("c", "pyproject.toml:2: "),
        ("d", "there is no `pyproject.toml`"),
    ] {
        let outcome = run(dir.path(), &["package", project]);
        assert_eq!(outcome.status, 2, "{outcome:?}");
        assert!(outcome.stderr.contains(said), "{outcome:?}");
    }
}

#[test]
fn a_package_must_compile() {
    let dir = folder(GREET);
    write(dir.path(), &[("greet/greet/words.spy", "def hello(who: str) -> str:\n    return 1\n")]);
    let outcome = run(dir.path(), &["package", "greet"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("greet/greet/words.spy:2"), "{outcome:?}");
    assert!(!dir.path().join("greet/dist").exists());
}
