/* The same with a table of open addressing: linear probing, a multiplicative hash, at most half full. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int32_t key;
    int32_t value;
    int32_t used;
} entry;

typedef struct {
    entry *entries;
    uint32_t mask, count, shift;
} table;

static table make(uint32_t bits) {
    table t = {calloc((size_t)1 << bits, sizeof(entry)), ((uint32_t)1 << bits) - 1, 0, 32 - bits};
    if (!t.entries)
        abort();
    return t;
}

static entry *find(table *t, int32_t key) {
    uint32_t at = ((uint32_t)key * 2654435769u) >> t->shift;
    while (t->entries[at].used && t->entries[at].key != key)
        at = (at + 1) & t->mask;
    return &t->entries[at];
}

static void grow(table *t) {
    table larger = make(33 - t->shift);
    for (uint32_t i = 0; i <= t->mask; i++)
        if (t->entries[i].used)
            *find(&larger, t->entries[i].key) = t->entries[i];
    larger.count = t->count;
    free(t->entries);
    *t = larger;
}

int main(void) {
    table counts = make(4);
    int32_t state = 1;
    for (int i = 0; i < 3000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t key = state >> 1;
        entry *found = find(&counts, key);
        if (found->used) {
            found->value++;
            continue;
        }
        if (counts.count * 2 > counts.mask) {
            grow(&counts);
            found = find(&counts, key);
        }
        *found = (entry){key, 1, 1};
        counts.count++;
    }
    int32_t found = 0;
    for (int i = 0; i < 3000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t key = state;
        entry *at = find(&counts, key);
        if (at->used)
            found += at->value;
    }
    printf("%u\n%d\n", counts.count, found);
}
