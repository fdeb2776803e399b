//! Packages that were compiled ahead of time: making them, and using them without their source.
//!
//! [`describe`] says what a package offers, [`object`] compiles it. Whoever uses it gets modules
//! that [`stub`] made up from the description: declarations which the front end reads as it reads
//! any module. [`check`] compares what an object was built against with what it meets.

mod check;
mod describe;
mod object;
pub(crate) mod spelling;
mod stub;
mod used;

pub(crate) use check::check;
pub(crate) use object::options as package_options;
pub use object::{compile, with_helpers};
pub(crate) use stub::stub;
pub use used::Prebuilt;
pub(crate) use used::find;
