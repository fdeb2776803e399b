//! The types that generated programs use, and their constants.

use crate::rng::Rng;

/// A SPy type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    Int(Int),
    F64,
    F32,
    Bool,
    Str,
    List(Box<Ty>),
    Dict(Box<Ty>, Box<Ty>),
    Tuple(Vec<Ty>),
    /// A struct, by its number in the program.
    Struct(usize),
    /// A `gc_ptr` to at least one such struct.
    Ptr(usize),
}

/// An integer type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Int {
    I8,
    U8,
    I32,
    U32,
    I64,
    U64,
}

pub(crate) const I32: Ty = Ty::Int(Int::I32);

impl Int {
    pub(crate) const ALL: [Self; 6] =
        [Self::I8, Self::U8, Self::I32, Self::U32, Self::I64, Self::U64];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::I32 => "i32",
            Self::U32 => "u32",
            Self::I64 => "i64",
            Self::U64 => "u64",
        }
    }

    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I32 | Self::I64)
    }

    /// The smallest and the largest value.
    fn range(self) -> (i128, i128) {
        match self {
            Self::I8 => (i8::MIN.into(), i8::MAX.into()),
            Self::U8 => (0, u8::MAX.into()),
            Self::I32 => (i32::MIN.into(), i32::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::I64 => (i64::MIN.into(), i64::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
        }
    }

    /// A constant of this type.
    pub(crate) fn constant(self, value: i128) -> String {
        match self {
            Self::I32 if value < 0 => format!("({value})"),
            Self::I32 => value.to_string(),
            _ => format!("{}({value})", self.name()),
        }
    }

    /// Small numbers most of the time, else limits and anything.
    pub(crate) fn literal(self, rng: &mut Rng) -> String {
        let (low, high) = self.range();
        let value = match rng.below(10) {
            0..6 => i128::from(rng.between(-3, 12)),
            6 => low,
            7 => high,
            8 => i128::from(rng.between(-200, 300)),
            _ => i128::from(rng.next().cast_signed()),
        };
        let value = if (low..=high).contains(&value) { value } else { value & high };
        self.constant(value)
    }
}

impl Ty {
    /// A type without parts.
    pub(crate) fn scalar(rng: &mut Rng) -> Self {
        match rng.below(12) {
            0..3 => I32,
            3..7 => Self::Int(*rng.pick(&Int::ALL)),
            7 => Self::F64,
            8 => Self::F32,
            9 => Self::Bool,
            _ => Self::Str,
        }
    }

    /// A type that can be the key of a dict.
    pub(crate) fn key(rng: &mut Rng) -> Self {
        match rng.below(6) {
            0 => Self::Int(*rng.pick(&Int::ALL)),
            1 => Self::Bool,
            2..4 => Self::Str,
            _ => I32,
        }
    }

    pub(crate) fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    pub(crate) fn dict(key: Self, value: Self) -> Self {
        Self::Dict(Box::new(key), Box::new(value))
    }

    /// The types whose values become this one where it is expected.
    pub(crate) fn implicit_sources(&self) -> &'static [Self] {
        const INTS: [Ty; 7] = [
            Ty::Int(Int::I32),
            Ty::Int(Int::I8),
            Ty::Int(Int::U8),
            Ty::Int(Int::U32),
            Ty::Int(Int::I64),
            Ty::Int(Int::U64),
            Ty::F32,
        ];
        const TO_I64: [Ty; 5] = [
            Ty::Int(Int::I32),
            Ty::Int(Int::I8),
            Ty::Int(Int::U8),
            Ty::Int(Int::U32),
            Ty::Int(Int::U64),
        ];
        const TO_I32: [Ty; 3] = [Ty::Int(Int::I8), Ty::Int(Int::U8), Ty::Int(Int::U32)];
        match self {
            Self::F64 => &INTS,
            Self::F32 => &[Ty::Int(Int::I32), Ty::F64],
            Self::Bool | Self::Int(Int::I8 | Int::U8 | Int::U32) => &[Ty::Int(Int::I32)],
            Self::Int(Int::I32) => &TO_I32,
            Self::Int(Int::I64) => &TO_I64,
            Self::Int(Int::U64) => &[Ty::Int(Int::I64)],
            _ => &[],
        }
    }

    /// The types that a call of this one accepts.
    pub(crate) fn explicit_sources(&self) -> &'static [Self] {
        const TO_I64: [Ty; 7] = [
            Ty::Int(Int::I32),
            Ty::Int(Int::I8),
            Ty::Int(Int::U8),
            Ty::Int(Int::U32),
            Ty::Int(Int::U64),
            Ty::F32,
            Ty::F64,
        ];
        const TO_I32: [Ty; 5] =
            [Ty::Int(Int::I8), Ty::Int(Int::U8), Ty::Int(Int::U32), Ty::F32, Ty::F64];
        match self {
            Self::Int(Int::I32) => &TO_I32,
            Self::Int(Int::I64) => &TO_I64,
            Self::Int(Int::I8 | Int::U8) => &[Ty::Int(Int::I32)],
            Self::Int(Int::U64) => &[Ty::Int(Int::I64)],
            Self::F64 => &[Ty::Int(Int::I32), Ty::F32],
            Self::F32 => &[Ty::Int(Int::I32), Ty::F64],
            _ => &[],
        }
    }
}

/// A float; those that are no tidy decimal fractions too.
pub(crate) fn float_literal(rng: &mut Rng) -> String {
    const VALUES: [&str; 14] = [
        "0.0",
        "(-0.0)",
        "1.0",
        "0.5",
        "(-2.25)",
        "0.1",
        "3.75",
        "1e10",
        "(-1e-7)",
        "123456.789",
        "1e300",
        "1e-310",
        "2147483648.5",
        "(-7.0)",
    ];
    if rng.chance(70) {
        return (*rng.pick(&VALUES)).to_owned();
    }
    let value = rng.between(-100_000, 100_000);
    let text = format!("{}.{}", value / 100, (value % 100).abs());
    if value < 0 { format!("({text})") } else { text }
}

/// A string of ASCII: lengths and positions count bytes, so others could be cut in the middle.
pub(crate) fn text_literal(rng: &mut Rng) -> String {
    const VALUES: [&str; 12] = [
        "\"\"",
        "\"a\"",
        "\"ab\"",
        "\"hello\"",
        "\"a b  c\"",
        "\"x,y,,z\"",
        "\"ABba\"",
        "\"it's\"",
        "'say \"hi\"'",
        "\"tab\\tnl\\n\"",
        "\"\\\\ \\x01\"",
        "\"aaa\"",
    ];
    (*rng.pick(&VALUES)).to_owned()
}
