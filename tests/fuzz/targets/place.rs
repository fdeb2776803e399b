#![no_main]
#![allow(dead_code, reason = "the rest is for who runs what was placed")]
//! What `compiler/translate/tests/hostile/mod.rs` says about the bytes.

#[path = "../../../compiler/translate/tests/hostile/mod.rs"]
mod hostile;
// Without the engine that runs it, which would be fuzzed too.
#[path = "../../../compiler/translate/src/relocate/mod.rs"]
mod relocate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile::place(bytes));
