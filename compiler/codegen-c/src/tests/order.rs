//! Operands are evaluated from left to right, each once, whatever C would do.

use super::run::{print, run, run_debug, with_main};
use spy_ir::build::*;
use spy_ir::{Cell, Const, Expr, ExprKind, Fqn, Func, Program, Scalar, Stmt, StmtKind, Type};

/// `def say(x: i32) -> i32`: prints its argument and returns it.
fn say() -> Func {
    let mut f = FuncBuilder::new("m::say").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let body = vec![print(f.get(x)), print(text(" ")), ret(f.get(x))];
    f.body(body)
}

fn said(n: i32) -> Expr {
    call("m::say", Type::I32, vec![int(n)])
}

fn add(a: Expr, b: Expr) -> Expr {
    prim("i32_add", vec![a, b])
}

fn mul(a: Expr, b: Expr) -> Expr {
    prim("i32_mul", vec![a, b])
}

/// A program of these functions and `say`.
fn with_say(mut funcs: Vec<Func>) -> Program {
    funcs.insert(0, say());
    let mut program = program("m", funcs, vec![]);
    let init = Const::Scalar(Scalar::I32(1));
    let fqn = Fqn::simple("m::g");
    program.modules[0].cells.push(Cell { fqn, ty: Type::I32, init });
    with_main(program)
}

fn cell() -> Expr {
    expr(ExprKind::Cell(Fqn::simple("m::g")), Type::I32)
}

/// What `main` with this body prints.
fn printed(body: Vec<Stmt>, more: Vec<Func>) -> String {
    let mut funcs = more;
    funcs.push(FuncBuilder::new("m::main").body(body));
    run(&with_say(funcs)).stdout
}

#[test]
fn calls_run_from_left_to_right() {
    let mut f = FuncBuilder::new("m::three").ret(Type::I32);
    let [a, b, c] = ["a", "b", "c"].map(|name| f.param(name, Type::I32));
    let sum = add(f.get(a), add(mul(f.get(b), int(10)), mul(f.get(c), int(100))));
    let three = f.body(vec![ret(sum)]);
    let args = vec![said(1), add(said(2), said(3)), said(4)];
    let body = vec![print(call("m::three", Type::I32, args))];
    assert_eq!(printed(body, vec![three]), "1 2 3 4 451");
}

#[test]
fn a_variable_is_read_before_a_later_call_changes_it() {
    let mut f = FuncBuilder::new("m::bump").ret(Type::I32);
    let by = f.param("by", Type::I32);
    let value = add(cell(), f.get(by));
    let body = vec![stmt(StmtKind::AssignCell(Fqn::simple("m::g"), value)), ret(cell())];
    let bump = f.body(body);
    let bumped = |n| call("m::bump", Type::I32, vec![int(n)]);
    // 1 + 11 * 100, then 11 + 16 * 100
    let body = vec![
        print(add(cell(), mul(bumped(10), int(100)))),
        print(text(" ")),
        print(add(cell(), mul(bumped(5), int(100)))),
    ];
    assert_eq!(printed(body, vec![bump]), "1101 1611");
}

#[test]
fn a_local_is_read_before_a_later_walrus_changes_it() {
    let mut f = FuncBuilder::new("m::w").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let changed = f.walrus(x, add(f.get(x), int(5)));
    let sum = add(f.get(x), add(mul(changed, int(100)), mul(f.get(x), int(10000))));
    let w = f.body(vec![ret(sum)]);
    let body = vec![print(call("m::w", Type::I32, vec![int(1)]))];
    assert_eq!(printed(body, vec![w]), "60601");
}

#[test]
fn short_circuits_skip_their_right_side() {
    let is = |n: i32, m: i32| prim("i32_eq", vec![said(n), int(m)]);
    let mut f = FuncBuilder::new("m::main");
    let x = f.local("x", Type::I32);
    let with_block = |n: i32| {
        let set = vec![assign(x, said(n))];
        block(set, prim("i32_eq", vec![f.get(x), int(n)]))
    };
    let tests = [
        and(is(1, 1), is(2, 2)),
        and(is(3, 0), is(4, 4)),
        or(is(5, 5), is(6, 6)),
        or(is(7, 0), is(8, 0)),
        and(is(9, 0), with_block(10)),
        and(is(11, 11), with_block(12)),
        or(with_block(13), with_block(14)),
    ];
    let mut body: Vec<Stmt> = Vec::new();
    for test in tests {
        body.push(if_(test, vec![print(text("yes "))], vec![print(text("no "))]));
    }
    let main = f.body(body);
    let out = run(&with_say(vec![main])).stdout;
    assert_eq!(out, "1 2 yes 3 no 5 yes 7 8 no 9 no 11 12 yes 13 yes ");
}

#[test]
fn a_loop_test_with_statements_runs_before_each_round() {
    let mut f = FuncBuilder::new("m::main");
    let n = f.local("n", Type::I32);
    let m = f.local("m", Type::I32);
    let test = prim("i32_lt", vec![f.walrus(m, call("m::say", Type::I32, vec![f.get(n)])), int(3)]);
    let skip = if_(
        prim("i32_eq", vec![f.get(m), int(1)]),
        vec![assign(n, add(f.get(n), int(1))), stmt(StmtKind::Continue)],
        vec![],
    );
    let body = vec![
        assign(n, int(0)),
        while_(test, vec![skip, print(text("in ")), assign(n, add(f.get(n), int(1)))]),
        print(text("out")),
    ];
    let main = f.body(body);
    assert_eq!(run(&with_say(vec![main])).stdout, "0 in 1 2 in 3 out");
}

#[test]
fn chains_of_elif_with_statements_in_their_tests() {
    let mut f = FuncBuilder::new("m::pick");
    let x = f.param("x", Type::I32);
    let y = f.local("y", Type::I32);
    let is = |f: &FuncBuilder, n: i32| prim("i32_eq", vec![f.get(x), int(n)]);
    let hoisted = |f: &FuncBuilder, n: i32| {
        prim("i32_eq", vec![f.walrus(y, add(f.get(x), said(n))), int(2 * n)])
    };
    let last = if_(is(&f, 4), vec![print(text("d "))], vec![print(text("e "))]);
    let third = if_(hoisted(&f, 3), vec![print(text("c "))], vec![last]);
    let second = if_(is(&f, 2), vec![print(text("b "))], vec![third]);
    let pick = vec![if_(is(&f, 1), vec![print(text("a "))], vec![second])];
    let pick = f.body(pick);
    let body = (1..=5).map(|n| eval(call("m::pick", Type::None, vec![int(n)]))).collect::<Vec<_>>();
    assert_eq!(printed(body, vec![pick]), "a b 3 c 3 d 3 e ");
}

#[test]
fn arguments_without_values_keep_their_effects_and_places() {
    let mut noisy = FuncBuilder::new("m::noisy");
    let x = noisy.param("x", Type::I32);
    let body = vec![print(noisy.get(x)), print(text("! ")), ret(none())];
    let noisy = noisy.body(body);
    let mut take = FuncBuilder::new("m::take").ret(Type::I32);
    let a = take.param("a", Type::I32);
    take.param("nothing", Type::None);
    let b = take.param("b", Type::I32);
    let sum = add(take.get(a), take.get(b));
    let take = take.body(vec![ret(sum)]);
    let mut main = FuncBuilder::new("m::main");
    let gone = main.local("gone", Type::None);
    let noise = |n| call("m::noisy", Type::None, vec![int(n)]);
    let args = vec![said(1), noise(2), said(3)];
    let args2 = vec![int(0), main.walrus(gone, noise(6)), int(7)];
    let body = vec![
        print(call("m::take", Type::I32, args)),
        print(text(" ")),
        assign(gone, noise(5)),
        eval(main.get(gone)),
        print(call("m::take", Type::I32, args2)),
    ];
    let main = main.body(body);
    let out = run(&with_say(vec![noisy, take, main])).stdout;
    assert_eq!(out, "1 2! 3 4 5! 6! 7");
}

#[test]
fn a_panic_does_not_overtake_output() {
    let mut f = FuncBuilder::new("m::divide").ret(Type::I32);
    let zero = f.param("zero", Type::I32);
    let divided = at(4, prim("i32_floordiv", vec![int(1), f.get(zero)]));
    let body = vec![ret(add(divided, said(2)))];
    let divide = f.body(body);
    let mut g = FuncBuilder::new("m::late").ret(Type::I32);
    let zero = g.param("zero", Type::I32);
    let divided = at(5, prim("i32_floordiv", vec![int(1), g.get(zero)]));
    let late = g.body(vec![ret(add(said(2), divided))]);
    let main = |name: &str| {
        let value = call(name, Type::I32, vec![int(0)]);
        FuncBuilder::new("m::main").body(vec![print(value)])
    };
    let first = run(&with_say(vec![divide, main("m::divide")]));
    assert_eq!((first.stdout.as_str(), first.status), ("", Some(1)));
    assert!(first.stderr.contains("--> m.spy:5\n"), "{}", first.stderr);
    let second = run(&with_say(vec![late, main("m::late")]));
    assert_eq!((second.stdout.as_str(), second.status), ("2 ", Some(1)));
    assert!(second.stderr.contains("--> m.spy:6\n"), "{}", second.stderr);
}

#[test]
fn deep_expressions_and_line_directives_compile() {
    let mut f = FuncBuilder::new("m::main");
    let x = f.local("x", Type::I32);
    let (mut left, mut right, mut calls) = (f.get(x), f.get(x), f.get(x));
    for n in 0..2000 {
        left = add(left, int(n % 3));
        right = mul(int(1), add(int(n % 3), right));
        if n % 10 == 0 {
            calls = add(call("m::say0", Type::I32, vec![calls]), f.get(x));
        }
    }
    let body = vec![
        assign(x, int(1)),
        print(left),
        print(text(" ")),
        print(right),
        print(text(" ")),
        print(calls),
    ];
    let main = f.body(body);
    let mut say0 = FuncBuilder::new("m::say0").ret(Type::I32);
    let y = say0.param("y", Type::I32);
    let say0_body = vec![ret(say0.get(y))];
    let program = with_say(vec![say0.body(say0_body), main]);
    assert_eq!(run_debug(&program).stdout, "2000 2000 201");
}
