/* output N: N numbered lines. */
#include "spy.h"

#include <stdlib.h>

int main(int argc, char **argv) {
    static spy_StrObject line = SPY_STR_LITERAL(5, "line ");
    static spy_StrObject newline = SPY_STR_LITERAL(1, "\n");
    spy_main_begin(argc, argv);
    if (argc != 2)
        return 2;
    int32_t n = atoi(argv[1]);
    for (int32_t i = 0; i < n; i++) {
        spy___spy__$_stdout_write(&line);
        spy___spy__$_stdout_write(spy_builtins$i32$__str__(i));
        spy___spy__$_stdout_write(&newline);
    }
    return spy_main_end(0);
}
