//! Attributes and items.

use crate::call::{metacall, metacall_spec};
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, check_call, is_metafunc, typecheck};
use crate::ops::single;
use crate::optional::{OBJECT_FIRST, VALUE_LAST, or_on_values};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, Color, FrameKey, FrameKeyData, FuncId, FuncKey, FuncKind, Name, OpSpec, PtrOp,
    Result, ScalarTy, SpyError, Ty, TyKey, Value, Wrapper,
};

impl Machine<'_> {
    /// What a type knows under a name: a method, a class attribute or a field.
    ///
    /// # Errors
    /// If a module of the standard library that implements the type is broken.
    pub fn lookup(&mut self, ty: Ty, name: &str) -> Result<Option<Value>> {
        match ty.get() {
            TyKey::Struct { .. } => Ok(self.struct_attr(ty, name)),
            TyKey::TerminalSize => {
                let index = ["columns", "lines"].iter().position(|field| *field == name);
                Ok(index.map(|index| Value::Field(ty, u32::from(index == 1))))
            }
            TyKey::Scalar(ScalarTy::Str) => self.library_method("_str", name),
            TyKey::Scalar(ScalarTy::Bytes) => self.library_method("_bytes", name),
            TyKey::Scalar(scalar)
                if (scalar.is_int() || scalar.is_float()) && is_number_method(name) =>
            {
                self.library_method("_number_methods", name)
            }
            TyKey::Ref(_, item) => match ref_item_method(name) {
                true => self.lookup(*item, name),
                false => Ok(None),
            },
            _ => Ok(crate::builtins::type_attribute(ty, name)),
        }
    }

    /// A method of `str` or `bytes`: a function of the struct `methods` of a library module.
    fn library_method(&mut self, module: &str, name: &str) -> Result<Option<Value>> {
        let frame = FrameKey::new(FrameKeyData::Module(Name::from(module)));
        let methods = Name::new_static("methods");
        self.module_ready(&Name::from(module))?;
        match self.frame_local(frame, &methods).and_then(|local| local.value) {
            Some(Value::Type(methods)) => Ok(self.lookup(methods, name)?.filter(is_written)),
            _ => Ok(None),
        }
    }

    /// A function that the generic call which made `ty` defined next to it.
    ///
    /// # Errors
    /// If that call cannot be evaluated.
    pub fn sibling(&mut self, ty: Ty, name: &str) -> Result<Option<FuncId>> {
        let TyKey::Struct { frame, .. } = ty.get() else { return Ok(None) };
        if !matches!(frame.get(), FrameKeyData::Call(_)) {
            return Ok(None);
        }
        match self.frame_local(*frame, &Name::from(name)).and_then(|local| local.value) {
            Some(Value::Func(func)) => Ok(Some(func)),
            _ => Ok(None),
        }
    }
}

/// The methods of numbers that the library has. Whoever asks for others does not need its module.
fn is_number_method(name: &str) -> bool {
    matches!(name, "bit_length" | "bit_count" | "is_integer" | "to_bytes" | "from_bytes")
}

/// Whether a struct's attribute stands in its text.
fn is_written(value: &Value) -> bool {
    let Value::Func(func) = value else { return true };
    !matches!(func.get(), FuncKey::Make(_) | FuncKey::AutoEq(_) | FuncKey::AutoNe(_))
}

/// What a module has under a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ModuleAttr {
    /// A constant.
    Value(Value),
    /// A variable of this type.
    Cell(Ty),
}

/// Which methods of its item a ref forwards to: all but those that have a meaning of their own.
fn ref_item_method(name: &str) -> bool {
    !matches!(name, "__convert_to__" | "__convert_from__" | "__new__")
}

/// `object.name`.
///
/// # Errors
/// If there is no such attribute.
pub fn getattr(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<OpImpl> {
    or_on_values(m, ins, OBJECT_FIRST, |m, ins| plain_getattr(m, ins, name))
}

fn plain_getattr(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<OpImpl> {
    match find_attr(m, ins, name)? {
        Some(found) => Ok(found),
        None => {
            let ty = ins[0].ty;
            if ty.pointer().is_some_and(|(_, _, item)| crate::generator::is_state(item)) {
                return Err(crate::generator::not_a_local(name, ins[0].loc));
            }
            Err(single(format!("type `{}` has no attribute '{name}'", ty_human(ty)), &ins[0]))
        }
    }
}

/// The operation for `object.name`, if there is one. Operands: the object, the name (a blue str).
///
/// # Errors
/// What a metafunction raises.
pub fn find_attr(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<Option<OpImpl>> {
    let object = &ins[0];
    let ty = object.ty;
    if ty.is(BuiltinTy::Dynamic) {
        let func = FuncId::new(FuncKey::Runtime("operator::dynamic_getattr".into()));
        let args = vec![OpArg::In(0), OpArg::In(1)];
        return Ok(Some(OpImpl::pure(func, args, BuiltinTy::Dynamic.into())));
    }
    if let Some(Value::Module(module)) = &object.value {
        return module_getattr(m, module, name);
    }
    if ty.is_subclass(BuiltinTy::Type.into()) {
        return type_getattr(m, object, name);
    }
    if let Some((is_ref, kind, item)) = ty.pointer() {
        if let Some(found) = pointer_field(m, ty, kind, item, name)? {
            return Ok(Some(found));
        }
        if !is_ref {
            return Ok(None);
        }
    }
    if let Some(Value::Func(func)) = m.lookup(ty, "__getattribute__")? {
        return special(m, func, ins);
    }
    match m.lookup(ty, name)? {
        None => match builtin_member(object, name) {
            Some(found) => Ok(Some(found)),
            None => crate::bound::bind_format(m, ins, name),
        },
        Some(Value::Field(owner, index)) => Ok(Some(getter(m, owner, index)?)),
        Some(Value::Wrapped(Wrapper::Property, inner)) => property(m, &inner, ins),
        Some(value) => descriptor(m, value, ins, name),
    }
}

fn special(m: &mut Machine<'_>, func: FuncId, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let spec =
        if is_metafunc(m, func) { metacall_spec(m, func, ins)? } else { OpSpec::Simple(func) };
    if matches!(spec, OpSpec::Null) {
        return Ok(None);
    }
    let all: Vec<usize> = (0..ins.len()).collect();
    typecheck(m, &spec, ins, &all, || SpyError::type_error("not supported")).map(Some)
}

/// A struct field of a value, or through a ref.
fn getter(m: &mut Machine<'_>, owner: Ty, index: u32) -> Result<OpImpl> {
    let fields = m.struct_fields(owner)?;
    let (name, ty) = fields[index as usize].clone();
    let func = FuncId::new(FuncKey::Getter(owner, index, name));
    Ok(OpImpl::red(func, vec![OpArg::In(0)], ty))
}

fn property(m: &mut Machine<'_>, inner: &Value, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let Value::Func(func) = inner else { return Ok(None) };
    let object = &ins[..1];
    if is_metafunc(m, *func) {
        let spec = metacall_spec(m, *func, object)?;
        return typecheck(m, &spec, object, &[0], || SpyError::type_error("not supported"))
            .map(Some);
    }
    check_call(m, *func, vec![OpArg::In(0)], object, None).map(Some)
}

/// A class attribute: a constant, unless its own type has `__get__`, or it is a method.
fn descriptor(
    m: &mut Machine<'_>,
    value: Value,
    ins: &[Arg],
    name: &Name,
) -> Result<Option<OpImpl>> {
    if let Value::Func(func) = value
        && let Some(bound) = crate::bound::bind(m, func, ins, name)?
    {
        return Ok(Some(bound));
    }
    let ty = m.type_of(&value);
    if let Some(Value::Func(get)) = m.lookup(ty, "__get__")? {
        let descr = Arg::blue(value, ty, ins[0].loc);
        let operands = [descr.clone(), ins[0].clone()];
        if is_metafunc(m, get) {
            let spec = metacall(m, get, &operands, ins[0].loc)?;
            let op =
                typecheck(m, &spec, &operands, &[0, 1], || SpyError::type_error("not supported"))?;
            return Ok(Some(drop_first(op, &descr)));
        }
        let value = descr.value.clone().unwrap_or(Value::None);
        let args = vec![OpArg::Const(value, ty, ins[0].loc), OpArg::In(0)];
        return check_call(m, get, args, ins, None).map(Some);
    }
    let ty = m.type_of(&value);
    Ok(Some(OpImpl::Const(value, ty)))
}

/// Turns operand 0 of an operation into the constant `first` and renumbers the others.
pub(crate) fn drop_first(op: OpImpl, first: &Arg) -> OpImpl {
    fn renumber(arg: &mut OpArg, first: &Arg) {
        match arg {
            OpArg::In(0) => {
                let value = first.value.clone().unwrap_or(Value::None);
                *arg = OpArg::Const(value, first.ty, first.loc);
            }
            OpArg::In(index) => *index -= 1,
            OpArg::Const(..) | OpArg::Nested(_) => {}
            OpArg::Converted(_, inner) => renumber(inner, first),
            OpArg::Pack(pack) => pack.operands().for_each(|item| renumber(item, first)),
        }
    }
    match op {
        OpImpl::Call(mut call) => {
            for arg in &mut call.args {
                renumber(arg, first);
            }
            OpImpl::Call(call)
        }
        OpImpl::Operand(index) if index > 0 => OpImpl::Operand(index - 1),
        other => other,
    }
}

fn builtin_member(object: &Arg, name: &Name) -> Option<OpImpl> {
    let ty = object.ty;
    if ty.is(BuiltinTy::MetaArg) {
        return meta_member(name);
    }
    let text = match (ty.scalar()?, name.as_str()) {
        (ScalarTy::Complex128, "real") => "builtins::complex128::__get_real__",
        (ScalarTy::Complex128, "imag") => "builtins::complex128::__get_imag__",
        _ => return None,
    };
    let func = FuncId::new(FuncKey::Runtime(Name::from(text)));
    Some(OpImpl::red(func, vec![OpArg::In(0)], ScalarTy::F64.into()))
}

/// `.color`, `.static_type`, `.blueval` of a `MetaArg`.
fn meta_member(name: &Name) -> Option<OpImpl> {
    let ret: Ty = match name.as_str() {
        "color" => ScalarTy::Str.into(),
        "static_type" => BuiltinTy::Type.into(),
        "blueval" => BuiltinTy::Dynamic.into(),
        _ => return None,
    };
    let func = FuncId::new(FuncKey::Blue(Name::from(format!("operator::MetaArg::{name}"))));
    Some(OpImpl::pure(func, vec![OpArg::In(0)], ret))
}

/// `p.f` and `r.f` where the item is a struct.
fn pointer_field(
    m: &mut Machine<'_>,
    ty: Ty,
    kind: spy_types::PtrKind,
    item: Ty,
    name: &Name,
) -> Result<Option<OpImpl>> {
    if !item.is_struct() {
        return Ok(None);
    }
    let Some(Value::Field(_, index)) = m.lookup(item, name)? else { return Ok(None) };
    let (_, field) = m.struct_fields(item)?[index as usize].clone();
    let (op, ret) = if field.is_struct() {
        (PtrOp::GetFieldByRef(index), Ty::new(TyKey::Ref(kind, field)))
    } else {
        (PtrOp::GetFieldByVal(index), field)
    };
    let func = FuncId::new(FuncKey::Ptr(op, ty));
    Ok(Some(OpImpl::red(func, vec![OpArg::In(0)], ret)))
}

fn module_getattr(m: &mut Machine<'_>, module: &Name, name: &Name) -> Result<Option<OpImpl>> {
    match m.module_attr(module, name)? {
        Some(ModuleAttr::Value(value)) => {
            let ty = m.type_of(&value);
            Ok(Some(OpImpl::Const(value, ty)))
        }
        Some(ModuleAttr::Cell(ty)) => {
            let read = FuncId::new(FuncKey::ReadCell(module.clone(), name.clone()));
            Ok(Some(OpImpl::red(read, Vec::new(), ty)))
        }
        None => Ok(None),
    }
}

/// `module.name = value`, if the module has such a variable. Operands: the module, the name, the
/// value.
fn module_setattr(
    m: &mut Machine<'_>,
    module: &Name,
    ins: &[Arg],
    name: &Name,
) -> Result<Option<OpImpl>> {
    let Some(ModuleAttr::Cell(_)) = m.module_attr(module, name)? else { return Ok(None) };
    let write = FuncId::new(FuncKey::WriteCell(module.clone(), name.clone()));
    check_call(m, write, vec![OpArg::In(2)], ins, None).map(Some)
}

/// `T.name`.
fn type_getattr(m: &mut Machine<'_>, object: &Arg, name: &Name) -> Result<Option<OpImpl>> {
    let Some(Value::Type(ty)) = &object.value else {
        return Err(SpyError::wip("getattr on red types"));
    };
    let ty = *ty;
    if let Some(text) = crate::builtins::name_attr(ty, name) {
        return Ok(Some(OpImpl::Const(Value::str(text), ScalarTy::Str.into())));
    }
    if name == "__origin__" {
        let value = origin(ty).map_or(Value::None, Value::Func);
        let vty = m.type_of(&value);
        return Ok(Some(OpImpl::Const(value, vty)));
    }
    let found = match crate::builtins::type_attribute(ty, name) {
        Some(found) => Some(found),
        None => m.lookup(ty, name)?,
    };
    match found {
        Some(Value::Field(..) | Value::Wrapped(Wrapper::Property, _)) => {
            Err(SpyError::wip("implement me: descriptor accessed via class"))
        }
        Some(Value::Wrapped(_, inner)) => {
            let vty = m.type_of(&inner);
            Ok(Some(OpImpl::Const((*inner).clone(), vty)))
        }
        Some(value) => {
            let vty = m.type_of(&value);
            Ok(Some(OpImpl::Const(value, vty)))
        }
        None => Ok(None),
    }
}

fn origin(ty: Ty) -> Option<FuncId> {
    match ty.get() {
        TyKey::Struct { frame, aliased: true, .. } => match frame.get() {
            FrameKeyData::Call(call) => Some(call.func),
            _ => None,
        },
        _ => None,
    }
}

/// `object.name = value`. Operands: the object, the name (a blue str), the value.
///
/// # Errors
/// If the attribute cannot be assigned.
pub fn setattr(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<OpImpl> {
    or_on_values(m, ins, VALUE_LAST, |m, ins| plain_setattr(m, ins, name))
}

/// The type of a field of what a value of type `ty` points to.
pub(crate) fn field_type(m: &mut Machine<'_>, ty: Ty, name: &Name) -> Result<Option<Ty>> {
    let Some((_, _, item)) = ty.pointer() else { return Ok(None) };
    let Some(Value::Field(_, index)) = m.lookup(item, name)? else { return Ok(None) };
    Ok(Some(m.struct_fields(item)?[index as usize].1))
}

fn plain_setattr(m: &mut Machine<'_>, ins: &[Arg], name: &Name) -> Result<OpImpl> {
    let object = &ins[0];
    let ty = object.ty;
    if ty.is(BuiltinTy::Dynamic) {
        let func = FuncId::new(FuncKey::Runtime("operator::dynamic_setattr".into()));
        let args = vec![OpArg::In(0), OpArg::In(1), OpArg::In(2)];
        return Ok(OpImpl::pure(func, args, BuiltinTy::Dynamic.into()));
    }
    if let Some(Value::Module(module)) = &object.value {
        let found = module_setattr(m, module, ins, name)?;
        return found.ok_or_else(|| cannot_set(object, name));
    }
    if let Some((_, _, item)) = ty.pointer()
        && let Some(Value::Field(_, index)) = m.lookup(item, name)?
    {
        let (_, field) = m.struct_fields(item)?[index as usize].clone();
        let value = OpArg::In(2);
        let value = match crate::convert::convert(
            m,
            field,
            &ins[2],
            &crate::convert::Context::Argument(None),
        )? {
            None => value,
            Some(op) => OpArg::Converted(Box::new(op), Box::new(value)),
        };
        let func = FuncId::new(FuncKey::Ptr(PtrOp::SetField(index), ty));
        return Ok(OpImpl::red(func, vec![OpArg::In(0), value], BuiltinTy::NoneType.into()));
    }
    if let Some(attr) = m.lookup(ty, name)? {
        let attr_ty = m.type_of(&attr);
        if let Some(Value::Func(set)) = m.lookup(attr_ty, "__set__")? {
            let descr = Arg::blue(attr, attr_ty, object.loc);
            let operands = [descr.clone(), object.clone(), ins[2].clone()];
            let spec = if is_metafunc(m, set) {
                metacall(m, set, &operands, object.loc)?
            } else {
                OpSpec::Simple(set)
            };
            let op = typecheck(m, &spec, &operands, &[0, 1, 2], || cannot_set(object, name))?;
            // Operands become (object, name, value): the value moves from 2 to 2.
            return Ok(renumber_set(op, &descr));
        }
        return Err(cannot_set(object, name));
    }
    if let Some(Value::Func(func)) = m.lookup(ty, "__setattr__")?
        && let Some(found) = special(m, func, ins)?
    {
        return Ok(found);
    }
    Err(cannot_set(object, name))
}

/// Operands (descriptor, object, value) become (object, name, value).
fn renumber_set(op: OpImpl, descr: &Arg) -> OpImpl {
    fn renumber(arg: &mut OpArg, descr: &Arg) {
        match arg {
            OpArg::In(0) => {
                let value = descr.value.clone().unwrap_or(Value::None);
                *arg = OpArg::Const(value, descr.ty, descr.loc);
            }
            OpArg::In(1) => *arg = OpArg::In(0),
            OpArg::In(_) | OpArg::Const(..) | OpArg::Nested(_) => {}
            OpArg::Converted(_, inner) => renumber(inner, descr),
            OpArg::Pack(pack) => pack.operands().for_each(|item| renumber(item, descr)),
        }
    }
    match op {
        OpImpl::Call(mut call) => {
            for arg in &mut call.args {
                renumber(arg, descr);
            }
            OpImpl::Call(call)
        }
        other => other,
    }
}

fn cannot_set(object: &Arg, name: &Name) -> Box<SpyError> {
    let ty = ty_human(object.ty);
    single(format!("type `{ty}` does not support assignment to attribute '{name}'"), object)
}

/// `object[args]`. Operands: the object, then the indices.
///
/// # Errors
/// If the type cannot be subscripted so.
pub fn getitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    or_on_values(m, ins, OBJECT_FIRST, plain_getitem)
}

fn plain_getitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let object = &ins[0];
    if let Some(Value::Func(func)) = &object.value {
        let is_generic = m.func_type(*func).func().is_some_and(|ty| ty.kind == FuncKind::Generic);
        if is_generic {
            return crate::call::call_generic(m, *func, ins);
        }
    }
    let ty = object.ty;
    if let Some((is_ref, kind, item)) = ty.pointer()
        && !is_ref
    {
        return pointer_item(m, ty, kind, item, ins);
    }
    let found = match crate::builtins::getitem(ins) {
        Some(found) => Some(found),
        None => match m.lookup(ty, "__getitem__")? {
            Some(Value::Func(func)) => special(m, func, ins)?,
            _ => None,
        },
    };
    found.ok_or_else(|| single(format!("cannot do `{}`[...]", ty_human(ty)), object))
}

fn pointer_item(
    m: &mut Machine<'_>,
    ty: Ty,
    kind: spy_types::PtrKind,
    item: Ty,
    ins: &[Arg],
) -> Result<OpImpl> {
    let (op, ret) = if item.is_struct() {
        (PtrOp::GetItemByRef, Ty::new(TyKey::Ref(kind, item)))
    } else {
        (PtrOp::GetItemByVal, item)
    };
    let func = FuncId::new(FuncKey::Ptr(op, ty));
    let args = (0..ins.len()).map(OpArg::In).collect();
    let mut found = check_call(m, func, args, ins, None)?;
    if let OpImpl::Call(call) = &mut found {
        call.ret = ret;
        call.color = Color::Red;
    }
    Ok(found)
}

/// `del object[args]`. Operands: the object, then the indices.
///
/// # Errors
/// If the type does not support it.
pub fn delitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    or_on_values(m, ins, OBJECT_FIRST, plain_delitem)
}

fn plain_delitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let object = &ins[0];
    let found = match object.ty.pointer() {
        Some((false, _, _)) => None,
        _ => match m.lookup(object.ty, "__delitem__")? {
            Some(Value::Func(func)) => special(m, func, ins)?,
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let index = ins.get(1).map_or_else(String::new, |arg| ty_human(arg.ty));
        single(format!("cannot do del `{}`[`{index}`]", ty_human(object.ty)), object)
    })
}

/// `object[args] = value`. Operands: the object, the indices, the value.
///
/// # Errors
/// If the type does not support it.
pub fn setitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    or_on_values(m, ins, VALUE_LAST, plain_setitem)
}

fn plain_setitem(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let object = &ins[0];
    let ty = object.ty;
    if let Some((false, _, _)) = ty.pointer() {
        let func = FuncId::new(FuncKey::Ptr(PtrOp::Store, ty));
        let args = (0..ins.len()).map(OpArg::In).collect();
        return check_call(m, func, args, ins, None);
    }
    let found = match crate::builtins::setitem(m, ins)? {
        Some(found) => Some(found),
        None => match m.lookup(ty, "__setitem__")? {
            Some(Value::Func(func)) => special(m, func, ins)?,
            _ => None,
        },
    };
    found.ok_or_else(|| {
        let index = ins.get(1).map_or_else(String::new, |arg| ty_human(arg.ty));
        single(format!("cannot do `{}[`{index}`] = ...", ty_human(ty)), object)
    })
}

/// The method of lists that `a, *rest = ...` calls.
const UNPACK_REST: &str = "_unpack_rest";

/// `object` has no such method. An empty display has none because nothing says of what it is.
pub(crate) fn no_method(object: &Arg, method: &Name) -> Box<SpyError> {
    let ty = ty_human(object.ty);
    if method == UNPACK_REST {
        return single("a target with a star takes items of one type".to_owned(), object);
    }
    let error = single(format!("method `{ty}::{method}` does not exist"), object);
    if object.ty.is(BuiltinTy::EmptyList) {
        return error.help("say what is in it: `xs: list[T] = []`");
    }
    if object.ty.is(BuiltinTy::EmptyDict) {
        return error.help("say what is in it: `d: dict[K, V] = {}`");
    }
    error
}
