//! Integer operations, against exact arithmetic in a wider type.

use proptest::prelude::*;
use spy_prim::{BinKind, CmpKind, OpKind, PrimError, PrimOp, Scalar, ScalarTy, eval};

const INTS: [ScalarTy; 6] =
    [ScalarTy::I8, ScalarTy::U8, ScalarTy::I32, ScalarTy::U32, ScalarTy::I64, ScalarTy::U64];

fn int(ty: ScalarTy, value: i128) -> Scalar {
    Scalar::int_wrapping(ty, value).expect("an integer type")
}

fn binary(op: BinKind, a: &Scalar, b: &Scalar) -> Result<Scalar, PrimError> {
    let op = PrimOp::new(OpKind::Binary(op, a.ty())).expect("integers have every operator");
    eval(op, &[a.clone(), b.clone()])
}

fn error(etype: &'static str, message: &str) -> Result<Scalar, PrimError> {
    Err(PrimError::new(etype, message))
}

/// A type and two values of it, with the edges of the range and small values well represented.
fn operands() -> impl Strategy<Value = (Scalar, Scalar)> {
    proptest::sample::select(&INTS[..]).prop_flat_map(|ty| {
        let (low, high) = ty.int_range().expect("an integer type");
        let value = prop_oneof![
            low..=high,
            (-70..=70_i128).prop_map(move |v| v.clamp(low, high)),
            proptest::sample::select(vec![low, low + 1, high - 1, high]),
        ];
        (value.clone(), value).prop_map(move |(a, b)| (int(ty, a), int(ty, b)))
    })
}

proptest! {
    #[test]
    fn ring_operations_wrap((a, b) in operands()) {
        let (ty, x, y) = (a.ty(), a.as_int().unwrap(), b.as_int().unwrap());
        prop_assert_eq!(binary(BinKind::Add, &a, &b), Ok(int(ty, x + y)));
        prop_assert_eq!(binary(BinKind::Sub, &a, &b), Ok(int(ty, x - y)));
        prop_assert_eq!(binary(BinKind::Mul, &a, &b), Ok(int(ty, x.wrapping_mul(y))));
        prop_assert_eq!(binary(BinKind::And, &a, &b), Ok(int(ty, x & y)));
        prop_assert_eq!(binary(BinKind::Or, &a, &b), Ok(int(ty, x | y)));
        prop_assert_eq!(binary(BinKind::Xor, &a, &b), Ok(int(ty, x ^ y)));
        let neg = PrimOp::new(OpKind::Neg(ty)).unwrap();
        prop_assert_eq!(eval(neg, std::slice::from_ref(&a)), Ok(int(ty, -x)));
    }

    #[test]
    fn division_floors((a, b) in operands()) {
        let (ty, x, y) = (a.ty(), a.as_int().unwrap(), b.as_int().unwrap());
        prop_assume!(y != 0);
        // With a positive divisor, Euclid's division is the floor.
        let (x1, y1) = if y < 0 { (-x, -y) } else { (x, y) };
        let floor = x1.div_euclid(y1);
        prop_assert_eq!(binary(BinKind::FloorDiv, &a, &b), Ok(int(ty, floor)));
        prop_assert_eq!(binary(BinKind::Mod, &a, &b), Ok(int(ty, x - floor * y)));
        prop_assert_eq!(
            binary(BinKind::Div, &a, &b),
            Ok(Scalar::F64(x as f64 / y as f64))
        );
    }

    #[test]
    fn shifts_by_any_count((a, b) in operands()) {
        let (ty, x, y) = (a.ty(), a.as_int().unwrap(), b.as_int().unwrap());
        let (left, right) = match u32::try_from(y) {
            Ok(count) if count < ty.bits() => (Ok(int(ty, x << count)), Ok(int(ty, x >> count))),
            _ if y < 0 => {
                let negative = error("ValueError", "negative shift count");
                (negative.clone(), negative)
            }
            _ => (Ok(int(ty, 0)), Ok(int(ty, if x < 0 { -1 } else { 0 }))),
        };
        prop_assert_eq!(binary(BinKind::LShift, &a, &b), left);
        prop_assert_eq!(binary(BinKind::RShift, &a, &b), right);
    }

    #[test]
    fn powers_are_repeated_products((a, b) in operands(), exponent in 0..300_u32) {
        let (ty, x, y) = (a.ty(), a.as_int().unwrap(), b.as_int().unwrap());
        let (_, high) = ty.int_range().unwrap();
        let exponent = i128::from(exponent).min(high);
        let mut product = int(ty, 1);
        for _ in 0..exponent {
            product = binary(BinKind::Mul, &product, &a).unwrap();
        }
        prop_assert_eq!(binary(BinKind::Pow, &a, &int(ty, exponent)), Ok(product));
        if y < 0 {
            let expected = if x == 0 {
                error("ZeroDivisionError", "0 cannot be raised to a negative power")
            } else {
                error("ValueError", "integer ** negative exponent")
            };
            prop_assert_eq!(binary(BinKind::Pow, &a, &b), expected);
        }
    }

    #[test]
    fn comparisons_follow_the_values((a, b) in operands()) {
        let (ty, x, y) = (a.ty(), a.as_int().unwrap(), b.as_int().unwrap());
        let expected = [x == y, x != y, x < y, x <= y, x > y, x >= y];
        for (kind, expected) in CmpKind::ALL.into_iter().zip(expected) {
            let op = PrimOp::new(OpKind::Compare(kind, ty)).unwrap();
            prop_assert_eq!(eval(op, &[a.clone(), b.clone()]), Ok(Scalar::Bool(expected)));
        }
    }

    #[test]
    fn conversions_wrap_or_round((a, _) in operands()) {
        let x = a.as_int().unwrap();
        for to in ScalarTy::ALL {
            let Some(op) = PrimOp::new(OpKind::Convert(a.ty(), to)) else { continue };
            let expected = match to {
                ScalarTy::Bool => Scalar::Bool(x != 0),
                ScalarTy::F32 => Scalar::F32(x as f32),
                ScalarTy::F64 => Scalar::F64(x as f64),
                ScalarTy::Complex128 => Scalar::Complex(x as f64, 0.0),
                _ => int(to, x),
            };
            prop_assert_eq!(eval(op, std::slice::from_ref(&a)), Ok(expected));
        }
    }
}

#[test]
fn division_by_zero_is_an_error_for_every_type() {
    for ty in INTS {
        let (one, zero) = (int(ty, 1), int(ty, 0));
        let cases = [
            (BinKind::Div, "division by zero"),
            (BinKind::FloorDiv, "integer division or modulo by zero"),
            (BinKind::Mod, "integer modulo by zero"),
        ];
        for (op, message) in cases {
            assert_eq!(binary(op, &one, &zero), error("ZeroDivisionError", message));
        }
    }
}

#[test]
fn the_smallest_value_divided_by_minus_one_wraps() {
    for ty in INTS.into_iter().filter(|ty| ty.is_signed()) {
        let (low, _) = ty.int_range().unwrap();
        let (low, minus_one) = (int(ty, low), int(ty, -1));
        assert_eq!(binary(BinKind::FloorDiv, &low, &minus_one), Ok(low.clone()));
        assert_eq!(binary(BinKind::Mod, &low, &minus_one), Ok(int(ty, 0)));
    }
}

#[test]
fn known_powers() {
    let cases = [
        (ScalarTy::I32, 0, 0, 1),
        (ScalarTy::I32, 3, 20, 3_486_784_401_i128),
        (ScalarTy::I8, -2, 7, -128),
        (ScalarTy::U64, 3, u64::MAX.into(), 12_297_829_382_473_034_411),
    ];
    for (ty, base, exponent, expected) in cases {
        assert_eq!(
            binary(BinKind::Pow, &int(ty, base), &int(ty, exponent)),
            Ok(int(ty, expected)),
            "{ty} {base} {exponent}"
        );
    }
}

#[test]
fn unchecked_divisions_panic_on_zero_and_else_agree() {
    for op in PrimOp::all() {
        let OpKind::Unchecked(kind, ty) = op.kind() else {
            continue;
        };
        if !ty.is_int() {
            continue;
        }
        let (seven, two, zero) = (int(ty, 7), int(ty, 2), int(ty, 0));
        assert_eq!(eval(op, &[seven.clone(), two.clone()]), binary(kind.checked(), &seven, &two));
        let checked = binary(kind.checked(), &seven, &zero).unwrap_err();
        assert_eq!(eval(op, &[seven, zero]), error("PanicError", &checked.message));
    }
}
