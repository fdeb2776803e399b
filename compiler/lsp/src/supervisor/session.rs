//! What a client has said that a worker must know.

use crate::convert::Encoding;
use crate::documents::Documents;
use crate::server::SETTLED;
use crate::uri;
use lsp_server::{Message, Notification, Request, RequestId};
use lsp_types as lsp;
use lsp_types::notification::Notification as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The number of the `initialize` that only a worker hears.
const INITIALIZE: &str = "spy/initialize";

/// What was said so far.
#[derive(Default)]
pub(crate) struct Session {
    /// What `initialize` said, with the folders that are open now, once it was answered.
    initialize: Option<Value>,
    /// Whether `initialized` followed.
    initialized: bool,
    encoding: Encoding,
    pub(crate) documents: Documents,
}

/// The number of the question of [`Session::replay`] that is answered last.
pub(crate) fn settled_id() -> RequestId {
    RequestId::from(SETTLED.to_owned())
}

impl Session {
    /// `initialize` was answered.
    pub(crate) fn begin(&mut self, params: Value, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        if answer.get("error").is_some() {
            return;
        }
        let agreed = answer.pointer("/result/capabilities/positionEncoding");
        self.encoding = match agreed.and_then(Value::as_str) {
            Some("utf-8") => Encoding::Utf8,
            _ => Encoding::Utf16,
        };
        self.initialize = Some(params);
    }

    /// Whether `initialize` was answered.
    pub(crate) fn has_begun(&self) -> bool {
        self.initialize.is_some()
    }

    /// Whether `initialized` followed.
    pub(crate) fn is_initialized(&self) -> bool {
        self.initialized
    }

    /// Remembers what matters. Whether a text has changed.
    pub(crate) fn note(&mut self, notification: &Notification) -> bool {
        let params = &notification.params;
        match notification.method.as_str() {
            "initialized" => self.initialized = true,
            lsp::notification::DidOpenTextDocument::METHOD => {
                if let Some(params) = read::<lsp::DidOpenTextDocumentParams>(params) {
                    self.documents.open(params.text_document);
                }
                return true;
            }
            lsp::notification::DidChangeTextDocument::METHOD => {
                if let Some(params) = read(params) {
                    self.documents.change(&params, self.encoding);
                }
                return true;
            }
            lsp::notification::DidCloseTextDocument::METHOD => {
                let params = read::<lsp::DidCloseTextDocumentParams>(params);
                if let Some(path) = params.and_then(|params| uri::path(&params.text_document.uri)) {
                    self.documents.remove(&path);
                }
                return true;
            }
            lsp::notification::DidChangeWorkspaceFolders::METHOD => {
                if let Some(params) = read::<lsp::DidChangeWorkspaceFoldersParams>(params) {
                    self.change_folders(&params.event);
                }
            }
            _ => {}
        }
        false
    }

    fn change_folders(&mut self, event: &lsp::WorkspaceFoldersChangeEvent) {
        let Some(Value::Object(initialize)) = &mut self.initialize else { return };
        let known = initialize.get("workspaceFolders").cloned();
        let known = known.and_then(|known| serde_json::from_value(known).ok());
        let mut folders: Vec<lsp::WorkspaceFolder> = known.unwrap_or_default();
        folders.retain(|folder| !event.removed.iter().any(|gone| gone.uri == folder.uri));
        folders.extend(event.added.iter().cloned());
        initialize.insert("workspaceFolders".to_owned(), json!(folders));
    }

    /// All that a new worker has to hear. Its answer to the last question says that it has looked at all
    /// texts.
    pub(crate) fn replay(&self) -> Vec<Message> {
        let Some(initialize) = &self.initialize else { return Vec::new() };
        let method = "initialize".to_owned();
        let mut out = vec![Message::from(Request {
            id: RequestId::from(INITIALIZE.to_owned()),
            method,
            params: initialize.clone(),
        })];
        if !self.initialized {
            return out;
        }
        out.push(Notification::new("initialized".to_owned(), json!({})).into());
        for (_, document) in self.documents.iter() {
            let item = lsp::TextDocumentItem {
                uri: document.uri.clone(),
                language_id: "spy".to_owned(),
                version: document.version,
                text: document.text.to_string(),
            };
            let method = lsp::notification::DidOpenTextDocument::METHOD.to_owned();
            out.push(Notification::new(method, json!({ "textDocument": item })).into());
        }
        out.push(Request::new(settled_id(), SETTLED.to_owned(), json!({})).into());
        out
    }
}

fn read<P: DeserializeOwned>(params: &Value) -> Option<P> {
    P::deserialize(params).ok()
}
