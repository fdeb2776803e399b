/* The peer of programs/spectral.spy: arrays on the heap. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define N 3000
#define ROUNDS 5

static double cell(int i, int j) {
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static double *filled(int n, double value) {
    double *result = malloc(n * sizeof(double));
    if (!result)
        abort();
    for (int i = 0; i < n; i++)
        result[i] = value;
    return result;
}

static void times(const double *v, double *out) {
    for (int i = 0; i < N; i++) {
        double total = 0.0;
        for (int j = 0; j < N; j++)
            total += cell(i, j) * v[j];
        out[i] = total;
    }
}

static void times_transposed(const double *v, double *out) {
    for (int i = 0; i < N; i++) {
        double total = 0.0;
        for (int j = 0; j < N; j++)
            total += cell(j, i) * v[j];
        out[i] = total;
    }
}

static double dot(const double *a, const double *b) {
    double total = 0.0;
    for (int i = 0; i < N; i++)
        total += a[i] * b[i];
    return total;
}

int main(void) {
    double *u = filled(N, 1.0);
    double *v = filled(N, 0.0);
    double *t = filled(N, 0.0);
    for (int i = 0; i < ROUNDS; i++) {
        times(u, t);
        times_transposed(t, v);
        times(v, t);
        times_transposed(t, u);
    }
    printf("%.17g\n", sqrt(dot(u, v) / dot(v, v)));
    free(u);
    free(v);
    free(t);
    return 0;
}
