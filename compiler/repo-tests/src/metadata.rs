//! The members of the workspace, as cargo sees them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// A member of the workspace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Member {
    /// Its folder relative to the root, with `/`.
    pub folder: String,
    /// Root files of its libraries, programs and build scripts, relative to the root.
    pub crate_roots: Vec<String>,
    /// Packages it is built from, build scripts included.
    pub needs: BTreeSet<String>,
    /// Packages that only its tests use.
    pub test_needs: BTreeSet<String>,
}

/// The members by package name.
pub type Members = BTreeMap<String, Member>;

/// Asks cargo.
///
/// # Errors
/// When cargo cannot be run, or answers something else than expected.
pub fn members(root: &Path) -> Result<Members, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let value: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    parse(&value).ok_or_else(|| "cargo metadata has another form than expected".to_owned())
}

/// Reads what `cargo metadata --no-deps` prints.
#[must_use]
pub fn parse(value: &Value) -> Option<Members> {
    let root = value["workspace_root"].as_str()?;
    let relative = |path: &str| {
        let rest = path.strip_prefix(root)?.replace('\\', "/");
        Some(rest.trim_start_matches('/').to_owned())
    };
    let mut members = Members::new();
    for package in value["packages"].as_array()? {
        let manifest = relative(package["manifest_path"].as_str()?)?;
        let mut member = Member {
            folder: manifest.strip_suffix("/Cargo.toml")?.to_owned(),
            ..Member::default()
        };
        for target in package["targets"].as_array()? {
            let kind = target["kind"][0].as_str()?;
            if !["test", "bench", "example"].contains(&kind) {
                member.crate_roots.push(relative(target["src_path"].as_str()?)?);
            }
        }
        for dependency in package["dependencies"].as_array()? {
            let name = dependency["name"].as_str()?.to_owned();
            match dependency["kind"].as_str() {
                Some("dev") => member.test_needs.insert(name),
                _ => member.needs.insert(name),
            };
        }
        members.insert(package["name"].as_str()?.to_owned(), member);
    }
    Some(members)
}

/// Every package that `name` is built from, directly or not, as far as members' own lists tell.
#[must_use]
pub fn closure<'m>(members: &'m Members, name: &'m str) -> BTreeSet<&'m str> {
    let mut found = BTreeSet::new();
    let mut open = vec![name];
    while let Some(next) = open.pop() {
        for need in members.get(next).into_iter().flat_map(|member| &member.needs) {
            if found.insert(need.as_str()) {
                open.push(need);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Members {
        let package = |name: &str, needs: &Value| {
            serde_json::json!({
                "name": name,
                "manifest_path": format!("/r/compiler/{name}/Cargo.toml"),
                "targets": [
                    {"kind": ["lib"], "src_path": format!("/r/compiler/{name}/src/lib.rs")},
                    {"kind": ["test"], "src_path": format!("/r/compiler/{name}/tests/a.rs")}
                ],
                "dependencies": needs
            })
        };
        let needs = serde_json::json!([
            {"name": "b", "kind": null}, {"name": "cc", "kind": "build"},
            {"name": "insta", "kind": "dev"}
        ]);
        let below = serde_json::json!([{"name": "salsa", "kind": null}]);
        let packages = [package("a", &needs), package("b", &below)];
        parse(&serde_json::json!({"workspace_root": "/r", "packages": packages}))
            .expect("the form is right")
    }

    #[test]
    fn kinds_of_dependencies_are_kept_apart() {
        let members = example();
        let a = &members["a"];
        assert_eq!(a.folder, "compiler/a");
        assert_eq!(a.crate_roots, ["compiler/a/src/lib.rs"]);
        assert_eq!(a.needs, BTreeSet::from(["b".to_owned(), "cc".to_owned()]));
        assert_eq!(a.test_needs, BTreeSet::from(["insta".to_owned()]));
    }

    #[test]
    fn closures_go_through_members() {
        let members = example();
        assert_eq!(closure(&members, "a"), BTreeSet::from(["b", "cc", "salsa"]));
    }

    #[test]
    fn another_form_is_refused() {
        assert_eq!(parse(&serde_json::json!({"packages": []})), None);
    }
}
