//! SPy's primitive operations as data.
//!
//! This crate is the one place that knows which operations exist on numbers, `bool`, `str` and
//! `bytes`: their fully qualified names, their signatures, whether they fold, whether they can
//! panic, and their exact result on constants. The evaluator computes with it, the IR names its
//! operations with it, and the code generators and the C runtime are tested against it.
//!
//! * [`scalar`]: the scalar types and their values;
//! * [`op`] and [`dispatch`]: operations, and which operands select which operation;
//! * [`eval()`]: the result of an operation on constants;
//! * [`text`] and [`hash`]: the text forms and hashes of scalars;
//! * [`runtime`]: the functions of the runtime library that are not operations.
//!
//! It depends on nothing else of the compiler: no spans, no diagnostics, no queries. Everything in
//! it is a pure function of its arguments.

pub mod dispatch;
mod error;
pub mod eval;
pub mod hash;
pub mod math;
mod names;
pub mod op;
pub mod runtime;
pub mod scalar;
pub mod text;

pub use dispatch::{
    binop, cmpop, complex_conversion, explicit_conversion, ieee_div_op, implicit_conversion, negop,
    unchecked_op,
};
pub use error::PrimError;
pub use eval::eval;
pub use math::eval_math;
pub use op::{BinKind, CmpKind, OpKind, PrimOp, UncheckedKind};
pub use runtime::{RuntimeFn, eval_runtime};
pub use scalar::{Scalar, ScalarTy};
