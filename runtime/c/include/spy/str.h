/* `str`: UTF-8 bytes with their length in bytes. */
#ifndef SPY_STR_H
#define SPY_STR_H

#include "spy/ptr.h"

/* Not NUL-terminated. The data follows the struct in the same block, which is
   atomic gc memory: `utf8` may point nowhere else, except in static literals
   and in texts that grow (see concat.c), which are not atomic. The byte behind
   the data, which every string has, tells what is known about its characters;
   behind a text that has grown since, it is one of the next character. */
struct spy_StrObject {
    size_t length; /* bytes; at most INT32_MAX */
    int32_t hash;  /* 0 = not computed yet */
    spy_gc_ptr_u8 utf8;
};

#define spy_StrObject_UTF8(s) ((s)->utf8.p)
#define spy_StrObject_CHARS(s) ((const char *)(s)->utf8.p)

/* The byte behind the data. Any other value: not known yet. */
#define SPY_STR_ASCII 1
#define SPY_STR_NOT_ASCII 2

/* Initialiser of a static spy_StrObject: N bytes of the C literal S. */
#ifdef SPY_DEBUG
#  define SPY_STR_LITERAL(N, S) {(N), 0, {(uint8_t *)(S), (ptrdiff_t)(N)}}
#else
#  define SPY_STR_LITERAL(N, S) {(N), 0, {(uint8_t *)(S)}}
#endif

/* The same for a literal S which is known to be ASCII. */
#define SPY_ASCII_LITERAL(N, S) SPY_STR_LITERAL(N, S "\1")

SPY_PTR_TYPE(spy_unsafe$gc_ptr___str$StrObject, spy_StrObject)
SPY_PTR_FUNCTIONS(gc, spy_unsafe$gc_ptr___str$StrObject, spy_StrObject)
#define spy_unsafe$gc_ptr___str$StrObject$NULL                                 \
    ((spy_unsafe$gc_ptr___str$StrObject){0})
typedef spy_unsafe$gc_ptr___str$StrObject spy_gc_ptr_StrObject;

/* Sizes and offsets in bytes, for hosts that read objects in memory. */
typedef struct {
    size_t size;
    size_t length_offset;
    size_t hash_offset;
    size_t utf8_offset;
} spy_StrObject_Layout;

spy_StrObject_Layout WASM_EXPORT(_spy_StrObject_layout)(void);

/* A string of `length` bytes, whose data the caller fills before anything else. */
spy_StrObject *WASM_EXPORT(spy_str_alloc)(size_t length);

/* Copies of C data. */
spy_StrObject *spy_str_from_bytes(const void *data, size_t length);
spy_StrObject *spy_str_from_cstr(const char *text);

bool WASM_EXPORT(spy_str_eq)(spy_StrObject *a, spy_StrObject *b);
int32_t WASM_EXPORT(spy_str_hash)(spy_StrObject *s);

/* FNV-1a over the bytes, adjusted so that 0 can mean "not computed". */
int32_t spy_hash_bytes(const uint8_t *data, size_t length);

/* Looks at all bytes; remembers the answer unless the data is constant. */
bool spy_str_scan_ascii(spy_StrObject *s);

/* Whether there are only characters of one byte. Asked before every access by
   position, so it must not look at the text each time. */
SPY_INLINE bool spy___spy__$_str_isascii(spy_StrObject *s) {
    uint8_t known = spy_StrObject_UTF8(s)[s->length];
    if (SPY_LIKELY(known == SPY_STR_ASCII))
        return true;
    return known != SPY_STR_NOT_ASCII && spy_str_scan_ascii(s);
}

/* `a + b`. Takes time in proportion to `b`, most of the time, where `a` is the
   result of the last concatenation to the same text. */
spy_StrObject *spy___spy__$_str_concat(spy_StrObject *a, spy_StrObject *b);

/* The string of one character, given its lower seven bits; never a new one. */
spy_StrObject *spy___spy__$_ascii_char(uint8_t code);

SPY_INLINE bool spy_str_ne(spy_StrObject *a, spy_StrObject *b) {
    return !spy_str_eq(a, b);
}

SPY_INLINE bool spy_operator$str_eq(spy_StrObject *a, spy_StrObject *b) {
    return spy_str_eq(a, b);
}

SPY_INLINE bool spy_operator$str_ne(spy_StrObject *a, spy_StrObject *b) {
    return !spy_str_eq(a, b);
}

SPY_INLINE spy_StrObject *spy_builtins$str$__str__(spy_StrObject *s) {
    return s;
}

SPY_INLINE int32_t spy_builtins$hash_str(spy_StrObject *s) {
    return s->hash != 0 ? s->hash : spy_str_hash(s);
}

/* The `n` bytes at `p`, at most 8, the first one lowest. */
SPY_INLINE uint64_t spy_word(const uint8_t *p, size_t n) {
    uint32_t low, high;
    uint64_t word = 0;
    if (n == 8) {
        memcpy(&word, p, 8);
    } else if (n >= 4) {
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        word = low | (uint64_t)high << (8 * (n - 4));
    } else if (n > 0) {
        word = p[0] | (uint64_t)p[n / 2] << (8 * (n / 2));
        word |= (uint64_t)p[n - 1] << (8 * (n - 1));
    }
    return word;
}

/* Bytes 0 to 7 of a text, or as many as there are. */
SPY_INLINE uint64_t spy___spy__$_str_first(spy_StrObject *s) {
    return spy_word(spy_StrObject_UTF8(s), s->length < 8 ? s->length : 8);
}

/* Bytes 8 to 14 of a text; in the upper byte its length, 255 if that is more than
   15. With the first bytes, this is all that there is of a text up to there. */
SPY_INLINE uint64_t spy___spy__$_str_second(spy_StrObject *s) {
    const uint8_t *p = spy_StrObject_UTF8(s);
    uint64_t length = s->length;
    if (length > 15)
        return spy_word(p + 8, 7) | UINT64_C(255) << 56;
    if (length <= 8)
        return length << 56;
    return spy_word(p + length - 8, 8) >> (8 * (16 - length)) | length << 56;
}

/* The view of a string that the standard library works on. */
SPY_INLINE spy_unsafe$gc_ptr___str$StrObject
spy_unsafe$_str_to_StrObject$impl(spy_StrObject *s) {
    return SPY_PTR_MAKE(spy_unsafe$gc_ptr___str$StrObject, s, 1);
}

SPY_INLINE spy_StrObject *
spy_unsafe$_StrObject_to_str$impl(spy_unsafe$gc_ptr___str$StrObject p) {
    return p.p;
}

/* A negative length is a panic that names no position. */
spy_unsafe$gc_ptr___str$StrObject
spy_unsafe$_alloc_StrObject$impl(int32_t length);

#endif
