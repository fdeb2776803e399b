/* The peer of programs/rows.spy: a matrix is an array of pointers to its rows. */
#include <stdio.h>
#include <stdlib.h>

#define N 500

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (!p)
        abort();
    return p;
}

static double **matrix(void) {
    double **rows = allocate(N * sizeof(double *));
    for (int i = 0; i < N; i++)
        rows[i] = allocate(N * sizeof(double));
    return rows;
}

static void discard(double **rows) {
    for (int i = 0; i < N; i++)
        free(rows[i]);
    free(rows);
}

static double **filled(int seed) {
    double **rows = matrix();
    int state = seed;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            state = (state * 211 + 7) % 1009;
            rows[i][j] = (double)state / 1009;
        }
    }
    return rows;
}

static double **product(double **a, double **b) {
    double **rows = matrix();
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double total = 0.0;
            for (int k = 0; k < N; k++)
                total += a[i][k] * b[k][j];
            rows[i][j] = total;
        }
    }
    return rows;
}

int main(void) {
    double **a = filled(1);
    double **b = filled(2);
    double **ab = product(a, b);
    double **c = product(ab, a);
    double trace = 0.0;
    for (int i = 0; i < N; i++)
        trace += c[i][i];
    printf("%.17g\n%.17g\n", trace, c[1][N - 1]);
    discard(a);
    discard(b);
    discard(ab);
    discard(c);
    return 0;
}
