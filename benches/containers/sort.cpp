#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
    std::vector<int32_t> items;
    uint32_t state = 1;
    for (int i = 0; i < 2000000; i++) {
        state = (state * 1103515245u + 12345u) & 0x7FFFFFFF;
        items.push_back((int32_t)(state >> 4));
    }
    std::stable_sort(items.begin(), items.end());
    printf("%d\n%d\n%d\n", items[0], items[1000000], items[1999999]);
}
