/* `complex128`: Python's complex arithmetic. */
#ifndef SPY_COMPLEX_H
#define SPY_COMPLEX_H

#include "spy/panic.h"

typedef struct spy_Complex128 {
    double real;
    double imag;
} spy_Complex128;

spy_Complex128 spy_operator$complex128_div(
    spy_Complex128 a, spy_Complex128 b, const spy_Pos *pos
);

SPY_INLINE spy_Complex128
spy_operator$complex128_add(spy_Complex128 a, spy_Complex128 b) {
    return (spy_Complex128){a.real + b.real, a.imag + b.imag};
}

SPY_INLINE spy_Complex128
spy_operator$complex128_sub(spy_Complex128 a, spy_Complex128 b) {
    return (spy_Complex128){a.real - b.real, a.imag - b.imag};
}

SPY_INLINE spy_Complex128
spy_operator$complex128_mul(spy_Complex128 a, spy_Complex128 b) {
    return (spy_Complex128){
        a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real
    };
}

SPY_INLINE spy_Complex128 spy_operator$complex128_neg(spy_Complex128 a) {
    return (spy_Complex128){-a.real, -a.imag};
}

SPY_INLINE bool
spy_operator$complex128_eq(spy_Complex128 a, spy_Complex128 b) {
    return a.real == b.real && a.imag == b.imag;
}

SPY_INLINE bool
spy_operator$complex128_ne(spy_Complex128 a, spy_Complex128 b) {
    return !(a.real == b.real && a.imag == b.imag);
}

SPY_INLINE double spy_builtins$complex128$__get_real__(spy_Complex128 a) {
    return a.real;
}

SPY_INLINE double spy_builtins$complex128$__get_imag__(spy_Complex128 a) {
    return a.imag;
}

SPY_INLINE spy_Complex128 spy_builtins$complex128$conjugate(spy_Complex128 a) {
    return (spy_Complex128){a.real, -a.imag};
}

#endif
