//! Each rule rejects what breaks it, and accepts what does not.

use super::*;
use crate::build::*;
use crate::{
    Callee, Cell, Const, Data, DataItems, DataRef, ExprKind, FuncType, Name, ProgramIndex, PtrKind,
    PtrOp, ScalarTy, StructDef,
};
use std::sync::Arc;

fn point() -> StructDef {
    struct_def("m::P", &[("x", Type::I32), ("s", Type::STR)])
}

fn point_ty() -> Type {
    Type::Struct(Fqn::simple("m::P"))
}

fn gc(item: Type) -> Type {
    Type::Ptr(PtrKind::Gc, Arc::new(item))
}

/// The complaints about `main` with this body, in a program with `f(x: i32) -> i32`, the cell
/// `m::g: i32` and the struct `P`. Its locals are `i: i32`, `b: bool`, `p: gc_ptr[P]`.
fn complaints(body: impl FnOnce(&FuncBuilder) -> Vec<Stmt>) -> Vec<String> {
    let mut main = FuncBuilder::new("m::main");
    main.local("i", Type::I32);
    main.local("b", Type::BOOL);
    main.local("p", gc(point_ty()));
    let body = body(&main);
    of(main.body(body))
}

fn of(main: Func) -> Vec<String> {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let body = vec![ret(f.get(x))];
    let mut program = program("m", vec![f.body(body), main.clone()], vec![point()]);
    let init = Const::Scalar(crate::Scalar::I32(0));
    program.modules[0].cells.push(Cell { fqn: Fqn::simple("m::g"), ty: Type::I32, init });
    let index = ProgramIndex::new(&program);
    verify(&main, &index).err().unwrap_or_default()
}

const I: LocalId = LocalId(0);
const B: LocalId = LocalId(1);
const P: LocalId = LocalId(2);

fn made(fields: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::StructMake, fields), point_ty())
}

#[test]
fn accepts_what_is_right() {
    let found = complaints(|f| {
        let value = ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![f.get(P)]);
        vec![
            assign(I, call("m::f", Type::I32, vec![value])),
            stmt(StmtKind::AssignCell(Fqn::simple("m::g"), f.get(I))),
            assign(B, and(f.get(B), prim("i32_eq", vec![f.get(I), int(3)]))),
            while_(f.get(B), vec![if_(f.get(B), vec![stmt(StmtKind::Break)], vec![])]),
            eval(ptr(
                PtrOp::Store,
                Type::None,
                vec![f.get(P), int(0), made(vec![int(1), text("s")])],
            )),
            eval(runtime("builtins::i32::__str__", Type::STR, vec![f.get(I)])),
            eval(raise("ValueError", "")),
            ret(none()),
        ]
    });
    assert_eq!(found, Vec::<String>::new());
}

/// Asserts that a body has exactly one fault, which is described like this.
#[track_caller]
fn rejects(expected: &str, body: impl FnOnce(&FuncBuilder) -> Vec<Stmt>) {
    assert_eq!(complaints(body), [format!("m::main: {expected}")]);
}

#[test]
fn locals_and_cells() {
    rejects("assigned value: expected `builtins::i32`, got `builtins::bool`", |f| {
        vec![assign(I, f.get(B))]
    });
    rejects("local 7 of 3", |_| vec![assign(LocalId(7), int(1))]);
    rejects("local's value: expected `builtins::i32`, got `builtins::str`", |_| {
        vec![eval(expr(ExprKind::Local(I), Type::STR))]
    });
    rejects("unknown cell `m::h`", |_| {
        vec![stmt(StmtKind::AssignCell(Fqn::simple("m::h"), int(1)))]
    });
    rejects("cell's value: expected `builtins::i32`, got `builtins::bool`", |_| {
        vec![eval(expr(ExprKind::Cell(Fqn::simple("m::g")), Type::BOOL))]
    });
    rejects("assignment's value: expected `builtins::i32`, got `builtins::bool`", |_| {
        vec![eval(expr(ExprKind::AssignLocal(I, Box::new(int(1))), Type::BOOL))]
    });
}

#[test]
fn statements() {
    rejects("test: expected `builtins::bool`, got `builtins::i32`", |_| {
        vec![if_(int(1), vec![], vec![])]
    });
    rejects("test: expected `builtins::bool`, got `builtins::i32`", |_| {
        vec![while_(int(1), vec![])]
    });
    rejects("`break` or `continue` outside of a loop", |f| {
        vec![while_(f.get(B), vec![]), stmt(StmtKind::Continue)]
    });
    rejects("`break` or `continue` outside of a loop", |f| {
        vec![while_(f.get(B), vec![eval(block(vec![stmt(StmtKind::Break)], none()))])]
    });
    rejects("`return` in a block expression", |_| vec![eval(block(vec![ret(none())], none()))]);
    rejects("returned value: expected `types::NoneType`, got `builtins::i32`", |_| {
        vec![ret(int(1))]
    });
    rejects("assertion message: expected `builtins::str`, got `builtins::i32`", |f| {
        vec![stmt(StmtKind::Assert { test: f.get(B), msg: Some(int(1)) })]
    });
    rejects("position 9 of 8", |_| vec![eval(at(9, int(1)))]);
    let unpack = |targets: Vec<Target>, value| vec![stmt(StmtKind::Unpack(targets, value))];
    rejects("unpacking a `builtins::i32`", |_| unpack(vec![Target::Local(I)], int(1)));
    rejects("1 targets for 2 fields", |_| {
        unpack(vec![Target::Local(I)], made(vec![int(1), text("")]))
    });
    rejects("target of field `s`: expected `builtins::str`, got `builtins::i32`", |_| {
        let cell = Target::Cell(Fqn::simple("m::g"));
        unpack(vec![Target::Local(I), cell], made(vec![int(1), text("")]))
    });
}

#[test]
fn calls() {
    rejects("unknown function `m::h`", |_| vec![eval(call("m::h", Type::None, vec![]))]);
    rejects("`m::f` takes 1 values, got 0", |_| vec![eval(call("m::f", Type::I32, vec![]))]);
    rejects("argument 0 of `m::f`: expected `builtins::i32`, got `builtins::bool`", |f| {
        vec![eval(call("m::f", Type::I32, vec![f.get(B)]))]
    });
    rejects("result of `m::f`: expected `builtins::i32`, got `types::NoneType`", |_| {
        vec![eval(call("m::f", Type::None, vec![int(1)]))]
    });
    rejects(
        "argument 1 of `operator::i32_add`: expected `builtins::i32`, got `builtins::bool`",
        |f| vec![eval(prim("i32_add", vec![int(1), f.get(B)]))],
    );
    rejects("operator::i32_lt: expected `builtins::bool`, got `builtins::i32`", |_| {
        let mut less = prim("i32_lt", vec![int(1), int(2)]);
        less.ty = Type::I32;
        vec![eval(less)]
    });
    rejects("unknown runtime function `math::cube`", |_| {
        vec![eval(runtime("math::cube", Type::None, vec![]))]
    });
    rejects("`builtins::i32::__str__` takes (i32), got (str)", |_| {
        vec![eval(runtime("builtins::i32::__str__", Type::STR, vec![text("")]))]
    });
    rejects("`builtins::i32::__str__` returns `str`, not `None`", |_| {
        vec![eval(runtime("builtins::i32::__str__", Type::None, vec![int(1)]))]
    });
    rejects("argument 0 of `raise`: expected `builtins::str`, got `builtins::i32`", |_| {
        vec![eval(expr(ExprKind::Call(Callee::Raise(Name::from("E")), vec![int(1)]), Type::None))]
    });
    rejects("value of `and` or `or`: expected `builtins::bool`, got `builtins::i32`", |f| {
        let mut both = and(f.get(B), f.get(B));
        both.ty = Type::I32;
        vec![eval(both)]
    });
}

#[test]
fn structs_and_constants() {
    rejects("`m::P` takes 2 values, got 1", |_| vec![eval(made(vec![int(1)]))]);
    rejects("argument 1 of `m::P`: expected `builtins::str`, got `builtins::i32`", |_| {
        vec![eval(made(vec![int(1), int(2)]))]
    });
    let field = |n, ty, owner| expr(ExprKind::Call(Callee::GetField(n), vec![owner]), ty);
    rejects("field 2 of `m::P`", |_| vec![eval(field(2, Type::I32, made(vec![int(1), text("")])))]);
    rejects("field `s`: expected `builtins::str`, got `builtins::i32`", |_| {
        vec![eval(field(1, Type::I32, made(vec![int(1), text("")])))]
    });
    rejects("`builtins::i32` is not a struct of the program", |_| {
        vec![eval(field(0, Type::I32, int(1)))]
    });
    let constant = |value, ty| vec![eval(expr(ExprKind::Const(value), ty))];
    rejects("NULL of type `builtins::i32`", |_| constant(Const::Null, Type::I32));
    rejects("constant: expected `builtins::i32`, got `builtins::str`", |_| {
        constant(Const::Scalar(crate::Scalar::I32(1)), Type::STR)
    });
    rejects("compile-time constant of type `builtins::i32`", |_| {
        constant(Const::Func(Fqn::simple("m::f")), Type::I32)
    });
    rejects("`m::P` takes 2 values, got 0", |_| constant(Const::Struct(vec![]), point_ty()));
}

#[test]
fn pointers() {
    rejects("GetItemByVal without a pointer", |_| {
        vec![eval(ptr(PtrOp::GetItemByVal, Type::I32, vec![int(1), int(2)]))]
    });
    rejects("argument 1 of `GetItemByVal`: expected `builtins::i32`, got `builtins::bool`", |f| {
        vec![eval(ptr(PtrOp::GetItemByVal, point_ty(), vec![f.get(P), f.get(B)]))]
    });
    rejects("argument 2 of `Store`: expected `m::P`, got `builtins::i32`", |f| {
        vec![eval(ptr(PtrOp::Store, Type::None, vec![f.get(P), int(0), int(1)]))]
    });
    rejects("field `x`: expected `builtins::i32`, got `builtins::bool`", |f| {
        vec![eval(ptr(PtrOp::SetField(0), Type::None, vec![f.get(P), f.get(B)]))]
    });
    rejects("Deref of a `unsafe::gc_ptr[m::P]`", |f| {
        vec![eval(ptr(PtrOp::Deref, point_ty(), vec![f.get(P)]))]
    });
    rejects("alloc makes a `builtins::i32`", |_| {
        vec![eval(ptr(PtrOp::Alloc, Type::I32, vec![int(1)]))]
    });
    rejects(
        "argument 1 of `Copy`: expected `unsafe::gc_ptr[m::P]`, got `unsafe::raw_ptr[i32]`",
        |f| {
            let other = Type::Ptr(PtrKind::Raw, Arc::new(Type::I32));
            let other = expr(ExprKind::Const(Const::Null), other);
            vec![eval(ptr(PtrOp::Copy, Type::None, vec![f.get(P), other, int(1)]))]
        },
    );
    assert_eq!(
        complaints(|f| {
            let raw = Type::Ptr(PtrKind::Raw, Arc::new(point_ty()));
            let raw = expr(ExprKind::Const(Const::Null), raw);
            vec![eval(ptr(PtrOp::Cmp, Type::I32, vec![f.get(P), raw, int(1)]))]
        }),
        Vec::<String>::new()
    );
}

#[test]
fn signatures() {
    let mut f = FuncBuilder::new("m::main").ret(Type::Struct(Fqn::simple("m::Gone")));
    f.local("a", Type::I32);
    f.local("a", gc(Type::Opaque(Fqn::simple("m::kind"))));
    f.local("b", gc(Type::None));
    let mut func = f.body(vec![]);
    func.end_pos = PosIdx(8);
    assert_eq!(
        of(func.clone()),
        [
            "m::main: two locals are called `a`",
            "m::main: local `a`: pointer to `m::kind`",
            "m::main: result: unknown struct `m::Gone`",
            "m::main: position 8 of 8",
        ]
    );
    func.param_count = 4;
    assert_eq!(of_signature(&func), ["m::main: more parameters than locals"]);
    let scalar_local = Type::Scalar(ScalarTy::Bytes);
    assert_eq!(gc(scalar_local).fqn().full(), "unsafe::gc_ptr[bytes]");
}

/// Like [`of`], for functions whose signature cannot be looked at.
fn of_signature(func: &Func) -> Vec<String> {
    let program = program("m", vec![], vec![]);
    verify(func, &ProgramIndex::new(&program)).err().unwrap_or_default()
}

// -- function values and static data -------------------------------------------------------------

fn unary() -> Type {
    Type::Func(Arc::new(FuncType { params: vec![Type::I32], ret: Type::I32 }))
}

fn address(fqn: &str, ty: Type) -> Expr {
    expr(ExprKind::Const(Const::Func(Fqn::simple(fqn))), ty)
}

fn call_value(args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::Value, args), Type::I32)
}

/// Complaints about `main` with this body, in a program with `f(x: i32) -> i32` and `g(x: i32) ->
/// i32` of which only `f` may be a value, and with two `P`s as static data `m::d`.
fn value_complaints(body: Vec<Stmt>) -> Vec<String> {
    let unary = |name| {
        let mut f = FuncBuilder::new(name).ret(Type::I32);
        let x = f.param("x", Type::I32);
        let body = vec![ret(f.get(x))];
        f.body(body)
    };
    let main = FuncBuilder::new("m::main").body(body);
    let funcs = vec![unary("m::f"), unary("m::g"), main.clone()];
    let mut program = program("m", funcs, vec![point()]);
    program.addressed.insert(Fqn::simple("m::f"));
    let null = vec![Const::Struct(vec![]); 2];
    let items = DataItems::Values(null);
    program.data.push(Arc::new(Data { fqn: Fqn::simple("m::d"), item: point_ty(), items }));
    verify(&main, &ProgramIndex::new(&program)).err().unwrap_or_default()
}

fn place(index: u32, path: &[u32], len: u32, ty: Type) -> Stmt {
    let place = DataRef { data: Fqn::simple("m::d"), index, path: path.to_vec(), len };
    eval(expr(ExprKind::Const(Const::Data(place)), ty))
}

#[test]
fn function_values_have_the_type_and_the_one_address_of_their_function() {
    let good = vec![
        eval(call_value(vec![address("m::f", unary()), int(1)])),
        eval(ptr(PtrOp::Eq, Type::BOOL, vec![address("m::f", unary()), address("m::f", unary())])),
    ];
    assert_eq!(value_complaints(good), Vec::<String>::new());
    for bad in [
        eval(address("m::g", unary())),
        eval(address("m::h", unary())),
        eval(address("m::f", Type::Func(Arc::new(FuncType { params: vec![], ret: Type::I32 })))),
        eval(call_value(vec![address("m::f", unary()), text("1")])),
        eval(call_value(vec![int(1)])),
        eval(call_value(vec![])),
    ] {
        assert_ne!(value_complaints(vec![bad.clone()]), Vec::<String>::new(), "{bad:?}");
    }
}

#[test]
fn places_in_data_exist_and_have_their_type() {
    let good = vec![
        place(0, &[], 2, gc(point_ty())),
        place(2, &[], 0, gc(point_ty())),
        place(1, &[0], 1, Type::Ref(PtrKind::Gc, Arc::new(Type::I32))),
    ];
    assert_eq!(value_complaints(good), Vec::<String>::new());
    for bad in [
        place(0, &[], 2, gc(Type::I32)),
        place(1, &[], 2, gc(point_ty())),
        place(3, &[], 0, gc(point_ty())),
        place(0, &[2], 1, gc(point_ty())),
        place(0, &[], 0, Type::RawBuffer),
    ] {
        assert_ne!(value_complaints(vec![bad.clone()]), Vec::<String>::new(), "{bad:?}");
    }
}

#[test]
fn first_values_have_the_type_of_their_place() {
    let complaints = |init: Const, items: DataItems| {
        let mut program = program("m", vec![], vec![point()]);
        let fqn = Fqn::simple("m::g");
        program.modules[0].cells.push(Cell { fqn, ty: gc(Type::I32), init });
        let fqn = Fqn::simple("m::d");
        program.data.push(Arc::new(Data { fqn, item: Type::I32, items }));
        verify_constants(&program, &ProgramIndex::new(&program)).is_err()
    };
    let number = |value| Const::Scalar(crate::Scalar::I32(value));
    let place = DataRef { data: Fqn::simple("m::d"), index: 1, path: vec![], len: 1 };
    let items = || DataItems::Values(vec![number(1), number(2)]);
    assert!(!complaints(Const::Data(place), items()));
    assert!(complaints(number(1), items()));
    assert!(complaints(Const::Null, DataItems::Values(vec![Const::Null])));
    assert!(complaints(Const::Null, DataItems::Bytes(vec![1])));
}
