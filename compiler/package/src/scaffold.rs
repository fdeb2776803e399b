//! `spy new`: the files of a project that builds at once.

mod vscode;

use crate::error::PackageError;
use crate::names;
use std::fs;
use std::path::Path;

/// What a new project is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A program.
    Program,
    /// A package for other programs.
    Package,
}

impl Kind {
    /// The file that is run first.
    fn main(self) -> &'static str {
        match self {
            Self::Program => "main",
            Self::Package => "example",
        }
    }
}

/// Writes the project `name` into the folder `dir`, which may exist if it is empty; with settings for
/// editors if `editors` says so.
///
/// # Errors
/// The name is not one, the folder holds something, or it cannot be written.
pub fn create(dir: &Path, name: &str, kind: Kind, editors: bool) -> Result<(), PackageError> {
    let module = names::module_name(name);
    if !names::is_project_name(name) || !names::is_module_name(&module) {
        let message = format!("`{name}` is not a name for a project");
        let help = "names are letters, digits, `-` and `_`, and begin with a letter";
        return Err(PackageError::new(message).with_help(help));
    }
    let is_empty = fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        let message = format!("`{}` is there already, and is not empty", dir.display());
        return Err(
            PackageError::new(message).with_help("choose another name, or remove the folder")
        );
    }
    let mut all = files(name, &module, kind);
    if editors {
        all.extend(vscode::files(kind.main()));
    }
    for (path, text) in all {
        let path = dir.join(path);
        let parent = path.parent().unwrap_or(dir);
        fs::create_dir_all(parent)
            .map_err(|error| PackageError::io("create the folder", parent, &error))?;
        fs::write(&path, text).map_err(|error| PackageError::io("write", &path, &error))?;
    }
    Ok(())
}

/// The files of a new project.
fn files(name: &str, module: &str, kind: Kind) -> Vec<(String, String)> {
    let ignored = "/build/\n/dist/\n__pycache__/\n.venv/\n";
    let mut files = vec![(".gitignore".to_owned(), ignored.to_owned())];
    match kind {
        Kind::Program => {
            files.push(("main.spy".to_owned(), PROGRAM.replace("NAME", name)));
            files.push(("test_main.spy".to_owned(), PROGRAM_TEST.to_owned()));
            files.push(("README.md".to_owned(), PROGRAM_README.replace("NAME", name)));
        }
        Kind::Package => {
            let fill = |text: &str| text.replace("MODULE", module).replace("NAME", name);
            files.push(("pyproject.toml".to_owned(), fill(PYPROJECT)));
            files.push((format!("{module}/__init__.spy"), fill(PACKAGE)));
            files.push(("example.spy".to_owned(), fill(EXAMPLE)));
            files.push((format!("test_{module}.spy"), fill(PACKAGE_TEST)));
            files.push(("README.md".to_owned(), fill(PACKAGE_README)));
        }
    }
    files
}

const PROGRAM: &str = r#"def greeting(name: str) -> str:
    return "Hello, " + name + "!"


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        print(greeting(argv[1]))
    else:
        print(greeting("NAME"))
"#;

const PROGRAM_TEST: &str = r#"from main import greeting


def test_greeting() -> None:
    assert greeting("you") == "Hello, you!"
"#;

const PROGRAM_README: &str = "# NAME

    spy main.spy                    # run it
    spy test                        # run the tests
    spy build --release main.spy    # write build/main
";

const PYPROJECT: &str = r#"[build-system]
requires = ["spy-build"]
build-backend = "spy_build"

[project]
name = "NAME"
version = "0.1.0"
description = "A package in SPy."
readme = "README.md"
requires-python = ">=3.9"
dependencies = []

[tool.spy]
modules = ["MODULE"]
"#;

const PACKAGE: &str = r#""""What NAME offers."""


def double(x: i32) -> i32:
    """Twice a number."""
    return 2 * x


def largest[T](items: list[T]) -> T:
    """The largest item of a list that is not empty."""
    found = items[0]
    for item in items:
        if item > found:
            found = item
    return found
"#;

const EXAMPLE: &str = r#"from MODULE import double, largest


def main() -> None:
    print(double(21))
    print(largest[f64]([1.5, 2.5, 0.5]))
"#;

const PACKAGE_TEST: &str = r#"from MODULE import double, largest


def test_double() -> None:
    assert double(21) == 42


def test_largest() -> None:
    assert largest[i32]([1, 3, 2]) == 3
"#;

const PACKAGE_README: &str = "# NAME

    spy example.spy     # run the example, which imports the package
    spy test            # run the tests
    spy package         # write the wheel and the source archive into dist/

Installed with pip or uv into a virtual environment, it is there for every program below the folder of `.venv`, or while the environment
is active.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Manifest;

    #[test]
    fn a_package_has_a_manifest_that_can_be_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let target = dir.path().join("my-lib");
        create(&target, "my-lib", Kind::Package, true).expect("creates");
        let manifest = Manifest::read(&target).expect("reads");
        assert_eq!(manifest.modules, ["my_lib"]);
        assert!(target.join("my_lib/__init__.spy").is_file());
        assert!(target.join(".vscode/tasks.json").is_file());
        assert!(create(&target, "my-lib", Kind::Package, true).is_err());
        let plain = dir.path().join("plain");
        create(&plain, "plain", Kind::Package, false).expect("creates");
        assert!(!plain.join(".vscode").exists());
    }

    #[test]
    fn names_are_checked() {
        let dir = tempfile::tempdir().expect("a folder");
        for bad in ["1a", "a b", "", "-", "../x"] {
            assert!(create(&dir.path().join("x"), bad, Kind::Program, true).is_err(), "{bad}");
        }
        assert!(!dir.path().join("x").exists());
    }
}
