//! `spy test`: builds a program of each file's tests, and runs each test in a process of its own.

use super::build::make;
use super::{execute, format};
use crate::args::TestCommand;
use crate::context::Context;
use crate::status::Status;
use spy_link::OutputKind;
use spy_project::files::Disk;
use spy_project::packaging::WithRoot;
use spy_project::{Artefact, EnvError, Session, Settings, World, testing};
use spy_text::Name;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Of what a failed test printed, so much is shown, in bytes.
const MAX_OUTPUT: u64 = 1 << 20;

/// How the tests went.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    /// Files that do not compile.
    broken: usize,
}

/// `spy test`.
pub(crate) fn test(context: &Context, command: &TestCommand) -> Result<Status, Status> {
    let mut tally = Tally::default();
    for file in files(context, command)? {
        match test_file(context, command, &file, &mut tally) {
            Err(Status::ProgramErrors) => tally.broken += 1,
            done => done?,
        }
    }
    let Tally { passed, failed, broken } = tally;
    if passed + failed + broken == 0 {
        return Err(context.environment(&nothing(command)));
    }
    let mut summary = format!("{passed} passed, {failed} failed");
    if broken > 0 {
        summary.push_str(&format!(", {broken} file(s) with errors"));
    }
    say(context, &format!("{summary}\n"))?;
    Ok(if failed + broken == 0 { Status::Success } else { Status::ProgramErrors })
}

fn nothing(command: &TestCommand) -> EnvError {
    let message = match &*command.name {
        [] => "there are no tests".to_owned(),
        names => format!("there is no test `{}`", names.join("` or `")),
    };
    EnvError::new(message).with_help(
        "tests are functions `test_...` without parameters, not blue, at the top level of FILE; in \
         folders, of files `test_*.spy` and `*_test.spy`",
    )
}

/// What is said about tests, unless nothing is to be said.
fn say(context: &Context, text: &str) -> Result<(), Status> {
    if context.global.quiet { Ok(()) } else { context.program_output(text) }
}

/// The files that were named, and those of folders that were.
fn files(context: &Context, command: &TestCommand) -> Result<Vec<PathBuf>, Status> {
    let mut files = Vec::new();
    for path in &command.paths {
        if !context.is_dir(path) {
            files.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        let folder = context.current_dir.join(path);
        format::find(&folder, &mut found).map_err(|error| context.environment(&error))?;
        found.retain(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            testing::is_test_file(&name)
        });
        files.extend(found.into_iter().map(|file| PathBuf::from(context.shown(&file))));
    }
    Ok(files)
}

fn test_file(
    context: &Context,
    command: &TestCommand,
    file: &Path,
    tally: &mut Tally,
) -> Result<(), Status> {
    let root = context.root(file)?;
    let all = find(context, file, &root)?;
    let is_wanted = |test: &&Name| {
        command.name.is_empty() || command.name.iter().any(|name| name == test.as_str())
    };
    let wanted: Vec<&Name> = all.iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let (artefact, settings) = build(context, command, file, &root, &all)?;
    for test in wanted {
        let (passed, output) = run(context, &settings, &artefact.path, test)?;
        let verdict = if passed { "ok" } else { "FAILED" };
        say(context, &format!("{}::{test} ... {verdict}\n", context.shown(&root)))?;
        if passed {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            context.program_output(&output)?;
        }
    }
    Ok(())
}

/// The tests of a file.
fn find(context: &Context, file: &Path, root: &Path) -> Result<Vec<Name>, Status> {
    let settings = context.settings(file)?;
    let mut session = Session::new(context.world(), &settings);
    let loaded =
        session.checked_alone(root).map_err(|failure| context.fail(file, &session, &failure))?;
    let source = spy_db::module_file(session.db(), loaded.project, &loaded.root);
    Ok(source.map_or_else(Vec::new, |source| testing::tests(spy_db::parse(session.db(), source))))
}

/// Builds the program that runs the tests of a file. Its main file seems to stand in the folder that
/// the file is imported from; it is nowhere but in the view of the files that the compiler gets.
fn build(
    context: &Context,
    command: &TestCommand,
    file: &Path,
    root: &Path,
    tests: &[Name],
) -> Result<(Artefact, Settings), Status> {
    let mut settings = context.compile_settings(&command.compile, OutputKind::Exe, file, None)?;
    let (folder, module) = testing::import_name(&Disk, root);
    let build_dir = settings.build_dir.unwrap_or_else(|| folder.join("build"));
    settings.build_dir = Some(build_dir.join("tests").join(module.as_str()));
    let main = folder.join(format!("{}.spy", testing::MAIN));
    let world = context.world();
    let text = testing::main_text(&module, tests);
    let system = WithRoot::with_text(world.system, main.clone(), text);
    let world = World { system: &system, ..world };
    let shown = PathBuf::from(context.shown(&main));
    make(context, world, &command.compile, settings, &shown)
}

/// Runs one test; whether it passed, and what it printed.
fn run(
    context: &Context,
    settings: &Settings,
    program: &Path,
    test: &Name,
) -> Result<(bool, String), Status> {
    let fail = |what: &str, error: &std::io::Error| {
        context.environment(&EnvError::io(what, program, error))
    };
    let args = [OsString::from(test.as_str())];
    let mut command = execute::prepared(context, settings, program, program.as_os_str(), &args)?;
    // Both streams go to one file, so that what was printed stays in its order.
    let mut output =
        tempfile::tempfile().map_err(|error| fail("keep what is printed by", &error))?;
    let copy =
        |file: &File| file.try_clone().map_err(|error| fail("keep what is printed by", &error));
    command.stdin(Stdio::null()).stdout(copy(&output)?).stderr(copy(&output)?);
    let status = command.status().map_err(|error| fail("run", &error))?;
    if status.success() {
        return Ok((true, String::new()));
    }
    let mut bytes = Vec::new();
    output
        .seek(SeekFrom::Start(0))
        .and_then(|_| output.take(MAX_OUTPUT).read_to_end(&mut bytes))
        .map_err(|error| fail("read what was printed by", &error))?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if status.code().is_none() {
        text.push_str(&format!("the test ended with {status}\n"));
    }
    Ok((false, text))
}
