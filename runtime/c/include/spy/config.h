/* Which build this is, and the few things that differ between compilers.
   Every other header starts from this one; it declares no function. */
#ifndef SPY_CONFIG_H
#define SPY_CONFIG_H

/* clock_gettime, nanosleep, sigaction and fileno; before any system header. */
#if !defined(_POSIX_C_SOURCE) && !defined(__APPLE__)
#  define _POSIX_C_SOURCE 200809L
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Raised whenever a layout, a symbol or a signature below changes. */
#define SPY_ABI_VERSION 1
#define SPY_ABI_MINOR 4

#if defined(SPY_TARGET_NATIVE) + defined(SPY_TARGET_WASI) +                    \
        defined(SPY_TARGET_EMSCRIPTEN) != 1
#  error "define exactly one of SPY_TARGET_NATIVE, SPY_TARGET_WASI, SPY_TARGET_EMSCRIPTEN"
#endif

#if defined(SPY_DEBUG) + defined(SPY_RELEASE) != 1
#  error "define exactly one of SPY_DEBUG, SPY_RELEASE"
#endif

/* The collector is chosen at link time, by the heap library; this macro only
   records the choice. Memory in wasm locals is invisible to a collector, so
   wasm targets do without. */
#if defined(SPY_GC_NONE) && defined(SPY_GC_BDWGC)
#  error "define at most one of SPY_GC_NONE, SPY_GC_BDWGC"
#elif !defined(SPY_GC_NONE) && !defined(SPY_GC_BDWGC)
#  if defined(SPY_TARGET_NATIVE)
#    define SPY_GC_BDWGC 1
#  else
#    define SPY_GC_NONE 1
#  endif
#endif

/* Small functions are `inline` here and get an external definition in
   src/inline.c, so that a code generator that emits no C can call them too. */
#ifndef SPY_INLINE
#  define SPY_INLINE inline
#endif

/* For functions over types that only the program knows. */
#define SPY_STATIC_INLINE static inline __attribute__((unused))

/* Returns the address of memory that nothing else points to. */
#define SPY_ALLOCATES __attribute__((malloc, returns_nonnull))

#define SPY_NORETURN _Noreturn
/* Where calls are told apart by their addresses, two panics are two calls. */
#if defined(SPY_CALL_TABLE) && defined(__clang__) && __has_attribute(nomerge)
#  define SPY_COLD __attribute__((cold, noinline, nomerge))
#else
#  define SPY_COLD __attribute__((cold, noinline))
#endif
#define SPY_LIKELY(c) __builtin_expect(!!(c), 1)
#define SPY_UNLIKELY(c) __builtin_expect(!!(c), 0)

/* A wasm library offers these functions to its host; a program offers none. */
#if defined(SPY_TARGET_NATIVE) || !defined(SPY_LIBRARY)
#  define WASM_EXPORT(name) name
#else
#  define WASM_EXPORT(name) __attribute__((export_name(#name))) name
#endif

#if defined(SPY_TARGET_NATIVE)
/* Using a host import on a native target is an error when it is used. */
#  if defined(__clang__) && __clang_major__ < 14
#    define WASM_IMPORT(name) name
#  else
#    define WASM_IMPORT(name)                                                  \
        __attribute__((error(#name " can only be used in wasm targets"))) name
#  endif
#else
#  define WASM_EXPORT(name) __attribute__((export_name(#name))) name
#  define WASM_IMPORT(name)                                                    \
      __attribute__((import_module("env"), import_name(#name))) name
#endif

#endif
