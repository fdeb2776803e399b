#include <cstdint>
#include <cstdio>

struct Point {
    int32_t x, y;
};

struct Holder {
    Point *volatile last;
};

int main() {
    Holder holder = {nullptr};
    int64_t total = 0;
    for (int32_t i = 0; i < 100000000; i++) {
        Point *point = new Point{i & 3, 0};
        delete holder.last;
        holder.last = point;
        total += holder.last->x;
    }
    delete holder.last;
    printf("%lld\n", (long long)total);
}
