//! Every primitive operation gives what `spy_prim` says, whatever is known about its operands.

use crate::run::{print, run, run_checked, with_main};
use spy_ir::build::*;
use spy_ir::{Callee, ExprKind, Func, PrimOp, Scalar, ScalarTy, Stmt, Type};

/// Values at which operations go wrong, as first operand and as any other.
fn samples(ty: ScalarTy, is_first: bool) -> Vec<Scalar> {
    if let Some((low, high)) = ty.int_range() {
        let values = if is_first { [low, high, -7, 1, 64] } else { [-1, 0, 2, 7, 31] };
        return values.into_iter().filter_map(|n| Scalar::int_wrapping(ty, n)).collect();
    }
    match ty {
        ScalarTy::Bool => [false, true].map(Scalar::Bool).to_vec(),
        ScalarTy::F32 => [0.0, -0.0, 0.5, -1.5, 1e-45, 3e38, -7.0, 300.0, 5e9, f32::INFINITY]
            .map(Scalar::F32)
            .to_vec(),
        ScalarTy::F64 => {
            [0.0, -0.0, 0.1, -0.5, 5e-324, 1e300, -7.0, 300.0, -3e9, 1e19, f64::INFINITY, f64::NAN]
                .map(Scalar::F64)
                .to_vec()
        }
        ScalarTy::Complex128 => {
            [(0.0, 0.0), (1.5, -2.0), (0.0, 3.0)].map(|(re, im)| Scalar::Complex(re, im)).to_vec()
        }
        ScalarTy::Str => ["12", "-7", ""].map(Scalar::str).to_vec(),
        ScalarTy::Bytes => vec![],
        _ => vec![],
    }
}

/// Lists of operands for these parameters.
fn operands(params: &[ScalarTy]) -> Vec<Vec<Scalar>> {
    params.iter().enumerate().fold(vec![vec![]], |lists, (index, ty)| {
        let longer = |list: &Vec<Scalar>| -> Vec<Vec<Scalar>> {
            samples(*ty, index == 0)
                .into_iter()
                .map(|one| [list.clone(), vec![one]].concat())
                .collect()
        };
        lists.iter().flat_map(longer).collect()
    })
}

fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Scalar::F32(value) => spy_prim::text::repr_f32(*value),
        Scalar::F64(value) => spy_prim::text::repr_f64(*value),
        Scalar::Complex(re, im) => spy_prim::text::repr_complex(*re, *im),
        other => other.as_int().map_or_else(String::new, |value| value.to_string()),
    }
}

/// Adds a function that applies the operation to its parameters, and one that calls it, and the
/// operation itself with its last operand known, on all operands on which it does not fail.
fn add(op: PrimOp, funcs: &mut Vec<Func>, body: &mut Vec<Stmt>, expected: &mut String) {
    let ty = Type::Scalar(op.result());
    let apply = |args| expr(ExprKind::Call(Callee::Prim(op), args), ty.clone());
    let name = format!("m::op{}", funcs.len());
    let mut f = FuncBuilder::new(&name).ret(ty.clone());
    let params: Vec<_> = op
        .params()
        .iter()
        .enumerate()
        .map(|(index, ty)| f.param(&format!("a{index}"), Type::Scalar(*ty)))
        .collect();
    let args = params.iter().map(|param| f.get(*param)).collect();
    funcs.push(f.body(vec![ret(apply(args))]));
    let mut test = Vec::new();
    for args in operands(op.params()) {
        let Ok(result) = spy_prim::eval(op, &args) else { continue };
        let mut known = FuncBuilder::new(&format!("m::known{}", funcs.len())).ret(ty.clone());
        let first = known.param("a", Type::Scalar(args[0].ty()));
        let mut inner = vec![known.get(first)];
        inner.extend(args[1..].iter().map(|arg| scalar(arg.clone())));
        let of_known =
            call(&format!("m::known{}", funcs.len()), ty.clone(), vec![scalar(args[0].clone())]);
        funcs.push(known.body(vec![ret(apply(inner))]));
        let of_unknown = call(&name, ty.clone(), args.iter().cloned().map(scalar).collect());
        for value in [of_known, of_unknown] {
            test.push(print(value));
            test.push(print(text(&format!(" {} {args:?}\n", op.fqn()))));
            expected.push_str(&format!("{} {} {args:?}\n", shown(&result), op.fqn()));
        }
    }
    let name = format!("m::test{}", funcs.len());
    funcs.push(FuncBuilder::new(&name).body(test));
    body.push(eval(call(&name, Type::None, vec![])));
}

#[test]
fn operations_give_what_the_interpreter_gives() {
    let (mut funcs, mut body, mut expected) = (Vec::new(), Vec::new(), String::new());
    for op in PrimOp::all() {
        add(op, &mut funcs, &mut body, &mut expected);
    }
    assert!(expected.lines().count() > 3_000, "there are cases");
    funcs.push(FuncBuilder::new("m::main").body(body));
    let outcome = run_checked(&with_main(program("m", funcs, vec![])));
    let wrong = outcome.stdout.lines().zip(expected.lines()).find(|(found, want)| found != want);
    assert_eq!(wrong, None);
    assert_eq!((outcome.stdout.len(), outcome.status), (expected.len(), Some(0)));
}

#[test]
fn failing_operations_blame_their_position() {
    let failures = [
        (
            "i32_floordiv",
            Scalar::I32(1),
            Scalar::I32(0),
            "ZeroDivisionError: integer division or modulo by zero",
        ),
        ("u8_mod", Scalar::U8(1), Scalar::U8(0), "ZeroDivisionError: integer modulo by zero"),
        ("i64_div", Scalar::I64(1), Scalar::I64(0), "ZeroDivisionError: division by zero"),
        (
            "f64_div",
            Scalar::F64(1.0),
            Scalar::F64(0.0),
            "ZeroDivisionError: float division by zero",
        ),
        ("i8_lshift", Scalar::I8(1), Scalar::I8(-1), "ValueError: negative shift count"),
        ("i32_pow", Scalar::I32(2), Scalar::I32(-1), "ValueError: integer ** negative exponent"),
    ];
    for (name, left, right, message) in failures {
        let ty = left.ty();
        let mut f = FuncBuilder::new("m::f");
        let (a, b) = (f.param("a", Type::Scalar(ty)), f.param("b", Type::Scalar(ty)));
        let body = vec![eval(at(4, prim(name, vec![f.get(a), f.get(b)])))];
        let f = f.body(body);
        let calls = vec![
            print(text("before\n")),
            eval(call("m::f", Type::None, vec![scalar(left), scalar(right)])),
        ];
        let main = FuncBuilder::new("m::main").body(calls);
        let outcome = run(&with_main(program("m", vec![f, main], vec![])));
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("before\n", Some(1)), "{name}");
        assert!(outcome.stderr.starts_with(&format!("{message}\n   --> m.spy:5\n")), "{outcome:?}");
    }
}
