//! `spy lsp`.

use crate::context::{Context, cache_dir};
use crate::output;
use crate::status::Status;
use lsp_server::Connection;
use spy_ide::{Host, HostSettings};
use spy_project::RawOptions;
use spy_project::files::Disk;
use spy_project::prebuilt::Provider;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Serves an editor until it ends the conversation.
pub(crate) fn serve() -> Result<Status, Status> {
    ended(spy_lsp::supervise(worker))
}

/// This program again, with the same words, as the process that does the work.
fn worker() -> Command {
    let own = std::env::current_exe().ok().filter(|path| path.is_file());
    // Where Linux keeps a program whose file was replaced.
    let own = own.unwrap_or_else(|| PathBuf::from("/proc/self/exe"));
    let mut command = Command::new(own);
    command.args(std::env::args_os().skip(1)).arg("--worker");
    command
}

fn ended(served: Result<bool, String>) -> Result<Status, Status> {
    match served {
        Ok(true) => Ok(Status::Success),
        Ok(false) => Err(Status::ProgramErrors),
        Err(error) => {
            output::error_line(&format!("error: {error}"));
            Err(Status::Environment)
        }
    }
}

/// Does the work for an editor until the process that passes it on ends the conversation.
pub(crate) fn work(context: &Context) -> Result<Status, Status> {
    let settings = context.settings(&context.current_dir.join("main.spy"))?;
    let packages = Some(Provider::new(&settings));
    let (limits, default) = (settings.limits, settings.search);
    let options = context.raw_options(&context.current_dir);
    let search = move |file: &Path| {
        let options = RawOptions { root: Some(file.to_owned()), ..options.clone() };
        let own = options.resolve(&Disk).map(|settings| settings.search);
        // What is wrong with a program's environment must not keep its text from being looked at.
        own.unwrap_or_else(|_| default.clone())
    };
    let settings = HostSettings { search: Arc::new(search), limits, packages };
    let version = env!("CARGO_PKG_VERSION");
    let options = spy_lsp::Options {
        host: Host::new(settings, Arc::new(Disk)),
        // Texts of the library depend on the version, and nothing reads them but editors.
        library: cache_dir().map(|dir| dir.join(format!("library-{version}"))),
        version: version.to_owned(),
    };
    let (connection, threads) = Connection::stdio();
    let served = spy_lsp::serve(&connection, options);
    // The thread that writes ends when nobody can give it anything to write.
    drop(connection);
    let flushed = threads.join().map_err(|error| format!("cannot write: {error}"));
    ended(served.and_then(|agreed| if agreed { flushed.map(|()| true) } else { Ok(false) }))
}
