/* Allocation in items, over whichever heap the program is linked with. */
#include "spy/alloc.h"

#include <stdlib.h>

/* The bytes of `n` items. Blocks of several items get one byte more: compiled
   loops may keep nothing but a pointer past the last item, which the collector
   would otherwise take for the next block. */
static size_t block_size(int32_t n, size_t item_size, const spy_Pos *pos) {
    if (SPY_UNLIKELY(n < 0))
        spy_panic_at("ValueError", "negative allocation count", pos);
    if (SPY_UNLIKELY((size_t)n > (SIZE_MAX / 4) / (item_size | 1)))
        spy_panic_out_of_memory(pos);
    return (size_t)n * item_size + (n > 1);
}

void *spy_gc_alloc_items(int32_t n, size_t item_size, const spy_Pos *pos) {
    void *p = spy_heap_alloc(block_size(n, item_size, pos));
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(pos);
    return p;
}

void *spy_gc_alloc_items_atomic(int32_t n, size_t item_size, const spy_Pos *pos) {
    size_t size = block_size(n, item_size, pos);
    void *p = spy_heap_alloc_atomic(size);
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(pos);
    return memset(p, 0, size);
}

void *spy_raw_alloc_items(int32_t n, size_t item_size, const spy_Pos *pos) {
    /* An empty block still needs an address of its own. */
    void *p = calloc(block_size(n, item_size, pos) | 1, 1);
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(pos);
    return p;
}

void *spy_gc_alloc(size_t size) {
    void *p = spy_heap_alloc(size);
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(NULL);
    return p;
}

void *spy_gc_alloc_atomic(size_t size) {
    void *p = spy_heap_alloc_atomic(size);
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(NULL);
    return p;
}

void *spy_raw_alloc(size_t size) {
    void *p = malloc(size | 1);
    if (SPY_UNLIKELY(p == NULL))
        spy_panic_out_of_memory(NULL);
    return p;
}
