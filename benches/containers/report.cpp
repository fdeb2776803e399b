#include <cstdio>
#include <string>

// To a whole number, half to even.
static double rounded(double x) {
    const double shift = 6755399441055744.0;
    return (x + shift) - shift;
}

int main() {
    size_t length = 0;
    double total = 0;
    long long state = 1;
    for (int i = 0; i < 300000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        double x = state / 1024.0 - 300.0;
        char text[64];
        int size = snprintf(text, sizeof text, "%6d %.2f %12.4f", i, x, x * x);
        std::string line(text, size);
        length += line.size();
        total += rounded(x * 10) / 10;
    }
    printf("%zu\n%.1f\n", length, total);
}
