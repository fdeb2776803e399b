/* External definitions of the headers' inline functions, for callers that do
   not come from C and for C compilers that choose not to inline. */
#define SPY_INLINE extern inline
#include "spy.h"
