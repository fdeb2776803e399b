//! Whether the packages that were found are those that others need.

use crate::error::PackageError;
use crate::manifest::{Manifest, requirement};
use crate::names;
use pep440_rs::Version;
use pep508_rs::{Requirement, VerbatimUrl, VersionOrUrl};
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// A package that was found, and what it needs.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name, as it writes it.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it needs whatever the environment is.
    pub needs: Vec<Requirement<VerbatimUrl>>,
}

/// Largest `METADATA` that is read, in bytes.
const MAX_SIZE: u64 = 16 << 20;

impl Found {
    /// A project where it stands.
    ///
    /// # Errors
    /// A requirement cannot be read.
    pub fn of_project(manifest: &Manifest) -> Result<Self, PackageError> {
        let mut needs = manifest.requirements()?;
        needs.retain(|need| need.marker.is_true());
        Ok(Self { name: manifest.project.name.clone(), version: manifest.version.clone(), needs })
    }

    /// The packages of a folder into which a wheel was unpacked.
    #[must_use]
    pub fn of_wheel(dir: &Path) -> Vec<Self> {
        let entries =
            fs::read_dir(dir).map(|entries| entries.flatten().collect()).unwrap_or_default();
        let entries: Vec<fs::DirEntry> = entries;
        let files = entries.into_iter().map(|entry| entry.path().join("METADATA"));
        let small =
            files.filter(|file| fs::metadata(file).is_ok_and(|found| found.len() < MAX_SIZE));
        small.filter_map(|file| Self::parse(&fs::read_to_string(file).ok()?)).collect()
    }

    /// Reads `METADATA`; what others wrote and cannot be read is no reason to refuse their code.
    fn parse(text: &str) -> Option<Self> {
        let head = text.split("\n\n").next().unwrap_or(text);
        let field = |name: &'static str| {
            head.lines().filter_map(move |line| Some(line.strip_prefix(name)?.trim()))
        };
        let needs = field("Requires-Dist:").filter_map(|text| requirement(text).ok());
        Some(Self {
            name: field("Name:").next()?.to_owned(),
            version: Version::from_str(field("Version:").next()?).ok()?,
            needs: needs.filter(|need| need.marker.is_true()).collect(),
        })
    }
}

/// Checks that each package is of a version that all others can use.
///
/// # Errors
/// The first one that is not, and who needs what.
pub fn check(found: &[Found]) -> Result<(), PackageError> {
    for user in found {
        for need in &user.needs {
            let Some(VersionOrUrl::VersionSpecifier(range)) = &need.version_or_url else {
                continue;
            };
            let wanted = names::normalized(need.name.as_ref());
            let other = found.iter().find(|other| names::normalized(&other.name) == wanted);
            let Some(other) = other.filter(|other| !range.contains(&other.version)) else {
                continue;
            };
            let message = format!(
                "`{} {}` needs `{wanted}` in a version {range}, and `{} {}` was found",
                user.name, user.version, other.name, other.version
            );
            let others = found.iter().filter(|third| third.name != user.name);
            let also = others.flat_map(|third| third.needs.iter().map(move |need| (third, need)));
            let also = also.filter(|(_, need)| names::normalized(need.name.as_ref()) == wanted);
            let also: Vec<String> = also
                .map(|(third, need)| format!("`{} {}` needs `{need}`", third.name, third.version))
                .collect();
            let what = format!("use a version of `{wanted}` that all of them can use");
            let help = if also.is_empty() { what } else { format!("{what}; {}", also.join(", ")) };
            return Err(PackageError::new(message).with_help(help));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, needs: &str) -> Found {
        let needs: String =
            needs.split_terminator(',').map(|need| format!("Requires-Dist: {need}\n")).collect();
        Found::parse(&format!("Name: {name}\nVersion: {version}\n{needs}\nName: body\n"))
            .expect("reads")
    }

    #[test]
    fn versions_must_fit() {
        let fits = [package("A", "1.0", "b>=2"), package("b", "2.1", ""), package("c", "1", "b<3")];
        assert_eq!(check(&fits), Ok(()));
        let other =
            [package("A", "1.0", "B>=2"), package("b", "1.9", ""), package("c", "1", "b<2")];
        let error = check(&other).expect_err("too old");
        assert_eq!(error.message, "`A 1.0` needs `b` in a version >=2, and `b 1.9` was found");
        assert!(error.help.is_some_and(|help| help.contains("`c 1` needs `b<2`")));
    }

    #[test]
    fn what_depends_on_the_environment_is_left_alone() {
        let packages = [package("a", "1", "b>=2; python_version < '3'"), package("b", "1", "")];
        assert_eq!(check(&packages), Ok(()));
    }
}
