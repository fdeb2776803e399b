//! The AST as text: what `spy parse` shows.
//!
//! A body is found through its path, so the dump shows definitions where they stand in the text,
//! and definitions with type parameters as they were written. [`tree`] says how nodes are laid
//! out, [`repr`] how values look.

mod comprehension;
mod expr;
mod func;
mod repr;
mod stmt;
mod tree;

use crate::ast::{Body, DefPath, LAMBDA_CALL, LOCAL_DEF, Module, Stmt, StmtId, Sugar};
use tree::Tree;

/// The dump of a module, without a line end at its end.
#[must_use]
pub fn dump_module(module: &Module, filename: &str, module_name: &str) -> String {
    let dumper = Dumper { module, module_name };
    dumper.module(filename).print()
}

/// What all nodes of a dump share.
#[derive(Clone, Copy)]
struct Dumper<'m> {
    module: &'m Module,
    module_name: &'m str,
}

impl<'m> Dumper<'m> {
    fn module(&self, filename: &str) -> Tree {
        let root = DefPath::module();
        let decls = self.body(&root).map_or_else(Vec::new, |body| {
            body.body.root.iter().filter_map(|&id| body.decl(id)).collect()
        });
        Tree::node(
            "Module",
            vec![
                ("filename", Tree::str(filename)),
                ("docstring", Tree::optional_str(self.module.docstring.as_deref())),
                ("decls", Tree::List(decls)),
                ("symtable", self.symtable(&root, "blue", "module")),
            ],
        )
    }

    fn body(self, path: &DefPath) -> Option<BodyDumper<'m>> {
        let body = self.module.bodies.get(path)?;
        Some(BodyDumper { dumper: self, body })
    }

    /// The statements of a definition.
    fn stmts_of(self, path: &DefPath) -> Tree {
        let Some(body) = self.body(path) else { return Tree::List(Vec::new()) };
        body.stmts(&body.body.root)
    }

    fn symtable(&self, path: &DefPath, color: &str, kind: &str) -> Tree {
        let mut name = self.module_name.to_owned();
        let mut is_local = false;
        for part in path.0.split('.').filter(|part| !part.is_empty()) {
            let part = part.split('#').next().unwrap_or(part);
            if part == LAMBDA_CALL && is_local {
                continue;
            }
            let local = part.strip_prefix(LOCAL_DEF);
            is_local = local.is_some();
            name.push_str("::");
            name.push_str(local.unwrap_or(part));
        }
        Tree::Text(format!("<SymTable {} ({color}, {kind})>", repr::str(&name)))
    }
}

/// Dumps what stands in one body.
#[derive(Clone, Copy)]
struct BodyDumper<'m> {
    dumper: Dumper<'m>,
    body: &'m Body,
}

impl BodyDumper<'_> {
    /// A statement of the module's top level.
    fn decl(&self, id: StmtId) -> Option<Tree> {
        let stmt = self.stmt(id);
        Some(match self.body.stmt(id) {
            Stmt::FuncDef(def) if def.sugar == Sugar::Generic => {
                let class = self.sugared_class(def);
                let (global, field) = if class {
                    ("GlobalGenericClassDef", "classdef")
                } else {
                    ("GlobalGenericFuncDef", "funcdef")
                };
                Tree::node(global, vec![(field, stmt)])
            }
            Stmt::FuncDef(_) => Tree::node("GlobalFuncDef", vec![("funcdef", stmt)]),
            Stmt::ClassDef(_) => Tree::node("GlobalClassDef", vec![("classdef", stmt)]),
            Stmt::VarDef { .. } => Tree::node("GlobalVarDef", vec![("vardef", stmt)]),
            Stmt::Import(_) => stmt,
            _ => return None,
        })
    }

    fn stmts(&self, ids: &[StmtId]) -> Tree {
        Tree::List(ids.iter().map(|&id| self.stmt(id)).collect())
    }
}

#[cfg(test)]
mod tests;
