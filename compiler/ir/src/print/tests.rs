//! Dumps, compared with what the language's specification shows.

use super::*;
use crate::build::*;
use crate::{
    Callee, Const, Expr, ExprKind, Name, PtrKind, PtrOp, Scalar, ScalarTy, StmtKind, Target,
};

/// Knows two structs, `t::P {x: i32, q: t::Q}` and `t::Q {a: i32, b: f64}`.
struct Names;

impl Namer for Names {
    fn human(&self, fqn: &Fqn) -> String {
        let text = builtin_human(fqn);
        text.replace("[i32]::Self", "[i32]").replace("test::later", "test::outer::later#1")
    }

    fn full(&self, fqn: &Fqn) -> String {
        fqn.full().to_owned()
    }
}

impl DumpContext for Names {
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        let inner = Type::Struct(Fqn::simple("t::Q"));
        match fqn.full() {
            "t::P" => Some(Arc::new(struct_def("t::P", &[("x", Type::I32), ("q", inner)]))),
            "t::Q" | "test::Box[i32]::Self" => {
                let float = Type::Scalar(ScalarTy::F64);
                Some(Arc::new(struct_def("t::Q", &[("a", Type::I32), ("b", float)])))
            }
            _ => None,
        }
    }

    fn position(&self, _: &Fqn, pos: PosIdx) -> Option<DumpPos> {
        let line = 20 + pos.0;
        let file = "/src/t.spy".to_owned();
        Some(DumpPos { file, line, col: 4, end_line: line, end_col: 5 })
    }
}

fn dump(func: &Func) -> String {
    dump_func(func, &Names, &DumpOptions::default())
}

fn full(func: &Func) -> String {
    dump_func(func, &Names, &DumpOptions { full_fqn: true, color: false })
}

/// How one expression prints in a function with the i32 locals `a` and `b` and the bool `c`.
fn printed(make: impl Fn(&FuncBuilder, [Expr; 3]) -> Expr) -> String {
    let mut f = FuncBuilder::new("test::f");
    let [a, b] = ["a", "b"].map(|name| f.param(name, Type::I32));
    let c = f.param("c", Type::BOOL);
    let value = make(&f, [f.get(a), f.get(b), f.get(c)]);
    let text = dump(&f.body(vec![eval(value)]));
    text.lines().nth(1).unwrap_or_default().trim().to_owned()
}

fn op(name: &str, left: Expr, right: Expr) -> Expr {
    prim(name, vec![left, right])
}

#[test]
fn statements_and_declarations() {
    let mut f = FuncBuilder::new("test::foo").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let [y, z] = [f.local("y", Type::I32), f.local("z", Type::STR)];
    let unpacked = expr(
        ExprKind::Call(Callee::StructMake, vec![int(1), text("q")]),
        Type::Struct(Fqn::simple("tuple[i32, str]")),
    );
    let body = vec![
        assign(x, op("i32_sub", f.get(x), int(1))),
        assign(x, int(2)),
        stmt(StmtKind::VarDef(y, None)),
        assign(y, int(4)),
        stmt(StmtKind::Unpack(vec![Target::Local(y), Target::Local(z)], unpacked)),
        assign(z, text("it's")),
        while_(
            prim("i32_to_bool", vec![f.get(x)]),
            vec![
                if_(
                    scalar(Scalar::Bool(true)),
                    vec![stmt(StmtKind::Break)],
                    vec![stmt(StmtKind::Continue)],
                ),
                if_(scalar(Scalar::Bool(false)), vec![], vec![]),
            ],
        ),
        stmt(StmtKind::AssignCell(Fqn::simple("test::g"), int(3))),
        stmt(StmtKind::Assert { test: scalar(Scalar::Bool(true)), msg: Some(text("m")) }),
        eval(at(3, raise("ValueError", ""))),
        eval(raise("ValueError", "bad")),
        stmt(StmtKind::Pass),
        ret(f.get(y)),
    ];
    let func = f.body(body);
    assert_eq!(
        dump(&func),
        "def foo(x: i32) -> i32:
    x: i32 = x - 1
    x = 2
    y: i32
    y = 4
    y, z = `tuple[i32, str]::__make__`(1, 'q')
    z: str = \"it's\"
    while `operator::i32_to_bool`(x):
        if True:
            break
        else:
            continue
        if False:
    `test::g` = 3
    assert True, 'm'
    raise ValueError # /.../t.spy:23
    raise ValueError('bad') # /.../t.spy:20
    pass
    return y
"
    );
    let text = full(&func);
    assert!(text.starts_with("def `test::foo`(x: `builtins::i32`) -> `builtins::i32`:\n"));
    assert!(text.contains("    x: `builtins::i32` = `operator::i32_sub`(x, 1)\n"), "{text}");
    assert!(text.contains("`operator::raise`('ValueError', 'bad', '/src/t.spy', 20)\n"), "{text}");
}

#[test]
fn parentheses_only_where_grouping_needs_them() {
    let minus = "i32_sub";
    assert_eq!(
        printed(|_, [a, b, _]| op(minus, op(minus, a.clone(), b.clone()), op(minus, a, b))),
        "a - b - (a - b)"
    );
    assert_eq!(
        printed(|_, [a, b, _]| op(
            "i32_mul",
            op("i32_add", a.clone(), int(1)),
            op("i32_div", a, b)
        )),
        "(a + 1) * (a / b)"
    );
    assert_eq!(
        printed(|_, [a, b, c]| and(op("i32_lt", a.clone(), int(3)), or(c, op("i32_eq", a, b)))),
        "a < 3 and (c or a == b)"
    );
    assert_eq!(printed(|_, [_, _, c]| or(and(c.clone(), c.clone()), c)), "c and c or c");
    assert_eq!(printed(|_, [_, _, c]| and(c.clone(), and(c.clone(), c))), "c and c and c");
    assert_eq!(
        printed(|f, [a, ..]| op("i32_add", f.walrus(crate::LocalId(1), a), int(3))),
        "(b := a) + 3"
    );
    assert_eq!(
        printed(|_, [a, b, _]| prim("i32_neg", vec![op("i32_floordiv", a, b)])),
        "`operator::i32_neg`(a // b)"
    );
    assert_eq!(printed(|_, [a, b, _]| op("i32_mod", a, b)), "`operator::i32_mod`(a, b)");
}

#[test]
fn blocks_print_on_one_line() {
    let mut f = FuncBuilder::new("test::f");
    let c = f.param("c", Type::BOOL);
    let x = f.local("arg0$0", Type::I32);
    let inner = vec![assign(x, int(1)), if_(f.get(c), vec![assign(x, int(2))], vec![])];
    let func = f.body(vec![eval(block(inner, none()))]);
    assert_eq!(
        dump(&func),
        "def f(c: bool) -> None:
    __block__(arg0$0: i32 = 1; if c:;     arg0$0 = 2; None)
"
    );
    assert!(full(&func).starts_with("def `test::f`(c: `builtins::bool`) -> `types::NoneType`:\n"));
}

#[test]
fn pointers_print_with_offsets_and_places() {
    let pointed = Type::Struct(Fqn::simple("t::P"));
    let inner = Type::Struct(Fqn::simple("t::Q"));
    let p_ty = Type::Ptr(PtrKind::Gc, Arc::new(pointed.clone()));
    let ref_q = Type::Ref(PtrKind::Gc, Arc::new(inner));
    let ref_p = Type::Ref(PtrKind::Gc, Arc::new(pointed.clone()));
    let float = Type::Scalar(ScalarTy::F64);
    let mut f = FuncBuilder::new("t::f");
    let p = f.param("p", p_ty.clone());
    let p = || at(1, f.get(p));
    let field = ptr(PtrOp::GetFieldByRef(1), ref_q, vec![p()]);
    let item = ptr(PtrOp::GetItemByRef, ref_p, vec![p(), int(0)]);
    let body = vec![
        eval(ptr(PtrOp::SetField(0), Type::None, vec![p(), int(4)])),
        eval(ptr(PtrOp::GetFieldByVal(1), float, vec![field])),
        eval(ptr(PtrOp::Deref, pointed, vec![item])),
        eval(ptr(PtrOp::Alloc, p_ty.clone(), vec![int(9)])),
        eval(ptr(PtrOp::Copy, Type::None, vec![p(), p(), int(1)])),
        eval(ptr(PtrOp::ToBool, Type::BOOL, vec![expr(ExprKind::Const(Const::Null), p_ty)])),
    ];
    let text = dump(&f.body(body));
    let lines: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "`unsafe::ptr_setfield[i32]::impl`(p, 'x', 0, 4)",
            "`unsafe::ptr_getfield[f64]::byval`(`unsafe::ptr_getfield[unsafe::gc_ref[t::Q]]::byref`(p, 'q', 16), 'b', 8)",
            "`unsafe::gc_ref[t::P]::deref`(`unsafe::gc_ptr[t::P]::getitem_byref`(p, 0, Loc('/src/t.spy 21:4 21:5')))",
            "`unsafe::gc_ptr[t::P]::alloc`(9)",
            "`unsafe::ptr_copy[unsafe::gc_ptr[t::P], unsafe::gc_ptr[t::P]]::impl`(p, p, 1)",
            "`unsafe::gc_ptr[t::P]::to_bool`(`unsafe::gc_ptr[t::P]::NULL`)",
        ]
    );
}

#[test]
fn getters_and_constants() {
    let own = Fqn::simple("test::Box").with_quals([Fqn::simple("builtins::i32")]).join("Self");
    let mut f = FuncBuilder::new("test::f");
    let own = f.param("self", Type::Struct(own));
    let get = expr(ExprKind::Call(Callee::GetField(0), vec![f.get(own)]), Type::I32);
    let pair = Const::Struct(vec![
        (Const::Scalar(Scalar::I32(1)), Type::I32),
        (Const::Scalar(Scalar::str("a")), Type::STR),
    ]);
    let tuple = Type::Struct(Fqn::simple("m::tup"));
    let opaque = Type::Opaque(Fqn::simple("builtins::type"));
    let body = vec![
        eval(get),
        eval(expr(ExprKind::Const(pair), tuple)),
        eval(expr(ExprKind::Const(Const::Null), Type::File)),
        eval(expr(ExprKind::Const(Const::Opaque("i32".into())), opaque)),
        eval(scalar(Scalar::U8(1))),
        eval(runtime("builtins::hash_str", Type::I32, vec![text("s")])),
    ];
    let func = f.body(body);
    assert_eq!(
        dump(&func),
        "def f(self: `test::Box[i32]`) -> None:
    `test::Box[i32]::__get_a__`(self)
    (1, 'a')
    `posix::_FILE_NULL`
    i32
    u8(1)
    hash_str('s')
"
    );
    assert!(full(&func).contains("    `test::Box[i32]::Self::__get_a__`(self)\n"));
}

#[test]
fn modules_begin_with_their_aliases() {
    let funcs = [
        Arc::new(FuncBuilder::new("test::outer::h").body(vec![ret(none())])),
        Arc::new(FuncBuilder::new("test::later").body(vec![])),
    ];
    let aliases = [("di".to_owned(), Fqn::simple("test::outer::h"))];
    let text = dump_functions(&aliases, &funcs, &Names, &DumpOptions::default());
    assert_eq!(
        text,
        "di = `test::outer::h`

def `test::outer::h`() -> None:
    return None

def `test::outer::later#1`() -> None:
"
    );
    let color = DumpOptions { color: true, full_fqn: false };
    let text = dump_func(&funcs[0], &Names, &color);
    assert!(text.contains("\u{1b}[34mreturn\u{1b}[0m None\n"), "{text:?}");
    let name: Name = Name::from("None");
    assert!(text.contains(&format!("\u{1b}[36m{name}\u{1b}[0m:")), "{text:?}");
}

#[test]
fn deep_nesting_neither_overflows_nor_takes_quadratic_time() {
    let mut value = int(0);
    for _ in 0..20_000 {
        value = op("i32_add", int(1), value);
    }
    let func = FuncBuilder::new("test::f").body(vec![eval(value)]);
    let text = dump(&func);
    assert!(text.ends_with(&format!("{}\n", ")".repeat(19_999))));
    // Dropping nested boxes recurses; there are none here that a program could contain.
    std::mem::forget(func);
}
