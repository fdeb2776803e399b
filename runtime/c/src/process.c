/* The beginning and the end of a program.

   A native program gets a deep stack, and a handler for memory faults that runs
   on a stack of its own: running out of stack is then a message and a status
   instead of silence. */
/* sigaltstack belongs to the X/Open extension of POSIX. */
#define _XOPEN_SOURCE 700

#include "spy/process.h"

#include "output.h"
#include "spy/posix.h"

#include <stdlib.h>
#include <unistd.h>

#if defined(SPY_TARGET_NATIVE)
#  include <signal.h>
#  include <sys/resource.h>

/* Linux leaves at least 128 MB below the stack free, so this always fits. */
static const rlim_t STACK_SIZE = (rlim_t)64 << 20;

/* Fallback for limits that cannot be read or mean "as much as there is". */
static const uintptr_t LARGEST_STACK = (uintptr_t)1 << 30;

/* How far a single large frame may overshoot, and what the kernel put above
   the frame of main: arguments and environment. */
static const uintptr_t SLACK = (uintptr_t)16 << 20;

static uintptr_t stack_top;
static uintptr_t stack_size;
static char handler_stack[1 << 16];

static void on_fault(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    bool overflow = at < stack_top && stack_top - at < stack_size + SLACK;
    (void)spy_stdout_drain();
    const char *line = overflow ? "PanicError: stack overflow\n"
                                : "PanicError: invalid memory access\n";
    spy_write_all(STDERR_FILENO, line, strlen(line));
    if (overflow)
        spy_terminate_now(1);
    /* Anything else is a bug of the program: die of the signal as usual. */
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* Grows the stack if that is allowed, and finds out how large it may become. */
static void prepare_stack(uintptr_t top) {
    struct rlimit limit;
    stack_top = top;
    stack_size = LARGEST_STACK;
    if (getrlimit(RLIMIT_STACK, &limit) != 0)
        return;
#  if defined(__linux__)
    rlim_t wanted = limit.rlim_cur;
    if (wanted == RLIM_INFINITY || wanted > LARGEST_STACK)
        wanted = LARGEST_STACK;
    if (wanted < STACK_SIZE)
        wanted = STACK_SIZE;
    if (limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max)
        wanted = limit.rlim_max;
    struct rlimit changed = {wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_STACK, &changed) == 0)
        limit = changed;
#  endif
    if (limit.rlim_cur < LARGEST_STACK)
        stack_size = (uintptr_t)limit.rlim_cur;
}

static void catch_faults(void) {
    stack_t own = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (sigaltstack(&own, NULL) != 0)
        return;
    action.sa_sigaction = on_fault;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}
#endif

#if defined(SPY_TARGET_WASI)
/* WASI has no current folder: a program starts at the root of what its host
   grants. A host that grants the whole tree says in PWD where its user stands. */
static void enter_current_folder(void) {
    const char *folder = getenv("PWD");
    if (folder != NULL)
        (void)chdir(folder);
}
#endif

void spy_library_begin(void) {
    spy_heap_begin();
    spy_stdout_begin();
}

void spy_library_leave(void) {
    spy_stdout_flush();
}

/* What the program was called with. */
static struct {
    int32_t count;
    char **texts;
} arguments;

int32_t spy_posix$_argc(void) {
    return arguments.count;
}

spy_StrObject *spy_posix$_arg(int32_t i) {
    return spy_str_from_cstr(i >= 0 && i < arguments.count ? arguments.texts[i] : "");
}

void spy_main_begin(int argc, char **argv) {
    arguments.count = argc;
    arguments.texts = argv;
    spy_library_begin();
#if defined(SPY_TARGET_WASI)
    enter_current_folder();
#endif
#if defined(SPY_TARGET_NATIVE)
    /* After the heap, which may look for the ends of memory by touching it. */
    prepare_stack((uintptr_t)&argc);
    catch_faults();
#endif
}

int spy_main_end(int status) {
    spy_stdout_flush();
    return status;
}
