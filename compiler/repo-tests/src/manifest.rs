//! Manifests, line by line: comments matter here, so they are not parsed as data.

use crate::Complaint;

/// The lines of a section such as `[lints]`, without its head.
pub fn section<'m>(manifest: &'m str, name: &'m str) -> impl Iterator<Item = &'m str> {
    let head = format!("[{name}]");
    manifest
        .lines()
        .map(str::trim)
        .skip_while(move |line| *line != head)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}

/// Whether a member takes the workspace's lints.
#[must_use]
pub fn inherits_lints(manifest: &str) -> bool {
    let plain = |line: &str| line.replace(' ', "");
    section(manifest, "lints").any(|line| plain(line) == "workspace=true")
        || manifest.lines().any(|line| plain(line) == "lints.workspace=true")
}

/// Complaints about the workspace's dependencies: each external one says exactly which version, and
/// it, or the group of lines that it stands in, begins with a comment.
#[must_use]
pub fn check_dependencies(manifest: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut explained = false;
    for line in section(manifest, "workspace.dependencies") {
        if line.is_empty() {
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some((name, value)) = line.split_once('=') {
            if value.contains("path =") {
                continue;
            }
            let name = name.trim();
            if !explained {
                complaints.push(format!("{name} has no comment that says what it is for"));
            }
            if !value.contains("\"=") {
                complaints.push(format!("{name} is not pinned to one version"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.dependencies]\nours = { path = \"ours\" }\n\n# The lexer.\n\
                            logos = \"=0.16.1\"\n# Both halves.\na = { version = \"=1.0.0\" }\n\
                            b = \"=1.0.0\"\n\n[profile.dev]\nx = 1\n";

    #[test]
    fn explained_and_pinned() {
        assert_eq!(check_dependencies(MANIFEST), Vec::<String>::new());
    }

    #[test]
    fn unexplained_or_loose() {
        let bare = MANIFEST.replace("# The lexer.\n", "");
        assert_eq!(check_dependencies(&bare), ["logos has no comment that says what it is for"]);
        let loose = MANIFEST.replace("\"=0.16.1\"", "\"0.16\"");
        assert_eq!(check_dependencies(&loose), ["logos is not pinned to one version"]);
    }

    #[test]
    fn both_spellings_of_inherited_lints() {
        assert!(inherits_lints("[package]\n[lints]\nworkspace = true\n"));
        assert!(inherits_lints("lints.workspace = true\n"));
        assert!(!inherits_lints("[lints.rust]\nworkspace = true\n"));
        assert!(!inherits_lints("[lints]\n\n[dependencies]\nworkspace = true\n"));
    }
}
