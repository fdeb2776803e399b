//! Structs as classes. An instance holds the bytes of the struct: itself, or if gc pointers are in it,
//! in a block that the collector looks at.

use crate::Writer;
use crate::calls::{Entry, Wrapper, doc};
use crate::text::{c_name, c_text};
use spy_package::python::{Class, Function, Make, Role, Type};
use std::fmt::Write;

impl Writer<'_> {
    /// Types and conversions of all classes, which anything may mention.
    pub(crate) fn class_heads(&mut self) {
        for (number, class) in self.classes().enumerate() {
            let found = self.c_struct(&class.layout);
            let (c_type, is_held) = (&found.name, found.has_pointers);
            let (field, value, make, end) = if is_held {
                (
                    format!("{c_type} *value;"),
                    "((Instance *)self)->value",
                    "    instance->value = spy_heap_hold(sizeof *v);
    if (instance->value == NULL) {
        Py_DecRef((PyObject *)instance);
        return PyErr_NoMemory();
    }
    *instance->value = *v;",
                    "    if (((Instance *)self)->value != NULL) {
        py_begin();
        spy_heap_release(((Instance *)self)->value);
        py_end();
    }\n",
                )
            } else {
                (
                    format!("{c_type} value;"),
                    "&((Instance *)self)->value",
                    "    instance->value = *v;",
                    "",
                )
            };
            let instance = format!("py_Instance{number}");
            let (value, make, end) =
                (value.replace("Instance", &instance), make, end.replace("Instance", &instance));
            let expected = c_text(&class.name);
            let _ = write!(
                self.out,
                "
typedef struct {{
    PyObject head;
    {field}
}} {instance};

static PyTypeObject *py_class{number};

static inline PY_UNUSED {c_type} *py_value_class{number}(PyObject *self) {{
    return {value};
}}

static PY_UNUSED PyObject *py_out_class{number}(const {c_type} *v) {{
    {instance} *instance = ({instance} *)PyType_GenericAlloc(py_class{number}, 0);
    if (instance == NULL)
        return NULL;
{make}
    return (PyObject *)instance;
}}

static PY_UNUSED int py_in_class{number}(PyObject *o, {c_type} *out, py_Call *c) {{
    (void)c;
    if (o->ob_type != py_class{number})
        return py_expected({expected}, o);
    *out = *py_value_class{number}(o);
    return 0;
}}

static void py_end_class{number}(PyObject *self) {{
    PyTypeObject *type = self->ob_type;
{end}    PyObject_Free(self);
    Py_DecRef((PyObject *)type);
}}
"
            );
        }
    }

    /// Everything of all classes.
    pub(crate) fn class_bodies(&mut self) {
        for (number, class) in self.classes().enumerate() {
            self.class(number, class);
        }
    }

    fn class(&mut self, number: usize, class: &Class) {
        let ty = Type::Struct {
            name: class.name.clone(),
            module: class.module.clone(),
            layout: class.layout.clone(),
        };
        let getters = self.getters(number, class);
        let mut methods = String::new();
        let mut properties = String::new();
        for method in &class.methods {
            let name = self.function(method, Some((number, &ty, &class.name)));
            let shown = c_text(&method.name);
            let (first, flag) = match method.role {
                Some(Role::Static) => (None, " | METH_STATIC"),
                _ => (Some("$self"), ""),
            };
            if method.role == Some(Role::Property) {
                let text = method.doc.as_deref().map_or("NULL".to_owned(), c_text);
                let _ =
                    writeln!(properties, "    {{{shown}, (getter){name}, NULL, {text}, NULL}},");
                continue;
            }
            let text = doc(&method.name, first, &method.parameters, method.doc.as_deref());
            let _ = writeln!(
                methods,
                "    {{{shown}, (PyCFunction)(void (*)(void)){name}, METH_FASTCALL | METH_KEYWORDS{flag}, {text}}},"
            );
        }
        let slots = self.slots(number, class, &ty);
        let full = c_text(&format!("{}.{}", class.module, class.name));
        let _ = write!(
            self.out,
            "
static PyMethodDef py_methods_class{number}[] = {{
{methods}    {{NULL, NULL, 0, NULL}},
}};

static PyGetSetDef py_getset_class{number}[] = {{
{getters}{properties}    {{NULL, NULL, NULL, NULL, NULL}},
}};

static PyType_Slot py_slots_class{number}[] = {{
{slots}    {{Py_tp_dealloc, (void *)py_end_class{number}}},
    {{Py_tp_methods, py_methods_class{number}}},
    {{Py_tp_getset, py_getset_class{number}}},
    {{0, NULL}},
}};

static PyType_Spec py_spec_class{number} = {{
    {full}, sizeof(py_Instance{number}), 0, Py_TPFLAGS_DEFAULT, py_slots_class{number}
}};
"
        );
    }

    /// Functions that read the fields; the lines of the table that names them.
    fn getters(&mut self, number: usize, class: &Class) -> String {
        let mut lines = String::new();
        for field in &class.fields {
            self.conversions(&field.ty, false);
            let place = format!("py_value_class{number}(self)->{}", self.field(class, &field.name));
            let output = self.output(&field.ty, &place);
            let name = format!("py_get{number}_{}", c_name(&field.name));
            let _ = write!(
                self.out,
                "\nstatic PyObject *{name}(PyObject *self, void *closure) {{\n    (void)self;\n    (void)closure;\n    py_begin();\n    PyObject *made = {output};\n    py_end();\n    return made;\n}}\n"
            );
            let _ = writeln!(lines, "    {{{}, {name}, NULL, NULL, NULL}},", c_text(&field.name));
        }
        lines
    }

    /// The name of a field in C.
    fn field(&self, class: &Class, name: &str) -> String {
        let fields = self.c_struct(&class.layout).fields;
        let found = fields.into_iter().find(|(spy, _)| spy == name);
        found.map_or_else(|| name.to_owned(), |(_, c)| c)
    }

    /// The slots of the type, apart from its tables.
    fn slots(&mut self, number: usize, class: &Class, ty: &Type) -> String {
        let mut slots = String::new();
        let (new, text) = self.constructor(number, class, ty);
        let _ = writeln!(slots, "    {{Py_tp_new, (void *){new}}},\n    {{Py_tp_doc, {text}}},");
        match &class.eq {
            Some(symbol) => self.equality(number, symbol),
            None => self.plain_equality(number, class),
        }
        let _ = writeln!(slots, "    {{Py_tp_richcompare, (void *)py_compare{number}}},");
        self.hash(number, class);
        let _ = writeln!(slots, "    {{Py_tp_hash, (void *)py_hash{number}}},");
        let repr = self.text_method(number, class, ty, "__repr__", class.repr.as_deref());
        let repr = repr.unwrap_or_else(|| self.plain_repr(number, class));
        let _ = writeln!(slots, "    {{Py_tp_repr, (void *){repr}}},");
        if let Some(name) = self.text_method(number, class, ty, "__str__", class.str.as_deref()) {
            let _ = writeln!(slots, "    {{Py_tp_str, (void *){name}}},");
        }
        slots
    }

    /// The name of what makes instances, and the docstring.
    fn constructor(&mut self, number: usize, class: &Class, ty: &Type) -> (String, String) {
        let fields = class.field_parameters();
        let (params, symbol) = match &class.make {
            Make::Fields => (fields, None),
            Make::New(function) => (function.parameters.clone(), Some(function.symbol.as_str())),
            Make::Never => {
                let name = format!("py_new{number}");
                let message =
                    c_text(&format!("cannot create '{}' instances from Python", class.name));
                let _ = write!(
                    self.out,
                    "\nstatic PyObject *{name}(PyTypeObject *type, PyObject *args, PyObject *names) {{\n    (void)type;\n    (void)args;\n    (void)names;\n    return PyErr_Format(PyExc_TypeError, \"%s\", {message});\n}}\n"
                );
                return (name, c_text(class.doc.as_deref().unwrap_or_default()));
            }
        };
        let wrapper = Wrapper {
            name: format!("py_new{number}"),
            shown: class.name.clone(),
            params: &params,
            entry: Entry::New,
            receiver: None,
            symbol,
            returns: ty.clone(),
        };
        self.wrapper(&wrapper);
        (wrapper.name, doc(&class.name, None, &params, class.doc.as_deref()))
    }

    fn equality(&mut self, number: usize, symbol: &str) {
        let _ = write!(
            self.out,
            "
static PyObject *py_compare{number}(PyObject *self, PyObject *other, int op) {{
    if ((op != Py_EQ && op != Py_NE) || other->ob_type != py_class{number}) {{
        Py_IncRef(&_Py_NotImplementedStruct);
        return &_Py_NotImplementedStruct;
    }}
    py_Call call;
    call.bottom = __builtin_frame_address(0);
    py_begin();
    if (PY_UNLIKELY(PY_CATCH(&call))) {{
        py_raise(&call);
        py_end();
        return NULL;
    }}
    py_enter(&call);
    bool same = {symbol}(*py_value_class{number}(self), *py_value_class{number}(other));
    spy_library_leave();
    py_end();
    return PyBool_FromLong(same == (op == Py_EQ));
}}
"
        );
    }

    /// What has no equality of its own is compared by its attributes.
    fn plain_equality(&mut self, number: usize, class: &Class) {
        let count = class.fields.len();
        let of = |instance: &str| self.attributes(number, class, instance);
        let (left, right) = (of("self"), of("other"));
        let _ = write!(
            self.out,
            "
static PyObject *py_compare{number}(PyObject *self, PyObject *other, int op) {{
    if ((op != Py_EQ && op != Py_NE) || other->ob_type != py_class{number}) {{
        Py_IncRef(&_Py_NotImplementedStruct);
        return &_Py_NotImplementedStruct;
    }}
    py_begin();
    PyObject *left = py_pack({count}{left}), *right = py_pack({count}{right});
    py_end();
    PyObject *same = left != NULL && right != NULL ? PyObject_RichCompare(left, right, op) : NULL;
    if (left != NULL)
        Py_DecRef(left);
    if (right != NULL)
        Py_DecRef(right);
    return same;
}}
"
        );
    }

    /// The attributes as C that makes new objects, separated by commas.
    fn attributes(&self, number: usize, class: &Class, instance: &str) -> String {
        let made = class.fields.iter().map(|field| {
            let name = self.field(class, &field.name);
            let place = format!("py_value_class{number}({instance})->{name}");
            format!(", {}", self.output(&field.ty, &place))
        });
        made.collect()
    }

    fn hash(&mut self, number: usize, class: &Class) {
        let (count, items) = (class.fields.len(), self.attributes(number, class, "self"));
        let _ = write!(
            self.out,
            "
static Py_hash_t py_hash{number}(PyObject *self) {{
    (void)self;
    py_begin();
    PyObject *fields = py_pack({count}{items});
    py_end();
    Py_hash_t hash = fields != NULL ? PyObject_Hash(fields) : -1;
    if (fields != NULL)
        Py_DecRef(fields);
    return hash;
}}
"
        );
    }

    fn plain_repr(&mut self, number: usize, class: &Class) -> String {
        let shown: Vec<String> =
            class.fields.iter().map(|field| format!("{}=%R", field.name)).collect();
        let format = c_text(&format!("{}({})", class.name, shown.join(", ")));
        let (count, items) = (class.fields.len(), self.attributes(number, class, "self"));
        let args: String = (0..count).map(|n| format!(", PyTuple_GetItem(fields, {n})")).collect();
        let name = format!("py_repr{number}");
        let _ = write!(
            self.out,
            "
static PyObject *{name}(PyObject *self) {{
    (void)self;
    py_begin();
    PyObject *fields = py_pack({count}{items});
    py_end();
    if (fields == NULL)
        return NULL;
    PyObject *text = PyUnicode_FromFormat({format}{args});
    Py_DecRef(fields);
    return text;
}}
"
        );
        name
    }

    /// A slot that calls a method which gives a text.
    fn text_method(
        &mut self,
        number: usize,
        class: &Class,
        ty: &Type,
        name: &str,
        symbol: Option<&str>,
    ) -> Option<String> {
        let function = Function {
            name: name.to_owned(),
            symbol: symbol?.to_owned(),
            parameters: Vec::new(),
            returns: Type::Scalar("str".to_owned()),
            doc: None,
            role: Some(Role::Property),
        };
        let called = self.function(&function, Some((number, ty, &class.name)));
        let slot = format!("py_{}{number}", name.trim_matches('_'));
        let _ = write!(
            self.out,
            "\nstatic PyObject *{slot}(PyObject *self) {{\n    return {called}(self, NULL);\n}}\n"
        );
        Some(slot)
    }
}
