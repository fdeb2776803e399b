//! Where installed packages are: the folders of a Python environment.

use crate::error::PackageError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest `.pth` file that is read, in bytes.
const MAX_PTH: u64 = 64 << 10;

/// What prints the folders of an interpreter that stands in no environment.
const FOLDERS: &str =
    "import sysconfig; p = sysconfig.get_path; print(p('purelib')); print(p('platlib'))";

/// The folders in which the packages of an environment are, those of editable installs included.
/// `python` is the folder of an environment or an interpreter.
///
/// # Errors
/// There is no such thing, or the interpreter does not run.
pub fn named(python: &Path) -> Result<Vec<PathBuf>, PackageError> {
    if python.is_dir() {
        let found = of_folder(python);
        if found.is_empty() {
            let message = format!("`{}` is not a Python environment", python.display());
            return Err(PackageError::new(message).with_help(
                "`--python` takes the folder of a virtual environment, or an interpreter",
            ));
        }
        return Ok(found);
    }
    let of_environment = python.parent().and_then(Path::parent).map(of_folder).unwrap_or_default();
    let has_config =
        python.parent().and_then(Path::parent).is_some_and(|dir| dir.join("pyvenv.cfg").is_file());
    if has_config && !of_environment.is_empty() {
        return Ok(of_environment);
    }
    ask(python)
}

/// Asks an interpreter.
fn ask(python: &Path) -> Result<Vec<PathBuf>, PackageError> {
    let output = Command::new(python).args(["-I", "-c", FOLDERS]).output();
    let output = output.map_err(|error| {
        PackageError::new(format!("cannot run `{}`: {error}", python.display()))
            .with_help("`--python` takes the folder of a virtual environment, or an interpreter")
    })?;
    if !output.status.success() {
        let message = format!("`{}` does not say where its packages are", python.display());
        return Err(PackageError::new(message));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found = Vec::new();
    for folder in text.lines().map(PathBuf::from).filter(|folder| folder.is_dir()) {
        add_site(folder, &mut found);
    }
    Ok(found)
}

/// The folders of the environment in `dir`; none if it is no environment.
#[must_use]
pub fn of_folder(dir: &Path) -> Vec<PathBuf> {
    let mut sites = vec![dir.join("Lib/site-packages")];
    let mut versions: Vec<PathBuf> = fs::read_dir(dir.join("lib"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.retain(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3"))
    });
    versions.sort();
    sites.extend(versions.into_iter().map(|path| path.join("site-packages")));
    let mut found = Vec::new();
    for site in sites.into_iter().filter(|site| site.is_dir()) {
        add_site(site, &mut found);
    }
    found
}

/// The nearest environment `.venv` from `start` upwards.
#[must_use]
pub fn find_upwards(start: &Path) -> Option<PathBuf> {
    start.ancestors().map(|dir| dir.join(".venv")).find(|dir| dir.join("pyvenv.cfg").is_file())
}

/// Adds a folder of packages and those that its `.pth` files name, in the order in which Python
/// looks at them.
fn add_site(site: PathBuf, found: &mut Vec<PathBuf>) {
    if found.contains(&site) {
        return;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&site)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pth"));
    files.sort();
    found.push(site.clone());
    for file in files {
        let is_small = fs::metadata(&file).is_ok_and(|found| found.len() <= MAX_PTH);
        let text =
            if is_small { fs::read_to_string(&file).unwrap_or_default() } else { String::new() };
        // Lines that are code are Python's business.
        let is_path = |line: &&str| {
            !line.is_empty() && !line.starts_with(['#']) && !line.starts_with("import")
        };
        for line in text.lines().map(str::trim).filter(is_path) {
            let folder = site.join(line);
            if folder.is_dir() && !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        let site = dir.path().join(".venv/lib/python3.12/site-packages");
        fs::create_dir_all(&site).expect("folders");
        fs::write(dir.path().join(".venv/pyvenv.cfg"), "").expect("a file");
        dir
    }

    #[test]
    fn editable_installs_are_followed() {
        let dir = environment();
        let site = dir.path().join(".venv/lib/python3.12/site-packages");
        let project = dir.path().join("project");
        fs::create_dir_all(&project).expect("folders");
        let text = format!("# x\nimport os\n\n{}\n/no/such/folder\n", project.display());
        fs::write(site.join("a.pth"), text).expect("a file");
        assert_eq!(of_folder(&dir.path().join(".venv")), [site.clone(), project.clone()]);
        assert_eq!(named(&dir.path().join(".venv/bin/python")).expect("found"), [site, project]);
    }

    #[test]
    fn the_nearest_environment_counts() {
        let dir = environment();
        let inner = dir.path().join("a/b");
        assert_eq!(find_upwards(&inner), Some(dir.path().join(".venv")));
        assert!(of_folder(&inner).is_empty());
    }

    #[test]
    fn what_is_no_environment_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let error = named(dir.path()).expect_err("no environment");
        assert!(error.message.contains("not a Python environment"), "{error}");
        assert!(named(&dir.path().join("python")).expect_err("nothing there").help.is_some());
    }
}
