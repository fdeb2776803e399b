//! What an editor starts: it passes on what the editor and a worker say.
//!
//! The worker is another process, which does all the work ([`crate::serve`]). Whatever it knows can be
//! found out again from the texts that are open, which are remembered here; so it can be replaced at
//! any time, and the editor need not notice:
//!
//! * when it has seen many edits. Queries keep what texts that are gone led to, and interned keys live as
//!   long as the process. A new worker is filled while the old one still answers, and takes over
//!   between two messages.
//! * when it ends by itself. What was asked is asked once more; if that ends the next one too, it is
//!   answered with an error. After several ends in a short time nothing is started before a text
//!   changes, since it may be the text that does it.
//!
//! Nothing here knows SPy, or evaluates anything.

mod frames;
mod process;
mod relay;
mod replace;
mod session;
#[cfg(test)]
mod tests;

use crossbeam_channel::{bounded, select, unbounded};
use process::News;
use relay::Supervisor;
use std::io::{self, BufReader, BufWriter};
use std::process::Command;
use std::thread::Builder;

/// How many messages to the client may wait before nobody listens to workers any more.
const WAITING: usize = 16;

/// Serves a client on standard input and output until it says goodbye. Returns whether it did so as
/// agreed. `command` makes what starts a worker.
///
/// # Errors
/// No worker can be started.
pub fn supervise(command: impl Fn() -> Command) -> Result<bool, String> {
    let (client, bodies) = bounded::<Vec<u8>>(WAITING);
    let writing = Builder::new().name("to client".to_owned()).spawn(move || {
        let mut output = BufWriter::new(io::stdout().lock());
        bodies.iter().try_for_each(|body| frames::write(&mut output, &body))
    });
    let writing = writing.map_err(|error| error.to_string())?;
    let (sender, from_client) = unbounded();
    let reading = Builder::new().name("from client".to_owned()).spawn(move || {
        let mut input = BufReader::new(io::stdin().lock());
        while let Ok(Some(body)) = frames::read(&mut input) {
            if sender.send(body).is_err() {
                return;
            }
        }
    });
    reading.map_err(|error| error.to_string())?;
    let (news, from_workers) = bounded(WAITING);
    let launch = move |number| process::launch(command(), number, news.clone());
    let mut supervisor = Supervisor::new(client, launch);
    let began = supervisor.begin();
    let mut end = began.err().map(Err);
    while end.is_none() {
        end = select! {
            recv(from_client) -> body => match body {
                Ok(body) => supervisor.client_said(body).map(Ok),
                Err(_) => Some(Ok(false)),
            },
            recv(from_workers) -> news => match news {
                Ok((number, News::Said(body))) => {
                    supervisor.worker_said(number, body);
                    None
                }
                Ok((number, News::Gone)) => supervisor.worker_gone(number).err().map(Err),
                Err(_) => None,
            },
        };
    }
    // The thread that writes ends when nobody can give it anything to write. A client that does not
    // read any more has been told all that it wanted to know.
    drop(supervisor);
    drop(writing.join());
    end.unwrap_or(Ok(false))
}
