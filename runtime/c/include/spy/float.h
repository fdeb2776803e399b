/* Operators of f64 and f32: IEEE arithmetic, with Python's floor division,
   modulo and power. f32 is computed in single precision throughout. */
#ifndef SPY_FLOAT_H
#define SPY_FLOAT_H

#include "spy/panic.h"

#include <math.h>

/* Python's % and //. A zero divisor gives nan. */
double spy_floordiv_f64(double a, double b);
double spy_mod_f64(double a, double b);
float spy_floordiv_f32(float a, float b);
float spy_mod_f32(float a, float b);

double spy_operator$f64_pow(double a, double b, const spy_Pos *pos);
float spy_operator$f32_pow(float a, float b, const spy_Pos *pos);

#define SPY_FLOAT_(T, C)                                                       \
    SPY_INLINE C spy_operator$##T##_add(C a, C b) { return a + b; }            \
    SPY_INLINE C spy_operator$##T##_sub(C a, C b) { return a - b; }            \
    SPY_INLINE C spy_operator$##T##_mul(C a, C b) { return a * b; }            \
    SPY_INLINE C spy_operator$##T##_neg(C a) { return -a; }                    \
    SPY_INLINE bool spy_operator$##T##_eq(C a, C b) { return a == b; }         \
    SPY_INLINE bool spy_operator$##T##_ne(C a, C b) { return a != b; }         \
    SPY_INLINE bool spy_operator$##T##_lt(C a, C b) { return a < b; }          \
    SPY_INLINE bool spy_operator$##T##_le(C a, C b) { return a <= b; }         \
    SPY_INLINE bool spy_operator$##T##_gt(C a, C b) { return a > b; }          \
    SPY_INLINE bool spy_operator$##T##_ge(C a, C b) { return a >= b; }         \
    SPY_INLINE C spy_operator$##T##_div(C a, C b, const spy_Pos *pos) {        \
        if (SPY_UNLIKELY(b == 0))                                              \
            spy_panic_at("ZeroDivisionError", "float division by zero", pos);  \
        return a / b;                                                          \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_floordiv(C a, C b, const spy_Pos *pos) {   \
        if (SPY_UNLIKELY(b == 0))                                              \
            spy_panic_at(                                                      \
                "ZeroDivisionError", "float floor division by zero", pos       \
            );                                                                 \
        return spy_floordiv_##T(a, b);                                         \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_mod(C a, C b, const spy_Pos *pos) {        \
        if (SPY_UNLIKELY(b == 0))                                              \
            spy_panic_at("ZeroDivisionError", "float modulo by zero", pos);    \
        return spy_mod_##T(a, b);                                              \
    }

SPY_FLOAT_(f64, double)
SPY_FLOAT_(f32, float)

#endif
