/* Raw output, usable from a signal handler: no locks, no allocation. */
#ifndef SPY_SRC_OUTPUT_H
#define SPY_SRC_OUTPUT_H

#include "spy/panic.h"

/* Writes all of it; returns 0, or the errno of the failure. */
int spy_write_all(int fd, const char *data, size_t size);

/* Writes out the buffer of standard output; returns 0 or an errno, after which
   the buffer is empty in either case. */
int spy_stdout_drain(void);

/* The same where the program goes on afterwards: failure ends it. */
void spy_stdout_flush(void);

/* Tells the handler of panics, if there is one, which does not return then. */
void spy_panic_tell(const char *etype, const char *message, const spy_Pos *pos);

/* Appends to standard output's buffer. */
void spy_stdout_append(const char *data, size_t size);

/* Tells the collector what it need not scan. */
void spy_stdout_begin(void);

/* Appends `text` to a line in `out` of `capacity` bytes, as much as fits, and
   returns the new length. */
size_t spy_append(char *out, size_t capacity, size_t length, const char *text);
size_t
spy_append_i32(char *out, size_t capacity, size_t length, int32_t value, int width);

#endif
