//! Wheels: how they are written, and how they are read when nobody vouches for them.

pub mod platform;
mod read;
mod record;
mod write;

pub use read::{Limits, Wheel};
pub use write::{Built, archive, editable};

/// `WHEEL`, without its tags.
const GENERATOR: &str = concat!("spy ", env!("CARGO_PKG_VERSION"));

/// The tag of wheels that hold no machine code.
pub(crate) const TAG: &str = "py3-none-any";
