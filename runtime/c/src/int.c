/* The parts of integer arithmetic that are too large to inline. */
#include "spy/int.h"

uint64_t spy_pow_wrapping(uint64_t base, uint64_t exponent) {
    uint64_t result = 1;
    while (exponent != 0) {
        if (exponent & 1)
            result *= base;
        base *= base;
        exponent >>= 1;
    }
    return result;
}

void spy_panic_negative_power(bool base_is_zero, const spy_Pos *pos) {
    if (base_is_zero)
        spy_panic_at(
            "ZeroDivisionError", "0 cannot be raised to a negative power", pos
        );
    spy_panic_at("ValueError", "integer ** negative exponent", pos);
}
