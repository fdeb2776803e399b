/* raw_ptr[T], gc_ptr[T] and their refs.

   A checked pointer (SPY_DEBUG) knows how many items it may reach; a release
   pointer is a C pointer in a struct. Both are zero when NULL. The program
   emits, for each pointer type PTR to items T,

       SPY_PTR_TYPE(PTR, T)              while T may still be incomplete
       SPY_PTR_FUNCTIONS(gc, PTR, T)     once T is complete, or
       SPY_PTR_FUNCTIONS_ATOMIC(gc, ..)  when T holds no pointers.  */
#ifndef SPY_PTR_H
#define SPY_PTR_H

#include "spy/alloc.h"

/* Index checks of SPy pointers; `length` counts items. They do nothing in
   release builds. */
SPY_NORETURN SPY_COLD void spy_panic_null(const spy_Pos *pos);
SPY_NORETURN SPY_COLD void
spy_panic_bounds(const void *p, const char *message, const spy_Pos *pos);

#ifdef SPY_DEBUG
#  define SPY_PTR_TYPE(PTR, T)                                                 \
      typedef struct PTR {                                                     \
          T *p;                                                                \
          ptrdiff_t length;                                                    \
      } PTR;
#  define SPY_PTR_MAKE(PTR, P, N) ((PTR){(P), (N)})
#  define SPY_PTR_LENGTH(X) ((X).length)
#  define SPY_PTR_SAME(A, B) ((A).p == (B).p && (A).length == (B).length)
#  define SPY_PTR_CHECK_NULL(X, POS)                                           \
      do {                                                                     \
          if (SPY_UNLIKELY((X).p == NULL))                                     \
              spy_panic_null(POS);                                             \
      } while (0)
/* One comparison catches NULL (length 0), negative and too large indices. */
#  define SPY_PTR_CHECK_INDEX(X, I, MESSAGE, POS)                              \
      do {                                                                     \
          if (SPY_UNLIKELY((size_t)(ptrdiff_t)(I) >= (size_t)(X).length))      \
              spy_panic_bounds((X).p, MESSAGE, POS);                           \
      } while (0)
#else
#  define SPY_PTR_TYPE(PTR, T)                                                 \
      typedef struct PTR {                                                     \
          T *p;                                                                \
      } PTR;
#  define SPY_PTR_MAKE(PTR, P, N) ((void)(N), (PTR){(P)})
#  define SPY_PTR_LENGTH(X) ((void)(X), (ptrdiff_t)0)
#  define SPY_PTR_SAME(A, B) ((A).p == (B).p)
#  define SPY_PTR_CHECK_NULL(X, POS) ((void)(X), (void)(POS))
#  define SPY_PTR_CHECK_INDEX(X, I, MESSAGE, POS)                              \
      ((void)(X), (void)(I), (void)(POS))
#endif

#define SPY_PTR_FUNCTIONS(KIND, PTR, T)                                        \
    SPY_PTR_ALLOC_(spy_##KIND##_alloc_items, PTR, T)                           \
    SPY_PTR_ACCESS_(PTR, T)

#define SPY_PTR_FUNCTIONS_ATOMIC(KIND, PTR, T)                                 \
    SPY_PTR_ALLOC_(SPY_ALLOC_ATOMIC_##KIND, PTR, T)                            \
    SPY_PTR_ACCESS_(PTR, T)

#define SPY_ALLOC_ATOMIC_gc spy_gc_alloc_items_atomic
#define SPY_ALLOC_ATOMIC_raw spy_raw_alloc_items

#define SPY_PTR_ALLOC_(ALLOC, PTR, T)                                          \
    SPY_STATIC_INLINE PTR PTR##$alloc(int32_t n, const spy_Pos *pos) {         \
        return SPY_PTR_MAKE(PTR, (T *)ALLOC(n, sizeof(T), pos), n);            \
    }

/* Items that take no room, of which there is one value. */
#define SPY_PTR_FUNCTIONS_NOTHING(KIND, PTR)                                   \
    SPY_PTR_ALLOC_(SPY_ALLOC_ATOMIC_##KIND, PTR, char)                         \
    SPY_PTR_PLACES_(PTR, char)                                                 \
    SPY_STATIC_INLINE void PTR##$deref(PTR p, const spy_Pos *pos) {            \
        SPY_PTR_CHECK_NULL(p, pos);                                            \
    }                                                                          \
    SPY_STATIC_INLINE void PTR##$getitem_byval(                                \
        PTR p, ptrdiff_t i, const spy_Pos *pos                                 \
    ) {                                                                        \
        SPY_PTR_CHECK_INDEX(p, i, "ptr_getitem out of bounds", pos);           \
    }                                                                          \
    SPY_STATIC_INLINE void PTR##$store(                                        \
        PTR p, ptrdiff_t i, const spy_Pos *pos                                 \
    ) {                                                                        \
        SPY_PTR_CHECK_INDEX(p, i, "ptr_store out of bounds", pos);             \
    }

#define SPY_PTR_ACCESS_(PTR, T)                                                \
    SPY_PTR_PLACES_(PTR, T)                                                    \
    SPY_STATIC_INLINE T PTR##$deref(PTR p, const spy_Pos *pos) {               \
        SPY_PTR_CHECK_NULL(p, pos);                                            \
        return *p.p;                                                           \
    }                                                                          \
    SPY_STATIC_INLINE T PTR##$getitem_byval(                                   \
        PTR p, ptrdiff_t i, const spy_Pos *pos                                 \
    ) {                                                                        \
        SPY_PTR_CHECK_INDEX(p, i, "ptr_getitem out of bounds", pos);           \
        return p.p[i];                                                         \
    }                                                                          \
    SPY_STATIC_INLINE void PTR##$store(                                        \
        PTR p, ptrdiff_t i, T v, const spy_Pos *pos                            \
    ) {                                                                        \
        SPY_PTR_CHECK_INDEX(p, i, "ptr_store out of bounds", pos);             \
        p.p[i] = v;                                                            \
    }

#define SPY_PTR_PLACES_(PTR, T)                                                \
    SPY_STATIC_INLINE PTR PTR##$from_addr(T *p) {                              \
        return SPY_PTR_MAKE(PTR, p, 1);                                        \
    }                                                                          \
    SPY_STATIC_INLINE PTR PTR##$check(PTR p, const spy_Pos *pos) {             \
        SPY_PTR_CHECK_NULL(p, pos);                                            \
        return p;                                                              \
    }                                                                          \
    SPY_STATIC_INLINE PTR PTR##$getitem_byref(                                 \
        PTR p, ptrdiff_t i, const spy_Pos *pos                                 \
    ) {                                                                        \
        SPY_PTR_CHECK_INDEX(p, i, "ptr_getitem out of bounds", pos);           \
        return SPY_PTR_MAKE(PTR, p.p + i, 1);                                  \
    }                                                                          \
    SPY_STATIC_INLINE bool PTR##$__eq__(PTR a, PTR b) {                        \
        return SPY_PTR_SAME(a, b);                                             \
    }                                                                          \
    SPY_STATIC_INLINE bool PTR##$__ne__(PTR a, PTR b) {                        \
        return !SPY_PTR_SAME(a, b);                                            \
    }                                                                          \
    SPY_STATIC_INLINE bool PTR##$to_bool(PTR p) {                              \
        return p.p != NULL;                                                    \
    }

/* The pointer types that libspy's own objects contain. */
SPY_PTR_TYPE(spy_unsafe$gc_ptr__builtins$u8, uint8_t)
SPY_PTR_FUNCTIONS_ATOMIC(gc, spy_unsafe$gc_ptr__builtins$u8, uint8_t)
#define spy_unsafe$gc_ptr__builtins$u8$NULL                                    \
    ((spy_unsafe$gc_ptr__builtins$u8){0})
typedef spy_unsafe$gc_ptr__builtins$u8 spy_gc_ptr_u8;

#endif
