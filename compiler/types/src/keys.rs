//! What types, functions, frames and blue calls *are*.
//!
//! A function or struct type is its definition plus the frame that executed the definition; a
//! frame is a module's top level, a class body or one blue call; a blue call is a function and its
//! arguments. Everything is interned: equal keys are one pointer.

use crate::builtin::{BuiltinTy, ExcTy};
use crate::value::Value;
use spy_db::DefKey;
use spy_ir::{PtrKind, PtrOp};
use spy_prim::{PrimOp, ScalarTy};
use spy_syntax::ast::{Color, FuncKind};
use spy_text::{Interned, Name, internable};
use std::sync::OnceLock;

/// A type.
#[derive(PartialEq, Eq, Hash, Debug)]
pub enum TyKey {
    /// A builtin type.
    Builtin(BuiltinTy),
    /// A number, bool, str or bytes.
    Scalar(ScalarTy),
    /// An exception type.
    Exc(ExcTy),
    /// A function type.
    Func(FuncTy),
    /// A struct.
    Struct {
        /// The `class`.
        def: DefKey,
        /// The frame that executed it.
        frame: FrameKey,
        /// Whether it is what a generic function returns: it is then shown under the generic's name.
        aliased: bool,
    },
    /// `posix::TerminalSize`: a struct that the runtime defines.
    TerminalSize,
    /// `gc_ptr[T]`, `raw_ptr[T]`.
    Ptr(PtrKind, Ty),
    /// `gc_ref[T]`, `raw_ref[T]`.
    Ref(PtrKind, Ty),
    /// `interp_list[T]`.
    InterpList(Ty),
    /// `interp_dict[K, V]`.
    InterpDict(Ty, Ty),
}
internable!(TyKey, crate::names::Known);

/// An interned [`TyKey`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ty(Interned<TyKey>);

impl Ty {
    /// The names that somebody asked for.
    pub(crate) fn known(self) -> &'static crate::names::Known {
        self.0.memo()
    }
}

impl std::fmt::Debug for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A function type: unique per colour, kind, parameters and result.
#[derive(PartialEq, Eq, Hash, Debug, Clone)]
pub struct FuncTy {
    /// Red or blue.
    pub color: Color,
    /// What calls mean.
    pub kind: FuncKind,
    /// Types of the positional parameters.
    pub params: Vec<Ty>,
    /// Type of `*args`.
    pub varargs: Option<Ty>,
    /// Type of the result.
    pub ret: Ty,
}

impl FuncTy {
    /// Whether values of the type exist at run time: functions that compiled code can call without
    /// knowing which one it is.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.color == Color::Red
            && self.kind == FuncKind::Plain
            && self.varargs.is_none()
            && self.params.iter().chain([&self.ret]).all(|ty| ty.is_runtime())
    }
}

/// A frame that can be closed over.
#[derive(PartialEq, Eq, Hash, Debug)]
pub enum FrameKeyData {
    /// A module's top level.
    Module(Name),
    /// The body of a struct.
    Class(Ty),
    /// A blue call.
    Call(CallKey),
    /// What a lambda uses of the locals of a red function around it.
    Captured {
        /// The red function.
        def: DefKey,
        /// The frame around that.
        outer: FrameKey,
        /// Locals whose values run time has, and their types.
        locals: Vec<(Name, Ty)>,
        /// Locals that are known at compile time.
        constants: Vec<(Name, Value)>,
    },
}
internable!(FrameKeyData);

/// An interned [`FrameKeyData`].
pub type FrameKey = Interned<FrameKeyData>;

/// A function applied to arguments (after conversion to the types of the parameters).
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct CallKeyData {
    /// The blue function.
    pub func: FuncId,
    /// Its arguments; the elements of `*args` last, one by one.
    pub args: Vec<Value>,
}
internable!(CallKeyData);

/// An interned [`CallKeyData`].
pub type CallKey = Interned<CallKeyData>;

/// A function instance.
#[derive(PartialEq, Eq, Hash, Debug)]
pub enum FuncKey {
    /// An executed `def`.
    Def {
        /// The `def`.
        def: DefKey,
        /// The frame that executed it.
        frame: FrameKey,
        /// Whether it has ordinary decorators: its name is then marked `#__bare__`.
        decorated: bool,
        /// Whether it is what a generic function returns: it is then shown under the generic's name.
        aliased: bool,
    },
    /// A primitive operation.
    Prim(PrimOp),
    /// A red function of the runtime, by FQN (`spy_prim::runtime`).
    Runtime(Name),
    /// A blue function of the compiler, by FQN: `builtins::print`, `operator::ADD`.
    Blue(Name),
    /// `operator::raise`, for one exception type.
    Raise(ExcTy),
    /// An operation of a pointer or ref type.
    Ptr(PtrOp, Ty),
    /// `T.__make__`.
    Make(Ty),
    /// The generated `T.__eq__`.
    AutoEq(Ty),
    /// The generated `T.__ne__`.
    AutoNe(Ty),
    /// The getter of field number n, with the field's name.
    Getter(Ty, u32, Name),
    /// The checked cast `operator::from_dynamic[T]::impl`.
    FromDynamic(Ty),
    /// What `print` of two or more arguments of these types turns into.
    PrintMany(Vec<Ty>),
    /// The call of a function value of this type. It takes the function before the arguments that
    /// the type tells.
    CallValue(Ty),
    /// What makes a value of the second type, a function type, of an object of the first, which can be called.
    Bind(Ty, Ty),
    /// The code of what [`FuncKey::Bind`] makes. It takes the place of the object, of whatever type, before the
    /// arguments.
    Bound(Ty, Ty),
    /// The read of a variable of a module, from outside of it.
    ReadCell(Name, Name),
    /// The assignment of a variable of a module, from outside of it. It gives the new value.
    WriteCell(Name, Name),
    /// A function that calls this one: the form in which functions are values at run time. It takes the place of what
    /// it holds, which is nothing, before the arguments.
    Wrapper(FuncId),
}
internable!(FuncKey, crate::names::Known);

/// An interned [`FuncKey`].
pub type FuncId = Interned<FuncKey>;

/// A mutable object of the evaluation that made it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ObjId {
    /// The evaluation: a frame, or `None` for a program that is being interpreted.
    pub owner: Option<FrameKey>,
    /// Which of its objects, counted in order of creation.
    pub index: u32,
}

/// The types that are asked for most need not be looked up in the interner each time.
fn remembered(known: Option<&OnceLock<Ty>>, key: TyKey) -> Ty {
    match known {
        Some(known) => *known.get_or_init(|| Ty::new(key)),
        None => Ty::new(key),
    }
}

impl From<BuiltinTy> for Ty {
    fn from(ty: BuiltinTy) -> Self {
        static KNOWN: [OnceLock<Ty>; 64] = [const { OnceLock::new() }; 64];
        remembered(KNOWN.get(ty as usize), TyKey::Builtin(ty))
    }
}

impl From<ScalarTy> for Ty {
    fn from(ty: ScalarTy) -> Self {
        static KNOWN: [OnceLock<Ty>; 16] = [const { OnceLock::new() }; 16];
        remembered(KNOWN.get(ty as usize), TyKey::Scalar(ty))
    }
}

impl From<ExcTy> for Ty {
    fn from(ty: ExcTy) -> Self {
        Self::new(TyKey::Exc(ty))
    }
}

impl Ty {
    /// Interns a type.
    #[must_use]
    pub fn new(key: TyKey) -> Self {
        Self(Interned::new(key))
    }

    /// What the type is.
    #[must_use]
    pub fn get(self) -> &'static TyKey {
        self.0.get()
    }

    /// The scalar type, if it is one.
    #[must_use]
    pub fn scalar(self) -> Option<ScalarTy> {
        match self.get() {
            TyKey::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    /// Whether it is this builtin type.
    #[must_use]
    pub fn is(self, ty: BuiltinTy) -> bool {
        matches!(self.get(), TyKey::Builtin(this) if *this == ty)
    }

    /// The type of the type as a value.
    #[must_use]
    pub fn metatype(self) -> Ty {
        match self.get() {
            TyKey::Struct { .. } | TyKey::TerminalSize => BuiltinTy::StructType.into(),
            TyKey::Func(_) => BuiltinTy::FuncType.into(),
            _ => BuiltinTy::Type.into(),
        }
    }

    /// The base; `None` for `object` and `dynamic`.
    #[must_use]
    pub fn base(self) -> Option<Ty> {
        match self.get() {
            TyKey::Builtin(BuiltinTy::Object | BuiltinTy::Dynamic) => None,
            TyKey::Builtin(BuiltinTy::StructType | BuiltinTy::FuncType) => {
                Some(BuiltinTy::Type.into())
            }
            TyKey::Exc(exc) => Some(exc.base().map_or(BuiltinTy::Object.into(), Ty::from)),
            _ => Some(BuiltinTy::Object.into()),
        }
    }

    /// Whether `self` is `other` or derives from it. Everything is a `dynamic`.
    #[must_use]
    pub fn is_subclass(self, other: Ty) -> bool {
        if other.is(BuiltinTy::Dynamic) {
            return true;
        }
        let mut this = Some(self);
        while let Some(ty) = this {
            if ty == other {
                return true;
            }
            this = ty.base();
        }
        false
    }

    /// Whether values have an identity.
    #[must_use]
    pub fn is_reference(self) -> bool {
        match self.get() {
            TyKey::Builtin(builtin) => !builtin.is_value_type(),
            TyKey::Scalar(_) | TyKey::Struct { .. } | TyKey::TerminalSize => false,
            TyKey::Ptr(..) | TyKey::Ref(..) => false,
            TyKey::Exc(_) | TyKey::Func(_) | TyKey::InterpList(_) | TyKey::InterpDict(..) => true,
        }
    }

    /// Whether values of the type exist at run time, or are nothing (`None`).
    #[must_use]
    pub fn is_runtime(self) -> bool {
        match self.get() {
            TyKey::Builtin(builtin) => {
                matches!(builtin, BuiltinTy::NoneType | BuiltinTy::File | BuiltinTy::RawBuffer)
            }
            TyKey::Scalar(_) | TyKey::Struct { .. } | TyKey::TerminalSize => true,
            TyKey::Ptr(..) | TyKey::Ref(..) => true,
            TyKey::Func(func) => func.is_value(),
            TyKey::Exc(_) | TyKey::InterpList(_) | TyKey::InterpDict(..) => false,
        }
    }

    /// The common type of two types: the nearest common ancestor.
    #[must_use]
    pub fn union(self, other: Ty) -> Ty {
        if self.is_subclass(other) {
            return other;
        }
        if other.is_subclass(self) {
            return self;
        }
        match (self.base(), other.base()) {
            (Some(left), Some(right)) => left.union(right),
            _ => BuiltinTy::Object.into(),
        }
    }

    /// For a pointer or ref: whether it is a ref, its kind and its item type.
    #[must_use]
    pub fn pointer(self) -> Option<(bool, PtrKind, Ty)> {
        match self.get() {
            TyKey::Ptr(kind, item) => Some((false, *kind, *item)),
            TyKey::Ref(kind, item) => Some((true, *kind, *item)),
            _ => None,
        }
    }

    /// Whether it is a struct.
    #[must_use]
    pub fn is_struct(self) -> bool {
        matches!(self.get(), TyKey::Struct { .. } | TyKey::TerminalSize)
    }

    /// The function type, if it is one.
    #[must_use]
    pub fn func(self) -> Option<&'static FuncTy> {
        match self.get() {
            TyKey::Func(func) => Some(func),
            _ => None,
        }
    }
}
