//! Documents refer to what exists.

use spy_repo_tests::{docs, files, list};
use std::fs;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "compiler/README.md",
    "compiler/diagnostics/JSON.md",
    "runtime/c/README.md",
    "tests/lang/COVERAGE.md",
    "tests/lang/README.md",
    "tests/programs/README.md",
];

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for document in DOCUMENTS {
        let path = files::root().join(document);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
        let folder = path.parent().unwrap_or(&path);
        for link in docs::links(&text).into_iter().filter(|link| !folder.join(link).exists()) {
            broken.push(format!("{document}: {link}"));
        }
    }
    assert!(broken.is_empty(), "{}", list(&broken));
}

#[test]
fn the_map_names_files_that_exist() {
    let compiler = files::root().join("compiler");
    let text = fs::read_to_string(compiler.join("README.md")).expect("the map exists");
    let named: Vec<&str> = docs::sources(&text).collect();
    assert!(named.len() > 10, "the map names only {named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !compiler.join(name).exists()).collect();
    assert!(missing.is_empty(), "compiler/README.md names {missing:?}");
}

#[test]
fn every_case_that_the_coverage_names_exists() {
    let folder = files::root().join("tests/lang");
    let text = fs::read_to_string(folder.join("COVERAGE.md")).expect("the table exists");
    let named: Vec<(&str, &str)> = docs::anchors(&text).collect();
    assert!(named.len() > 200, "the table names only {} cases", named.len());
    let missing: Vec<String> = named
        .into_iter()
        .filter(|(file, place)| {
            let target = fs::read_to_string(folder.join(file)).unwrap_or_default();
            let is_case = |line: &str| {
                line.strip_prefix("## ").is_some_and(|title| docs::anchor(title) == *place)
            };
            !target.contains(&format!("fn {place}(")) && !target.lines().any(is_case)
        })
        .map(|(file, place)| format!("{file}#{place}"))
        .collect();
    assert!(missing.is_empty(), "{}", list(&missing));
}
