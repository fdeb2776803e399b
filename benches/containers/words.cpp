#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_map>

int main() {
    std::unordered_map<std::string, int32_t> counts;
    int32_t state = 1;
    for (int i = 0; i < 1000000; i++) {
        state = (state * 1597 + 51749) & 0xFFFFF;
        int32_t number = state >> 4;
        std::string word = "word" + std::to_string(number);
        counts[word]++;
    }
    int32_t most = 0;
    size_t length = 0;
    for (const auto &[word, count] : counts) {
        length += word.size();
        if (count > most)
            most = count;
    }
    printf("%zu\n%zu\n%d\n", counts.size(), length, most);
}
