//! Whatever the text, the parser returns: no panic, no overflow, no quadratic time, and few errors.

use proptest::prelude::*;
use spy_syntax::ast::{Body, Expr, ExprId, Module, Stmt, StmtId};
use spy_syntax::dump::dump_module;
use spy_syntax::parse;

/// One of each construct.
const PROGRAM: &str = r#""""A module."""
import a.b as c
from m import x as y, z

const k: i32 = 0x_ff + -1
var q = [1, (2,), {"a": b"x\x00"}, 1.5e3, 2j, i8(-3), f32(2.5), ...]

@blue.generic
@other(1, k=2)
def f[T](x: T, *args: i32, **kw) -> i32:
    '''Docs.'''
    for i in range(3):
        if i == 1 and not x or i in args:
            continue
        elif x is not None:
            break
        else:
            pass
    a, b = 1, 2
    a.b[1:2, ::3] = x.m(1)[0] if a else lambda v: v
    try:
        raise ValueError("a" f"{b!r:>{c}}" 'c') from None
    except (A, B) as e:
        return __block__("u = 1\nu + 1")
    with open(x) as f, g as h: del f
    match x:
        case [1, *_] | {"k": 2}: assert x, "m"
    var n: i32 = (w := 3) ** -2
    async def g(): await h
    while n < 3 < 4: n -= 1

@struct
class P[T](Base):
    x: i32

    def __add__(self, other: P, /, *, o=1) -> P:
        return [i for i in self if i], {1, 2}, {**a}
"#;

/// Longest way from a body's statements to a leaf, found without recursion.
fn depth(body: &Body) -> usize {
    let mut deepest = 0;
    let mut todo: Vec<(Result<StmtId, ExprId>, usize)> =
        body.root.iter().map(|&id| (Ok(id), 1)).collect();
    while let Some((node, depth)) = todo.pop() {
        deepest = deepest.max(depth);
        let children = match node {
            Ok(id) => stmt_children(body.stmt(id)),
            Err(id) => expr_children(body.expr(id)),
        };
        todo.extend(children.into_iter().map(|child| (child, depth + 1)));
    }
    deepest
}

fn stmt_children(stmt: &Stmt) -> Vec<Result<StmtId, ExprId>> {
    match stmt {
        Stmt::If { test, then, orelse } => {
            let stmts = then.iter().chain(orelse).map(|&id| Ok(id));
            stmts.chain([Err(*test)]).collect()
        }
        Stmt::While { test: e, body } | Stmt::For { iter: e, body, .. } => {
            body.iter().map(|&id| Ok(id)).chain([Err(*e)]).collect()
        }
        Stmt::Return(e) | Stmt::Expr(e) | Stmt::Assign { value: e, .. } => vec![Err(*e)],
        Stmt::VarDef { value, .. } => value.iter().map(|&e| Err(e)).collect(),
        _ => Vec::new(),
    }
}

fn expr_children(expr: &Expr) -> Vec<Result<StmtId, ExprId>> {
    match expr {
        Expr::BinOp { left, right, .. }
        | Expr::CmpOp { left, right, .. }
        | Expr::And(left, right)
        | Expr::Or(left, right) => vec![Err(*left), Err(*right)],
        Expr::Chain { first, rest } => {
            rest.iter().map(|&(_, e)| Err(e)).chain([Err(*first)]).collect()
        }
        Expr::Keyword { value, .. } | Expr::Starred(value) => vec![Err(*value)],
        Expr::UnaryOp { value, .. } | Expr::GetAttr { value, .. } => vec![Err(*value)],
        Expr::Call { func: first, args } | Expr::GetItem { value: first, args } => {
            args.iter().chain([first]).map(|&e| Err(e)).collect()
        }
        Expr::CallMethod { target, args, .. } => {
            args.iter().chain([target]).map(|&e| Err(e)).collect()
        }
        Expr::Comprehension(made) => {
            made.body.iter().map(|&id| Ok(id)).chain([Err(made.result)]).collect()
        }
        Expr::FormattedValue { value, spec, .. } => {
            spec.iter().chain([value]).map(|&e| Err(e)).collect()
        }
        Expr::List(items) | Expr::Tuple(items) | Expr::JoinedStr(items) => {
            items.iter().map(|&e| Err(e)).collect()
        }
        _ => Vec::new(),
    }
}

/// What must hold for every module.
fn check(text: &str) -> Module {
    let module = parse(text);
    assert!(module.errors.len() <= 100);
    assert!(module.errors.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start));
    for error in &module.errors {
        let range = error.span.start as usize..error.span.end as usize;
        assert!(text.get(range).is_some(), "{error:?}");
    }
    for (path, body) in &module.bodies {
        let spans = &module.spans[path];
        assert_eq!((body.exprs.len(), body.stmts.len()), (spans.exprs.len(), spans.stmts.len()));
        for span in spans.exprs.iter().chain(&spans.stmts).chain(&spans.marks) {
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        }
        assert!(depth(body) <= 4000);
    }
    assert!(dump_module(&module, "m.spy", "m").starts_with("Module("));
    module
}

fn messages(text: &str) -> Vec<String> {
    check(text).errors.into_iter().map(|error| error.message).collect()
}

#[test]
fn the_program_has_the_expected_rejections() {
    let module = check(PROGRAM);
    assert!(module.errors.iter().all(|error| !error.label.is_empty()), "{:#?}", module.errors);
    assert!(module.errors.len() >= 8, "{:#?}", module.errors);
}

#[test]
fn deep_brackets() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("a[", "]")] {
        let text = format!("x = {}1{}\n", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(messages(&text), ["too many nested parentheses"]);
        let text = format!("x = {}", open.repeat(100_000));
        assert_eq!(messages(&text), ["too many nested parentheses"]);
    }
    let fine = format!("x = {}1{}\n", "(".repeat(200), ")".repeat(200));
    assert_eq!(messages(&fine), [""; 0]);
}

#[test]
fn deep_blocks() {
    let header = |n: usize| format!("{}if a:\n", " ".repeat(n));
    let nested = |n: usize| {
        let headers: String = (1..=n).map(header).collect();
        format!("def f():\n{headers}{}a\n", " ".repeat(n + 1))
    };
    assert_eq!(messages(&nested(99)), [""; 0]);
    assert_eq!(messages(&nested(2_000)), ["too many levels of indentation"]);
}

#[test]
fn long_chains() {
    let too_deep = ["expression is too deeply nested"];
    let n = 100_000;
    for text in [
        format!("x = 1{}\n", " + 1".repeat(n)),
        format!("x = a{}\n", " and a".repeat(n)),
        format!("x = a{}\n", " < a".repeat(n)),
        format!("x = a{}\n", " ** a".repeat(n)),
        format!("x = {}a\n", "not ".repeat(n)),
        format!("x = {}a\n", "- ".repeat(n)),
        format!("x = a{}\n", ".a".repeat(n)),
        format!("x = a{}\n", "()".repeat(n)),
        format!("x = a{}\n", "[0]".repeat(n)),
        format!("x = {}a\n", "a if a else ".repeat(n)),
        format!("x = {}a\n", "lambda: ".repeat(n)),
    ] {
        assert_eq!(messages(&text), too_deep, "{}", &text[..20]);
    }
    let text = format!("x = {}a\n", "lambda: ".repeat(20));
    assert_eq!(messages(&text), ["lambdas are too deeply nested"]);
    assert_eq!(messages(&format!("x = {}a\n", "x = ".repeat(n))), [""; 0]);
    let sum = format!("x = 1{}\n", " + 1".repeat(998));
    assert_eq!(messages(&sum), [""; 0]);
}

#[test]
fn long_elif_chains() {
    let chain = |n: usize| format!("def f():\n  if a: b\n{}", "  elif a: b\n".repeat(n));
    assert_eq!(messages(&chain(500)), [""; 0]);
    assert_eq!(messages(&chain(100_000)), ["statement is too deeply nested"]);
}

#[test]
fn long_flat_lists() {
    let n = 20_000;
    for text in [
        format!("x = [{}]\n", "1, ".repeat(n)),
        format!("x = f({})\n", "a, ".repeat(n)),
        format!("def f():\n  {}\n", "a; ".repeat(n)),
        format!("def f({}): pass\n", "a, ".repeat(n)),
        format!("from m import ({})\n", "a, ".repeat(n)),
        format!("x = {}\n", "'a' ".repeat(n)),
        "x: i32 = 1\n".repeat(n),
        "#\n".repeat(n),
    ] {
        assert_eq!(messages(&text), [""; 0]);
    }
}

#[test]
fn blocks_in_blocks() {
    let mut text = "1".to_owned();
    for _ in 0..12 {
        text = format!("__block__({text:?})");
    }
    assert_eq!(messages(&format!("x = {text}\n")), ["expression is too deeply nested"]);
}

#[test]
fn many_errors_are_capped() {
    assert_eq!(messages(&"x = )\n".repeat(1_000)).len(), 100);
    assert_eq!(messages(&"pass\n".repeat(1_000)).len(), 100);
}

#[test]
fn five_errors_are_five() {
    let text = "\
def f(:
    return 1

def g():
    x = (1 + ]
    y = = 2
    if x
        y = 3
    else:
        y = 4
    z = 'abc
    return z

w: i32 = 3
";
    let module = check(text);
    let lines: Vec<_> = module
        .errors
        .iter()
        .map(|error| &text[error.span.start as usize..error.span.end as usize])
        .collect();
    let expected = ["def f(:", "    x = (1 + ]", "    y = = 2", "    if x", "    z = 'abc"];
    assert_eq!(lines, expected, "{:#?}", module.errors);
    assert_eq!(module.bodies.len(), 2);
    assert_eq!(module.bodies[0].root.len(), 2);
}

#[test]
fn odd_files() {
    for text in ["", "\n", "\r\n", "#", "# a", "   ", "\\\n\n", "\u{feff}", "\u{c}\n", "\"doc\""] {
        assert_eq!(messages(text), [""; 0], "{text:?}");
    }
    assert_eq!(messages("\u{feff}x: i32 = 1\r\ny: i32 = 2\rz: i32 = 3"), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn text_from_tokens(
        tokens in proptest::collection::vec(
            prop::sample::select(vec![
                "def", "class", "if", "elif", "else", "for", "in", "while", "try", "except", "match",
                "case", "var", "const", "x", "f", "(", ")", "[", "]", "{", "}", ":", ",", "=", ":=",
                "\n", "\n    ", "\n  ", "\n\t", "1", "1.5", "'a'", "f'{x}'", "lambda", "not", "is",
                "await", "yield", "*", "**", "-", "+", ".", "@", ";", "return", "import", "from", "as",
                "\"\"\"", "\\\n", "#", "\u{e9}", "async", "->", "__block__('x')", "i8(-3)", "|",
            ]),
            0..60,
        )
    ) {
        check(&tokens.join(" "));
        check(&tokens.concat());
    }

    #[test]
    fn programs_without_a_part(start in 0usize..2000, length in 1usize..40) {
        let mut text = PROGRAM.to_owned();
        let start = (start % text.len()..).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let end = (start + length).min(text.len());
        text.replace_range(start..end, "");
        check(&text);
    }

    #[test]
    fn programs_with_changed_bytes(
        changes in proptest::collection::vec((0usize..2000, any::<u8>()), 1..6)
    ) {
        let mut bytes = PROGRAM.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        check(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn too_many_clauses_of_a_comprehension_are_an_error() {
    let nested =
        |count| format!("x = {}1{}\n", "[".repeat(count), " for a in b for a in b]".repeat(count));
    let flat = |clause: &str, count| format!("x = [1 for a in b{}]\n", clause.repeat(count));
    for text in [flat(" for a in b", 199), flat(" if a", 199), nested(100)] {
        assert_eq!(spy_syntax::parse(&text).errors, []);
    }
    for text in [
        flat(" for a in b", 200),
        flat(" if a", 200),
        flat(" for a in b", 1000),
        flat(" if a", 1000),
        nested(101),
    ] {
        let errors = spy_syntax::parse(&text).errors;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].message, "expression is too deeply nested");
    }
}
