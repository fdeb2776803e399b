//! Well-typed SPy programs, made at random.
//!
//! A program is a number of independent functions `case0`, `case1`, ... and a `main` that runs
//! those from the one whose number is its argument. Every function ends: loops are bounded, and
//! what a function costs with all that it calls has a limit. What could panic is guarded most of
//! the time.

mod blue;
mod body;
mod collection;
mod expr;
mod number;
mod program;
mod stmt;
mod types;

pub(crate) use program::program;
