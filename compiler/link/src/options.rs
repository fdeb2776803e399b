//! How units are compiled: profiles and the flags that they stand for.
//!
//! Flags that are part of the language's semantics (integers wrap, and the like) belong to whoever
//! emits the C; they are passed in.

use std::fmt;
use std::str::FromStr;
use target_lexicon::{Architecture, Triple};

/// Which runtime and which defaults a build uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum Profile {
    /// Checked pointers, no optimisation, debug information.
    #[default]
    Debug,
    /// Unchecked pointers, full optimisation.
    Release,
}

impl Profile {
    /// `debug` or `release`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a build makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub enum OutputKind {
    /// A program.
    #[default]
    Exe,
    /// Functions for other programs to call.
    Lib,
    /// An extension module for CPython.
    PyExt,
}

impl OutputKind {
    /// `exe`, `lib` or `py-ext`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exe => "exe",
            Self::Lib => "lib",
            Self::PyExt => "py-ext",
        }
    }
}

/// An optimisation level. Cranelift knows two: [`OptLevel::O0`], and all others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OptLevel {
    /// `-O0`
    O0,
    /// `-O1`
    O1,
    /// `-O2`
    O2,
    /// `-O3`
    O3,
    /// `-Os`: small.
    Os,
}

impl OptLevel {
    /// The compiler's flag.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::O0 => "-O0",
            Self::O1 => "-O1",
            Self::O2 => "-O2",
            Self::O3 => "-O3",
            Self::Os => "-Os",
        }
    }
}

impl FromStr for OptLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "0" => Ok(Self::O0),
            "1" => Ok(Self::O1),
            "2" => Ok(Self::O2),
            "3" => Ok(Self::O3),
            "s" => Ok(Self::Os),
            _ => Err("expected 0, 1, 2, 3 or s".to_owned()),
        }
    }
}

/// Everything besides the text that decides what an object holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CompileOptions {
    /// Which runtime and which defaults.
    pub profile: Profile,
    /// Overrides the profile's optimisation level.
    pub opt_level: Option<OptLevel>,
    /// Debug information, also in release builds.
    pub debug_info: bool,
    /// Flags that the C text needs to mean what it should.
    pub language: Vec<&'static str>,
    /// The machine that the output runs on.
    pub target: Triple,
    /// What is made.
    pub kind: OutputKind,
    /// Whether executables need no shared libraries.
    pub static_link: bool,
    /// Whether objects may become parts of modules that are loaded anywhere.
    pub position_independent: bool,
    /// What tables of calls are made from: debug information that only says where code comes from, and code in
    /// which every call is one that was written.
    pub call_table: bool,
}

/// The calling convention that hosts of wasm libraries know: structs are passed and returned as
/// their fields.
const WASM_ABI: [&str; 5] =
    ["-mmultivalue", "-Xclang", "-target-abi", "-Xclang", "experimental-mv"];

impl CompileOptions {
    /// The profile's defaults, for the machine that this process runs on.
    #[must_use]
    pub fn native(profile: Profile, language: &[&'static str]) -> Self {
        let language = language.to_vec();
        let (target, kind) = (Triple::host(), OutputKind::Exe);
        Self {
            profile,
            opt_level: None,
            debug_info: false,
            language,
            target,
            kind,
            static_link: false,
            position_independent: false,
            call_table: false,
        }
    }

    /// The target of WebAssembly programs that run in a WASI host.
    #[must_use]
    pub fn wasi_target() -> Triple {
        // The fallback never happens: the name is one that `target-lexicon` knows.
        "wasm32-wasi".parse().unwrap_or_else(|_| Triple::unknown())
    }

    /// Whether the output is a shared library of the system.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.kind != OutputKind::Exe && !self.is_wasm()
    }

    /// Whether the output is WebAssembly.
    #[must_use]
    pub fn is_wasm(&self) -> bool {
        self.target.architecture == Architecture::Wasm32
    }

    /// The optimisation level: what was asked for, or the profile's.
    #[must_use]
    pub fn level(&self) -> OptLevel {
        self.opt_level.unwrap_or(match self.profile {
            Profile::Debug => OptLevel::O0,
            Profile::Release => OptLevel::O3,
        })
    }

    /// The flags for compiling a unit, without paths.
    #[must_use]
    pub fn compile_flags(&self) -> Vec<&'static str> {
        let mut flags = self.language.clone();
        flags.extend([
            "-fno-math-errno",
            "-fvisibility=hidden",
            "-ffunction-sections",
            "-fdata-sections",
            "-Werror=implicit-function-declaration",
            "-Werror=incompatible-pointer-types",
            "-Werror=int-conversion",
        ]);
        if self.is_wasm() {
            flags.extend(["-DSPY_TARGET_WASI", "-DSPY_GC_NONE"]);
            flags.extend(WASM_ABI);
        } else {
            flags.extend(["-DSPY_TARGET_NATIVE", "-DSPY_GC_BDWGC"]);
        }
        if self.kind == OutputKind::Lib {
            flags.push("-DSPY_LIBRARY");
        }
        if self.kind == OutputKind::PyExt {
            flags.push("-DSPY_GUEST");
        }
        if self.is_shared() || self.position_independent {
            flags.push("-fPIC");
        }
        flags.push(match self.profile {
            Profile::Debug => "-DSPY_DEBUG",
            Profile::Release => "-DSPY_RELEASE",
        });
        flags.push(self.level().flag());
        if self.debug_info || self.profile == Profile::Debug {
            flags.push("-g");
        }
        if self.call_table {
            flags.extend(self.call_table_flags());
        }
        flags
    }

    /// A call in tail position stays a call, and on machines that need tables to find callers, these are made.
    fn call_table_flags(&self) -> Vec<&'static str> {
        let mut flags = vec!["-fno-optimize-sibling-calls", "-DSPY_CALL_TABLE"];
        if !self.debug_info {
            flags.push("-g1");
        }
        if !self.is_wasm() {
            flags.push("-funwind-tables");
        }
        flags
    }

    /// Whether this makes a dynamically linked executable for this machine.
    #[must_use]
    pub fn is_host_exe(&self) -> bool {
        self.kind == OutputKind::Exe && !self.static_link && self.target == Triple::host()
    }

    /// The flags for linking, without paths and libraries.
    #[must_use]
    pub fn link_flags(&self) -> Vec<&'static str> {
        // A program uses a small part of the standard library: drop the rest.
        let mut flags = if self.is_wasm() {
            // Dropping is what linkers for wasm do by themselves.
            Vec::new()
        } else if self.target.operating_system.is_like_darwin() {
            vec!["-Wl,-dead_strip"]
        } else {
            // A hash of the whole file takes time, and nobody asks for it.
            vec!["-Wl,--gc-sections", "-Wl,--build-id=none"]
        };
        let is_native_exe = self.kind == OutputKind::Exe
            && !self.is_wasm()
            && !self.target.operating_system.is_like_darwin();
        if is_native_exe && self.profile == Profile::Debug {
            // Tables full of addresses need nothing from the loader then: half the time to link, and
            // less to start.
            flags.push("-no-pie");
        }
        if self.is_wasm() && self.kind == OutputKind::Lib {
            flags.push("-mexec-model=reactor");
        }
        if self.static_link {
            flags.push("-static");
        }
        if self.debug_info || self.profile == Profile::Debug {
            flags.push("-g");
        } else {
            flags.push("-s");
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_choose_level_and_runtime() {
        let debug = CompileOptions::native(Profile::Debug, &[]).compile_flags();
        assert!(debug.contains(&"-O0") && debug.contains(&"-DSPY_DEBUG") && debug.contains(&"-g"));
        let release = CompileOptions::native(Profile::Release, &[]).compile_flags();
        assert!(release.contains(&"-O3") && release.contains(&"-DSPY_RELEASE"));
        assert!(!release.contains(&"-g"));
    }

    #[test]
    fn options_override_the_profile() {
        let mut options = CompileOptions::native(Profile::Release, &[]);
        options.opt_level = Some(OptLevel::Os);
        options.debug_info = true;
        let flags = options.compile_flags();
        assert!(flags.contains(&"-Os") && !flags.contains(&"-O3") && flags.contains(&"-g"));
        assert!(options.link_flags().contains(&"-g"));
    }

    #[test]
    fn semantics_do_not_depend_on_the_profile() {
        for profile in [Profile::Debug, Profile::Release] {
            let flags = CompileOptions::native(profile, &["-fwrapv"]).compile_flags();
            assert!(flags.contains(&"-fwrapv"), "{profile}");
        }
    }

    #[test]
    fn wasm_has_its_calling_convention() {
        let target = CompileOptions::wasi_target();
        let mut options = CompileOptions { target, ..CompileOptions::native(Profile::Debug, &[]) };
        assert!(options.is_wasm());
        let flags = options.compile_flags();
        assert!(flags.contains(&"experimental-mv") && flags.contains(&"-DSPY_TARGET_WASI"));
        assert!(!flags.contains(&"-DSPY_LIBRARY") && !flags.contains(&"-DSPY_TARGET_NATIVE"));
        assert!(!options.link_flags().contains(&"-mexec-model=reactor"));
        options.kind = OutputKind::Lib;
        assert!(options.compile_flags().contains(&"-DSPY_LIBRARY"));
        assert!(options.link_flags().contains(&"-mexec-model=reactor"));
    }

    #[test]
    fn levels_parse() {
        assert_eq!("s".parse(), Ok(OptLevel::Os));
        assert!("fast".parse::<OptLevel>().is_err());
    }
}
