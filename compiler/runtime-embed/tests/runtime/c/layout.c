/* Prints sizes and offsets in bytes that hosts rely on. */
#include "spy.h"

#include <stdio.h>

int main(void) {
    spy_StrObject_Layout s = _spy_StrObject_layout();
    spy_BytesObject_Layout b = _spy_BytesObject_layout();
    printf("%zu %zu %zu %zu\n", s.size, s.length_offset, s.hash_offset, s.utf8_offset);
    printf("%zu %zu %zu %zu\n", b.size, b.length_offset, b.hash_offset, b.data_offset);
    printf("%zu %zu\n", sizeof(spy_gc_ptr_u8), offsetof(spy_RawBuffer, buf));
    return 0;
}
