/* Operators of `bool`, ordered False < True. */
#ifndef SPY_BOOLEAN_H
#define SPY_BOOLEAN_H

#include "spy/config.h"

SPY_INLINE bool spy_operator$bool_eq(bool a, bool b) { return a == b; }
SPY_INLINE bool spy_operator$bool_ne(bool a, bool b) { return a != b; }
SPY_INLINE bool spy_operator$bool_and(bool a, bool b) { return a & b; }
SPY_INLINE bool spy_operator$bool_or(bool a, bool b) { return a | b; }
SPY_INLINE bool spy_operator$bool_xor(bool a, bool b) { return a ^ b; }
SPY_INLINE bool spy_operator$bool_lt(bool a, bool b) { return a < b; }
SPY_INLINE bool spy_operator$bool_le(bool a, bool b) { return a <= b; }
SPY_INLINE bool spy_operator$bool_gt(bool a, bool b) { return a > b; }
SPY_INLINE bool spy_operator$bool_ge(bool a, bool b) { return a >= b; }
SPY_INLINE bool spy_operator$bool_not(bool a) { return !a; }

#endif
