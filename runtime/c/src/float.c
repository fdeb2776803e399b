/* Python's floor division, modulo and power on floats.

   The remainder is exact and takes the sign of the divisor; the quotient is the
   whole number that belongs to it, so that 6.0 // 0.1 is 59. */
#include "spy/float.h"

#include "spy/complex.h"

#define FLOAT(T, C, FMOD, FLOOR, COPYSIGN, POW, TRUNC)                         \
    C spy_mod_##T(C a, C b) {                                                  \
        C rest = FMOD(a, b);                                                   \
        if (rest == 0)                                                         \
            return COPYSIGN(0, b);                                             \
        return (b < 0) != (rest < 0) ? rest + b : rest;                        \
    }                                                                          \
    C spy_floordiv_##T(C a, C b) {                                             \
        C rest = FMOD(a, b);                                                   \
        C quotient = (a - rest) / b;                                           \
        if (rest != 0 && (b < 0) != (rest < 0))                                \
            quotient -= 1;                                                     \
        if (quotient == 0)                                                     \
            return COPYSIGN(0, a / b);                                         \
        /* Whole but for rounding, which can leave it just below. */           \
        C whole = FLOOR(quotient);                                             \
        return quotient - whole > (C)0.5 ? whole + 1 : whole;                  \
    }                                                                          \
    C spy_operator$##T##_pow(C a, C b, const spy_Pos *pos) {                   \
        if (a == 0 && b < 0)                                                   \
            spy_panic_at(                                                      \
                "ZeroDivisionError",                                           \
                "0.0 cannot be raised to a negative power", pos                \
            );                                                                 \
        if (a < 0 && isfinite(b) && TRUNC(b) != b)                             \
            spy_panic_at("ValueError", "math domain error", pos);              \
        return POW(a, b);                                                      \
    }

FLOAT(f64, double, fmod, floor, copysign, pow, trunc)
FLOAT(f32, float, fmodf, floorf, copysignf, powf, truncf)

/* Smith's algorithm: scaling by the larger part of the divisor keeps the
   products in between from overflowing. */
spy_Complex128 spy_operator$complex128_div(
    spy_Complex128 a, spy_Complex128 b, const spy_Pos *pos
) {
    if (b.real == 0 && b.imag == 0)
        spy_panic_at("ZeroDivisionError", "complex division by zero", pos);
    if (fabs(b.real) >= fabs(b.imag)) {
        double ratio = b.imag / b.real;
        double scale = b.real + b.imag * ratio;
        return (spy_Complex128){
            (a.real + a.imag * ratio) / scale, (a.imag - a.real * ratio) / scale
        };
    }
    if (fabs(b.imag) >= fabs(b.real)) {
        double ratio = b.real / b.imag;
        double scale = b.real * ratio + b.imag;
        return (spy_Complex128){
            (a.real * ratio + a.imag) / scale, (a.imag * ratio - a.real) / scale
        };
    }
    return (spy_Complex128){(double)NAN, (double)NAN};
}
