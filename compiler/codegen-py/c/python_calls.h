/* Calls by table: arguments in, the program's function, the result out. */
#ifndef SPY_PYTHON_CALLS_H
#define SPY_PYTHON_CALLS_H

#include "spy_python_convert.h"

/* A call whose values hold no pointers. */
static inline bool
py_plain_in(const py_Callable *f, PyObject *self, PyObject *const *args, char *values) {
    for (int i = 0; i < f->f.count; i++)
        if (PY_UNLIKELY(py_take(f->params[i].type, args[i], values + f->params[i].at, NULL) < 0)) {
            py_refuse(&f->f, i);
            return false;
        }
    if (f->receiver.type != NULL)
        memcpy(values + f->receiver.at, py_value(self), (size_t)f->receiver.type->size);
    return true;
}

static PyObject *py_simple(const py_Callable *f, PyObject *self, PyObject *const *args) {
    _Alignas(16) char values[PY_PLAIN_SIZE];
    if (!py_plain_in(f, self, args, values))
        return NULL;
    if (f->run != NULL)
        f->run(values);
    return py_give(f->result.type, values + f->result.at);
}

static PyObject *py_plain(const py_Callable *f, PyObject *self, PyObject *const *args) {
    _Alignas(16) char values[PY_PLAIN_SIZE];
    if (!py_plain_in(f, self, args, values))
        return NULL;
    py_Call call;
    call.bottom = __builtin_frame_address(0);
    call.thread = NULL;
    py_begin();
    if (PY_UNLIKELY(PY_CATCH(&call))) {
        py_gil_enter(&call);
        py_raise(&call);
        py_end();
        return NULL;
    }
    py_enter(&call);
    if (PY_RELEASE_GIL && f->bare)
        py_gil_leave(&call);
    f->run(values);
    spy_library_leave();
    py_gil_enter(&call);
    py_end();
    return py_give(f->result.type, values + f->result.at);
}

/* What precedes values in a frame. */
enum { PY_FRAME_HEAD = 16 };

/* The result as an object. An array that was lent is the object that lent it. */
static PyObject *
py_result(const py_Callable *f, PyObject *const *args, char *values, const py_Call *c) {
    const py_Type *type = f->result.type;
    const char *result = values + f->result.at;
    if (type->kind != PY_TYPE_ARRAY)
        return py_out(type, result);
    for (int i = 0; i < f->f.count; i++)
        if (f->params[i].type == type &&
            py_pointer(values + f->params[i].at) == py_pointer(result)) {
            Py_IncRef(args[i]);
            return args[i];
        }
    return py_out_array((const py_ArrayType *)type, result, c);
}

/* A call whose values lie where the collector sees them. */
static PyObject *
py_framed(const py_Callable *f, PyObject *self, PyObject *const *args, Py_buffer *lent) {
    py_begin();
    char *const frame = py_frame_new((size_t)py_program->frame_size);
    if (frame == NULL) {
        py_end();
        return NULL;
    }
    char *const values = frame + PY_FRAME_HEAD;
    py_Call call = {.bottom = __builtin_frame_address(0), .lent = lent};
    py_Call *const c = &call;
    PyObject *volatile result = NULL;
    if (PY_UNLIKELY(PY_CATCH(c))) {
        py_gil_enter(c);
        py_raise(c);
        goto done;
    }
    for (int i = 0; i < f->f.count; i++)
        if (PY_UNLIKELY(py_take(f->params[i].type, args[i], values + f->params[i].at, c) < 0)) {
            py_refuse(&f->f, i);
            goto done;
        }
    if (f->receiver.type != NULL)
        memcpy(values + f->receiver.at, py_value(self), (size_t)f->receiver.type->size);
    if (f->run != NULL) {
        py_enter(c);
        if (PY_RELEASE_GIL && f->bare)
            py_gil_leave(c);
        f->run(values);
        spy_library_leave();
        py_gil_enter(c);
    }
    result = py_result(f, args, values, c);
done:
    for (int i = 0; i < f->f.count; i++)
        if (f->params[i].type->kind == PY_TYPE_ARRAY)
            py_take_back((const py_ArrayType *)f->params[i].type, values + f->params[i].at);
    py_finish(c);
    /* Nothing else of it was written to. */
    py_frame_end(frame, PY_FRAME_HEAD + (size_t)f->size);
    py_end();
    return result;
}

static __attribute__((noinline)) PyObject *
py_lending(const py_Callable *f, PyObject *self, PyObject *const *args) {
    Py_buffer lent[f->lending];
    return py_framed(f, self, args, lent);
}

static PyObject *py_perform(const py_Callable *f, PyObject *self, PyObject *const *args) {
    if (f->plain)
        return f->simple ? py_simple(f, self, args) : py_plain(f, self, args);
    return f->lending > 0 ? py_lending(f, self, args) : py_framed(f, self, args, NULL);
}

/* The same for arguments that have to be sorted by parameter first. */
static __attribute__((noinline)) PyObject *py_call_bound(
    const py_Callable *f, PyObject *self, PyObject *const *args, Py_ssize_t given, PyObject *names
) {
    PyObject *bound[f->f.count + 1];
    if (py_bind(&f->f, args, given, names, bound) < 0)
        return NULL;
    return py_perform(f, self, bound);
}

#endif
