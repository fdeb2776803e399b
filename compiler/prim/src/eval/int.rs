//! Integer arithmetic: two's complement, wrapping at the width of the operands.

use crate::error::PrimError;
use crate::op::BinKind;
use crate::scalar::Scalar;

/// A machine integer, as far as SPy's operators need it.
pub(super) trait Int: Copy + Eq {
    /// Width in bits.
    const BITS: u32;
    const ZERO: Self;
    const ONE: Self;

    fn scalar(self) -> Scalar;
    fn is_negative(self) -> bool;
    /// Nearest `f64`.
    fn to_f64(self) -> f64;
    /// The count of a shift, cut at [`Self::BITS`]. The value is not negative.
    fn shift_count(self) -> u32;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// Quotient rounded toward zero. The divisor is not zero; `MIN / -1` is `MIN`.
    fn div_trunc(self, other: Self) -> Self;
    /// Remainder of [`Self::div_trunc`].
    fn rem_trunc(self, other: Self) -> Self;
    /// Left shift by less than [`Self::BITS`].
    fn shl(self, count: u32) -> Self;
    /// Right shift by less than [`Self::BITS`], copying the sign bit if there is one.
    fn shr(self, count: u32) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
}

macro_rules! impl_int {
    ($($ty:ident $variant:ident $is_negative:expr;)*) => {$(
        impl Int for $ty {
            const BITS: u32 = $ty::BITS;
            const ZERO: Self = 0;
            const ONE: Self = 1;

            fn scalar(self) -> Scalar {
                Scalar::$variant(self)
            }
            fn is_negative(self) -> bool {
                let is_negative: fn($ty) -> bool = $is_negative;
                is_negative(self)
            }
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn shift_count(self) -> u32 {
                u32::try_from(self).map_or(Self::BITS, |count| count.min(Self::BITS))
            }
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn div_trunc(self, other: Self) -> Self {
                self.wrapping_div(other)
            }
            fn rem_trunc(self, other: Self) -> Self {
                self.wrapping_rem(other)
            }
            fn shl(self, count: u32) -> Self {
                self.wrapping_shl(count)
            }
            fn shr(self, count: u32) -> Self {
                self.wrapping_shr(count)
            }
            fn and(self, other: Self) -> Self {
                self & other
            }
            fn or(self, other: Self) -> Self {
                self | other
            }
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
        }
    )*};
}

impl_int! {
    i8 I8 |v| v < 0;
    u8 U8 |_| false;
    i32 I32 |v| v < 0;
    u32 U32 |_| false;
    i64 I64 |v| v < 0;
    u64 U64 |_| false;
}

/// `a op b`. The result has the operands' type, but for `/`, which gives an `f64`.
pub(super) fn binary<T: Int>(op: BinKind, a: T, b: T) -> Result<Scalar, PrimError> {
    let value = match op {
        BinKind::Div => return true_div(a, b).map(Scalar::F64),
        BinKind::Add => a.add(b),
        BinKind::Sub => a.sub(b),
        BinKind::Mul => a.mul(b),
        BinKind::FloorDiv => floor_div(a, b)?,
        BinKind::Mod => modulo(a, b)?,
        BinKind::Pow => power(a, b)?,
        BinKind::LShift => shift_left(a, b)?,
        BinKind::RShift => shift_right(a, b)?,
        BinKind::And => a.and(b),
        BinKind::Or => a.or(b),
        BinKind::Xor => a.xor(b),
    };
    Ok(value.scalar())
}

/// Both operands are rounded to `f64` before the division, as in C. For 64-bit operands beyond 2**53
/// this can differ in the last bit from Python, which rounds once.
fn true_div<T: Int>(a: T, b: T) -> Result<f64, PrimError> {
    if b == T::ZERO {
        return Err(PrimError::zero_division("division by zero"));
    }
    Ok(a.to_f64() / b.to_f64())
}

fn floor_div<T: Int>(a: T, b: T) -> Result<T, PrimError> {
    if b == T::ZERO {
        return Err(PrimError::zero_division("integer division or modulo by zero"));
    }
    let quotient = a.div_trunc(b);
    let rounded_up = a.rem_trunc(b) != T::ZERO && a.is_negative() != b.is_negative();
    Ok(if rounded_up { quotient.sub(T::ONE) } else { quotient })
}

/// The remainder that has the divisor's sign.
fn modulo<T: Int>(a: T, b: T) -> Result<T, PrimError> {
    if b == T::ZERO {
        return Err(PrimError::zero_division("integer modulo by zero"));
    }
    let rest = a.rem_trunc(b);
    let wrong_sign = rest != T::ZERO && rest.is_negative() != b.is_negative();
    Ok(if wrong_sign { rest.add(b) } else { rest })
}

fn power<T: Int>(base: T, exponent: T) -> Result<T, PrimError> {
    if exponent.is_negative() {
        return Err(if base == T::ZERO {
            PrimError::zero_division("0 cannot be raised to a negative power")
        } else {
            PrimError::value("integer ** negative exponent")
        });
    }
    // Square and multiply: at most one round for each bit of the exponent.
    let mut result = T::ONE;
    let mut square = base;
    let mut rest = exponent;
    while rest != T::ZERO {
        if rest.and(T::ONE) == T::ONE {
            result = result.mul(square);
        }
        square = square.mul(square);
        rest = rest.shr(1);
    }
    Ok(result)
}

fn check_count<T: Int>(count: T) -> Result<u32, PrimError> {
    if count.is_negative() {
        return Err(PrimError::value("negative shift count"));
    }
    Ok(count.shift_count())
}

fn shift_left<T: Int>(a: T, count: T) -> Result<T, PrimError> {
    let count = check_count(count)?;
    Ok(if count < T::BITS { a.shl(count) } else { T::ZERO })
}

fn shift_right<T: Int>(a: T, count: T) -> Result<T, PrimError> {
    // Shifting by the last bit already leaves nothing but copies of the sign.
    let count = check_count(count)?;
    Ok(if count < T::BITS {
        a.shr(count)
    } else if a.is_negative() {
        a.shr(T::BITS - 1)
    } else {
        T::ZERO
    })
}
