//! A client and a server in one process: mistakes in the server.

use super::{Options, serve};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use spy_db::MemorySystem;
use spy_ide::{Host, HostSettings};
use std::path::Path;
use std::sync::Arc;

/// Programs in a folder of this name cannot be looked at, because of a mistake.
const CURSED: &str = "/cursed";

struct Client(Connection);

impl Client {
    fn notify(&self, method: &str, params: Value) {
        let message = Notification::new(method.to_owned(), params);
        self.0.sender.send(message.into()).expect("the server lives");
    }

    /// The answer to a question, and what was logged before it.
    fn ask(&self, id: i32, method: &str, params: Value) -> (Response, Vec<String>) {
        let request = Request::new(RequestId::from(id), method.to_owned(), params);
        self.0.sender.send(request.into()).expect("the server lives");
        let mut logged = Vec::new();
        loop {
            match self.0.receiver.recv().expect("the server lives") {
                Message::Response(response) => return (response, logged),
                Message::Notification(news) if news.method == "window/logMessage" => {
                    logged.push(news.params["message"].as_str().unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
    }

    fn open(&self, path: &str, text: &str) {
        let document = json!({ "uri": format!("file://{path}"), "languageId": "spy", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn hover(&self, id: i32, path: &str) -> (Response, Vec<String>) {
        let place = json!({ "line": 0, "character": 0 });
        let document = json!({ "uri": format!("file://{path}") });
        self.ask(id, "textDocument/hover", json!({ "textDocument": document, "position": place }))
    }
}

/// Serves a client that does something, and says goodbye.
fn session(work: impl FnOnce(&Client) + Send + 'static) {
    let (client, server) = Connection::memory();
    let client = Client(client);
    let talking = std::thread::spawn(move || {
        client.ask(1, "initialize", json!({ "capabilities": {} }));
        client.notify("initialized", json!({}));
        work(&client);
        client.ask(2, "shutdown", Value::Null);
        client.notify("exit", Value::Null);
    });
    let search = |file: &Path| {
        assert!(!file.starts_with(CURSED), "a mistake, for the test");
        Default::default()
    };
    let settings = HostSettings { search: Arc::new(search), ..HostSettings::default() };
    let host = Host::new(settings, Arc::new(MemorySystem::default()));
    let options = Options { host, library: None, version: "1".to_owned() };
    let served = serve(&server, options);
    talking.join().expect("the client is content");
    assert_eq!(served, Ok(true));
}

fn known(response: &Response) -> bool {
    let text = response.response_result.as_ref().map(Value::to_string).unwrap_or_default();
    text.contains("X: i32 = 1")
}

#[test]
fn a_panic_in_a_question_is_answered() {
    session(|client| {
        client.open("/w/a.spy", "X = 1\n");
        for round in 0..5 {
            let (response, logged) = client.ask(10 + round, "test/panic", json!({}));
            let error = response.response_result.expect_err("an error");
            assert_eq!(error.code, lsp_server::ErrorCode::InternalError as i32);
            assert!(error.message.contains("for the test"), "{}", error.message);
            assert!(logged.iter().any(|text| text.contains("Please report it")), "{logged:?}");
        }
        assert!(known(&client.hover(20, "/w/a.spy").0));
    });
}

#[test]
fn a_panic_about_a_text_is_not_the_end() {
    session(|client| {
        client.open("/w/a.spy", "X = 1\n");
        client.open(&format!("{CURSED}/b.spy"), "X = 2\n");
        let (response, logged) = client.hover(10, "/w/a.spy");
        assert!(known(&response), "{response:?}");
        assert!(logged.iter().any(|text| text.contains("a mistake, for the test")), "{logged:?}");
    });
}
