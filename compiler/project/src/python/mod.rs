//! What a package is to Python: the section `python` of its interface.
//!
//! Decides what of each module is offered, under which types. What the words promise stands in
//! `runtime/python/BINDINGS.md`. A dict that Python makes needs functions of the program, for which
//! [`Described::helpers`] is a text in SPy: it becomes a part of the root module, and then the
//! program is described once more.

mod classes;
mod types;

use crate::error::EnvError;
use crate::interface::docstring;
use crate::session::Front;
use spy_db::{Db, Project};
use spy_eval::spelling::Speller;
use spy_package::python::{
    Bindings, Const, Constant, Dict, Function, LeftOut, Module, Parameter, Type,
};
use spy_scope::Source;
use spy_syntax::ast::{Expr, Literal, Stmt};
use spy_text::{HashMap, IndexMap, Name};
use spy_types::{Color, FrameKey, FrameKeyData, FuncId, Scalar, Ty, TyKey, Value};
use std::fmt::Write;

/// A description, and what it needs to be complete.
pub(crate) struct Described {
    /// The description. Symbols of what makes dicts are empty as long as the program does not have
    /// [`Described::helpers`].
    pub(crate) bindings: Bindings,
    /// Definitions for the root module.
    pub(crate) helpers: String,
}

/// Describes modules of a program. `symbol` gives the names of the functions that it offers.
///
/// # Errors
/// `__all__` of a module names what Python cannot have.
pub(crate) fn describe(
    db: &dyn Db,
    front: &Front,
    modules: &[Name],
    symbol: &dyn Fn(FuncId) -> Option<String>,
) -> Result<Described, EnvError> {
    let project = front.loaded.project;
    let mut writer = Writer {
        db,
        project,
        modules,
        symbol,
        speller: Speller::new(db, project),
        classes: IndexMap::default(),
        dicts: IndexMap::default(),
        class_names: HashMap::default(),
    };
    for module in modules {
        writer.name_classes(module);
    }
    let mut described = Vec::new();
    for module in modules {
        described.push(writer.module(module)?);
    }
    writer.add_classes(&mut described);
    let helpers = writer.helpers();
    let dicts = writer.dict_symbols(&front.loaded.root);
    Ok(Described { bindings: Bindings { modules: described, dicts }, helpers })
}

/// Why Python cannot have something.
type Reason = String;

struct Writer<'f> {
    db: &'f dyn Db,
    project: Project,
    modules: &'f [Name],
    symbol: &'f dyn Fn(FuncId) -> Option<String>,
    speller: Speller<'f>,
    /// Structs that values have, by layout.
    classes: IndexMap<String, classes::Entry>,
    /// Dicts by layout, with the spelled types of key and value.
    dicts: IndexMap<String, (Type, String, String)>,
    /// What structs are called in the modules that define them, by layout.
    class_names: HashMap<String, Name>,
}

impl Writer<'_> {
    fn module(&mut self, module: &Name) -> Result<Module, EnvError> {
        let file = spy_db::module_file(self.db, self.project, module);
        let doc = file.and_then(|file| spy_db::parse(self.db, file).docstring.clone());
        let (names, is_listed) = self.offered(module);
        let mut out = Module {
            name: module.to_string(),
            doc: doc.as_deref().map(str::to_owned),
            ..Module::default()
        };
        for name in &names {
            let Err(reason) = self.offer(module, name, &mut out) else { continue };
            if is_listed {
                let message =
                    format!("`__all__` of `{module}` names `{name}`, which Python cannot have");
                return Err(EnvError::new(message).with_help(reason));
            }
            out.left_out.push(LeftOut { name: name.to_string(), reason });
        }
        Ok(out)
    }

    /// The names that a module offers, and whether it lists them itself.
    fn offered(&self, module: &Name) -> (Vec<Name>, bool) {
        if let Some(names) = self.all(module) {
            return (names, true);
        }
        let def = spy_eval::queries::module_def(module);
        let Some(scope) = spy_db::def_scope(self.db, self.project, def) else {
            return (Vec::new(), false);
        };
        let is_own =
            |source: &Source| matches!(source, Source::Declared(found) if found.impref.is_none());
        let own = scope.symbols.iter().filter(|(_, symbol)| is_own(&symbol.source));
        let public = own.map(|(name, _)| name).filter(|name| !name.starts_with('_'));
        (public.cloned().collect(), false)
    }

    /// Notes which structs have names of their own in the module that defines them.
    fn name_classes(&mut self, module: &Name) {
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        for name in self.offered(module).0 {
            let local = self.speller.machine.frame_local(frame, &name);
            let Some(Value::Type(ty)) = local.and_then(|local| local.value) else { continue };
            let is_own = matches!(ty.get(), TyKey::Struct { def, .. } if def.module == *module);
            if let Some(layout) = self.speller.ty(ty).filter(|_| is_own) {
                self.class_names.entry(layout).or_insert(name);
            }
        }
    }

    /// The texts of `__all__`, if the module has one.
    fn all(&self, module: &Name) -> Option<Vec<Name>> {
        let def = spy_eval::queries::module_def(module);
        let body = spy_db::def_body(self.db, self.project, def)?;
        body.root.iter().rev().find_map(|id| {
            let value = match body.stmt(*id) {
                Stmt::VarDef { target, value: Some(value), .. } if target.name == "__all__" => {
                    value
                }
                Stmt::Assign { target, value } if target.name == "__all__" => value,
                _ => return None,
            };
            let Expr::List(items) = body.expr(*value) else { return None };
            let text = |id: &spy_syntax::ast::ExprId| match body.expr(*id) {
                Expr::Literal(Literal::Str(text)) => Some(Name::from(&**text)),
                _ => None,
            };
            items.iter().map(text).collect()
        })
    }

    /// Adds what a name stands for to the module. What nobody expects there is no reason to speak of.
    fn offer(&mut self, module: &Name, name: &Name, out: &mut Module) -> Result<(), Reason> {
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let Some(local) = self.speller.machine.frame_local(frame, name) else { return Ok(()) };
        let Some(value) = local.value.filter(|_| local.color == Color::Blue) else { return Ok(()) };
        match value {
            Value::Func(func) => {
                let sig = self.speller.machine.func_sig(func);
                if sig.is_some_and(|sig| sig.color == Color::Red) {
                    out.functions.push(self.function(name, func, 0)?);
                }
            }
            Value::Type(ty) if matches!(ty.get(), TyKey::Struct { .. }) => {
                if let Type::Struct { layout, .. } = self.ty(ty, 0)? {
                    self.publish(module, name, &layout);
                }
            }
            Value::Type(_) => {}
            value => {
                if let Some(found) = self.constant(&value) {
                    let ty = self.ty(local.ty, 0)?;
                    out.constants.push(Constant { name: name.to_string(), ty, value: found });
                }
            }
        }
        Ok(())
    }

    /// A function, without its first `skipped` parameters.
    fn function(&mut self, name: &str, func: FuncId, skipped: usize) -> Result<Function, Reason> {
        let symbol = (self.symbol)(func).ok_or("it is not compiled as a function")?;
        let sig = self.speller.machine.func_sig(func).ok_or("it has no signature")?;
        let mut parameters = Vec::new();
        for param in sig.params.iter().skip(skipped) {
            if param.varargs {
                return Err("a call with `*args` is compiled for each caller".to_owned());
            }
            if param.keyword_only {
                return Err("it has parameters after `*`".to_owned());
            }
            let default = match &param.default {
                Some((value, _)) => {
                    let found = self.constant(value);
                    Some(found.ok_or_else(|| format!("the default of `{}`", param.name))?)
                }
                None => None,
            };
            let (name, ty) = (param.name.to_string(), self.ty(param.ty, 0)?);
            if types::parts(&ty).into_iter().any(types::holds_array) {
                return Err(types::NO_PARTS.to_owned());
            }
            parameters.push(Parameter { name, ty, default });
        }
        let returns = self.ty(sig.ret, 0)?;
        let doc = docstring(self.db, self.project, &mut self.speller.machine, func);
        Ok(Function { name: name.to_owned(), symbol, parameters, returns, doc, role: None })
    }

    /// A value that is known now.
    fn constant(&mut self, value: &Value) -> Option<Const> {
        Some(match value {
            Value::None => Const::None,
            Value::Scalar(scalar) => scalar_constant(scalar),
            Value::Struct(found) => {
                self.tuple_items(found.ty)?;
                let items = found.fields.iter().map(|item| self.constant(item));
                Const::Tuple(items.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// Functions that make the dicts.
    fn helpers(&self) -> String {
        let mut imports = Imports::default();
        let mut text = String::new();
        for (number, (layout, (_, key, value))) in self.dicts.iter().enumerate() {
            let [dict, key, value] = [layout, key, value].map(|name| imports.local(name));
            let list = imports.local("_list::list");
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "def _dict_new{number}() -> {dict}:\n    made: {dict} = {{}}\n    return made\n\n\
                 def _dict_set{number}(made: {dict}, key: {key}, value: {value}) -> None:\n    \
                 made[key] = value\n\n\
                 def _dict_of{number}(keys: {list}[{key}], values: {list}[{value}]) -> {dict}:\n    \
                 made: {dict} = {{}}\n    for i in range(len(keys)):\n        \
                 made[keys[i]] = values[i]\n    return made\n\n"
            );
        }
        imports.text() + &text
    }

    /// The symbols of these functions, in the module that has them.
    fn dict_symbols(&mut self, root: &Name) -> Vec<Dict> {
        let frame = FrameKey::new(FrameKeyData::Module(root.clone()));
        let mut dicts = Vec::new();
        for (number, (ty, ..)) in self.dicts.values().enumerate() {
            let mut symbol = |name: &str| {
                let name = Name::from(format!("_dict_{name}{number}"));
                let local = self.speller.machine.frame_local(frame, &name);
                match local.and_then(|local| local.value) {
                    Some(Value::Func(func)) => (self.symbol)(func).unwrap_or_default(),
                    _ => String::new(),
                }
            };
            let [new, set, of] = ["new", "set", "of"].map(&mut symbol);
            dicts.push(Dict { ty: ty.clone(), new, set, of });
        }
        dicts
    }

    /// Types of the items, of a tuple.
    fn tuple_items(&mut self, ty: Ty) -> Option<Vec<Ty>> {
        let (name, args) = types::made_by(ty)?;
        (name == "_tuple::tuple").then_some(args)
    }
}

/// A number or text.
fn scalar_constant(scalar: &Scalar) -> Const {
    let float = |value: f64| match value {
        value if value.is_nan() => "nan".to_owned(),
        value if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.to_owned(),
        value => format!("{value:?}"),
    };
    match scalar {
        Scalar::Bool(value) => Const::Bool(*value),
        Scalar::I8(value) => Const::Int(value.to_string()),
        Scalar::U8(value) => Const::Int(value.to_string()),
        Scalar::I32(value) => Const::Int(value.to_string()),
        Scalar::U32(value) => Const::Int(value.to_string()),
        Scalar::I64(value) => Const::Int(value.to_string()),
        Scalar::U64(value) => Const::Int(value.to_string()),
        Scalar::F32(value) => Const::Float(float(f64::from(*value))),
        Scalar::F64(value) => Const::Float(float(*value)),
        Scalar::Complex(real, imag) => Const::Complex(float(*real), float(*imag)),
        Scalar::Str(text) => Const::Str(text.to_string()),
        Scalar::Bytes(bytes) => Const::Bytes(bytes.to_vec()),
    }
}

/// Names in full as names of a module that imports them.
#[derive(Default)]
struct Imports(IndexMap<(String, String), String>);

impl Imports {
    /// An expression with local names.
    fn local(&mut self, expression: &str) -> String {
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let mut out = String::new();
        let mut rest = expression;
        while let Some(at) = rest.find("::") {
            let before = rest[..at].trim_end_matches(is_name).len();
            let after = &rest[at + 2..];
            let end = after.find(|c| !is_name(c) || c == '.').unwrap_or(after.len());
            let number = self.0.len();
            let key = (rest[before..at].to_owned(), after[..end].to_owned());
            let local = self.0.entry(key).or_insert_with(|| format!("_name{number}"));
            out.push_str(&rest[..before]);
            out.push_str(local);
            rest = &after[end..];
        }
        out + rest
    }

    /// The statements.
    fn text(&self) -> String {
        let lines = self.0.iter();
        lines
            .map(|((module, name), local)| format!("from {module} import {name} as {local}\n"))
            .collect()
    }
}
