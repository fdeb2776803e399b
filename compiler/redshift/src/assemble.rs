//! Putting a finished walk together: modules, structs, entry, names, positions.

use crate::diagnose;
use crate::lower::lower_type;
use crate::naming::Names;
use crate::places::Finder;
use crate::program::{Built, ErrorMode, MainRule, Positions};
use crate::start::{check_main, list_of_str};
use crate::walk::Walk;
use spy_diagnostics::{Diagnostic, Severity};
use spy_ir::{ArgvList, Entry, Fqn, Module, Program, StructDef, Type};
use spy_syntax::ast::Color;
use spy_text::IndexMap;
use spy_text::{HashMap, HashSet};
use spy_types::names::cell_fqn;
use spy_types::names::{func_fqn, ty_fqn};
use spy_types::{FrameKey, FrameKeyData, Name, ScalarTy, SpyError, Ty, Value};
use std::collections::BTreeMap;
use std::collections::hash_map;
use std::sync::Arc;

impl Walk<'_> {
    // -- main -----------------------------------------------------------------------------------

    /// How the program starts. A `main` with the wrong signature is an error, except in a library,
    /// where the name means nothing.
    pub(crate) fn entry(&mut self, root: &Name, rule: MainRule) -> Option<Entry> {
        let frame = FrameKey::new(FrameKeyData::Module(root.clone()));
        let value = self.machine.frame_local(frame, &Name::new_static("main"));
        let Some(Value::Func(main)) = value.and_then(|local| local.value) else {
            self.missing_main = rule == MainRule::Needed;
            return None;
        };
        match check_main(&mut self.machine, main) {
            Ok(takes_argv) => {
                let sig = self.machine.func_sig(main)?;
                let argv = if takes_argv { self.argv_list() } else { None };
                self.add_func(main);
                Some(Entry {
                    main: func_fqn(main),
                    argv,
                    returns_status: sig.ret.scalar() == Some(ScalarTy::I32),
                })
            }
            Err(error) => {
                if rule != MainRule::Free {
                    self.errors.push(*error);
                }
                None
            }
        }
    }

    /// How the program makes its list of arguments.
    pub(crate) fn argv_list(&mut self) -> Option<ArgvList> {
        let ty = list_of_str(&mut self.machine)?;
        let new = self.machine.sibling(ty, "new").ok()??;
        let Some(Value::Func(push)) = self.machine.lookup(ty, "_push").ok()? else { return None };
        self.add_type(ty);
        self.add_func(new);
        self.add_func(push);
        Some(ArgvList { ty: lower_type(ty), new: func_fqn(new), push: func_fqn(push) })
    }

    // -- the result -----------------------------------------------------------------------------

    pub(crate) fn finish(
        mut self,
        order: &[Name],
        entry: Option<Entry>,
        mode: ErrorMode,
        mut replay: spy_eval::Replay<'_>,
    ) -> Built {
        for shifted in &self.shifted {
            replay.add(&shifted.output);
        }
        let mut diagnostics = self.diagnostics(mode);
        if self.missing_main {
            diagnostics.push(
                Diagnostic::error("ImportError", "Cannot find function main()")
                    .with_help("define `def main() -> None:` in the file that is built"),
            );
        }
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Built::failed(diagnostics, replay.take());
        }
        let (mut names, mut positions) = (Names::default(), Positions::default());
        let (types, queue, objects) = (&self.types, &self.queue, &self.objects);
        // Names need no database, so another thread can give them.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| names = Names::of(types, queue, objects.keys()));
            positions = self.positions();
        });
        let aliases = order.iter().map(|module| (module.clone(), self.aliases(module))).collect();
        let program = match self.program(order, entry) {
            Ok(program) => program,
            Err(error) => {
                let diagnostic =
                    diagnose::diagnostic(self.db, self.project, &error, Severity::Error);
                return Built::failed(vec![diagnostic], replay.take());
            }
        };
        if cfg!(debug_assertions) {
            diagnostics.extend(broken_code(&program));
        }
        let types = self.type_map();
        let funcs = self.queue.into_iter().collect();
        let output = replay.take();
        Built { program, output, diagnostics, types, names, funcs, positions, aliases }
    }

    pub(crate) fn diagnostics(&self, mode: ErrorMode) -> Vec<Diagnostic> {
        let make = |error: &SpyError, severity| {
            diagnose::diagnostic(self.db, self.project, error, severity)
        };
        let mut found: Vec<Diagnostic> =
            self.errors.iter().map(|error| make(error, Severity::Error)).collect();
        for shifted in &self.shifted {
            for error in &shifted.errors {
                found.push(make(error, Severity::Error));
            }
            if mode == ErrorMode::Warn {
                for error in &shifted.deferred {
                    found.push(make(error, Severity::Warning));
                }
            }
        }
        let mut seen = HashSet::default();
        found.retain(|diagnostic| seen.insert(diagnostic.clone()));
        found
    }

    pub(crate) fn type_map(&mut self) -> HashMap<Type, Ty> {
        let types: Vec<Ty> = self.types.iter().copied().collect();
        let mut map = HashMap::default();
        for ty in types {
            map.insert(lower_type(ty), ty);
            if let Some(data) = self.machine.struct_data(ty) {
                for (_, field) in &data.fields {
                    map.insert(lower_type(*field), *field);
                }
            }
        }
        map
    }

    pub(crate) fn program(
        &mut self,
        order: &[Name],
        entry: Option<Entry>,
    ) -> spy_types::Result<Program> {
        let mut modules: IndexMap<Name, Module> = IndexMap::default();
        let externs = self.externs();
        for (func, shifted) in self.queue.iter().zip(&self.shifted) {
            let Some(code) = &shifted.func else { continue };
            let name = func_fqn(*func).module().clone();
            module_entry(&mut modules, &name).funcs.push(code.clone());
        }
        for module in order {
            let cells = self.cells.remove(module).unwrap_or_default();
            if !cells.is_empty() {
                module_entry(&mut modules, module).cells = cells;
            }
        }
        let position = |name: &Name| order.iter().position(|module| module == name);
        let mut modules: Vec<Module> = modules.into_values().collect();
        // Modules that only the compiler imports come first, by name.
        modules.sort_by(|a, b| (position(&a.name), &a.name).cmp(&(position(&b.name), &b.name)));
        let structs = self.structs()?;
        let data = std::mem::take(&mut self.data);
        Ok(Program {
            modules,
            structs,
            data,
            addressed: std::mem::take(&mut self.addressed),
            externs,
            entry,
        })
    }

    /// What was compiled ahead of time.
    fn externs(&mut self) -> BTreeMap<Fqn, String> {
        let mut externs = BTreeMap::new();
        for func in &self.queue {
            if let Some(symbol) = self.machine.declared_symbol(*func) {
                externs.insert(func_fqn(*func), symbol);
            }
        }
        let cells = self.cells.values().flatten();
        let declared = cells.filter(|cell| self.is_interface(cell.fqn.module()));
        externs.extend(declared.map(|cell| (cell.fqn.clone(), spy_ir::symbols::symbol(&cell.fqn))));
        externs
    }

    /// All structs, each after those that it holds by value.
    pub(crate) fn structs(&mut self) -> spy_types::Result<Vec<Arc<StructDef>>> {
        let types: Vec<Ty> = self.types.iter().copied().filter(|ty| is_struct(*ty)).collect();
        let mut sorted = IndexMap::default();
        let mut active = HashSet::default();
        for ty in types {
            self.add_struct(ty, &mut sorted, &mut active)?;
        }
        Ok(sorted.into_values().collect())
    }

    pub(crate) fn add_struct(
        &mut self,
        ty: Ty,
        sorted: &mut IndexMap<Ty, Arc<StructDef>>,
        active: &mut HashSet<Ty>,
    ) -> spy_types::Result<()> {
        if sorted.contains_key(&ty) {
            return Ok(());
        }
        if !active.insert(ty) {
            let name = spy_types::names::ty_human(ty);
            return Err(SpyError::type_error(format!("struct `{name}` contains itself by value"))
                .help("hold it through a pointer"));
        }
        if let Some(func) = ty.func() {
            let (fqn, fields) = (ty_fqn(ty), crate::function_value::fields(func));
            sorted.insert(ty, Arc::new(StructDef { fqn, fields, builtin: false }));
            return Ok(());
        }
        let fields = self.machine.struct_fields(ty)?;
        for (_, field) in &fields {
            if is_struct(*field) {
                spy_eval::machine::deep(|| self.add_struct(*field, sorted, active))?;
            }
        }
        let fqn = ty_fqn(ty);
        let builtin =
            matches!(fqn.full(), "_str::StrObject" | "_bytes::BytesObject" | "posix::TerminalSize");
        let fields = fields.into_iter().map(|(name, ty)| (name, lower_type(ty))).collect();
        sorted.insert(ty, Arc::new(StructDef { fqn, fields, builtin }));
        Ok(())
    }

    /// Attributes of a module that are bound to functions of other names.
    pub(crate) fn aliases(&mut self, module: &Name) -> Vec<(String, Fqn)> {
        let def = spy_eval::queries::module_def(module);
        let Some(scope) = spy_db::def_scope(self.db, self.project, def) else { return Vec::new() };
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let mut aliases = Vec::new();
        for name in scope.symbols.keys() {
            let value = self.machine.frame_local(frame, name).and_then(|local| local.value);
            let Some(Value::Func(func)) = value else { continue };
            let red = self
                .machine
                .func_sig(func)
                .is_some_and(|sig| sig.color == Color::Red && !sig.force_inline);
            let fqn = func_fqn(func);
            if red && fqn != cell_fqn(module, name) {
                aliases.push((name.to_string(), fqn));
            }
        }
        aliases
    }

    pub(crate) fn positions(&self) -> Positions {
        let mut finder = Finder::new(self.db, self.project);
        let mut positions = Positions::default();
        // Most instances of a function have exactly the positions of another one.
        let mut lists = HashSet::default();
        for (func, shifted) in self.queue.iter().zip(&self.shifted) {
            let list = shifted.positions.as_slice();
            let new = if lists.insert(list) { list } else { &[] };
            positions.places.reserve(new.len());
            for pos in new {
                if let hash_map::Entry::Vacant(entry) = positions.places.entry(*pos)
                    && let Some(place) = finder.place(*pos)
                {
                    entry.insert(place);
                }
            }
            positions.funcs.insert(func_fqn(*func), shifted.clone());
        }
        positions
    }
}

/// What the verifier finds: redshift made something that no code generator may see.
fn broken_code(program: &Program) -> Vec<Diagnostic> {
    let index = spy_ir::ProgramIndex::new(program);
    let funcs = program.modules.iter().flat_map(|module| &module.funcs);
    let broken = funcs.filter_map(|func| {
        let problems = spy_ir::verify(func, &index).err()?;
        let text = format!("internal error: invalid IR of `{}`", func.fqn);
        Some(Diagnostic::error("PanicError", text).with_help(problems.join("; ")))
    });
    let mut broken: Vec<Diagnostic> = broken.collect();
    if let Err(problems) = spy_ir::verify_constants(program, &index) {
        let diagnostic = Diagnostic::error("PanicError", "internal error: invalid constants");
        broken.push(diagnostic.with_help(problems.join("; ")));
    }
    broken
}

fn module_entry<'m>(modules: &'m mut IndexMap<Name, Module>, name: &Name) -> &'m mut Module {
    modules.entry(name.clone()).or_insert_with(|| Module {
        name: name.clone(),
        funcs: Vec::new(),
        cells: Vec::new(),
    })
}

/// Whether values of a type are structs in the IR.
fn is_struct(ty: Ty) -> bool {
    ty.is_struct() || ty.func().is_some_and(spy_types::FuncTy::is_value)
}
