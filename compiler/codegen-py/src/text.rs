//! Literals of C and of Python.

use spy_package::python::Const;
use std::fmt::Write;

/// Bytes as a literal of C.
pub(crate) fn c_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            // Two question marks begin a trigraph.
            b' '..=b'~' if byte != b'?' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}

/// A text as a literal of C.
pub(crate) fn c_text(text: &str) -> String {
    c_bytes(text.as_bytes())
}

/// An identifier of C that stands for any name.
pub(crate) fn c_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if c == '_' {
            out.push_str("__");
        } else {
            let _ = write!(out, "_{:x}_", u32::from(c));
        }
    }
    out
}

/// C that makes a new Python object.
pub(crate) fn constant(value: &Const) -> String {
    match value {
        Const::None => "py_out_none()".to_owned(),
        Const::Bool(value) => format!("PyBool_FromLong({})", i32::from(*value)),
        Const::Int(text) => format!("PyLong_FromString(\"{text}\", NULL, 10)"),
        Const::Float(text) => format!("PyFloat_FromDouble({})", double(text)),
        Const::Complex(real, imag) => {
            format!("PyComplex_FromDoubles({}, {})", double(real), double(imag))
        }
        Const::Str(text) => {
            format!("PyUnicode_DecodeUTF8({}, {}, NULL)", c_text(text), text.len())
        }
        Const::Bytes(bytes) => {
            format!("PyBytes_FromStringAndSize({}, {})", c_bytes(bytes), bytes.len())
        }
        Const::Tuple(items) => {
            let made: Vec<String> = items.iter().map(constant).collect();
            let comma = if made.is_empty() { "" } else { ", " };
            format!("py_pack({}{comma}{})", made.len(), made.join(", "))
        }
    }
}

fn double(text: &str) -> String {
    match text {
        "inf" => "(double)INFINITY".to_owned(),
        "-inf" => "-(double)INFINITY".to_owned(),
        "nan" => "(double)NAN".to_owned(),
        _ => text.to_owned(),
    }
}

/// A constant as Python writes it, for signatures.
pub(crate) fn python(value: &Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::Bool(true) => "True".to_owned(),
        Const::Bool(false) => "False".to_owned(),
        Const::Int(text) => text.clone(),
        Const::Float(text) => float(text),
        Const::Complex(real, imag) => {
            let sign = if imag.starts_with('-') { "" } else { "+" };
            format!("{}{sign}{}j", float(real), float(imag))
        }
        Const::Str(text) => format!("'{}'", text.chars().map(escaped).collect::<String>()),
        Const::Bytes(bytes) => {
            let items = bytes.iter().map(|byte| escaped(char::from(*byte)));
            format!("b'{}'", items.collect::<String>())
        }
        Const::Tuple(items) => {
            let made: Vec<String> = items.iter().map(python).collect();
            format!("({}{})", made.join(", "), if made.len() == 1 { "," } else { "" })
        }
    }
}

/// Readers of signatures know literals only, and there is none for what is no number.
fn float(text: &str) -> String {
    match text {
        "inf" => "1e999".to_owned(),
        "-inf" => "-1e999".to_owned(),
        "nan" => "...".to_owned(),
        _ => text.to_owned(),
    }
}

fn escaped(c: char) -> String {
    match c {
        '\'' => "\\'".to_owned(),
        '\\' => "\\\\".to_owned(),
        ' '..='~' => c.to_string(),
        _ if u32::from(c) < 0x100 => format!("\\x{:02x}", u32::from(c)),
        _ if u32::from(c) < 0x1_0000 => format!("\\u{:04x}", u32::from(c)),
        _ => format!("\\U{:08x}", u32::from(c)),
    }
}

/// A name in Punycode (RFC 3492), with `_` for `-`, as CPython asks of entries of modules whose
/// names are not ASCII.
pub(crate) fn punycode(name: &str) -> String {
    let chars: Vec<u32> = name.chars().map(u32::from).collect();
    let mut out: String = name.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).unwrap_or(u32::MAX);
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut done) = (128_u32, 0_u32, 72_u32, basic);
    while (done as usize) < chars.len() {
        let least = chars.iter().copied().filter(|c| *c >= next).min().unwrap_or(next);
        delta += (least - next) * (done + 1);
        next = least;
        for &c in &chars {
            if c < next {
                delta += 1;
            } else if c == next {
                push_number(&mut out, delta, bias);
                bias = adapted(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    out.replace('-', "_")
}

fn push_number(out: &mut String, number: u32, bias: u32) {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let digit = |value: u32| char::from(DIGITS[value as usize % DIGITS.len()]);
    let (mut rest, mut base) = (number, 36_u32);
    loop {
        let threshold = base.saturating_sub(bias).clamp(1, 26);
        if rest < threshold {
            out.push(digit(rest));
            return;
        }
        out.push(digit(threshold + (rest - threshold) % (36 - threshold)));
        rest = (rest - threshold) / (36 - threshold);
        base += 36;
    }
}

fn adapted(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += 36;
    }
    steps + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_not_ascii_are_spelled_for_the_loader() {
        assert_eq!(punycode("b\u{fc}cher"), "bcher_kva");
        assert_eq!(punycode("\u{e9}t\u{e9}"), "t_9fab");
    }

    #[test]
    fn literals_survive_both_languages() {
        assert_eq!(c_bytes(b"a\"\\?\n\0"), "\"a\\\"\\\\\\077\\n\\000\"");
        let value =
            Const::Tuple(vec![Const::Str("'\u{e9}\u{20ac}".into()), Const::Float("inf".into())]);
        assert_eq!(python(&value), "('\\'\\xe9\\u20ac', 1e999)");
        assert_eq!(python(&Const::Complex("1.0".into(), "-2.5".into())), "1.0-2.5j");
    }

    #[test]
    fn different_names_stay_different() {
        assert_ne!(c_name("a_b"), c_name("a.b"));
        assert_ne!(c_name("a__b"), c_name("a_5f_b"));
    }
}
