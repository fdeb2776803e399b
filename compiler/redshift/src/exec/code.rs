//! A program in the form that is executed: what the IR names is an index here.

use spy_ir::{Fqn, PosIdx};
use spy_types::{ExcTy, FuncId, Name, PrimOp, PtrOp, Ty, Value};

/// Index of a function in [`Code::funcs`].
pub(super) type FuncIdx = usize;

/// Index of a module variable in [`Code::cells`].
pub(super) type CellIdx = usize;

/// Index of a local in its frame, parameters first.
pub(super) type LocalIdx = usize;

/// A program.
pub(super) struct Code {
    /// Its functions.
    pub(super) funcs: Vec<FuncCode>,
    /// The first values of its module variables.
    pub(super) cells: Vec<Value>,
    /// Module variables that were compiled ahead of time.
    pub(super) declared: Vec<DeclaredCell>,
    /// `main`.
    pub(super) main: FuncIdx,
    /// If `main` takes the arguments: what makes an empty list, and what appends to one.
    pub(super) argv: Option<(FuncIdx, FuncIdx)>,
    /// Whether `main` returns the exit status.
    pub(super) returns_status: bool,
}

/// A function.
pub(super) struct FuncCode {
    /// Its name.
    pub(super) fqn: Fqn,
    /// Number of parameters.
    pub(super) params: usize,
    /// The first values of the locals that are not parameters.
    pub(super) zeros: Vec<Value>,
    /// What it does.
    pub(super) body: Vec<Step>,
    /// Whether falling off its end is a return.
    pub(super) returns_none: bool,
    /// The position to blame if it is not.
    pub(super) end_pos: PosIdx,
    /// Whether errors in it are its caller's.
    pub(super) track_caller: bool,
    /// What it is, if it was compiled ahead of time: then its body is empty.
    pub(super) declared: Option<Declared>,
}

/// A function that was compiled ahead of time.
pub(super) struct Declared {
    /// Its name in compiled code.
    pub(super) symbol: String,
    /// Types of its parameters.
    pub(super) params: Vec<Ty>,
    /// Type of its result.
    pub(super) ret: Ty,
}

/// A module variable that was compiled ahead of time.
pub(super) struct DeclaredCell {
    /// The module that declares it.
    pub(super) module: Name,
    /// Its name there.
    pub(super) name: Name,
    /// Its type.
    pub(super) ty: Ty,
}

/// A statement. Those that do nothing are gone.
pub(super) enum Step {
    /// Leaves the innermost loop.
    Break,
    /// Next round of the innermost loop.
    Continue,
    /// Assigns.
    Set(Place, Node),
    /// Evaluates a struct once and stores its fields in order.
    Unpack(Vec<Place>, Node),
    /// Evaluates for effect.
    Eval(Node),
    /// Leaves the function.
    Return(Node),
    /// `if` with its `elif`s, tests and bodies; then `else`.
    If(Vec<(Node, Vec<Step>)>, Vec<Step>),
    /// `while`.
    While(Node, Vec<Step>),
    /// `assert`, with its message.
    Assert(Node, Option<Node>, PosIdx),
}

/// Where a value can be stored.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// A local.
    Local(LocalIdx),
    /// A module variable.
    Cell(CellIdx),
    /// A module variable that was compiled ahead of time, by its number among those.
    Declared(usize),
}

/// An expression.
pub(super) enum Node {
    /// A constant.
    Const(Value),
    /// A local's or a module variable's value.
    Get(Place),
    /// A primitive operation.
    Prim(PrimOp, Box<[Node]>, PosIdx),
    /// A call of a function of the program.
    Call(FuncIdx, Box<[Node]>, PosIdx),
    /// A call of the function that the first operand is.
    CallValue(Box<[Node]>, PosIdx),
    /// Whether two functions are the same, or not.
    SameFunc(bool, Box<[Node; 2]>),
    /// A call of a function of the runtime.
    Runtime(FuncId, Box<[Node]>, PosIdx),
    /// An operation on a pointer or ref of this type.
    Ptr(PtrOp, Ty, Box<[Node]>, PosIdx),
    /// Raises an error with this message.
    Raise(ExcTy, Box<Node>, PosIdx),
    /// Makes a struct.
    Make(Ty, Box<[Node]>),
    /// Field number n of a struct.
    Field(usize, Box<Node>),
    /// Short-circuit `and`.
    And(Box<[Node; 2]>),
    /// Short-circuit `or`.
    Or(Box<[Node; 2]>),
    /// `place := value`.
    Walrus(Place, Box<Node>),
    /// Statements, then a value.
    Block(Vec<Step>, Box<Node>),
    /// The same value, computed on a stack with room for what is nested in it.
    Deep(Box<Node>),
}
