#include <cstdio>

struct Tree {
    Tree *left, *right;
};

static Tree *tree(int depth) {
    if (depth == 0)
        return new Tree{nullptr, nullptr};
    Tree *left = tree(depth - 1);
    return new Tree{left, tree(depth - 1)};
}

static int count(const Tree *found) {
    return found->left ? 1 + count(found->left) + count(found->right) : 1;
}

static void forget(Tree *found) {
    if (found->left) {
        forget(found->left);
        forget(found->right);
    }
    delete found;
}

int main() {
    int total = 0;
    for (int i = 0; i < 100; i++) {
        Tree *made = tree(16);
        total += count(made);
        forget(made);
    }
    printf("%d\n", total);
}
