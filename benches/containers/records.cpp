#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

int main() {
    std::vector<std::unordered_map<std::string, int32_t>> records;
    for (int32_t i = 0; i < 200000; i++)
        records.push_back({{"x", i}, {"y", i + 1}, {"z", 2 * i}});
    int32_t total = 0;
    for (const auto &record : records)
        total += record.at("x") % 7 + record.at("z") % 5;
    printf("%zu\n%d\n", records.size(), total);
}
