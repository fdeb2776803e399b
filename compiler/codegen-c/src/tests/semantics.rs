//! Arithmetic, panics, pointers and structs mean in C what they mean in SPy.

use super::run::{Outcome, print, run, run_debug, with_main};
use spy_ir::build::*;
use spy_ir::{
    ArgvList, Callee, Const, Entry, Expr, ExprKind, Fqn, Func, PrimOp, Program, PtrKind, PtrOp,
    Scalar, ScalarTy, StmtKind, StructDef, Target, Type,
};
use std::sync::Arc;

fn run_main(body: Vec<spy_ir::Stmt>, mut funcs: Vec<Func>) -> Outcome {
    funcs.push(FuncBuilder::new("m::main").body(body));
    run(&with_main(program("m", funcs, vec![])))
}

/// All operations on interesting operands, three ways: both constant, right constant, none.
fn operation_cases() -> (Vec<Func>, Vec<spy_ir::Stmt>, String) {
    let (mut funcs, mut body, mut expected) = (Vec::new(), Vec::new(), String::new());
    for op in PrimOp::all().filter(|op| !op.params().contains(&ScalarTy::Bytes)) {
        for (case, args) in operands(op.params()).into_iter().enumerate() {
            let Ok(result) = spy_prim::eval(op, &args) else {
                continue;
            };
            // Constants on the right change what is emitted; on both sides, how.
            let most = if case == 0 { args.len() } else { args.len().min(1) };
            for constants in 0..=most {
                let name = format!("m::f{}_{case}_{constants}", funcs.len());
                let mut f = FuncBuilder::new(&name).ret(Type::Scalar(op.result()));
                let (mut inner, mut outer) = (Vec::new(), Vec::new());
                for (index, arg) in args.iter().enumerate() {
                    if index + constants >= args.len() {
                        inner.push(scalar(arg.clone()));
                    } else {
                        let param = f.param(&format!("a{index}"), Type::Scalar(arg.ty()));
                        inner.push(f.get(param));
                        outer.push(scalar(arg.clone()));
                    }
                }
                let value =
                    expr(ExprKind::Call(Callee::Prim(op), inner), Type::Scalar(op.result()));
                funcs.push(f.body(vec![ret(value)]));
                body.push(print(call(&name, Type::Scalar(op.result()), outer)));
                body.push(print(text(&format!(" {} {args:?}\n", op.fqn()))));
                expected.push_str(&shown(&result));
                expected.push_str(&format!(" {} {args:?}\n", op.fqn()));
            }
        }
    }
    (funcs, body, expected)
}

fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Scalar::F32(value) => spy_prim::text::repr_f32(*value),
        Scalar::F64(value) => spy_prim::text::repr_f64(*value),
        Scalar::Complex(re, im) => spy_prim::text::repr_complex(*re, *im),
        other => other.as_int().map_or_else(String::new, |value| value.to_string()),
    }
}

/// Lists of arguments for these parameters.
fn operands(params: &[ScalarTy]) -> Vec<Vec<Scalar>> {
    let samples = |ty: ScalarTy, is_left: bool| -> Vec<Scalar> {
        if let Some((low, high)) = ty.int_range() {
            let values = if is_left { [low, high, -7] } else { [-1, 7, 31] };
            return values.into_iter().filter_map(|n| Scalar::int_wrapping(ty, n)).collect();
        }
        match ty {
            ScalarTy::Bool => vec![Scalar::Bool(false), Scalar::Bool(true)],
            ScalarTy::F32 => [0.5, -1e-45, 3e38, -7.0].map(Scalar::F32).to_vec(),
            ScalarTy::F64 => {
                [0.1, -5e-324, 1e300, -7.0, f64::INFINITY, f64::NAN].map(Scalar::F64).to_vec()
            }
            ScalarTy::Complex128 => vec![Scalar::Complex(1.5, -2.0), Scalar::Complex(0.0, 3.0)],
            ScalarTy::Str => vec![Scalar::str("12"), Scalar::str("-7")],
            _ => vec![],
        }
    };
    match params {
        [one] => samples(*one, true).into_iter().map(|a| vec![a]).collect(),
        [left, right] => {
            let right = samples(*right, false);
            samples(*left, true)
                .into_iter()
                .flat_map(|a| right.iter().map(move |b| vec![a.clone(), b.clone()]))
                .collect()
        }
        _ => vec![],
    }
}

#[test]
fn every_operation_agrees_with_the_evaluator() {
    let (funcs, body, expected) = operation_cases();
    assert!(body.len() > 3000);
    let chunks: Vec<Func> = body
        .chunks(200)
        .enumerate()
        .map(|(n, part)| FuncBuilder::new(&format!("m::part{n}")).body(part.to_vec()))
        .collect();
    let calls =
        chunks.iter().map(|f| eval(call(f.fqn.full(), Type::None, vec![]))).collect::<Vec<_>>();
    let all = funcs.into_iter().chain(chunks).collect();
    let outcome = run_main(calls, all);
    for (got, expected) in outcome.stdout.lines().zip(expected.lines()) {
        assert_eq!(got, expected);
    }
    assert_eq!(outcome.stdout.len(), expected.len());
}

#[test]
fn results_wrap_inside_of_expressions_too() {
    let ty = Type::Scalar(ScalarTy::I8);
    let mut f = FuncBuilder::new("m::less").ret(Type::BOOL);
    let i = f.param("i", ty.clone());
    let j = f.param("j", ty);
    let sum = prim("i8_add", vec![f.get(i), f.get(j)]);
    let body = vec![ret(prim("i8_lt", vec![sum, f.get(i)]))];
    let args = vec![scalar(Scalar::I8(100)), scalar(Scalar::I8(100))];
    let out = run_main(vec![print(call("m::less", Type::BOOL, args))], vec![f.body(body)]);
    assert_eq!(out.stdout, "True");
}

#[test]
fn strings_and_clashing_names() {
    let mut f = FuncBuilder::new("m::main");
    let tricky = "a\"\\\u{0}7?\u{3f}=\u{e9}\n";
    let names = ["int", "NULL", "errno", "spy_pos", "m", "size_t", "memcpy"];
    let mut body = Vec::new();
    for (n, name) in (1..).zip(names) {
        let local = f.local(name, Type::I32);
        body.push(assign(local, int(n)));
        body.push(print(f.get(local)));
    }
    body.extend([print(text(tricky)), print(text(tricky))]);
    let out = run(&with_main(program("m", vec![f.body(body)], vec![])));
    assert_eq!(out.stdout, format!("1234567{tricky}{tricky}"));
}

#[test]
fn library_code_blames_its_caller() {
    let mut lib = FuncBuilder::new("m::lib").ret(Type::I32).track_caller();
    let x = lib.param("x", Type::I32);
    let inner = at(6, prim("i32_mod", vec![int(5), lib.get(x)]));
    let lib = lib.body(vec![ret(inner)]);
    let mut outer = FuncBuilder::new("m::outer").ret(Type::I32).track_caller();
    let x = outer.param("x", Type::I32);
    let outer_body = vec![ret(at(5, call("m::lib", Type::I32, vec![outer.get(x)])))];
    let outer = outer.body(outer_body);
    let body = vec![print(at(2, call("m::outer", Type::I32, vec![int(0)])))];
    let out = run_main(body, vec![lib, outer]);
    assert_eq!(out.status, Some(1));
    let expected = "ZeroDivisionError: integer modulo by zero\n   --> m.spy:3\n  3 |     line 3\n";
    assert!(out.stderr.starts_with(expected), "{}", out.stderr);
}

#[test]
fn asserts_evaluate_their_message_only_when_they_fail() {
    let mut message = FuncBuilder::new("m::message").ret(Type::STR);
    let n = message.param("n", Type::I32);
    let body = vec![print(text("made ")), ret(prim_str(message.get(n)))];
    let message = message.body(body);
    let mut check = FuncBuilder::new("m::check");
    let n = check.param("n", Type::I32);
    let msg = Some(call("m::message", Type::STR, vec![check.get(n)]));
    let test = prim("i32_lt", vec![check.get(n), int(2)]);
    let body = vec![stmt(StmtKind::Assert { test, msg })];
    let check = check.body(body);
    let body = [1, 3].map(|n| eval(call("m::check", Type::None, vec![int(n)]))).to_vec();
    let out = run_main(body, vec![message, check]);
    assert_eq!(out.stdout, "made ");
    assert!(out.stderr.starts_with("AssertionError: 3\n"), "{}", out.stderr);
}

fn prim_str(value: Expr) -> Expr {
    runtime("builtins::i32::__str__", Type::STR, vec![value])
}

#[test]
fn falling_off_the_end_and_raising() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let c = f.param("c", Type::BOOL);
    let body = vec![if_(f.get(c), vec![ret(int(1))], vec![])];
    let f = f.body(body);
    let body = vec![print(call("m::f", Type::I32, vec![scalar(Scalar::Bool(false))]))];
    let out = run_main(body, vec![f]);
    let message = "TypeError: reached the end of the function without a `return`\n";
    assert!(out.stderr.starts_with(message), "{}", out.stderr);
    let out = run_main(vec![eval(at(3, raise("ValueError", "bad \"size\"")))], vec![]);
    assert!(out.stderr.starts_with("ValueError: bad \"size\"\n   --> m.spy:4\n"), "{}", out.stderr);
}

/// `Point {x: i32, y: f64}`, `Pair {p: Point, nothing: None, s: str}`, `Empty {}`.
fn structs() -> Vec<StructDef> {
    let point = struct_def("m::Point", &[("x", Type::I32), ("y", Type::Scalar(ScalarTy::F64))]);
    let pair = struct_def(
        "m::Pair",
        &[("p", Type::Struct(point.fqn.clone())), ("nothing", Type::None), ("int", Type::STR)],
    );
    vec![point, pair, struct_def("m::Empty", &[])]
}

fn make(name: &str, fields: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::StructMake, fields), Type::Struct(Fqn::simple(name)))
}

fn field(owner: Expr, n: u32, ty: Type) -> Expr {
    expr(ExprKind::Call(Callee::GetField(n), vec![owner]), ty)
}

#[test]
fn structs_pointers_and_refs() {
    let point = Type::Struct(Fqn::simple("m::Point"));
    let pair = Type::Struct(Fqn::simple("m::Pair"));
    let ptr_ty = Type::Ptr(PtrKind::Gc, Arc::new(pair.clone()));
    let ref_ty = Type::Ref(PtrKind::Gc, Arc::new(point.clone()));
    let float = |v| scalar(Scalar::F64(v));
    let mut f = FuncBuilder::new("m::main");
    let p = f.local("p", ptr_ty.clone());
    let r = f.local("r", ref_ty.clone());
    let q = f.local("q", Type::Ptr(PtrKind::Raw, Arc::new(Type::I32)));
    let e = f.local("e", Type::Struct(Fqn::simple("m::Empty")));
    let [x, s] = [f.local("x", point.clone()), f.local("s", Type::STR)];
    let value =
        make("m::Pair", vec![make("m::Point", vec![int(7), float(0.5)]), none(), text("t")]);
    let loaded = ptr(PtrOp::Deref, point.clone(), vec![f.get(r)]);
    let raw = f.get(q).ty.clone();
    let gone = f.local("gone", Type::None);
    let pair_ref = Type::Ref(PtrKind::Gc, Arc::new(pair.clone()));
    let item = ptr(PtrOp::GetItemByRef, pair_ref, vec![f.get(p), int(0)]);
    let second = |op, ty, more: Vec<Expr>| ptr(op, ty, [vec![f.get(q), int(1)], more].concat());
    let body = vec![
        assign(p, ptr(PtrOp::Alloc, ptr_ty, vec![int(2)])),
        eval(ptr(PtrOp::Store, Type::None, vec![f.get(p), int(0), value])),
        assign(r, ptr(PtrOp::GetFieldByRef(0), ref_ty, vec![f.get(p)])),
        eval(ptr(PtrOp::SetField(0), Type::None, vec![f.get(r), int(9)])),
        print(field(loaded, 0, Type::I32)),
        print(ptr(PtrOp::GetFieldByVal(2), Type::STR, vec![f.get(p)])),
        assign(q, ptr(PtrOp::Alloc, raw, vec![int(3)])),
        eval(second(PtrOp::Store, Type::None, vec![int(40)])),
        eval(ptr(PtrOp::Copy, Type::None, vec![f.get(q), f.get(q), int(0)])),
        print(second(PtrOp::GetItemByVal, Type::I32, vec![])),
        print(ptr(PtrOp::ToBool, Type::BOOL, vec![f.get(q)])),
        print(ptr(PtrOp::Eq, Type::BOOL, vec![f.get(q), f.get(q)])),
        print(ptr(PtrOp::Cmp, Type::I32, vec![f.get(q), f.get(q), int(3)])),
        assign(e, make("m::Empty", vec![])),
        stmt(StmtKind::Unpack(
            vec![Target::Local(x), Target::Local(gone), Target::Local(s)],
            ptr(PtrOp::Deref, pair, vec![item]),
        )),
        print(field(f.get(x), 1, Type::Scalar(ScalarTy::F64))),
        print(f.get(s)),
    ];
    let out = run(&with_main(program("m", vec![f.body(body)], structs())));
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("9t40TrueTrue00.5t", ""));
}

/// `swap` assigns a parameter, ignores another, and calls itself on what it returns.
#[test]
fn small_structs_survive_calls_that_may_be_inlined() {
    let two = Type::Struct(Fqn::simple("m::Two"));
    let make_two = |a, b| make("m::Two", vec![a, b]);
    let mut swap = FuncBuilder::new("m::swap").ret(two.clone());
    let [pair, unused] = [swap.param("pair", two.clone()), swap.param("unused", two.clone())];
    let n = swap.param("n", Type::I32);
    let part = |index| field(swap.get(pair), index, Type::I32);
    let again = call(
        "m::swap",
        two.clone(),
        vec![swap.get(pair), make_two(int(0), int(0)), prim("i32_sub", vec![swap.get(n), int(1)])],
    );
    let body = vec![
        assign(pair, make_two(part(1), part(0))),
        if_(prim("i32_gt", vec![swap.get(n), int(0)]), vec![ret(again)], vec![]),
        ret(swap.get(pair)),
    ];
    assert_ne!(unused, pair);
    let swap = swap.body(body);
    let mut f = FuncBuilder::new("m::main");
    let x = f.local("x", two.clone());
    let swapped =
        |f: &FuncBuilder, n| call("m::swap", two.clone(), vec![f.get(x), f.get(x), int(n)]);
    let body = vec![
        assign(x, make_two(int(3), int(-4))),
        eval(swapped(&f, 0)),
        print(field(swapped(&f, 0), 0, Type::I32)),
        print(field(swapped(&f, 1), 0, Type::I32)),
        print(field(f.get(x), 1, Type::I32)),
    ];
    let structs = vec![struct_def("m::Two", &[("a", Type::I32), ("b", Type::I32)])];
    let program = program("m", vec![swap, f.body(body)], structs);
    let out = run(&with_main(program));
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("-43-4", ""));
}

#[test]
fn checked_builds_check_pointers() {
    let ty = Type::Ptr(PtrKind::Gc, Arc::new(Type::Struct(Fqn::simple("m::Point"))));
    let mut f = FuncBuilder::new("m::main");
    let p = f.local("p", ty.clone());
    let null = expr(ExprKind::Const(Const::Null), ty);
    let load = at(3, ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![f.get(p)]));
    let body = vec![assign(p, null), print(load)];
    let out = run_debug(&with_main(program("m", vec![f.body(body)], structs())));
    let expected = "PanicError: cannot dereference NULL pointer\n   --> m.spy:4\n";
    assert!(out.stderr.starts_with(expected), "{}", out.stderr);
    assert_eq!(out.status, Some(1));
}

#[test]
fn main_gets_its_arguments() {
    let list = Type::Struct(Fqn::simple("m::List"));
    let def = struct_def("m::List", &[("count", Type::I32), ("last", Type::STR)]);
    let fields = |count, last| make("m::List", vec![count, last]);
    let new = FuncBuilder::new("m::new").ret(list.clone());
    let new = new.body(vec![ret(fields(int(0), text("")))]);
    let mut push = FuncBuilder::new("m::push").ret(list.clone()).track_caller();
    let own = push.param("own", list.clone());
    let item = push.param("item", Type::STR);
    let count = prim("i32_add", vec![field(push.get(own), 0, Type::I32), int(1)]);
    let push_body = vec![ret(fields(count, push.get(item)))];
    let push = push.body(push_body);
    let mut main = FuncBuilder::new("m::main").ret(Type::I32);
    let argv = main.param("argv", list.clone());
    let last = field(main.get(argv), 1, Type::STR);
    let main_body = vec![print(last), ret(field(main.get(argv), 0, Type::I32))];
    let mut program: Program = program("m", vec![new, push, main.body(main_body)], vec![def]);
    program.entry = Some(Entry {
        main: Fqn::simple("m::main"),
        argv: Some(ArgvList { ty: list, new: Fqn::simple("m::new"), push: Fqn::simple("m::push") }),
        returns_status: true,
    });
    let out = run(&program);
    assert_eq!((out.stdout.as_str(), out.status), ("two", Some(3)));
}

#[test]
fn variables_of_every_type_start_with_their_values() {
    let pair = Type::Struct(Fqn::simple("m::Pair"));
    let number = |value: Scalar| (Const::Scalar(value.clone()), Type::Scalar(value.ty()));
    let point = vec![number(Scalar::I32(3)), number(Scalar::F64(f64::INFINITY))];
    let whole = vec![
        (Const::Struct(point), Type::Struct(Fqn::simple("m::Point"))),
        (Const::None, Type::None),
        number(Scalar::str("in")),
    ];
    let null = Type::Ptr(PtrKind::Gc, Arc::new(Type::I32));
    let cells = [
        number(Scalar::I64(i64::MIN)),
        number(Scalar::F32(0.1)),
        number(Scalar::Complex(f64::NAN, -0.0)),
        number(Scalar::str("text")),
        (Const::Struct(whole), pair),
        (Const::Null, null),
        (Const::None, Type::None),
        (Const::Null, Type::File),
    ];
    let mut program = program("m", vec![], structs());
    let cell =
        |n: usize, ty: &Type| expr(ExprKind::Cell(Fqn::simple(&format!("m::g{n}"))), ty.clone());
    let read = |n: usize| cell(n, &cells[n].1);
    let inner = field(read(4), 0, Type::Struct(Fqn::simple("m::Point")));
    let mut body: Vec<spy_ir::Stmt> = (0..4).map(|n| print(read(n))).collect();
    body.extend([
        print(field(inner, 1, Type::Scalar(ScalarTy::F64))),
        print(field(read(4), 2, Type::STR)),
        print(ptr(PtrOp::ToBool, Type::BOOL, vec![read(5)])),
        eval(read(6)),
        print(runtime("posix::_FILE::__eq__", Type::BOOL, vec![read(7), read(7)])),
    ]);
    let main = FuncBuilder::new("m::main").body(body);
    program.modules[0].funcs.push(Arc::new(main));
    for (n, (init, ty)) in cells.into_iter().enumerate() {
        let fqn = Fqn::simple(&format!("m::g{n}"));
        program.modules[0].cells.push(spy_ir::Cell { fqn, ty, init });
    }
    let out = run(&with_main(program));
    assert_eq!(out.stdout, "-92233720368547758080.1(nan-0j)textinfinFalseTrue");
}
