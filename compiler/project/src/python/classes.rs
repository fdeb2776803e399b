//! Structs as classes.

use super::Writer;
use spy_package::python::{Class, Field, Function, LeftOut, Make, Module, Role, Type};
use spy_syntax::ast::Stmt;
use spy_text::Name;
use spy_types::names::ty_human;
use spy_types::{FrameKeyData, FuncId, FuncKey, Ty, TyKey, Value, Wrapper};

/// A class, and where it is an attribute.
pub(super) struct Entry {
    class: Class,
    /// Modules and names.
    public: Vec<(Name, Name)>,
    left_out: Vec<LeftOut>,
}

impl Writer<'_> {
    /// A struct of one of the modules, as a type.
    pub(super) fn class(&mut self, ty: Ty, layout: &str) -> Type {
        if !self.classes.contains_key(layout) {
            self.add_class(ty, layout);
        }
        let class = &self.classes[layout].class;
        Type::Struct {
            name: class.name.clone(),
            module: class.module.clone(),
            layout: layout.to_owned(),
        }
    }

    /// Says that a class is an attribute of a module.
    pub(super) fn publish(&mut self, module: &Name, name: &Name, layout: &str) {
        if let Some(entry) = self.classes.get_mut(layout) {
            entry.public.push((module.clone(), name.clone()));
        }
    }

    fn add_class(&mut self, ty: Ty, layout: &str) {
        let (module, name) = match ty.get() {
            TyKey::Struct { def, .. } => {
                let known = self.class_names.get(layout).map(ToString::to_string);
                (def.module.to_string(), known.unwrap_or_else(|| last_part(layout)))
            }
            _ => return,
        };
        let class = Class {
            name,
            module,
            layout: layout.to_owned(),
            doc: self.class_doc(ty),
            public: false,
            fields: Vec::new(),
            make: Make::Never,
            methods: Vec::new(),
            eq: None,
            repr: None,
            str: None,
        };
        // Its fields and methods may speak of it.
        let entry = Entry { class, public: Vec::new(), left_out: Vec::new() };
        self.classes.insert(layout.to_owned(), entry);
        let Some(data) = self.speller.machine.struct_data(ty) else { return };
        let mut fields = Vec::new();
        for (name, ty) in &data.fields {
            if let Ok(ty) = self.ty(*ty, 0) {
                fields.push(Field { name: name.to_string(), ty });
            }
        }
        let is_whole = fields.len() == data.fields.len()
            && !fields.iter().any(|field: &Field| super::types::holds_array(&field.ty));
        let make = match data.dict.get("__new__").and_then(function_of) {
            Some((func, _)) => {
                let name = self.classes[layout].class.name.clone();
                self.function(&name, func, 0).map_or(Make::Never, Make::New)
            }
            None if is_whole => Make::Fields,
            None => Make::Never,
        };
        let mut methods = Vec::new();
        let mut left_out = Vec::new();
        for (name, value) in data.dict.iter().filter(|(name, _)| !name.starts_with('_')) {
            let Some((func, role)) = function_of(value) else { continue };
            if self
                .speller
                .machine
                .func_sig(func)
                .is_none_or(|sig| sig.color != spy_types::Color::Red)
            {
                continue;
            }
            match self.function(name, func, usize::from(role != Role::Static)) {
                Ok(method) => methods.push(Function { role: Some(role), ..method }),
                Err(reason) => {
                    let name = format!("{}.{name}", self.classes[layout].class.name);
                    left_out.push(LeftOut { name, reason });
                }
            }
        }
        let mut special = |name: &str, parameters: &[&str], returns: &str| {
            let (func, _) = data.dict.get(name).and_then(function_of)?;
            let sig = self.speller.machine.func_sig(func)?;
            let spelled: Vec<String> = sig.params.iter().map(|param| ty_human(param.ty)).collect();
            (spelled == parameters && ty_human(sig.ret) == returns).then(|| (self.symbol)(func))?
        };
        let own = ty_human(ty);
        let eq = special("__eq__", &[&own, &own], "bool");
        let [repr, str] = ["__repr__", "__str__"].map(|name| special(name, &[&own], "str"));
        if let Some(entry) = self.classes.get_mut(layout) {
            let class = Class { fields, make, methods, eq, repr, str, ..entry.class.clone() };
            (entry.class, entry.left_out) = (class, left_out);
        }
    }

    fn class_doc(&self, ty: Ty) -> Option<String> {
        let TyKey::Struct { def, frame, .. } = ty.get() else { return None };
        let container = match frame.get() {
            FrameKeyData::Module(module) => spy_eval::queries::module_def(module),
            FrameKeyData::Call(call) => match call.func.get() {
                FuncKey::Def { def, .. } => *def,
                _ => return None,
            },
            FrameKeyData::Class(_) | FrameKeyData::Captured { .. } => return None,
        };
        let body = spy_db::def_body(self.db, self.project, container)?;
        let docstring = body.stmts.iter().find_map(|stmt| match stmt {
            Stmt::ClassDef(found) if found.body == def.path => found.docstring.clone(),
            _ => None,
        });
        docstring.as_deref().map(str::to_owned)
    }

    /// Puts the classes into the modules that have them.
    pub(super) fn add_classes(&self, modules: &mut [Module]) {
        for entry in self.classes.values() {
            for (module, name) in &entry.public {
                let class = Class { public: true, ..entry.class.clone() };
                let found = modules.iter_mut().find(|found| found.name == **module);
                if let Some(found) = found.filter(|_| *class.name == **name) {
                    found.classes.push(class);
                    found.left_out.extend(entry.left_out.iter().cloned());
                }
            }
            let is_there = entry.public.iter().any(|(module, _)| **module == entry.class.module);
            if !is_there
                && let Some(found) =
                    modules.iter_mut().find(|found| found.name == entry.class.module)
            {
                found.classes.push(entry.class.clone());
            }
        }
    }
}

/// The function that an attribute of a struct is.
fn function_of(value: &Value) -> Option<(FuncId, Role)> {
    match value {
        Value::Func(func) => Some((*func, Role::Method)),
        Value::Wrapped(wrapper, inner) => match (&**inner, wrapper) {
            (Value::Func(func), Wrapper::Property) => Some((*func, Role::Property)),
            (Value::Func(func), Wrapper::StaticMethod) => Some((*func, Role::Static)),
            _ => None,
        },
        _ => None,
    }
}

/// The name without modules: `m::Pair[other::P]` is `Pair[P]`.
fn last_part(layout: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut out = String::new();
    let mut rest = layout;
    while let Some(at) = rest.find("::") {
        out.push_str(rest[..at].trim_end_matches(is_name));
        rest = &rest[at + 2..];
    }
    out + rest
}
