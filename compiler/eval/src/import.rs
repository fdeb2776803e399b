//! Executing imports, and looking names up in modules.
//!
//! Modules that import each other are a cycle. An import that closes one binds its names without
//! running the other module: what a name stands for is looked up when it is read. So functions may
//! use each other across modules, and only a module whose top level needs a value of one that needs
//! it in turn is an error. Where all modules are known to be executed without errors, every import may
//! do so: see `Db::defers_imports`.

use crate::attr::ModuleAttr;
use crate::domain::Domain;
use crate::exec::Run;
use crate::frame::Local;
use crate::machine::Machine;
use crate::{builtins, queries, stmt};
use spy_scope::{Home, ImportRef};
use spy_syntax::ast::Import;
use spy_types::{Color, ExcTy, FrameKey, FrameKeyData, Name, Pos, Result, SpyError, Value};
use std::collections::BTreeSet;

/// Executes one imported name.
///
/// # Errors
/// If the module or its attribute does not exist, or the module cannot be executed.
pub(crate) fn import(run: &mut Run<'_, '_>, import: &Import, pos: Pos) -> Result<()> {
    let here = pos.def.module.clone();
    let home = home(run.machine(), &here);
    let module = home.resolve(import);
    let shown = ImportRef { module: module.clone(), attr: import.attr.clone() };
    let failed = || SpyError::new(ExcTy::ImportError, format!("cannot import `{shown}`"));
    if !run.machine().module_exists(&module) {
        return Err(failed().error(format!("module `{module}` does not exist"), pos));
    }
    let m = run.machine();
    let is_known = m.db.defers_imports() && spy_db::has_file(m.db, m.project, module.clone());
    let waits = is_known || module == here || spy_db::needs(m.db, m.project, module.clone(), here);
    if !waits {
        m.module_ready(&module)?;
    }
    let Some(attr) = &import.attr else {
        bind(run, import, Value::Module(home.bound(import).module), pos);
        return Ok(());
    };
    let exists = if attr == "*" {
        false
    } else if is_known {
        true
    } else if waits {
        m.names_something(&module, attr)
    } else {
        m.module_attr(&module, attr)?.is_some()
    };
    if !exists {
        if attr == "*" {
            let label =
                format!("name what is needed: `from {module} import a, b`, or `import {module}`");
            return Err(failed().error(label, pos));
        }
        let loc = stmt::ident_loc(run, &import.asname);
        let label = format!("attribute `{attr}` does not exist in module `{module}`");
        return Err(failed().error(label, loc));
    }
    if waits {
        return Ok(());
    }
    let value = match m.module_attr(&module, attr)? {
        Some(ModuleAttr::Value(value)) => Some(value),
        // What it stands for is looked up when it is read.
        Some(ModuleAttr::Cell(ty)) if m.leads_to_package(&module, ty) => None,
        Some(ModuleAttr::Cell(_)) => m.first_value(&module, attr),
        None => None,
    };
    if let Some(value) = value {
        bind(run, import, value, pos);
    }
    Ok(())
}

/// What a module imports is an attribute of the module in turn.
fn bind(run: &mut Run<'_, '_>, import: &Import, value: Value, pos: Pos) {
    let index = run.frame_index();
    let ty = run.machine().type_of(&value);
    let local = Local { ty, color: Color::Blue, value: Some(value), type_loc: Some(pos.into()) };
    run.machine().frame(index).set_local(&import.asname.name, local);
}

fn home(m: &Machine<'_>, module: &Name) -> Home {
    match spy_db::module_file(m.db, m.project, module) {
        Some(file) => spy_db::home(m.db, file, module),
        None => Home::from(module.as_str()),
    }
}

impl Machine<'_> {
    /// Whether a module can be imported: it has a file, or is a folder with modules.
    fn module_exists(&self, module: &Name) -> bool {
        builtins::is_builtin_module(module)
            || spy_db::has_file(self.db, self.project, module.clone())
            || spy_db::is_package_folder(self.db, self.project, module.clone())
    }

    /// Executes a module, if it is not running already.
    ///
    /// # Errors
    /// What went wrong.
    pub fn module_ready(&mut self, module: &Name) -> Result<()> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        if self.frames.iter().any(|frame| frame.key == Some(key)) {
            return Ok(());
        }
        if !spy_db::has_file(self.db, self.project, module.clone()) {
            return Ok(());
        }
        let error =
            crate::machine::deep(|| queries::module_error(self.db, self.project, module.clone()));
        match error {
            // What could be executed of it can be used.
            Some(error) if self.tolerated.is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// An attribute of a module, if it has one: what its top level bound, else what an import that
    /// closes a cycle stands for, else a module inside of it.
    ///
    /// # Errors
    /// If the module cannot be executed.
    pub fn module_attr(&mut self, module: &Name, attr: &Name) -> Result<Option<ModuleAttr>> {
        if let Some(found) = self.bound_attr(module, attr)? {
            return Ok(Some(found));
        }
        let through = module;
        let Some(ImportRef { module, attr }) = self.meaning(module, attr) else { return Ok(None) };
        let Some(attr) = attr else {
            return Ok(Some(ModuleAttr::Value(Value::Module(module))));
        };
        match self.bound_attr(&module, &attr)? {
            Some(ModuleAttr::Value(value)) => Ok(Some(ModuleAttr::Value(value))),
            Some(ModuleAttr::Cell(ty)) if self.leads_to_package(&module, ty) => {
                Err(self.passed_on(&module, &attr, through))
            }
            Some(ModuleAttr::Cell(_)) | None => Ok(None),
        }
    }

    /// What the top level of a module bound to a name.
    fn bound_attr(&mut self, module: &Name, attr: &Name) -> Result<Option<ModuleAttr>> {
        if let Some(value) = builtins::module_value(module, attr) {
            return Ok(Some(ModuleAttr::Value(value)));
        }
        if let Some(rest) = written_in_spy(module, attr)
            && !attr.starts_with('_')
        {
            return self.bound_attr(&Name::new_static(rest), attr);
        }
        if builtins::is_builtin_module(module) {
            return Ok(None);
        }
        self.module_ready(module)?;
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        if let Some(local) = self.frame_local(frame, attr) {
            return Ok(local.value.map(ModuleAttr::Value));
        }
        Ok(self.frame_cell(frame, attr).map(|(ty, _)| ModuleAttr::Cell(ty)))
    }

    /// Where a module's attribute is defined, as the texts say: imports are followed.
    fn meaning(&self, module: &Name, attr: &Name) -> Option<ImportRef> {
        let mut seen = BTreeSet::new();
        let (mut module, mut attr) = (module.clone(), attr.clone());
        while seen.insert((module.clone(), attr.clone())) {
            let scope = spy_db::def_scope(self.db, self.project, queries::module_def(&module));
            let symbol = scope.as_ref().and_then(|scope| scope.symbols.get(&attr));
            match symbol.map(|symbol| (symbol.impref(), symbol.level)) {
                Some((None, 0)) => return Some(ImportRef { module, attr: Some(attr) }),
                Some((Some(ImportRef { module: from, attr: Some(name) }), 0)) => {
                    (module, attr) = (from.clone(), name.clone());
                }
                Some((Some(whole), 0)) => return Some(whole.clone()),
                _ => break,
            }
        }
        if builtins::module_value(&module, &attr).is_some() {
            return Some(ImportRef { module, attr: Some(attr) });
        }
        let inner = Name::from(format!("{module}.{attr}"));
        let exists = !builtins::is_builtin_module(&module) && self.module_exists(&inner);
        exists.then_some(ImportRef { module: inner, attr: None })
    }

    /// Whether a module's text gives a name some meaning.
    fn names_something(&self, module: &Name, attr: &Name) -> bool {
        self.meaning(module, attr).is_some()
    }
}

/// The module of the library which has what a module of the compiler lacks.
fn written_in_spy(module: &str, attr: &str) -> Option<&'static str> {
    match (module, attr) {
        ("math", "erf" | "erfc" | "gamma" | "lgamma") => Some("_gamma"),
        ("math", _) => Some("_math"),
        ("operator", _) => Some("_operator"),
        ("typing", "Optional") => Some("_optional"),
        ("typing", "Iterator" | "Iterable" | "Generator") => Some("_generator"),
        ("typing", "List" | "Dict" | "Set" | "FrozenSet" | "Tuple") => Some("_typing"),
        _ => None,
    }
}
