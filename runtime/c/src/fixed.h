/* Floats with so many decimal digits behind the point, exactly. */
#ifndef SPY_SRC_FIXED_H
#define SPY_SRC_FIXED_H

#include "spy/config.h"

/* |x| * 10^digits, rounded to a whole number, half to even. False if that needs
   more than 64 bits to work out exactly; `x` may be anything. */
bool spy_scaled_f64(double x, int32_t digits, uint64_t *out);

/* 10^digits, for 0 to 19 digits. */
uint64_t spy_power_of_ten(int32_t digits);

#endif
