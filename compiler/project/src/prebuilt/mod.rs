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
mod stub;
mod used;

use crate::database::Database;
use crate::settings::Settings;
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub(crate) use check::{check, check_program};
pub(crate) use object::options as package_options;
pub use object::{compile, stubs, with_helpers};
pub(crate) use stub::{generics as generic_source, has_module, stub};
pub use used::Prebuilt;
pub(crate) use used::find;

/// Lets code at compile time, and interpreted programs, call packages that have no source. All databases
/// that use the same packages share their code.
#[derive(Clone)]
pub struct Provider {
    settings: Arc<Settings>,
    known: Arc<Mutex<Vec<Weak<load::Packages>>>>,
}

impl Provider {
    /// A provider that finds tools and keeps what it makes as the settings say.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self { settings: Arc::new(settings.clone()), known: Arc::default() }
    }

    /// Says which packages the program of a database uses. Nothing is loaded before one is called.
    pub fn provide(&self, db: &Database, packages: &[Prebuilt]) {
        if packages.is_empty() {
            return db.set_compiled(None);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|loaded| loaded.strong_count() > 0);
        let found = known.iter().filter_map(Weak::upgrade).find(|loaded| loaded.serve(packages));
        let loaded = found.unwrap_or_else(|| {
            let loaded = Arc::new(load::Packages::new(&self.settings, packages));
            known.push(Arc::downgrade(&loaded));
            loaded
        });
        db.set_compiled(Some(loaded));
    }
}
