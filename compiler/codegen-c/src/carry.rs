//! How functions that release builds inline hand over small structs.
//!
//! A struct such as the three `i32` of a range iterator travels in integer registers, two fields in
//! one. clang packs and unpacks them with shifts, and keeps doing so after it has inlined the call:
//! a loop over a range then shifts its counter in and out on every turn. Nobody but the compiler
//! sees the calls of an inlined function, so there such a struct travels in one that is too large
//! for registers. That goes through memory, which vanishes when the call does.

use crate::names::c_type;
use crate::scope::Scope;
use spy_ir::{ScalarTy, Type};

/// What a struct may take to travel in registers, in bytes.
const REGISTERS: u32 = 16;

/// Structs of more parts than this do not fit into registers, unless most of them are empty.
const MAX_PARTS: usize = 64;

/// Whether values of a type are structs that fit into registers, with several fields in one.
pub(crate) fn is_packed(ty: &Type, scope: &dyn Scope) -> bool {
    if !matches!(ty, Type::Struct(_)) {
        return false;
    }
    let (mut bytes, mut narrow) = (0, 0);
    let mut todo = vec![ty.clone()];
    for _ in 0..MAX_PARTS {
        match todo.pop() {
            None => return narrow > 1,
            Some(Type::None | Type::Opaque(_)) => {}
            Some(Type::Struct(fqn)) => match scope.struct_def(&fqn) {
                Some(def) if !def.builtin => {
                    todo.extend(def.fields.iter().map(|(_, ty)| ty.clone()));
                }
                _ => return false,
            },
            Some(Type::Scalar(scalar)) if !matches!(scalar, ScalarTy::Str | ScalarTy::Bytes) => {
                bytes += scalar.bits() / 8;
                narrow += u32::from(scalar.bits() < 64);
            }
            Some(_) => bytes += 8,
        }
        if bytes > REGISTERS {
            return false;
        }
    }
    false
}

/// The C type that carries values of a packed struct. No other name has two dollars in it.
pub(crate) fn carrier(ty: &Type) -> String {
    format!("{}$$carried", c_type(ty))
}

/// A value, ready to travel.
pub(crate) fn pack(ty: &Type, value: &str) -> String {
    format!("({}){{.value = {value}}}", carrier(ty))
}

/// The definition of the carrier of a packed struct: a union, so that nothing but the value has to
/// be set.
pub(crate) fn define(ty: &Type) -> String {
    let size = REGISTERS + 8;
    format!("typedef union {{ {} value; char memory[{size}]; }} {};", c_type(ty), carrier(ty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProgramScope;
    use spy_ir::build::program;
    use spy_ir::{Fqn, Program, StructDef};
    use std::sync::Arc;

    fn with(structs: &[(&str, &[Type])]) -> Program {
        let mut out = program("m", vec![], vec![]);
        out.structs = structs
            .iter()
            .map(|(name, fields)| {
                let fields = fields.iter().map(|ty| ("f".into(), ty.clone())).collect();
                Arc::new(StructDef { fqn: Fqn::simple(name), fields, builtin: false })
            })
            .collect();
        out
    }

    #[test]
    fn only_fields_that_share_a_register_count() {
        let (f64, i64) = (Type::Scalar(ScalarTy::F64), Type::Scalar(ScalarTy::I64));
        let nested = Type::Struct(Fqn::simple("m::Pair"));
        let program = with(&[
            ("m::Pair", &[Type::I32, Type::I32]),
            ("m::Three", &[Type::I32, Type::I32, Type::I32]),
            ("m::Own", &[i64.clone(), Type::I32]),
            ("m::Wide", &[f64.clone(), f64]),
            ("m::Large", &[Type::I32, Type::I32, i64.clone(), i64]),
            ("m::Nested", &[nested.clone(), Type::STR]),
            ("m::Endless", &[nested.clone(), Type::Struct(Fqn::simple("m::Endless"))]),
        ]);
        let scope = ProgramScope::new(&program);
        let packed = |name: &str| is_packed(&Type::Struct(Fqn::simple(name)), &scope);
        let names = ["Pair", "Three", "Own", "Wide", "Large", "Nested", "Endless", "Unknown"];
        let found: Vec<&str> =
            names.into_iter().filter(|name| packed(&format!("m::{name}"))).collect();
        assert_eq!(found, ["Pair", "Three", "Nested"]);
        assert!(!is_packed(&Type::I32, &scope));
    }
}
