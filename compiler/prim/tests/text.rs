//! Text forms, parsing and hashes. The expected values are Python's, but where SPy's rules differ.

use proptest::prelude::*;
use spy_prim::hash::{hash_bytes, hash_i32, hash_i64, hash_str, hash_u32, hash_u64};
use spy_prim::text::{
    parse_complex, parse_float, parse_int, repr_bytes, repr_complex, repr_f32, repr_f64, repr_str,
};
use spy_prim::{PrimError, Scalar, ScalarTy, eval_runtime, runtime};

#[test]
fn f64_text() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (12.3, "12.3"),
        (100.0, "100.0"),
        (123456.789, "123456.789"),
        (1_000_000.0, "1000000.0"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00012, "0.00012"),
        (0.00001, "1e-05"),
        (1e15, "1000000000000000.0"),
        (9999999999999998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (1.5e16, "1.5e+16"),
        (1e100, "1e+100"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (5e-324, "5e-324"),
        (9_223_372_036_854_775_808.0, "9.223372036854776e+18"),
        (-0.16618830519245067, "-0.16618830519245067"),
        (0.30000000000000004, "0.30000000000000004"),
        // Exactly between two candidates of equal length: the even one.
        (2.9802322387695312e-08, "2.9802322387695312e-08"),
        (1425502010969177.2, "1425502010969177.2"),
        // Next to a power of two, the nearest candidate of that length is another float.
        (2.0_f64.powi(-77), "6.617444900424222e-24"),
        (2.0_f64.powi(89), "6.189700196426902e+26"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "nan"),
    ];
    for (value, expected) in cases {
        assert_eq!(repr_f64(value), expected);
    }
}

#[test]
fn f32_text() {
    let cases = [
        (1.1, "1.1"),
        (100.0, "100.0"),
        (0.1, "0.1"),
        (16_777_216.0, "16777216.0"),
        (3.4028235e38, "3.4028235e+38"),
        (1e-45, "1e-45"),
        (1.0 / 3.0, "0.33333334"),
        (-0.0, "-0.0"),
        (f32::NEG_INFINITY, "-inf"),
        (f32::NAN, "nan"),
    ];
    for (value, expected) in cases {
        assert_eq!(repr_f32(value), expected);
    }
}

#[test]
fn complex_text() {
    let nan = f64::NAN;
    let inf = f64::INFINITY;
    let cases = [
        ((1.0, 2.0), "(1+2j)"),
        ((0.0, 2.0), "2j"),
        ((0.0, -0.0), "-0j"),
        ((-0.0, 0.0), "(-0+0j)"),
        ((1.5, -2.5), "(1.5-2.5j)"),
        ((1e16, 1e-5), "(1e+16+1e-05j)"),
        ((nan, nan), "(nan+nanj)"),
        ((-inf, inf), "(-inf+infj)"),
        ((0.0, nan), "nanj"),
    ];
    for ((re, im), expected) in cases {
        assert_eq!(repr_complex(re, im), expected);
    }
}

#[test]
fn str_text() {
    let cases = [
        ("", "''"),
        ("abc", "'abc'"),
        ("it's", "\"it's\""),
        ("say \"hi\"", "'say \"hi\"'"),
        ("it's \"it\"", "'it\\'s \"it\"'"),
        ("a\\b", "'a\\\\b'"),
        ("\n\r\t", "'\\n\\r\\t'"),
        ("\0\u{1b}\u{1f}", "'\\x00\\x1b\\x1f'"),
        ("\u{7f}é🥸", "'\\x7fé🥸'"),
    ];
    for (value, expected) in cases {
        assert_eq!(repr_str(value), expected);
    }
}

#[test]
fn bytes_text() {
    let cases: [(&[u8], &str); 5] = [
        (b"", "b''"),
        (b"hi\nbye", "b'hi\\nbye'"),
        (b"it's \"it\"", "b'it\\'s \"it\"'"),
        (b"\\\r\t ~", "b'\\\\\\r\\t ~'"),
        (b"\x00\x1f\x7f\x80\xff", "b'\\x00\\x1f\\x7f\\x80\\xff'"),
    ];
    for (value, expected) in cases {
        assert_eq!(repr_bytes(value), expected);
    }
}

#[test]
fn floats_from_text() {
    let cases = [
        ("1.5", 1.5),
        (" -2.5e3\n", -2500.0),
        (".5", 0.5),
        ("7.", 7.0),
        ("1_000.2_5", 1000.25),
        ("+1E-2", 0.01),
        ("-Infinity", f64::NEG_INFINITY),
        ("inf", f64::INFINITY),
        ("1e999", f64::INFINITY),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_float(text), Ok(Scalar::F64(expected)), "{text}");
    }
    assert!(matches!(parse_float("nan"), Ok(Scalar::F64(value)) if value.is_nan()));
    for text in ["", " ", ".", "e5", "1e", "1__0", "_1", "1.5x", "0x10", "1 2", "--1", "inf inity"]
    {
        let message = format!("could not convert string to float: '{text}'");
        assert_eq!(parse_float(text), Err(PrimError::new("ValueError", message)), "{text}");
    }
}

#[test]
fn integers_from_text() {
    let cases = [
        ("0", 0),
        ("42", 42),
        ("-42", -42),
        ("+7", 7),
        (" \t\n\u{b}\u{c}\r 12 \n", 12),
        ("007", 7),
        ("-0", 0),
        ("1_000", 1000),
        ("0_0", 0),
        ("2147483647", i32::MAX),
        ("-2_147_483_648", i32::MIN),
        ("0000000000000000000000000000000000000000000000000000000000000001", 1),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_int(text, ScalarTy::I32), Ok(Scalar::I32(expected)), "{text:?}");
    }
}

#[test]
fn texts_that_are_no_integers() {
    let cases = [
        "", " ", "+", "-", "+-1", "- 1", "1 2", "abc", "1.0", "0x10", "_1", "1_", "1__0", "-_1",
        "١٢", "\u{a0}1", "1\0", "1e3",
    ];
    for text in cases {
        for ty in [ScalarTy::I8, ScalarTy::I32, ScalarTy::U64] {
            let message = format!("invalid literal for int() with base 10: '{text}'");
            assert_eq!(parse_int(text, ty), Err(PrimError::new("ValueError", message)));
        }
    }
    assert!(parse_int("1", ScalarTy::F64).is_err());
}

#[test]
fn integers_out_of_range() {
    let cases = [
        ("128", ScalarTy::I8, "i8 value 128 out of range [-128, 127]"),
        (" -1 ", ScalarTy::U8, "u8 value -1 out of range [0, 255]"),
        ("4_294_967_296", ScalarTy::U32, "u32 value 4294967296 out of range [0, 4294967295]"),
        (
            "-9223372036854775809",
            ScalarTy::I64,
            "i64 value -9223372036854775809 out of range \
             [-9223372036854775808, 9223372036854775807]",
        ),
        (
            "000999999999999999999999999999999999999999999999",
            ScalarTy::U64,
            "u64 value 999999999999999999999999999999999999999999999 out of range \
             [0, 18446744073709551615]",
        ),
    ];
    for (text, ty, message) in cases {
        assert_eq!(parse_int(text, ty), Err(PrimError::new("OverflowError", message)));
    }
}

#[test]
fn complex_numbers_from_text() {
    let inf = f64::INFINITY;
    let cases = [
        ("3", (3.0, 0.0)),
        ("j", (0.0, 1.0)),
        ("-J", (0.0, -1.0)),
        ("2j", (0.0, 2.0)),
        ("1+2j", (1.0, 2.0)),
        (" ( 1.5e3-.5J ) ", (1500.0, -0.5)),
        ("1-j", (1.0, -1.0)),
        ("1e5j", (0.0, 1e5)),
        ("1_0.5_0", (10.5, 0.0)),
        ("-0-0j", (-0.0, -0.0)),
        ("inf-Infinityj", (inf, -inf)),
        ("1e400", (inf, 0.0)),
    ];
    for (text, (re, im)) in cases {
        assert_eq!(parse_complex(text), Ok(Scalar::Complex(re, im)), "{text:?}");
    }
    assert!(matches!(
        parse_complex("nan+nanj"),
        Ok(Scalar::Complex(re, im)) if re.is_nan() && im.is_nan()
    ));
}

#[test]
fn texts_that_are_no_complex_numbers() {
    let cases = [
        "", " ", "()", "(1", "1)", "((1))", "1 + 2j", "1+2", "1j+2", "1j2", "jj", "+", "1e", "e5",
        ".", "1__0", "_1", "1_j", "infi", "1+2jj", "é",
    ];
    let error = PrimError::new("ValueError", "complex() arg is a malformed string");
    for text in cases {
        assert_eq!(parse_complex(text), Err(error.clone()), "{text:?}");
    }
}

#[test]
fn hashes() {
    assert_eq!(hash_str(""), -2128831035);
    assert_eq!(hash_str("a"), -468965076);
    assert_eq!(hash_str("hello"), 1335831723);
    assert_eq!(hash_bytes(b"hello"), 1335831723);
    assert_eq!(hash_i32(-1), 2);
    assert_eq!(hash_i32(i32::MIN), i32::MIN);
    assert_eq!(hash_u32(u32::MAX), -1);
    assert_eq!(hash_i64(-1), 2);
    assert_eq!(hash_i64(0x1_0000_0003), 3);
    assert_eq!(hash_i64(-2), -2);
    assert_eq!(hash_u64(u64::MAX), -1);
}

#[test]
fn runtime_functions_compute() {
    let cases = [
        ("builtins::i8::__str__", Scalar::I8(-5), Scalar::str("-5")),
        ("builtins::u64::__repr__", Scalar::U64(u64::MAX), Scalar::str("18446744073709551615")),
        ("builtins::bool::__str__", Scalar::Bool(true), Scalar::str("True")),
        ("builtins::f64::__str__", Scalar::F64(1e6), Scalar::str("1000000.0")),
        ("builtins::f32::__repr__", Scalar::F32(0.1), Scalar::str("0.1")),
        ("builtins::complex128::__str__", Scalar::Complex(0.0, 2.0), Scalar::str("2j")),
        ("builtins::str::__str__", Scalar::str("it's"), Scalar::str("it's")),
        ("builtins::hash_u8", Scalar::U8(200), Scalar::I32(200)),
        ("builtins::hash_i8", Scalar::I8(-1), Scalar::I32(2)),
        ("builtins::hash_bool", Scalar::Bool(true), Scalar::I32(1)),
        ("builtins::hash_f64", Scalar::F64(-1.0), Scalar::I32(2)),
        ("builtins::hash_f64", Scalar::F64(-0.0), Scalar::I32(0)),
        ("builtins::hash_f64", Scalar::F64(1e9), Scalar::I32(1_000_000_000)),
        ("builtins::hash_f64", Scalar::F64(0.5), Scalar::I32(0x3fe0_0000)),
        ("builtins::hash_f64", Scalar::F64(f64::NAN), Scalar::I32(0)),
        ("builtins::hash_f64", Scalar::F64(f64::INFINITY), Scalar::I32(0x7ff0_0000)),
        ("builtins::hash_f32", Scalar::F32(0.5), Scalar::I32(0x3fe0_0000)),
        ("__spy__::_str_isascii", Scalar::str("a\0~"), Scalar::Bool(true)),
        ("__spy__::_str_isascii", Scalar::str("aé"), Scalar::Bool(false)),
        ("__spy__::_str_first", Scalar::str("ab"), Scalar::U64(0x6261)),
        ("__spy__::_str_first", Scalar::str("0123456789"), Scalar::U64(0x3736_3534_3332_3130)),
        ("__spy__::_str_second", Scalar::str("ab"), Scalar::U64(2 << 56)),
        ("__spy__::_str_second", Scalar::str("0123456789"), Scalar::U64(10 << 56 | 0x3938)),
        (
            "__spy__::_str_second",
            Scalar::str("0123456789abcdef"),
            Scalar::U64(0xff65_6463_6261_3938),
        ),
        ("__spy__::_ascii_char", Scalar::U8(65), Scalar::str("A")),
        ("builtins::hash_str", Scalar::str("a"), Scalar::I32(-468965076)),
        ("builtins::bytes::__hash__", Scalar::bytes(*b"a"), Scalar::I32(-468965076)),
        ("builtins::_ord_str", Scalar::str("🥸"), Scalar::I32(0x1f978)),
        ("builtins::_ord_bytes", Scalar::bytes([255]), Scalar::U8(255)),
        ("builtins::complex128::__get_real__", Scalar::Complex(1.0, 2.0), Scalar::F64(1.0)),
        ("builtins::complex128::__get_imag__", Scalar::Complex(1.0, 2.0), Scalar::F64(2.0)),
        ("builtins::complex128::conjugate", Scalar::Complex(1.0, 2.0), Scalar::Complex(1.0, -2.0)),
        ("math::sqrt", Scalar::F64(9.0), Scalar::F64(3.0)),
    ];
    for (fqn, arg, expected) in cases {
        assert_eq!(eval_runtime(fqn, &[arg]), Some(Ok(expected)), "{fqn}");
    }
}

#[test]
fn rounding_looks_at_the_exact_value() {
    for (value, digits, expected) in [
        (2.675, 2, 2.67),
        (2.5, 0, 2.0),
        (0.125, 2, 0.12),
        (-1.005, 2, -1.0),
        (1e300, 5, 1e300),
        (5e-324, 2000, 5e-324),
        (f64::INFINITY, 2, f64::INFINITY),
    ] {
        let args = [Scalar::F64(value), Scalar::I32(digits)];
        let result = eval_runtime("__spy__::_round_digits", &args);
        assert_eq!(result, Some(Ok(Scalar::F64(expected))), "{value} {digits}");
    }
}

#[test]
fn ord_wants_one_character() {
    let error = |length| {
        let message = format!("ord() expected a character, but string of length {length} found");
        Some(Err(PrimError::new("TypeError", message)))
    };
    assert_eq!(eval_runtime("builtins::_ord_str", &[Scalar::str("")]), error(0));
    assert_eq!(eval_runtime("builtins::_ord_str", &[Scalar::str("éé")]), error(2));
    assert_eq!(eval_runtime("builtins::_ord_bytes", &[Scalar::bytes([])]), error(0));
}

#[test]
fn calls_that_do_not_fit_a_runtime_function_are_refused() {
    for (fqn, args) in [
        ("builtins::i8::__str__", vec![Scalar::I32(1)]),
        ("builtins::hash_i8", vec![Scalar::I32(1)]),
        ("builtins::hash_f64", vec![Scalar::F32(1.0)]),
        ("builtins::_ord_str", vec![Scalar::bytes(*b"a")]),
        ("builtins::bytes::__repr__", vec![Scalar::bytes(*b"a")]),
        ("math::sqrt", vec![Scalar::I32(4)]),
        ("math::sqrt", vec![]),
        ("time::time", vec![]),
        ("nonsense", vec![]),
    ] {
        assert_eq!(eval_runtime(fqn, &args), None, "{fqn}");
    }
}

/// A value of the type with this name.
fn sample(ty: &str) -> Option<Scalar> {
    Some(match ScalarTy::from_name(ty)? {
        ScalarTy::Bool => Scalar::Bool(true),
        ScalarTy::F32 => Scalar::F32(0.5),
        ScalarTy::F64 => Scalar::F64(0.5),
        ScalarTy::Complex128 => Scalar::Complex(0.5, 0.5),
        ScalarTy::Str => Scalar::str("a"),
        ScalarTy::Bytes => Scalar::bytes(*b"a"),
        int => Scalar::int_wrapping(int, 1)?,
    })
}

#[test]
fn computed_results_have_the_type_in_the_table() {
    let computable = runtime::all().filter(|function| {
        function.fqn.starts_with("builtins::") || function.fqn.starts_with("math::")
    });
    for function in computable {
        let args: Vec<_> = function.params.iter().filter_map(|ty| sample(ty)).collect();
        let result = eval_runtime(function.fqn, &args)
            .unwrap_or_else(|| panic!("`{}` is not computed", function.fqn))
            .expect("the sample arguments are valid");
        assert_eq!(result.ty().name(), function.result, "{}", function.fqn);
    }
}

/// Digits of a number's text, without sign, point, exponent and zeros on either end.
fn digits(text: &str) -> String {
    let mantissa = text.split('e').next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

proptest! {
    #[test]
    fn f64_text_reads_back_and_is_shortest(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = repr_f64(value);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
        let length = digits(&text).len();
        if length > 1 {
            // The nearest number with one digit less is another float.
            let shorter = format!("{value:.*e}", length - 2);
            prop_assert_ne!(shorter.parse::<f64>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn f32_text_reads_back_and_is_shortest(bits in any::<u32>()) {
        let value = f32::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = repr_f32(value);
        prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), bits);
        let length = digits(&text).len();
        if length > 1 {
            let shorter = format!("{value:.*e}", length - 2);
            prop_assert_ne!(shorter.parse::<f32>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn complex_text_reads_back(re in any::<f64>(), im in any::<f64>()) {
        prop_assume!(!re.is_nan() && !im.is_nan());
        let read = parse_complex(&repr_complex(re, im));
        prop_assert_eq!(read, Ok(Scalar::Complex(re, im)));
    }

    #[test]
    fn integer_text_reads_back(value in any::<i128>()) {
        for ty in ScalarTy::ALL {
            let Some(scalar) = Scalar::int_wrapping(ty, value) else { continue };
            let text = spy_prim::text::repr(&scalar);
            prop_assert_eq!(parse_int(&text, ty), Ok(scalar));
        }
    }

    #[test]
    fn parsers_take_any_text(text in "[ ()+\\-_.0-9einfaJj\u{e9}]{0,12}") {
        let _ = parse_complex(&text);
        let int = parse_int(&text, ScalarTy::I64);
        prop_assert!(int.is_ok() || int.is_err_and(|error| !error.message.is_empty()));
    }

    #[test]
    fn bytes_text_is_printable_ascii(data in proptest::collection::vec(any::<u8>(), 0..40)) {
        let text = repr_bytes(&data);
        prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
}

#[test]
fn floats_with_so_many_digits() {
    let text = |value: f64, exponent: bool, digits: i32| {
        let args = [Scalar::F64(value), Scalar::Bool(exponent), Scalar::I32(digits)];
        eval_runtime("__spy__::_format_f64", &args).expect("a runtime function")
    };
    for (value, exponent, digits, expected) in [
        (12.5, false, 2, "12.50"),
        (2.5, false, 0, "2"),
        (-0.0, false, 1, "-0.0"),
        (12.5, true, 2, "1.25e+01"),
        (1e-5, true, 0, "1e-05"),
        (1e300, true, 1, "1.0e+300"),
        (f64::INFINITY, true, 3, "inf"),
        (f64::NAN, false, 3, "nan"),
        (1.0, false, -4, "1"),
    ] {
        assert_eq!(text(value, exponent, digits), Ok(Scalar::str(expected)), "{value} {digits}");
    }
}
