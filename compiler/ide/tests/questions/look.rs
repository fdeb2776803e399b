//! Hover, symbols, tokens, hints, folds, lenses.

use crate::fixture::Fixture;
use spy_ide::{FoldKind, LensKind, SemanticKind, SymbolKind};
use spy_text::Span;

const SHAPES: &str = "\
from math import sqrt

LIMIT$0 = 20 * 6
var count$1: i32 = 0

@struct
class Point:
    x$2: i32
    y: i32

    def norm$3(self) -> f64:
        \"\"\"How far it is.\"\"\"
        return sqrt$4(self.x$5 * self.x + self.y)

@blue.generic
def make_adder(n: int):
    def add(x$6: i32) -> i32:
        return x + n$7
    return add

def double[T](a: T) -> T:
    return a$8 + a

def main() -> None:
    p$9 = Point$10(1, LIMIT)
    total = p.norm$11() + 1.0
    for i$12 in range$13(3):
        print(make_adder[3](i), double[f64](total$14))
    q = \"text\".strip$15()
";

fn hover(fixture: &Fixture, n: usize) -> (String, String) {
    let (path, at) = fixture.mark(n);
    let hover = fixture.analysis().hover(path, at).unwrap_or_else(|| panic!("nothing at ${n}"));
    (hover.code, hover.note)
}

/// At how many places the name at mark `n` stands.
fn places(fixture: &Fixture, n: usize) -> usize {
    let (path, at) = fixture.mark(n);
    fixture.analysis().rename(path, at, "other").expect("renamed").len()
}

#[test]
fn breakpoint_is_a_builtin_function() {
    let fixture = Fixture::new("def main() -> None:\n    break$0point()\n");
    let (code, _) = hover(&fixture, 0);
    assert!(code.starts_with("def breakpoint() -> None"), "{code}");
}

#[test]
fn hovers_say_type_colour_and_value() {
    let fixture = Fixture::new(SHAPES);
    let expect = [
        (0, "LIMIT: i32 = 120", "blue"),
        (1, "var count: i32", "red"),
        (2, "x: i32", "red"),
        (3, "def norm(self: Point) -> f64", "red: called at run time"),
        (5, "x: i32", "red"),
        (6, "x: i32", "red"),
        (7, "n: i32 = 3", "blue"),
        (8, "a: f64", "red"),
        (9, "p: Point", "red"),
        (10, "@struct\nclass Point:\n    x: i32\n    y: i32", "blue"),
        (12, "i: i32", "red"),
        (14, "total: f64", "red"),
    ];
    for (n, code, note) in expect {
        assert_eq!(hover(&fixture, n), (code.to_owned(), note.to_owned()), "${n}");
    }
    assert!(hover(&fixture, 4).0.starts_with("def sqrt(f64) -> f64"));
    assert!(hover(&fixture, 13).0.contains("range"), "{:?}", hover(&fixture, 13));
    assert!(hover(&fixture, 15).0.contains("def strip("), "{:?}", hover(&fixture, 15));
    let (path, at) = fixture.mark(11);
    let doc = fixture.analysis().hover(path, at).and_then(|hover| hover.doc);
    assert_eq!(doc.as_deref(), Some("How far it is."));
}

#[test]
fn variables_of_loops_have_the_types_of_their_loops() {
    let fixture = Fixture::new(
        "def main() -> None:\n    for x$0 in [1, 2]:\n        print(x$1)\n    for x$2 in [\"a\"]:\n        \
         print(x$3)\n    for k$4, x$5 in [(1.5, True)]:\n        print(k$6, x$7)\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([0, 1, 2, 3].map(code), ["x: i32", "x: i32", "x: str", "x: str"]);
    assert_eq!([4, 5, 6, 7].map(code), ["k: f64", "x: bool", "k: f64", "x: bool"]);
}

#[test]
fn lambdas_have_the_types_of_their_first_call() {
    let fixture = Fixture::new(
        "SCALE$0 = 3\n\ndef main() -> None:\n    f$1 = lambda x$2, y: call$3(x$4 * SCALE$5) + y\n    \
         print(f(2.5, 1))\n\ndef call(x: f64) -> f64:\n    return x\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([code(2), code(4)], ["x: f64", "x: f64"]);
    assert_eq!(code(5), "SCALE: i32 = 3");
    assert!(code(3).starts_with("def call(x: f64) -> f64"), "{}", code(3));
    let renamed = |n: usize| places(&fixture, n);
    assert_eq!([renamed(0), renamed(4), renamed(3)], [2, 2, 2]);
}

#[test]
fn lambdas_use_locals_around_them() {
    let fixture = Fixture::new(
        "def main(xs$0: list[f64], n: i32) -> None:\n    by$1 = n + 1\n    limit = 3\n    \
         print(sorted(range(by), key=lambda i$2: xs$3[i] * by$5 - limit$6))\n    \
         print((lambda q: q$4 * by)(1.5))\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([code(3), code(5)], ["xs: list[f64]", "by: i32"]);
    assert_eq!([code(4), code(6)], ["q: f64", "limit: i32 = 3"]);
    let renamed = |n: usize| places(&fixture, n);
    assert_eq!([renamed(0), renamed(1), renamed(2)], [2, 4, 2]);
}

#[test]
fn functions_inside_of_functions_are_functions() {
    let fixture = Fixture::new(
        "def main() -> None:\n    limit = len([1])\n    def fa$0r(x: float, by: int = 1) -> bool:\n        \"Whether it is far.\"\n        next = x$1 + by\n        return nex$2t > lim$3it or f$4ar(next)\n    print(f$5ar(2.5), list(filter(fa$6r, [1.0])))\n",
    );
    let signature = "def far(x: f64, by: i32 = 1) -> bool";
    assert_eq!([0, 4, 5, 6].map(|n| hover(&fixture, n).0), [signature; 4]);
    assert_eq!([1, 2, 3].map(|n| hover(&fixture, n).0), ["x: f64", "next: f64", "limit: i32"]);
    assert_eq!([0, 1, 2, 3, 4].map(|n| places(&fixture, n)), [4, 2, 3, 2, 4]);
    let (path, at) = fixture.mark(5);
    let shown = fixture.analysis().hover(path, at).expect("shown");
    assert_eq!(shown.doc.as_deref(), Some("Whether it is far."));
    let help = fixture.analysis().signature_help(path, at + 3).expect("in a call");
    assert_eq!((help.label.as_str(), help.active), (signature, Some(0)));
    let symbols = fixture.analysis().document_symbols(path);
    assert_eq!(symbols[0].children.iter().map(|symbol| &*symbol.name).collect::<Vec<_>>(), ["far"]);
}

#[test]
fn what_is_nonlocal_has_its_own_type() {
    let fixture = Fixture::new(
        "def main() -> None:\n    cou$0nt = 1.5 * 2\n    def step() -> None:\n        nonlocal cou$1nt\n        cou$2nt += 1\n    step()\n    print(cou$3nt)\n",
    );
    assert_eq!([0, 2, 3].map(|n| hover(&fixture, n).0), ["count: f64"; 3]);
    assert_eq!([0, 1, 2, 3].map(|n| places(&fixture, n)), [4; 4]);
    let (path, _) = fixture.mark(0);
    let hints = fixture.analysis().hints(path, spy_text::Span::new(0, 1000));
    assert_eq!(hints.iter().map(|hint| &*hint.text).collect::<Vec<_>>(), [": f64"]);
}

#[test]
fn f_strings_have_expressions() {
    let fixture = Fixture::new(
        "SCALE$0 = 3\n\ndef main() -> None:\n    width = 8\n    value$1 = 2.5\n    \
         print(f\"{value$2:>{width$3}} {SCALE$4=} {{value}} {f'{value$5}'}\")\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([code(2), code(5)], ["value: f64 = 2.5", "value: f64 = 2.5"]);
    assert_eq!([code(3), code(4)], ["width: i32 = 8", "SCALE: i32 = 3"]);
    let renamed = |n: usize| places(&fixture, n);
    assert_eq!([renamed(0), renamed(1), renamed(3)], [2, 3, 2]);
}

#[test]
fn targets_of_comprehensions_have_their_written_name() {
    let fixture = Fixture::new(
        "def main() -> None:\n    xs$0 = [1.5]\n    x$1 = 'a'\n    d = {1: x}\n    \
         print([x$2 + y$3 for x$4 in xs$5 if x$6 > 1.0 for y$7 in xs], {k$8: v for k, v$9 in d.items()})\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([code(2), code(4), code(6), code(7)], ["x: f64", "x: f64", "x: f64", "y: f64"]);
    assert_eq!([code(8), code(9)], ["k: i32", "v: str"]);
    let rename = |n: usize, to: &str| {
        let (path, at) = fixture.mark(n);
        fixture.analysis().rename(path, at, to).map(|edits| edits.len())
    };
    assert_eq!([0, 1, 2, 4, 9].map(|n| rename(n, "other").ok()), [3, 2, 3, 3, 2].map(Some));
    assert!(rename(0, "y").is_err());
    let (path, at) = fixture.mark(2);
    let (_, name) = fixture.analysis().prepare_rename(path, at).expect("renamed");
    assert_eq!(name.as_str(), "x");
}

#[test]
fn generators_are_functions_to_their_readers() {
    let fixture = Fixture::new(
        "from typing import Iterator\n\nSTEP$0 = 2\n\ndef count$1(limit$2: i32) -> Iterator[i32]:\n    \
         at$3 = 0.5\n    while at$4 < limit$5:\n        yield i32(at)\n        at += STEP\n\n\
         def main() -> None:\n    for x$6 in count$7(limit=3):\n        print(x)\n",
    );
    let code = |n: usize| hover(&fixture, n).0;
    assert_eq!([code(2), code(5), code(6)], ["limit: i32", "limit: i32", "x: i32"]);
    assert_eq!([code(3), code(4)], ["at: f64", "at: f64"]);
    assert!(code(7).starts_with("def count(limit: i32)"), "{}", code(7));
    let renamed = |n: usize| places(&fixture, n);
    assert_eq!([0, 1, 2, 3, 4, 5].map(renamed), [2, 2, 3, 4, 4, 3]);
    let (path, _) = fixture.mark(0);
    let symbols = fixture.analysis().document_symbols(path);
    let names: Vec<&str> = symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(names, ["STEP", "count", "main"]);
    assert!(fixture.analysis().check(path).is_empty());
}

#[test]
fn signatures_are_as_people_write_them() {
    let fixture = Fixture::new(
        "def first[T](items: list[T],\n             start: i32) -> T:\n    return items[start]\n\n\
         @blue.metafunc\ndef own(m_x):\n    raise StaticError('no')\n\n\
         def main() -> None:\n    items = [1]\n    items.extend$0([2])\n    items.append$1(first$2[i32](items, 0))\n    own$3(1)\n",
    );
    let expect = [
        (0, "def extend(self, other)", "red: called at run time"),
        (1, "def append(self: list[i32], item: i32) -> None", "red: called at run time"),
        (2, "def first[T](items: list[T], start: i32) -> T", "called at compile time"),
        (3, "@blue.metafunc\ndef own(m_x: dynamic) -> dynamic", "called at compile time"),
    ];
    for (n, code, note) in expect {
        assert_eq!(hover(&fixture, n), (code.to_owned(), note.to_owned()), "${n}");
    }
}

#[test]
fn symbols_are_a_tree() {
    let fixture = Fixture::new(SHAPES);
    let (path, _) = fixture.mark(0);
    let symbols = fixture.analysis().document_symbols(path);
    let shown: Vec<_> = symbols.iter().map(|symbol| (symbol.name.as_str(), symbol.kind)).collect();
    assert_eq!(
        shown,
        [
            ("LIMIT", SymbolKind::Constant),
            ("count", SymbolKind::Variable),
            ("Point", SymbolKind::Struct),
            ("make_adder", SymbolKind::Function),
            ("double", SymbolKind::Function),
            ("main", SymbolKind::Function),
        ]
    );
    let inner: Vec<_> = symbols[2].children.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(inner, ["x", "y", "norm"]);
    let found = fixture.analysis().workspace_symbols("nrm", 10);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0.name.as_str(), found[0].1.as_str()), ("norm", "main.Point"));
}

#[test]
fn blue_and_red_are_told_apart() {
    let fixture = Fixture::new(SHAPES);
    let (path, _) = fixture.mark(0);
    let text = fixture.analysis().text(path).expect("a text");
    let tokens = fixture.analysis().semantic_tokens(path, None);
    let shown = |wanted: &str| {
        let is_it = |span: Span| &text[span.start as usize..span.end as usize] == wanted;
        let found = tokens.iter().find(|token| is_it(token.span)).expect(wanted);
        (found.kind, found.blue, found.library)
    };
    let blue = || Some(true);
    let red = || Some(false);
    assert_eq!(shown("LIMIT"), (SemanticKind::Variable, blue(), false));
    assert_eq!(shown("count"), (SemanticKind::Variable, red(), false));
    assert_eq!(shown("Point"), (SemanticKind::Type, blue(), false));
    assert_eq!(shown("make_adder"), (SemanticKind::Function, blue(), false));
    assert_eq!(shown("main"), (SemanticKind::Function, red(), false));
    assert_eq!(shown("n"), (SemanticKind::Parameter, blue(), false));
    assert_eq!(shown("total"), (SemanticKind::Variable, red(), false));
    assert_eq!(shown("math"), (SemanticKind::Module, blue(), true));
    assert_eq!(shown("sqrt"), (SemanticKind::Function, red(), true));
    let sorted = tokens.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
    assert!(sorted, "tokens overlap");
}

#[test]
fn hints_say_what_the_text_does_not() {
    let fixture = Fixture::new(SHAPES);
    let (path, _) = fixture.mark(0);
    let text = fixture.analysis().text(path).expect("a text");
    let all = Span::new(0, u32::try_from(text.len()).expect("small"));
    let hints = fixture.analysis().hints(path, all);
    let lines = fixture.analysis().lines(path).expect("lines");
    let shown: Vec<(u32, &str)> =
        hints.iter().map(|hint| (lines.line_col(hint.offset).line, hint.text.as_str())).collect();
    assert_eq!(
        shown,
        [(3, ": i32"), (3, " = 120"), (25, ": Point"), (26, ": f64"), (27, ": i32"), (29, ": str"),]
    );
}

#[test]
fn blocks_imports_comments_and_brackets_fold() {
    let fixture = Fixture::new(
        "\
import math$0
import time

# one
# two
def main() -> None:
    x = [
        1,
    ]
    if True:
        pass
",
    );
    let (path, _) = fixture.mark(0);
    let folds: Vec<_> = fixture
        .analysis()
        .folds(path)
        .into_iter()
        .map(|fold| (fold.first, fold.last, fold.kind))
        .collect();
    assert_eq!(
        folds,
        [
            (1, 2, FoldKind::Imports),
            (4, 5, FoldKind::Comment),
            (6, 11, FoldKind::Code),
            (7, 9, FoldKind::Code),
            (10, 11, FoldKind::Code),
        ]
    );
}

#[test]
fn generic_code_that_nobody_calls_has_types_too() {
    let fixture = Fixture::new(
        "def largest[T](items: list[T], start: i32) -> T:\n    found$0 = items$1[start]\n    \
         count$2 = start + 1\n    for item$3 in items:\n        if item > found:\n            \
         found = item\n    return found\n\n\nclass Box[T]:\n    pass\n",
    );
    let analysis = fixture.analysis();
    let hover = |n: usize| {
        let (path, at) = fixture.mark(n);
        analysis.hover(path, at).map(|hover| hover.code)
    };
    assert_eq!(hover(0).as_deref(), Some("found: T"));
    assert_eq!(hover(1).as_deref(), Some("items: list[T]"));
    assert_eq!(hover(2).as_deref(), Some("count: i32"));
    assert_eq!(hover(3).as_deref(), Some("item: T"));
}

#[test]
fn tests_can_be_run() {
    let fixture = Fixture::new(
        "$0def test_a() -> None:\n    pass\n\ndef test_b(x: i32) -> None:\n    pass\n\n\
         @blue\ndef test_c():\n    pass\n",
    );
    let (path, _) = fixture.mark(0);
    let lenses = fixture.analysis().lenses(path);
    let tests: Vec<&str> = lenses
        .iter()
        .filter(|lens| lens.kind == LensKind::Test)
        .map(|lens| lens.function.as_str())
        .collect();
    assert_eq!(tests, ["test_a"]);
}

#[test]
fn functions_can_be_seen_redshifted() {
    let fixture = Fixture::new(SHAPES);
    let (path, _) = fixture.mark(0);
    let analysis = fixture.analysis();
    let lenses = analysis.lenses(path);
    let shown: Vec<_> = lenses.iter().map(|lens| (lens.function.as_str(), lens.kind)).collect();
    assert!(shown.contains(&("main", LensKind::Run)), "{shown:?}");
    assert!(shown.contains(&("double", LensKind::Redshifted)), "{shown:?}");
    assert!(!shown.contains(&("make_adder", LensKind::Redshifted)), "{shown:?}");
    let double = analysis.redshifted(path, Some("double")).expect("redshifted");
    assert!(double.contains("a: f64") && double.contains("return a + a"), "{double}");
    let norm = analysis.redshifted(path, Some("Point.norm")).expect("redshifted");
    assert!(norm.contains("math::sqrt") && !norm.contains("main()"), "{norm}");
    assert!(analysis.redshifted(path, None).expect("redshifted").contains("def main()"));
}
