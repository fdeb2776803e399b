//! The static libraries: libspy and what calls it from Python, with checked and with plain pointers, and
//! the two heaps.

use std::path::{Path, PathBuf};

use crate::files_below;

/// A static library that was compiled.
pub(crate) struct Archive {
    /// Variant of `ArchiveKind` that it becomes.
    pub(crate) kind: &'static str,
    pub(crate) path: PathBuf,
}

/// How bdwgc is built: no threads, memory from `mmap` that goes back to the system, no incremental
/// mode (which would write-protect the heap), no byte added behind blocks (`alloc.c` adds its own where
/// one is needed). What lies below the stack is cleared a little at a time: the other way remembers how
/// far it got, on one stack, and extensions of other programs are called on several.
const COLLECTOR_DEFINES: [&str; 9] = [
    "ALL_INTERIOR_POINTERS",
    "ALWAYS_SMALL_CLEAR_STACK",
    "DONT_ADD_BYTE_AT_END",
    "GC_DISABLE_INCREMENTAL",
    "GC_NO_FINALIZATION",
    "NO_CLOCK",
    "NO_EXECUTE_PERMISSION",
    "USE_MMAP",
    "USE_MUNMAP",
];

/// Compiles all libraries into `out`.
pub(crate) fn compile(
    runtime: &Path,
    python: &Path,
    gc: &Path,
    out: &Path,
) -> Result<Vec<Archive>, String> {
    Ok(vec![
        compile_libspy(runtime, out, "RuntimeDebug", "SPY_DEBUG")?,
        compile_libspy(runtime, out, "RuntimeRelease", "SPY_RELEASE")?,
        compile_converter(runtime, python, out, "PythonDebug", "SPY_DEBUG")?,
        compile_converter(runtime, python, out, "PythonRelease", "SPY_RELEASE")?,
        compile_collector(runtime, gc, out)?,
        compile_malloc_heap(runtime, out)?,
    ])
}

/// What all our own C is compiled with. The runtime is optimised in debug builds too: SPY_DEBUG is
/// about checks. Contraction would give other digits on machines with fused multiply-add.
fn our_build(runtime: &Path) -> cc::Build {
    let mut build = base_build();
    build
        .std("c11")
        .include(runtime.join("include"))
        .define("SPY_TARGET_NATIVE", None)
        .flag_if_supported("-Wno-dollar-in-identifier-extension")
        .flag("-ffp-contract=off")
        .warnings(true)
        .extra_warnings(true);
    build
}

fn base_build() -> cc::Build {
    let mut build = cc::Build::new();
    build
        .cargo_metadata(false)
        .opt_level(2)
        .debug(false)
        .pic(true)
        .flag("-ffunction-sections")
        .flag("-fdata-sections");
    build
}

fn finish(
    mut build: cc::Build,
    out: &Path,
    kind: &'static str,
    name: &str,
) -> Result<Archive, String> {
    let folder = out.join(name);
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    build.out_dir(&folder).try_compile(name).map_err(|error| format!("{name}: {error}"))?;
    let path = folder.join(format!("lib{name}.a"));
    Ok(Archive { kind, path })
}

fn compile_libspy(
    runtime: &Path,
    out: &Path,
    kind: &'static str,
    profile: &str,
) -> Result<Archive, String> {
    let mut build = our_build(runtime);
    build.define(profile, None);
    for file in files_below(&runtime.join("src"), "c")? {
        build.file(runtime.join("src").join(file));
    }
    finish(build, out, kind, &profile.to_lowercase())
}

/// The converter of extensions for Python, from the headers that extensions in C get too.
fn compile_converter(
    runtime: &Path,
    python: &Path,
    out: &Path,
    kind: &'static str,
    profile: &str,
) -> Result<Archive, String> {
    let name = kind.to_lowercase();
    let folder = out.join(format!("{name}-source"));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for extension in ["h", "c"] {
        for file in files_below(python, extension)? {
            // What they include one another by is what they are called beside emitted C.
            let copy = folder.join(format!("spy_{}", file.display()));
            std::fs::copy(python.join(&file), copy).map_err(|error| error.to_string())?;
        }
    }
    let mut build = our_build(runtime);
    build.define(profile, None).define("SPY_GUEST", None).define("SPY_GC_BDWGC", None);
    // Whoever asks who called sees through it, and it is no part of what the extension offers.
    build.flag("-funwind-tables").flag("-fvisibility=hidden");
    // Other C libraries do not tell who called.
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        build.define("SPY_CALL_TABLE", None);
    }
    build.file(folder.join("spy_python_tables.c"));
    finish(build, out, kind, &name)
}

fn compile_collector(runtime: &Path, gc: &Path, out: &Path) -> Result<Archive, String> {
    let mut collector = base_build();
    collector
        .include(gc.join("include"))
        .file(gc.join("extra/gc.c"))
        .flag("-fno-strict-aliasing")
        .warnings(false);
    for define in COLLECTOR_DEFINES {
        collector.define(define, None);
    }
    let folder = out.join("gc_object");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let objects = collector
        .out_dir(&folder)
        .try_compile_intermediates()
        .map_err(|error| format!("bdwgc: {error}"))?;

    let mut build = our_build(runtime);
    build
        .define("SPY_RELEASE", None)
        .include(gc.join("include"))
        .file(runtime.join("heap/heap_bdwgc.c"));
    for object in objects {
        build.object(object);
    }
    finish(build, out, "HeapBdwgc", "spy_heap_bdwgc")
}

fn compile_malloc_heap(runtime: &Path, out: &Path) -> Result<Archive, String> {
    let mut build = our_build(runtime);
    build.define("SPY_RELEASE", None).file(runtime.join("heap/heap_malloc.c"));
    finish(build, out, "HeapMalloc", "spy_heap_malloc")
}
