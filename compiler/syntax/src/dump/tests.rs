use super::dump_module;
use crate::parse;

/// The dump of a module called `m`, without its first and last lines, which are the same for
/// all modules that have no docstring.
fn decls(text: &str) -> String {
    let module = parse(text);
    assert_eq!(module.errors, []);
    let dump = dump_module(&module, "m.spy", "m");
    let start = "Module(\n    filename='m.spy',\n    docstring=None,\n    decls=[\n";
    let end = "    ],\n    symtable=<SymTable 'm' (blue, module)>,\n)";
    let inner = dump.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    inner.unwrap_or_else(|| panic!("unexpected frame of\n{dump}")).to_owned()
}

#[test]
fn empty_module() {
    let module = parse("'''It's.'''\n'stray'\n");
    let expected = "\
Module(
    filename='a/m.spy',
    docstring=\"It's.\",
    decls=[],
    symtable=<SymTable 'a.m' (blue, module)>,
)";
    assert_eq!(dump_module(&module, "a/m.spy", "a.m"), expected);
}

#[test]
fn imports() {
    let expected = "        \
        Import(ref=<ImportRef a>, asname='a'),
        Import(ref=<ImportRef (b.c)>, asname='d'),
        Import(ref=<ImportRef m.x>, asname='x'),
        Import(ref=<ImportRef (m.n).y>, asname='z'),
";
    assert_eq!(decls("import a, b.c as d\nfrom m import x\nfrom m.n import y as z\n"), expected);
}

#[test]
fn values() {
    let text = "x: i32 = -1\nvar y = (1.5, 2j, 'a', b'b', None, u8(3), f32(0.5))\n";
    let expected = "        \
        GlobalVarDef(
            vardef=VarDef(
                kind=None,
                name=StrLiteral(value='x'),
                type=Name(id='i32'),
                value=Literal(value=-1),
            ),
        ),
        GlobalVarDef(
            vardef=VarDef(
                kind='var',
                name=StrLiteral(value='y'),
                type=Auto(),
                value=Tuple(
                    items=[
                        Literal(value=1.5),
                        Literal(value=2j),
                        StrLiteral(value='a'),
                        BytesLiteral(value=b'b'),
                        Literal(value=None),
                        Literal(value=UInt8(3)),
                        Literal(value=c_float(0.5)),
                    ],
                ),
            ),
        ),
";
    assert_eq!(decls(text), expected);
}

#[test]
fn functions() {
    let text = "@blue.generic\n@d(1)\ndef f(a, *b: i32) -> None:\n    'doc'\n    def f(): return\n";
    let expected = "        \
        GlobalFuncDef(
            funcdef=FuncDef(
                color='blue',
                kind='generic',
                name='f',
                args=[
                    FuncArg(
                        name='a',
                        type=Auto(),
                        kind='simple',
                    ),
                    FuncArg(
                        name='b',
                        type=Name(id='i32'),
                        kind='var_positional',
                    ),
                ],
                return_type=Literal(value=None),
                defaults=[],
                docstring='doc',
                body=[
                    FuncDef(
                        color='red',
                        kind='plain',
                        name='f',
                        args=[],
                        return_type=Auto(),
                        defaults=[],
                        docstring=None,
                        body=[
                            Return(
                                value=Literal(value=None),
                            ),
                        ],
                        decorators=[],
                        symtable=<SymTable 'm::f::f' (red, function)>,
                    ),
                ],
                decorators=[
                    Call(
                        func=Name(id='d'),
                        args=[
                            Literal(value=1),
                        ],
                    ),
                ],
                symtable=<SymTable 'm::f' (blue, function)>,
            ),
        ),
";
    assert_eq!(decls(text), expected);
}

#[test]
fn type_parameters() {
    let text = "@struct\nclass C[T]:\n    def f[U](self): pass\n";
    let expected = "        \
        GlobalGenericClassDef(
            classdef=GenericClassDef(
                name='C',
                args=[
                    FuncArg(
                        name='T',
                        type=Auto(),
                        kind='simple',
                    ),
                ],
                inner=ClassDef(
                    name='Self',
                    kind='struct',
                    docstring=None,
                    body=[
                        GenericFuncDef(
                            name='f',
                            args=[
                                FuncArg(
                                    name='U',
                                    type=Auto(),
                                    kind='simple',
                                ),
                            ],
                            inner=FuncDef(
                                color='red',
                                kind='plain',
                                name='__impl',
                                args=[
                                    FuncArg(
                                        name='self',
                                        type=Auto(),
                                        kind='simple',
                                    ),
                                ],
                                return_type=Auto(),
                                defaults=[],
                                docstring=None,
                                body=[
                                    Pass(),
                                ],
                                decorators=[],
                                symtable=<SymTable 'm::C::Self::f::__impl' (red, function)>,
                            ),
                            symtable=<SymTable 'm::C::Self::f' (blue, function)>,
                        ),
                    ],
                    symtable=<SymTable 'm::C::Self' (blue, class)>,
                ),
                symtable=<SymTable 'm::C' (blue, function)>,
            ),
        ),
";
    assert_eq!(decls(text), expected);
}

/// The dump of the statements of a function, without their indentation.
fn stmts(text: &str) -> String {
    let dump = decls(&format!("def f():\n    {}\n", text.replace('\n', "\n    ")));
    let start = dump.find("body=[\n").map_or(0, |at| at + "body=[\n".len());
    let end = dump.rfind("                ],\n                decorators").unwrap_or(dump.len());
    let lines = dump[start..end].lines().map(|line| line.get(20..).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn simple_statements() {
    for (text, expected) in [
        ("pass", "Pass(),"),
        ("assert a", "Assert(\n    test=Name(id='a'),\n    msg=None,\n),"),
        ("raise E", "Raise(\n    exc=Name(id='E'),\n),"),
        (
            "const x: T",
            "VarDef(\n    kind='const',\n    name=StrLiteral(value='x'),\n    type=Name(id='T'),\n    \
             value=None,\n),",
        ),
        (
            "a, = b",
            "Assign(\n    target=UnpackTarget(\n        targets=[\n            SingleTarget(\n                \
             name=StrLiteral(value='a'),\n            ),\n        ],\n    ),\n    value=Name(id='b'),\n),",
        ),
        (
            "a //= b",
            "AugAssign(\n    op='//',\n    target=StrLiteral(value='a'),\n    value=Name(id='b'),\n),",
        ),
        (
            "a.b = c",
            "SetAttr(\n    target=Name(id='a'),\n    attr=StrLiteral(value='b'),\n    value=Name(id='c'),\n),",
        ),
        (
            "a[()] = c",
            "SetItem(\n    target=Name(id='a'),\n    args=[],\n    value=Name(id='c'),\n),",
        ),
    ] {
        assert_eq!(stmts(text), expected, "{text}");
    }
}

#[test]
fn functions_in_functions() {
    let expected = "\
FuncDef(
    color='red',
    kind='plain',
    name='outer',
    args=[],
    return_type=Auto(),
    defaults=[],
    docstring=None,
    body=[
        FuncDef(
            color='red',
            kind='plain',
            name='inner',
            args=[],
            return_type=Auto(),
            defaults=[],
            docstring=None,
            body=[
                Pass(),
            ],
            decorators=[],
            symtable=<SymTable 'm::f::outer::inner' (red, function)>,
        ),
    ],
    decorators=[],
    symtable=<SymTable 'm::f::outer' (red, function)>,
),";
    assert_eq!(stmts("def outer():\n    def inner():\n        pass"), expected);
}

#[test]
fn compound_statements() {
    let expected = "\
If(
    test=Name(id='a'),
    then_body=[
        While(
            test=Name(id='b'),
            body=[
                Break(),
            ],
        ),
    ],
    else_body=[
        If(
            test=Name(id='c'),
            then_body=[
                For(
                    seq=0,
                    target=StrLiteral(value='i'),
                    iter=Name(id='x'),
                    body=[
                        Continue(),
                    ],
                ),
            ],
            else_body=[
                Pass(),
            ],
        ),
    ],
),";
    let text = "if a:\n    while b: break\nelif c:\n    for i in x: continue\nelse: pass";
    assert_eq!(stmts(text), expected);
}

#[test]
fn expressions() {
    let value = |text: &str| {
        let dump = stmts(text);
        let inner =
            dump.strip_prefix("StmtExpr(\n    value=").and_then(|d| d.strip_suffix(",\n),"));
        inner.unwrap_or(&dump).replace("\n    ", "\n")
    };
    for (text, expected) in [
        (
            "a is not b",
            "CmpOp(\n    op='is not',\n    left=Name(id='a'),\n    right=Name(id='b'),\n)",
        ),
        ("a @ b", "BinOp(\n    op='@',\n    left=Name(id='a'),\n    right=Name(id='b'),\n)"),
        ("not a", "UnaryOp(\n    op='not',\n    value=Name(id='a'),\n)"),
        ("a or b", "Or(\n    left=Name(id='a'),\n    right=Name(id='b'),\n)"),
        ("a.b", "GetAttr(\n    value=Name(id='a'),\n    attr=StrLiteral(value='b'),\n)"),
        (
            "a[:b]",
            "GetItem(\n    value=Name(id='a'),\n    args=[\n        Slice(\n            \
             start=Literal(value=None),\n            stop=Name(id='b'),\n            \
             step=Literal(value=None),\n        ),\n    ],\n)",
        ),
        (
            "(a.b)()",
            "CallMethod(\n    target=Name(id='a'),\n    method=StrLiteral(value='b'),\n    args=[],\n)",
        ),
        (
            "(a := 1)",
            "AssignExpr(\n    target=StrLiteral(value='a'),\n    value=Literal(value=1),\n)",
        ),
        (
            "{1: 2}",
            "Dict(\n    items=[\n        KeyValuePair(\n            key=Literal(value=1),\n            \
             value=Literal(value=2),\n        ),\n    ],\n)",
        ),
        (
            "__block__('''\n    x = 1\n    x\n''')",
            "BlockExpr(\n    body=[\n        Assign(\n            target=SingleTarget(\n                \
             name=StrLiteral(value='x'),\n            ),\n            value=Literal(value=1),\n        ),\n    \
             ],\n    value=Name(id='x'),\n)",
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}
