/* The heap over bdwgc, a conservative collector that never moves anything.
   Pointers into the middle of a block keep it alive. */
#include "spy/alloc.h"

#include <gc.h>

/* The collector hands back NULL, which callers turn into a panic. */
static void *GC_CALLBACK out_of_memory(size_t size) {
    (void)size;
    return NULL;
}

void spy_heap_begin(void) {
    if (GC_is_init_called())
        return;
    /* Its warnings (large blocks, failed growth) mean nothing to users. */
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_oom_fn(out_of_memory);
    /* Collect when as much was allocated as is alive: more memory and less work
       than the default. The collector's own environment variable overrides it. */
    GC_set_free_space_divisor(1);
    GC_INIT();
}

void *spy_heap_alloc(size_t size) {
    return GC_MALLOC(size);
}

void *spy_heap_alloc_atomic(size_t size) {
    return GC_MALLOC_ATOMIC(size);
}

void spy_heap_ignore(void *start, void *end) {
    GC_exclude_static_roots(start, end);
}
