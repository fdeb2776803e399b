//! Compiles C programs against the embedded runtime and runs them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use spy_runtime_embed::{ArchiveKind, archive, headers};

/// How programs are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Checked pointers, not optimised.
    Debug,
    /// Plain pointers, optimised.
    Release,
}

pub(crate) const BOTH: [Profile; 2] = [Profile::Debug, Profile::Release];

impl Profile {
    fn flags(self) -> [&'static str; 2] {
        match self {
            Self::Debug => ["-DSPY_DEBUG", "-O0"],
            Self::Release => ["-DSPY_RELEASE", "-O2"],
        }
    }

    fn runtime(self) -> ArchiveKind {
        match self {
            Self::Debug => ArchiveKind::RuntimeDebug,
            Self::Release => ArchiveKind::RuntimeRelease,
        }
    }
}

/// Folder with the headers and archives, written once for each test binary.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<tempfile::TempDir> = OnceLock::new();
    INSTALLED
        .get_or_init(|| {
            let dir = tempfile::tempdir().expect("a temporary folder");
            for (name, content) in headers() {
                let path = dir.path().join("include").join(name);
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("mkdir");
                std::fs::write(path, content).expect("write a header");
            }
            for kind in ArchiveKind::ALL {
                std::fs::write(dir.path().join(kind.file_name()), archive(kind))
                    .expect("write an archive");
            }
            dir
        })
        .path()
}

pub(crate) fn include_dir() -> PathBuf {
    installed().join("include")
}

/// The C compilers of this machine: the default one, and clang if there is one.
pub(crate) fn compilers() -> Vec<String> {
    let default = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let has_clang = Command::new("clang").arg("--version").output().is_ok();
    let mut found = vec![default];
    if has_clang && found[0] != "clang" {
        found.push("clang".to_owned());
    }
    found
}

/// A compiled program, in a folder of its own.
pub(crate) struct Program {
    dir: tempfile::TempDir,
}

impl Program {
    /// Compiles a file of `c/` with warnings as errors.
    pub(crate) fn from_file(name: &str, profile: Profile) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime/c").join(name);
        let text = std::fs::read_to_string(&path).expect("a test program");
        Self::from_text(&text, profile)
    }

    /// Compiles C text with warnings as errors.
    pub(crate) fn from_text(text: &str, profile: Profile) -> Self {
        Self::compile(text, profile, &compilers()[0], ArchiveKind::HeapBdwgc)
    }

    pub(crate) fn compile(text: &str, profile: Profile, compiler: &str, heap: ArchiveKind) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let source = dir.path().join("main.c");
        std::fs::write(&source, text).expect("write the program");
        let output = Command::new(compiler)
            .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"])
            .args(["-Wno-unknown-warning-option", "-Wno-dollar-in-identifier-extension"])
            .args(profile.flags())
            .args(["-DSPY_TARGET_NATIVE", "-I"])
            .arg(include_dir())
            .arg(&source)
            .arg(installed().join(profile.runtime().file_name()))
            .arg(installed().join(heap.file_name()))
            .args(["-lm", "-o"])
            .arg(dir.path().join("main"))
            .output()
            .expect("run the C compiler");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler} failed:\n{stderr}");
        Self { dir }
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.dir.path().join("main"));
        command.args(args).current_dir(self.dir.path());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with_input(args, "")
    }

    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start the program");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("wait for the program");
        // A program that reads no input closes the pipe early.
        drop(writer.join());
        Ran::from(output)
    }
}

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Exit status; `None` after a signal.
    pub(crate) status: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code(),
        }
    }
}

impl Ran {
    /// The output of a program that must have succeeded in silence.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<&str> {
        assert_eq!((self.stderr.as_str(), self.status), ("", Some(0)));
        self.stdout.lines().collect()
    }
}

/// A deterministic source of arbitrary numbers (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
