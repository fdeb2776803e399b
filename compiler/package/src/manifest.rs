//! `pyproject.toml`: what a project says about itself, with its table `[tool.spy]`.

use crate::error::PackageError;
use crate::names;
use pep440_rs::Version;
use pep508_rs::{Requirement, VerbatimUrl};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Name of the file.
pub const FILE_NAME: &str = "pyproject.toml";

/// Largest file that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// How much of the source a wheel holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Shipped {
    /// All of it.
    #[default]
    Source,
    /// None: what uses the package links what was compiled.
    Prebuilt,
    /// That of generics, which users specialise; they link everything else.
    Generics,
}

/// The ways in which Python can import a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Python {
    /// As a WebAssembly module, through the loader.
    pub wasm: bool,
    /// As an extension of CPython.
    pub native: bool,
}

/// The distribution that imports WebAssembly modules.
const LOADER: &str = "spy-loader";

/// A readable project.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The folder of `pyproject.toml`.
    pub dir: PathBuf,
    /// The table `[project]`.
    pub project: ProjectTable,
    /// The version, normalised.
    pub version: Version,
    /// Names of the modules and packages at the top.
    pub modules: Vec<String>,
    /// Calls of generics to compile, as written: `add[i32]`. `None` if nothing is to be compiled
    /// ahead of time.
    pub prebuilt: Option<Vec<String>>,
    /// How much of the source is shipped.
    pub shipped: Shipped,
    /// How Python imports it.
    pub python: Python,
    /// Folders of other projects, by normalised name; as written, relative to [`Manifest::dir`].
    pub sources: BTreeMap<String, PathBuf>,
    /// The same for uv, most of which have nothing to do with this compiler. None of those in `sources`.
    pub uv_sources: BTreeMap<String, PathBuf>,
    /// Whether there is a table `[tool.spy]`.
    pub is_spy: bool,
}

/// `[project]`, as the standard of Python's packaging describes it.
#[derive(Clone, Deserialize, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub struct ProjectTable {
    /// Name, as written.
    pub name: String,
    /// Version, as written.
    pub version: Option<String>,
    /// One line.
    pub description: Option<String>,
    /// File or text of the long description.
    pub readme: Option<Readme>,
    /// Versions of Python that it works with.
    pub requires_python: Option<String>,
    /// The licence.
    pub license: Option<License>,
    /// Files of licences, as patterns of names.
    pub license_files: Option<Vec<String>>,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<Person>,
    /// Who looks after it.
    #[serde(default)]
    pub maintainers: Vec<Person>,
    /// Words to find it by.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Classifiers of PyPI.
    #[serde(default)]
    pub classifiers: Vec<String>,
    /// Addresses by their label.
    #[serde(default)]
    pub urls: BTreeMap<String, String>,
    /// What it needs.
    #[serde(default)]
    pub dependencies: Vec<String>,
    /// What its extras need.
    #[serde(default)]
    pub optional_dependencies: BTreeMap<String, Vec<String>>,
    /// What a tool fills in; this one fills in nothing.
    #[serde(default)]
    pub dynamic: Vec<String>,
}

/// `readme`.
#[derive(Clone, Deserialize, Debug)]
#[serde(untagged)]
pub enum Readme {
    /// A file.
    File(String),
    /// A table.
    Table {
        /// A file.
        file: Option<String>,
        /// The text itself.
        text: Option<String>,
        /// Its media type.
        #[serde(rename = "content-type")]
        content_type: Option<String>,
    },
}

/// `license`.
#[derive(Clone, Deserialize, Debug)]
#[serde(untagged)]
pub enum License {
    /// An SPDX expression.
    Expression(String),
    /// The older form.
    Table {
        /// A file.
        file: Option<String>,
        /// The text itself.
        text: Option<String>,
    },
}

/// An author or maintainer.
#[derive(Clone, Deserialize, Debug)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Address for mail.
    pub email: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    project: Option<ProjectTable>,
    #[serde(default)]
    tool: Tools,
}

#[derive(Deserialize, Default)]
struct Tools {
    spy: Option<SpyTable>,
    #[serde(default)]
    uv: UvTable,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SpyTable {
    modules: Option<Vec<String>>,
    prebuilt: Option<Vec<String>>,
    source: Option<SourceKept>,
    #[serde(default)]
    python: Vec<PythonWay>,
    #[serde(default)]
    sources: BTreeMap<String, PathSource>,
}

#[derive(Deserialize, PartialEq)]
#[serde(untagged, expecting = "`source` is true, false or \"generics\"")]
enum SourceKept {
    All(bool),
    Some(SomeSource),
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum SomeSource {
    Generics,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum PythonWay {
    Wasm,
    Native,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathSource {
    path: PathBuf,
}

/// Only its paths matter here, in whatever else uv may have there.
#[derive(Deserialize, Default)]
struct UvTable {
    #[serde(default)]
    sources: BTreeMap<String, toml::Value>,
}

impl Manifest {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// There is none, or it is not what the standard says.
    pub fn read(dir: &Path) -> Result<Self, PackageError> {
        let path = dir.join(FILE_NAME);
        let is_small = |found: &fs::Metadata| found.len() <= MAX_SIZE;
        let found = fs::metadata(&path).map_err(|error| missing(&path, &error))?;
        if !is_small(&found) {
            let message = format!("`{}` is larger than 1 MiB", path.display());
            return Err(PackageError::new(message));
        }
        let text =
            fs::read_to_string(&path).map_err(|error| PackageError::io("read", &path, &error))?;
        Self::parse(&text, dir)
    }

    /// Reads the text of a `pyproject.toml` that stands in `dir`.
    ///
    /// # Errors
    /// It is not what the standard says; the message names the line.
    pub fn parse(text: &str, dir: &Path) -> Result<Self, PackageError> {
        let file = dir.join(FILE_NAME);
        let document: Document = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
            });
            let message = error.message().replace('\n', " ");
            PackageError::new(format!("{}:{line}: {message}", file.display()))
        })?;
        let wrong = |what: String| PackageError::new(format!("`{}`: {what}", file.display()));
        let Some(project) = document.project else {
            return Err(wrong("there is no table `[project]`".to_owned())
                .with_help("it needs at least `name` and `version`"));
        };
        if !names::is_project_name(&project.name) {
            return Err(wrong(format!("`{}` is not a name for a project", project.name))
                .with_help("names are letters, digits, `-`, `_` and `.`"));
        }
        if let Some(field) = project.dynamic.first() {
            return Err(wrong(format!("`dynamic` names `{field}`, which nothing fills in"))
                .with_help(format!("write `{field}` into the table `[project]`")));
        }
        let written = project.version.as_deref().ok_or_else(|| {
            wrong("`[project]` has no `version`".to_owned())
                .with_help("for example `version = \"0.1.0\"`")
        })?;
        let version = Version::from_str(written)
            .map_err(|error| wrong(format!("`version = \"{written}\"`: {error}")))?;
        let is_spy = document.tool.spy.is_some();
        let spy = document.tool.spy.unwrap_or_default();
        let modules = spy.modules.unwrap_or_else(|| vec![names::module_name(&project.name)]);
        if let Some(name) = modules.iter().find(|name| !names::is_module_name(name)) {
            return Err(wrong(format!("`{name}` in `modules` is not a name for a module"))
                .with_help("name the packages at the top; what is in them is found"));
        }
        let named = spy.sources.into_iter();
        let sources: BTreeMap<String, PathBuf> =
            named.map(|(name, source)| (names::normalized(&name), source.path)).collect();
        let uv_sources = document.tool.uv.sources.iter().filter_map(|(name, value)| {
            let (name, path) = (names::normalized(name), value.get("path")?.as_str()?);
            (!sources.contains_key(&name)).then(|| (name, PathBuf::from(path)))
        });
        let uv_sources = uv_sources.collect();
        let shipped = match spy.source {
            None | Some(SourceKept::All(true)) => Shipped::Source,
            Some(SourceKept::All(false)) => Shipped::Prebuilt,
            Some(SourceKept::Some(SomeSource::Generics)) => Shipped::Generics,
        };
        let (prebuilt, dir) = (spy.prebuilt, dir.to_owned());
        let python = Python {
            wasm: spy.python.contains(&PythonWay::Wasm),
            native: spy.python.contains(&PythonWay::Native),
        };
        let manifest = Self {
            dir,
            project,
            version,
            modules,
            prebuilt,
            shipped,
            python,
            sources,
            uv_sources,
            is_spy,
        };
        let needs = manifest.requirements().map_err(|error| wrong(error.message))?;
        let has_loader =
            |need: &Requirement<VerbatimUrl>| names::normalized(need.name.as_ref()) == LOADER;
        if python.wasm && !needs.iter().any(has_loader) {
            // What a project needs is what it says: nobody else may add to that.
            let message = format!("`python = [\"wasm\"]`, but `dependencies` has no `{LOADER}`");
            return Err(wrong(message).with_help(format!(
                "Python imports the package through it: `dependencies = [\"{LOADER}\"]`"
            )));
        }
        Ok(manifest)
    }

    /// What the project needs, read.
    ///
    /// # Errors
    /// A requirement is not one.
    pub fn requirements(&self) -> Result<Vec<Requirement<VerbatimUrl>>, PackageError> {
        self.project.dependencies.iter().map(|text| requirement(text)).collect()
    }

    /// Whether the package is compiled ahead of time.
    #[must_use]
    pub fn is_prebuilt(&self) -> bool {
        self.prebuilt.is_some() || self.shipped != Shipped::Source
    }

    /// The name in archives: `my_package`.
    #[must_use]
    pub fn file_stem(&self) -> String {
        format!("{}-{}", names::module_name(&self.project.name), self.version)
    }

    /// The folder that holds the modules: `src`, if all of them are there, else the project's.
    #[must_use]
    pub fn source_dir(&self) -> PathBuf {
        let nested = self.dir.join("src");
        let holds = |dir: &Path| {
            self.modules
                .iter()
                .all(|name| dir.join(name).is_dir() || dir.join(format!("{name}.spy")).is_file())
        };
        if !self.modules.is_empty() && !holds(&self.dir) && holds(&nested) {
            nested
        } else {
            self.dir.clone()
        }
    }
}

/// Reads one requirement.
///
/// # Errors
/// It is not one.
pub fn requirement(text: &str) -> Result<Requirement<VerbatimUrl>, PackageError> {
    Requirement::from_str(text).map_err(|error| {
        let why = error.message.to_string();
        PackageError::new(format!("the requirement `{text}` cannot be read: {why}"))
    })
}

fn missing(path: &Path, error: &std::io::Error) -> PackageError {
    if error.kind() == std::io::ErrorKind::NotFound {
        let dir = path.parent().unwrap_or(path);
        return PackageError::new(format!("there is no `{FILE_NAME}` in `{}`", dir.display()))
            .with_help("`spy new NAME --lib` makes a package with one");
    }
    PackageError::io("read", path, error)
}

/// The nearest folder from `start` upwards with a `pyproject.toml`.
#[must_use]
pub fn find_upwards(start: &Path) -> Option<&Path> {
    start.ancestors().find(|dir| dir.join(FILE_NAME).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, PackageError> {
        Manifest::parse(text, Path::new("/w"))
    }

    #[test]
    fn defaults_follow_from_the_name() {
        let manifest =
            parse("[project]\nname = 'My-Package'\nversion = '1.0.0-beta1'\n").expect("reads");
        assert_eq!(manifest.modules, ["my_package"]);
        assert_eq!(manifest.file_stem(), "my_package-1.0.0b1");
        assert_eq!(manifest.shipped, Shipped::Source);
        assert!(!manifest.is_spy);
    }

    #[test]
    fn the_table_of_spy_is_read() {
        let manifest = parse(
            "[project]\nname = 'a'\nversion = '1'\ndependencies = ['b>=2']\n[tool.spy]\nmodules = ['x', 'y']\n\
             prebuilt = ['add[i32]']\nsource = false\n[tool.spy.sources]\nB = { path = '../b' }\n",
        )
        .expect("reads");
        assert_eq!(manifest.modules, ["x", "y"]);
        assert_eq!(manifest.prebuilt.as_deref(), Some(&["add[i32]".to_owned()][..]));
        assert_eq!(manifest.shipped, Shipped::Prebuilt);
        assert_eq!(manifest.sources["b"], Path::new("../b"));
        assert_eq!(manifest.requirements().expect("reads")[0].name.to_string(), "b");
    }

    #[test]
    fn uv_knows_paths_too() {
        let text = "[project]\nname='a'\nversion='1'\n[tool.uv.sources]\nb = { path = '../b', editable = true }\n\
                    c = { git = 'https://x' }\n";
        let manifest = parse(text).expect("reads");
        assert_eq!(manifest.uv_sources.len(), 1);
        assert_eq!(manifest.uv_sources["b"], Path::new("../b"));
        let both = format!("{text}[tool.spy.sources]\nB = {{ path = 'mine' }}\n");
        let manifest = parse(&both).expect("reads");
        assert_eq!(
            (manifest.sources["b"].as_path(), manifest.uv_sources.len()),
            (Path::new("mine"), 0)
        );
    }

    #[test]
    fn errors_name_the_line_and_the_way_out() {
        let fails = |text: &str| parse(text).expect_err("must fail").message;
        assert!(
            fails("[project]\nname = 3\n").starts_with("/w/pyproject.toml:2: "),
            "{}",
            fails("[project]\nname = 3\n")
        );
        assert!(fails("x = [\n").contains("pyproject.toml:"));
        assert!(fails("").contains("[project]"));
        assert!(fails("[project]\nname='a b'\nversion='1'").contains("a b"));
        assert!(fails("[project]\nname='a'\n").contains("version"));
        assert!(fails("[project]\nname='a'\nversion='one'\n").contains("one"));
        assert!(fails("[project]\nname='a'\ndynamic=['version']\n").contains("dynamic"));
        assert!(fails("[project]\nname='a'\nversion='1'\ndependencies=['>2']\n").contains(">2"));
        assert!(
            fails("[project]\nname='a'\nversion='1'\n[tool.spy]\nmodles=[]\n").contains("modles")
        );
        assert!(
            fails("[project]\nname='a'\nversion='1'\n[tool.spy]\nmodules=['a.b']\n")
                .contains("a.b")
        );
    }
}
