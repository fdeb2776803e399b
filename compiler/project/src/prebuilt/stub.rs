//! Modules made up from an interface: declarations in SPy.
//!
//! Names in full become imports. What compiled code is called stands in docstrings, where redshift
//! finds it (`spy_db::is_interface`). A function of compile time becomes a choice between the calls
//! that were compiled ahead of time, and an error that lists them.

use serde_json::Value as Json;
use spy_eval::spelling::quoted;
use spy_package::interface::{
    Export, Function, Interface, Made, ModuleEntry, Parameter, Role, StructEntry, Variant,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The source of generics that a module is, if it is one of those.
pub(crate) fn generics<'i>(interface: &'i Interface, module: &str) -> Option<&'i str> {
    let all = interface.modules.iter().filter_map(|entry| entry.generics.as_ref());
    all.filter(|generics| generics.module == module).map(|generics| generics.text.as_str()).next()
}

/// Whether a package has a module.
pub(crate) fn has_module(interface: &Interface, module: &str) -> bool {
    interface.modules.iter().any(|entry| entry.name == module)
        || generics(interface, module).is_some()
}

/// The text of a module that declares; `None` if the package has no such module.
pub(crate) fn stub(interface: &Interface, module: &str) -> Option<String> {
    let entry = interface.modules.iter().find(|entry| entry.name == module)?;
    let structs = interface.structs.iter().map(|entry| (entry.fqn.as_str(), entry)).collect();
    let mut writer = Writer {
        interface,
        module,
        structs,
        imports: BTreeMap::new(),
        made: None,
        text: String::new(),
    };
    writer.exports(entry);
    Some(writer.finish(entry))
}

struct Writer<'i> {
    interface: &'i Interface,
    module: &'i str,
    structs: BTreeMap<&'i str, &'i StructEntry>,
    /// Local names of what other modules define, by module and name.
    imports: BTreeMap<(String, String), String>,
    /// A struct that a call makes, inside of the call: its name in full and its local one.
    made: Option<(String, String)>,
    text: String,
}

impl Writer<'_> {
    fn finish(self, entry: &ModuleEntry) -> String {
        let mut out = String::new();
        if let Some(doc) = &entry.doc {
            let _ = writeln!(out, "{}", quoted(doc));
        }
        for ((module, name), local) in &self.imports {
            let _ = writeln!(out, "from {module} import {name} as {local}");
        }
        out + &self.text
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.text, "{:1$}{text}", "", 4 * depth);
    }

    fn exports(&mut self, entry: &ModuleEntry) {
        for export in &entry.exports {
            match export {
                Export::Variable { fqn, ty, value, .. } => {
                    let ty = self.local(ty);
                    let first = match value.as_ref().and_then(literal) {
                        Some(value) => value,
                        // The real one is in the object. This one is zero.
                        None => format!("{}[{ty}](1)[0]", self.name("unsafe", "gc_alloc")),
                    };
                    self.line(0, &format!("var {}: {ty} = {first}", last(fqn)));
                }
                Export::Constant { fqn, ty, value } => {
                    if let Some(value) = literal(value) {
                        let ty = self.local(ty);
                        self.line(0, &format!("{}: {ty} = {value}", last(fqn)));
                    }
                }
                Export::Alias { fqn, target } => {
                    let target = self.local(target);
                    if last(fqn) != target {
                        self.line(0, &format!("{} = {target}", last(fqn)));
                    }
                }
                Export::Struct { fqn, methods } => self.class(0, last(fqn), fqn, methods),
                Export::Function(function) => self.function(0, last(&function.fqn), function),
                Export::Generic { fqn, brackets, parameters } => {
                    self.generic(fqn, *brackets, parameters);
                }
            }
        }
    }

    fn function(&mut self, depth: usize, name: &str, function: &Function) {
        match function.role {
            Role::Plain => {}
            Role::Static => self.line(depth, "@staticmethod"),
            Role::Class => self.line(depth, "@classmethod"),
            Role::Property => self.line(depth, "@property"),
        }
        let mut parameters = Vec::new();
        // Those without a default come first.
        let writable = |param: &Parameter| param.default.as_ref().and_then(literal);
        let needed = function.parameters.iter().rposition(|param| writable(param).is_none());
        for (index, param) in function.parameters.iter().enumerate() {
            let ty = self.local(&param.ty);
            let default = writable(param).filter(|_| needed.is_none_or(|last| index > last));
            let default = default.map(|value| format!(" = {value}")).unwrap_or_default();
            parameters.push(format!("{}: {ty}{default}", param.name));
        }
        let returns = self.local(&function.returns);
        self.line(depth, &format!("def {name}({}) -> {returns}:", parameters.join(", ")));
        let doc = function.doc.as_ref().map(|doc| format!("\n{doc}")).unwrap_or_default();
        self.line(depth + 1, &quoted(&format!("{}{doc}", function.symbol)));
    }

    fn class(&mut self, depth: usize, name: &str, fqn: &str, methods: &[Function]) {
        self.line(depth, "@struct");
        self.line(depth, &format!("class {name}:"));
        let fields = self.structs.get(fqn).map(|entry| entry.fields.as_slice()).unwrap_or_default();
        if fields.is_empty() && methods.is_empty() {
            self.line(depth + 1, "pass");
        }
        for field in fields {
            let ty = self.local(&field.ty);
            self.line(depth + 1, &format!("{}: {ty}", field.name));
        }
        for method in methods {
            self.function(depth + 1, last(&method.fqn), method);
        }
    }

    fn generic(&mut self, fqn: &str, brackets: bool, parameters: &[String]) {
        self.line(0, if brackets { "@blue.generic" } else { "@blue" });
        self.line(0, &format!("def {}({}):", last(fqn), parameters.join(", ")));
        let interface = self.interface;
        let variants: Vec<&Variant> =
            interface.prebuilt.iter().filter(|variant| variant.fqn == fqn).collect();
        for (number, variant) in variants.iter().enumerate() {
            let mut tests = Vec::new();
            for (name, key) in parameters.iter().zip(&variant.key) {
                let key = self.local(key);
                tests.push(format!("{name} == {key}"));
            }
            let test = if tests.is_empty() { "True".to_owned() } else { tests.join(" and ") };
            self.line(1, &format!("if {test}:"));
            let name = format!("_variant{number}");
            match &variant.made {
                Made::Function(function) => self.function(2, &name, function),
                Made::Struct { fqn, methods } => {
                    // The call cannot ask for its own result.
                    self.made = Some((fqn.clone(), name.clone()));
                    self.class(2, &name, fqn, methods);
                    self.made = None;
                }
            }
            self.line(2, &format!("return {name}"));
        }
        if let Some(generic) = self.source(last(fqn)) {
            let (open, close) = if brackets { ('[', ']') } else { ('(', ')') };
            return self
                .line(1, &format!("return {generic}{open}{}{close}", parameters.join(", ")));
        }
        let message = no_variant(&self.interface.package, fqn, brackets, &variants);
        self.line(1, &format!("raise StaticError({})", quoted(&message)));
    }

    /// The local name of a generic's source, if it is there.
    fn source(&mut self, name: &str) -> Option<String> {
        let interface = self.interface;
        let entry = interface.modules.iter().find(|entry| entry.name == self.module)?;
        let generics = entry.generics.as_ref()?;
        let is_there = generics.names.iter().any(|known| known == name);
        is_there.then(|| self.name(&generics.module, name))
    }

    /// An expression with the local names of what it mentions.
    fn local(&mut self, expression: &str) -> String {
        let expression = match &self.made {
            Some((fqn, name)) => expression.replace(fqn.as_str(), name),
            None => expression.to_owned(),
        };
        let mut out = String::new();
        let mut rest = expression.as_str();
        while let Some(at) = rest.find("::") {
            let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let start = rest[..at]
                .rfind(|c| !is_name(c))
                .map_or(0, |found| found + rest[found..].chars().next().map_or(1, char::len_utf8));
            let after = &rest[at + 2..];
            let end = after.find(|c: char| !is_name(c) || c == '.').unwrap_or(after.len());
            let (module, name) = (&rest[start..at], &after[..end]);
            out.push_str(&rest[..start]);
            out.push_str(&self.name(module, name));
            rest = &after[end..];
        }
        out + rest
    }

    fn name(&mut self, module: &str, name: &str) -> String {
        if module == self.module {
            return name.to_owned();
        }
        let number = self.imports.len();
        let key = (module.to_owned(), name.to_owned());
        self.imports.entry(key).or_insert_with(|| format!("_import{number}")).clone()
    }
}

/// What a call says for which there is no variant.
fn no_variant(package: &str, fqn: &str, brackets: bool, variants: &[&Variant]) -> String {
    let name = fqn.replace("::", ".");
    let (open, close) = if brackets { ('[', ']') } else { ('(', ')') };
    let list: Vec<String> = variants
        .iter()
        .map(|variant| {
            let key = variant.key.join(", ").replace("::", ".");
            format!("`{name}{open}{key}{close}`")
        })
        .collect();
    let there = if list.is_empty() {
        format!("no call of `{name}` was compiled ahead of time")
    } else {
        format!(
            "this call of `{name}` was not compiled ahead of time; there are {}",
            list.join(", ")
        )
    };
    format!(
        "{there}. Use the source of `{package}` (a wheel that has it, without --link-prebuilt), or ask its author to list the call in `prebuilt`"
    )
}

/// The last part of a name in full.
fn last(fqn: &str) -> &str {
    fqn.rsplit("::").next().unwrap_or(fqn)
}

/// A constant of an interface as a literal.
fn literal(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some("None".to_owned()),
        Json::Bool(true) => Some("True".to_owned()),
        Json::Bool(false) => Some("False".to_owned()),
        Json::String(text) => Some(quoted(text)),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), ..) => Some(value.to_string()),
            (_, Some(value), _) => Some(value.to_string()),
            (.., Some(value)) => Some(format!("{value:?}")),
            _ => None,
        },
        Json::Array(_) | Json::Object(_) => None,
    }
}
