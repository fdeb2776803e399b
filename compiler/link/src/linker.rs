//! Which linker the C compiler starts.
//!
//! Every C compiler has a linker of its own. Others are several times faster, so one that is
//! installed is taken; whether the C compiler can start it is found out by trying, and whoever calls
//! falls back to the compiler's own.

use crate::compiler::{CCompiler, ToolEnv, file_identity, find_program};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What is looked for, fastest first: the linker's name and its programs.
const KNOWN: [(&str, &[&str]); 3] =
    [("mold", &["mold", "ld.mold"]), ("wild", &["wild", "ld.wild"]), ("lld", &["ld.lld"])];

/// The linker that is a part of this program: see [`crate::embedded`].
const BUILT_IN: &str = "wild";

/// The name of the linker that a C compiler takes by itself.
const OWN: &str = "cc";

/// As many objects are linked on one thread before others could help.
const FEW_OBJECTS: usize = 32;

/// A linker that is not the C compiler's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Linker {
    /// What it is called: `mold`, `wild`, `lld`, or what the user named.
    pub name: String,
    /// The program, if it is on `PATH`; the built-in linker needs none.
    pub program: Option<PathBuf>,
    /// Whether the user asked for it.
    pub asked: bool,
}

impl Linker {
    /// The linker that is a part of this program, where there is one.
    #[must_use]
    pub fn built_in() -> Option<Self> {
        let linker = || Self { name: BUILT_IN.to_owned(), program: None, asked: false };
        cfg!(target_os = "linux").then(linker)
    }

    /// Whether it is that one.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        cfg!(target_os = "linux") && self.name == BUILT_IN && self.program.is_none()
    }

    /// Linkers to try before the C compiler's own, best first: the one that was asked for, or those
    /// that are installed.
    #[must_use]
    pub fn candidates(env: &ToolEnv) -> Vec<Self> {
        let search = env.path.as_deref();
        let program =
            |programs: &[&str]| programs.iter().find_map(|name| find_program(name, search));
        if let Some(name) = env.linker.as_deref() {
            let known = KNOWN.iter().find(|(known, _)| *known == name);
            let program = known.and_then(|(_, programs)| program(programs));
            let linker = Self { name: name.to_owned(), program, asked: true };
            return if name == OWN { Vec::new() } else { vec![linker] };
        }
        let installed = KNOWN.iter().filter_map(|(name, programs)| {
            let program = Some(program(programs)?);
            Some(Self { name: (*name).to_owned(), program, asked: false })
        });
        installed.collect()
    }

    /// What tells the linker from another one, or from itself after an upgrade.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let program = self.program.as_deref().map(file_identity).unwrap_or_default();
        format!("{} {program}", self.name)
    }

    /// What tells `cc` to use it for so many objects. `folder` may be written to.
    pub(crate) fn flags(&self, cc: &CCompiler, folder: &Path, objects: usize) -> Vec<OsString> {
        if self.name == "lld" && objects < FEW_OBJECTS {
            // Threads take longer to start than they save.
            return vec!["-fuse-ld=lld".into(), "-Wl,--threads=1".into()];
        }
        match &self.program {
            // Compilers know the others by name.
            Some(program) if self.name == "wild" => wild_flags(program, cc, folder),
            _ => vec![format!("-fuse-ld={}", self.name).into()],
        }
    }
}

/// Clang takes any path. What gcc takes is a folder with something that is called `ld`.
fn wild_flags(program: &Path, cc: &CCompiler, folder: &Path) -> Vec<OsString> {
    if cc.is_clang() {
        let mut flag = OsString::from("--ld-path=");
        flag.push(program);
        return vec![flag];
    }
    let link = folder.join("ld");
    if std::fs::read_link(&link).ok().as_deref() != Some(program) {
        // If this fails, so does the linker, and the compiler's own is taken.
        let _ = std::fs::create_dir_all(folder);
        let _ = std::fs::remove_file(&link);
        let _ = symlink(program, &link);
    }
    let mut flag = OsString::from("-B");
    flag.push(folder);
    vec![flag]
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(target, link).map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            let path = dir.path().join(name);
            std::fs::write(&path, "#!/bin/sh\n").expect("write");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        }
        dir
    }

    fn names(dir: &tempfile::TempDir, linker: Option<&str>) -> Vec<String> {
        let env = ToolEnv {
            path: Some(dir.path().into()),
            linker: linker.map(str::to_owned),
            ..ToolEnv::default()
        };
        Linker::candidates(&env).into_iter().map(|linker| linker.name).collect()
    }

    #[test]
    fn what_is_installed_is_tried_fastest_first() {
        let dir = folder(&["ld.lld", "mold", "ld.bfd"]);
        assert_eq!(names(&dir, None), ["mold", "lld"]);
        assert_eq!(names(&folder(&["ld"]), None), Vec::<String>::new());
    }

    #[test]
    fn who_asks_gets_nothing_else() {
        let dir = folder(&["ld.lld", "mold"]);
        assert_eq!(names(&dir, Some("lld")), ["lld"]);
        assert_eq!(names(&dir, Some("gold")), ["gold"]);
        assert_eq!(names(&dir, Some("cc")), Vec::<String>::new());
    }

    #[test]
    fn gcc_finds_wild_in_a_folder() {
        let dir = folder(&["wild", "gcc", "clang-19"]);
        let env = ToolEnv { path: Some(dir.path().into()), ..ToolEnv::default() };
        let wild = &Linker::candidates(&env)[0];
        let cc = |name: &str| CCompiler {
            program: dir.path().join(name),
            args: Vec::new(),
            origin: "--cc",
        };
        let inside = dir.path().join("linkers");
        let flags = wild.flags(&cc("gcc"), &inside, 5);
        assert_eq!(flags, [OsString::from(format!("-B{}", inside.display()))]);
        assert_eq!(std::fs::read_link(inside.join("ld")).expect("a link"), dir.path().join("wild"));
        let path = format!("--ld-path={}", dir.path().join("wild").display());
        assert_eq!(wild.flags(&cc("clang-19"), &inside, 5), [OsString::from(path)]);
    }
}
