//! Functions, classes and imports.

use super::{DefPath, ExprId, Ident, MarkId};
use spy_text::Name;
use std::sync::Arc;

/// Colour of a definition: known at compile time, or at run time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Color {
    /// Run time.
    Red,
    /// Compile time.
    Blue,
}

/// What a function's calls mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FuncKind {
    /// Called with `f(...)`.
    Plain,
    /// `@blue.generic`: called with `f[...]`.
    Generic,
    /// `@blue.metafunc`: receives what is known about its arguments, returns an `OpSpec`.
    Metafunc,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ArgKind {
    /// One argument, by position or by name.
    Simple,
    /// `*args`: all that remain.
    VarPositional,
    /// One argument by name: what stands after `*` or `*args`.
    KeywordOnly,
}

/// A parameter.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncArg {
    /// Its name.
    pub name: Name,
    /// The annotation in the containing body, or [`Expr::Auto`].
    pub ty: ExprId,
    /// How it takes arguments.
    pub kind: ArgKind,
    /// The default of a parameter that is given by name only; those of others are in
    /// [`FuncDef::defaults`].
    pub default: Option<ExprId>,
    /// The range of `name: annotation`.
    pub mark: MarkId,
}

/// A function definition. Every id in here belongs to the body that contains the `def`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncDef {
    /// The function's name.
    pub name: Ident,
    /// Red or blue.
    pub color: Color,
    /// What calls mean.
    pub kind: FuncKind,
    /// The parameters.
    pub args: Vec<FuncArg>,
    /// The return annotation, or [`Expr::Auto`] (whose position is the synthetic place that the
    /// message for a missing return type uses).
    pub ret: ExprId,
    /// Defaults of the last parameters that can be given by position.
    pub defaults: Vec<ExprId>,
    /// The docstring.
    pub docstring: Option<Arc<str>>,
    /// Decorators other than colour markers, in source order.
    pub decorators: Vec<ExprId>,
    /// The range from `def` to the end of the return annotation.
    pub prototype: MarkId,
    /// The statements.
    pub body: DefPath,
    /// What it stands for.
    pub sugar: Sugar,
}

/// What a definition stands for that the parser made up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sugar {
    /// Itself.
    No,
    /// `def f[T](...)`, or a class with type parameters.
    Generic,
    /// A function with `yield`: the name is that of the function which is called `def` inside.
    Generator,
}

/// What a class makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClassKind {
    /// No decorator: not executable yet.
    Class,
    /// `@struct`.
    Struct,
}

/// A class definition. Every id in here belongs to the body that contains the `class`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClassDef {
    /// The class's name.
    pub name: Ident,
    /// What it makes.
    pub kind: ClassKind,
    /// The docstring.
    pub docstring: Option<Arc<str>>,
    /// The range from `class` to the end of that line.
    pub header: MarkId,
    /// The statements.
    pub body: DefPath,
}

/// One imported name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Import {
    /// The module's dotted name as written; empty in `from . import attr`.
    pub module: Name,
    /// Number of dots before it; 0 if it is absolute.
    pub level: u32,
    /// Whether the bound name stands for the outermost package: `import a.b` binds `a`.
    pub binds_top: bool,
    /// The attribute, for `from module import attr`.
    pub attr: Option<Name>,
    /// The bound name, and the range of `x as y`.
    pub asname: Ident,
}
