/* stress CASE: allocates far more than it keeps, and checks what it keeps.
   Prints "intact" and the peak of resident memory in KiB. */
#define _XOPEN_SOURCE 700
#include "spy.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static const spy_Pos pos = {"prog.spy", 1, NULL};

typedef struct Node Node;
SPY_PTR_TYPE(NodePtr, Node)
struct Node {
    NodePtr left;
    NodePtr right;
    spy_StrObject *text;
};
SPY_PTR_FUNCTIONS(gc, NodePtr, Node)

static void require(bool ok) {
    if (!ok) {
        printf("broken\n");
        exit(1);
    }
}

static spy_StrObject *joined(spy_StrObject *a, spy_StrObject *b) {
    spy_StrObject *s = spy_str_alloc(a->length + b->length);
    memcpy(spy_StrObject_UTF8(s), spy_StrObject_UTF8(a), a->length);
    memcpy(spy_StrObject_UTF8(s) + a->length, spy_StrObject_UTF8(b), b->length);
    return s;
}

/* A string that grows, beside millions that die young: 2 GB in all. */
static void strings(void) {
    spy_StrObject *comma = spy_str_from_cstr(",");
    for (int round = 0; round < 20; round++) {
        spy_StrObject *all = spy_str_from_cstr("");
        for (int32_t i = 0; i < 5000; i++) {
            all = joined(all, joined(spy_builtins$i32$__str__(i), comma));
            for (int32_t k = 0; k < 20; k++)
                spy_builtins$i64$__str__(i * INT64_C(1000000007) + k);
        }
        require(all->length == 10 + 90 * 2 + 900 * 3 + 4000 * 4 + 5000);
        require(memcmp(spy_StrObject_UTF8(all) + all->length - 6, ",4999,", 6) == 0);
    }
}

static NodePtr tree(int depth) {
    NodePtr node = NodePtr$alloc(1, &pos);
    node.p->text = spy_builtins$i32$__str__(depth);
    if (depth > 0) {
        node.p->left = tree(depth - 1);
        node.p->right = tree(depth - 1);
    }
    return node;
}

static int32_t count(NodePtr node, int depth) {
    if (!NodePtr$to_bool(node))
        return 0;
    require(spy_operator$str_to_i32(node.p->text, &pos) == depth);
    return 1 + count(node.p->left, depth - 1) + count(node.p->right, depth - 1);
}

/* One tree that lives through the making of many. */
static void trees(void) {
    NodePtr kept = tree(12);
    for (int round = 0; round < 200; round++)
        require(count(tree(10), 10) == (1 << 11) - 1);
    require(count(kept, 12) == (1 << 13) - 1);
}

/* Blocks of which nothing but a pointer into the middle is left. */
static void interior(void) {
    enum { KEPT = 64, SIZE = 100 };
    NodePtr holder = NodePtr$alloc(KEPT, &pos);
    for (int round = 0; round < 20000; round++) {
        int slot = round % KEPT;
        spy_gc_ptr_u8 bytes = spy_unsafe$gc_ptr__builtins$u8$alloc(SIZE, &pos);
        memset(bytes.p, slot, SIZE);
        NodePtr nodes = NodePtr$alloc(3, &pos);
        nodes.p[2].text = (spy_StrObject *)(void *)(bytes.p + SIZE - 1);
        holder.p[slot].left = NodePtr$getitem_byref(nodes, 2, &pos);
        for (int k = 0; k < 50; k++)
            tree(1);
    }
    for (int slot = 0; slot < KEPT; slot++) {
        uint8_t *last = (uint8_t *)holder.p[slot].left.p->text;
        for (int i = 0; i < SIZE; i++)
            require(*(last - i) == slot);
    }
}

int main(int argc, char **argv) {
    struct rusage usage;
    spy_main_begin(argc, argv);
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "strings") == 0)
        strings();
    else if (strcmp(argv[1], "trees") == 0)
        trees();
    else
        interior();
    getrusage(RUSAGE_SELF, &usage);
    printf("intact\n%ld\n", usage.ru_maxrss);
    return spy_main_end(0);
}
