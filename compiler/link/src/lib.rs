//! C compilers: finding one, compiling C units to objects, linking them with the runtime.
//!
//! Knows nothing about SPy: it takes C files, options and the bytes of the runtime. It may depend
//! on no other crate of the compiler. Everything that can go wrong is a [`LinkError`], and
//! [`LinkError::is_internal`] tells a bug of ours (C that a compiler refuses) from a machine that
//! lacks something.

mod archive;
mod compiler;
#[cfg(target_os = "linux")]
mod embedded;
mod error;
mod linker;
mod options;
mod process;
mod runtime;

pub use archive::archive;
pub use compiler::{CCompiler, ToolEnv, find_program};
pub use error::LinkError;
pub use linker::Linker;
pub use options::{CompileOptions, OptLevel, OutputKind, Profile};
pub use process::shell_words;
pub use runtime::{InstalledRuntime, Runtime};

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Clang takes 256 blocks inside of each other unless told; comprehensions may be deeper.
const DEEP_BLOCKS: &str = "-fbracket-depth=10000";

/// Compiles one C file. `source` and `object` are relative to `dir`, so that neither the object
/// nor its debug information depends on where the folder is.
///
/// # Errors
/// The compiler cannot be run, refuses the file, or cannot write the object.
pub fn compile(
    cc: &CCompiler,
    options: &CompileOptions,
    runtime: &InstalledRuntime,
    dir: &Path,
    source: &Path,
    object: &Path,
) -> Result<(), LinkError> {
    let mut args: Vec<OsString> = options.compile_flags().into_iter().map(OsString::from).collect();
    if options.call_table && cc.is_gcc() {
        // What makes one call of several, or one function of two.
        args.extend(ONE_CALL_EACH.map(OsString::from));
    }
    if cc.is_clang() || cc.is_zig() {
        args.push(DEEP_BLOCKS.into());
    }
    args.push(prefix_map(dir, "."));
    args.push(prefix_map(&runtime.include, "spy"));
    args.extend(["-I".into(), runtime.include.clone().into()]);
    args.extend(["-c".into(), source.into(), "-o".into(), object.into()]);
    process::run(cc, &args, dir)
}

/// What tells gcc that calls and functions which are alike are not the same; clang hears it from the C.
const ONE_CALL_EACH: [&str; 4] =
    ["-fno-crossjumping", "-fno-tree-tail-merge", "-fno-partial-inlining", "-fno-ipa-icf"];

/// What to link. Paths are relative to the folder `dir`.
#[derive(Clone, Copy, Debug)]
pub struct LinkJob<'a> {
    /// Where the linker is started.
    pub dir: &'a Path,
    /// The program's objects.
    pub objects: &'a [PathBuf],
    /// Symbols that a library offers. A wasm library offers more: what its C marks as exported.
    pub exports: &'a [String],
    /// A file that holds what [`export_list`] says, for native libraries.
    pub list: &'a Path,
    /// The name under which programs look for a native library when they start.
    pub name: &'a str,
    /// The file to write.
    pub output: &'a Path,
    /// A linker to take instead of the C compiler's own.
    pub linker: Option<&'a Linker>,
    /// A folder of its own for what a linker needs to be found; absolute.
    pub folder: &'a Path,
}

/// An object or archive in memory.
#[derive(Clone, Debug)]
pub struct LinkInput {
    /// Its name, which no other one has.
    pub name: String,
    /// Its contents.
    pub bytes: Cow<'static, [u8]>,
}

/// Whether libraries for this machine can be linked without a C compiler.
pub const LINKS_ALONE: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

/// Links a library of the system in this process: from memory to memory, with nothing of the machine's.
/// It offers the symbol `entry` and no other; what it leaves undefined, the C library's functions among
/// it, whoever loads it must have.
///
/// # Errors
/// The linker refuses something (a bug), or there is none: see [`LINKS_ALONE`].
pub fn link_alone(inputs: Vec<LinkInput>, entry: &str) -> Result<Vec<u8>, LinkError> {
    #[cfg(target_os = "linux")]
    return embedded::shared(inputs, entry);
    #[cfg(not(target_os = "linux"))]
    {
        drop((inputs, entry));
        Err(LinkError::NoCompiler { tried: Vec::new() })
    }
}

/// Makes one relocatable object of several, for WebAssembly. Paths are relative to `dir`. If it is to be
/// `stripped`, it has no debug information.
///
/// # Errors
/// There is no `wasm-ld`, or it refuses an object.
pub fn relocatable(
    cc: &CCompiler,
    dir: &Path,
    objects: &[PathBuf],
    output: &Path,
    stripped: bool,
) -> Result<(), LinkError> {
    let linker = cc.wasm_linker()?;
    let mut args: Vec<OsString> = vec!["-r".into(), "-o".into(), output.into()];
    if stripped {
        args.push("--strip-debug".into());
    }
    args.extend(objects.iter().map(OsString::from));
    process::run(&linker, &args, dir)
}

/// What tells the system's linker that a shared library offers these symbols and no others.
#[must_use]
pub fn export_list(options: &CompileOptions, exports: &[String]) -> String {
    if options.target.operating_system.is_like_darwin() {
        return exports.iter().map(|symbol| format!("_{symbol}\n")).collect();
    }
    let lines: String = exports.iter().map(|symbol| format!("    \"{symbol}\";\n")).collect();
    format!("{{\n  global:\n{lines}  local: *;\n}};\n")
}

/// Links objects and the runtime.
///
/// # Errors
/// As for [`compile`].
pub fn link(
    cc: &CCompiler,
    options: &CompileOptions,
    runtime: &InstalledRuntime,
    job: &LinkJob<'_>,
) -> Result<(), LinkError> {
    let mut args: Vec<OsString> = options.link_flags().into_iter().map(OsString::from).collect();
    if options.is_wasm() && !cc.is_zig() {
        // Below the data, a stack that overflows traps instead of overwriting them. Zig's linker
        // puts it there by itself.
        args.extend(["-Wl,--stack-first".into(), format!("-Wl,-z,stack-size={WASM_STACK}").into()]);
    }
    if options.is_shared() {
        args.extend(shared_flags(options, job));
    }
    let is_darwin = options.target.operating_system.is_like_darwin();
    if !(options.is_wasm() || is_darwin || cc.is_zig() || cc.is_clang()) {
        // Objects are machine code already: gcc's linker need not look for what to compile.
        args.push("-fno-use-linker-plugin".into());
        if options.kind == OutputKind::Exe {
            // No program of ours needs the shared one, which the linker would look into.
            args.push("-static-libgcc".into());
        }
    }
    let is_here = job.linker.is_some_and(Linker::is_built_in);
    if let Some(linker) = job.linker.filter(|_| !is_here) {
        args.extend(linker.flags(cc, job.folder, job.objects.len()));
    }
    args.extend(["-o".into(), job.output.into()]);
    let named = if is_here { 1 } else { job.objects.len() };
    args.extend(job.objects.iter().take(named).map(OsString::from));
    args.extend(runtime.archives.iter().map(OsString::from));
    if options.is_wasm() {
        args.extend(job.exports.iter().map(|symbol| format!("-Wl,--export={symbol}").into()));
    }
    args.push("-lm".into());
    if options.kind == OutputKind::PyExt && cc.is_zig() {
        // Of an older glibc, which zig may be told to link with, they are libraries of their own.
        args.extend(["-lpthread".into(), "-ldl".into()]);
    }
    #[cfg(target_os = "linux")]
    if is_here {
        return embedded::link(cc, &args, job.objects, job.dir, job.output);
    }
    process::run(cc, &args, job.dir)
}

fn shared_flags(options: &CompileOptions, job: &LinkJob<'_>) -> Vec<OsString> {
    let is_darwin = options.target.operating_system.is_like_darwin();
    let mut list = OsString::from(if is_darwin {
        "-Wl,-exported_symbols_list,"
    } else {
        "-Wl,--version-script="
    });
    list.push(job.list);
    // Two libraries in one process have two heaps: each calls its own runtime. Variables are bound
    // late all the same, since a program may have a copy that counts.
    let mut flags = if is_darwin {
        let name = format!("-Wl,-install_name,@rpath/{}", job.name);
        vec!["-dynamiclib".into(), name.into(), list]
    } else {
        let name = format!("-Wl,-soname,{}", job.name);
        let mut flags = vec!["-shared".into(), name.into(), list];
        if options.kind == OutputKind::Lib {
            flags.push("-Wl,-Bsymbolic-functions".into());
        }
        flags
    };
    // What hosts call must come from the archives even if the program does not use it.
    let prefix = if is_darwin { "_" } else { "" };
    flags.extend(job.exports.iter().map(|symbol| format!("-Wl,-u,{prefix}{symbol}").into()));
    flags
}

/// Size of the stack of wasm programs, in bytes.
const WASM_STACK: u32 = 8 << 20;

/// A program that needs what every program needs: headers, a linker, start-up files, `libm`.
const SELF_TEST: &str = "#include <math.h>\n#include <stdint.h>\n#include <stdio.h>\n\
    int main(int argc, char **argv) { return printf(\"%s\", argv[0]) < 0 || sqrt(argc) < 0; }\n";

/// Whether the compiler can build anything at all. Called after a failure, to tell a machine that
/// lacks something from C that is wrong.
///
/// # Errors
/// The compiler does not work: [`LinkError::Broken`], or what kept it from being tried.
pub fn self_test(cc: &CCompiler) -> Result<(), LinkError> {
    let dir = tempfile::tempdir()
        .map_err(|error| LinkError::io("create a folder in", &std::env::temp_dir(), error))?;
    let source = dir.path().join("test.c");
    std::fs::write(&source, SELF_TEST).map_err(|error| LinkError::io("write", &source, error))?;
    let args = ["test.c", "-o", "test", "-lm"].map(OsString::from);
    match process::run(cc, &args, dir.path()) {
        Err(LinkError::Failed { command, output }) => Err(LinkError::Broken { command, output }),
        other => other,
    }
}

/// Keeps an absolute path out of debug information.
fn prefix_map(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("-ffile-prefix-map=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}
