//! The concrete tree: Python's shape, one logical line or top-level statement at a time.
//!
//! Nodes live in one arena that is emptied after each top-level statement, so nothing is freed
//! node by node and no depth of nesting can overflow the stack. What SPy does not have is kept as
//! a name and a range only. The grammar's actions call the constructors in [`expr`], [`chain`],
//! [`stmt`] and [`params`] and do nothing else.

pub(crate) mod chain;
pub(crate) mod expr;
pub(crate) mod params;
pub(crate) mod stmt;
pub(crate) mod target;

use crate::ast::{BinOp, CmpOp, CompKind, UnaryOp, VarKeyword};
use crate::lexer::token::Token;
use spy_text::Span;

/// Deepest expression that later phases must be able to walk.
pub(crate) const MAX_HEIGHT: u16 = 1000;

/// What the parser gives up with: where, and a headline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fail {
    /// Offset of the place.
    pub(crate) at: u32,
    /// The headline.
    pub(crate) message: String,
}

/// lalrpop's error type for this grammar.
pub(crate) type ParseError = lalrpop_util::ParseError<u32, Token, Fail>;

impl Fail {
    /// The error at an offset.
    pub(crate) fn at<T>(at: u32, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::User { error: Self { at, message: message.into() } })
    }
}

/// An expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct E(pub(crate) u32);

/// A statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct S(pub(crate) u32);

/// A range of one of the arena's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct List {
    start: u32,
    len: u32,
}

impl List {
    /// Number of elements.
    pub(crate) fn len(self) -> usize {
        self.len as usize
    }

    /// The two numbers that make it, to be stored in another list.
    pub(crate) fn parts(self) -> [u32; 2] {
        [self.start, self.len]
    }

    /// The list with these numbers.
    pub(crate) fn from_parts(start: u32, len: u32) -> Self {
        Self { start, len }
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// A list whose elements are still being found: where it starts on the stack of pending elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Items(u32);

/// An expression node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expr {
    /// What it is.
    pub(crate) kind: ExprKind,
    /// Where it is, without parentheses around it.
    pub(crate) span: Span,
    /// Longest way down to a leaf; more than [`MAX_HEIGHT`] only in [`ExprKind::Error`].
    height: u16,
    /// Whether it stands in parentheses of its own.
    pub(crate) parens: bool,
}

/// What an expression is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExprKind {
    Name,
    None,
    True,
    False,
    Ellipsis,
    Number,
    /// One or more adjacent literals, strings or bytes.
    Str,
    /// Adjacent literals with an f-string among them: each is a [`ExprKind::Str`] or a
    /// [`ExprKind::Format`].
    Joined(List),
    /// An f-string, or the specification in one, as its pieces.
    Format(List),
    /// Text of an f-string.
    FormatText,
    /// `{value!conversion:spec}`. For `{value=}`, the offset up to which the text is shown too.
    Field {
        value: E,
        debug: Option<u32>,
        conversion: Option<Span>,
        spec: Option<E>,
    },
    /// An attribute, with the range of its name.
    Attr {
        value: E,
        name: Span,
    },
    Call {
        func: E,
        args: List,
    },
    Subscript {
        value: E,
        index: E,
    },
    Binary {
        op: BinOp,
        left: E,
        right: E,
    },
    Compare {
        op: CmpOp,
        left: E,
        right: E,
    },
    /// A comparison whose left operand is a comparison without parentheses: it goes on with that
    /// one's right operand.
    Chained {
        left: E,
        op: CmpOp,
        right: E,
    },
    And {
        left: E,
        right: E,
    },
    Or {
        left: E,
        right: E,
    },
    /// `then if test else orelse`.
    Conditional {
        then: E,
        test: E,
        orelse: E,
    },
    Unary {
        op: UnaryOp,
        value: E,
    },
    List(List),
    Tuple(List),
    /// Keys and values in turn; the key of `**value` is [`NO_KEY`].
    Dict(List),
    Set(List),
    Slice {
        lower: Option<E>,
        upper: Option<E>,
        step: Option<E>,
    },
    Walrus {
        target: E,
        value: E,
    },
    /// `yield value`, `yield from value`.
    Yield {
        value: Option<E>,
        from: bool,
    },
    /// `lambda params: value`.
    Lambda {
        params: List,
        value: E,
    },
    /// `[element for ...]`, or `{key: element for ...}`.
    Comprehension {
        kind: CompKind,
        key: Option<E>,
        element: E,
        /// The numbers of each [`Clause`].
        clauses: List,
    },
    Starred(E),
    /// `name=value` in a call, or `**value`, which has no name.
    Keyword {
        name: Option<E>,
        value: E,
    },
    /// Python that SPy does not have, by the name of CPython's node class.
    Unsupported(&'static str),
    /// Already reported.
    Error,
}

/// A clause of a comprehension: what it is, then target and iterable, or the condition twice.
pub(crate) type Clause = [u32; 3];

/// What a clause of a comprehension is.
pub(crate) mod clause {
    /// `for target in iterable`.
    pub(crate) const FOR: u32 = 0;
    /// `async for target in iterable`.
    pub(crate) const ASYNC_FOR: u32 = 1;
    /// `if condition`.
    pub(crate) const IF: u32 = 2;
}

/// Stands for the missing key of `**value` in a dict display.
pub(crate) const NO_KEY: u32 = u32::MAX;

/// A statement node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stmt {
    pub(crate) kind: StmtKind,
    pub(crate) span: Span,
}

/// What a statement is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StmtKind {
    Pass,
    Break,
    Continue,
    Return(Option<E>),
    Expr(E),
    Assign {
        targets: List,
        value: E,
    },
    AnnAssign {
        target: E,
        annotation: E,
        value: Option<E>,
    },
    AugAssign {
        op: BinOp,
        target: E,
        value: E,
    },
    /// A `var` or `const` declaration.
    Declare {
        keyword: VarKeyword,
        name: Span,
        annotation: Option<E>,
        value: Option<E>,
    },
    /// `del target`; several targets are a tuple.
    Delete(E),
    Raise {
        exc: Option<E>,
        cause: bool,
    },
    Assert {
        test: E,
        msg: Option<E>,
    },
    /// A range of [`Cst::aliases`].
    Global(List),
    /// A range of [`Cst::aliases`].
    Nonlocal(List),
    /// A range of [`Cst::aliases`].
    Import(List),
    /// The module's name, and a range of [`Cst::aliases`].
    ImportFrom {
        module: Span,
        level: u32,
        aliases: List,
    },
    /// For each test, four numbers: its offset, itself, and its statements; and the statements
    /// after `else`.
    If {
        arms: List,
        orelse: List,
    },
    While {
        test: E,
        body: List,
        orelse: List,
    },
    For {
        target: E,
        iter: E,
        body: List,
        orelse: List,
    },
    /// The list of its header, and its statements.
    With {
        items: List,
        body: List,
    },
    Def {
        def: u32,
        body: List,
    },
    Class {
        class: u32,
        body: List,
    },
    /// Python that SPy does not have, by the name of CPython's node class.
    Unsupported(&'static str),
}

/// The header of a `def`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Def {
    pub(crate) name: Span,
    /// A range of [`Cst::type_params`].
    pub(crate) type_params: List,
    /// A range of [`Cst::params`].
    pub(crate) params: List,
    pub(crate) returns: Option<E>,
    pub(crate) decorators: List,
}

/// The header of a `class`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    pub(crate) name: Span,
    /// A range of [`Cst::type_params`].
    pub(crate) type_params: List,
    /// Bases and keywords.
    pub(crate) args: List,
    pub(crate) decorators: List,
}

/// One item between the parentheses of a `def`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    pub(crate) kind: ParamKind,
    /// The name; empty if there is none.
    pub(crate) name: Span,
    /// `name: annotation`.
    pub(crate) span: Span,
    pub(crate) annotation: Option<E>,
    pub(crate) default: Option<E>,
}

/// What an item between the parentheses of a `def` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ParamKind {
    /// `name`.
    Plain,
    /// `*name`.
    Star,
    /// `*` alone.
    BareStar,
    /// `**name`.
    DoubleStar,
    /// `/`.
    Slash,
}

/// One of `[T, *Ts, **P]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeParam {
    pub(crate) name: Span,
    pub(crate) span: Span,
    /// Whether it has no `*`.
    pub(crate) plain: bool,
    pub(crate) bound: bool,
}

/// `name [as asname]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alias {
    pub(crate) name: Span,
    pub(crate) asname: Option<Span>,
    pub(crate) span: Span,
}

/// The arena, and the stacks that the grammar's actions work with.
#[derive(Default)]
pub(crate) struct Cst {
    exprs: Vec<Expr>,
    stmts: Vec<Stmt>,
    lists: Vec<u32>,
    pub(crate) defs: Vec<Def>,
    pub(crate) classes: Vec<Class>,
    params: Vec<Param>,
    type_params: Vec<TypeParam>,
    aliases: Vec<Alias>,
    /// Elements of lists that are still open, the innermost last.
    pending: Vec<u32>,
    chain: chain::Stacks,
    /// Start of an `x as y` in parentheses, which only `with` and patterns may have.
    parenthesised_as: Option<u32>,
    /// Where an expression got deeper than [`MAX_HEIGHT`].
    too_deep: Vec<Span>,
}

impl Cst {
    /// Forgets all nodes.
    pub(crate) fn clear(&mut self) {
        self.exprs.clear();
        self.stmts.clear();
        self.lists.clear();
        self.defs.clear();
        self.classes.clear();
        self.params.clear();
        self.type_params.clear();
        self.aliases.clear();
    }

    /// Forgets what a line that could not be parsed left on the stacks.
    pub(crate) fn begin_line(&mut self) {
        self.pending.clear();
        self.chain.clear();
        self.parenthesised_as = None;
        self.too_deep.clear();
    }

    /// An expression's node.
    pub(crate) fn expr(&self, e: E) -> Expr {
        self.exprs[e.0 as usize]
    }

    /// A statement's node.
    pub(crate) fn stmt(&self, s: S) -> Stmt {
        self.stmts[s.0 as usize]
    }

    /// All expressions of the arena, in the order in which they were made.
    pub(crate) fn all_exprs(&self) -> impl Iterator<Item = E> + use<> {
        (0..count(self.exprs.len())).map(E)
    }

    /// All statements of the arena.
    pub(crate) fn all_stmts(&self) -> impl Iterator<Item = S> + use<> {
        (0..count(self.stmts.len())).map(S)
    }

    /// The elements of a list, as numbers.
    pub(crate) fn list(&self, list: List) -> &[u32] {
        &self.lists[list.range()]
    }

    /// The expressions of a list.
    pub(crate) fn exprs(
        &self,
        list: List,
    ) -> impl DoubleEndedIterator<Item = E> + ExactSizeIterator {
        self.list(list).iter().map(|&n| E(n))
    }

    /// The statements of a list.
    pub(crate) fn stmts(
        &self,
        list: List,
    ) -> impl DoubleEndedIterator<Item = S> + ExactSizeIterator {
        self.list(list).iter().map(|&n| S(n))
    }

    /// The parameters of a function.
    pub(crate) fn params(&self, list: List) -> &[Param] {
        &self.params[list.range()]
    }

    /// The type parameters of a definition.
    pub(crate) fn type_params(&self, list: List) -> &[TypeParam] {
        &self.type_params[list.range()]
    }

    /// The names of an import.
    pub(crate) fn aliases(&self, list: List) -> &[Alias] {
        &self.aliases[list.range()]
    }

    /// Where expressions of the current line got too deep.
    pub(crate) fn too_deep(&self) -> &[Span] {
        &self.too_deep
    }

    /// Opens a list with its first element.
    pub(crate) fn open(&mut self, first: u32) -> Items {
        let items = Items(count(self.pending.len()));
        self.pending.push(first);
        items
    }

    /// Opens a list without elements.
    pub(crate) fn open_empty(&self) -> Items {
        Items(count(self.pending.len()))
    }

    /// Adds an element to the innermost open list.
    pub(crate) fn push(&mut self, items: Items, element: u32) -> Items {
        self.pending.push(element);
        items
    }

    /// Number of elements of an open list.
    pub(crate) fn pending(&self, items: Items) -> &[u32] {
        &self.pending[items.0 as usize..]
    }

    /// Ends the innermost open list.
    pub(crate) fn close(&mut self, items: Items) -> List {
        let start = self.lists.len();
        self.lists.extend(self.pending.drain(items.0 as usize..));
        List { start: count(start), len: count(self.lists.len() - start) }
    }

    /// Stores a list that is complete already.
    pub(crate) fn store(&mut self, elements: &[u32]) -> List {
        let start = count(self.lists.len());
        self.lists.extend_from_slice(elements);
        List { start, len: count(elements.len()) }
    }

    /// Adds an expression whose deepest part has the height `below`.
    fn add(&mut self, kind: ExprKind, span: Span, below: u16) -> E {
        let mut node = Expr { kind, span, height: below.saturating_add(1), parens: false };
        if node.height > MAX_HEIGHT {
            node.kind = ExprKind::Error;
            if below <= MAX_HEIGHT {
                self.too_deep.push(span);
            }
        }
        let e = E(count(self.exprs.len()));
        self.exprs.push(node);
        e
    }

    /// Adds a statement.
    pub(crate) fn add_stmt(&mut self, kind: StmtKind, span: Span) -> S {
        let s = S(count(self.stmts.len()));
        self.stmts.push(Stmt { kind, span });
        s
    }

    fn height(&self, e: E) -> u16 {
        self.exprs[e.0 as usize].height
    }

    fn height_of_all(&self, list: List) -> u16 {
        let elements = self.list(list).iter().filter(|&&n| n != NO_KEY);
        elements.map(|&n| self.height(E(n))).max().unwrap_or(0)
    }
}

/// A number of nodes. There are fewer than bytes of text, and these fit.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl From<E> for u32 {
    fn from(e: E) -> Self {
        e.0
    }
}
