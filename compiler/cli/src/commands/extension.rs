//! `spy build --output-kind py-ext`.

use super::build::{copy, finish_front_end, replayed, say_compiler, say_files, shown_kind};
use crate::args::{BuildCommand, Emit};
use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_diagnostics::{Diagnostic, Severity};
use spy_project::extension::Source;
use spy_project::front::{BuildOptions, MainRule};
use spy_project::{
    Artefact, BuildPlan, Code, Driver, EnvError, Failure, Front, Guest, Record, Session, Settings,
    World,
};
use std::path::Path;

/// Builds an extension module, or leaves its C for another build system.
pub(crate) fn build(
    context: &Context,
    command: &BuildCommand,
    settings: &Settings,
) -> Result<Status, Status> {
    if command.watch {
        let error = EnvError::new("`--watch` builds programs and libraries");
        return Err(context.environment(&error.with_help("`import spy.hook` watches for you")));
    }
    let root = context.root(&command.file)?;
    let world = context.world();
    let source = Source::new(world.system, &root).map_err(|error| context.environment(&error))?;
    let world = World { system: &source, ..world };
    let mut session = Session::new(world, settings);
    let plan = BuildPlan::of_extension(&root, source.name(), settings);
    let work = Work {
        context,
        command,
        source: &source,
        plan: &plan,
        driver: Driver::new(world, settings, &plan),
    };
    if command.emit == Some(Emit::C) || command.no_compile || command.cdump {
        return work.emit(&mut session);
    }
    let mut artefact = work.make(&mut session)?;
    context.clear_progress();
    context.report_timings(&command.compile)?;
    if let Some(path) = &command.output {
        artefact.path = copy(context, &artefact.path, path)?;
    }
    if !context.global.quiet {
        output::print(&shown_kind(context, settings, &artefact))?;
    }
    Ok(Status::Success)
}

/// The extension module of a package that went through the front end, which has printed what there is to
/// say: `root` is its outermost module, and `dir` the folder for what is built. Says what Python does not get.
pub(crate) fn of_package(
    context: &Context,
    settings: &Settings,
    root: &Path,
    dir: &Path,
) -> Result<Vec<u8>, Status> {
    let world = context.world();
    let source = Source::new(world.system, root).map_err(|error| context.environment(&error))?;
    let world = World { system: &source, ..world };
    let mut session = Session::new(world, settings);
    let mut plan = BuildPlan::of_extension(root, source.name(), settings);
    let output = plan.output.file_name().map(ToOwned::to_owned).unwrap_or_default();
    plan.dir = dir.to_owned();
    plan.output = dir.join(output);
    let options = BuildOptions { main: MainRule::Free, ..BuildOptions::default() };
    let made = session.front(source.path(), &options).and_then(|front| {
        if front.built.has_errors() {
            return Err(Failure::Program(front.built.diagnostics));
        }
        session.emit_extension(&front, &source, &options)
    });
    let fail = |session: &Session<'_>, failure: &Failure| context.fail(root, session, failure);
    let (code, said) = made.map_err(|failure| fail(&session, &failure))?;
    context.diagnostics(root, &session, &said)?;
    let built = Driver::new(world, settings, &plan).build(&code, None);
    let path = built.map_err(|failure| fail(&session, &failure))?.path;
    std::fs::read(&path).map_err(|error| context.environment(&EnvError::io("read", &path, &error)))
}

/// A program on its way to an extension.
enum Made {
    C(Code),
    Guest(Guest),
}

/// One build.
struct Work<'w> {
    context: &'w Context,
    command: &'w BuildCommand,
    source: &'w Source<'w>,
    plan: &'w BuildPlan,
    driver: Driver<'w>,
}

impl Work<'_> {
    fn options(&self) -> BuildOptions {
        BuildOptions { error_mode: self.command.compile.error_mode.into(), main: MainRule::Free }
    }

    fn fail(&self, session: &Session<'_>, failure: &Failure) -> Status {
        self.context.fail(&self.command.file, session, failure)
    }

    fn make(&self, session: &mut Session<'_>) -> Result<Artefact, Status> {
        let options = self.options();
        let short = self.driver.shortcut(options.error_mode);
        if let Some(artefact) = short.map_err(|failure| self.fail(session, &failure))? {
            return replayed(self.context, artefact);
        }
        let settings = session.settings();
        say_compiler(self.context, settings);
        let front = self.front(session)?;
        let (code, said, snapshot) = if settings.links_alone() {
            let previous = self.driver.previous();
            let made = session.emit_guest(&front, self.source, &options, previous.as_ref());
            let (guest, said, snapshot) = made.map_err(|failure| self.fail(session, &failure))?;
            (Made::Guest(guest), said, snapshot)
        } else {
            let made = session.emit_extension(&front, self.source, &options);
            let (code, said) = made.map_err(|failure| self.fail(session, &failure))?;
            (Made::C(code), said, None)
        };
        self.say(session, &said)?;
        let Front { built, probes, .. } = front;
        let (printed, error_mode) = (built.output.clone(), options.error_mode);
        // Warnings must be shown again, so a build that has some is never skipped.
        let is_clean = built.diagnostics.is_empty() && said.is_empty();
        let record = is_clean.then_some(Record { probes, printed, error_mode, snapshot });
        let made = match code {
            Made::C(code) => self.driver.build(&code, record),
            Made::Guest(guest) => self.driver.build_guest(guest, record),
        };
        made.map_err(|failure| self.fail(session, &failure))
    }

    fn emit(&self, session: &mut Session<'_>) -> Result<Status, Status> {
        let front = self.front(session)?;
        let made = session.emit_extension(&front, self.source, &self.options());
        let (code, said) = made.map_err(|failure| self.fail(session, &failure))?;
        self.say(session, &said)?;
        let written = self.driver.write_c(&code);
        let files = written.map_err(|failure| self.fail(session, &failure))?;
        spy_project::extension::leave(session.settings(), self.plan, &files)
            .map_err(|error| self.context.environment(&error))?;
        say_files(self.context, self.command, &files)
    }

    fn front(&self, session: &mut Session<'_>) -> Result<Front, Status> {
        let (context, file) = (self.context, &self.command.file);
        let read = session.read(self.source.path());
        let read = read.map_err(|failure| self.fail(session, &failure))?;
        finish_front_end(context, session, file, read, &self.options())
    }

    /// Says what is wrong with the way in which Python sees the program.
    fn say(&self, session: &Session<'_>, said: &[Diagnostic]) -> Result<(), Status> {
        self.context.diagnostics(&self.command.file, session, said)?;
        let is_error = |said: &Diagnostic| said.severity == Severity::Error;
        if said.iter().any(is_error) { Err(Status::ProgramErrors) } else { Ok(()) }
    }
}
