//! Commands that show something about a program and build nothing.

use super::build::front_end;
use super::execute;
use crate::args::{CheckCommand, DumpFormat, ParseCommand, RedshiftCommand, TreeFormat};
use crate::context::Context;
use crate::html::{self, Page};
use crate::output;
use crate::status::Status;
use spy_project::front::{self, MainRule};
use spy_project::{Front, Loaded, Session, graph};
use std::path::Path;

/// `spy check`.
pub(crate) fn check(context: &Context, command: &CheckCommand) -> Result<Status, Status> {
    let settings = context.settings(&command.file)?;
    let mut session = Session::new(context.world(), &settings);
    front_end(context, &mut session, &command.file, command.error_mode, MainRule::Checked)?;
    context.verbose("no errors");
    Ok(Status::Success)
}

/// `spy redshift`.
pub(crate) fn redshift(context: &Context, command: &RedshiftCommand) -> Result<Status, Status> {
    let settings = context.settings(&command.file)?;
    let RedshiftCommand { error_mode, file, args, .. } = command;
    if command.execute {
        let started = std::time::Instant::now();
        let status = execute::redshifted(context, &settings, *error_mode, file, args);
        if command.timeit {
            execute::say_time(started);
        }
        return status;
    }
    let mut session = Session::new(context.world(), &settings);
    let front = front_end(context, &mut session, file, *error_mode, MainRule::Checked)?;
    let text = dumps(&front, command);
    if command.format == DumpFormat::Html {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let about = "What is left to do at run time, after all that is known has been evaluated.";
        let page = Page { title: &name, about, legend: false, code: &[(&text, None)] };
        html::write(context, file, "rs", &page)?;
    } else {
        output::print_dump(&text)?;
    }
    Ok(Status::Success)
}

/// The program, and the modules that were asked for, each below its name.
fn dumps(front: &Front, command: &RedshiftCommand) -> String {
    let dump = |module: &str| front::dump(&front.built, module, command.full_fqn);
    if command.dump.is_empty() {
        return dump(&front.loaded.root);
    }
    let mut text = String::new();
    for file in std::iter::once(&command.file).chain(&command.dump) {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let module = if *file == command.file { &*front.loaded.root } else { &*stem };
        text.push_str(&format!("# {}\n{}\n", file.display(), dump(module).trim_end()));
    }
    text
}

/// `spy parse`.
pub(crate) fn parse(context: &Context, command: &ParseCommand) -> Result<Status, Status> {
    let file = &*command.file;
    let text = one_file(context, file, |session, loaded| {
        let source = spy_db::module_file(session.db(), loaded.project, &loaded.root)?;
        let module = spy_db::parse(session.db(), source);
        let name = file.display().to_string();
        Some(spy_syntax::dump::dump_module(module, &name, &loaded.root))
    })?;
    if command.format == TreeFormat::Html {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let about = "The syntax tree of the file.";
        let page = Page { title: &name, about, legend: false, code: &[(&text, None)] };
        html::write(context, file, "parse", &page)?;
    } else {
        output::print_dump(&text)?;
    }
    Ok(Status::Success)
}

/// `spy symtable`.
pub(crate) fn symtable(context: &Context, file: &Path) -> Result<Status, Status> {
    let text = one_file(context, file, |session, loaded| {
        let root = loaded.root.clone();
        let scopes = spy_db::module_scopes(session.db(), loaded.project, root).as_ref()?;
        Some(spy_scope::dump::dump_symtables(scopes))
    })?;
    output::print_dump(&text)?;
    Ok(Status::Success)
}

/// The text for something of a file, whatever it imports.
fn one_file(
    context: &Context,
    file: &Path,
    dump: impl FnOnce(&Session<'_>, &Loaded) -> Option<String>,
) -> Result<String, Status> {
    let settings = context.settings(file)?;
    let root = context.root(file)?;
    let mut session = Session::new(context.world(), &settings);
    let loaded = match session.checked_alone(&root) {
        Ok(loaded) => loaded,
        Err(failure) => return Err(context.fail(file, &session, &failure)),
    };
    Ok(dump(&session, &loaded).unwrap_or_default())
}

/// `spy imports`. Modules that are missing are part of the answer.
pub(crate) fn imports(context: &Context, file: &Path) -> Result<Status, Status> {
    let settings = context.settings(file)?;
    let root = context.root(file)?;
    let mut session = Session::new(context.world(), &settings);
    let loaded = match session.load(&root) {
        Ok(loaded) => loaded,
        Err(failure) => return Err(context.fail(file, &session, &failure)),
    };
    context.clear_progress();
    let shown = |path: &std::path::PathBuf| context.shown(path);
    output::print_dump(&graph::dump(
        session.db(),
        context.world().system,
        &loaded,
        &settings.search,
        &shown,
    ))?;
    let diagnostics = graph::check(session.db(), &loaded);
    context.diagnostics(file, &session, &diagnostics)?;
    Ok(if diagnostics.is_empty() { Status::Success } else { Status::ProgramErrors })
}
