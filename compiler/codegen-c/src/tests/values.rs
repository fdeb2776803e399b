//! Static data and function values.

use super::run::{print, run, with_main};
use super::{emit_checked, file};
use crate::EmitOptions;
use spy_ir::build::*;
use spy_ir::{
    Callee, Cell, Const, Data, DataItems, DataRef, Expr, ExprKind, Fqn, Func, FuncType, Program,
    PtrKind, PtrOp, Scalar, Stmt, Type,
};
use std::sync::Arc;

fn gc(item: Type) -> Type {
    Type::Ptr(PtrKind::Gc, Arc::new(item))
}

fn unary() -> Type {
    Type::Func(Arc::new(FuncType { params: vec![Type::I32], ret: Type::I32 }))
}

fn node() -> Type {
    Type::Struct(Fqn::simple("m::Node"))
}

fn address(fqn: &str) -> Const {
    Const::Func(Fqn::simple(fqn))
}

fn place(index: u32, path: &[u32], len: u32) -> Const {
    Const::Data(DataRef { data: Fqn::simple("m::nodes"), index, path: path.to_vec(), len })
}

fn constant(value: Const, ty: Type) -> Expr {
    expr(ExprKind::Const(value), ty)
}

fn call_value(args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::Value, args), Type::I32)
}

/// `name(x) = x + step`, small enough to be inlined.
fn adds(name: &str, step: i32) -> Func {
    let mut f = FuncBuilder::new(name).ret(Type::I32);
    let x = f.param("x", Type::I32);
    let body = vec![ret(prim("i32_add", vec![f.get(x), int(step)]))];
    f.body(body)
}

/// A `main` with these statements, beside a ring of two nodes `(number, name, next, f)` and the
/// variable `m::first`, a pointer to its second node.
fn ring(body: Vec<Stmt>) -> Program {
    let fields = [("number", Type::I32), ("name", Type::STR), ("next", gc(node())), ("f", unary())];
    let main = FuncBuilder::new("m::main").body(body);
    let funcs = vec![adds("m::one", 1), adds("m::two", 2), main];
    let mut program = program("m", funcs, vec![struct_def("m::Node", &fields)]);
    let record = |number, name: &str, next, f| {
        Const::Struct(vec![
            (Const::Scalar(Scalar::I32(number)), Type::I32),
            (Const::Scalar(Scalar::str(name)), Type::STR),
            (place(next, &[], 1), gc(node())),
            (address(f), unary()),
        ])
    };
    let values = vec![record(10, "ten", 1, "m::one"), record(20, "twenty", 0, "m::two")];
    let data =
        Data { fqn: Fqn::simple("m::nodes"), item: node(), items: DataItems::Values(values) };
    program.data.push(Arc::new(data));
    program.addressed.extend(["m::one", "m::two"].map(Fqn::simple));
    let fqn = Fqn::simple("m::first");
    program.modules[0].cells.push(Cell { fqn, ty: gc(node()), init: place(1, &[], 1) });
    with_main(program)
}

fn first() -> Expr {
    expr(ExprKind::Cell(Fqn::simple("m::first")), gc(node()))
}

fn field(number: u32, ty: Type, of: Expr) -> Expr {
    ptr(PtrOp::GetFieldByVal(number), ty, vec![of])
}

#[test]
fn data_may_point_to_itself_and_can_be_changed() {
    let next = || field(2, gc(node()), first());
    let back = field(2, gc(node()), next());
    let through = Type::Ref(PtrKind::Gc, Arc::new(Type::I32));
    let outcome = run(&ring(vec![
        print(field(1, Type::STR, first())),
        print(field(1, Type::STR, next())),
        eval(ptr(PtrOp::SetField(0), Type::None, vec![next(), int(7)])),
        print(ptr(PtrOp::Deref, Type::I32, vec![constant(place(0, &[0], 1), through)])),
        if_(ptr(PtrOp::Eq, Type::BOOL, vec![first(), back]), vec![print(text(" same"))], vec![]),
    ]));
    assert_eq!((&*outcome.stdout, outcome.status), ("twentyten7 same", Some(0)), "{outcome:?}");
}

#[test]
fn functions_are_called_through_their_address() {
    let own = field(3, unary(), first());
    let other = constant(address("m::one"), unary());
    let same = |f, g| ptr(PtrOp::Eq, Type::BOOL, vec![f, g]);
    let outcome = run(&ring(vec![
        print(call_value(vec![own.clone(), int(40)])),
        print(call_value(vec![other.clone(), int(40)])),
        if_(same(own, other.clone()), vec![print(text(" bad"))], vec![print(text(" good"))]),
        if_(same(other.clone(), other), vec![print(text(" good"))], vec![]),
    ]));
    assert_eq!((&*outcome.stdout, outcome.status), ("4241 good good", Some(0)), "{outcome:?}");
}

#[test]
fn a_null_function_panics_after_its_arguments_were_evaluated() {
    let arg = block(vec![print(text("argument"))], int(1));
    let outcome =
        run(&ring(vec![eval(at(3, call_value(vec![constant(Const::Null, unary()), arg])))]));
    assert_eq!(outcome.stdout, "argument");
    assert!(outcome.stderr.contains("PanicError: cannot call NULL function"), "{outcome:?}");
    assert!(outcome.stderr.contains("line 4"), "{outcome:?}");
}

#[test]
fn a_function_with_an_address_is_no_inline_function() {
    let units = emit_checked(&ring(vec![print(text(""))]), &EmitOptions::default());
    let inline = file(&units, "spy_inline.h");
    assert!(!inline.contains("spy_m$one"), "{inline}");
    assert!(file(&units, "m.c").contains("int32_t spy_m$one(int32_t x) {"));
}
