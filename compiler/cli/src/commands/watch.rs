//! `spy build --watch`: builds again whenever a file changes.
//!
//! The database stays in memory, so a build does what the change asks for. Each build is framed by two
//! lines on standard error, by which editors know when diagnostics are complete.

use super::build::{make_with, shown_kind};
use super::execute::prepared;
use crate::args::BuildCommand;
use crate::context::Context;
use crate::output;
use crate::status::Status;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use spy_project::{Artefact, EnvError, Session, Settings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Editors write a file in several steps, and tools write many files: a build waits until nothing has
/// changed for this long.
const QUIET: Duration = Duration::from_millis(50);

/// A build does not wait longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether the program has ended.
const GLANCE: Duration = Duration::from_millis(100);

/// What a shell says of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// The program of the last build, if it runs.
type Running = Arc<Mutex<Option<Child>>>;

/// Builds again and again, until the process is told to end.
pub(crate) fn watch(
    context: &Context,
    command: &BuildCommand,
    settings: &Settings,
) -> Result<Status, Status> {
    let fail = |what: &str, error: &dyn std::fmt::Display| {
        context.environment(&EnvError::new(format!("cannot {what}: {error}")))
    };
    let running = Running::default();
    end_together(&running).map_err(|error| fail("listen to signals", &error))?;
    let (sender, events) = channel();
    let watcher = notify::recommended_watcher(move |event| {
        // Nobody listens any more when the process ends.
        let _ = sender.send(event);
    });
    let mut folders = Folders {
        watcher: watcher.map_err(|error| fail("watch files", &error))?,
        known: BTreeSet::new(),
    };
    folders.add(context.root(&command.file)?.parent());
    let mut session = Session::new(context.world(), settings);
    loop {
        let built = round(context, command, settings, &mut session);
        folders.add(session.places().iter().map(PathBuf::as_path).filter_map(Path::parent));
        if let Some(artefact) = built
            && command.execute
            && !(artefact.up_to_date && is_running(&running))
        {
            restart(context, command, settings, &artefact, &running);
        }
        if !wait(&events, &running) {
            return Err(fail("watch files", &"the watcher has ended"));
        }
    }
}

/// One build between its two lines.
fn round(
    context: &Context,
    command: &BuildCommand,
    settings: &Settings,
    session: &mut Session<'_>,
) -> Option<Artefact> {
    context.reset_counts();
    output::error_line(&format!("[spy] building {}", command.file.display()));
    let built = make_with(context, session, command.compile.error_mode, settings, &command.file);
    let built = built.and_then(|made| {
        made.ok_or_else(|| {
            let error = EnvError::new("a package has no source");
            context.environment(&error.with_help("`--link-prebuilt` links what it was compiled to"))
        })
    });
    context.clear_progress();
    if let Ok(artefact) = &built
        && !context.global.quiet
    {
        // If nobody reads it, nobody misses it.
        let _ = output::print(&shown_kind(context, settings, artefact));
    }
    let (errors, warnings) = context.counts();
    let errors = if built.is_err() { errors.max(1) } else { errors };
    output::error_line(&format!("[spy] done: {errors} error(s), {warnings} warning(s)"));
    built.ok()
}

/// The folders that are watched.
struct Folders {
    watcher: RecommendedWatcher,
    known: BTreeSet<PathBuf>,
}

impl Folders {
    fn add<'p>(&mut self, folders: impl IntoIterator<Item = &'p Path>) {
        for folder in folders {
            // A folder that cannot be watched (it is gone, or there are too many) tells nothing.
            if !self.known.contains(folder)
                && self.watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
            {
                self.known.insert(folder.to_owned());
            }
        }
    }
}

/// Whether something may concern a build. What the build itself does in its folder does not.
fn concerns(event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else { return true };
    let is_source = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        extension == "spy" || extension == "py"
    };
    let is_folder = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.extension().is_none() && !name.starts_with('.') && path.join("__init__.spy").is_file()
    };
    !matches!(event.kind, EventKind::Access(_))
        && event.paths.iter().any(|path| is_source(path) || is_folder(path))
}

/// Waits for a change, and until it is over. False if there will be none.
fn wait(events: &Receiver<notify::Result<Event>>, running: &Running) -> bool {
    loop {
        match events.recv_timeout(GLANCE) {
            Ok(event) if concerns(&event) => break,
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => report_end(running),
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    let start = Instant::now();
    let mut last = Instant::now();
    while last.elapsed() < QUIET && start.elapsed() < PATIENCE {
        match events.recv_timeout(QUIET.saturating_sub(last.elapsed())) {
            Ok(event) if concerns(&event) => last = Instant::now(),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}

/// Says once that the program has ended.
fn report_end(running: &Running) {
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = running.as_mut().and_then(|child| child.try_wait().ok().flatten());
    if let Some(status) = ended {
        *running = None;
        output::error_line(&format!("[spy] program ended: {status}"));
    }
}

fn is_running(running: &Running) -> bool {
    report_end(running);
    running.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Ends the last program and starts the new one.
fn restart(
    context: &Context,
    command: &BuildCommand,
    settings: &Settings,
    artefact: &Artefact,
    running: &Running,
) {
    let path = &artefact.path;
    let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
    end(&mut running);
    // What is wrong has been said.
    let Ok(command) = prepared(context, settings, path, path.as_os_str(), &command.args) else {
        return;
    };
    *running = start(context, command, path);
}

fn start(context: &Context, mut command: Command, path: &Path) -> Option<Child> {
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            context.environment(&EnvError::io("run", path, &error));
            None
        }
    }
}

fn end(running: &mut Option<Child>) {
    if let Some(mut child) = running.take() {
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// When this process is told to end, the program ends too. Builds leave only complete files, so they
/// may be cut short.
#[expect(clippy::exit, reason = "a signal ends the process, whatever it is doing")]
fn end_together(running: &Running) -> Result<(), ctrlc::Error> {
    let running = Arc::clone(running);
    ctrlc::set_handler(move || {
        end(&mut running.lock().unwrap_or_else(PoisonError::into_inner));
        std::process::exit(INTERRUPTED);
    })
}
