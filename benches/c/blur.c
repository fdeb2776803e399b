/* The peer of programs/blur.spy: a picture is one array, row after row. */
#include <stdio.h>
#include <stdlib.h>

#define HEIGHT 600
#define WIDTH 800
#define ROUNDS 150

static double *picture(int height, int width) {
    double *items = calloc((size_t)height * (size_t)width, sizeof(double));
    if (!items)
        abort();
    return items;
}

static double *filled(int height, int width) {
    double *items = picture(height, width);
    int state = 1;
    for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
            state = (state * 211 + 7) % 1009;
            items[i * width + j] = (double)state / 1009;
        }
    }
    return items;
}

static double *blurred(const double *a, const double *kernel, int height, int width) {
    double *out = picture(height, width);
    for (int i = 1; i < height - 1; i++) {
        for (int j = 1; j < width - 1; j++) {
            double total = 0.0;
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 3; x++)
                    total += a[(i + y - 1) * width + j + x - 1] * kernel[y * 3 + x];
            }
            out[i * width + j] = total / 4.5;
        }
    }
    return out;
}

int main(void) {
    double *a = filled(HEIGHT, WIDTH);
    double *kernel = filled(3, 3);
    for (int n = 0; n < ROUNDS; n++) {
        double *next = blurred(a, kernel, HEIGHT, WIDTH);
        free(a);
        a = next;
    }
    printf("%.17g\n%.17g\n", a[HEIGHT / 2 * WIDTH + WIDTH / 2], a[(HEIGHT - 200) * WIDTH + WIDTH - 200]);
    free(a);
    free(kernel);
    return 0;
}
