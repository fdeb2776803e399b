//! Texts that clients have open.

use crate::convert::{Encoding, changed};
use crate::uri;
use lsp_types::{self as lsp, Uri};
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
    /// A text was opened; `None` if it is no file.
    pub(crate) fn open(&mut self, item: lsp::TextDocumentItem) -> Option<(PathBuf, Arc<str>)> {
        let path = uri::path(&item.uri)?;
        let text: Arc<str> = item.text.into();
        let document = Document { uri: item.uri, version: item.version, text: Arc::clone(&text) };
        self.0.insert(path.clone(), document);
        Some((path, text))
    }

    /// A text was edited; `None` if it is not open.
    pub(crate) fn change(
        &mut self,
        params: &lsp::DidChangeTextDocumentParams,
        encoding: Encoding,
    ) -> Option<(PathBuf, Arc<str>)> {
        let path = uri::path(&params.text_document.uri)?;
        let document = self.0.get_mut(&path)?;
        document.version = params.text_document.version;
        for change in &params.content_changes {
            document.text = changed(&document.text, change, encoding).into();
        }
        Some((path, Arc::clone(&document.text)))
    }

    pub(crate) fn remove(&mut self, path: &Path) -> Option<Document> {
        self.0.remove(path)
    }

    pub(crate) fn get(&self, path: &Path) -> Option<&Document> {
        self.0.get(path)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PathBuf, &Document)> {
        self.0.iter()
    }
}
