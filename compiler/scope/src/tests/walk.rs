//! Every kind of node is visited, and what the syntax needs is imported.

use super::build::*;
use super::run;
use crate::{Home, ScopeKind, dependencies, imports};
use spy_syntax::ast::*;

/// The names that one statement in a function uses.
fn used(stmt: S) -> Vec<String> {
    let m = run([def("f", &[], [stmt])]);
    let rows = m.table("f").into_iter();
    rows.filter_map(|row| row.strip_suffix(": not found").map(str::to_owned)).collect()
}

fn boxed(id: &'static str) -> Box<E> {
    Box::new(name(id))
}

#[test]
fn all_expressions_are_visited() {
    let not = |value| Expr::UnaryOp { op: UnaryOp::Not, value };
    let attr = |value| Expr::GetAttr { value, attr: "a".into() };
    let add = |left, right| Expr::BinOp { op: BinOp::Add, left, right };
    let less = |left, right| Expr::CmpOp { op: CmpOp::Lt, left, right };
    let cases: [(E, &[&str]); 15] = [
        (E::Call(vec![name("f1"), name("a"), name("b")]), &["f1", "a", "b"]),
        (E::Method(boxed("o"), vec![name("a"), name("b")]), &["o", "a", "b"]),
        (E::Index(vec![name("o"), name("a"), name("b")]), &["o", "a", "b"]),
        (E::Slice(vec![name("a"), name("b"), name("c")]), &["a", "b", "c"]),
        (E::List(vec![name("a"), name("b")]), &["a", "b"]),
        (E::Tuple(vec![name("a"), name("b")]), &["a", "b"]),
        (E::Dict(vec![(name("a"), name("b")), (name("c"), name("d"))]), &["a", "b", "c", "d"]),
        (walrus("x", name("a")), &["a"]),
        (E::Block(vec![eval(name("a"))], boxed("b")), &["a", "b"]),
        (E::Nested(not, boxed("a")), &["a"]),
        (E::Nested(attr, boxed("a")), &["a"]),
        (E::Pair(add, boxed("a"), boxed("b")), &["a", "b"]),
        (E::Pair(less, boxed("a"), boxed("b")), &["a", "b"]),
        (E::Pair(Expr::And, boxed("a"), boxed("b")), &["a", "b"]),
        (E::Pair(Expr::Or, boxed("a"), boxed("b")), &["a", "b"]),
    ];
    for (expr, names) in cases {
        assert_eq!(used(eval(expr)), names);
    }
}

#[test]
fn all_statements_are_visited() {
    let items = vec![name("a"), name("b")];
    let then_else = S::If(name("a"), vec![eval(name("b"))], vec![eval(name("c"))]);
    let cases: [(S, &[&str]); 17] = [
        (S::Simple(Stmt::Pass), &[]),
        (S::Simple(Stmt::Break), &[]),
        (S::Simple(Stmt::Continue), &[]),
        (ret(name("a")), &["a"]),
        (eval(name("a")), &["a"]),
        (S::Eval(Stmt::Raise, name("a")), &["a"]),
        (S::Assert(name("a"), None), &["a"]),
        (S::Assert(name("a"), Some(name("b"))), &["a", "b"]),
        (S::Var(None, "x", name("a"), Some(name("b"))), &["a", "b"]),
        (assign("x", name("a")), &["a"]),
        (S::Unpack(vec!["x", "y"], name("a")), &["a"]),
        (S::Aug("a", name("b")), &["a", "b"]),
        (S::SetAttr(name("a"), name("b")), &["a", "b"]),
        (S::SetItem(name("o"), items, name("c")), &["o", "a", "b", "c"]),
        (then_else, &["a", "b", "c"]),
        (S::While(name("a"), vec![eval(name("b"))]), &["a", "b"]),
        (S::For("i", name("a"), vec![eval(name("b"))]), &["a", "b"]),
    ];
    for (stmt, names) in cases {
        assert_eq!(used(stmt), names);
    }
}

#[test]
fn names_of_a_block_belong_to_the_function_around_it() {
    let block = E::Block(vec![assign("x", num()), for_loop("i", [])], boxed("x"));
    let m = run([def("f", &[], [ret(block)])]);
    assert_eq!(m.row("f", "x"), "x: const auto");
    assert_eq!(m.row("f", "i"), "i: var auto");
}

#[test]
fn syntax_imports_what_it_needs() {
    let none = || E::Slice(vec![num(), num(), num()]);
    let cases: [(S, &[&str]); 8] = [
        (eval(E::List(vec![])), &["_list"]),
        (eval(E::Tuple(vec![num()])), &["_tuple"]),
        (S::Unpack(vec!["x"], num()), &["_tuple"]),
        (eval(E::Dict(vec![])), &["_dict"]),
        (eval(E::Index(vec![num(), none()])), &["_slice"]),
        (S::SetItem(num(), vec![none()], num()), &["_slice"]),
        (eval(num()), &[]),
        (eval(name("nothing")), &[]),
    ];
    for (stmt, modules) in cases {
        let in_function = run([def("f", &[], [stmt.clone()])]);
        assert_eq!(in_function.implicit_imports(), modules);
        let in_class = run([S::Class("C", vec![stmt])]);
        assert_eq!(in_class.implicit_imports(), modules);
    }
}

#[test]
fn builtins_import_where_they_live() {
    let cases = [
        ("abs", "_builtins"),
        ("min", "_builtins"),
        ("max", "_builtins"),
        ("range", "_range"),
        ("list", "_list"),
        ("tuple", "_tuple"),
        ("slice", "_slice"),
        ("dict", "_dict"),
        ("file", "_file"),
        ("open", "_file"),
        ("print", "builtins"),
    ];
    for (id, module) in cases {
        let m = run([def("f", &[], [eval(name(id))])]);
        assert_eq!(m.implicit_imports(), [module], "{id}");
        let m = run([global("x", name(id))]);
        assert_eq!(m.implicit_imports(), [module], "{id}");
        let m = run([global(id, num()), def("f", &[], [eval(name(id))])]);
        assert_eq!(m.implicit_imports(), [""; 0], "{id} is shadowed");
    }
}

#[test]
fn captured_imports_are_implicit_and_keep_their_place() {
    let m = run([
        S::Import("z", None, "z"),
        S::Import("unused", Some("u"), "u"),
        S::Import("a", Some("b"), "c"),
        S::Import("z", Some("again"), "again"),
        def("f", &[], [eval(name("c")), eval(name("z")), eval(E::List(vec![name("len")]))]),
    ]);
    assert_eq!(m.implicit_imports(), ["_list", "a", "builtins", "z"]);
    let home = Home::from("m");
    let wants = dependencies(&m.built.module, &m.scopes, &home);
    let required: Vec<_> =
        wants.iter().filter(|want| !want.optional).map(|want| want.module.as_str()).collect();
    assert_eq!(required, ["_list", "z", "unused", "a"]);
    let found = imports(&m.built.module, &home);
    let found: Vec<_> = found.iter().map(|(i, at)| (i.to_string(), m.built.text(at))).collect();
    let expected = [
        ("z", "import z"),
        ("unused.u", "import u"),
        ("a.b", "import c"),
        ("z.again", "import again"),
    ];
    assert_eq!(found, expected.map(|(impref, place)| (impref.to_owned(), place)));
}

#[test]
fn tables_stand_in_the_order_of_the_bodies() {
    let class = S::Class("C", vec![def("m", &[], []), def("m", &[], [])]);
    let m = run([def("f", &[], [blue("g", &[], [])]), class]);
    let expected = [
        ("m", ScopeKind::Module, Color::Blue),
        ("m::f", ScopeKind::Function, Color::Red),
        ("m::f::g", ScopeKind::Function, Color::Blue),
        ("m::C", ScopeKind::Class, Color::Blue),
        ("m::C::m", ScopeKind::Function, Color::Red),
        ("m::C::m", ScopeKind::Function, Color::Red),
    ];
    assert_eq!(m.scope_names(), expected);
    assert!(m.scopes.tables.keys().eq(m.built.module.bodies.keys()));
}

#[test]
fn an_empty_module_has_one_table() {
    let m = run([]);
    assert_eq!(m.scope_names(), [("m", ScopeKind::Module, Color::Blue)]);
    assert_eq!(m.table(""), [""; 0]);
}

#[test]
fn missing_and_cyclic_bodies_are_skipped() {
    let mut built = module([def("f", &[], [def("g", &[], [])])]);
    let inner = built.module.bodies.get_index_mut(1).expect("f").1;
    let Stmt::FuncDef(g) = &mut std::sync::Arc::make_mut(inner).stmts[0] else { panic!("a def") };
    g.body = DefPath("f".into());
    let tables = crate::analyze(&built.module, "m").tables;
    assert_eq!(tables.len(), 2);
    built.module.bodies.shift_remove(&DefPath("f".into()));
    assert_eq!(crate::analyze(&built.module, "m").tables.len(), 1);
    built.module.bodies.clear();
    assert!(crate::analyze(&built.module, "m").tables.is_empty());
}
