//! When another worker is asked, and what becomes of what the one before was asked.

use super::process::Link;
use super::relay::{Supervisor, Worker};
use lsp_server::{ErrorCode, Notification};
use serde_json::json;
use std::io;
use std::time::{Duration, Instant};

/// How many workers may end by themselves within [`SHORT_TIME`] and be replaced at once.
pub(super) const DEATHS: usize = 3;

/// What [`DEATHS`] counts in.
pub(super) const SHORT_TIME: Duration = Duration::from_secs(60);

impl<L: FnMut(u32) -> io::Result<Link>> Supervisor<L> {
    /// A worker has looked at everything.
    pub(super) fn settled(&mut self, number: u32) {
        let is = |worker: &mut Worker| worker.number == number;
        if let Some(next) = self.next.take_if(is) {
            self.promote(next);
        }
        let Some(current) = self.current.as_mut().filter(|worker| worker.number == number) else {
            return;
        };
        current.settled = true;
        let found = std::mem::take(&mut current.found);
        // What others found before, and is right by now.
        for uri in std::mem::take(&mut self.shown) {
            if found.contains_key(&uri) {
                self.shown.insert(uri);
            } else {
                let params = json!({ "uri": uri, "diagnostics": [] });
                let method = "textDocument/publishDiagnostics".to_owned();
                self.tell(Notification::new(method, params));
            }
        }
    }

    /// A worker is asked from now on. Who was asked before answers what it was asked.
    pub(super) fn promote(&mut self, mut worker: Worker) {
        if let Some(old) = self.old.take() {
            self.ask_again(old.number, worker.number, &worker.link);
        }
        for (uri, found) in &mut worker.found {
            let open = self.session.documents.iter().find(|(_, it)| it.uri.as_str() == uri);
            // What is wrong with a text that has changed since is told when it was looked at.
            let is_now = open.is_none_or(|(_, it)| found.version.is_none_or(|of| of == it.version));
            if is_now {
                self.show(uri.clone(), found.is_empty, std::mem::take(&mut found.body));
            }
        }
        let before = self.current.replace(worker);
        self.old = before.filter(|before| self.owes(before.number));
        self.counts.edits = 0;
    }

    /// Asks a worker what another one did not answer.
    pub(super) fn ask_again(&mut self, before: u32, now: u32, link: &Link) {
        for (id, mut pending) in std::mem::take(&mut self.pending) {
            if pending.worker != before {
                self.pending.insert(id, pending);
            } else if pending.cancelled {
                self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
            } else if pending.again {
                self.refuse(
                    id,
                    ErrorCode::InternalError,
                    "the language server ended while it looked for an answer",
                );
            } else {
                link.send(pending.body.clone());
                pending.again = true;
                pending.worker = now;
                self.pending.insert(id, pending);
            }
        }
    }

    /// A worker has ended by itself.
    ///
    /// # Errors
    /// It has not even begun.
    pub(super) fn worker_gone(&mut self, number: u32) -> Result<(), String> {
        let is = |worker: &mut Worker| worker.number == number;
        if let Some(next) = self.next.take_if(is) {
            let status = next.link.status();
            self.say(4, &format!("a language server that was to take over has ended: {status}"));
        } else if self.old.take_if(is).is_some() {
            if let Some(current) = self.current.take() {
                self.ask_again(number, current.number, &current.link);
                self.current = Some(current);
            }
        } else if let Some(current) = self.current.take_if(is) {
            let status = current.link.status();
            if !self.session.has_begun() {
                self.give_up("the language server has ended");
                return Err(format!("the language server has ended: {status}"));
            }
            match self.closing {
                true => self.give_up("the language server has ended"),
                false => self.died(number, &status),
            }
        }
        Ok(())
    }

    pub(super) fn died(&mut self, number: u32, status: &str) {
        let now = Instant::now();
        self.counts.deaths.retain(|death| now.duration_since(*death) < SHORT_TIME);
        self.counts.deaths.push(now);
        if self.counts.deaths.len() > DEATHS {
            let message = format!(
                "The SPy language server has ended again ({status}). It is started when a text changes. \
                 This is a bug in the compiler. Please report it, with the text."
            );
            self.say(1, &message);
            return self.give_up("the language server has ended too often");
        }
        let message = format!(
            "The SPy language server has ended ({status}) and was started again. This is a bug in the \
             compiler. Please report it."
        );
        self.say(if self.counts.deaths.len() == 1 { 2 } else { 4 }, &message);
        self.replace();
        if let Some(current) = self.current.take() {
            self.ask_again(number, current.number, &current.link);
            self.current = Some(current);
        }
    }

    /// Finds somebody to ask when there is nobody.
    pub(super) fn replace(&mut self) {
        if let Some(next) = self.next.take() {
            return self.promote(next);
        }
        match self.start() {
            Ok(worker) => self.promote(worker),
            Err(error) => {
                self.say(1, &format!("The SPy language server cannot be started: {error}"));
                self.give_up("the language server cannot be started");
            }
        }
    }

    /// There is nobody to answer what was asked.
    pub(super) fn give_up(&mut self, why: &str) {
        self.next = None;
        self.old = None;
        for (id, _) in std::mem::take(&mut self.pending) {
            self.refuse(id, ErrorCode::RequestFailed, why);
        }
    }
}
