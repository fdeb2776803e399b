//! What can be wrong with a file before anybody looks at its text.

use super::module_name;
use crate::search::SearchPath;
use crate::stdlib::{Stdlib, gives_way, is_builtin};
use spy_db::System;
use spy_diagnostics::{Diagnostic, Level};
use spy_text::{FileName, FileSpan, Span};
use std::io;
use std::path::Path;

/// A root must be a file.
pub(super) fn check_root(system: &dyn System, root: &Path) -> Result<(), Box<Diagnostic>> {
    let base = root.file_name().unwrap_or_default().to_string_lossy();
    if system.is_dir(root) {
        let message = format!("`{base}` is a directory, not a SPy file");
        return Err(Box::new(Diagnostic::error("ImportError", message)));
    }
    if !system.is_file(root) {
        let module = root.file_stem().unwrap_or_default().to_string_lossy();
        let error = Diagnostic::error("ImportError", format!("module `{module}` does not exist"));
        return Err(Box::new(error.with_help(format!("there is no file `{base}`"))));
    }
    Ok(())
}

/// A root must not take the place of a library module that does not give way.
pub(super) fn check_name(
    system: &dyn System,
    search: &SearchPath,
    root: &Path,
) -> Result<(), Box<Diagnostic>> {
    let name = module_name(root);
    let in_stdlib = match &search.stdlib {
        Stdlib::Embedded => Stdlib::embedded(&name).is_some(),
        Stdlib::Folder(dir) => {
            let own = dir.join(format!("{name}.spy"));
            own != root && system.is_file(&own)
        }
    };
    if gives_way(&name) || (!is_builtin(&name) && !in_stdlib) {
        return Ok(());
    }
    let base = root.file_name().unwrap_or_default().to_string_lossy();
    let message = format!("`{base}` has the name of the library module `{name}`");
    let help = "rename the file: programs that import the library module could not reach it";
    Err(Box::new(Diagnostic::error("ImportError", message).with_help(help)))
}

/// A file that the system does not give.
pub(super) fn unreadable(shown: &FileName, error: &io::Error) -> Diagnostic {
    let why = match error.kind() {
        io::ErrorKind::FileTooLarge => "it is larger than 4 GiB".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    Diagnostic::error("ImportError", format!("cannot read `{shown}`: {why}"))
}

/// A file that is no text: `offset` is that of the first wrong byte.
pub(super) fn not_utf8(shown: &FileName, offset: usize, byte: u8) -> Diagnostic {
    let message =
        format!("`{shown}` is not UTF-8: invalid byte 0x{byte:02x} at byte offset {offset}");
    // Up to the first bad byte the shown text is the file's, so the offset is right in both.
    let start = u32::try_from(offset).unwrap_or(u32::MAX);
    let span = FileSpan { file: shown.clone(), span: Span::new(start, start.saturating_add(1)) };
    Diagnostic::error("ParseError", message).with(Level::Error, "this byte", span)
}
