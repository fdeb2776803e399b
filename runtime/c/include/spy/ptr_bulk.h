/* Bulk operations of module `unsafe` over pointers of any item type.

   The macros take pointer structs and evaluate each argument once; the
   functions beneath them take addresses, so that code which is not C can use
   them. Counts and indices are in items. Debug builds check everything, release
   builds check nothing (and do nothing for counts below one). */
#ifndef SPY_PTR_BULK_H
#define SPY_PTR_BULK_H

#include "spy/ptr.h"

/* A run of items: `length` of them starting at `p`. */
typedef struct spy_Run {
    void *p;
    ptrdiff_t length; /* 0 in release builds */
} spy_Run;

#ifdef SPY_DEBUG
#  define SPY_BULK_CHECK_(BAD, MESSAGE, POS)                                   \
      do {                                                                     \
          if (SPY_UNLIKELY(BAD))                                               \
              spy_panic_at("PanicError", MESSAGE, POS);                        \
      } while (0)
#else
#  define SPY_BULK_CHECK_(BAD, MESSAGE, POS) ((void)(POS))
#endif

/* Whether [start, end) is not a part of the run. */
SPY_INLINE bool spy_run_lacks(spy_Run r, int32_t start, int32_t end) {
    return start < 0 || end < start || (ptrdiff_t)end > r.length;
}

/* Whether two blocks of `size` bytes share any. */
SPY_INLINE bool spy_blocks_overlap(const void *a, const void *b, size_t size) {
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return size != 0 && (x < y ? y - x : x - y) < size;
}

/* Where item `i` of a run begins; NULL stays NULL. */
SPY_INLINE void *spy_run_at(spy_Run r, int32_t i, size_t item_size) {
    return r.p == NULL ? NULL : (char *)r.p + (ptrdiff_t)i * (ptrdiff_t)item_size;
}

/* Bytes of `n` items; none for a negative count. */
SPY_INLINE size_t spy_bulk_size(int32_t n, size_t item_size) {
    return n > 0 ? (size_t)n * item_size : 0;
}

/* memcmp's sign, as -1, 0 or 1, so that every target agrees on the number. */
SPY_INLINE int32_t spy_compare_blocks(const void *a, const void *b, size_t size) {
    int order = size == 0 ? 0 : memcmp(a, b, size);
    return (order > 0) - (order < 0);
}

SPY_INLINE void spy_bulk_copy(
    spy_Run dst, spy_Run src, int32_t n, size_t item_size, const spy_Pos *pos
) {
    size_t size = spy_bulk_size(n, item_size);
    SPY_BULK_CHECK_(spy_run_lacks(dst, 0, n), "ptr_copy dst out of bounds", pos);
    SPY_BULK_CHECK_(spy_run_lacks(src, 0, n), "ptr_copy src out of bounds", pos);
    SPY_BULK_CHECK_(
        spy_blocks_overlap(dst.p, src.p, size), "ptr_copy regions overlap", pos
    );
    if (size != 0)
        memcpy(dst.p, src.p, size);
}

SPY_INLINE void spy_bulk_move(
    spy_Run dst, spy_Run src, int32_t n, size_t item_size, const spy_Pos *pos
) {
    size_t size = spy_bulk_size(n, item_size);
    SPY_BULK_CHECK_(spy_run_lacks(dst, 0, n), "ptr_move dst out of bounds", pos);
    SPY_BULK_CHECK_(spy_run_lacks(src, 0, n), "ptr_move src out of bounds", pos);
    if (size != 0)
        memmove(dst.p, src.p, size);
}

SPY_INLINE void spy_bulk_setbytes(
    spy_Run dst, uint8_t value, int32_t n, size_t item_size, const spy_Pos *pos
) {
    size_t size = spy_bulk_size(n, item_size);
    SPY_BULK_CHECK_(spy_run_lacks(dst, 0, n), "ptr_setbytes out of bounds", pos);
    if (size != 0)
        memset(dst.p, value, size);
}

SPY_INLINE int32_t spy_bulk_cmp(
    spy_Run a, spy_Run b, int32_t n, size_t item_size, const spy_Pos *pos
) {
    SPY_BULK_CHECK_(spy_run_lacks(a, 0, n), "ptr_cmp a out of bounds", pos);
    SPY_BULK_CHECK_(spy_run_lacks(b, 0, n), "ptr_cmp b out of bounds", pos);
    return spy_compare_blocks(a.p, b.p, spy_bulk_size(n, item_size));
}

SPY_INLINE void spy_bulk_copy_slice(
    spy_Run dst, int32_t ds, int32_t de, spy_Run src, int32_t ss, int32_t se,
    size_t item_size, const spy_Pos *pos
) {
    size_t size = de > ds ? ((size_t)de - (size_t)ds) * item_size : 0;
    void *to = spy_run_at(dst, ds, item_size);
    void *from = spy_run_at(src, ss, item_size);
    (void)se;
    SPY_BULK_CHECK_(
        (int64_t)de - ds != (int64_t)se - ss, "ptr_copy_slice length mismatch", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(dst, ds, de), "ptr_copy_slice dst out of bounds", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(src, ss, se), "ptr_copy_slice src out of bounds", pos
    );
    SPY_BULK_CHECK_(
        spy_blocks_overlap(to, from, size), "ptr_copy_slice regions overlap", pos
    );
    if (size != 0)
        memcpy(to, from, size);
}

SPY_INLINE void spy_bulk_move_slice(
    spy_Run dst, int32_t ds, int32_t de, spy_Run src, int32_t ss, int32_t se,
    size_t item_size, const spy_Pos *pos
) {
    size_t size = de > ds ? ((size_t)de - (size_t)ds) * item_size : 0;
    (void)se;
    SPY_BULK_CHECK_(
        (int64_t)de - ds != (int64_t)se - ss, "ptr_move_slice length mismatch", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(dst, ds, de), "ptr_move_slice dst out of bounds", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(src, ss, se), "ptr_move_slice src out of bounds", pos
    );
    if (size != 0)
        memmove(
            spy_run_at(dst, ds, item_size), spy_run_at(src, ss, item_size), size
        );
}

SPY_INLINE void spy_bulk_setbytes_slice(
    spy_Run dst, int32_t ds, int32_t de, uint8_t value, size_t item_size,
    const spy_Pos *pos
) {
    size_t size = de > ds ? ((size_t)de - (size_t)ds) * item_size : 0;
    SPY_BULK_CHECK_(
        spy_run_lacks(dst, ds, de), "ptr_setbytes_slice out of bounds", pos
    );
    if (size != 0)
        memset(spy_run_at(dst, ds, item_size), value, size);
}

SPY_INLINE int32_t spy_bulk_cmp_slice(
    spy_Run a, int32_t as, int32_t ae, spy_Run b, int32_t bs, int32_t be,
    size_t item_size, const spy_Pos *pos
) {
    size_t size = ae > as ? ((size_t)ae - (size_t)as) * item_size : 0;
    (void)be;
    SPY_BULK_CHECK_(
        (int64_t)ae - as != (int64_t)be - bs, "ptr_cmp_slice length mismatch", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(a, as, ae), "ptr_cmp_slice a out of bounds", pos
    );
    SPY_BULK_CHECK_(
        spy_run_lacks(b, bs, be), "ptr_cmp_slice b out of bounds", pos
    );
    return spy_compare_blocks(
        spy_run_at(a, as, item_size), spy_run_at(b, bs, item_size), size
    );
}

#define SPY_RUN_(X)                                                            \
    __extension__({                                                            \
        __typeof__(X) spy_x_ = (X);                                            \
        (spy_Run){(void *)spy_x_.p, SPY_PTR_LENGTH(spy_x_)};                   \
    })
#define SPY_ITEM_(X) sizeof(*(X).p)

#define spy_ptr_copy(D, S, N, POS)                                             \
    spy_bulk_copy(SPY_RUN_(D), SPY_RUN_(S), (N), SPY_ITEM_(D), (POS))
#define spy_ptr_move(D, S, N, POS)                                             \
    spy_bulk_move(SPY_RUN_(D), SPY_RUN_(S), (N), SPY_ITEM_(D), (POS))
#define spy_ptr_setbytes(D, V, N, POS)                                         \
    spy_bulk_setbytes(SPY_RUN_(D), (V), (N), SPY_ITEM_(D), (POS))
#define spy_ptr_cmp(A, B, N, POS)                                              \
    spy_bulk_cmp(SPY_RUN_(A), SPY_RUN_(B), (N), SPY_ITEM_(A), (POS))

#define spy_ptr_copy_slice(D, DS, DE, S, SS, SE, POS)                          \
    spy_bulk_copy_slice(                                                       \
        SPY_RUN_(D), (DS), (DE), SPY_RUN_(S), (SS), (SE), SPY_ITEM_(D), (POS)  \
    )
#define spy_ptr_move_slice(D, DS, DE, S, SS, SE, POS)                          \
    spy_bulk_move_slice(                                                       \
        SPY_RUN_(D), (DS), (DE), SPY_RUN_(S), (SS), (SE), SPY_ITEM_(D), (POS)  \
    )
#define spy_ptr_setbytes_slice(D, DS, DE, V, POS)                              \
    spy_bulk_setbytes_slice(SPY_RUN_(D), (DS), (DE), (V), SPY_ITEM_(D), (POS))
#define spy_ptr_cmp_slice(A, AS, AE, B, BS, BE, POS)                           \
    spy_bulk_cmp_slice(                                                        \
        SPY_RUN_(A), (AS), (AE), SPY_RUN_(B), (BS), (BE), SPY_ITEM_(A), (POS)  \
    )

#endif
