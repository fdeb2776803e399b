//! Runs C programs against the embedded runtime.

mod abi;
mod arithmetic;
mod files;
mod headers;
mod memory;
mod panics;
mod support;
mod text;
