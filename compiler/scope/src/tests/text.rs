//! From the text of a program to its tables and to the places of its errors.

use crate::analyze;
use crate::dump::dump_symtables;
use spy_syntax::ast::{Module, NodeRef};
use spy_syntax::parse;

const PROGRAM: &str = "\
from math import sqrt as root
var counter: i32 = 0

@struct
class Box[T]:
    item: T
    def get(self) -> T:
        return self.item

def ident[T](x: T) -> T:
    return x

@blue
def mk(n, *rest):
    a = [n, counter]
    def inner(z: i32) -> i32:
        for i in range(z):
            counter += i
        return z + n
    return inner

def main() -> None:
    if (w := 3) > 2:
        a, b = root(2.0), w
    for i in range(3):
        q = i
";

const TABLES: &str = "\
Implicit imports:
    _list
    _range
    _tuple
    builtins
    math

<SymTable 'm' (blue, module)>
    [0] const Box        |
    [0] const ident      |
    [0] const main       |
    [0] const mk         |
    [0] const root         => <ImportRef math.sqrt>
    [0] var   counter    [cell]|
    [1] const i32          => <ImportRef builtins.i32>

    <SymTable 'm::Box' (blue, function)>
        [0] const Self       |
        [0] const T          |
        [0] var   @return    |

        <SymTable 'm::Box::Self' (blue, class)>
            [0] const get        |
            [0] var   item       |
            [1] const T          |

            <SymTable 'm::Box::Self::get' (red, function)>
                [0] var   self       |
                [0] var   @return    |

    <SymTable 'm::ident' (blue, function)>
        [0] const T          |
        [0] const __impl     |
        [0] var   @return    |

        <SymTable 'm::ident::__impl' (red, function)>
            [0] var   x          |
            [0] var   @return    |

    <SymTable 'm::mk' (blue, function)>
        [0] const a          |
        [0] const inner      |
        [0] const n          |
        [0] const rest       |
        [0] var   @return    |
        [1] var   counter    [cell]|
        [2] const i32          => <ImportRef builtins.i32>

        <SymTable 'm::mk::inner' (red, function)>
            [0] var   _$iter0    |
            [0] var   i          |
            [0] var   z          |
            [0] var   @return    |
            [1] const n          |
            [2] var   counter    [cell]|
            [3] const range        => <ImportRef _range.range>

    <SymTable 'm::main' (red, function)>
        [0] const a          |
        [0] const b          |
        [0] const w          |
        [0] var   _$iter0    |
        [0] var   i          |
        [0] var   q          |
        [0] var   @return    |
        [1] const root         => <ImportRef math.sqrt>
        [2] const range        => <ImportRef _range.range>

";

#[test]
fn tables_of_a_program() {
    let module = parse(PROGRAM);
    assert_eq!(module.errors, []);
    let scopes = analyze(&module, "m");
    assert_eq!(scopes.errors, []);
    // As in the tests of the dump, `|` stands for a blank at the end of a line.
    assert_eq!(dump_symtables(&scopes), TABLES.replace('|', " "));
}

/// The text at a position.
fn text_at<'a>(text: &'a str, module: &Module, at: &NodeRef) -> &'a str {
    let span = module.spans[&at.def].get(at.node);
    &text[span.start as usize..span.end as usize]
}

#[test]
fn errors_cover_the_declarations() {
    let cases = [
        ("def f() -> i32:\n    x: i32 = 1\n    x: i32 = 2\n", "x: i32 = 2", "x: i32 = 1"),
        ("x: i32 = 1\ndef f() -> i32:\n    x: i32 = 2\n", "x: i32 = 2", "x: i32 = 1"),
        ("x: i32 = 0\ndef f() -> None:\n    for x in a:\n        pass\n", "x", "x: i32 = 0"),
        ("def f(x: i32, x: str) -> i32:\n    pass\n", "x: str", "x: i32"),
        ("import x\ndef f(x) -> None:\n    pass\n", "x", "import x"),
        (
            "var x = 1\ndef f() -> i32:\n    def x() -> i32:\n        pass\n",
            "def x() -> i32",
            "var x = 1",
        ),
        ("def x() -> i32:\n    class x:\n        pass\n", "class x:", "def x() -> i32"),
        ("def f() -> i32:\n    x = 1\n    var x = 2\n", "var x = 2", "x"),
    ];
    for (text, new, previous) in cases {
        let module = parse(text);
        let errors = analyze(&module, "m").errors;
        assert_eq!(errors.len(), 1, "{text}");
        assert_eq!(text_at(text, &module, &errors[0].new), new);
        assert_eq!(text_at(text, &module, &errors[0].previous), previous);
    }
}

/// A comment moves what follows, and changes no table.
#[test]
fn moving_code_leaves_the_tables_equal() {
    let moved = PROGRAM.replace("\n\n", "\n\n# Moved.\n\n");
    assert_ne!(moved, PROGRAM);
    assert_eq!(analyze(&parse(&moved), "m"), analyze(&parse(PROGRAM), "m"));
}
