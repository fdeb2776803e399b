//! A project in memory that is edited and built again.

use spy_db::MemorySystem;
use spy_diagnostics::{Diagnostic, json};
use spy_project::front::{self, BuildOptions, ErrorMode, MainRule};
use spy_project::paths::Display;
use spy_project::{Failure, NoProgress, RawOptions, Session, Timings, World, shown_diagnostic};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Everything that a build makes, as text by name.
pub(crate) type Artefacts = BTreeMap<String, String>;

/// A project in one database.
pub(crate) struct Lab<'w> {
    folder: &'w str,
    system: &'w MemorySystem,
    pub(crate) session: Session<'w>,
}

/// Runs `body` on a new project with these files; `main.spy` is its root.
pub(crate) fn lab(files: &[(&str, &str)], body: impl FnOnce(&mut Lab<'_>)) {
    lab_in("/home/one", files, body);
}

/// Like [`lab`], in this folder.
pub(crate) fn lab_in(folder: &str, files: &[(&str, &str)], body: impl FnOnce(&mut Lab<'_>)) {
    lab_with(folder, RawOptions::default(), files, body);
}

/// Like [`lab_in`], with these options.
pub(crate) fn lab_with(
    folder: &str,
    options: RawOptions,
    files: &[(&str, &str)],
    body: impl FnOnce(&mut Lab<'_>),
) {
    let system = MemorySystem::default();
    let raw = RawOptions { current_dir: folder.into(), ..options };
    let mut settings = raw.resolve(&system).expect("settings");
    // Using up the default takes seconds.
    settings.limits.fuel = 100_000;
    let timings = Timings::default();
    let world = World { system: &system, progress: &NoProgress, timings: &timings };
    let session = Session::new(world, &settings);
    let mut lab = Lab { folder, system: &system, session };
    for (name, text) in files {
        lab.write(name, text);
    }
    body(&mut lab);
}

impl Lab<'_> {
    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.folder).join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        self.system.write(self.path(name), text);
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) {
        self.system.remove(&self.path(name));
    }

    /// Replaces the one place of a file where `old` stands.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        use spy_db::System;
        let bytes = self.system.read(&self.path(name)).expect("the file is there");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        self.write(name, &text.replace(old, new));
    }

    /// Builds the project.
    pub(crate) fn artefacts(&mut self) -> Artefacts {
        let root = self.path("main.spy");
        let options = BuildOptions { error_mode: ErrorMode::Eager, main: MainRule::Needed };
        let mut out = Artefacts::new();
        let front = match self.session.front(&root, &options) {
            Ok(front) => front,
            Err(Failure::Program(diagnostics)) => {
                self.add_diagnostics(&mut out, &diagnostics);
                return out;
            }
            Err(other) => panic!("{other:?}"),
        };
        out.insert("output".to_owned(), front.built.output.clone());
        self.add_diagnostics(&mut out, &front.built.diagnostics);
        if front.built.has_errors() {
            return out;
        }
        for module in &front.loaded.reachable {
            let dump = front::dump(&front.built, module, true);
            out.insert(format!("{module}.dump"), dump);
        }
        for unit in self.session.emit_c(&front).units {
            out.insert(unit.name, unit.text);
        }
        out
    }

    fn add_diagnostics(&self, out: &mut Artefacts, diagnostics: &[Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        let display = Display::new(Path::new("main.spy"));
        let texts = self.session.texts(&display);
        let lines = diagnostics.iter().map(|diagnostic| {
            let line = json::render(&shown_diagnostic(diagnostic, &display), &texts);
            format!("{}\n", line.trim_end())
        });
        out.insert("diagnostics".to_owned(), lines.collect());
    }

    /// Builds, and says what ran.
    pub(crate) fn build(&mut self) -> (Artefacts, Log) {
        self.session.db().start_log();
        let artefacts = self.artefacts();
        (artefacts, Log(self.session.db().take_log()))
    }

    /// Builds, expecting no errors, and says what ran.
    #[track_caller]
    pub(crate) fn build_ok(&mut self) -> Log {
        let (artefacts, log) = self.build();
        assert_eq!(artefacts.get("diagnostics").map(String::as_str), None);
        log
    }
}

/// Runs `work` on a pool of so many threads.
pub(crate) fn threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("a pool");
    pool.install(work)
}

/// A build from nothing, with so many threads, in a folder of its own.
pub(crate) fn clean(count: usize, files: &[(&str, &str)]) -> Artefacts {
    let mut found = Artefacts::new();
    threads(count, || {
        lab_in("/srv/another/place", files, |lab| found = lab.artefacts());
    });
    found
}

/// The first artefact that differs, with both texts.
pub(crate) fn difference(incremental: &Artefacts, clean: &Artefacts) -> Option<String> {
    let names: BTreeSet<&String> = incremental.keys().chain(clean.keys()).collect();
    let name = names.into_iter().find(|name| incremental.get(*name) != clean.get(*name))?;
    let text = |side: &Artefacts| side.get(name).cloned().unwrap_or_else(|| "(nothing)".to_owned());
    Some(format!("{name}:\n--- incremental\n{}\n--- clean\n{}", text(incremental), text(clean)))
}

/// Builds one text after the other of `main.spy` in one database; each time the result must be
/// that of a build from nothing. Returns the results.
#[track_caller]
pub(crate) fn assert_equal_to_clean(texts: &[&str]) -> Vec<Artefacts> {
    let mut all = Vec::new();
    lab(&[], |lab| {
        for (number, text) in texts.iter().enumerate() {
            lab.write("main.spy", text);
            let incremental = lab.artefacts();
            for count in [1, 4] {
                let clean = clean(count, &[("main.spy", text)]);
                if let Some(difference) = difference(&incremental, &clean) {
                    panic!("step {number}, {count} threads: {difference}");
                }
            }
            all.push(incremental);
        }
    });
    all
}

/// What a build ran.
#[derive(Debug)]
pub(crate) struct Log(Vec<String>);

impl Log {
    /// The names of what ran of one kind: `redshift`, `call`, `module`, `emit`. Sorted; a name that
    /// stands there twice ran twice.
    pub(crate) fn of(&self, kind: &str) -> Vec<&str> {
        self.0.iter().filter_map(|event| event.strip_prefix(kind)?.strip_prefix(' ')).collect()
    }

    /// Like [`Log::of`], only names of these modules.
    pub(crate) fn of_module(&self, kind: &str, module: &str) -> Vec<&str> {
        let inside = |name: &&str| name.split("::").next() == Some(module);
        self.of(kind).into_iter().filter(inside).collect()
    }

    /// How often salsa ran a query.
    pub(crate) fn count(&self, query: &str) -> usize {
        let is_query =
            |event: &&String| event.strip_prefix(query).is_some_and(|rest| rest.starts_with('('));
        self.0.iter().filter(is_query).count()
    }

    /// Checks that nothing was evaluated, redshifted or emitted.
    #[track_caller]
    pub(crate) fn assert_nothing_evaluated(&self) {
        for kind in ["module", "call", "redshift", "emit"] {
            assert_eq!(self.of(kind), [""; 0], "{kind}");
        }
    }
}
