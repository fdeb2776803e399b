//! Names that a scope takes from elsewhere.

use super::build::*;
use super::run;
use spy_syntax::ast::DefPath;
use spy_syntax::ast::VarKeyword::Var;

#[test]
fn module_variables_are_captured_by_use_and_by_assignment() {
    let m = run([
        keyword(Var, "a"),
        def("f", &[], [assign("a", num()), assign("b", num())]),
        def("g", &[], [S::Unpack(vec!["a", "b"], num())]),
        def("h", &[], [eval(name("a"))]),
        def("i", &[], [eval(walrus("a", num()))]),
        def("j", &[], [S::Aug("a", num())]),
    ]);
    for def in ["f", "g", "h", "i", "j"] {
        assert_eq!(m.row(def, "a"), "a: var explicit cell ^1");
        assert_eq!(m.symbol(def, "a").def().map(|def| def.0.as_str()), Some(""));
        assert_eq!(m.places(def, "a"), ("declare a", "auto"));
    }
    assert_eq!(m.row("f", "b"), "b: const auto");
}

#[test]
fn functions_see_what_the_module_defines_later() {
    let m = run([
        def("f", &[], [eval(name("g")), eval(name("K"))]),
        def("g", &[], []),
        global("K", num()),
    ]);
    let expected = ["@return: var auto", "g: const funcdef ^1", "K: const global-const ^1"];
    assert_eq!(m.table("f"), expected);
}

#[test]
fn levels_count_the_scopes_between() {
    let c = def("c", &[], [ret(name("x"))]);
    let b = def("b", &[], [assign("y", name("x")), c]);
    let m = run([def("a", &[], [assign("x", num()), b])]);
    assert_eq!(m.row("a", "x"), "x: const auto");
    assert_eq!(m.row("a.b", "x"), "x: const auto ^1");
    assert_eq!(m.row("a.b.c", "x"), "x: const auto ^2");
    assert_eq!(m.symbol("a.b.c", "x").def().map(|def| def.0.as_str()), Some("a"));
}

#[test]
fn captures_have_the_final_varkind() {
    let g = def("g", &[], [ret(name("x"))]);
    let m = run([def("f", &[], [assign("x", num()), g, assign("x", num())])]);
    assert_eq!(m.row("f.g", "x"), "x: var auto ^1");
}

#[test]
fn unknown_names_are_not_found_in_each_scope() {
    let g = def("g", &[], [eval(name("y"))]);
    let m = run([global("a", name("y")), def("f", &[], [eval(name("y")), S::Aug("z", num()), g])]);
    for (def, name) in [("", "y"), ("f", "y"), ("f", "z"), ("f.g", "y")] {
        assert_eq!(m.row(def, name), format!("{name}: not found"));
        assert_eq!(m.places(def, name), ("nowhere", "nowhere"));
        assert_eq!(m.symbol(def, name).def(), None);
    }
}

#[test]
fn the_head_of_a_def_belongs_to_the_scope_around_it() {
    let inner = change(def("inner", &[], [eval(name("in_body"))]), |def| {
        def.decorators = vec![name("deco"), walrus("d", num())];
        def.params = vec![("a", name("A")), ("b", walrus("t", num()))];
        def.defaults = vec![name("D"), walrus("w", num())];
        def.ret = name("R");
    });
    let m = run([
        global("A", num()),
        global("D", num()),
        global("R", num()),
        global("in_body", num()),
        blue("deco", &["fn"], []),
        blue("outer", &[], [inner]),
    ]);
    let expected = [
        "@return: var auto",
        "inner: const funcdef",
        "d: const auto",
        "t: const auto",
        "w: const auto",
        "deco: const funcdef ^1",
        "A: const global-const ^1",
        "D: const global-const ^1",
        "R: const global-const ^1",
    ];
    assert_eq!(m.table("outer"), expected);
    let expected = [
        "a: var red-param",
        "b: var red-param",
        "@return: var auto",
        "in_body: const global-const ^2",
    ];
    assert_eq!(m.table("outer.inner"), expected);
}

#[test]
fn a_class_body_sees_its_names_and_its_methods_do_not() {
    let method = change(def("area", &["self"], [eval(name("x")), eval(name("foo"))]), |def| {
        def.ret = name("x");
    });
    let class = vec![field("x", "i32"), assign("z", name("x")), method, def("foo", &[], [])];
    let m = run([S::Class("C", class), def("foo", &[], [])]);
    assert_eq!(m.row("C", "x"), "x: var class-field");
    assert_eq!(m.row("C.area", "x"), "x: not found");
    assert_eq!(m.row("C.area", "foo"), "foo: const funcdef ^2");
    let foo = m.symbol("C.area", "foo");
    assert_eq!(foo.def().map(|def| def.0.as_str()), Some(""));
    assert_eq!(m.errors(), []);
}

#[test]
fn class_scopes_count_as_levels() {
    let inner = def("g", &[], [eval(name("T")), eval(name("k")), eval(name("i32"))]);
    let class = S::Class("C", vec![def("m", &["self"], [inner])]);
    let m = run([global("k", num()), blue("make", &["T"], [class])]);
    assert_eq!(m.row("make.C.m.g", "T"), "T: const blue-param ^3");
    assert_eq!(m.row("make.C.m.g", "k"), "k: const global-const ^4");
    assert_eq!(m.row("make.C.m.g", "i32"), "i32: const explicit ^5 => builtins.i32");
}

#[test]
fn nested_classes_do_not_see_each_other() {
    let inner = S::Class("D", vec![assign("y", name("x"))]);
    let m = run([S::Class("C", vec![field("x", "i32"), inner])]);
    assert_eq!(m.row("C.D", "x"), "x: not found");
}

#[test]
fn methods_may_use_the_names_of_fields() {
    let method = def("m", &["x"], [assign("y", num()), for_loop("z", [])]);
    let fields = vec![field("x", "i32"), field("y", "i32"), field("z", "i32"), method];
    let m = run([S::Class("C", fields)]);
    assert_eq!(m.errors(), []);
    assert_eq!(m.row("C.m", "x"), "x: var red-param");
    assert_eq!(m.row("C.m", "y"), "y: const auto");
    assert_eq!(m.row("C.m", "z"), "z: var auto");
}

#[test]
fn loops_count_over_nested_functions() {
    let bar = def("bar", &[], [for_loop("j", [])]);
    let m = run([def("foo", &[], [for_loop("i", []), bar])]);
    assert_eq!(m.row("foo", "_$iter0"), "_$iter0: var auto");
    assert_eq!(m.row("foo.bar", "_$iter1"), "_$iter1: var auto");
    assert_eq!(m.row("foo.bar", "range"), "range: const explicit ^3 => _range.range");
    assert_eq!(m.errors(), []);
}

#[test]
fn names_mean_the_same_where_the_text_does_not_use_them() {
    let x = |inner: Vec<S>| def("a", &[], [vec![assign("x", num())], inner].concat());
    let stmts = |used: Vec<S>| {
        let c = def("c", &[], used.clone());
        run([keyword(Var, "v"), x(vec![def("b", &[], [vec![c], used].concat())])])
    };
    let names = ["x", "v", "a", "b", "c", "print", "nothing"];
    let used = stmts(names.iter().map(|id| eval(name(id))).collect());
    let unused = stmts(Vec::new());
    for def in ["a.b", "a.b.c"] {
        for id in names {
            let meaning = |m: &super::Analyzed| {
                let found = m.scopes.meaning(&DefPath(def.into()), &id.into());
                (found.level, found.storage, found.varkind, found.impref().cloned())
            };
            assert_eq!(meaning(&unused), meaning(&used), "{def} {id}");
        }
    }
    let found = unused.scopes.meaning(&DefPath("a.b.c".into()), &"x".into());
    assert_eq!((found.level, found.def().map(|def| def.0.as_str())), (2, Some("a")));
}
