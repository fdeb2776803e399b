//! What the emitted text looks like.

use super::{emit_checked, file};
use crate::EmitOptions;
use spy_ir::build::*;
use spy_ir::{
    Callee, Cell, Const, ExprKind, Fqn, Func, Name, Program, PtrKind, PtrOp, Scalar, ScalarTy,
    Stmt, Type,
};
use std::sync::Arc;

const DEBUG: EmitOptions = EmitOptions { debug: true, ..RELEASE };
const RELEASE: EmitOptions = EmitOptions {
    debug: false,
    keep_symbols: false,
    line_directives: false,
    guards_stack: false,
    numbers_positions: false,
};

/// The body of the only function of a program, without its braces and indentation of one.
fn body_of(func: Func) -> String {
    let units = emit_checked(&program("m", vec![func], vec![]), &DEBUG);
    let text = file(&units, "m.c");
    let lines = text.lines().skip_while(|line| !line.ends_with('{')).skip(1);
    let body: Vec<&str> = lines
        .take_while(|line| *line != "}")
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    body.join("\n")
}

#[test]
fn a_whole_debug_program() {
    let mut lib = FuncBuilder::new("lib::half").ret(Type::I32).track_caller();
    let x = lib.param("x", Type::I32);
    let lib_body = vec![ret(prim("i32_floordiv", vec![lib.get(x), int(2)]))];
    let mut main = FuncBuilder::new("app::run").ret(Type::I32);
    let n = main.param("n", Type::I32);
    let i = main.local("i", Type::I32);
    let halved = at(2, call("lib::half", Type::I32, vec![main.get(i)]));
    let test = prim("i32_gt", vec![main.get(i), int(0)]);
    let main_body = vec![
        assign(i, main.get(n)),
        while_(test, vec![assign(i, halved)]),
        ret(prim("i32_add", vec![main.get(i), int(1)])),
    ];
    let mut whole = program("lib", vec![lib.body(lib_body)], vec![]);
    let app = program("app", vec![main.body(main_body)], vec![]);
    whole.modules.extend(app.modules);
    whole.modules[1].cells.push(Cell {
        fqn: Fqn::simple("app::name"),
        ty: Type::STR,
        init: Const::Scalar(Scalar::str("spy")),
    });
    let units = emit_checked(&whole, &DEBUG);
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    assert_eq!(names, ["spy_structdefs.h", "lib.h", "app.h", "lib.c", "app.c", "spy_positions.c"]);
    assert_eq!(
        file(&units, "app.c"),
        r#"#include "app.h"
#include "lib.h"
static spy_StrObject spy_str_spy_app$name_0 = SPY_ASCII_LITERAL(3, "spy");
spy_StrObject *spy_app$name = &spy_str_spy_app$name_0;

extern const spy_Pos spy_pos$app$run[];
int32_t spy_app$run(int32_t n) {
    int32_t i;
    i = n;
    while (i > 0) {
        i = spy_lib$half(i, &spy_pos$app$run[2]);
    }
    return i + 1;
}
"#
    );
    assert_eq!(
        file(&units, "lib.h"),
        r#"#ifndef SPY_MODULE_lib_0_H
#define SPY_MODULE_lib_0_H

#include "spy_structdefs.h"

int32_t spy_lib$half(int32_t x, const spy_Pos *spy_pos);

#endif
"#
    );
    let lib = file(&units, "lib.c");
    assert!(lib.contains("    return spy_operator$i32_floordiv(x, 2, NULL);\n"), "{lib}");
    let tables = file(&units, "spy_positions.c");
    assert!(tables.contains("    {\"m.spy\", 3, \"    line 3\"},\n"), "{tables}");
    assert!(!tables.contains("lib"), "{tables}");
}

#[test]
fn release_builds_share_what_can_be_inlined() {
    let mut big = FuncBuilder::new("m::big");
    let x = big.local("x", Type::I32);
    let body: Vec<Stmt> = (0..40).map(|n| assign(x, int(n))).collect();
    let small = FuncBuilder::new("m::small").body(vec![eval(call("m::big", Type::None, vec![]))]);
    let program = program("m", vec![big.body(body), small], vec![]);
    let units = emit_checked(&program, &RELEASE);
    assert!(file(&units, "m.c").contains("\nvoid spy_m$big(void) {"));
    assert!(file(&units, "m.c").starts_with("#include \"m.h\"\n#include \"spy_inline.h\"\n"));
    assert!(file(&units, "spy_inline.h").contains("\nstatic inline void spy_m$small(void) {"));
    let library = EmitOptions { keep_symbols: true, ..RELEASE };
    let units = emit_checked(&program, &library);
    assert!(file(&units, "m.c").contains("\nvoid spy_m$small(void) {"));
    assert_eq!(file(&units, "spy_inline.h"), "");
}

/// Only between functions that units inline: what others call keeps its C signature.
#[test]
fn packed_structs_travel_in_carriers() {
    let two = Type::Struct(Fqn::simple("m::Two"));
    let mut f = FuncBuilder::new("m::same").ret(two.clone());
    let x = f.param("x", two.clone());
    let body = vec![ret(call("m::same", two.clone(), vec![f.get(x)]))];
    let structs = vec![struct_def("m::Two", &[("a", Type::I32), ("b", Type::I32)])];
    let program = program("m", vec![f.body(body)], structs);
    let units = emit_checked(&program, &RELEASE);
    let expected = "\nstatic inline spy_m$Two$$carried spy_m$same(spy_m$Two$$carried spy_arg0) {\n    \
        spy_m$Two x = spy_arg0.value;\n    \
        return (spy_m$Two$$carried){.value = spy_m$same((spy_m$Two$$carried){.value = x}).value};\n}\n";
    let text = file(&units, "spy_inline.h");
    assert!(text.contains(expected), "{text}");
    for options in [DEBUG, EmitOptions { keep_symbols: true, ..RELEASE }] {
        let units = emit_checked(&program, &options);
        assert!(file(&units, "m.c").contains("\nspy_m$Two spy_m$same(spy_m$Two x) {\n"));
        assert!(!file(&units, "spy_structdefs.h").contains("carried"));
    }
}

#[test]
fn moving_code_changes_position_tables_alone() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let body = vec![ret(prim("i32_mod", vec![int(1), f.get(x)]))];
    let program = program("m", vec![f.body(body)], vec![]);
    let at_line = |line: u32| {
        let entry =
            spy_ir::SourceLine { file: spy_ir::FileName::new("m.spy"), line, text: "text".into() };
        crate::emit(&program, &move |_| vec![Some(entry.clone()); 8], &DEBUG)
    };
    let (before, after) = (at_line(1), at_line(7));
    let changed: Vec<&str> =
        before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.name.as_str()).collect();
    assert_eq!(changed, ["spy_positions.c"]);
}

#[test]
fn expressions_have_few_parentheses() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let [a, b, c] = ["a", "b", "c"].map(|name| f.param(name, Type::I32));
    let small = f.param("small", Type::Scalar(ScalarTy::U8));
    let op = |name: &str, l, r| prim(&format!("i32_{name}"), vec![l, r]);
    let d = f.local("d", Type::BOOL);
    let e = f.local("e", Type::Scalar(ScalarTy::U8));
    let not = |value| prim("bool_not", vec![value]);
    let body = vec![
        assign(a, op("add", f.get(a), op("mul", f.get(b), op("sub", f.get(c), int(-1))))),
        assign(a, op("sub", f.get(a), op("sub", f.get(b), f.get(c)))),
        assign(a, op("or", op("and", f.get(a), int(3)), op("lshift", f.get(b), int(4)))),
        assign(a, prim("i32_neg", vec![prim("i32_neg", vec![f.get(a)])])),
        assign(d, not(or(op("lt", f.get(a), f.get(b)), op("eq", f.get(b), f.get(c))))),
        assign(d, prim("bool_eq", vec![not(f.get(d)), op("lt", f.get(a), int(i32::MIN))])),
        assign(d, and(f.get(d), or(f.get(d), prim("i32_to_bool", vec![f.get(a)])))),
        assign(
            e,
            prim(
                "u8_add",
                vec![f.get(small), prim("u8_floordiv", vec![f.get(small), scalar(Scalar::U8(3))])],
            ),
        ),
        ret(prim("u8_to_i32", vec![prim("u8_xor", vec![f.get(e), f.get(small)])])),
    ];
    assert_eq!(
        body_of(f.body(body)),
        "bool d;
uint8_t e;
a = a + b * (c - -1);
a = a - (b - c);
a = (a & 3) | (b << 4);
a = -(-a);
d = !(a < b || b == c);
d = (!d) == (a < INT32_MIN);
d = d && (d || a != 0);
e = (uint8_t)(small + small / 3);
return (int32_t)(e ^ small);"
    );
}

#[test]
fn only_operands_in_danger_go_to_temporaries() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let a = f.param("a", Type::I32);
    let g = |value| call("m::f", Type::I32, vec![value]);
    let add = |l, r| prim("i32_add", vec![l, r]);
    let body = vec![
        assign(a, add(f.get(a), g(int(1)))),
        assign(a, add(g(int(1)), g(f.get(a)))),
        assign(a, add(f.get(a), f.walrus(a, int(2)))),
        ret(add(prim("i32_floordiv", vec![f.get(a), int(2)]), g(g(f.get(a))))),
    ];
    assert_eq!(
        body_of(f.body(body)),
        "a = a + spy_m$f(1);
int32_t spy_v0 = spy_m$f(1);
a = spy_v0 + spy_m$f(a);
int32_t spy_v1 = a;
a = 2;
a = spy_v1 + a;
return spy_operator$i32_floordiv(a, 2, NULL) + spy_m$f(spy_m$f(a));"
    );
}

#[test]
fn locals_are_declared_as_they_are_used() {
    let mut f = FuncBuilder::new("m::f").ret(Type::STR);
    let c = f.param("c", Type::BOOL);
    let maybe = f.local("maybe", Type::STR);
    let written = f.local("written", Type::I32);
    f.local("unused", Type::I32);
    f.local("nothing", Type::None);
    let body = vec![
        assign(written, int(1)),
        if_(f.get(c), vec![assign(maybe, text("x"))], vec![]),
        ret(f.get(maybe)),
    ];
    assert_eq!(
        body_of(f.body(body)),
        "static spy_StrObject spy_str0 = SPY_ASCII_LITERAL(1, \"x\");
static spy_StrObject spy_str1 = SPY_ASCII_LITERAL(0, \"\");
spy_StrObject *maybe = &spy_str1;
int32_t written __attribute__((unused));
written = 1;
if (c) {
    maybe = &spy_str0;
}
return maybe;"
    );
}

#[test]
fn compile_time_values_leave_nothing_behind() {
    let opaque = Type::Opaque(Fqn::simple("builtins::type"));
    let mut f = FuncBuilder::new("m::f");
    let hidden = f.local("hidden", opaque.clone());
    let ty = || expr(ExprKind::Const(Const::Opaque("i32".into())), opaque.clone());
    let body = vec![eval(ty()), assign(hidden, ty()), eval(int(3)), eval(none()), ret(none())];
    assert_eq!(body_of(f.body(body)), "return;");
}

#[test]
fn structs_and_pointers_come_in_an_order_that_c_accepts() {
    let node = Type::Struct(Fqn::simple("m::Node"));
    let ptr_to_node = Type::Ptr(PtrKind::Gc, Arc::new(node.clone()));
    let own = struct_def("m::Node", &[("next", ptr_to_node.clone()), ("char", Type::I32)]);
    let mut holder = struct_def("m::Holder", &[("node", node), ("nothing", Type::None)]);
    holder.fields.push((
        Name::from("ref"),
        Type::Ref(PtrKind::Raw, Arc::new(Type::Ptr(PtrKind::Gc, Arc::new(Type::I32)))),
    ));
    let program: Program = program("m", vec![], vec![own, holder]);
    let units = emit_checked(&program, &DEBUG);
    assert_eq!(
        file(&units, "spy_structdefs.h"),
        r#"/* Structs and pointers of the program. */
#ifndef SPY_STRUCTDEFS_H
#define SPY_STRUCTDEFS_H

#include "spy.h"

typedef struct spy_m$Node spy_m$Node;
typedef struct spy_m$Holder spy_m$Holder;
SPY_PTR_TYPE(spy_unsafe$gc_ptr__builtins$i32, int32_t)
#define spy_unsafe$gc_ptr__builtins$i32$NULL ((spy_unsafe$gc_ptr__builtins$i32){0})
SPY_PTR_TYPE(spy_unsafe$gc_ptr__m$Node, spy_m$Node)
#define spy_unsafe$gc_ptr__m$Node$NULL ((spy_unsafe$gc_ptr__m$Node){0})
SPY_PTR_TYPE(spy_unsafe$raw_ptr__unsafe$gc_ptr__builtins$i32, spy_unsafe$gc_ptr__builtins$i32)
#define spy_unsafe$raw_ptr__unsafe$gc_ptr__builtins$i32$NULL ((spy_unsafe$raw_ptr__unsafe$gc_ptr__builtins$i32){0})
typedef spy_unsafe$raw_ptr__unsafe$gc_ptr__builtins$i32 spy_unsafe$raw_ref__unsafe$gc_ptr__builtins$i32;

struct spy_m$Node {
    spy_unsafe$gc_ptr__m$Node next;
    int32_t char$;
};

struct spy_m$Holder {
    spy_m$Node node;
    spy_unsafe$raw_ref__unsafe$gc_ptr__builtins$i32 ref;
};

SPY_PTR_FUNCTIONS_ATOMIC(gc, spy_unsafe$gc_ptr__builtins$i32, int32_t)
SPY_PTR_FUNCTIONS(gc, spy_unsafe$gc_ptr__m$Node, spy_m$Node)
SPY_PTR_FUNCTIONS(raw, spy_unsafe$raw_ptr__unsafe$gc_ptr__builtins$i32, spy_unsafe$gc_ptr__builtins$i32)

#endif
"#
    );
}

#[test]
fn checks_come_after_the_value_that_is_stored() {
    let point = Type::Struct(Fqn::simple("m::P"));
    let ptr_ty = Type::Ptr(PtrKind::Gc, Arc::new(point));
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let p = f.param("p", ptr_ty.clone());
    let stored = call("m::f", Type::I32, vec![f.get(p)]);
    let body = vec![
        eval(at(1, ptr(PtrOp::SetField(0), Type::None, vec![f.get(p), stored]))),
        ret(at(2, ptr(PtrOp::GetFieldByVal(0), Type::I32, vec![f.get(p)]))),
    ];
    let program = program("m", vec![f.body(body)], vec![struct_def("m::P", &[("x", Type::I32)])]);
    let checked = emit_checked(&program, &DEBUG);
    let expected = "    int32_t spy_v0 = spy_m$f(p);
    spy_unsafe$gc_ptr__m$P$check(p, &spy_pos$m$f[1]).p->x = spy_v0;
    return spy_unsafe$gc_ptr__m$P$check(p, &spy_pos$m$f[2]).p->x;
}
";
    assert!(file(&checked, "m.c").ends_with(expected), "{}", file(&checked, "m.c"));
    let plain = emit_checked(&program, &EmitOptions { keep_symbols: true, ..RELEASE });
    let expected = "    p.p->x = spy_m$f(p);\n    return p.p->x;\n}\n";
    assert!(file(&plain, "m.c").ends_with(expected), "{}", file(&plain, "m.c"));
}

#[test]
fn equal_symbols_are_told_apart() {
    let mut whole = program("a.b", vec![FuncBuilder::new("a.b::f").body(vec![])], vec![]);
    let call_both = vec![
        eval(call("a.b::f", Type::None, vec![])),
        eval(expr(ExprKind::Call(Callee::Func(Fqn::simple("a_b::f")), vec![]), Type::None)),
    ];
    let other = program("a_b", vec![FuncBuilder::new("a_b::f").body(call_both)], vec![]);
    whole.modules.extend(other.modules);
    let units = emit_checked(&whole, &DEBUG);
    let expected = "#include \"a_b.h\"\n#include \"a.b.h\"\n
void spy_a_b$f$(void) {\n    spy_a_b$f();\n    spy_a_b$f$();\n}\n";
    assert_eq!(file(&units, "a_b.c"), expected);
}

#[test]
fn large_functions_take_linear_time() {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let mut nested = f.get(x);
    for n in 0..3000 {
        nested = call("m::g", Type::I32, vec![nested, int(n), f.get(x)]);
    }
    let mut body: Vec<Stmt> = (0..50_000).map(|n| assign(x, int(n))).collect();
    body.push(ret(nested));
    let mut g = FuncBuilder::new("m::g").ret(Type::I32);
    let first = ["a", "b", "c"].map(|name| g.param(name, Type::I32))[0];
    let g_body = vec![ret(g.get(first))];
    let program = program("m", vec![g.body(g_body), f.body(body)], vec![]);
    let units = emit_checked(&program, &DEBUG);
    let text = file(&units, "m.c");
    assert_eq!(text.matches("spy_m$g(").count(), 3001);
    // Nesting is cut into temporaries, so no line grows with the whole.
    assert!(text.lines().all(|line| line.len() < 1000));
}
