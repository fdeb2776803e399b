//! Operators and conversions against Rust's exact integers and Python's float results.

use std::fmt::Write as _;

use crate::support::{BOTH, Profile, Program, Ran};

/// An integer type: SPy's name, C's name, width in bits.
type IntType = (&'static str, &'static str, u32);

const INTS: [IntType; 6] = [
    ("i8", "int8_t", 8),
    ("u8", "uint8_t", 8),
    ("i32", "int32_t", 32),
    ("u32", "uint32_t", 32),
    ("i64", "int64_t", 64),
    ("u64", "uint64_t", 64),
];

fn is_signed(ty: IntType) -> bool {
    ty.0.starts_with('i')
}

/// The value that the low bits of `value` mean in `ty`.
fn wrap(ty: IntType, value: i128) -> i128 {
    let modulus = 1i128 << ty.2;
    let low = value.rem_euclid(modulus);
    if is_signed(ty) && low >= modulus / 2 { low - modulus } else { low }
}

fn edge_values(ty: IntType) -> Vec<i128> {
    let (low, high) = if is_signed(ty) {
        (-(1i128 << (ty.2 - 1)), (1i128 << (ty.2 - 1)) - 1)
    } else {
        (0, (1i128 << ty.2) - 1)
    };
    let mut values =
        vec![low, low + 1, low / 2, 0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 100, high - 1, high];
    if is_signed(ty) {
        values.extend([-1, -2, -3, -7, -8, -100]);
    }
    values.sort_unstable();
    values.dedup();
    values
}

fn power(ty: IntType, base: i128, exponent: i128) -> i128 {
    let (mut result, mut base, mut exponent) = (1i128, base, exponent);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = wrap(ty, result.wrapping_mul(base));
        }
        base = wrap(ty, base.wrapping_mul(base));
        exponent >>= 1;
    }
    wrap(ty, result)
}

/// What each operator gives, in the order in which the C program prints them. `None` where the
/// operation would panic.
fn expected_results(ty: IntType, a: i128, b: i128) -> Vec<Option<i128>> {
    let bits = i128::from(ty.2);
    let floor = (b != 0).then(|| a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0));
    let shift_left = if b >= bits { 0 } else { a << b.max(0) };
    let shift_right = a >> b.clamp(0, bits);
    let counts = b >= 0;
    let wrapped = |value: i128| Some(wrap(ty, value));
    vec![
        wrapped(a + b),
        wrapped(a - b),
        wrapped(a.wrapping_mul(b)),
        wrapped(-a),
        wrapped(a & b),
        wrapped(a | b),
        wrapped(a ^ b),
        Some(i128::from(a == b) | i128::from(a != b) << 1 | i128::from(a < b) << 2),
        Some(i128::from(a <= b) | i128::from(a > b) << 1 | i128::from(a >= b) << 2),
        floor.and_then(wrapped),
        floor.and_then(|floor| wrapped(a - floor * b)),
        counts.then(|| wrap(ty, shift_left)),
        counts.then(|| wrap(ty, shift_right)),
        counts.then(|| power(ty, a, b)),
    ]
}

/// A function that prints all results for one type, and the call of it.
fn c_for(ty: IntType, program: &mut String) -> String {
    let (name, c_type, _) = ty;
    let position = if is_signed(ty) { ", &pos" } else { "" };
    let values: Vec<String> = edge_values(ty).iter().map(|value| c_literal(ty, *value)).collect();
    let values = values.join(", ");
    let _ = write!(
        program,
        "static void test_{name}(void) {{
    static const {c_type} values[] = {{{values}}};
    const size_t n = sizeof values / sizeof values[0];
    for (size_t i = 0; i < n * n; i++) {{
        {c_type} a = values[i / n], b = values[i % n];
        show((int64_t)spy_operator${name}_add(a, b));
        show((int64_t)spy_operator${name}_sub(a, b));
        show((int64_t)spy_operator${name}_mul(a, b));
        show((int64_t)spy_operator${name}_neg(a));
        show((int64_t)spy_operator${name}_and(a, b));
        show((int64_t)spy_operator${name}_or(a, b));
        show((int64_t)spy_operator${name}_xor(a, b));
        show(spy_operator${name}_eq(a, b) | spy_operator${name}_ne(a, b) << 1 |
             spy_operator${name}_lt(a, b) << 2);
        show(spy_operator${name}_le(a, b) | spy_operator${name}_gt(a, b) << 1 |
             spy_operator${name}_ge(a, b) << 2);
        if (b == 0) {{ skip(); skip(); }} else {{
            show((int64_t)spy_operator${name}_floordiv(a, b, &pos));
            show((int64_t)spy_operator${name}_mod(a, b, &pos));
        }}
        if (is_negative((double)b)) {{ skip(); skip(); skip(); }} else {{
            show((int64_t)spy_operator${name}_lshift(a, b{position}));
            show((int64_t)spy_operator${name}_rshift(a, b{position}));
            show((int64_t)spy_operator${name}_pow(a, b{position}));
        }}
        end_line();
    }}
}}
"
    );
    format!("    test_{name}();\n")
}

fn c_literal(ty: IntType, value: i128) -> String {
    let suffix = if is_signed(ty) { "LL" } else { "ULL" };
    if value == i128::from(i64::MIN) { "INT64_MIN".to_owned() } else { format!("{value}{suffix}") }
}

const PRELUDE: &str = "#include \"spy.h\"
#include <inttypes.h>
static spy_Pos pos = {\"prog.spy\", 1, NULL};
static void show(int64_t x) { printf(\"%\" PRId64 \" \", x); }
static void skip(void) { printf(\"- \"); }
static void end_line(void) { printf(\"\\n\"); }
static bool is_negative(double x) { return x < 0; }
";

#[test]
fn integers_wrap_divide_and_shift_as_python_would() {
    let mut program = PRELUDE.to_owned();
    let calls: String = INTS.map(|ty| c_for(ty, &mut program)).concat();
    let _ = write!(program, "int main(void) {{\n{calls}    return 0;\n}}\n");
    for profile in BOTH {
        let ran = Program::from_text(&program, profile).run(&[]);
        let lines = ran.lines();
        let mut at = 0;
        for ty in INTS {
            let values = edge_values(ty);
            for (a, b) in values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b))) {
                // The program prints every result as the int64_t of the same bits.
                let expected: Vec<String> = expected_results(ty, a, b)
                    .into_iter()
                    .map(|value| value.map_or("-".to_owned(), |v| (v as i64).to_string()))
                    .collect();
                assert_eq!(lines[at].trim_end(), expected.join(" "), "{} {a} {b}", ty.0);
                at += 1;
            }
        }
        assert_eq!(at, lines.len());
    }
}

fn floats(profile: Profile) -> Ran {
    Program::from_file("floats.c", profile).run(&[])
}

#[test]
fn floats_divide_as_python_does() {
    // `a // b`, `a % b` and `a ** b` as CPython prints them.
    let expected = [
        "6.0 // 0.1 = 59.0, % 0.09999999999999967",
        "-7.0 // 2.0 = -4.0, % 1.0",
        "7.0 // -2.0 = -4.0, % -1.0",
        "-7.0 // -2.0 = 3.0, % -1.0",
        "5.0 // inf = 0.0, % 5.0",
        "-5.0 // inf = -1.0, % inf",
        "inf // 1.0 = nan, % nan",
        "0.0 // -3.0 = -0.0, % -0.0",
        "-0.0 // 3.0 = -0.0, % 0.0",
        "6.0 // 3.0 = 2.0, % 0.0",
        "1e+300 // 1e-10 = inf, % 5.476641984772742e-11",
        "f32 6.0 // 0.1 = 59.0, % 0.09999991",
        "2.0 ** 0.5 = 1.4142135623730951",
        "-8.0 ** 3.0 = -512.0",
        "2.0 ** -1.0 = 0.5",
        "10.0 ** 400.0 = inf",
        "0.0 ** 0.0 = 1.0",
        "(1+2j)/(3-4j) = (-0.2+0.4j)",
        "(1+2j)*(3-4j) = (11+2j)",
    ];
    for profile in BOTH {
        let ran = floats(profile);
        let lines = ran.lines();
        assert_eq!(lines[..expected.len()], expected);
    }
}

#[test]
fn floats_become_integers_by_saturation() {
    let expected = [
        "nan: 0 0 0 0 0 0",
        "inf: 127 255 2147483647 4294967295 9223372036854775807 18446744073709551615",
        "-inf: -128 0 -2147483648 0 -9223372036854775808 0",
        "-1.9: -1 0 -1 0 -1 0",
        "2147483648.0: 127 255 2147483647 2147483648 2147483648 2147483648",
        "-2147483648.9: -128 0 -2147483648 0 -2147483648 0",
        "9.223372036854776e+18: 127 255 2147483647 4294967295 9223372036854775807 \
         9223372036854775808",
        "-9.3e+18: -128 0 -2147483648 0 -9223372036854775808 0",
        "1.8446744073709552e+19: 127 255 2147483647 4294967295 9223372036854775807 \
         18446744073709551615",
        "255.9: 127 255 255 255 255 255",
    ];
    for profile in BOTH {
        let ran = floats(profile);
        let lines = ran.lines();
        assert_eq!(lines[lines.len() - expected.len()..], expected);
    }
}
