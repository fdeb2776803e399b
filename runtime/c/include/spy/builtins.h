/* Functions of module `builtins` and `__spy__`: texts, hashes, `ord`, output. */
#ifndef SPY_BUILTINS_H
#define SPY_BUILTINS_H

#include "spy/bytes.h"
#include "spy/complex.h"

/* Decimal integers; floats as the shortest text that reads back equal, in
   Python's format. */
spy_StrObject *spy_builtins$i8$__str__(int8_t x);
spy_StrObject *spy_builtins$u8$__str__(uint8_t x);
spy_StrObject *spy_builtins$i32$__str__(int32_t x);
spy_StrObject *spy_builtins$u32$__str__(uint32_t x);
spy_StrObject *spy_builtins$i64$__str__(int64_t x);
spy_StrObject *spy_builtins$u64$__str__(uint64_t x);
spy_StrObject *spy_builtins$f32$__str__(float x);
spy_StrObject *spy_builtins$f64$__str__(double x);
spy_StrObject *spy_builtins$complex128$__str__(spy_Complex128 x);
spy_StrObject *spy_builtins$bool$__str__(bool x);

#define SPY_REPR_(T, C)                                                        \
    SPY_INLINE spy_StrObject *spy_builtins$##T##$__repr__(C x) {               \
        return spy_builtins$##T##$__str__(x);                                  \
    }
SPY_REPR_(i8, int8_t)
SPY_REPR_(u8, uint8_t)
SPY_REPR_(i32, int32_t)
SPY_REPR_(u32, uint32_t)
SPY_REPR_(i64, int64_t)
SPY_REPR_(u64, uint64_t)
SPY_REPR_(f32, float)
SPY_REPR_(f64, double)
SPY_REPR_(complex128, spy_Complex128)
SPY_REPR_(bool, bool)

SPY_INLINE int32_t spy_builtins$hash_i8(int8_t x) { return x == -1 ? 2 : x; }
SPY_INLINE int32_t spy_builtins$hash_u8(uint8_t x) { return x; }
SPY_INLINE int32_t spy_builtins$hash_i32(int32_t x) { return x == -1 ? 2 : x; }
SPY_INLINE int32_t spy_builtins$hash_u32(uint32_t x) { return (int32_t)x; }
SPY_INLINE int32_t spy_builtins$hash_i64(int64_t x) {
    return x == -1 ? 2 : (int32_t)(uint32_t)x;
}
SPY_INLINE int32_t spy_builtins$hash_u64(uint64_t x) {
    return (int32_t)(uint32_t)x;
}
SPY_INLINE int32_t spy_builtins$hash_bool(bool x) { return x; }

/* Of the integer which the float equals, if there is one; else of its bits. */
SPY_INLINE int32_t spy_builtins$hash_f64(double x) {
    if (x >= -9223372036854775808.0 && x < 9223372036854775808.0 &&
        (double)(int64_t)x == x)
        return spy_builtins$hash_i64((int64_t)x);
    uint64_t bits = 0;
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    return spy_builtins$hash_i32((int32_t)(uint32_t)(bits ^ bits >> 32));
}
SPY_INLINE int32_t spy_builtins$hash_f32(float x) {
    return spy_builtins$hash_f64((double)x);
}

/* With so many digits behind the point, at least 0; exact. */
double spy___spy__$_round_digits(double x, int32_t digits);
/* The exact decimal value of `x` with so many digits behind the point, at most 1100:
   as `12.50`, or as `1.25e+01`. */
spy_StrObject *spy___spy__$_format_f64(double x, bool exponent, int32_t digits);

/* The code point, or byte, of a text of length one; TypeError otherwise. */
int32_t spy_builtins$_ord_str(spy_StrObject *s, const spy_Pos *pos);
uint8_t spy_builtins$_ord_bytes(spy_BytesObject *b, const spy_Pos *pos);

/* Standard output has a buffer of its own, apart from stdio's: C code that
   prints with stdio must call spy_flush before and fflush after. */
void spy___spy__$_stdout_write(spy_StrObject *s);

/* Writes out everything that standard output and standard error hold. */
void WASM_EXPORT(spy_flush)(void);

SPY_INLINE bool spy___spy__$is_compiled(void) { return true; }

#endif
