//! How strongly C's operators bind, weakest first.
//!
//! Where C and readers disagree about grouping, [`fits`] asks for more parentheses than C does, so
//! that `-Wall` has nothing to say.

/// `||`.
pub(crate) const OR: u8 = 1;
/// `&&`.
pub(crate) const AND: u8 = 2;
/// `|`.
pub(crate) const BIT_OR: u8 = 3;
/// `^`.
pub(crate) const BIT_XOR: u8 = 4;
/// `&`.
pub(crate) const BIT_AND: u8 = 5;
/// `==`, `<` and their like.
pub(crate) const CMP: u8 = 6;
/// `<<`, `>>`.
pub(crate) const SHIFT: u8 = 7;
/// `+`, `-`.
pub(crate) const SUM: u8 = 8;
/// `*`, `/`, `%`.
pub(crate) const PRODUCT: u8 = 9;
/// `!`.
pub(crate) const NOT: u8 = 10;
/// Other prefix operators and casts.
pub(crate) const UNARY: u8 = 11;
/// Names, literals, calls, field access.
pub(crate) const PRIMARY: u8 = 12;

/// Whether an operand of precedence `inner` may stand as it is on the given side of the operator.
pub(crate) fn fits(inner: u8, operator: u8, is_left: bool) -> bool {
    match operator {
        OR => inner > AND || (is_left && inner == OR),
        AND => inner > AND || (is_left && inner == AND),
        BIT_OR | BIT_XOR | BIT_AND => inner >= NOT || (is_left && inner == operator),
        SHIFT => inner >= NOT,
        CMP => inner >= SUM && inner != NOT,
        SUM | PRODUCT => inner > operator || (is_left && inner == operator),
        _ => inner >= operator.min(NOT),
    }
}
