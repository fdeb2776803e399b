/* Free-format printing of floats after Steele and White, in the form that is
   known as Dragon4: exact arithmetic on large integers yields one digit after
   another until the rest can no longer change which float is nearest. Most
   floats that people write take a shortcut that is exact as well. */
#include "digits.h"

#include <math.h>

/* A natural number; limb 0 is the lowest. The largest that occurs is a 53-bit
   mantissa times 2^1077 or 10^325, which is below 2^1140. */
enum { LIMBS = 40 };
typedef struct {
    uint32_t limb[LIMBS];
    int count; /* limbs in use: the highest is not zero */
} Big;

static void big_set(Big *a, uint64_t value) {
    a->limb[0] = (uint32_t)value;
    a->limb[1] = (uint32_t)(value >> 32);
    a->count = a->limb[1] != 0 ? 2 : a->limb[0] != 0 ? 1 : 0;
}

static void big_multiply(Big *a, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < a->count; i++) {
        carry += (uint64_t)a->limb[i] * factor;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        a->limb[a->count++] = (uint32_t)carry;
}

static void big_multiply_power_of_ten(Big *a, int exponent) {
    for (; exponent >= 9; exponent -= 9)
        big_multiply(a, 1000000000);
    for (; exponent > 0; exponent--)
        big_multiply(a, 10);
}

static void big_shift_left(Big *a, int bits) {
    int limbs = bits / 32;
    int rest = bits % 32;
    if (a->count == 0)
        return;
    a->limb[a->count] = 0;
    for (int i = a->count; i >= 0; i--) {
        uint32_t high = a->limb[i] << rest;
        uint32_t low = i > 0 && rest != 0 ? a->limb[i - 1] >> (32 - rest) : 0;
        a->limb[i + limbs] = high | low;
    }
    memset(a->limb, 0, (size_t)limbs * sizeof a->limb[0]);
    a->count += limbs + 1;
    if (a->limb[a->count - 1] == 0)
        a->count--;
}

static int big_compare(const Big *a, const Big *b) {
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void big_add(Big *sum, const Big *a, const Big *b) {
    uint64_t carry = 0;
    int count = a->count > b->count ? a->count : b->count;
    for (int i = 0; i < count; i++) {
        carry += (i < a->count ? a->limb[i] : 0);
        carry += (i < b->count ? b->limb[i] : 0);
        sum->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    sum->count = count;
    if (carry != 0)
        sum->limb[sum->count++] = (uint32_t)carry;
}

/* a -= b, for a >= b. */
static void big_subtract(Big *a, const Big *b) {
    int64_t borrow = 0;
    for (int i = 0; i < a->count; i++) {
        borrow += (int64_t)a->limb[i] - (i < b->count ? b->limb[i] : 0);
        a->limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->count > 0 && a->limb[a->count - 1] == 0)
        a->count--;
}

/* a / b, which is below ten, and a becomes the rest. */
static int big_divide_small(Big *a, const Big *b) {
    int quotient = 0;
    while (big_compare(a, b) >= 0) {
        big_subtract(a, b);
        quotient++;
    }
    return quotient;
}

/* The float is r / s; the floats around it begin half-way, at (r - below) / s
   and (r + above) / s. */
typedef struct {
    Big r, s, below, above;
    bool inclusive; /* whether the half-way points read back as this float */
} Interval;

/* mantissa * 2^exponent. A power of two is closer to the float below it. */
static void
interval_set(Interval *v, uint64_t mantissa, int exponent, bool closer_below) {
    int extra = closer_below ? 2 : 1;
    big_set(&v->r, mantissa);
    big_set(&v->s, 1);
    big_set(&v->below, 1);
    big_shift_left(&v->r, extra + (exponent > 0 ? exponent : 0));
    big_shift_left(&v->s, extra + (exponent < 0 ? -exponent : 0));
    big_shift_left(&v->below, exponent > 0 ? exponent : 0);
    v->above = v->below;
    big_shift_left(&v->above, extra - 1);
    v->inclusive = (mantissa & 1) == 0;
}

static bool interval_reaches(const Interval *v) {
    Big top;
    big_add(&top, &v->r, &v->above);
    int order = big_compare(&top, &v->s);
    return v->inclusive ? order >= 0 : order > 0;
}

static void interval_times_ten(Interval *v) {
    big_multiply(&v->r, 10);
    big_multiply(&v->below, 10);
    big_multiply(&v->above, 10);
}

/* Scales by a power of ten until 0.1 <= value < 1, and returns that power. The
   estimate from the binary logarithm is right or one too small. */
static int interval_normalise(Interval *v, uint64_t mantissa, int exponent) {
    int bits = 64 - __builtin_clzll(mantissa);
    int point = (int)ceil((exponent + bits - 1) * 0.30102999566398114 - 1e-10);
    if (point > 0) {
        big_multiply_power_of_ten(&v->s, point);
    } else {
        big_multiply_power_of_ten(&v->r, -point);
        big_multiply_power_of_ten(&v->below, -point);
        big_multiply_power_of_ten(&v->above, -point);
    }
    if (interval_reaches(v)) {
        point++;
        big_multiply(&v->s, 10);
    }
    return point;
}

static void generate(uint64_t mantissa, int exponent, bool closer_below, spy_Decimal *out) {
    Interval v;
    interval_set(&v, mantissa, exponent, closer_below);
    out->point = interval_normalise(&v, mantissa, exponent);
    out->count = 0;
    for (;;) {
        interval_times_ten(&v);
        int digit = big_divide_small(&v.r, &v.s);
        int order = big_compare(&v.r, &v.below);
        bool low = v.inclusive ? order <= 0 : order < 0;
        bool high = interval_reaches(&v);
        if (low || high) {
            if (low && high) {
                big_shift_left(&v.r, 1);
                int half = big_compare(&v.r, &v.s);
                high = half > 0 || (half == 0 && digit % 2 != 0);
            }
            out->digits[out->count++] = (char)('0' + digit + high);
            return;
        }
        out->digits[out->count++] = (char)('0' + digit);
    }
}

/* Digits of a natural number, without the zeros at its end. */
static void digits_of_integer(uint64_t value, int point_shift, spy_Decimal *out) {
    char reversed[20];
    int n = 0;
    int zeros = 0;
    for (; value % 10 == 0; value /= 10)
        zeros++;
    for (; value != 0; value /= 10)
        reversed[n++] = (char)('0' + value % 10);
    for (int i = 0; i < n; i++)
        out->digits[i] = reversed[n - 1 - i];
    out->count = n;
    out->point = n + zeros - point_shift;
}

/* Whole numbers below 2^53, and numbers that have at most 15 digits, few of them
   behind the point. Two numbers of 15 digits are never the same float, and m
   and 10^k are exact, so one division tells whether m / 10^k is this one. */
static bool shortcut(double x, spy_Decimal *out) {
    if (x >= 9007199254740992.0 || x < 1e-5)
        return false;
    uint64_t whole = (uint64_t)x;
    if ((double)whole == x) {
        digits_of_integer(whole, 0, out);
        return true;
    }
    double power = 1;
    for (int k = 1; k <= 20; k++) {
        power *= 10;
        double scaled = x * power;
        if (scaled >= 1e15)
            return false;
        uint64_t m = (uint64_t)(scaled + 0.5);
        if ((double)m / power == x) {
            digits_of_integer(m, k, out);
            return true;
        }
    }
    return false;
}

void spy_shortest_f64(double x, spy_Decimal *out) {
    if (shortcut(x, out))
        return;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    if (biased == 0)
        generate(fraction, -1074, false, out);
    else
        generate(
            fraction | UINT64_C(1) << 52, biased - 1075, fraction == 0 && biased > 1, out
        );
}

void spy_shortest_f32(float x, spy_Decimal *out) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t fraction = bits & ((1u << 23) - 1);
    int biased = (int)(bits >> 23 & 0xFF);
    if (x < 16777216.0f && (float)(uint32_t)x == x)
        digits_of_integer((uint32_t)x, 0, out);
    else if (biased == 0)
        generate(fraction, -149, false, out);
    else
        generate(fraction | 1u << 23, biased - 150, fraction == 0 && biased > 1, out);
}
