//! Which crate may depend on which, and what every crate has.

use spy_repo_tests::edges::{compare, parse_table};
use spy_repo_tests::metadata::{Members, closure, members};
use spy_repo_tests::{files, list, manifest, text};
use std::fs;

fn workspace() -> Members {
    let members = members(&files::root()).expect("cargo describes the workspace");
    assert!(members.len() > 10, "cargo lists only {} members", members.len());
    members
}

fn read(path: &str) -> String {
    fs::read_to_string(files::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn crate_edges_are_those_of_the_map() {
    let table = parse_table(&read("compiler/README.md")).expect("the map has the table");
    let complaints = compare(&table, &workspace());
    assert!(
        complaints.is_empty(),
        "compiler/README.md and the manifests differ:{}",
        list(&complaints)
    );
}

/// Directions that no change of the table may give up.
#[test]
fn layers_stay_apart() {
    let members = workspace();
    let above_ir = ["spy-syntax", "spy-scope", "spy-db", "spy-types", "spy-eval", "spy-redshift"];
    let mut complaints = Vec::new();
    for (name, member) in &members {
        let needs = closure(&members, name);
        let mut forbid = |what: &str, reason: &str| {
            if needs.contains(what) {
                complaints.push(format!("{name} is built from {what}: {reason}"));
            }
        };
        if name.starts_with("spy-codegen-") || name == "spy-ir" {
            for crate_above in above_ir {
                forbid(crate_above, "the IR and its readers know no AST, values or evaluator");
            }
            forbid("salsa", "the IR and its readers are plain functions");
        }
        if ["spy-text", "spy-diagnostics", "spy-syntax", "spy-scope"].contains(&name.as_str()) {
            forbid("salsa", "queries stand above, in db");
        }
        if name != "spy-cli" {
            for terminal in ["clap", "clap_complete", "indicatif"] {
                forbid(terminal, "only the command line knows terminals");
            }
        }
        if needs.contains("spy-repo-tests") || member.test_needs.contains("spy-repo-tests") {
            complaints.push(format!("{name} depends on the tests of the repository"));
        }
    }
    assert!(complaints.is_empty(), "{}", list(&complaints));
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for member in workspace().values() {
        let manifest = read(&format!("{}/Cargo.toml", member.folder));
        assert!(manifest::inherits_lints(&manifest), "{}: lints.workspace", member.folder);
    }
}

#[test]
fn every_crate_root_says_what_the_crate_is() {
    for path in workspace().values().flat_map(|member| &member.crate_roots) {
        assert!(text::opens_with_docs(&read(path)), "{path} does not begin with //!");
    }
}

#[test]
fn dependencies_are_pinned_and_explained() {
    let complaints = manifest::check_dependencies(&read("Cargo.toml"));
    assert!(complaints.is_empty(), "{}", list(&complaints));
}
