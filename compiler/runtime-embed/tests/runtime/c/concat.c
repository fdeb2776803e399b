/* Concatenation: what is shared, and that nothing changes. Prints "intact". */
#include "spy.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 3000

static int line;

static void require(bool ok, int at) {
    if (!ok && line == 0)
        line = at;
}

#define REQUIRE(OK) require(OK, __LINE__)

static spy_StrObject *text(const char *s) {
    return spy_str_from_cstr(s);
}

static bool equals(const spy_StrObject *s, const char *data, size_t length) {
    return s->length == length && memcmp(spy_StrObject_UTF8(s), data, length) == 0;
}

static bool shares(const spy_StrObject *a, const spy_StrObject *b) {
    return spy_StrObject_UTF8(a) == spy_StrObject_UTF8(b);
}

/* Every prefix stays what it was while others grow beside it, and most are not copied. */
static void grow(void) {
    static char expected[ROUNDS * 8];
    static spy_StrObject *seen[ROUNDS];
    spy_StrObject *all = text(""), *other = text("");
    size_t length = 0, copies = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char piece[16];
        size_t n = (size_t)sprintf(piece, "%d,", i);
        memcpy(expected + length, piece, n);
        length += n;
        seen[i] = spy___spy__$_str_concat(all, text(piece));
        copies += !shares(seen[i], all);
        all = seen[i];
        other = spy___spy__$_str_concat(other, text("ab"));
        /* Garbage, for the collector to reuse memory. */
        spy_str_alloc(4000 + (size_t)i);
    }
    REQUIRE(equals(all, expected, length));
    REQUIRE(other->length == 2 * ROUNDS);
    REQUIRE(copies < 120);
    for (int i = 0; i < ROUNDS; i++) {
        REQUIRE(equals(seen[i], expected, seen[i]->length));
        REQUIRE(spy___spy__$_str_isascii(seen[i]));
    }
}

/* Only the string that was made last goes on in the buffer. */
static void branch(void) {
    char letters[1001];
    memset(letters, 'x', 1000);
    letters[1000] = 0;
    spy_StrObject *a = spy___spy__$_str_concat(text(letters), text("1"));
    spy_StrObject *b = spy___spy__$_str_concat(a, text("2"));
    spy_StrObject *c = spy___spy__$_str_concat(b, text("3"));
    REQUIRE(shares(b, c));
    spy_StrObject *d = spy___spy__$_str_concat(b, text("\xc3\xa9"));
    REQUIRE(!shares(b, d));
    REQUIRE(spy_StrObject_UTF8(c)[1002] == '3' && c->length == 1003);
    REQUIRE(!spy___spy__$_str_isascii(d) && spy___spy__$_str_isascii(c));
    REQUIRE(!spy___spy__$_str_isascii(spy___spy__$_str_concat(d, text("4"))));
    /* These characters look like what is known about a string. */
    spy_StrObject *e = spy___spy__$_str_concat(c, text("\2"));
    REQUIRE(!shares(c, e) && spy___spy__$_str_isascii(c));
    spy_StrObject *f = spy___spy__$_str_concat(e, e);
    REQUIRE(f->length == 2 * e->length && spy_StrObject_UTF8(f)[e->length] == 'x');
    REQUIRE(spy_str_hash(e) != spy_str_hash(f) && !spy_str_eq(e, f));
}

int main(void) {
    grow();
    branch();
    if (line == 0)
        printf("intact\n");
    else
        printf("line %d\n", line);
    return 0;
}
