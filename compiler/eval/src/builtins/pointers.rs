//! Operations of module `unsafe`: bulk copies, unchecked division, the glue to strings.

use super::runtime_fn;
use crate::convert::{Context, convert, mismatch};
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl};
use spy_prim::UncheckedKind;
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, FuncId, FuncKey, Loc, PtrKind, PtrOp, Result, ScalarTy, SpyError, Ty, TyKey, Value,
};

/// The value that ref operand number `index` refers to.
#[must_use]
pub fn deref_arg(ty: Ty, index: usize) -> OpArg {
    let Some((true, _, item)) = ty.pointer() else { return OpArg::In(index) };
    let func = FuncId::new(FuncKey::Ptr(PtrOp::Deref, ty));
    let op = OpImpl::red(func, vec![OpArg::In(0)], item);
    OpArg::Converted(Box::new(op), Box::new(OpArg::In(index)))
}

/// `name(args)` of a metafunction of `unsafe`. Operands: the arguments.
///
/// # Errors
/// If the arguments do not fit.
pub fn metafunc(m: &mut Machine<'_>, name: &str, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let short = name.strip_prefix("unsafe::").unwrap_or(name);
    if let Some(kind) = unchecked_kind(short) {
        return unchecked(kind, args, callee);
    }
    if short == "ieee754_div" {
        return ieee_div(args, callee);
    }
    if let Some((op, bytes_only)) = bulk_op(short) {
        return bulk(m, short, op, bytes_only, args, callee);
    }
    glue(m, short, args, callee)
}

fn count_error(expected: usize, got: usize, callee: Loc) -> Box<SpyError> {
    let supplied = if got == 1 {
        "1 argument was supplied".to_owned()
    } else {
        format!("{got} arguments were supplied")
    };
    SpyError::type_error(format!("this function takes {expected} arguments but {supplied}"))
        .error("called here", callee)
}

// -- division -----------------------------------------------------------------------------------

fn unchecked_kind(name: &str) -> Option<UncheckedKind> {
    match name {
        "unchecked_div" => Some(UncheckedKind::Div),
        "unchecked_floordiv" => Some(UncheckedKind::FloorDiv),
        "unchecked_mod" => Some(UncheckedKind::Mod),
        _ => None,
    }
}

fn unchecked(kind: UncheckedKind, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let [left, right] = args else { return Err(count_error(2, args.len(), callee)) };
    let (symbol, what) = match kind {
        UncheckedKind::Div => ("/", "division"),
        UncheckedKind::FloorDiv => ("//", "floordiv"),
        UncheckedKind::Mod => ("%", "modulus"),
    };
    let found = match (left.ty.scalar(), right.ty.scalar()) {
        (Some(l), Some(r)) => spy_prim::unchecked_op(kind, l, r),
        _ => None,
    };
    let Some((op, operand)) = found else {
        return Err(SpyError::type_error(format!(
            "Unsupported types `{}` {symbol} `{}` for unchecked {what} operation",
            ty_human(left.ty),
            ty_human(right.ty)
        )));
    };
    Ok(prim_call(op, operand, args))
}

fn ieee_div(args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let [left, right] = args else { return Err(count_error(2, args.len(), callee)) };
    let found = match (left.ty.scalar(), right.ty.scalar()) {
        (Some(l), Some(r)) => spy_prim::ieee_div_op(l, r),
        _ => None,
    };
    let Some((op, operand)) = found else {
        return Err(SpyError::type_error(format!(
            "Unsupported types `{}` / `{}` for unchecked ieee754 division operation",
            ty_human(left.ty),
            ty_human(right.ty)
        )));
    };
    Ok(prim_call(op, operand, args))
}

fn prim_call(op: spy_prim::PrimOp, operand: ScalarTy, args: &[Arg]) -> OpImpl {
    let func = FuncId::new(FuncKey::Prim(op));
    let convert = |index: usize| {
        let from = args[index].ty.scalar().filter(|from| *from != operand);
        match from.and_then(|from| spy_prim::implicit_conversion(from, operand)) {
            Some(conv) => {
                let func = FuncId::new(FuncKey::Prim(conv));
                let conv = OpImpl::pure(func, vec![OpArg::In(0)], operand.into());
                OpArg::Converted(Box::new(conv), Box::new(OpArg::In(index)))
            }
            None => OpArg::In(index),
        }
    };
    OpImpl::red(func, (0..args.len()).map(convert).collect(), op.result().into())
}

// -- bulk operations ----------------------------------------------------------------------------

fn bulk_op(name: &str) -> Option<(PtrOp, bool)> {
    Some(match name {
        "ptr_copy" => (PtrOp::Copy, false),
        "ptr_copy_slice" => (PtrOp::CopySlice, false),
        "ptr_move" => (PtrOp::Move, false),
        "ptr_move_slice" => (PtrOp::MoveSlice, false),
        "ptr_setbytes" => (PtrOp::SetBytes, false),
        "ptr_setbytes_slice" => (PtrOp::SetBytesSlice, false),
        "ptr_cmp" => (PtrOp::Cmp, false),
        "ptr_cmp_slice" => (PtrOp::CmpSlice, false),
        "memcpy" => (PtrOp::Copy, true),
        "memmove" => (PtrOp::Move, true),
        "memset" => (PtrOp::SetBytes, true),
        "memcmp" => (PtrOp::Cmp, true),
        _ => return None,
    })
}

/// Positions of the pointers among the arguments, and the types of the others.
fn bulk_shape(op: PtrOp) -> (&'static [usize], &'static [ScalarTy]) {
    use ScalarTy::{I32, U8};
    match op {
        PtrOp::CopySlice | PtrOp::MoveSlice | PtrOp::CmpSlice => {
            (&[0, 3], &[I32, I32, I32, I32, I32, I32])
        }
        PtrOp::SetBytes => (&[0], &[I32, U8, I32]),
        PtrOp::SetBytesSlice => (&[0], &[I32, I32, I32, U8]),
        _ => (&[0, 1], &[I32, I32, I32]),
    }
}

fn bulk(
    m: &mut Machine<'_>,
    name: &str,
    op: PtrOp,
    bytes_only: bool,
    args: &[Arg],
    callee: Loc,
) -> Result<OpImpl> {
    let (pointers, types) = bulk_shape(op);
    if args.len() != types.len() {
        return Err(count_error(types.len(), args.len(), callee));
    }
    for &index in pointers {
        check_pointer(name, &args[index], bytes_only)?;
    }
    if let [first, second] = *pointers {
        let item = |index: usize| args[index].ty.pointer().map(|(_, _, item)| item);
        if item(first) != item(second) {
            return Err(SpyError::type_error("mismatched types")
                .error(format!("`{}`", ty_human(args[first].ty)), args[first].loc)
                .error(format!("`{}`", ty_human(args[second].ty)), args[second].loc));
        }
    }
    let mut operands = Vec::with_capacity(args.len());
    for (index, ty) in types.iter().enumerate() {
        let operand = OpArg::In(index);
        if pointers.contains(&index) {
            operands.push(operand);
            continue;
        }
        let context = Context::Argument(None);
        operands.push(match convert(m, (*ty).into(), &args[index], &context)? {
            None => operand,
            Some(op) => OpArg::Converted(Box::new(op), Box::new(operand)),
        });
    }
    let ret: Ty = match op {
        PtrOp::Cmp | PtrOp::CmpSlice => ScalarTy::I32.into(),
        _ => BuiltinTy::NoneType.into(),
    };
    let func = FuncId::new(FuncKey::Ptr(op, args[0].ty));
    Ok(OpImpl::red(func, operands, ret))
}

fn check_pointer(name: &str, arg: &Arg, bytes_only: bool) -> Result<()> {
    let item = match arg.ty.pointer() {
        Some((false, _, item)) => Some(item),
        _ => None,
    };
    let Some(item) = item else {
        return Err(SpyError::type_error("mismatched types")
            .error(format!("expected ptr[T], got `{}`", ty_human(arg.ty)), arg.loc));
    };
    if bytes_only && !matches!(item.scalar(), Some(ScalarTy::U8 | ScalarTy::I8)) {
        let instead = match name {
            "memcpy" => "ptr_copy",
            "memmove" => "ptr_move",
            "memset" => "ptr_setbytes",
            _ => "ptr_cmp",
        };
        let text = format!("expected ptr[u8] or ptr[i8], got `{}`", ty_human(arg.ty));
        return Err(SpyError::type_error("mismatched types")
            .error(text, arg.loc)
            .note(format!("help: use `{instead}` instead"), arg.loc));
    }
    Ok(())
}

// -- strings ------------------------------------------------------------------------------------

/// Conversions between `str`/`bytes` and the structs that describe them in memory.
fn glue(m: &mut Machine<'_>, name: &str, args: &[Arg], callee: Loc) -> Result<OpImpl> {
    let [arg] = args else { return Err(count_error(1, args.len(), callee)) };
    let is_str = name.contains("Str") || name.contains("_str");
    let (module, object) = if is_str { ("_str", "StrObject") } else { ("_bytes", "BytesObject") };
    let value: Ty = if is_str { ScalarTy::Str.into() } else { ScalarTy::Bytes.into() };
    let object = m.library_type(module, object)?;
    let pointer = Ty::new(TyKey::Ptr(PtrKind::Gc, object));
    let (param, ret) = match name {
        "_str_to_StrObject" | "_bytes_to_BytesObject" => (value, pointer),
        "_alloc_StrObject" | "_alloc_BytesObject" => (ScalarTy::I32.into(), pointer),
        _ => (pointer, value),
    };
    if arg.ty != param {
        return Err(mismatch(param, arg.ty, arg.loc));
    }
    let func = runtime_fn(&format!("unsafe::{name}::impl"));
    Ok(OpImpl::red(func, vec![OpArg::In(0)], ret))
}

/// Bytes of a scalar as memory holds them, little endian.
///
/// # Errors
/// For types without a fixed size.
pub fn scalar_bytes(value: &Value) -> Result<Vec<u8>> {
    use spy_prim::Scalar;
    Ok(match value {
        Value::Scalar(scalar) => match scalar {
            Scalar::Bool(value) => vec![u8::from(*value)],
            Scalar::I8(value) => value.to_le_bytes().to_vec(),
            Scalar::U8(value) => vec![*value],
            Scalar::I32(value) => value.to_le_bytes().to_vec(),
            Scalar::U32(value) => value.to_le_bytes().to_vec(),
            Scalar::I64(value) => value.to_le_bytes().to_vec(),
            Scalar::U64(value) => value.to_le_bytes().to_vec(),
            Scalar::F32(value) => value.to_bits().to_le_bytes().to_vec(),
            Scalar::F64(value) => value.to_bits().to_le_bytes().to_vec(),
            Scalar::Complex(re, im) => {
                let mut bytes = re.to_bits().to_le_bytes().to_vec();
                bytes.extend(im.to_bits().to_le_bytes());
                bytes
            }
            Scalar::Str(_) | Scalar::Bytes(_) => return Err(no_bytes()),
        },
        Value::Struct(data) => {
            let mut bytes = Vec::new();
            for field in &data.fields {
                bytes.extend(scalar_bytes(field)?);
            }
            bytes
        }
        _ => return Err(no_bytes()),
    })
}

fn no_bytes() -> Box<SpyError> {
    SpyError::wip("comparing or setting the bytes of values that hold pointers at compile time")
}
