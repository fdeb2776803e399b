//! Integers that are written down: literals, and sums, products and the like of literals.
//!
//! Where the type of such an expression is known (`x: i64 = 2 ** 40`, `n * 10 ** 12`), its value is
//! the exact one. Without that, numbers are `i32` and wrap around.

use spy_syntax::ast::{BinOp, Body, Expr, ExprId, Literal, UnaryOp};

/// Operators of a longer expression are applied one by one.
const MOST_OPERATORS: usize = 32;

/// The value of an expression of integer literals; `None` if it is none, or far too large.
pub(crate) fn exact(body: &Body, id: ExprId) -> Option<i128> {
    value(body, id, &mut { MOST_OPERATORS })
}

/// Whether an expression of integer literals has a value that is no i32.
pub(crate) fn is_long(body: &Body, id: ExprId) -> bool {
    match body.expr(id) {
        // Also one that no type could hold.
        Expr::Literal(Literal::Int(digits)) => digits.parse::<i32>().is_err(),
        Expr::BinOp { .. } | Expr::UnaryOp { .. } => {
            exact(body, id).is_some_and(|value| i32::try_from(value).is_err())
        }
        _ => false,
    }
}

fn value(body: &Body, id: ExprId, operators: &mut usize) -> Option<i128> {
    match body.expr(id) {
        Expr::Literal(Literal::Int(digits)) => digits.parse().ok(),
        Expr::UnaryOp { op, value: operand } => {
            *operators = operators.checked_sub(1)?;
            let operand = value(body, *operand, operators)?;
            match op {
                UnaryOp::Neg => operand.checked_neg(),
                UnaryOp::Pos => Some(operand),
                UnaryOp::Invert => Some(!operand),
                UnaryOp::Not => None,
            }
        }
        Expr::BinOp { op, left, right } => {
            *operators = operators.checked_sub(1)?;
            let left = value(body, *left, operators)?;
            apply(*op, left, value(body, *right, operators)?)
        }
        _ => None,
    }
}

fn apply(op: BinOp, left: i128, right: i128) -> Option<i128> {
    match op {
        BinOp::Add => left.checked_add(right),
        BinOp::Sub => left.checked_sub(right),
        BinOp::Mul => left.checked_mul(right),
        BinOp::FloorDiv => {
            let quotient = left.checked_div(right)?;
            let is_below = left % right != 0 && (left < 0) != (right < 0);
            Some(quotient - i128::from(is_below))
        }
        BinOp::Mod => {
            let rest = left.checked_rem(right)?;
            Some(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest })
        }
        BinOp::Pow => left.checked_pow(u32::try_from(right).ok()?),
        BinOp::LShift => left.checked_mul(1_i128.checked_shl(u32::try_from(right).ok()?)?),
        BinOp::RShift => left.checked_shr(u32::try_from(right).ok()?),
        BinOp::And => Some(left & right),
        BinOp::Or => Some(left | right),
        BinOp::Xor => Some(left ^ right),
        BinOp::Div | BinOp::MatMul => None,
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use spy_syntax::ast::BinOp;

    #[test]
    fn division_rounds_down() {
        let both =
            |left, right| (apply(BinOp::FloorDiv, left, right), apply(BinOp::Mod, left, right));
        assert_eq!(both(7, 2), (Some(3), Some(1)));
        assert_eq!(both(-7, 2), (Some(-4), Some(1)));
        assert_eq!(both(7, -2), (Some(-4), Some(-1)));
        assert_eq!(both(-6, 2), (Some(-3), Some(0)));
        assert_eq!(both(7, 0), (None, None));
    }

    #[test]
    fn what_is_far_too_large_has_no_value() {
        assert_eq!(apply(BinOp::Pow, 10, 30), Some(10_i128.pow(30)));
        assert_eq!(apply(BinOp::Pow, 10, 300), None);
        assert_eq!(apply(BinOp::Pow, 2, -1), None);
        assert_eq!(apply(BinOp::LShift, 1, 126), Some(1 << 126));
        assert_eq!(apply(BinOp::LShift, 3, 127), None);
        assert_eq!(apply(BinOp::LShift, 1, 500), None);
        assert_eq!(apply(BinOp::RShift, -8, 1), Some(-4));
    }
}
