/* The part of CPython's stable ABI (abi3, 3.11 and newer) that extensions made
   by this compiler use. Declared here, so that nobody needs Python's headers to
   build one; where these come first, they are compared. */
#ifndef SPY_PYTHON_ABI_H
#define SPY_PYTHON_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef Py_PYTHON_H
typedef ssize_t Py_ssize_t;
typedef Py_ssize_t Py_hash_t;
typedef struct _typeobject PyTypeObject;
typedef struct _object {
    Py_ssize_t ob_refcnt;
    PyTypeObject *ob_type;
} PyObject;

typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);
typedef PyObject *(*getter)(PyObject *, void *);
typedef int (*setter)(PyObject *, PyObject *, void *);
typedef int (*visitproc)(PyObject *, void *);
typedef int (*traverseproc)(PyObject *, visitproc, void *);
typedef int (*inquiry)(PyObject *);
typedef void (*freefunc)(void *);

typedef struct PyMethodDef {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
} PyMethodDef;

typedef struct PyGetSetDef {
    const char *name;
    getter get;
    setter set;
    const char *doc;
    void *closure;
} PyGetSetDef;

typedef struct {
    int slot;
    void *pfunc;
} PyType_Slot;

typedef struct {
    const char *name;
    int basicsize;
    int itemsize;
    unsigned int flags;
    PyType_Slot *slots;
} PyType_Spec;

typedef struct PyModuleDef_Slot {
    int slot;
    void *value;
} PyModuleDef_Slot;

typedef struct PyModuleDef_Base {
    PyObject ob_base;
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
} PyModuleDef_Base;

typedef struct PyModuleDef {
    PyModuleDef_Base m_base;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    PyModuleDef_Slot *m_slots;
    traverseproc m_traverse;
    inquiry m_clear;
    freefunc m_free;
} PyModuleDef;

typedef struct {
    void *buf;
    PyObject *obj;
    Py_ssize_t len;
    Py_ssize_t itemsize;
    int readonly;
    int ndim;
    char *format;
    Py_ssize_t *shape;
    Py_ssize_t *strides;
    Py_ssize_t *suboffsets;
    void *internal;
} Py_buffer;

typedef struct _is PyInterpreterState;
typedef struct _ts PyThreadState;
struct _longobject;

#  define PyModuleDef_HEAD_INIT                                                \
      { {1, NULL}, NULL, 0, NULL }
#  define METH_KEYWORDS 0x0002
#  define METH_STATIC 0x0020
#  define METH_FASTCALL 0x0080
#  define Py_mod_exec 2
#  define Py_TPFLAGS_DEFAULT (1UL << 18)
#  define Py_TPFLAGS_LONG_SUBCLASS (1UL << 24)
#  define Py_TPFLAGS_LIST_SUBCLASS (1UL << 25)
#  define Py_TPFLAGS_TUPLE_SUBCLASS (1UL << 26)
#  define Py_TPFLAGS_BYTES_SUBCLASS (1UL << 27)
#  define Py_TPFLAGS_UNICODE_SUBCLASS (1UL << 28)
#  define Py_TPFLAGS_DICT_SUBCLASS (1UL << 29)
#  define Py_bf_getbuffer 1
#  define Py_tp_dealloc 52
#  define Py_tp_doc 56
#  define Py_tp_hash 59
#  define Py_tp_methods 64
#  define Py_tp_new 65
#  define Py_tp_repr 66
#  define Py_tp_richcompare 67
#  define Py_tp_str 70
#  define Py_tp_getset 73
#  define Py_EQ 2
#  define Py_NE 3
#  define PyBUF_SIMPLE 0
#  define PyBUF_WRITABLE 0x0001
#  define PyBUF_FORMAT 0x0004
#  define PyBUF_ND 0x0008
#  define PyBUF_STRIDES (0x0010 | PyBUF_ND)
#  define PyBUF_INDIRECT (0x0100 | PyBUF_STRIDES)
#  define PyBUF_FULL_RO (PyBUF_INDIRECT | PyBUF_FORMAT)
#endif

extern PyObject _Py_NoneStruct, _Py_NotImplementedStruct;
extern struct _longobject _Py_TrueStruct, _Py_FalseStruct;
extern PyTypeObject PyByteArray_Type, PyComplex_Type, PyLong_Type, PyMemoryView_Type;
extern PyObject *PyExc_BufferError, *PyExc_Exception, *PyExc_ImportError;
extern PyObject *PyExc_MemoryError, *PyExc_OverflowError, *PyExc_RuntimeError;
extern PyObject *PyExc_TypeError, *PyExc_ValueError;
extern const unsigned long Py_Version;

void Py_IncRef(PyObject *o);
void Py_DecRef(PyObject *o);

PyObject *PyBool_FromLong(long v);
int PyBuffer_IsContiguous(const Py_buffer *view, char order);
void PyBuffer_Release(Py_buffer *view);
int PyBytes_AsStringAndSize(PyObject *o, char **data, Py_ssize_t *size);
PyObject *PyBytes_FromStringAndSize(const char *data, Py_ssize_t size);
PyObject *PyComplex_FromDoubles(double real, double imag);
double PyComplex_ImagAsDouble(PyObject *o);
double PyComplex_RealAsDouble(PyObject *o);
PyObject *PyDict_Copy(PyObject *o);
PyObject *PyDict_New(void);
PyObject *PyDict_GetItemString(PyObject *o, const char *key);
int PyDict_Next(PyObject *o, Py_ssize_t *at, PyObject **key, PyObject **value);
int PyDict_SetItem(PyObject *o, PyObject *key, PyObject *value);
int PyDict_SetItemString(PyObject *o, const char *key, PyObject *value);
Py_ssize_t PyDict_Size(PyObject *o);
void PyErr_Clear(void);
int PyErr_ExceptionMatches(PyObject *type);
void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **traceback);
PyObject *PyErr_Format(PyObject *type, const char *format, ...);
PyObject *PyErr_NewExceptionWithDoc(
    const char *name, const char *doc, PyObject *base, PyObject *dict
);
PyObject *PyErr_NoMemory(void);
PyObject *PyErr_Occurred(void);
void PyErr_Restore(PyObject *type, PyObject *value, PyObject *traceback);
void PyErr_SetObject(PyObject *type, PyObject *value);
void PyEval_RestoreThread(PyThreadState *state);
PyThreadState *PyEval_SaveThread(void);
double PyFloat_AsDouble(PyObject *o);
PyObject *PyFloat_FromDouble(double v);
PyObject *PyImport_GetModuleDict(void);
PyObject *PyImport_ImportModule(const char *name);
int PyIndex_Check(PyObject *o);
PyInterpreterState *PyInterpreterState_Get(void);
int64_t PyInterpreterState_GetID(PyInterpreterState *state);
PyObject *PyList_GetItem(PyObject *o, Py_ssize_t at);
PyObject *PyList_New(Py_ssize_t size);
int PyList_SetItem(PyObject *o, Py_ssize_t at, PyObject *item);
Py_ssize_t PyList_Size(PyObject *o);
long long PyLong_AsLongLong(PyObject *o);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *o);
PyObject *PyLong_FromLong(long v);
PyObject *PyLong_FromLongLong(long long v);
PyObject *PyLong_FromUnsignedLongLong(unsigned long long v);
PyObject *PyLong_FromString(const char *text, char **end, int base);
PyObject *PyMemoryView_FromObject(PyObject *o);
PyObject *PyModuleDef_Init(PyModuleDef *def);
int PyModule_AddFunctions(PyObject *module, PyMethodDef *methods);
int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value);
PyObject *PyModule_New(const char *name);
int PyModule_SetDocString(PyObject *module, const char *doc);
PyObject *PyNumber_Index(PyObject *o);
PyObject *PyObject_CallFunctionObjArgs(PyObject *callable, ...);
int PyObject_CheckBuffer(PyObject *o);
void PyObject_Free(void *block);
PyObject *PyObject_GetAttrString(PyObject *o, const char *name);
int PyObject_GetBuffer(PyObject *o, Py_buffer *view, int flags);
int PyObject_HasAttrString(PyObject *o, const char *name);
Py_hash_t PyObject_Hash(PyObject *o);
int PyObject_IsSubclass(PyObject *o, PyObject *type);
PyObject *PyObject_RichCompare(PyObject *a, PyObject *b, int op);
int PyObject_SetAttrString(PyObject *o, const char *name, PyObject *value);
PyObject *PyTuple_GetItem(PyObject *o, Py_ssize_t at);
PyObject *PyTuple_New(Py_ssize_t size);
int PyTuple_SetItem(PyObject *o, Py_ssize_t at, PyObject *item);
Py_ssize_t PyTuple_Size(PyObject *o);
PyObject *PyType_FromSpec(PyType_Spec *spec);
PyObject *PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t items);
unsigned long PyType_GetFlags(PyTypeObject *type);
PyObject *PyType_GetName(PyTypeObject *type);
const char *PyUnicode_AsUTF8AndSize(PyObject *o, Py_ssize_t *size);
PyObject *PyUnicode_Concat(PyObject *a, PyObject *b);
PyObject *PyUnicode_DecodeUTF8(const char *data, Py_ssize_t size, const char *errors);
PyObject *PyUnicode_FromFormat(const char *format, ...);
PyObject *PyUnicode_FromString(const char *text);

#endif
