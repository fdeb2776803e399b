/* What pointers do when nothing is wrong. */
#include "spy.h"

#include <stdio.h>

static const spy_Pos pos = {"prog.spy", 1, NULL};

SPY_PTR_TYPE(IntPtr, int32_t)
SPY_PTR_FUNCTIONS_ATOMIC(gc, IntPtr, int32_t)

static void show(IntPtr p, int32_t n) {
    for (int32_t i = 0; i < n; i++)
        printf("%d%c", IntPtr$getitem_byval(p, i, &pos), i + 1 < n ? ' ' : '\n');
}

static const char *name(bool b) {
    return b ? "True" : "False";
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    IntPtr p = IntPtr$alloc(4, &pos), none = {0};
    IntPtr last = IntPtr$getitem_byref(p, 3, &pos);
    IntPtr$store(last, 0, 7, &pos);
    show(p, 4);
    printf(
        "%s %s %s %s\n", name(IntPtr$to_bool(p)), name(IntPtr$to_bool(none)),
        name(IntPtr$__ne__(p, last)), name(IntPtr$__eq__(IntPtr$check(p, &pos), p))
    );
    IntPtr many = IntPtr$alloc(8, &pos);
    for (int32_t i = 0; i < 4; i++)
        IntPtr$store(many, i, 5 + i, &pos);
    spy_ptr_copy_slice(many, 4, 8, many, 0, 4, &pos);
    show(many, 8);
    spy_ptr_move_slice(many, 1, 4, many, 0, 3, &pos);
    show(many, 8);
    spy_ptr_setbytes(many, 0, 2, &pos);
    spy_ptr_setbytes_slice(many, 1, 1, 9, &pos);
    show(many, 8);
    spy_ptr_copy(p, many, 4, &pos);
    spy_ptr_move(none, many, 0, &pos);
    printf(
        "%d %d %d %d\n", spy_ptr_cmp(p, many, 4, &pos),
        spy_ptr_cmp_slice(p, 0, 1, many, 2, 3, &pos),
        spy_ptr_cmp_slice(many, 2, 3, p, 0, 1, &pos),
        spy_ptr_cmp_slice(none, 0, 0, p, 4, 4, &pos)
    );
    spy_ptr_setbytes(p, 0, 4, &pos);
    IntPtr$store(p, 1, 9, &pos);
    printf(
        "%d %d\n", IntPtr$deref(IntPtr$getitem_byref(p, 1, &pos), &pos),
        IntPtr$from_addr(p.p + 1).p[0]
    );
    return spy_main_end(0);
}
