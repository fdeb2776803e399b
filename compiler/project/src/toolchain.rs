//! The C compiler of a build and the runtime for it.
//!
//! The native runtime is an archive that comes with this program. For WebAssembly there is none:
//! it is compiled, by the compiler that compiles the program, when that compiler is first used,
//! into the folder that builds share. What it makes is kept as objects are: with the hash of what
//! each was made from.

use crate::artefacts::{self, TEMP_PREFIX};
use crate::driver::hash;
use crate::error::{EnvError, Failure};
use crate::settings::{Backend, Settings};
use rayon::prelude::*;
use spy_link::{
    CCompiler, CompileOptions, InstalledRuntime, LinkError, Linker, OptLevel, Profile, Runtime,
};
use spy_runtime_embed::ArchiveKind;
use std::path::{Path, PathBuf};

/// The compiler for the settings' target.
///
/// # Errors
/// There is none, or the one that was asked for does not exist.
pub fn find(settings: &Settings) -> Result<CCompiler, LinkError> {
    if !settings.compile.is_wasm() {
        return match settings.backend {
            Backend::C => CCompiler::find(&settings.tools),
            Backend::Cranelift => CCompiler::find_for_linking(&settings.tools),
        };
    }
    let mut failed = Vec::new();
    for cc in CCompiler::wasi_candidates(&settings.tools)? {
        let known = settings.cache_dir.as_deref().map(|cache| known_file(cache, &cc));
        if known.as_deref().is_some_and(Path::exists) {
            return Ok(cc);
        }
        match spy_link::self_test(&cc) {
            Ok(()) => {
                // Without the note it is tried again next time.
                let _ = known.map(|file| note(&file));
                return Ok(cc);
            }
            Err(LinkError::Broken { command, output }) => failed.push((command, output)),
            Err(error) => failed.push((cc.display(), error.to_string())),
        }
    }
    let tried = CCompiler::wasi_commands().map(str::to_owned).collect();
    Err(LinkError::NoWasiCompiler { tried, failed })
}

/// What tells the tools of a build from others.
///
/// # Errors
/// As for [`find`].
pub(crate) fn fingerprint(settings: &Settings) -> Result<String, LinkError> {
    if settings.links_alone() {
        return Ok(String::new());
    }
    Ok(find(settings)?.fingerprint())
}

/// The linkers to try before the C compiler's own, without those that it could not start before.
pub(crate) fn linkers(settings: &Settings, cc: &CCompiler) -> Vec<Linker> {
    let compile = &settings.compile;
    if compile.is_wasm() || cc.is_zig() || compile.target.operating_system.is_like_darwin() {
        return Vec::new();
    }
    let mut found = Linker::candidates(&settings.tools);
    let is_ours = settings.backend == Backend::Cranelift && compile.is_host_exe();
    if is_ours && settings.tools.linker.is_none() {
        found.splice(0..0, Linker::built_in());
    }
    found.retain(|linker| {
        linker.asked || !refused_file(settings, cc, linker).is_some_and(|file| file.exists())
    });
    found
}

/// Remembers that a compiler cannot start a linker.
pub(crate) fn refuse(settings: &Settings, cc: &CCompiler, linker: &Linker) {
    // Without the note it is tried again next time.
    let _ = refused_file(settings, cc, linker).map(|file| note(&file));
}

/// The note that says that a compiler cannot start a linker.
fn refused_file(settings: &Settings, cc: &CCompiler, linker: &Linker) -> Option<PathBuf> {
    let name = &hash(&[cc.fingerprint(), linker.fingerprint()])[..16];
    Some(settings.cache_dir.as_deref()?.join("compilers").join(format!("{name}.no-linker")))
}

/// The note that says that a compiler can make WebAssembly.
fn known_file(cache: &Path, cc: &CCompiler) -> PathBuf {
    cache.join("compilers").join(format!("{}.wasi", &hash(&[cc.fingerprint()])[..16]))
}

fn note(file: &Path) -> Result<(), EnvError> {
    file.parent().map_or(Ok(()), artefacts::create_dir)?;
    artefacts::write_atomic(file, b"")
}

/// The runtime as files, below the shared folder, or else below `fallback`.
///
/// # Errors
/// Neither folder can be written, or (a bug) the runtime's C is refused.
pub(crate) fn runtime(
    cc: &CCompiler,
    settings: &Settings,
    fallback: &Path,
) -> Result<InstalledRuntime, Failure> {
    let Settings { compile, cache_dir, .. } = settings;
    let is_wasm = compile.is_wasm();
    let runtime = Runtime {
        headers: spy_runtime_embed::headers().to_vec(),
        sources: if is_wasm { spy_runtime_embed::sources().to_vec() } else { Vec::new() },
        archives: if is_wasm { Vec::new() } else { archives(compile.profile) },
        fingerprint: spy_runtime_embed::fingerprint(),
    };
    let mut installed = runtime.install(cache_dir.as_deref(), fallback)?;
    if is_wasm {
        installed.archives = objects(cc, compile, &installed)?;
    }
    Ok(installed)
}

fn archives(profile: Profile) -> Vec<(&'static str, &'static [u8])> {
    let archive = match profile {
        Profile::Debug => ArchiveKind::RuntimeDebug,
        Profile::Release => ArchiveKind::RuntimeRelease,
    };
    [archive, ArchiveKind::HeapBdwgc]
        .map(|kind| (kind.file_name(), spy_runtime_embed::archive(kind)))
        .to_vec()
}

/// What extension modules are linked with that no C compiler makes.
pub(crate) fn guest_archives(profile: Profile) -> Vec<(&'static str, &'static [u8])> {
    let converter = match profile {
        Profile::Debug => ArchiveKind::PythonDebug,
        Profile::Release => ArchiveKind::PythonRelease,
    };
    let converter = (converter.file_name(), spy_runtime_embed::archive(converter));
    std::iter::once(converter).chain(archives(profile)).collect()
}

/// The runtime's objects for WebAssembly.
fn objects(
    cc: &CCompiler,
    compile: &CompileOptions,
    runtime: &InstalledRuntime,
) -> Result<Vec<PathBuf>, Failure> {
    // It is optimised in debug builds too: those are about checks.
    let opt_level = Some(OptLevel::O2);
    let position_independent = false;
    let call_table = false;
    let compile = CompileOptions { opt_level, position_independent, call_table, ..compile.clone() };
    let key = hash(&[
        &cc.fingerprint(),
        spy_runtime_embed::fingerprint(),
        &compile.compile_flags().join(" "),
    ]);
    let folder = PathBuf::from(format!("objects-{}", &key[..16]));
    artefacts::create_dir(&runtime.dir.join(&folder))?;
    let is_c = |name: &&str| Path::new(name).extension().is_some_and(|extension| extension == "c");
    let sources: Vec<&str> =
        spy_runtime_embed::sources().iter().map(|(name, _)| *name).filter(is_c).collect();
    sources
        .par_iter()
        .map(|source| {
            let object = folder.join(source.replace('/', "-")).with_extension("o");
            let path = runtime.dir.join(&object);
            if !artefacts::is_fresh(&path, &key, None) {
                compile_object(cc, &compile, runtime, Path::new(source), &object)?;
                artefacts::set_key(&path, &key, None)?;
            }
            Ok(path)
        })
        .collect()
}

/// Two builds may do this at once, so each writes under a name of its own.
fn compile_object(
    cc: &CCompiler,
    compile: &CompileOptions,
    runtime: &InstalledRuntime,
    source: &Path,
    object: &Path,
) -> Result<(), Failure> {
    let (dir, target) = (&runtime.dir, runtime.dir.join(object));
    let parent = target.parent().unwrap_or(dir);
    let temp = tempfile::Builder::new()
        .prefix(TEMP_PREFIX)
        .tempfile_in(parent)
        .map_err(|error| EnvError::io("write", parent, &error))?
        .into_temp_path();
    spy_link::compile(cc, compile, runtime, dir, source, &temp)?;
    temp.persist(&target).map_err(|error| EnvError::io("write", &target, &error.error))?;
    Ok(())
}
