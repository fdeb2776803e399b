/* Conversions `operator::X_to_Y`. Between integers they wrap, from float to
   integer they truncate and saturate (nan gives 0), from str they parse. */
#ifndef SPY_CONVERT_H
#define SPY_CONVERT_H

#include "spy/complex.h"
#include "spy/str.h"

#define SPY_CAST_(FROM, CFROM, TO, CTO)                                        \
    SPY_INLINE CTO spy_operator$##FROM##_to_##TO(CFROM x) { return (CTO)x; }

/* From one integer type to the five others, to floats and to bool. */
#define SPY_CASTS_(T, C, A, CA, B, CB, D, CD, E, CE, F, CF)                    \
    SPY_CAST_(T, C, A, CA)                                                     \
    SPY_CAST_(T, C, B, CB)                                                     \
    SPY_CAST_(T, C, D, CD)                                                     \
    SPY_CAST_(T, C, E, CE)                                                     \
    SPY_CAST_(T, C, F, CF)                                                     \
    SPY_CAST_(T, C, f32, float)                                                \
    SPY_CAST_(T, C, f64, double)                                               \
    SPY_CAST_(T, C, bool, bool)

SPY_CASTS_(i8, int8_t, u8, uint8_t, i32, int32_t, u32, uint32_t, i64, int64_t, u64, uint64_t)
SPY_CASTS_(u8, uint8_t, i8, int8_t, i32, int32_t, u32, uint32_t, i64, int64_t, u64, uint64_t)
SPY_CASTS_(i32, int32_t, i8, int8_t, u8, uint8_t, u32, uint32_t, i64, int64_t, u64, uint64_t)
SPY_CASTS_(u32, uint32_t, i8, int8_t, u8, uint8_t, i32, int32_t, i64, int64_t, u64, uint64_t)
SPY_CASTS_(i64, int64_t, i8, int8_t, u8, uint8_t, i32, int32_t, u32, uint32_t, u64, uint64_t)
SPY_CASTS_(u64, uint64_t, i8, int8_t, u8, uint8_t, i32, int32_t, u32, uint32_t, i64, int64_t)

SPY_CAST_(bool, bool, i8, int8_t)
SPY_CAST_(bool, bool, u8, uint8_t)
SPY_CAST_(bool, bool, i32, int32_t)
SPY_CAST_(bool, bool, u32, uint32_t)
SPY_CAST_(bool, bool, i64, int64_t)
SPY_CAST_(bool, bool, u64, uint64_t)
SPY_CAST_(bool, bool, f32, float)
SPY_CAST_(bool, bool, f64, double)
SPY_CAST_(f32, float, f64, double)
SPY_CAST_(f64, double, f32, float)
SPY_CAST_(f32, float, bool, bool)
SPY_CAST_(f64, double, bool, bool)

/* LOW and HIGH_PLUS_1 are exact in double precision. Comparing with LOW itself
   is enough: what lies between LOW - 1 and LOW truncates to LOW. */
#define SPY_SATURATE_(TO, CTO, MIN, MAX, LOW, HIGH_PLUS_1)                     \
    SPY_INLINE CTO spy_operator$f64_to_##TO(double x) {                        \
        if (x >= (LOW) && x < (HIGH_PLUS_1))                                   \
            return (CTO)x;                                                     \
        return x < (LOW) ? (CTO)(MIN) : x >= (HIGH_PLUS_1) ? (CTO)(MAX) : 0;   \
    }                                                                          \
    SPY_INLINE CTO spy_operator$f32_to_##TO(float x) {                         \
        return spy_operator$f64_to_##TO((double)x);                            \
    }

SPY_SATURATE_(i8, int8_t, INT8_MIN, INT8_MAX, -128.0, 128.0)
SPY_SATURATE_(u8, uint8_t, 0, UINT8_MAX, 0.0, 256.0)
SPY_SATURATE_(i32, int32_t, INT32_MIN, INT32_MAX, -2147483648.0, 2147483648.0)
SPY_SATURATE_(u32, uint32_t, 0, UINT32_MAX, 0.0, 4294967296.0)
SPY_SATURATE_(
    i64, int64_t, INT64_MIN, INT64_MAX, -9223372036854775808.0, 9223372036854775808.0
)
SPY_SATURATE_(u64, uint64_t, 0, UINT64_MAX, 0.0, 18446744073709551616.0)

SPY_INLINE spy_Complex128 spy_operator$f64_to_complex128(double x) {
    return (spy_Complex128){x, 0.0};
}

SPY_INLINE spy_Complex128 spy_operator$i32_to_complex128(int32_t x) {
    return (spy_Complex128){(double)x, 0.0};
}

SPY_INLINE spy_Complex128
spy_operator$f64_f64_to_complex128(double real, double imag) {
    return (spy_Complex128){real, imag};
}

/* Python's int(), float() and complex() syntax; ValueError and OverflowError otherwise. */
int8_t spy_operator$str_to_i8(spy_StrObject *s, const spy_Pos *pos);
uint8_t spy_operator$str_to_u8(spy_StrObject *s, const spy_Pos *pos);
int32_t spy_operator$str_to_i32(spy_StrObject *s, const spy_Pos *pos);
uint32_t spy_operator$str_to_u32(spy_StrObject *s, const spy_Pos *pos);
int64_t spy_operator$str_to_i64(spy_StrObject *s, const spy_Pos *pos);
uint64_t spy_operator$str_to_u64(spy_StrObject *s, const spy_Pos *pos);
double spy_operator$str_to_f64(spy_StrObject *s, const spy_Pos *pos);
spy_Complex128
spy_operator$str_to_complex128(spy_StrObject *s, const spy_Pos *pos);

#endif
