//! The module itself: its tables, what happens when it is imported, its constants.

use crate::calls::doc;
use crate::text::{c_bytes, c_text};
use crate::{Writer, entry};
use spy_package::python::Module;
use std::fmt::Write;

/// What comes before all headers: for `pthread_getattr_np`.
const PROLOGUE: &str = "#ifndef _GNU_SOURCE\n#  define _GNU_SOURCE\n#endif\n";

impl Writer<'_> {
    /// The text of the whole file.
    pub(crate) fn module_file(&mut self) -> String {
        self.class_heads();
        self.class_bodies();
        for (number, module) in self.extension.bindings.modules.iter().enumerate() {
            self.method_table(number, module);
        }
        for (number, module) in self.extension.bindings.modules.iter().enumerate() {
            self.fill(number, module);
        }
        self.start();
        let mut file = format!(
            "{PROLOGUE}#define PY_RELEASE_GIL {}\n#include \"{}\"\n#include \"spy_python_values.h\"\n\n{}",
            i32::from(self.extension.release_gil),
            self.extension.header,
            self.frames
        );
        let members: String = self
            .frame_names
            .iter()
            .enumerate()
            .map(|(n, name)| format!("    {name} f{n};\n"))
            .collect();
        let _ = write!(
            file,
            "\nenum {{ PY_FRAME_SIZE = sizeof(union {{\n    py_Frame frame;\n{members}}}) }};\n\nstatic PyObject *py_constants[{}];\n{}",
            self.constants.len().max(1),
            self.out
        );
        file
    }

    fn method_table(&mut self, number: usize, module: &Module) {
        let mut lines = String::new();
        for function in &module.functions {
            let name = self.function(function, None);
            let text = doc(&function.name, None, &function.parameters, function.doc.as_deref());
            let _ = writeln!(
                lines,
                "    {{{}, (PyCFunction)(void (*)(void)){name}, METH_FASTCALL | METH_KEYWORDS, {text}}},",
                c_text(&function.name)
            );
        }
        let _ = write!(
            self.out,
            "\nstatic PyMethodDef py_methods{number}[] = {{\n{lines}    {{NULL, NULL, 0, NULL}},\n}};\n"
        );
    }

    /// The function that adds classes and constants to a module.
    fn fill(&mut self, number: usize, module: &Module) {
        let mut lines = String::new();
        for class in module.classes.iter().filter(|class| class.public) {
            let (name, class) = (c_text(&class.name), self.class_number(&class.layout));
            let _ = writeln!(
                lines,
                "    if (PyModule_AddObjectRef(module, {name}, (PyObject *)py_class{class}) < 0)\n        return -1;"
            );
        }
        for constant in &module.constants {
            let (name, value) = (c_text(&constant.name), self.constant(&constant.value));
            let _ = writeln!(
                lines,
                "    if (PyModule_AddObjectRef(module, {name}, {value}) < 0)\n        return -1;"
            );
        }
        if !module.has("PanicError") {
            lines.push_str(
                "    if (PyModule_AddObjectRef(module, \"PanicError\", py_panic_error) < 0)\n        return -1;\n",
            );
        }
        let _ = write!(
            self.out,
            "\nstatic int py_fill{number}(PyObject *module, const void *context) {{\n{lines}    (void)module;\n    (void)context;\n    return 0;\n}}\n"
        );
    }

    /// Types, constants and libspy are made once for the process.
    fn start(&mut self) {
        let bindings = self.extension.bindings;
        let root = bindings.modules.first().cloned().unwrap_or_default();
        let mut once = String::new();
        for (number, class) in self.classes().enumerate() {
            let names: Vec<String> = class
                .fields
                .iter()
                .map(|field| {
                    let name = &field.name;
                    format!(", PyUnicode_DecodeUTF8({}, {}, NULL)", c_text(name), name.len())
                })
                .collect();
            let _ = writeln!(
                once,
                "    if (py_type(&py_class{number}, &py_spec_class{number}, py_pack({}{})) < 0)\n        return -1;",
                names.len(),
                names.concat()
            );
        }
        for (number, made) in self.constants.iter().enumerate() {
            let _ = writeln!(
                once,
                "    if ((py_constants[{number}] = {made}) == NULL)\n        return -1;"
            );
        }
        let (name, shown) = (self.extension.name, c_text(&root.name));
        let panic_error = c_text(&format!("{}.PanicError", root.name));
        let submodules: String = bindings
            .modules
            .iter()
            .enumerate()
            .skip(1)
            .map(|(number, module)| {
                let last = module.name.rsplit('.').next().unwrap_or_default();
                let parent = module.name.strip_suffix(&format!(".{last}")).unwrap_or_default();
                let of_root = if parent == root.name { "module" } else { "NULL" };
                format!(
                    "    if (py_submodule({of_root}, {}, {}, {}, {}, py_methods{number}, py_fill{number}, NULL) < 0)\n        return -1;\n",
                    c_text(&module.name),
                    c_text(parent),
                    c_text(last),
                    module.doc.as_deref().map_or("NULL".to_owned(), c_text),
                )
            })
            .collect();
        let doc = root.doc.as_deref().map_or("NULL".to_owned(), |doc| c_bytes(doc.as_bytes()));
        let _ = write!(
            self.out,
            "
static int py_once(void) {{
    static bool done;
    if (done)
        return 0;
    spy_heap_guest(&py_active);
    spy_library_begin();
    py_lock_make();
    spy_panic_handle(py_on_panic);
    py_table_load();
    py_panic_error = PyErr_NewExceptionWithDoc({panic_error}, \"A panic that is no error of Python's.\", PyExc_RuntimeError, NULL);
    if (py_panic_error == NULL)
        return -1;
    if (py_type(&py_array_type, &py_array_spec, NULL) < 0)
        return -1;
{once}    done = true;
    return 0;
}}

static int py_exec(PyObject *module) {{
    if (py_refuse_subinterpreter({shown}) < 0 || py_once() < 0 || py_fill0(module, NULL) < 0)
        return -1;
{submodules}    return 0;
}}

static PyModuleDef_Slot py_slots[] = {{
    {{Py_mod_exec, (void *)py_exec}},
    {{0, NULL}},
    {{0, NULL}},
}};

static PyModuleDef py_module = {{
    PyModuleDef_HEAD_INIT, {shown}, {doc}, 0, py_methods0, py_slots, NULL, NULL, NULL
}};

__attribute__((visibility(\"default\"))) PyObject *{}(void) {{
    /* Said to interpreters that can ask: one heap for each process. */
    if (Py_Version >= 0x030C0000)
        py_slots[1] = (PyModuleDef_Slot){{PY_MOD_MULTIPLE_INTERPRETERS, PY_MOD_NOT_SUPPORTED}};
    return PyModuleDef_Init(&py_module);
}}
",
            entry(name)
        );
    }
}
