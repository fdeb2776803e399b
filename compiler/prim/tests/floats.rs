//! Float and complex operations. The expected values are Python's.

use proptest::prelude::*;
use spy_prim::{PrimError, PrimOp, Scalar, eval, eval_math};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn call(fqn: &str, args: &[Scalar]) -> Result<Scalar, PrimError> {
    let op = PrimOp::from_fqn(fqn).unwrap_or_else(|| panic!("no operation `{fqn}`"));
    eval(op, args)
}

/// Runs `operator::f64_{op}` and expects `expected`, the sign of a zero included.
#[track_caller]
fn check(op: &str, a: f64, b: f64, expected: f64) {
    let result = call(&format!("operator::f64_{op}"), &[Scalar::F64(a), Scalar::F64(b)]);
    match result {
        Ok(Scalar::F64(value)) if value.is_nan() && expected.is_nan() => {}
        result => assert_eq!(result, Ok(Scalar::F64(expected)), "{a:?} {op} {b:?}"),
    }
}

#[track_caller]
fn check_error(fqn: &str, args: &[Scalar], etype: &'static str, message: &str) {
    assert_eq!(call(fqn, args), Err(PrimError::new(etype, message)), "{fqn} {args:?}");
}

#[test]
fn floor_division() {
    check("floordiv", 6.0, 0.1, 59.0);
    check("floordiv", 0.3, 0.1, 2.0);
    check("floordiv", 7.5, -2.0, -4.0);
    check("floordiv", -5.0, INF, -1.0);
    check("floordiv", 5.0, -INF, -1.0);
    check("floordiv", -0.0, 3.0, -0.0);
    check("floordiv", 0.0, -3.0, -0.0);
    check("floordiv", -1e-300, 5.0, -1.0);
    check("floordiv", 1e308, 1e-308, INF);
    check("floordiv", 1e20, 3.0, 3.333333333333333e19);
    check("floordiv", INF, 1.0, NAN);
    check("floordiv", NAN, 1.0, NAN);
}

#[test]
fn modulo() {
    check("mod", 6.0, 0.1, 0.09999999999999967);
    check("mod", 7.5, -2.0, -0.5);
    check("mod", 5.0, INF, 5.0);
    check("mod", -5.0, INF, INF);
    check("mod", -6.0, 3.0, 0.0);
    check("mod", 6.0, -3.0, -0.0);
    check("mod", -1e-300, 5.0, 5.0);
    check("mod", INF, 1.0, NAN);
}

#[test]
fn power() {
    check("pow", 2.0, 0.5, std::f64::consts::SQRT_2);
    check("pow", 2.0, -1074.0, 5e-324);
    check("pow", -8.0, 3.0, -512.0);
    check("pow", -2.0, -3.0, -0.125);
    check("pow", 0.1, 2.0, 0.010000000000000002);
    check("pow", 0.0, 0.0, 1.0);
    check("pow", NAN, 0.0, 1.0);
    check("pow", -2.0, INF, INF);
    // Python raises OverflowError here, SPy gives what IEEE does.
    check("pow", 2.0, 1024.0, INF);
    check("pow", -10.0, 309.0, -INF);
}

#[test]
fn divisions_by_zero() {
    for zero in [0.0, -0.0] {
        let wide = [Scalar::F64(1.0), Scalar::F64(zero)];
        let narrow = [Scalar::F32(1.0), Scalar::F32(zero as f32)];
        let cases = [
            ("div", "float division by zero"),
            ("floordiv", "float floor division by zero"),
            ("mod", "float modulo by zero"),
        ];
        for (op, message) in cases {
            for (ty, args) in [("f64", &wide), ("f32", &narrow)] {
                let checked = format!("operator::{ty}_{op}");
                check_error(&checked, args, "ZeroDivisionError", message);
                let unchecked = format!("unsafe::{ty}_unchecked_{op}");
                check_error(&unchecked, args, "PanicError", message);
            }
        }
    }
}

#[test]
fn power_errors() {
    let zero = "0.0 cannot be raised to a negative power";
    let wide = |a, b| [Scalar::F64(a), Scalar::F64(b)];
    let narrow = |a, b| [Scalar::F32(a), Scalar::F32(b)];
    check_error("operator::f64_pow", &wide(0.0, -1.0), "ZeroDivisionError", zero);
    check_error("operator::f64_pow", &wide(-0.0, -INF), "ZeroDivisionError", zero);
    check_error("operator::f32_pow", &narrow(0.0, -0.5), "ZeroDivisionError", zero);
    check_error("operator::f64_pow", &wide(-1.0, 0.5), "ValueError", "math domain error");
    check_error("operator::f32_pow", &narrow(-2.0, 0.5), "ValueError", "math domain error");
}

#[test]
fn ieee_division_never_fails() {
    let cases = [(1.0, 0.0, INF), (1.0, -0.0, -INF), (-1.0, 0.0, -INF), (1.0, 4.0, 0.25)];
    for (a, b, expected) in cases {
        assert_eq!(
            call("unsafe::f64_ieee754_div", &[Scalar::F64(a), Scalar::F64(b)]),
            Ok(Scalar::F64(expected))
        );
        assert_eq!(
            call("unsafe::f32_ieee754_div", &[Scalar::F32(a as f32), Scalar::F32(b as f32)]),
            Ok(Scalar::F32(expected as f32))
        );
    }
    let nan = call("unsafe::f64_ieee754_div", &[Scalar::F64(0.0), Scalar::F64(0.0)]);
    assert!(matches!(nan, Ok(Scalar::F64(value)) if value.is_nan()));
}

#[test]
fn single_precision_is_computed_in_single_precision() {
    let f32_op =
        |op: &str, a, b| call(&format!("operator::f32_{op}"), &[Scalar::F32(a), Scalar::F32(b)]);
    // In double precision the sum would keep the one.
    assert_eq!(f32_op("add", 16_777_216.0, 1.0), Ok(Scalar::F32(16_777_216.0)));
    assert_eq!(f32_op("mul", 3e38, 10.0), Ok(Scalar::F32(f32::INFINITY)));
    assert_eq!(f32_op("floordiv", 6.0, 0.1), Ok(Scalar::F32(59.0)));
    assert_eq!(f32_op("mod", -7.5, 2.0), Ok(Scalar::F32(0.5)));
}

#[test]
fn comparisons_with_nan_and_zeros() {
    let f64_op =
        |op: &str, a, b| call(&format!("operator::f64_{op}"), &[Scalar::F64(a), Scalar::F64(b)]);
    for (op, expected) in
        [("eq", false), ("ne", true), ("lt", false), ("le", false), ("gt", false), ("ge", false)]
    {
        assert_eq!(f64_op(op, NAN, NAN), Ok(Scalar::Bool(expected)), "{op}");
    }
    assert_eq!(f64_op("eq", 0.0, -0.0), Ok(Scalar::Bool(true)));
    assert_eq!(f64_op("lt", -0.0, 0.0), Ok(Scalar::Bool(false)));
}

#[test]
fn complex_arithmetic() {
    let (a, b) = (Scalar::Complex(1.0, 2.0), Scalar::Complex(3.0, -4.0));
    let both = [a.clone(), b];
    let complex = |op: &str, args: &[Scalar]| call(&format!("operator::complex128_{op}"), args);
    assert_eq!(complex("add", &both), Ok(Scalar::Complex(4.0, -2.0)));
    assert_eq!(complex("sub", &both), Ok(Scalar::Complex(-2.0, 6.0)));
    assert_eq!(complex("mul", &both), Ok(Scalar::Complex(11.0, 2.0)));
    assert_eq!(complex("div", &both), Ok(Scalar::Complex(-0.2, 0.4)));
    assert_eq!(complex("eq", &both), Ok(Scalar::Bool(false)));
    assert_eq!(complex("ne", &both), Ok(Scalar::Bool(true)));
    assert_eq!(complex("neg", &[a]), Ok(Scalar::Complex(-1.0, -2.0)));
    // The textbook formula overflows here.
    let large = Scalar::Complex(1e300, 1e300);
    assert_eq!(
        complex("div", &[large, Scalar::Complex(1e300, 1e-300)]),
        Ok(Scalar::Complex(1.0, 1.0))
    );
    check_error(
        "operator::complex128_div",
        &[Scalar::Complex(1.0, 0.0), Scalar::Complex(0.0, -0.0)],
        "ZeroDivisionError",
        "complex division by zero",
    );
    assert_eq!(
        call("operator::f64_f64_to_complex128", &[Scalar::F64(1.0), Scalar::F64(-0.0)]),
        Ok(Scalar::Complex(1.0, -0.0))
    );
}

#[test]
fn floats_saturate_into_integers() {
    let cases = [
        (0.0, 0, 0),
        (-1.9, -1, -1),
        (1.9, 1, 1),
        (2147483647.9, i32::MAX, 2_147_483_647),
        (-2147483648.9, i32::MIN, -2_147_483_648),
        (1e10, i32::MAX, 10_000_000_000),
        (-1e10, i32::MIN, -10_000_000_000),
        (9.3e18, i32::MAX, i64::MAX),
        (-INF, i32::MIN, i64::MIN),
        (NAN, 0, 0),
    ];
    for (value, narrow, wide) in cases {
        let arg = [Scalar::F64(value)];
        assert_eq!(call("operator::f64_to_i32", &arg), Ok(Scalar::I32(narrow)), "{value}");
        assert_eq!(call("operator::f64_to_i64", &arg), Ok(Scalar::I64(wide)), "{value}");
    }
    let arg = [Scalar::F32(-3e9)];
    assert_eq!(call("operator::f32_to_i32", &arg), Ok(Scalar::I32(i32::MIN)));
    assert_eq!(call("operator::f32_to_i64", &arg), Ok(Scalar::I64(-3_000_000_000)));
    let arg = [Scalar::F64(1e39)];
    assert_eq!(call("operator::f64_to_f32", &arg), Ok(Scalar::F32(f32::INFINITY)));
}

#[test]
fn booleans() {
    let cases = [
        ("eq", [true, false, false, true]),
        ("ne", [false, true, true, false]),
        ("and", [false, false, false, true]),
        ("or", [false, true, true, true]),
        ("xor", [false, true, true, false]),
        ("lt", [false, true, false, false]),
        ("le", [true, true, false, true]),
        ("gt", [false, false, true, false]),
        ("ge", [true, false, true, true]),
    ];
    for (op, expected) in cases {
        let operands = [(false, false), (false, true), (true, false), (true, true)];
        for ((a, b), expected) in operands.into_iter().zip(expected) {
            let result = call(&format!("operator::bool_{op}"), &[Scalar::Bool(a), Scalar::Bool(b)]);
            assert_eq!(result, Ok(Scalar::Bool(expected)), "{a} {op} {b}");
        }
    }
    assert_eq!(call("operator::bool_not", &[Scalar::Bool(true)]), Ok(Scalar::Bool(false)));
}

#[test]
fn math_functions() {
    assert_eq!(eval_math("sqrt", &[2.0]), Some(std::f64::consts::SQRT_2));
    assert_eq!(eval_math("atan2", &[1.0, -1.0]), Some(2.356194490192345));
    assert_eq!(eval_math("pow", &[2.0, 10.0]), Some(1024.0));
    assert_eq!(eval_math("ceil", &[-0.5]), Some(-0.0));
    assert_eq!(eval_math("floor", &[-0.5]), Some(-1.0));
    assert_eq!(eval_math("log", &[0.0]), Some(-INF));
    assert!(eval_math("sqrt", &[-1.0]).is_some_and(f64::is_nan));
    assert_eq!(eval_math("sqrt", &[]), None);
    assert_eq!(eval_math("sinh", &[0.0]), Some(0.0));
    assert_eq!(eval_math("fmod", &[-7.5, 2.0]), Some(-1.5));
    assert_eq!(eval_math("log2", &[8.0]), None);
}

fn any_f64() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (-1000..1000_i32).prop_map(|v| f64::from(v) / 8.0),
    ]
}

proptest! {
    #[test]
    fn remainder_has_the_sign_of_the_divisor(a in any_f64(), b in any_f64()) {
        prop_assume!(a.is_finite() && b.is_finite() && b != 0.0);
        let args = [Scalar::F64(a), Scalar::F64(b)];
        let Ok(Scalar::F64(rest)) = call("operator::f64_mod", &args) else {
            panic!("the remainder of finite floats is a float");
        };
        prop_assert_eq!(rest.is_sign_negative(), b.is_sign_negative());
        prop_assert!(rest.abs() <= b.abs());
    }

    #[test]
    fn scalars_are_identified_by_their_bits(a in any::<u64>(), b in any::<u64>()) {
        let (x, y) = (Scalar::F64(f64::from_bits(a)), Scalar::F64(f64::from_bits(b)));
        prop_assert_eq!(x == y, a == b);
        prop_assert_eq!(x.cmp(&y).is_eq(), a == b);
        prop_assert_eq!(&x, &x.clone());
    }
}

#[test]
fn identity_is_not_equality() {
    assert_eq!(Scalar::F64(NAN), Scalar::F64(NAN));
    assert_ne!(Scalar::F64(0.0), Scalar::F64(-0.0));
    assert_ne!(Scalar::Complex(0.0, 0.0), Scalar::Complex(0.0, -0.0));
    assert_ne!(Scalar::I32(1), Scalar::I64(1));
    assert_ne!(Scalar::Bool(true), Scalar::U8(1));
    assert_ne!(Scalar::str("a"), Scalar::bytes(*b"a"));
    assert!(Scalar::I32(-1) < Scalar::I32(0));
}
