#include <cstdint>
#include <cstdio>
#include <unordered_map>

int main() {
    std::unordered_map<int32_t, int32_t> counts;
    int32_t state = 1;
    for (int i = 0; i < 3000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t key = state >> 1;
        auto found = counts.find(key);
        if (found != counts.end())
            found->second++;
        else
            counts.emplace(key, 1);
    }
    int32_t found = 0;
    for (int i = 0; i < 3000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t key = state;
        auto at = counts.find(key);
        if (at != counts.end())
            found += at->second;
    }
    printf("%zu\n%d\n", counts.size(), found);
}
