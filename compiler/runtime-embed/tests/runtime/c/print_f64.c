/* Prints the f64 whose bits each line of the input gives in hexadecimal. */
#include "spy.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv) {
    uint64_t bits;
    spy_main_begin(argc, argv);
    while (scanf("%" SCNx64, &bits) == 1) {
        double x;
        memcpy(&x, &bits, sizeof x);
        spy___spy__$_stdout_write(spy_builtins$f64$__str__(x));
        spy___spy__$_stdout_write(spy_str_from_cstr("\n"));
    }
    return spy_main_end(0);
}
