//! The AST of accepted programs: bodies and their paths, positions, and the rules that shape it.

use spy_syntax::ast::{
    Body, BodySpans, Conversion, DefPath, Expr, ExprId, Literal, MarkId, Module, Node, Stmt,
    StmtId, VarKeyword,
};
use spy_syntax::parse;

fn accepted(text: &str) -> Module {
    let module = parse(text);
    assert_eq!(module.errors, [], "in\n{text}");
    module
}

fn body<'m>(module: &'m Module, path: &str) -> (&'m Body, &'m BodySpans) {
    let path = DefPath(path.into());
    (&module.bodies[&path], &module.spans[&path])
}

fn paths(text: &str) -> Vec<String> {
    accepted(text).bodies.keys().map(|path| path.0.to_string()).collect()
}

#[test]
fn paths_are_in_textual_order() {
    let text = "\
def f():
    def g(): pass
    if a:
        def g(): pass
    class C:
        def m(self): pass
def h(): pass
def f(): pass
def f[T](x: T): pass
class f[T]:
    def m(self): pass
";
    let expected = [
        "",
        "f",
        "f.lambda:g",
        "f.lambda:g.def",
        "f.lambda:g#2",
        "f.lambda:g#2.def",
        "f.C",
        "f.C.m",
        "h",
        "f#2",
        "f#3",
        "f#3.__impl",
        "f#4",
        "f#4.Self",
        "f#4.Self.m",
    ];
    assert_eq!(paths(text), expected);
}

#[test]
fn numbers_of_loops() {
    let text = "\
def f():
    for a in x:
        for b in x: pass
    def g():
        for c in x: pass
        for d in x: pass
    def h():
        for e in x: pass
    for i in x: pass
def k():
    for j in x: pass
";
    let module = accepted(text);
    let loops = |path: &str| -> Vec<(String, u32)> {
        let (body, _) = body(&module, path);
        let mut loops: Vec<_> = body
            .stmts
            .iter()
            .filter_map(|stmt| match stmt {
                Stmt::For { seq, target, .. } => Some((target.name.to_string(), *seq)),
                _ => None,
            })
            .collect();
        loops.sort();
        loops
    };
    let pairs = |list: &[(&str, u32)]| -> Vec<(String, u32)> {
        list.iter().map(|&(name, seq)| (name.to_owned(), seq)).collect()
    };
    assert_eq!(loops("f"), pairs(&[("a", 0), ("b", 1), ("i", 2)]));
    assert_eq!(loops("f.lambda:g.def"), pairs(&[("c", 2), ("d", 3)]));
    assert_eq!(loops("f.lambda:h.def"), pairs(&[("e", 2)]));
    assert_eq!(loops("k"), pairs(&[("j", 0)]));
}

#[test]
fn comments_and_blank_lines_change_no_body() {
    let before = accepted("def f(x: i32):\n    y = x + 1\n    return y\nz: i32 = 3\n");
    let after = accepted(
        "# one\n\ndef f(x: i32):  # two\n\n    y = (x  # three\n      + 1)\n    return y\n\nz : i32 = 3",
    );
    assert_eq!(before.bodies, after.bodies);
    assert_ne!(before.spans, after.spans);
}

/// The texts that the positions of a kind cover.
fn covered(text: &str, pick: impl Fn(&Body, &BodySpans) -> Vec<spy_text::Span>) -> Vec<&str> {
    let module = accepted(text);
    let mut found = Vec::new();
    for (path, body) in &module.bodies {
        for span in pick(body, &module.spans[path]) {
            found.push(&text[span.start as usize..span.end as usize]);
        }
    }
    found
}

fn exprs(text: &str, want: fn(&Expr) -> bool) -> Vec<&str> {
    covered(text, |body, spans| {
        let all = body.exprs.iter().zip(&spans.exprs);
        all.filter(|(expr, _)| want(expr)).map(|(_, span)| *span).collect()
    })
}

#[test]
fn expressions_cover_their_text() {
    let is_op = |expr: &Expr| matches!(expr, Expr::BinOp { .. });
    assert_eq!(exprs("x = ((a) + (b))\n", is_op), ["(a) + (b)"]);
    let is_and = |expr: &Expr| matches!(expr, Expr::And(..));
    assert_eq!(exprs("x = (a) and (b)\n", is_and), ["a) and (b"]);
    let is_tuple = |expr: &Expr| matches!(expr, Expr::Tuple(_));
    assert_eq!(exprs("x = 1 , 2 , # c\ny = (1, )\n", is_tuple), ["1 , 2 ,", "(1, )"]);
    let is_slice = |expr: &Expr| matches!(expr, Expr::Slice { .. });
    assert_eq!(exprs("x = a[ 1 : , : 2 , :: ]\n", is_slice), ["1 :", ": 2", "::"]);
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(_));
    assert_eq!(
        exprs("x = (- 1, - (2), i8(- 3), f32((4)), 'a'  'b')\n", is_literal),
        ["- 1", "- (2", "3", "4", "'a'  'b'"]
    );
    let is_call = |expr: &Expr| matches!(expr, Expr::Call { .. } | Expr::CallMethod { .. });
    assert_eq!(exprs("x = (f)(a).b ( )\n", is_call), ["(f)(a)", "(f)(a).b ( )"]);
}

#[test]
fn missing_types_have_a_place() {
    let is_auto = |expr: &Expr| matches!(expr, Expr::Auto);
    assert_eq!(exprs("def f() : # c\n    pass\n", is_auto), ["def f() : # c"]);
    assert_eq!(exprs("def f(\n  a: i32,\n  *b: T,  # c\n): pass\n", is_auto), ["b: T,  # c"]);
    assert_eq!(exprs("def f(a = 1) -> None: pass\n", is_auto), ["a"]);
    assert_eq!(exprs("var x = 1\n", is_auto), ["var x = 1"]);
}

#[test]
fn marks_cover_their_text() {
    let text = "\
import a.b as c, d
from m import (x as y , z)
@blue
def f(a: i32 = 1, *b: T) -> R: pass
class C :  # c
    v: i32
";
    let found = covered(text, |body, spans| {
        let mark = |id: MarkId| spans.get(Node::Mark(id));
        let mut all = Vec::new();
        for &id in &body.root {
            match body.stmt(id) {
                Stmt::Import(import) => all.push(mark(import.asname.mark)),
                Stmt::FuncDef(def) => {
                    all.extend([mark(def.name.mark), mark(def.prototype)]);
                    all.extend(def.args.iter().map(|arg| mark(arg.mark)));
                }
                Stmt::ClassDef(def) => all.extend([mark(def.name.mark), mark(def.header)]),
                Stmt::VarDef { target, .. } => all.push(mark(target.mark)),
                _ => {}
            }
        }
        all
    });
    let expected = [
        "a.b as c",
        "d",
        "x as y",
        "z",
        "f",
        "def f(a: i32 = 1, *b: T) -> R",
        "a: i32",
        "b: T",
        "C",
        "class C :  # c",
        "v",
    ];
    assert_eq!(found, expected);
}

#[test]
fn statements_cover_their_text() {
    let text = "\
@blue
def f():
    if a:
        b ;
    elif c: d
    else:
        e  # c
    x.y = 1; return

";
    let module = accepted(text);
    let (inner, spans) = body(&module, "f");
    let text_of = |id: StmtId| {
        let span = spans.get(Node::Stmt(id));
        &text[span.start as usize..span.end as usize]
    };
    let root: Vec<_> = inner.root.iter().map(|&id| text_of(id)).collect();
    let if_stmt = "if a:\n        b ;\n    elif c: d\n    else:\n        e";
    assert_eq!(root, [if_stmt, "x.y = 1", "return"]);
    let Stmt::If { orelse, .. } = inner.stmt(inner.root[0]) else { panic!("no `if`") };
    assert_eq!(
        orelse.iter().map(|&id| text_of(id)).collect::<Vec<_>>(),
        ["elif c: d\n    else:\n        e"]
    );
    let (outer, spans) = body(&module, "");
    let span = spans.get(Node::Stmt(outer.root[0]));
    assert!(
        text[span.start as usize..].starts_with("def f")
            && text[..span.end as usize].ends_with("return")
    );
}

/// The statements of a function with this body.
fn stmts(text: &str) -> Vec<Stmt> {
    let module = accepted(&format!("def f():\n    {text}\n"));
    let (body, _) = body(&module, "f");
    body.root.iter().map(|&id| body.stmt(id).clone()).collect()
}

#[test]
fn declarations() {
    let keyword = |text: &str| match stmts(text).as_slice() {
        [Stmt::VarDef { keyword, target, value, .. }] => {
            (*keyword, target.name.to_string(), value.is_some())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(keyword("var x: i32 = 1"), (Some(VarKeyword::Var), "x".to_owned(), true));
    assert_eq!(keyword("const x = 1"), (Some(VarKeyword::Const), "x".to_owned(), true));
    assert_eq!(keyword("var  x: i32"), (Some(VarKeyword::Var), "x".to_owned(), false));
    assert_eq!(keyword("var match: i32"), (Some(VarKeyword::Var), "match".to_owned(), false));
    assert_eq!(keyword("x: i32"), (None, "x".to_owned(), false));
    assert_eq!(keyword("if_: i32; ").0, None);
    for text in [
        "var = 1",
        "x = var",
        "var.x = const",
        "const()",
        "var, const = 1, 2",
        "match[type] = case",
    ] {
        assert!(!matches!(stmts(text)[0], Stmt::VarDef { .. }), "{text}");
    }
    assert!(matches!(stmts("pass; var x = 1")[1], Stmt::VarDef { .. }));
    assert!(matches!(stmts("if a: const x = 1")[0], Stmt::If { .. }));
}

/// The literals of a module, in order.
fn literals(text: &str) -> Vec<Literal> {
    let module = accepted(text);
    let (body, _) = body(&module, "");
    body.exprs
        .iter()
        .filter_map(|expr| match expr {
            Expr::Literal(literal) => Some(literal.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn signs_are_folded() {
    let int = |digits: &str| Literal::Int(digits.into());
    assert_eq!(literals("x = [-1, --2, - (3), -0]\n"), [int("-1"), int("2"), int("-3"), int("0")]);
    assert_eq!(literals("x = -True\n"), [int("-1")]);
    assert_eq!(literals("x = -1.5\n"), [Literal::F64((-1.5f64).to_bits())]);
    assert_eq!(literals("x = -2j\n"), [Literal::Imaginary(2.0f64.to_bits())]);
    assert_eq!(literals("x = -i8(3)\n"), [Literal::TypedInt(Box::new(("i8".into(), 3)))]);
    assert_eq!(literals("x = -2 ** 2\n"), [int("2"), int("2")]);
}

#[test]
fn typed_literals() {
    let typed = |ty: &str, value: i128| Literal::TypedInt(Box::new((ty.into(), value)));
    assert_eq!(
        literals("x = [i8(-128), u64(0xffff_ffff_ffff_ffff), i32(-0)]\n"),
        [typed("i8", -128), typed("u64", i128::from(u64::MAX)), typed("i32", 0)]
    );
    assert_eq!(
        literals("x = [f64(1), f64(-0), f64(-0.0), f32(0.1), f32(-2)]\n"),
        [
            Literal::F64(1f64.to_bits()),
            Literal::F64(0f64.to_bits()),
            Literal::F64((-0.0f64).to_bits()),
            Literal::F32(0.1f32.to_bits()),
            Literal::F32((-2f32).to_bits()),
        ]
    );
    // Anything else is a call.
    assert_eq!(literals("x = [i8(1.5), i8(True), i16(1), f32(1j), i8(1, 2)]\n").len(), 6);
}

#[test]
fn strings() {
    let str = |text: &str| Literal::Str(text.into());
    assert_eq!(
        literals("x = ['a' \"b\"  # c\n'''d\n''', r'\\n', '\\x41\\\nb', u'u', '''a\r\nb''']\r\n"),
        [str("abd\n"), str("\\n"), str("Ab"), str("u"), str("a\nb")]
    );
    assert_eq!(
        literals("x = [b'\\xff' rb'\\n', B'']\n"),
        [Literal::Bytes((*b"\xff\\n").into()), Literal::Bytes((*b"").into())]
    );
}

#[test]
fn identifiers_are_compared_in_one_form() {
    let module = accepted("ﬁ: i32 = é\n");
    let (body, _) = body(&module, "");
    let Stmt::VarDef { target, value: Some(value), .. } = body.stmt(body.root[0]) else {
        panic!("no declaration")
    };
    assert_eq!(target.name, "fi");
    assert_eq!(body.expr(*value), &Expr::Name("é".into()));
}

#[test]
fn blocks_lie_in_their_argument() {
    let text = "def f():\n    return __block__(\"\"\"\n        a = 1\n        a + 1\n    \"\"\")\n";
    let module = accepted(text);
    let (inner, spans) = body(&module, "f");
    let block = inner.exprs.iter().find(|expr| matches!(expr, Expr::Block { .. }));
    let Some(Expr::Block { body: stmts, value }) = block else { panic!("no block") };
    for node in [Node::Stmt(stmts[0]), Node::Expr(*value)] {
        let span = spans.get(node);
        let text = &text[span.start as usize..span.end as usize];
        assert!(text.starts_with("\"\"\"") && text.ends_with("\"\"\""), "{text}");
    }
}

#[test]
fn ends_of_modules() {
    assert_eq!(parse("").end, (2, 0));
    assert_eq!(parse("x: i32 = 1\n").end, (2, 10));
    assert_eq!(parse("# a\r\n# bc\r\n").end, (3, 4));
    assert_eq!(parse("# a\n# bc").end, (3, 4));
}

#[test]
fn docstrings() {
    let module = accepted("'m'\ndef f():\n    ('d'  'e')\n    'x'\nclass C:\n    b'no'\n");
    assert_eq!(module.docstring.as_deref(), Some("m"));
    let (root, _) = body(&module, "");
    let Stmt::FuncDef(def) = root.stmt(root.root[0]) else { panic!("no function") };
    assert_eq!(def.docstring.as_deref(), Some("de"));
    assert_eq!(body(&module, "f").0.root.len(), 1);
    let Stmt::ClassDef(def) = root.stmt(root.root[1]) else { panic!("no class") };
    assert_eq!(def.docstring, None);
}

/// An expression with all its parentheses.
fn grouped(body: &Body, id: spy_syntax::ast::ExprId) -> String {
    let pair =
        |op: &str, left, right| format!("({} {op} {})", grouped(body, left), grouped(body, right));
    match body.expr(id) {
        Expr::Name(name) => name.to_string(),
        Expr::BinOp { op, left, right } => pair(op.symbol(), *left, *right),
        Expr::CmpOp { op, left, right } => pair(op.symbol(), *left, *right),
        Expr::And(left, right) => pair("and", *left, *right),
        Expr::Or(left, right) => pair("or", *left, *right),
        Expr::UnaryOp { op, value } => format!("({} {})", op.symbol(), grouped(body, *value)),
        Expr::GetAttr { value, attr } => format!("{}.{attr}", grouped(body, *value)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn operators_bind_as_in_python() {
    for (text, expected) in [
        ("a or b and not c", "(a or (b and (not c)))"),
        ("a or b or c", "((a or b) or c)"),
        ("not a == b", "(not (a == b))"),
        ("not not a", "(not (not a))"),
        ("a < b | c", "(a < (b | c))"),
        ("a not in b and c is not d", "((a not in b) and (c is not d))"),
        ("a | b ^ c & d << e + f * g", "(a | (b ^ (c & (d << (e + (f * g))))))"),
        ("a * b + c << d & e ^ f | g", "((((((a * b) + c) << d) & e) ^ f) | g)"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b // c % d @ e", "((((a / b) // c) % d) @ e)"),
        ("a ** b ** c", "(a ** (b ** c))"),
        ("-a ** b", "(- (a ** b))"),
        ("a ** -b ** c", "(a ** (- (b ** c)))"),
        ("a ** -b * c", "((a ** (- b)) * c)"),
        ("- + ~a.b", "(- (+ (~ a.b)))"),
        ("-a - -b", "((- a) - (- b))"),
        ("(a + b) * (c)", "((a + b) * c)"),
        ("(a < b) < c", "((a < b) < c)"),
        ("a * (b or (c + d)) >> e", "((a * (b or (c + d))) >> e)"),
    ] {
        let module = accepted(&format!("x = {text}\n"));
        let (body, _) = body(&module, "");
        let Stmt::VarDef { value: Some(value), .. } = body.stmt(body.root[0]) else {
            panic!("no declaration")
        };
        assert_eq!(grouped(body, *value), expected, "{text}");
    }
}

#[test]
fn parts_of_f_strings_have_their_places() {
    let text = "def f():\n    'a' f'{b + 1!r:>{c}}{{' 'd'\n";
    let module = accepted(text);
    let (body, spans) = body(&module, "f");
    let slice = |id: ExprId| {
        let span = spans.get(Node::Expr(id));
        &text[span.start as usize..span.end as usize]
    };
    let joined: Vec<ExprId> = body
        .expr_ids()
        .into_iter()
        .filter(|id| matches!(body.expr(*id), Expr::JoinedStr(_)))
        .collect();
    let [spec, whole] = joined[..] else { panic!("{joined:?}") };
    assert_eq!(slice(whole), "'a' f'{b + 1!r:>{c}}{{' 'd'");
    assert_eq!(slice(spec), ":>{c}");
    let Expr::JoinedStr(parts) = body.expr(whole) else { panic!("{body:?}") };
    assert_eq!(
        parts.iter().map(|id| slice(*id)).collect::<Vec<_>>()[..2],
        ["'a'", "{b + 1!r:>{c}}"]
    );
    let Expr::FormattedValue { value, conversion, spec: Some(_) } = body.expr(parts[1]) else {
        panic!("{body:?}")
    };
    assert_eq!((slice(*value), *conversion), ("b + 1", Conversion::Repr));
    assert_eq!(body.expr(parts[2]), &Expr::Literal(Literal::Str("{d".into())));
}
