/* The heap without a collector: memory lives until the program ends. */
#include "spy/alloc.h"

#include <stdlib.h>

/* Those have one of their own. */
#if !(defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY))

void spy_heap_begin(void) {
}

void *spy_heap_alloc(size_t size) {
    return calloc(size | 1, 1);
}

void *spy_heap_alloc_atomic(size_t size) {
    return malloc(size | 1);
}

void spy_heap_guest(const void *own) {
    (void)own;
}

void spy_heap_stack(void *bottom) {
    (void)bottom;
}

void *spy_heap_hold(size_t size) {
    return calloc(size | 1, 1);
}

void spy_heap_release(void *block) {
    free(block);
}

void spy_heap_ignore(void *start, void *end) {
    (void)start;
    (void)end;
}

void spy_heap_scan(void *start, void *end) {
    (void)start;
    (void)end;
}
#endif
