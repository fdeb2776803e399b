//! Types of the functions that the compiler provides.

use super::tables::blue_kind;
use crate::machine::Machine;
use spy_types::builtin::scalar_alias;
use spy_types::{
    BuiltinTy, Color, FrameKey, FrameKeyData, FuncId, FuncKey, FuncKind, Name, PtrOp, ScalarTy, Ty,
    TyKey,
};

/// Colour, kind, parameters, `*args` and result.
pub type Signature = (Color, FuncKind, Vec<Ty>, Option<Ty>, Ty);

/// The type named by a SPy type name of the runtime's table.
#[must_use]
pub fn named_type(name: &str) -> Ty {
    if let Some(scalar) = scalar_alias(name) {
        return scalar.into();
    }
    match name {
        "None" => BuiltinTy::NoneType.into(),
        "posix::_FILE" => BuiltinTy::File.into(),
        "posix::TerminalSize" => Ty::new(TyKey::TerminalSize),
        "rawbuffer::RawBuffer" => BuiltinTy::RawBuffer.into(),
        "type" => BuiltinTy::Type.into(),
        "dynamic" => BuiltinTy::Dynamic.into(),
        _ => BuiltinTy::Object.into(),
    }
}

/// The signature of a function that is not a `def`.
pub fn builtin_type(m: &mut Machine<'_>, func: FuncId) -> Signature {
    let red = |params: Vec<Ty>, ret: Ty| (Color::Red, FuncKind::Plain, params, None, ret);
    let none: Ty = BuiltinTy::NoneType.into();
    let bool_ty: Ty = ScalarTy::Bool.into();
    match func.get() {
        FuncKey::Prim(op) => {
            red(op.params().iter().map(|&ty| ty.into()).collect(), op.result().into())
        }
        FuncKey::Runtime(name) => match spy_prim::runtime::lookup(name) {
            Some(entry) => {
                let params = entry.params.iter().map(|name| named_type(name)).collect();
                red(params, named_type(entry.result))
            }
            None if name == "_testing_helpers::raise_no_loc"
                || name == crate::debug::BREAKPOINT =>
            {
                red(Vec::new(), none)
            }
            None => unknown(Color::Red, FuncKind::Plain),
        },
        FuncKey::Blue(name) => unknown(Color::Blue, blue_kind(name)),
        // A `def` whose frame could not be evaluated: any call of it reports why.
        FuncKey::Def { .. } => unknown(Color::Red, FuncKind::Plain),
        FuncKey::Raise(_) => red(vec![ScalarTy::Str.into()], none),
        FuncKey::Ptr(op, ty) => pointer_op(m, *op, *ty),
        FuncKey::Make(ty) => {
            let fields = m.struct_fields(*ty).unwrap_or_default();
            red(fields.into_iter().map(|(_, ty)| ty).collect(), *ty)
        }
        FuncKey::AutoEq(ty) | FuncKey::AutoNe(ty) => red(vec![*ty, *ty], bool_ty),
        FuncKey::Getter(ty, index, _) => {
            let fields = m.struct_fields(*ty).unwrap_or_default();
            let field = fields.get(*index as usize).map_or(none, |(_, ty)| *ty);
            red(vec![*ty], field)
        }
        FuncKey::FromDynamic(ty) => red(vec![BuiltinTy::Dynamic.into()], *ty),
        FuncKey::PrintMany(types) => red(types.clone(), none),
        FuncKey::CallValue(ty) => of_type(*ty),
        FuncKey::ReadCell(module, name) => red(Vec::new(), cell_type(m, module, name)),
        FuncKey::WriteCell(module, name) => {
            let ty = cell_type(m, module, name);
            red(vec![ty], ty)
        }
        FuncKey::Bind(object, func) => red(vec![*object], *func),
        FuncKey::Bound(_, func) => of_type(*func),
        FuncKey::Wrapper(inner) => of_type(m.func_type(*inner)),
    }
}

fn cell_type(m: &mut Machine<'_>, module: &Name, name: &Name) -> Ty {
    let key = FrameKey::new(FrameKeyData::Module(module.clone()));
    m.frame_cell(key, name).map_or_else(|| BuiltinTy::Object.into(), |(ty, _)| ty)
}

fn of_type(ty: Ty) -> Signature {
    match ty.func() {
        Some(ty) => (ty.color, ty.kind, ty.params.clone(), ty.varargs, ty.ret),
        None => unknown(Color::Red, FuncKind::Plain),
    }
}

fn unknown(color: Color, kind: FuncKind) -> Signature {
    let dynamic: Ty = BuiltinTy::Dynamic.into();
    (color, kind, Vec::new(), Some(dynamic), dynamic)
}

fn pointer_op(m: &mut Machine<'_>, op: PtrOp, ty: Ty) -> Signature {
    let int: Ty = ScalarTy::I32.into();
    let byte: Ty = ScalarTy::U8.into();
    let none: Ty = BuiltinTy::NoneType.into();
    let bool_ty: Ty = ScalarTy::Bool.into();
    let item = ty.pointer().map_or(none, |(_, _, item)| item);
    let kind = ty.pointer().map_or(spy_types::PtrKind::Gc, |(_, kind, _)| kind);
    let reference = |item: Ty| Ty::new(TyKey::Ref(kind, item));
    let field = |m: &mut Machine<'_>, index: u32| {
        let fields = m.struct_fields(item).unwrap_or_default();
        fields.get(index as usize).map_or(none, |(_, ty)| *ty)
    };
    let (params, ret) = match op {
        PtrOp::Alloc => (vec![int], ty),
        PtrOp::GetItemByVal => (vec![ty, int], item),
        PtrOp::GetItemByRef => (vec![ty, int], reference(item)),
        PtrOp::Store => (vec![ty, int, item], none),
        PtrOp::GetFieldByVal(index) => (vec![ty], field(m, index)),
        PtrOp::GetFieldByRef(index) => (vec![ty], reference(field(m, index))),
        PtrOp::SetField(index) => (vec![ty, field(m, index)], none),
        PtrOp::Deref => (vec![ty], item),
        PtrOp::Eq | PtrOp::Ne => (vec![ty, ty], bool_ty),
        PtrOp::ToBool => (vec![ty], bool_ty),
        PtrOp::Cast => (vec![ty], ty),
        PtrOp::Copy | PtrOp::Move => (vec![ty, ty, int], none),
        PtrOp::CopySlice | PtrOp::MoveSlice => (vec![ty, int, int, ty, int, int], none),
        PtrOp::SetBytes => (vec![ty, byte, int], none),
        PtrOp::SetBytesSlice => (vec![ty, int, int, byte], none),
        PtrOp::Cmp => (vec![ty, ty, int], int),
        PtrOp::CmpSlice => (vec![ty, int, int, ty, int, int], int),
    };
    (Color::Red, FuncKind::Plain, params, None, ret)
}
