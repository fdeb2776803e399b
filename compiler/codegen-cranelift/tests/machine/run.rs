//! Links programs with the runtime and runs them.

use spy_codegen_cranelift::{
    Effort, Placement, PositionTables, ProgramScope, Target, Unit, cell_data, compile_function,
    compile_main, static_data, write_object,
};
use spy_ir::build::{eval, runtime};
use spy_ir::{
    Entry, Expr, FileName, Fqn, Func, Program, ProgramIndex, ScalarTy, SourceLine, Stmt, Type,
    verify,
};
use spy_runtime_embed::ArchiveKind;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use target_lexicon::Triple;

/// What a program printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

/// The object of a program whose positions are lines of `m.spy`: position n is line n + 1.
pub(crate) fn object(program: &Program, checked: bool) -> Vec<u8> {
    let index = ProgramIndex::new(program);
    let scope = ProgramScope::new(program);
    let target = Target::new(&Triple::host(), checked, Placement::Object, Effort::Full)
        .expect("a known machine");
    let (mut unit, mut positions) = (Unit::default(), PositionTables::default());
    for func in program.modules.iter().flat_map(|module| &module.funcs) {
        assert_eq!(verify(func, &index), Ok(()));
        let compiled = compile_function(func, &scope, &target).expect("compiles");
        positions.add(&compiled, &lines(func));
        unit.functions.push(Arc::new(compiled));
    }
    let cells = program.modules.iter().flat_map(|module| &module.cells);
    unit.data.extend(cells.flat_map(|cell| cell_data(cell, &scope, &target)));
    unit.data.extend(program.data.iter().flat_map(|data| static_data(data, &scope, &target)));
    unit.data.extend(positions.finish());
    if let Some(entry) = &program.entry {
        unit.functions.push(Arc::new(compile_main(entry, &scope, &target).expect("compiles")));
    }
    write_object("m", &unit, &[], &target).expect("an object")
}

fn lines(func: &Func) -> Vec<Option<SourceLine>> {
    let entry = |n: u32| SourceLine {
        file: FileName::new("m.spy"),
        line: n + 1,
        text: format!("    line {}", n + 1).into(),
    };
    (0..func.pos_count).map(|n| Some(entry(n))).collect()
}

fn run_as(program: &Program, checked: bool) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a writable folder");
    };
    write("m.o", &object(program, checked));
    let kind = if checked { ArchiveKind::RuntimeDebug } else { ArchiveKind::RuntimeRelease };
    write("runtime.a", spy_runtime_embed::archive(kind));
    write("heap.a", spy_runtime_embed::archive(ArchiveKind::HeapMalloc));
    let linked = Command::new("cc")
        .args(["m.o", "runtime.a", "heap.a", "-lm", "-o", "program"])
        .current_dir(folder.path())
        .output()
        .expect("a linker called cc");
    assert!(linked.status.success(), "{}", String::from_utf8_lossy(&linked.stderr));
    start(&folder.path().join("program"))
}

fn start(path: &Path) -> Outcome {
    let output = Command::new(path).args(["one", "two"]).output().expect("the program starts");
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code(),
    }
}

/// Runs a program with checks and without, which must agree.
pub(crate) fn run(program: &Program) -> Outcome {
    let checked = run_as(program, true);
    assert_eq!(checked, run_as(program, false));
    checked
}

/// Runs a program with checks.
pub(crate) fn run_checked(program: &Program) -> Outcome {
    run_as(program, true)
}

/// `print(text)`.
pub(crate) fn print(value: Expr) -> Stmt {
    let value = match &value.ty {
        Type::Scalar(ScalarTy::Str) => value,
        ty => runtime(&format!("{}::__str__", ty.fqn().full()), Type::STR, vec![value]),
    };
    eval(runtime("__spy__::_stdout_write", Type::None, vec![value]))
}

/// A program that starts with `m::main`.
pub(crate) fn with_main(mut program: Program) -> Program {
    program.entry = Some(Entry { main: Fqn::simple("m::main"), argv: None, returns_status: false });
    program
}
