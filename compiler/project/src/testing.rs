//! Tests: which functions of a file are tests, and the program that runs them.
//!
//! A test is a red function at the top level of a file whose name begins with `test_` and that takes no
//! arguments. It passes if it returns. An uncaught error ends a process, so the program runs the one
//! test that its argument names.

use spy_db::System;
use spy_syntax::ast::{Color, DefPath, FuncDef, Module, Stmt};
use spy_text::Name;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How the names of tests begin.
const PREFIX: &str = "test_";

/// The module name of the program that runs tests. No file of a user is called so by chance.
pub const MAIN: &str = "__tests__";

/// The tests of a file, in textual order. Of two with one name there is only one.
#[must_use]
pub fn tests(module: &Module) -> Vec<Name> {
    let Some(body) = module.bodies.get(&DefPath::module()) else { return Vec::new() };
    let mut found: Vec<Name> = Vec::new();
    for stmt in &body.root {
        if let Stmt::FuncDef(def) = body.stmt(*stmt)
            && is_test(def)
            && !found.contains(&def.name.name)
        {
            found.push(def.name.name.clone());
        }
    }
    found
}

fn is_test(def: &FuncDef) -> bool {
    def.color == Color::Red && def.args.is_empty() && def.name.name.starts_with(PREFIX)
}

/// Whether a file of this name holds tests: for searches in folders.
#[must_use]
pub fn is_test_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".spy") else { return false };
    stem.starts_with(PREFIX) || stem.ends_with("_test")
}

/// The folder from which a file is imported, and its name there: the folder is the first above it that
/// is no package.
#[must_use]
pub fn import_name(system: &dyn System, file: &Path) -> (PathBuf, Name) {
    let mut name = crate::module_name(file).to_string();
    let mut dir = file.parent().unwrap_or(Path::new("/"));
    while system.is_file(&dir.join("__init__.spy"))
        && let (Some(outer), Some(package)) = (dir.parent(), dir.file_name())
    {
        name.insert(0, '.');
        name.insert_str(0, &package.to_string_lossy());
        dir = outer;
    }
    (dir.to_owned(), Name::from(name))
}

/// The text of the program that runs the tests of `module`.
#[must_use]
pub fn main_text(module: &Name, tests: &[Name]) -> String {
    let mut text = String::new();
    for (number, test) in tests.iter().enumerate() {
        let _ = writeln!(text, "from {module} import {test} as run_{number}");
    }
    text.push_str("\ndef main(argv: list[str]) -> None:\n");
    for (number, test) in tests.iter().enumerate() {
        let _ = writeln!(text, "    if argv[1] == \"{test}\":\n        run_{number}()");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    #[test]
    fn tests_are_red_functions_at_the_top_level() {
        let text = "def test_a() -> None:\n    pass\n\ndef test_b(x: i32) -> None:\n    pass\n\n\
                    @blue\ndef test_c():\n    pass\n\ndef other() -> None:\n    pass\n\n\
                    def test_d() -> None:\n    def test_e() -> None:\n        pass\n\n\
                    def test_f[T]() -> None:\n    pass\n\ndef test_a() -> None:\n    pass\n";
        let found = super::tests(&spy_syntax::parse(text));
        assert_eq!(found, ["test_a", "test_d"]);
    }

    #[test]
    fn files_are_imported_from_the_folder_around_their_packages() {
        let system = MemorySystem::default();
        system.write("/w/pkg/__init__.spy", "");
        let found = import_name(&system, Path::new("/w/pkg/test_m.spy"));
        assert_eq!(found, (PathBuf::from("/w"), Name::from("pkg.test_m")));
        let found = import_name(&system, Path::new("/w/test_m.spy"));
        assert_eq!(found, (PathBuf::from("/w"), Name::from("test_m")));
        assert!(is_test_file("test_m.spy") && is_test_file("m_test.spy"));
        assert!(!is_test_file("latest.spy") && !is_test_file("test_m.py"));
    }
}
