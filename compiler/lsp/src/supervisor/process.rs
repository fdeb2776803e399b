//! Workers as processes.

use super::frames;
use crossbeam_channel::{Sender, unbounded};
use std::io::{self, BufReader, BufWriter};
use std::process::{Child, Command, Stdio};
use std::thread::{Builder, sleep};
use std::time::Duration;

/// What a worker does.
pub(crate) enum News {
    /// It says something.
    Said(Vec<u8>),
    /// It says nothing any more.
    Gone,
}

/// A way to a worker. It ends when this is dropped.
pub(crate) struct Link {
    to: Sender<Vec<u8>>,
    process: Option<Child>,
}

/// How long a worker that says nothing any more may take to end, in steps of ten milliseconds.
const PATIENCE: u32 = 200;

impl Link {
    /// A way to a worker that hears what comes out at the other side of `to`.
    pub(crate) fn new(to: Sender<Vec<u8>>, process: Option<Child>) -> Self {
        Self { to, process }
    }

    /// Tells it something; it need not listen yet.
    pub(crate) fn send(&self, body: Vec<u8>) {
        // Fails only if it is gone, and then there is news of that.
        let _ = self.to.send(body);
    }

    /// How it ended. It says nothing any more.
    pub(crate) fn status(mut self) -> String {
        let Some(process) = &mut self.process else { return "no process".to_owned() };
        for _ in 0..PATIENCE {
            if let Ok(Some(status)) = process.try_wait() {
                return status.to_string();
            }
            sleep(Duration::from_millis(10));
        }
        "it does not end".to_owned()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It has nothing that would have to be kept. Both fail only if it has ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Starts a worker; `number` tells its news from others'.
///
/// # Errors
/// There is no process or no thread to be had.
pub(crate) fn launch(
    mut command: Command,
    number: u32,
    news: Sender<(u32, News)>,
) -> io::Result<Link> {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (input, output) = (process.stdin.take(), process.stdout.take());
    let (to, messages) = unbounded::<Vec<u8>>();
    let link = Link::new(to, Some(process));
    let (Some(input), Some(output)) = (input, output) else {
        return Err(io::Error::other("no pipe"));
    };
    // A worker that is busy does not read; nobody waits for that.
    Builder::new().name("to worker".to_owned()).spawn(move || {
        let mut input = BufWriter::new(input);
        let _ = messages.iter().try_for_each(|body| frames::write(&mut input, &body));
    })?;
    Builder::new().name("from worker".to_owned()).spawn(move || {
        let mut output = BufReader::new(output);
        while let Ok(Some(body)) = frames::read(&mut output) {
            if news.send((number, News::Said(body))).is_err() {
                return;
            }
        }
        let _ = news.send((number, News::Gone));
    })?;
    Ok(link)
}
