//! What other build systems need besides the C of an extension: headers and libraries of the runtime,
//! flags, and a list of the files.

use crate::artefacts::{create_dir, write_if_changed};
use crate::error::EnvError;
use crate::settings::{BuildPlan, SOURCE_DIR, Settings};
use spy_link::Profile;
use spy_runtime_embed::ArchiveKind;
use std::path::PathBuf;

/// The folder of the libraries, relative to the build folder.
const LIBRARY_DIR: &str = "lib";

/// Leaves it in the build folder, where the C files `sources` are.
///
/// # Errors
/// The folder cannot be written.
pub fn leave(settings: &Settings, plan: &BuildPlan, sources: &[PathBuf]) -> Result<(), EnvError> {
    let include = plan.dir.join(SOURCE_DIR);
    create_dir(&include.join("spy"))?;
    for (name, bytes) in spy_runtime_embed::headers() {
        write_if_changed(&include.join(name), bytes)?;
    }
    let runtime = match settings.compile.profile {
        Profile::Debug => ArchiveKind::RuntimeDebug,
        Profile::Release => ArchiveKind::RuntimeRelease,
    };
    let libraries = plan.dir.join(LIBRARY_DIR);
    create_dir(&libraries)?;
    for (name, kind) in [("libspy.a", runtime), ("libspy_heap.a", ArchiveKind::HeapBdwgc)] {
        write_if_changed(&libraries.join(name), spy_runtime_embed::archive(kind))?;
    }
    let relative = |path: &PathBuf| {
        let path = path.strip_prefix(&plan.dir).unwrap_or(path);
        format!("{}\n", path.display())
    };
    let list: String = sources.iter().map(relative).collect();
    write_if_changed(&plan.dir.join("sources.txt"), list.as_bytes())?;
    let flags = format!("{}\n", settings.compile.compile_flags().join("\n"));
    write_if_changed(&plan.dir.join("flags.txt"), flags.as_bytes())
}
