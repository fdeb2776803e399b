/* What Python sees of a program, as data: what `spy_codegen_py::tables` writes and
   one converter for all programs reads. Every field has 8 bytes. Values lie in
   memory as the program lays them out; sizes and offsets are in bytes. */
#ifndef SPY_PYTHON_TABLES_H
#define SPY_PYTHON_TABLES_H

#include "spy_python_values.h"

/* ---- types ---- */

/* In the order of `tables::types::SCALARS`, and then what consists of parts. */
enum {
    PY_TYPE_NONE,
    PY_TYPE_BOOL,
    PY_TYPE_I8,
    PY_TYPE_U8,
    PY_TYPE_I16,
    PY_TYPE_U16,
    PY_TYPE_I32,
    PY_TYPE_U32,
    PY_TYPE_I64,
    PY_TYPE_U64,
    PY_TYPE_F32,
    PY_TYPE_F64,
    PY_TYPE_COMPLEX128,
    PY_TYPE_STR,
    PY_TYPE_BYTES,
    PY_TYPE_TUPLE,
    PY_TYPE_LIST,
    PY_TYPE_DICT,
    PY_TYPE_ARRAY,
    PY_TYPE_CLASS,
    PY_TYPE_OPTIONAL
};

typedef struct {
    int64_t kind;
    int64_t size;
    int64_t scanned; /* whether gc pointers are in values */
} py_Type;

/* A part of something, at an offset. */
typedef struct {
    const py_Type *type;
    int64_t at;
} py_Part;

/* Calls a function of the program: it finds the arguments in memory, and leaves the
   result there. */
typedef void py_Run(char *values);

typedef struct {
    py_Type head;
    int64_t count;
    const py_Part *items;
} py_TupleType;

typedef struct {
    py_Type head;
    int64_t some; /* a bool */
    py_Part item;
} py_OptionalType;

/* Values are pointers to data, which are counts of 32 bits and a pointer to items. */
typedef struct {
    py_Type head;
    const py_Type *item;
    int64_t size; /* of the data */
    int64_t length, capacity, items;
} py_ListType;

/* The same with entries, which the program's own functions make. */
typedef struct {
    py_Type head;
    int64_t length, entries;
    int64_t size; /* of an entry */
    int64_t mark; /* 1: it is empty */
    py_Part key, value;
    py_Run *make; /* leaves the dict at the start of its values */
    py_Run *set;
    int64_t set_size;
    int64_t set_dict, set_key, set_value;
} py_DictType;

typedef struct {
    py_Type head;
    const char *item; /* the name of its type */
    int64_t item_kind, item_size;
    const char *format;
    int64_t ndim;
    int64_t size; /* of the data */
    int64_t items;
    int64_t sizes[3]; /* as many as there are dimensions, of 32 bits */
} py_ArrayType;

typedef struct py_Class py_Class;

typedef struct {
    py_Type head;
    py_Class *made;
} py_ClassType;

/* ---- functions and classes ---- */

typedef struct {
    py_Function f;
    const py_Part *params; /* where the program finds the arguments */
    py_Part receiver;      /* an instance that comes first; without a type there is none */
    py_Part result;
    py_Run *run;     /* NULL if the arguments are the fields of the result */
    int64_t size;    /* of all values */
    int64_t plain;   /* no gc pointers are in them, and they fit into PY_PLAIN_SIZE */
    int64_t simple;  /* it neither panics nor touches the heap or the outside */
    int64_t bare;    /* other threads may run meanwhile, if any may */
    int64_t lending; /* how many arguments are arrays */
} py_Callable;

/* Values of plain calls lie on the stack. */
#define PY_PLAIN_SIZE 256

typedef struct {
    const char *name;
    py_Part part;
} py_Field;

struct py_Class {
    py_ClassType type; /* of its values */
    PyTypeObject *object;
    const char *name, *full_name, *doc;
    int64_t count;
    const py_Field *fields;
    PyObject *(*make)(PyTypeObject *, PyObject *, PyObject *);
    PyMethodDef *methods;
    PyGetSetDef *properties;
    const py_Callable *eq, *repr, *str; /* NULL for what it does not define */
};

/* ---- modules ---- */

typedef struct py_Constant {
    PyObject *object; /* when it has been made */
    int64_t kind;     /* a type's; PY_TYPE_I64 is any integer, as text */
    const char *text;
    int64_t size; /* of the text, or how many parts there are */
    double real, imag;
    struct py_Constant *const *parts;
} py_Constant;

typedef struct {
    const char *name;
    py_Class *class;
    py_Constant *constant;
} py_Member;

typedef struct {
    const char *name, *parent, *last, *doc;
    PyMethodDef *methods;
    int64_t count;
    const py_Member *members;
    int64_t names_panic; /* whether PanicError is a name of its own */
} py_Module;

typedef struct {
    int64_t checked; /* pointers know how many items they may reach */
    int64_t release_gil;
    int64_t frame_size;
    int64_t class_count;
    py_Class *const *classes;
    int64_t constant_count;
    py_Constant *const *constants;
    int64_t module_count;
    const py_Module *modules; /* each before its submodules */
} py_Program;

static const py_Program *py_program;

#endif
