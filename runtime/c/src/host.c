/* Programs inside of another process: the compiler runs what it has just made
   without writing a file. */
#include "spy/process.h"

#include "spy/alloc.h"

#if defined(SPY_TARGET_NATIVE)
#  include <signal.h>
#  include <stdlib.h>

void spy_host_run(
    int (*program)(int, char **), int argc, char **argv, void *data, void *data_end
) {
    /* As in a process of its own, where nobody ignores it. */
    signal(SIGPIPE, SIG_DFL);
    spy_heap_begin();
    if (data != data_end)
        spy_heap_scan(data, data_end);
    exit(program(argc, argv));
}
#endif
