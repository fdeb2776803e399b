/* Division of module `unsafe`. Debug builds panic on a zero divisor; release
   builds leave it to the machine. */
#ifndef SPY_UNCHECKED_H
#define SPY_UNCHECKED_H

#include "spy/float.h"
#include "spy/int.h"

#ifdef SPY_DEBUG
#  define SPY_DEBUG_DIVISOR_(B, MESSAGE, POS)                                  \
      do {                                                                     \
          if (SPY_UNLIKELY((B) == 0))                                          \
              spy_panic_at("PanicError", MESSAGE, POS);                        \
      } while (0)
#else
#  define SPY_DEBUG_DIVISOR_(B, MESSAGE, POS) ((void)(POS))
#endif

#define SPY_UNCHECKED_(T, C, R, DIV, FLOORDIV, MOD)                            \
    SPY_INLINE R spy_unsafe$##T##_unchecked_div(                               \
        C a, C b, const spy_Pos *pos                                           \
    ) {                                                                        \
        SPY_DEBUG_DIVISOR_(b, DIV, pos);                                       \
        return (R)a / (R)b;                                                    \
    }                                                                          \
    SPY_INLINE C spy_unsafe$##T##_unchecked_floordiv(                          \
        C a, C b, const spy_Pos *pos                                           \
    ) {                                                                        \
        SPY_DEBUG_DIVISOR_(b, FLOORDIV, pos);                                  \
        return spy_floordiv_##T(a, b);                                         \
    }                                                                          \
    SPY_INLINE C spy_unsafe$##T##_unchecked_mod(                               \
        C a, C b, const spy_Pos *pos                                           \
    ) {                                                                        \
        SPY_DEBUG_DIVISOR_(b, MOD, pos);                                       \
        return spy_mod_##T(a, b);                                              \
    }

#define SPY_UNCHECKED_INT_(T, C)                                               \
    SPY_UNCHECKED_(                                                            \
        T, C, double, "division by zero",                                      \
        "integer division or modulo by zero", "integer modulo by zero"         \
    )
#define SPY_UNCHECKED_FLOAT_(T, C)                                             \
    SPY_UNCHECKED_(                                                            \
        T, C, C, "float division by zero", "float floor division by zero",     \
        "float modulo by zero"                                                 \
    )

SPY_UNCHECKED_INT_(i8, int8_t)
SPY_UNCHECKED_INT_(u8, uint8_t)
SPY_UNCHECKED_INT_(i32, int32_t)
SPY_UNCHECKED_INT_(u32, uint32_t)
SPY_UNCHECKED_FLOAT_(f64, double)
SPY_UNCHECKED_FLOAT_(f32, float)

SPY_INLINE double spy_unsafe$f64_ieee754_div(double a, double b) { return a / b; }
SPY_INLINE float spy_unsafe$f32_ieee754_div(float a, float b) { return a / b; }

#endif
