//! Damaged programs: whatever the text, the compiler says what is wrong with it or accepts it. It
//! does not panic, hang, or fill the memory.

use crate::corpus::{self, Sample};
use crate::modes;
use crate::mutate::{Words, mutate};
use crate::rng::Rng;
use crate::{cases, message, on_large_stack};
use spy_db::{Limits, MemorySystem};
use spy_diagnostics::{Diagnostic, full, json, short};
use spy_project::front::{self, BuildOptions, ErrorMode, MainRule};
use spy_project::paths::Display;
use spy_project::{
    Failure, NoProgress, RawOptions, Session, Stdlib, Timings, World, shown_diagnostic,
};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Cases in a run of continuous integration.
const CASES: u64 = 300;

/// Cases that share one database, as in an editor.
const BATCH: u64 = 10;

/// Cases in a hundred that are compiled, if nothing is wrong with them.
const COMPILED: usize = 10;

/// What one case may take. Without optimisation and on a busy machine, so generous: the limits
/// below end what really does not stop long before.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Bytes that the whole test may take.
const MEMORY_LIMIT: u64 = 3 << 30;

/// Small enough that a case which uses them up is quick, large enough for every sample.
const LIMITS: Limits = Limits { fuel: 100_000, depth: 200, memory: 1 << 16, keep_going: false };

/// A program to run, with a library of its own if that is what is damaged.
struct Case {
    files: Vec<(String, Vec<u8>)>,
    stdlib: Option<Vec<(String, Vec<u8>)>>,
}

#[test]
fn damaged_programs_are_refused_or_accepted() {
    let cases = cases(CASES);
    on_large_stack(|| {
        let samples = corpus::samples();
        let stdlib = corpus::stdlib();
        let texts = samples.iter().flat_map(|sample| &sample.files).chain(&stdlib);
        let words = Words::of(texts.map(|(_, text)| text.as_str()));
        let watch = Watch::start(cases.seed);
        for batch in 0..cases.count.div_ceil(BATCH) {
            let seed = cases.seed.wrapping_add(batch);
            let mut rng = Rng::new(seed);
            let sample = rng.pick(&samples);
            let library = rng.chance(15).then_some(stdlib.as_slice());
            run_batch(&mut rng, sample, library, &words, &watch, seed);
        }
    });
}

/// Damages one sample, or the library that it uses, again and again in the same database.
fn run_batch(
    rng: &mut Rng,
    sample: &Sample,
    library: Option<&[(String, String)]>,
    words: &Words,
    watch: &Watch,
    seed: u64,
) {
    let system = MemorySystem::default();
    let raw = RawOptions { current_dir: "/p".into(), ..RawOptions::default() };
    let mut settings = raw.resolve(&system).expect("settings");
    settings.limits = LIMITS;
    if library.is_some() {
        settings.search.stdlib = Stdlib::Folder("/std".into());
    }
    let timings = Timings::default();
    let world = World { system: &system, progress: &NoProgress, timings: &timings };
    let mut session = Session::new(world, &settings);
    for number in 0..BATCH {
        let case = damaged(rng, sample, library, words);
        let note = watch.begin(&case, &format!("seed {seed}, case {number}, {}", sample.name));
        case.write(&system);
        let is_compiled = rng.chance(COMPILED);
        let result = catch_unwind(AssertUnwindSafe(|| check(&mut session, is_compiled)));
        if let Err(panic) = result {
            let alone = catch_unwind(|| {
                let world = World { system: &system, progress: &NoProgress, timings: &timings };
                check(&mut Session::new(world, &settings), is_compiled);
            });
            let again = if alone.is_err() { "also" } else { "not" };
            watch.stop();
            panic!("{note}: {}; {again} in a new database", message(&*panic));
        }
        watch.end();
    }
}

/// One damaged file; the others are as they were.
fn damaged(
    rng: &mut Rng,
    sample: &Sample,
    library: Option<&[(String, String)]>,
    words: &Words,
) -> Case {
    let mut damage = |files: &[(String, String)], is_chosen: bool| -> Vec<(String, Vec<u8>)> {
        let chosen = rng.below(files.len());
        let files = files.iter().enumerate();
        files
            .map(|(index, (name, text))| {
                let bytes = if is_chosen && index == chosen {
                    mutate(rng, text, words)
                } else {
                    text.clone().into_bytes()
                };
                (name.clone(), bytes)
            })
            .collect()
    };
    Case {
        files: damage(&sample.files, library.is_none()),
        stdlib: library.map(|files| damage(files, true)),
    }
}

impl Case {
    fn write(&self, system: &MemorySystem) {
        for (name, bytes) in &self.files {
            system.write(Path::new("/p").join(name), bytes.clone());
        }
        for (name, bytes) in self.stdlib.iter().flatten() {
            system.write(Path::new("/std").join(name), bytes.clone());
        }
    }

    /// Writes the case where someone can look at it.
    fn save(&self, folder: &Path) {
        let write = |folder: &Path, (name, bytes): &(String, Vec<u8>)| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder)).expect("a folder for the case");
            fs::write(path, bytes).expect("the case can be written");
        };
        self.files.iter().for_each(|file| write(folder, file));
        let stdlib = folder.join("stdlib");
        self.stdlib.iter().flatten().for_each(|file| write(&stdlib, file));
    }
}

/// Takes the program through every stage that runs in this process; to an executable, if
/// `is_compiled` and nothing is wrong with it.
fn check(session: &mut Session<'_>, is_compiled: bool) {
    let root = Path::new("/p/main.spy");
    for (error_mode, main) in
        [(ErrorMode::Eager, MainRule::Checked), (ErrorMode::Lazy, MainRule::Needed)]
    {
        let options = BuildOptions { error_mode, main };
        let diagnostics = match session.front(root, &options) {
            Ok(front) => {
                if !front.built.has_errors() {
                    for module in &front.loaded.reachable {
                        let _ = front::dump(&front.built, module, true);
                    }
                    let _ = session.emit_c(&front);
                    if is_compiled && main == MainRule::Needed {
                        check_c(session, &front);
                    }
                }
                front.built.diagnostics
            }
            Err(Failure::Program(diagnostics)) => {
                assert!(!diagnostics.is_empty(), "refused without a reason");
                diagnostics
            }
            Err(other) => panic!("{other:?}"),
        };
        check_diagnostics(session, &diagnostics);
    }
}

/// Compiles the program's C. With static errors left to run time, it is seen in odd shapes.
fn check_c(session: &Session<'_>, front: &spy_project::Front) {
    let temp = tempfile::tempdir().expect("a folder");
    for release in [false, true] {
        let settings = modes::settings(session.world().system, temp.path(), release);
        if let Err(finding) = modes::compile(front, session.world(), &settings) {
            panic!("{}: {}", finding.kind, finding.details);
        }
    }
}

fn check_diagnostics(session: &Session<'_>, diagnostics: &[Diagnostic]) {
    let display = Display::new(Path::new("main.spy"));
    let texts = session.texts(&display);
    for diagnostic in diagnostics {
        let shown = shown_diagnostic(diagnostic, &display);
        let line = json::render(&shown, &texts);
        let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(object["message"], shown.message.as_str());
        assert!(!shown.etype.is_empty(), "{shown:?}");
        // Library code raises some errors without a text; the compiler itself does not.
        let silent = ["IndexError", "KeyError", "ValueError"].contains(&shown.etype.as_str());
        let raised = !shown.frames.is_empty() || silent || mentions_error(session, &shown);
        assert!(!shown.message.is_empty() || raised, "{shown:?}");
        assert!(!shown.message.contains("internal error"), "{shown:?}");
        assert!(!full::render(&shown, &texts, false).is_empty());
        assert!(full::render(&shown, &texts, true).len() < 1 << 20, "a very long report");
        assert_eq!(short::render(&shown, &texts).lines().count().min(1), 1);
    }
}

/// Whether the file that an error points into names its type, and so may raise it without a text.
fn mentions_error(session: &Session<'_>, diagnostic: &Diagnostic) -> bool {
    use spy_diagnostics::Sources;
    let texts = session.texts(&Display::new(Path::new("main.spy")));
    let file = diagnostic.primary().map(|span| &span.file);
    let text = file.and_then(|file| texts.text(file)).unwrap_or_default();
    text.contains(&diagnostic.etype)
}

/// Ends the process when a case takes too long or too much memory: neither can be undone. What it
/// was working on stands in a folder.
struct Watch {
    folder: PathBuf,
    start: Instant,
    /// When the case began, in milliseconds after `start`, plus 1; 0 if there is none.
    began: std::sync::Arc<AtomicU64>,
}

impl Watch {
    fn start(seed: u64) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("damaged-{seed}"));
        let watch =
            Self { folder, start: Instant::now(), began: std::sync::Arc::new(AtomicU64::new(0)) };
        let (folder, start, began) = (watch.folder.clone(), watch.start, watch.began.clone());
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(200));
                let began = began.load(Ordering::SeqCst);
                let hangs = began != 0
                    && start.elapsed().saturating_sub(Duration::from_millis(began)) > TIME_LIMIT;
                if hangs || memory().is_some_and(|bytes| bytes > MEMORY_LIMIT) {
                    let what = if hangs { "hangs" } else { "takes too much memory" };
                    let note = format!("a case {what}: it stands in {}\n", folder.display());
                    // The test's own output is not shown when the process ends like this.
                    let _ = std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes());
                    std::process::abort();
                }
            }
        });
        watch
    }

    /// Returns what to say about the case.
    fn begin(&self, case: &Case, name: &str) -> String {
        let _ = fs::remove_dir_all(&self.folder);
        case.save(&self.folder);
        fs::write(self.folder.join("case.txt"), name).expect("the case can be written");
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.began.store(now.saturating_add(1), Ordering::SeqCst);
        format!("{name}, in {}", self.folder.display())
    }

    /// The case has to be looked at.
    fn stop(&self) {
        self.began.store(0, Ordering::SeqCst);
    }

    fn end(&self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The memory of this process in bytes, where the system tells.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
