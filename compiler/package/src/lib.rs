//! SPy packages as Python knows them: manifests, interfaces, wheels, environments.
//!
//! Data types and plain functions on files. It may not depend on the compiler: it knows neither
//! syntax nor types, has no database, and prints nothing. What goes wrong is a [`PackageError`],
//! with advice where there is some. Wheels are taken to be hostile until they were read whole
//! ([`wheel::Wheel::open`]).

mod dist;
pub mod environment;
mod error;
pub mod interface;
pub mod manifest;
mod metadata;
pub mod names;
pub mod needs;
pub mod object;
pub mod python;
pub mod scaffold;
pub mod sdist;
pub mod stubs;
pub mod tree;
pub mod wheel;

pub use dist::Distribution;
pub use error::PackageError;
pub use interface::Interface;
pub use manifest::{Manifest, Shipped};
