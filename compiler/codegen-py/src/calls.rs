//! Wrappers: from the arguments of Python to a call and back.

use crate::text::{c_text, python};
use crate::{Writer, types};
use spy_package::python::{Function, Parameter, Role, Type};
use std::fmt::Write;

/// What a wrapper gets from Python.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// An array of arguments, then those with names.
    Fast,
    /// A tuple and a dict: a constructor.
    New,
    /// Nothing but the instance.
    Bare,
}

/// A wrapper to write.
pub(crate) struct Wrapper<'w> {
    /// Its name in C.
    pub(crate) name: String,
    /// As errors say it.
    pub(crate) shown: String,
    /// What it takes.
    pub(crate) params: &'w [Parameter],
    /// How it is called.
    pub(crate) entry: Entry,
    /// The type of an instance that comes first.
    pub(crate) receiver: Option<Type>,
    /// What it calls; `None` if arguments become the fields of a struct.
    pub(crate) symbol: Option<&'w str>,
    /// What the call gives.
    pub(crate) returns: Type,
}

/// `name(a, b=2)` and what follows it in a docstring, as a literal of C.
pub(crate) fn doc(
    name: &str,
    first: Option<&str>,
    params: &[Parameter],
    doc: Option<&str>,
) -> String {
    c_text(&doc_text(name, first, params, doc))
}

/// The same as text.
pub(crate) fn doc_text(
    name: &str,
    first: Option<&str>,
    params: &[Parameter],
    doc: Option<&str>,
) -> String {
    let given = params.iter().map(|param| match &param.default {
        Some(value) => format!("{}={}", param.name, python(value)),
        None => param.name.clone(),
    });
    let all: Vec<String> = first.map(str::to_owned).into_iter().chain(given).collect();
    format!("{name}({})\n--\n\n{}", all.join(", "), doc.unwrap_or_default())
}

impl Writer<'_> {
    /// The wrapper of a function or method, of a class with this number.
    pub(crate) fn function(
        &mut self,
        function: &Function,
        class: Option<(usize, &Type, &str)>,
    ) -> String {
        let (name, shown) = match class {
            None => (crate::text::c_name(&function.name), function.name.clone()),
            Some((number, _, class)) => {
                let name = crate::text::c_name(&function.name);
                (format!("{number}_{name}"), format!("{class}.{}", function.name))
            }
        };
        let has_receiver = matches!(function.role, Some(Role::Method | Role::Property));
        let entry = if function.role == Some(Role::Property) { Entry::Bare } else { Entry::Fast };
        let name = format!("py_call_{}_{name}", self.done.len());
        self.done.insert(name.clone());
        let wrapper = Wrapper {
            name: name.clone(),
            shown,
            params: &function.parameters,
            entry,
            receiver: class.map(|(_, ty, _)| ty.clone()).filter(|_| has_receiver),
            symbol: Some(&function.symbol),
            returns: function.returns.clone(),
        };
        self.wrapper(&wrapper);
        name
    }

    /// Writes a wrapper.
    pub(crate) fn wrapper(&mut self, wrapper: &Wrapper<'_>) {
        for param in wrapper.params {
            self.conversions(&param.ty, true);
        }
        self.conversions(&wrapper.returns, false);
        self.description(wrapper);
        let is_simple = wrapper.symbol.is_none_or(|symbol| self.extension.simple.contains(symbol));
        let holds = |ty: &Type| self.has_pointers(ty);
        let is_plain = !wrapper.params.iter().any(|param| holds(&param.ty))
            && !wrapper.receiver.as_ref().is_some_and(holds)
            && !holds(&wrapper.returns);
        if is_plain {
            self.plain(wrapper, is_simple);
        } else {
            self.framed(wrapper);
        }
    }

    /// What binding needs to know.
    fn description(&mut self, wrapper: &Wrapper<'_>) {
        if wrapper.params.is_empty() && wrapper.entry == Entry::Bare {
            return;
        }
        let name = &wrapper.name;
        let names: Vec<String> = wrapper.params.iter().map(|param| c_text(&param.name)).collect();
        let required = wrapper.params.iter().filter(|param| param.default.is_none()).count();
        let defaults: Vec<String> = wrapper
            .params
            .iter()
            .map(|param| match &param.default {
                Some(value) => format!("&{}", self.constant(value)),
                None => "NULL".to_owned(),
            })
            .collect();
        let list = |items: &[String]| match items {
            [] => "NULL".to_owned(),
            _ => items.join(", "),
        };
        let shown = c_text(&wrapper.shown);
        let _ = write!(
            self.out,
            "\nstatic const char *const {name}_names[] = {{{}}};\nstatic PyObject **const {name}_defaults[] = {{{}}};\nstatic const py_Function {name}_f = {{{shown}, {name}_names, {name}_defaults, {}, {required}}};\n",
            list(&names),
            list(&defaults),
            wrapper.params.len(),
        );
    }

    /// The head, and the binding of arguments to `args`.
    fn head(&mut self, wrapper: &Wrapper<'_>) {
        let Wrapper { name, params, entry, .. } = wrapper;
        let count = params.len();
        let head = match entry {
            Entry::Fast => format!(
                "static PyObject *{name}(PyObject *self, PyObject *const *args, Py_ssize_t given, PyObject *names)"
            ),
            Entry::New => format!(
                "static PyObject *{name}(PyTypeObject *type, PyObject *tuple, PyObject *names)"
            ),
            Entry::Bare => format!("static PyObject *{name}(PyObject *self, void *closure)"),
        };
        self.line(&format!("\n{head} {{"));
        match entry {
            Entry::Fast => {
                self.line("    (void)self;");
                let _ = write!(
                    self.out,
                    "    PyObject *bound[{}];\n    if (PY_UNLIKELY(given != {count} || names != NULL)) {{\n        if (py_bind(&{name}_f, args, given, names, bound) < 0)\n            return NULL;\n        args = bound;\n    }}\n",
                    count.max(1)
                );
                if count == 0 {
                    self.line("    (void)args;");
                }
            }
            Entry::New => {
                let _ = write!(
                    self.out,
                    "    (void)type;\n    PyObject *args[{}];\n    if (py_bind_tuple(&{name}_f, tuple, names, args) < 0)\n        return NULL;\n",
                    count.max(1)
                );
            }
            Entry::Bare => self.line("    (void)closure;"),
        }
    }

    /// The arguments of the C call, whose values are the lvalues `place(n)`.
    fn call(&self, wrapper: &Wrapper<'_>, place: &dyn Fn(usize) -> String) -> String {
        let receiver = wrapper.receiver.as_ref().map(|ty| {
            let Type::Struct { layout, .. } = ty else { return String::new() };
            format!("*py_value_class{}(self)", self.class_number(layout))
        });
        let numbered = wrapper.params.iter().enumerate();
        let exists = numbered.filter(|(_, param)| param.ty != Type::None);
        let args: Vec<String> = receiver.into_iter().chain(exists.map(|(n, _)| place(n))).collect();
        match wrapper.symbol {
            Some(symbol) => format!("{symbol}({})", args.join(", ")),
            None => format!(
                "({}){{{}}}",
                self.c_type(&wrapper.returns),
                if args.is_empty() { "0".to_owned() } else { args.join(", ") }
            ),
        }
    }

    /// A wrapper whose values hold no pointers: they are locals.
    fn plain(&mut self, wrapper: &Wrapper<'_>, is_simple: bool) {
        self.head(wrapper);
        let Wrapper { name, params, returns, .. } = wrapper;
        if params.iter().any(|param| param.ty != Type::None) {
            self.line("    py_Call *const c = NULL;");
        }
        for (n, param) in params.iter().enumerate() {
            if param.ty != Type::None {
                let ty = self.c_type(&param.ty);
                self.line(&format!("    {ty} a{n} = {{0}};"));
            }
            let input = self.input(&param.ty, &format!("args[{n}]"), &format!("a{n}"));
            self.line(&format!(
                "    if (PY_UNLIKELY({input} < 0))\n        return py_refuse(&{name}_f, {n});"
            ));
        }
        let call = self.call(wrapper, &|n| format!("a{n}"));
        let is_none = *returns == Type::None;
        let assign = if is_none { String::new() } else { "r = ".to_owned() };
        if !is_none {
            let ty = self.c_type(returns);
            self.line(&format!("    {ty} r;"));
        }
        let (mut leave, mut enter) = self.around(wrapper);
        if !enter.is_empty() {
            for n in (0..params.len()).filter(|n| params[*n].ty != Type::None) {
                let _ = writeln!(leave, "    PY_STAY(a{n});");
            }
            if !is_none {
                enter.insert_str(0, "    PY_STAY(r);\n");
            }
        }
        if is_simple {
            self.line(&format!("    {assign}{call};"));
        } else {
            let _ = write!(
                self.out,
                "    py_Call call;\n    call.bottom = __builtin_frame_address(0);\n    call.thread = NULL;\n    py_begin();\n    if (PY_UNLIKELY(PY_CATCH(&call))) {{\n        py_gil_enter(&call);\n        py_raise(&call);\n        py_end();\n        return NULL;\n    }}\n    py_enter(&call);\n{leave}    {assign}{call};\n    spy_library_leave();\n{enter}    py_end();\n"
            );
        }
        let output = self.output(returns, "r");
        self.line(&format!("    return {output};\n}}"));
    }

    /// The lines before and after a call during which other threads may run.
    fn around(&self, wrapper: &Wrapper<'_>) -> (String, String) {
        let is_bare = |ty: &Type| match ty {
            Type::Scalar(name) => !matches!(name.as_str(), "str" | "bytes"),
            Type::None | Type::Array { .. } => true,
            _ => false,
        };
        let all = wrapper.params.iter().map(|param| &param.ty).chain([&wrapper.returns]);
        let is_possible = self.extension.release_gil
            && wrapper.receiver.is_none()
            && wrapper.symbol.is_some()
            && all.into_iter().all(is_bare);
        if is_possible {
            ("    py_gil_leave(&call);\n".to_owned(), "    py_gil_enter(&call);\n".to_owned())
        } else {
            (String::new(), String::new())
        }
    }

    /// A wrapper whose values lie where the collector sees them.
    fn framed(&mut self, wrapper: &Wrapper<'_>) {
        let Wrapper { name, params, returns, .. } = wrapper;
        let mut fields = String::from("    py_Frame frame;\n");
        for (n, param) in params.iter().enumerate() {
            if param.ty != Type::None {
                let _ = writeln!(fields, "    {} a{n};", self.c_type(&param.ty));
            }
        }
        if *returns != Type::None {
            let _ = writeln!(fields, "    {} r;", self.c_type(returns));
        }
        let arrays = params.iter().filter(|param| matches!(param.ty, Type::Array { .. })).count();
        let _ = writeln!(self.frames, "typedef struct {{\n{fields}}} {name}_Frame;");
        self.frame_names.push(format!("{name}_Frame"));
        self.head(wrapper);
        let lent =
            if arrays > 0 { format!("    Py_buffer lent[{arrays}];\n") } else { String::new() };
        let lent_field = if arrays > 0 { ", .lent = lent" } else { "" };
        let _ = write!(
            self.out,
            "{lent}    py_begin();\n    {name}_Frame *const v = py_frame_new(PY_FRAME_SIZE);\n    if (v == NULL) {{\n        py_end();\n        return NULL;\n    }}\n    py_Call call = {{.bottom = __builtin_frame_address(0){lent_field}}};\n    py_Call *const c = &call;\n    PyObject *volatile result = NULL;\n    if (PY_UNLIKELY(PY_CATCH(c))) {{\n        py_gil_enter(c);\n        py_raise(c);\n        goto done;\n    }}\n"
        );
        for (n, param) in params.iter().enumerate() {
            let input = self.input(&param.ty, &format!("args[{n}]"), &format!("v->a{n}"));
            self.line(&format!(
                "    if (PY_UNLIKELY({input} < 0)) {{\n        py_refuse(&{name}_f, {n});\n        goto done;\n    }}"
            ));
        }
        let assign = if *returns == Type::None { "" } else { "v->r = " };
        let call = self.call(wrapper, &|n| format!("v->a{n}"));
        if wrapper.symbol.is_some() {
            let (leave, enter) = self.around(wrapper);
            let _ = write!(
                self.out,
                "    py_enter(c);\n{leave}    {assign}{call};\n    spy_library_leave();\n{enter}"
            );
        } else {
            self.line(&format!("    {assign}{call};"));
        }
        self.result(wrapper);
        self.line("done:");
        for (n, param) in params.iter().enumerate() {
            if let Type::Array { ndim, .. } = &param.ty {
                self.take_back(n, *ndim);
            }
        }
        self.line("    py_finish(c);\n    py_frame_end(v, PY_FRAME_SIZE);\n    py_end();\n    return result;\n}");
    }

    /// The result of the call as an object. An array that was lent is the object that lent it.
    fn result(&mut self, wrapper: &Wrapper<'_>) {
        let Wrapper { params, returns, .. } = wrapper;
        let output = self.output(returns, "v->r");
        let Type::Array { layout, .. } = returns else {
            self.line(&format!("    result = {output};"));
            return;
        };
        for (n, param) in params.iter().enumerate() {
            if matches!(&param.ty, Type::Array { layout: other, .. } if other == layout) {
                self.line(&format!(
                    "    if (v->r.__ll__$.p == v->a{n}.__ll__$.p) {{\n        Py_IncRef(args[{n}]);\n        result = args[{n}];\n        goto done;\n    }}"
                ));
            }
        }
        let suffix = self.suffix(returns);
        self.line(&format!("    result = py_array_{suffix}(&v->r, c);"));
    }

    /// Empties an array that was lent: SPy may have kept it, and its items are the caller's.
    fn take_back(&mut self, n: usize, ndim: u32) {
        let sizes: String = types::dimensions(ndim)
            .iter()
            .map(|size| format!("        v->a{n}.__ll__$.p->{size} = 0;\n"))
            .collect();
        self.line(&format!("    if (v->a{n}.__ll__$.p != NULL) {{\n{sizes}    }}"));
    }
}
