//! `spy clean`.

use crate::args::CleanCommand;
use crate::context::{self, Context};
use crate::output;
use crate::status::Status;
use spy_project::{EnvError, artefacts};
use std::path::PathBuf;

/// `spy clean`.
pub(crate) fn clean(context: &Context, command: &CleanCommand) -> Result<Status, Status> {
    let mut removed = clean_folder(context, command)?;
    if command.cache
        && let Some(cache) = context::cache_dir()
    {
        let count = artefacts::remove_tree(&cache).map_err(|error| context.environment(&error))?;
        removed = Some(removed.unwrap_or(0) + count);
    }
    if !context.global.quiet {
        let text = match removed {
            Some(count) => format!("{count} file(s) removed\n"),
            None => "No build files found\n".to_owned(),
        };
        output::print(&text)?;
    }
    Ok(Status::Success)
}

/// Cleans the build folder. `None` if there is none.
fn clean_folder(context: &Context, command: &CleanCommand) -> Result<Option<usize>, Status> {
    let dir: PathBuf = match &command.build_dir {
        Some(dir) => dir.clone(),
        None if context.is_dir(&command.path) => command.path.join("build"),
        None if context.current_dir.join(&command.path).is_file() => {
            command.path.with_file_name("build")
        }
        None => {
            let message = format!("there is no file or folder `{}`", command.path.display());
            return Err(context.environment(&EnvError::new(message)));
        }
    };
    artefacts::clean(&context.current_dir.join(dir)).map_err(|error| context.environment(&error))
}
