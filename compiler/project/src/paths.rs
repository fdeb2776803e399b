//! Paths as text: the names under which files appear in messages and artefacts.
//!
//! An artefact must be the same in every checkout, so a [`FileName`] is relative to the folder of
//! the root file. A message must be clickable, so it shows the path from where the user stands. All
//! of it is done on the text of paths: links are not followed.

use spy_text::FileName;
use std::path::{Component, Path, PathBuf};

/// Name prefix of the standard library's files.
pub const STDLIB_PREFIX: &str = "<stdlib>/";

/// Drops `.` and resolves `..` where a folder stands before it.
#[must_use]
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let poppable = matches!(out.components().next_back(), Some(Component::Normal(_)));
                if poppable {
                    out.pop();
                } else if !matches!(out.components().next_back(), Some(Component::RootDir)) {
                    out.push("..");
                }
            }
            _ => out.push(part),
        }
    }
    out
}

/// `path` as seen from `base`; both absolute. Paths that share no root stay absolute.
#[must_use]
pub fn relative(path: &Path, base: &Path) -> PathBuf {
    let (path, base) = (normalize(path), normalize(base));
    let common = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return path;
    }
    let up = base.components().skip(common).map(|_| Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}

/// The artefact's name of a file: relative to the root file's folder, with `/`.
#[must_use]
pub fn file_name(path: &Path, root_dir: &Path) -> FileName {
    FileName::new(&slashed(&relative(path, root_dir)))
}

/// How a message shows a path: relative to the current folder if the file is inside it.
#[must_use]
pub fn shown(path: &Path, current: &Path) -> String {
    let path = normalize(path);
    match path.strip_prefix(current) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
        _ => path.display().to_string(),
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .map(|part| match part {
            Component::RootDir => String::new(),
            _ => part.as_os_str().to_string_lossy().into_owned(),
        })
        .collect();
    parts.join("/")
}

/// Turns names in artefacts into paths from where the user stands.
#[derive(Clone, Debug, Default)]
pub struct Display {
    /// The root file's folder, as the user wrote it.
    prefix: PathBuf,
}

impl Display {
    /// For a root file as the user wrote it.
    #[must_use]
    pub fn new(root_file: &Path) -> Self {
        Self { prefix: root_file.parent().map(Path::to_owned).unwrap_or_default() }
    }

    /// The path that a message shows for `name`.
    #[must_use]
    pub fn name(&self, name: &FileName) -> FileName {
        let text = name.as_str();
        if text.starts_with('<') || self.prefix.as_os_str().is_empty() {
            return name.clone();
        }
        let path = normalize(&self.prefix.join(text));
        FileName::new(&path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_root_folder() {
        let name = |path: &str, base: &str| file_name(Path::new(path), Path::new(base));
        assert_eq!(name("/p/app.spy", "/p").as_str(), "app.spy");
        assert_eq!(name("/p/sub/../pkg/m.spy", "/p").as_str(), "pkg/m.spy");
        assert_eq!(name("/lib/m.spy", "/p/q").as_str(), "../../lib/m.spy");
    }

    #[test]
    fn normalizing_keeps_what_it_cannot_resolve() {
        assert_eq!(normalize(Path::new("a/./b/../c")), Path::new("a/c"));
        assert_eq!(normalize(Path::new("../a")), Path::new("../a"));
        assert_eq!(normalize(Path::new("../../a/..")), Path::new("../.."));
        assert_eq!(normalize(Path::new("/../a")), Path::new("/a"));
    }

    #[test]
    fn messages_show_the_way_from_the_current_folder() {
        let show = |root: &str, name: &str| {
            Display::new(Path::new(root)).name(&FileName::new(name)).as_str().to_owned()
        };
        assert_eq!(show("app.spy", "app.spy"), "app.spy");
        assert_eq!(show("sub/app.spy", "pkg/m.spy"), "sub/pkg/m.spy");
        assert_eq!(show("sub/app.spy", "../lib/m.spy"), "lib/m.spy");
        assert_eq!(show("/abs/app.spy", "app.spy"), "/abs/app.spy");
        assert_eq!(show("sub/app.spy", "<stdlib>/_list.spy"), "<stdlib>/_list.spy");
        assert_eq!(shown(Path::new("/w/build/app"), Path::new("/w")), "build/app");
        assert_eq!(shown(Path::new("/x/app"), Path::new("/w")), "/x/app");
    }
}
