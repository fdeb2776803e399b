#![no_main]
//! What `compiler/package/tests/hostile/mod.rs` says about the bytes.

#[path = "../../../compiler/package/tests/hostile/mod.rs"]
mod hostile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hostile::object(bytes));
