//! The builtin types and their hierarchy.

use spy_prim::ScalarTy;

/// Declares a fieldless enum whose variants have a qualified name.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

named! {
    /// The exception types, by unqualified name.
    ExcTy {
        /// The root.
        Exception = "Exception",
        /// Errors that are known before the program runs.
        StaticError = "StaticError",
        /// The only [`ExcTy::StaticError`].
        TypeError = "TypeError",
        /// A bad value.
        ValueError = "ValueError",
        /// A number out of range.
        OverflowError = "OverflowError",
        /// An index out of range.
        IndexError = "IndexError",
        /// A missing key.
        KeyError = "KeyError",
        /// A zero divisor.
        ZeroDivisionError = "ZeroDivisionError",
        /// There is no next item.
        StopIteration = "StopIteration",
        /// A failed `assert`.
        AssertionError = "AssertionError",
        /// The operating system refused.
        OSError = "OSError",
        /// Input that ended.
        EOFError = "EOFError",
        /// What no other type says.
        RuntimeError = "RuntimeError",
        /// An abstract method.
        NotImplementedError = "NotImplementedError",
        /// Text that is not SPy.
        ParseError = "ParseError",
        /// A module that cannot be imported.
        ImportError = "ImportError",
        /// A bad declaration.
        ScopeError = "ScopeError",
        /// An unknown name.
        NameError = "NameError",
        /// A violated rule of the runtime.
        PanicError = "PanicError",
        /// Not implemented yet.
        Wip = "WIP",
    }
}

impl ExcTy {
    /// The type with this unqualified name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|exc| exc.name() == name)
    }

    /// The base; `None` for the root, whose base is `object`.
    #[must_use]
    pub fn base(self) -> Option<Self> {
        match self {
            Self::Exception => None,
            Self::TypeError => Some(Self::StaticError),
            _ => Some(Self::Exception),
        }
    }
}

named! {
    /// Builtin types that are neither scalars nor exceptions, by qualified name.
    BuiltinTy {
        /// The root of the hierarchy.
        Object = "builtins::object",
        /// Operations are resolved at run time.
        Dynamic = "builtins::dynamic",
        /// The type of types.
        Type = "builtins::type",
        /// The type of struct types.
        StructType = "types::StructType",
        /// The type of function types.
        FuncType = "builtins::functype",
        /// The type of `None`.
        NoneType = "types::NoneType",
        /// The type of `NotImplemented`.
        NotImplementedType = "types::NotImplementedType",
        /// The type of modules.
        Module = "types::module",
        /// Module variables.
        Cell = "types::Cell",
        /// Source positions.
        LocTy = "types::Loc",
        /// Descriptions of struct fields.
        StructField = "types::StructField",
        /// What is known about an argument of an operator.
        MetaArg = "operator::MetaArg",
        /// How to perform an operation.
        OpSpec = "operator::OpSpec",
        /// A checked [`BuiltinTy::OpSpec`].
        OpImpl = "operator::OpImpl",
        /// The type of `[]`.
        EmptyList = "__spy__::EmptyListType",
        /// The type of `{}`.
        EmptyDict = "__spy__::EmptyDictType",
        /// Heterogeneous tuples at compile time.
        InterpTuple = "__spy__::interp_tuple",
        /// `property`.
        Property = "builtins::property",
        /// `staticmethod`.
        StaticMethod = "builtins::staticmethod",
        /// `classmethod`.
        ClassMethod = "builtins::classmethod",
        /// `member`.
        Member = "builtins::member",
        /// The base of structs.
        Struct = "builtins::struct",
        /// An open file of C.
        File = "posix::_FILE",
        /// Raw bytes.
        RawBuffer = "rawbuffer::RawBuffer",
        /// A type without a conversion to bool, for tests.
        SomeType = "_testing_helpers::SomeType",
    }
}

impl BuiltinTy {
    /// Whether values of the type have no identity.
    #[must_use]
    pub fn is_value_type(self) -> bool {
        matches!(
            self,
            Self::MetaArg | Self::LocTy | Self::InterpTuple | Self::File | Self::StructField
        )
    }
}

/// The aliases of scalar types in `builtins`: `int`, `float`, `complex`.
#[must_use]
pub fn scalar_alias(name: &str) -> Option<ScalarTy> {
    match name {
        "int" => Some(ScalarTy::I32),
        "float" => Some(ScalarTy::F64),
        "complex" => Some(ScalarTy::Complex128),
        _ => ScalarTy::from_name(name),
    }
}
