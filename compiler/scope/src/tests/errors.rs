//! Names that are declared twice, and names that may be.

use super::build::*;
use super::run;
use spy_syntax::ast::VarKeyword::{Const, Var};

const ALREADY: &str = "variable `x` already declared";
const SHADOWS: &str = "variable `x` shadows a name declared in an outer scope";

fn local_errors(stmts: Vec<S>) -> Vec<(String, String, String)> {
    let m = run([def("f", &[], stmts)]);
    let owned = |(a, b, c): (&str, &str, &str)| (a.to_owned(), b.to_owned(), c.to_owned());
    m.errors().into_iter().map(owned).collect()
}

#[test]
fn red_functions_declare_a_name_once() {
    let import = || S::Import("m", None, "x");
    let cases: [(S, S, &str, &str); 10] = [
        (typed("x", "i32"), typed("x", "i32"), "declare x", "declare x"),
        (assign("x", num()), typed("x", "i32"), "declare x", "x"),
        (assign("x", num()), keyword(Var, "x"), "declare x", "x"),
        (keyword(Var, "x"), keyword(Const, "x"), "declare x", "declare x"),
        (for_loop("x", []), typed("x", "i32"), "declare x", "x"),
        (typed("x", "i32"), def("x", &[], []), "def x", "declare x"),
        (def("x", &[], []), S::Class("x", vec![]), "class x", "def x"),
        (def("x", &[], []), for_loop("x", []), "x", "def x"),
        (keyword(Const, "x"), for_loop("x", []), "x", "declare x"),
        (def("x", &[], []), import(), "import x", "def x"),
    ];
    for (first, second, new, previous) in cases {
        let errors = local_errors(vec![first, second]);
        assert_eq!(errors, [(ALREADY.to_owned(), new.to_owned(), previous.to_owned())]);
    }
}

#[test]
fn branches_count_as_one_scope_in_red_functions() {
    let errors = local_errors(vec![S::If(num(), vec![typed("x", "i32")], vec![typed("x", "i32")])]);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].0, ALREADY);
}

#[test]
fn parameters_are_declared_once() {
    let m = run([def("f", &["x", "y", "x"], [])]);
    assert_eq!(m.errors(), [(ALREADY, "param x", "param x")]);
    let error = &m.scopes.errors[0];
    assert!(error.previous < error.new);
    let m = run([def("f", &["x"], [typed("x", "i32")])]);
    assert_eq!(m.errors(), [(ALREADY, "declare x", "param x")]);
}

#[test]
fn blue_scopes_keep_the_first_declaration() {
    let twice = || vec![typed("x", "i32"), keyword(Var, "x"), def("x", &[], [])];
    let m = run([blue("f", &["p", "p"], twice())]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("f", "x"), "x: const auto");
    let m = run(twice());
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("", "x"), "x: const global-const");
    let m = run([S::Class("C", vec![field("x", "i32"), field("x", "str"), def("x", &[], [])])]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("C", "x"), "x: var class-field");
    let m = run([generic("f", &["T", "T"], def("__impl", &[], []))]);
    assert_eq!(m.errors(), []);
}

#[test]
fn blue_branches_may_assign_one_name() {
    let branches = S::If(name("FLAG"), vec![assign("x", num())], vec![assign("x", num())]);
    let m = run([blue("f", &["FLAG"], [branches])]);
    assert_eq!(m.errors(), []);
    let expected = ["FLAG: const blue-param", "@return: var auto", "x: var auto"];
    assert_eq!(m.table("f"), expected);
}

#[test]
fn outer_names_are_not_shadowed() {
    let cases: [(S, &str); 7] = [
        (typed("x", "i32"), "declare x"),
        (keyword(Var, "x"), "declare x"),
        (for_loop("x", []), "x"),
        (def("x", &[], []), "def x"),
        (S::Class("x", vec![]), "class x"),
        (S::Class("C", vec![field("x", "i32")]), "declare x"),
        (S::Import("m", None, "x"), "import x"),
    ];
    for (stmt, new) in cases {
        for color in [def, blue] {
            let m = run([typed("x", "i32"), color("f", &[], vec![stmt.clone()])]);
            assert_eq!(m.errors(), [(SHADOWS, new, "declare x")]);
        }
    }
    let m = run([typed("x", "i32"), def("f", &["x"], [])]);
    assert_eq!(m.errors(), [(SHADOWS, "param x", "declare x")]);
    let m = run([S::Import("m", None, "x"), generic("f", &["x"], def("__impl", &[], []))]);
    assert_eq!(m.errors(), [(SHADOWS, "param x", "import x")]);
}

#[test]
fn locals_of_an_outer_function_are_not_shadowed() {
    let m = run([def("f", &["x"], [def("g", &[], [for_loop("x", [])])])]);
    assert_eq!(m.errors(), [(SHADOWS, "x", "param x")]);
}

#[test]
fn a_shadowing_name_is_reported_once() {
    let uses = vec![typed("x", "i32"), assign("x", num()), for_loop("x", []), ret(name("x"))];
    let m = run([typed("x", "i32"), def("f", &[], uses)]);
    assert_eq!(m.errors(), [(SHADOWS, "declare x", "declare x")]);
    assert_eq!(m.row("f", "x"), "x: var auto");
}

#[test]
fn what_the_module_defines_later_is_not_shadowed() {
    let m = run([def("f", &[], [assign("x", num()), ret(name("x"))]), global("x", num())]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("f", "x"), "x: const auto");
}

#[test]
fn builtins_may_be_shadowed_explicitly() {
    let m = run([
        typed("i32", "type"),
        S::Class("C", vec![field("len", "i32"), def("hash", &[], [])]),
        def("f", &["str"], [typed("print", "i32"), for_loop("ord", []), def("repr", &[], [])]),
    ]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("", "i32"), "i32: const global-const");
    assert_eq!(m.row("C", "len"), "len: var class-field");
    assert_eq!(m.row("f", "str"), "str: var red-param");
    assert_eq!(m.row("f", "ord"), "ord: var auto");
    assert_eq!(m.row("f", "i32"), "i32: const global-const ^1");
}

#[test]
fn assigning_a_builtin_name_declares() {
    let m = run([def("f", &[], [assign("len", num()), eval(walrus("ord", num()))])]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("f", "len"), "len: const auto");
    assert_eq!(m.row("f", "ord"), "ord: const auto");
}

#[test]
fn loops_may_reuse_their_variable() {
    let loops: [Vec<S>; 6] = [
        vec![for_loop("x", []), for_loop("x", [])],
        vec![for_loop("x", [for_loop("x", [])])],
        vec![assign("x", num()), for_loop("x", [])],
        vec![eval(walrus("x", num())), for_loop("x", [])],
        vec![typed("x", "i32"), for_loop("x", [])],
        vec![for_loop("x", []), assign("x", num())],
    ];
    for stmts in loops {
        for color in [def, blue] {
            let m = run([color("f", &[], stmts.clone())]);
            assert_eq!(m.errors(), []);
            assert_eq!(m.row("f", "x"), "x: var auto");
        }
    }
    let m = run([def("f", &["x"], [keyword(Var, "v"), for_loop("x", []), for_loop("v", [])])]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("f", "x"), "x: var red-param");
    assert_eq!(m.row("f", "v"), "v: var explicit");
}

#[test]
fn a_declaration_may_stand_in_a_loop() {
    let m = run([def("f", &[], [for_loop("i", [typed("x", "i32")])])]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("f", "x"), "x: var auto");
}

#[test]
fn all_errors_are_reported_in_textual_order() {
    let m = run([
        global("a", num()),
        def("f", &["a", "b", "b"], [def("a", &["b"], [])]),
        def("g", &["a"], []),
    ]);
    let expected = [
        ("variable `a` shadows a name declared in an outer scope", "param a", "declare a"),
        ("variable `b` already declared", "param b", "param b"),
        ("variable `a` already declared", "def a", "param a"),
        ("variable `b` shadows a name declared in an outer scope", "param b", "param b"),
        ("variable `a` shadows a name declared in an outer scope", "param a", "declare a"),
    ];
    assert_eq!(m.errors(), expected);
}
