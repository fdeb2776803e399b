//! Frames: the locals of something that runs, and what remains of them afterwards.

use spy_db::DefKey;
use spy_scope::SymTable;
use spy_syntax::ast::{Body, ExprId, MarkId, Node};
use spy_text::IndexMap;
use spy_text::Name;
use spy_types::{CallKey, Color, FrameKey, FuncId, FuncKind, FuncTy, Loc, Pos, Ty, Value, names};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::memory::Object;
use crate::sites::Sites;
use std::rc::Rc;

/// A local variable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Local {
    /// Its static type.
    pub ty: Ty,
    /// Whether its value is known at compile time.
    pub color: Color,
    /// Its value. Red locals have one only while the program runs.
    pub value: Option<Value>,
    /// What gave it its type: the annotation, or the first value assigned.
    pub type_loc: Option<Loc>,
}

/// A parameter of an executed `def`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Ty,
    /// Whether it is `*args`.
    pub varargs: bool,
    /// Whether it is given by name only.
    pub keyword_only: bool,
    /// The value of its default, and where that is written.
    pub default: Option<(Value, ExprId)>,
    /// The range of `name: annotation` in the body that contains the `def`.
    pub mark: MarkId,
    /// The annotation there; if there is none, the parameter.
    pub type_node: Node,
}

/// The signature of an executed `def`. Ids belong to the body of [`FuncSig::container`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncSig {
    /// Red or blue.
    pub color: Color,
    /// What calls mean.
    pub kind: FuncKind,
    /// The parameters in the order in which values are passed for them: `*args` is the last one.
    pub params: Vec<Param>,
    /// The first parameter of a class method, which is no parameter here: nothing derives from a
    /// struct, so its value is the struct in which the method is defined.
    pub class: Option<(Name, Ty)>,
    /// The result's type.
    pub ret: Ty,
    /// The return annotation.
    pub ret_expr: ExprId,
    /// The definition that contains the `def`.
    pub container: DefKey,
    /// The range from `def` to the end of the return annotation.
    pub prototype: MarkId,
    /// Whether calls are inlined by redshift.
    pub force_inline: bool,
}

impl FuncSig {
    /// The function's type.
    #[must_use]
    pub fn ty(&self) -> Ty {
        let simple = self.single();
        Ty::new(spy_types::TyKey::Func(FuncTy {
            color: self.color,
            kind: self.kind,
            params: simple.map(|param| param.ty).collect(),
            varargs: self.params.iter().find(|param| param.varargs).map(|param| param.ty),
            ret: self.ret,
        }))
    }

    /// The local that stands for the class in a class method.
    #[must_use]
    pub fn class_local(&self) -> Option<(&Name, Local)> {
        let (name, class) = self.class.as_ref()?;
        let (ty, value) = (class.metatype(), Some(Value::Type(*class)));
        Some((name, Local { ty, color: Color::Blue, value, type_loc: None }))
    }

    /// The parameters that take one argument each.
    pub fn single(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.varargs)
    }

    /// How many parameters can be given by position, `*args` apart.
    #[must_use]
    pub fn positional_count(&self) -> usize {
        self.single().filter(|param| !param.keyword_only).count()
    }

    /// How many parameters may be left out, `*args` apart.
    #[must_use]
    pub fn default_count(&self) -> usize {
        self.params.iter().filter(|param| param.default.is_some()).count()
    }

    /// Where the default of a parameter is written.
    #[must_use]
    pub fn default_pos(&self, expr: ExprId) -> Pos {
        Pos { def: self.container, node: spy_syntax::ast::Node::Expr(expr) }
    }

    /// Where the function was defined, as messages point at it.
    #[must_use]
    pub fn prototype_pos(&self) -> Pos {
        Pos { def: self.container, node: spy_syntax::ast::Node::Mark(self.prototype) }
    }
}

/// An executed struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StructData {
    /// Names and types of the fields.
    pub fields: Vec<(Name, Ty)>,
    /// Methods and other attributes.
    pub dict: IndexMap<Name, Value>,
    /// The frame of the class body.
    pub frame: Arc<Frozen>,
    /// The header in the body that contains the `class`.
    pub header: Pos,
}

/// What remains of a finished frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frozen {
    /// The locals that have values.
    pub locals: BTreeMap<Name, Local>,
    /// Types and first values of module variables.
    pub cells: BTreeMap<Name, (Ty, Value)>,
    /// Signatures of the functions it defined.
    pub sigs: BTreeMap<Name, Arc<FuncSig>>,
    /// The structs it defined.
    pub classes: BTreeMap<Name, Arc<StructData>>,
    /// Memory and mutable objects that it made.
    pub objects: Vec<Arc<Object>>,
}

/// What a frame runs, as tracebacks say it.
#[derive(Clone, Debug)]
pub enum What {
    /// A module's top level.
    Module(Name),
    /// A class body.
    Class(Ty),
    /// A blue call.
    Call(CallKey),
    /// A red function.
    Func(FuncId),
    /// The redshift of a function.
    Redshift(FuncId),
}

impl What {
    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Module(module) => format!("[module] {module}"),
            Self::Class(ty) => format!("[classdef] {}", names::ty_full(*ty)),
            Self::Call(call) => names::call_full(*call).full().to_owned(),
            Self::Func(func) => names::func_full(*func).full().to_owned(),
            Self::Redshift(func) => format!("[redshift] {}", names::func_full(*func)),
        }
    }
}

/// A part of a query's result, for one thread. It is asked for again and again, and counting its
/// users where all threads count them would make them wait for each other.
pub type Shared<T> = Rc<Arc<T>>;

/// A frame that is running.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its identity, if it can be closed over.
    pub key: Option<FrameKey>,
    /// What is running, for tracebacks.
    pub what: What,
    /// The definition whose body runs.
    pub def: DefKey,
    /// The frame that encloses that definition.
    pub outer: Option<FrameKey>,
    /// The body.
    pub body: Shared<Body>,
    /// What names mean in it.
    pub scope: Shared<SymTable>,
    /// The locals, by index of their symbol.
    pub locals: Vec<Option<Local>>,
    /// Module variables.
    pub cells: BTreeMap<Name, (Ty, Value)>,
    /// Signatures of functions defined so far, by path of the definition.
    pub sigs: BTreeMap<Name, Arc<FuncSig>>,
    /// Structs defined so far, by path of the definition.
    pub classes: BTreeMap<Name, Arc<StructData>>,
    /// Whether the frame is blue: a module, a class or a blue function.
    pub blue: bool,
    /// The result's type and the place of its annotation, in functions.
    pub ret: Option<(Ty, Option<Loc>)>,
    /// The expression or statement that is being evaluated.
    pub pos: Option<Pos>,
    /// What is remembered about its expressions, in functions of a running program. No frame around
    /// such a one has a key.
    pub sites: Option<Rc<Sites>>,
}

impl Frame {
    /// The index of a name's symbol.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.scope.symbols.get_index_of(name)
    }

    /// A local by name.
    #[must_use]
    pub fn local(&self, name: &str) -> Option<&Local> {
        self.locals.get(self.slot(name)?)?.as_ref()
    }

    /// Declares or replaces a local.
    pub fn set_local(&mut self, name: &str, local: Local) {
        if let Some(slot) = self.slot(name) {
            self.locals[slot] = Some(local);
        }
    }

    /// What remains of it, with the objects that it owned.
    #[must_use]
    pub fn freeze(self, objects: Vec<Arc<Object>>) -> Frozen {
        let named = self.scope.symbols.keys().zip(self.locals);
        let locals = named
            .filter_map(|(name, local)| Some((name.clone(), local?)))
            .filter(|(_, local)| local.value.is_some())
            .collect();
        Frozen { locals, cells: self.cells, sigs: self.sigs, classes: self.classes, objects }
    }
}
