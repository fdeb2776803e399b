//! Values of all sizes, pointers, and static data.

use crate::run::{object, print, run, run_checked, with_main};
use spy_ir::build::*;
use spy_ir::{
    Callee, Cell, Const, Data, DataItems, DataRef, Expr, ExprKind, Fqn, Func, FuncType, Program,
    PtrKind, PtrOp, Scalar, ScalarTy, Stmt, StructDef, Target, Type,
};
use std::sync::Arc;

/// How many fields the largest struct has: more than travel in registers.
const LARGE: u32 = 40;

fn large() -> StructDef {
    let names: Vec<String> = (0..LARGE).map(|n| format!("f{n}")).collect();
    let ty = |n: usize| if n.is_multiple_of(2) { Type::I32 } else { Type::Scalar(ScalarTy::F64) };
    let fields: Vec<(&str, Type)> =
        names.iter().enumerate().map(|(n, name)| (name.as_str(), ty(n))).collect();
    struct_def("m::Large", &fields)
}

fn large_ty() -> Type {
    Type::Struct(Fqn::simple("m::Large"))
}

fn make(ty: Type, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::StructMake, args), ty)
}

fn field(owner: Expr, index: u32, ty: Type) -> Expr {
    expr(ExprKind::Call(Callee::GetField(index), vec![owner]), ty)
}

fn main_of(body: Vec<Stmt>, mut funcs: Vec<Func>, structs: Vec<StructDef>) -> Program {
    funcs.push(FuncBuilder::new("m::main").body(body));
    with_main(program("m", funcs, structs))
}

/// `def build(n: i32) -> Large`, whose first field is n.
fn build_large() -> Func {
    let mut f = FuncBuilder::new("m::build").ret(large_ty());
    let n = f.param("n", Type::I32);
    let value = |index: u32| match index {
        0 => f.get(n),
        _ if index.is_multiple_of(2) => int(index.cast_signed()),
        _ => scalar(Scalar::F64(f64::from(index) / 2.0)),
    };
    let made = make(large_ty(), (0..LARGE).map(value).collect());
    f.body(vec![ret(made)])
}

#[test]
fn large_structs_are_values() {
    // def first(a, b: Large) -> i32: keep = a; a = b; return keep.f0 * 100 + a.f0
    let mut f = FuncBuilder::new("m::first").ret(Type::I32);
    let (a, b) = (f.param("a", large_ty()), f.param("b", large_ty()));
    let keep = f.local("keep", large_ty());
    let hundred = prim("i32_mul", vec![field(f.get(keep), 0, Type::I32), int(100)]);
    let sum = prim("i32_add", vec![hundred, field(f.get(a), 0, Type::I32)]);
    let body = vec![assign(keep, f.get(a)), assign(a, f.get(b)), ret(sum)];
    let first = f.body(body);
    // The second operand changes the variable that the first one was read from.
    let mut g = FuncBuilder::new("m::changed").ret(Type::I32);
    let x = g.local("x", large_ty());
    let built = |n| call("m::build", large_ty(), vec![int(n)]);
    let body = vec![
        assign(x, built(1)),
        ret(call("m::first", Type::I32, vec![g.get(x), g.walrus(x, built(2))])),
    ];
    let changed = g.body(body);
    let body = vec![
        print(call("m::changed", Type::I32, vec![])),
        print(text(" ")),
        print(field(built(7), LARGE - 1, Type::Scalar(ScalarTy::F64))),
    ];
    let outcome = run(&main_of(body, vec![build_large(), first, changed], vec![large()]));
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("102 19.5", Some(0)), "{outcome:?}");
}

#[test]
fn loops_over_large_structs_use_little_stack() {
    // x = build(0); while x.f0 < 100000: x = build(x.f0 + 1)
    let mut f = FuncBuilder::new("m::count").ret(Type::I32);
    let x = f.local("x", large_ty());
    let now = || field(f.get(x), 0, Type::I32);
    let next = call("m::build", large_ty(), vec![prim("i32_add", vec![now(), int(1)])]);
    let body = vec![
        assign(x, call("m::build", large_ty(), vec![int(0)])),
        while_(prim("i32_lt", vec![now(), int(100_000)]), vec![assign(x, next)]),
        ret(now()),
    ];
    let count = f.body(body);
    let body = vec![print(call("m::count", Type::I32, vec![]))];
    let outcome = run(&main_of(body, vec![build_large(), count], vec![large()]));
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("100000", Some(0)), "{outcome:?}");
}

#[test]
fn a_frame_larger_than_the_stack_is_an_overflow() {
    // Each struct holds the one before twice: the last is 4 GB.
    let mut structs = vec![struct_def("m::S0", &[("a", Type::Scalar(ScalarTy::I64))])];
    for n in 1..30 {
        let inner = Type::Struct(Fqn::simple(&format!("m::S{}", n - 1)));
        structs.push(struct_def(&format!("m::S{n}"), &[("a", inner.clone()), ("b", inner)]));
    }
    let mut f = FuncBuilder::new("m::f");
    let huge = f.local("huge", Type::Struct(Fqn::simple("m::S29")));
    let body = vec![eval(f.get(huge))];
    let f = f.body(body);
    let body = vec![print(text("start\n")), eval(call("m::f", Type::None, vec![]))];
    let outcome = run(&main_of(body, vec![f], structs));
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("start\n", Some(1)), "{outcome:?}");
    assert_eq!(outcome.stderr, "PanicError: stack overflow\n");
}

fn gc(item: Type) -> Type {
    Type::Ptr(PtrKind::Gc, Arc::new(item))
}

#[test]
fn pointers_are_checked_where_builds_are() {
    let alloc = |n| ptr(PtrOp::Alloc, gc(Type::I32), vec![int(n)]);
    let null = || expr(ExprKind::Const(Const::Null), gc(Type::I32));
    let load =
        |pointer, index| at(3, ptr(PtrOp::GetItemByVal, Type::I32, vec![pointer, int(index)]));
    for (bad, message) in [
        (load(alloc(3), 3), "ptr_getitem out of bounds"),
        (load(alloc(3), -1), "ptr_getitem out of bounds"),
        (load(null(), 0), "cannot dereference NULL pointer"),
        (
            at(3, ptr(PtrOp::Store, Type::None, vec![alloc(1), int(1), int(5)])),
            "ptr_store out of bounds",
        ),
    ] {
        let outcome = run_checked(&main_of(vec![eval(bad)], vec![], vec![]));
        let expected = format!("PanicError: {message}\n   --> m.spy:4\n");
        assert!(outcome.stderr.starts_with(&expected), "{outcome:?}");
    }
    let good = vec![print(load(alloc(3), 2))];
    assert_eq!(run(&main_of(good, vec![], vec![])).stdout, "0");
}

#[test]
fn static_data_keeps_its_shape() {
    // A pair of numbers, the second of which a cell points to; a table of functions; a cycle.
    let func_ty = Type::Func(Arc::new(FuncType { params: vec![Type::I32], ret: Type::I32 }));
    let mut double = FuncBuilder::new("m::double").ret(Type::I32);
    let x = double.param("x", Type::I32);
    let doubled = prim("i32_mul", vec![double.get(x), int(2)]);
    let double = double.body(vec![ret(doubled)]);
    let node = struct_def(
        "m::Node",
        &[("next", gc(Type::Struct(Fqn::simple("m::Node")))), ("name", Type::STR)],
    );
    let node_ty = Type::Struct(node.fqn.clone());
    let place = |data: &str, index, len| {
        Const::Data(DataRef { data: Fqn::simple(data), index, path: vec![], len })
    };
    let constant = |value, ty| expr(ExprKind::Const(value), ty);
    let nodes = constant(place("m::nodes", 0, 1), gc(node_ty.clone()));
    let next = ptr(PtrOp::GetFieldByVal(0), gc(node_ty.clone()), vec![nodes]);
    let name = ptr(PtrOp::GetFieldByVal(1), Type::STR, vec![next]);
    let pair = expr(ExprKind::Cell(Fqn::simple("m::pair")), gc(Type::I32));
    let table = constant(place("m::table", 0, 1), gc(func_ty.clone()));
    let entry = ptr(PtrOp::GetItemByVal, func_ty.clone(), vec![table, int(0)]);
    let called = expr(ExprKind::Call(Callee::Value, vec![entry, int(21)]), Type::I32);
    let body = vec![
        print(name),
        print(ptr(PtrOp::GetItemByVal, Type::I32, vec![pair, int(0)])),
        print(called),
    ];
    let mut program = main_of(body, vec![double], vec![node]);
    program.addressed.insert(Fqn::simple("m::double"));
    let number = |n| Const::Scalar(Scalar::I32(n));
    let init = place("m::numbers", 1, 1);
    program.modules[0].cells.push(Cell { fqn: Fqn::simple("m::pair"), ty: gc(Type::I32), init });
    let this = Const::Struct(vec![
        (place("m::nodes", 0, 1), gc(node_ty.clone())),
        (Const::Scalar(Scalar::str("node")), Type::STR),
    ]);
    let data = |fqn: &str, item, values| {
        Arc::new(Data { fqn: Fqn::simple(fqn), item, items: DataItems::Values(values) })
    };
    program.data = vec![
        data("m::numbers", Type::I32, vec![number(1), number(2)]),
        data("m::nodes", node_ty, vec![this]),
        data("m::table", func_ty, vec![Const::Func(Fqn::simple("m::double"))]),
    ];
    let outcome = run(&program);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("node242", Some(0)), "{outcome:?}");
}

#[test]
fn unpacking_assigns_in_order() {
    let pair = struct_def("m::Pair", &[("a", Type::I32), ("b", Type::I32)]);
    let ty = Type::Struct(pair.fqn.clone());
    let mut f = FuncBuilder::new("m::swap").ret(Type::I32);
    let (a, b) = (f.param("a", Type::I32), f.param("b", Type::I32));
    let swapped = make(ty, vec![f.get(b), f.get(a)]);
    let hundred = prim("i32_mul", vec![f.get(a), int(100)]);
    let sum = prim("i32_add", vec![hundred, f.get(b)]);
    let body = vec![
        stmt(spy_ir::StmtKind::Unpack(vec![Target::Local(a), Target::Local(b)], swapped)),
        ret(sum),
    ];
    let swap = f.body(body);
    let body = vec![print(call("m::swap", Type::I32, vec![int(1), int(2)]))];
    assert_eq!(run(&main_of(body, vec![swap], vec![pair])).stdout, "201");
}

#[test]
fn objects_are_the_same_every_time() {
    let body = vec![print(field(call("m::build", large_ty(), vec![int(7)]), 0, Type::I32))];
    let program = main_of(body, vec![build_large()], vec![large()]);
    assert!(object(&program, true) == object(&program, true));
    // Texts know their length where pointers are checked.
    let program = main_of(vec![print(text("hello"))], vec![], vec![]);
    assert!(object(&program, true) != object(&program, false));
}
