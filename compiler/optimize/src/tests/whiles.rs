//! Loops that programs write with `while`.

use super::{Range, library, versions};
use crate::{Generator, optimize};
use spy_ir::build::{assign, call, if_, int, prim, ret, while_};
use spy_ir::{Expr, ExprKind, Stmt, Type, build};

/// How many `raise` each version of a `while` loop has.
fn while_loop(
    range: Range,
    test: Expr,
    round: impl Fn(&Range) -> Vec<Stmt>,
) -> Option<(usize, usize)> {
    let body = round(&range);
    let total = range.get(range.total);
    let func = range.f.body(vec![while_(test, body), ret(total)]);
    optimize(&func, &library(), Generator::Inlines).as_ref().and_then(versions)
}

#[test]
fn while_loops_towards_an_end_that_stays_are_checked_once() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let sum = |left: &Expr, right: &Expr| prim("i32_add", vec![left.clone(), right.clone()]);
    let difference = |left: &Expr, right| prim("i32_sub", vec![left.clone(), right]);
    let ways = [
        ("i32_lt", [&k, &n], sum(&k, &int(1))),
        ("i32_lt", [&k, &n], sum(&n, &k)),
        ("i32_le", [&k, &n], sum(&k, &int(3))),
        ("i32_gt", [&n, &k], sum(&k, &n)),
        ("i32_ge", [&k, &int(0)], difference(&k, int(1))),
        ("i32_gt", [&k, &n], sum(&k, &int(-2))),
        ("i32_le", [&n, &k], difference(&k, n.clone())),
    ];
    for (name, [left, right], next) in ways {
        let test = prim(name, vec![left.clone(), right.clone()]);
        let found = while_loop(Range::new(), test, |range| {
            vec![range.add(range.get(range.k)), assign(range.k, next.clone())]
        });
        assert_eq!(found, Some((0, 1)), "{name} {next:?}");
    }
}

#[test]
fn while_loops_that_go_elsewhere_keep_their_checks() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let ways = [
        ("i32_gt", prim("i32_add", vec![k.clone(), int(1)])),
        ("i32_lt", prim("i32_sub", vec![k.clone(), int(1)])),
        ("i32_lt", prim("i32_sub", vec![n.clone(), k.clone()])),
        ("i32_lt", prim("i32_mul", vec![k.clone(), int(2)])),
        ("i32_lt", prim("i32_add", vec![k.clone(), k.clone()])),
        ("i32_lt", prim("i32_add", vec![n.clone(), int(1)])),
    ];
    for (name, next) in ways {
        let test = prim(name, vec![k.clone(), n.clone()]);
        let found = while_loop(Range::new(), test, |range| {
            vec![range.add(range.get(range.k)), assign(range.k, next.clone())]
        });
        assert_eq!(found, None, "{name} {next:?}");
    }
}

#[test]
fn what_a_step_leads_to_is_checked() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let step = assign(range.k, prim("i32_add", vec![k.clone(), int(1)]));
    let test = prim("i32_lt", vec![k.clone(), n.clone()]);
    let found = |round: fn(&Range, Stmt) -> Vec<Stmt>| {
        while_loop(Range::new(), test.clone(), |range| round(range, step.clone()))
    };
    let add = |range: &Range| range.add(range.get(range.k));
    assert_eq!(found(|range, step| vec![range.add(range.get(range.k)), step]), Some((0, 1)));
    let behind = |range: &Range, step| vec![step, range.add(range.get(range.k))];
    assert_eq!(found(behind), None);
    let both =
        while_loop(Range::new(), test.clone(), |range| vec![add(range), step.clone(), add(range)]);
    assert_eq!(both, Some((1, 2)), "the second one stays");
    let twice = while_loop(Range::new(), test.clone(), |range| {
        vec![add(range), step.clone(), step.clone()]
    });
    assert_eq!(twice, None, "the first step may end beyond n");
    let in_branches = while_loop(Range::new(), test.clone(), |range| {
        let condition = prim("i32_gt", vec![n.clone(), int(7)]);
        vec![add(range), if_(condition, vec![step.clone()], vec![step.clone()])]
    });
    assert_eq!(in_branches, Some((0, 1)));
}

#[test]
fn what_the_round_before_left_in_a_variable_is_not_what_this_one_puts_there() {
    let mut range = Range::new();
    let j = range.f.local("j", Type::I32);
    let (k, n) = (range.get(range.k), range.get(range.n));
    let test = prim("i32_lt", vec![k.clone(), n]);
    let found = |first: Vec<Stmt>, then: Vec<Stmt>| {
        let mut range = Range::new();
        range.f.local("j", Type::I32);
        let k = range.get(range.k);
        let step = assign(range.k, prim("i32_add", vec![k, int(1)]));
        let add = range.add(Expr { kind: ExprKind::Local(j), ..int(0) });
        while_loop(range, test.clone(), |_| {
            [first.clone(), vec![add.clone()], then.clone(), vec![step.clone()]].concat()
        })
    };
    let copy = vec![assign(j, k)];
    assert_eq!(found(copy.clone(), Vec::new()), Some((0, 1)));
    assert_eq!(found(Vec::new(), copy), None);
}

#[test]
fn what_else_a_while_loop_asks_is_asked_in_the_round() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let item = call("l::get", Type::I32, vec![range.get(range.d), k.clone()]);
    let going = prim("i32_ge", vec![k.clone(), int(0)]);
    let test = build::and(going, prim("i32_gt", vec![item, n]));
    let found = while_loop(Range::new(), test, |range| {
        let step = prim("i32_sub", vec![range.get(range.k), int(1)]);
        vec![range.add(range.get(range.k)), assign(range.k, step)]
    });
    assert_eq!(found, Some((0, 2)));
}
