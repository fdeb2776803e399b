/* A float is a whole number m of 53 bits times 2^-k. For the digits that people
   ask for, m * 10^digits fits in 128 bits, so shifting it right by k gives both the
   scaled number and, in the bits that are shifted out, how to round it. */
#include "fixed.h"

enum { MOST_DIGITS = 19, MANTISSA_BITS = 52, EXPONENT_OF_NAN = 0x7ff };

/* A number of 128 bits. */
typedef struct {
    uint64_t high;
    uint64_t low;
} Wide;

/* In halves of 32 bits, as not every compiler has a type of 128. */
static Wide multiply(uint64_t a, uint64_t b) {
    uint64_t a_low = (uint32_t)a, a_high = a >> 32;
    uint64_t b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t low = a_low * b_low;
    uint64_t middle = a_high * b_low + (low >> 32);
    uint64_t other = a_low * b_high + (uint32_t)middle;
    return (Wide){
        .high = a_high * b_high + (middle >> 32) + (other >> 32),
        .low = other << 32 | (uint32_t)low,
    };
}

/* The value shifted right by 1 to 127 bits, rounded half to even; false if that
   has more than 63 bits. */
static bool shift_right(Wide value, int shift, uint64_t *out) {
    Wide rest; /* the bits that are shifted out, from the top */
    uint64_t whole;
    if (shift >= 64) {
        int bits = shift - 64;
        whole = value.high >> bits;
        if (bits == 0)
            rest = (Wide){.high = value.low};
        else
            rest = (Wide){
                .high = value.high << (64 - bits) | value.low >> bits,
                .low = value.low << (64 - bits),
            };
    } else {
        if (value.high >> (shift - 1) != 0)
            return false;
        whole = value.high << (64 - shift) | value.low >> shift;
        rest = (Wide){.high = value.low << (64 - shift)};
    }
    uint64_t half = (uint64_t)1 << 63;
    bool above = rest.high > half || (rest.high == half && rest.low != 0);
    bool tie = rest.high == half && rest.low == 0;
    if (above || (tie && (whole & 1) != 0))
        whole++;
    *out = whole;
    return true;
}

uint64_t spy_power_of_ten(int32_t digits) {
    static const uint64_t powers[MOST_DIGITS + 1] = {
        1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u,
        10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
        1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
        10000000000000000000u,
    };
    return powers[digits];
}

bool spy_scaled_f64(double x, int32_t digits, uint64_t *out) {
    uint64_t bits;
    if (digits < 0 || digits > MOST_DIGITS)
        return false;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> MANTISSA_BITS & EXPONENT_OF_NAN);
    uint64_t mantissa = bits & (((uint64_t)1 << MANTISSA_BITS) - 1);
    if (exponent == EXPONENT_OF_NAN)
        return false;
    if (exponent != 0)
        mantissa |= (uint64_t)1 << MANTISSA_BITS;
    int shift = 1075 - (exponent == 0 ? 1 : exponent);
    Wide product = multiply(mantissa, spy_power_of_ten(digits));
    /* 53 bits times 64 are 117: what is shifted further is less than a half. */
    if (shift > 118) {
        *out = 0;
        return true;
    }
    return shift > 0 && shift_right(product, shift, out);
}
