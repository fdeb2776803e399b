/* Arguments: which parameter each is for, and what is said of those that do not
   fit. */
#ifndef SPY_PYTHON_ARGUMENTS_H
#define SPY_PYTHON_ARGUMENTS_H

#include "spy_python_support.h"

/* ---- binding ---- */

typedef struct {
    const char *name;           /* as errors say it */
    const char *const *params;  /* names */
    PyObject **const *defaults; /* NULL for those that are required */
    int count;
    int required; /* the first ones */
} py_Function;

static PY_COLD int py_too_many(const py_Function *f, Py_ssize_t given) {
    const char *was = given == 1 ? "was" : "were";
    if (f->required < f->count)
        PyErr_Format(
            PyExc_TypeError,
            "%s() takes from %d to %d positional arguments but %zd %s given", f->name,
            f->required, f->count, given, was
        );
    else
        PyErr_Format(
            PyExc_TypeError, "%s() takes %d positional argument%s but %zd %s given",
            f->name, f->count, f->count == 1 ? "" : "s", given, was
        );
    return -1;
}

static PY_COLD int py_missing(const py_Function *f, PyObject **bound) {
    int missing = 0, at = 0;
    for (int i = 0; i < f->required; i++)
        missing += bound[i] == NULL;
    PyObject *names = PyUnicode_FromString("");
    for (int i = 0; i < f->required; i++) {
        if (bound[i] != NULL)
            continue;
        at++;
        const char *gap = at == 1         ? ""
                          : at < missing  ? ", "
                          : missing == 2 ? " and "
                                          : ", and ";
        names = py_join(names, PyUnicode_FromFormat("%s'%s'", gap, f->params[i]));
    }
    if (names == NULL)
        return -1;
    PyErr_Format(
        PyExc_TypeError, "%s() missing %d required positional argument%s: %U", f->name,
        missing, missing == 1 ? "" : "s", names
    );
    Py_DecRef(names);
    return -1;
}

static int
py_bind_name(const py_Function *f, PyObject **bound, PyObject *name, PyObject *value) {
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(name, &size);
    if (text == NULL)
        PyErr_Clear();
    for (int i = 0; text != NULL && i < f->count; i++) {
        if (strlen(f->params[i]) != (size_t)size || memcmp(text, f->params[i], (size_t)size) != 0)
            continue;
        if (bound[i] != NULL) {
            PyErr_Format(
                PyExc_TypeError, "%s() got multiple values for argument '%s'", f->name,
                f->params[i]
            );
            return -1;
        }
        bound[i] = value;
        return 0;
    }
    PyErr_Format(
        PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", f->name, name
    );
    return -1;
}

static int py_bound(const py_Function *f, PyObject **bound, Py_ssize_t given) {
    if (given > f->count)
        return py_too_many(f, given);
    for (int i = 0; i < f->required; i++)
        if (bound[i] == NULL)
            return py_missing(f, bound);
    for (int i = f->required; i < f->count; i++)
        if (bound[i] == NULL)
            bound[i] = *f->defaults[i];
    return 0;
}

/* Sorts arguments by parameter; NULL where none was given. */
static PY_UNUSED int py_bind(
    const py_Function *f, PyObject *const *args, Py_ssize_t given, PyObject *names,
    PyObject **bound
) {
    for (int i = 0; i < f->count; i++)
        bound[i] = i < given ? args[i] : NULL;
    Py_ssize_t named = names != NULL ? PyTuple_Size(names) : 0;
    for (Py_ssize_t i = 0; i < named; i++)
        if (py_bind_name(f, bound, PyTuple_GetItem(names, i), args[given + i]) < 0)
            return -1;
    return py_bound(f, bound, given);
}

/* The same for what constructors get. */
static PY_UNUSED int
py_bind_tuple(const py_Function *f, PyObject *args, PyObject *named, PyObject **bound) {
    Py_ssize_t given = PyTuple_Size(args), at = 0;
    for (int i = 0; i < f->count; i++)
        bound[i] = i < given ? PyTuple_GetItem(args, i) : NULL;
    PyObject *name, *value;
    while (named != NULL && PyDict_Next(named, &at, &name, &value))
        if (py_bind_name(f, bound, name, value) < 0)
            return -1;
    return py_bound(f, bound, given);
}

/* ---- refusals ---- */

/* Why an argument was refused, until it is known where it is. No Python code
   runs in between. */
static struct {
    PyObject *type;
    char path[256];
    char text[256];
} py_wrong;

static PY_COLD int py_fail(PyObject *type, const char *format, ...) {
    va_list more;
    va_start(more, format);
    vsnprintf(py_wrong.text, sizeof py_wrong.text, format, more);
    va_end(more);
    py_wrong.type = type;
    py_wrong.path[0] = '\0';
    return -1;
}

static PY_COLD int py_expected(const char *what, PyObject *o) {
    PyObject *name = PyType_GetName(o->ob_type);
    Py_ssize_t size;
    const char *text = name != NULL ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    PyErr_Clear();
    py_fail(PyExc_TypeError, "expected %s, got %s", what, text != NULL ? text : "?");
    if (name != NULL)
        Py_DecRef(name);
    return -1;
}

/* Notes that what was refused is a part of something. */
static PY_COLD int py_within(const char *part, Py_ssize_t number) {
    if (py_wrong.type == NULL)
        return -1;
    char step[64];
    int length = snprintf(step, sizeof step, "%s %zd: ", part, number);
    size_t old = strlen(py_wrong.path);
    if (length > 0 && (size_t)length + old < sizeof py_wrong.path) {
        memmove(py_wrong.path + length, py_wrong.path, old + 1);
        memcpy(py_wrong.path, step, (size_t)length);
    }
    return -1;
}

static PY_COLD PyObject *py_refuse(const py_Function *f, int param) {
    PyObject *type = py_wrong.type;
    if (type == NULL)
        return NULL;
    py_wrong.type = NULL;
    return PyErr_Format(
        type, "%s() argument '%s': %s%s", f->name, f->params[param], py_wrong.path,
        py_wrong.text
    );
}

#endif
