//! The AST: one arena per definition, spans apart.
//!
//! A module is a map from [`DefPath`] to [`Body`]: the module's own top level, and every function
//! and class in it, however deeply nested. A body holds no positions, so a comment or a blank line
//! leaves it equal to what it was; positions stand in [`BodySpans`], under the same ids. A
//! definition's *signature* (name, parameters, annotations, defaults, decorators) belongs to the
//! body that contains the `def`; its statements are a body of their own. Together these are the
//! firewall that incremental builds rest on: editing one function's statements changes one body.
//!
//! Type parameters are written out: `def f[T](x: T)` is a blue generic function `f` whose body is
//! `def __impl(x: T)` and `return __impl`, with [`FuncDef::sugar`] set (likewise classes, with an
//! inner class `Self`).

use crate::node_ids::Arena;
use spy_text::IndexMap;
use spy_text::{Name, Span};
use std::sync::Arc;

pub use crate::node_ids::NodeIds;

/// Number of an expression in its body, see [`NodeIds`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ExprId(pub u32);

/// Number of a statement in its body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StmtId(pub u32);

/// Number of a marked range in its body, that is neither a whole expression nor a whole statement: a target
/// name, a parameter, a prototype, ...
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct MarkId(pub u32);

/// Anything in a body that has a position.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Node {
    /// An expression.
    Expr(ExprId),
    /// A statement.
    Stmt(StmtId),
    /// A marked range.
    Mark(MarkId),
}

/// Names a definition inside a module: `""` is the module itself, `f` a function, `C.m` a method,
/// `f.g` a function inside a function. The n-th (n > 1) definition of one name in one body is
/// written `f#n`; so a path never depends on what else stands in the file.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DefPath(pub Name);

/// What the struct for the locals of a generator is called. It is a keyword, so nothing else is.
pub const GENERATOR_STATE: &str = "class";
/// What the function is called that goes on to the next `yield`.
pub const GENERATOR_STEP: &str = "yield";
/// What the function is called that makes a generator.
pub const GENERATOR_START: &str = "def";

/// What lambdas are called. It is a keyword, so nothing else is.
pub const LAMBDA: &str = "lambda";

impl DefPath {
    /// The module's own top level.
    #[must_use]
    pub fn module() -> Self {
        Self(Name::new_static(""))
    }

    /// Whether this is the module's own top level.
    #[must_use]
    pub fn is_module(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the `nth` (from 1) definition called `name` directly inside `self`.
    #[must_use]
    pub fn child(&self, name: &str, nth: usize) -> Self {
        let dot = if self.is_module() { "" } else { "." };
        let parent = &self.0;
        Self(if nth <= 1 {
            Name::from(format!("{parent}{dot}{name}"))
        } else {
            Name::from(format!("{parent}{dot}{name}#{nth}"))
        })
    }

    /// Whether this is a lambda, which makes functions.
    #[must_use]
    pub fn is_lambda(&self) -> bool {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        last.split('#').next() == Some(LAMBDA)
    }

    /// Whether this is the struct for the locals of a generator.
    #[must_use]
    pub fn is_generator_state(&self) -> bool {
        self.0.rsplit('.').next() == Some(GENERATOR_STATE)
    }

    /// The function that makes the generator whose steps this does. It has the parameters.
    #[must_use]
    pub fn generator_start(&self) -> Option<Self> {
        let is_step = self.0.rsplit('.').next() == Some(GENERATOR_STEP);
        Some(self.parent().filter(|_| is_step)?.child(GENERATOR_START, 1))
    }

    /// Whether this is a lambda or a function that one makes.
    #[must_use]
    pub fn in_lambda(&self) -> bool {
        self.is_lambda() || self.parent().is_some_and(|parent| parent.is_lambda())
    }

    /// The definition that contains this one; `None` for the module.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_module() {
            return None;
        }
        Some(self.0.rfind('.').map_or_else(Self::module, |dot| Self(Name::from(&self.0[..dot]))))
    }
}

/// A position: a node of one definition's body. Absolute only together with [`BodySpans`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeRef {
    /// Whose body.
    pub def: DefPath,
    /// Which node of it.
    pub node: Node,
}

/// A parsed module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// The module's docstring.
    pub docstring: Option<Arc<str>>,
    /// Every definition, the module's top level first, then in textual order (pre-order).
    pub bodies: IndexMap<DefPath, Arc<Body>>,
    /// Where the nodes of each body are.
    pub spans: IndexMap<DefPath, Arc<BodySpans>>,
    /// What the parser rejected, in textual order. The AST holds what could be understood.
    pub errors: Vec<SyntaxError>,
    /// Number of lines of the text plus one, and the length in bytes of its last line: the
    /// `Module` node's end as dumps print it.
    pub end: (u32, u32),
}

/// A rejected construct.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SyntaxError {
    /// The headline.
    pub message: String,
    /// The text at the place; may be empty.
    pub label: String,
    /// The place, in bytes of the file.
    pub span: Span,
}

/// What a body belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BodyKind {
    /// A module's top level.
    Module,
    /// A class.
    Class,
    /// A function.
    Function,
}

/// The statements of one definition, with the expressions in them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// What it belongs to.
    pub kind: BodyKind,
    /// Where in `exprs` and `stmts` a node is.
    pub ids: Arc<NodeIds>,
    /// The expressions.
    pub exprs: Vec<Expr>,
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// The top-level statements, in order.
    pub root: Vec<StmtId>,
}

impl Body {
    /// The expression with this id.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[self.ids.index(Arena::Exprs, id.0)]
    }

    /// The statement with this id.
    #[must_use]
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[self.ids.index(Arena::Stmts, id.0)]
    }

    /// The ids of all expressions, in the order in which they stand in `exprs`.
    #[must_use]
    pub fn expr_ids(&self) -> Vec<ExprId> {
        self.ids.numbers(Arena::Exprs, self.exprs.len()).into_iter().map(ExprId).collect()
    }

    /// The ids of all statements, in the order in which they stand in `stmts`.
    #[must_use]
    pub fn stmt_ids(&self) -> Vec<StmtId> {
        self.ids.numbers(Arena::Stmts, self.stmts.len()).into_iter().map(StmtId).collect()
    }

    /// The statement that ends the body, however deeply nested; `None` for an empty body.
    #[must_use]
    pub fn last(&self) -> Option<StmtId> {
        let mut last = *self.root.last()?;
        loop {
            let block = match self.stmt(last) {
                Stmt::If { then, orelse, .. } if orelse.is_empty() => then,
                Stmt::If { orelse, .. } => orelse,
                Stmt::While { body, .. } | Stmt::For { body, .. } => body,
                _ => return Some(last),
            };
            match block.last() {
                Some(id) => last = *id,
                None => return Some(last),
            }
        }
    }
}

/// Where the nodes of one [`Body`] are, in bytes of the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BodySpans {
    /// Where in the tables a node is.
    pub ids: Arc<NodeIds>,
    /// Ranges of the expressions.
    pub exprs: Vec<Span>,
    /// Ranges of the statements.
    pub stmts: Vec<Span>,
    /// The marked ranges.
    pub marks: Vec<Span>,
}

impl BodySpans {
    /// The range of a node; empty for a node that this body does not have.
    #[must_use]
    pub fn get(&self, node: Node) -> Span {
        let (arena, spans, id) = match node {
            Node::Expr(ExprId(id)) => (Arena::Exprs, &self.exprs, id),
            Node::Stmt(StmtId(id)) => (Arena::Stmts, &self.stmts, id),
            Node::Mark(MarkId(id)) => (Arena::Marks, &self.marks, id),
        };
        spans.get(self.ids.index(arena, id)).copied().unwrap_or_default()
    }
}

/// A name that is bound or assigned, with its own position.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ident {
    /// The name.
    pub name: Name,
    /// Where the name stands.
    pub mark: MarkId,
}

/// A literal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Literal {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An integer without a written type, as decimal digits with an optional `-`: any size.
    Int(Arc<str>),
    /// `i8(3)`, `u64(7)`: in range already. The type's name and the value.
    TypedInt(Box<(Name, i128)>),
    /// An f64, by its bits (so that equality is exact).
    F64(u64),
    /// `f32(3.5)`, by its bits.
    F32(u32),
    /// `2j`: the bits of the imaginary part.
    Imaginary(u64),
    /// A string.
    Str(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
}

/// Binary operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `@`
    MatMul,
}

impl BinOp {
    /// As written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "**",
            Self::LShift => "<<",
            Self::RShift => ">>",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::MatMul => "@",
        }
    }
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CmpOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

impl CmpOp {
    /// As written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

/// Unary operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
    /// `not`
    Not,
}

impl UnaryOp {
    /// As written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Pos => "+",
            Self::Invert => "~",
            Self::Not => "not",
        }
    }
}

/// An expression. At most 32 bytes, two in a cache line: analyses of a large program wait for
/// memory, and long or rare parts are boxed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Expr {
    /// A missing annotation.
    Auto,
    /// A name.
    Name(Name),
    /// A literal.
    Literal(Literal),
    /// `value[args]`.
    GetItem {
        /// The subscripted value.
        value: ExprId,
        /// The indices: a tuple index is flattened.
        args: Vec<ExprId>,
    },
    /// `value.attr`.
    GetAttr {
        /// The object.
        value: ExprId,
        /// The attribute.
        attr: Name,
    },
    /// `func(args)`.
    Call {
        /// The callee.
        func: ExprId,
        /// The arguments as written: also [`Expr::Keyword`] and [`Expr::Starred`].
        args: Vec<ExprId>,
    },
    /// `target.method(args)`.
    CallMethod {
        /// The object.
        target: ExprId,
        /// The method's name, marked with the range of `target.method`.
        method: Box<Ident>,
        /// The arguments as written: also [`Expr::Keyword`] and [`Expr::Starred`].
        args: Box<[ExprId]>,
    },
    /// `name=value` among the arguments of a call.
    Keyword {
        /// The parameter's name.
        name: Box<Ident>,
        /// The argument.
        value: ExprId,
    },
    /// `*value` among the arguments of a call.
    Starred(ExprId),
    /// `left op right`.
    BinOp {
        /// The operator.
        op: BinOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `left op right`, a comparison.
    CmpOp {
        /// The operator.
        op: CmpOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `first op second op third ...`, at least two comparisons: each operand is evaluated at most
    /// once, and none after a comparison that is false.
    Chain {
        /// The first operand.
        first: ExprId,
        /// The operators with the operands after them.
        rest: Vec<(CmpOp, ExprId)>,
    },
    /// `op value`.
    UnaryOp {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        value: ExprId,
    },
    /// `left and right`.
    And(ExprId, ExprId),
    /// `left or right`.
    Or(ExprId, ExprId),
    /// `[items]`.
    List(Vec<ExprId>),
    /// `(items)`.
    Tuple(Vec<ExprId>),
    /// `{key: value}`.
    Dict(Vec<(ExprId, ExprId)>),
    /// `{a, b}`.
    Set(Vec<ExprId>),
    /// `start:stop:step` in a subscript; missing parts are the literal `None`.
    Slice {
        /// First part.
        start: ExprId,
        /// Second part.
        stop: ExprId,
        /// Third part.
        step: ExprId,
    },
    /// `target := value`.
    AssignExpr {
        /// The assigned name.
        target: Box<Ident>,
        /// The value.
        value: ExprId,
    },
    /// `then if test else orelse`.
    IfExp {
        /// The value if the condition holds.
        then: ExprId,
        /// The condition.
        test: ExprId,
        /// The value if it does not.
        orelse: ExprId,
    },
    /// `lambda x: value`, as the metafunction that it stands for.
    Lambda(Box<FuncDef>),
    /// `__block__("...")`.
    Block {
        /// The statements before the result.
        body: Vec<StmtId>,
        /// The result.
        value: ExprId,
    },
}

/// Which keyword declares a variable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VarKeyword {
    /// `var x`.
    Var,
    /// `const x`.
    Const,
}

/// A statement.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Stmt {
    /// `pass`, and docstrings or stray strings at module level.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `return value`.
    Return(ExprId),
    /// An expression statement.
    Expr(ExprId),
    /// `[var|const] target[: ty] [= value]`. At module level also plain `target = value`.
    VarDef {
        /// `var` or `const`, if written.
        keyword: Option<VarKeyword>,
        /// The declared name.
        target: Ident,
        /// The annotation, or [`Expr::Auto`].
        ty: ExprId,
        /// The value.
        value: Option<ExprId>,
    },
    /// `target = value`.
    Assign {
        /// The assigned name.
        target: Ident,
        /// The value.
        value: ExprId,
    },
    /// `a, b = value`.
    Unpack {
        /// The assigned names.
        targets: Vec<Ident>,
        /// The value.
        value: ExprId,
    },
    /// `target op= value`.
    AugAssign {
        /// The operator.
        op: BinOp,
        /// The assigned name.
        target: Ident,
        /// The right operand.
        value: ExprId,
    },
    /// `target.attr op= value`.
    AugSetAttr {
        /// The operator.
        op: BinOp,
        /// The object.
        target: ExprId,
        /// The attribute.
        attr: Name,
        /// The range of `target.attr`.
        mark: MarkId,
        /// The right operand.
        value: ExprId,
    },
    /// `target[args] op= value`.
    AugSetItem {
        /// The operator.
        op: BinOp,
        /// The subscripted value.
        target: ExprId,
        /// The indices.
        args: Vec<ExprId>,
        /// The range of `target[args]`.
        mark: MarkId,
        /// The right operand.
        value: ExprId,
    },
    /// `del target[args]`.
    DelItem {
        /// The subscripted value.
        target: ExprId,
        /// The indices.
        args: Vec<ExprId>,
        /// The range of `target[args]`.
        mark: MarkId,
    },
    /// `target.attr = value`.
    SetAttr {
        /// The object.
        target: ExprId,
        /// The attribute.
        attr: Name,
        /// The range of `target.attr`.
        mark: MarkId,
        /// The value.
        value: ExprId,
    },
    /// `target[args] = value`.
    SetItem {
        /// The subscripted value.
        target: ExprId,
        /// The indices.
        args: Vec<ExprId>,
        /// The range of `target[args]`.
        mark: MarkId,
        /// The value.
        value: ExprId,
    },
    /// `if test: then else: orelse`.
    If {
        /// The condition.
        test: ExprId,
        /// Statements if it holds.
        then: Vec<StmtId>,
        /// Statements if it does not; an `elif` is an `if` in here.
        orelse: Vec<StmtId>,
    },
    /// `while test: body`.
    While {
        /// The condition.
        test: ExprId,
        /// The statements.
        body: Vec<StmtId>,
    },
    /// `for target in iter: body`.
    For {
        /// Number of the loop in its function, in textual order; nested functions continue their
        /// parent's count.
        seq: u32,
        /// The loop variable.
        target: Ident,
        /// What is iterated.
        iter: ExprId,
        /// The statements.
        body: Vec<StmtId>,
    },
    /// `raise exc`.
    Raise(ExprId),
    /// `assert test, msg`.
    Assert {
        /// The condition.
        test: ExprId,
        /// The message.
        msg: Option<ExprId>,
    },
    /// `def`.
    FuncDef(Box<FuncDef>),
    /// `class`.
    ClassDef(Box<ClassDef>),
    /// `import module [as name]`, or one name of `from module import attr [as name]`.
    Import(Box<Import>),
}

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
