/* Conversions of what is no container, and arrays, which are lent. */
#ifndef SPY_PYTHON_VALUES_H
#define SPY_PYTHON_VALUES_H

#include "spy_python_arguments.h"

/* ---- values in ---- */

static inline PY_UNUSED bool py_is(PyObject *o, unsigned long subclass) {
    return (PyType_GetFlags(o->ob_type) & subclass) != 0;
}

/* The integer that an object stands for, as Python's own; NULL after refusal. */
static PyObject *py_index(PyObject *o) {
    PyErr_Clear();
    if (!PyIndex_Check(o)) {
        py_expected("int", o);
        return NULL;
    }
    return PyNumber_Index(o);
}

static PY_COLD int
py_in_far(PyObject *o, long long *out, long long min, long long max, const char *type) {
    PyObject *index = py_index(o);
    if (index == NULL)
        return -1;
    long long v = PyLong_AsLongLong(index);
    bool failed = v == -1 && PyErr_Occurred() != NULL;
    Py_DecRef(index);
    if (failed || v < min || v > max) {
        PyErr_Clear();
        return py_fail(PyExc_OverflowError, "int out of range for %s", type);
    }
    *out = v;
    return 0;
}

/* What is in range and not -1, which may be an error, is done at once. */
#define PY_INTEGER(NAME, T, MIN, MAX)                                          \
    static inline PY_UNUSED int py_in_##NAME(PyObject *o, T *out, py_Call *c) {\
        (void)c;                                                               \
        long long v = PyLong_AsLongLong(o);                                    \
        if (PY_UNLIKELY(v == -1 || v < (MIN) || v > (MAX)) &&                  \
            (v != -1 || (MIN) == 0 || PyErr_Occurred() != NULL) &&             \
            py_in_far(o, &v, (MIN), (MAX), #NAME) < 0)                         \
            return -1;                                                         \
        *out = (T)v;                                                           \
        return 0;                                                              \
    }                                                                          \
    static inline PY_UNUSED PyObject *py_out_##NAME(const T *v) {              \
        return PyLong_FromLong(*v);                                            \
    }
PY_INTEGER(i8, int8_t, INT8_MIN, INT8_MAX)
PY_INTEGER(u8, uint8_t, 0, UINT8_MAX)
PY_INTEGER(i16, int16_t, INT16_MIN, INT16_MAX)
PY_INTEGER(u16, uint16_t, 0, UINT16_MAX)
PY_INTEGER(i32, int32_t, INT32_MIN, INT32_MAX)

static inline PY_UNUSED int py_in_u32(PyObject *o, uint32_t *out, py_Call *c) {
    (void)c;
    long long v = PyLong_AsLongLong(o);
    if (PY_UNLIKELY(v < 0 || v > UINT32_MAX) && py_in_far(o, &v, 0, UINT32_MAX, "u32") < 0)
        return -1;
    *out = (uint32_t)v;
    return 0;
}

static inline PY_UNUSED int py_in_i64(PyObject *o, int64_t *out, py_Call *c) {
    (void)c;
    long long v = PyLong_AsLongLong(o);
    if (PY_UNLIKELY(v == -1) && PyErr_Occurred() != NULL &&
        py_in_far(o, &v, INT64_MIN, INT64_MAX, "i64") < 0)
        return -1;
    *out = v;
    return 0;
}

static PY_UNUSED int py_in_u64(PyObject *o, uint64_t *out, py_Call *c) {
    (void)c;
    if (PY_LIKELY(o->ob_type == &PyLong_Type)) {
        Py_IncRef(o);
    } else if ((o = py_index(o)) == NULL) {
        return -1;
    }
    unsigned long long v = PyLong_AsUnsignedLongLong(o);
    Py_DecRef(o);
    if (PY_UNLIKELY(v == UINT64_MAX) && PyErr_Occurred() != NULL) {
        PyErr_Clear();
        return py_fail(PyExc_OverflowError, "int out of range for u64");
    }
    *out = v;
    return 0;
}

static PY_COLD int py_no_float(PyObject *o, const char *what) {
    if (py_is(o, Py_TPFLAGS_LONG_SUBCLASS) && PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        return py_fail(PyExc_OverflowError, "int too large for f64");
    }
    /* Asking for an attribute forgets what is raised. */
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyIndex_Check(o) || PyObject_HasAttrString((PyObject *)o->ob_type, "__float__")) {
        PyErr_Restore(type, value, traceback);
        return -1;
    }
    PyErr_Restore(type, value, traceback);
    PyErr_Clear();
    return py_expected(what, o);
}

static inline PY_UNUSED int py_in_f64(PyObject *o, double *out, py_Call *c) {
    (void)c;
    double v = PyFloat_AsDouble(o);
    if (PY_UNLIKELY(v == -1.0) && PyErr_Occurred() != NULL)
        return py_no_float(o, "float");
    *out = v;
    return 0;
}

static PY_UNUSED int py_in_f32(PyObject *o, float *out, py_Call *c) {
    double v;
    if (py_in_f64(o, &v, c) < 0)
        return -1;
    *out = (float)v;
    if (PY_UNLIKELY(isinf(*out) && !isinf(v)))
        return py_fail(PyExc_OverflowError, "float out of range for f32");
    return 0;
}

static PY_UNUSED int py_in_complex128(PyObject *o, spy_Complex128 *out, py_Call *c) {
    (void)c;
    PyObject *made = NULL;
    bool is_complex = o->ob_type == &PyComplex_Type ||
                      PyObject_IsSubclass((PyObject *)o->ob_type, (PyObject *)&PyComplex_Type) == 1;
    if (!is_complex && PyObject_HasAttrString((PyObject *)o->ob_type, "__complex__")) {
        o = made = PyObject_CallFunctionObjArgs((PyObject *)&PyComplex_Type, o, NULL);
        if (made == NULL)
            return -1;
        is_complex = true;
    }
    if (is_complex) {
        out->real = PyComplex_RealAsDouble(o);
        out->imag = PyComplex_ImagAsDouble(o);
        if (made != NULL)
            Py_DecRef(made);
        return 0;
    }
    double v = PyFloat_AsDouble(o);
    if (v == -1.0 && PyErr_Occurred() != NULL)
        return py_no_float(o, "complex");
    out->real = v;
    out->imag = 0.0;
    return 0;
}

static inline PY_UNUSED int py_in_bool(PyObject *o, bool *out, py_Call *c) {
    (void)c;
    if (PY_UNLIKELY(o != PY_TRUE && o != PY_FALSE))
        return py_expected("bool", o);
    *out = o == PY_TRUE;
    return 0;
}

static inline PY_UNUSED int py_in_none(PyObject *o) {
    return PY_LIKELY(o == PY_NONE) ? 0 : py_expected("None", o);
}

static PY_UNUSED int py_in_str(PyObject *o, spy_StrObject **out, py_Call *c) {
    if (PY_UNLIKELY(!py_is(o, Py_TPFLAGS_UNICODE_SUBCLASS)))
        return py_expected("str", o);
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(o, &size);
    if (text == NULL)
        return -1;
    if (size > INT32_MAX)
        return py_fail(PyExc_OverflowError, "str is too long");
    py_enter(c);
    *out = spy_str_from_bytes(text, (size_t)size);
    return 0;
}

static int
py_bytes_copy(const void *data, Py_ssize_t size, spy_BytesObject **out, py_Call *c) {
    if (size > INT32_MAX)
        return py_fail(PyExc_OverflowError, "bytes is too long");
    py_enter(c);
    *out = spy_bytes_alloc((size_t)size);
    if (size > 0)
        memcpy((*out)->data.p, data, (size_t)size);
    return 0;
}

static PY_UNUSED int py_in_bytes(PyObject *o, spy_BytesObject **out, py_Call *c) {
    if (PY_LIKELY(py_is(o, Py_TPFLAGS_BYTES_SUBCLASS))) {
        char *data;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(o, &data, &size) < 0)
            return -1;
        return py_bytes_copy(data, size, out, c);
    }
    if (o->ob_type != &PyMemoryView_Type &&
        PyObject_IsSubclass((PyObject *)o->ob_type, (PyObject *)&PyByteArray_Type) != 1)
        return py_expected("bytes", o);
    Py_buffer view;
    if (PyObject_GetBuffer(o, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        return py_expected("bytes", o);
    }
    int done = py_bytes_copy(view.buf, view.len, out, c);
    PyBuffer_Release(&view);
    return done;
}

/* ---- arrays ---- */

/* What a format of one item is: signed, unsigned, bool, float or complex; 0 if it
   is anything else, or of the other byte order. */
static PY_UNUSED char py_kind(const char *format) {
    const uint16_t probe = 1;
    char own = *(const char *)&probe ? '<' : '>';
    if (*format == '@' || *format == '=' || *format == own)
        format++;
    if (*format == 'Z' && (format[1] == 'd' || format[1] == 'f') && format[2] == '\0')
        return 'c';
    if (*format == '\0' || format[1] != '\0')
        return 0;
    return strchr("bhilqn", *format)   ? 'i'
           : strchr("BHILQN", *format) ? 'u'
           : *format == '?'            ? '?'
           : strchr("fd", *format)     ? 'f'
                                       : 0;
}

static PY_UNUSED bool py_is_big(const Py_buffer *view) {
    Py_ssize_t items = 1;
    for (int i = 0; i < view->ndim; i++) {
        if (view->shape[i] > INT32_MAX || (items > 0 && view->shape[i] > INT32_MAX / items))
            return true;
        items *= view->shape[i];
    }
    return false;
}

/* Asks for a buffer of `ndim` dimensions with items of a kind and size; it is
   the call's until that ends. NULL after refusal. */
static PY_UNUSED Py_buffer *py_lend(
    PyObject *o, py_Call *c, char kind, Py_ssize_t size, int ndim, const char *type
) {
    if (!PyObject_CheckBuffer(o)) {
        py_expected("a buffer", o);
        return NULL;
    }
    Py_buffer *view = &c->lent[c->lent_count];
    if (PyObject_GetBuffer(o, view, PyBUF_FULL_RO) < 0)
        return NULL;
    c->lent_count++;
    const char *format = view->format != NULL ? view->format : "B";
    if (view->itemsize != size || py_kind(format) != kind)
        py_fail(PyExc_TypeError, "expected items of type %s, got format '%.40s'", type, format);
    else if (view->ndim != ndim)
        py_fail(
            PyExc_ValueError, "expected %d dimension%s, got %d", ndim, ndim == 1 ? "" : "s",
            view->ndim
        );
    else if (view->suboffsets != NULL || !PyBuffer_IsContiguous(view, 'C'))
        py_fail(PyExc_ValueError, "buffer is not C-contiguous");
    else if (view->readonly)
        py_fail(PyExc_ValueError, "buffer is read-only");
    else if (py_is_big(view))
        py_fail(PyExc_ValueError, "array is too big");
    else
        return view;
    return NULL;
}

/* An array that SPy made, for as long as Python looks at it. */
typedef struct {
    PyObject head;
    void *kept; /* a held block, which holds the items or points to them */
    void *items;
    const char *format;
    Py_ssize_t item_size;
    int ndim;
    Py_ssize_t shape[3];
    Py_ssize_t strides[3];
} py_Array;

static PyTypeObject *py_array_type;

static PY_UNUSED int py_array_buffer(PyObject *self, Py_buffer *view, int flags) {
    py_Array *array = (py_Array *)self;
    Py_ssize_t size = array->item_size;
    for (int i = 0; i < array->ndim; i++)
        size *= array->shape[i];
    Py_IncRef(self);
    *view = (Py_buffer){
        .buf = array->items,
        .obj = self,
        .len = size,
        .itemsize = array->item_size,
        .ndim = array->ndim,
        .format = (flags & PyBUF_FORMAT) ? (char *)array->format : NULL,
        .shape = (flags & PyBUF_ND) ? array->shape : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? array->strides : NULL,
    };
    return 0;
}

static PY_UNUSED void py_array_end(PyObject *self) {
    PyTypeObject *type = self->ob_type;
    if (((py_Array *)self)->kept != NULL) {
        py_begin();
        spy_heap_release(((py_Array *)self)->kept);
        py_end();
    }
    PyObject_Free(self);
    Py_DecRef((PyObject *)type);
}

static PY_UNUSED PyType_Slot py_array_slots[] = {
    {Py_bf_getbuffer, (void *)py_array_buffer},
    {Py_tp_dealloc, (void *)py_array_end},
    {0, NULL},
};

static PY_UNUSED PyType_Spec py_array_spec = {
    "spy.array", sizeof(py_Array), 0, Py_TPFLAGS_DEFAULT, py_array_slots
};

/* A memoryview of the items; `value` is the array, of `value_size` bytes. Items that
   belong to somebody else, who lent them for a call, are copied. */
static PY_UNUSED PyObject *py_array_view(
    const void *value, size_t value_size, void *items, const char *format,
    Py_ssize_t item_size, int ndim, const Py_ssize_t *shape, const py_Call *c
) {
    py_Array *array = (py_Array *)PyType_GenericAlloc(py_array_type, 0);
    if (array == NULL)
        return NULL;
    size_t size = (size_t)item_size;
    for (int i = ndim - 1; i >= 0; i--) {
        array->shape[i] = shape[i];
        array->strides[i] = (Py_ssize_t)size;
        size *= (size_t)shape[i];
    }
    array->format = format;
    array->item_size = item_size;
    array->ndim = ndim;
    array->items = items;
    bool is_lent = false;
    for (int i = 0; c != NULL && i < c->lent_count; i++)
        is_lent |= (uintptr_t)items - (uintptr_t)c->lent[i].buf < (size_t)c->lent[i].len;
    array->kept = spy_heap_hold(is_lent ? size : value_size);
    if (array->kept == NULL) {
        Py_DecRef((PyObject *)array);
        return PyErr_NoMemory();
    }
    memcpy(array->kept, is_lent ? items : value, is_lent ? size : value_size);
    if (is_lent)
        array->items = array->kept;
    PyObject *view = PyMemoryView_FromObject((PyObject *)array);
    Py_DecRef((PyObject *)array);
    return view;
}

/* ---- values out ---- */

/* A tuple of new objects, some of which may be NULL after an error. */
static PY_UNUSED PyObject *py_pack(int count, ...) {
    va_list more;
    va_start(more, count);
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; i < count; i++) {
        PyObject *item = va_arg(more, PyObject *);
        if (tuple == NULL || item == NULL) {
            if (item != NULL)
                Py_DecRef(item);
            if (tuple != NULL)
                Py_DecRef(tuple);
            tuple = NULL;
        } else {
            PyTuple_SetItem(tuple, i, item);
        }
    }
    va_end(more);
    return tuple;
}

static inline PY_UNUSED PyObject *py_out_u32(const uint32_t *v) {
    return PyLong_FromLongLong(*v);
}

static inline PY_UNUSED PyObject *py_out_i64(const int64_t *v) {
    return PyLong_FromLongLong(*v);
}

static inline PY_UNUSED PyObject *py_out_u64(const uint64_t *v) {
    return PyLong_FromUnsignedLongLong(*v);
}

static inline PY_UNUSED PyObject *py_out_f64(const double *v) {
    return PyFloat_FromDouble(*v);
}

static inline PY_UNUSED PyObject *py_out_f32(const float *v) {
    return PyFloat_FromDouble(*v);
}

static inline PY_UNUSED PyObject *py_out_complex128(const spy_Complex128 *v) {
    return PyComplex_FromDoubles(v->real, v->imag);
}

static inline PY_UNUSED PyObject *py_out_bool(const bool *v) {
    return PyBool_FromLong(*v);
}

static inline PY_UNUSED PyObject *py_out_none(void) {
    Py_IncRef(PY_NONE);
    return PY_NONE;
}

static inline PY_UNUSED PyObject *py_out_str(spy_StrObject *const *v) {
    return PyUnicode_DecodeUTF8((const char *)(*v)->utf8.p, (Py_ssize_t)(*v)->length, NULL);
}

static inline PY_UNUSED PyObject *py_out_bytes(spy_BytesObject *const *v) {
    return PyBytes_FromStringAndSize(
        (const char *)(*v)->data.p, (Py_ssize_t)(*v)->length
    );
}

#endif
