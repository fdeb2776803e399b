//! Symbol tables: which name means what, and where it lives.
//!
//! A pure function from a parsed module to one [`SymTable`] per definition. Positions are
//! [`NodeRef`]s, never offsets, so that moving code leaves the tables equal.
//!
//! [`analyze`] works in two steps. One walk over the text declares names as it meets them and
//! notes, per scope, which names are used; afterwards each noted use is resolved. So a function may
//! use what the module defines further down, while whether `x = e` declares `x` depends only on the
//! text above it.

mod builtins;
mod collect;
mod declare;
pub mod dump;
mod imports;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

pub use builtins::{BuiltinScope, builtins};
pub use imports::{Home, Want, dependencies, imports};

use spy_syntax::ast::{Color, DefPath, Module, Node, NodeRef};
use spy_text::IndexMap;
use spy_text::Name;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Computes the symbol tables of a module. Takes time linear in the size of the module.
#[must_use]
pub fn analyze(module: &Module, home: impl Into<Home>) -> ModuleScopes {
    resolve::resolve(module, collect::collect(module, &home.into()))
}

/// What a scope belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ScopeKind {
    /// The builtins.
    Builtins,
    /// A module.
    Module,
    /// A class.
    Class,
    /// A function.
    Function,
}

/// Whether a symbol may be assigned again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VarKind {
    /// It may.
    Var,
    /// It may not.
    Const,
}

/// Why a symbol has its [`VarKind`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Origin {
    /// `x = e` or `x: T = e` at module level.
    GlobalConst,
    /// `var x`, `const x`, and builtins.
    Explicit,
    /// Inferred from how a local is used.
    Auto,
    /// A `def`.
    FuncDef,
    /// A `class`.
    ClassDef,
    /// An annotated name in a class body.
    ClassField,
    /// A parameter of a red function.
    RedParam,
    /// A parameter of a blue function, or a type parameter.
    BlueParam,
}

impl Origin {
    /// As messages write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GlobalConst => "global-const",
            Self::Explicit => "explicit",
            Self::Auto => "auto",
            Self::FuncDef => "funcdef",
            Self::ClassDef => "classdef",
            Self::ClassField => "class-field",
            Self::RedParam => "red-param",
            Self::BlueParam => "blue-param",
        }
    }
}

/// Where a symbol's value lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Storage {
    /// In its frame.
    Direct,
    /// In a cell of its own: a module's `var`.
    Cell,
    /// Nowhere: the name was not found.
    NameError,
}

/// A module or an attribute of one, by name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ImportRef {
    /// The module's dotted name.
    pub module: Name,
    /// The attribute; `None` for the module itself.
    pub attr: Option<Name>,
}

impl fmt::Display for ImportRef {
    /// `module`, `module.attr`; a dotted module is `(a.b).attr`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.module.contains('.') {
            write!(f, "({})", self.module)?;
        } else {
            f.write_str(&self.module)?;
        }
        match &self.attr {
            Some(attr) => write!(f, ".{attr}"),
            None => Ok(()),
        }
    }
}

/// What a name means in one scope.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Symbol {
    /// The name.
    pub name: Name,
    /// Whether it may be assigned again.
    pub varkind: VarKind,
    /// Why.
    pub origin: Origin,
    /// Where its value lives.
    pub storage: Storage,
    /// 0 = defined in this scope; n > 0 = captured from the n-th enclosing scope (class scopes
    /// count); -1 = not found.
    pub level: i32,
    /// Where it comes from.
    pub source: Source,
}

/// Where a symbol comes from. Small, because a scope has a symbol for each name that it uses: the
/// tables that capture a name share its declaration.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// The module's text.
    Declared(Arc<Declaration>),
    /// The builtins.
    Builtin(&'static ImportRef),
    /// Nowhere: the name was not found.
    Nowhere,
}

/// A declaration in the text of a module.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Declaration {
    /// The scope that it declares a name for.
    pub def: DefPath,
    /// Where it stands: for a parameter, in the scope around `def`.
    pub loc: NodeRef,
    /// Where the type stands, in the same body as `loc`: the annotation, or for an inferred type
    /// the value.
    pub type_node: Node,
    /// What the name stands for, if it is an import.
    pub impref: Option<Box<ImportRef>>,
}

impl Symbol {
    /// The scope that defines it; `None` for builtins and names that were not found.
    #[must_use]
    pub fn def(&self) -> Option<&DefPath> {
        Some(&self.declaration()?.def)
    }

    /// What it stands for, if it is an import or a builtin.
    #[must_use]
    pub fn impref(&self) -> Option<&ImportRef> {
        match &self.source {
            Source::Declared(declaration) => declaration.impref.as_deref(),
            Source::Builtin(impref) => Some(impref),
            Source::Nowhere => None,
        }
    }

    /// Where it was declared; `None` for builtins and names that were not found.
    #[must_use]
    pub fn loc(&self) -> Option<&NodeRef> {
        Some(&self.declaration()?.loc)
    }

    /// Where its type was declared: the annotation, or for an inferred type the declaration.
    #[must_use]
    pub fn type_loc(&self) -> Option<NodeRef> {
        let Declaration { loc, type_node, .. } = self.declaration()?;
        Some(NodeRef { def: loc.def.clone(), node: *type_node })
    }

    fn declaration(&self) -> Option<&Declaration> {
        match &self.source {
            Source::Declared(declaration) => Some(declaration),
            Source::Builtin(_) | Source::Nowhere => None,
        }
    }
}

/// The symbols of one definition, in the order of declaration and first use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SymTable {
    /// `m`, `m::f`, `m::f::g`, `m::C`.
    pub name: Name,
    /// Blue for modules, classes and blue functions.
    pub color: Color,
    /// What it belongs to.
    pub kind: ScopeKind,
    /// The symbols by name.
    pub symbols: IndexMap<Name, Symbol>,
}

/// A scope error: a message and two labelled places.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ScopeError {
    /// The headline.
    pub message: String,
    /// The new declaration.
    pub new: NodeRef,
    /// The previous declaration.
    pub previous: NodeRef,
}

/// The symbol tables of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleScopes {
    /// One table per definition, in the order of the module's bodies.
    pub tables: IndexMap<DefPath, Arc<SymTable>>,
    /// Modules that the text needs without saying so: `[1]` needs `_list`. A module that a
    /// function or class reaches through a name imported further out is among them too, and
    /// `builtins` if any of its names is used; [`dependencies`] has what is left to load.
    pub implicit_imports: BTreeSet<Name>,
    /// What is wrong, in textual order.
    pub errors: Vec<ScopeError>,
}
