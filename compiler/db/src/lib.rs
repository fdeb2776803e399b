//! Salsa inputs, and the queries on the text of one file.
//!
//! What the outside world sets stands in two inputs: a [`SourceFile`] per file and one [`Project`].
//! Nothing in a query opens a file: whoever owns the database reads files through a [`System`] and
//! sets inputs. Lexing, parsing and scope analysis are pure functions of crates below; the queries
//! here add the firewalls: [`def_body`] and [`def_scope`] change only if that definition changed,
//! and neither holds a byte offset.

#![expect(missing_docs, reason = "salsa's macros generate public items without docs")]

pub mod compiled;
mod system;

pub use compiled::{Compiled, CompiledCode};
pub use system::{MemorySystem, OsSystem, System};

use spy_scope::{Home, ModuleScopes, SymTable};
use spy_syntax::ast::{self, Body, BodySpans, DefPath, Node};
use spy_text::{FileName, FileSpan, Interned, LineIndex, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A source file.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Its displayed path.
    #[returns(ref)]
    pub name: FileName,
    /// Its text.
    #[returns(ref)]
    pub text: Arc<str>,
    /// Whether it belongs to the standard library.
    #[returns(copy)]
    pub stdlib: bool,
}

/// What the search path holds for a module's name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ModuleSource {
    /// A SPy file.
    Spy(SourceFile),
    /// Only `NAME.py`, which cannot be imported: the file's name.
    Py(Name),
}

/// Limits of evaluation at compile time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limits {
    /// Statements and expressions that one blue call or one module's top level may evaluate.
    pub fuel: u64,
    /// Calls inside calls.
    pub depth: u32,
    /// Values that one evaluation may hold in memory from `gc_alloc` and the like.
    pub memory: u64,
    /// Whether the top level of a module goes on behind a statement that failed. Editors want to know
    /// what stands below; builds report the error and use nothing else of the module.
    pub keep_going: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 10_000_000, depth: 1_000, memory: 1 << 23, keep_going: false }
    }
}

/// The modules of a build. A module that is absent from the map does not exist.
#[salsa::input(debug)]
pub struct Project {
    /// Every module that some module of the project imports, and the standard library.
    #[returns(ref)]
    pub modules: Arc<BTreeMap<Name, ModuleSource>>,
    /// Limits of evaluation at compile time.
    #[returns(copy)]
    pub limits: Limits,
}

/// The database as queries see it.
#[salsa::db]
pub trait Db: salsa::Database {
    /// Hears from the queries that evaluate code what they run for: salsa's own events name keys by
    /// number only. Nothing that a query computes may depend on it.
    fn runs(&self, query: &str, what: &dyn Fn() -> String) {
        let _ = (query, what);
    }

    /// Hears which definitions anything but their own redshift looks into: an edit of another one
    /// changes nothing besides. Nothing that a query computes may depend on it.
    fn looks_into(&self, def: DefKey) {
        let _ = def;
    }

    /// Whether an import waits with running its module until something there is looked up. So fewer
    /// modules run, and nothing else is different if all of them can be executed: this is for whoever
    /// knows that. The answer is always the same.
    fn defers_imports(&self) -> bool {
        false
    }

    /// The code of packages that were compiled ahead of time, if any can be called. Whoever calls it
    /// reads the text of the module that declares the function: it changes with the code.
    fn compiled(&self) -> Option<Arc<dyn Compiled>> {
        None
    }
}

/// Names a definition of the project: a module and a path in it.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DefKeyData {
    /// The module's dotted name.
    pub module: Name,
    /// Which definition of it.
    pub path: DefPath,
}
spy_text::internable!(DefKeyData);

/// An interned [`DefKeyData`].
pub type DefKey = Interned<DefKeyData>;

/// A position: a node of a definition of the project.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pos {
    /// Whose body.
    pub def: DefKey,
    /// Which node of it.
    pub node: Node,
}

/// The source of a module, if it exists. Stays equal when other modules come and go.
#[salsa::tracked(returns(clone))]
pub fn module_source(db: &dyn Db, project: Project, module: Name) -> Option<ModuleSource> {
    project.modules(db).get(&module).cloned()
}

/// The file of a module that is a SPy file.
pub fn module_file(db: &dyn Db, project: Project, module: &Name) -> Option<SourceFile> {
    match module_source(db, project, module.clone()) {
        Some(ModuleSource::Spy(file)) => Some(file),
        Some(ModuleSource::Py(_)) | None => None,
    }
}

/// Whether a module is only declared: its red functions and variables were compiled ahead of time,
/// and its file, which somebody made up, says what they are. The docstring of such a function is
/// its symbol.
pub fn is_interface(db: &dyn Db, project: Project, module: &Name) -> bool {
    module_file(db, project, module)
        .is_some_and(|file| file.name(db).as_str().ends_with(INTERFACE_SUFFIX))
}

/// How the names of files end that only declare.
pub const INTERFACE_SUFFIX: &str = ".spyi";

/// Whether a module is a SPy file. Stays equal when the file is another one.
#[salsa::tracked(returns(copy))]
pub fn has_file(db: &dyn Db, project: Project, module: Name) -> bool {
    module_file(db, project, &module).is_some()
}

/// The parsed file. Runs again whenever its text changes.
#[salsa::tracked(returns(ref))]
pub fn parse(db: &dyn Db, file: SourceFile) -> Arc<ast::Module> {
    Arc::new(spy_syntax::parse(file.text(db)))
}

/// The statements of a definition. Equal unless that definition's own text changed.
#[salsa::tracked(returns(clone))]
pub fn def_body(db: &dyn Db, project: Project, def: DefKey) -> Option<Arc<Body>> {
    let file = module_file(db, project, &def.module)?;
    parse(db, file).bodies.get(&def.path).cloned()
}

/// Where the nodes of a definition are. Changes with everything above it in the file.
pub fn def_spans(db: &dyn Db, project: Project, def: DefKey) -> Option<Arc<BodySpans>> {
    let file = module_file(db, project, &def.module)?;
    parse(db, file).spans.get(&def.path).cloned()
}

/// Where a module stands among the packages.
pub fn home(db: &dyn Db, file: SourceFile, module: &Name) -> Home {
    let is_package = file.name(db).as_str().rsplit('/').next() == Some("__init__.spy");
    Home { module: module.clone(), is_package }
}

/// Whether some module is inside of `package`.
#[salsa::tracked(returns(copy))]
pub fn is_package_folder(db: &dyn Db, project: Project, package: Name) -> bool {
    let inside = format!("{package}.");
    let mut after = project.modules(db).range(Name::from(inside.as_str())..);
    after.next().is_some_and(|(name, _)| name.starts_with(&inside))
}

/// The modules that a module needs, in the order in which they run; those that are missing too.
#[salsa::tracked(returns(ref))]
pub fn dependencies(db: &dyn Db, project: Project, module: Name) -> Vec<Name> {
    let Some(file) = module_file(db, project, &module) else { return Vec::new() };
    let Some(scopes) = module_scopes(db, project, module.clone()) else { return Vec::new() };
    let wants = spy_scope::dependencies(parse(db, file), scopes, &home(db, file, &module));
    let found = wants.into_iter().filter(|want| {
        module_source(db, project, want.module.clone()).is_some()
            || !want.optional && !is_package_folder(db, project, want.module.clone())
    });
    found.map(|want| want.module).collect()
}

/// Whether running module `from` needs `to`, however indirectly.
#[salsa::tracked(returns(copy))]
pub fn needs(db: &dyn Db, project: Project, from: Name, to: Name) -> bool {
    let mut seen = BTreeSet::from([from.clone()]);
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in dependencies(db, project, module) {
            if *next == to {
                return true;
            }
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    false
}

/// The symbol tables of a module.
#[salsa::tracked(returns(ref))]
pub fn module_scopes(db: &dyn Db, project: Project, module: Name) -> Option<Arc<ModuleScopes>> {
    let file = module_file(db, project, &module)?;
    Some(Arc::new(spy_scope::analyze(parse(db, file), home(db, file, &module))))
}

/// The symbol table of a definition. Equal unless the meaning of a name in it changed.
#[salsa::tracked(returns(clone))]
pub fn def_scope(db: &dyn Db, project: Project, def: DefKey) -> Option<Arc<SymTable>> {
    let scopes = module_scopes(db, project, def.module.clone()).as_ref()?;
    scopes.tables.get(&def.path).cloned()
}

/// The lines of a file.
#[salsa::tracked(returns(ref))]
pub fn line_index(db: &dyn Db, file: SourceFile) -> LineIndex {
    LineIndex::new(file.text(db))
}

/// The bytes that a position stands for, in the text as it is now.
pub fn resolve(db: &dyn Db, project: Project, pos: Pos) -> Option<FileSpan> {
    let file = module_file(db, project, &pos.def.module)?;
    let spans = def_spans(db, project, pos.def)?;
    Some(FileSpan { file: file.name(db).clone(), span: spans.get(pos.node) })
}
