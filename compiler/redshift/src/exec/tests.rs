//! Programs by hand and from source.

use super::*;
use crate::program::{BuildOptions, build_program};
use crate::run_interp;
use spy_db::{Limits, ModuleSource, SourceFile};
use spy_ir::build::{
    FuncBuilder, and, assign, at, block, call, eval, expr, if_, int, none, or, prim, program, ptr,
    raise, ret, runtime, scalar, stmt, text, while_,
};
use spy_ir::{
    Callee, Cell, Const, Entry, Expr, ExprKind, Fqn, Func, PosIdx, PtrKind, PtrOp, Scalar,
    ScalarTy, Stmt, StmtKind, Target,
};
use spy_text::{FileName, Name};
use spy_types::{Loc, Pos, TyKey, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

#[salsa::db]
#[derive(Clone, Default)]
struct TestDb {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for TestDb {}

#[salsa::db]
impl Db for TestDb {}

/// A world that remembers what was printed.
#[derive(Clone, Default)]
struct Recorder(Rc<RefCell<String>>);

impl World for Recorder {
    fn write(&mut self, text: &str) -> Result<()> {
        self.0.borrow_mut().push_str(text);
        Ok(())
    }

    fn call(&mut self, _: &str, _: &[Value]) -> Option<Result<Value>> {
        None
    }
}

impl std::io::Write for Recorder {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().push_str(&String::from_utf8_lossy(data));
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// -- programs by hand ---------------------------------------------------------------------------

/// How a program ended, and what it printed.
struct Outcome {
    result: Result<i32>,
    printed: String,
}

impl Outcome {
    fn error(&self) -> (&str, &str) {
        let error = self.result.as_ref().expect_err("the program fails");
        (error.etype.name(), &error.message)
    }

    /// Functions and position numbers of the trace, innermost first.
    fn trace(&self) -> Vec<(&str, Option<u32>)> {
        let error = self.result.as_ref().expect_err("the program fails");
        let number = |pos: &Option<Pos>| pos.map(mark);
        error.frames.iter().map(|(what, pos)| (what.as_str(), number(pos))).collect()
    }

    /// Position numbers that the error is labelled with.
    fn blamed(&self) -> Vec<u32> {
        let error = self.result.as_ref().expect_err("the program fails");
        error.notes.iter().map(|note| mark(note.loc.start)).collect()
    }
}

fn mark(pos: Pos) -> u32 {
    match pos.node {
        spy_syntax::ast::Node::Mark(mark) => mark.0,
        other => panic!("{other:?}"),
    }
}

/// Positions of these programs are their own numbers.
fn place(pos: PosIdx) -> Loc {
    let def = spy_eval::queries::module_def(&Name::new_static("m"));
    Loc::from(Pos { def, node: spy_syntax::ast::Node::Mark(spy_syntax::ast::MarkId(pos.0)) })
}

fn size_type() -> Type {
    Type::Struct(Fqn::simple("posix::TerminalSize"))
}

fn run_funcs(funcs: Vec<Func>, cells: Vec<Cell>, returns_status: bool) -> Outcome {
    let size = spy_ir::build::struct_def(
        "posix::TerminalSize",
        &[("columns", Type::I32), ("lines", Type::I32)],
    );
    let mut program = program("m", funcs, vec![size]);
    program.modules[0].cells = cells;
    program.entry = Some(Entry { main: Fqn::simple("m::main"), argv: None, returns_status });
    let db = TestDb::default();
    let project = Project::new(&db, Arc::new(BTreeMap::new()), Limits::default());
    let debug = Debug { position: &|_, pos| Some(place(pos)), name: &|func| func.to_string() };
    let types = HashMap::from_iter([(size_type(), Ty::new(TyKey::TerminalSize))]);
    let recorder = Recorder::default();
    let mut machine = Machine::new(&db, project);
    machine.world = Some(Box::new(recorder.clone()));
    let result = run_program(machine, &program, &types, &debug, &[]);
    let printed = recorder.0.borrow().clone();
    Outcome { result, printed }
}

fn main_func(body: Vec<Stmt>) -> Func {
    FuncBuilder::new("m::main").body(body)
}

/// Runs a `main` of these statements.
fn run(body: Vec<Stmt>) -> Outcome {
    run_funcs(vec![main_func(body)], Vec::new(), false)
}

/// The i32 that an expression gives, through the exit status.
fn status(value: Expr) -> i32 {
    let main = FuncBuilder::new("m::main").ret(Type::I32).body(vec![ret(value)]);
    run_funcs(vec![main], Vec::new(), true).result.expect("runs")
}

fn write(value: Expr) -> Stmt {
    eval(runtime("__spy__::_stdout_write", Type::None, vec![value]))
}

fn show(value: Expr) -> Stmt {
    write(runtime("builtins::i32::__str__", Type::STR, vec![value]))
}

fn truth(value: bool) -> Expr {
    scalar(Scalar::Bool(value))
}

/// Prints `name`, then is `value`.
fn trace(name: &str, value: Expr) -> Expr {
    block(vec![write(text(name))], value)
}

#[test]
fn operations_and_errors() {
    assert_eq!(status(prim("i32_add", vec![int(i32::MAX), int(1)])), i32::MIN);
    assert_eq!(status(prim("i32_neg", vec![int(5)])), -5);
    let outcome = run(vec![eval(at(3, prim("i32_floordiv", vec![int(1), int(0)])))]);
    assert_eq!(outcome.error(), ("ZeroDivisionError", "integer division or modulo by zero"));
    assert_eq!(outcome.blamed(), [3]);
    assert_eq!(outcome.trace(), [("m::main", Some(3))]);
    let outcome = run(vec![write(text("before")), eval(at(2, raise("KeyError", "gone")))]);
    assert_eq!((outcome.error(), outcome.blamed()), (("KeyError", "gone"), vec![2]));
    assert_eq!(outcome.printed, "before");
}

#[test]
fn operands_are_evaluated_left_to_right() {
    let sum = prim("i32_sub", vec![trace("a", int(1)), trace("b", int(2))]);
    assert_eq!(run(vec![show(sum)]).printed, "ab-1");
    let make = |first, second| {
        let fields = vec![trace(first, int(7)), trace(second, int(8))];
        expr(ExprKind::Call(Callee::StructMake, fields), size_type())
    };
    let field = expr(ExprKind::Call(Callee::GetField(1), vec![make("c", "d")]), Type::I32);
    assert_eq!(run(vec![show(field)]).printed, "cd8");
}

#[test]
fn short_circuits() {
    let cases = [
        (and(truth(false), trace("x", truth(true))), "no"),
        (and(truth(true), trace("x", truth(true))), "xyes"),
        (or(truth(true), trace("x", truth(false))), "yes"),
        (or(truth(false), trace("x", truth(false))), "xno"),
    ];
    for (test, expected) in cases {
        let outcome = run(vec![if_(test, vec![write(text("yes"))], vec![write(text("no"))])]);
        assert_eq!(outcome.printed, expected);
    }
}

#[test]
fn loops() {
    let mut main = FuncBuilder::new("m::main");
    let i = main.local("i", Type::I32);
    let next = assign(i, prim("i32_add", vec![main.get(i), int(1)]));
    let is = |number| prim("i32_eq", vec![main.get(i), int(number)]);
    let body = vec![
        next,
        if_(is(2), vec![stmt(StmtKind::Continue)], vec![]),
        if_(is(5), vec![stmt(StmtKind::Break)], vec![]),
        show(main.get(i)),
    ];
    let body = vec![stmt(StmtKind::VarDef(i, None)), while_(truth(true), body), show(main.get(i))];
    assert_eq!(run_funcs(vec![main.body(body)], Vec::new(), false).printed, "1345");
}

#[test]
fn assignments_that_are_values() {
    let mut main = FuncBuilder::new("m::main");
    let x = main.local("x", Type::I32);
    let cell = Fqn::simple("m::total");
    let total = || expr(ExprKind::Cell(cell.clone()), Type::I32);
    let grow = |value| expr(ExprKind::AssignCell(cell.clone(), Box::new(value)), Type::I32);
    let body = vec![
        // (x := 4) * x
        show(prim("i32_mul", vec![main.walrus(x, int(4)), main.get(x)])),
        show(grow(prim("i32_add", vec![total(), int(1)]))),
        stmt(StmtKind::AssignCell(cell.clone(), prim("i32_mul", vec![total(), total()]))),
        show(total()),
    ];
    let cells =
        vec![Cell { fqn: cell.clone(), ty: Type::I32, init: Const::Scalar(Scalar::I32(10)) }];
    assert_eq!(run_funcs(vec![main.body(body)], cells, false).printed, "1611121");
}

#[test]
fn structs_are_copied() {
    let mut main = FuncBuilder::new("m::main");
    let s = main.local("s", size_type());
    let (a, b) = (main.local("a", Type::I32), main.local("b", Type::I32));
    let field = |n| expr(ExprKind::Call(Callee::GetField(n), vec![main.get(s)]), Type::I32);
    let constant =
        [(3, Type::I32), (4, Type::I32)].map(|(value, ty)| (Const::Scalar(Scalar::I32(value)), ty));
    let constant = expr(ExprKind::Const(Const::Struct(constant.to_vec())), size_type());
    let body = vec![
        // before any assignment a local is zero
        show(field(0)),
        assign(s, constant),
        show(field(1)),
        stmt(StmtKind::Unpack(vec![Target::Local(b), Target::Local(a)], main.get(s))),
        show(main.get(a)),
        show(main.get(b)),
    ];
    assert_eq!(run_funcs(vec![main.body(body)], Vec::new(), false).printed, "0443");
}

#[test]
fn memory() {
    let pointer = Type::Ptr(PtrKind::Gc, Arc::new(size_type()));
    let reference = Type::Ref(PtrKind::Gc, Arc::new(size_type()));
    let mut main = FuncBuilder::new("m::main");
    let p = main.local("p", pointer.clone());
    let get = || main.get(p);
    let item = |index| ptr(PtrOp::GetItemByRef, reference.clone(), vec![get(), int(index)]);
    let field = |of, n| ptr(PtrOp::GetFieldByVal(n), Type::I32, vec![of]);
    let set = |of, n, value| eval(ptr(PtrOp::SetField(n), Type::None, vec![of, int(value)]));
    let body = vec![
        if_(ptr(PtrOp::ToBool, Type::BOOL, vec![get()]), vec![write(text("no"))], vec![]),
        assign(p, ptr(PtrOp::Alloc, pointer.clone(), vec![int(2)])),
        set(item(1), 0, 5),
        show(field(item(1), 0)),
        show(field(get(), 0)),
        eval(at(6, ptr(PtrOp::Deref, size_type(), vec![item(1)]))),
        eval(at(4, ptr(PtrOp::GetItemByVal, size_type(), vec![get(), int(2)]))),
    ];
    let outcome = run_funcs(vec![main.body(body)], Vec::new(), false);
    assert_eq!(outcome.printed, "50");
    assert_eq!(outcome.error(), ("PanicError", "ptr_getitem out of bounds"));
    assert_eq!(outcome.blamed(), [4]);
}

#[test]
fn asserts() {
    let check = |test, msg: Option<Expr>| {
        let kind = StmtKind::Assert { test: truth(test), msg };
        run(vec![Stmt { kind, pos: PosIdx(5) }])
    };
    let lazy = check(true, Some(trace("x", text("never"))));
    assert_eq!((lazy.result, lazy.printed.as_str()), (Ok(0), ""));
    let outcome = check(false, Some(trace("x", text("why"))));
    assert_eq!((outcome.error(), outcome.printed.as_str()), (("AssertionError", "why"), "x"));
    let outcome = check(false, None);
    assert_eq!(outcome.error(), ("AssertionError", "assertion failed"));
    assert_eq!(outcome.blamed(), [5]);
}

#[test]
fn errors_of_library_code_are_its_callers() {
    let outer = |name, callee: &str, pos| {
        FuncBuilder::new(name).body(vec![eval(at(pos, call(callee, Type::None, vec![])))])
    };
    let mut lib = outer("lib::outer", "lib::inner", 5);
    lib.track_caller = true;
    let funcs = vec![
        FuncBuilder::new("lib::inner")
            .track_caller()
            .body(vec![eval(at(6, raise("IndexError", "index out of bounds")))]),
        lib,
        outer("m::user", "lib::outer", 1),
        outer("m::main", "m::user", 2),
    ];
    let outcome = run_funcs(funcs, Vec::new(), false);
    assert_eq!(outcome.error(), ("IndexError", "index out of bounds"));
    assert_eq!(outcome.blamed(), [1]);
    let expected = [("lib::inner", 6), ("lib::outer", 5), ("m::user", 1), ("m::main", 2)];
    assert_eq!(outcome.trace(), expected.map(|(what, pos)| (what, Some(pos))));
}

#[test]
fn a_function_without_a_return() {
    let mut func = FuncBuilder::new("m::f").ret(Type::I32);
    func.param("x", Type::I32);
    let mut func = func.body(vec![]);
    func.end_pos = PosIdx(7);
    let main = main_func(vec![eval(call("m::f", Type::I32, vec![int(1)]))]);
    let outcome = run_funcs(vec![main, func], Vec::new(), false);
    let message = "reached the end of the function without a `return`";
    assert_eq!(outcome.error(), ("TypeError", message));
    assert_eq!(outcome.blamed(), [7]);
}

#[test]
fn endless_recursion_is_an_error() {
    let main = main_func(vec![eval(at(1, call("m::main", Type::None, vec![])))]);
    let outcome = run_funcs(vec![main], Vec::new(), false);
    assert_eq!(outcome.error(), ("PanicError", "stack overflow"));
    assert_eq!(outcome.trace().len(), 64);
    // the same inside an expression that needs much of the stack for each call
    let mut sum = call("m::f", Type::I32, vec![]);
    for _ in 0..3000 {
        sum = prim("i32_add", vec![int(1), sum]);
    }
    let func = FuncBuilder::new("m::f").ret(Type::I32).body(vec![ret(sum)]);
    let main = main_func(vec![eval(call("m::f", Type::I32, vec![]))]);
    let outcome = run_funcs(vec![main, func], Vec::new(), false);
    assert_eq!(outcome.error(), ("PanicError", "stack overflow"));
    // sum(n) = 0 if n == 0 else n + sum(n - 1)
    let mut sum = FuncBuilder::new("m::sum").ret(Type::I32);
    let n = sum.param("n", Type::I32);
    let rest = call("m::sum", Type::I32, vec![prim("i32_sub", vec![sum.get(n), int(1)])]);
    let body = vec![
        if_(prim("i32_eq", vec![sum.get(n), int(0)]), vec![ret(int(0))], vec![]),
        ret(prim("i32_add", vec![sum.get(n), rest])),
    ];
    let sum = sum.body(body);
    let main = main_func(vec![show(call("m::sum", Type::I32, vec![int(50_000)]))]);
    assert_eq!(run_funcs(vec![main, sum], Vec::new(), false).printed, "1250025000");
}

#[test]
fn deeply_nested_code() {
    let mut sum = int(0);
    let mut tests = Vec::new();
    for number in 0..3000 {
        sum = block(vec![eval(none())], prim("i32_add", vec![int(1), sum]));
        let test = prim("i32_eq", vec![int(number), int(2999)]);
        tests = vec![if_(test, vec![write(text("last"))], tests)];
    }
    assert_eq!(status(sum), 3000);
    assert_eq!(run(tests).printed, "last");
}

#[test]
fn code_that_mentions_what_is_not_there() {
    let unknown = [
        call("m::nothing", Type::None, vec![]),
        call("m::main", Type::None, vec![int(1)]),
        expr(ExprKind::Cell(Fqn::simple("m::nothing")), Type::I32),
        expr(ExprKind::Local(spy_ir::LocalId(3)), Type::I32),
        expr(ExprKind::Const(Const::Null), Type::Struct(Fqn::simple("m::Nothing"))),
        expr(ExprKind::Call(Callee::GetField(0), vec![]), Type::I32),
    ];
    for value in unknown {
        assert_eq!(run(vec![eval(value)]).error().0, "PanicError");
    }
    let field = expr(ExprKind::Call(Callee::GetField(0), vec![int(1)]), Type::I32);
    assert_eq!(run(vec![eval(field)]).error().0, "PanicError");
    let leaving = block(vec![stmt(StmtKind::Break)], none());
    assert_eq!(run(vec![while_(truth(true), vec![eval(leaving)])]).error().0, "PanicError");
    let float = scalar(Scalar::F64(1.0));
    let sum = expr(
        ExprKind::Call(Callee::Prim(spy_ir::PrimOp::NOT), vec![float]),
        Type::Scalar(ScalarTy::Bool),
    );
    assert_eq!(run(vec![eval(sum)]).error().0, "TypeError");
}

// -- programs from source -----------------------------------------------------------------------

/// Adds the modules in a folder of the standard library, whose names begin with `prefix`.
fn add_modules(
    db: &TestDb,
    folder: &Path,
    prefix: &str,
    modules: &mut BTreeMap<Name, ModuleSource>,
) {
    for entry in std::fs::read_dir(folder).expect("the standard library") {
        let path = entry.expect("a file").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
        let name = format!("{prefix}{stem}");
        if path.is_dir() {
            add_modules(db, &path, &format!("{name}."), modules);
        } else if path.extension().is_some_and(|extension| extension == "spy") {
            let text: Arc<str> = std::fs::read_to_string(&path).expect("a text").into();
            let file = SourceFile::new(db, FileName::new(&format!("{name}.spy")), text, true);
            modules.insert(Name::from(name), ModuleSource::Spy(file));
        }
    }
}

/// A project of the standard library and one module `test`.
fn project_of(db: &TestDb, source: &str) -> Project {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib");
    let mut modules = BTreeMap::new();
    add_modules(db, &folder, "", &mut modules);
    let file = SourceFile::new(db, FileName::new("test.spy"), Arc::from(source), false);
    modules.insert(Name::new_static("test"), ModuleSource::Spy(file));
    Project::new(db, Arc::new(modules), Limits::default())
}

/// Runs a program redshifted, and checks that it prints the same when it is interpreted.
fn run_source(source: &str, argv: &[&str]) -> Outcome {
    let db = TestDb::default();
    let project = project_of(&db, source);
    let root = Name::new_static("test");
    let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
    let built = build_program(&db, project, &root, &BuildOptions::default());
    assert_eq!(built.diagnostics, []);
    let recorder = Recorder::default();
    let world = Box::new(recorder.clone());
    let result = run_redshifted_in(&db, project, &built, argv.clone(), world);
    let printed = recorder.0.borrow().clone();
    let recorder = Recorder::default();
    let interpreted = run_interp(&db, project, &root, &argv, Box::new(recorder.clone()), None);
    assert_eq!(*recorder.0.borrow(), printed);
    match (&result, interpreted) {
        (Ok(status), interpreted) => assert_eq!(interpreted, Ok(*status)),
        (Err(error), Err(found)) => {
            assert_eq!((error.etype.name(), &error.message), (&*found[0].etype, &found[0].message));
        }
        (Err(error), Ok(_)) => panic!("{error:?}"),
    }
    Outcome { result, printed }
}

#[test]
fn a_program_with_arguments() {
    let source = r#"
def main(argv: list[str]) -> int:
    for arg in argv:
        print(arg)
    return len(argv)
"#;
    let outcome = run_source(source, &["test.spy", "one", "zwei"]);
    assert_eq!(outcome.result, Ok(3));
    assert_eq!(outcome.printed, "test.spy\none\nzwei\n");
}

#[test]
fn the_library() {
    let source = r#"
var count: i32 = 40

def triple(x: f64) -> f64:
    return x * 3.0

def main() -> None:
    count = count + 2
    print(count)
    items: list[i32] = [3, 1, 2]
    items.append(4)
    for item in items:
        if item == 1:
            continue
        print(item)
    ages = {"a": 1, "b": 2}
    print(ages["b"])
    print(triple(0.1))
    print("x" + str(len(items)) + "y")
    pair = (1, "two")
    a, b = pair
    print(a, b)
"#;
    let outcome = run_source(source, &[]);
    assert_eq!(outcome.result, Ok(0));
    assert_eq!(outcome.printed, "42\n3\n2\n4\n2\n0.30000000000000004\nx4y\n1 two\n");
}

#[test]
fn errors_point_at_the_users_code() {
    let source = r#"
def second(items: list[i32]) -> i32:
    return items[1]

def main() -> None:
    print(second([5, 6]))
    print(second([5]))
"#;
    let outcome = run_source(source, &[]);
    assert_eq!(outcome.printed, "6\n");
    let error = outcome.result.expect_err("an IndexError");
    assert_eq!(error.etype, ExcTy::IndexError);
    let [note] = error.notes.as_slice() else { panic!("{error:?}") };
    assert_eq!(&*note.loc.start.def.path.0, "second");
    let frames: Vec<&str> = error.frames.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(frames[frames.len() - 2..], ["test::second", "test::main"]);
}

#[test]
fn there_must_be_a_main() {
    let db = TestDb::default();
    let project = project_of(&db, "x: i32 = 1\n");
    let built = build_program(&db, project, &Name::new_static("test"), &BuildOptions::default());
    let error = run_redshifted(&db, project, &built, Vec::new()).expect_err("no main");
    assert_eq!(error.message, "Cannot find function main()");
}

#[test]
fn the_outside_world() {
    let source = r#"
from os import get_terminal_size
from time import time, sleep

def main() -> int:
    size = get_terminal_size()
    print(size.columns > 0 and size.lines > 0)
    start = time()
    sleep(0.01)
    print(time() > start)
    f = open("no/such/folder/file")
    return 0
"#;
    let db = TestDb::default();
    let project = project_of(&db, source);
    let root = Name::new_static("test");
    let built = build_program(&db, project, &root, &BuildOptions::default());
    assert_eq!(built.diagnostics, []);
    let recorder = Recorder::default();
    let world = OsWorld::with_output(Box::new(recorder.clone()), false);
    let result = run_redshifted_in(&db, project, &built, Vec::new(), Box::new(world));
    assert_eq!(*recorder.0.borrow(), "True\nTrue\n");
    let error = result.expect_err("an OSError");
    assert_eq!((error.etype, error.message.as_str()), (ExcTy::OSError, "cannot open file"));
    assert_eq!(error.notes.len(), 1);
    assert_eq!(&*error.notes[0].loc.start.def.path.0, "main");
}
