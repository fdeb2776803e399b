//! What all commands share: the environment, the streams, and how failures are reported.

use crate::args::{ColorChoice, CompileArgs, Gc, GlobalArgs, MessageFormat, Target};
use crate::debugger::Debugger;
use crate::progress::Bar;
use crate::report::Reporter;
use crate::status::Status;
use crate::{crash, output};
use spy_db::System;
use spy_diagnostics::{Diagnostic, Severity};
use spy_link::OutputKind;
use spy_project::files::Disk;
use spy_project::{
    Backend, EnvError, Failure, RawOptions, Session, Settings, Timings, World, paths,
};
use std::cell::Cell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Virtual size of the stacks of worker threads, in bytes.
const WORKER_STACK_SIZE: usize = 128 << 20;

/// The variable that says how large the cache may become.
const CACHE_LIMIT: &str = "SPY_CACHE_LIMIT";

/// One run of the command line.
pub(crate) struct Context {
    pub global: GlobalArgs,
    pub current_dir: PathBuf,
    pub timings: Timings,
    progress: Bar,
    reporter: Reporter,
    /// Errors and warnings that were printed.
    counts: Cell<(usize, usize)>,
}

impl Context {
    /// Reads the environment.
    pub(crate) fn new(global: GlobalArgs) -> Result<Self, Status> {
        let current_dir = std::env::current_dir().map_err(|error| {
            output::error_line(&format!("error: cannot find the current folder: {error}"));
            Status::Environment
        })?;
        let terminal = std::io::stderr().is_terminal();
        let json = global.message_format == MessageFormat::Json;
        let talks = !global.quiet && !json;
        let progress = Bar::new(terminal && talks && !global.verbose, talks);
        let reporter = Reporter { format: global.message_format, color: color(&global, terminal) };
        let (timings, counts) = (Timings::default(), Cell::default());
        Ok(Self { global, current_dir, timings, progress, reporter, counts })
    }

    /// What builds report to.
    pub(crate) fn world(&self) -> World<'_> {
        World { system: &Disk, progress: &self.progress, timings: &self.timings }
    }

    /// Settings for commands that compile nothing.
    pub(crate) fn settings(&self, file: &Path) -> Result<Settings, Status> {
        self.resolve(self.raw_options(file))
    }

    /// Settings for commands that compile. Sets the number of threads.
    pub(crate) fn compile_settings(
        &self,
        args: &CompileArgs,
        kind: OutputKind,
        file: &Path,
        link_prebuilt: Option<&[String]>,
    ) -> Result<Settings, Status> {
        start_workers(args.jobs.map_or(0, usize::from));
        self.check_gc(args)?;
        let cache_limit = self.cache_limit()?;
        self.resolve(RawOptions {
            cache_limit,
            target: match args.target {
                Target::Native => spy_project::Target::Native,
                Target::Wasi => spy_project::Target::Wasi,
            },
            kind,
            link_prebuilt: link_prebuilt.map(<[String]>::to_vec),
            backend: args.backend.map(|backend| match backend {
                crate::args::Backend::C => Backend::C,
                crate::args::Backend::Cranelift => Backend::Cranelift,
            }),
            release: args.release,
            opt_level: args.opt_level,
            debug_info: args.debug_info,
            build_dir: args.build_dir.clone(),
            cc: args.cc.clone(),
            linker: args.linker.clone(),
            ..self.raw_options(file)
        })
    }

    /// Checks that what was asked for is what the target has.
    fn check_gc(&self, args: &CompileArgs) -> Result<(), Status> {
        let message = match (args.gc, args.target) {
            (Gc::Bdwgc, Target::Wasi) => "WASM targets only support --gc=none, got --gc=bdwgc",
            (Gc::None, Target::Native) => "native programs collect garbage: there is no --gc=none",
            _ => return Ok(()),
        };
        Err(self.environment(&EnvError::new(message)))
    }

    /// The variable `SPY_CACHE_LIMIT`, in bytes.
    pub(crate) fn cache_limit(&self) -> Result<Option<u64>, Status> {
        let Some(text) = std::env::var_os(CACHE_LIMIT).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let text = text.to_string_lossy();
        crate::commands::cache::parse_size(&text).map(Some).ok_or_else(|| {
            let error = EnvError::new(format!("`{CACHE_LIMIT}` is no size: `{text}`"));
            self.environment(&error.with_help("sizes are numbers of bytes, or 64K, 500M, 2G"))
        })
    }

    /// Settings for compiling the package whose main file is `file`.
    pub(crate) fn package_settings(&self, file: &Path) -> Result<Settings, Status> {
        start_workers(0);
        self.resolve(RawOptions { for_package: true, ..self.raw_options(file) })
    }

    /// Settings for the extension module of a package.
    pub(crate) fn extension_settings(&self, file: &Path) -> Result<Settings, Status> {
        start_workers(0);
        let raw = self.raw_options(file);
        self.resolve(RawOptions { kind: OutputKind::PyExt, release: true, ..raw })
    }

    /// The options as they came, for the program with this main file.
    pub(crate) fn raw_options(&self, file: &Path) -> RawOptions {
        RawOptions {
            current_dir: self.current_dir.clone(),
            root: Some(file.to_owned()),
            packages: self.global.package.clone(),
            python: self.global.python.clone(),
            env_python: std::env::var_os("VIRTUAL_ENV"),
            path: self.global.path.clone(),
            env_path: std::env::var_os("SPY_PATH"),
            stdlib: self.global.stdlib.clone(),
            blue_fuel: self.global.blue_fuel,
            env_cc: std::env::var("CC").ok(),
            env_cc_wasi: std::env::var("CC_wasm32_wasi").ok(),
            env_search: std::env::var_os("PATH"),
            cache_dir: cache_dir(),
            ..RawOptions::default()
        }
    }

    fn resolve(&self, raw: RawOptions) -> Result<Settings, Status> {
        raw.resolve(&Disk).map_err(|error| self.environment(&error))
    }

    /// The absolute path of a file argument.
    pub(crate) fn root(&self, file: &Path) -> Result<PathBuf, Status> {
        if file.extension().is_some_and(|extension| extension == "py") {
            output::error_line(&format!(
                "Error: {} is a .py file, not a .spy file.",
                file.display()
            ));
            return Err(Status::ProgramErrors);
        }
        Ok(paths::normalize(&self.current_dir.join(file)))
    }

    /// Prints what the user's program prints at import time. Standard output belongs to JSON if
    /// that was asked for.
    pub(crate) fn program_output(&self, text: &str) -> Result<(), Status> {
        if text.is_empty() {
            return Ok(());
        }
        if self.global.message_format == MessageFormat::Json {
            output::error(text);
            return Ok(());
        }
        output::print(text)
    }

    /// Says something under `--verbose`.
    pub(crate) fn verbose(&self, text: &str) {
        if self.global.verbose {
            output::error_line(text);
        }
    }

    /// Prints diagnostics of the program `file`.
    pub(crate) fn diagnostics(
        &self,
        file: &Path,
        session: &Session<'_>,
        diagnostics: &[Diagnostic],
    ) -> Result<(), Status> {
        self.clear_progress();
        let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
        let errors = diagnostics.iter().filter(is_error).count();
        let (old_errors, warnings) = self.counts.get();
        self.counts.set((old_errors + errors, warnings + diagnostics.len() - errors));
        let display = paths::Display::new(file);
        self.reporter.print(diagnostics, &session.texts(&display), &display)
    }

    /// A debugger for the program `file`.
    pub(crate) fn debugger(
        &self,
        file: &Path,
        session: &Session<'_>,
        looks_back: bool,
    ) -> Debugger<'_> {
        let display = paths::Display::new(file);
        Debugger {
            reporter: &self.reporter,
            texts: session.texts(&display),
            display,
            color: color(&self.global, std::io::stdout().is_terminal()),
            looks_back,
        }
    }

    /// The errors and warnings of programs that were printed since [`Self::reset_counts`].
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.counts.get()
    }

    /// Counts from zero.
    pub(crate) fn reset_counts(&self) {
        self.counts.set((0, 0));
    }

    /// Reports why there is no result.
    pub(crate) fn fail(&self, file: &Path, session: &Session<'_>, failure: &Failure) -> Status {
        self.clear_progress();
        match failure {
            Failure::Program(diagnostics) => {
                self.diagnostics(file, session, diagnostics).err().unwrap_or(Status::ProgramErrors)
            }
            Failure::Environment(error) => self.environment(error),
            Failure::Internal(what) => {
                let argv: Vec<OsString> = std::env::args_os().collect();
                output::error(&crash::report(&argv, what));
                Status::Internal
            }
        }
    }

    /// Reports something outside the program.
    pub(crate) fn environment(&self, error: &EnvError) -> Status {
        self.clear_progress();
        self.reporter.environment(error);
        Status::Environment
    }

    /// Removes the progress bar before other output.
    pub(crate) fn clear_progress(&self) {
        spy_project::Progress::end(&self.progress);
    }

    /// Prints or writes the timings, if they were asked for.
    pub(crate) fn report_timings(&self, args: &CompileArgs) -> Result<(), Status> {
        match &args.timings {
            None => Ok(()),
            Some(None) => {
                output::error(&self.timings.table());
                Ok(())
            }
            Some(Some(path)) => std::fs::write(path, self.timings.chrome_trace())
                .map_err(|error| self.environment(&EnvError::io("write", path, &error))),
        }
    }

    /// A path as messages show it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        paths::shown(path, &self.current_dir)
    }

    /// Whether a folder stands there.
    pub(crate) fn is_dir(&self, path: &Path) -> bool {
        Disk.is_dir(&self.current_dir.join(path))
    }
}

/// Starts the threads that do independent work; 0 = one per processor.
fn start_workers(count: usize) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).stack_size(WORKER_STACK_SIZE);
    // Fails only if the pool exists already, which then does the work.
    let _ = pool.build_global();
}

fn color(global: &GlobalArgs, terminal: bool) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match global.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if is_set("NO_COLOR") => false,
        ColorChoice::Auto => terminal || is_set("FORCE_COLOR"),
    }
}

/// The colours of help and usage errors, which are printed before options are known.
pub(crate) fn clap_color(argv: &[OsString]) -> clap::ColorChoice {
    let given = argv.iter().enumerate().find_map(|(index, arg)| match arg.to_str()? {
        "--color" => argv.get(index + 1)?.to_str().map(str::to_owned),
        text => text.strip_prefix("--color=").map(str::to_owned),
    });
    match given.as_deref() {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// The folder for what all builds of a user share.
pub(crate) fn cache_dir() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    if let Some(dir) = std::env::var_os("SPY_CACHE").filter(|dir| !dir.is_empty()) {
        return std::path::absolute(dir).ok();
    }
    let base = if cfg!(target_os = "macos") {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join("Library/Caches")))
    } else if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
    };
    base.map(|dir| dir.join("spy"))
}
