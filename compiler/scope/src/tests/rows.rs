//! Each way to declare a name: varkind, origin, storage and places of the symbol.

use super::build::*;
use super::{Analyzed, run};
use spy_syntax::ast::VarKeyword::{Const, Var};
use spy_syntax::ast::{ArgKind, Color};

/// A red function `f` with these statements.
fn local(stmts: impl Into<Vec<S>>) -> Analyzed {
    run([def("f", &[], stmts)])
}

#[test]
fn module_variables() {
    let m = run([
        global("a", num()),
        typed("b", "i32"),
        keyword(Const, "c"),
        keyword(Var, "d"),
        def("f", &[], []),
    ]);
    let expected = [
        "a: const global-const",
        "b: const global-const",
        "c: const explicit",
        "d: var explicit cell",
        "f: const funcdef",
        "i32: const explicit ^1 => builtins.i32",
    ];
    assert_eq!(m.table(""), expected);
    assert_eq!(m.places("", "a"), ("declare a", "auto"));
    assert_eq!(m.places("", "b"), ("declare b", "i32"));
    assert_eq!(m.places("", "f"), ("def f", "def f"));
    assert_eq!(m.places("", "i32"), ("nowhere", "nowhere"));
    assert_eq!(m.symbol("", "i32").def(), None);
}

#[test]
fn locals_assigned_once_are_constants() {
    let f = local([
        assign("a", num()),
        typed("b", "i32"),
        eval(walrus("c", num())),
        S::Unpack(vec!["d", "e"], num()),
    ]);
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(f.row("f", name), format!("{name}: const auto"));
    }
    assert_eq!(f.places("f", "a"), ("a", "1"));
    assert_eq!(f.places("f", "b"), ("declare b", "i32"));
    assert_eq!(f.places("f", "c"), ("c", "1"));
    assert_eq!(f.places("f", "e"), ("e", "1"));
}

#[test]
fn explicit_locals_are_as_written() {
    let f = local([keyword(Var, "v"), keyword(Const, "c"), assign("c", num())]);
    assert_eq!(f.row("f", "v"), "v: var explicit");
    assert_eq!(f.row("f", "c"), "c: const explicit");
}

#[test]
fn locals_assigned_in_a_loop_are_variables() {
    let f = local([
        S::While(walrus("a", num()), vec![assign("b", num()), typed("c", "i32")]),
        S::For("i", walrus("d", num()), vec![S::If(num(), vec![assign("e", num())], vec![])]),
        assign("after", num()),
    ]);
    for name in ["a", "b", "c", "d", "e", "i", "_$iter0"] {
        assert_eq!(f.row("f", name), format!("{name}: var auto"));
    }
    assert_eq!(f.row("f", "after"), "after: const auto");
    assert_eq!(f.places("f", "i"), ("i", "walrus"));
    assert_eq!(f.places("f", "_$iter0"), ("walrus", "walrus"));
}

#[test]
fn explicit_locals_in_a_loop_stay_as_written() {
    let f = local([S::While(num(), vec![keyword(Const, "c"), keyword(Var, "v")])]);
    assert_eq!(f.row("f", "c"), "c: const explicit");
    assert_eq!(f.row("f", "v"), "v: var explicit");
}

#[test]
fn assigning_again_makes_a_variable() {
    let again = [
        assign("x", num()),
        S::Aug("x", num()),
        eval(walrus("x", num())),
        S::Unpack(vec!["y", "x"], num()),
        for_loop("x", []),
        S::If(num(), vec![], vec![assign("x", num())]),
    ];
    for (nth, again) in again.into_iter().enumerate() {
        for first in [assign("x", num()), typed("x", "i32"), eval(walrus("x", num()))] {
            assert_eq!(local([first, again.clone()]).row("f", "x"), "x: var auto", "{nth}");
        }
    }
}

#[test]
fn assignment_before_the_declaration_does_not_count() {
    let f = local([S::Aug("x", num()), assign("x", num())]);
    assert_eq!(f.row("f", "x"), "x: const auto");
}

#[test]
fn only_inferred_constants_are_promoted() {
    let m = run([
        keyword(Const, "k"),
        global("g", num()),
        blue("f", &["p"], [assign("p", num()), assign("k", num()), S::Aug("g", num())]),
        S::Import("math", None, "math"),
        global("h", walrus("math", num())),
    ]);
    assert_eq!(m.row("f", "p"), "p: const blue-param");
    assert_eq!(m.row("", "k"), "k: const explicit");
    assert_eq!(m.row("", "g"), "g: const global-const");
    assert_eq!(m.row("", "math"), "math: const auto => math");
    assert_eq!(m.row("f", "g"), "g: const global-const ^1");
}

#[test]
fn outer_locals_are_not_promoted() {
    let inner = def("g", &[], [assign("x", num()), S::Aug("x", num())]);
    let f = local([assign("x", num()), inner]);
    assert_eq!(f.row("f", "x"), "x: const auto");
    assert_eq!(f.row("f.g", "x"), "x: const auto ^1");
}

#[test]
fn definitions_in_a_loop_have_variables() {
    let f = local([S::While(num(), vec![def("g", &[], [assign("x", num())])])]);
    assert_eq!(f.row("f", "g"), "g: const funcdef");
    assert_eq!(f.row("f.g", "x"), "x: var auto");
}

#[test]
fn parameters() {
    let m = run([def("red", &["a", "b"], []), blue("blue", &["a"], [])]);
    assert_eq!(m.table("red"), ["a: var red-param", "b: var red-param", "@return: var auto"]);
    assert_eq!(m.table("blue"), ["a: const blue-param", "@return: var auto"]);
    assert_eq!(m.places("red", "b"), ("param b", "auto"));
    assert_eq!(m.places("red", "@return"), ("auto", "auto"));
}

#[test]
fn annotated_parameters_and_return() {
    let f = change(def("f", &[], []), |def| {
        def.params = vec![("a", name("i32"))];
        def.ret = name("str");
    });
    let m = run([f]);
    assert_eq!(m.places("f", "a"), ("param a", "i32"));
    assert_eq!(m.places("f", "@return"), ("str", "str"));
    assert_eq!(m.table("f"), ["a: var red-param", "@return: var auto"]);
}

#[test]
fn var_positional_parameters_are_parameters() {
    let mut built = module([def("f", &["a", "args"], [])]);
    let body = built.module.bodies.values_mut().next().expect("the module's body");
    let body = std::sync::Arc::make_mut(body);
    let spy_syntax::ast::Stmt::FuncDef(def) = &mut body.stmts[0] else { panic!("a def") };
    def.args[1].kind = ArgKind::VarPositional;
    let scopes = crate::analyze(&built.module, "m");
    let args = &scopes.tables[1].symbols["args"];
    assert_eq!(super::show(args), "args: var red-param");
}

#[test]
fn classes_and_fields() {
    let m = run([S::Class(
        "C",
        vec![field("x", "i32"), keyword(Const, "y"), assign("z", num()), def("foo", &["self"], [])],
    )]);
    assert_eq!(m.table(""), ["C: const classdef"]);
    let expected = [
        "x: var class-field",
        "y: var class-field",
        "z: const auto",
        "foo: const funcdef",
        "i32: const explicit ^2 => builtins.i32",
    ];
    assert_eq!(m.table("C"), expected);
    assert_eq!(m.places("", "C"), ("class C", "class C"));
    assert_eq!(m.symbol("C", "x").def().map(|def| def.0.as_str()), Some("C"));
}

#[test]
fn imports_are_constants() {
    let m = run([
        S::Import("foo", None, "foo"),
        S::Import("bar", Some("aaa"), "aaa"),
        S::Import("a.b", Some("bbb"), "ccc"),
        S::Import("x.y", None, "x.y"),
    ]);
    let expected = [
        "foo: const auto => foo",
        "aaa: const auto => bar.aaa",
        "ccc: const auto => (a.b).bbb",
        "x.y: const auto => (x.y)",
    ];
    assert_eq!(m.table(""), expected);
    assert_eq!(m.places("", "ccc"), ("import ccc", "import ccc"));
}

#[test]
fn generic_functions_have_a_blue_wrapper() {
    let inner = change(def("__impl", &[], [S::Var(None, "v", name("T"), Some(num()))]), |def| {
        def.params = vec![("x", name("T"))];
    });
    let m = run([generic("f", &["T"], inner)]);
    assert_eq!(m.table(""), ["f: const funcdef"]);
    let wrapper = ["T: const blue-param", "@return: var auto", "__impl: const funcdef"];
    assert_eq!(m.table("f"), wrapper);
    let expected =
        ["x: var red-param", "@return: var auto", "v: const auto", "T: const blue-param ^1"];
    assert_eq!(m.table("f.__impl"), expected);
    let colors: Vec<_> =
        m.scope_names().into_iter().map(|(name, _, color)| (name, color)).collect();
    let expected = [("m", Color::Blue), ("m::f", Color::Blue), ("m::f::__impl", Color::Red)];
    assert_eq!(colors, expected);
}

#[test]
fn generic_classes_have_a_blue_wrapper() {
    let method = change(def("get", &["self"], []), |def| def.ret = name("T"));
    let m = run([generic("C", &["T"], S::Class("Self", vec![field("x", "T"), method]))]);
    assert_eq!(m.table(""), ["C: const funcdef"]);
    assert_eq!(m.table("C"), ["T: const blue-param", "@return: var auto", "Self: const classdef"]);
    let expected = ["x: var class-field", "get: const funcdef", "T: const blue-param ^1"];
    assert_eq!(m.table("C.Self"), expected);
}

#[test]
fn walrus_at_module_level_is_a_global() {
    let m = run([global("y", walrus("x", num()))]);
    assert_eq!(m.table(""), ["y: const global-const", "x: const global-const"]);
}
