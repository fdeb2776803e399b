/* Module `math`: the C library's functions, IEEE results, no domain errors. */
#ifndef SPY_MATH_H
#define SPY_MATH_H

#include "spy/config.h"

#include <math.h>

#define SPY_MATH1_(NAME)                                                       \
    SPY_INLINE double spy_math$##NAME(double x) { return NAME(x); }
SPY_MATH1_(sqrt)
SPY_MATH1_(cos)
SPY_MATH1_(sin)
SPY_MATH1_(tan)
SPY_MATH1_(log)
SPY_MATH1_(log10)
SPY_MATH1_(exp)
SPY_MATH1_(acos)
SPY_MATH1_(asin)
SPY_MATH1_(atan)
SPY_MATH1_(ceil)
SPY_MATH1_(floor)
SPY_MATH1_(fabs)
SPY_MATH1_(sinh)
SPY_MATH1_(cosh)
SPY_MATH1_(tanh)
SPY_MATH1_(expm1)
SPY_MATH1_(log1p)

SPY_INLINE double spy_math$atan2(double y, double x) { return atan2(y, x); }
SPY_INLINE double spy_math$pow(double x, double y) { return pow(x, y); }
SPY_INLINE double spy_math$fmod(double x, double y) { return fmod(x, y); }
SPY_INLINE double spy_math$copysign(double x, double y) { return copysign(x, y); }

#endif
