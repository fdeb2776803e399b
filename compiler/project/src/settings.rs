//! What the user asked for, and what follows from it.
//!
//! [`RawOptions`] are the options as they came: flags that were given and variables that were set.
//! [`Settings`] are complete and checked: the rest of the crate sees nothing else.

use crate::error::EnvError;
use crate::library::INTERFACE_FILE;
use crate::machine;
use crate::packages::Wanted;
use crate::paths::normalize;
use crate::prebuilt;
use crate::search::SearchPath;
use crate::stdlib::Stdlib;
use crate::store::{self, Store};
use spy_codegen_c::EmitOptions;
use spy_db::{Limits, System};
use spy_link::{CompileOptions, OptLevel, OutputKind, Profile, ToolEnv};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Machines to build for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Target {
    /// The one that this process runs on.
    #[default]
    Native,
    /// WebAssembly, in a WASI host.
    Wasi,
}

/// What makes machine code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Backend {
    /// A C compiler.
    C,
    /// Cranelift, which is a part of this compiler.
    Cranelift,
}

/// Which packages are linked from objects that were compiled ahead of time.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Linking {
    /// Those that have no source.
    #[default]
    Needed,
    /// All that have an object.
    All,
    /// These, and those that have no source.
    Named(Vec<String>),
}

/// Options as given. Paths are relative to `current_dir`.
#[derive(Clone, Debug, Default)]
pub struct RawOptions {
    /// The folder that relative paths start from; absolute.
    pub current_dir: PathBuf,
    /// `--path`, in order.
    pub path: Vec<PathBuf>,
    /// The variable `SPY_PATH`: folders, separated as in `PATH`.
    pub env_path: Option<OsString>,
    /// `--stdlib`.
    pub stdlib: Option<PathBuf>,
    /// The program's main file: packages are looked for around it.
    pub root: Option<PathBuf>,
    /// `--package`, in order.
    pub packages: Vec<PathBuf>,
    /// `--python`.
    pub python: Option<PathBuf>,
    /// The variable `VIRTUAL_ENV`.
    pub env_python: Option<OsString>,
    /// `--blue-fuel`.
    pub blue_fuel: Option<u64>,
    /// `--target`.
    pub target: Target,
    /// `--output-kind`.
    pub kind: OutputKind,
    /// `--link-prebuilt`, with the packages that it names.
    pub link_prebuilt: Option<Vec<String>>,
    /// Whether a package is made.
    pub for_package: bool,
    /// `--backend`.
    pub backend: Option<Backend>,
    /// `--release`.
    pub release: bool,
    /// `-O`.
    pub opt_level: Option<OptLevel>,
    /// `-g`.
    pub debug_info: bool,
    /// `--build-dir`.
    pub build_dir: Option<PathBuf>,
    /// `--cc`.
    pub cc: Option<String>,
    /// `--linker`.
    pub linker: Option<String>,
    /// The variable `CC`.
    pub env_cc: Option<String>,
    /// The variable `CC_wasm32_wasi`.
    pub env_cc_wasi: Option<String>,
    /// The variable `PATH`.
    pub env_search: Option<OsString>,
    /// The folder for what builds share; `None` if there is none.
    pub cache_dir: Option<PathBuf>,
    /// How large what outlives builds may become there, in bytes.
    pub cache_limit: Option<u64>,
}

/// Options as they apply.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where modules are looked for.
    pub search: SearchPath,
    /// Limits of evaluation at compile time.
    pub limits: Limits,
    /// What makes machine code.
    pub backend: Backend,
    /// How C is compiled.
    pub compile: CompileOptions,
    /// Which packages are linked from objects. If it is not [`Linking::Needed`], programs are built
    /// for WebAssembly first.
    pub linking: Linking,
    /// Whether the WebAssembly program is translated to a native one.
    pub translate: bool,
    /// Whether extensions let other Python threads run while SPy code does.
    pub release_gil: bool,
    /// Where artefacts go, absolute; `None` for `build` beside the source.
    pub build_dir: Option<PathBuf>,
    /// How to find the C compiler.
    pub tools: ToolEnv,
    /// The folder for what builds share.
    pub cache_dir: Option<PathBuf>,
    /// How large what outlives builds may become there, in bytes.
    pub cache_limit: u64,
}

impl RawOptions {
    /// Completes and checks the options.
    ///
    /// # Errors
    /// A folder that was named does not exist.
    pub fn resolve(self, system: &dyn System) -> Result<Settings, EnvError> {
        let absolute = |path: &Path| normalize(&self.current_dir.join(path));
        let stdlib = match &self.stdlib {
            None => Stdlib::Embedded,
            Some(dir) => {
                let found = absolute(dir);
                if !system.is_file(&found.join("_builtins.spy")) {
                    let message = format!("`{}` does not hold the standard library", dir.display());
                    return Err(EnvError::new(message)
                        .with_help("`--stdlib` takes the folder in which `_builtins.spy` stands"));
                }
                Stdlib::Folder(found)
            }
        };
        let mut extra = Vec::new();
        for dir in &self.path {
            let found = absolute(dir);
            if !system.is_dir(&found) {
                return Err(EnvError::new(format!(
                    "`--path {0}`: there is no folder `{0}`",
                    dir.display()
                )));
            }
            extra.push(found);
        }
        // Like PATH: entries that do not exist are skipped.
        if let Some(list) = &self.env_path {
            let entries = std::env::split_paths(list).filter(|dir| !dir.as_os_str().is_empty());
            extra.extend(entries.map(|dir| absolute(&dir)).filter(|dir| system.is_dir(dir)));
        }
        let mut limits = Limits::default();
        if let Some(fuel) = self.blue_fuel {
            limits.fuel = fuel;
        }
        let profile = if self.release { Profile::Release } else { Profile::Debug };
        let mut compile = CompileOptions {
            opt_level: self.opt_level,
            debug_info: self.debug_info,
            kind: self.kind,
            ..CompileOptions::native(profile, &spy_codegen_c::REQUIRED_FLAGS)
        };
        if self.target == Target::Wasi && self.kind == OutputKind::PyExt {
            let message = "`--output-kind py-ext` makes extensions for this machine only";
            return Err(EnvError::new(message).with_help("leave out `--target wasi`"));
        }
        if self.target == Target::Wasi {
            compile.target = CompileOptions::wasi_target();
        }
        let mut linking = Linking::Needed;
        if let Some(packages) = self.link_prebuilt {
            if self.kind != OutputKind::Exe {
                let message = "`--link-prebuilt` makes programs, no libraries";
                let help = format!("leave out `--output-kind {}`", self.kind.as_str());
                return Err(EnvError::new(message).with_help(help));
            }
            linking = if packages.is_empty() { Linking::All } else { Linking::Named(packages) };
            // Packages are compiled as for release builds, and a program has one layout of pointers.
            compile.profile = Profile::Release;
            compile.target = CompileOptions::wasi_target();
        }
        if self.for_package {
            compile.profile = Profile::Release;
            compile = prebuilt::package_options(compile);
        }
        // Elsewhere debug information stays in the objects.
        compile.call_table = compile.kind == OutputKind::PyExt
            && compile.target.binary_format == target_lexicon::BinaryFormat::Elf;
        let translate = linking != Linking::Needed && self.target == Target::Native;
        let build_dir = self.build_dir.as_deref().map(absolute);
        let tools = ToolEnv {
            option: self.cc,
            cc: self.env_cc,
            cc_wasi: self.env_cc_wasi,
            path: self.env_search,
            linker: self.linker,
        };
        let wanted = Wanted {
            root: self.root.as_deref().map(absolute),
            wheels: self.packages.iter().map(|path| absolute(path)).collect(),
            python: self.python.as_deref().map(absolute),
            active: self.env_python.map(PathBuf::from).filter(|dir| !dir.as_os_str().is_empty()),
            cache_dir: self.cache_dir.clone(),
        };
        let search =
            SearchPath { stdlib, extra, packages: wanted.find()?, linking: linking.clone() };
        let backend = choose_backend(self.backend, &compile)?;
        let cache_dir = self.cache_dir;
        let cache_limit = self.cache_limit.unwrap_or(store::DEFAULT_LIMIT);
        Ok(Settings {
            search,
            limits,
            backend,
            compile,
            linking,
            translate,
            release_gil: false,
            build_dir,
            tools,
            cache_dir,
            cache_limit,
        })
    }
}

/// What makes machine code, if `asked` is what was asked for. Cranelift is quick and a C compiler
/// makes faster programs, so which one it is follows from what the build is for.
fn choose_backend(asked: Option<Backend>, compile: &CompileOptions) -> Result<Backend, EnvError> {
    let is_its_kind = match compile.kind {
        OutputKind::Exe => true,
        OutputKind::PyExt => spy_link::LINKS_ALONE,
        OutputKind::Lib => false,
    };
    let is_possible = !compile.is_wasm() && is_its_kind && machine::is_supported(compile);
    if asked == Some(Backend::Cranelift) && !is_possible {
        let message = if spy_link::LINKS_ALONE {
            "`--backend cranelift` makes executables, and extensions for Python, for this machine only"
        } else {
            "`--backend cranelift` makes executables for this machine only"
        };
        return Err(EnvError::new(message)
            .with_help("leave `--backend` out: a C compiler makes everything else"));
    }
    let is_for_speed = compile.profile == Profile::Release || compile.level() != OptLevel::O0;
    let default = if is_possible && !is_for_speed { Backend::Cranelift } else { Backend::C };
    Ok(asked.unwrap_or(default))
}

impl Settings {
    /// Whether a library is made.
    #[must_use]
    pub fn is_library(&self) -> bool {
        self.compile.kind == OutputKind::Lib
    }

    /// Whether an extension module for CPython is made.
    #[must_use]
    pub fn is_extension(&self) -> bool {
        self.compile.kind == OutputKind::PyExt
    }

    /// Whether programs that are only to be run do so in this process.
    #[must_use]
    pub fn runs_in_memory(&self) -> bool {
        self.backend == Backend::Cranelift && machine::can_run_in_memory(&self.compile)
    }

    /// Whether what is made is linked without a C compiler.
    #[must_use]
    pub fn links_alone(&self) -> bool {
        self.is_extension() && self.backend == Backend::Cranelift
    }

    /// What outlives builds.
    pub(crate) fn store(&self) -> Store {
        Store::new(self.cache_dir.as_deref(), self.cache_limit)
    }

    /// How C is emitted.
    #[must_use]
    pub fn emit_options(&self) -> EmitOptions {
        EmitOptions {
            debug: self.compile.profile == Profile::Debug,
            keep_symbols: false,
            // With line directives, code that moves has to be compiled again.
            line_directives: self.compile.debug_info,
            guards_stack: self.is_extension(),
            numbers_positions: self.compile.call_table,
        }
    }
}

/// Where the artefacts of one program go. All paths are absolute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildPlan {
    /// The root file.
    pub source: PathBuf,
    /// The build folder.
    pub dir: PathBuf,
    /// The executable or library; of a native library the shared one.
    pub output: PathBuf,
    /// The static library, for native libraries.
    pub archive: Option<PathBuf>,
    /// Files for users of a library.
    pub public: Vec<PathBuf>,
    /// Objects, relative to `dir`.
    pub objects: PathBuf,
    /// The record of the last build, relative to `dir`.
    pub stamp: PathBuf,
}

/// The name of the file of an extension module: one for all versions of CPython.
fn extension_file(module: &str) -> String {
    if cfg!(windows) { format!("{module}.pyd") } else { format!("{module}.abi3.so") }
}

/// The folder of generated C, relative to the build folder.
pub(crate) const SOURCE_DIR: &str = "src";

/// The folder of what only the compiler reads, relative to the build folder.
pub(crate) const STATE_DIR: &str = ".spy";

impl BuildPlan {
    /// The plan for `source` (absolute).
    #[must_use]
    pub fn new(source: &Path, settings: &Settings) -> Self {
        let parent = source.parent().unwrap_or(Path::new("/"));
        let dir = settings.build_dir.clone().unwrap_or_else(|| parent.join("build"));
        let mut stem = source.file_stem().unwrap_or_default().to_owned();
        let compile = &settings.compile;
        let mut variant = compile.profile.as_str().to_owned();
        if compile.is_wasm() {
            variant.insert_str(0, "wasi-");
        }
        if compile.kind != OutputKind::Exe {
            variant.push('-');
            variant.push_str(compile.kind.as_str());
        }
        if compile.position_independent {
            variant.push_str("-package");
        }
        if settings.linking != Linking::Needed {
            variant.push_str(if settings.translate { "-translated" } else { "-linked" });
        }
        let state = Path::new(STATE_DIR);
        let objects = state.join(&variant).join(&stem);
        let stamp = state.join(format!("{}-{variant}.json", stem.display()));
        let is_library = settings.is_library();
        let mut public = Vec::new();
        let mut archive = None;
        if is_library {
            public.push(dir.join(INTERFACE_FILE));
        }
        let name = stem.to_string_lossy().into_owned();
        if compile.is_wasm() && !settings.translate {
            stem.push(".wasm");
        } else if compile.kind == OutputKind::PyExt {
            stem = extension_file(&name).into();
        } else if is_library {
            stem = format!("{DLL_PREFIX}{name}{DLL_SUFFIX}").into();
            archive = Some(dir.join(format!("lib{name}.a")));
            public.push(dir.join(format!("{name}.h")));
        } else {
            if stem == SOURCE_DIR {
                // The folder of C files has that name already.
                stem.push(".out");
            }
            stem.push(EXE_SUFFIX);
        }
        let (source, output) = (source.to_owned(), dir.join(stem));
        Self { source, output, archive, public, dir, objects, stamp }
    }

    /// The plan for an extension module whose main file is `source` (absolute).
    #[must_use]
    pub fn of_extension(source: &Path, name: &str, settings: &Settings) -> Self {
        // A package is named by its folder, and built beside it.
        let is_package = source.file_stem().is_some_and(|stem| stem == "__init__");
        let beside = source.parent().filter(|_| is_package).unwrap_or(source);
        Self::new(&beside.with_file_name(format!("{name}.spy")), settings)
    }

    /// Every file that the build makes for its user; the output comes first.
    #[must_use]
    pub fn outputs(&self) -> Vec<PathBuf> {
        let more = self.archive.iter().chain(&self.public);
        std::iter::once(&self.output).chain(more).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_db::MemorySystem;

    fn raw() -> RawOptions {
        RawOptions { current_dir: "/w".into(), ..RawOptions::default() }
    }

    fn system() -> MemorySystem {
        let system = MemorySystem::default();
        system.write("/w/lib/m.spy", "");
        system.write("/w/std/_builtins.spy", "");
        system
    }

    #[test]
    fn options_come_before_variables() {
        let options = RawOptions {
            path: vec!["lib".into()],
            env_path: Some("std:gone:".into()),
            blue_fuel: Some(5),
            release: true,
            ..raw()
        };
        let settings = options.resolve(&system()).expect("resolves");
        assert_eq!(settings.search.extra, [Path::new("/w/lib"), Path::new("/w/std")]);
        assert_eq!(settings.limits.fuel, 5);
        assert_eq!(settings.compile.profile, Profile::Release);
    }

    #[test]
    fn named_folders_must_exist() {
        let path = RawOptions { path: vec!["gone".into()], ..raw() };
        let error = path.resolve(&system()).expect_err("no folder");
        assert!(error.message.contains("gone"), "{}", error.message);
        let stdlib = RawOptions { stdlib: Some("lib".into()), ..raw() };
        assert!(stdlib.resolve(&system()).is_err());
        let stdlib = RawOptions { stdlib: Some("std".into()), ..raw() };
        let settings = stdlib.resolve(&system()).expect("resolves");
        assert_eq!(settings.search.stdlib, Stdlib::Folder("/w/std".into()));
    }

    #[test]
    fn variants_share_no_objects() {
        let plan = |target, kind| {
            let options = RawOptions { target, kind, ..raw() };
            let settings = options.resolve(&system()).expect("resolves");
            BuildPlan::new(Path::new("/w/app.spy"), &settings)
        };
        let plans = [
            plan(Target::Native, OutputKind::Exe),
            plan(Target::Wasi, OutputKind::Exe),
            plan(Target::Wasi, OutputKind::Lib),
            plan(Target::Native, OutputKind::Lib),
        ];
        assert_eq!(plans[3].archive.as_deref(), Some(Path::new("/w/build/libapp.a")));
        assert_eq!(plans[2].output, Path::new("/w/build/app.wasm"));
        let folders: std::collections::BTreeSet<_> = plans.iter().map(|p| &p.objects).collect();
        let stamps: std::collections::BTreeSet<_> = plans.iter().map(|p| &p.stamp).collect();
        assert_eq!((folders.len(), stamps.len()), (4, 4));
    }

    #[test]
    fn extensions_take_a_c_compiler_where_speed_counts() {
        let backend = |release, asked| {
            let kind = OutputKind::PyExt;
            let options = RawOptions { kind, release, backend: asked, ..raw() };
            let settings = options.resolve(&system()).expect("resolves");
            (settings.backend, settings.links_alone())
        };
        if !spy_link::LINKS_ALONE {
            assert_eq!(backend(false, None), (Backend::C, false));
            return;
        }
        assert_eq!(backend(false, None), (Backend::Cranelift, true));
        assert_eq!(backend(false, Some(Backend::C)), (Backend::C, false));
        assert_eq!(backend(true, None), (Backend::C, false));
        assert_eq!(backend(true, Some(Backend::Cranelift)), (Backend::Cranelift, true));
    }

    #[test]
    fn artefacts_stand_beside_the_source() {
        let settings = raw().resolve(&system()).expect("resolves");
        let plan = BuildPlan::new(Path::new("/w/sub/app.spy"), &settings);
        assert_eq!(plan.dir, Path::new("/w/sub/build"));
        assert_eq!(plan.objects, Path::new(".spy/debug/app"));
        assert!(plan.output.starts_with(&plan.dir));
        let clash = BuildPlan::new(Path::new("/w/src.spy"), &settings);
        assert_ne!(clash.output, clash.dir.join(SOURCE_DIR));
        let named = RawOptions { build_dir: Some("out".into()), ..raw() };
        let settings = named.resolve(&system()).expect("resolves");
        assert_eq!(BuildPlan::new(Path::new("/w/sub/app.spy"), &settings).dir, Path::new("/w/out"));
    }
}
