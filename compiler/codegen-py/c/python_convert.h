/* Conversions by table. What each type accepts and says stands in
   `runtime/python/BINDINGS.md`. */
#ifndef SPY_PYTHON_CONVERT_H
#define SPY_PYTHON_CONVERT_H

#include "spy_python_tables.h"

static int py_in(const py_Type *type, PyObject *o, char *out, py_Call *c);
static PyObject *py_out(const py_Type *type, const char *v);

/* ---- memory ---- */

static inline char *py_pointer(const char *place) {
    char *pointer;
    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

static inline int32_t py_count(const char *place) {
    int32_t count;
    memcpy(&count, place, sizeof count);
    return count;
}

static inline void py_set_count(char *place, int32_t count) {
    memcpy(place, &count, sizeof count);
}

/* A pointer to so many items. */
static void py_set_pointer(char *place, void *pointer, int64_t count) {
    memcpy(place, &pointer, sizeof pointer);
    if (py_program->checked)
        memcpy(place + sizeof pointer, &count, sizeof count);
}

/* ---- instances ---- */

/* An instance holds the bytes of its struct: itself, or if gc pointers are in it, in
   a block that the collector looks at. */
typedef struct {
    PyObject head;
    py_Class *class;
    char *held; /* or the first of the bytes */
} py_Instance;

static inline char *py_value(PyObject *self) {
    py_Instance *instance = (py_Instance *)self;
    return instance->class->type.head.scanned ? instance->held : (char *)&instance->held;
}

static PyObject *py_out_class(py_Class *class, const char *v) {
    py_Instance *instance = (py_Instance *)PyType_GenericAlloc(class->object, 0);
    if (instance == NULL)
        return NULL;
    size_t size = (size_t)class->type.head.size;
    instance->class = class;
    if (class->type.head.scanned) {
        instance->held = spy_heap_hold(size);
        if (instance->held == NULL) {
            Py_DecRef((PyObject *)instance);
            return PyErr_NoMemory();
        }
    }
    memcpy(py_value((PyObject *)instance), v, size);
    return (PyObject *)instance;
}

static int py_in_class(const py_Class *class, PyObject *o, char *out) {
    if (o->ob_type != class->object)
        return py_expected(class->name, o);
    memcpy(out, py_value(o), (size_t)class->type.head.size);
    return 0;
}

/* ---- tuples ---- */

static int py_in_tuple(const py_TupleType *type, PyObject *o, char *out, py_Call *c) {
    if (!py_is(o, Py_TPFLAGS_TUPLE_SUBCLASS))
        return py_expected("tuple", o);
    if (PyTuple_Size(o) != type->count)
        return py_fail(
            PyExc_TypeError, "expected a tuple of %d item%s, got %zd", (int)type->count,
            type->count == 1 ? "" : "s", PyTuple_Size(o)
        );
    for (Py_ssize_t i = 0; i < type->count; i++) {
        const py_Part *item = &type->items[i];
        if (py_in(item->type, PyTuple_GetItem(o, i), out + item->at, c) < 0)
            return py_within("item", i);
    }
    return 0;
}

static PyObject *py_out_tuple(const py_TupleType *type, const char *v) {
    PyObject *tuple = PyTuple_New(type->count);
    for (Py_ssize_t i = 0; tuple != NULL && i < type->count; i++) {
        PyObject *item = py_out(type->items[i].type, v + type->items[i].at);
        if (item == NULL) {
            Py_DecRef(tuple);
            return NULL;
        }
        PyTuple_SetItem(tuple, i, item);
    }
    return tuple;
}

/* ---- what may be None ---- */

static int py_in_optional(const py_OptionalType *type, PyObject *o, char *out, py_Call *c) {
    memset(out, 0, (size_t)type->head.size);
    if (o == PY_NONE)
        return 0;
    out[type->some] = true;
    return py_in(type->item.type, o, out + type->item.at, c);
}

static PyObject *py_out_optional(const py_OptionalType *type, const char *v) {
    return v[type->some] ? py_out(type->item.type, v + type->item.at) : py_out_none();
}

/* ---- lists ---- */

static int py_in_list(const py_ListType *type, PyObject *o, char *out, py_Call *c) {
    if (!py_is(o, Py_TPFLAGS_LIST_SUBCLASS))
        return py_expected("list", o);
    Py_ssize_t count = PyList_Size(o);
    if (count > INT32_MAX)
        return py_fail(PyExc_OverflowError, "list is too long");
    /* Room for a few items: what is empty grows by doubling. */
    int32_t room = count < 4 ? 4 : (int32_t)count;
    size_t size = (size_t)type->item->size;
    py_enter(c);
    char *data = spy_gc_alloc((size_t)type->size);
    py_set_pointer(out, data, 1);
    char *items = type->item->scanned ? spy_gc_alloc_items(room, size, NULL)
                                      : spy_gc_alloc_items_atomic(room, size, NULL);
    py_set_pointer(data + type->items, items, room);
    py_set_count(data + type->capacity, room);
    /* Items may be gone before they are converted: converting runs code of others. */
    for (Py_ssize_t i = 0; i < count && i < PyList_Size(o); i++) {
        PyObject *item = PyList_GetItem(o, i);
        Py_IncRef(item);
        int done = py_in(type->item, item, items + (size_t)i * size, c);
        Py_DecRef(item);
        if (done < 0)
            return py_within("item", i);
        py_set_count(data + type->length, (int32_t)i + 1);
    }
    return 0;
}

static PyObject *py_out_list(const py_ListType *type, const char *v) {
    const char *data = py_pointer(v);
    PyObject *list = PyList_New(py_count(data + type->length));
    for (int32_t i = 0; list != NULL && i < py_count(data + type->length); i++) {
        const char *items = py_pointer(data + type->items);
        PyObject *item = py_out(type->item, items + (size_t)i * (size_t)type->item->size);
        if (item == NULL) {
            Py_DecRef(list);
            return NULL;
        }
        PyList_SetItem(list, i, item);
    }
    return list;
}

/* ---- dicts ---- */

/* What precedes values in a block that is held. */
enum { PY_HELD_SIZE = (sizeof(py_Held) + 15) / 16 * 16 };

static int py_in_dict(const py_DictType *type, PyObject *o, char *out, py_Call *c) {
    if (!py_is(o, Py_TPFLAGS_DICT_SUBCLASS))
        return py_expected("dict", o);
    if (PyDict_Size(o) > INT32_MAX)
        return py_fail(PyExc_OverflowError, "dict is too long");
    py_Held *held = py_hold(c, PY_HELD_SIZE + (size_t)type->set_size);
    if (held == NULL)
        return -1;
    /* Converting runs code of others, which may change the dict: a copy is what is walked. */
    PyObject *copy = PyDict_Copy(o), *key, *value;
    if (copy == NULL)
        return -1;
    held->owned = copy;
    char *pair = (char *)held + PY_HELD_SIZE;
    py_enter(c);
    type->make(out);
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; PyDict_Next(copy, &at, &key, &value); i++) {
        if (py_in(type->key.type, key, pair + type->set_key, c) < 0)
            return py_within("key", i);
        if (py_in(type->value.type, value, pair + type->set_value, c) < 0)
            return py_within("value", i);
        memcpy(pair + type->set_dict, out, (size_t)type->head.size);
        py_enter(c);
        type->set(pair);
    }
    py_let_go(c);
    return 0;
}

static PyObject *py_out_dict(const py_DictType *type, const char *v) {
    const char *data = py_pointer(v);
    PyObject *dict = PyDict_New();
    for (int32_t i = 1; dict != NULL && i <= py_count(data + type->length); i++) {
        const char *entry = py_pointer(data + type->entries) + (size_t)i * (size_t)type->size;
        if (py_count(entry + type->mark) == 1)
            continue;
        PyObject *key = py_out(type->key.type, entry + type->key.at);
        PyObject *value = key != NULL ? py_out(type->value.type, entry + type->value.at) : NULL;
        if (value == NULL || PyDict_SetItem(dict, key, value) < 0) {
            Py_DecRef(dict);
            dict = NULL;
        }
        if (key != NULL)
            Py_DecRef(key);
        if (value != NULL)
            Py_DecRef(value);
    }
    return dict;
}

/* ---- arrays ---- */

static int py_in_array(const py_ArrayType *type, PyObject *o, char *out, py_Call *c) {
    Py_buffer *view =
        py_lend(o, c, (char)type->item_kind, type->item_size, (int)type->ndim, type->item);
    if (view == NULL)
        return -1;
    py_enter(c);
    char *data = spy_gc_alloc((size_t)type->size);
    py_set_pointer(out, data, 1);
    py_set_pointer(data + type->items, view->buf, view->len / view->itemsize);
    for (int i = 0; i < type->ndim; i++)
        py_set_count(data + type->sizes[i], (int32_t)view->shape[i]);
    return 0;
}

static PyObject *py_out_array(const py_ArrayType *type, const char *v, const py_Call *c) {
    const char *data = py_pointer(v);
    Py_ssize_t shape[3];
    for (int i = 0; i < type->ndim; i++)
        shape[i] = py_count(data + type->sizes[i]);
    return py_array_view(
        v, (size_t)type->head.size, py_pointer(data + type->items), type->format,
        type->item_size, (int)type->ndim, shape, c
    );
}

/* Empties an array that was lent: SPy may have kept it, and its items are the
   caller's. */
static void py_take_back(const py_ArrayType *type, char *v) {
    char *data = py_pointer(v);
    for (int i = 0; data != NULL && i < type->ndim; i++)
        py_set_count(data + type->sizes[i], 0);
}

/* ---- all of them ---- */

static int py_in(const py_Type *type, PyObject *o, char *out, py_Call *c) {
    void *v = out;
    switch (type->kind) {
    case PY_TYPE_NONE: return py_in_none(o);
    case PY_TYPE_BOOL: return py_in_bool(o, v, c);
    case PY_TYPE_I8: return py_in_i8(o, v, c);
    case PY_TYPE_U8: return py_in_u8(o, v, c);
    case PY_TYPE_I16: return py_in_i16(o, v, c);
    case PY_TYPE_U16: return py_in_u16(o, v, c);
    case PY_TYPE_I32: return py_in_i32(o, v, c);
    case PY_TYPE_U32: return py_in_u32(o, v, c);
    case PY_TYPE_I64: return py_in_i64(o, v, c);
    case PY_TYPE_U64: return py_in_u64(o, v, c);
    case PY_TYPE_F32: return py_in_f32(o, v, c);
    case PY_TYPE_F64: return py_in_f64(o, v, c);
    case PY_TYPE_COMPLEX128: return py_in_complex128(o, v, c);
    case PY_TYPE_STR: return py_in_str(o, v, c);
    case PY_TYPE_BYTES: return py_in_bytes(o, v, c);
    case PY_TYPE_TUPLE: return py_in_tuple((const py_TupleType *)type, o, out, c);
    case PY_TYPE_LIST: return py_in_list((const py_ListType *)type, o, out, c);
    case PY_TYPE_DICT: return py_in_dict((const py_DictType *)type, o, out, c);
    case PY_TYPE_ARRAY: return py_in_array((const py_ArrayType *)type, o, out, c);
    case PY_TYPE_OPTIONAL: return py_in_optional((const py_OptionalType *)type, o, out, c);
    default: return py_in_class(((const py_ClassType *)type)->made, o, out);
    }
}

static PyObject *py_out(const py_Type *type, const char *value) {
    const void *v = value;
    switch (type->kind) {
    case PY_TYPE_NONE: return py_out_none();
    case PY_TYPE_BOOL: return py_out_bool(v);
    case PY_TYPE_I8: return py_out_i8(v);
    case PY_TYPE_U8: return py_out_u8(v);
    case PY_TYPE_I16: return py_out_i16(v);
    case PY_TYPE_U16: return py_out_u16(v);
    case PY_TYPE_I32: return py_out_i32(v);
    case PY_TYPE_U32: return py_out_u32(v);
    case PY_TYPE_I64: return py_out_i64(v);
    case PY_TYPE_U64: return py_out_u64(v);
    case PY_TYPE_F32: return py_out_f32(v);
    case PY_TYPE_F64: return py_out_f64(v);
    case PY_TYPE_COMPLEX128: return py_out_complex128(v);
    case PY_TYPE_STR: return py_out_str(v);
    case PY_TYPE_BYTES: return py_out_bytes(v);
    case PY_TYPE_TUPLE: return py_out_tuple((const py_TupleType *)type, value);
    case PY_TYPE_LIST: return py_out_list((const py_ListType *)type, value);
    case PY_TYPE_DICT: return py_out_dict((const py_DictType *)type, value);
    case PY_TYPE_ARRAY: return py_out_array((const py_ArrayType *)type, value, NULL);
    case PY_TYPE_OPTIONAL: return py_out_optional((const py_OptionalType *)type, value);
    default: return py_out_class(((const py_ClassType *)type)->made, value);
    }
}

/* The same for what calls take and give: the most frequent types at once. */
static inline int py_take(const py_Type *type, PyObject *o, char *out, py_Call *c) {
    void *v = out;
    if (type->kind == PY_TYPE_I32)
        return py_in_i32(o, v, c);
    if (type->kind == PY_TYPE_F64)
        return py_in_f64(o, v, c);
    return py_in(type, o, out, c);
}

static inline PyObject *py_give(const py_Type *type, const char *value) {
    const void *v = value;
    if (type->kind == PY_TYPE_I32)
        return py_out_i32(v);
    if (type->kind == PY_TYPE_F64)
        return py_out_f64(v);
    return py_out(type, value);
}

#endif
