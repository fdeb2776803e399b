//! `spy lsp`: the language server.
//!
//! [`spy_ide`] in protocol clothes: messages come in on one thread, which owns the [`spy_ide::Host`]
//! and is the only one that changes texts; questions are answered by others, each with a handle on the
//! state that it is about. Nothing is known about SPy here.
//!
//! * [`supervise`]: what editors start; it passes everything on to a process that does the work, and replaces it;
//! * [`serve`]: the loop in there; `state`: what is open; `workers`: the threads;
//! * `requests`: one function for each question; `convert`: positions, ranges and kinds on the wire;
//! * `uri`: files as clients name them; `settings`: what clients configure.

mod capabilities;
mod convert;
mod documents;
mod requests;
mod scan;
mod server;
mod state;
mod supervisor;
mod uri;
mod workers;

pub use server::{Options, serve};
pub use supervisor::supervise;
