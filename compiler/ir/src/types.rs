//! Types of the IR, lowered: only what has a representation at run time.

use spy_prim::ScalarTy;
use spy_text::{Fqn, Name};
use std::sync::Arc;

/// Which memory a pointer points into.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PtrKind {
    /// Collected.
    Gc,
    /// Never freed, not scanned by the collector.
    Raw,
}

/// A type.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Type {
    /// `None`: no representation; parameters and locals of it vanish.
    None,
    /// A number, bool, str or bytes.
    Scalar(ScalarTy),
    /// A struct, by name; its fields stand in the program's struct table.
    Struct(Fqn),
    /// `gc_ptr[T]`, `raw_ptr[T]`.
    Ptr(PtrKind, Arc<Type>),
    /// `gc_ref[T]`, `raw_ref[T]`: the same representation as a pointer, to exactly one item.
    Ref(PtrKind, Arc<Type>),
    /// `posix::_FILE`.
    File,
    /// `rawbuffer::RawBuffer`.
    RawBuffer,
    /// The code of a function that is known at run time only: its address, or NULL. Function values are structs of
    /// that and a [`Type::held`].
    Func(Arc<FuncType>),
    /// A value that exists at compile time only, by the FQN of its type.
    Opaque(Fqn),
}

/// Parameters and result of code that is called through its address. All of them have a representation, or are `None`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FuncType {
    /// The parameters.
    pub params: Vec<Type>,
    /// The result.
    pub ret: Type,
}

impl Type {
    /// `bool`.
    pub const BOOL: Self = Self::Scalar(ScalarTy::Bool);
    /// `i32`.
    pub const I32: Self = Self::Scalar(ScalarTy::I32);
    /// `str`.
    pub const STR: Self = Self::Scalar(ScalarTy::Str);

    /// The place of what a function value holds, of whatever type: NULL if it holds nothing.
    #[must_use]
    pub fn held() -> Self {
        Self::Ptr(PtrKind::Gc, Arc::new(Self::Scalar(ScalarTy::U8)))
    }

    /// Whether values are functions: the address of their code, which takes the place of what they hold before its
    /// arguments, and that place.
    #[must_use]
    pub fn is_function_value(&self) -> bool {
        matches!(self, Self::Struct(fqn) if fqn.module() == "builtins" && fqn.last().name == "def")
    }

    /// The type's name: `builtins::i32`, `unsafe::gc_ptr[m::P]`.
    #[must_use]
    pub fn fqn(&self) -> Fqn {
        let pointer = |kind: PtrKind, what: &str, item: &Self| {
            let kind = match kind {
                PtrKind::Gc => "gc",
                PtrKind::Raw => "raw",
            };
            Fqn::simple(&format!("unsafe::{kind}_{what}")).with_quals([item.fqn()])
        };
        match self {
            Self::None => Fqn::simple("types::NoneType"),
            Self::Scalar(scalar) => Fqn::simple(&format!("builtins::{}", scalar.name())),
            Self::Struct(fqn) | Self::Opaque(fqn) => fqn.clone(),
            Self::Ptr(kind, item) => pointer(*kind, "ptr", item),
            Self::Ref(kind, item) => pointer(*kind, "ref", item),
            Self::File => Fqn::simple("posix::_FILE"),
            Self::RawBuffer => Fqn::simple("rawbuffer::RawBuffer"),
            Self::Func(func) => {
                let types = func.params.iter().chain([&func.ret]);
                Fqn::simple("builtins::code").with_quals(types.map(Self::fqn))
            }
        }
    }
}

/// A struct's fields.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StructDef {
    /// Its name.
    pub fqn: Fqn,
    /// Names and types of the fields, in order.
    pub fields: Vec<(Name, Type)>,
    /// Whether the runtime's headers define it: `_str::StrObject`, `posix::TerminalSize`.
    pub builtin: bool,
}
