//! One program in every execution mode.

use spy_db::{MemorySystem, System};
use spy_diagnostics::Diagnostic;
use spy_eval::World as Outside;
use spy_project::front::{BuildOptions, ErrorMode, MainRule};
use spy_project::{
    BuildPlan, Driver, Failure, NoProgress, RawOptions, Session, Settings, Timings, World,
};
use spy_types::{SpyError, Value};
use std::cell::RefCell;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A compiled program that runs longer than this hangs.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// The root file, in memory.
const ROOT: &str = "/p/main.spy";

/// The kind of a program that the C compiler refuses.
const INVALID_C: &str = "invalid C";

/// The kind of a program that behaves differently in a mode.
fn differs(mode: &str) -> String {
    format!("{mode} differs")
}

/// What one run did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Outcome {
    stdout: String,
    status: i32,
    /// The type and the message of the error that ended it.
    error: Option<String>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    /// Stays the same while a program is made shorter.
    pub(crate) kind: String,
    pub(crate) details: String,
}

impl Finding {
    fn new(kind: impl Into<String>, details: impl Into<String>) -> Self {
        Self { kind: kind.into(), details: details.into() }
    }
}

/// The modes that are compared with the interpreter, in the order in which they are run.
const MODES: [&str; 3] = ["redshifted", "c-debug", "c-release"];

/// Runs a program in all modes, or up to the one that `finding` is about. Its `main` takes the
/// number of the case to begin with, and prints `-- number` before each: after a panic it is
/// started again behind that one.
pub(crate) fn compare(text: &str, finding: Option<&Finding>) -> Result<(), Finding> {
    let last = match finding {
        None => MODES.len(),
        Some(finding) if finding.kind == INVALID_C => 2,
        Some(finding) => {
            1 + MODES.iter().position(|mode| finding.kind == differs(mode)).unwrap_or(0)
        }
    };
    catch_unwind(AssertUnwindSafe(|| in_modes(text, &MODES[1..last]))).unwrap_or_else(|panic| {
        let message = crate::message(&*panic);
        let kind = message.lines().next().unwrap_or_default();
        Err(Finding::new(format!("panic: {kind}"), message.clone()))
    })
}

/// Runs a program in both interpreters and compiled in these modes.
fn in_modes(text: &str, compiled: &[&str]) -> Result<(), Finding> {
    let temp = tempfile::tempdir().expect("a folder");
    let system = MemorySystem::default();
    system.write(ROOT, text);
    let timings = Timings::default();
    let world = World { system: &system, progress: &NoProgress, timings: &timings };
    let settings = [false, true].map(|release| settings(&system, temp.path(), release));
    let mut session = Session::new(world, &settings[0]);
    let front = front(&mut session)?;
    let project = front.loaded.project;

    let interp = runs(|argv| {
        let recorder = Recorder::default();
        let outside = Box::new(recorder.clone());
        let result = spy_redshift::run_interp(
            session.db(),
            project,
            &front.loaded.root,
            argv,
            outside,
            None,
        );
        recorder.outcome(result.map_err(|errors| errors.first().map(headline).unwrap_or_default()))
    });
    let redshifted = runs(|argv| {
        let recorder = Recorder::default();
        let outside = Box::new(recorder.clone());
        let result = spy_redshift::exec::run_redshifted_in(
            session.db(),
            project,
            &front.built,
            argv.to_vec(),
            outside,
        );
        recorder.outcome(result.map_err(|error| error_headline(&error)))
    });
    same(MODES[0], &interp, &redshifted)?;
    for (name, settings) in compiled.iter().zip(&settings) {
        let exe = compile(&front, world, settings)?;
        same(name, &interp, &runs(|argv| execute(&exe, argv, temp.path())))?;
    }
    Ok(())
}

pub(crate) fn settings(system: &dyn System, temp: &Path, release: bool) -> Settings {
    let raw = RawOptions {
        current_dir: "/p".into(),
        release,
        build_dir: Some(temp.join(if release { "release" } else { "debug" })),
        env_search: std::env::var_os("PATH"),
        cache_dir: Some(env!("CARGO_TARGET_TMPDIR").into()),
        ..RawOptions::default()
    };
    raw.resolve(system).expect("settings")
}

fn front(session: &mut Session<'_>) -> Result<spy_project::Front, Finding> {
    let refused = |diagnostics: &[Diagnostic]| {
        let kind = diagnostics.first().map(headline).unwrap_or_default();
        Finding::new(format!("refused: {kind}"), format!("{diagnostics:#?}"))
    };
    let options = BuildOptions { error_mode: ErrorMode::Eager, main: MainRule::Needed };
    match session.front(Path::new(ROOT), &options) {
        Ok(front) if front.built.has_errors() => Err(refused(&front.built.diagnostics)),
        Ok(front) => Ok(front),
        Err(Failure::Program(diagnostics)) => Err(refused(&diagnostics)),
        Err(other) => panic!("{other:?}"),
    }
}

fn headline(diagnostic: &Diagnostic) -> String {
    format!("{}: {}", diagnostic.etype, diagnostic.message)
}

fn error_headline(error: &SpyError) -> String {
    format!("{}: {}", error.etype.name(), error.message)
}

/// Builds an executable.
pub(crate) fn compile(
    front: &spy_project::Front,
    world: World<'_>,
    settings: &Settings,
) -> Result<PathBuf, Finding> {
    let units = Session::new(world, settings).emit_c(front);
    let plan = BuildPlan::new(Path::new(ROOT), settings);
    match Driver::new(world, settings, &plan).build(&units, None) {
        Ok(artefact) => Ok(artefact.path),
        Err(Failure::Internal(text)) => Err(Finding::new(INVALID_C, text)),
        Err(other) => panic!("{other:?}"),
    }
}

/// Runs a program from its first case, and after each panic from the next one.
fn runs(run: impl Fn(&[String]) -> Outcome) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut first = 0;
    loop {
        let outcome = run(&["main".to_owned(), first.to_string()]);
        let mut cases = outcome.stdout.lines().rev().filter_map(|line| line.strip_prefix("-- "));
        let last: Option<usize> = cases.next().and_then(|number| number.parse().ok());
        let failed = outcome.error.is_some();
        outcomes.push(outcome);
        match last {
            // Each start is behind the one before, whatever the program prints.
            Some(last) if failed && last >= first => first = last + 1,
            _ => return outcomes,
        }
    }
}

/// Starts an executable. Its output goes to files, so that nothing has to be read meanwhile.
fn execute(exe: &Path, argv: &[String], folder: &Path) -> Outcome {
    let [stdout, stderr] = ["stdout", "stderr"].map(|name| folder.join(name));
    let sink = |path: &Path| Stdio::from(File::create(path).expect("a file"));
    let mut child = Command::new(exe)
        .args(&argv[1..])
        .stdin(Stdio::null())
        .stdout(sink(&stdout))
        .stderr(sink(&stderr))
        .spawn()
        .expect("the program can be started");
    let start = Instant::now();
    let status = loop {
        match child.try_wait().expect("the program can be waited for") {
            Some(status) => break status.code(),
            None if start.elapsed() > TIME_LIMIT => {
                child.kill().expect("the program can be ended");
                child.wait().expect("the program can be waited for");
                break None;
            }
            None => std::thread::sleep(Duration::from_micros(300)),
        }
    };
    let [stdout, stderr] = [stdout, stderr]
        .map(|path| String::from_utf8_lossy(&fs::read(path).expect("output")).into_owned());
    // 1 is the status of a panic; the program itself never returns it.
    let error = (status != Some(0) && status != Some(7)).then_some(stderr);
    Outcome { stdout, status: status.unwrap_or(-1), error }
}

fn same(mode: &str, interp: &[Outcome], other: &[Outcome]) -> Result<(), Finding> {
    for (number, expected) in interp.iter().enumerate() {
        let found = other.get(number).cloned().unwrap_or_default();
        let is_same_error = match (&expected.error, &found.error) {
            (None, None) => true,
            // Compiled programs print more than the headline.
            (Some(headline), Some(text)) => {
                let headline = headline.trim_end();
                text == headline
                    || text.lines().any(|line| line.trim_end() == headline)
                    || headline.contains('\n') && text.contains(headline)
            }
            _ => false,
        };
        if expected.stdout != found.stdout || expected.status != found.status || !is_same_error {
            let details =
                format!("run {number}\n--- interp\n{expected:#?}\n--- {mode}\n{found:#?}");
            return Err(Finding::new(differs(mode), details));
        }
    }
    Ok(())
}

/// An outside that only keeps what is printed.
#[derive(Clone, Default)]
struct Recorder(Rc<RefCell<String>>);

impl Outside for Recorder {
    fn write(&mut self, text: &str) -> spy_types::Result<()> {
        self.0.borrow_mut().push_str(text);
        Ok(())
    }

    fn call(&mut self, _name: &str, _args: &[Value]) -> Option<spy_types::Result<Value>> {
        None
    }
}

impl Recorder {
    fn outcome(&self, result: Result<i32, String>) -> Outcome {
        let stdout = self.0.borrow().clone();
        match result {
            Ok(status) => Outcome { stdout, status, error: None },
            Err(error) => Outcome { stdout, status: 1, error: Some(error.trim_end().to_owned()) },
        }
    }
}
