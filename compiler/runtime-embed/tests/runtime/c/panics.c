/* panics CASE: prints "before", then does something wrong. */
#include "spy.h"

static const spy_Pos pos = {"dir/prog.spy", 7, "    raise it"};

typedef struct Point Point;
SPY_PTR_TYPE(PointPtr, Point)
SPY_PTR_TYPE(IntPtr, int32_t)
struct Point {
    int32_t x;
    PointPtr next;
};
SPY_PTR_FUNCTIONS(gc, PointPtr, Point)
SPY_PTR_FUNCTIONS_ATOMIC(raw, IntPtr, int32_t)

static const char *wanted;

static bool is(const char *name) {
    return strcmp(wanted, name) == 0;
}

static void arithmetic(int32_t zero) {
    spy_Complex128 one = {1, 0}, none = {0, 0};
    if (is("i32_div"))
        spy_operator$i32_div(1, zero, &pos);
    if (is("i64_floordiv"))
        spy_operator$i64_floordiv(1, zero, &pos);
    if (is("u8_mod"))
        spy_operator$u8_mod(1, (uint8_t)zero, &pos);
    if (is("i32_lshift"))
        spy_operator$i32_lshift(1, zero - 1, &pos);
    if (is("i8_rshift"))
        spy_operator$i8_rshift(1, (int8_t)(zero - 1), &pos);
    if (is("i32_pow"))
        spy_operator$i32_pow(2, zero - 1, &pos);
    if (is("i32_pow_0"))
        spy_operator$i32_pow(zero, zero - 1, &pos);
    if (is("f64_div"))
        spy_operator$f64_div(1, zero, &pos);
    if (is("f32_floordiv"))
        spy_operator$f32_floordiv(1, (float)zero, &pos);
    if (is("f64_mod"))
        spy_operator$f64_mod(1, zero, &pos);
    if (is("f64_pow"))
        spy_operator$f64_pow(zero, -1, &pos);
    if (is("f32_pow"))
        spy_operator$f32_pow(-1, 0.5f, &pos);
    if (is("complex_div"))
        spy_operator$complex128_div(one, none, &pos);
    if (is("unchecked_div"))
        spy_unsafe$i32_unchecked_div(1, zero, &pos);
    if (is("unchecked_floordiv"))
        spy_unsafe$u32_unchecked_floordiv(1, (uint32_t)zero, &pos);
    if (is("unchecked_mod"))
        spy_unsafe$f32_unchecked_mod(1, (float)zero, &pos);
}

static void pointers(void) {
    PointPtr two = PointPtr$alloc(2, &pos), none = {0};
    if (is("getitem"))
        PointPtr$getitem_byval(two, 2, &pos);
    if (is("getitem_negative"))
        PointPtr$getitem_byval(two, -1, &pos);
    if (is("getitem_byref"))
        PointPtr$getitem_byref(PointPtr$getitem_byref(two, 1, &pos), 1, &pos);
    if (is("store"))
        PointPtr$store(two, 2, (Point){1, none}, &pos);
    if (is("null_getitem"))
        PointPtr$getitem_byval(none, 0, &pos);
    if (is("null_field"))
        PointPtr$check(none, &pos);
    if (is("null_deref"))
        PointPtr$deref(none, &pos);
    if (is("alloc_negative"))
        PointPtr$alloc(-1, &pos);
    if (is("alloc_huge"))
        spy_gc_alloc_items(INT32_MAX, SIZE_MAX / 64, &pos);
}

static void bulk(void) {
    IntPtr a = IntPtr$alloc(4, &pos), b = IntPtr$alloc(8, &pos);
    if (is("copy_dst"))
        spy_ptr_copy(a, b, 5, &pos);
    if (is("copy_src"))
        spy_ptr_copy(b, a, 5, &pos);
    if (is("copy_overlap"))
        spy_ptr_copy(a, a, 1, &pos);
    if (is("copy_slice_length"))
        spy_ptr_copy_slice(a, 0, 2, b, 0, 3, &pos);
    if (is("copy_slice_dst"))
        spy_ptr_copy_slice(a, 3, 5, b, 0, 2, &pos);
    if (is("copy_slice_src"))
        spy_ptr_copy_slice(b, 0, 2, a, -1, 1, &pos);
    if (is("copy_slice_overlap"))
        spy_ptr_copy_slice(a, 0, 2, a, 1, 3, &pos);
    if (is("move_src"))
        spy_ptr_move(b, a, 5, &pos);
    if (is("move_slice_dst"))
        spy_ptr_move_slice(a, 4, 5, b, 0, 1, &pos);
    if (is("setbytes"))
        spy_ptr_setbytes(a, 1, -1, &pos);
    if (is("setbytes_slice"))
        spy_ptr_setbytes_slice(a, 2, 1, 0, &pos);
    if (is("cmp_b"))
        spy_ptr_cmp(b, a, 5, &pos);
    if (is("cmp_slice_a"))
        spy_ptr_cmp_slice(a, 2, 5, b, 0, 3, &pos);
}

static void others(void) {
    spy_Pos unknown = {"prog.spy", 1234, NULL};
    if (is("raise"))
        spy_operator$raise("IndexError", spy_str_from_cstr("list index"), &pos);
    if (is("raise_empty"))
        spy_operator$raise("KeyError", NULL, &pos);
    if (is("ord_empty"))
        spy_builtins$_ord_str(spy_str_from_cstr(""), &pos);
    if (is("ord_long"))
        spy_builtins$_ord_str(spy_str_from_cstr("\xc3\xa9!"), &pos);
    if (is("no_text"))
        spy_panic_at("ValueError", "no text", &unknown);
    if (is("no_position"))
        spy_panic_at("ValueError", "no position", NULL);
    if (is("rawbuffer"))
        spy_rawbuffer$rb_get_f64(spy_rawbuffer$rb_alloc(8), 1);
    if (is("panic_missing_file"))
        spy_panic("ValueError", "from C", "missing.spy", 2);
    if (is("panic_file"))
        spy_panic("ValueError", "from C", "there.spy", 2);
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    if (argc != 2)
        return 2;
    wanted = argv[1];
    spy___spy__$_stdout_write(spy_str_from_cstr("before\n"));
    arithmetic(0);
    pointers();
    bulk();
    others();
    return spy_main_end(0);
}
