//! How the files of a project import each other.
//!
//! Everything that can be said before any code runs: files that could not be read, syntax and scope
//! errors of every reachable module, modules that do not exist. Modules run in depth-first
//! post-order, dependencies in the order of [`spy_scope::dependencies`].

use crate::database::Database;
use crate::loader::{self, Loaded};
use crate::paths;
use crate::search::SearchPath;
use crate::stdlib::{Stdlib, is_builtin};
use spy_db::{ModuleSource, Project, System};
use spy_diagnostics::{Diagnostic, Level};
use spy_scope::ImportRef;
use spy_syntax::ast::NodeRef;
use spy_text::IndexMap;
use spy_text::{FileSpan, Name};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Who imports whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportGraph {
    root: Name,
    /// What each reachable module with a file imports; breadth first from the root.
    imports: IndexMap<Name, Vec<Name>>,
}

impl ImportGraph {
    /// The graph of what was loaded.
    #[must_use]
    pub fn new(db: &Database, loaded: &Loaded) -> Self {
        let imports = loaded
            .reachable
            .iter()
            .filter(|name| loader::module_file(db, loaded.project, name).is_some())
            .map(|name| (name.clone(), loader::dependencies(db, loaded.project, name).to_vec()))
            .collect();
        Self { root: loaded.root.clone(), imports }
    }

    /// Modules in the order in which they run, builtin and missing ones included. In a cycle, the one
    /// that was reached first runs last.
    #[must_use]
    pub fn order(&self) -> Vec<Name> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::from([&self.root]);
        // The modules that are running, each with the number of its imports that were looked at.
        let mut running: Vec<(&Name, usize)> = vec![(&self.root, 0)];
        while let Some((module, next)) = running.last_mut() {
            let module = *module;
            let Some(import) = self.imports_of(module).get(*next) else {
                order.push(module.clone());
                running.pop();
                continue;
            };
            *next += 1;
            if seen.insert(import) {
                running.push((import, 0));
            }
        }
        order
    }

    fn imports_of(&self, module: &Name) -> &[Name] {
        self.imports.get(module).map_or(&[], Vec::as_slice)
    }

    /// The tree of `spy imports`.
    fn tree(&self) -> String {
        let mut out = String::new();
        let mut seen = BTreeSet::new();
        // What is left to print: a module, the indent of its line, its marker, and the indent of
        // what it imports.
        let mut todo = vec![(&self.root, "  ".to_owned(), "", "  ".to_owned())];
        while let Some((module, indent, marker, below)) = todo.pop() {
            let again = !seen.insert(module);
            let note = if again { " (already seen)" } else { "" };
            push_line(&mut out, format_args!("{indent}{marker}{module}{note}"));
            if again {
                continue;
            }
            let imports = self.imports_of(module);
            for (index, import) in imports.iter().enumerate().rev() {
                let last = index + 1 == imports.len();
                let (marker, step) =
                    if last { ("└── ", "    ") } else { ("├── ", "│   ") };
                todo.push((import, below.clone(), marker, format!("{below}{step}")));
            }
        }
        out
    }
}

fn push_line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// Everything that is wrong before any code runs.
#[must_use]
pub fn check(db: &Database, loaded: &Loaded) -> Vec<Diagnostic> {
    let mut diagnostics = loaded.diagnostics.clone();
    for module in &loaded.reachable {
        if !loaded.broken.contains(module) {
            diagnostics.extend(check_module(db, loaded.project, module));
        }
    }
    diagnostics.extend(check_imports(db, loaded));
    diagnostics
}

/// The syntax errors of a module; if there are none, its scope errors.
#[must_use]
pub fn check_module(db: &Database, project: Project, module: &Name) -> Vec<Diagnostic> {
    let Some(file) = loader::module_file(db, project, module) else {
        return Vec::new();
    };
    let parsed = spy_db::parse(db, file);
    let name = file.name(db);
    if !parsed.errors.is_empty() {
        let errors = parsed.errors.iter().map(|error| {
            let span = FileSpan { file: name.clone(), span: error.span };
            Diagnostic::error("ParseError", &*error.message).with(Level::Error, &*error.label, span)
        });
        return errors.collect();
    }
    let Some(scopes) = spy_db::module_scopes(db, project, module.clone()) else {
        return Vec::new();
    };
    let mut diagnostics = Vec::new();
    for error in &scopes.errors {
        let mut diagnostic = Diagnostic::error("ScopeError", &*error.message);
        if let Some(span) = locate(db, project, module, &error.new) {
            diagnostic = diagnostic.with(Level::Error, "this is the new declaration", span);
        }
        if let Some(span) = locate(db, project, module, &error.previous) {
            diagnostic = diagnostic.with(Level::Note, "this is the previous declaration", span);
        }
        diagnostics.push(diagnostic);
    }
    diagnostics
}

fn locate(db: &Database, project: Project, module: &Name, node: &NodeRef) -> Option<FileSpan> {
    let file = loader::module_file(db, project, module)?;
    let span = spy_db::parse(db, file).spans.get(&node.def)?.get(node.node);
    Some(FileSpan { file: file.name(db).clone(), span })
}

/// Modules that do not exist, in the order in which modules run.
fn check_imports(db: &Database, loaded: &Loaded) -> Vec<Diagnostic> {
    let graph = ImportGraph::new(db, loaded);
    let mut diagnostics = Vec::new();
    for module in &graph.order() {
        if !is_builtin(module) && loader::module_file(db, loaded.project, module).is_none() {
            diagnostics.push(missing(db, loaded, &graph, module));
        }
    }
    diagnostics
}

/// The modules that one module imports and that do not exist.
#[must_use]
pub fn missing_imports(db: &Database, project: Project, module: &Name) -> Vec<Diagnostic> {
    let needed = loader::dependencies(db, project, module).iter();
    let missing =
        needed.filter(|name| !is_builtin(name) && loader::module_file(db, project, name).is_none());
    missing.map(|name| blame(db, project, Some(module), name)).collect()
}

/// Blames the first import of `module`, in the order in which files were read.
fn missing(db: &Database, loaded: &Loaded, graph: &ImportGraph, module: &Name) -> Diagnostic {
    let importer = graph.imports.iter().find(|(_, imports)| imports.contains(module));
    blame(db, loaded.project, importer.map(|(from, _)| from), module)
}

fn blame(db: &Database, project: Project, importer: Option<&Name>, module: &Name) -> Diagnostic {
    let statement = importer.and_then(|from| import_statement(db, project, from, module));
    let label = match spy_db::module_source(db, project, module.clone()) {
        Some(ModuleSource::Py(file)) => {
            format!("file `{file}` exists, but py files cannot be imported")
        }
        _ if module.starts_with('.') => "relative import beyond the outermost package".to_owned(),
        _ => format!("module `{module}` does not exist"),
    };
    match statement {
        Some((impref, span)) => {
            let error = Diagnostic::error("ImportError", format!("cannot import `{impref}`"));
            error.with(Level::Error, label, span)
        }
        // Needed by syntax, not by a statement: part of the standard library is not there.
        None => {
            Diagnostic::error("ImportError", format!("cannot import `{module}`")).with_help(label)
        }
    }
}

/// The first statement of `from` that imports from `module`.
fn import_statement(
    db: &Database,
    project: Project,
    from: &Name,
    module: &Name,
) -> Option<(ImportRef, FileSpan)> {
    let file = loader::module_file(db, project, from)?;
    let home = spy_db::home(db, file, from);
    let imports = spy_scope::imports(spy_db::parse(db, file), &home);
    let (impref, node) = imports.into_iter().find(|(impref, _)| impref.module == *module)?;
    Some((impref, locate(db, project, from, &node)?))
}

/// The dump of `spy imports`. `shown` says how paths are printed.
#[must_use]
pub fn dump(
    db: &Database,
    system: &dyn System,
    loaded: &Loaded,
    search: &SearchPath,
    shown: &dyn Fn(&PathBuf) -> String,
) -> String {
    let graph = ImportGraph::new(db, loaded);
    let mut folders = vec![match &search.stdlib {
        Stdlib::Embedded => paths::STDLIB_PREFIX.trim_end_matches('/').to_owned(),
        Stdlib::Folder(dir) => shown(dir),
    }];
    let searched = search.folders(&loaded.root_dir);
    folders.extend(searched.into_iter().map(|dir| {
        let origin = search.origin(dir).map(|origin| format!("  ({})", origin.as_str()));
        shown(&dir.to_owned()) + &origin.unwrap_or_default()
    }));
    let mut out = format!("Import tree:\n{}\nvm.path:\n", graph.tree());
    for (index, folder) in folders.iter().enumerate() {
        push_line(&mut out, format_args!("  p{index} = {folder}"));
    }
    out.push_str("\nImport order:\n");
    let order = graph.order();
    let width = order.iter().map(|name| name.len()).max().unwrap_or(0);
    for (index, module) in order.iter().enumerate() {
        let place = place(db, loaded, search, module);
        push_line(&mut out, format_args!("{index:>3} {module:>width$} => {place}"));
    }
    let shadowed: Vec<_> = order
        .iter()
        .flat_map(|module| {
            let found = search.shadowed(system, &loaded.root_dir, module);
            found.into_iter().map(move |path| (module, path))
        })
        .collect();
    if !shadowed.is_empty() {
        out.push_str("\nShadowed:\n");
    }
    for (module, path) in shadowed {
        push_line(&mut out, format_args!("    {module:>width$} != {}", shown(&path)));
    }
    out
}

/// Where a module comes from: `$p1/m.spy`.
fn place(db: &Database, loaded: &Loaded, search: &SearchPath, module: &Name) -> String {
    if is_builtin(module) {
        return format!("<spy module '{module}'> (already imported)");
    }
    let Some(file) = loader::module_file(db, loaded.project, module) else {
        return "ImportError".to_owned();
    };
    let name = file.name(db).as_str();
    if let Some(inside) = name.strip_prefix(paths::STDLIB_PREFIX) {
        return format!("$p0/{inside}");
    }
    let Some(path) = loaded.places.get(module) else {
        return name.to_owned();
    };
    let folders = search.folders(&loaded.root_dir).into_iter();
    // Folders may be inside of others: an environment stands beside the program.
    let inside = folders.enumerate().filter(|(_, dir)| path.starts_with(dir));
    let nearest = inside.max_by_key(|(index, dir)| (dir.as_os_str().len(), usize::MAX - index));
    nearest.map_or_else(
        || name.to_owned(),
        |(index, dir)| {
            let inside = path.strip_prefix(dir).unwrap_or(path);
            format!("$p{}/{}", index + 1, inside.display())
        },
    )
}
