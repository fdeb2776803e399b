/* What a WebAssembly library shows to its host. */
#ifndef SPY_HOST_STATE_H
#define SPY_HOST_STATE_H

#include "spy/config.h"

#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)

/* Bytes that are allocated before a collection is worth its time. */
#  define SPY_HEAP_PRESSURE ((size_t)4 << 20)

/* Bits of `attention`. */
enum {
    SPY_HOST_FLUSH = 1,  /* standard output waits to be written: `spy_flush` */
    SPY_HOST_COLLECT = 2 /* much was allocated: `spy_host_collect` */
};

/* Hosts read it as words, in this order. */
typedef struct {
    uint32_t attention; /* what the host should do when the call has returned */
    const char *source; /* the line that the last panic is about, or NULL */
} spy_HostState;

extern spy_HostState spy_host;

/* Frees what is not in use. Roots are the static data in [data, data_end), and
   `held`, a block that holds what the host still needs. No call may be running. */
void spy_heap_collect(uintptr_t data, uintptr_t data_end, void *held);

/* The block of collected memory that an address is in: where it starts (the high
   half) and its size in bytes (the low half); 0 if there is none. For hosts that
   follow pointers. */
uint64_t spy_heap_block(uintptr_t address);

#endif
#endif
