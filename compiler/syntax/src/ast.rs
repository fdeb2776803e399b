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

mod comprehension;
mod def;
mod ops;
mod path;

use crate::node_ids::Arena;
use spy_text::IndexMap;
use spy_text::{Name, Span};
use std::sync::Arc;

pub use self::comprehension::{CompKind, Comprehension, is_of_comprehension, written};
pub use self::def::{
    ArgKind, ClassDef, ClassKind, Color, FuncArg, FuncDef, FuncKind, Import, Sugar,
};
pub use self::ops::{BinOp, CmpOp, UnaryOp};
pub use self::path::{
    DefPath, GENERATOR_START, GENERATOR_STATE, GENERATOR_STEP, LAMBDA, LAMBDA_CALL, LOCAL_DEF,
};
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

    /// The name of a `def` in a red function, and the blue function that stands for it; `None` for
    /// any other statement.
    #[must_use]
    pub fn local_def<'b>(&'b self, stmt: &'b Stmt) -> Option<(&'b Ident, &'b FuncDef)> {
        let Stmt::VarDef { target, value: Some(value), .. } = stmt else { return None };
        match self.expr(*value) {
            Expr::Lambda(def) if def.body.is_local_def() => Some((target, def)),
            _ => None,
        }
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
    /// `{key: value}`; of `**other`, the key is a [`Expr::Starred`] and the value `None`.
    Dict(Vec<(ExprId, ExprId)>),
    /// `{a, b}`.
    Set(Vec<ExprId>),
    /// An f-string: literals, and [`Expr::FormattedValue`].
    JoinedStr(Vec<ExprId>),
    /// `{value!conversion:spec}` in an f-string.
    FormattedValue {
        /// The value.
        value: ExprId,
        /// How it becomes text.
        conversion: Conversion,
        /// How that is shown: an [`Expr::JoinedStr`].
        spec: Option<ExprId>,
    },
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
    /// `[item for target in iterable]` and the like.
    Comprehension(Box<Comprehension>),
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

/// What stands behind the `!` in an f-string.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Conversion {
    /// Nothing.
    None,
    /// `!s`: `str`.
    Str,
    /// `!r`: `repr`.
    Repr,
    /// `!a`: `repr`, with ASCII only.
    Ascii,
}

impl Conversion {
    /// The number by which Python's `ast` knows it: that of its letter, or -1.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::None => -1,
            Self::Str => i32::from(b's'),
            Self::Repr => i32::from(b'r'),
            Self::Ascii => i32::from(b'a'),
        }
    }
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
    /// `global names`: says that they are variables of the module.
    Global(Vec<Ident>),
    /// `def`.
    FuncDef(Box<FuncDef>),
    /// `class`.
    ClassDef(Box<ClassDef>),
    /// `import module [as name]`, or one name of `from module import attr [as name]`.
    Import(Box<Import>),
}
