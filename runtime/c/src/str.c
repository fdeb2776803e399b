/* String and bytes objects: one block each, the data after the header. */
#include "spy/str.h"

#include "output.h"
#include "short.h"
#include "spy/builtins.h"
#include "spy/bytes.h"

spy_StrObject_Layout _spy_StrObject_layout(void) {
    return (spy_StrObject_Layout){
        sizeof(spy_StrObject), offsetof(spy_StrObject, length),
        offsetof(spy_StrObject, hash), offsetof(spy_StrObject, utf8)
    };
}

spy_BytesObject_Layout _spy_BytesObject_layout(void) {
    return (spy_BytesObject_Layout){
        sizeof(spy_BytesObject), offsetof(spy_BytesObject, length),
        offsetof(spy_BytesObject, hash), offsetof(spy_BytesObject, data)
    };
}

/* Atomic: the only pointer inside leads to the block itself. One byte behind
   the data keeps a pointer just past it inside the block; in strings it also
   says what is known about them, at first nothing. */
static void *alloc_object(size_t header, size_t length) {
    if (SPY_UNLIKELY(length > INT32_MAX))
        spy_panic_at("PanicError", "text too long", NULL);
    char *object = spy_gc_alloc_atomic(header + length + 1);
    object[header + length] = 0;
    return object;
}

spy_StrObject *spy_str_alloc(size_t length) {
    spy_StrObject *s = alloc_object(sizeof(spy_StrObject), length);
    s->length = length;
    s->hash = 0;
    s->utf8 = SPY_PTR_MAKE(spy_gc_ptr_u8, (uint8_t *)(s + 1), (ptrdiff_t)length);
    return s;
}

spy_BytesObject *spy_bytes_alloc(size_t length) {
    spy_BytesObject *b = alloc_object(sizeof(spy_BytesObject), length);
    b->length = length;
    b->hash = 0;
    b->data = SPY_PTR_MAKE(spy_gc_ptr_u8, (uint8_t *)(b + 1), (ptrdiff_t)length);
    return b;
}

spy_unsafe$gc_ptr___str$StrObject
spy_unsafe$_alloc_StrObject$impl(int32_t length) {
    if (SPY_UNLIKELY(length < 0))
        spy_panic_at("ValueError", "negative allocation count", NULL);
    return spy_unsafe$gc_ptr___str$StrObject$from_addr(spy_str_alloc((size_t)length));
}

spy_unsafe$gc_ptr___bytes$BytesObject
spy_unsafe$_alloc_BytesObject$impl(int32_t length) {
    if (SPY_UNLIKELY(length < 0))
        spy_panic_at("ValueError", "negative allocation count", NULL);
    return spy_unsafe$gc_ptr___bytes$BytesObject$from_addr(
        spy_bytes_alloc((size_t)length)
    );
}

spy_StrObject *spy_str_from_bytes(const void *data, size_t length) {
    spy_StrObject *s = spy_str_alloc(length);
    copy_short(spy_StrObject_UTF8(s), data, length);
    return s;
}

spy_StrObject *spy_str_from_cstr(const char *text) {
    return spy_str_from_bytes(text, strlen(text));
}

bool spy_str_scan_ascii(spy_StrObject *s) {
    const uint8_t *p = spy_StrObject_UTF8(s);
    size_t n = s->length, i = 0;
    uint64_t high = 0;
    for (; i + 8 <= n && high == 0; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        high = word & UINT64_C(0x8080808080808080);
    }
    for (; i < n; i++)
        high |= p[i] & 0x80;
    /* The data of literals may be constant; that of other strings follows them. */
    if (p == (const uint8_t *)(s + 1))
        spy_StrObject_UTF8(s)[n] = high == 0 ? SPY_STR_ASCII : SPY_STR_NOT_ASCII;
    return high == 0;
}

/* One line for each pair of a character and the byte behind it. */
#define CHAR_(C) {(C), SPY_STR_ASCII}
#define CHARS_4(C) CHAR_(C), CHAR_((C) + 1), CHAR_((C) + 2), CHAR_((C) + 3)
#define CHARS_16(C) CHARS_4(C), CHARS_4((C) + 4), CHARS_4((C) + 8), CHARS_4((C) + 12)
#define CHARS_64(C) CHARS_16(C), CHARS_16((C) + 16), CHARS_16((C) + 32), CHARS_16((C) + 48)

static uint8_t ascii_text[128][2] = {CHARS_64(0), CHARS_64(64)};

#define OBJECT_(C) SPY_STR_LITERAL(1, ascii_text[C])
#define OBJECTS_4(C) OBJECT_(C), OBJECT_((C) + 1), OBJECT_((C) + 2), OBJECT_((C) + 3)
#define OBJECTS_16(C)                                                          \
    OBJECTS_4(C), OBJECTS_4((C) + 4), OBJECTS_4((C) + 8), OBJECTS_4((C) + 12)
#define OBJECTS_64(C)                                                          \
    OBJECTS_16(C), OBJECTS_16((C) + 16), OBJECTS_16((C) + 32), OBJECTS_16((C) + 48)

static spy_StrObject ascii_chars[128] = {OBJECTS_64(0), OBJECTS_64(64)};

spy_StrObject *spy___spy__$_ascii_char(uint8_t code) {
    return &ascii_chars[code & 0x7F];
}

bool spy_str_eq(spy_StrObject *a, spy_StrObject *b) {
    if (a == b)
        return true;
    if (a->length != b->length)
        return false;
    if (a->hash != 0 && b->hash != 0 && a->hash != b->hash)
        return false;
    return same_short(spy_StrObject_UTF8(a), spy_StrObject_UTF8(b), a->length);
}

int32_t spy_hash_bytes(const uint8_t *data, size_t length) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ data[i]) * 16777619u;
    int32_t hash = (int32_t)h;
    if (hash == -1)
        return -2;
    return hash == 0 ? 1 : hash;
}

int32_t spy_str_hash(spy_StrObject *s) {
    if (s->hash == 0)
        s->hash = spy_hash_bytes(spy_StrObject_UTF8(s), s->length);
    return s->hash;
}

int32_t spy_bytes_hash(spy_BytesObject *b) {
    if (b->hash == 0)
        b->hash = spy_hash_bytes(spy_BytesObject_DATA(b), b->length);
    return b->hash;
}

/* The number of bytes of the UTF-8 sequence that starts at `p`, within `size`
   bytes, or 0 if none does. Stores the code point. */
static size_t decode(const uint8_t *p, size_t size, int32_t *code) {
    static const int32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t width = p[0] < 0x80   ? 1
                   : p[0] < 0xC0 ? 0
                   : p[0] < 0xE0 ? 2
                   : p[0] < 0xF0 ? 3
                   : p[0] < 0xF8 ? 4
                                 : 0;
    if (width == 0 || width > size)
        return 0;
    int32_t value = width == 1 ? p[0] : p[0] & (0x7F >> width);
    for (size_t i = 1; i < width; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3F);
    }
    *code = value;
    return value >= lowest[width] && value <= 0x10FFFF ? width : 0;
}

static SPY_NORETURN SPY_COLD void panic_ord(size_t length, const spy_Pos *pos) {
    char text[96];
    size_t n = spy_append(
        text, sizeof text - 1, 0, "ord() expected a character, but string of length "
    );
    n = spy_append_i32(text, sizeof text - 1, n, (int32_t)length, 0);
    n = spy_append(text, sizeof text - 1, n, " found");
    text[n] = '\0';
    spy_panic_at("TypeError", text, pos);
}

/* Characters of a text: bytes that do not continue another one. */
static size_t count_characters(spy_StrObject *s) {
    size_t count = 0;
    for (size_t i = 0; i < s->length; i++)
        count += (spy_StrObject_UTF8(s)[i] & 0xC0) != 0x80;
    return count;
}

int32_t spy_builtins$_ord_str(spy_StrObject *s, const spy_Pos *pos) {
    int32_t code = 0;
    if (s->length == 0 ||
        decode(spy_StrObject_UTF8(s), s->length, &code) != s->length)
        panic_ord(count_characters(s), pos);
    return code;
}

uint8_t spy_builtins$_ord_bytes(spy_BytesObject *b, const spy_Pos *pos) {
    if (b->length != 1)
        panic_ord(b->length, pos);
    return spy_BytesObject_DATA(b)[0];
}
