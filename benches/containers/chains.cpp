#include <cstdint>
#include <cstdio>

struct Node {
    int32_t value;
    Node *next;
};

static Node *chain(int32_t length) {
    Node *head = nullptr;
    for (int32_t i = 0; i < length; i++)
        head = new Node{i, head};
    return head;
}

int main() {
    int64_t total = 0;
    for (int round = 0; round < 10; round++) {
        Node *node = chain(1000000);
        while (node) {
            total += node->value;
            Node *next = node->next;
            delete node;
            node = next;
        }
    }
    printf("%lld\n", (long long)total);
}
