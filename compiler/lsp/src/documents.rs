//! Texts that clients have open.

use lsp_types::Uri;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that is open.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The client's name of it, to be used when it is told something.
    pub(crate) uri: Uri,
    /// The client's number of this state of it.
    pub(crate) version: i32,
    /// The text.
    pub(crate) text: Arc<str>,
}

/// The texts that are open, by path.
#[derive(Default, Debug)]
pub(crate) struct Documents(BTreeMap<PathBuf, Document>);

impl Documents {
    pub(crate) fn insert(&mut self, path: PathBuf, document: Document) {
        self.0.insert(path, document);
    }

    pub(crate) fn remove(&mut self, path: &Path) -> Option<Document> {
        self.0.remove(path)
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Document> {
        self.0.get(path)
    }

    pub(crate) fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.0.get_mut(path)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.0.iter()
    }
}
