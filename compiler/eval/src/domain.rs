//! Where run-time values come from.

use crate::arguments::Choice;
use crate::machine::Machine;
use crate::opimpl::OpImpl;
use spy_syntax::ast::{ExprId, StmtId};
use spy_types::{Color, FuncId, Loc, MetaArg, Name, Pos, Result, Ty, Value};
use std::sync::Arc;

/// What is known about an operand before anything runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arg {
    /// Whether its value is known now.
    pub color: Color,
    /// Its static type.
    pub ty: Ty,
    /// Its value, if blue.
    pub value: Option<Value>,
    /// The expression.
    pub loc: Loc,
    /// If the expression is a plain name: the name and where it was defined.
    pub name: Option<Arc<(Name, Option<Loc>)>>,
    /// For the argument `name=value` of a call: the parameter's name and where it is written.
    pub keyword: Option<Arc<(Name, Loc)>>,
}

impl Arg {
    /// A blue operand.
    #[must_use]
    pub fn blue(value: Value, ty: Ty, loc: impl Into<Loc>) -> Self {
        Self {
            color: Color::Blue,
            ty,
            value: Some(value),
            loc: loc.into(),
            name: None,
            keyword: None,
        }
    }

    /// A red operand.
    #[must_use]
    pub fn red(ty: Ty, loc: impl Into<Loc>) -> Self {
        Self { color: Color::Red, ty, value: None, loc: loc.into(), name: None, keyword: None }
    }

    /// Whether its value is known now.
    #[must_use]
    pub fn is_blue(&self) -> bool {
        self.color == Color::Blue
    }

    /// What a metafunction receives for the operator's argument number `slot`.
    #[must_use]
    pub fn meta(&self, slot: usize) -> MetaArg {
        MetaArg {
            color: self.color,
            ty: self.ty,
            value: self.value.clone(),
            slot: u8::try_from(slot).ok(),
        }
    }
}

/// An evaluated expression.
#[derive(Clone, Debug)]
pub struct Ev<R> {
    /// What is known about it.
    pub arg: Arg,
    /// Its run-time value, if red.
    pub red: Option<R>,
}

impl<R> Ev<R> {
    /// A blue result.
    #[must_use]
    pub fn blue(value: Value, ty: Ty, loc: impl Into<Loc>) -> Self {
        Self { arg: Arg::blue(value, ty, loc), red: None }
    }

    /// A red result.
    #[must_use]
    pub fn red(red: R, ty: Ty, loc: impl Into<Loc>) -> Self {
        Self { arg: Arg::red(ty, loc), red: Some(red) }
    }
}

/// Where run-time values come from: real ones while a program runs, IR while it is redshifted.
pub trait Domain<'db> {
    /// A run-time value.
    type Red: Clone;

    /// The machine that runs blue code.
    fn machine(&mut self) -> &mut Machine<'db>;

    /// Index of the current frame in the machine.
    fn frame_index(&self) -> usize;

    /// Hears of an expression or assignment that was evaluated.
    fn evaluated(&mut self, _: Pos, _: Color) {}

    /// The run-time value of a constant of static type `ty`.
    ///
    /// # Errors
    /// If the value has no representation at run time.
    fn constant(&mut self, value: &Value, ty: Ty, loc: Loc) -> Result<Self::Red>;

    /// Calls a function with run-time values of the types of its parameters.
    ///
    /// # Errors
    /// Whatever the function raises, or what redshift finds wrong with the call.
    fn call(&mut self, func: FuncId, args: Vec<Self::Red>, ret: Ty, loc: Loc) -> Result<Self::Red>;

    /// A declared red local's value.
    ///
    /// # Errors
    /// If it has no value yet.
    fn read_local(&mut self, name: &Name, loc: Loc) -> Result<Self::Red>;

    /// Like [`Domain::read_local`], for the local with this index.
    ///
    /// # Errors
    /// If it has no value yet.
    fn read_slot(&mut self, _: usize, name: &Name, loc: Loc) -> Result<Self::Red> {
        self.read_local(name, loc)
    }

    /// Stores a red local.
    ///
    /// # Errors
    /// If the value cannot be stored.
    fn walrus(&mut self, name: &Name, value: Self::Red, ty: Ty, loc: Loc) -> Result<Self::Red>;

    /// A module variable's type and value.
    ///
    /// # Errors
    /// If it has no value yet.
    fn read_cell(&mut self, module: &Name, name: &Name, loc: Loc) -> Result<(Ty, Self::Red)>;

    /// Whether an imported variable is read when the code runs, not what it was when it was imported.
    fn reads_late(&mut self, _: &Name, _: Ty) -> bool {
        false
    }

    /// Stores a module variable from inside an expression.
    ///
    /// # Errors
    /// If it may not be assigned now.
    fn walrus_cell(
        &mut self,
        module: &Name,
        name: &Name,
        value: Self::Red,
        loc: Loc,
    ) -> Result<Self::Red>;

    /// `left and right` or `left or right`; both are bools. `right` evaluates the second one, which
    /// may not happen unless it is needed.
    ///
    /// # Errors
    /// Whatever evaluating `right` reports.
    fn short_circuit(
        &mut self,
        is_and: bool,
        left: Ev<Self::Red>,
        right: impl FnOnce(&mut Self) -> Result<Ev<Self::Red>>,
        loc: Loc,
    ) -> Result<Ev<Self::Red>>;

    /// The value of the first of two expressions if a red condition holds, else that of the second: the
    /// other one is not evaluated then, and its type is the same. The result is red.
    ///
    /// # Errors
    /// Whatever evaluating them reports, and two types.
    fn select(&mut self, test: Ev<Self::Red>, choice: &Choice, loc: Loc) -> Result<Ev<Self::Red>>;

    /// What `then` gives if a condition holds, else what `orelse` gives: only one of them happens, and both are of
    /// one type. The result is red.
    ///
    /// # Errors
    /// Whatever evaluating them reports.
    fn either(
        &mut self,
        test: Ev<Self::Red>,
        then: impl FnOnce(&mut Self) -> Result<Ev<Self::Red>>,
        orelse: impl FnOnce(&mut Self) -> Result<Ev<Self::Red>>,
        loc: Loc,
    ) -> Result<Ev<Self::Red>>;

    /// An operand that is needed twice: the first result evaluates it, and must come to be used
    /// before the second, which reads it again.
    fn hold(&mut self, ev: Ev<Self::Red>) -> (Ev<Self::Red>, Ev<Self::Red>);

    /// Statements, then a value.
    ///
    /// # Errors
    /// Whatever evaluating them reports.
    fn block(&mut self, body: &[StmtId], value: ExprId, loc: Loc) -> Result<Ev<Self::Red>>;

    /// Sets a local, then does what [`Domain::block`] does.
    ///
    /// # Errors
    /// Whatever evaluating them reports.
    fn collect(
        &mut self,
        first: (&Name, Ev<Self::Red>),
        body: &[StmtId],
        value: ExprId,
        loc: Loc,
    ) -> Result<Ev<Self::Red>>;

    /// `print` of several arguments: each already a printable value, with the function that
    /// prints it.
    ///
    /// # Errors
    /// Whatever printing reports.
    fn print_many(
        &mut self,
        printers: Vec<(FuncId, Ty)>,
        args: Vec<Self::Red>,
        loc: Loc,
    ) -> Result<Self::Red>;

    /// The value behind a run-time value, where there is one: while a program runs.
    fn known_value(&mut self, red: &Self::Red) -> Option<Value>;

    /// Applies an operation to evaluated operands.
    ///
    /// # Errors
    /// Whatever the operation reports.
    fn apply(&mut self, op: &OpImpl, ins: &[Ev<Self::Red>], loc: Loc) -> Result<Ev<Self::Red>>
    where
        Self: Sized,
    {
        crate::opimpl::apply(self, op, ins, loc)
    }
}
