/* The peer of programs/matrix.spy: a matrix is one array. */
#include <stdio.h>
#include <stdlib.h>

#define N 500

static double *matrix(void) {
    double *items = malloc(N * N * sizeof(double));
    if (!items)
        abort();
    return items;
}

static double *filled(int seed) {
    double *items = matrix();
    int state = seed;
    for (int i = 0; i < N * N; i++) {
        state = (state * 211 + 7) % 1009;
        items[i] = (double)state / 1009;
    }
    return items;
}

static double *product(const double *a, const double *b) {
    double *items = matrix();
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double total = 0.0;
            for (int k = 0; k < N; k++)
                total += a[i * N + k] * b[k * N + j];
            items[i * N + j] = total;
        }
    }
    return items;
}

int main(void) {
    double *a = filled(1);
    double *b = filled(2);
    double *ab = product(a, b);
    double *c = product(ab, a);
    double trace = 0.0;
    for (int i = 0; i < N; i++)
        trace += c[i * N + i];
    printf("%.17g\n%.17g\n", trace, c[N + N - 1]);
    free(a);
    free(b);
    free(ab);
    free(c);
    return 0;
}
