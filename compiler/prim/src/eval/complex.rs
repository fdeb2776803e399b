//! Complex arithmetic, on pairs of real and imaginary part.

use crate::error::PrimError;
use crate::op::BinKind;
use crate::scalar::Scalar;

type Complex = (f64, f64);

/// `a op b`; `None` if complex numbers have no such operator.
pub(super) fn binary(op: BinKind, a: Complex, b: Complex) -> Option<Result<Scalar, PrimError>> {
    let (re, im) = match op {
        BinKind::Add => (a.0 + b.0, a.1 + b.1),
        BinKind::Sub => (a.0 - b.0, a.1 - b.1),
        BinKind::Mul => (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0),
        BinKind::Div if b == (0.0, 0.0) => {
            return Some(Err(PrimError::zero_division("complex division by zero")));
        }
        BinKind::Div => divide(a, b),
        _ => return None,
    };
    Some(Ok(Scalar::Complex(re, im)))
}

/// Smith's algorithm, which Python uses too: scaling by the larger part of the divisor keeps the
/// intermediate products from overflowing. The divisor is not zero.
fn divide(a: Complex, b: Complex) -> Complex {
    if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let scale = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / scale, (a.1 - a.0 * ratio) / scale)
    } else if b.1.abs() >= b.0.abs() {
        let ratio = b.0 / b.1;
        let scale = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / scale, (a.1 * ratio - a.0) / scale)
    } else {
        // A part of the divisor is a NaN.
        (f64::NAN, f64::NAN)
    }
}
