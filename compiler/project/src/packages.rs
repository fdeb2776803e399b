//! Where packages come from: the project around a program, wheels that were named, folders that the
//! project names, and a Python environment.
//!
//! This looks at the disk itself: what it finds are folders of the [`SearchPath`], which is a part
//! of what a build is compared by.
//!
//! [`SearchPath`]: crate::SearchPath

use crate::error::EnvError;
use crate::files::Disk;
use crate::paths::normalize;
use spy_db::System;
use spy_package::manifest::{self, Manifest};
use spy_package::needs::{self, Found};
use spy_package::wheel::{Limits, Wheel};
use spy_package::{PackageError, environment};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder in which packages are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PackageFolder {
    /// The folder, absolute.
    pub dir: PathBuf,
    /// Why it is searched.
    pub origin: Origin,
}

/// Why a folder is searched for packages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// It is the project that the program belongs to.
    Project,
    /// A wheel that was named.
    Wheel,
    /// A project that the program's project names.
    Source,
    /// A Python environment.
    Environment,
}

impl Origin {
    /// In words, for `spy imports`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Wheel => "wheel",
            Self::Source => "path dependency",
            Self::Environment => "environment",
        }
    }
}

/// What decides where packages are looked for. Paths are absolute.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// The program's main file, or a folder of its project.
    pub(crate) root: Option<PathBuf>,
    /// `--package`.
    pub(crate) wheels: Vec<PathBuf>,
    /// `--python`.
    pub(crate) python: Option<PathBuf>,
    /// The variable `VIRTUAL_ENV`.
    pub(crate) active: Option<PathBuf>,
    /// The folder for what builds share, where wheels are unpacked.
    pub(crate) cache_dir: Option<PathBuf>,
}

/// More projects than this name each other by mistake.
const MAX_SOURCES: usize = 256;

impl Wanted {
    /// The folders, in the order in which they are searched.
    ///
    /// # Errors
    /// Something that was named is not there or cannot be used.
    pub(crate) fn find(&self) -> Result<Vec<PackageFolder>, EnvError> {
        let mut folders = Vec::new();
        let mut found = Vec::new();
        let start = self.root.as_deref().and_then(Path::parent);
        let project = start.and_then(manifest::find_upwards);
        if let Some(dir) = project {
            sources(dir, &mut folders, &mut found)?;
        }
        for wheel in &self.wheels {
            let dir = self.unpacked(wheel)?;
            found.extend(Found::of_wheel(&dir));
            folders.push(PackageFolder { dir, origin: Origin::Wheel });
        }
        needs::check(&found)?;
        let site = match (&self.python, &self.active, start) {
            (Some(python), ..) => environment::named(python)?,
            (None, Some(active), _) => environment::of_folder(active),
            (None, None, Some(start)) => environment::find_upwards(start)
                .map(|found| environment::of_folder(&found))
                .unwrap_or_default(),
            (None, None, None) => Vec::new(),
        };
        let site = site.iter().map(|dir| normalize(dir));
        folders.extend(site.map(|dir| PackageFolder { dir, origin: Origin::Environment }));
        folders.sort_by_key(|folder| folder.origin);
        let mut seen = std::collections::HashSet::new();
        folders.retain(|folder| seen.insert(folder.dir.clone()));
        Ok(folders)
    }

    /// The folder into which a wheel was unpacked. Its name is the hash of the wheel, so what is
    /// there is what the wheel holds.
    fn unpacked(&self, path: &Path) -> Result<PathBuf, EnvError> {
        if path.extension().is_none_or(|extension| extension != "whl") {
            return Err(EnvError::new(format!("`{}` is not a wheel", path.display()))
                .with_help("`--package` takes a file `NAME-VERSION-py3-none-any.whl`"));
        }
        let Some(cache) = &self.cache_dir else {
            return Err(EnvError::new("there is no folder to unpack a wheel into")
                .with_help("set the variable HOME or XDG_CACHE_HOME"));
        };
        if !path.is_file() {
            return Err(EnvError::new(format!("there is no file `{}`", path.display())));
        }
        let bytes = Disk.read(path).map_err(|error| EnvError::io("read", path, &error))?;
        let target = cache.join("wheels").join(&blake3::hash(&bytes).to_hex()[..32]);
        if !target.is_dir() {
            Wheel::open(path, Limits::default())?.unpack(&target)?;
        }
        Ok(target)
    }
}

/// The folders of a project and of those that it names, and so on.
fn sources(
    project: &Path,
    folders: &mut Vec<PackageFolder>,
    found: &mut Vec<Found>,
) -> Result<(), EnvError> {
    let mut todo = vec![(project.to_owned(), Origin::Project)];
    let (mut seen, mut for_uv) = (BTreeSet::new(), BTreeSet::new());
    while let Some((dir, origin)) = todo.pop() {
        if !seen.insert(dir.clone()) || seen.len() > MAX_SOURCES {
            continue;
        }
        let manifest = match Manifest::read(&dir) {
            Ok(manifest) => manifest,
            // A file for other tools, above the program or where uv finds it, need not be one of a
            // package.
            Err(_) if for_uv.contains(&dir) && !is_for_spy(&dir) => continue,
            Err(_) if origin == Origin::Project && !is_for_spy(&dir) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        folders.push(PackageFolder { dir: normalize(&manifest.source_dir()), origin });
        found.push(Found::of_project(&manifest)?);
        let is_project = |dir: &Path| dir.join(manifest::FILE_NAME).is_file();
        let targets = manifest.uv_sources.values().rev().map(|path| normalize(&dir.join(path)));
        for target in targets.filter(|target| is_project(target)) {
            for_uv.insert(target.clone());
            todo.push((target, Origin::Source));
        }
        for (name, path) in manifest.sources.iter().rev() {
            let target = normalize(&dir.join(path));
            if !is_project(&target) {
                let message = format!(
                    "`{}` names `{}` as the folder of `{name}`, and there is no project in it",
                    dir.join(manifest::FILE_NAME).display(),
                    path.display()
                );
                return Err(EnvError::new(message));
            }
            todo.push((target, Origin::Source));
        }
    }
    Ok(())
}

/// Whether a `pyproject.toml` mentions this compiler at all.
fn is_for_spy(dir: &Path) -> bool {
    let text = std::fs::read_to_string(dir.join(manifest::FILE_NAME)).unwrap_or_default();
    text.contains("[tool.spy") || text.contains("spy_build")
}

impl From<PackageError> for EnvError {
    fn from(error: PackageError) -> Self {
        Self { message: error.message, help: error.help }
    }
}

impl From<PackageError> for crate::error::Failure {
    fn from(error: PackageError) -> Self {
        Self::Environment(error.into())
    }
}
