//! Types, values and fully qualified names.
//!
//! Values are small, immutable and comparable, so that they can be results and keys of queries.
//! A type or function instance *is* its definition plus the key of the frame that made it
//! ([`keys`]); what it contains is looked up in that frame, so keys never hold cycles. Names
//! ([`names`]) derive from keys.

pub mod builtin;
pub mod error;
pub mod keys;
pub mod names;
pub mod value;

pub use builtin::{BuiltinTy, ExcTy};
pub use error::{Endless, Loc, Note, Result, SpyError};
pub use keys::{
    CallKey, CallKeyData, FrameKey, FrameKeyData, FuncId, FuncKey, FuncTy, ObjId, Ty, TyKey,
};
pub use spy_db::{DefKey, DefKeyData, Pos};
pub use spy_ir::{PtrKind, PtrOp};
pub use spy_prim::{PrimOp, Scalar, ScalarTy};
pub use spy_syntax::ast::{Color, FuncKind};
pub use spy_text::{Fqn, Name};
pub use value::{ExcVal, MetaArg, OpSpec, Place, PtrVal, StructVal, Value, Wrapper};
