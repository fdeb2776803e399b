/* Shortest decimal digits of binary floats. */
#ifndef SPY_SRC_DIGITS_H
#define SPY_SRC_DIGITS_H

#include "spy/config.h"

enum { SPY_MAX_DIGITS = 17 };

/* The value 0.d1d2d3... * 10^point, with d1 and the last digit not zero. */
typedef struct {
    char digits[SPY_MAX_DIGITS + 3]; /* '0'..'9', not terminated */
    int count;
    int point;
} spy_Decimal;

/* The fewest digits that read back as the same float; of those the ones nearest
   to it. `x` is finite and greater than zero. */
void spy_shortest_f64(double x, spy_Decimal *out);
void spy_shortest_f32(float x, spy_Decimal *out);

#endif
