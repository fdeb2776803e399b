/* Raw buffers hold numbers only, so the collector need not look inside. */
#include "spy/rawbuffer.h"

spy_RawBuffer *spy_rawbuffer$rb_alloc(int32_t size) {
    if (SPY_UNLIKELY(size < 0))
        spy_panic_at("ValueError", "negative allocation count", NULL);
    size_t bytes = sizeof(spy_RawBuffer) + (size_t)size + 1;
    spy_RawBuffer *rb = spy_gc_alloc_atomic(bytes);
    memset(rb, 0, bytes);
    rb->length = (size_t)size;
    return rb;
}
