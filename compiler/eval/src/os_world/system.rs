//! Files by name, and what a process is given: its environment and its arguments.

use super::os_error;
use spy_types::{Result, Value};
use std::path::Path;

/// Calls a function of module `posix`; `None` if it is not one of these.
pub(super) fn call(name: &str, args: &[Value]) -> Option<Result<Value>> {
    let text = match args {
        [] if name == "_getcwd" => return Some(current_folder()),
        [text] => text.as_str()?,
        _ => return None,
    };
    let done = |result: std::io::Result<()>, failed: &str| match result {
        Ok(()) => Ok(Value::None),
        Err(_) => Err(os_error(failed)),
    };
    Some(match name {
        "_path_kind" => Ok(Value::i32(path_kind(Path::new(&**text)))),
        "_remove" => done(std::fs::remove_file(&**text), "cannot remove file"),
        "_mkdir" => done(std::fs::create_dir(&**text), "cannot make folder"),
        "_rmdir" => done(std::fs::remove_dir(&**text), "cannot remove folder"),
        "_listdir" => list_folder(Path::new(&**text)),
        "_has_env" => Ok(Value::bool(variable(text).is_some())),
        "_getenv" => Ok(Value::str(variable(text).unwrap_or_default())),
        _ => return None,
    })
}

/// Calls a function of module `posix` that tells what the program was called with; `None` if it is
/// not one of these.
pub(super) fn argument(arguments: &[String], name: &str, args: &[Value]) -> Option<Value> {
    match (name, args) {
        ("_argc", []) => Some(Value::i32(i32::try_from(arguments.len()).unwrap_or(i32::MAX))),
        ("_arg", [number]) => {
            let number = usize::try_from(number.as_i32()?).ok();
            let text = number.and_then(|number| arguments.get(number));
            Some(Value::str(text.map_or("", String::as_str)))
        }
        _ => None,
    }
}

/// The names in a folder, with slashes between them.
fn list_folder(path: &Path) -> Result<Value> {
    let failed = |_| os_error("cannot list folder");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    Ok(Value::str(names.join("/")))
}

fn current_folder() -> Result<Value> {
    match std::env::current_dir() {
        Ok(path) => Ok(Value::str(path.to_string_lossy())),
        Err(_) => Err(os_error("cannot find out the current folder")),
    }
}

/// 0 if there is nothing, 1 for a file, 2 for a folder, else 3.
fn path_kind(path: &Path) -> i32 {
    match std::fs::metadata(path) {
        Err(_) => 0,
        Ok(found) if found.is_file() => 1,
        Ok(found) if found.is_dir() => 2,
        Ok(_) => 3,
    }
}

/// A variable of the environment. What is no UTF-8 is replaced.
fn variable(name: &str) -> Option<String> {
    // These can be no names, and the library would panic.
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
