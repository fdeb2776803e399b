//! From scopes with uses to symbol tables: each used name that its scope does not define is
//! captured from where it is defined.

use crate::collect::Collected;
use crate::tree::{Lookup, Scope, ScopeId, ScopeTree};
use crate::{
    ImportRef, ModuleScopes, Origin, ScopeKind, Source, Storage, SymTable, Symbol, VarKind,
    builtins,
};
use spy_syntax::ast::{DefPath, Module};
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
        pass_on(&mut tree, id, &captures);
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

/// What is inside of a function that a lambda makes, or a `def` in a red function, uses of the functions around
/// that: it has to hold it.
fn pass_on(tree: &mut ScopeTree, id: ScopeId, captures: &[Symbol]) {
    let parent = |id: &ScopeId| tree.get(*id).parent;
    let mut around = std::iter::successors(parent(&id), parent);
    let Some(outer) = around.find(|id| tree.get(*id).def.is_call_of_lambda()) else { return };
    let Some(lambda) = tree.get(outer).def.parent() else { return };
    let is_outside = |def: &DefPath| !def.is_module() && !def.is_in(&lambda);
    for symbol in captures {
        if symbol.def().is_some_and(is_outside) {
            tree.get_mut(outer).uses.insert(symbol.name.clone());
        }
    }
}

/// The symbol for a name that the scope `id` uses; `None` if the scope defines it itself.
fn capture(tree: &ScopeTree, id: ScopeId, name: &Name) -> Option<Symbol> {
    match tree.lookup(id, name) {
        Lookup::Here(_) => None,
        Lookup::Outer { level, symbol } => Some(Symbol { level, ..symbol.clone() }),
        Lookup::Builtin { level, impref } => Some(builtin(name, level, impref)),
        Lookup::Nowhere => Some(nowhere(name)),
    }
}

/// The symbol for a builtin that is captured.
fn builtin(name: &Name, level: i32, impref: &'static ImportRef) -> Symbol {
    Symbol {
        name: name.clone(),
        varkind: VarKind::Const,
        origin: Origin::Explicit,
        storage: Storage::Direct,
        level,
        source: Source::Builtin(impref),
    }
}

/// The symbol for a name that means nothing.
fn nowhere(name: &Name) -> Symbol {
    Symbol {
        name: name.clone(),
        varkind: VarKind::Var,
        origin: Origin::Auto,
        storage: Storage::NameError,
        level: -1,
        source: Source::Nowhere,
    }
}

impl ModuleScopes {
    /// What a name means inside of a definition, whose text need not use it.
    #[must_use]
    pub fn meaning(&self, def: &DefPath, name: &Name) -> Symbol {
        let mut level = 0;
        let mut next = Some(def.clone());
        while let Some(def) = next {
            let table = self.tables.get(&def);
            // The names of a class are visible in its own body only.
            let visible = table.filter(|table| level == 0 || table.kind != ScopeKind::Class);
            let symbol = visible.and_then(|table| table.symbols.get(name));
            if let Some(symbol) = symbol.filter(|symbol| level == 0 || symbol.level == 0) {
                return Symbol { level: level + symbol.level, ..symbol.clone() };
            }
            level += 1;
            next = def.parent();
        }
        match builtins().get(name) {
            Some(impref) => builtin(name, level, impref),
            None => nowhere(name),
        }
    }
}

/// Definitions first, then what is captured.
fn table(scope: Scope, captures: Vec<Symbol>) -> SymTable {
    let mut symbols = scope.symbols;
    symbols.reserve_exact(captures.len());
    symbols.extend(captures.into_iter().map(|symbol| (symbol.name.clone(), symbol)));
    SymTable { name: scope.name, color: scope.color, kind: scope.kind, symbols }
}
