/* The peer of programs/sieve.spy: an array of bool on the heap. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define LIMIT 2000000
#define ROUNDS 40

static int sieve(bool *flags, int n) {
    for (int i = 0; i < n; i++)
        flags[i] = true;
    int count = 0;
    for (int p = 2; p < n; p++) {
        if (flags[p]) {
            count++;
            for (int m = p + p; m < n; m += p)
                flags[m] = false;
        }
    }
    return count;
}

int main(void) {
    bool *flags = malloc(LIMIT * sizeof(bool));
    if (!flags)
        abort();
    int total = 0;
    for (int r = 0; r < ROUNDS; r++)
        total += sieve(flags, LIMIT);
    printf("%d\n", total);
    free(flags);
    return 0;
}
