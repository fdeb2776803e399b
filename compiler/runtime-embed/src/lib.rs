//! The C runtime of SPy programs, compiled for the host and embedded in this crate.
//!
//! Role: hand the linker bytes to write to disk. This crate knows nothing of SPy's types or programs
//! and depends on no other crate of the workspace. `runtime/c/README.md` documents the runtime itself.
//!
//! A native program links one runtime archive and one heap archive, in that order, and
//! [`SYSTEM_LIBRARIES`]. The runtime archive must match the macro its C units were compiled with:
//! the two differ in the layout of pointers.
//!
//! The runtime with checked pointers and the collected heap are also linked into whatever uses this
//! crate, for programs that run in the compiler's own process: see [`symbols`].

mod symbols;

pub use symbols::symbols;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Version of layouts, symbols and signatures: `SPY_ABI_VERSION` of `spy/config.h`.
pub const ABI_VERSION: u32 = 1;

/// What is added to the runtime raises it: `SPY_ABI_MINOR` of `spy/config.h`.
pub const ABI_MINOR: u32 = 4;

/// The version of this runtime for programs that link with it.
pub const ABI: Abi = Abi { major: ABI_VERSION, minor: ABI_MINOR };

/// A version of layouts, symbols and signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Abi {
    /// Raised when something is changed or removed.
    pub major: u32,
    /// Raised when something is added.
    pub minor: u32,
}

impl Abi {
    /// Reads `major.minor`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl std::fmt::Display for Abi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The functions that the runtime offers to compiled programs, sorted: those of `runtime/c/abi.txt`.
#[must_use]
pub fn exported() -> Vec<&'static str> {
    let lines = include_str!("../../../runtime/c/abi.txt").lines();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let functions = lines.filter(|line| !line.starts_with("typedef") && !line.contains('{'));
    let heads = functions.filter_map(|line| line.split_once('(').map(|(head, _)| head.trim_end()));
    let mut names: Vec<&str> =
        heads.filter_map(|head| head.rsplit(|c| !is_name(c)).next()).collect();
    names.sort_unstable();
    names
}

/// Libraries of the system that programs link besides the archives, as after `-l`.
pub const SYSTEM_LIBRARIES: &[&str] = &["m"];

/// Flags that C compilers need so that compiled programs compute what the runtime computes.
///
/// Without the second, machines with fused multiply-add would print other digits.
pub const REQUIRED_C_FLAGS: &[&str] = &["-std=c11", "-ffp-contract=off"];

/// The embedded static libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArchiveKind {
    /// libspy with checked pointers, for units compiled with `SPY_DEBUG`.
    RuntimeDebug,
    /// libspy with plain pointers, for units compiled with `SPY_RELEASE`.
    RuntimeRelease,
    /// What Python calls of an extension that no C compiler makes, for [`Self::RuntimeDebug`].
    PythonDebug,
    /// The same for [`Self::RuntimeRelease`].
    PythonRelease,
    /// The heap with a garbage collector, bdwgc included.
    HeapBdwgc,
    /// The heap that never frees.
    HeapMalloc,
}

impl ArchiveKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::RuntimeDebug,
        Self::RuntimeRelease,
        Self::PythonDebug,
        Self::PythonRelease,
        Self::HeapBdwgc,
        Self::HeapMalloc,
    ];

    /// File name for the archive on disk, such as `libspy_debug.a`.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::RuntimeDebug => "libspy_debug.a",
            Self::RuntimeRelease => "libspy_release.a",
            Self::PythonDebug => "libspy_python_debug.a",
            Self::PythonRelease => "libspy_python_release.a",
            Self::HeapBdwgc => "libspy_heap_bdwgc.a",
            Self::HeapMalloc => "libspy_heap_malloc.a",
        }
    }
}

/// The headers, as paths relative to the include folder (`spy.h`, `spy/str.h`) and contents; sorted.
pub fn headers() -> &'static [(&'static str, &'static [u8])] {
    HEADERS
}

/// The C sources for targets other than the host: paths relative to a folder in which the headers lie
/// under `include/`, and contents; sorted. Every `.c` file is one unit; they make the runtime and the
/// heap without a collector.
pub fn sources() -> &'static [(&'static str, &'static [u8])] {
    SOURCES
}

/// The bytes of a static library for [`target`].
pub fn archive(kind: ArchiveKind) -> &'static [u8] {
    match kind {
        ArchiveKind::RuntimeDebug => RUNTIME_DEBUG,
        ArchiveKind::RuntimeRelease => RUNTIME_RELEASE,
        ArchiveKind::PythonDebug => PYTHON_DEBUG,
        ArchiveKind::PythonRelease => PYTHON_RELEASE,
        ArchiveKind::HeapBdwgc => HEAP_BDWGC,
        ArchiveKind::HeapMalloc => HEAP_MALLOC,
    }
}

/// The target triple that the archives were compiled for.
pub const fn target() -> &'static str {
    TARGET
}

/// A hash of everything embedded, in hexadecimal digits: a cache key for what is linked with it.
pub const fn fingerprint() -> &'static str {
    FINGERPRINT
}

/// FQNs of the runtime functions that can panic at a source position, and therefore take a
/// `const spy_Pos *` as last parameter; sorted. Pointer functions, which exist once for each pointer
/// type, are not among them.
pub fn panicking() -> impl Iterator<Item = &'static str> {
    PANICKING.lines()
}

/// The licence of the collector in [`ArchiveKind::HeapBdwgc`], whose notice goes with copies of it.
pub fn collector_license() -> String {
    String::from_utf8_lossy(GC_LICENSE).into_owned()
}
