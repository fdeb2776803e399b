#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
    int64_t total = 0;
    for (int round = 0; round < 3; round++) {
        std::vector<int32_t> items;
        for (int i = 0; i < 10000000; i++)
            items.push_back(i % 1000 + round);
        for (size_t i = 0; i < items.size(); i++)
            total += items[i];
    }
    printf("%lld\n", (long long)total);
}
