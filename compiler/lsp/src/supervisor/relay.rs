//! Who hears what: the client, and the worker that is asked, the one to come, the one before.

use super::frames::{self, Envelope};
use super::process::Link;
use super::session::{self, Session};
use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

/// After how many edits there is a new worker. What an edit leaves behind is a few kilobytes where much
/// is evaluated at compile time.
pub(super) const RENEW_AFTER: u32 = 2_000;

/// A worker, and what is known about it.
pub(super) struct Worker {
    pub(super) number: u32,
    pub(super) link: Link,
    /// Whether it has looked at all texts that were open when it began.
    pub(super) settled: bool,
    /// What it found wrong until then, by file.
    pub(super) found: BTreeMap<String, Found>,
}

/// What is wrong with a file.
pub(super) struct Found {
    pub(super) version: Option<i32>,
    pub(super) is_empty: bool,
    pub(super) body: Vec<u8>,
}

/// A question that is not answered yet.
pub(super) struct Pending {
    pub(super) body: Vec<u8>,
    /// The parameters, if it is `initialize`.
    pub(super) initialize: Option<Value>,
    /// Who was asked.
    pub(super) worker: u32,
    /// Whether somebody else was asked before.
    pub(super) again: bool,
    pub(super) cancelled: bool,
}

/// What goes on between a client and workers. `L` starts workers.
pub(super) struct Supervisor<L> {
    pub(super) client: Sender<Vec<u8>>,
    pub(super) launch: L,
    pub(super) session: Session,
    /// Who is asked. There is nobody if too many have ended.
    pub(super) current: Option<Worker>,
    /// Who is being filled to take over.
    pub(super) next: Option<Worker>,
    /// Who was asked before, and still has something to answer.
    pub(super) old: Option<Worker>,
    pub(super) pending: BTreeMap<RequestId, Pending>,
    /// What workers have asked the client for: it is done once.
    pub(super) asked: BTreeSet<RequestId>,
    /// Files with which the client knows something wrong.
    pub(super) shown: BTreeSet<String>,
    pub(super) counts: Counts,
    /// Whether the client has said that it is going.
    pub(super) closing: bool,
}

/// What leads to new workers.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) workers: u32,
    pub(super) edits: u32,
    pub(super) deaths: Vec<Instant>,
}

impl<L: FnMut(u32) -> io::Result<Link>> Supervisor<L> {
    pub(super) fn new(client: Sender<Vec<u8>>, launch: L) -> Self {
        Self {
            client,
            launch,
            session: Session::default(),
            current: None,
            next: None,
            old: None,
            pending: BTreeMap::new(),
            asked: BTreeSet::new(),
            shown: BTreeSet::new(),
            counts: Counts::default(),
            closing: false,
        }
    }

    /// Starts the first worker.
    pub(super) fn begin(&mut self) -> Result<(), String> {
        let worker = self.start().map_err(|error| format!("cannot start a process: {error}"))?;
        self.current = Some(worker);
        Ok(())
    }

    /// Starts a worker, and tells it all that was said.
    pub(super) fn start(&mut self) -> io::Result<Worker> {
        self.counts.workers += 1;
        let number = self.counts.workers;
        let link = (self.launch)(number)?;
        for message in self.session.replay() {
            link.send(frames::bytes(&message));
        }
        // Before that there are no texts.
        let settled = !self.session.is_initialized();
        Ok(Worker { number, link, settled, found: BTreeMap::new() })
    }

    pub(super) fn send(&self, body: Vec<u8>) {
        // Fails only if the client is gone, which is noticed where it is read from.
        let _ = self.client.send(body);
    }

    pub(super) fn tell(&self, message: impl Into<Message>) {
        self.send(frames::bytes(&message.into()));
    }

    pub(super) fn refuse(&self, id: RequestId, code: ErrorCode, why: &str) {
        self.tell(Response::new_err(id, code as i32, why.to_owned()));
    }

    /// A message for people; 1 is an error, 2 a warning, 4 is for the log only.
    pub(super) fn say(&self, kind: u32, message: &str) {
        let method = if kind < 3 { "window/showMessage" } else { "window/logMessage" };
        let params = json!({ "type": kind, "message": message });
        self.tell(Notification::new(method.to_owned(), params));
    }

    /// Takes in what the client said. At the end, whether it ended as agreed.
    pub(super) fn client_said(&mut self, body: Vec<u8>) -> Option<bool> {
        match serde_json::from_slice(&body) {
            Ok(Message::Request(request)) => self.requested(request, body),
            Ok(Message::Notification(news)) if news.method == "exit" => return Some(self.closing),
            Ok(Message::Notification(notification)) => self.notified(&notification, body),
            Ok(Message::Response(_)) => {
                if let Some(worker) = &self.current {
                    worker.link.send(body);
                }
            }
            Err(error) => {
                let error =
                    json!({ "code": ErrorCode::ParseError as i32, "message": error.to_string() });
                let answer = json!({ "jsonrpc": "2.0", "id": null, "error": error });
                self.send(answer.to_string().into_bytes());
            }
        }
        None
    }

    pub(super) fn requested(&mut self, request: Request, body: Vec<u8>) {
        let Request { id, method, params } = request;
        if self.closing {
            return self.refuse(id, ErrorCode::InvalidRequest, "the server is shutting down");
        }
        if method == "shutdown" {
            self.closing = true;
            return self.tell(Response::new_ok(id, Value::Null));
        }
        let Some(worker) = &self.current else {
            let why =
                "the language server has ended too often; it is started again when a text changes";
            return self.refuse(id, ErrorCode::RequestFailed, why);
        };
        worker.link.send(body.clone());
        let initialize = (method == "initialize" && !self.session.has_begun()).then_some(params);
        let worker = worker.number;
        let pending = Pending { body, initialize, worker, again: false, cancelled: false };
        self.pending.insert(id, pending);
    }

    pub(super) fn notified(&mut self, notification: &Notification, body: Vec<u8>) {
        for worker in [&self.current, &self.next, &self.old].into_iter().flatten() {
            worker.link.send(body.clone());
        }
        if notification.method == "$/cancelRequest" {
            let id = notification.params.get("id").cloned();
            let id = id.and_then(|id| serde_json::from_value(id).ok());
            if let Some(pending) = id.and_then(|id: RequestId| self.pending.get_mut(&id)) {
                pending.cancelled = true;
            }
        }
        if !self.session.note(notification) || self.closing {
            return;
        }
        if self.current.is_none() {
            self.replace();
        }
        self.counts.edits += 1;
        if self.counts.edits >= RENEW_AFTER && self.next.is_none() {
            self.counts.edits = 0;
            match self.start() {
                Ok(worker) => self.next = Some(worker),
                Err(error) => self.say(4, &format!("cannot start a process: {error}")),
            }
        }
    }

    /// Takes in what a worker said.
    pub(super) fn worker_said(&mut self, number: u32, body: Vec<u8>) {
        let workers = [&self.current, &self.next, &self.old];
        let Some(worker) = workers.into_iter().flatten().find(|it| it.number == number) else {
            return;
        };
        let Ok(envelope) = serde_json::from_slice::<Envelope>(&body) else { return };
        match (envelope.id, envelope.method) {
            (Some(id), None) => self.answered(number, id, body),
            (Some(id), Some(_)) => {
                if self.asked.contains(&id) {
                    worker.link.send(frames::bytes(&Response::new_ok(id, Value::Null).into()));
                } else {
                    self.asked.insert(id);
                    self.send(body);
                }
            }
            (None, Some(method)) if method == "textDocument/publishDiagnostics" => {
                self.published(number, body);
            }
            (None, _) => self.send(body),
        }
    }

    pub(super) fn answered(&mut self, number: u32, id: RequestId, body: Vec<u8>) {
        if self.pending.get(&id).is_some_and(|pending| pending.worker == number) {
            let pending = self.pending.remove(&id);
            if let Some(params) = pending.and_then(|pending| pending.initialize) {
                self.session.begin(params, &body);
            }
            self.send(body);
            if self.old.as_ref().is_some_and(|old| old.number == number) && !self.owes(number) {
                self.old = None;
            }
        } else if id == session::settled_id() {
            self.settled(number);
        }
    }

    /// Whether a worker has something to answer.
    pub(super) fn owes(&self, number: u32) -> bool {
        self.pending.values().any(|pending| pending.worker == number)
    }

    pub(super) fn published(&mut self, number: u32, body: Vec<u8>) {
        #[derive(Deserialize)]
        struct Published {
            params: Params,
        }
        #[derive(Deserialize)]
        struct Params {
            uri: String,
            version: Option<i32>,
            diagnostics: Vec<IgnoredAny>,
        }
        let Ok(Published { params }) = serde_json::from_slice(&body) else { return };
        let Params { uri, version, diagnostics } = params;
        let found = Found { version, is_empty: diagnostics.is_empty(), body };
        let is = |worker: &&mut Worker| worker.number == number;
        if let Some(next) = self.next.as_mut().filter(is) {
            next.found.insert(uri, found);
        } else if let Some(current) = self.current.as_mut().filter(is) {
            let known = Found { body: Vec::new(), ..found };
            if !current.settled {
                current.found.insert(uri.clone(), known);
            }
            self.show(uri, found.is_empty, found.body);
        }
    }

    /// Tells the client what is wrong with a file.
    pub(super) fn show(&mut self, uri: String, is_empty: bool, body: Vec<u8>) {
        if is_empty {
            self.shown.remove(&uri);
        } else {
            self.shown.insert(uri);
        }
        self.send(body);
    }
}
