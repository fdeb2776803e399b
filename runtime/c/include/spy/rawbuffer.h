/* Module `rawbuffer`: bytes with typed access at byte offsets, in the machine's
   order (little endian on every supported target). */
#ifndef SPY_RAWBUFFER_H
#define SPY_RAWBUFFER_H

#include "spy/alloc.h"

typedef struct spy_RawBuffer {
    size_t length; /* bytes */
    _Alignas(double) char buf[];
} spy_RawBuffer;

spy_RawBuffer *spy_rawbuffer$rb_alloc(int32_t size);

/* `width` bytes at `offset` must lie inside the buffer; it is a panic otherwise,
   which names no position. */
SPY_INLINE char *spy_rawbuffer_at(
    spy_RawBuffer *rb, int32_t offset, size_t width
) {
    if (SPY_UNLIKELY(
            offset < 0 || rb->length < width ||
            (size_t)offset > rb->length - width
        ))
        spy_panic_at("PanicError", "rawbuffer access out of bounds", NULL);
    return rb->buf + offset;
}

#define SPY_RAWBUFFER_(T, C)                                                   \
    SPY_INLINE void spy_rawbuffer$rb_set_##T(                                  \
        spy_RawBuffer *rb, int32_t offset, C v                                 \
    ) {                                                                        \
        memcpy(spy_rawbuffer_at(rb, offset, sizeof v), &v, sizeof v);          \
    }                                                                          \
    SPY_INLINE C spy_rawbuffer$rb_get_##T(                                     \
        spy_RawBuffer *rb, int32_t offset                                      \
    ) {                                                                        \
        C v;                                                                   \
        memcpy(&v, spy_rawbuffer_at(rb, offset, sizeof v), sizeof v);          \
        return v;                                                              \
    }

SPY_RAWBUFFER_(i32, int32_t)
SPY_RAWBUFFER_(f64, double)

#endif
