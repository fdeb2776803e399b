//! Compiles emitted programs with the host's C compiler and the real runtime, and runs them.

use super::emit_checked;
use crate::{EmitOptions, REQUIRED_FLAGS, WARNING_FLAGS};
use spy_ir::build::eval;
use spy_ir::{Entry, Expr, Fqn, Program, Stmt, Type};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What a program printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) status: Option<i32>,
}

fn runtime_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/c")
}

fn cc(args: &[&str], folder: &Path) -> Output {
    Command::new("cc")
        .args(REQUIRED_FLAGS)
        .args(WARNING_FLAGS)
        .args(["-DSPY_TARGET_NATIVE", "-DSPY_GC_NONE", "-g", "-I"])
        .arg(runtime_folder().join("include"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("a C compiler called cc")
}

fn checked(output: &Output) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.is_empty(), "{text}");
}

fn sources(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the runtime's sources")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "c"))
        .map(|path| path.display().to_string())
        .collect();
    found.sort();
    found
}

/// A folder with the objects of the runtime, built once for each kind of build.
fn runtime(debug: bool) -> &'static Path {
    static BUILT: [OnceLock<tempfile::TempDir>; 2] = [OnceLock::new(), OnceLock::new()];
    BUILT[usize::from(debug)]
        .get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let mut files = sources(&runtime_folder().join("src"));
            files.push(runtime_folder().join("heap/heap_malloc.c").display().to_string());
            let mut args = vec!["-c", "-O1", define(debug)];
            args.extend(files.iter().map(String::as_str));
            checked(&cc(&args, folder.path()));
            folder
        })
        .path()
}

fn define(debug: bool) -> &'static str {
    if debug { "-DSPY_DEBUG" } else { "-DSPY_RELEASE" }
}

fn run_as(program: &Program, opts: &EmitOptions, level: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut args: Vec<String> =
        [level, define(opts.debug), "-o", "program"].map(str::to_owned).to_vec();
    for unit in emit_checked(program, opts) {
        std::fs::write(folder.path().join(&unit.name), &unit.text).expect("a writable folder");
        if unit.name.ends_with(".c") {
            args.push(unit.name);
        }
    }
    let objects = std::fs::read_dir(runtime(opts.debug)).expect("the runtime");
    args.extend(objects.filter_map(|entry| Some(entry.ok()?.path().display().to_string())));
    args.push("-lm".to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    checked(&cc(&args, folder.path()));
    let output = Command::new(folder.path().join("program"))
        .args(["one", "two"])
        .output()
        .expect("the program starts");
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

/// Runs a program as a debug build and as an optimised release build, which must agree.
pub(super) fn run(program: &Program) -> Outcome {
    let debug = EmitOptions { debug: true, ..EmitOptions::default() };
    let slow = run_as(program, &debug, "-O0");
    let fast = run_as(program, &EmitOptions::default(), "-O2");
    assert_eq!(slow, fast);
    slow
}

/// Runs a program as a debug build only.
pub(super) fn run_debug(program: &Program) -> Outcome {
    run_as(
        program,
        &EmitOptions { debug: true, line_directives: true, ..EmitOptions::default() },
        "-O0",
    )
}

/// `print(text)`.
pub(super) fn print(value: Expr) -> Stmt {
    let value = match &value.ty {
        Type::Scalar(spy_ir::ScalarTy::Str) => value,
        ty => {
            let name = format!("{}::__str__", ty.fqn().full());
            spy_ir::build::runtime(&name, Type::STR, vec![value])
        }
    };
    eval(spy_ir::build::runtime("__spy__::_stdout_write", Type::None, vec![value]))
}

/// A program that starts with `m::main`.
pub(super) fn with_main(mut program: Program) -> Program {
    program.entry = Some(Entry { main: Fqn::simple("m::main"), argv: None, returns_status: false });
    program
}
