/* How a program ends when something it did is an error. */
#ifndef SPY_PANIC_H
#define SPY_PANIC_H

#include "spy/config.h"

/* A place in SPy source. */
typedef struct spy_Pos {
    const char *file; /* path shown to the user */
    int32_t line;     /* 1-based */
    const char *text; /* that line without its newline, or NULL if unknown */
} spy_Pos;

typedef struct spy_StrObject spy_StrObject;

/* All of these flush standard output, write the error to standard error and
   end the process with status 1. `etype` is a bare name such as "ValueError". */
SPY_NORETURN SPY_COLD void
spy_panic_at(const char *etype, const char *message, const spy_Pos *pos);

/* The same for a message that is a SPy string; NULL means empty. */
SPY_NORETURN SPY_COLD void
spy_panic_str(const char *etype, spy_StrObject *message, const spy_Pos *pos);

/* The same for a position whose text is read from the file, if it can be. */
SPY_NORETURN SPY_COLD void spy_panic(
    const char *etype, const char *message, const char *fname, int32_t lineno
);

/* What the `raise` statement calls. */
SPY_NORETURN SPY_COLD void
spy_operator$raise(const char *etype, spy_StrObject *msg, const spy_Pos *pos);

/* The two ways out of the process. Both live in an object file of their own,
   so that another host can bring its own. `spy_terminate` runs exit handlers;
   `spy_terminate_now` does not, and may be called from a signal handler. */
SPY_NORETURN void spy_terminate(int status);
SPY_NORETURN void spy_terminate_now(int status);

/* Hears of each panic instead of standard error, and does not return: a host
   such as Python goes on elsewhere. `pos` is NULL if the place is unknown. The
   message is not terminated, and lasts as long as the panic's own. */
typedef void spy_PanicHandler(
    const char *etype, const char *message, size_t size, const spy_Pos *pos
);
void spy_panic_handle(spy_PanicHandler *handler);

/* In guests of other programs: panics if the stack of the calling thread, whose
   end the guest says, is too short for one more call. */
#if defined(SPY_GUEST)
extern const char *spy_stack_end;
#  define SPY_GUARD_STACK()                                                    \
      do {                                                                     \
          if (SPY_UNLIKELY((const char *)__builtin_frame_address(0) < spy_stack_end)) \
              spy_panic_at("PanicError", "stack overflow", NULL);              \
      } while (0)
#endif

/* One line on standard error. */
void spy_debug_log(const char *s);
void spy_debug_log_i32(const char *s, int32_t n);

#endif
