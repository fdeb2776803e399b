//! The threads that answer questions.
//!
//! Evaluation recurses as deep as the program that is looked at, so they have large stacks. A panic
//! in an answer is the end of that answer and of nothing else.

use crossbeam_channel::{Receiver, Sender, unbounded};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};

/// Virtual sizes of the stacks, in bytes: the first that the system grants is taken. Pages that are not
/// touched cost nothing.
const STACK_SIZES: [usize; 3] = [512 << 20, 128 << 20, 32 << 20];

type Job = Box<dyn FnOnce() + Send>;

/// Threads that work off one queue.
pub(crate) struct Workers {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts `count` threads.
    pub(crate) fn start(name: &str, count: usize) -> Self {
        let (queue, jobs) = unbounded::<Job>();
        let threads = (0..count).filter_map(|_| start_one(name, &jobs)).collect();
        Self { queue: Some(queue), threads }
    }

    /// Adds a job.
    pub(crate) fn add(&self, job: impl FnOnce() + Send + 'static) {
        if let Some(queue) = &self.queue {
            // Fails only if no thread is left, and then nobody waits for an answer.
            let _ = queue.send(Box::new(job));
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn start_one(name: &str, jobs: &Receiver<Job>) -> Option<JoinHandle<()>> {
    STACK_SIZES.iter().find_map(|&size| {
        let jobs = jobs.clone();
        let work = move || {
            for job in jobs {
                // A job reports its own panics; one that escapes must not take the thread along.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        };
        Builder::new().name(name.to_owned()).stack_size(size).spawn(work).ok()
    })
}

/// What an answer came to.
pub(crate) enum Outcome<T> {
    /// There is one.
    Done(T),
    /// The text changed.
    Cancelled,
    /// There is a mistake in this program: what it said about it.
    Panicked(String),
}

/// Runs a question, whatever becomes of it.
pub(crate) fn run<T>(question: impl FnOnce() -> T) -> Outcome<T> {
    // What the question touched is a handle on the database, which is dropped.
    match catch_unwind(AssertUnwindSafe(|| spy_ide::cancellable(question))) {
        Ok(Some(answer)) => Outcome::Done(answer),
        Ok(None) => Outcome::Cancelled,
        Err(payload) => Outcome::Panicked(message(&*payload)),
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_outcome() {
        assert!(matches!(run(|| 1), Outcome::Done(1)));
        match run(|| -> i32 { panic!("for the test") }) {
            Outcome::Panicked(text) => assert_eq!(text, "for the test"),
            _ => panic!("no outcome"),
        }
    }

    #[test]
    fn threads_live_on_after_a_panic() {
        let workers = Workers::start("test", 1);
        let (sender, receiver) = unbounded();
        workers.add(|| panic!("for the test"));
        workers.add(move || sender.send(7).expect("somebody listens"));
        assert_eq!(receiver.recv(), Ok(7));
    }
}
