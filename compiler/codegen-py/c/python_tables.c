/* The converter of all extensions that are made without a C compiler: what their
   wrappers would do, by tables. Compiled when this project is. */
#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif

#include <stdbool.h>

static bool py_releases;
#define PY_RELEASE_GIL py_releases

#include "spy.h"

#include "spy_python_calls.h"

/* ---- what the program's own entries call, and its tables name ---- */

/* For each manner of calls one. */
#define PY_CALL(NAME, PERFORM)                                                 \
    PyObject *NAME(                                                            \
        const py_Callable *f, PyObject *self, PyObject *const *args,           \
        Py_ssize_t given, PyObject *names                                      \
    ) {                                                                        \
        if (PY_UNLIKELY(given != f->f.count || names != NULL))                 \
            return py_call_bound(f, self, args, given, names);                 \
        return PERFORM(f, self, args);                                         \
    }
PY_CALL(spy_python_call, py_perform)
PY_CALL(spy_python_call_plain, py_plain)
PY_CALL(spy_python_call_simple, py_simple)

PyObject *
spy_python_new(const py_Callable *f, PyTypeObject *type, PyObject *tuple, PyObject *names) {
    (void)type;
    PyObject *args[f->f.count + 1];
    if (py_bind_tuple(&f->f, tuple, names, args) < 0)
        return NULL;
    return py_perform(f, NULL, args);
}

PyObject *
spy_python_never(const py_Class *class, PyTypeObject *type, PyObject *tuple, PyObject *names) {
    (void)type;
    (void)tuple;
    (void)names;
    return PyErr_Format(
        PyExc_TypeError, "cannot create '%s' instances from Python", class->name
    );
}

PyObject *spy_python_property(PyObject *self, void *callable) {
    return py_perform(callable, self, NULL);
}

PyObject *spy_python_field(PyObject *self, void *field) {
    const py_Part *part = &((const py_Field *)field)->part;
    py_begin();
    PyObject *made = py_out(part->type, py_value(self) + part->at);
    py_end();
    return made;
}

/* ---- classes ---- */

static const py_Class *py_class_of(PyObject *self) {
    return ((py_Instance *)self)->class;
}

static void py_class_end(PyObject *self) {
    PyTypeObject *type = self->ob_type;
    py_Instance *instance = (py_Instance *)self;
    if (instance->class != NULL && instance->class->type.head.scanned && instance->held != NULL) {
        py_begin();
        spy_heap_release(instance->held);
        py_end();
    }
    PyObject_Free(self);
    Py_DecRef((PyObject *)type);
}

/* The attributes as a tuple. */
static PyObject *py_attributes(PyObject *self) {
    const py_Class *class = py_class_of(self);
    PyObject *tuple = PyTuple_New(class->count);
    py_begin();
    for (Py_ssize_t i = 0; tuple != NULL && i < class->count; i++) {
        const py_Part *part = &class->fields[i].part;
        PyObject *item = py_out(part->type, py_value(self) + part->at);
        if (item == NULL) {
            Py_DecRef(tuple);
            tuple = NULL;
        } else {
            PyTuple_SetItem(tuple, i, item);
        }
    }
    py_end();
    return tuple;
}

/* What the struct's own equality says: 0 or 1, or -1 after an error. */
static int py_equal(const py_Callable *f, PyObject *self, PyObject *other) {
    py_begin();
    char *const frame = py_frame_new((size_t)py_program->frame_size);
    if (frame == NULL) {
        py_end();
        return -1;
    }
    char *const values = frame + PY_FRAME_HEAD;
    py_Call call = {.bottom = __builtin_frame_address(0)};
    volatile int same = -1;
    if (PY_UNLIKELY(PY_CATCH(&call))) {
        py_raise(&call);
    } else {
        size_t bytes = (size_t)f->receiver.type->size;
        memcpy(values + f->receiver.at, py_value(self), bytes);
        memcpy(values + f->params[0].at, py_value(other), bytes);
        py_enter(&call);
        f->run(values);
        spy_library_leave();
        same = values[f->result.at] != 0;
    }
    py_frame_end(frame, PY_FRAME_HEAD + (size_t)f->size);
    py_end();
    return same;
}

static PyObject *py_compare(PyObject *self, PyObject *other, int op) {
    if ((op != Py_EQ && op != Py_NE) || other->ob_type != self->ob_type) {
        Py_IncRef(&_Py_NotImplementedStruct);
        return &_Py_NotImplementedStruct;
    }
    const py_Callable *eq = py_class_of(self)->eq;
    if (eq != NULL) {
        int same = py_equal(eq, self, other);
        return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
    }
    PyObject *left = py_attributes(self), *right = py_attributes(other);
    PyObject *same = left != NULL && right != NULL ? PyObject_RichCompare(left, right, op) : NULL;
    if (left != NULL)
        Py_DecRef(left);
    if (right != NULL)
        Py_DecRef(right);
    return same;
}

static Py_hash_t py_hash(PyObject *self) {
    PyObject *fields = py_attributes(self);
    Py_hash_t hash = fields != NULL ? PyObject_Hash(fields) : -1;
    if (fields != NULL)
        Py_DecRef(fields);
    return hash;
}

static PyObject *py_repr(PyObject *self) {
    const py_Class *class = py_class_of(self);
    if (class->repr != NULL)
        return py_perform(class->repr, self, NULL);
    PyObject *fields = py_attributes(self);
    if (fields == NULL)
        return NULL;
    PyObject *text = PyUnicode_FromFormat("%s(", class->name);
    for (Py_ssize_t i = 0; text != NULL && i < class->count; i++)
        text = py_join(
            text, PyUnicode_FromFormat(
                      "%s%s=%R", i > 0 ? ", " : "", class->fields[i].name,
                      PyTuple_GetItem(fields, i)
                  )
        );
    Py_DecRef(fields);
    return py_join(text, PyUnicode_FromString(")"));
}

static PyObject *py_str(PyObject *self) {
    return py_perform(py_class_of(self)->str, self, NULL);
}

/* Makes the type of a class. */
static int py_class_make(py_Class *class) {
    PyObject *names = PyTuple_New(class->count);
    for (Py_ssize_t i = 0; names != NULL && i < class->count; i++) {
        PyObject *name = PyUnicode_FromString(class->fields[i].name);
        if (name == NULL) {
            Py_DecRef(names);
            return -1;
        }
        PyTuple_SetItem(names, i, name);
    }
    if (names == NULL)
        return -1;
    PyType_Slot slots[] = {
        {Py_tp_new, (void *)class->make},
        {Py_tp_doc, (void *)class->doc},
        {Py_tp_richcompare, (void *)py_compare},
        {Py_tp_hash, (void *)py_hash},
        {Py_tp_repr, (void *)py_repr},
        {Py_tp_dealloc, (void *)py_class_end},
        {Py_tp_methods, class->methods},
        {Py_tp_getset, class->properties},
        {class->str != NULL ? Py_tp_str : 0, (void *)py_str},
        {0, NULL},
    };
    size_t size = offsetof(py_Instance, held);
    size += class->type.head.scanned ? sizeof(char *) : (size_t)class->type.head.size;
    PyType_Spec spec = {class->full_name, (int)size, 0, Py_TPFLAGS_DEFAULT, slots};
    return py_type(&class->object, &spec, names);
}

/* ---- modules ---- */

static PyObject *py_constant(const py_Constant *constant) {
    switch (constant->kind) {
    case PY_TYPE_NONE: return py_out_none();
    case PY_TYPE_BOOL: return PyBool_FromLong((long)constant->size);
    case PY_TYPE_I64: return PyLong_FromString(constant->text, NULL, 10);
    case PY_TYPE_F64: return PyFloat_FromDouble(constant->real);
    case PY_TYPE_COMPLEX128: return PyComplex_FromDoubles(constant->real, constant->imag);
    case PY_TYPE_STR: return PyUnicode_DecodeUTF8(constant->text, constant->size, NULL);
    case PY_TYPE_BYTES: return PyBytes_FromStringAndSize(constant->text, constant->size);
    default: break;
    }
    PyObject *tuple = PyTuple_New(constant->size);
    for (Py_ssize_t i = 0; tuple != NULL && i < constant->size; i++) {
        PyObject *item = py_constant(constant->parts[i]);
        if (item == NULL) {
            Py_DecRef(tuple);
            return NULL;
        }
        PyTuple_SetItem(tuple, i, item);
    }
    return tuple;
}

/* Types, constants and libspy are made once for the process. */
static int py_once(void) {
    static bool done;
    if (done)
        return 0;
    spy_heap_guest(&py_active);
    spy_library_begin();
    py_lock_make();
    spy_panic_handle(py_on_panic);
    py_table_load();
    PyObject *name = PyUnicode_FromFormat("%s.PanicError", py_program->modules[0].name);
    Py_ssize_t size;
    const char *text = name != NULL ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    if (text != NULL)
        py_panic_error = PyErr_NewExceptionWithDoc(
            text, "A panic that is no error of Python's.", PyExc_RuntimeError, NULL
        );
    if (name != NULL)
        Py_DecRef(name);
    if (py_panic_error == NULL || py_type(&py_array_type, &py_array_spec, NULL) < 0)
        return -1;
    for (int64_t i = 0; i < py_program->class_count; i++)
        if (py_class_make(py_program->classes[i]) < 0)
            return -1;
    for (int64_t i = 0; i < py_program->constant_count; i++) {
        py_Constant *constant = py_program->constants[i];
        if ((constant->object = py_constant(constant)) == NULL)
            return -1;
    }
    done = true;
    return 0;
}

static int py_fill(PyObject *module, const void *context) {
    const py_Module *table = context;
    for (int64_t i = 0; i < table->count; i++) {
        const py_Member *member = &table->members[i];
        PyObject *value = member->class != NULL ? (PyObject *)member->class->object
                                                : member->constant->object;
        if (PyModule_AddObjectRef(module, member->name, value) < 0)
            return -1;
    }
    return table->names_panic ? 0 : PyModule_AddObjectRef(module, "PanicError", py_panic_error);
}

static int py_exec(PyObject *module) {
    const py_Module *root = py_program->modules;
    if (py_refuse_subinterpreter(root->name) < 0 || py_once() < 0 || py_fill(module, root) < 0)
        return -1;
    for (int64_t i = 1; i < py_program->module_count; i++) {
        const py_Module *table = &root[i];
        bool is_direct = strcmp(table->parent, root->name) == 0;
        if (py_submodule(
                is_direct ? module : NULL, table->name, table->parent, table->last, table->doc,
                table->methods, py_fill, table
            ) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot py_slots[] = {
    {Py_mod_exec, (void *)py_exec},
    {0, NULL},
    {0, NULL},
};

static PyModuleDef py_module = {
    PyModuleDef_HEAD_INIT, NULL, NULL, 0, NULL, py_slots, NULL, NULL, NULL
};

PyObject *spy_python_init(const py_Program *program) {
    py_program = program;
    py_releases = program->release_gil != 0;
    py_module.m_name = program->modules[0].name;
    py_module.m_doc = program->modules[0].doc;
    py_module.m_methods = program->modules[0].methods;
    /* Said to interpreters that can ask: one heap for each process. */
    if (Py_Version >= 0x030C0000)
        py_slots[1] = (PyModuleDef_Slot){PY_MOD_MULTIPLE_INTERPRETERS, PY_MOD_NOT_SUPPORTED};
    return PyModuleDef_Init(&py_module);
}

/* ---- what start-up files of the C library would bring ---- */

#if defined(__linux__)
int __cxa_atexit(void (*function)(void *), void *argument, void *library);

static void py_run_at_exit(void *function) {
    ((void (*)(void))function)();
}

/* In libraries this is no function of the C library's. Extensions are never unloaded, so
   what is called belongs to the process. */
int atexit(void (*function)(void)) {
    return __cxa_atexit(py_run_at_exit, (void *)function, NULL);
}
#endif
