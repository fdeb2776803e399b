//! Primitive operations as values.
//!
//! A [`PrimOp`] always names an operation that exists: [`PrimOp::new`] is the gate. Which operands
//! of a SPy expression select which operation is the business of [`crate::dispatch`].

use crate::dispatch::{explicit_conversion_exists, implicit_conversion_exists};
use crate::names;
use crate::scalar::ScalarTy;

/// An arithmetic or bitwise operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BinKind {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

impl BinKind {
    /// Every operator, in declaration order.
    pub const ALL: [BinKind; 12] = [
        BinKind::Add,
        BinKind::Sub,
        BinKind::Mul,
        BinKind::Div,
        BinKind::FloorDiv,
        BinKind::Mod,
        BinKind::Pow,
        BinKind::LShift,
        BinKind::RShift,
        BinKind::And,
        BinKind::Or,
        BinKind::Xor,
    ];

    /// The last part of the operation's name: `add` of `operator::i32_add`.
    pub fn suffix(self) -> &'static str {
        match self {
            BinKind::Add => "add",
            BinKind::Sub => "sub",
            BinKind::Mul => "mul",
            BinKind::Div => "div",
            BinKind::FloorDiv => "floordiv",
            BinKind::Mod => "mod",
            BinKind::Pow => "pow",
            BinKind::LShift => "lshift",
            BinKind::RShift => "rshift",
            BinKind::And => "and",
            BinKind::Or => "or",
            BinKind::Xor => "xor",
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CmpKind {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CmpKind {
    /// Every comparison, in declaration order.
    pub const ALL: [CmpKind; 6] =
        [CmpKind::Eq, CmpKind::Ne, CmpKind::Lt, CmpKind::Le, CmpKind::Gt, CmpKind::Ge];

    /// The last part of the operation's name: `eq` of `operator::i32_eq`.
    pub fn suffix(self) -> &'static str {
        match self {
            CmpKind::Eq => "eq",
            CmpKind::Ne => "ne",
            CmpKind::Lt => "lt",
            CmpKind::Le => "le",
            CmpKind::Gt => "gt",
            CmpKind::Ge => "ge",
        }
    }
}

/// A division of module `unsafe`, which a release build does not check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UncheckedKind {
    /// `unchecked_div`
    Div,
    /// `unchecked_floordiv`
    FloorDiv,
    /// `unchecked_mod`
    Mod,
}

impl UncheckedKind {
    /// Every unchecked division, in declaration order.
    pub const ALL: [UncheckedKind; 3] =
        [UncheckedKind::Div, UncheckedKind::FloorDiv, UncheckedKind::Mod];

    /// The checked operator with the same result.
    pub fn checked(self) -> BinKind {
        match self {
            UncheckedKind::Div => BinKind::Div,
            UncheckedKind::FloorDiv => BinKind::FloorDiv,
            UncheckedKind::Mod => BinKind::Mod,
        }
    }
}

/// What an operation does, and on which type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpKind {
    /// `operator::{T}_{op}` on two operands of the type.
    Binary(BinKind, ScalarTy),
    /// `operator::{T}_{cmp}` on two operands of the type.
    Compare(CmpKind, ScalarTy),
    /// `operator::{T}_neg`. It exists for unsigned types, though `-x` does not select it for them.
    Neg(ScalarTy),
    /// `operator::bool_not`
    Not,
    /// `operator::{from}_to_{to}`
    Convert(ScalarTy, ScalarTy),
    /// `operator::f64_f64_to_complex128`: real and imaginary part to complex number.
    MakeComplex,
    /// `unsafe::{T}_unchecked_{op}` on two operands of the type.
    Unchecked(UncheckedKind, ScalarTy),
    /// `unsafe::{T}_ieee754_div` on two operands of the type.
    IeeeDiv(ScalarTy),
}

impl OpKind {
    /// Whether SPy has this operation.
    fn exists(self) -> bool {
        match self {
            OpKind::Binary(op, ty) => binary_exists(op, ty),
            OpKind::Compare(op, ty) => compare_exists(op, ty),
            OpKind::Neg(ty) => ty.is_int() || ty.is_float() || ty == ScalarTy::Complex128,
            OpKind::Not | OpKind::MakeComplex => true,
            OpKind::Convert(from, to) => {
                implicit_conversion_exists(from, to) || explicit_conversion_exists(from, to)
            }
            // The 64-bit integers have no unchecked divisions.
            OpKind::Unchecked(_, ty) => ty.is_float() || (ty.is_int() && ty.bits() <= 32),
            OpKind::IeeeDiv(ty) => ty.is_float(),
        }
    }
}

fn binary_exists(op: BinKind, ty: ScalarTy) -> bool {
    use BinKind::{Add, And, Div, FloorDiv, Mod, Mul, Or, Pow, Sub, Xor};
    match ty {
        ScalarTy::Bool => matches!(op, And | Or | Xor),
        ScalarTy::F32 | ScalarTy::F64 => {
            matches!(op, Add | Sub | Mul | Div | FloorDiv | Mod | Pow)
        }
        ScalarTy::Complex128 => matches!(op, Add | Sub | Mul | Div),
        ScalarTy::Str | ScalarTy::Bytes => false,
        _ => true,
    }
}

fn compare_exists(op: CmpKind, ty: ScalarTy) -> bool {
    match ty {
        ScalarTy::Complex128 | ScalarTy::Str => matches!(op, CmpKind::Eq | CmpKind::Ne),
        // `bytes` are compared by a function of the standard library.
        ScalarTy::Bytes => false,
        _ => true,
    }
}

/// A primitive operation of SPy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrimOp {
    kind: OpKind,
}

/// Two operands of each type, for the signatures, indexed by the type.
const PAIRS: [[ScalarTy; 2]; ScalarTy::ALL.len()] = {
    let mut pairs = [[ScalarTy::Bool; 2]; ScalarTy::ALL.len()];
    let mut index = 0;
    while index < pairs.len() {
        pairs[index] = [ScalarTy::ALL[index]; 2];
        index += 1;
    }
    pairs
};

impl PrimOp {
    /// The operation of this kind, if SPy has it.
    pub fn new(kind: OpKind) -> Option<Self> {
        kind.exists().then_some(Self { kind })
    }

    /// Logical negation, `operator::bool_not`.
    pub const NOT: PrimOp = PrimOp { kind: OpKind::Not };

    /// `operator::f64_f64_to_complex128`
    pub const MAKE_COMPLEX: PrimOp = PrimOp { kind: OpKind::MakeComplex };

    /// What the operation does, and on which type.
    pub fn kind(self) -> OpKind {
        self.kind
    }

    /// The operation's fully qualified name, such as `operator::i32_add`.
    pub fn fqn(self) -> &'static str {
        names::fqn(self)
    }

    /// The operation with this fully qualified name.
    pub fn from_fqn(fqn: &str) -> Option<Self> {
        names::from_fqn(fqn)
    }

    /// Types of the parameters, in order.
    pub fn params(self) -> &'static [ScalarTy] {
        match self.kind {
            OpKind::Binary(_, ty)
            | OpKind::Compare(_, ty)
            | OpKind::Unchecked(_, ty)
            | OpKind::IeeeDiv(ty) => &PAIRS[ty as usize],
            OpKind::Neg(ty) | OpKind::Convert(ty, _) => &PAIRS[ty as usize][..1],
            OpKind::Not => &PAIRS[ScalarTy::Bool as usize][..1],
            OpKind::MakeComplex => &PAIRS[ScalarTy::F64 as usize],
        }
    }

    /// Type of the result.
    pub fn result(self) -> ScalarTy {
        match self.kind {
            OpKind::Binary(BinKind::Div, ty) | OpKind::Unchecked(UncheckedKind::Div, ty)
                if ty.is_int() =>
            {
                ScalarTy::F64
            }
            OpKind::Binary(_, ty)
            | OpKind::Unchecked(_, ty)
            | OpKind::IeeeDiv(ty)
            | OpKind::Neg(ty) => ty,
            OpKind::Compare(..) | OpKind::Not => ScalarTy::Bool,
            OpKind::Convert(_, to) => to,
            OpKind::MakeComplex => ScalarTy::Complex128,
        }
    }

    /// Whether SPy counts the operation as pure: a call with blue operands is folded. That is so for
    /// everything in module `operator` and for nothing in module `unsafe`.
    pub fn is_pure(self) -> bool {
        !matches!(self.kind, OpKind::Unchecked(..) | OpKind::IeeeDiv(_))
    }

    /// Whether the operation can raise, so that compiled code must hand it a source position.
    pub fn can_panic(self) -> bool {
        use BinKind::{Div, FloorDiv, LShift, Mod, Pow, RShift};
        match self.kind {
            OpKind::Binary(Div | FloorDiv | Mod, _) | OpKind::Unchecked(..) => true,
            // Only a negative exponent or shift count is wrong, and unsigned types have none.
            OpKind::Binary(Pow | LShift | RShift, ty) => ty.is_signed(),
            OpKind::Convert(from, _) => from == ScalarTy::Str,
            OpKind::Binary(..)
            | OpKind::Compare(..)
            | OpKind::Neg(_)
            | OpKind::Not
            | OpKind::MakeComplex
            | OpKind::IeeeDiv(_) => false,
        }
    }

    /// Every operation, in an order that never changes within one version.
    pub fn all() -> impl Iterator<Item = PrimOp> {
        let per_type = ScalarTy::ALL.into_iter().flat_map(kinds_on);
        let conversions = ScalarTy::ALL
            .into_iter()
            .flat_map(|from| ScalarTy::ALL.map(|to| OpKind::Convert(from, to)));
        per_type
            .chain([OpKind::Not, OpKind::MakeComplex])
            .chain(conversions)
            .filter_map(PrimOp::new)
    }
}

/// Every kind of operation that takes its operands as `ty`, whether or not it exists.
fn kinds_on(ty: ScalarTy) -> impl Iterator<Item = OpKind> {
    let binary = BinKind::ALL.map(|op| OpKind::Binary(op, ty));
    let compare = CmpKind::ALL.map(|op| OpKind::Compare(op, ty));
    let unchecked = UncheckedKind::ALL.map(|op| OpKind::Unchecked(op, ty));
    binary
        .into_iter()
        .chain(compare)
        .chain([OpKind::Neg(ty)])
        .chain(unchecked)
        .chain([OpKind::IeeeDiv(ty)])
}
