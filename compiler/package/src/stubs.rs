//! Stubs for type checkers: what a package is to Python, as `.pyi` files.

use crate::python::{Bindings, Class, Function, Make, Module, Parameter, Role, Type};
use crate::tree::Member;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The stubs of all modules, with the marks that let type checkers believe them.
#[must_use]
pub fn stubs(bindings: &Bindings) -> Vec<Member> {
    let mut members = Vec::new();
    for module in &bindings.modules {
        let path = module.name.replace('.', "/");
        let is_top = !module.name.contains('.');
        let inner = format!("{}.", module.name);
        let is_package = bindings.modules.iter().any(|other| other.name.starts_with(&inner));
        let file = if is_top || is_package {
            format!("{path}/__init__.pyi")
        } else {
            format!("{path}.pyi")
        };
        members.push(Member { path: file, bytes: stub(module).into_bytes() });
        if is_top {
            members.push(Member { path: format!("{path}/py.typed"), bytes: Vec::new() });
        }
    }
    members
}

/// The stub of one module.
fn stub(module: &Module) -> String {
    let mut writer = Writer {
        module: &module.name,
        builtins: if hides_builtins(module) { "builtins." } else { "" },
        imports: BTreeSet::new(),
        offered: module
            .classes
            .iter()
            .filter(|class| class.module != module.name)
            .map(|class| class.name.clone())
            .collect(),
        text: String::new(),
    };
    writer.module(module);
    let mut out = String::new();
    if !writer.builtins.is_empty() {
        out.push_str("import builtins\n");
    }
    for line in &writer.imports {
        let _ = writeln!(out, "{line}");
    }
    out.push('\n');
    out + &writer.text
}

/// Whether something of the module has the name of a type that its stub needs.
fn hides_builtins(module: &Module) -> bool {
    const NEEDED: [&str; 13] = [
        "RuntimeError",
        "bool",
        "bytearray",
        "bytes",
        "complex",
        "dict",
        "float",
        "int",
        "list",
        "memoryview",
        "property",
        "str",
        "tuple",
    ];
    let own = module.functions.iter().map(|function| &function.name);
    let constants = module.constants.iter().map(|constant| &constant.name);
    let classes = module.classes.iter().flat_map(|class| {
        let fields = class.fields.iter().map(|field| &field.name);
        std::iter::once(&class.name)
            .chain(fields)
            .chain(class.methods.iter().map(|method| &method.name))
    });
    let mut all = own.chain(constants).chain(classes);
    all.any(|name| NEEDED.contains(&name.as_str()))
}

struct Writer<'m> {
    module: &'m str,
    /// What stands before the names of builtin types.
    builtins: &'static str,
    imports: BTreeSet<String>,
    /// Classes of other modules that this one offers.
    offered: BTreeSet<String>,
    text: String,
}

impl Writer<'_> {
    fn module(&mut self, module: &Module) {
        let top = self.module.split('.').next().unwrap_or(self.module);
        if top == self.module {
            let line = format!("class PanicError({}RuntimeError): ...", self.builtins);
            self.line(0, &line);
        } else {
            self.imports.insert(format!("from {top} import PanicError as PanicError"));
        }
        for constant in &module.constants {
            self.imports.insert("from typing import Final".to_owned());
            let ty = self.ty(&constant.ty, false);
            self.line(0, &format!("{}: Final[{ty}]", constant.name));
        }
        for class in &module.classes {
            if class.module == module.name {
                self.class(class);
            } else {
                let (from, name) = (&class.module, &class.name);
                self.imports.insert(format!("from {from} import {name} as {name}"));
            }
        }
        for function in &module.functions {
            self.function(0, function, "");
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{:1$}{text}", "", 4 * depth);
    }

    fn function(&mut self, depth: usize, function: &Function, first: &str) {
        let parameters = self.parameters(&function.parameters, first);
        let returns = self.ty(&function.returns, false);
        self.line(depth, &format!("def {}({parameters}) -> {returns}: ...", function.name));
    }

    fn parameters(&mut self, parameters: &[Parameter], first: &str) -> String {
        let mut all: Vec<String> = Vec::new();
        if !first.is_empty() {
            all.push(first.to_owned());
        }
        for parameter in parameters {
            let default = if parameter.default.is_some() { " = ..." } else { "" };
            all.push(format!("{}: {}{default}", parameter.name, self.ty(&parameter.ty, true)));
        }
        all.join(", ")
    }

    fn class(&mut self, class: &Class) {
        self.imports.insert("from typing import final".to_owned());
        self.line(0, "@final");
        let name = identifier(&class.name);
        self.line(0, &format!("class {name}:"));
        let fields = class.field_parameters();
        let parameters = match &class.make {
            Make::Fields => Some(fields.as_slice()),
            Make::New(function) => Some(function.parameters.as_slice()),
            Make::Never => None,
        };
        match parameters {
            Some(parameters) => {
                let parameters = self.parameters(parameters, "cls");
                self.line(1, &format!("def __new__({parameters}) -> {name}: ..."));
            }
            None => {
                self.imports.insert("from typing import NoReturn".to_owned());
                self.line(1, "def __new__(cls) -> NoReturn: ...");
            }
        }
        for field in &class.fields {
            let ty = self.ty(&field.ty, false);
            self.line(1, &format!("@{}property", self.builtins));
            self.line(1, &format!("def {}(self) -> {ty}: ...", field.name));
        }
        for method in &class.methods {
            let first = match method.role {
                Some(Role::Static) => {
                    self.line(1, "@staticmethod");
                    ""
                }
                Some(Role::Property) => {
                    self.line(1, &format!("@{}property", self.builtins));
                    "self"
                }
                _ => "self",
            };
            self.function(1, method, first);
        }
    }

    /// A type; `taken` says that values of it are arguments, for which more fits.
    fn ty(&mut self, ty: &Type, taken: bool) -> String {
        let builtins = self.builtins;
        match ty {
            Type::None => "None".to_owned(),
            Type::Scalar(name) => match name.as_str() {
                "bool" | "str" => format!("{builtins}{name}"),
                "bytes" if taken => {
                    format!("{builtins}bytes | {builtins}bytearray | {builtins}memoryview")
                }
                "bytes" => format!("{builtins}bytes"),
                "f32" | "f64" => format!("{builtins}float"),
                "complex128" => format!("{builtins}complex"),
                _ => format!("{builtins}int"),
            },
            Type::Tuple { items, .. } if items.is_empty() => format!("{builtins}tuple[()]"),
            Type::Tuple { items, .. } => {
                let items: Vec<String> = items.iter().map(|item| self.ty(item, taken)).collect();
                format!("{builtins}tuple[{}]", items.join(", "))
            }
            Type::Optional { item, .. } => format!("{} | None", self.ty(item, taken)),
            Type::List { item, .. } => format!("{builtins}list[{}]", self.ty(item, false)),
            Type::Dict { key, value, .. } => {
                format!("{builtins}dict[{}, {}]", self.ty(key, false), self.ty(value, false))
            }
            Type::Array { .. } if taken => {
                self.imports.insert("from typing_extensions import Buffer".to_owned());
                "Buffer".to_owned()
            }
            Type::Array { .. } => format!("{builtins}memoryview"),
            Type::Struct { name, module, .. } => {
                let name = identifier(name);
                if *module != self.module && !self.offered.contains(&name) {
                    // Without `as` the name is for the stub alone.
                    self.imports.insert(format!("from {module} import {name}"));
                }
                name
            }
        }
    }
}

/// The name of a class; those without one that Python could write are no attributes of a module.
fn identifier(name: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    if name.chars().all(is_part) {
        return name.to_owned();
    }
    let parts: Vec<&str> = name.split(|c| !is_part(c)).filter(|part| !part.is_empty()).collect();
    format!("_{}", parts.join("_"))
}

#[cfg(test)]
mod tests;
