//! The rules of the repository, applied to its files.

mod crates;
mod panicking;
mod sources;
