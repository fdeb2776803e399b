/* Float arithmetic and conversions, one line for each case. */
#include "spy.h"

static spy_Pos pos = {"prog.spy", 1, NULL};

static void text(const char *s) {
    spy___spy__$_stdout_write(spy_str_from_cstr(s));
}

static void f64(double x) {
    spy___spy__$_stdout_write(spy_builtins$f64$__str__(x));
}

static void divide(double a, double b) {
    f64(a);
    text(" // ");
    f64(b);
    text(" = ");
    f64(spy_operator$f64_floordiv(a, b, &pos));
    text(", % ");
    f64(spy_operator$f64_mod(a, b, &pos));
    text("\n");
}

static void power(double a, double b) {
    f64(a);
    text(" ** ");
    f64(b);
    text(" = ");
    f64(spy_operator$f64_pow(a, b, &pos));
    text("\n");
}

static void saturate(double x) {
    f64(x);
    text(": ");
    spy___spy__$_stdout_write(spy_builtins$i8$__str__(spy_operator$f64_to_i8(x)));
    text(" ");
    spy___spy__$_stdout_write(spy_builtins$u8$__str__(spy_operator$f64_to_u8(x)));
    text(" ");
    spy___spy__$_stdout_write(spy_builtins$i32$__str__(spy_operator$f64_to_i32(x)));
    text(" ");
    spy___spy__$_stdout_write(spy_builtins$u32$__str__(spy_operator$f64_to_u32(x)));
    text(" ");
    spy___spy__$_stdout_write(spy_builtins$i64$__str__(spy_operator$f64_to_i64(x)));
    text(" ");
    spy___spy__$_stdout_write(spy_builtins$u64$__str__(spy_operator$f64_to_u64(x)));
    text("\n");
}

static void divisions(void) {
    const double inf = (double)INFINITY;
    divide(6, 0.1);
    divide(-7, 2);
    divide(7, -2);
    divide(-7, -2);
    divide(5, inf);
    divide(-5, inf);
    divide(inf, 1);
    divide(0.0, -3);
    divide(-0.0, 3);
    divide(6, 3);
    divide(1e300, 1e-10);
    text("f32 6.0 // 0.1 = ");
    spy___spy__$_stdout_write(
        spy_builtins$f32$__str__(spy_operator$f32_floordiv(6.0f, 0.1f, &pos))
    );
    text(", % ");
    spy___spy__$_stdout_write(
        spy_builtins$f32$__str__(spy_operator$f32_mod(6.0f, 0.1f, &pos))
    );
    text("\n");
}

static void complexes(void) {
    spy_Complex128 a = {1, 2}, b = {3, -4};
    text("(1+2j)/(3-4j) = ");
    spy___spy__$_stdout_write(
        spy_builtins$complex128$__str__(spy_operator$complex128_div(a, b, &pos))
    );
    text("\n(1+2j)*(3-4j) = ");
    spy___spy__$_stdout_write(
        spy_builtins$complex128$__str__(spy_operator$complex128_mul(a, b))
    );
    text("\n");
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    divisions();
    power(2, 0.5);
    power(-8, 3);
    power(2, -1);
    power(10, 400);
    power(0, 0);
    complexes();
    saturate((double)NAN);
    saturate((double)INFINITY);
    saturate(-(double)INFINITY);
    saturate(-1.9);
    saturate(2147483648.0);
    saturate(-2147483648.9);
    saturate(9223372036854775808.0);
    saturate(-9.3e18);
    saturate(18446744073709551616.0);
    saturate(255.9);
    return spy_main_end(0);
}
