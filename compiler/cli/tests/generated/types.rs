//! The types that generated programs use.

use crate::choices::Choices;

/// A type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    I8,
    U8,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    Bool,
    Str,
    List(Box<Ty>),
    Dict(Box<Ty>, Box<Ty>),
    Tuple(Vec<Ty>),
    Optional(Box<Ty>),
    /// A struct of the program, by number.
    Struct(usize),
}

/// The types without parts; the first ones are used most.
const SCALARS: [Ty; 14] = [
    Ty::I32,
    Ty::F64,
    Ty::Str,
    Ty::Bool,
    Ty::I64,
    Ty::I32,
    Ty::Str,
    Ty::U8,
    Ty::I8,
    Ty::U32,
    Ty::U64,
    Ty::F32,
    Ty::F64,
    Ty::I32,
];

/// The integer types.
pub(crate) const INTS: [Ty; 6] = [Ty::I32, Ty::I64, Ty::U8, Ty::I8, Ty::U32, Ty::U64];

impl Ty {
    /// A type without parts.
    pub(crate) fn scalar(choices: &mut Choices<'_>) -> Self {
        choices.pick(&SCALARS)
    }

    /// Any type; `structs` is how many structs there are.
    pub(crate) fn any(choices: &mut Choices<'_>, structs: usize) -> Self {
        match choices.below(11) {
            10 => Self::Optional(Box::new(Self::scalar(choices))),
            0..=4 => Self::scalar(choices),
            5 => Self::List(Box::new(Self::scalar(choices))),
            6 if structs > 0 => Self::Struct(choices.below(structs)),
            7 => Self::Tuple(vec![Self::scalar(choices), Self::scalar(choices)]),
            8 => {
                let key = choices.pick(&[Self::I32, Self::Str, Self::I64]);
                Self::Dict(Box::new(key), Box::new(Self::scalar(choices)))
            }
            9 if structs > 0 => Self::List(Box::new(Self::Struct(choices.below(structs)))),
            9 => Self::List(Box::new(Self::List(Box::new(Self::scalar(choices))))),
            _ => Self::scalar(choices),
        }
    }

    /// The type as it is written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::I8 => "i8".into(),
            Self::U8 => "u8".into(),
            Self::I32 => "i32".into(),
            Self::U32 => "u32".into(),
            Self::I64 => "i64".into(),
            Self::U64 => "u64".into(),
            Self::F32 => "f32".into(),
            Self::F64 => "f64".into(),
            Self::Bool => "bool".into(),
            Self::Str => "str".into(),
            Self::List(item) => format!("list[{}]", item.text()),
            Self::Dict(key, value) => format!("dict[{}, {}]", key.text(), value.text()),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(Self::text).collect();
                format!("tuple[{}]", items.join(", "))
            }
            Self::Optional(item) => format!("Optional[{}]", item.text()),
            Self::Struct(number) => format!("Struct{number}"),
        }
    }

    pub(crate) fn is_int(&self) -> bool {
        INTS.contains(self)
    }

    /// Whether values can be below zero.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self, Self::I8 | Self::I32 | Self::I64 | Self::F32 | Self::F64)
    }

    /// Whether `<` is defined.
    pub(crate) fn is_ordered(&self) -> bool {
        match self {
            Self::Bool | Self::Dict(..) | Self::Optional(_) | Self::Struct(_) => false,
            Self::List(item) => item.is_ordered(),
            Self::Tuple(items) => items.iter().all(Self::is_ordered),
            _ => true,
        }
    }

    /// A value of a type without parts, written out.
    pub(crate) fn literal(&self, choices: &mut Choices<'_>) -> String {
        const WORDS: [&str; 9] =
            ["''", "'a'", "'Hello'", "'x y'", "'é€'", "'b,c'", "'12'", "' pad '", "'日本'"];
        const FLOATS: [&str; 9] =
            ["0.0", "1.0", "2.5", "0.1", "(-3.75)", "1e10", "1e-5", "(-0.0)", "123456.789"];
        const SMALL: [&str; 9] = ["0", "1", "2", "3", "7", "10", "42", "100", "127"];
        match self {
            Self::Bool => choices.pick(&["False", "True"]).into(),
            Self::Str => choices.pick(&WORDS).into(),
            Self::F64 => choices.pick(&FLOATS).into(),
            Self::F32 => format!("f32({})", choices.pick(&["0.0", "1.5", "-2.25", "0.1", "1e10"])),
            Self::I32 => choices
                .pick(&[&SMALL[..], &["(-1)", "2147483647", "(-2147483647 - 1)"]].concat())
                .into(),
            Self::I8 => format!("i8({})", choices.pick(&[&SMALL[..], &["-1", "-128"]].concat())),
            Self::U8 => format!("u8({})", choices.pick(&[&SMALL[..], &["128", "255"]].concat())),
            Self::U32 => format!("u32({})", choices.pick(&[&SMALL[..], &["4294967295"]].concat())),
            Self::I64 => {
                let wide = ["-1", "5000000000", "-9223372036854775808", "9223372036854775807"];
                format!("i64({})", choices.pick(&[&SMALL[..], &wide].concat()))
            }
            Self::U64 => {
                let wide = ["5000000000", "18446744073709551615"];
                format!("u64({})", choices.pick(&[&SMALL[..], &wide].concat()))
            }
            Self::List(_)
            | Self::Dict(..)
            | Self::Tuple(_)
            | Self::Optional(_)
            | Self::Struct(_) => {
                unreachable!("types with parts have no literals")
            }
        }
    }

    /// The number 1 of an integer type.
    pub(crate) fn one(&self) -> String {
        self.number(1)
    }

    /// A small number of an integer type.
    pub(crate) fn number(&self, value: u8) -> String {
        match self {
            Self::I32 => value.to_string(),
            _ => format!("{}({value})", self.text()),
        }
    }
}
