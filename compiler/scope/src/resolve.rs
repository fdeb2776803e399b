//! From scopes with uses to symbol tables: each used name that its scope does not define is
//! captured from where it is defined.

use crate::collect::Collected;
use crate::tree::{Lookup, Scope, ScopeId, ScopeTree};
use crate::{ModuleScopes, Origin, Source, Storage, SymTable, Symbol, VarKind};
use spy_syntax::ast::Module;
use spy_text::Name;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Resolves all uses and builds the tables, in the order of the module's bodies.
///
/// Inner scopes come first: they look into those around them, which are still whole. A scope's
/// uses are freed before the next one's table is made, so the tables are written where memory is
/// warm.
pub(crate) fn resolve(module: &Module, collected: Collected) -> ModuleScopes {
    let Collected { mut tree, mut implicit_imports, errors } = collected;
    let mut found = vec![None; module.bodies.len()];
    for id in tree.ids().rev() {
        let captures = captures(&tree, id, &mut implicit_imports);
        let scope = tree.take_last();
        if let Some(scope) = scope
            && let Some(index) = scope.body
        {
            found[index] = Some(Arc::new(table(scope, captures)));
        }
    }
    let tables = module
        .bodies
        .keys()
        .zip(found)
        .filter_map(|(def, table)| Some((def.clone(), table?)))
        .collect();
    ModuleScopes { tables, implicit_imports, errors }
}

/// The symbols that a scope takes from elsewhere, in the order of first use.
fn captures(tree: &ScopeTree, id: ScopeId, implicit: &mut BTreeSet<Name>) -> Vec<Symbol> {
    let capture = |name: &Name| {
        let symbol = capture(tree, id, name)?;
        if let Some(impref) = symbol.impref() {
            implicit.insert(impref.module.clone());
        }
        Some(symbol)
    };
    let uses = &tree.get(id).uses;
    let mut captures = Vec::with_capacity(uses.len());
    captures.extend(uses.iter().filter_map(capture));
    captures
}

/// The symbol for a name that the scope `id` uses; `None` if the scope defines it itself.
fn capture(tree: &ScopeTree, id: ScopeId, name: &Name) -> Option<Symbol> {
    let foreign = Symbol {
        name: name.clone(),
        varkind: VarKind::Const,
        origin: Origin::Explicit,
        storage: Storage::Direct,
        level: -1,
        source: Source::Nowhere,
    };
    match tree.lookup(id, name) {
        Lookup::Here(_) => None,
        Lookup::Outer { level, symbol } => Some(Symbol { level, ..symbol.clone() }),
        Lookup::Builtin { level, impref } => {
            Some(Symbol { level, source: Source::Builtin(impref), ..foreign })
        }
        Lookup::Nowhere => Some(Symbol {
            varkind: VarKind::Var,
            origin: Origin::Auto,
            storage: Storage::NameError,
            ..foreign
        }),
    }
}

/// Definitions first, then what is captured.
fn table(scope: Scope, captures: Vec<Symbol>) -> SymTable {
    let mut symbols = scope.symbols;
    symbols.reserve_exact(captures.len());
    symbols.extend(captures.into_iter().map(|symbol| (symbol.name.clone(), symbol)));
    SymTable { name: scope.name, color: scope.color, kind: scope.kind, symbols }
}
