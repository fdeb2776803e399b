/* Memory. `gc` memory is collected, `raw` memory lives until the program ends.
   The collector looks for pointers in gc memory, stacks, registers and static
   data, and nowhere else: a gc pointer kept only in raw memory, or in atomic
   gc memory, does not keep its target alive. */
#ifndef SPY_ALLOC_H
#define SPY_ALLOC_H

#include "spy/panic.h"

/* Zeroed blocks of `n` items of `item_size` bytes. A negative `n` and running
   out of memory are panics. Atomic blocks must hold no pointers. */
SPY_ALLOCATES void *spy_gc_alloc_items(int32_t n, size_t item_size, const spy_Pos *pos);
SPY_ALLOCATES void *
spy_gc_alloc_items_atomic(int32_t n, size_t item_size, const spy_Pos *pos);
SPY_ALLOCATES void *spy_raw_alloc_items(int32_t n, size_t item_size, const spy_Pos *pos);

/* A zeroed gc block of one item, never NULL. */
SPY_ALLOCATES void *spy_gc_alloc(size_t size);

/* An atomic gc block, not zeroed, never NULL. */
SPY_ALLOCATES void *spy_gc_alloc_atomic(size_t size);

/* Memory outside the collector, never NULL. Not zeroed. */
SPY_ALLOCATES void *WASM_EXPORT(spy_raw_alloc)(size_t size);

/* The heap itself: implemented once over bdwgc and once over malloc, each in a
   library of its own. Both allocators return NULL when memory runs out. */
void spy_heap_begin(void);
void *spy_heap_alloc(size_t size);        /* zeroed */
void *spy_heap_alloc_atomic(size_t size); /* not zeroed, never scanned */
/* The bytes [start, end) of static data never hold pointers. */
void spy_heap_ignore(void *start, void *end);
/* The bytes [start, end), which are no static data, may hold pointers. */
void spy_heap_scan(void *start, void *end);

/* For extensions of another language's runtime, which share its process. Of all
   static data, only that of the shared object in whose writable data `own` lies
   may hold pointers. */
void spy_heap_guest(const void *own);
/* The part of the stack that may hold pointers begins at `bottom`: the frame of
   whoever calls into SPy. Said before each such call, on the calling thread. */
void spy_heap_stack(void *bottom);
/* A zeroed block that is never freed by itself and is looked at like static
   data, or NULL; and its end. */
void *spy_heap_hold(size_t size);
void spy_heap_release(void *block);

SPY_NORETURN SPY_COLD void spy_panic_out_of_memory(const spy_Pos *pos);

#endif
