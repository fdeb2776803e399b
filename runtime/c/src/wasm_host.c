/* What hosts of wasm libraries may call besides the functions that programs use: memory that is
   never freed, and access to it. */
#include "spy/alloc.h"

#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)
void *WASM_EXPORT(spy_nogc_alloc)(size_t size);
void WASM_EXPORT(_spy_memcpy)(void *to, void *from, size_t size);
void WASM_EXPORT(_spy_memmove)(void *to, void *from, size_t size);
void WASM_EXPORT(_spy_memset)(void *to, int value, size_t size);
int32_t WASM_EXPORT(_spy_memcmp)(void *a, void *b, size_t size);

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
