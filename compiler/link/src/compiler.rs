//! Finding a C compiler.
//!
//! The order is `--cc`, the variable `CC`, then `clang`, `gcc`, `cc` on `PATH`; for WebAssembly
//! `--cc`, `CC_wasm32_wasi`, then clang and zig. What is passed in as [`ToolEnv`] is all that the
//! search reads, besides the files on the path.

use crate::error::LinkError;
use crate::process;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What is tried when nobody names a compiler.
const DEFAULTS: [&str; 3] = ["clang", "gcc", "cc"];

/// What is tried for programs whose objects are there already: only how soon the compiler starts
/// its linker counts, and gcc takes half as long for that as clang.
const LINK_DEFAULTS: [&str; 3] = ["cc", "gcc", "clang"];

/// What is tried for WebAssembly: the command, and the target's name in its language. Debian has
/// only numbered clangs where several are installed.
const WASI_DEFAULTS: [(&str, &str); 5] = [
    ("clang", CLANG_WASI),
    ("clang-19", CLANG_WASI),
    ("clang-14", CLANG_WASI),
    ("zig cc", ZIG_WASI),
    ("python3 -m ziglang cc", ZIG_WASI),
];

const CLANG_WASI: &str = "--target=wasm32-wasi";
const ZIG_WASI: &str = "--target=wasm32-wasi-musl";

/// The part of the environment that decides which compiler is used.
#[derive(Clone, Debug, Default)]
pub struct ToolEnv {
    /// The value of `--cc`.
    pub option: Option<String>,
    /// The variable `CC`.
    pub cc: Option<String>,
    /// The variable `CC_wasm32_wasi`.
    pub cc_wasi: Option<String>,
    /// The variable `PATH`.
    pub path: Option<OsString>,
    /// The value of `--linker`.
    pub linker: Option<String>,
}

/// A C compiler: a program and the arguments that always come first (`zig cc`, `ccache gcc`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CCompiler {
    /// The program's path.
    pub program: PathBuf,
    /// Arguments before all others.
    pub args: Vec<OsString>,
    /// Where it was found: `--cc`, `CC` or `PATH`.
    pub origin: &'static str,
}

impl CCompiler {
    /// Finds the compiler to use.
    ///
    /// # Errors
    /// There is none, or the one that was asked for does not exist.
    pub fn find(env: &ToolEnv) -> Result<Self, LinkError> {
        Self::find_among(env, DEFAULTS)
    }

    /// Finds the compiler that is to link what something else compiled.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn find_for_linking(env: &ToolEnv) -> Result<Self, LinkError> {
        Self::find_among(env, LINK_DEFAULTS)
    }

    fn find_among(env: &ToolEnv, names: [&str; 3]) -> Result<Self, LinkError> {
        let search = env.path.as_deref();
        for (value, origin) in [(&env.option, "--cc"), (&env.cc, "CC")] {
            if let Some(command) = value.as_deref().filter(|value| !value.trim().is_empty()) {
                return from_command(command, origin, search).ok_or_else(|| {
                    LinkError::NoSuchCompiler { command: command.to_owned(), origin }
                });
            }
        }
        names
            .iter()
            .find_map(|name| from_command(name, "PATH", search))
            .ok_or_else(|| LinkError::NoCompiler { tried: names.map(str::to_owned).to_vec() })
    }

    /// Compilers that may be able to make WebAssembly, best first: told what their target is, and
    /// not yet tried. Only the one that was asked for, if one was.
    ///
    /// # Errors
    /// The one that was asked for does not exist.
    pub fn wasi_candidates(env: &ToolEnv) -> Result<Vec<Self>, LinkError> {
        let search = env.path.as_deref();
        for (value, origin) in [(&env.option, "--cc"), (&env.cc_wasi, "CC_wasm32_wasi")] {
            if let Some(command) = value.as_deref().filter(|value| !value.trim().is_empty()) {
                let found = from_command(command, origin, search).ok_or_else(|| {
                    LinkError::NoSuchCompiler { command: command.to_owned(), origin }
                })?;
                let target = if found.is_zig() { ZIG_WASI } else { CLANG_WASI };
                return Ok(vec![found.with_arg(target)]);
            }
        }
        let found = WASI_DEFAULTS.iter().filter_map(|(command, target)| {
            Some(from_command(command, "PATH", search)?.with_arg(target))
        });
        Ok(found.collect())
    }

    /// The commands that [`Self::wasi_candidates`] looks for.
    pub fn wasi_commands() -> impl Iterator<Item = &'static str> {
        WASI_DEFAULTS.iter().map(|(command, _)| *command)
    }

    fn with_arg(mut self, arg: &str) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Whether it is `zig cc`, which has its own C library and its own linker.
    #[must_use]
    pub fn is_zig(&self) -> bool {
        let words = [self.program.file_name().unwrap_or_default()];
        let mut words = words.into_iter().chain(self.args.iter().map(OsString::as_os_str));
        words.any(|word| word == "zig" || word == "ziglang")
    }

    /// Whether it is clang, as far as its name tells.
    pub(crate) fn is_clang(&self) -> bool {
        let real = self.program.canonicalize().unwrap_or_else(|_| self.program.clone());
        real.file_name().is_some_and(|name| name.to_string_lossy().contains("clang"))
    }

    /// Whether it is gcc, as far as its name tells.
    pub(crate) fn is_gcc(&self) -> bool {
        let real = self.program.canonicalize().unwrap_or_else(|_| self.program.clone());
        real.file_name().is_some_and(|name| name.to_string_lossy().contains("gcc"))
    }

    /// The linker for WebAssembly that belongs to the compiler. Runs it.
    ///
    /// # Errors
    /// The compiler cannot be run.
    pub fn wasm_linker(&self) -> Result<Self, LinkError> {
        if self.is_zig() {
            let own = self.args.iter().take_while(|arg| *arg != "cc");
            let args = own.cloned().chain(["wasm-ld".into()]).collect();
            return Ok(Self { args, ..self.clone() });
        }
        let found = process::output(self, &["-print-prog-name=wasm-ld".into()], Path::new("."))?;
        Ok(Self { program: found.trim().into(), args: Vec::new(), origin: self.origin })
    }

    /// The first line that the compiler prints when asked for its version. Runs it.
    ///
    /// # Errors
    /// It cannot be run, or it fails.
    pub fn version(&self) -> Result<String, LinkError> {
        let output = process::output(self, &["--version".into()], Path::new("."))?;
        Ok(output.lines().next().unwrap_or("unknown version").to_owned())
    }

    /// What tells this compiler from another one, or from itself after an upgrade, without running
    /// it: for the keys of caches.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut out = file_identity(&self.program);
        for arg in &self.args {
            out.push(' ');
            out.push_str(&arg.to_string_lossy());
        }
        out
    }

    /// As typed in a shell.
    #[must_use]
    pub fn display(&self) -> String {
        process::shell_words(
            std::iter::once(self.program.as_os_str())
                .chain(self.args.iter().map(OsString::as_os_str)),
        )
    }
}

/// Path, size and modification time. A file that cannot be looked at is its path.
pub(crate) fn file_identity(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let Ok(meta) = real.metadata() else {
        return real.display().to_string();
    };
    let nanos = meta
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos());
    format!("{} {} {nanos}", real.display(), meta.len())
}

/// A program by path or by name; if there is none, a program with arguments.
fn from_command(command: &str, origin: &'static str, search: Option<&OsStr>) -> Option<CCompiler> {
    let command = command.trim();
    if let Some(program) = find_program(command, search) {
        return Some(CCompiler { program, args: Vec::new(), origin });
    }
    let mut words = command.split_whitespace();
    let program = find_program(words.next()?, search)?;
    Some(CCompiler { program, args: words.map(OsString::from).collect(), origin })
}

/// Looks for a program: on the search path if it has no folder.
#[must_use]
pub fn find_program(name: &str, search: Option<&OsStr>) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().count() > 1 {
        // The compiler is started in another folder.
        return is_executable(path).then(|| std::path::absolute(path).ok()).flatten();
    }
    std::env::split_paths(search?)
        .map(|dir| dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| is_executable(candidate))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            let path = dir.path().join(name);
            fs::write(&path, "#!/bin/sh\necho fake cc 1.0\n").expect("write");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
        }
        dir
    }

    fn env(dir: &tempfile::TempDir) -> ToolEnv {
        ToolEnv { path: Some(dir.path().into()), ..ToolEnv::default() }
    }

    #[test]
    fn prefers_clang_and_falls_back() {
        let all = folder(&["cc", "gcc", "clang"]);
        assert_eq!(CCompiler::find(&env(&all)).expect("found").program, all.path().join("clang"));
        let one = folder(&["cc"]);
        assert_eq!(CCompiler::find(&env(&one)).expect("found").program, one.path().join("cc"));
    }

    #[test]
    fn option_beats_variable_beats_path() {
        let dir = folder(&["a", "b", "clang"]);
        let mut env = env(&dir);
        env.cc = Some("b -m64".to_owned());
        let found = CCompiler::find(&env).expect("found");
        assert_eq!((found.program, found.origin), (dir.path().join("b"), "CC"));
        assert_eq!(found.args, ["-m64"]);
        env.option = Some("a".to_owned());
        let found = CCompiler::find(&env).expect("found");
        assert_eq!((found.program, found.origin), (dir.path().join("a"), "--cc"));
    }

    #[test]
    fn says_what_is_missing() {
        let dir = folder(&[]);
        let error = CCompiler::find(&env(&dir)).expect_err("none there");
        assert!(error.to_string().contains("clang, gcc, cc"), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("install")));
        let named = ToolEnv { option: Some("nosuchcc".to_owned()), ..env(&dir) };
        let error = CCompiler::find(&named).expect_err("none there");
        assert!(error.to_string().contains("nosuchcc"), "{error}");
        assert!(!error.is_internal());
    }

    #[test]
    fn not_executable_is_not_a_compiler() {
        let dir = folder(&["clang"]);
        let path = dir.path().join("clang");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(CCompiler::find(&env(&dir)).is_err());
    }

    #[test]
    fn wasm_compilers_know_their_target() {
        let dir = folder(&["zig", "clang", "python3"]);
        let all = CCompiler::wasi_candidates(&env(&dir)).expect("looks");
        let shown: Vec<String> = all
            .iter()
            .map(|cc| cc.display().replace(&format!("{}/", dir.path().display()), ""))
            .collect();
        assert_eq!(
            shown,
            [
                "clang --target=wasm32-wasi",
                "zig cc --target=wasm32-wasi-musl",
                "python3 -m ziglang cc --target=wasm32-wasi-musl",
            ]
        );
        assert_eq!(all.iter().map(CCompiler::is_zig).collect::<Vec<_>>(), [false, true, true]);
        let named = ToolEnv { cc_wasi: Some("zig cc".into()), ..env(&dir) };
        assert_eq!(
            CCompiler::wasi_candidates(&named).expect("looks"),
            all[1..2]
                .iter()
                .map(|cc| CCompiler { origin: "CC_wasm32_wasi", ..cc.clone() })
                .collect::<Vec<_>>()
        );
        let missing = ToolEnv { option: Some("nosuchcc".into()), ..env(&dir) };
        assert!(CCompiler::wasi_candidates(&missing).is_err());
    }

    #[test]
    fn tells_its_version_and_identity() {
        let dir = folder(&["clang"]);
        let cc = CCompiler::find(&env(&dir)).expect("found");
        assert_eq!(cc.version().expect("runs"), "fake cc 1.0");
        let before = cc.fingerprint();
        fs::write(&cc.program, "#!/bin/sh\necho another\n").expect("write");
        assert_ne!(before, cc.fingerprint());
    }
}
