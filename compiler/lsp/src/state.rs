//! What is open, and what was said about it.

use crate::convert::{Encoding, Lines};
use crate::documents::Documents;
use crate::scan;
use crate::uri;
use lsp_types as lsp;
use spy_ide::{Analysis, FilePath, FileRange, Host};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The state of the server. One thread owns it.
pub(crate) struct State {
    pub(crate) host: Host,
    pub(crate) documents: Documents,
    pub(crate) encoding: Encoding,
    /// The folders that the client has open.
    pub(crate) folders: Vec<PathBuf>,
    /// Where the texts of the standard library can be looked at, if anywhere.
    pub(crate) library: Option<PathBuf>,
    /// Folders whose files are known.
    scanned: BTreeSet<PathBuf>,
    /// What was found by the check of each file, by the file that it is in.
    found: BTreeMap<PathBuf, BTreeMap<PathBuf, Vec<lsp::Diagnostic>>>,
    /// Files about which the client was told something.
    told: BTreeSet<PathBuf>,
}

/// A handle on what one file is about, for another thread.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) analysis: Analysis,
    pub(crate) path: FilePath,
    pub(crate) text: Arc<str>,
    pub(crate) uri: lsp::Uri,
    pub(crate) encoding: Encoding,
    pub(crate) library: Option<PathBuf>,
}

impl State {
    pub(crate) fn new(host: Host, encoding: Encoding, folders: Vec<PathBuf>) -> Self {
        Self {
            host,
            documents: Documents::default(),
            encoding,
            folders,
            library: None,
            scanned: BTreeSet::new(),
            found: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// The module of the standard library that a path shows.
    fn library_module(&self, path: &Path) -> Option<FilePath> {
        let inside = path.strip_prefix(self.library.as_ref()?).ok()?;
        let name = inside.to_str()?.strip_suffix(".spy")?;
        Some(FilePath::Library(name.into()))
    }

    pub(crate) fn open(&mut self, document: lsp::TextDocumentItem) -> Option<PathBuf> {
        let (path, text) = self.documents.open(document)?;
        if self.library_module(&path).is_none() {
            let dir = self.host.dir_of(&path);
            // Elsewhere, nobody said that the files belong together.
            let inside = self.folders.iter().any(|folder| dir.starts_with(folder));
            let more = if inside && self.scanned.insert(dir.clone()) {
                scan::spy_files(&dir)
            } else {
                Vec::new()
            };
            self.host.open(&path, text, &more);
        }
        Some(path)
    }

    pub(crate) fn change(&mut self, params: &lsp::DidChangeTextDocumentParams) -> Option<PathBuf> {
        let (path, text) = self.documents.change(params, self.encoding)?;
        // All open files are checked again, this one first: what the others have found in it was
        // about the text before.
        for (checked, found) in &mut self.found {
            if *checked != path {
                found.remove(&path);
            }
        }
        if self.library_module(&path).is_none() {
            self.host.change(&path, text);
        }
        Some(path)
    }

    pub(crate) fn close(&mut self, uri: &lsp::Uri) -> Option<PathBuf> {
        let path = uri::path(uri)?;
        self.documents.remove(&path)?;
        if self.library_module(&path).is_none() {
            self.host.close(&path);
        }
        self.found.remove(&path);
        Some(path)
    }

    /// Files have changed on the disk.
    pub(crate) fn watched(&mut self, changes: &[lsp::FileEvent]) {
        let paths = changes.iter().filter_map(|change| uri::path(&change.uri));
        let new: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        self.host.found(&new);
        self.host.refresh();
    }

    /// A handle for questions about a file.
    pub(crate) fn snapshot(&self, uri: &lsp::Uri) -> Option<Snapshot> {
        let path = uri::path(uri)?;
        let library = self.library_module(&path);
        let analysis = match &library {
            Some(_) => self.host.all().into_iter().next()?,
            None => self.host.analysis(&path)?,
        };
        let text = match self.documents.get(&path) {
            Some(document) => Arc::clone(&document.text),
            None => analysis.text(&FilePath::Disk(path.clone()))?,
        };
        Some(Snapshot {
            analysis,
            path: library.unwrap_or(FilePath::Disk(path)),
            text,
            uri: uri.clone(),
            encoding: self.encoding,
            library: self.library.clone(),
        })
    }

    /// Handles for the checks of all files that are open, this one first.
    pub(crate) fn snapshots(&self, first: Option<&Path>) -> Vec<(PathBuf, i32, Snapshot)> {
        let mut all: Vec<(PathBuf, i32, Snapshot)> = self
            .documents
            .iter()
            .filter(|(path, _)| self.library_module(path).is_none())
            .filter_map(|(path, document)| {
                Some((path.clone(), document.version, self.snapshot(&document.uri)?))
            })
            .collect();
        all.sort_by_key(|(path, _, _)| Some(path.as_path()) != first);
        all
    }

    /// Takes what the check of a file found; returns what the client has to be told.
    pub(crate) fn take_findings(
        &mut self,
        checked: &Path,
        found: BTreeMap<PathBuf, Vec<lsp::Diagnostic>>,
    ) -> Vec<lsp::PublishDiagnosticsParams> {
        let before = self.found.insert(checked.to_owned(), found);
        let now = self.found.get(checked).into_iter().flat_map(BTreeMap::keys);
        let mut changed: BTreeSet<PathBuf> = now.cloned().collect();
        changed.extend(before.into_iter().flat_map(BTreeMap::into_keys));
        changed.insert(checked.to_owned());
        changed.into_iter().filter_map(|path| self.publish(path)).collect()
    }

    /// All that is known to be wrong with a file, whoever found it.
    pub(crate) fn publish(&mut self, path: PathBuf) -> Option<lsp::PublishDiagnosticsParams> {
        let mut diagnostics: Vec<lsp::Diagnostic> = Vec::new();
        for found in self.found.values().filter_map(|found| found.get(&path)) {
            for diagnostic in found {
                if !diagnostics.contains(diagnostic) {
                    diagnostics.push(diagnostic.clone());
                }
            }
        }
        let document = self.documents.get(&path);
        let uri = document.map(|document| document.uri.clone()).or_else(|| uri::uri(&path))?;
        let version = document.map(|document| document.version);
        let is_news = !diagnostics.is_empty() || document.is_some() || self.told.contains(&path);
        if diagnostics.is_empty() {
            self.told.remove(&path);
        } else {
            self.told.insert(path);
        }
        is_news.then_some(lsp::PublishDiagnosticsParams { uri, diagnostics, version })
    }
}

impl Snapshot {
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text, self.encoding)
    }

    /// A range as the client is told it; none for texts that it cannot open.
    pub(crate) fn location(&self, range: &FileRange) -> Option<lsp::Location> {
        if range.file == self.path {
            let range = self.lines().range(range.span);
            return Some(lsp::Location { uri: self.uri.clone(), range });
        }
        let text = self.analysis.text(&range.file)?;
        let place = Lines::new(&text, self.encoding).range(range.span);
        Some(lsp::Location { uri: self.file_uri(&range.file, &text)?, range: place })
    }

    /// The name of a file. A text of the library is written down where it can be opened.
    pub(crate) fn file_uri(&self, file: &FilePath, text: &str) -> Option<lsp::Uri> {
        match file {
            FilePath::Disk(path) => uri::uri(path),
            FilePath::Library(module) => {
                let path = self.library.as_ref()?.join(format!("{module}.spy"));
                if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                    std::fs::create_dir_all(path.parent()?).ok()?;
                    std::fs::write(&path, text).ok()?;
                }
                uri::uri(&path)
            }
        }
    }
}
