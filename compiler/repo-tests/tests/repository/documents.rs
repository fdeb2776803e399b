//! Documents refer to what exists.

use spy_repo_tests::{docs, files, list};
use std::fs;

const DOCUMENTS: &[&str] = &[
    "README.md",
    "compiler/README.md",
    "compiler/diagnostics/JSON.md",
    "runtime/c/README.md",
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
