/* `bytes`: the same shape as `str`, without the promise of UTF-8. */
#ifndef SPY_BYTES_H
#define SPY_BYTES_H

#include "spy/str.h"

/* The rules of spy_StrObject hold for `data`. */
typedef struct spy_BytesObject {
    size_t length; /* at most INT32_MAX */
    int32_t hash;  /* 0 = not computed yet */
    spy_gc_ptr_u8 data;
} spy_BytesObject;

#define spy_BytesObject_DATA(b) ((b)->data.p)
#define SPY_BYTES_LITERAL(N, S) SPY_STR_LITERAL(N, S)

SPY_PTR_TYPE(spy_unsafe$gc_ptr___bytes$BytesObject, spy_BytesObject)
SPY_PTR_FUNCTIONS(gc, spy_unsafe$gc_ptr___bytes$BytesObject, spy_BytesObject)
#define spy_unsafe$gc_ptr___bytes$BytesObject$NULL                             \
    ((spy_unsafe$gc_ptr___bytes$BytesObject){0})
typedef spy_unsafe$gc_ptr___bytes$BytesObject spy_gc_ptr_BytesObject;

/* Sizes and offsets in bytes, for hosts that read objects in memory. */
typedef struct {
    size_t size;
    size_t length_offset;
    size_t hash_offset;
    size_t data_offset;
} spy_BytesObject_Layout;

spy_BytesObject_Layout WASM_EXPORT(_spy_BytesObject_layout)(void);

/* An object of `length` bytes, whose data the caller fills before anything else. */
spy_BytesObject *WASM_EXPORT(spy_bytes_alloc)(size_t length);
int32_t WASM_EXPORT(spy_bytes_hash)(spy_BytesObject *b);

SPY_INLINE int32_t spy_builtins$bytes$__hash__(spy_BytesObject *b) {
    return spy_bytes_hash(b);
}

SPY_INLINE spy_unsafe$gc_ptr___bytes$BytesObject
spy_unsafe$_bytes_to_BytesObject$impl(spy_BytesObject *b) {
    return SPY_PTR_MAKE(spy_unsafe$gc_ptr___bytes$BytesObject, b, 1);
}

SPY_INLINE spy_BytesObject *
spy_unsafe$_BytesObject_to_bytes$impl(spy_unsafe$gc_ptr___bytes$BytesObject p) {
    return p.p;
}

/* A negative length is a panic that names no position. */
spy_unsafe$gc_ptr___bytes$BytesObject
spy_unsafe$_alloc_BytesObject$impl(int32_t length);

#endif
