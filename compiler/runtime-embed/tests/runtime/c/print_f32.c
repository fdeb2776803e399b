/* Prints the f32 whose bits each line of the input gives in hexadecimal. */
#include "spy.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv) {
    uint32_t bits;
    spy_main_begin(argc, argv);
    while (scanf("%" SCNx32, &bits) == 1) {
        float x;
        memcpy(&x, &bits, sizeof x);
        spy___spy__$_stdout_write(spy_builtins$f32$__str__(x));
        spy___spy__$_stdout_write(spy_str_from_cstr("\n"));
    }
    return spy_main_end(0);
}
