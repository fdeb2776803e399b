//! The files of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that hold what builds and tools write.
const GENERATED: &[&str] = &["__pycache__", "node_modules"];

/// The folder of the whole repository.
#[must_use]
pub fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}

/// All text files by path relative to the root, with `/`. What `cargo` and `spy` write, dot-folders
/// and files that are not UTF-8 are left out.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn texts(root: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                if !is_generated(&path) {
                    folders.push(path);
                }
            } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                found.insert(slashed(&path), text);
            }
        }
    }
    Ok(found)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Whether a folder holds no sources. `build` is the folder of `spy build`, beside a program; in
/// `compiler/` a folder of that name may hold a build script.
fn is_generated(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let in_compiler = path.starts_with("compiler");
    GENERATED.contains(&name)
        || path == Path::new("target")
        || name == "build" && !in_compiler
        || name == ".git"
}

/// Whether a path has one of these extensions.
#[must_use]
pub fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

/// Whether a file is a test, or data of one.
#[must_use]
pub fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "repo-tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_sources() {
        for path in ["tests/lang/calls.md", "compiler/a/src/tests.rs", "compiler/a/tests/x.rs"] {
            assert!(is_test(path), "{path}");
        }
        assert!(!is_test("compiler/a/src/test_sources.rs"));
    }

    #[test]
    fn build_folders_are_generated_outside_of_the_compiler() {
        assert!(is_generated(Path::new("tests/programs/nbody/build")));
        assert!(!is_generated(Path::new("compiler/runtime-embed/build")));
        assert!(is_generated(Path::new("target")));
        assert!(!is_generated(Path::new("compiler/target")));
    }

    #[test]
    fn this_file_is_found_under_its_path() {
        let texts = texts(&root()).expect("the repository can be read");
        assert!(texts["compiler/repo-tests/src/files.rs"].starts_with("//! The files"));
    }
}
