//! Which names a scope defines, and the errors of declaring a name twice.
//!
//! The rules for one declaration each; the walk that meets the declarations is `collect`.

use crate::tree::{Lookup, ScopeId, ScopeTree};
use crate::{
    Declaration, ImportRef, Origin, ScopeError, ScopeKind, Source, Storage, Symbol, VarKind,
};
use spy_syntax::ast::{Color, DefPath, Node, NodeRef, VarKeyword};
use spy_text::Name;
use std::sync::Arc;

/// The name under which a function's scope holds its return type.
pub(crate) const RETURN: &str = "@return";

/// A name with the places that its symbol records.
#[derive(Debug)]
pub(crate) struct Place {
    /// The name.
    pub(crate) name: Name,
    /// Where it is declared.
    pub(crate) loc: NodeRef,
    /// Where its type comes from, in the same body.
    pub(crate) type_node: Node,
}

/// The scopes found so far, and where in the text the walk is.
#[derive(Debug)]
pub(crate) struct Declarations {
    /// The scopes.
    pub(crate) tree: ScopeTree,
    /// The scope that the walk is in.
    pub(crate) current: ScopeId,
    /// Number of loops around the current place, over the borders of functions too: the body of a
    /// function that a loop defines again and again counts as repeated.
    pub(crate) loop_depth: u32,
    /// What was wrong so far.
    pub(crate) errors: Vec<ScopeError>,
}

impl Declarations {
    /// Nothing declared yet, at the top of a module called `module_name` with so many
    /// definitions.
    pub(crate) fn new(module_name: &str, definitions: usize) -> Self {
        let tree = ScopeTree::new(module_name, definitions);
        let current = tree.root();
        Self { tree, current, loop_depth: 0, errors: Vec::new() }
    }

    /// Makes `current` a new scope inside it; returns the one to come back to.
    pub(crate) fn enter(
        &mut self,
        name: &str,
        def: &DefPath,
        color: Color,
        kind: ScopeKind,
    ) -> ScopeId {
        let outer = self.current;
        self.current = self.tree.add(outer, name, def, color, kind);
        outer
    }

    /// Notes that the current scope's text uses `name`.
    pub(crate) fn use_name(&mut self, name: &Name) {
        self.tree.get_mut(self.current).uses.insert(name.clone());
    }

    /// An explicit declaration. A second one in a blue scope is no error here: only one of them may
    /// be executed, as in the branches of an `if`.
    pub(crate) fn define(
        &mut self,
        place: Place,
        varkind: VarKind,
        origin: Origin,
        impref: Option<ImportRef>,
    ) {
        let clash = match self.tree.lookup(self.current, &place.name) {
            Lookup::Here(_) if self.color() == Color::Blue => return,
            Lookup::Here(symbol) => Some(("already declared", symbol)),
            // As in Python, the parameters of a lambda hide whatever is around it.
            Lookup::Outer { .. } if self.tree.get(self.current).def.in_lambda() => None,
            Lookup::Outer { symbol, .. } => {
                Some(("shadows a name declared in an outer scope", symbol))
            }
            Lookup::Builtin { .. } | Lookup::Nowhere => None,
        };
        if let Some((problem, symbol)) = clash
            && let Some(previous) = symbol.loc()
        {
            self.errors.push(ScopeError {
                message: format!("variable `{}` {problem}", place.name),
                new: place.loc.clone(),
                previous: previous.clone(),
            });
        }
        self.insert(place, varkind, origin, impref);
    }

    /// `[var|const] name[: T] [= e]`.
    pub(crate) fn define_variable(&mut self, place: Place, keyword: Option<VarKeyword>) {
        let (varkind, origin) = match (self.kind(), keyword) {
            (ScopeKind::Class, _) => (VarKind::Var, Origin::ClassField),
            (_, Some(VarKeyword::Var)) => (VarKind::Var, Origin::Explicit),
            (_, Some(VarKeyword::Const)) => (VarKind::Const, Origin::Explicit),
            (ScopeKind::Module, None) => (VarKind::Const, Origin::GlobalConst),
            (_, None) => (self.repeated(), Origin::Auto),
        };
        self.define(place, varkind, origin, None);
    }

    /// `name = e`, a name of `a, b = e`, or `name := e`: a declaration unless the program has given
    /// the name a meaning. Builtin names are free for everybody, as in Python: `sum = 0`.
    pub(crate) fn assign(&mut self, place: Place) {
        let is_there = match self.tree.lookup(self.current, &place.name) {
            Lookup::Here(_) => true,
            // As in Python, a function inside of another one has a local of that name then.
            Lookup::Outer { symbol, .. } => {
                !self.tree.get(self.current).def.in_lambda()
                    || symbol.def().is_some_and(DefPath::is_module)
            }
            Lookup::Builtin { .. } | Lookup::Nowhere => false,
        };
        if is_there {
            self.reassign(&place.name);
        } else if self.kind() == ScopeKind::Module && !is_hidden(&place.name) {
            self.insert(place, VarKind::Const, Origin::GlobalConst, None);
        } else {
            let varkind = self.repeated();
            self.insert(place, varkind, Origin::Auto, None);
        }
    }

    /// An assignment to a name that is there: an inferred constant becomes a variable.
    pub(crate) fn reassign(&mut self, name: &str) {
        let scope = self.tree.get_mut(self.current);
        if let Some(symbol) = scope.symbols.get_mut(name)
            && symbol.origin == Origin::Auto
            && symbol.impref().is_none()
        {
            symbol.varkind = VarKind::Var;
        }
    }

    /// The target of a `for`. A variable that the scope has already is assigned, as in Python:
    ///
    /// ```text
    /// for i in range(3): ...
    /// for i in range(5): ...
    /// ```
    pub(crate) fn loop_target(&mut self, place: Place) {
        let assigns = match self.tree.lookup(self.current, &place.name) {
            Lookup::Here(symbol) => symbol.varkind == VarKind::Var || symbol.origin == Origin::Auto,
            Lookup::Outer { .. } | Lookup::Builtin { .. } | Lookup::Nowhere => false,
        };
        if assigns {
            self.reassign(&place.name);
        } else {
            self.define(place, VarKind::Var, Origin::Auto, None);
        }
    }

    /// A name that no text can spell, so that it cannot clash.
    pub(crate) fn define_hidden(&mut self, place: Place) {
        self.insert(place, VarKind::Var, Origin::Auto, None);
    }

    /// Puts a symbol into the current scope, unless the name is there: the first declaration wins.
    fn insert(
        &mut self,
        place: Place,
        varkind: VarKind,
        origin: Origin,
        impref: Option<ImportRef>,
    ) {
        let Place { name, loc, type_node } = place;
        let scope = self.tree.get_mut(self.current);
        let in_cell =
            scope.kind == ScopeKind::Module && varkind == VarKind::Var && !is_hidden(&name);
        scope.symbols.entry(name).or_insert_with_key(|name| {
            let (def, impref) = (scope.def.clone(), impref.map(Box::new));
            Symbol {
                name: name.clone(),
                varkind,
                origin,
                storage: if in_cell { Storage::Cell } else { Storage::Direct },
                level: 0,
                source: Source::Declared(Arc::new(Declaration { def, loc, type_node, impref })),
            }
        });
    }

    /// How an inferred variable starts: what a loop assigns is assigned more than once.
    fn repeated(&self) -> VarKind {
        if self.loop_depth > 0 { VarKind::Var } else { VarKind::Const }
    }

    fn color(&self) -> Color {
        self.tree.get(self.current).color
    }

    fn kind(&self) -> ScopeKind {
        self.tree.get(self.current).kind
    }
}

/// Whether a name is one that no text can spell.
fn is_hidden(name: &str) -> bool {
    name.starts_with("_$")
}
