//! Files to inputs: search rules, import order, file problems, and what a second load touches.

use spy_db::{Limits, MemorySystem};
use spy_diagnostics::Diagnostic;
use spy_project::graph::{self, ImportGraph};
use spy_project::{Database, Loaded, Loader, SearchPath, Stdlib};
use std::path::{Path, PathBuf};

/// A project in memory.
#[derive(Default)]
struct Fixture {
    system: MemorySystem,
    db: Database,
    loader: Loader,
    search: SearchPath,
}

impl Fixture {
    fn new(files: &[(&str, &str)]) -> Self {
        let fixture = Self::default();
        for (path, text) in files {
            fixture.system.write(*path, *text);
        }
        fixture
    }

    fn load(&mut self) -> Loaded {
        self.try_load("/p/main.spy").expect("the root can be read")
    }

    fn try_load(&mut self, root: &str) -> Result<Loaded, Box<Diagnostic>> {
        let Self { system, db, loader, search } = self;
        loader.load(db, system, search, Limits::default(), Path::new(root))
    }

    fn check(&mut self) -> Vec<Diagnostic> {
        let loaded = self.load();
        graph::check(&self.db, &loaded)
    }

    /// `message | annotation @ file start..end | ...` per diagnostic.
    fn errors(&mut self) -> Vec<String> {
        let describe = |diagnostic: Diagnostic| {
            let mut text = format!("{}: {}", diagnostic.etype, diagnostic.message);
            for annotation in &diagnostic.annotations {
                let (span, message) = (&annotation.span, &annotation.message);
                text += &format!(" | {message} @ {} {:?}", span.file, span.span);
            }
            text
        };
        self.check().into_iter().map(describe).collect()
    }

    fn order(&mut self) -> Vec<String> {
        let loaded = self.load();
        let order = ImportGraph::new(&self.db, &loaded).order();
        order.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn modules_run_after_what_they_import() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import p\nimport s\n"),
        ("/p/p.spy", "import q\nimport r\n"),
        ("/p/q.spy", ""),
        ("/p/r.spy", ""),
        ("/p/s.spy", "import p\nimport t\n"),
        ("/p/t.spy", ""),
    ]);
    assert_eq!(fixture.order(), ["q", "r", "p", "t", "s", "main"]);
    assert_eq!(fixture.errors(), [""; 0]);
}

#[test]
fn a_missing_module_is_blamed_on_its_first_import() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a\nfrom gone import thing\n"),
        ("/p/a.spy", "import gone\n"),
    ]);
    assert_eq!(
        fixture.errors(),
        ["ImportError: cannot import `gone.thing` | module `gone` does not exist \
             @ main.spy 9..31"]
    );
}

#[test]
fn every_missing_module_is_reported() {
    let mut fixture = Fixture::new(&[("/p/main.spy", "import x\nimport y.z\n")]);
    assert_eq!(
        fixture.errors(),
        [
            "ImportError: cannot import `x` | module `x` does not exist @ main.spy 0..8",
            "ImportError: cannot import `(y.z)` | module `y.z` does not exist @ main.spy 9..19",
        ]
    );
}

#[test]
fn a_python_file_hides_what_comes_later_on_the_path() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import m\nimport n\n"),
        ("/p/m.py", ""),
        ("/lib/m.spy", ""),
        ("/p/n.py", ""),
        ("/p/n.spy", ""),
    ]);
    fixture.search.extra.push(PathBuf::from("/lib"));
    assert_eq!(
        fixture.errors(),
        ["ImportError: cannot import `m` | file `m.py` exists, but py files cannot be imported \
             @ main.spy 0..8"]
    );
}

#[test]
fn the_root_folder_comes_first_or_where_it_was_put() {
    let mut fixture =
        Fixture::new(&[("/p/main.spy", "import m\n"), ("/p/m.spy", ""), ("/q/m.py", "")]);
    fixture.search.extra = vec!["/q".into()];
    assert_eq!(fixture.errors(), [""; 0]);
    fixture.search.extra = vec!["/q".into(), "/p".into()];
    assert_eq!(fixture.errors().len(), 1);
    fixture.search.extra = vec!["/p".into(), "/q".into()];
    assert_eq!(fixture.errors(), [""; 0]);
}

#[test]
fn in_a_cycle_the_module_that_is_met_first_runs_last() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a\n"),
        ("/p/a.spy", "from b import f\n"),
        ("/p/b.spy", "import a\n"),
    ]);
    assert_eq!(fixture.errors(), [""; 0]);
    assert_eq!(fixture.order(), ["b", "a", "main"]);
}

#[test]
fn what_syntax_needs_may_close_a_cycle() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "x = [1]\n"),
        ("/std/_list.spy", "def f() -> None:\n    range(1)\n"),
        ("/std/_range.spy", "def g() -> None:\n    [1]\n"),
    ]);
    fixture.search.stdlib = Stdlib::Folder("/std".into());
    assert_eq!(fixture.errors(), [""; 0]);
    assert_eq!(fixture.order(), ["_range", "_list", "main"]);
}

#[test]
fn a_module_may_import_itself() {
    let mut fixture = Fixture::new(&[("/p/main.spy", "import main\n")]);
    assert_eq!(fixture.errors(), [""; 0]);
    assert_eq!(fixture.order(), ["main"]);
}

#[test]
fn a_long_chain_of_imports_is_no_problem() {
    let mut fixture = Fixture::default();
    fixture.system.write("/p/main.spy", "import m0\n");
    for index in 0..2000 {
        let text = format!("import m{}\n", index + 1);
        fixture.system.write(format!("/p/m{index}.spy"), text);
    }
    fixture.system.write("/p/m2000.spy", "");
    let order = fixture.order();
    assert_eq!(order.len(), 2002);
    assert_eq!((order[0].as_str(), order[2001].as_str()), ("m2000", "main"));
}

#[test]
fn dotted_modules_stand_in_folders_and_the_library_goes_first() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a.b\nimport array\nimport math\n"),
        ("/p/a/b.spy", ""),
        ("/p/array.spy", "this is not read\n"),
    ]);
    let loaded = fixture.load();
    assert_eq!(loaded.places["a.b"], Path::new("/p/a/b.spy"));
    assert!(!loaded.places.contains_key("array"));
    assert_eq!(fixture.errors(), [""; 0]);
}

#[test]
fn syntax_and_scope_errors_of_all_modules_come_together() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a\nimport b\ndef f() -> None:\n    x: i32 = 1\n    x: i32 = 2\n"),
        ("/p/a.spy", "x = = 1\n"),
        ("/p/b.spy", "def f(:\n"),
    ]);
    let diagnostics = fixture.check();
    let summary: Vec<(&str, &str)> = diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.etype.as_str(), diagnostic.annotations[0].span.file.base()))
        .collect();
    assert!(summary.contains(&("ScopeError", "main.spy")), "{summary:?}");
    assert!(summary.contains(&("ParseError", "a.spy")), "{summary:?}");
    assert!(summary.contains(&("ParseError", "b.spy")), "{summary:?}");
}

#[test]
fn unreadable_roots() {
    let mut fixture = Fixture::new(&[("/p/dir/x.spy", ""), ("/p/math.spy", "")]);
    let message = |fixture: &mut Fixture, root: &str| {
        fixture.try_load(root).expect_err("cannot be loaded").message
    };
    assert_eq!(message(&mut fixture, "/p/gone.spy"), "module `gone` does not exist");
    assert_eq!(message(&mut fixture, "/p/dir"), "`dir` is a directory, not a SPy file");
    assert_eq!(
        message(&mut fixture, "/p/math.spy"),
        "`math.spy` has the name of the library module `math`"
    );
}

#[test]
fn own_modules_take_the_place_of_the_librarys() {
    let files = [
        (
            "/p/main.spy",
            "import random\nimport string\nimport os.path\nimport _list\nimport array\n",
        ),
        ("/p/random.spy", "import os\n"),
        ("/p/os.spy", ""),
        ("/p/_list.spy", ""),
        ("/p/array.spy", ""),
        ("/extra/string/__init__.spy", ""),
    ];
    let mut fixture = Fixture::new(&files);
    fixture.search.extra = vec![PathBuf::from("/extra")];
    let loaded = fixture.load();
    let own: Vec<(&str, &Path)> =
        loaded.places.iter().map(|(name, path)| (name.as_str(), path.as_path())).collect();
    let place = Path::new;
    let expected = [
        ("main", place("/p/main.spy")),
        ("os", place("/p/os.spy")),
        ("random", place("/p/random.spy")),
        ("string", place("/extra/string/__init__.spy")),
    ];
    assert_eq!(own, expected);
    // There is no `path` in the program's own `os`.
    let modules = loaded.project.modules(&fixture.db);
    assert!(!modules.contains_key("os.path") && modules.contains_key("statistics"));
    // Another load does not confuse them, and the library's are there again when the own ones went.
    assert_eq!(fixture.load().places, loaded.places);
    for file in ["/p/random.spy", "/p/os.spy"] {
        fixture.system.remove(Path::new(file));
    }
    let places = fixture.load().places;
    assert_eq!(places.keys().collect::<Vec<_>>(), ["main", "string"]);
    assert!(fixture.errors().is_empty(), "{:?}", fixture.errors());
}

#[test]
fn a_program_may_have_the_name_of_a_library_module() {
    let files = [("/p/os.spy", "import random\n"), ("/p/random.spy", "import os\n")];
    let mut fixture = Fixture::new(&files);
    let loaded = fixture.try_load("/p/os.spy").expect("`os` gives way");
    assert_eq!(loaded.reachable, ["os", "random"]);
    assert_eq!(loaded.places.len(), 2);
    assert!(!loaded.project.modules(&fixture.db).contains_key("os.path"));
}

#[test]
fn bytes_that_are_no_text_are_located() {
    let mut fixture = Fixture::default();
    fixture.system.write("/p/main.spy", b"x = 1\ny = '\xff'\n".to_vec());
    assert_eq!(
        fixture.errors(),
        ["ParseError: `main.spy` is not UTF-8: invalid byte 0xff at byte offset 11 \
             | this byte @ main.spy 11..12"]
    );
}

#[test]
fn module_names_are_identifiers() {
    for (file, name) in [("/a/app.spy", "app"), ("/a/my-app.spy", "my_app"), ("/a/2d.spy", "_2d")] {
        assert_eq!(spy_project::module_name(Path::new(file)), name);
    }
}

#[test]
fn a_second_load_computes_nothing_again() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a\ndef main() -> None:\n    pass\n"),
        ("/p/a.spy", "import b\n"),
        ("/p/b.spy", ""),
    ]);
    assert_eq!(fixture.errors(), [""; 0]);
    fixture.db.start_log();
    assert_eq!(fixture.errors(), [""; 0]);
    assert_eq!(fixture.db.take_log(), [""; 0]);
}

#[test]
fn a_changed_file_is_parsed_again_alone() {
    let mut fixture = Fixture::new(&[("/p/main.spy", "import a\n"), ("/p/a.spy", "x = 1\n")]);
    assert_eq!(fixture.errors(), [""; 0]);
    fixture.system.write("/p/a.spy", "x = 2\n");
    fixture.db.start_log();
    assert_eq!(fixture.errors(), [""; 0]);
    let log = fixture.db.take_log();
    assert_eq!(log.iter().filter(|event| event.starts_with("parse(")).count(), 1, "{log:?}");
}

#[test]
fn a_module_that_appears_is_found() {
    let mut fixture = Fixture::new(&[("/p/main.spy", "import a\n")]);
    assert_eq!(fixture.errors().len(), 1);
    fixture.system.write("/p/a.spy", "");
    assert_eq!(fixture.errors(), [""; 0]);
    fixture.system.remove(Path::new("/p/a.spy"));
    assert_eq!(fixture.errors().len(), 1);
}

#[test]
fn the_dump_shows_tree_path_and_order() {
    let mut fixture = Fixture::new(&[
        ("/p/main.spy", "import a\nimport math\nimport gone\n"),
        ("/p/a.spy", "import b\n"),
        ("/p/b.spy", ""),
    ]);
    let loaded = fixture.load();
    let shown = |path: &PathBuf| path.display().to_string();
    let dump = graph::dump(&fixture.db, &fixture.system, &loaded, &fixture.search, &shown);
    assert_eq!(
        dump,
        "Import tree:
  main
  ├── a
  │   └── b
  ├── math
  └── gone

vm.path:
  p0 = <stdlib>
  p1 = /p

Import order:
  0    b => $p1/b.spy
  1    a => $p1/a.spy
  2 math => <spy module 'math'> (already imported)
  3 gone => ImportError
  4 main => $p1/main.spy
"
    );
}
