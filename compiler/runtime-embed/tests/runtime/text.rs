//! Texts of numbers: formatting against Rust's shortest digits, parsing against known values.

use crate::support::{BOTH, Numbers, Profile, Program};

/// Python's layout of Rust's shortest digits, which come as `[-]d[.ddd]e[-]n`.
fn python_layout(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().expect("a number");
    if !(-4..16).contains(&exponent) {
        let point = if digits.len() > 1 { "." } else { "" };
        let (first, rest) = digits.split_at(1);
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.abs());
    }
    let before = usize::try_from(exponent + 1).unwrap_or(0);
    if before == 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).expect("negative"));
        format!("{sign}0.{zeros}{digits}")
    } else if digits.len() > before {
        format!("{sign}{}.{}", &digits[..before], &digits[before..])
    } else {
        format!("{sign}{digits:0<before$}.0")
    }
}

fn f64_samples() -> Vec<f64> {
    let mut samples = vec![
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        0.2,
        0.3,
        1e15,
        1e16,
        123_456_789_012_345_680.0,
        1e-4,
        1e-5,
        9.999e-5,
        5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::EPSILON,
        2f64.powi(-44),
        1e22,
        1e23,
        9_007_199_254_740_991.0,
        9_007_199_254_740_993.0,
        2.225_073_858_507_201e-308,
        12.3,
        100.0,
        1.0 / 3.0,
        4.35,
        0.000_001,
        123_456.789,
        1e21,
        1e100,
        2.5,
        9.5e-7,
    ];
    samples.extend((-1074..1024).map(|power| 2f64.powi(power)));
    samples.extend((-320..309).map(|power| format!("1e{power}").parse::<f64>().expect("a float")));
    samples.extend((1..2000).map(|n| f64::from(n) / 100.0));
    let mut numbers = Numbers(1);
    samples.extend((0..20_000).map(|_| f64::from_bits(numbers.next())));
    samples.extend((0..5000).map(|_| (numbers.next() >> 11) as f64 / 1e9));
    samples.retain(|x| x.is_finite());
    samples
}

#[test]
fn floats_print_as_the_shortest_text_that_reads_back() {
    let samples = f64_samples();
    let input: String = samples.iter().map(|x| format!("{:x}\n", x.to_bits())).collect();
    let ran = Program::from_file("print_f64.c", Profile::Release).run_with_input(&[], &input);
    let lines = ran.lines();
    assert_eq!(lines.len(), samples.len());
    for (x, line) in samples.iter().zip(lines) {
        let expected = python_layout(&format!("{x:e}"));
        if line != expected {
            // Rust rounds a tie between two shortest texts up, Python to even.
            assert_eq!(line.parse::<f64>().map(f64::to_bits), Ok(x.to_bits()), "{line}");
            assert_eq!(line.len(), expected.len(), "{line} is not the shortest, {expected}");
            let last = line.split('e').next().and_then(|digits| digits.chars().last());
            assert!(matches!(last, Some('0' | '2' | '4' | '6' | '8')), "{line}, {expected}");
        }
    }
}

#[test]
fn floats_with_so_many_digits_are_rounded_exactly() {
    let mut samples = f64_samples();
    // Ties, which go to the even one.
    samples.extend((0..4000).map(|n| f64::from(n) / 64.0));
    samples.extend((0..200).map(|n| 2f64.powi(62) + f64::from(n) * 1024.0));
    samples.extend((1..64).map(|n| 0.5 / 10f64.powi(n)));
    let tried = [0, 1, 2, 3, 6, 9, 15, 17, 19, 20, 40].into_iter().cycle();
    let cases: Vec<(f64, usize)> =
        samples.iter().flat_map(|x| [*x, -*x, *x, *x, *x]).zip(tried).collect();
    let line = |(x, digits): &(f64, usize)| format!("{:x} {digits}\n", x.to_bits());
    let input: String = cases.iter().map(line).collect();
    let ran = Program::from_file("print_fixed.c", Profile::Release).run_with_input(&[], &input);
    let lines = ran.lines();
    assert_eq!(lines.len(), cases.len());
    for ((x, digits), line) in cases.iter().zip(lines) {
        let text = format!("{x:.digits$}");
        let rounded: f64 = text.parse().expect("a float");
        assert_eq!(line, format!("{text} {:x}", rounded.to_bits()), "{x:e} {digits}");
    }
}

#[test]
fn single_floats_print_as_the_shortest_text_that_reads_back() {
    let mut samples = vec![0.0f32, -0.0, 1.1, 0.1, 100.0, 16_777_216.0, 3.5, f32::MAX, 1e-45, 1e16];
    samples.extend((-149..128).map(|power| 2f32.powi(power)));
    let mut numbers = Numbers(2);
    samples.extend((0..20_000).map(|_| f32::from_bits(numbers.next() as u32)));
    samples.retain(|x| x.is_finite());
    let input: String = samples.iter().map(|x| format!("{:x}\n", x.to_bits())).collect();
    let ran = Program::from_file("print_f32.c", Profile::Debug).run_with_input(&[], &input);
    let lines = ran.lines();
    assert_eq!(lines.len(), samples.len());
    for (x, line) in samples.iter().zip(lines) {
        let expected = python_layout(&format!("{x:e}"));
        if line != expected {
            assert_eq!(line.parse::<f32>().map(f32::to_bits), Ok(x.to_bits()), "{line}");
            assert_eq!(line.len(), expected.len(), "{line} is not the shortest, {expected}");
            let last = line.split('e').next().and_then(|digits| digits.chars().last());
            assert!(matches!(last, Some('0' | '2' | '4' | '6' | '8')), "{line}, {expected}");
        }
    }
}

#[test]
fn other_texts() {
    let expected = "nan inf -inf 0.0 -0.0 nan inf -inf\n\
        (1+2j) 2j -0j (-0-1.5j) (nan+infj) nanj (1-0j) 1e+16j\n\
        True False True\n\
        -128 127 255 -2147483648 4294967295 -9223372036854775808 18446744073709551615 0\n\
        -2128831035 -468965076 1335831723 2 -1 2 -1\n\
        97 233 128512 255\n\
        True False True False\n";
    for profile in BOTH {
        let ran = Program::from_file("texts.c", profile).run(&[]);
        ran.lines();
        assert_eq!(ran.stdout, expected);
    }
}

#[test]
fn texts_that_grow_share_their_data_and_never_change() {
    for profile in BOTH {
        let ran = Program::from_file("concat.c", profile).run(&[]);
        assert_eq!(ran.stdout, "intact\n", "{profile:?}");
    }
}

#[test]
fn integers_from_text() {
    let program = Program::from_file("parse.c", Profile::Debug);
    let good = [
        ("i8", " -128 ", "-128"),
        ("i8", "+127", "127"),
        ("u8", "\t255\n", "255"),
        ("u8", "-0", "0"),
        ("i32", "1_000_000", "1000000"),
        ("i32", "0000000000000000000000000000000000000000000000000000000000000000000042", "42"),
        ("i32", "-2147483648", "-2147483648"),
        ("u32", "4294967295", "4294967295"),
        ("i64", "-9223372036854775808", "-9223372036854775808"),
        ("u64", "18446744073709551615", "18446744073709551615"),
    ];
    for (ty, text, value) in good {
        assert_eq!(program.run(&[ty, text]).lines(), [value], "{ty} {text:?}");
    }
    for text in ["", " ", "+", "-", "1 2", "0x10", "1__0", "_1", "1_", "12a", "--1", "1.0", "é"] {
        let ran = program.run(&["i64", text]);
        let message = format!("ValueError: invalid literal for int() with base 10: '{text}'\n");
        assert_eq!((ran.stderr, ran.status), (message, Some(1)));
    }
    let out_of_range = [
        ("i8", "128", "i8 value 128 out of range [-128, 127]"),
        ("u8", " -1", "u8 value -1 out of range [0, 255]"),
        ("i32", "0_2147483648", "i32 value 2147483648 out of range [-2147483648, 2147483647]"),
        ("u32", "4294967296", "u32 value 4294967296 out of range [0, 4294967295]"),
        (
            "i64",
            "9223372036854775808",
            "i64 value 9223372036854775808 out of range \
             [-9223372036854775808, 9223372036854775807]",
        ),
        (
            "u64",
            "184467440737095516150000000000000000000000",
            "u64 value 184467440737095516150000000000000000000000 out of range \
             [0, 18446744073709551615]",
        ),
    ];
    for (ty, text, message) in out_of_range {
        let ran = program.run(&[ty, text]);
        assert_eq!((ran.stderr, ran.status), (format!("OverflowError: {message}\n"), Some(1)));
    }
}

#[test]
fn complex_numbers_from_text() {
    let program = Program::from_file("parse.c", Profile::Release);
    let good = [
        ("3", "(3+0j)"),
        ("j", "1j"),
        ("-J", "-1j"),
        (" (1+2j) ", "(1+2j)"),
        ("( 1.5e3-j )", "(1500-1j)"),
        ("1_0.2_5j", "10.25j"),
        ("-inf+nanj", "(-inf+nanj)"),
        ("Infinityj", "infj"),
        (".5-.5e-3j", "(0.5-0.0005j)"),
        ("1e400", "(inf+0j)"),
        ("5.e1", "(50+0j)"),
        ("+1-0j", "(1-0j)"),
    ];
    for (text, value) in good {
        assert_eq!(program.run(&["complex", text]).lines(), [value], "{text:?}");
    }
    for text in ["", "(", "()", "1 + 2j", "1+2", "jj", "1e", "e5", ".", "(1", "1)", "1+2j3", "infx"]
    {
        let ran = program.run(&["complex", text]);
        let message = "ValueError: complex() arg is a malformed string\n";
        assert_eq!((ran.stderr.as_str(), ran.status), (message, Some(1)), "{text:?}");
    }
}
