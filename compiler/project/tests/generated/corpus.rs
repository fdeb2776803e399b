//! The SPy programs of this repository: whole programs, cases of the language suites, and the
//! standard library.

use std::fs;
use std::path::{Path, PathBuf};

/// One program.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Where it comes from.
    pub(crate) name: String,
    /// File names and texts; `main.spy` is the root.
    pub(crate) files: Vec<(String, String)>,
}

/// Every program of `tests/programs` and every case of `tests/lang`.
pub(crate) fn samples() -> Vec<Sample> {
    let tests = repository().join("tests");
    let mut samples: Vec<Sample> = entries(&tests.join("programs"))
        .iter()
        .filter(|path| path.join("main.spy").is_file())
        .map(|path| Sample { name: stem(path), files: spy_files(path) })
        .collect();
    for path in entries(&tests.join("lang")) {
        let text = fs::read_to_string(&path).expect("a suite can be read");
        samples.extend(cases(&stem(&path), &text));
    }
    assert!(samples.len() > 100, "there are programs and cases");
    samples
}

/// The files of the standard library.
pub(crate) fn stdlib() -> Vec<(String, String)> {
    spy_files(&repository().join("stdlib"))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of tests can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn spy_files(folder: &Path) -> Vec<(String, String)> {
    let paths = entries(folder).into_iter();
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "spy"));
    paths
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a program can be read");
            (format!("{}.spy", stem(&path)), text)
        })
        .collect()
}

/// The `spy` blocks of a suite, case by case: a case starts at every `## title`.
fn cases(suite: &str, text: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            let name = format!("{suite}: {}", title.trim());
            samples.push(Sample { name, files: Vec::new() });
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        let mut words = info.split_whitespace();
        if let (Some("spy"), Some(sample)) = (words.next(), samples.last_mut()) {
            let name = words.next().and_then(|word| word.strip_prefix("file="));
            sample.files.push((name.unwrap_or("main.spy").to_owned(), body));
        }
    }
    samples.retain(|sample| sample.files.iter().any(|(name, _)| name == "main.spy"));
    samples
}
