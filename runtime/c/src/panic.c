/* Panics: the report on standard error and the end of the process. Works
   without allocating, and from a signal handler up to spy_panic itself. */
#include "host_state.h"
#include "output.h"
#include "spy/ptr.h"
#include "spy/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STATUS_PANIC = 1 };

/* Standard error, gathered so that a report is few writes, not one per word. */
typedef struct {
    char text[1024];
    size_t length;
} Report;

static void report_send(Report *r) {
    spy_write_all(STDERR_FILENO, r->text, r->length);
    r->length = 0;
}

static void report_bytes(Report *r, const char *data, size_t size) {
    if (size > sizeof r->text - r->length)
        report_send(r);
    if (size > sizeof r->text) {
        spy_write_all(STDERR_FILENO, data, size);
        return;
    }
    if (size > 0)
        memcpy(r->text + r->length, data, size);
    r->length += size;
}

static void report_text(Report *r, const char *text) {
    report_bytes(r, text, strlen(text));
}

static void report_number(Report *r, int32_t value, int width) {
    char digits[24];
    size_t n = spy_append_i32(digits, sizeof digits, 0, value, width);
    report_bytes(r, digits, n);
}

static void report_position(Report *r, const spy_Pos *pos) {
    report_text(r, "   --> ");
    report_text(r, pos->file != NULL ? pos->file : "<unknown>");
    report_text(r, ":");
    report_number(r, pos->line, 0);
    report_text(r, "\n");
    report_number(r, pos->line, 3);
    report_text(r, " | ");
    report_text(r, pos->text != NULL ? pos->text : "<unable to read source line>");
    report_text(r, "\n    | ");
    size_t carets = pos->text != NULL ? strlen(pos->text) : 1;
    for (size_t i = 0; i < carets; i++)
        report_bytes(r, "^", 1);
    report_text(r, "\n");
}

#if defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY)
/* Its host hears of every panic anyway. */
void spy_panic_handle(spy_PanicHandler *handler) {
    (void)handler;
}

void spy_panic_tell(const char *etype, const char *message, const spy_Pos *pos) {
    (void)etype;
    (void)message;
    (void)pos;
}

/* A library ends in a trap, which has no message: the host is told before. */
void WASM_IMPORT(spy_debug_log)(const char *s);
void WASM_IMPORT(spy_debug_log_i32)(const char *s, int32_t n);
void WASM_IMPORT(spy_debug_set_panic_message)(
    const char *etype, const char *message, const char *fname, int32_t lineno
);

static SPY_NORETURN void
stop(const char *etype, const char *message, size_t size, const spy_Pos *pos) {
    char text[1024];
    if (size > sizeof text - 1)
        size = sizeof text - 1;
    if (size > 0)
        memcpy(text, message, size);
    text[size] = '\0';
    bool known = pos != NULL && pos->file != NULL;
    (void)spy_stdout_drain();
    spy_host.source = known ? pos->text : NULL;
    spy_debug_log(etype);
    spy_debug_log(text);
    spy_debug_set_panic_message(
        etype, text, known ? pos->file : "<unknown>", known ? pos->line : 0
    );
    __builtin_trap();
}
#else
static spy_PanicHandler *panic_handler;

void spy_panic_handle(spy_PanicHandler *handler) {
    panic_handler = handler;
}

void spy_panic_tell(const char *etype, const char *message, const spy_Pos *pos) {
    if (panic_handler != NULL)
        panic_handler(etype, message, strlen(message), pos);
}

static SPY_NORETURN void
stop(const char *etype, const char *message, size_t size, const spy_Pos *pos) {
    static bool stopping;
    if (panic_handler != NULL) {
        (void)spy_stdout_drain();
        panic_handler(etype, message, size, pos);
    }
    /* A panic while panicking: the first report is the one that matters. */
    if (stopping)
        spy_terminate_now(STATUS_PANIC);
    stopping = true;
    (void)spy_stdout_drain();
    Report report;
    report.length = 0;
    report_text(&report, etype);
    report_text(&report, ": ");
    report_bytes(&report, message, size);
    report_text(&report, "\n");
    if (pos != NULL)
        report_position(&report, pos);
    report_send(&report);
    spy_terminate(STATUS_PANIC);
}
#endif

void spy_panic_at(const char *etype, const char *message, const spy_Pos *pos) {
    stop(etype, message, strlen(message), pos);
}

void spy_panic_str(const char *etype, spy_StrObject *message, const spy_Pos *pos) {
    if (message == NULL)
        stop(etype, "", 0, pos);
    stop(etype, spy_StrObject_CHARS(message), message->length, pos);
}

void spy_operator$raise(const char *etype, spy_StrObject *msg, const spy_Pos *pos) {
    spy_panic_str(etype, msg, pos);
}

/* Line `number` of the file, as much as fits; false if there is none. */
static bool read_line(const char *fname, int32_t number, char *out, size_t capacity) {
    FILE *f = fname != NULL ? fopen(fname, "rb") : NULL;
    if (f == NULL)
        return false;
    int32_t line = 1;
    size_t n = 0;
    bool seen = false;
    int c;
    while (line <= number && (c = getc(f)) != EOF) {
        seen = seen || line == number;
        if (c == '\n')
            line++;
        else if (line == number && n + 1 < capacity)
            out[n++] = (char)c;
    }
    fclose(f);
    out[n] = '\0';
    return seen;
}

void spy_panic(
    const char *etype, const char *message, const char *fname, int32_t lineno
) {
    char text[1024];
    bool known = read_line(fname, lineno, text, sizeof text);
    spy_Pos pos = {fname, lineno, known ? text : NULL};
    spy_panic_at(etype, message, &pos);
}

void spy_panic_out_of_memory(const spy_Pos *pos) {
    spy_panic_at("PanicError", "out of memory", pos);
}

void spy_panic_null(const spy_Pos *pos) {
    spy_panic_at("PanicError", "cannot dereference NULL pointer", pos);
}

void spy_panic_bounds(const void *p, const char *message, const spy_Pos *pos) {
    if (p == NULL)
        spy_panic_null(pos);
    spy_panic_at("PanicError", message, pos);
}

#if !(defined(SPY_TARGET_WASI) && defined(SPY_LIBRARY))
void spy_debug_log(const char *s) {
    Report report;
    report.length = 0;
    report_text(&report, s);
    report_text(&report, "\n");
    report_send(&report);
}

void spy_debug_log_i32(const char *s, int32_t n) {
    Report report;
    report.length = 0;
    report_text(&report, s);
    report_text(&report, " ");
    report_number(&report, n, 0);
    report_text(&report, "\n");
    report_send(&report);
}
#endif
