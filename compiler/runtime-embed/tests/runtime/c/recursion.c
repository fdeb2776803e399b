/* recursion N: N nested calls. */
#include "spy.h"

#include <stdlib.h>

static volatile int32_t depth;

static int32_t nested(int32_t n) {
    volatile int32_t here = n;
    depth++;
    if (n == 0)
        return 0;
    return nested(n - 1) + (here != 0);
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    if (argc != 2)
        return 2;
    spy___spy__$_stdout_write(spy_str_from_cstr("before\n"));
    int32_t result = nested(atoi(argv[1]));
    spy___spy__$_stdout_write(spy_builtins$i32$__str__(result));
    spy___spy__$_stdout_write(spy_str_from_cstr("\n"));
    return spy_main_end(0);
}
