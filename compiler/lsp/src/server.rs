//! The loop: messages in, answers out.

#[cfg(test)]
mod tests;

use crate::capabilities::{capabilities, encoding};
use crate::convert::Encoding;
use crate::requests;
use crate::state::{Snapshot, State};
use crate::uri;
use crate::workers::{Outcome, Workers, message, run};
use crossbeam_channel::{Receiver, Sender, select, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types as lsp;
use lsp_types::notification::Notification as _;
use spy_ide::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How the server is set up by who starts it.
pub struct Options {
    /// Where texts are looked at.
    pub host: Host,
    /// A folder for the texts of the standard library, so that editors can open them.
    pub library: Option<PathBuf>,
    /// The name and version of the program.
    pub version: String,
}

/// Threads that answer questions. One long answer must not hold up the next.
const ANSWERERS: usize = 3;

/// The question whether all texts that are open were looked at. It is answered when they were.
pub(crate) const SETTLED: &str = "spy/settled";

/// What a check found.
struct Checked {
    /// The number of changes when it began.
    changes: u64,
    /// A file, and what is wrong; nothing at the end of all checks.
    found: Option<(PathBuf, BTreeMap<PathBuf, Vec<lsp::Diagnostic>>)>,
}

struct Server {
    sender: Sender<Message>,
    state: State,
    answerers: Workers,
    checker: Workers,
    checked: Sender<Checked>,
    /// Who asked whether all was looked at.
    settling: Vec<RequestId>,
    /// How often texts have changed.
    changes: Arc<AtomicU64>,
    /// Questions that wait for their turn, and whether nobody wants them answered any more.
    waiting: Arc<Mutex<BTreeMap<RequestId, bool>>>,
    /// What to check first, if anything is to be checked.
    pending: Option<Option<PathBuf>>,
    /// Whether what questions need before an answer is quick was looked at.
    is_prepared: bool,
}

/// Serves a client until it says goodbye. Returns whether it did so as agreed.
///
/// # Errors
/// The client does not follow the protocol.
pub fn serve(connection: &Connection, options: Options) -> Result<bool, String> {
    let (id, params) = connection.initialize_start().map_err(|error| error.to_string())?;
    let params: lsp::InitializeParams =
        serde_json::from_value(params).map_err(|error| format!("initialize: {error}"))?;
    let encoding = encoding(&params.capabilities);
    let answer = serde_json::json!({
        "capabilities": capabilities(encoding),
        "serverInfo": { "name": "spy", "version": options.version },
    });
    connection.initialize_finish(id, answer).map_err(|error| error.to_string())?;
    let (sender, checked) = unbounded();
    let mut server = Server {
        sender: connection.sender.clone(),
        state: state(options, &params, encoding),
        answerers: Workers::start("answers", ANSWERERS),
        checker: Workers::start("checks", 1),
        checked: sender,
        settling: Vec::new(),
        changes: Arc::default(),
        waiting: Arc::default(),
        pending: None,
        is_prepared: false,
    };
    server.watch(&params.capabilities);
    let agreed = server.run(connection, &checked);
    // Nobody waits for what is still to be found out.
    server.changes.fetch_add(1, Ordering::SeqCst);
    lock(&server.waiting).values_mut().for_each(|cancelled| *cancelled = true);
    Ok(agreed)
}

fn state(options: Options, params: &lsp::InitializeParams, encoding: Encoding) -> State {
    let folders = params.workspace_folders.iter().flatten();
    let folders: Vec<PathBuf> = folders.filter_map(|folder| uri::path(&folder.uri)).collect();
    let mut state = State::new(options.host, encoding, folders);
    state.library = options.library;
    state
}

impl Server {
    fn run(&mut self, connection: &Connection, checked: &Receiver<Checked>) -> bool {
        loop {
            // Changes that wait are taken in before anything is checked.
            if self.pending.is_some() && connection.receiver.is_empty() {
                self.start_checks();
            }
            select! {
                recv(connection.receiver) -> message => match message {
                    Ok(Message::Request(request)) => {
                        match connection.handle_shutdown(&request) {
                            Ok(true) => return true,
                            Ok(false) => self.request(request),
                            Err(_) => return false,
                        }
                    }
                    Ok(Message::Notification(notification)) => {
                        if notification.method == lsp::notification::Exit::METHOD {
                            return false;
                        }
                        self.guarded(notification);
                    }
                    // Nothing was asked that matters.
                    Ok(Message::Response(_)) => {}
                    Err(_) => return false,
                },
                recv(checked) -> found => {
                    if let Ok(found) = found {
                        self.publish(found);
                    }
                }
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // Fails only if the client is gone, which the loop notices.
        let _ = self.sender.send(message.into());
    }

    fn notify<N: lsp::notification::Notification>(&self, params: N::Params) {
        self.send(Notification::new(N::METHOD.to_owned(), params));
    }

    /// Asks the client to tell what happens to files on the disk.
    fn watch(&self, client: &lsp::ClientCapabilities) {
        let watched = client.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
        if watched.and_then(|it| it.dynamic_registration) != Some(true) {
            return;
        }
        let registration = lsp::Registration {
            id: "files".to_owned(),
            method: lsp::notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(
                serde_json::json!({ "watchers": [{ "globPattern": "**/*.spy" }] }),
            ),
        };
        let params = lsp::RegistrationParams { registrations: vec![registration] };
        let id = RequestId::from("watch".to_owned());
        self.send(Request::new(id, "client/registerCapability".to_owned(), params));
    }

    /// A mistake in this program is not the end of the session: the next text may not meet it.
    fn guarded(&mut self, notification: Notification) {
        // At worst, what is known about a program is that of the text before.
        let handled = catch_unwind(AssertUnwindSafe(|| self.notified(notification)));
        if let Err(payload) = handled {
            self.send(internal_error(&message(&*payload)));
        }
    }

    fn notified(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                self.with(params, |server, params: lsp::DidOpenTextDocumentParams| {
                    let path = server.state.open(params.text_document);
                    server.changed(path);
                });
            }
            "textDocument/didChange" => {
                self.with(params, |server, params: lsp::DidChangeTextDocumentParams| {
                    let path = server.state.change(&params);
                    server.changed(path);
                });
            }
            "textDocument/didClose" => {
                self.with(params, |server, params: lsp::DidCloseTextDocumentParams| {
                    if let Some(path) = server.state.close(&params.text_document.uri) {
                        let news = server.state.take_findings(&path, BTreeMap::new());
                        server.tell(news);
                        server.changed(None);
                    }
                });
            }
            "textDocument/didSave" => self.changed(None),
            "workspace/didChangeWatchedFiles" => {
                self.with(params, |server, params: lsp::DidChangeWatchedFilesParams| {
                    server.state.watched(&params.changes);
                    server.changed(None);
                });
            }
            "workspace/didChangeWorkspaceFolders" => {
                self.with(params, |server, params: lsp::DidChangeWorkspaceFoldersParams| {
                    let gone: Vec<PathBuf> =
                        params.event.removed.iter().filter_map(|it| uri::path(&it.uri)).collect();
                    let new = params.event.added.iter().filter_map(|it| uri::path(&it.uri));
                    server.state.folders.retain(|folder| !gone.contains(folder));
                    server.state.folders.extend(new);
                });
            }
            "$/cancelRequest" => {
                self.with(params, |server, params: lsp::CancelParams| {
                    let id = match params.id {
                        lsp::NumberOrString::Number(id) => RequestId::from(id),
                        lsp::NumberOrString::String(id) => RequestId::from(id),
                    };
                    if let Some(cancelled) = lock(&server.waiting).get_mut(&id) {
                        *cancelled = true;
                    }
                });
            }
            _ => {}
        }
    }

    fn with<P: serde::de::DeserializeOwned>(
        &mut self,
        params: serde_json::Value,
        handle: impl FnOnce(&mut Self, P),
    ) {
        match serde_json::from_value(params) {
            Ok(params) => handle(self, params),
            Err(error) => self.log(format!("a notification that cannot be read: {error}")),
        }
    }

    fn log(&self, message: String) {
        let params = lsp::LogMessageParams { typ: lsp::MessageType::ERROR, message };
        self.notify::<lsp::notification::LogMessage>(params);
    }

    /// Texts have changed: all that is open is to be checked, this first.
    fn changed(&mut self, first: Option<PathBuf>) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.pending = Some(first);
    }

    fn start_checks(&mut self) {
        let Some(first) = self.pending.take() else { return };
        let began = self.changes.load(Ordering::SeqCst);
        for (file, _, snapshot) in self.state.snapshots(first.as_deref()) {
            self.prepare(&snapshot);
            let (checked, changes) = (self.checked.clone(), Arc::clone(&self.changes));
            let sender = self.sender.clone();
            self.checker.add(move || {
                if changes.load(Ordering::SeqCst) != began {
                    return;
                }
                match run(move || requests::check(&snapshot)) {
                    Outcome::Done(found) => {
                        let found = Some((file, found));
                        let _ = checked.send(Checked { changes: began, found });
                    }
                    Outcome::Cancelled => {}
                    Outcome::Panicked(what) => drop(sender.send(internal_error(&what).into())),
                }
            });
        }
        let checked = self.checked.clone();
        // One thread does all checks, so this is the last.
        self.checker.add(move || drop(checked.send(Checked { changes: began, found: None })));
    }

    /// Beside the first check, what the first completion would wait for.
    fn prepare(&mut self, file: &Snapshot) {
        if std::mem::replace(&mut self.is_prepared, true) {
            return;
        }
        let file = file.clone();
        self.answerers.add(move || {
            // If it is cancelled, the first completion takes a little longer; a panic will be told there.
            let _ = run(move || file.analysis.prepare_completions(&file.path));
        });
    }

    fn publish(&mut self, checked: Checked) {
        if checked.changes != self.changes.load(Ordering::SeqCst) {
            return;
        }
        match checked.found {
            Some((file, found)) if self.state.documents.get(&file).is_some() => {
                let news = self.state.take_findings(&file, found);
                self.tell(news);
            }
            Some(_) => {}
            None => {
                for id in std::mem::take(&mut self.settling) {
                    self.send(Response::new_ok(id, serde_json::Value::Null));
                }
            }
        }
    }

    fn tell(&self, news: Vec<lsp::PublishDiagnosticsParams>) {
        for params in news {
            self.notify::<lsp::notification::PublishDiagnostics>(params);
        }
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        if method == SETTLED {
            self.settling.push(id);
            self.pending.get_or_insert(None);
            return;
        }
        let Some(question) = requests::find(&method) else {
            let text = format!("`{method}` is not a request that this server knows");
            self.send(Response::new_err(id, ErrorCode::MethodNotFound as i32, text));
            return;
        };
        let snapshot = match requests::document(&params) {
            Some(uri) => match self.state.snapshot(&uri) {
                Some(snapshot) => vec![snapshot],
                None => Vec::new(),
            },
            None => self.any_snapshots(),
        };
        let (sender, waiting) = (self.sender.clone(), Arc::clone(&self.waiting));
        lock(&waiting).insert(id.clone(), false);
        self.answerers.add(move || {
            let response = if lock(&waiting).remove(&id) == Some(true) {
                drop(snapshot);
                Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned())
            } else {
                answer(id, snapshot, params, question, &sender)
            };
            let _ = sender.send(response.into());
        });
    }

    /// One handle for each program, for questions that are about no file.
    fn any_snapshots(&self) -> Vec<Snapshot> {
        let mut seen = BTreeSet::new();
        let all = self.state.snapshots(None);
        let firsts =
            all.into_iter().filter(|(path, _, _)| seen.insert(self.state.host.dir_of(path)));
        firsts.map(|(_, _, snapshot)| snapshot).collect()
    }
}

fn answer(
    id: RequestId,
    snapshots: Vec<Snapshot>,
    params: serde_json::Value,
    question: requests::Question,
    sender: &Sender<Message>,
) -> Response {
    match run(move || question(&snapshots, params)) {
        Outcome::Done(Ok(value)) => Response::new_ok(id, value),
        Outcome::Done(Err((code, message))) => Response::new_err(id, code as i32, message),
        Outcome::Cancelled => {
            let text = "the text has changed".to_owned();
            Response::new_err(id, ErrorCode::ContentModified as i32, text)
        }
        Outcome::Panicked(what) => {
            let _ = sender.send(internal_error(&what).into());
            Response::new_err(
                id,
                ErrorCode::InternalError as i32,
                format!("internal error: {what}"),
            )
        }
    }
}

fn internal_error(what: &str) -> Notification {
    let params = lsp::LogMessageParams {
        typ: lsp::MessageType::ERROR,
        message: format!(
            "internal error: {what}\nThis is a bug in the compiler. Please report it."
        ),
    };
    Notification::new(lsp::notification::LogMessage::METHOD.to_owned(), params)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
