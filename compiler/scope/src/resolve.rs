//! From scopes with uses to symbol tables: each used name that its scope does not define is
//! captured from where it is defined.

use crate::collect::Collected;
use crate::tree::{Lookup, Scope, ScopeId, ScopeTree};
use crate::{ModuleScopes, Origin, Storage, SymTable, Symbol, VarKind};
use spy_syntax::ast::Module;
use spy_text::Name;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Resolves all uses and builds the tables, in the order of the module's bodies.
pub(crate) fn resolve(module: &Module, collected: Collected) -> ModuleScopes {
    let Collected { tree, mut implicit_imports, errors } = collected;
    let captures: Vec<Vec<Symbol>> =
        tree.ids().map(|id| captures(&tree, id, &mut implicit_imports)).collect();
    let mut found = vec![None; module.bodies.len()];
    for (scope, captures) in tree.into_scopes().into_iter().zip(captures) {
        if let Some(index) = scope.body {
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
        if let Some(impref) = &symbol.impref {
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
        def: None,
        impref: None,
        loc: None,
        type_loc: None,
    };
    match tree.lookup(id, name) {
        Lookup::Here(_) => None,
        Lookup::Outer { level, symbol } => Some(Symbol { level, ..symbol.clone() }),
        Lookup::Builtin { level, impref } => {
            Some(Symbol { level, impref: Some(impref.clone()), ..foreign })
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
