//! Nests that may trade places, and nests that may not.

use super::{MAX_SCRATCH, RUN, interchange};
use crate::Bodies;
use spy_ir::build::{
    FuncBuilder, assign, eval, if_, int, or, prim, ptr, raise, ret, runtime, stmt, text, while_,
};
use spy_ir::{
    Expr, Fqn, Func, LocalId, PtrKind, PtrOp, ScalarTy, Scratch, Stmt, StmtKind, StructDef, Type,
};
use std::sync::Arc;

/// No function and no struct.
struct Nothing;

impl Bodies for Nothing {
    fn body(&self, _: &Fqn) -> Option<Arc<Func>> {
        None
    }

    fn struct_def(&self, _: &Fqn) -> Option<Arc<StructDef>> {
        None
    }
}

/// ```text
/// def f(xs, out, n, m, w):
///     fresh = alloc(n)
///     for j in range(n):
///         total = 0
///         for k in range(m): total = total + xs[j]
///     return total
/// ```
struct Nest {
    f: FuncBuilder,
    xs: LocalId,
    out: LocalId,
    n: LocalId,
    m: LocalId,
    w: LocalId,
    fresh: LocalId,
    total: LocalId,
    j: LocalId,
    k: LocalId,
    x: LocalId,
    counters: [LocalId; 2],
}

fn numbers() -> Type {
    Type::Ptr(PtrKind::Gc, Arc::new(Type::I32))
}

impl Nest {
    fn new() -> Self {
        let mut f = FuncBuilder::new("m::f").ret(Type::I32);
        let (xs, out) = (f.param("xs", numbers()), f.param("out", numbers()));
        let [n, m, w] = ["n", "m", "w"].map(|name| f.param(name, Type::I32));
        let fresh = f.local("fresh", numbers());
        let [total, j, k, x] = ["total", "j", "k", "x"].map(|name| f.local(name, Type::I32));
        let counters = ["i0", "i1"].map(|name| f.local(name, Type::I32));
        Self { f, xs, out, n, m, w, fresh, total, j, k, x, counters }
    }

    fn get(&self, local: LocalId) -> Expr {
        self.f.get(local)
    }

    fn sum(&self, left: Expr, right: Expr) -> Expr {
        prim("i32_add", vec![left, right])
    }

    /// A subscript below `w`, checked as the library does it, and an item.
    fn checked(&self, subscript: LocalId) -> Stmt {
        let index = || self.get(subscript);
        let outside = or(
            prim("i32_lt", vec![index(), int(0)]),
            prim("i32_ge", vec![index(), self.get(self.w)]),
        );
        if_(outside, vec![eval(raise("IndexError", ""))], vec![])
    }

    fn item(&self, subscript: Expr) -> Expr {
        ptr(PtrOp::GetItemByVal, Type::I32, vec![self.get(self.xs), subscript])
    }

    /// `total = total + xs[subscript]`, with its check.
    fn add(&self, subscript: LocalId) -> Vec<Stmt> {
        let sum = self.sum(self.get(self.total), self.item(self.get(subscript)));
        vec![self.checked(subscript), assign(self.total, sum)]
    }

    /// `to[j] = total`.
    fn store(&self, to: LocalId) -> Stmt {
        let args = vec![self.get(to), self.get(self.j), self.get(self.total)];
        eval(ptr(PtrOp::Store, Type::None, args))
    }

    fn counted(&self, number: usize, item: LocalId, stop: Expr, rest: Vec<Stmt>) -> Stmt {
        let counter = self.counters[number];
        let mut body = vec![
            assign(item, self.get(counter)),
            assign(counter, self.sum(self.get(counter), int(1))),
        ];
        body.extend(rest);
        while_(prim("i32_lt", vec![self.get(counter), stop]), body)
    }

    /// The nest with `inner` rounds up to `m`, and what stands behind the inner loop.
    fn func(self, m: Expr, inner: Vec<Stmt>, post: Vec<Stmt>) -> Func {
        let mut rest = vec![assign(self.total, int(0)), assign(self.counters[1], int(0))];
        rest.push(self.counted(1, self.k, m, inner));
        rest.extend(post);
        let alloc = ptr(PtrOp::Alloc, numbers(), vec![self.get(self.n)]);
        let body = vec![
            assign(self.fresh, alloc),
            assign(self.x, int(0)),
            assign(self.counters[0], int(0)),
            self.counted(0, self.j, self.get(self.n), rest),
            ret(self.sum(self.get(self.total), self.get(self.x))),
        ];
        self.f.body(body)
    }
}

/// How many values are kept for all rounds of the nest with these parts.
fn kept(inner: impl Fn(&Nest) -> Vec<Stmt>, post: impl Fn(&Nest) -> Vec<Stmt>) -> usize {
    let nest = Nest::new();
    let (m, inner, post) = (nest.get(nest.m), inner(&nest), post(&nest));
    scratch(nest.func(m, inner, post))
}

fn scratch(func: Func) -> usize {
    turned(func).scratch.len()
}

/// The counters are not the program's own variables, as those of a range are not.
fn turned(mut func: Func) -> Func {
    let own = func.locals.len() - 2;
    interchange(&mut func, own, &Nothing);
    func
}

fn along(nest: &Nest) -> Vec<Stmt> {
    nest.add(nest.j)
}

fn nothing(_: &Nest) -> Vec<Stmt> {
    Vec::new()
}

#[test]
fn loops_trade_places_where_items_are_read_one_after_another() {
    let nest = Nest::new();
    let (m, inner, post) = (nest.get(nest.m), nest.add(nest.j), vec![nest.store(nest.fresh)]);
    let func = turned(nest.func(m, inner, post));
    assert_eq!(func.scratch, [Scratch { ty: ScalarTy::I32, len: RUN }]);
}

#[test]
fn what_is_read_along_the_inner_loop_only_stays_as_it_is() {
    assert_eq!(kept(|nest| nest.add(nest.k), nothing), 0);
    assert_eq!(kept(along, nothing), 1);
}

#[test]
fn what_the_inner_loop_reads_may_not_be_stored_behind_it() {
    assert_eq!(kept(along, |nest| vec![nest.store(nest.fresh)]), 1);
    assert_eq!(kept(along, |nest| vec![nest.store(nest.out)]), 0, "it may be the same memory");
    assert_eq!(kept(along, |nest| vec![nest.store(nest.xs)]), 0);
    let gives_away = |nest: &Nest| {
        let give = runtime("math::fabs", Type::None, vec![nest.get(nest.fresh)]);
        vec![eval(give), nest.store(nest.fresh)]
    };
    assert_eq!(kept(along, gives_away), 0, "others may know it");
}

#[test]
fn memory_that_another_name_leads_to_is_the_same() {
    let renamed = |nest: &Nest| {
        let args = vec![nest.get(nest.fresh), nest.get(nest.j), nest.get(nest.total)];
        vec![assign(nest.fresh, nest.get(nest.xs)), eval(ptr(PtrOp::Store, Type::None, args))]
    };
    assert_eq!(kept(along, renamed), 0);
}

#[test]
fn an_inner_loop_that_does_more_than_compute_stays_where_it_is() {
    let stores = |nest: &Nest| [nest.add(nest.j), vec![nest.store(nest.fresh)]].concat();
    assert_eq!(kept(stores, nothing), 0);
    let prints = |nest: &Nest| {
        let print = eval(runtime("builtins::print_str", Type::None, vec![text("x")]));
        [nest.add(nest.j), vec![print]].concat()
    };
    assert_eq!(kept(prints, nothing), 0);
    let leaves = |nest: &Nest| {
        let large = prim("i32_gt", vec![nest.get(nest.total), int(9)]);
        [nest.add(nest.j), vec![if_(large, vec![stmt(StmtKind::Break)], vec![])]].concat()
    };
    assert_eq!(kept(leaves, nothing), 0);
}

#[test]
fn a_way_out_of_the_outer_loop_keeps_its_rounds_in_order() {
    let large = |nest: &Nest| prim("i32_gt", vec![nest.get(nest.total), int(9)]);
    let leave = |kind: StmtKind| {
        move |nest: &Nest| vec![if_(large(nest), vec![stmt(kind.clone())], vec![])]
    };
    assert_eq!(kept(along, leave(StmtKind::Break)), 0);
    assert_eq!(kept(along, leave(StmtKind::Continue)), 0);
    assert_eq!(kept(along, leave(StmtKind::Return(int(1)))), 0);
    let own = |nest: &Nest| vec![while_(large(nest), vec![stmt(StmtKind::Break)])];
    assert_eq!(kept(along, own), 1, "a loop behind the inner one may be left");
}

#[test]
fn the_inner_loop_has_the_same_rounds_in_all_of_the_outer_one() {
    let nest = Nest::new();
    let (j, inner) = (nest.get(nest.j), nest.add(nest.j));
    assert_eq!(scratch(nest.func(j, inner, Vec::new())), 0);
    for (rounds, expected) in [(7, 0), (8, 1)] {
        let nest = Nest::new();
        let inner = nest.add(nest.j);
        assert_eq!(scratch(nest.func(int(rounds), inner, Vec::new())), expected);
    }
}

#[test]
fn what_the_inner_loop_leaves_in_a_variable_is_not_read_behind_it() {
    let counts = |nest: &Nest| vec![assign(nest.x, nest.sum(nest.get(nest.x), nest.get(nest.j)))];
    assert_eq!(kept(along, counts), 1);
    let counts = |nest: &Nest| vec![assign(nest.x, nest.sum(nest.get(nest.x), nest.get(nest.k)))];
    assert_eq!(kept(along, counts), 0);
}

#[test]
fn variables_end_as_they_should() {
    let always = |nest: &Nest| [nest.add(nest.j), vec![assign(nest.x, nest.get(nest.k))]].concat();
    let large = |nest: &Nest| prim("i32_gt", vec![nest.get(nest.total), int(9)]);
    assert_eq!(kept(always, nothing), 1);
    let sometimes = |nest: &Nest| {
        let set = if_(large(nest), vec![assign(nest.x, nest.get(nest.k))], vec![]);
        [nest.add(nest.j), vec![set]].concat()
    };
    assert_eq!(kept(sometimes, nothing), 0, "an earlier round of the outer loop may have set it");
    let behind =
        |nest: &Nest| vec![if_(large(nest), vec![assign(nest.x, nest.get(nest.j))], vec![])];
    assert_eq!(kept(along, behind), 1);
    assert_eq!(kept(always, behind), 0, "a later inner loop may have set it");
}

#[test]
fn few_values_are_kept() {
    let nest = Nest::new();
    let inner = nest.counted(1, nest.k, nest.get(nest.m), nest.add(nest.j));
    let round =
        || vec![assign(nest.total, int(0)), assign(nest.counters[1], int(0)), inner.clone()];
    let outer = nest.counted(0, nest.j, nest.get(nest.n), round());
    let body = (0..12).flat_map(|_| [assign(nest.counters[0], int(0)), outer.clone()]).collect();
    assert_eq!(scratch(nest.f.body(body)), MAX_SCRATCH);
}
