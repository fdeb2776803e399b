/* Integer operators. Every result wraps modulo 2^bits of the operand type;
   nothing here relies on signed overflow. */
#ifndef SPY_INT_H
#define SPY_INT_H

#include "spy/panic.h"

/* base ** exponent modulo 2^64, of which narrower types keep the low bits. */
uint64_t spy_pow_wrapping(uint64_t base, uint64_t exponent);

/* The error of a negative exponent. */
SPY_NORETURN SPY_COLD void
spy_panic_negative_power(bool base_is_zero, const spy_Pos *pos);

#define SPY_CHECK_DIVISOR_(BAD, MESSAGE, POS)                                  \
    do {                                                                       \
        if (SPY_UNLIKELY(BAD))                                                 \
            spy_panic_at("ZeroDivisionError", MESSAGE, POS);                   \
    } while (0)

/* What all integer types share. C is the type, U its unsigned twin. */
#define SPY_INT_COMMON_(T, C, U)                                               \
    SPY_INLINE C spy_operator$##T##_add(C a, C b) {                            \
        return (C)((U)a + (U)b);                                               \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_sub(C a, C b) {                            \
        return (C)((U)a - (U)b);                                               \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_mul(C a, C b) {                            \
        return (C)((U)a * (U)b);                                               \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_neg(C a) {                                 \
        return (C)((U)0 - (U)a);                                               \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_and(C a, C b) {                            \
        return (C)(a & b);                                                     \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_or(C a, C b) {                             \
        return (C)(a | b);                                                     \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_xor(C a, C b) {                            \
        return (C)(a ^ b);                                                     \
    }                                                                          \
    SPY_INLINE bool spy_operator$##T##_eq(C a, C b) { return a == b; }         \
    SPY_INLINE bool spy_operator$##T##_ne(C a, C b) { return a != b; }         \
    SPY_INLINE bool spy_operator$##T##_lt(C a, C b) { return a < b; }          \
    SPY_INLINE bool spy_operator$##T##_le(C a, C b) { return a <= b; }         \
    SPY_INLINE bool spy_operator$##T##_gt(C a, C b) { return a > b; }          \
    SPY_INLINE bool spy_operator$##T##_ge(C a, C b) { return a >= b; }         \
    SPY_INLINE double spy_operator$##T##_div(C a, C b, const spy_Pos *pos) {   \
        SPY_CHECK_DIVISOR_(b == 0, "division by zero", pos);                   \
        return (double)a / (double)b;                                          \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_floordiv(C a, C b, const spy_Pos *pos) {   \
        SPY_CHECK_DIVISOR_(b == 0, "integer division or modulo by zero", pos); \
        return spy_floordiv_##T(a, b);                                         \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_mod(C a, C b, const spy_Pos *pos) {        \
        SPY_CHECK_DIVISOR_(b == 0, "integer modulo by zero", pos);             \
        return spy_mod_##T(a, b);                                              \
    }

/* Whether an operand is known to be a power of two once the call is inlined:
   rounding down is then a shift or a mask, which C compilers do not find. */
#define SPY_POWER_OF_TWO_(B)                                                   \
    (__builtin_constant_p(B) && (B) > 0 && ((B) & ((B) - 1)) == 0)

/* Floor division and modulo for b != 0. MIN // -1 would trap in C: a divisor
   of -1 is a negation, which wraps. */
#define SPY_SIGNED_(T, C, U, BITS)                                             \
    SPY_INLINE C spy_floordiv_##T(C a, C b) {                                  \
        if (SPY_POWER_OF_TWO_(b))                                              \
            return (C)(a >> __builtin_ctzll((uint64_t)b));                     \
        if (SPY_UNLIKELY(b == -1))                                             \
            return (C)((U)0 - (U)a);                                           \
        C q = (C)(a / b);                                                      \
        C r = (C)(a % b);                                                      \
        return (C)(q - ((r != 0) & ((r ^ b) < 0)));                            \
    }                                                                          \
    SPY_INLINE C spy_mod_##T(C a, C b) {                                       \
        if (SPY_POWER_OF_TWO_(b))                                              \
            return (C)(a & (b - 1));                                           \
        if (SPY_UNLIKELY(b == -1))                                             \
            return 0;                                                          \
        C r = (C)(a % b);                                                      \
        return ((r != 0) & ((r ^ b) < 0)) ? (C)(r + b) : r;                    \
    }                                                                          \
    SPY_INT_COMMON_(T, C, U)                                                   \
    SPY_INLINE C spy_operator$##T##_lshift(C a, C b, const spy_Pos *pos) {     \
        if (SPY_UNLIKELY(b < 0))                                               \
            spy_panic_at("ValueError", "negative shift count", pos);           \
        return b >= (BITS) ? 0 : (C)((U)((U)a << b));                          \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_rshift(C a, C b, const spy_Pos *pos) {     \
        if (SPY_UNLIKELY(b < 0))                                               \
            spy_panic_at("ValueError", "negative shift count", pos);           \
        return (C)(a >> (b >= (BITS) ? (BITS) - 1 : b));                       \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_pow(C a, C b, const spy_Pos *pos) {        \
        if (SPY_UNLIKELY(b < 0))                                               \
            spy_panic_negative_power(a == 0, pos);                             \
        return (C)spy_pow_wrapping((uint64_t)(int64_t)a, (uint64_t)b);         \
    }

#define SPY_UNSIGNED_(T, C, BITS)                                              \
    SPY_INLINE C spy_floordiv_##T(C a, C b) { return (C)(a / b); }             \
    SPY_INLINE C spy_mod_##T(C a, C b) { return (C)(a % b); }                  \
    SPY_INT_COMMON_(T, C, C)                                                   \
    SPY_INLINE C spy_operator$##T##_lshift(C a, C b) {                         \
        return b >= (BITS) ? 0 : (C)(a << b);                                  \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_rshift(C a, C b) {                         \
        return b >= (BITS) ? 0 : (C)(a >> b);                                  \
    }                                                                          \
    SPY_INLINE C spy_operator$##T##_pow(C a, C b) {                            \
        return (C)spy_pow_wrapping(a, b);                                      \
    }

SPY_SIGNED_(i8, int8_t, uint8_t, 8)
SPY_SIGNED_(i32, int32_t, uint32_t, 32)
SPY_SIGNED_(i64, int64_t, uint64_t, 64)
SPY_UNSIGNED_(u8, uint8_t, 8)
SPY_UNSIGNED_(u32, uint32_t, 32)
SPY_UNSIGNED_(u64, uint64_t, 64)

#endif
