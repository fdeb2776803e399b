/* What every extension has: calls of SPy code, panics, modules. The GIL is held
   in all of it, so static variables are safe wherever no Python code
   runs between two uses of them. */
#ifndef SPY_PYTHON_SUPPORT_H
#define SPY_PYTHON_SUPPORT_H

#include "spy_python_abi.h"
#include "spy_python_frames.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PY_UNUSED __attribute__((unused))
#define PY_COLD __attribute__((cold, noinline, unused))
#define PY_LIKELY(c) __builtin_expect(!!(c), 1)
#define PY_UNLIKELY(c) __builtin_expect(!!(c), 0)
#define PY_NONE (&_Py_NoneStruct)
#define PY_TRUE ((PyObject *)&_Py_TrueStruct)
#define PY_FALSE ((PyObject *)&_Py_FalseStruct)

/* libspy, as spy/panic.h, spy/alloc.h and spy/process.h declare it. */
#ifndef SPY_PANIC_H
typedef struct spy_Pos {
    const char *file;
    int32_t line;
    const char *text;
} spy_Pos;
typedef void spy_PanicHandler(
    const char *etype, const char *message, size_t size, const spy_Pos *pos
);
void spy_panic_handle(spy_PanicHandler *handler);
void *spy_gc_alloc(size_t size);
void *spy_gc_alloc_items(int32_t n, size_t item_size, const spy_Pos *pos);
void *spy_gc_alloc_items_atomic(int32_t n, size_t item_size, const spy_Pos *pos);
void spy_heap_guest(const void *own);
void spy_heap_stack(void *bottom);
void *spy_heap_hold(size_t size);
void spy_heap_release(void *block);
void spy_library_begin(void);
void spy_library_leave(void);
#endif

/* ---- calls ---- */

#if defined(__x86_64__)
/* Saves three words instead of all registers. */
typedef void *py_Jump[5];
#  define PY_CATCH(c) __builtin_setjmp((c)->jump)
#  define PY_THROW(c) __builtin_longjmp((c)->jump, 1)
#else
typedef jmp_buf py_Jump;
#  define PY_CATCH(c) _setjmp((c)->jump)
#  define PY_THROW(c) _longjmp((c)->jump, 1)
#endif

/* What a conversion needs for a while: looked at by the collector, and let go
   when the call ends however it ends. */
typedef struct py_Held {
    struct py_Held *next;
    PyObject *owned;
} py_Held;

/* A call from Python, from its first conversion to its last. */
typedef struct py_Call {
    py_Jump jump;
    void *bottom;
    const char *etype;
    const char *message;
    size_t size;
    const spy_Pos *pos;
    py_Held *held;
    Py_buffer *lent;
    int lent_count;
    PyThreadState *thread; /* if the GIL was let go */
} py_Call;

/* The call that libspy runs for. */
static py_Call *py_active;

/* Where the stack of the thread that runs SPy code ends, and that of each thread. */
const char *spy_stack_end;
static __thread const char *py_stack_end __attribute__((tls_model("initial-exec")));

/* What panics and the collector need. */
#define PY_STACK_RESERVE (128 << 10)

/* Finds the end of this thread's stack; the lowest address if nobody knows. */
static PY_COLD const char *py_find_stack(void) {
    const char *end = (const char *)1;
#if defined(__linux__)
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &start, &size) == 0)
            end = (const char *)start + PY_STACK_RESERVE;
        pthread_attr_destroy(&attributes);
    }
#endif
    return end;
}

/* Before each call of libspy: Python code that ran meanwhile, on this thread or
   on another one, may have called it too. */
static inline PY_UNUSED void py_enter(py_Call *call) {
    py_active = call;
    spy_heap_stack(call->bottom);
    if (PY_UNLIKELY(py_stack_end == NULL))
        py_stack_end = py_find_stack();
    spy_stack_end = py_stack_end;
}

/* Where calls let other threads run (PY_RELEASE_GIL), SPy code has a lock of its
   own. Nobody waits for it with the GIL, so whoever has it can always go on. */
static pthread_mutex_t py_lock PY_UNUSED;

static PY_UNUSED void py_lock_make(void) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&py_lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static PY_UNUSED void py_lock_take(void) {
    if (pthread_mutex_trylock(&py_lock) == 0)
        return;
    PyThreadState *state = PyEval_SaveThread();
    pthread_mutex_lock(&py_lock);
    PyEval_RestoreThread(state);
}

static inline PY_UNUSED void py_begin(void) {
    if (PY_RELEASE_GIL)
        py_lock_take();
}

static inline PY_UNUSED void py_end(void) {
    if (PY_RELEASE_GIL)
        pthread_mutex_unlock(&py_lock);
}

/* Around SPy code that may run without the GIL. */
static inline PY_UNUSED void py_gil_leave(py_Call *call) {
    call->thread = PyEval_SaveThread();
}

static inline PY_UNUSED void py_gil_enter(py_Call *call) {
    PyThreadState *thread = call->thread;
    call->thread = NULL;
    if (thread != NULL)
        PyEval_RestoreThread(thread);
}

/* What is computed from a variable after this line stays after it, and what the variable
   holds is computed before: without it, a call that only computes may move to where
   the GIL is held. */
#define PY_STAY(variable) __asm__ volatile("" : : "r"(&(variable)) : "memory")

static PY_UNUSED void py_on_panic(
    const char *etype, const char *message, size_t size, const spy_Pos *pos
) {
    py_Call *call = py_active;
    call->etype = etype;
    call->message = message;
    call->size = size;
    call->pos = pos;
    if (pos != NULL)
        py_trace_take();
    PY_THROW(call);
}

static PY_UNUSED py_Held *py_hold(py_Call *call, size_t size) {
    py_Held *held = spy_heap_hold(size);
    if (held == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    held->next = call->held;
    call->held = held;
    return held;
}

static PY_UNUSED void py_let_go(py_Call *call) {
    py_Held *held = call->held;
    call->held = held->next;
    PyObject *owned = held->owned;
    spy_heap_release(held);
    if (owned != NULL)
        Py_DecRef(owned);
}

static PY_UNUSED void py_finish(py_Call *call) {
    while (call->held != NULL)
        py_let_go(call);
    while (call->lent_count > 0)
        PyBuffer_Release(&call->lent[--call->lent_count]);
}

/* Values of a call that hold gc pointers. They lie in blocks that the collector
   looks at, whatever thread is running; blocks are used again. */
typedef struct py_Frame {
    struct py_Frame *next;
} py_Frame;

static py_Frame *py_frames;

static PY_UNUSED void *py_frame_new(size_t size) {
    py_Frame *frame = py_frames;
    if (PY_LIKELY(frame != NULL)) {
        py_frames = frame->next;
        frame->next = NULL;
        return frame;
    }
    void *block = spy_heap_hold(size);
    if (block == NULL)
        PyErr_NoMemory();
    return block;
}

static PY_UNUSED void py_frame_end(void *block, size_t size) {
    memset(block, 0, size);
    py_Frame *frame = block;
    frame->next = py_frames;
    py_frames = frame;
}

/* ---- panics as exceptions ---- */

static PyObject *py_panic_error;

/* The built-in exception of that name; NULL without an error if there is none. */
static PyObject *py_exception(const char *name) {
    PyObject *builtins = PyImport_ImportModule("builtins");
    PyObject *found = NULL;
    if (builtins != NULL) {
        found = PyObject_GetAttrString(builtins, name);
        Py_DecRef(builtins);
    }
    if (found != NULL && PyObject_IsSubclass(found, PyExc_Exception) == 1)
        return found;
    PyErr_Clear();
    if (found != NULL)
        Py_DecRef(found);
    return NULL;
}

static PyObject *py_join(PyObject *text, PyObject *more) {
    PyObject *joined = text != NULL && more != NULL ? PyUnicode_Concat(text, more) : NULL;
    if (text != NULL)
        Py_DecRef(text);
    if (more != NULL)
        Py_DecRef(more);
    return joined;
}

/* What was running when it panicked, innermost first: there is room for one call
   more than is shown. */
static PY_COLD int py_running(const spy_Pos *pos, py_Place *calls) {
    if (pos == NULL || pos->file == NULL)
        return 0;
    int count = py_calls(calls, PY_SHOWN + 1);
    const char *function = NULL;
    if (count > 0 && strcmp(calls[0].file, pos->file) == 0)
        function = calls[0].function;
    else if (count == 0)
        count = 1;
    else {
        /* It happened in what no table knows. */
        count -= count > PY_SHOWN;
        memmove(calls + 1, calls, (size_t)count++ * sizeof *calls);
    }
    calls[0] = (py_Place){pos->file, (uint32_t)pos->line, function, pos->text};
    return count;
}

/* Calls as a traceback shows them, outermost first. */
static PY_COLD PyObject *py_shown(const py_Place *calls, int count, bool is_continued) {
    PyObject *text = PyUnicode_FromString(is_continued ? "\n" : "");
    if (count > PY_SHOWN)
        text = py_join(text, PyUnicode_FromString("  ...\n"));
    for (int i = count > PY_SHOWN ? PY_SHOWN - 1 : count - 1; i >= 0; i--) {
        const py_Place *place = &calls[i];
        text = py_join(text, PyUnicode_FromFormat("  File \"%s\"", place->file));
        if (place->line > 0)
            text = py_join(text, PyUnicode_FromFormat(", line %d", (int)place->line));
        if (place->function != NULL)
            text = py_join(text, PyUnicode_FromFormat(", in %s", place->function));
        const char *line = place->text != NULL ? place->text : "";
        line += strspn(line, " \t");
        if (*line != '\0')
            text = py_join(text, PyUnicode_FromFormat("\n    %s", line));
        if (i > 0)
            text = py_join(text, PyUnicode_FromString("\n"));
    }
    return text;
}

/* Raises what the call panicked with. The message, which may lie in gc memory,
   is copied before anything else is made. */
static PY_COLD PyObject *py_raise(py_Call *call) {
    const char *etype = call->etype;
    py_Place calls[PY_SHOWN + 1];
    int count = py_running(call->pos, calls);
    PyObject *text = PyUnicode_DecodeUTF8(call->message, (Py_ssize_t)call->size, "replace");
    PyObject *type = py_exception(etype);
    if (type == NULL) {
        type = py_panic_error;
        Py_IncRef(type);
        if (strcmp(etype, "PanicError") != 0)
            text = py_join(PyUnicode_FromFormat(call->size > 0 ? "%s: " : "%s", etype), text);
    }
    if (count > 0)
        text = py_join(text, py_shown(calls, count, call->size > 0));
    if (text != NULL) {
        PyErr_SetObject(type, text);
        Py_DecRef(text);
    }
    Py_DecRef(type);
    return NULL;
}

/* ---- modules ---- */

/* What CPython calls Py_mod_multiple_interpreters and
   Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED, since 3.12. */
#define PY_MOD_MULTIPLE_INTERPRETERS 3
#define PY_MOD_NOT_SUPPORTED ((void *)0)

static PY_UNUSED int py_refuse_subinterpreter(const char *name) {
    if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0)
        return 0;
    PyErr_Format(
        PyExc_ImportError,
        "module %s does not support loading in subinterpreters: SPy has one heap for each process",
        name
    );
    return -1;
}

/* Makes a type, with `__match_args__` if there are some; these are let go. */
static PY_UNUSED int py_type(PyTypeObject **type, PyType_Spec *spec, PyObject *names) {
    *type = (PyTypeObject *)PyType_FromSpec(spec);
    if (*type == NULL)
        return -1;
    if (names == NULL)
        return PyErr_Occurred() == NULL ? 0 : -1;
    int done = PyObject_SetAttrString((PyObject *)*type, "__match_args__", names);
    Py_DecRef(names);
    return done;
}

/* Makes a module of the same package, which `fill` fills, and adds it to `parent`,
   or to the one of that name. */
static PY_UNUSED int py_submodule(
    PyObject *parent, const char *name, const char *parent_name, const char *last,
    const char *doc, PyMethodDef *methods, int (*fill)(PyObject *, const void *),
    const void *context
) {
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyModule_New(name);
    if (parent == NULL)
        parent = PyDict_GetItemString(modules, parent_name);
    bool done = module != NULL && PyModule_AddFunctions(module, methods) == 0 &&
                (doc == NULL || PyModule_SetDocString(module, doc) == 0) &&
                fill(module, context) == 0 && PyDict_SetItemString(modules, name, module) == 0 &&
                (parent == NULL || PyObject_SetAttrString(parent, last, module) == 0);
    if (module != NULL)
        Py_DecRef(module);
    return done ? 0 : -1;
}

#endif
