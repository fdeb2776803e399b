//! What can go wrong between C and an executable.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A failure outside the user's program.
#[derive(Debug)]
pub enum LinkError {
    /// No C compiler was found.
    NoCompiler {
        /// The commands that were looked for.
        tried: Vec<String>,
    },
    /// A compiler that was asked for by name does not exist.
    NoSuchCompiler {
        /// The command.
        command: String,
        /// Who asked for it: `--cc` or `CC`.
        origin: &'static str,
    },
    /// No C compiler was found that can make WebAssembly.
    NoWasiCompiler {
        /// The commands that were looked for.
        tried: Vec<String>,
        /// The ones that exist, and what they say.
        failed: Vec<(String, String)>,
    },
    /// A command exists but cannot be started.
    Start {
        /// The command, as typed in a shell.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// A command failed.
    Failed {
        /// The command, as typed in a shell.
        command: String,
        /// What it printed.
        output: String,
    },
    /// A compiler cannot even build a trivial program.
    Broken {
        /// The command, as typed in a shell.
        command: String,
        /// What it printed.
        output: String,
    },
    /// A command ran out of disk space.
    NoSpace {
        /// The command, as typed in a shell.
        command: String,
    },
    /// A command was killed.
    Killed {
        /// The command, as typed in a shell.
        command: String,
        /// The signal's number.
        signal: i32,
    },
    /// A file could not be read or written.
    Io {
        /// What was tried: `write`, `create folder`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LinkError {
    /// A failed operation on a file.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Whether it is a bug of ours: a C compiler refused what we gave it.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoCompiler { .. } | Self::Broken { .. } => Some(install_hint().to_owned()),
            Self::NoWasiCompiler { .. } => Some(WASI_HINT.to_owned()),
            Self::NoSuchCompiler { origin, .. } => {
                Some(format!("`{origin}` names the C compiler; leave it out to search for one"))
            }
            _ => None,
        }
    }
}

/// How people get a C compiler for WebAssembly.
const WASI_HINT: &str = "install one: on Debian and Ubuntu `apt install clang lld wasi-libc \
    libclang-rt-dev-wasm32`, anywhere `pip install ziglang` or zig itself; or name one with `--cc` or the variable `CC_wasm32_wasi`";

/// How people on this system get a C compiler.
fn install_hint() -> &'static str {
    if cfg!(target_os = "macos") {
        "install one with `xcode-select --install`, or name one with `--cc` or the variable `CC`"
    } else {
        "install one (on Debian and Ubuntu: `apt install gcc libc6-dev`), or name one with `--cc` \
         or the variable `CC`"
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCompiler { tried } => {
                write!(f, "no C compiler found: looked for {} on PATH", tried.join(", "))
            }
            Self::NoWasiCompiler { tried, failed } if failed.is_empty() => {
                let tried = tried.join("`, `");
                write!(f, "no C compiler for WebAssembly found: looked for `{tried}` on PATH")
            }
            Self::NoWasiCompiler { failed, .. } => {
                f.write_str("no C compiler that was found can make WebAssembly")?;
                failed.iter().try_for_each(|(command, output)| {
                    write!(f, "\n{command}\n{}", output.trim_end())
                })
            }
            Self::NoSuchCompiler { command, origin } => {
                write!(f, "the C compiler `{command}` (from `{origin}`) was not found")
            }
            Self::Start { command, source } => write!(f, "cannot run `{command}`: {source}"),
            Self::Failed { command, output } => {
                write!(f, "this command failed:\n{command}\n{}", output.trim_end())
            }
            Self::Broken { command, output } => {
                let output = output.trim_end();
                write!(f, "the C compiler does not work; this fails:\n{command}\n{output}")
            }
            Self::NoSpace { command } => {
                write!(f, "no space left on the disk, in this command:\n{command}")
            }
            Self::Killed { command, signal } => {
                write!(f, "this command was killed by signal {signal}:\n{command}")
            }
            Self::Io { action, path, source } => {
                write!(f, "cannot {action} `{}`: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for LinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } | Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
