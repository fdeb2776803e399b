//! What is rejected, row by row: the headline, the label, and the text that it covers.

use spy_syntax::parse;

/// Source text, headline, label, covered text.
type Row = (&'static str, &'static str, &'static str, &'static str);

fn check(rows: &[Row]) {
    for &(source, message, label, covered) in rows {
        let module = parse(source);
        let found: Vec<_> = module
            .errors
            .iter()
            .map(|error| {
                let span = error.span.start as usize..error.span.end as usize;
                (error.message.as_str(), error.label.as_str(), &source[span])
            })
            .collect();
        assert_eq!(found, [(message, label, covered)], "in\n{source}");
    }
}

const NO: &str = "this is not supported";
const DEF: &str = "write a function with `def` instead";

#[test]
fn text_that_is_no_program() {
    check(&[
        (
            "def f():\n    x\n    if a:\n",
            "expected an indented block after 'if' statement on line 3",
            "",
            "    if a:",
        ),
        (
            "def f():\n    if a:\n    b\n",
            "expected an indented block after 'if' statement on line 2",
            "",
            "    b",
        ),
        (
            "class A:\nx: i32 = 1\n",
            "expected an indented block after class definition on line 1",
            "",
            "x: i32 = 1",
        ),
        (
            "def f():\n    if a:\n        b\n\tc\n",
            "inconsistent use of tabs and spaces in indentation (<string>, line 4)",
            "",
            "\tc",
        ),
        (
            "def f():\n    if a:\n        b\n  c\n",
            "unindent does not match any outer indentation level (<string>, line 4)",
            "",
            "  c",
        ),
        ("\n\nx = '''abc\n", "('EOF in multi-line string', (3, 5))", "", "x = '''abc"),
        ("x = 'abc\ny = 1\n", "unterminated string literal (detected at line 1)", "", "x = 'abc"),
        ("x = f'a\n", "unterminated f-string literal (detected at line 1)", "", "x = f'a"),
        ("x = 1\n  y = 2\n", "unexpected indent", "", "  y = 2"),
        ("x = )\n", "unmatched ')'", "", "x = )"),
        (
            "x = (]\n",
            "closing parenthesis ']' does not match opening parenthesis '('",
            "",
            "x = (]",
        ),
        (
            "x = (\n]\n",
            "closing parenthesis ']' does not match opening parenthesis '(' on line 1",
            "",
            "]",
        ),
        ("x = (1,\ny = 2\n", "'(' was never closed", "", "x = (1,"),
        ("x = [1,\ndef f(): pass\n", "'[' was never closed", "", "x = [1,"),
        ("x = 1\u{a0}\n", "invalid decimal literal", "", "x = 1\u{a0}"),
        ("x =\u{a0}1\n", "invalid non-printable character U+00A0", "", "x =\u{a0}1"),
        ("x = “a”\n", "invalid character '“' (U+201C)", "", "x = “a”"),
        ("x = $\n", "invalid syntax", "", "x = $"),
        ("x = a ! b\n", "invalid syntax", "", "x = a ! b"),
        ("x = \0\n", "source code cannot contain null bytes", "", "x = \0"),
        ("x = \\a\n", "unexpected character after line continuation character", "", "x = \\a"),
        ("x = 1 \\", "unexpected EOF while parsing", "", "x = 1 \\"),
        (
            "x = 08\n",
            "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            "",
            "x = 08",
        ),
        ("x = 1_\n", "invalid decimal literal", "", "x = 1_"),
        ("x = 0o9\n", "invalid digit '9' in octal literal", "", "x = 0o9"),
        ("x = 0xg\n", "invalid hexadecimal literal", "", "x = 0xg"),
        (
            "x = '\\x1'\n",
            "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \\xXX escape",
            "",
            "x = '\\x1'",
        ),
        ("x = b'\\x1'\n", "(value error) invalid \\x escape at position 0", "", "x = b'\\x1'"),
        ("x = b'é'\n", "bytes can only contain ASCII literal characters", "", "x = b'é'"),
        ("x = 'a' b'b'\n", "cannot mix bytes and nonbytes literals", "", "x = 'a' b'b'"),
    ]);
}

#[test]
fn grammar_errors() {
    check(&[
        ("x = 1 1\n", "invalid syntax", "", "x = 1 1"),
        ("x = f(a b)\n", "invalid syntax. Perhaps you forgot a comma?", "", "x = f(a b)"),
        ("def f():\n    if x\n        y\n", "expected ':'", "", "    if x"),
        ("def f()\n    pass\n", "expected ':'", "", "def f()"),
        ("def f:\n    pass\n", "expected '('", "", "def f:"),
        ("def f():\n    else:\n        x\n", "invalid syntax", "", "    else:"),
        (
            "def f():\n    if x = 1:\n        y\n",
            "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            "",
            "    if x = 1:",
        ),
        (
            "def f():\n    print 1\n",
            "Missing parentheses in call to 'print'. Did you mean print(...)?",
            "",
            "    print 1",
        ),
        (
            "def f():\n    g() = 1\n",
            "cannot assign to function call here. Maybe you meant '==' instead of '='?",
            "",
            "    g() = 1",
        ),
        ("def f():\n    None = 1\n", "cannot assign to None", "", "    None = 1"),
        (
            "def f():\n    g() += 1\n",
            "'function call' is an illegal expression for augmented assignment",
            "",
            "    g() += 1",
        ),
        (
            "def f():\n    a, b: int\n",
            "only single target (not tuple) can be annotated",
            "",
            "    a, b: int",
        ),
        ("x = a if b\n", "expected 'else' after 'if' expression", "", "x = a if b"),
        ("x = f(a=1, 2)\n", "positional argument follows keyword argument", "", "x = f(a=1, 2)"),
        (
            "x = f(a.b=1)\n",
            "expression cannot contain assignment, perhaps you meant \"==\"?",
            "",
            "x = f(a.b=1)",
        ),
        (
            "x = (a.b := 1)\n",
            "cannot use assignment expressions with attribute",
            "",
            "x = (a.b := 1)",
        ),
        ("x = a + not b\n", "invalid syntax", "", "x = a + not b"),
        (
            "def f(a=1, b): pass\n",
            "parameter without a default follows parameter with a default",
            "",
            "def f(a=1, b): pass",
        ),
        ("def f(*): pass\n", "named arguments must follow bare *", "", "def f(*): pass"),
        (
            "from m import a,\n",
            "trailing comma not allowed without surrounding parentheses",
            "",
            "from m import a,",
        ),
        (
            "def f():\n    try:\n        x\n    y\n",
            "expected 'except' or 'finally' block",
            "",
            "    y",
        ),
        ("@a\nx = 1\n", "invalid syntax", "", "x = 1"),
        ("x = (a as b)\n", "invalid syntax", "", "x = (a as b)"),
    ]);
}

#[test]
fn declarations() {
    check(&[
        ("var x\n", "invalid syntax", "", "var x"),
        ("def f():\n    const x\n", "invalid syntax", "", "    const x"),
        ("var x, y = 1, 2\n", "invalid syntax", "", "var x, y = 1, 2"),
        ("var x += 1\n", "invalid syntax", "", "var x += 1"),
        ("def f():\n    for var x in y: pass\n", "invalid syntax", "", "    for var x in y: pass"),
        (
            "def f():\n    print(var x)\n",
            "invalid syntax. Perhaps you forgot a comma?",
            "",
            "    print(var x)",
        ),
        ("(var x) = 1\n", "invalid syntax. Perhaps you forgot a comma?", "", "(var x) = 1"),
        ("x = var y\n", "invalid syntax", "", "x = var y"),
        ("var if = 1\n", "invalid syntax", "", "var if = 1"),
    ]);
}

#[test]
fn module_level() {
    let message = "only function and variable definitions are allowed at global scope";
    let label = "this is not allowed here";
    for (source, covered) in [
        ("if a:\n    b\n", "if a:\n    b"),
        ("for a in b: c\n", "for a in b: c"),
        ("while a: b\n", "while a: b"),
        ("pass\n", "pass"),
        ("f(1) ; x: i32 = 1\n", "f(1)"),
        ("x += 1\n", "x += 1"),
        ("async def f(): pass\n", "async def f(): pass"),
        ("type X = i32\n", "type X = i32"),
        ("b'abc'\n", "b'abc'"),
        ("return 1\n", "return 1"),
        ("x: i32\n", "x: i32"),
        ("var x: i32\n", "var x: i32"),
        ("a, b[0] = 1, 2\n", "a, b[0] = 1, 2"),
        ("a.b = 1\n", "a.b = 1"),
        ("a[0] = 1\n", "a[0] = 1"),
        ("try:\n    x\nfinally:\n    y\n", "try:\n    x\nfinally:\n    y"),
    ] {
        check(&[(source, message, label, covered)]);
    }
    let star = "a star is possible in functions only; here, slice: `rest = xs[1:]`";
    check(&[("a, *b = 1\n", "not implemented yet: assign to complex expressions", star, "*b")]);
}

#[test]
fn functions() {
    check(&[
        ("def f(a, **k: i32): pass\n", "**kwargs is not supported yet", NO, "k: i32"),
        (
            "def f(a: i32, b, /, c): pass\n",
            "positional-only arguments are not supported yet",
            NO,
            "a: i32",
        ),
        ("def f(a, /, *, b, **k): pass\n", "**kwargs is not supported yet", NO, "k"),
        (
            "def f[*Ts](): pass\n",
            "only plain TypeVar type parameters are supported",
            "ParamSpec and TypeVarTuple are not supported yet",
            "*Ts",
        ),
        (
            "def f[T, **P](): pass\n",
            "only plain TypeVar type parameters are supported",
            "ParamSpec and TypeVarTuple are not supported yet",
            "**P",
        ),
        (
            "def f[T: i32](): pass\n",
            "bounded TypeVars are not supported yet",
            "remove the bound",
            "T: i32",
        ),
        (
            "@deco\ndef f[T](): pass\n",
            "cannot use type parameters with decorators",
            "remove the decorators or the type parameters",
            "def f[T](): pass",
        ),
        (
            "def f():\n    async def g(): pass\n",
            "not implemented yet: AsyncFunctionDef",
            NO,
            "async def g(): pass",
        ),
    ]);
}

#[test]
fn classes() {
    check(&[
        ("class A(B, C): pass\n", "base classes not supported yet", NO, "B"),
        (
            "class A(metaclass=M): pass\n",
            "keywords in classes not supported yet",
            NO,
            "metaclass=M",
        ),
        ("@foo\nclass A: pass\n", "class decorators not supported yet", NO, "foo"),
        ("@struct()\nclass A: pass\n", "class decorators not supported yet", NO, "struct()"),
    ]);
}

/// Rows for statements of a function body.
fn check_stmts(rows: &[Row]) {
    for &(source, message, label, covered) in rows {
        let source = format!("def f():\n    {}\n", source.replace('\n', "\n    "));
        let covered = covered.replace('\n', "\n    ");
        let module = parse(&source);
        let found: Vec<_> = module
            .errors
            .iter()
            .map(|error| {
                let span = error.span.start as usize..error.span.end as usize;
                (error.message.clone(), error.label.clone(), source[span].to_owned())
            })
            .collect();
        let expected = (message.to_owned(), label.to_owned(), covered);
        assert_eq!(found, [expected], "in\n{source}");
    }
}

#[test]
fn statements_without_counterpart() {
    check_stmts(&[
        (
            "try:\n    x\nexcept A as e:\n    y",
            "not implemented yet: Try",
            NO,
            "try:\n    x\nexcept A as e:\n    y",
        ),
        ("try: x\nexcept* A: y", "not implemented yet: TryStar", NO, "try: x\nexcept* A: y"),
        ("with (a as b, c as d): x", "not implemented yet: With", NO, "with (a as b, c as d): x"),
        ("del a, b[1]", "not implemented yet: Delete", NO, "del a, b[1]"),
        ("nonlocal a", "not implemented yet: Nonlocal", NO, "nonlocal a"),
        (
            "match a:\n    case [1, *_] if b: x\n    case {'k': C(y=0)} | None as z:\n        w",
            "not implemented yet: Match",
            NO,
            "match a:\n    case [1, *_] if b: x\n    case {'k': C(y=0)} | None as z:\n        w",
        ),
        ("type X[T] = T", "not implemented yet: TypeAlias", NO, "type X[T] = T"),
        ("import a.b", "not implemented yet: Import", NO, "import a.b"),
        ("from a import b", "not implemented yet: ImportFrom", NO, "from a import b"),
        ("async for a in b: c", "not implemented yet: AsyncFor", NO, "async for a in b: c"),
        ("async with a: b", "not implemented yet: AsyncWith", NO, "async with a: b"),
        ("for *a in c: d", "not implemented yet: complex for loop targets", NO, "*a"),
        ("del a.b", "not implemented yet: Delete", NO, "del a.b"),
        ("raise a from b", "not implemented yet: raise ... from ...", NO, "raise a from b"),
        ("raise", "not implemented yet: bare raise", NO, "raise"),
        ("break", "'break' outside loop", "this is not in a loop", "break"),
        ("continue", "'continue' not properly in loop", "this is not in a loop", "continue"),
        (
            "for a in b:\n    def g():\n        break",
            "'break' outside loop",
            "this is not in a loop",
            "break",
        ),
    ]);
}

#[test]
fn assignments() {
    let complex = "not implemented yet: assign to complex expressions";
    let parens = "not supported: assignments targets with parentheses";
    check_stmts(&[
        (
            "a, *b, *c = 1",
            "multiple starred expressions in assignment",
            "there is one before",
            "*c",
        ),
        ("*a = 1", complex, NO, "*a"),
        ("(x): T = 1", parens, NO, "x"),
        ("x.y: T", parens, NO, "x.y"),
        ("x[0]: T", parens, NO, "x[0]"),
    ]);
}

#[test]
fn expressions() {
    check_stmts(&[
        ("f(a=1, b=2, a=3)", "keyword argument repeated: a", "this was given before", "a=3"),
        ("f(**d)", "not implemented yet: keyword arguments", NO, "**d"),
        ("x = *a", "not implemented yet: Starred", NO, "*a"),
        ("x = lambda a, *b: a", "a lambda has plain parameters only", DEF, "b"),
        (
            "[a async for b in c]",
            "not implemented yet: asynchronous comprehension",
            NO,
            "[a async for b in c]",
        ),
        ("await a", "not implemented yet: Await", NO, "await a"),
        ("x = yield a, b", "not implemented yet: Yield", NO, "yield a, b"),
        ("x = yield from a", "not implemented yet: YieldFrom", NO, "yield from a"),
        ("x = ...", "unsupported literal: Ellipsis", "this is not supported yet", "..."),
    ]);
}

#[test]
fn typed_literals() {
    let label = "integer literal out of range";
    check_stmts(&[
        ("i8(128)", "i8 literal 128 is out of range [-128, 127]", label, "128"),
        ("i8(- 129)", "i8 literal -129 is out of range [-128, 127]", label, "129"),
        ("u8(-1)", "u8 literal -1 is out of range [0, 255]", label, "1"),
        (
            "i64(0x8000_0000_0000_0000)",
            "i64 literal 9223372036854775808 is out of range [-9223372036854775808, 9223372036854775807]",
            label,
            "0x8000_0000_0000_0000",
        ),
        (
            "u32(4294967296)",
            "u32 literal 4294967296 is out of range [0, 4294967295]",
            label,
            "4294967296",
        ),
    ]);
}

#[test]
fn blocks_as_expressions() {
    let argument = "__block__ requires a single string literal argument";
    let quoted = "expected a triple-quoted string";
    check_stmts(&[
        ("x = __block__()", argument, quoted, "__block__()"),
        ("x = __block__(a)", argument, quoted, "__block__(a)"),
        ("x = __block__('a', 'b')", argument, quoted, "__block__('a', 'b')"),
        ("x = __block__(b'a')", argument, quoted, "__block__(b'a')"),
        (
            "x = __block__('''\n''')",
            "__block__ body is empty",
            "expected at least one expression",
            "__block__('''\n''')",
        ),
        (
            "x = __block__('y = 1')",
            "__block__ last statement must be an expression (the result)",
            "this should be an expression",
            "'y = 1'",
        ),
        ("x = __block__('y = ')", "invalid syntax", "", "    x = __block__('y = ')"),
    ]);
}
