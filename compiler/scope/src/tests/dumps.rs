//! The text of `spy symtable`.

use super::build::*;
use super::run;
use crate::dump::dump_symtables;
use spy_syntax::ast::VarKeyword::Var;

#[test]
fn an_empty_module() {
    let expected = "Implicit imports:\n\n<SymTable 'm' (blue, module)>\n\n";
    assert_eq!(dump_symtables(&run([]).scopes), expected);
}

#[test]
fn nested_scopes_are_indented() {
    let inner = def("inner", &["z"], [S::Aug("counter", name("missing")), ret(name("n"))]);
    let method = def("area", &["self"], [ret(name("len"))]);
    let m = run([
        S::Import("a.b", Some("c"), "root"),
        keyword(Var, "counter"),
        S::Class("P", vec![field("x", "i32"), method]),
        blue("mk", &["n"], [inner, assign("a", E::List(vec![name("root")]))]),
    ]);
    let expected = "\
Implicit imports:
    _list
    a.b
    builtins

<SymTable 'm' (blue, module)>
    [0] const P          |
    [0] const mk         |
    [0] const root         => <ImportRef (a.b).c>
    [0] var   counter    [cell]|

    <SymTable 'm::P' (blue, class)>
        [0] const area       |
        [0] var   x          |
        [2] const i32          => <ImportRef builtins.i32>

        <SymTable 'm::P::area' (red, function)>
            [0] var   self       |
            [0] var   @return    |
            [3] const len          => <ImportRef builtins.len>

    <SymTable 'm::mk' (blue, function)>
        [0] const a          |
        [0] const inner      |
        [0] const n          |
        [0] var   @return    |
        [1] const root         => <ImportRef (a.b).c>

        <SymTable 'm::mk::inner' (red, function)>
            [ ] NameError  missing  |
            [0] var   z          |
            [0] var   @return    |
            [1] const n          |
            [2] var   counter    [cell]|

";
    // The columns of a row are filled up with blanks, which `|` makes visible here.
    assert_eq!(dump_symtables(&m.scopes), expected.replace('|', " "));
}
