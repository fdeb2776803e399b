#include <cstdio>
#include <string>

int main() {
    std::string text;
    for (int i = 0; i < 400000; i++) {
        text += std::to_string(i);
        text += ",";
    }
    printf("%zu\n", text.size());
    size_t total = 0, start = 0;
    for (int i = 0; i < 400000; i++) {
        size_t end = start + std::to_string(i).size();
        total += text.substr(start, end - start).size();
        start = end + 1;
    }
    printf("%zu\n", total);
    int commas = 0;
    for (char c : text) {
        std::string one(1, c);
        if (one == ",")
            commas++;
    }
    printf("%d\n", commas);
}
