/* Texts of numbers and of bool. */
#include "digits.h"
#include "fixed.h"
#include "spy/builtins.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The numbers below 100 with two digits each. */
static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

/* Decimal digits of `value`, written backwards so that they end at `end`. */
static char *format_unsigned(char *end, uint64_t value) {
    for (; value >= 100; value /= 100) {
        end -= 2;
        memcpy(end, pairs + value % 100 * 2, 2);
    }
    if (value < 10) {
        *--end = (char)('0' + value);
        return end;
    }
    end -= 2;
    memcpy(end, pairs + value * 2, 2);
    return end;
}

static spy_StrObject *str_of_unsigned(uint64_t value) {
    char text[24];
    char *end = text + sizeof text;
    char *start = format_unsigned(end, value);
    return spy_str_from_bytes(start, (size_t)(end - start));
}

static spy_StrObject *str_of_signed(int64_t value) {
    char text[24];
    char *end = text + sizeof text;
    char *start = format_unsigned(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--start = '-';
    return spy_str_from_bytes(start, (size_t)(end - start));
}

spy_StrObject *spy_builtins$i8$__str__(int8_t x) {
    return str_of_signed(x);
}

spy_StrObject *spy_builtins$u8$__str__(uint8_t x) {
    return str_of_unsigned(x);
}

spy_StrObject *spy_builtins$i32$__str__(int32_t x) {
    return str_of_signed(x);
}

spy_StrObject *spy_builtins$u32$__str__(uint32_t x) {
    return str_of_unsigned(x);
}

spy_StrObject *spy_builtins$i64$__str__(int64_t x) {
    return str_of_signed(x);
}

spy_StrObject *spy_builtins$u64$__str__(uint64_t x) {
    return str_of_unsigned(x);
}

spy_StrObject *spy_builtins$bool$__str__(bool x) {
    return spy_str_from_cstr(x ? "True" : "False");
}

/* Longest float: sign, 17 digits, a point, "e-324"; complex has two. */
typedef struct {
    char text[80];
    size_t length;
} Line;

static void put(Line *line, const char *text, size_t size) {
    memcpy(line->text + line->length, text, size);
    line->length += size;
}

static void put_zeros(Line *line, int count) {
    for (int i = 0; i < count; i++)
        put(line, "0", 1);
}

static void put_exponent(Line *line, int exponent) {
    char text[8];
    char *end = text + sizeof text;
    char *start = format_unsigned(end, (uint64_t)(exponent < 0 ? -exponent : exponent));
    if (end - start < 2)
        *--start = '0';
    put(line, exponent < 0 ? "e-" : "e+", 2);
    put(line, start, (size_t)(end - start));
}

/* Python's layout: exponents from 1e+16 up and below 1e-04. */
static void put_decimal(Line *line, const spy_Decimal *d, bool add_point_zero) {
    if (d->point > 16 || d->point < -3) {
        put(line, d->digits, 1);
        if (d->count > 1) {
            put(line, ".", 1);
            put(line, d->digits + 1, (size_t)d->count - 1);
        }
        put_exponent(line, d->point - 1);
    } else if (d->point <= 0) {
        put(line, "0.", 2);
        put_zeros(line, -d->point);
        put(line, d->digits, (size_t)d->count);
    } else if (d->count > d->point) {
        put(line, d->digits, (size_t)d->point);
        put(line, ".", 1);
        put(line, d->digits + d->point, (size_t)(d->count - d->point));
    } else {
        put(line, d->digits, (size_t)d->count);
        put_zeros(line, d->point - d->count);
        if (add_point_zero)
            put(line, ".0", 2);
    }
}

/* True if that was all there is to say: nan, infinities and zeros. */
static bool put_special(Line *line, double x, bool add_point_zero) {
    if (x != x) {
        put(line, "nan", 3);
        return true;
    }
    if (signbit(x))
        put(line, "-", 1);
    if (isinf(x)) {
        put(line, "inf", 3);
        return true;
    }
    if (x == 0) {
        put(line, "0.0", add_point_zero ? 3 : 1);
        return true;
    }
    return false;
}

static void put_f64(Line *line, double x, bool add_point_zero) {
    spy_Decimal d;
    if (put_special(line, x, add_point_zero))
        return;
    spy_shortest_f64(fabs(x), &d);
    put_decimal(line, &d, add_point_zero);
}

spy_StrObject *spy_builtins$f64$__str__(double x) {
    Line line = {.length = 0};
    put_f64(&line, x, true);
    return spy_str_from_bytes(line.text, line.length);
}

spy_StrObject *spy_builtins$f32$__str__(float x) {
    Line line = {.length = 0};
    spy_Decimal d;
    if (!put_special(&line, x, true)) {
        spy_shortest_f32(fabsf(x), &d);
        put_decimal(&line, &d, true);
    }
    return spy_str_from_bytes(line.text, line.length);
}

/* `2j` when the real part is a positive zero, `(1+2j)` otherwise. */
spy_StrObject *spy_builtins$complex128$__str__(spy_Complex128 x) {
    Line line = {.length = 0};
    bool imaginary = x.real == 0 && !signbit(x.real);
    if (!imaginary) {
        put(&line, "(", 1);
        put_f64(&line, x.real, false);
        if (x.imag != x.imag || !signbit(x.imag))
            put(&line, "+", 1);
    }
    put_f64(&line, x.imag, false);
    put(&line, imaginary ? "j" : "j)", imaginary ? 1 : 2);
    return spy_str_from_bytes(line.text, line.length);
}

double spy___spy__$_round_digits(double x, int32_t digits) {
    /* The longest text: 309 digits, a point, and as many digits as a float can
       have behind it; a sign and the end. */
    char text[1 + 309 + 1 + 1074 + 1];
    uint64_t scaled;
    if (!isfinite(x))
        return x;
    if (digits < 0)
        digits = 0;
    /* Both are exact as floats, so that their quotient is the nearest float. */
    if (spy_scaled_f64(x, digits, &scaled) && scaled <= (uint64_t)1 << 53)
        return copysign((double)scaled / (double)spy_power_of_ten(digits), x);
    if (digits > 1074)
        digits = 1074;
    /* Both functions use the locale's point. */
    snprintf(text, sizeof text, "%.*f", (int)digits, x);
    return strtod(text, NULL);
}

static spy_StrObject *fixed_text(bool negative, uint64_t scaled, int32_t digits) {
    /* A sign, a point, and the digits of a number of 64 bits. */
    char text[1 + 1 + 20];
    char *end = text + sizeof text;
    char *start = format_unsigned(end, scaled);
    while (end - start <= digits)
        *--start = '0';
    if (digits > 0) {
        size_t whole = (size_t)(end - start - digits);
        start--;
        memmove(start, start + 1, whole);
        start[whole] = '.';
    }
    if (negative)
        *--start = '-';
    return spy_str_from_bytes(start, (size_t)(end - start));
}

spy_StrObject *spy___spy__$_format_f64(double x, bool exponent, int32_t digits) {
    /* A sign, 309 digits, a point, 1100 digits, and the end. */
    char text[1 + 309 + 1 + 1100 + 1];
    uint64_t scaled;
    if (x != x)
        return spy_str_from_cstr("nan");
    if (digits < 0)
        digits = 0;
    if (!exponent && spy_scaled_f64(x, digits, &scaled))
        return fixed_text(signbit(x), scaled, digits);
    if (digits > 1100)
        digits = 1100;
    int size = snprintf(text, sizeof text, exponent ? "%.*e" : "%.*f", (int)digits, x);
    return spy_str_from_bytes(text, size < 0 ? 0 : (size_t)size);
}
