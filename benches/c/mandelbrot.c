/* The peer of programs/mandelbrot.spy. */
#include <stdio.h>

#define WIDTH 1200
#define HEIGHT 900
#define MAX_ITER 200

static int escape_time(double cr, double ci) {
    double zr = 0.0, zi = 0.0;
    int n = 0;
    while (n < MAX_ITER && zr * zr + zi * zi <= 4.0) {
        double t = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = t;
        n++;
    }
    return n;
}

int main(void) {
    int inside = 0, total = 0;
    for (int row = 0; row < HEIGHT; row++) {
        double ci = -1.2 + 2.4 * row / (HEIGHT - 1);
        for (int col = 0; col < WIDTH; col++) {
            double cr = -2.2 + 3.2 * col / (WIDTH - 1);
            int n = escape_time(cr, ci);
            total += n;
            if (n == MAX_ITER)
                inside++;
        }
    }
    printf("%d\n%d\n", inside, total);
    return 0;
}
