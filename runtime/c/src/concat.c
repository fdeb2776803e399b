/* Concatenation that takes linear time where a text grows piece by piece.
 *
 * Strings do not change, so `s = s + piece` copies all of `s`, again and again.
 * Here the second concatenation to one text puts the result into a buffer with
 * room behind it, and the next ones write into that room. The strings that they
 * make share the buffer: each sees its own length of it. What was written stays
 * as it is, so a string never changes; only the last one made can be extended.
 *
 * The byte behind a string's data says what is known about it (see str.h).
 * Behind a string that was extended stands the next character instead, which
 * must not look like an answer: those that would, end the sharing. */
#include "short.h"
#include "spy/str.h"

/* A shorter result is copied: that is faster than to look whether it grows. */
#define LONG 256

/* How many texts can grow at the same time. */
#define TEXTS 4

/* A text that may go on growing. */
typedef struct {
    /* Where its data begins, complemented: the collector must not see it. */
    uintptr_t hidden;
    size_t length;
    /* Bytes of the buffer, without the one that follows; `length` if nothing
       follows the data but that byte. */
    size_t capacity;
} growing;

static growing texts[TEXTS];
static unsigned next_text;

static uintptr_t hide(const spy_StrObject *s) {
    return ~(uintptr_t)spy_StrObject_UTF8(s);
}

static growing *find(const spy_StrObject *s) {
    for (unsigned i = 0; i < TEXTS; i++)
        if (texts[i].hidden == hide(s) && texts[i].length == s->length)
            return &texts[i];
    return NULL;
}

/* What the byte behind the data of `a + b` says. It is looked up now, since a
   view cannot remember what is found later: its next byte may be another's. */
static uint8_t known_of_both(spy_StrObject *a, spy_StrObject *b) {
    bool is_ascii = spy___spy__$_str_isascii(a) && spy___spy__$_str_isascii(b);
    return is_ascii ? SPY_STR_ASCII : SPY_STR_NOT_ASCII;
}

static spy_StrObject *view(uint8_t *data, size_t length, uint8_t known) {
    /* Not atomic: it keeps the buffer alive. */
    spy_StrObject *s = spy_gc_alloc(sizeof(spy_StrObject));
    s->length = length;
    s->hash = 0;
    s->utf8 = SPY_PTR_MAKE(spy_gc_ptr_u8, data, (ptrdiff_t)length);
    data[length] = known;
    return s;
}

/* Writes `b` behind the text that `a` ends. */
static spy_StrObject *extend(growing *text, spy_StrObject *a, spy_StrObject *b) {
    uint8_t known = known_of_both(a, b);
    uint8_t *data = spy_StrObject_UTF8(a);
    memcpy(data + a->length, spy_StrObject_UTF8(b), b->length);
    text->length = a->length + b->length;
    return view(data, text->length, known);
}

/* A copy of `a` with room for half as much again, and `b` behind it. */
static spy_StrObject *move(growing *text, spy_StrObject *a, spy_StrObject *b) {
    size_t length = a->length + b->length;
    size_t capacity = length + length / 2;
    uint8_t *data = spy_gc_alloc_atomic(capacity + 1);
    memcpy(data, spy_StrObject_UTF8(a), a->length);
    memcpy(data + a->length, spy_StrObject_UTF8(b), b->length);
    /* The collector may give out again what an entry still names. */
    for (unsigned i = 0; i < TEXTS; i++)
        if (texts[i].hidden == ~(uintptr_t)data)
            texts[i] = (growing){0};
    *text = (growing){~(uintptr_t)data, length, capacity};
    return view(data, length, known_of_both(a, b));
}

spy_StrObject *spy___spy__$_str_concat(spy_StrObject *a, spy_StrObject *b) {
    if (a->length == 0)
        return b;
    if (b->length == 0)
        return a;
    size_t length = a->length + b->length;
    growing *text = length < LONG || length > INT32_MAX ? NULL : find(a);
    if (text != NULL) {
        uint8_t first = spy_StrObject_UTF8(b)[0];
        bool is_view = spy_StrObject_UTF8(a) != (uint8_t *)(a + 1);
        bool is_answer = first == SPY_STR_ASCII || first == SPY_STR_NOT_ASCII;
        if (is_view && length <= text->capacity && !is_answer)
            return extend(text, a, b);
        return move(text, a, b);
    }
    spy_StrObject *s = spy_str_alloc(length);
    copy_short(spy_StrObject_UTF8(s), spy_StrObject_UTF8(a), a->length);
    copy_short(spy_StrObject_UTF8(s) + a->length, spy_StrObject_UTF8(b), b->length);
    if (length >= LONG) {
        spy_StrObject_UTF8(s)[length] = known_of_both(a, b);
        texts[next_text] = (growing){hide(s), length, length};
        next_text = (next_text + 1) % TEXTS;
    }
    return s;
}
