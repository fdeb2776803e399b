//! Which types have a counterpart in Python.

use super::{Reason, Writer};
use spy_eval::spelling::home;
use spy_package::python::Type;
use spy_types::names::{def_name, ty_human};
use spy_types::{BuiltinTy, FrameKeyData, FuncKey, Ty, TyKey, Value};

/// Deeper types are nobody's business.
const MAX_DEPTH: u32 = 64;

impl Writer<'_> {
    /// A type.
    pub(super) fn ty(&mut self, ty: Ty, depth: u32) -> Result<Type, Reason> {
        let none = || Err(format!("Python has no counterpart of `{}`", ty_human(ty)));
        if depth > MAX_DEPTH {
            return none();
        }
        match ty.get() {
            TyKey::Scalar(scalar) => Ok(Type::Scalar(scalar.name().to_owned())),
            TyKey::Builtin(BuiltinTy::NoneType) => Ok(Type::None),
            TyKey::Struct { frame, .. } => {
                let Some(layout) = self.speller.ty(ty) else { return none() };
                match made_by(ty) {
                    Some((name, args)) => self.container(&name, &args, &layout, depth)?,
                    None => None,
                }
                .or_else(|| {
                    let is_own = match frame.get() {
                        FrameKeyData::Module(module) => self.modules.contains(module),
                        FrameKeyData::Call(call) => match call.func.get() {
                            FuncKey::Def { frame, .. } => {
                                home(*frame).is_some_and(|module| self.modules.contains(&module))
                            }
                            _ => false,
                        },
                        FrameKeyData::Class(_) | FrameKeyData::Captured { .. } => false,
                    };
                    is_own.then(|| self.class(ty, &layout))
                })
                .map_or_else(none, Ok)
            }
            _ => none(),
        }
    }

    /// A type of the library that a call of a generic gives.
    fn container(
        &mut self,
        name: &str,
        args: &[Ty],
        layout: &str,
        depth: u32,
    ) -> Result<Option<Type>, Reason> {
        let layout = layout.to_owned();
        let mut of = |index: usize| match args.get(index) {
            Some(arg) => self.ty(*arg, depth + 1),
            None => Err("a type has no items".to_owned()),
        };
        Ok(Some(match name {
            "_tuple::tuple" => {
                let items = (0..args.len()).map(of).collect::<Result<_, _>>()?;
                Type::Tuple { items, layout }
            }
            "_optional::Optional" => Type::Optional { item: Box::new(of(0)?), layout },
            "_list::list" => match of(0)? {
                Type::None => return Ok(None),
                item => Type::List { item: Box::new(item), layout },
            },
            "_dict::dict" => {
                let (key, value) = (of(0)?, of(1)?);
                if key == Type::None || value == Type::None {
                    return Ok(None);
                }
                let made = Type::Dict {
                    key: Box::new(key),
                    value: Box::new(value),
                    layout: layout.clone(),
                };
                let spelled = |index: usize| args.get(index).map(|arg| self.speller.ty(*arg));
                let mut spelled = spelled;
                if let (Some(Some(key)), Some(Some(value))) = (spelled(0), spelled(1)) {
                    self.dicts.entry(layout).or_insert((made.clone(), key, value));
                }
                made
            }
            "array::_array1" | "array::_array2" | "array::_array3" => match of(0)? {
                Type::Scalar(item) if item != "str" && item != "bytes" => {
                    let ndim = name.bytes().last().map_or(1, |digit| u32::from(digit - b'0'));
                    Type::Array { item, ndim, layout }
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }
}

/// The generic at the top level of a module whose call gives a struct, and the types that were its
/// arguments.
pub(super) fn made_by(ty: Ty) -> Option<(String, Vec<Ty>)> {
    let TyKey::Struct { frame, .. } = ty.get() else { return None };
    let FrameKeyData::Call(call) = frame.get() else { return None };
    let FuncKey::Def { def, frame, .. } = call.func.get() else { return None };
    let types = call.args.iter().filter_map(|arg| match arg {
        Value::Type(ty) => Some(*ty),
        _ => None,
    });
    Some((format!("{}::{}", home(*frame)?, def_name(*def)), types.collect()))
}

/// Why a function is left out that takes containers of arrays.
pub(super) const NO_PARTS: &str = "arrays are lent to calls, not as parts of what is copied";

/// The types of what a type's values consist of.
pub(super) fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Tuple { items, .. } => items.iter().collect(),
        Type::List { item, .. } | Type::Optional { item, .. } => vec![item],
        Type::Dict { key, value, .. } => vec![key, value],
        _ => Vec::new(),
    }
}

/// Whether values of a type are arrays or hold some that are copied with them.
pub(super) fn holds_array(ty: &Type) -> bool {
    matches!(ty, Type::Array { .. }) || parts(ty).into_iter().any(holds_array)
}
