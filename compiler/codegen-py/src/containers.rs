//! Conversions of what consists of parts.

use crate::{Writer, types};
use spy_package::python::Type;
use std::fmt::Write;

impl Writer<'_> {
    /// Makes sure that the conversions of a type are there, into SPy or out of it.
    pub(crate) fn conversions(&mut self, ty: &Type, is_input: bool) {
        let direction = if is_input { "in" } else { "out" };
        let name = format!("{direction}_{}", self.suffix(ty));
        if matches!(ty, Type::None | Type::Scalar(_) | Type::Struct { .. })
            || !self.done.insert(name)
        {
            return;
        }
        for part in parts(ty) {
            self.conversions(part, is_input);
        }
        match (ty, is_input) {
            (Type::Tuple { items, layout }, true) => self.tuple_in(ty, items, layout),
            (Type::Tuple { items, layout }, false) => self.tuple_out(ty, items, layout),
            (Type::Optional { item, layout }, true) => self.optional_in(ty, item, layout),
            (Type::Optional { item, layout }, false) => self.optional_out(ty, item, layout),
            (Type::List { item, .. }, true) => self.list_in(ty, item),
            (Type::List { item, .. }, false) => self.list_out(ty, item),
            (Type::Dict { key, value, .. }, true) => self.dict_in(ty, key, value),
            (Type::Dict { key, value, .. }, false) => self.dict_out(ty, key, value),
            (Type::Array { item, ndim, .. }, true) => self.array_in(ty, item, *ndim),
            (Type::Array { item, ndim, .. }, false) => self.array_out(ty, item, *ndim),
            _ => {}
        }
    }

    fn begin_in(&mut self, ty: &Type) {
        let (suffix, c_type) = (self.suffix(ty), self.c_type(ty));
        self.line(&format!(
            "\nstatic int py_in_{suffix}(PyObject *o, {c_type} *out, py_Call *c) {{"
        ));
    }

    fn begin_out(&mut self, ty: &Type) {
        let (suffix, c_type) = (self.suffix(ty), self.c_type(ty));
        self.line(&format!("\nstatic PyObject *py_out_{suffix}(const {c_type} *v) {{"));
    }

    /// The names of a tuple's items in C.
    fn items(&self, layout: &str, count: usize) -> Vec<String> {
        let fields = self.c_struct(layout).fields;
        let name = |n: usize| {
            let spy = format!("_item{n}");
            let found = fields.iter().find(|(name, _)| *name == spy);
            found.map_or(spy.clone(), |(_, c)| c.clone())
        };
        (0..count).map(name).collect()
    }

    fn tuple_in(&mut self, ty: &Type, items: &[Type], layout: &str) {
        self.begin_in(ty);
        let count = items.len();
        let plural = if count == 1 { "" } else { "s" };
        let _ = write!(
            self.out,
            "    (void)out;\n    (void)c;\n    if (!py_is(o, Py_TPFLAGS_TUPLE_SUBCLASS))\n        return py_expected(\"tuple\", o);\n    if (PyTuple_Size(o) != {count})\n        return py_fail(PyExc_TypeError, \"expected a tuple of {count} item{plural}, got %zd\", PyTuple_Size(o));\n"
        );
        for (n, (item, field)) in items.iter().zip(self.items(layout, count)).enumerate() {
            let input =
                self.input(item, &format!("PyTuple_GetItem(o, {n})"), &format!("out->{field}"));
            self.line(&format!("    if ({input} < 0)\n        return py_within(\"item\", {n});"));
        }
        self.line("    return 0;\n}");
    }

    fn tuple_out(&mut self, ty: &Type, items: &[Type], layout: &str) {
        self.begin_out(ty);
        let fields = self.items(layout, items.len());
        let made: String = items
            .iter()
            .zip(fields)
            .map(|(item, field)| format!(", {}", self.output(item, &format!("v->{field}"))))
            .collect();
        self.line(&format!("    (void)v;\n    return py_pack({}{made});\n}}", items.len()));
    }

    /// The names in C of what says whether there is a value, and of the value.
    fn optional_fields(&self, layout: &str) -> [String; 2] {
        let fields = self.c_struct(layout).fields;
        ["__some__", "__it__"].map(|spy| {
            let found = fields.iter().find(|(name, _)| name == spy);
            found.map_or(spy.to_owned(), |(_, c)| c.clone())
        })
    }

    fn optional_in(&mut self, ty: &Type, item: &Type, layout: &str) {
        self.begin_in(ty);
        let [some, value] = self.optional_fields(layout);
        let input = self.input(item, "o", &format!("out->{value}"));
        let _ = write!(
            self.out,
            "    (void)c;
    memset(out, 0, sizeof *out);
    if (o == PY_NONE)
        return 0;
    out->{some} = true;
    return {input};
}}
"
        );
    }

    fn optional_out(&mut self, ty: &Type, item: &Type, layout: &str) {
        self.begin_out(ty);
        let [some, value] = self.optional_fields(layout);
        let output = self.output(item, &format!("v->{value}"));
        self.line(&format!("    return v->{some} ? {output} : py_out_none();\n}}"));
    }

    fn list_in(&mut self, ty: &Type, item: &Type) {
        self.begin_in(ty);
        let alloc = if self.has_pointers(item) {
            "spy_gc_alloc_items"
        } else {
            "spy_gc_alloc_items_atomic"
        };
        let length = self.room("data->items", "room");
        let input = self.input(item, "item", "data->items.p[i]");
        // Room for a few items, since what is empty grows by doubling; and items may be gone before
        // they are converted: converting runs code of others.
        let _ = write!(
            self.out,
            "    if (!py_is(o, Py_TPFLAGS_LIST_SUBCLASS))
        return py_expected(\"list\", o);
    Py_ssize_t count = PyList_Size(o);
    if (count > INT32_MAX)
        return py_fail(PyExc_OverflowError, \"list is too long\");
    int32_t room = count < 4 ? 4 : (int32_t)count;
    py_enter(c);
    out->__ll__$.p = spy_gc_alloc(sizeof *out->__ll__$.p);
    __typeof__(out->__ll__$.p) data = out->__ll__$.p;
{}    data->items.p = {alloc}(room, sizeof *data->items.p, NULL);
{length}    data->capacity = room;
    for (Py_ssize_t i = 0; i < count && i < PyList_Size(o); i++) {{
        PyObject *item = PyList_GetItem(o, i);
        Py_IncRef(item);
        int done = {input};
        Py_DecRef(item);
        if (done < 0)
            return py_within(\"item\", i);
        data->length = (int32_t)i + 1;
    }}
    return 0;
}}
",
            self.room("out->__ll__$", "1"),
        );
    }

    /// The line that says how many items a checked pointer may reach.
    fn room(&self, pointer: &str, count: &str) -> String {
        if self.extension.checked {
            format!("    {pointer}.length = {count};\n")
        } else {
            String::new()
        }
    }

    fn list_out(&mut self, ty: &Type, item: &Type) {
        self.begin_out(ty);
        let output = self.output(item, "v->__ll__$.p->items.p[i]");
        let _ = write!(
            self.out,
            "    PyObject *list = PyList_New(v->__ll__$.p->length);
    for (int32_t i = 0; list != NULL && i < v->__ll__$.p->length; i++) {{
        PyObject *item = {output};
        if (item == NULL) {{
            Py_DecRef(list);
            return NULL;
        }}
        PyList_SetItem(list, i, item);
    }}
    return list;
}}
"
        );
    }

    fn dict_in(&mut self, ty: &Type, key: &Type, value: &Type) {
        self.begin_in(ty);
        let (key_type, value_type) = (self.c_type(key), self.c_type(value));
        let key_in = self.input(key, "key", "pair->key");
        let value_in = self.input(value, "value", "pair->value");
        let found = self.extension.bindings.dicts.iter().find(|found| found.ty == *ty);
        let (new, set) = found.map(|found| (&*found.new, &*found.set)).unwrap_or_default();
        // Converting runs code of others, which may change the dict: a copy is what is walked.
        let _ = write!(
            self.out,
            "    struct {{
        py_Held head;
        {key_type} key;
        {value_type} value;
    }} *pair;
    if (!py_is(o, Py_TPFLAGS_DICT_SUBCLASS))
        return py_expected(\"dict\", o);
    if (PyDict_Size(o) > INT32_MAX)
        return py_fail(PyExc_OverflowError, \"dict is too long\");
    pair = (void *)py_hold(c, sizeof *pair);
    if (pair == NULL)
        return -1;
    PyObject *copy = PyDict_Copy(o), *key, *value;
    if (copy == NULL)
        return -1;
    pair->head.owned = copy;
    py_enter(c);
    *out = {new}();
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; PyDict_Next(copy, &at, &key, &value); i++) {{
        if ({key_in} < 0)
            return py_within(\"key\", i);
        if ({value_in} < 0)
            return py_within(\"value\", i);
        py_enter(c);
        {set}(*out, pair->key, pair->value);
    }}
    py_let_go(c);
    return 0;
}}
"
        );
    }

    fn dict_out(&mut self, ty: &Type, key: &Type, value: &Type) {
        self.begin_out(ty);
        let is_text = matches!(key, Type::Scalar(name) if name == "str");
        let key_field = if is_text { "key.text" } else { "key" };
        let key_out = self.output(key, &format!("data->entries.p[i].{key_field}"));
        let value_out = self.output(value, "data->entries.p[i].value");
        let _ = write!(
            self.out,
            "    __typeof__(v->__ll__$.p) data = v->__ll__$.p;
    PyObject *dict = PyDict_New();
    for (int32_t i = 1; dict != NULL && i <= data->length; i++) {{
        if (data->entries.p[i].mark == 1)
            continue;
        PyObject *key = {key_out};
        PyObject *value = key != NULL ? {value_out} : NULL;
        if (value == NULL || PyDict_SetItem(dict, key, value) < 0) {{
            Py_DecRef(dict);
            dict = NULL;
        }}
        if (key != NULL)
            Py_DecRef(key);
        if (value != NULL)
            Py_DecRef(value);
    }}
    return dict;
}}
"
        );
    }

    fn array_in(&mut self, ty: &Type, item: &str, ndim: u32) {
        self.begin_in(ty);
        let (kind, size, _) = types::item(item);
        let sizes: String = types::dimensions(ndim)
            .iter()
            .enumerate()
            .map(|(n, field)| format!("    data->{field} = (int32_t)view->shape[{n}];\n"))
            .collect();
        let _ = write!(
            self.out,
            "    Py_buffer *view = py_lend(o, c, '{kind}', {size}, {ndim}, \"{item}\");
    if (view == NULL)
        return -1;
    py_enter(c);
    out->__ll__$.p = spy_gc_alloc(sizeof *out->__ll__$.p);
    __typeof__(out->__ll__$.p) data = out->__ll__$.p;
{}    data->items.p = view->buf;
{}{sizes}    return 0;
}}
",
            self.room("out->__ll__$", "1"),
            self.room("data->items", "view->len / view->itemsize"),
        );
    }

    fn array_out(&mut self, ty: &Type, item: &str, ndim: u32) {
        let (suffix, c_type) = (self.suffix(ty), self.c_type(ty));
        let (_, size, format) = types::item(item);
        let shape: Vec<String> =
            types::dimensions(ndim).iter().map(|field| format!("v->__ll__$.p->{field}")).collect();
        let _ = write!(
            self.out,
            "
static PyObject *py_array_{suffix}(const {c_type} *v, const py_Call *c) {{
    const Py_ssize_t shape[] = {{{}}};
    return py_array_view(v, sizeof *v, v->__ll__$.p->items.p, \"{format}\", {size}, {ndim}, shape, c);
}}

static PY_UNUSED PyObject *py_out_{suffix}(const {c_type} *v) {{
    return py_array_{suffix}(v, NULL);
}}
",
            shape.join(", ")
        );
    }
}

/// The types of the parts that are converted one by one.
fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Tuple { items, .. } => items.iter().collect(),
        Type::List { item, .. } | Type::Optional { item, .. } => vec![item],
        Type::Dict { key, value, .. } => vec![key, value],
        _ => Vec::new(),
    }
}
