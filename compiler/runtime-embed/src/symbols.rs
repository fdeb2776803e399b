//! Where the runtime's functions are in this process.
//!
//! The functions are declared as if they were bytes: nothing here calls them or reads them, it only
//! takes their addresses.

#![expect(unsafe_code, reason = "declares functions of C; their addresses are all that is used")]

include!(concat!(env!("OUT_DIR"), "/symbols.rs"));

/// Names and addresses of the functions of the runtime with checked pointers and the collected heap,
/// and of those of the C library that code generators call; sorted by name.
#[must_use]
pub fn symbols() -> Vec<(&'static str, usize)> {
    all().into_iter().map(|(name, address)| (name, address.expose_provenance())).collect()
}
