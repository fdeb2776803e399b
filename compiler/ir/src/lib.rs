//! The typed IR: what is left of a program when everything blue has been evaluated away.
//!
//! A [`Func`] is one red function instance: locals, structured statements and typed expressions,
//! with the evaluation order fixed (operands left to right, each once). Functions and types are
//! named by [`Fqn`]s that derive from what they *are* (definition and the blue call that made
//! them), never from when they were met; the names that people see are a [`Namer`]'s business.
//! Nothing in here knows the AST, values or the evaluator, and positions are indices into a table
//! that is kept apart ([`PosIdx`]): moving code changes tables, not code.

pub mod build;
mod data;
mod guard;
mod index;
pub mod layout;
mod print;
pub mod symbols;
mod types;
mod verify;

pub use data::{Data, DataItems, DataRef};
pub use guard::calls_others;
pub use index::{ProgramIndex, ProgramInfo};
pub use print::{DumpContext, DumpOptions, DumpPos, builtin_human, dump_func, dump_functions};
pub use spy_prim::{PrimOp, Scalar, ScalarTy};
pub use spy_text::{FileName, Fqn, Name};
pub use types::{FuncType, PtrKind, StructDef, Type};
pub use verify::{verify, verify_constants};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Index into the position table of a function ([`Func::pos_count`] entries).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PosIdx(pub u32);

/// Index of a local in [`Func::locals`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);

/// A parameter or a local variable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Local {
    /// Its name, unique in the function. May hold `$` (`x$0`, `_$iter0`).
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// Memory for numbers that belongs to one activation of a function. It holds anything at first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scratch {
    /// Type of its items.
    pub ty: ScalarTy,
    /// How many there are.
    pub len: u32,
}

/// One red function instance.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Func {
    /// What it is called inside the program: unique, derived from its key.
    pub fqn: Fqn,
    /// Parameters first, then the other locals in order of declaration.
    pub locals: Vec<Local>,
    /// How many of `locals` are parameters.
    pub param_count: u32,
    /// The result's type.
    pub ret: Type,
    /// Its own memory besides locals, which only optimizers make use of.
    pub scratch: Vec<Scratch>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// Number of entries of its position table.
    pub pos_count: u32,
    /// The position to blame when a function that returns a value falls off its end.
    pub end_pos: PosIdx,
    /// Whether run-time errors in it are reported at its caller's position: library code, where
    /// the user's own line is what helps. Such a function takes the caller's position.
    pub track_caller: bool,
}

impl Func {
    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &[Local] {
        &self.locals[..self.param_count as usize]
    }

    /// The local with this id.
    #[must_use]
    pub fn local(&self, id: LocalId) -> &Local {
        &self.locals[id.0 as usize]
    }
}

/// A statement with its position.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it came from.
    pub pos: PosIdx,
}

/// What a statement does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum StmtKind {
    /// Nothing.
    Pass,
    /// Leaves the innermost loop.
    Break,
    /// Next round of the innermost loop.
    Continue,
    /// A written declaration, with its first value if it has one.
    VarDef(LocalId, Option<Expr>),
    /// `local = value`.
    Assign(LocalId, Expr),
    /// `cell = value`.
    AssignCell(Fqn, Expr),
    /// Evaluates a struct value once and stores its fields in order.
    Unpack(Vec<Target>, Expr),
    /// Evaluates for effect.
    Expr(Expr),
    /// Leaves the function; the value has type [`Type::None`] if there is none.
    Return(Expr),
    /// `if`.
    If {
        /// A bool.
        test: Expr,
        /// If true.
        then: Vec<Stmt>,
        /// If false.
        orelse: Vec<Stmt>,
    },
    /// `while`.
    While {
        /// A bool, evaluated before each round.
        test: Expr,
        /// The round.
        body: Vec<Stmt>,
    },
    /// Panics with `AssertionError` unless `test` holds; `msg` (a str, default `assertion failed`)
    /// is evaluated only then.
    Assert {
        /// A bool.
        test: Expr,
        /// A str.
        msg: Option<Expr>,
    },
}

/// Where an unpacked value goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    /// A local.
    Local(LocalId),
    /// A module variable.
    Cell(Fqn),
}

/// An expression with its type and position.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Expr {
    /// How it is computed.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
    /// Where it came from.
    pub pos: PosIdx,
}

/// How an expression is computed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// A local's value.
    Local(LocalId),
    /// A module variable's value.
    Cell(Fqn),
    /// An operation on the values of the arguments, evaluated left to right.
    Call(Callee, Vec<Expr>),
    /// Short-circuit `and` of bools.
    And(Box<Expr>, Box<Expr>),
    /// Short-circuit `or` of bools.
    Or(Box<Expr>, Box<Expr>),
    /// `local := value`.
    AssignLocal(LocalId, Box<Expr>),
    /// `cell := value`.
    AssignCell(Fqn, Box<Expr>),
    /// Statements, then a value: an inlined call.
    Block(Vec<Stmt>, Box<Expr>),
}

/// A constant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Const {
    /// `None`.
    None,
    /// A number, bool, str or bytes.
    Scalar(Scalar),
    /// The NULL of the expression's pointer, ref or `posix::_FILE` type.
    Null,
    /// A struct value, field by field. Dumps print tuples as `(a, b)`.
    Struct(Vec<(Const, Type)>),
    /// A function. Of type [`Type::Func`] it is the function's address, which is the same wherever
    /// it is taken; of type [`Type::held`] that address as a place, by which function values that hold nothing
    /// are told from each other; of an opaque type it is known at compile time only.
    Func(Fqn),
    /// A pointer, ref or buffer that points into [`Program::data`].
    Data(DataRef),
    /// A value that exists at compile time only (a type, a module, ...). It may be evaluated for
    /// effect, which is none, and cannot be stored. Holds the text that dumps print.
    Opaque(Arc<str>),
}

/// What is called.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Callee {
    /// A function instance of the program.
    Func(Fqn),
    /// The code whose address the first argument is, with the other arguments. Panics with
    /// `PanicError: cannot call NULL function` after all have been evaluated if it is NULL.
    Value,
    /// A primitive operation.
    Prim(PrimOp),
    /// A function of the runtime (`spy_prim::runtime`), by FQN: `math::sqrt`.
    Runtime(Name),
    /// Panics with this error type and the message argument (a str).
    Raise(Name),
    /// Makes a struct of its fields, in order; the expression's type says which.
    StructMake,
    /// Field number n of a struct value.
    GetField(u32),
    /// An operation on a pointer or ref; the first argument's (or for `Alloc` the expression's)
    /// type says which.
    Ptr(PtrOp),
    /// `(i: i64) -> T`: item i of [`Func::scratch`] number n. Never checked.
    LoadScratch(u32),
    /// `(i: i64, v: T)`: stores item i of [`Func::scratch`] number n. Never checked.
    StoreScratch(u32),
}

/// Operations on pointers and refs. `P` is the pointer or ref type, `T` its item type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PtrOp {
    /// `(n: i32) -> P`: memory for n items, zeroed if collected.
    Alloc,
    /// `(p, i: i32) -> T`, checked in debug builds. Here and in the next two, an optimizer may make
    /// `i` an i64 with the same value.
    GetItemByVal,
    /// `(p, i: i32) -> ref[T]`, checked in debug builds.
    GetItemByRef,
    /// `(p, i: i32, v: T)`, checked in debug builds.
    Store,
    /// `(p) -> F`: field number n of item 0.
    GetFieldByVal(u32),
    /// `(p) -> ref[F]`: field number n of item 0, a struct.
    GetFieldByRef(u32),
    /// `(p, v: F)`: stores field number n of item 0.
    SetField(u32),
    /// `(r) -> T`: the value that a ref refers to.
    Deref,
    /// `(p, q) -> bool`; also of code.
    Eq,
    /// `(p, q) -> bool`; also of code.
    Ne,
    /// `(p) -> bool`: whether it is not NULL.
    ToBool,
    /// `(p) -> Q`: the same place as a pointer of the same kind to items of another type.
    Cast,
    /// `(dst, src, n: i32)`: regions may not overlap.
    Copy,
    /// `(dst, dst_start: i32, dst_stop: i32, src, src_start: i32, src_stop: i32)`.
    CopySlice,
    /// `(dst, src, n: i32)`: regions may overlap.
    Move,
    /// Like [`PtrOp::CopySlice`]; regions may overlap.
    MoveSlice,
    /// `(dst, value: u8, n: i32)`.
    SetBytes,
    /// `(dst, start: i32, stop: i32, value: u8)`.
    SetBytesSlice,
    /// `(a, b, n: i32) -> i32`, like `memcmp`.
    Cmp,
    /// `(a, a_start: i32, a_stop: i32, b, b_start: i32, b_stop: i32) -> i32`.
    CmpSlice,
}

/// A module variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Its name.
    pub fqn: Fqn,
    /// Its type.
    pub ty: Type,
    /// Its value when the program starts.
    pub init: Const,
}

/// What one module contributes to a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// The module's dotted name; the file stem of its C unit.
    pub name: Name,
    /// Its functions, in the order of the dump.
    pub funcs: Vec<Arc<Func>>,
    /// Its variables, in source order.
    pub cells: Vec<Cell>,
}

/// How the program starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// `main`.
    pub main: Fqn,
    /// If `main` takes `argv: list[str]`: how to make the list.
    pub argv: Option<ArgvList>,
    /// Whether `main` returns the exit status (an i32).
    pub returns_status: bool,
}

/// How the list of arguments is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArgvList {
    /// `list[str]`.
    pub ty: Type,
    /// `def() -> list[str]`.
    pub new: Fqn,
    /// `def(list[str], str) -> list[str]`.
    pub push: Fqn,
}

/// A whole program, ready for a code generator.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Program {
    /// In import order: a module comes after those that it imports.
    pub modules: Vec<Module>,
    /// Every struct that the functions, cells and other structs mention, sorted so that a struct
    /// comes after those that it holds by value.
    pub structs: Vec<Arc<StructDef>>,
    /// Memory that was filled at import time and is still needed, in order of first mention.
    pub data: Vec<Arc<Data>>,
    /// Functions whose address is a value somewhere. They take no position of their caller
    /// ([`Func::track_caller`]), and must have one address in the whole program.
    pub addressed: BTreeSet<Fqn>,
    /// Functions and variables that were compiled ahead of time, with their symbols. Functions have
    /// no body then, and variables no first value.
    pub externs: BTreeMap<Fqn, String>,
    /// How it starts; `None` for a library.
    pub entry: Option<Entry>,
}

/// The source line of a position, for run-time errors.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SourceLine {
    /// The file.
    pub file: FileName,
    /// 1-based line.
    pub line: u32,
    /// The line's text, without its line end.
    pub text: Arc<str>,
}

/// Gives the names that people see.
pub trait Namer {
    /// The name for dumps and messages: `list[i32]`, `test::compose::h#1`.
    fn human(&self, fqn: &Fqn) -> String;
    /// The full name: `_list::list[i32]::_ListImpl`, `test::compose::h#1`.
    fn full(&self, fqn: &Fqn) -> String;
}
