//! Names of packages, modules and files: which are allowed, and what they are normalised to.

/// Longest name of one file or folder, in bytes: what common file systems take.
const MAX_PART: usize = 255;

/// Longest path of a member, in bytes.
const MAX_PATH: usize = 1024;

/// The name under which Python's tools know a project: lower case, with single dashes.
#[must_use]
pub fn normalized(name: &str) -> String {
    let mut out = String::new();
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(&part.to_lowercase());
    }
    out
}

/// The name as a part of an archive's name, and as that of a module.
#[must_use]
pub fn module_name(project: &str) -> String {
    normalized(project).replace('-', "_")
}

/// Whether a project may have this name.
#[must_use]
pub fn is_project_name(name: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether a module may have this name: an identifier of ASCII, since file systems disagree about
/// the rest.
#[must_use]
pub fn is_module_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names of devices on Windows, which no file may have there.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether `path` names a file below a folder on every system: relative, with `/`, nothing that goes
/// up, no devices, nothing that Windows reads in another way. The error says which rule it breaks.
///
/// # Errors
/// It does not.
pub fn check_member(path: &str) -> Result<(), &'static str> {
    if path.is_empty() || path.len() > MAX_PATH {
        return Err("its length is not allowed");
    }
    if path.starts_with('/') {
        return Err("it is an absolute path");
    }
    path.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), &'static str> {
    if part == ".." {
        return Err("it leaves the folder");
    }
    if part.is_empty() || part == "." {
        return Err("it has an empty part");
    }
    if part.len() > MAX_PART {
        return Err("its length is not allowed");
    }
    if part.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c)) {
        return Err("it has a character that is not allowed in names of files");
    }
    if part.ends_with(['.', ' ']) || part.starts_with(' ') {
        return Err("it begins or ends with a blank or a dot");
    }
    let stem = part.split('.').next().unwrap_or(part).to_lowercase();
    let is_port = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!(rest.next(), Some('0'..='9' | '¹' | '²' | '³')) && rest.next().is_none()
        })
    };
    if DEVICES.contains(&stem.trim_end()) || is_port("com") || is_port("lpt") {
        return Err("it is the name of a device on Windows");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_as_python_does() {
        assert_eq!(normalized("My.Cool__Package"), "my-cool-package");
        assert_eq!(module_name("My-Package"), "my_package");
        assert!(is_project_name("a") && is_project_name("A-b.c_1"));
        assert!(!is_project_name("") && !is_project_name("-a") && !is_project_name("a b"));
        assert!(is_module_name("_a1") && !is_module_name("1a") && !is_module_name("a-b"));
    }

    #[test]
    fn members_stay_in_their_folder() {
        for good in
            ["a", "a/b.spy", "pkg/_spy/pkg.o.wasm", "a.dist-info/RECORD", "naïve/x", "console"]
        {
            assert_eq!(check_member(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/a",
            "../a",
            "a/../b",
            "a/..",
            "a//b",
            "./a",
            "a/",
            "a\\b",
            "C:/a",
            "c:a",
            "a\0b",
            "a\nb",
            "nul",
            "a/CON.txt",
            "com1",
            "LPT9.x",
            "a.",
            "a /b",
            "a/b ",
            "x:y",
            "aux.spy",
            "con .txt",
        ] {
            assert!(check_member(bad).is_err(), "{bad:?}");
        }
        assert!(check_member(&"a/".repeat(600)).is_err());
        assert!(check_member(&"a".repeat(300)).is_err());
    }
}
