//! The scopes of a module while they are being filled, and lookup of a name through them.
//!
//! Knows nothing of statements: what declares a name is the business of `declare`.

use crate::{ImportRef, ScopeKind, Symbol, builtins};
use spy_syntax::ast::{Color, DefPath};
use spy_text::Name;
use spy_text::{IndexMap, IndexSet};

/// Index of a scope in its [`ScopeTree`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ScopeId(usize);

/// One scope.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The definition it belongs to.
    pub(crate) def: DefPath,
    /// Index of its body in the module, where the walk went into it.
    pub(crate) body: Option<usize>,
    /// `m::f`.
    pub(crate) name: Name,
    /// Blue for modules, classes and blue functions.
    pub(crate) color: Color,
    /// What it belongs to.
    pub(crate) kind: ScopeKind,
    /// The scope around it; `None` for the module.
    pub(crate) parent: Option<ScopeId>,
    /// The names that it defines.
    pub(crate) symbols: IndexMap<Name, Symbol>,
    /// The names that its text uses, in the order of first use.
    pub(crate) uses: IndexSet<Name>,
}

/// Where a name was found. Levels are as in [`Symbol::level`].
#[derive(Debug)]
pub(crate) enum Lookup<'a> {
    /// Defined by the scope itself.
    Here(&'a Symbol),
    /// Defined by a scope around it.
    Outer { level: i32, symbol: &'a Symbol },
    /// A builtin.
    Builtin { level: i32, impref: &'static ImportRef },
    /// Nowhere.
    Nowhere,
}

/// The scopes of a module, the module's own first.
#[derive(Debug)]
pub(crate) struct ScopeTree {
    scopes: Vec<Scope>,
    /// See [`ScopeTree::count_step`].
    #[cfg(test)]
    pub(crate) steps: std::rc::Rc<std::cell::Cell<u64>>,
}

impl ScopeTree {
    /// A tree with the scope of a module called `name`, and room for `count` scopes.
    pub(crate) fn new(name: &str, count: usize) -> Self {
        let module = Scope {
            def: DefPath::module(),
            body: None,
            name: Name::from(name),
            color: Color::Blue,
            kind: ScopeKind::Module,
            parent: None,
            symbols: IndexMap::default(),
            uses: IndexSet::default(),
        };
        let mut scopes = Vec::with_capacity(count.max(1));
        scopes.push(module);
        Self {
            scopes,
            #[cfg(test)]
            steps: std::rc::Rc::default(),
        }
    }

    /// The module's scope.
    pub(crate) fn root(&self) -> ScopeId {
        ScopeId(0)
    }

    /// Adds a scope inside `parent`, for the definition `def` that is called `name`.
    pub(crate) fn add(
        &mut self,
        parent: ScopeId,
        name: &str,
        def: &DefPath,
        color: Color,
        kind: ScopeKind,
    ) -> ScopeId {
        let name = Name::from(format!("{}::{name}", self.get(parent).name));
        let id = ScopeId(self.scopes.len());
        self.scopes.push(Scope {
            def: def.clone(),
            body: None,
            name,
            color,
            kind,
            parent: Some(parent),
            symbols: IndexMap::default(),
            uses: IndexSet::default(),
        });
        id
    }

    /// The scope with this id.
    pub(crate) fn get(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0]
    }

    /// The scope with this id.
    pub(crate) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0]
    }

    /// The ids of all scopes, each after the one that contains it.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = ScopeId> + use<> {
        (0..self.scopes.len()).map(ScopeId)
    }

    /// Takes the last scope out.
    pub(crate) fn take_last(&mut self) -> Option<Scope> {
        self.scopes.pop()
    }

    /// Counts a visited node or scope, so that tests can see how the work grows with the text.
    #[inline]
    pub(crate) fn count_step(&self) {
        #[cfg(test)]
        self.steps.set(self.steps.get() + 1);
    }

    /// Looks `name` up in the scope `from`, then outwards. The names of a class are visible in its
    /// own body only, not in the functions in it.
    pub(crate) fn lookup(&self, from: ScopeId, name: &str) -> Lookup<'_> {
        let mut level = 0;
        let mut next = Some(from);
        while let Some(id) = next {
            let scope = self.get(id);
            self.count_step();
            let visible = level == 0 || scope.kind != ScopeKind::Class;
            match scope.symbols.get(name) {
                Some(symbol) if level == 0 => return Lookup::Here(symbol),
                Some(symbol) if visible => return Lookup::Outer { level, symbol },
                _ => {}
            }
            level += 1;
            next = scope.parent;
        }
        builtins().get(name).map_or(Lookup::Nowhere, |impref| Lookup::Builtin { level, impref })
    }
}
