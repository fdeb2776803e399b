//! The SPy files of a folder: what can be imported, and who may use something.

use std::path::{Path, PathBuf};

/// Files that are listed at most.
const MAX_FILES: usize = 10_000;

/// Folders that are looked into at most.
const MAX_FOLDERS: usize = 20_000;

/// Folders that hold no sources of a program.
const SKIPPED: [&str; 6] = ["build", "target", "node_modules", "__pycache__", "venv", "dist"];

/// The SPy files below a folder, in order. Links are not followed.
pub(crate) fn spy_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    let mut folders = 0;
    while let Some(dir) = open.pop() {
        folders += 1;
        if folders > MAX_FOLDERS || files.len() >= MAX_FILES {
            break;
        }
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { continue };
            let name = name.to_string_lossy();
            if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&&*name) {
                open.push(entry.path());
            } else if kind.is_file() && name.ends_with(".spy") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files.truncate(MAX_FILES);
    files
}
