//! What a package offers to those that do not have its source.

use crate::error::EnvError;
use crate::interface::{Layouts, constant, docstring, target};
use crate::python;
use crate::session::Front;
use crate::settings::Settings;
use spy_codegen_c::ProgramScope;
use spy_db::Db;
use spy_eval::spelling::{Speller, home};
use spy_ir::Type;
use spy_package::interface::{
    Export, Field, Function, Import, Interface, Made, ModuleEntry, Parameter, Role, SCHEMA,
    StructEntry, Variant, layout_hash,
};
use spy_syntax::ast::FuncKind;
use spy_text::{HashMap, IndexSet, Name};
use spy_types::names::{def_name, func_fqn};
use spy_types::{
    CallKey, Color, FrameKey, FrameKeyData, FuncId, FuncKey, Ty, TyKey, Value, Wrapper,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known about a package before it is compiled.
pub(crate) struct Subject<'s> {
    /// Name and version.
    pub(crate) name: (String, String),
    /// Its modules.
    pub(crate) modules: &'s [Name],
    /// Whether Python imports it.
    pub(crate) python: bool,
    /// Whether the source of its generics is shipped.
    pub(crate) generics: bool,
}

/// The names for linkers of the functions that a program consists of.
pub(crate) fn symbols(front: &Front) -> HashMap<FuncId, String> {
    let scope = ProgramScope::new(&front.built.program);
    front.built.funcs.iter().map(|func| (*func, scope.name(&func_fqn(*func)))).collect()
}

/// The description. What objects need from elsewhere is added when there are some.
///
/// # Errors
/// The package wants to offer what Python cannot have.
pub(crate) fn describe(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
    subject: &Subject<'_>,
) -> Result<Interface, EnvError> {
    let compiled = symbols(front);
    let python = match subject.python {
        true => {
            let symbol = |func| compiled.get(&func).cloned();
            Some(python::describe(db, front, subject.modules, &symbol)?.bindings)
        }
        false => None,
    };
    let mut writer = Writer {
        db,
        front,
        speller: Speller::new(db, front.loaded.project),
        own: subject.modules.iter().cloned().collect(),
        compiled,
        scope: ProgramScope::new(&front.built.program),
    };
    let mut modules: Vec<ModuleEntry> =
        subject.modules.iter().map(|module| writer.module(module)).collect();
    for (entry, module) in modules.iter_mut().zip(subject.modules).filter(|_| subject.generics) {
        if let Some(file) = spy_db::module_file(db, front.loaded.project, module) {
            let is_package = spy_db::home(db, file, module).is_package;
            entry.generics = super::generics::source(entry, is_package, file.text(db));
        }
    }
    let prebuilt = writer.variants();
    let structs = structs(db, settings, front);
    let imports = writer.imports();
    let (package, version) = subject.name.clone();
    Ok(Interface {
        schema: SCHEMA,
        package,
        version: Some(version),
        compiler: format!("spy {}", env!("CARGO_PKG_VERSION")),
        abi: spy_runtime_embed::ABI.to_string(),
        target: target(settings),
        modules,
        structs,
        prebuilt,
        imports,
        python,
    })
}

struct Writer<'f> {
    db: &'f dyn Db,
    front: &'f Front,
    speller: Speller<'f>,
    own: BTreeSet<Name>,
    /// Symbols of the functions that the program consists of.
    compiled: HashMap<FuncId, String>,
    scope: ProgramScope<'f>,
}

impl Writer<'_> {
    fn module(&mut self, module: &Name) -> ModuleEntry {
        let project = self.front.loaded.project;
        let file = spy_db::module_file(self.db, project, module);
        let doc = file.and_then(|file| spy_db::parse(self.db, file).docstring.clone());
        let def = spy_eval::queries::module_def(module);
        let scope = spy_db::def_scope(self.db, project, def);
        let names: Vec<Name> =
            scope.map(|scope| scope.symbols.keys().cloned().collect()).unwrap_or_default();
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let mut exports: Vec<Export> = self.variables(module);
        for name in names {
            let Some(local) = self.speller.machine.frame_local(frame, &name) else { continue };
            let Some(value) = local.value.filter(|_| local.color == Color::Blue) else { continue };
            exports.extend(self.export(module, &name, &value, local.ty));
        }
        let doc = doc.as_deref().map(str::to_owned);
        ModuleEntry { name: module.to_string(), doc, exports, generics: None }
    }

    fn variables(&mut self, module: &Name) -> Vec<Export> {
        let modules = &self.front.built.program.modules;
        let found = modules.iter().find(|found| found.name == *module);
        let cells = found.map(|module| module.cells.clone()).unwrap_or_default();
        let mut exports = Vec::new();
        for cell in cells {
            let ty = self.lowered(&cell.ty);
            if let Some(ty) = ty {
                let (fqn, symbol) = (cell.fqn.full().to_owned(), self.scope.name(&cell.fqn));
                let value = self.speller.machine.first_value(module, &cell.fqn.last().name);
                let value = value.as_ref().and_then(constant);
                exports.push(Export::Variable { fqn, symbol, ty, value });
            }
        }
        exports
    }

    fn lowered(&mut self, ty: &Type) -> Option<String> {
        lowered(&mut self.speller, self.front, ty)
    }

    /// What a name at the top level of a module is to others.
    fn export(&mut self, module: &Name, name: &Name, value: &Value, ty: Ty) -> Option<Export> {
        let fqn = format!("{module}::{name}");
        let is_own = |def: spy_types::DefKey, frame: FrameKey| {
            home(frame).as_ref() == Some(module) && def_name(def) == *name
        };
        match value {
            Value::Func(func) => match func.get() {
                FuncKey::Def { def, frame, .. } if is_own(*def, *frame) => {
                    self.own_function(fqn, *func)
                }
                _ => Some(Export::Alias { fqn, target: self.speller.func(*func)? }),
            },
            Value::Type(value) => match value.get() {
                TyKey::Struct { def, frame, .. } if is_own(*def, *frame) => {
                    let methods = self.methods(&fqn, *value);
                    Some(Export::Struct { fqn, methods })
                }
                _ => Some(Export::Alias { fqn, target: self.speller.ty(*value)? }),
            },
            _ => {
                let (ty, value) = (self.speller.ty(ty)?, constant(value)?);
                Some(Export::Constant { fqn, ty, value })
            }
        }
    }

    fn own_function(&mut self, fqn: String, func: FuncId) -> Option<Export> {
        let sig = self.speller.machine.func_sig(func)?;
        if sig.color == Color::Red {
            return Some(Export::Function(self.function(fqn, func, Role::Plain)?));
        }
        let is_simple = sig.params.iter().all(|param| !param.varargs && !param.keyword_only);
        (sig.kind != FuncKind::Metafunc && is_simple).then(|| Export::Generic {
            fqn,
            brackets: sig.kind == FuncKind::Generic,
            parameters: sig.params.iter().map(|param| param.name.to_string()).collect(),
        })
    }

    /// A function that the object holds and whose types can be written.
    fn function(&mut self, fqn: String, func: FuncId, role: Role) -> Option<Function> {
        let symbol = self.compiled.get(&func)?.clone();
        let sig = self.speller.machine.func_sig(func)?;
        let mut parameters = Vec::new();
        for param in &sig.params {
            if param.varargs || param.keyword_only {
                return None;
            }
            let default = param.default.as_ref().and_then(|(value, _)| constant(value));
            let (name, ty) = (param.name.to_string(), self.speller.ty(param.ty)?);
            parameters.push(Parameter { name, ty, default });
        }
        let returns = self.speller.ty(sig.ret)?;
        let project = self.front.loaded.project;
        let doc = docstring(self.db, project, &mut self.speller.machine, func);
        Some(Function { fqn, symbol, color: "red".to_owned(), role, parameters, returns, doc })
    }

    fn methods(&mut self, fqn: &str, ty: Ty) -> Vec<Function> {
        let Some(data) = self.speller.machine.struct_data(ty) else { return Vec::new() };
        let mut methods = Vec::new();
        for (name, value) in &data.dict {
            let (role, func) = match value {
                Value::Func(func) => (Role::Plain, *func),
                Value::Wrapped(wrapper, inner) => match &**inner {
                    Value::Func(func) => (role(*wrapper), *func),
                    _ => continue,
                },
                _ => continue,
            };
            methods.extend(self.function(format!("{fqn}::{name}"), func, role));
        }
        methods
    }

    /// What calls at compile time made, of functions at the top level of the package's modules.
    fn variants(&mut self) -> Vec<Variant> {
        let funcs = self.front.built.funcs.iter().filter_map(|func| match func.get() {
            FuncKey::Def { frame, .. } => Some((*frame, Value::Func(*func))),
            _ => None,
        });
        let types = self.front.built.types.values().filter_map(|ty| match ty.get() {
            TyKey::Struct { frame, .. } => Some((*frame, Value::Type(*ty))),
            _ => None,
        });
        let made: Vec<(FrameKey, Value)> = funcs.chain(types).collect();
        let mut found: BTreeMap<(String, Vec<String>), Variant> = BTreeMap::new();
        let mut seen: IndexSet<CallKey> = IndexSet::default();
        for (frame, value) in made {
            let FrameKeyData::Call(call) = frame.get() else { continue };
            let is_own = matches!(call.func.get(), FuncKey::Def { frame, .. }
                if home(*frame).is_some_and(|module| self.own.contains(&module)));
            if is_own
                && !seen.contains(call)
                && let Some(variant) = self.variant(*call, &value)
            {
                seen.insert(*call);
                found.insert((variant.fqn.clone(), variant.key.clone()), variant);
            }
        }
        found.into_values().collect()
    }

    fn variant(&mut self, call: CallKey, value: &Value) -> Option<Variant> {
        let (fqn, key) = (self.speller.func(call.func)?, self.speller.key(call)?);
        // That it is spelled means that the call gives it.
        let made = match value {
            Value::Func(func) => {
                let name = self.speller.func(*func)?;
                Made::Function(self.function(name, *func, Role::Plain)?)
            }
            Value::Type(ty) => {
                let fqn = self.speller.ty(*ty)?;
                let methods = self.methods(&fqn, *ty);
                Made::Struct { fqn, methods }
            }
            _ => return None,
        };
        Some(Variant { fqn, key, made })
    }

    /// What the package takes from other packages that were compiled ahead of time.
    fn imports(&self) -> Vec<Import> {
        let loaded = &self.front.loaded;
        let externs: BTreeSet<&String> = self.front.built.program.externs.values().collect();
        let mut imports = BTreeSet::new();
        for prebuilt in &loaded.prebuilt {
            let package = &prebuilt.interface.package;
            let mut add = |symbol: &str, signature: String| {
                if externs.contains(&symbol.to_owned()) {
                    let (package, symbol) = (Some(package.clone()), symbol.to_owned());
                    imports.insert(Import { package, symbol, signature });
                }
            };
            for function in prebuilt.interface.functions() {
                add(&function.symbol, function.signature());
            }
            for (symbol, ty) in prebuilt.interface.variables() {
                add(symbol, ty.to_owned());
            }
        }
        imports.into_iter().collect()
    }
}

/// The spelling of a lowered type.
fn lowered(speller: &mut Speller<'_>, front: &Front, ty: &Type) -> Option<String> {
    match ty {
        Type::Scalar(scalar) => Some(scalar.name().to_owned()),
        Type::None => Some("None".to_owned()),
        _ => {
            let ty = front.built.types.get(ty).copied()?;
            speller.ty(ty)
        }
    }
}

/// The layouts of all structs that can be written: those of others too, since they cross.
pub(super) fn structs(db: &dyn Db, settings: &Settings, front: &Front) -> Vec<StructEntry> {
    let mut speller = Speller::new(db, front.loaded.project);
    let mut layouts = Layouts::new(front, settings);
    let mut entries = Vec::new();
    for def in front.built.program.structs.iter().filter(|def| !def.builtin) {
        let ty = Type::Struct(def.fqn.clone());
        let (size, alignment) = layouts.of(&ty);
        // What has a name but no spelling crosses too, behind pointers. Numbers in names are the
        // program's own.
        let short = || Some(def.fqn.short()).filter(|name| !name.contains('#'));
        let Some(fqn) = lowered(&mut speller, front, &ty).or_else(short) else { continue };
        let mut fields = Vec::new();
        for (name, ty, offset) in layouts.fields(&def.fqn) {
            let (size, alignment) = layouts.of(&ty);
            let ty = lowered(&mut speller, front, &ty).unwrap_or_else(|| ty.fqn().short());
            fields.push(Field { name: name.to_string(), ty, offset, size, alignment });
        }
        let layout = layout_hash(&fqn, size, &fields);
        entries.push(StructEntry { fqn, size, alignment, layout, fields });
    }
    entries
}

fn role(wrapper: Wrapper) -> Role {
    match wrapper {
        Wrapper::Property => Role::Property,
        Wrapper::StaticMethod => Role::Static,
        Wrapper::ClassMethod => Role::Class,
    }
}
