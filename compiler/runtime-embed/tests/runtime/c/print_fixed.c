/* Each line of the input gives the bits of an f64 in hexadecimal and a number of
   digits: prints the number with so many digits, and the bits of it rounded. */
#include "spy.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv) {
    uint64_t bits;
    int32_t digits;
    spy_main_begin(argc, argv);
    while (scanf("%" SCNx64 " %" SCNd32, &bits, &digits) == 2) {
        double x, rounded;
        char text[32];
        memcpy(&x, &bits, sizeof x);
        rounded = spy___spy__$_round_digits(x, digits);
        memcpy(&bits, &rounded, sizeof bits);
        snprintf(text, sizeof text, " %" PRIx64 "\n", bits);
        spy___spy__$_stdout_write(spy___spy__$_format_f64(x, false, digits));
        spy___spy__$_stdout_write(spy_str_from_cstr(text));
    }
    return spy_main_end(0);
}
