//! The command as its users see it: streams, exit statuses, and what happens when something is wrong.

mod bad_input;
mod behaviour;
#[path = "../common/mod.rs"]
mod common;
mod debugger;
mod library;
#[cfg(target_os = "linux")]
mod linkers;
mod packages;
mod prebuilt;
mod rebuilds;
mod testing;
mod tools;
mod wasm;
mod watch;
