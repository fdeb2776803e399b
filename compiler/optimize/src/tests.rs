//! Loops over lists, as the library writes them.

mod whiles;

use crate::{Bodies, Generator, is_hot, optimize};
use spy_ir::build::{
    FuncBuilder, assign, block, call, eval, if_, int, or, prim, ptr, ret, stmt, struct_def, while_,
};
use spy_ir::{
    Callee, Expr, ExprKind, Fqn, Func, LocalId, PtrKind, PtrOp, ScalarTy, Stmt, StmtKind,
    StructDef, Type, build,
};
use std::sync::Arc;

/// A library of one list type and of ranges.
struct Library {
    funcs: Vec<Arc<Func>>,
    structs: Vec<Arc<StructDef>>,
}

impl Bodies for Library {
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        self.funcs.iter().find(|func| func.fqn == *fqn).cloned()
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.structs.iter().find(|def| def.fqn == *fqn).cloned()
    }
}

fn pointer(to: Type) -> Type {
    Type::Ptr(PtrKind::Gc, Arc::new(to))
}

fn data() -> Type {
    pointer(Type::Struct(Fqn::simple("l::Data")))
}

fn iterator() -> Type {
    Type::Struct(Fqn::simple("l::iterator"))
}

fn make(parts: Vec<Expr>) -> Expr {
    build::expr(ExprKind::Call(Callee::StructMake, parts), iterator())
}

fn part(value: Expr, number: u32) -> Expr {
    build::expr(ExprKind::Call(Callee::GetField(number), vec![value]), Type::I32)
}

/// `get(d, i)`: checks and loads, as in the library.
fn get() -> Func {
    let mut f = FuncBuilder::new("l::get").ret(Type::I32).track_caller();
    let (d, i) = (f.param("d", data()), f.param("i", Type::I32));
    let items = f.local("items", pointer(Type::I32));
    let length = f.local("length", Type::I32);
    let outside =
        or(prim("i32_lt", vec![f.get(i), int(0)]), prim("i32_ge", vec![f.get(i), f.get(length)]));
    let checked = call("l::checked", Type::I32, vec![f.get(d), f.get(i)]);
    let body = vec![
        assign(items, ptr(PtrOp::GetFieldByVal(1), pointer(Type::I32), vec![f.get(d)])),
        assign(length, ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![f.get(d)])),
        if_(outside, vec![assign(i, checked)], vec![]),
        ret(ptr(PtrOp::GetItemByVal, Type::I32, vec![f.get(items), f.get(i)])),
    ];
    f.body(body)
}

/// `checked(d, i)`: always an error.
fn checked() -> Func {
    let mut f = FuncBuilder::new("l::checked").ret(Type::I32).track_caller();
    f.param("d", data());
    let i = f.param("i", Type::I32);
    let body = vec![eval(build::raise("IndexError", "")), ret(f.get(i))];
    f.body(body)
}

/// `shrink(d)`: changes the length.
fn shrink() -> Func {
    let mut f = FuncBuilder::new("l::shrink").track_caller();
    let d = f.param("d", data());
    let body = vec![eval(ptr(PtrOp::SetField(0), Type::None, vec![f.get(d), int(0)]))];
    f.body(body)
}

/// `more(it)`, with a branch for each direction.
fn more() -> Func {
    let mut f = FuncBuilder::new("l::more").ret(Type::BOOL).track_caller();
    let it = f.param("it", iterator());
    let field = |number| part(f.get(it), number);
    let body = vec![
        if_(
            prim("i32_gt", vec![field(2), int(0)]),
            vec![ret(prim("i32_lt", vec![field(0), field(1)]))],
            vec![],
        ),
        ret(prim("i32_gt", vec![field(0), field(1)])),
    ];
    f.body(body)
}

/// `next(it)`.
fn next() -> Func {
    let mut f = FuncBuilder::new("l::next").ret(iterator()).track_caller();
    let it = f.param("it", iterator());
    let following = f.local("following", Type::I32);
    let field = |number| part(f.get(it), number);
    let body = vec![
        assign(following, prim("i32_add", vec![field(0), field(2)])),
        if_(
            prim("i32_lt", vec![f.get(following), field(0)]),
            vec![assign(following, field(1))],
            vec![],
        ),
        ret(make(vec![f.get(following), field(1), field(2)])),
    ];
    f.body(body)
}

fn library() -> Library {
    let funcs = [get(), checked(), shrink(), more(), next()];
    let fields = &[("length", Type::I32), ("items", pointer(Type::I32))];
    let counters = &[("i", Type::I32), ("stop", Type::I32), ("step", Type::I32)];
    Library {
        funcs: funcs.into_iter().map(Arc::new).collect(),
        structs: vec![
            Arc::new(struct_def("l::Data", fields)),
            Arc::new(struct_def("l::iterator", counters)),
        ],
    }
}

/// The parts of a loop over `range(n)` with item `k`.
struct Range {
    f: FuncBuilder,
    d: LocalId,
    n: LocalId,
    it: LocalId,
    k: LocalId,
    total: LocalId,
}

impl Range {
    fn new() -> Self {
        let mut f = FuncBuilder::new("m::f").ret(Type::I32);
        let (d, n) = (f.param("d", data()), f.param("n", Type::I32));
        let it = f.local("it", iterator());
        let (k, total) = (f.local("k", Type::I32), f.local("total", Type::I32));
        Self { f, d, n, it, k, total }
    }

    fn get(&self, local: LocalId) -> Expr {
        self.f.get(local)
    }

    /// `total = total + get(d, subscript)`.
    fn add(&self, subscript: Expr) -> Stmt {
        let item = call("l::get", Type::I32, vec![self.get(self.d), subscript]);
        assign(self.total, prim("i32_add", vec![self.get(self.total), item]))
    }

    fn func(self, rest: Vec<Stmt>) -> Func {
        let get = |local| self.f.get(local);
        let test = call("l::more", Type::BOOL, vec![get(self.it)]);
        let mut body = vec![
            assign(self.k, part(get(self.it), 0)),
            assign(self.it, call("l::next", iterator(), vec![get(self.it)])),
        ];
        body.extend(rest);
        let all = vec![
            assign(self.total, int(0)),
            assign(self.it, make(vec![int(0), get(self.n), int(1)])),
            while_(test, body),
            ret(get(self.total)),
        ];
        self.f.body(all)
    }
}

/// The fast version of the first loop with two: what stands before it, and a round.
fn fast(func: &Func) -> Option<(&[Stmt], &[Stmt])> {
    func.body.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::If { then, .. } => match then.split_last()? {
            (Stmt { kind: StmtKind::While { body, .. }, .. }, before) => {
                Some((before, body.as_slice()))
            }
            _ => None,
        },
        _ => None,
    })
}

/// How many loads of fields, and how many loads of items with a subscript of this type, there are.
fn loads(stmts: &[Stmt], subscript: &Type) -> (usize, usize) {
    let (mut fields, mut items) = (0, 0);
    crate::visit::walk(stmts, &mut |node| {
        if let crate::visit::Node::Expr(Expr {
            kind: ExprKind::Call(Callee::Ptr(op), args), ..
        }) = node
        {
            match op {
                PtrOp::GetFieldByVal(_) => fields += 1,
                PtrOp::GetItemByVal => items += usize::from(args[1].ty == *subscript),
                _ => {}
            }
        }
    });
    (fields, items)
}

/// How many `raise` each version of the first loop with two versions has.
fn versions(func: &Func) -> Option<(usize, usize)> {
    let found = func.body.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::If { then, orelse, .. } if crate::visit::has_loop(then) => Some((then, orelse)),
        _ => None,
    })?;
    Some((raises(found.0), raises(found.1)))
}

fn raises(stmts: &[Stmt]) -> usize {
    let mut count = 0;
    crate::visit::walk(stmts, &mut |node| {
        if let crate::visit::Node::Expr(Expr {
            kind: ExprKind::Call(Callee::Raise(_), _), ..
        }) = node
        {
            count += 1;
        }
    });
    count
}

fn optimized(range: Range, rest: Vec<Stmt>) -> Func {
    optimize(&range.func(rest), &library(), Generator::Inlines).expect("a loop that gains")
}

#[test]
fn code_without_loops_stays_as_it_was() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let d = f.param("d", data());
    let value = call("l::get", Type::I32, vec![f.get(d), int(1)]);
    let func = f.body(vec![ret(value)]);
    assert_eq!(optimize(&func, &library(), Generator::Inlines), None);
}

#[test]
fn enormous_functions_stay_as_they_were() {
    let range = Range::new();
    let rest = (0..crate::LARGE).map(|_| range.add(range.get(range.k))).collect();
    assert_eq!(
        optimize(&range.func(rest), &library(), Generator::Translates { checked: true }),
        None
    );
}

#[test]
fn subscripts_that_are_affine_in_the_counter_are_checked_once() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let scaled = prim("i32_add", vec![prim("i32_mul", vec![k.clone(), int(3)]), n.clone()]);
    let rest = vec![range.add(k), range.add(scaled), range.add(n)];
    assert_eq!(versions(&optimized(range, rest)), Some((0, 3)));
}

#[test]
fn other_subscripts_keep_their_checks() {
    let range = Range::new();
    let k = range.get(range.k);
    let rest = vec![range.add(k.clone()), range.add(prim("i32_mul", vec![k.clone(), k]))];
    assert_eq!(versions(&optimized(range, rest)), Some((1, 2)));
}

#[test]
fn a_product_that_64_bits_may_not_hold_keeps_its_check() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let square = prim("i32_mul", vec![n.clone(), n]);
    let rest = vec![range.add(prim("i32_mul", vec![square, k]))];
    assert_eq!(versions(&optimized(range, rest)), None);
}

#[test]
fn a_loop_that_may_change_the_length_has_one_version() {
    let range = Range::new();
    let k = range.get(range.k);
    let shrink = eval(call("l::shrink", Type::None, vec![range.get(range.d)]));
    let rest = vec![range.add(k), shrink];
    assert_eq!(versions(&optimized(range, rest)), None);
}

#[test]
fn a_store_of_items_leaves_lengths_alone() {
    let mut range = Range::new();
    let p = range.f.local("p", pointer(Type::I32));
    let k = range.get(range.k);
    let store = ptr(PtrOp::Store, Type::None, vec![range.get(p), int(0), int(7)]);
    let rest = vec![range.add(k), eval(store)];
    assert_eq!(versions(&optimized(range, rest)), Some((0, 1)));
}

#[test]
fn another_list_in_the_next_round_keeps_its_check() {
    let mut range = Range::new();
    let other = range.f.local("other", data());
    let rest = vec![range.add(range.get(range.k)), assign(range.d, range.get(other))];
    assert_eq!(versions(&optimized(range, rest)), None);
}

#[test]
fn an_assigned_item_is_no_counter() {
    let range = Range::new();
    let rest = vec![assign(range.k, int(5)), range.add(range.get(range.k))];
    let found = optimize(&range.func(rest), &library(), Generator::Inlines);
    assert_eq!(found.as_ref().and_then(versions), None);
}

#[test]
fn nobody_reads_what_an_expression_assigns_too_early() {
    let range = Range::new();
    let (k, total) = (range.k, range.total);
    let bump = block(vec![assign(total, int(9))], range.get(k));
    let sum = prim("i32_add", vec![range.get(total), bump]);
    let rest =
        vec![assign(total, int(1)), stmt(StmtKind::Assign(total, sum)), range.add(range.get(k))];
    let func = optimized(range, rest);
    let mut ones = 0;
    crate::visit::walk(&func.body, &mut |node| {
        if let crate::visit::Node::Expr(expr) = node
            && crate::counted::prim(expr, "operator::i32_add").is_some_and(|args| args[0] == int(1))
        {
            ones += 1;
        }
    });
    assert_eq!(ones, 2, "both versions add to the 1 that was there before the 9");
}

#[test]
fn what_no_round_changes_is_loaded_before_the_loop() {
    let range = Range::new();
    let k = range.get(range.k);
    let rest = vec![range.add(k)];
    let func = optimized(range, rest);
    let (before, round) = fast(&func).expect("a fast version");
    assert_eq!(loads(before, &Type::I32).0, 2, "the items and the length");
    assert_eq!(loads(round, &Type::I32).0, 0);
}

#[test]
fn what_a_round_may_store_is_loaded_in_it() {
    let mut range = Range::new();
    let p = range.f.local("p", pointer(pointer(Type::I32)));
    let items = ptr(PtrOp::GetItemByVal, pointer(Type::I32), vec![range.get(p), int(0)]);
    let first = ptr(PtrOp::GetItemByVal, Type::I32, vec![items.clone(), int(0)]);
    let store = ptr(PtrOp::Store, Type::None, vec![range.get(p), int(0), items]);
    let rest = vec![range.add(range.get(range.k)), assign(range.total, first), eval(store)];
    let func = optimized(range, rest);
    let (before, round) = fast(&func).expect("a fast version");
    assert_eq!(loads(before, &Type::I32), (2, 0));
    assert_eq!(loads(round, &Type::I32).1, 3, "a pointer that a round stores, twice, and an item");
}

#[test]
fn what_may_not_be_reached_stays_in_the_loop() {
    let mut range = Range::new();
    let other = range.f.local("other", data());
    let field = ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![range.get(other)]);
    let sometimes = |test| if_(test, vec![assign(range.total, field.clone())], vec![]);
    let positive = prim("i32_gt", vec![range.get(range.n), int(0)]);
    let rest = vec![range.add(range.get(range.k)), sometimes(positive)];
    let func = optimized(range, rest);
    let (before, round) = fast(&func).expect("a fast version");
    assert_eq!((loads(before, &Type::I32).0, loads(round, &Type::I32).0), (2, 1));
}

#[test]
fn what_follows_a_way_out_stays_in_the_loop() {
    let mut range = Range::new();
    let other = range.f.local("other", data());
    let field = ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![range.get(other)]);
    let positive = prim("i32_gt", vec![range.get(range.n), int(0)]);
    let leave = if_(positive, vec![stmt(StmtKind::Break)], vec![]);
    let rest = vec![range.add(range.get(range.k)), leave, assign(range.total, field)];
    let func = optimized(range, rest);
    let (before, round) = fast(&func).expect("a fast version");
    assert_eq!((loads(before, &Type::I32).0, loads(round, &Type::I32).0), (2, 1));
}

#[test]
fn subscripts_in_bounds_are_computed_in_64_bits() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let scaled = prim("i32_mul", vec![k, n.clone()]);
    let rest = vec![range.add(scaled), range.add(n)];
    let func = optimized(range, rest);
    let (_, round) = fast(&func).expect("a fast version");
    assert_eq!(loads(round, &Type::Scalar(ScalarTy::I64)).1, 1, "the one that changes");
}

/// `p[n * k + n]`, which nothing checks, in a round of its own or in a branch.
fn unchecked(branch: bool) -> (usize, usize) {
    let mut range = Range::new();
    let p = range.f.local("p", pointer(Type::I32));
    let (k, n) = (range.get(range.k), range.get(range.n));
    let subscript = prim("i32_add", vec![prim("i32_mul", vec![n.clone(), k.clone()]), n.clone()]);
    let item = ptr(PtrOp::GetItemByVal, Type::I32, vec![range.get(p), subscript]);
    let load = assign(range.total, item);
    let load = if branch { if_(prim("i32_gt", vec![n, int(7)]), vec![load], vec![]) } else { load };
    let rest = vec![range.add(k), load];
    let func = optimized(range, rest);
    let (_, round) = fast(&func).expect("a fast version");
    (loads(round, &Type::Scalar(ScalarTy::I64)).1, loads(round, &Type::I32).1)
}

#[test]
fn subscripts_that_nothing_checks_are_computed_in_64_bits_if_32_hold_them() {
    assert_eq!(unchecked(false), (2, 0));
    assert_eq!(unchecked(true), (1, 1), "what may not be reached asks for nothing");
}

/// A loop over `i` around one over `range(n)` with the item `k`, both with `get(d, subscript)`.
fn nest(before: impl Fn(&Range) -> Vec<Stmt>) -> Func {
    let mut range = Range::new();
    let (outer, i) = (range.f.local("outer", iterator()), range.f.local("i", Type::I32));
    let scaled = prim("i32_mul", vec![range.get(i), range.get(range.n)]);
    let rest = vec![range.add(prim("i32_add", vec![scaled, range.get(range.k)]))];
    let mut body = vec![
        assign(i, part(range.get(outer), 0)),
        assign(outer, call("l::next", iterator(), vec![range.get(outer)])),
    ];
    body.extend(before(&range));
    let test = call("l::more", Type::BOOL, vec![range.get(outer)]);
    let start = assign(outer, make(vec![int(0), range.get(range.n), int(1)]));
    let mut func = range.func(rest);
    let inner = std::mem::take(&mut func.body);
    body.extend(inner.into_iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Return(_))));
    func.body = vec![start, while_(test, body), ret(int(0))];
    optimize(&func, &library(), Generator::Inlines).expect("a loop that gains")
}

#[test]
fn a_loop_around_a_checked_loop_is_checked_once_as_well() {
    let func = nest(|_| Vec::new());
    assert_eq!(versions(&func), Some((0, 1)));
    let (before, round) = fast(&func).expect("a fast version");
    let choices = round.iter().filter(|stmt| matches!(stmt.kind, StmtKind::If { .. })).count();
    assert_eq!((loads(before, &Type::I32).0, choices), (2, 0));
}

#[test]
fn a_loop_that_may_change_the_length_for_its_inner_loop_has_one_version() {
    let func = nest(|range| vec![eval(call("l::shrink", Type::None, vec![range.get(range.d)]))]);
    assert_eq!(versions(&func), None);
}

#[test]
fn pointers_that_may_lead_nowhere_are_not_followed_before_they_would_be() {
    let raw = Type::Ptr(PtrKind::Raw, Arc::new(Type::Struct(Fqn::simple("l::Data"))));
    let found = |branch: bool| {
        let mut range = Range::new();
        let p = range.f.local("p", raw.clone());
        let (k, n) = (range.get(range.k), range.get(range.n));
        let length = ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![range.get(p)]);
        let outside = or(prim("i32_lt", vec![k.clone(), int(0)]), prim("i32_ge", vec![k, length]));
        let check = if_(outside, vec![eval(build::raise("IndexError", ""))], vec![]);
        let positive = prim("i32_gt", vec![n, int(0)]);
        let rest = if branch { vec![if_(positive, vec![check], vec![])] } else { vec![check] };
        versions(&optimized(range, rest))
    };
    assert_eq!((found(false), found(true)), (Some((0, 1)), None));
}

#[test]
fn what_is_fixed_may_be_larger_than_64_bits_before_it_wraps() {
    let range = Range::new();
    let (k, n) = (range.get(range.k), range.get(range.n));
    let square = prim("i32_mul", vec![n.clone(), n.clone()]);
    let cube = prim("i32_mul", vec![square, n]);
    let rest = vec![range.add(prim("i32_add", vec![cube, k]))];
    assert_eq!(versions(&optimized(range, rest)), Some((0, 1)));
}

#[test]
fn a_subscript_of_locals_that_double_each_other_is_given_up() {
    let mut range = Range::new();
    let mut sum = range.get(range.k);
    let mut rest = Vec::new();
    for _ in 0..22 {
        let local = range.f.local("sum", Type::I32);
        rest.push(assign(local, prim("i32_add", vec![sum.clone(), sum])));
        sum = range.get(local);
    }
    rest.push(range.add(sum));
    let func = range.func(rest);
    let body = |own: usize| {
        let mut func = func.clone();
        crate::inline::inline(&mut func, &library());
        crate::scalars::split(&mut func, &library());
        crate::propagate::propagate(&mut func);
        crate::counted::normalise(&mut func, own);
        crate::bounds::hoist(&mut func, own, &library())
    };
    assert!(!body(0), "a thousand steps are not enough, and four million too many");
}

#[test]
fn what_follows_a_way_out_in_an_expression_stays_in_the_loop() {
    let mut range = Range::new();
    let other = range.f.local("other", data());
    let field = ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![range.get(other)]);
    let positive = prim("i32_gt", vec![range.get(range.n), int(0)]);
    let fail = if_(positive, vec![eval(build::raise("ValueError", ""))], vec![]);
    let sum = prim("i32_add", vec![block(vec![fail], int(1)), field]);
    let rest = vec![range.add(range.get(range.k)), assign(range.total, sum)];
    let func = optimized(range, rest);
    let (before, round) = fast(&func).expect("a fast version");
    assert_eq!((loads(before, &Type::I32).0, loads(round, &Type::I32).0), (2, 1));
}

#[test]
fn a_loop_in_a_loop_is_hot() {
    let func = |body: Vec<Stmt>| FuncBuilder::new("m::f").body(body);
    let forever = |body| while_(build::scalar(spy_ir::Scalar::Bool(true)), body);
    assert!(!is_hot(&func(vec![])));
    assert!(!is_hot(&func(vec![forever(vec![]), forever(vec![])])));
    assert!(is_hot(&func(vec![forever(vec![if_(int(1), vec![forever(vec![])], vec![])])])));
}

/// A loop over `range(n)` around the one of `range`, whose rounds add an item at the outer counter.
fn columns(mut range: Range) -> Func {
    let (outer, j) = (range.f.local("outer", iterator()), range.f.local("j", Type::I32));
    let add = range.add(range.get(j));
    let get = |local| range.f.get(local);
    let all = || make(vec![int(0), get(range.n), int(1)]);
    let turn = |it, item, rest: Vec<Stmt>| {
        let mut body = vec![
            assign(item, part(get(it), 0)),
            assign(it, call("l::next", iterator(), vec![get(it)])),
        ];
        body.extend(rest);
        while_(call("l::more", Type::BOOL, vec![get(it)]), body)
    };
    let inner = turn(range.it, range.k, vec![add]);
    let round = vec![assign(range.total, int(0)), assign(range.it, all()), inner];
    let body = vec![assign(outer, all()), turn(outer, j, round), ret(get(range.total))];
    range.f.body(body)
}

#[test]
fn loops_trade_places_where_pointers_are_not_checked() {
    let kept = |generator| {
        let func = optimize(&columns(Range::new()), &library(), generator).expect("it gains");
        func.scratch.len()
    };
    assert_eq!(kept(Generator::Inlines), 1);
    assert_eq!(kept(Generator::Translates { checked: false }), 1);
    assert_eq!(kept(Generator::Translates { checked: true }), 0, "nothing is followed earlier");
}
