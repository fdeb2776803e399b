//! Packages that were compiled ahead of time: making them, and using them without their source.
//!
//! [`describe`] says what a package offers, [`object`] compiles it. Whoever uses it gets modules
//! that [`stub`] made up from the description: declarations which the front end reads as it reads
//! any module. [`check`] compares what an object was built against with what it meets, and [`load`] lets the
//! evaluator call it.

mod check;
mod describe;
mod generics;
mod load;
mod object;
pub(crate) mod spelling;
mod stub;
mod used;

use crate::database::Database;
use crate::settings::Settings;
use std::sync::Arc;

pub(crate) use check::{check, check_program};
pub(crate) use object::options as package_options;
pub use object::{compile, stubs, with_helpers};
pub(crate) use stub::{generics as generic_source, has_module, stub};
pub use used::Prebuilt;
pub(crate) use used::find;

/// Lets code at compile time, and interpreted programs, call packages that have no source.
pub(crate) fn provide(db: &Database, settings: &Settings, packages: &[Prebuilt]) {
    let loaded: Option<Arc<dyn spy_db::Compiled>> = match packages {
        [] => None,
        packages => Some(Arc::new(load::Packages::new(settings, packages))),
    };
    db.set_compiled(loaded);
}
