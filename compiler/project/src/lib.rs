//! Projects: files, settings, the concrete database, and builds from source to executable.
//!
//! [`Loader`] reads the files that a root file needs and sets the database's inputs, [`graph`]
//! checks how they import each other, [`front`] is the door to evaluation and redshift, and
//! [`Driver`] makes artefacts of the result. Nothing in here prints or knows a terminal; what goes
//! wrong outside the user's program is an [`EnvError`].

pub mod artefacts;
mod calls;
mod codegen;
pub mod colors;
mod database;
pub mod debug;
mod driver;
mod error;
pub mod extension;
pub mod files;
pub mod front;
pub mod graph;
mod interface;
mod kept;
mod library;
mod loader;
mod lock;
mod machine;
mod pack;
mod packages;
pub mod packaging;
pub mod paths;
pub mod prebuilt;
mod progress;
mod python;
mod quick;
mod search;
mod session;
mod settings;
mod snapshot;
mod stamp;
mod stdlib;
pub mod store;
pub mod testing;
mod timings;
pub mod toolchain;

pub use database::Database;
pub use driver::{Artefact, Code, Driver, Guest, Record};
pub use error::{EnvError, Failure};
pub use loader::{Loaded, Loader, module_name};
pub use machine::{MemoryProgram, ObjectFile, Objects};
pub use packages::{Origin, PackageFolder};
pub use progress::{NoProgress, Progress};
pub use search::SearchPath;
pub use session::{Front, ReadFiles, Session, Texts, World, shown_diagnostic};
pub use settings::{Backend, BuildPlan, Linking, RawOptions, Settings, Target};
pub use snapshot::NamedSnapshot;
pub use stdlib::{Stdlib, builtin_modules};
pub use timings::Timings;

/// The version of the runtime's ABI that programs are built against: `major.minor`.
#[must_use]
pub fn runtime_version() -> String {
    spy_runtime_embed::ABI.to_string()
}
