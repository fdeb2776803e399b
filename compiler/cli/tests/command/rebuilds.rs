//! Builds after edits, each in a new process: what they make is what a clean build makes, and they do
//! no more than the edit asks for.

use crate::common::{Outcome, finish, spy};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MAIN: &str = r#"
from shapes import area, Point, twice, SIZE
from tools import step, check

def label(x: i32) -> str:
    return "size " + str(x)

def main() -> None:
    p = Point(3, 4)
    print(area(p) + p.sum())
    print(twice(5))
    print(label(SIZE))
    print(step[2](10))
    check(area(p))
"#;

const SHAPES: &str = r#"
from __spy__ import force_inline
from tools import compute

@struct
class Point:
    x: i32
    y: i32

    def sum(self) -> i32:
        return self.x + self.y

def area(p: Point) -> i32:
    total = 0
    for i in range(p.x):
        total += p.y
    return total

@force_inline
def twice(x: i32) -> i32:
    return x + x

SIZE: i32 = compute(6)
"#;

const TOOLS: &str = r#"
def compute(x: i32) -> i32:
    return x * 7

@blue.generic
def step(N):
    def run(x: i32) -> i32:
        return x + N
    return run

def check(x: i32) -> None:
    assert x < 100, "too large"
"#;

/// A project that is edited, with a cache of its own.
struct Project {
    dir: TempDir,
    files: BTreeMap<&'static str, String>,
}

/// What a build left: the executable and the objects.
type Made = BTreeMap<PathBuf, Vec<u8>>;

impl Project {
    fn new(files: &[(&'static str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        let project = Self { dir, files };
        project.write(&project.folder());
        project
    }

    fn standard() -> Self {
        Self::new(&[("main.spy", MAIN), ("shapes.spy", SHAPES), ("tools.spy", TOOLS)])
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("create");
        for (name, text) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("create");
            fs::write(path, text).expect("write");
        }
    }

    #[track_caller]
    fn edit(&mut self, name: &'static str, old: &str, new: &str) {
        let text = self.files.get_mut(name).expect("a file");
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        *text = text.replace(old, new);
        self.write(&self.folder());
    }

    fn build_in(&self, folder: &Path, cache: &str) -> Outcome {
        let mut command = spy(folder);
        command.args(["build", "main.spy", "--timings"]);
        command.env("SPY_CACHE", self.dir.path().join(cache));
        finish(&mut command, &[])
    }

    fn build(&self) -> Outcome {
        self.build_in(&self.folder(), "cache")
    }

    /// Builds, compares with a clean build in another folder, and runs. Returns the phases of the
    /// build and what the program prints.
    #[track_caller]
    fn check(&self) -> (String, String) {
        let outcome = self.build();
        assert_eq!(outcome.status, 0, "{outcome:?}");
        let clean = tempfile::tempdir().expect("a temporary folder");
        self.write(clean.path());
        let peer = self.build_in(clean.path(), "none/such");
        assert_eq!(peer.status, 0, "{peer:?}");
        fs::remove_dir_all(self.dir.path().join("none")).expect("remove");
        assert_eq!(outcome.stdout, peer.stdout);
        let (ours, theirs) = (made(&self.folder()), made(clean.path()));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, bytes) in &ours {
            assert!(theirs[name] == *bytes, "{} differs", name.display());
        }
        let program = std::process::Command::new(self.folder().join("build/main"));
        let ran = finish(&mut { program }, &[]);
        (outcome.stderr, format!("{}{}", ran.stdout, ran.stderr))
    }
}

/// The executable and the objects in use.
fn made(folder: &Path) -> Made {
    let objects = folder.join("build/.spy/debug/main");
    let all = fs::read_dir(objects).expect("objects").flatten().map(|entry| entry.path());
    let objects = all.filter(|path| path.extension().is_some_and(|extension| extension == "o"));
    objects
        .chain([folder.join("build/main")])
        .map(|path| (path.file_name().unwrap_or_default().into(), fs::read(path).expect("read")))
        .collect()
}

/// Whether the front end did not look at the whole program.
fn is_small(phases: &str) -> bool {
    !phases.contains("read and parse") && phases.contains("make objects")
}

#[test]
fn an_edited_body_is_all_that_is_redshifted() {
    let mut project = Project::standard();
    let (phases, output) = project.check();
    assert!(phases.contains("read and parse"));
    assert_eq!(output, "19\n10\nsize 42\n12\n");
    let edits = [
        ("shapes.spy", "total += p.y", "total += p.y + 1", "22\n10\nsize 42\n12\n"),
        ("shapes.spy", "self.x + self.y", "self.x - self.y", "14\n10\nsize 42\n12\n"),
        ("main.spy", "\"size \"", "\"size: \"", "14\n10\nsize: 42\n12\n"),
        ("tools.spy", "x < 100", "x < 101", "14\n10\nsize: 42\n12\n"),
    ];
    for (name, old, new, expected) in edits {
        project.edit(name, old, new);
        let (phases, output) = project.check();
        assert!(is_small(&phases) && phases.contains("redshift"), "{old}\n{phases}");
        assert_eq!(output, expected);
    }
}

#[test]
fn edited_code_finds_what_its_module_imports() {
    let main = r#"import util.deep
from left import twice, COUNT, Point
from util import helper as h

var total: i32 = 3

def main() -> None:
    p = Point(1, 2)
    print(twice(4), COUNT, util.deep.value, util.deep.depth(), h(1), total, p.x)
"#;
    let left = "from right import twice, Point\nimport right\n\nCOUNT = 6\n\n\
        def again(x: i32) -> i32:\n    return right.twice(x)\n";
    let right = "from left import COUNT\n\n@struct\nclass Point:\n    x: i32\n    y: i32\n\n\
        def twice(x: i32) -> i32:\n    return x * 2 + COUNT\n";
    let deep = "var value: i32 = 5\nvar unused: str = 'x'\n\ndef depth() -> i32:\n    value += 1\n    \
        return value\n\ndef helper(x: i32) -> i32:\n    return x + value\n";
    let mut project = Project::new(&[
        ("main.spy", main),
        ("left.spy", left),
        ("right.spy", right),
        ("util/__init__.spy", "from .deep import helper\n"),
        ("util/deep.spy", deep),
    ]);
    assert_eq!(project.check().1, "14 6 5 6 7 3 1\n");
    let edits = [
        ("main.spy", "Point(1, 2)", "Point(3, 2)", "14 6 5 6 7 3 3\n"),
        ("right.spy", "x * 2 + COUNT", "x * 3 + COUNT", "18 6 5 6 7 3 3\n"),
        ("util/deep.spy", "value += 1", "value += 2", "18 6 5 7 8 3 3\n"),
        ("left.spy", "right.twice(x)", "right.twice(x) + twice(x)", "18 6 5 7 8 3 3\n"),
    ];
    for (name, old, new, expected) in edits {
        project.edit(name, old, new);
        let (phases, output) = project.check();
        assert!(is_small(&phases) && phases.contains("redshift"), "{old}\n{phases}");
        assert_eq!(output, expected);
    }
}

#[test]
fn what_others_look_into_is_built_as_ever() {
    let edits = [
        // Evaluated at compile time.
        ("tools.spy", "x * 7", "x * 8", "19\n10\nsize 48\n12\n"),
        // Part of its callers.
        ("shapes.spy", "return x + x", "return x + x + 1", "19\n11\nsize 42\n12\n"),
        // An instance of a blue call.
        ("tools.spy", "return x + N", "return x + N + N", "19\n10\nsize 42\n14\n"),
        // Another signature.
        ("main.spy", "def label(x: i32)", "def label(x: i64)", "19\n10\nsize 42\n12\n"),
        // Something that was not in the program.
        ("main.spy", "return \"size \" + str(x)", "return str(x) * 2", "19\n10\n4242\n12\n"),
        // Another definition.
        ("main.spy", "def main", "def more() -> i32:\n    return 1\n\ndef main", ""),
    ];
    for (name, old, new, expected) in edits {
        let mut project = Project::standard();
        project.check();
        project.edit(name, old, new);
        let (phases, output) = project.check();
        assert!(phases.contains("read and parse"), "{old}\n{phases}");
        assert!(expected.is_empty() || output == expected, "{old}\n{output}");
    }
}

#[test]
fn comments_and_blank_lines_move_positions_only() {
    let mut project = Project::standard();
    project.edit("tools.spy", "x < 100", "x < 10");
    let (_, before) = project.check();
    assert!(before.contains("tools.spy") && before.contains("too large"), "{before}");
    for (name, old, new) in [
        ("tools.spy", "def check", "# a comment\n\n\ndef check"),
        ("shapes.spy", "@force_inline", "# another\n\n@force_inline"),
    ] {
        project.edit(name, old, new);
        let (phases, output) = project.check();
        assert!(is_small(&phases) && !phases.contains("redshift"), "{phases}");
        let line = |text: &str| text.matches("too large").count();
        assert_eq!(line(&output), line(&before), "{output}");
    }
}

#[test]
fn an_edit_that_is_taken_back_only_links() {
    let mut project = Project::standard();
    project.check();
    project.edit("main.spy", "\"size \"", "\"Size \"");
    project.check();
    project.edit("main.spy", "\"Size \"", "\"size \"");
    let (phases, _) = project.check();
    assert!(!phases.contains("redshift") && !phases.contains("read and parse"), "{phases}");
}

#[test]
fn errors_are_reported_and_do_not_stick() {
    let mut project = Project::standard();
    project.check();
    project.edit("shapes.spy", "total += p.y", "total += \"y\"");
    let outcome = project.build();
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("TypeError"), "{outcome:?}");
    project.edit("shapes.spy", "total += \"y\"", "total +=");
    assert_eq!(project.build().status, 1);
    project.edit("shapes.spy", "total +=\n", "total += p.y * 2\n");
    let (_, output) = project.check();
    assert_eq!(output, "31\n10\nsize 42\n12\n");
}

#[test]
fn what_import_time_prints_is_printed_each_time() {
    let mut project = Project::new(&[(
        "main.spy",
        "@blue\ndef noisy():\n    print(\"importing\")\n    return 3\n\nX = noisy()\n\n\
         def f() -> i32:\n    return 1\n\n\
         def main() -> None:\n    print(f())\n",
    )]);
    project.check();
    project.edit("main.spy", "return 1", "return 2");
    let outcome = project.build();
    assert!(outcome.stdout.starts_with("importing\n"), "{outcome:?}");
    project.check();
}

#[test]
fn another_folder_finds_what_was_made() {
    let project = Project::standard();
    project.check();
    let other = tempfile::tempdir().expect("a temporary folder");
    project.write(other.path());
    let outcome = project.build_in(other.path(), "cache");
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(!outcome.stderr.contains("redshift") && !outcome.stderr.contains("compile "));
    assert!(made(other.path()) == made(&project.folder()));
}

#[test]
fn damage_is_found_and_repaired() {
    let mut project = Project::standard();
    project.check();
    let objects = project.folder().join("build/.spy/debug/main");
    // In the build folder.
    fs::write(objects.join("tools.o"), "garbage").expect("write");
    project.edit("main.spy", "\"size \"", "\"Size \"");
    project.check();
    fs::remove_file(objects.join("shapes.o")).expect("remove");
    fs::write(project.folder().join("build/main"), "x").expect("write");
    project.check();
    // In the store: each entry in turn, in each of the ways that files break.
    let damages: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        Vec::clear,
    ];
    for (round, damage) in damages.into_iter().enumerate() {
        let mut count = 0;
        for folder in fs::read_dir(project.dir.path().join("cache/store-1")).expect("a store") {
            let Ok(files) = fs::read_dir(folder.expect("an entry").path()) else { continue };
            for file in files {
                let path = file.expect("an entry").path();
                let mut bytes = fs::read(&path).expect("read");
                damage(&mut bytes);
                fs::write(&path, bytes).expect("write");
                count += 1;
            }
        }
        assert!(count > 5, "{count}");
        let (old, new) = (format!("x < {}", 100 + round), format!("x < {}", 101 + round));
        project.edit("tools.spy", &old, &new);
        project.check();
    }
}

#[test]
fn two_builds_at_once_share_the_store() {
    let project = Project::standard();
    let folders: Vec<TempDir> =
        (0..4).map(|_| tempfile::tempdir().expect("a temporary folder")).collect();
    std::thread::scope(|scope| {
        let builds: Vec<_> = folders
            .iter()
            .map(|folder| {
                project.write(folder.path());
                scope.spawn(|| project.build_in(folder.path(), "cache"))
            })
            .collect();
        for build in builds {
            let outcome = build.join().expect("no panic");
            assert_eq!(outcome.status, 0, "{outcome:?}");
        }
    });
    let first = made(folders[0].path());
    assert!(folders.iter().all(|folder| made(folder.path()) == first));
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_build_leaves_nothing_that_hurts() {
    let mut project = Project::standard();
    for round in 0..12_u64 {
        let (old, new) = (format!("x < {}", 100 + round), format!("x < {}", 101 + round));
        project.edit("tools.spy", &old, &new);
        let mut command = spy(&project.folder());
        command.args(["build", "main.spy"]).env("SPY_CACHE", project.dir.path().join("cache"));
        let mut child = command.spawn().expect("spy can be started");
        std::thread::sleep(std::time::Duration::from_millis(round * 4));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    project.check();
}

#[test]
fn the_cache_can_be_looked_at_and_removed() {
    let project = Project::standard();
    assert_eq!(project.build().status, 0);
    let cache = |args: &[&str], limit: &str| {
        let mut command = spy(&project.folder());
        command.arg("cache").args(args).env("SPY_CACHE", project.dir.path().join("cache"));
        finish(command.env("SPY_CACHE_LIMIT", limit), &[])
    };
    let info = cache(&["info"], "3M").stdout;
    assert!(info.contains(&project.dir.path().join("cache").display().to_string()), "{info}");
    assert!(info.contains("limit    3.0 MiB") && !info.contains("entries  0\n"), "{info}");
    assert!(cache(&["clean"], "").stdout.ends_with("file(s) removed\n"));
    let info = cache(&["info"], "").stdout;
    assert!(info.contains("entries  0\nsize     0 B\nlimit    2.0 GiB"), "{info}");
    let wrong = cache(&["info"], "much");
    assert!(
        wrong.status == 2 && wrong.stderr.contains("`SPY_CACHE_LIMIT` is no size"),
        "{wrong:?}"
    );
    project.check();
}

#[test]
fn another_compilers_cache_is_not_used() {
    let project = Project::standard();
    project.check();
    let copy = project.dir.path().join("spy");
    fs::copy(env!("CARGO_BIN_EXE_spy"), &copy).expect("copy");
    let mut command = std::process::Command::new(&copy);
    command.args(["build", "main.spy", "--timings"]).current_dir(project.folder());
    command.env("SPY_CACHE", project.dir.path().join("cache"));
    let outcome = finish(&mut command, &[]);
    assert!(outcome.status == 0 && outcome.stderr.contains("read and parse"), "{outcome:?}");
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let project = Project::standard();
    fs::write(project.dir.path().join("cache"), "a file").expect("write");
    let outcome = project.build();
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(!outcome.stderr.contains("cache"), "{outcome:?}");
    assert_eq!(project.build().status, 0);
}
