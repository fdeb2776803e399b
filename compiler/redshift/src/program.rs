//! A whole program: everything reachable, its structs, its entry, its names.

use crate::diagnose;
use crate::naming::{Dumping, Names};
use crate::queries::Shifted;
use crate::walk::Walk;
use spy_db::{Db, Project};
use spy_diagnostics::{Diagnostic, Severity};
use spy_eval::Replay;
use spy_ir::{DumpOptions, dump_functions};
use spy_ir::{Fqn, Program, SourceLine, Type};
use spy_text::IndexSet;
use spy_text::{HashMap, HashSet};
use spy_types::names::func_fqn;
use spy_types::{FuncId, FuncKey, Loc, Name, Pos, Ty};
use std::sync::Arc;

/// What happens to errors that are known before the program runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ErrorMode {
    /// They are reported.
    #[default]
    Eager,
    /// The statement raises them when it runs.
    Lazy,
    /// Like [`ErrorMode::Lazy`], and they are reported as warnings.
    Warn,
}

/// What `main` has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MainRule {
    /// A function like any other: the program is a library.
    Free,
    /// If there is one, a program can start with it.
    #[default]
    Checked,
    /// There is one, and a program can start with it.
    Needed,
}

/// Redshifts many functions ahead of time, in parallel, so that asking for each is quick.
pub type Warm<'a> = &'a (dyn Fn(&[FuncId], bool) + 'a);

/// How to build.
#[derive(Default)]
pub struct BuildOptions<'a> {
    /// What happens to static errors.
    pub error_mode: ErrorMode,
    /// What the root's `main` has to be.
    pub main: MainRule,
    /// How to use several threads.
    pub warm: Option<Warm<'a>>,
}

/// Where a position of a function lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The line.
    pub line: SourceLine,
    /// 0-based column in bytes.
    pub col: u32,
    /// 1-based last line.
    pub end_line: u32,
    /// 0-based column after the last byte.
    pub end_col: u32,
    /// The same, as the evaluator knows it.
    pub loc: Loc,
}

/// The positions of all functions. Instances of one function have most of theirs in common, so
/// each place is kept once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Positions {
    /// What the positions of each function's code stand for.
    pub(crate) funcs: HashMap<Fqn, Arc<Shifted>>,
    /// Where they lie, as far as their text is there.
    pub(crate) places: HashMap<Pos, Place>,
}

impl Positions {
    /// A position of a function.
    pub(crate) fn place(&self, func: &Fqn, pos: spy_ir::PosIdx) -> Option<&Place> {
        self.places.get(self.funcs.get(func)?.positions.get(pos.0 as usize)?)
    }
}

/// A redshifted program.
#[derive(Clone, Debug)]
pub struct Built {
    /// The code.
    pub program: Program,
    /// What was printed at import time and by blue code.
    pub output: String,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The type behind each type of the program.
    pub types: HashMap<Type, Ty>,
    /// The names that people see.
    pub names: Names,
    /// The functions that it consists of, in the order in which they were found.
    pub funcs: Vec<FuncId>,
    pub(crate) positions: Positions,
    pub(crate) aliases: HashMap<Name, Vec<(String, Fqn)>>,
}

impl Built {
    pub(crate) fn failed(diagnostics: Vec<Diagnostic>, output: String) -> Self {
        Self {
            program: Program::default(),
            output,
            diagnostics,
            types: HashMap::default(),
            names: Names::default(),
            funcs: Vec::new(),
            positions: Positions::default(),
            aliases: HashMap::default(),
        }
    }

    /// Whether something is wrong that prevents building.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The source lines of a function's positions.
    #[must_use]
    pub fn positions(&self, func: &Fqn) -> Vec<Option<SourceLine>> {
        let found = self.positions.funcs.get(func);
        let positions = found.map(|shifted| shifted.positions.as_slice()).unwrap_or_default();
        let line = |pos| self.positions.places.get(pos).map(|place| place.line.clone());
        positions.iter().map(line).collect()
    }

    /// The redshift of a function.
    #[must_use]
    pub fn shifted(&self, func: &Fqn) -> Option<&Shifted> {
        self.positions.funcs.get(func).map(|shifted| &**shifted)
    }

    /// A position of a function.
    #[must_use]
    pub fn position(&self, func: &Fqn, pos: spy_ir::PosIdx) -> Option<Loc> {
        Some(self.positions.place(func, pos)?.loc)
    }

    /// The dump of a module's functions.
    #[must_use]
    pub fn dump(&self, module: &str, options: &DumpOptions) -> String {
        let context = Dumping {
            names: &self.names,
            structs: self.program.structs.iter().map(|def| (&def.fqn, def)).collect(),
            positions: &self.positions,
        };
        let aliases = self.aliases.get(module).map(Vec::as_slice).unwrap_or_default();
        let found = self.program.modules.iter().find(|found| found.name == module);
        let made = self.funcs.iter().filter(|func| {
            matches!(func.get(), FuncKey::Wrapper(_) | FuncKey::Bind(..) | FuncKey::Bound(..))
        });
        let made: HashSet<Fqn> = made.map(|func| func_fqn(*func)).collect();
        let funcs = found.map(|module| module.funcs.as_slice()).unwrap_or_default();
        // The code of function values says nothing that the functions do not.
        let funcs: Vec<_> =
            funcs.iter().filter(|func| !made.contains(&func.fqn)).cloned().collect();
        dump_functions(aliases, &funcs, &context, options)
    }
}

/// The modules that a root needs, each after those that it imports; and the first errors of their
/// text, if any.
///
/// # Errors
/// Syntax and scope errors of any of them.
pub fn import_order(
    db: &dyn Db,
    project: Project,
    root: &Name,
) -> Result<Vec<Name>, Vec<Diagnostic>> {
    let mut order = IndexSet::default();
    let mut active = HashSet::default();
    let mut diagnostics = Vec::new();
    visit(db, project, root, &mut order, &mut active, &mut diagnostics);
    if diagnostics.is_empty() { Ok(order.into_iter().collect()) } else { Err(diagnostics) }
}

fn visit(
    db: &dyn Db,
    project: Project,
    module: &Name,
    order: &mut IndexSet<Name>,
    active: &mut HashSet<Name>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if order.contains(module) || !active.insert(module.clone()) {
        return;
    }
    let Some(file) = spy_db::module_file(db, project, module) else { return };
    let parsed = spy_db::parse(db, file);
    if !parsed.errors.is_empty() {
        diagnostics.extend(diagnose::syntax_errors(file.name(db), parsed));
        return;
    }
    let Some(scopes) = spy_db::module_scopes(db, project, module.clone()) else { return };
    for error in &scopes.errors {
        diagnostics.push(diagnose::scope_error(db, project, module, error));
    }
    for needed in spy_db::dependencies(db, project, module.clone()) {
        spy_eval::machine::deep(|| visit(db, project, needed, order, active, diagnostics));
    }
    order.insert(module.clone());
}

/// Builds a program from its root module.
pub fn build_program(
    db: &dyn Db,
    project: Project,
    root: &Name,
    options: &BuildOptions<'_>,
) -> Built {
    let order = match import_order(db, project, root) {
        Ok(order) => order,
        Err(diagnostics) => return Built::failed(diagnostics, String::new()),
    };
    let mut replay = Replay::new(db, project);
    for module in &order {
        let image = spy_eval::module_image(db, project, module.clone());
        replay.add(&image.output);
        if let Err(error) = &image.result {
            let diagnostic = diagnose::diagnostic(db, project, error, Severity::Error);
            return Built::failed(vec![diagnostic], replay.take());
        }
    }
    let lazy = options.error_mode != ErrorMode::Eager;
    let mut walk = Walk::new(db, project, lazy);
    for module in &order {
        walk.module(module);
    }
    for module in &order {
        walk.module_cells(module);
    }
    let entry = walk.entry(root, options.main);
    walk.run(options.warm);
    walk.finish(&order, entry, options.error_mode, replay)
}
