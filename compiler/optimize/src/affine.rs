//! Subscripts that are affine in a loop's counter: `base + factor * k`.
//!
//! The parts are computed in 64 bits, in which they are exact as long as their magnitudes, which are
//! tracked, allow it. What is affine in exact arithmetic is extreme at the first or last value of
//! the counter, so two values decide about all rounds. And where the exact value fits into 32 bits,
//! arithmetic modulo 2^32 gives the same, whatever overflowed on the way.

use crate::counted::{op, prim};
use spy_ir::{Callee, Const, Expr, ExprKind, PosIdx, Scalar, ScalarTy, Type};

/// `base + factor * k`, in `i64`.
#[derive(Clone, Debug)]
pub(crate) struct Affine {
    /// The part that does not depend on `k`.
    base: Term,
    /// What `k` is multiplied with; `None` if it does not occur.
    factor: Option<Term>,
    /// The absolute value of `k` is at most this.
    counter: u128,
}

/// An `i64` expression that the loop does not change.
#[derive(Clone, Debug)]
struct Term {
    expr: Expr,
    /// Its absolute value is at most this.
    most: u128,
}

/// The largest absolute value of an `i32`.
pub(crate) const I32_MOST: u128 = 1 << 31;

/// What an expression stands for in a subscript.
pub(crate) enum Meaning<'a> {
    /// The counter, and its largest absolute value.
    Item(u128),
    /// Something that is the same in all rounds, written as it is before the loop, and its largest
    /// absolute value.
    Fixed(Expr, u128),
    /// The value of an expression.
    Value(&'a Expr),
}

/// Reads a subscript; `None` if it is not affine, or too large for 64 bits. `meaning` is asked about
/// what is neither a constant nor a sum or product of what can be read; `depth` limits how far it
/// is followed.
pub(crate) fn read<'a>(
    expr: &'a Expr,
    meaning: &dyn Fn(&'a Expr) -> Option<Meaning<'a>>,
    depth: usize,
) -> Option<Affine> {
    let depth = depth.checked_sub(1)?;
    let pos = expr.pos;
    if expr.ty != Type::I32 {
        return None;
    }
    if let ExprKind::Const(Const::Scalar(Scalar::I32(value))) = expr.kind {
        let most = u128::from(value.unsigned_abs());
        return Some(fixed(Term { expr: int(i64::from(value), pos), most }));
    }
    if let Some(affine) = parts(expr, meaning, depth) {
        return Some(affine);
    }
    match meaning(expr)? {
        Meaning::Item(counter) => Some(Affine {
            base: Term { expr: int(0, pos), most: 0 },
            factor: Some(Term { expr: int(1, pos), most: 1 }),
            counter,
        }),
        Meaning::Fixed(value, most) => Some(fixed(Term { expr: widen(value), most })),
        Meaning::Value(value) => read(value, meaning, depth),
    }
}

/// Reads a sum, difference or product.
fn parts<'a>(
    expr: &'a Expr,
    meaning: &dyn Fn(&'a Expr) -> Option<Meaning<'a>>,
    depth: usize,
) -> Option<Affine> {
    let (operation, [left, right]) = operation(expr, NARROW)?;
    combine(operation, read(left, meaning, depth)?, read(right, meaning, depth)?)
}

/// Sum, difference and product in 32 bits, and in 64.
const NARROW: [&str; 3] = ["operator::i32_add", "operator::i32_sub", "operator::i32_mul"];
const WIDE: [&str; 3] = ["operator::i64_add", "operator::i64_sub", "operator::i64_mul"];

/// Which of three operations an expression is, and its operands.
fn operation<'a>(expr: &'a Expr, names: [&str; 3]) -> Option<(usize, &'a [Expr; 2])> {
    let args = |name: &&str| prim(expr, name)?.try_into().ok();
    names.iter().enumerate().find_map(|(number, name)| Some((number, args(name)?)))
}

/// The sum, difference or product of two parts.
fn combine(operation: usize, left: Affine, right: Affine) -> Option<Affine> {
    if operation == 2 { product(left, right) } else { sum(WIDE[operation], left, right) }
}

/// Reads an expression of 64 bits that does not overflow: constants, sums and products of what
/// `narrow` makes of values of 32 bits.
pub(crate) fn read_wide(
    expr: &Expr,
    narrow: &mut dyn FnMut(&Expr) -> Option<Affine>,
    depth: usize,
) -> Option<Affine> {
    let depth = depth.checked_sub(1)?;
    if let ExprKind::Const(Const::Scalar(Scalar::I64(value))) = expr.kind {
        return Some(fixed(Term { expr: expr.clone(), most: value.unsigned_abs().into() }));
    }
    if let Some([value]) = prim(expr, "operator::i32_to_i64") {
        return narrow(value);
    }
    let (operation, [left, right]) = operation(expr, WIDE)?;
    combine(operation, read_wide(left, narrow, depth)?, read_wide(right, narrow, depth)?)
}

fn fixed(base: Term) -> Affine {
    Affine { base, factor: None, counter: 0 }
}

fn sum(name: &str, left: Affine, right: Affine) -> Option<Affine> {
    let zero = |pos| Term { expr: int(0, pos), most: 0 };
    let pos = left.base.expr.pos;
    let base = add(name, left.base, right.base)?;
    let factor = match (left.factor, right.factor) {
        (None, None) => None,
        (Some(factor), None) => Some(factor),
        (left, Some(right)) => Some(add(name, left.unwrap_or(zero(pos)), right)?),
    };
    Some(Affine { base, factor, counter: left.counter.max(right.counter) })
}

fn product(left: Affine, right: Affine) -> Option<Affine> {
    let (fixed, other) = match (&left.factor, &right.factor) {
        (None, _) => (left.base, right),
        (_, None) => (right.base, left),
        _ => return None,
    };
    let factor = match other.factor {
        Some(factor) => Some(times(factor, fixed.clone())?),
        None => None,
    };
    Some(Affine { base: times(other.base, fixed)?, factor, counter: other.counter })
}

fn add(name: &str, left: Term, right: Term) -> Option<Term> {
    let most = left.most + right.most;
    let simple = match (&left.expr.kind, &right.expr.kind) {
        (_, ExprKind::Const(_)) if right.most == 0 => Some(left.expr.clone()),
        (ExprKind::Const(_), _) if left.most == 0 && name == "operator::i64_add" => {
            Some(right.expr.clone())
        }
        _ => None,
    };
    let expr = match simple {
        Some(expr) => expr,
        None => call(name, vec![left.expr, right.expr])?,
    };
    fits(Term { expr, most })
}

fn times(left: Term, right: Term) -> Option<Term> {
    let most = left.most.checked_mul(right.most)?;
    let is_one =
        |term: &Term| matches!(term.expr.kind, ExprKind::Const(Const::Scalar(Scalar::I64(1))));
    let expr = if most == 0 {
        int(0, left.expr.pos)
    } else if is_one(&left) {
        right.expr
    } else if is_one(&right) {
        left.expr
    } else {
        call("operator::i64_mul", vec![left.expr, right.expr])?
    };
    fits(Term { expr, most })
}

fn fits(term: Term) -> Option<Term> {
    (term.most < 1 << 63).then_some(term)
}

impl Affine {
    /// Whether the value is the same in all rounds.
    pub(crate) fn is_fixed(&self) -> bool {
        self.factor.is_none()
    }

    /// Whether the value grows by one from round to round.
    pub(crate) fn is_successive(&self) -> bool {
        let one = ExprKind::Const(Const::Scalar(Scalar::I64(1)));
        self.factor.as_ref().is_some_and(|factor| factor.expr.kind == one)
    }

    /// The value where the counter is `k`, an `i64`.
    pub(crate) fn at(&self, k: &Expr) -> Option<Expr> {
        let Some(factor) = &self.factor else { return Some(self.base.expr.clone()) };
        let k = Term { expr: k.clone(), most: self.counter };
        Some(add("operator::i64_add", self.base.clone(), times(factor.clone(), k)?)?.expr)
    }
}

/// An `i64` constant.
pub(crate) fn int(value: i64, pos: PosIdx) -> Expr {
    let ty = Type::Scalar(ScalarTy::I64);
    Expr { kind: ExprKind::Const(Const::Scalar(Scalar::I64(value))), ty, pos }
}

/// An `i32` as an `i64`.
pub(crate) fn widen(expr: Expr) -> Expr {
    if let ExprKind::Const(Const::Scalar(Scalar::I32(value))) = expr.kind {
        return int(i64::from(value), expr.pos);
    }
    let pos = expr.pos;
    match op("operator::i32_to_i64") {
        Some(op) => Expr {
            kind: ExprKind::Call(Callee::Prim(op), vec![expr]),
            ty: Type::Scalar(ScalarTy::I64),
            pos,
        },
        None => expr,
    }
}

/// An operation on `i64` by name; `None` if there is none of that name.
pub(crate) fn call(name: &str, args: Vec<Expr>) -> Option<Expr> {
    let op = op(name)?;
    let pos = args.first()?.pos;
    Some(Expr { kind: ExprKind::Call(Callee::Prim(op), args), ty: Type::Scalar(op.result()), pos })
}
