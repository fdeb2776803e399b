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

/* Blocks from this size on get pages of their own. All sizes are in bytes. */
#define LARGE_BLOCK 2048
#define PAGE 4096
#define CACHE_LINE 64

/* What the collector adds to a block, at most. */
#define OVERHEAD 16

/* The size of whole pages that hold a large block. */
static size_t in_pages(size_t size) {
    return (size + OVERHEAD + PAGE - 1) / PAGE * PAGE - OVERHEAD;
}

/* Pages start at the same set of a cache, so the same item of many lists, such
   as a column of a matrix, would fight for a few lines. The bytes that rounding
   up to pages leaves over let each block start at another line. */
static void *spread(char *block, size_t size) {
    static size_t turn;
    if (block == NULL)
        return NULL;
    size_t lines = (in_pages(size) - size) / CACHE_LINE + 1;
    return block + turn++ % lines * CACHE_LINE;
}

void *spy_heap_alloc(size_t size) {
    if (size < LARGE_BLOCK)
        return GC_MALLOC(size);
    return spread(GC_MALLOC(in_pages(size)), size);
}

void *spy_heap_alloc_atomic(size_t size) {
    if (size < LARGE_BLOCK)
        return GC_MALLOC_ATOMIC(size);
    return spread(GC_MALLOC_ATOMIC(in_pages(size)), size);
}

static const void *guest;

/* Whether static data of a shared object are looked at. */
static int GC_CALLBACK is_own(const char *file, void *start, size_t size) {
    (void)file;
    return (uintptr_t)guest - (uintptr_t)start < size;
}

void spy_heap_guest(const void *own) {
    guest = own;
    GC_register_has_static_roots_callback(is_own);
}

/* Without threads, the collector knows of one stack: that of the caller. */
void spy_heap_stack(void *bottom) {
    struct GC_stack_base base;
    base.mem_base = bottom;
    GC_set_stackbottom(NULL, &base);
}

void *spy_heap_hold(size_t size) {
    return GC_MALLOC_UNCOLLECTABLE(size);
}

void spy_heap_release(void *block) {
    GC_FREE(block);
}

void spy_heap_ignore(void *start, void *end) {
    GC_exclude_static_roots(start, end);
}

void spy_heap_scan(void *start, void *end) {
    GC_add_roots(start, end);
}
