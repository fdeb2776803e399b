//! What the benchmarks share: programs of any size, and the table of results.
//!
//! Nothing in here measures anything or knows the compiler.

pub mod generate;
pub mod table;
