/* parse TYPE TEXT: prints the text's value. */
#include "spy.h"

static spy_StrObject *parsed(const char *type, spy_StrObject *text) {
    if (strcmp(type, "i8") == 0)
        return spy_builtins$i8$__str__(spy_operator$str_to_i8(text, NULL));
    if (strcmp(type, "u8") == 0)
        return spy_builtins$u8$__str__(spy_operator$str_to_u8(text, NULL));
    if (strcmp(type, "i32") == 0)
        return spy_builtins$i32$__str__(spy_operator$str_to_i32(text, NULL));
    if (strcmp(type, "u32") == 0)
        return spy_builtins$u32$__str__(spy_operator$str_to_u32(text, NULL));
    if (strcmp(type, "i64") == 0)
        return spy_builtins$i64$__str__(spy_operator$str_to_i64(text, NULL));
    if (strcmp(type, "u64") == 0)
        return spy_builtins$u64$__str__(spy_operator$str_to_u64(text, NULL));
    return spy_builtins$complex128$__str__(spy_operator$str_to_complex128(text, NULL));
}

int main(int argc, char **argv) {
    spy_main_begin(argc, argv);
    if (argc != 3)
        return 2;
    spy___spy__$_stdout_write(parsed(argv[1], spy_str_from_cstr(argv[2])));
    return spy_main_end(0);
}
