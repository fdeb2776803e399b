/* Standard output has its own buffer rather than stdio's: it can be written out
   from a signal handler, so a stack overflow loses nothing. */
#include "output.h"

#include "host_state.h"
#include "spy/alloc.h"
#include "spy/builtins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 16, STATUS_BROKEN_PIPE = 128 + 13 };

static char buffer[BUFFER_SIZE];
/* Volatile: a signal handler reads it, so it must never run ahead of the data. */
static volatile size_t used;
static bool line_buffered;
static bool prepared;

int spy_write_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int spy_stdout_drain(void) {
    size_t size = used;
    used = 0;
#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)
    spy_host.attention &= ~(uint32_t)SPY_HOST_FLUSH;
#endif
    return spy_write_all(STDOUT_FILENO, buffer, size);
}

/* A reader that went away is no error worth a message: other programs die of
   SIGPIPE then, and so does this one unless its parent ignores that signal. */
static SPY_NORETURN SPY_COLD void stop_after_failure(int error) {
    char line[200];
    /* Room for the ends of a text and of a line. */
    const size_t room = sizeof line - 2;
    size_t n = spy_append(line, room, 0, "OSError: ");
    size_t start = n;
    n = spy_append(line, room, n, "cannot write to standard output: ");
    n = spy_append(line, room, n, strerror(error));
    line[n] = '\0';
    spy_panic_tell("OSError", line + start, NULL);
    if (error == EPIPE)
        spy_terminate_now(STATUS_BROKEN_PIPE);
    n = spy_append(line, sizeof line, n, "\n");
    spy_write_all(STDERR_FILENO, line, n);
    spy_terminate_now(1);
}

void spy_stdout_flush(void) {
    int error = spy_stdout_drain();
    if (SPY_UNLIKELY(error != 0))
        stop_after_failure(error);
}

/* For programs that end without spy_main_end, such as those of another host. */
static void flush_at_exit(void) {
    (void)spy_stdout_drain();
}

static void prepare(void) {
    prepared = true;
#if defined(SPY_LIBRARY)
    /* Nobody tells a library that the process ends. */
    line_buffered = true;
#else
    line_buffered = isatty(STDOUT_FILENO);
#endif
    (void)atexit(flush_at_exit);
}

void spy_stdout_begin(void) {
    spy_heap_ignore(buffer, buffer + BUFFER_SIZE);
}

void spy_stdout_append(const char *data, size_t size) {
    if (SPY_UNLIKELY(!prepared))
        prepare();
    bool ends_line = line_buffered && size > 0 && memchr(data, '\n', size) != NULL;
    if (size > BUFFER_SIZE - used) {
        spy_stdout_flush();
        if (size > BUFFER_SIZE) {
            int error = spy_write_all(STDOUT_FILENO, data, size);
            if (SPY_UNLIKELY(error != 0))
                stop_after_failure(error);
            return;
        }
    }
    if (size > 0)
        memcpy(buffer + used, data, size);
    used = used + size;
    if (ends_line)
        spy_stdout_flush();
#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)
    else if (used > 0)
        spy_host.attention |= SPY_HOST_FLUSH;
#endif
}

void spy___spy__$_stdout_write(spy_StrObject *s) {
    spy_stdout_append(spy_StrObject_CHARS(s), s->length);
}

void spy_flush(void) {
    spy_stdout_flush();
    fflush(stdout);
    fflush(stderr);
}

size_t spy_append(char *out, size_t capacity, size_t length, const char *text) {
    size_t size = strlen(text);
    size_t room = capacity - length;
    if (size > room)
        size = room;
    memcpy(out + length, text, size);
    return length + size;
}

size_t
spy_append_i32(char *out, size_t capacity, size_t length, int32_t value, int width) {
    char digits[16];
    size_t at = sizeof digits - 1;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits[--at] = '-';
    while ((int)(sizeof digits - 1 - at) < width && at > 0)
        digits[--at] = ' ';
    return spy_append(out, capacity, length, digits + at);
}
