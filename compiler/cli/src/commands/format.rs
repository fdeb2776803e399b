//! `spy format`.

use crate::args::FormatCommand;
use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_project::EnvError;
use std::path::{Path, PathBuf};

/// What became of the files.
#[derive(Default)]
struct Tally {
    changed: usize,
    unchanged: usize,
    broken: usize,
}

/// `spy format`.
pub(crate) fn format(context: &Context, command: &FormatCommand) -> Result<Status, Status> {
    let mut files = Vec::new();
    for path in &command.paths {
        let full = context.current_dir.join(path);
        if full.is_dir() {
            find(&full, &mut files).map_err(|error| context.environment(&error))?;
        } else if path.extension().is_some_and(|extension| extension == "spy") {
            files.push(full);
        } else {
            output::error_line(&format!(
                "Error: {} is not a .spy file or directory.",
                path.display()
            ));
            return Err(Status::ProgramErrors);
        }
    }
    let mut tally = Tally::default();
    for file in &files {
        format_file(context, file, command.check, &mut tally)?;
    }
    if !context.global.quiet {
        output::print(&summary(&tally, command.check))?;
    }
    let failed = tally.broken > 0 || command.check && tally.changed > 0;
    Ok(if failed { Status::ProgramErrors } else { Status::Success })
}

/// The `.spy` files below a folder, in the order of their names. Links are not followed, and folders
/// with a dot, or of builds, not entered.
pub(crate) fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), EnvError> {
    let failed = |error: &std::io::Error| EnvError::io("read", folder, error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let kind = entry.file_type().map_err(|error| failed(&error))?;
        entries.push((entry.path(), kind));
    }
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    for (path, kind) in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') && name != "build" {
            find(&path, files)?;
        } else if kind.is_file() && name.ends_with(".spy") {
            files.push(path);
        }
    }
    Ok(())
}

fn format_file(
    context: &Context,
    file: &Path,
    check: bool,
    tally: &mut Tally,
) -> Result<(), Status> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| context.environment(&EnvError::io("read", file, &error)))?;
    let Some(formatted) = checked_format(&text) else {
        tally.broken += 1;
        let shown = context.shown(file);
        output::error_line(&format!(
            "Error: {shown} has syntax errors, so it stays as it is; `spy check {shown}` shows them."
        ));
        return Ok(());
    };
    if formatted == text {
        tally.unchanged += 1;
        return Ok(());
    }
    tally.changed += 1;
    if check {
        return output::print(&format!("Would reformat: {}\n", context.shown(file)));
    }
    write_whole(file, &formatted)
        .map_err(|error| context.environment(&EnvError::io("write", file, &error)))
}

/// The laid out text; `None` if the text is wrong, or would mean something else.
fn checked_format(text: &str) -> Option<String> {
    let before = spy_syntax::parse(text);
    if !before.errors.is_empty() {
        return None;
    }
    let formatted = spy_syntax::format::format(text)?;
    let after = spy_syntax::parse(&formatted);
    let name = spy_text::Name::new_static("m");
    let dump = |module| spy_syntax::dump::dump_module(module, "m.spy", &name);
    (after.errors.is_empty() && dump(&before) == dump(&after)).then_some(formatted)
}

/// Replaces a file by another one, so that it is never seen half written.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = file.with_file_name(name);
    let written = std::fs::write(&temporary, text)
        .and_then(|()| std::fs::set_permissions(&temporary, std::fs::metadata(file)?.permissions()))
        .and_then(|()| std::fs::rename(&temporary, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn summary(tally: &Tally, check: bool) -> String {
    let files =
        |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let changed = if check { "would be reformatted" } else { "reformatted" };
    let mut parts = Vec::new();
    if tally.changed > 0 {
        parts.push(format!("{} {changed}", files(tally.changed)));
    }
    if tally.unchanged > 0 || tally.changed == 0 {
        parts.push(format!("{} left unchanged", files(tally.unchanged)));
    }
    format!("{}\n", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text in the repository, as a user could have written it.
    #[test]
    fn formatting_twice_is_formatting_once() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        for folder in ["stdlib", "tests", "benches"] {
            find(&repository.join(folder), &mut files).expect("a folder");
        }
        let mut seen = 0;
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a text");
            if !spy_syntax::parse(&text).errors.is_empty() {
                continue;
            }
            let once = checked_format(&text).unwrap_or_else(|| panic!("{}", file.display()));
            assert_eq!(checked_format(&once).as_ref(), Some(&once), "{}", file.display());
            seen += 1;
        }
        assert!(seen > 50, "{seen}");
    }
}
