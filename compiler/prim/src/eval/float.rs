//! Float arithmetic: IEEE operations of the operands' own width, with Python's `//`, `%` and `**`.

use crate::error::PrimError;
use crate::op::BinKind;
use crate::scalar::Scalar;

/// An IEEE float, as far as SPy's operators need it.
pub(super) trait Float:
    Copy
    + PartialOrd
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Mul<Output = Self>
    + std::ops::Div<Output = Self>
    // C's `fmod`: exact, with the sign of the dividend.
    + std::ops::Rem<Output = Self>
{
    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;

    fn scalar(self) -> Scalar;
    fn is_finite(self) -> bool;
    fn floor(self) -> Self;
    fn trunc(self) -> Self;
    fn copysign(self, sign: Self) -> Self;
    /// C's `pow` or `powf`, from the platform's libm. It is the one operation whose last bit IEEE
    /// does not fix, so it must come from where compiled programs take it.
    fn libm_pow(self, exponent: Self) -> Self;
}

macro_rules! impl_float {
    ($($ty:ident $variant:ident;)*) => {$(
        impl Float for $ty {
            const ZERO: Self = 0.0;
            const HALF: Self = 0.5;
            const ONE: Self = 1.0;

            fn scalar(self) -> Scalar {
                Scalar::$variant(self)
            }
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            fn floor(self) -> Self {
                self.floor()
            }
            fn trunc(self) -> Self {
                self.trunc()
            }
            fn copysign(self, sign: Self) -> Self {
                self.copysign(sign)
            }
            fn libm_pow(self, exponent: Self) -> Self {
                self.powf(exponent)
            }
        }
    )*};
}

impl_float! {
    f32 F32;
    f64 F64;
}

/// `a op b`; `None` if floats have no such operator.
pub(super) fn binary<T: Float>(op: BinKind, a: T, b: T) -> Option<Result<Scalar, PrimError>> {
    let value = match op {
        BinKind::Add => Ok(a + b),
        BinKind::Sub => Ok(a - b),
        BinKind::Mul => Ok(a * b),
        BinKind::Div => non_zero(b, "float division by zero").map(|b| a / b),
        BinKind::FloorDiv => {
            non_zero(b, "float floor division by zero").map(|b| floor_div_mod(a, b).0)
        }
        BinKind::Mod => non_zero(b, "float modulo by zero").map(|b| floor_div_mod(a, b).1),
        BinKind::Pow => power(a, b),
        BinKind::LShift | BinKind::RShift | BinKind::And | BinKind::Or | BinKind::Xor => {
            return None;
        }
    };
    Some(value.map(T::scalar))
}

fn non_zero<T: Float>(divisor: T, message: &str) -> Result<T, PrimError> {
    if divisor == T::ZERO { Err(PrimError::zero_division(message)) } else { Ok(divisor) }
}

/// Python's `(a // b, a % b)`: the remainder is exact and has the sign of `b`, and the quotient is the
/// whole number next to `(a - remainder) / b`. So `6.0 // 0.1` is 59, not `floor(60.0)`.
fn floor_div_mod<T: Float>(a: T, b: T) -> (T, T) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == T::ZERO {
        rest = T::ZERO.copysign(b);
    } else if (b < T::ZERO) != (rest < T::ZERO) {
        rest = rest + b;
        quotient = quotient - T::ONE;
    }
    // The quotient is whole but for rounding, which can leave it just below a whole number.
    let whole = if quotient == T::ZERO {
        T::ZERO.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > T::HALF { floor + T::ONE } else { floor }
    };
    (whole, rest)
}

/// `base ** exponent`. A result too large for the type is an infinity.
fn power<T: Float>(base: T, exponent: T) -> Result<T, PrimError> {
    if base == T::ZERO && exponent < T::ZERO {
        return Err(PrimError::zero_division("0.0 cannot be raised to a negative power"));
    }
    if base < T::ZERO && exponent.is_finite() && exponent.trunc() != exponent {
        return Err(PrimError::value("math domain error"));
    }
    Ok(base.libm_pow(exponent))
}
