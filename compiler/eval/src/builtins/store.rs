//! Functions that read and write memory: pointers, strings as structs, compile-time collections.

use crate::machine::Machine;
use crate::memory::Object;
use spy_prim::{Scalar, ScalarTy};
use spy_types::{ExcTy, Place, PtrOp, PtrVal, Result, SpyError, StructVal, Ty, TyKey, Value};
use std::sync::Arc;

fn bad_args(name: &str) -> Box<SpyError> {
    SpyError::type_error(format!("`{name}` cannot be called with these values"))
}

fn panic(message: impl Into<String>) -> Box<SpyError> {
    SpyError::new(ExcTy::PanicError, message)
}

fn ptr_arg(args: &[Value], index: usize) -> Result<Arc<PtrVal>> {
    match args.get(index) {
        Some(Value::Ptr(ptr)) => Ok(ptr.clone()),
        _ => Err(bad_args("pointer operation")),
    }
}

fn int_arg(args: &[Value], index: usize) -> Result<i32> {
    args.get(index).and_then(Value::as_i32).ok_or_else(|| bad_args("pointer operation"))
}

/// Runs an operation of a pointer or ref type.
///
/// # Errors
/// NULL, out of bounds, and what else the operation checks.
pub fn run_pointers(m: &mut Machine<'_>, op: PtrOp, ty: Ty, args: &[Value]) -> Result<Value> {
    match op {
        PtrOp::Alloc => m.alloc(ty, int_arg(args, 0)?),
        PtrOp::GetItemByVal => {
            let ptr = ptr_arg(args, 0)?;
            let place = m.item_place(&ptr, int_arg(args, 1)?, "ptr_getitem")?;
            m.read_place(&place)
        }
        PtrOp::GetItemByRef => {
            let ptr = ptr_arg(args, 0)?;
            let place = m.item_place(&ptr, int_arg(args, 1)?, "ptr_getitem")?;
            Ok(reference(ty, place))
        }
        PtrOp::Store => {
            let ptr = ptr_arg(args, 0)?;
            let place = m.item_place(&ptr, int_arg(args, 1)?, "ptr_store")?;
            let value = args.get(2).cloned().ok_or_else(|| bad_args("store"))?;
            m.write_place(&place, value)?;
            Ok(Value::None)
        }
        PtrOp::GetFieldByVal(field) => {
            let place = field_place(&*ptr_arg(args, 0)?, field)?;
            m.read_place(&place)
        }
        PtrOp::GetFieldByRef(field) => {
            let place = field_place(&*ptr_arg(args, 0)?, field)?;
            let fields = match ty.pointer() {
                Some((_, _, item)) => m.struct_fields(item)?,
                None => return Err(bad_args("getfield")),
            };
            let (_, kind, _) = ty.pointer().ok_or_else(|| bad_args("getfield"))?;
            let field_ty = fields[field as usize].1;
            Ok(Value::Ptr(Arc::new(PtrVal {
                ty: Ty::new(TyKey::Ref(kind, field_ty)),
                place: Some(place),
                len: 1,
            })))
        }
        PtrOp::SetField(field) => {
            let place = field_place(&*ptr_arg(args, 0)?, field)?;
            let value = args.get(1).cloned().ok_or_else(|| bad_args("setfield"))?;
            m.write_place(&place, value)?;
            Ok(Value::None)
        }
        PtrOp::Deref => match &ptr_arg(args, 0)?.place {
            Some(place) => m.read_place(&place.clone()),
            None => Err(panic("cannot dereference NULL pointer")),
        },
        PtrOp::Eq | PtrOp::Ne => {
            let equal = ptr_arg(args, 0)?.place == ptr_arg(args, 1)?.place;
            Ok(Value::bool(equal == (op == PtrOp::Eq)))
        }
        PtrOp::Cast => args.first().cloned().ok_or_else(|| bad_args("cast")),
        PtrOp::ToBool => Ok(Value::bool(ptr_arg(args, 0)?.place.is_some())),
        PtrOp::Copy | PtrOp::Move => {
            let range = Range::whole(args, 1, int_arg(args, 2)?)?;
            let dst = Range::whole(args, 0, int_arg(args, 2)?)?;
            copy(m, op, &dst, &range)
        }
        PtrOp::CopySlice | PtrOp::MoveSlice => {
            copy(m, op, &Range::slice(args, 0, 1)?, &Range::slice(args, 3, 4)?)
        }
        PtrOp::SetBytes => {
            let range = Range::whole(args, 0, int_arg(args, 2)?)?;
            set_bytes(m, &range, args.get(1))
        }
        PtrOp::SetBytesSlice => {
            let range = Range::slice(args, 0, 1)?;
            set_bytes(m, &range, args.get(3))
        }
        PtrOp::Cmp => {
            let count = int_arg(args, 2)?;
            compare(m, op, &Range::whole(args, 0, count)?, &Range::whole(args, 1, count)?)
        }
        PtrOp::CmpSlice => compare(m, op, &Range::slice(args, 0, 1)?, &Range::slice(args, 3, 4)?),
    }
}

fn reference(ptr: Ty, place: Place) -> Value {
    let ty = match ptr.pointer() {
        Some((_, kind, item)) => Ty::new(TyKey::Ref(kind, item)),
        None => ptr,
    };
    Value::Ptr(Arc::new(PtrVal { ty, place: Some(place), len: 1 }))
}

fn field_place(ptr: &PtrVal, field: u32) -> Result<Place> {
    let Some(place) = &ptr.place else { return Err(panic("cannot dereference NULL pointer")) };
    let mut place = place.clone();
    place.path.push(field);
    Ok(place)
}

/// Items `start..stop` of a pointer.
struct Range {
    ptr: Arc<PtrVal>,
    start: i32,
    stop: i32,
}

impl Range {
    fn whole(args: &[Value], index: usize, count: i32) -> Result<Self> {
        Ok(Self { ptr: ptr_arg(args, index)?, start: 0, stop: count })
    }

    fn slice(args: &[Value], index: usize, bounds: usize) -> Result<Self> {
        let ptr = ptr_arg(args, index)?;
        Ok(Self { ptr, start: int_arg(args, bounds)?, stop: int_arg(args, bounds + 1)? })
    }

    fn count(&self) -> i32 {
        self.stop.wrapping_sub(self.start)
    }

    fn in_bounds(&self) -> bool {
        self.start >= 0 && self.stop >= self.start && self.stop <= self.ptr.len
    }

    fn place(&self, index: i32) -> Option<Place> {
        let place = self.ptr.place.as_ref()?;
        let index = place.index + (self.start + index).unsigned_abs();
        Some(Place { block: place.block, index, path: place.path.clone() })
    }

    /// The bytes of the block that the range covers, for blocks of bytes.
    fn byte_range(&self) -> Option<std::ops::Range<usize>> {
        let first = self.place(0)?.index as usize;
        Some(first..first + usize::try_from(self.count()).ok()?)
    }
}

fn op_name(op: PtrOp) -> &'static str {
    match op {
        PtrOp::Copy => "ptr_copy",
        PtrOp::CopySlice => "ptr_copy_slice",
        PtrOp::Move => "ptr_move",
        PtrOp::MoveSlice => "ptr_move_slice",
        PtrOp::Cmp => "ptr_cmp",
        PtrOp::CmpSlice => "ptr_cmp_slice",
        _ => "ptr_setbytes",
    }
}

fn check_ranges(op: PtrOp, left: &Range, right: &Range) -> Result<()> {
    let name = op_name(op);
    if left.count() != right.count() {
        return Err(panic(format!("{name} length mismatch")));
    }
    let (first, second) =
        if matches!(op, PtrOp::Cmp | PtrOp::CmpSlice) { ("a", "b") } else { ("dst", "src") };
    for (range, which) in [(left, first), (right, second)] {
        if !range.in_bounds() {
            return Err(panic(format!("{name} {which} out of bounds")));
        }
    }
    Ok(())
}

fn copy(m: &mut Machine<'_>, op: PtrOp, dst: &Range, src: &Range) -> Result<Value> {
    check_ranges(op, dst, src)?;
    let count = dst.count();
    if count == 0 {
        return Ok(Value::None);
    }
    let (Some(to), Some(from)) = (dst.place(0), src.place(0)) else { return Ok(Value::None) };
    let overlap = to.block == from.block && to.index.abs_diff(from.index) < count.unsigned_abs();
    if overlap && matches!(op, PtrOp::Copy | PtrOp::CopySlice) {
        return Err(panic(format!("{} regions overlap", op_name(op))));
    }
    m.charge(usize::try_from(count).unwrap_or(0) / 64)?;
    if let (Object::Bytes(data), Some(range)) = (m.object(from.block)?, src.byte_range()) {
        let data = data.get(range).map(<[u8]>::to_vec).unwrap_or_default();
        if let (Object::Bytes(target), Some(range)) = (m.object_mut(to.block)?, dst.byte_range())
            && let Some(target) = target.get_mut(range)
        {
            target.copy_from_slice(&data);
            return Ok(Value::None);
        }
    }
    let mut values = Vec::new();
    for index in 0..count {
        if let Some(place) = src.place(index) {
            values.push(m.read_place(&place)?);
        }
    }
    for (value, index) in values.into_iter().zip(0..) {
        if let Some(place) = dst.place(index) {
            m.write_place(&place, value)?;
        }
    }
    Ok(Value::None)
}

fn set_bytes(m: &mut Machine<'_>, range: &Range, value: Option<&Value>) -> Result<Value> {
    let Some(Value::Scalar(Scalar::U8(byte))) = value else { return Err(bad_args("ptr_setbytes")) };
    if !range.in_bounds() {
        return Err(panic("ptr_setbytes out of bounds"));
    }
    let item = range.ptr.ty.pointer().map(|(_, _, item)| item);
    let Some(item) = item else { return Err(bad_args("ptr_setbytes")) };
    for index in 0..range.count() {
        if let Some(place) = range.place(index) {
            let value = filled(m, item, *byte)?;
            m.write_place(&place, value)?;
        }
    }
    Ok(Value::None)
}

/// The value whose bytes are all `byte`.
fn filled(m: &mut Machine<'_>, ty: Ty, byte: u8) -> Result<Value> {
    if byte == 0 {
        return m.zero(ty);
    }
    if ty.is_struct() {
        let fields = m.struct_fields(ty)?;
        let fields = fields.iter().map(|(_, ty)| filled(m, *ty, byte)).collect::<Result<_>>()?;
        return Ok(Value::Struct(Arc::new(StructVal { ty, fields })));
    }
    let wide = u64::from_le_bytes([byte; 8]);
    let scalar = match ty.scalar() {
        Some(ScalarTy::F64) => Scalar::F64(f64::from_bits(wide)),
        Some(ScalarTy::F32) => Scalar::F32(f32::from_bits(u32::from_le_bytes([byte; 4]))),
        Some(ScalarTy::Bool) => Scalar::Bool(true),
        Some(int) => {
            Scalar::int_wrapping(int, i128::from(wide)).ok_or_else(|| bad_args("ptr_setbytes"))?
        }
        None => return Err(panic("ptr_setbytes: pointers cannot be made from bytes")),
    };
    Ok(Value::Scalar(scalar))
}

fn compare(m: &mut Machine<'_>, op: PtrOp, left: &Range, right: &Range) -> Result<Value> {
    check_ranges(op, left, right)?;
    for index in 0..left.count() {
        if let (Some(a), Some(b)) = (left.place(index), right.place(index)) {
            let (a, b) = (m.read_place(&a)?, m.read_place(&b)?);
            if a == b {
                continue;
            }
            let order = super::pointers::scalar_bytes(&a)?.cmp(&super::pointers::scalar_bytes(&b)?);
            match order {
                std::cmp::Ordering::Less => return Ok(Value::i32(-1)),
                std::cmp::Ordering::Greater => return Ok(Value::i32(1)),
                std::cmp::Ordering::Equal => {}
            }
        }
    }
    Ok(Value::i32(0))
}

// -- strings ------------------------------------------------------------------------------------

/// Functions that turn strings into structs in memory and back.
pub(crate) fn run_strings(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Result<Value> {
    let is_str = name.contains("Str") || name.contains("_str");
    let (module, object) = if is_str { ("_str", "StrObject") } else { ("_bytes", "BytesObject") };
    let object = m.library_type(module, object)?;
    match args {
        [Value::Scalar(Scalar::Str(text))] => {
            let data = text.as_bytes().to_vec();
            super::run::string_object(m, &data, 0, object)
        }
        [Value::Scalar(Scalar::Bytes(data))] => {
            let data = data.to_vec();
            super::run::string_object(m, &data, 0, object)
        }
        [Value::Scalar(Scalar::I32(count))] => {
            let size = usize::try_from(*count).map_err(|_| panic("negative size"))?;
            m.charge(size)?;
            super::run::string_object(m, &vec![0; size], 0, object)
        }
        [Value::Ptr(ptr)] => {
            let data = object_bytes(m, ptr)?;
            Ok(Value::Scalar(if is_str {
                Scalar::str(String::from_utf8_lossy(&data).into_owned())
            } else {
                Scalar::bytes(data)
            }))
        }
        _ => Err(bad_args(name)),
    }
}

fn object_bytes(m: &mut Machine<'_>, ptr: &PtrVal) -> Result<Vec<u8>> {
    let place = m.item_place(ptr, 0, "ptr_getitem")?;
    let Value::Struct(object) = m.read_place(&place)? else { return Err(bad_args("to_str")) };
    let [Value::Scalar(Scalar::I32(len)), _, Value::Ptr(bytes)] = object.fields.as_slice() else {
        return Err(bad_args("to_str"));
    };
    let len = usize::try_from(*len).unwrap_or(0);
    let Some(place) = &bytes.place else { return Ok(Vec::new()) };
    let start = place.index as usize;
    match m.object(place.block)? {
        Object::Bytes(data) => data
            .get(start..start + len)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| panic("string data out of bounds")),
        _ => Err(bad_args("to_str")),
    }
}

// -- compile-time collections -------------------------------------------------------------------

/// Functions of `interp_list`, `interp_dict` and `interp_tuple`.
pub(crate) fn run_collections(m: &mut Machine<'_>, name: &str, args: Vec<Value>) -> Result<Value> {
    let short = name.strip_prefix("__spy__::").unwrap_or(name);
    match (short, args.as_slice()) {
        ("make_tuple", _) => Ok(Value::InterpTuple(args.into())),
        ("make_list", _) => {
            let mut items = args.iter();
            let first = items.next().map(|item| m.type_of(item));
            // A comprehension begins with none.
            let mut item = first.unwrap_or_else(|| spy_types::BuiltinTy::Dynamic.into());
            for other in items {
                let other = m.type_of(other);
                item = item.union(other);
            }
            if item.is_subclass(spy_types::BuiltinTy::Type.into()) {
                item = spy_types::BuiltinTy::Type.into();
            }
            let id = m.new_object(Object::List(args));
            Ok(Value::Obj(id, Ty::new(TyKey::InterpList(item))))
        }
        ("make_dict", _) => {
            let pairs = args.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            let (key, value) = (m.type_of(&args[0]), m.type_of(&args[1]));
            let value = if value.is_subclass(spy_types::BuiltinTy::Type.into()) {
                spy_types::BuiltinTy::Type.into()
            } else {
                value
            };
            let id = m.new_object(Object::Dict(pairs.collect()));
            Ok(Value::Obj(id, Ty::new(TyKey::InterpDict(key, value))))
        }
        ("getitem", [object, key]) => get_item(m, object, key),
        ("setitem", [Value::Obj(id, _), key, value]) => {
            set_item(m.object_mut(*id)?, key, value.clone())?;
            Ok(Value::None)
        }
        ("append", [Value::Obj(id, _), value]) => {
            m.charge(1)?;
            match m.object_mut(*id)? {
                Object::List(items) => items.push(value.clone()),
                _ => return Err(bad_args(name)),
            }
            Ok(Value::None)
        }
        ("push", [object @ Value::Obj(id, _), rest @ ..]) => {
            match (m.object_mut(*id)?, rest) {
                (Object::List(items), [value]) => items.push(value.clone()),
                (dict @ Object::Dict(_), [key, value]) => set_item(dict, key, value.clone())?,
                _ => return Err(bad_args(name)),
            }
            Ok(object.clone())
        }
        ("concat", [left, right]) => {
            let mut items = items_of(m, left)?;
            items.extend(items_of(m, right)?);
            m.charge(items.len())?;
            let ty = m.type_of(left);
            let id = m.new_object(Object::List(items));
            Ok(Value::Obj(id, ty))
        }
        ("len", [object]) => {
            let count = items_of(m, object)?.len();
            Ok(Value::i32(i32::try_from(count).unwrap_or(i32::MAX)))
        }
        ("items_left", [object]) => Ok(Value::InterpTuple(items_of(m, object)?.into())),
        ("some_left", [Value::InterpTuple(items)]) => Ok(Value::bool(!items.is_empty())),
        ("first_left", [Value::InterpTuple(items)]) => {
            items.first().cloned().ok_or_else(|| bad_args(name))
        }
        ("rest_left", [Value::InterpTuple(items)]) => {
            Ok(Value::InterpTuple(items.iter().skip(1).cloned().collect()))
        }
        _ => Err(bad_args(name)),
    }
}

/// The items of a list or tuple, or the keys of a dict.
fn items_of(m: &mut Machine<'_>, object: &Value) -> Result<Vec<Value>> {
    match object {
        Value::InterpTuple(items) => Ok(items.to_vec()),
        Value::Obj(id, _) => Ok(match m.object(*id)? {
            Object::List(items) => items.clone(),
            Object::Dict(items) => items.iter().map(|(key, _)| key.clone()).collect(),
            _ => return Err(bad_args("len")),
        }),
        _ => Err(bad_args("len")),
    }
}

fn get_item(m: &mut Machine<'_>, object: &Value, key: &Value) -> Result<Value> {
    if let Value::Obj(id, _) = object
        && let Object::Dict(items) = m.object(*id)?
    {
        let found = items.iter().find(|(known, _)| known == key);
        return found
            .map(|(_, value)| value.clone())
            .ok_or_else(|| SpyError::new(ExcTy::KeyError, "key not found"));
    }
    let items = items_of(m, object)?;
    let index = key.as_i32().ok_or_else(|| bad_args("getitem"))?;
    position(index, items.len())
        .and_then(|index| items.get(index).cloned())
        .ok_or_else(|| SpyError::new(ExcTy::IndexError, "index out of range"))
}

/// A Python index as a position.
fn position(index: i32, len: usize) -> Option<usize> {
    if index >= 0 {
        return usize::try_from(index).ok();
    }
    len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

fn set_item(object: &mut Object, key: &Value, value: Value) -> Result<()> {
    match object {
        Object::Dict(items) => {
            match items.iter_mut().find(|(known, _)| known == key) {
                Some((_, slot)) => *slot = value,
                None => items.push((key.clone(), value)),
            }
            Ok(())
        }
        Object::List(items) => {
            let index = key.as_i32().ok_or_else(|| bad_args("setitem"))?;
            let len = items.len();
            match position(index, len).and_then(|index| items.get_mut(index)) {
                Some(slot) => {
                    *slot = value;
                    Ok(())
                }
                None => Err(SpyError::new(ExcTy::IndexError, "index out of range")),
            }
        }
        _ => Err(bad_args("setitem")),
    }
}

// -- rawbuffer ----------------------------------------------------------------------------------

/// Functions of `rawbuffer`; `None` if `name` is not one.
pub(crate) fn run_rawbuffer(
    m: &mut Machine<'_>,
    name: &str,
    args: &[Value],
) -> Option<Result<Value>> {
    let name = name.strip_prefix("rawbuffer::")?;
    Some(rawbuffer(m, name, args))
}

fn rawbuffer(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Result<Value> {
    if let ("rb_alloc", [size]) = (name, args) {
        let size = size.as_i32().and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| panic("negative size"))?;
        m.charge(size)?;
        let id = m.new_object(Object::Bytes(vec![0; size]));
        return Ok(Value::Obj(id, spy_types::BuiltinTy::RawBuffer.into()));
    }
    let [Value::Obj(id, _), offset, rest @ ..] = args else { return Err(bad_args(name)) };
    let offset = offset.as_i32().and_then(|offset| usize::try_from(offset).ok());
    let offset = offset.ok_or_else(|| panic("rawbuffer access out of bounds"))?;
    let width = if name.ends_with("f64") { 8 } else { 4 };
    let range = offset..offset + width;
    let outside = || panic("rawbuffer access out of bounds");
    match rest {
        [value] => {
            let bytes = super::pointers::scalar_bytes(value)?;
            let Object::Bytes(data) = m.object_mut(*id)? else { return Err(bad_args(name)) };
            data.get_mut(range).ok_or_else(outside)?.copy_from_slice(&bytes);
            Ok(Value::None)
        }
        _ => {
            let Object::Bytes(data) = m.object(*id)? else { return Err(bad_args(name)) };
            let bytes = data.get(range).ok_or_else(outside)?;
            let mut wide = [0; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            let bits = u64::from_le_bytes(wide);
            Ok(Value::Scalar(if width == 8 {
                Scalar::F64(f64::from_bits(bits))
            } else {
                Scalar::int_wrapping(ScalarTy::I32, i128::from(bits)).unwrap_or(Scalar::I32(0))
            }))
        }
    }
}
