/* files CASE: works with files in the current folder. */
#include "spy.h"

static const spy_Pos pos = {"prog.spy", 3, "open"};

static void text(const char *s) {
    spy___spy__$_stdout_write(spy_str_from_cstr(s));
}

static void show(spy_StrObject *s) {
    text("[");
    spy___spy__$_stdout_write(s);
    text("]\n");
}

static void number(int32_t n, const char *after) {
    spy___spy__$_stdout_write(spy_builtins$i32$__str__(n));
    text(after);
}

static void yes_or_no(bool b, const char *after) {
    spy___spy__$_stdout_write(spy_builtins$bool$__str__(b));
    text(after);
}

static FILE *opened(const char *name, const char *mode) {
    return spy_posix$_fopen(spy_str_from_cstr(name), spy_str_from_cstr(mode), &pos);
}

static void lines_and_pieces(void) {
    FILE *f = opened("a.txt", "w");
    spy_posix$_fwrite(f, spy_str_from_cstr("first\n"), &pos);
    spy_posix$_fwrite(f, spy_str_from_cstr("second"), &pos);
    spy_posix$_fclose(f);
    f = opened("a.txt", "r");
    show(spy_posix$_freadline(f, &pos));
    show(spy_posix$_freadline(f, &pos));
    show(spy_posix$_freadline(f, &pos));
    spy_posix$_fseek(f, 0, 0, &pos);
    show(spy_posix$_freadall(f, &pos));
    spy_posix$_fseek(f, 0, 0, &pos);
    show(spy_posix$_fread(f, 3, &pos));
    show(spy_posix$_fread(f, 2147483647, &pos));
    show(spy_posix$_fread(f, 0, &pos));
    number(spy_posix$_ftell(f, &pos), " ");
    spy_posix$_fseek(f, -9, 2, &pos);
    number(spy_posix$_ftell(f, &pos), " ");
    show(spy_posix$_freadline(f, &pos));
    spy_posix$_fclose(f);
}

static void appending(void) {
    FILE *f = opened("a.txt", "+a");
    spy_posix$_fwrite(f, spy_str_from_cstr("+"), &pos);
    spy_posix$_fflush(f);
    spy_posix$_fseek(f, 0, 0, &pos);
    show(spy_posix$__freadall_chunked(f, &pos));
    yes_or_no(spy_posix$_fileno(f) > 2, "\n");
    spy_posix$_fclose(f);
}

static void large(void) {
    enum { SIZE = 1000000 };
    spy_StrObject *s = spy_str_alloc(SIZE);
    memset(spy_StrObject_UTF8(s), 'x', SIZE);
    FILE *f = opened("large.txt", "w");
    spy_posix$_fwrite(f, s, &pos);
    spy_posix$_fclose(f);
    f = opened("large.txt", "r");
    number((int32_t)spy_posix$_freadline(f, &pos)->length, " ");
    spy_posix$_fseek(f, 0, 0, &pos);
    spy_StrObject *all = spy_posix$_freadall(f, &pos);
    number(spy_str_eq(all, s) ? (int32_t)all->length : -1, "\n");
    spy_posix$_fclose(f);
}

static void others(void) {
    spy_posix$TerminalSize size = spy_posix$get_terminal_size();
    spy_RawBuffer *rb = spy_rawbuffer$rb_alloc(13);
    number(size.columns, " ");
    number(size.lines, "\n");
    spy_rawbuffer$rb_set_i32(rb, 0, -5);
    spy_rawbuffer$rb_set_f64(rb, 5, 2.5);
    double before = spy_time$time();
    spy_time$sleep(-1);
    spy_time$sleep((double)NAN);
    spy_time$sleep(0.01);
    yes_or_no(
        spy_rawbuffer$rb_get_i32(rb, 0) == -5 && spy_rawbuffer$rb_get_f64(rb, 5) == 2.5,
        " "
    );
    yes_or_no(before > 1.7e9 && spy_time$time() - before < 60, "\n");
}

static void normal(void) {
    lines_and_pieces();
    appending();
    large();
    others();
}

static void failing(const char *name) {
    if (strcmp(name, "mode_empty") == 0)
        opened("a.txt", "+");
    if (strcmp(name, "mode_twice") == 0)
        opened("a.txt", "rw");
    if (strcmp(name, "mode_binary") == 0)
        opened("a.txt", "rb");
    if (strcmp(name, "missing") == 0)
        opened("missing/a.txt", "r");
    if (strcmp(name, "nul") == 0)
        spy_posix$_fopen(spy_str_from_bytes("a\0b", 3), spy_str_from_cstr("w"), &pos);
    if (strcmp(name, "seek") == 0)
        spy_posix$_fseek(opened("a.txt", "w"), -1, 0, &pos);
    if (strcmp(name, "write") == 0)
        spy_posix$_fwrite(opened("/dev/null", "r"), spy_str_from_cstr("x"), &pos);
    if (strcmp(name, "read") == 0)
        spy_posix$_freadall(opened(".", "r"), &pos);
    if (strcmp(name, "line") == 0)
        spy_posix$_freadline(opened(".", "r"), &pos);
    if (strcmp(name, "closed") == 0)
        spy_posix$_ftell(NULL, &pos);
    if (strcmp(name, "full") == 0) {
        FILE *f = opened("/dev/full", "w");
        spy_posix$_fwrite(f, spy_str_from_cstr("x"), &pos);
        spy_posix$_fclose(f);
    }
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "normal") == 0)
        normal();
    else
        failing(argv[1]);
    spy_posix$_fclose(NULL);
    return spy_main_end(0);
}
