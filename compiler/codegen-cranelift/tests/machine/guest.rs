//! Functions of a program that C calls without knowing their types, and guests of other programs.

use spy_codegen_cranelift::{
    Effort, Placement, PositionTables, ProgramScope, Target, Unit, compile_bridge, compile_forward,
    compile_function, layout, write_object,
};
use spy_ir::build::*;
use spy_ir::{Callee, Expr, ExprKind, Fqn, Func, Program, ScalarTy, Type};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use target_lexicon::Triple;

fn f64_type() -> Type {
    Type::Scalar(ScalarTy::F64)
}

fn pair() -> Type {
    Type::Struct(Fqn::simple("m::Pair"))
}

fn field(owner: Expr, index: u32, ty: Type) -> Expr {
    expr(ExprKind::Call(Callee::GetField(index), vec![owner]), ty)
}

/// `def swap(n: i8, p: Pair) -> Pair`, whose fields are an `i32` and a `f64`: `Pair(p.a + 1, p.b)`.
fn swap() -> Func {
    let mut f = FuncBuilder::new("m::swap").ret(pair());
    f.param("n", Type::Scalar(ScalarTy::I8));
    let p = f.param("p", pair());
    let next = prim("i32_add", vec![field(f.get(p), 0, Type::I32), int(1)]);
    let made = vec![next, field(f.get(p), 1, f64_type())];
    f.body(vec![ret(expr(ExprKind::Call(Callee::StructMake, made), pair()))])
}

/// `def deep(n: i32) -> i32: return deep(n + 1) + 1`
fn deep() -> Func {
    let mut f = FuncBuilder::new("m::deep").ret(Type::I32);
    let n = f.param("n", Type::I32);
    let next = prim("i32_add", vec![f.get(n), int(1)]);
    let inner = call("m::deep", Type::I32, vec![next]);
    f.body(vec![ret(prim("i32_add", vec![inner, int(1)]))])
}

fn sample() -> Program {
    let fields = [("a", Type::I32), ("b", f64_type())];
    program("m", vec![swap(), deep()], vec![struct_def("m::Pair", &fields)])
}

/// The host: calls the functions, and hears that the stack has ended.
const HOST: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
const char *spy_stack_end;
void spy_panic_at(const char *type, const char *message, const void *pos) {
    printf("%s: %s %d\n", type, message, pos == NULL);
    exit(0);
}
void run_swap(char *values), run_deep(char *values);
void *entry(void *a, void *b);
char table[16];
void *sum(void *place, void *a, void *b) {
    return (void *)((char *)place - table + (size_t)a + (size_t)b);
}
int main(void) {
    char values[64] = {5}, here;
    int a = 41;
    double b = 2.5;
    memcpy(values + 8, &a, 4);
    memcpy(values + 16, &b, 8);
    run_swap(values);
    memcpy(&a, values + 24, 4);
    memcpy(&b, values + 32, 8);
    printf("%d %g %d\n", a, b, (int)(size_t)entry((void *)1, (void *)2));
    fflush(stdout);
    spy_stack_end = &here - (256 << 10);
    run_deep(values);
}
"#;

fn object() -> Vec<u8> {
    let program = sample();
    let scope = ProgramScope::new(&program);
    let target = Target::new(&Triple::host(), false, Placement::Guest, Effort::Full)
        .expect("a known machine");
    let mut unit = Unit::default();
    let mut positions = PositionTables::default();
    for func in &program.modules[0].funcs {
        let compiled = compile_function(func, &scope, &target).expect("compiles");
        positions.add(&compiled, &[]);
        unit.functions.push(Arc::new(compiled));
        let name = format!("run_{}", func.fqn.parts().last().expect("a name").name);
        let bridge = compile_bridge(&name, func, &scope, &target).expect("compiles");
        if name == "run_swap" {
            assert_eq!((&*bridge.params, bridge.result, bridge.size), (&[0, 8][..], 24, 40));
        }
        unit.exported.push(name);
        unit.functions.push(Arc::new(bridge.code));
    }
    let entry = compile_forward("entry", "sum", ("table", 3), 2, &scope, &target);
    unit.functions.push(Arc::new(entry.expect("compiles")));
    unit.exported.push("entry".to_owned());
    unit.data.extend(positions.finish());
    write_object("m", &unit, &[], &target).expect("an object")
}

fn run_in(folder: &Path) -> String {
    std::fs::write(folder.join("m.o"), object()).expect("a writable folder");
    std::fs::write(folder.join("host.c"), HOST).expect("a writable folder");
    let linked = Command::new("cc")
        .args(["host.c", "m.o", "-o", "program"])
        .current_dir(folder)
        .output()
        .expect("a compiler called cc");
    assert!(linked.status.success(), "{}", String::from_utf8_lossy(&linked.stderr));
    let output = Command::new(folder.join("program")).output().expect("the program starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn functions_are_called_with_values_in_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(run_in(folder.path()), "42 2.5 6\nPanicError: stack overflow 1\n");
}

#[test]
fn fields_lie_where_c_puts_them() {
    let program = sample();
    let scope = ProgramScope::new(&program);
    let target = Target::new(&Triple::host(), true, Placement::Guest, Effort::Quick)
        .expect("a known machine");
    let found = layout(&pair(), &scope, &target);
    let places: Vec<_> =
        found.fields.iter().map(|place| (place.name.as_str(), place.offset)).collect();
    assert_eq!((places.as_slice(), found.size), (&[("a", 0), ("b", 8)][..], 16));
    assert!(!found.scanned && layout(&Type::STR, &scope, &target).scanned);
}
