/* What hosts of wasm libraries may call besides the functions that programs use: memory that is
   never freed, and access to it; memory that is collected; and what there is to do between calls. */
#include "host_state.h"
#include "spy/alloc.h"

#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)
void *WASM_EXPORT(spy_nogc_alloc)(size_t size);
void WASM_EXPORT(_spy_memcpy)(void *to, void *from, size_t size);
void WASM_EXPORT(_spy_memmove)(void *to, void *from, size_t size);
void WASM_EXPORT(_spy_memset)(void *to, int value, size_t size);
int32_t WASM_EXPORT(_spy_memcmp)(void *a, void *b, size_t size);

const spy_HostState *WASM_EXPORT(spy_host_state)(void);
void *WASM_EXPORT(spy_host_alloc)(size_t size);
void *WASM_EXPORT(spy_host_alloc_atomic)(size_t size);
void WASM_EXPORT(spy_host_collect)(void *held);
void WASM_EXPORT(spy_host_recover)(void);

spy_HostState spy_host;

/* Where the stack begins; it grows downwards from there. */
static uintptr_t stack_base;

/* The end of static data, which the linker knows. */
extern char __data_end;

static uintptr_t stack_now(void) {
    uintptr_t top;
    __asm__ volatile(
        ".globaltype __stack_pointer, i32\n"
        "global.get __stack_pointer\n"
        "local.set %0"
        : "=r"(top)
    );
    return top;
}

/* The first call of a host: no other one is running, so the stack is empty. */
const spy_HostState *spy_host_state(void) {
    if (stack_base == 0)
        stack_base = stack_now();
    return &spy_host;
}

/* A block that is collected unless it is held, and may hold pointers. */
void *spy_host_alloc(size_t size) {
    return spy_gc_alloc(size);
}

void *spy_host_alloc_atomic(size_t size) {
    return spy_gc_alloc_atomic(size);
}

void spy_host_collect(void *held) {
    /* The stack is below all static data, or else above. */
    uintptr_t end = (uintptr_t)&__data_end;
    spy_heap_collect(stack_base < end ? stack_base : 1024, end, held);
}

/* After a call that ended in a trap, which left its frames on the stack. */
void spy_host_recover(void) {
    if (stack_base != 0)
        __asm__ volatile(
            ".globaltype __stack_pointer, i32\n"
            "local.get %0\n"
            "global.set __stack_pointer"
            :
            : "r"(stack_base)
        );
}

void *spy_nogc_alloc(size_t size) {
    return spy_raw_alloc(size);
}

void _spy_memcpy(void *to, void *from, size_t size) {
    memcpy(to, from, size);
}

void _spy_memmove(void *to, void *from, size_t size) {
    memmove(to, from, size);
}

void _spy_memset(void *to, int value, size_t size) {
    memset(to, value, size);
}

int32_t _spy_memcmp(void *a, void *b, size_t size) {
    return memcmp(a, b, size);
}
#endif
