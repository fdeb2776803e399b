//! Types, functions and values as expressions, with names in full: `m::f[i32]`.
//!
//! What cannot be written so (a type that a function made and did not return, a value that exists
//! as an object only) has no spelling, and what mentions it cannot be used without source.

use crate::Machine;
use spy_db::{Db, Project};
use spy_syntax::ast::FuncKind;
use spy_types::names::def_name;
use spy_types::{
    BuiltinTy, CallKey, FrameKey, FrameKeyData, FuncId, FuncKey, Name, PtrKind, Scalar, Ty, TyKey,
    Value,
};

/// Spells what a program's modules mean.
pub struct Speller<'f> {
    db: &'f dyn Db,
    project: Project,
    /// Looks up what the functions and structs are.
    pub machine: Machine<'f>,
}

/// Deeper types are nobody's business.
const MAX_DEPTH: u32 = 64;

impl<'f> Speller<'f> {
    /// A speller for a project.
    #[must_use]
    pub fn new(db: &'f dyn Db, project: Project) -> Self {
        Self { db, project, machine: Machine::new(db, project) }
    }

    /// A type.
    pub fn ty(&mut self, ty: Ty) -> Option<String> {
        self.ty_at(ty, 0)
    }

    fn ty_at(&mut self, ty: Ty, depth: u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        match ty.get() {
            TyKey::Scalar(scalar) => Some(scalar.name().to_owned()),
            TyKey::Builtin(BuiltinTy::NoneType) => Some("None".to_owned()),
            TyKey::Builtin(BuiltinTy::File) => Some("posix::_FILE".to_owned()),
            TyKey::Builtin(BuiltinTy::RawBuffer) => Some("rawbuffer::RawBuffer".to_owned()),
            TyKey::TerminalSize => Some("posix::TerminalSize".to_owned()),
            TyKey::Ptr(kind, item) => {
                Some(format!("unsafe::{}_ptr[{}]", kind_name(*kind), self.ty_at(*item, depth + 1)?))
            }
            TyKey::Ref(kind, item) => {
                Some(format!("unsafe::{}_ref[{}]", kind_name(*kind), self.ty_at(*item, depth + 1)?))
            }
            TyKey::Func(func) if func.is_value() => {
                let params: Option<Vec<String>> =
                    func.params.iter().map(|param| self.ty_at(*param, depth + 1)).collect();
                let ret = self.ty_at(func.ret, depth + 1)?;
                Some(format!("typing::Callable[[{}], {ret}]", params?.join(", ")))
            }
            TyKey::Struct { def, frame, .. } => match frame.get() {
                FrameKeyData::Module(module) => Some(format!("{module}::{}", def_name(*def))),
                FrameKeyData::Call(call) => self.call_at(*call, &Value::Type(ty), depth + 1),
                FrameKeyData::Class(_) | FrameKeyData::Captured { .. } => None,
            },
            _ => None,
        }
    }

    /// A function of a module's top level, or one that a call gives.
    pub fn func(&mut self, func: FuncId) -> Option<String> {
        self.func_at(func, 0)
    }

    fn func_at(&mut self, func: FuncId, depth: u32) -> Option<String> {
        match func.get() {
            FuncKey::Def { def, frame, .. } => match frame.get() {
                FrameKeyData::Module(module) => Some(format!("{module}::{}", def_name(*def))),
                FrameKeyData::Call(call) => self.call_at(*call, &Value::Func(func), depth + 1),
                FrameKeyData::Class(_) | FrameKeyData::Captured { .. } => None,
            },
            FuncKey::Runtime(name) => Some(name.to_string()),
            _ => None,
        }
    }

    /// A call at compile time that gives `result`.
    fn call_at(&mut self, call: CallKey, result: &Value, depth: u32) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let evaluation = crate::queries::blue_call(self.db, self.project, call);
        if evaluation.result.as_ref().ok() != Some(result) {
            return None;
        }
        let key = self.key_at(call, depth)?.join(", ");
        let func = self.func_at(call.func, depth + 1)?;
        let kind = self.machine.func_sig(call.func)?.kind;
        Some(if kind == FuncKind::Generic {
            format!("{func}[{key}]")
        } else {
            format!("{func}({key})")
        })
    }

    /// The arguments of a call.
    pub fn key(&mut self, call: CallKey) -> Option<Vec<String>> {
        self.key_at(call, 0)
    }

    fn key_at(&mut self, call: CallKey, depth: u32) -> Option<Vec<String>> {
        call.args.iter().map(|arg| self.value(arg, depth + 1)).collect()
    }

    /// A value that is an argument.
    fn value(&mut self, value: &Value, depth: u32) -> Option<String> {
        match value {
            Value::None => Some("None".to_owned()),
            Value::Type(ty) => self.ty_at(*ty, depth),
            Value::Func(func) => self.func_at(*func, depth),
            Value::Scalar(scalar) => scalar_text(scalar),
            _ => None,
        }
    }
}

fn kind_name(kind: PtrKind) -> &'static str {
    match kind {
        PtrKind::Gc => "gc",
        PtrKind::Raw => "raw",
    }
}

/// A scalar as an expression that has its type too.
#[must_use]
pub fn scalar_text(scalar: &Scalar) -> Option<String> {
    Some(match scalar {
        Scalar::Bool(true) => "True".to_owned(),
        Scalar::Bool(false) => "False".to_owned(),
        Scalar::I32(value) => value.to_string(),
        Scalar::I8(value) => format!("i8({value})"),
        Scalar::U8(value) => format!("u8({value})"),
        Scalar::U32(value) => format!("u32({value})"),
        Scalar::I64(value) => format!("i64({value})"),
        Scalar::F64(value) if value.is_finite() => format!("{value:?}"),
        Scalar::Str(text) => quoted(text),
        _ => return None,
    })
}

/// A text as a literal on one line.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x80 && c.is_control() => {
                out.push_str(&format!("\\x{:02x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The module at whose top level a function was defined.
#[must_use]
pub fn home(frame: FrameKey) -> Option<Name> {
    match frame.get() {
        FrameKeyData::Module(module) => Some(module.clone()),
        _ => None,
    }
}
