//! The rules of the repository, applied to its files.

mod crates;
mod documents;
mod panicking;
mod sources;
