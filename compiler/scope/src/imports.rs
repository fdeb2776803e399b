//! What a module imports.

use crate::builtins::MODULE;
use crate::{ImportRef, ModuleScopes};
use spy_syntax::ast::{DefPath, Module, Node, NodeRef, Stmt};
use spy_text::IndexSet;
use spy_text::Name;

/// The explicit imports at module level in textual order, with their statements.
#[must_use]
pub fn imports(module: &Module) -> Vec<(ImportRef, NodeRef)> {
    let path = DefPath::module();
    let Some(body) = module.bodies.get(&path) else {
        return Vec::new();
    };
    let import = |&id| match body.stmt(id) {
        Stmt::Import(import) => {
            let impref = ImportRef { module: import.module.clone(), attr: import.attr.clone() };
            Some((impref, NodeRef { def: path.clone(), node: Node::Stmt(id) }))
        }
        _ => None,
    };
    body.root.iter().filter_map(import).collect()
}

/// The modules to load before this one, each once, in the order in which to run them: implicit
/// ones by name, then explicit ones in textual order. An explicit import stays in its place even if
/// it is among the implicit ones too, so that using an imported name does not reorder imports.
#[must_use]
pub fn dependencies(module: &Module, scopes: &ModuleScopes) -> Vec<Name> {
    let explicit: IndexSet<Name> =
        imports(module).into_iter().map(|(impref, _)| impref.module).collect();
    let implicit = scopes
        .implicit_imports
        .iter()
        .filter(|name| *name != MODULE && !explicit.contains(*name))
        .cloned();
    implicit.chain(explicit.iter().cloned()).collect()
}
