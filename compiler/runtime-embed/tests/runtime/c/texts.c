/* Prints one value of each kind, and hashes. */
#include "spy.h"

static spy_StrObject greeting = SPY_STR_LITERAL(5, "hello");
static spy_BytesObject data = SPY_BYTES_LITERAL(5, "hello");

static void write_text(const char *text) {
    spy___spy__$_stdout_write(spy_str_from_cstr(text));
}

static void show(spy_StrObject *s, const char *after) {
    spy___spy__$_stdout_write(s);
    write_text(after);
}

static void show_complex(double real, double imag, const char *after) {
    show(spy_builtins$complex128$__repr__((spy_Complex128){real, imag}), after);
}

static void show_i32(int32_t x, const char *after) {
    show(spy_builtins$i32$__repr__(x), after);
}

static void show_bool(bool x, const char *after) {
    show(spy_builtins$bool$__str__(x), after);
}

static void floats(void) {
    show(spy_builtins$f64$__str__((double)NAN), " ");
    show(spy_builtins$f64$__str__((double)INFINITY), " ");
    show(spy_builtins$f64$__str__(-(double)INFINITY), " ");
    show(spy_builtins$f64$__repr__(0.0), " ");
    show(spy_builtins$f64$__str__(-0.0), " ");
    show(spy_builtins$f32$__str__(NAN), " ");
    show(spy_builtins$f32$__str__(INFINITY), " ");
    show(spy_builtins$f32$__repr__(-INFINITY), "\n");
    show_complex(1, 2, " ");
    show_complex(0, 2, " ");
    show_complex(0, -0.0, " ");
    show_complex(-0.0, -1.5, " ");
    show_complex((double)NAN, (double)INFINITY, " ");
    show_complex(0, -(double)NAN, " ");
    show_complex(1, -0.0, " ");
    show_complex(0, 1e16, "\n");
}

static void integers(void) {
    show_bool(true, " ");
    show(spy_builtins$bool$__repr__(false), " ");
    show_bool(spy___spy__$is_compiled(), "\n");
    show(spy_builtins$i8$__str__(INT8_MIN), " ");
    show(spy_builtins$i8$__str__(INT8_MAX), " ");
    show(spy_builtins$u8$__str__(UINT8_MAX), " ");
    show(spy_builtins$i32$__str__(INT32_MIN), " ");
    show(spy_builtins$u32$__str__(UINT32_MAX), " ");
    show(spy_builtins$i64$__str__(INT64_MIN), " ");
    show(spy_builtins$u64$__str__(UINT64_MAX), " ");
    show(spy_builtins$u64$__str__(0), "\n");
}

static void hashes(void) {
    show_i32(spy_builtins$hash_str(spy_str_from_cstr("")), " ");
    show_i32(spy_builtins$hash_str(spy_str_from_cstr("a")), " ");
    show_i32(spy_builtins$bytes$__hash__(&data), " ");
    show_i32(spy_builtins$hash_i64(-1), " ");
    show_i32(spy_builtins$hash_u32(UINT32_MAX), " ");
    show_i32(spy_builtins$hash_i8(-1), " ");
    show_i32(spy_builtins$hash_u64(UINT64_MAX), "\n");
}

int main(int argc, char **argv) {
    spy_Pos pos = {"prog.spy", 1, NULL};
    uint8_t byte = 255;
    spy_BytesObject *one = spy_bytes_alloc(1);
    spy_main_begin(argc, argv);
    spy_BytesObject_DATA(one)[0] = byte;
    floats();
    integers();
    hashes();
    show_i32(spy_builtins$_ord_str(spy_str_from_cstr("a"), &pos), " ");
    show_i32(spy_builtins$_ord_str(spy_str_from_cstr("\xc3\xa9"), &pos), " ");
    show_i32(spy_builtins$_ord_str(spy_str_from_cstr("\xf0\x9f\x98\x80"), &pos), " ");
    show_i32(spy_builtins$_ord_bytes(one, &pos), "\n");
    show_bool(spy_operator$str_eq(&greeting, spy_str_from_cstr("hello")), " ");
    show_bool(spy_operator$str_eq(&greeting, spy_str_from_cstr("hellp")), " ");
    show_bool(spy_operator$str_ne(&greeting, spy_str_from_cstr("hell")), " ");
    show_bool(spy_operator$str_ne(&greeting, &greeting), "\n");
    return spy_main_end(0);
}
