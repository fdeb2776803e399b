/* Numbers from text, by the rules of Python's int(), float() and complex(). */
#include "spy/convert.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* A part of a text. */
typedef struct {
    const char *at;
    const char *end;
} Span;

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool next_is(const Span *t, char lower) {
    return t->at < t->end && (*t->at | 0x20) == lower;
}

static void trim(Span *t) {
    while (t->at < t->end && is_space(*t->at))
        t->at++;
    while (t->at < t->end && is_space(t->end[-1]))
        t->end--;
}

static Span span_of(spy_StrObject *s) {
    const char *start = spy_StrObject_CHARS(s);
    return (Span){start, start + s->length};
}

/* Whether the character at `at` separates two digits. */
static bool is_separator(const Span *whole, const char *at) {
    return *at == '_' && at > whole->at && is_digit(at[-1]) && at + 1 < whole->end &&
           is_digit(at[1]);
}

/* Ends the program with a message made of three parts, the middle one of any
   length. The string it makes is garbage of a program that is over. */
static SPY_NORETURN SPY_COLD void panic_parts(
    const char *etype, const char *before, Span middle, const char *after,
    const spy_Pos *pos
) {
    size_t first = strlen(before), last = strlen(after);
    size_t size = (size_t)(middle.end - middle.at);
    if (first + size + last > INT32_MAX)
        spy_panic_at(etype, before, pos);
    spy_StrObject *message = spy_str_alloc(first + size + last);
    char *out = (char *)spy_StrObject_UTF8(message);
    memcpy(out, before, first);
    memcpy(out + first, middle.at, size);
    memcpy(out + first + size, after, last);
    spy_panic_str(etype, message, pos);
}

/* An integer type: its name in messages and what fits. */
typedef struct {
    uint64_t lowest_magnitude; /* of the smallest value */
    uint64_t highest;
    const char *before; /* of the message when a value does not fit */
    const char *after;
} IntType;

typedef struct {
    bool negative;
    bool too_large; /* for 64 bits */
    uint64_t magnitude;
} Parsed;

/* Digits and the underscores between them; false if there is anything else. */
static bool parse_digits(const Span *digits, Parsed *out) {
    if (digits->at == digits->end)
        return false;
    for (const char *p = digits->at; p < digits->end; p++) {
        if (is_digit(*p)) {
            uint64_t digit = (uint64_t)(*p - '0');
            if (out->magnitude > (UINT64_MAX - digit) / 10)
                out->too_large = true;
            out->magnitude = out->magnitude * 10 + digit;
        } else if (!is_separator(digits, p)) {
            return false;
        }
    }
    return true;
}

/* The value as Python would print it: no leading zeros, no underscores. */
static SPY_NORETURN SPY_COLD void panic_out_of_range(
    const IntType *type, const Span *digits, bool negative, const spy_Pos *pos
) {
    size_t size = (size_t)(digits->end - digits->at);
    char *text = spy_raw_alloc(size + 2);
    size_t n = 0;
    if (negative)
        text[n++] = '-';
    const char *p = digits->at;
    while (p + 1 < digits->end && (*p == '0' || *p == '_'))
        p++;
    for (; p < digits->end; p++)
        if (*p != '_')
            text[n++] = *p;
    panic_parts("OverflowError", type->before, (Span){text, text + n}, type->after, pos);
}

/* The value's two's complement bits. */
static uint64_t parse_int(spy_StrObject *s, const IntType *type, const spy_Pos *pos) {
    Span digits = span_of(s);
    Parsed value = {false, false, 0};
    trim(&digits);
    if (digits.at < digits.end && (*digits.at == '-' || *digits.at == '+'))
        value.negative = *digits.at++ == '-';
    if (!parse_digits(&digits, &value))
        panic_parts(
            "ValueError", "invalid literal for int() with base 10: '", span_of(s), "'",
            pos
        );
    uint64_t limit = value.negative ? type->lowest_magnitude : type->highest;
    if (value.too_large || value.magnitude > limit)
        panic_out_of_range(type, &digits, value.negative, pos);
    return value.negative ? 0 - value.magnitude : value.magnitude;
}

#define PARSE(T, C, LOWEST_MAGNITUDE, HIGHEST, RANGE)                          \
    C spy_operator$str_to_##T(spy_StrObject *s, const spy_Pos *pos) {          \
        static const IntType type = {                                          \
            LOWEST_MAGNITUDE, HIGHEST, #T " value ", " out of range " RANGE    \
        };                                                                     \
        return (C)parse_int(s, &type, pos);                                    \
    }

PARSE(i8, int8_t, 128, 127, "[-128, 127]")
PARSE(u8, uint8_t, 0, 255, "[0, 255]")
PARSE(i32, int32_t, 2147483648u, 2147483647, "[-2147483648, 2147483647]")
PARSE(u32, uint32_t, 0, 4294967295u, "[0, 4294967295]")
PARSE(
    i64, int64_t, UINT64_C(9223372036854775808), INT64_MAX,
    "[-9223372036854775808, 9223372036854775807]"
)
PARSE(u64, uint64_t, 0, UINT64_MAX, "[0, 18446744073709551615]")

/* Skips one of the words that floats know, in any case. */
static bool skip_word(Span *t, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(t->end - t->at) < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if ((t->at[i] | 0x20) != word[i])
            return false;
    t->at += size;
    return true;
}

/* Skips digits and the underscores between them; true if there were any. */
static bool skip_digits(Span *t) {
    const Span all = *t;
    while (t->at < t->end && (is_digit(*t->at) || is_separator(&all, t->at)))
        t->at++;
    return t->at > all.at;
}

static void skip_exponent(Span *t) {
    Span rest = *t;
    if (!next_is(&rest, 'e'))
        return;
    rest.at++;
    if (rest.at < rest.end && (*rest.at == '+' || *rest.at == '-'))
        rest.at++;
    if (skip_digits(&rest))
        t->at = rest.at;
}

/* The value of a decimal literal. strtod is exact, but takes the point from the
   locale, which a host program may have changed. */
static double decimal_value(Span literal) {
    const char *point = localeconv()->decimal_point;
    size_t room = (size_t)(literal.end - literal.at) + strlen(point) + 1;
    char small[64];
    char *text = room <= sizeof small ? small : spy_raw_alloc(room);
    size_t n = 0;
    for (const char *p = literal.at; p < literal.end; p++) {
        if (*p == '.') {
            memcpy(text + n, point, strlen(point));
            n += strlen(point);
        } else if (*p != '_') {
            text[n++] = *p;
        }
    }
    text[n] = '\0';
    double value = strtod(text, NULL);
    if (text != small)
        free(text);
    return value;
}

/* Reads the float that `t` begins with; leaves `t` alone if there is none. */
static bool scan_float(Span *t, double *out) {
    Span rest = *t;
    bool negative = false;
    if (rest.at < rest.end && (*rest.at == '+' || *rest.at == '-'))
        negative = *rest.at++ == '-';
    Span literal = rest;
    double value;
    if (skip_word(&rest, "infinity") || skip_word(&rest, "inf")) {
        value = (double)INFINITY;
    } else if (skip_word(&rest, "nan")) {
        value = (double)NAN;
    } else {
        bool digits = skip_digits(&rest);
        if (rest.at < rest.end && *rest.at == '.') {
            rest.at++;
            digits = skip_digits(&rest) || digits;
        }
        if (!digits)
            return false;
        skip_exponent(&rest);
        literal.end = rest.at;
        value = decimal_value(literal);
    }
    *out = negative ? -value : value;
    t->at = rest.at;
    return true;
}

double spy_operator$str_to_f64(spy_StrObject *s, const spy_Pos *pos) {
    Span text = span_of(s);
    double value = 0;
    trim(&text);
    if (!scan_float(&text, &value) || text.at != text.end)
        panic_parts(
            "ValueError", "could not convert string to float: '", span_of(s), "'", pos
        );
    return value;
}

/* `j` alone stands for 1j, with or without a sign. */
static bool scan_imaginary(Span *t, double *out) {
    Span rest = *t;
    *out = 1;
    if (!scan_float(&rest, out) && rest.at < rest.end &&
        (*rest.at == '+' || *rest.at == '-'))
        *out = *rest.at++ == '-' ? -1.0 : 1.0;
    if (!next_is(&rest, 'j'))
        return false;
    t->at = rest.at + 1;
    return true;
}

static bool scan_complex(Span t, spy_Complex128 *out) {
    trim(&t);
    if (t.end - t.at >= 2 && *t.at == '(' && t.end[-1] == ')') {
        t.at++;
        t.end--;
        trim(&t);
    }
    *out = (spy_Complex128){0, 0};
    if (scan_imaginary(&t, &out->imag))
        return t.at == t.end;
    out->imag = 0;
    if (!scan_float(&t, &out->real))
        return false;
    if (t.at == t.end)
        return true;
    return (*t.at == '+' || *t.at == '-') && scan_imaginary(&t, &out->imag) &&
           t.at == t.end;
}

spy_Complex128
spy_operator$str_to_complex128(spy_StrObject *s, const spy_Pos *pos) {
    spy_Complex128 value;
    if (!scan_complex(span_of(s), &value))
        spy_panic_at("ValueError", "complex() arg is a malformed string", pos);
    return value;
}
