//! The command line's shape, as clap reads it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use spy_link::OptLevel;
use std::ffi::OsString;
use std::path::PathBuf;

/// Compiles and runs SPy programs.
///
/// `spy FILE` builds and runs FILE; everything after FILE goes to the program.
#[derive(Parser, Debug)]
#[command(name = "spy", version, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "Examples:
  spy app.spy one two         build app.spy and run it with two arguments
  spy build --release app.spy write the fastest build/app
  spy check app.spy           say what is wrong, build nothing
  spy redshift app.spy        show what is left to do at run time")]
pub(crate) struct Cli {
    /// Options of all commands.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of all commands.
#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// Also look for modules in DIR; may be repeated. The variable SPY_PATH holds more folders
    #[arg(long, global = true, value_name = "DIR")]
    pub path: Vec<PathBuf>,
    /// Also use the package in the wheel FILE; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub package: Vec<PathBuf>,
    /// Virtual environment or interpreter whose packages to use [default: the active environment, or
    /// .venv beside the program or above]
    #[arg(long, global = true, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// Take the standard library from DIR
    #[arg(long, global = true, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
    /// Steps that one evaluation at compile time may take
    #[arg(long, global = true, value_name = "N")]
    pub blue_fuel: Option<u64>,
    /// How to print diagnostics
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub message_format: MessageFormat,
    /// When to use colours; NO_COLOR turns them off too
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is being done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// The reference's option to do without its files beside the sources: there are none.
    #[arg(long, global = true, hide = true)]
    pub no_spyc: bool,
    /// The reference's option to do without `spy.toml`, which is not read.
    #[arg(long, global = true, hide = true)]
    pub no_spy_toml: bool,
}

/// How diagnostics look.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum MessageFormat {
    /// With source lines, on standard error
    #[default]
    Human,
    /// One line each, `file:line:column: error: message`, on standard error
    Short,
    /// One JSON object a line, on standard output
    Json,
}

/// When to use colours.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ColorChoice {
    /// If standard error is a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Compile a program to an executable
    Build(BuildCommand),
    /// Build a program and run it; `spy FILE` means this
    #[command(visible_alias = "execute")]
    Run(RunCommand),
    /// Run the functions `test_...` of files
    Test(TestCommand),
    /// Say what is wrong with a program
    Check(CheckCommand),
    /// Show a program after everything known at compile time has been evaluated
    #[command(visible_alias = "rs")]
    Redshift(RedshiftCommand),
    /// Show which parts of a program are known at compile time: blue, or red
    Colorize(ColorizeCommand),
    /// Lay out files as Python programs usually are
    Format(FormatCommand),
    /// Show the syntax tree of a file
    Parse(ParseCommand),
    /// Show what each name of a file means
    Symtable(FileCommand),
    /// Show which modules a program imports, from where, and in which order
    Imports(FileCommand),
    /// Make a folder with a program or a package that builds at once
    New(NewCommand),
    /// Write a package's wheel and source archive
    Package(PackageCommand),
    /// Remove what builds have written
    #[command(visible_alias = "cleanup")]
    Clean(CleanCommand),
    /// Show or remove what all builds of this user share
    Cache(CacheCommand),
    /// Serve an editor on standard input and output, with the language server protocol
    Lsp(LspCommand),
    /// Print a script that completes `spy` commands in a shell
    Completions(CompletionsCommand),
}

/// How to compile.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompileArgs {
    /// Optimise, and leave out checks of pointers
    #[arg(long, help_heading = "Compilation")]
    pub release: bool,
    /// What makes machine code [default: cranelift for debug builds, c with --release, -O1 and
    /// more, for libraries and for wasi]
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Compilation")]
    pub backend: Option<Backend>,
    /// Optimisation level: 0, 1, 2, 3 or s [default: 0, or 3 with --release]
    #[arg(short = 'O', value_name = "LEVEL", help_heading = "Compilation")]
    pub opt_level: Option<OptLevel>,
    /// Debug information, also in release builds
    #[arg(short = 'g', long = "debug-symbols", help_heading = "Compilation")]
    pub debug_info: bool,
    /// Folder to build in [default: build, beside FILE]
    #[arg(short, long, value_name = "DIR", help_heading = "Compilation")]
    pub build_dir: Option<PathBuf>,
    /// C compiler to use [default: the variable CC, clang, gcc, cc; for wasi: the variable
    /// CC_wasm32_wasi, clang, zig]
    #[arg(long, value_name = "COMMAND", help_heading = "Compilation")]
    pub cc: Option<String>,
    /// Linker that the C compiler starts: mold, wild, lld, or cc for its own [default: the first of
    /// these on PATH]
    #[arg(long, value_name = "NAME", help_heading = "Compilation")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub linker: Option<String>,
    /// What to do about static errors
    #[arg(short = 'E', long, value_enum, default_value_t, value_name = "MODE")]
    #[arg(help_heading = "Compilation")]
    pub error_mode: ErrorMode,
    /// Machine to build for
    #[arg(short, long, value_enum, default_value_t, help_heading = "Compilation")]
    pub target: Target,
    /// What collects garbage: a choice of the target's [default: auto]
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", hide = true)]
    pub gc: Gc,
    /// Number of threads [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = "Compilation")]
    pub jobs: Option<u16>,
    /// Print what took how long; with FILE, write a trace for chrome://tracing
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[arg(help_heading = "Compilation")]
    pub timings: Option<Option<PathBuf>>,
}

/// What to do about static errors in code that may never run.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ErrorMode {
    /// They end the build
    #[default]
    Eager,
    /// They are raised when the statement runs
    Lazy,
    /// As lazy, with a warning each
    Warn,
}

/// What makes machine code.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Backend {
    /// A C compiler
    C,
    /// Cranelift, which needs no other program to make code
    Cranelift,
}

/// Machines to build for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Target {
    /// This machine
    #[default]
    Native,
    /// WebAssembly, for WASI hosts
    Wasi,
}

/// Collectors of garbage.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Gc {
    /// What the target has
    #[default]
    Auto,
    /// None: WebAssembly
    None,
    /// The Boehm-Demers-Weiser collector: native programs
    Bdwgc,
}

/// Kinds of output.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum OutputKind {
    /// An executable
    #[default]
    Exe,
    /// A library for other programs to call
    Lib,
    /// An extension module for CPython 3.11 and newer
    PyExt,
}

/// Intermediate forms to stop at.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Emit {
    /// The C files
    C,
}

/// `spy build`.
#[derive(Args, Debug)]
pub(crate) struct BuildCommand {
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileArgs,
    /// What to build
    #[arg(short = 'k', long, value_enum, default_value_t, value_name = "KIND")]
    pub output_kind: OutputKind,
    /// Also put the executable or library here
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["emit", "no_compile", "watch"])]
    pub output: Option<PathBuf>,
    /// In an extension: let other Python threads run during calls that take and give numbers and
    /// arrays only
    #[arg(long)]
    pub release_gil: bool,
    /// Link packages from what was compiled ahead of time, all that can be or PKG only, and compile
    /// nothing but the program; implies --release
    #[arg(long, value_name = "PKG", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    pub link_prebuilt: Option<Vec<String>>,
    /// Write this into the build folder instead of an executable
    #[arg(long, value_enum, value_name = "WHAT")]
    pub emit: Option<Emit>,
    /// The reference's name for `--emit c`.
    #[arg(long, hide = true, conflicts_with = "emit")]
    pub no_compile: bool,
    /// The same, and prints the files.
    #[arg(long, hide = true, conflicts_with = "emit")]
    pub cdump: bool,
    /// Link everything into the executable, the system's C library too
    #[arg(long = "static")]
    pub static_link: bool,
    /// Build again whenever a file changes; with -x, run each build instead of the one before
    #[arg(short, long, conflicts_with_all = ["emit", "no_compile", "timings"])]
    pub watch: bool,
    /// Run the executable; forwards ARGS, and ends with the program's exit status
    #[arg(short = 'x', long)]
    pub execute: bool,
    /// With -x: print how long it ran, on standard error
    #[arg(long, requires = "execute", conflicts_with = "watch")]
    pub timeit: bool,
    /// The program's main file
    pub file: PathBuf,
    /// With -x: arguments of the program. If -x stands before FILE, everything after FILE goes to
    /// the program; else arguments that begin with a dash go after `--`
    #[arg(requires = "execute")]
    pub args: Vec<OsString>,
}

/// `spy run`.
#[derive(Args, Debug)]
pub(crate) struct RunCommand {
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileArgs,
    /// Interpret the program, compile nothing
    #[arg(long, conflicts_with = "redshifted")]
    pub interp: bool,
    /// Redshift the program and interpret the result
    #[arg(long)]
    pub redshifted: bool,
    /// Look at the program in the debugger when it ends with an error; implies --interp
    #[arg(long, conflicts_with = "redshifted")]
    pub spdb: bool,
    /// Print how long it ran, on standard error
    #[arg(long)]
    pub timeit: bool,
    /// The program's main file
    pub file: PathBuf,
    /// Arguments of the program: everything after FILE
    pub args: Vec<OsString>,
}

/// `spy test`.
#[derive(Args, Debug)]
pub(crate) struct TestCommand {
    /// How to compile.
    #[command(flatten)]
    pub compile: CompileArgs,
    /// Run the tests with this name only; may be repeated
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Files with tests, and folders, where the files `test_*.spy` and `*_test.spy` have some
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
}

/// `spy check`.
#[derive(Args, Debug)]
pub(crate) struct CheckCommand {
    /// What to do about static errors
    #[arg(short = 'E', long, value_enum, default_value_t, value_name = "MODE")]
    pub error_mode: ErrorMode,
    /// The file
    pub file: PathBuf,
}

/// `spy redshift`.
#[derive(Args, Debug)]
pub(crate) struct RedshiftCommand {
    /// What to do about static errors
    #[arg(short = 'E', long, value_enum, default_value_t, value_name = "MODE")]
    pub error_mode: ErrorMode,
    /// Write every name in full
    #[arg(long)]
    pub full_fqn: bool,
    /// What to write
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DumpFormat,
    /// Also show what is left of the module in FILE; may be repeated
    #[arg(long, value_name = "FILE")]
    pub dump: Vec<PathBuf>,
    /// Run the redshifted program instead, and end with its exit status
    #[arg(short = 'x', long)]
    pub execute: bool,
    /// With -x: print how long it ran, on standard error
    #[arg(long, requires = "execute")]
    pub timeit: bool,
    /// The program's main file
    pub file: PathBuf,
    /// With -x: arguments of the program, as for `spy build`
    #[arg(requires = "execute")]
    pub args: Vec<OsString>,
}

/// What `spy colorize` writes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ColorFormat {
    /// The text, for terminals
    #[default]
    Spy,
    /// A list of ranges
    Json,
    /// A page, build/NAME_colorize.html beside FILE
    Html,
}

/// `spy colorize`.
#[derive(Args, Debug)]
pub(crate) struct ColorizeCommand {
    /// What to do about static errors
    #[arg(short = 'E', long, value_enum, default_value_t, value_name = "MODE")]
    pub error_mode: ErrorMode,
    /// What to write
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ColorFormat,
    /// The program's main file
    pub file: PathBuf,
}

/// `spy format`.
#[derive(Args, Debug)]
pub(crate) struct FormatCommand {
    /// Change nothing; say what would be changed, and end with status 1 if something would
    #[arg(long)]
    pub check: bool,
    /// Files, and folders with files
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
}

/// What `spy redshift` writes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum DumpFormat {
    /// The program
    #[default]
    Spy,
    /// A page, build/NAME_rs.html beside FILE
    Html,
}

/// What `spy parse` writes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum TreeFormat {
    /// The tree
    #[default]
    Ast,
    /// A page, build/NAME_parse.html beside FILE
    Html,
}

/// `spy parse`.
#[derive(Args, Debug)]
pub(crate) struct ParseCommand {
    /// What to write
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TreeFormat,
    /// The file
    pub file: PathBuf,
}

/// Commands that look at one file.
#[derive(Args, Debug)]
pub(crate) struct FileCommand {
    /// The file
    pub file: PathBuf,
}

/// `spy new`.
#[derive(Args, Debug)]
pub(crate) struct NewCommand {
    /// Name of the program or package, and of the folder
    pub name: PathBuf,
    /// Make a package for other programs
    #[arg(long, conflicts_with = "bin")]
    pub lib: bool,
    /// Make a program; this is the default
    #[arg(long)]
    pub bin: bool,
    /// Write no settings for editors: no folder .vscode
    #[arg(long)]
    pub no_editor_files: bool,
}

/// `spy package`.
#[derive(Args, Debug)]
pub(crate) struct PackageCommand {
    /// The folder of pyproject.toml
    #[arg(default_value = ".")]
    pub project: PathBuf,
    /// Folder to write into [default: dist, in the project]
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Write the wheel only
    #[arg(long, conflicts_with = "sdist")]
    pub wheel: bool,
    /// Write the source archive only
    #[arg(long)]
    pub sdist: bool,
    /// Write a wheel that makes an environment use the project where it stands
    #[arg(long, conflicts_with_all = ["wheel", "sdist"])]
    pub editable: bool,
}

/// `spy clean`.
#[derive(Args, Debug)]
pub(crate) struct CleanCommand {
    /// A program's main file or its folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The build folder [default: build, in the folder]
    #[arg(short, long, value_name = "DIR")]
    pub build_dir: Option<PathBuf>,
    /// Also remove what all builds of this user share
    #[arg(long)]
    pub cache: bool,
}

/// `spy cache`.
#[derive(Args, Debug)]
pub(crate) struct CacheCommand {
    /// What to do with it
    #[command(subcommand)]
    pub action: CacheAction,
}

/// What to do with the cache.
#[derive(Subcommand, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CacheAction {
    /// Say where it is, how large it is, and how large it may become. The variable SPY_CACHE names
    /// another folder, SPY_CACHE_LIMIT another limit: 500M, 2G
    Info,
    /// Remove it; the next builds take longer
    Clean,
}

/// `spy lsp`.
#[derive(Args, Debug)]
pub(crate) struct LspCommand {
    /// What editors pass to say which way they speak; there is only this one.
    #[arg(long, hide = true)]
    pub stdio: bool,
    /// Do the work: the process that the editor has started passes everything on.
    #[arg(long, hide = true)]
    pub worker: bool,
}

/// `spy completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsCommand {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
