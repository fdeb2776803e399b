/* The same with a table of open addressing: linear probing, at most half full, the hash and the
   length of each word beside it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *word; /* NULL in a free entry */
    uint32_t hash;
    uint32_t length;
    int32_t count;
} entry;

typedef struct {
    entry *entries;
    uint32_t mask, count;
} table;

/* FNV-1a. */
static uint32_t hash_of(const char *word, uint32_t length) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619u;
    return hash;
}

static table make(uint32_t size) {
    table t = {calloc(size, sizeof(entry)), size - 1, 0};
    if (!t.entries)
        abort();
    return t;
}

static entry *find(table *t, const char *word, uint32_t length, uint32_t hash) {
    uint32_t at = (hash ^ hash >> 16) & t->mask;
    for (;; at = (at + 1) & t->mask) {
        entry *e = &t->entries[at];
        if (!e->word)
            return e;
        if (e->hash == hash && e->length == length && !memcmp(e->word, word, length))
            return e;
    }
}

static void grow(table *t) {
    table larger = make((t->mask + 1) * 2);
    for (uint32_t i = 0; i <= t->mask; i++) {
        entry *e = &t->entries[i];
        if (!e->word)
            continue;
        uint32_t at = (e->hash ^ e->hash >> 16) & larger.mask;
        while (larger.entries[at].word)
            at = (at + 1) & larger.mask;
        larger.entries[at] = *e;
    }
    larger.count = t->count;
    free(t->entries);
    *t = larger;
}

static void count_word(table *t, const char *word, uint32_t length) {
    uint32_t hash = hash_of(word, length);
    entry *e = find(t, word, length, hash);
    if (!e->word) {
        if (t->count * 2 > t->mask) {
            grow(t);
            e = find(t, word, length, hash);
        }
        char *copy = malloc(length + 1);
        if (!copy)
            abort();
        memcpy(copy, word, length + 1);
        *e = (entry){copy, hash, length, 0};
        t->count++;
    }
    e->count++;
}

int main(void) {
    table counts = make(16);
    int32_t state = 1;
    for (int i = 0; i < 1000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t number = state >> 4;
        char word[16];
        int length = snprintf(word, sizeof word, "word%d", number);
        count_word(&counts, word, (uint32_t)length);
    }
    uint64_t length = 0;
    int32_t most = 0;
    for (uint32_t i = 0; i <= counts.mask; i++) {
        entry *e = &counts.entries[i];
        if (!e->word)
            continue;
        length += e->length;
        if (e->count > most)
            most = e->count;
    }
    printf("%u\n%llu\n%d\n", counts.count, (unsigned long long)length, most);
}
