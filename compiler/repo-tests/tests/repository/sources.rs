//! What every file must be like.

use spy_repo_tests::files::{self, has_extension, is_test};
use spy_repo_tests::{list, text};
use std::collections::BTreeMap;
use std::process::Command;

/// What stands at the top of the repository, besides dot-files and what cargo writes.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "compiler",
    "runtime",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "stdlib",
    "tests",
];

/// Files with code in them.
const CODE: &[&str] = &["rs", "lalrpop", "c", "h", "spy"];

fn texts() -> BTreeMap<String, String> {
    let texts = files::texts(&files::root()).expect("the repository can be read");
    assert!(texts.len() > 100, "only {} files were found", texts.len());
    texts
}

#[test]
fn the_top_level_is_complete_and_holds_nothing_else() {
    let texts = texts();
    for needed in ["CHANGELOG.md", "Cargo.lock", "LICENSE", "README.md", ".ci/run", "tests/check"] {
        assert!(texts.contains_key(needed), "{needed} is missing");
    }
    let tops = texts.keys().map(|path| path.split('/').next().unwrap_or(path));
    let strange: Vec<_> = tops.filter(|top| !top.starts_with('.') && !TOP.contains(top)).collect();
    assert!(strange.is_empty(), "does not belong at the top: {strange:?}");
}

#[test]
fn the_licence_is_mit() {
    assert!(texts()["LICENSE"].starts_with("MIT License\n"));
}

#[test]
fn the_changelog_has_a_place_for_the_next_release() {
    let texts = texts();
    let sections = texts["CHANGELOG.md"].lines().filter_map(|line| line.strip_prefix("## "));
    assert_eq!(sections.into_iter().next(), Some("Unreleased"));
}

#[test]
fn nothing_is_left_to_do() {
    let complaints: Vec<String> =
        texts().iter().flat_map(|(path, text)| text::find_marks(path, text)).collect();
    assert!(complaints.is_empty(), "{}", list(&complaints));
}

#[test]
fn no_paths_of_one_machine() {
    let texts = texts();
    let outside = texts.iter().filter(|(path, _)| !is_test(path));
    let complaints: Vec<String> =
        outside.flat_map(|(path, text)| text::find_machine_paths(path, text)).collect();
    assert!(complaints.is_empty(), "{}", list(&complaints));
}

#[test]
fn files_are_small() {
    let texts = texts();
    let code = texts.iter().filter(|(path, _)| has_extension(path, CODE) && !is_test(path));
    let sizes = code.map(|(path, text)| (path.as_str(), text.lines().count())).collect();
    let complaints = text::check_sizes(&sizes, &texts["compiler/repo-tests/large-files.txt"]);
    assert!(complaints.is_empty(), "{}", list(&complaints));
}

#[test]
fn every_module_says_what_it_is_for() {
    let texts = texts();
    let modules = texts.iter().filter(|(path, _)| has_extension(path, &["rs"]) && !is_test(path));
    let bare: Vec<&String> =
        modules.filter(|(_, text)| !text::opens_with_docs(text)).map(|(path, _)| path).collect();
    assert!(bare.is_empty(), "do not begin with //!: {bare:?}");
}

/// A pattern of `.gitignore` that fits a source file would leave it out of commits without a word.
#[test]
fn git_ignores_no_source() {
    let root = files::root();
    let mut git = Command::new("git");
    git.args(["ls-files", "--others", "--ignored", "--exclude-standard", "compiler", "runtime"]);
    // Without git, or outside of a checkout, there is nothing that could be left out.
    let Ok(output) = git.current_dir(&root).output() else { return };
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let ignored: Vec<&str> = listed
        .lines()
        .filter(|path| {
            has_extension(path, &["rs", "lalrpop", "c", "h", "toml", "txt", "md", "json"])
        })
        .collect();
    assert!(ignored.is_empty(), "git ignores {ignored:?}");
}
