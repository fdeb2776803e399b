/* The peer of programs/collatz.spy. */
#include <stdint.h>
#include <stdio.h>

#define LIMIT 1500000

static int chain_length(int start) {
    int64_t n = start;
    int steps = 1;
    while (n != 1) {
        if (n % 2 == 0)
            n = n / 2;
        else
            n = 3 * n + 1;
        steps++;
    }
    return steps;
}

int main(void) {
    int best = 0, best_start = 0;
    for (int start = 1; start < LIMIT; start++) {
        int length = chain_length(start);
        if (length > best) {
            best = length;
            best_start = start;
        }
    }
    printf("%d\n%d\n", best_start, best);
    return 0;
}
