//! A supervisor between a client and workers that are played.

use super::process::Link;
use super::relay::{RENEW_AFTER, Supervisor};
use super::replace::DEATHS;
use crossbeam_channel::{Receiver, unbounded};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

type Heard = Rc<RefCell<Vec<Receiver<Vec<u8>>>>>;

/// What all three say and hear.
struct Stage<L> {
    supervisor: Supervisor<L>,
    client: Receiver<Vec<u8>>,
    /// What each worker hears.
    workers: Heard,
}

fn stage() -> Stage<impl FnMut(u32) -> io::Result<Link>> {
    let (sender, client) = unbounded();
    let workers = Heard::default();
    let heard = Rc::clone(&workers);
    let launch = move |_| {
        let (to, hears) = unbounded();
        heard.borrow_mut().push(hears);
        Ok(Link::new(to, None))
    };
    let mut supervisor = Supervisor::new(sender, launch);
    supervisor.begin().expect("a worker");
    Stage { supervisor, client, workers }
}

/// A stage on which a text is open.
fn opened() -> Stage<impl FnMut(u32) -> io::Result<Link>> {
    let mut stage = stage();
    stage.ask(
        json!(1),
        "initialize",
        json!({ "workspaceFolders": [{ "uri": "file:///w", "name": "w" }] }),
    );
    stage.says(
        1,
        json!({ "id": 1, "result": { "capabilities": { "positionEncoding": "utf-16" } } }),
    );
    stage.news("initialized", json!({}));
    let document = json!({ "uri": "file:///w/a.spy", "languageId": "spy", "version": 1, "text": "\u{1f600}x\n" });
    stage.news("textDocument/didOpen", json!({ "textDocument": document }));
    stage.heard(1);
    stage.told();
    stage
}

fn all(from: &Receiver<Vec<u8>>) -> Vec<Value> {
    from.try_iter().map(|body| serde_json::from_slice(&body).expect("JSON")).collect()
}

impl<L: FnMut(u32) -> io::Result<Link>> Stage<L> {
    fn client_says(&mut self, message: Value) -> Option<bool> {
        self.supervisor.client_said(message.to_string().into_bytes())
    }

    fn news(&mut self, method: &str, params: Value) {
        assert_eq!(self.client_says(json!({ "method": method, "params": params })), None);
    }

    fn ask(&mut self, id: Value, method: &str, params: Value) {
        assert_eq!(self.client_says(json!({ "id": id, "method": method, "params": params })), None);
    }

    /// Changes the text: each hundredth time, there is a character more behind the first.
    fn edit(&mut self, version: u32) {
        let typed = if version.is_multiple_of(100) { "y" } else { "" };
        let place = json!({ "line": 0, "character": 2 });
        let change = json!({ "range": { "start": place, "end": place }, "text": typed });
        let document = json!({ "uri": "file:///w/a.spy", "version": version });
        self.news(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [change] }),
        );
    }

    fn says(&mut self, worker: u32, message: Value) {
        self.supervisor.worker_said(worker, message.to_string().into_bytes());
    }

    fn finds(&mut self, worker: u32, uri: &str, version: Option<u32>, errors: usize) {
        let diagnostics = vec![json!({}); errors];
        let params = json!({ "uri": uri, "version": version, "diagnostics": diagnostics });
        self.says(worker, json!({ "method": "textDocument/publishDiagnostics", "params": params }));
    }

    fn settles(&mut self, worker: u32) {
        self.says(worker, json!({ "id": "spy/settled", "result": null }));
    }

    fn dies(&mut self, worker: u32) {
        self.supervisor.worker_gone(worker).expect("goes on");
    }

    /// What a worker was told since this was asked last.
    fn heard(&self, worker: usize) -> Vec<Value> {
        all(&self.workers.borrow()[worker - 1])
    }

    fn heard_methods(&self, worker: usize) -> Vec<String> {
        let heard = self.heard(worker).into_iter();
        heard.map(|it| it["method"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the client was told since this was asked last.
    fn told(&self) -> Vec<Value> {
        all(&self.client)
    }

    fn count(&self) -> usize {
        self.workers.borrow().len()
    }
}

const REPLAY: [&str; 4] = ["initialize", "initialized", "textDocument/didOpen", "spy/settled"];

#[test]
fn a_successor_knows_all_and_takes_over_unnoticed() {
    let mut stage = opened();
    let other = json!({ "uri": "file:///x", "name": "x" });
    let event =
        json!({ "event": { "added": [other], "removed": [{ "uri": "file:///w", "name": "w" }] } });
    stage.news("workspace/didChangeWorkspaceFolders", event);
    stage.finds(1, "file:///w/a.spy", Some(1), 1);
    stage.finds(1, "file:///w/gone.spy", None, 2);
    // One edit was opening the text.
    for version in 2..=RENEW_AFTER {
        assert_eq!(stage.count(), 1);
        stage.edit(version);
    }
    let heard = stage.heard(2);
    let methods: Vec<&str> = heard.iter().filter_map(|it| it["method"].as_str()).collect();
    assert_eq!(methods, REPLAY);
    assert_eq!(heard[0]["params"]["workspaceFolders"], json!([other]));
    let document = &heard[2]["params"]["textDocument"];
    let text = format!("\u{1f600}{}x\n", "y".repeat(RENEW_AFTER as usize / 100));
    assert_eq!((&document["text"], &document["version"]), (&json!(text), &json!(RENEW_AFTER)));
    // It is told what happens, but nobody hears it before it is ready.
    stage.ask(json!("q"), "textDocument/hover", json!({}));
    stage.edit(RENEW_AFTER + 1);
    assert_eq!(stage.heard_methods(2), ["textDocument/didChange"]);
    stage.told();
    stage.says(2, json!({ "id": "spy/initialize", "result": {} }));
    stage.finds(2, "file:///w/a.spy", Some(RENEW_AFTER + 1), 3);
    stage.finds(2, "file:///w/other.spy", None, 1);
    assert!(stage.told().is_empty());
    stage.settles(2);
    let told = stage.told();
    let found: Vec<(&str, usize)> = told
        .iter()
        .map(|it| {
            (
                it["params"]["uri"].as_str().expect("a file"),
                it["params"]["diagnostics"].as_array().expect("a list").len(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [("file:///w/a.spy", 3), ("file:///w/other.spy", 1), ("file:///w/gone.spy", 0)]
    );
    // The one before answers what it was asked, and says no more.
    stage.heard(1);
    stage.finds(1, "file:///w/a.spy", Some(1), 9);
    stage.ask(json!("r"), "textDocument/hover", json!({}));
    assert_eq!(
        (stage.heard(1).len(), stage.heard_methods(2)),
        (0, vec!["textDocument/hover".to_owned()])
    );
    assert!(stage.told().is_empty());
    stage.says(1, json!({ "id": "q", "result": "old" }));
    stage.says(2, json!({ "id": "r", "result": "new" }));
    let results: Vec<Value> = stage.told().iter().map(|it| it["result"].clone()).collect();
    assert_eq!(results, ["old", "new"]);
    assert!(stage.supervisor.old.is_none());
}

#[test]
fn findings_about_a_text_that_has_changed_are_not_shown() {
    let mut stage = opened();
    (2..=RENEW_AFTER).for_each(|version| stage.edit(version));
    stage.finds(1, "file:///w/a.spy", Some(RENEW_AFTER), 2);
    stage.finds(2, "file:///w/a.spy", Some(1), 1);
    stage.told();
    stage.settles(2);
    assert!(stage.told().is_empty());
}

#[test]
fn what_a_worker_did_not_answer_is_asked_once_more() {
    let mut stage = opened();
    stage.ask(json!(7), "textDocument/hover", json!({ "a": 1 }));
    stage.ask(json!(8), "textDocument/definition", json!({}));
    stage.news("$/cancelRequest", json!({ "id": 8 }));
    stage.finds(1, "file:///w/gone.spy", None, 1);
    stage.told();
    stage.dies(1);
    let told = stage.told();
    assert_eq!(told[0]["method"], "window/showMessage");
    assert_eq!((&told[1]["id"], &told[1]["error"]["code"]), (&json!(8), &json!(-32800)));
    assert_eq!(told.len(), 2);
    assert_eq!(stage.heard_methods(2), [&REPLAY[..], &["textDocument/hover"]].concat());
    // What the other one found is forgotten when this one has looked at everything.
    stage.settles(2);
    assert_eq!(
        stage.told()[0]["params"],
        json!({ "uri": "file:///w/gone.spy", "diagnostics": [] })
    );
    stage.dies(2);
    let told = stage.told();
    assert_eq!((&told[1]["id"], &told[1]["error"]["code"]), (&json!(7), &json!(-32603)));
    assert_eq!(stage.heard_methods(3), REPLAY);
}

#[test]
fn a_text_that_ends_every_worker_stops_them_until_it_changes() {
    let mut stage = opened();
    let deaths = u32::try_from(DEATHS).expect("few");
    (1..=deaths).for_each(|worker| stage.dies(worker));
    stage.ask(json!(7), "textDocument/hover", json!({}));
    stage.told();
    stage.dies(deaths + 1);
    assert_eq!(stage.count(), DEATHS + 1, "no more are started");
    let told = stage.told();
    assert_eq!(
        (&told[0]["method"], &told[0]["params"]["type"]),
        (&json!("window/showMessage"), &json!(1))
    );
    assert_eq!((&told[1]["id"], &told[1]["error"]["code"]), (&json!(7), &json!(-32803)));
    stage.ask(json!(8), "textDocument/hover", json!({}));
    assert_eq!(stage.told()[0]["error"]["code"], -32803);
    stage.edit(2);
    assert_eq!(stage.count(), DEATHS + 2);
    stage.ask(json!(9), "textDocument/hover", json!({}));
    assert_eq!(stage.heard_methods(DEATHS + 2), [&REPLAY[..], &["textDocument/hover"]].concat());
}

#[test]
fn the_end_of_one_that_is_not_asked_changes_nothing() {
    let mut stage = opened();
    (2..=RENEW_AFTER).for_each(|version| stage.edit(version));
    stage.heard(1);
    stage.dies(2);
    stage.ask(json!(1), "textDocument/hover", json!({}));
    assert_eq!(stage.heard_methods(1), ["textDocument/hover"]);
    // After as many edits, another one is tried; it takes over at once if nobody else is there.
    (0..RENEW_AFTER).for_each(|_| stage.edit(1));
    stage.finds(3, "file:///w/a.spy", Some(1), 2);
    stage.told();
    stage.dies(1);
    assert_eq!(stage.count(), 3);
    assert_eq!(stage.heard_methods(3).last().map(String::as_str), Some("textDocument/hover"));
    assert_eq!(stage.told()[1]["params"]["diagnostics"], json!([{}, {}]));
}

#[test]
fn the_client_is_asked_for_the_same_once() {
    let mut stage = opened();
    let watch = json!({ "id": "watch", "method": "client/registerCapability", "params": {} });
    stage.says(1, watch.clone());
    assert_eq!(stage.told().len(), 1);
    stage.client_says(json!({ "id": "watch", "result": null }));
    assert_eq!(stage.heard(1)[0]["id"], "watch");
    stage.dies(1);
    stage.told();
    stage.heard(2);
    stage.says(2, watch);
    assert!(stage.told().is_empty());
    assert_eq!(stage.heard(2)[0]["result"], Value::Null);
}

#[test]
fn goodbye_is_said_here() {
    let mut stage = opened();
    stage.ask(json!(5), "shutdown", Value::Null);
    assert_eq!(stage.told()[0], json!({ "jsonrpc": "2.0", "id": 5, "result": null }));
    stage.ask(json!(6), "textDocument/hover", json!({}));
    assert_eq!(stage.told()[0]["error"]["code"], -32600);
    stage.dies(1);
    assert_eq!(stage.count(), 1, "nothing is started for one who goes");
    assert_eq!(stage.client_says(json!({ "method": "exit" })), Some(true));
    assert_eq!(opened().client_says(json!({ "method": "exit" })), Some(false));
}

#[test]
fn what_is_no_message_is_said_to_be_none() {
    let mut stage = opened();
    for body in ["{", "[]", "{\"id\": 1}", "\u{fe}"] {
        assert_eq!(stage.supervisor.client_said(body.as_bytes().to_vec()), None);
        let told = stage.told();
        assert_eq!((&told[0]["id"], &told[0]["error"]["code"]), (&Value::Null, &json!(-32700)));
    }
    assert!(stage.heard(1).is_empty());
    stage.supervisor.worker_said(1, b"{".to_vec());
    assert!(stage.told().is_empty());
}

#[test]
fn one_that_never_began_is_the_end() {
    let mut stage = stage();
    stage.ask(json!(1), "initialize", json!({}));
    assert!(stage.supervisor.worker_gone(1).is_err());
    assert_eq!(stage.told()[0]["id"], 1);
    let (sender, _client) = unbounded();
    let mut supervisor = Supervisor::new(sender, |_| Err(io::Error::other("none left")));
    assert_eq!(supervisor.begin(), Err("cannot start a process: none left".to_owned()));
}
