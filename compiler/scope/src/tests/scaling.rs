//! The work grows with the text, no faster. Counted in visited nodes and scopes, not in time.

use super::build::*;
use crate::collect::collect;
use crate::resolve::resolve;
use spy_syntax::ast::*;
use std::sync::Arc;

/// What the analysis of these statements costs.
fn steps(stmts: Vec<S>) -> u64 {
    let built = module(stmts);
    let collected = collect(&built.module, &"m".into());
    let counter = std::rc::Rc::clone(&collected.tree.steps);
    let scopes = resolve(&built.module, collected);
    assert_eq!(scopes.tables.len(), built.module.bodies.len());
    counter.get()
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Globals, functions that use all kinds of names, classes and errors, `count` of each.
fn mixed(count: usize) -> Vec<S> {
    let item = |n: usize| {
        let (g, f, c) = (leak(format!("g{n}")), leak(format!("f{n}")), leak(format!("C{n}")));
        let body = [
            assign(leak(format!("a{n}")), name(g)),
            for_loop("i", [S::Aug("t", name("unknown"))]),
            def("inner", &[g], [ret(name("i"))]),
        ];
        let class = S::Class(c, vec![field("x", "i32"), def("m", &["self"], [eval(name(f))])]);
        [global(g, num()), def(f, &["x"], body), class]
    };
    (0..count).flat_map(item).collect()
}

fn assert_linear(make: impl Fn(usize) -> Vec<S>) {
    let (small, large) = (steps(make(300)), steps(make(3000)));
    assert!(large <= small * 11, "{small} steps became {large}");
    assert!(small > 300);
}

#[test]
fn many_definitions() {
    assert_linear(mixed);
}

#[test]
fn many_names_in_one_scope() {
    let body = |count| (0..count).map(|n| assign(leak(format!("v{n}")), num())).collect::<Vec<_>>();
    assert_linear(|count| vec![def("f", &[], body(count))]);
    assert_linear(|count| {
        let globals = (0..count).map(|n| global(leak(format!("v{n}")), num()));
        let uses = (0..count).map(|n| eval(name(leak(format!("v{n}"))))).collect::<Vec<_>>();
        globals.chain([def("f", &[], uses)]).collect()
    });
}

#[test]
fn many_uses_of_one_name() {
    assert_linear(|count| vec![def("f", &[], vec![eval(name("x")); count])]);
}

#[test]
fn many_loops_and_branches() {
    assert_linear(|count| vec![def("f", &[], vec![for_loop("i", [assign("x", num())]); count])]);
    assert_linear(|count| {
        let branch = S::If(walrus("w", num()), vec![assign("x", num())], vec![S::Aug("x", num())]);
        vec![def("f", &[], vec![branch; count])]
    });
}

/// No nesting exhausts the stack: the expression is a million operators deep.
#[test]
fn depth_is_free() {
    const DEPTH: u32 = 1_000_000;
    let mut built = module([global("g", name("x"))]);
    let body = built.module.bodies.values_mut().next().expect("the module's body");
    let body = Arc::make_mut(body);
    for _ in 0..DEPTH {
        let id = u32::try_from(body.exprs.len()).expect("few expressions");
        body.exprs.push(Expr::UnaryOp { op: UnaryOp::Not, value: ExprId(id - 1) });
    }
    let last = ExprId(u32::try_from(body.exprs.len() - 1).expect("few expressions"));
    let Stmt::VarDef { value, .. } = &mut body.stmts[0] else { panic!("a declaration") };
    *value = Some(last);
    let scopes = crate::analyze(&built.module, "m");
    assert_eq!(scopes.tables[0].symbols.len(), 2);
}
