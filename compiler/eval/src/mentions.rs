//! Which calls involve a frame that is still running: those cannot be queries.

use crate::machine::Inline;
use spy_text::{HashMap, HashSet};
use spy_types::{CallKey, FrameKey, FrameKeyData, FuncId, FuncKey, ObjId, Ty, TyKey, Value};

/// Walks a key in search of live frames.
pub(crate) struct Mentions<'a> {
    live: &'a HashSet<FrameKey>,
    seen: HashSet<u64>,
    inline: &'a HashMap<CallKey, Inline>,
}

impl<'a> Mentions<'a> {
    pub(crate) fn new(live: &'a HashSet<FrameKey>, inline: &'a HashMap<CallKey, Inline>) -> Self {
        Self { live, seen: HashSet::default(), inline }
    }

    /// Whether a call closes over a live frame, or is passed something that does.
    pub(crate) fn call(&mut self, call: CallKey) -> bool {
        if !self.seen.insert(call.stable_hash()) {
            return false;
        }
        self.func(call.func) || call.args.iter().any(|arg| self.value(arg))
    }

    fn frame(&mut self, frame: FrameKey) -> bool {
        if self.live.contains(&frame) {
            return true;
        }
        match frame.get() {
            FrameKeyData::Module(_) => false,
            FrameKeyData::Class(ty) => self.ty(*ty),
            FrameKeyData::Call(call) => self.inline.contains_key(call) || self.call(*call),
            FrameKeyData::Captured { outer, locals, constants, .. } => {
                self.frame(*outer)
                    || locals.iter().any(|(_, ty)| self.ty(*ty))
                    || constants.iter().any(|(_, value)| self.value(value))
            }
        }
    }

    fn func(&mut self, func: FuncId) -> bool {
        match func.get() {
            FuncKey::Def { frame, .. } => self.frame(*frame),
            FuncKey::Ptr(_, ty)
            | FuncKey::Make(ty)
            | FuncKey::AutoEq(ty)
            | FuncKey::AutoNe(ty)
            | FuncKey::Getter(ty, _, _)
            | FuncKey::FromDynamic(ty) => self.ty(*ty),
            FuncKey::PrintMany(types) => types.iter().any(|ty| self.ty(*ty)),
            FuncKey::CallValue(ty) => self.ty(*ty),
            FuncKey::ReadCell(module, _) | FuncKey::WriteCell(module, _) => {
                self.frame(FrameKey::new(FrameKeyData::Module(module.clone())))
            }
            FuncKey::Bind(object, func) | FuncKey::Bound(object, func) => {
                self.ty(*object) || self.ty(*func)
            }
            FuncKey::Wrapper(inner) => self.func(*inner),
            FuncKey::Prim(_) | FuncKey::Runtime(_) | FuncKey::Blue(_) | FuncKey::Raise(_) => false,
        }
    }

    fn ty(&mut self, ty: Ty) -> bool {
        match ty.get() {
            TyKey::Struct { frame, .. } => self.frame(*frame),
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) | TyKey::InterpList(item) => self.ty(*item),
            TyKey::InterpDict(key, value) => self.ty(*key) || self.ty(*value),
            TyKey::Func(func) => {
                func.params.iter().chain(&func.varargs).any(|ty| self.ty(*ty)) || self.ty(func.ret)
            }
            TyKey::Builtin(_) | TyKey::Scalar(_) | TyKey::Exc(_) | TyKey::TerminalSize => false,
        }
    }

    fn object(&mut self, id: ObjId) -> bool {
        id.owner.is_some_and(|owner| self.frame(owner))
    }

    fn value(&mut self, value: &Value) -> bool {
        match value {
            Value::Type(ty) | Value::Field(ty, _) => self.ty(*ty),
            Value::Func(func) => self.func(*func),
            Value::Struct(data) => {
                self.ty(data.ty) || data.fields.iter().any(|field| self.value(field))
            }
            Value::Ptr(ptr) => {
                self.ty(ptr.ty) || ptr.place.as_ref().is_some_and(|place| self.object(place.block))
            }
            Value::MetaArg(meta) => {
                self.ty(meta.ty) || meta.value.as_ref().is_some_and(|value| self.value(value))
            }
            Value::OpSpec(spec) => match &**spec {
                spy_types::OpSpec::Null => false,
                spy_types::OpSpec::Simple(func) => self.func(*func),
                spy_types::OpSpec::Complex(func, args) => {
                    self.func(*func)
                        || args.iter().any(|meta| {
                            self.ty(meta.ty)
                                || meta.value.as_ref().is_some_and(|value| self.value(value))
                        })
                }
                spy_types::OpSpec::Const(value) => self.value(value),
            },
            Value::Obj(id, ty) => self.object(*id) || self.ty(*ty),
            Value::InterpTuple(items) => items.iter().any(|item| self.value(item)),
            Value::Wrapped(_, inner) => self.value(inner),
            // The name of a module that is still running is as live as its frame.
            Value::Module(module) => {
                self.live.contains(&FrameKey::new(FrameKeyData::Module(module.clone())))
            }
            Value::None
            | Value::NotImplemented
            | Value::Scalar(_)
            | Value::Exc(_)
            | Value::File(_)
            | Value::EmptyList
            | Value::EmptyDict
            | Value::Loc(_)
            | Value::SomeValue
            | Value::Code(_) => false,
        }
    }
}
