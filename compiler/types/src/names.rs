//! Names of types and functions, derived from what they are.
//!
//! [`ty_fqn`] and [`func_fqn`] give the *unique* name: the documented FQN, and where the blue call
//! that made the instance had arguments other than types (so that several instances would share
//! one FQN) a suffix `k...` with the hash of that call. [`ty_human`] and [`func_human`] give the
//! name that messages show; numbering clashing names is left to whoever prints a whole program.

use crate::builtin::BuiltinTy;
use crate::keys::{CallKey, FrameKey, FrameKeyData, FuncId, FuncKey, ObjId, Ty, TyKey};
use crate::value::Value;
use spy_db::DefKey;
use spy_ir::{PtrKind, PtrOp};
use spy_syntax::ast::{Color, FuncKind, LOCAL_DEF};
use spy_text::{Fqn, FqnPart, Name};
use std::sync::OnceLock;

/// The name of a definition: the last step of its path, without `#n`.
#[must_use]
pub fn def_name(def: DefKey) -> Name {
    let path = def.path.0.as_str();
    let last = path.rsplit('.').next().unwrap_or(path);
    Name::from(written(last))
}

/// The unique FQN of a type.
#[must_use]
pub fn ty_fqn(ty: Ty) -> Fqn {
    ty_name(ty, Style::Unique)
}

/// The name of a type in messages.
#[must_use]
pub fn ty_human(ty: Ty) -> String {
    ty_name(ty, Style::Human).short()
}

/// The documented full FQN of a type, without suffixes: what `__full_fqn__` says.
#[must_use]
pub fn ty_full(ty: Ty) -> Fqn {
    ty_name(ty, Style::Full)
}

/// The unique FQN of a function.
#[must_use]
pub fn func_fqn(func: FuncId) -> Fqn {
    func_name(func, Style::Unique)
}

/// The name of a function in messages and dumps, before numbering.
#[must_use]
pub fn func_human(func: FuncId) -> String {
    func_name(func, Style::Human).short()
}

/// The documented full FQN of a function, before numbering.
#[must_use]
pub fn func_full(func: FuncId) -> Fqn {
    func_name(func, Style::Full)
}

/// The full FQN of a blue call: the function's with the types among its arguments appended.
#[must_use]
pub fn call_full(call: CallKey) -> Fqn {
    call_name(call, Style::Full)
}

/// The name of a module variable.
#[must_use]
pub fn cell_fqn(module: &Name, name: &Name) -> Fqn {
    Fqn::from_parts(vec![
        FqnPart { name: module.clone(), quals: Vec::new(), suffix: None },
        FqnPart { name: name.clone(), quals: Vec::new(), suffix: None },
    ])
}

/// The unique name of what an evaluation left.
#[must_use]
pub fn frame_fqn(frame: FrameKey) -> Fqn {
    frame_name(frame, Style::Unique)
}

/// The unique name of an object that an evaluation made, where it is static data of a program.
#[must_use]
pub fn object_fqn(object: ObjId) -> Fqn {
    object_name(object, Style::Unique)
}

/// The name of such an object in dumps.
#[must_use]
pub fn object_human(object: ObjId) -> String {
    object_name(object, Style::Human).short()
}

fn object_name(object: ObjId, style: Style) -> Fqn {
    let name = format!("_$data{}", object.index);
    let Some(owner) = object.owner else { return Fqn::simple(&name) };
    let made = frame_name(owner, style).join(&name);
    if style == Style::Unique && is_ambiguous(owner) {
        return made.with_suffix(Some(&format!("k{:016x}", owner.stable_hash())));
    }
    made
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Unique,
    Full,
    Human,
}

/// The names of a type or function that somebody asked for, one for each [`Style`].
#[derive(Default)]
pub struct Known([OnceLock<Fqn>; 3]);

impl Known {
    fn get(&self, style: Style, make: impl FnOnce() -> Fqn) -> Fqn {
        self.0[style as usize].get_or_init(make).clone()
    }
}

fn ty_name(ty: Ty, style: Style) -> Fqn {
    ty.known().get(style, || make_ty_name(ty, style))
}

fn func_name(func: FuncId, style: Style) -> Fqn {
    func.memo().get(style, || make_func_name(func, style))
}

fn make_ty_name(ty: Ty, style: Style) -> Fqn {
    match ty.get() {
        TyKey::Builtin(builtin) => Fqn::simple(builtin.name()),
        TyKey::Scalar(scalar) => Fqn::simple(&format!("builtins::{}", scalar.name())),
        TyKey::Exc(exc) => Fqn::simple(&format!("builtins::{}", exc.name())),
        TyKey::TerminalSize => Fqn::simple("posix::TerminalSize"),
        TyKey::Func(func) => {
            let head = match (func.color, func.kind) {
                (Color::Red, _) => "builtins::def",
                (Color::Blue, FuncKind::Plain) => "builtins::blue.def",
                (Color::Blue, FuncKind::Generic) => "builtins::blue.generic.def",
                (Color::Blue, FuncKind::Metafunc) => "builtins::blue.metafunc.def",
            };
            let varargs = func.varargs.map(|item| {
                dotted(&["builtins", "__varargs__"]).with_quals([ty_name(item, style)])
            });
            let params = func.params.iter().map(|&param| ty_name(param, style));
            let (module, name) = head.split_once("::").unwrap_or(("builtins", head));
            dotted(&[module, name])
                .with_quals(params.chain(varargs).chain([ty_name(func.ret, style)]))
        }
        TyKey::Struct { def, frame, aliased } => made_in(*def, *frame, *aliased, false, style),
        TyKey::Ptr(kind, item) => pointer(*kind, "ptr", *item, style),
        TyKey::Ref(kind, item) => pointer(*kind, "ref", *item, style),
        TyKey::InterpList(item) => {
            Fqn::simple("__spy__::interp_list").with_quals([ty_name(*item, style)])
        }
        TyKey::InterpDict(key, value) => Fqn::simple("__spy__::interp_dict")
            .with_quals([ty_name(*key, style), ty_name(*value, style)]),
    }
}

fn pointer(kind: PtrKind, what: &str, item: Ty, style: Style) -> Fqn {
    let kind = match kind {
        PtrKind::Gc => "gc",
        PtrKind::Raw => "raw",
    };
    Fqn::simple(&format!("unsafe::{kind}_{what}")).with_quals([ty_name(item, style)])
}

/// Parts given one by one, for names that hold dots.
fn dotted(parts: &[&str]) -> Fqn {
    let part = |name: &&str| FqnPart { name: Name::from(*name), quals: Vec::new(), suffix: None };
    Fqn::from_parts(parts.iter().map(part).collect())
}

fn module_fqn(module: &Name) -> Fqn {
    dotted(&[module])
}

/// The name of what the definition `def` made when `frame` executed it.
fn made_in(def: DefKey, frame: FrameKey, aliased: bool, decorated: bool, style: Style) -> Fqn {
    if aliased && style == Style::Human {
        return frame_name(frame, style);
    }
    let name = inner_name(frame_name(frame, style), def, frame);
    if style == Style::Human
        && let Some(alias) = builtin_alias(&name)
    {
        return alias;
    }
    if style == Style::Unique && is_ambiguous(frame) {
        return name.with_suffix(Some(&format!("k{:016x}", frame.stable_hash())));
    }
    if decorated { name.with_suffix(Some("__bare__")) } else { name }
}

/// The name of a definition in a frame with this name. A lambda of a red function is made where that function
/// was: the function's name stands between.
fn inner_name(outer: Fqn, def: DefKey, frame: FrameKey) -> Fqn {
    let around = match frame.get() {
        FrameKeyData::Module(_) => None,
        FrameKeyData::Class(ty) => match ty.get() {
            TyKey::Struct { def, .. } => Some(def),
            _ => None,
        },
        FrameKeyData::Call(call) => match call.func.get() {
            FuncKey::Def { def, .. } => Some(def),
            _ => None,
        },
        FrameKeyData::Captured { outer: around, .. } => return inner_name(outer, def, *around),
    };
    let path = def.path.0.as_str();
    let inside = match around {
        Some(around) => path.strip_prefix(around.path.0.as_str()),
        None => Some(path),
    };
    let steps = inside.unwrap_or(path).split('.').filter(|step| !step.is_empty());
    steps.fold(outer, |name, step| name.join(written(step)))
}

/// What a step of a path is called in the text.
fn written(step: &str) -> &str {
    let name = step.split('#').next().unwrap_or(step);
    name.strip_prefix(LOCAL_DEF).unwrap_or(name)
}

fn frame_name(frame: FrameKey, style: Style) -> Fqn {
    match frame.get() {
        FrameKeyData::Module(module) => module_fqn(module),
        FrameKeyData::Class(ty) => strip_suffix(&ty_name(*ty, style), style),
        FrameKeyData::Call(call) => call_name(*call, style),
        FrameKeyData::Captured { outer, .. } => frame_name(*outer, style),
    }
}

fn call_name(call: CallKey, style: Style) -> Fqn {
    let base = strip_suffix(&func_name(call.func, style), style);
    let base = if style == Style::Human {
        builtin_alias(&base).unwrap_or(base)
    } else {
        base.with_suffix(None)
    };
    let quals = call.args.iter().filter_map(|arg| match arg {
        Value::Type(ty) => Some(ty_name(*ty, style)),
        _ => None,
    });
    base.with_quals(quals)
}

/// A hash belongs to the last part only: inside a name it would be noise.
fn strip_suffix(name: &Fqn, style: Style) -> Fqn {
    match (&name.last().suffix, style) {
        (Some(_), Style::Unique) => name.with_suffix(None),
        _ => name.clone(),
    }
}

/// Whether two different frames could have the same name.
fn is_ambiguous(frame: FrameKey) -> bool {
    match frame.get() {
        FrameKeyData::Module(_) => false,
        FrameKeyData::Class(ty) => match ty.get() {
            TyKey::Struct { frame, .. } => is_ambiguous(*frame),
            _ => false,
        },
        FrameKeyData::Call(call) => {
            let outer = match call.func.get() {
                // One function may have several lambdas.
                FuncKey::Def { def, frame, .. } => def.path.is_lambda() || is_ambiguous(*frame),
                _ => false,
            };
            outer || call.args.iter().any(|arg| !matches!(arg, Value::Type(_)))
        }
        FrameKeyData::Captured { outer, .. } => is_ambiguous(*outer),
    }
}

fn make_func_name(func: FuncId, style: Style) -> Fqn {
    match func.get() {
        FuncKey::Def { def, frame, decorated, aliased } => {
            made_in(*def, *frame, *aliased, *decorated, style)
        }
        FuncKey::Prim(op) => Fqn::simple(op.fqn()),
        FuncKey::Runtime(name) | FuncKey::Blue(name) => Fqn::simple(name),
        FuncKey::Raise(_) => Fqn::simple("operator::raise"),
        FuncKey::Ptr(op, ty) => ptr_op_name(*op, *ty, style),
        FuncKey::Make(ty) => ty_name(*ty, style).join("__make__"),
        FuncKey::AutoEq(ty) => member(*ty, "__eq__", style),
        FuncKey::AutoNe(ty) => member(*ty, "__ne__", style),
        FuncKey::Getter(ty, _, name) => ty_name(*ty, style).join(&format!("__get_{name}__")),
        FuncKey::FromDynamic(ty) => {
            Fqn::simple("operator::from_dynamic").with_quals([ty_name(*ty, style)]).join("impl")
        }
        FuncKey::PrintMany(_) => Fqn::simple("_print::print::impl"),
        FuncKey::ReadCell(module, name) => dotted(&[module, name.as_str()]).join("__get__"),
        FuncKey::WriteCell(module, name) => dotted(&[module, name.as_str()]).join("__set__"),
        FuncKey::CallValue(ty) => ty_name(*ty, style).join("__call__"),
        FuncKey::Bind(object, func) => {
            member(*object, "__bind__", style).with_quals([ty_name(*func, style)])
        }
        FuncKey::Bound(object, func) => {
            member(*object, "__bound__", style).with_quals([ty_name(*func, style)])
        }
        FuncKey::Wrapper(inner) => {
            let inner = func_name(*inner, style);
            match (style, &inner.last().suffix) {
                (Style::Human, _) => inner,
                (_, None) => inner.with_suffix(Some("__value__")),
                (_, Some(suffix)) => inner.with_suffix(Some(&format!("{suffix}__value__"))),
            }
        }
    }
}

/// A generated function of a struct; it is a symbol, so it must be unique like the struct itself.
fn member(ty: Ty, name: &str, style: Style) -> Fqn {
    let base = ty_name(ty, style);
    match base.last().suffix.clone() {
        Some(suffix) if style == Style::Unique => {
            base.with_suffix(None).join(name).with_suffix(Some(&suffix))
        }
        _ => base.join(name),
    }
}

fn ptr_op_name(op: PtrOp, ty: Ty, style: Style) -> Fqn {
    let name = match op {
        PtrOp::Alloc => "alloc",
        PtrOp::GetItemByVal => "getitem_byval",
        PtrOp::GetItemByRef => "getitem_byref",
        PtrOp::Store => "store",
        PtrOp::GetFieldByVal(_) => "getfield_byval",
        PtrOp::GetFieldByRef(_) => "getfield_byref",
        PtrOp::SetField(_) => "setfield",
        PtrOp::Deref => "deref",
        PtrOp::Eq => "__eq__",
        PtrOp::Ne => "__ne__",
        PtrOp::ToBool => "to_bool",
        PtrOp::Cast => "cast",
        PtrOp::Copy => "ptr_copy",
        PtrOp::CopySlice => "ptr_copy_slice",
        PtrOp::Move => "ptr_move",
        PtrOp::MoveSlice => "ptr_move_slice",
        PtrOp::SetBytes => "ptr_setbytes",
        PtrOp::SetBytesSlice => "ptr_setbytes_slice",
        PtrOp::Cmp => "ptr_cmp",
        PtrOp::CmpSlice => "ptr_cmp_slice",
    };
    ty_name(ty, style).join(name)
}

/// Names of the standard library that people know under a shorter name.
fn builtin_alias(name: &Fqn) -> Option<Fqn> {
    let parts = name.parts();
    let [module, part] = parts else { return None };
    let alias = match (module.name.as_str(), part.name.as_str()) {
        ("_list", "list") => "list",
        ("_dict", "dict") => "dict",
        ("_set", "set") => "set",
        ("_frozenset", "frozenset") => "frozenset",
        ("_tuple", "tuple") => "tuple",
        ("_range", "range") => "range",
        ("_optional", "Optional") => "Optional",
        ("_generator", "generator") => "generator",
        ("_slice", "Slice") => "slice",
        ("_file", "file") => "file",
        ("_file", "open") => "open",
        ("_builtins", "abs") => "abs",
        ("_builtins", "min") => "min",
        ("_builtins", "max") => "max",
        _ => return None,
    };
    let alias = FqnPart { name: Name::from(alias), quals: part.quals.clone(), suffix: None };
    Some(Fqn::from_parts(vec![alias]))
}

/// `<spy type 'i32'>`: the text of a type.
#[must_use]
pub fn ty_repr(ty: Ty) -> String {
    let kind = if ty.is_struct() { " (struct)" } else { "" };
    let name = if ty.func().is_some() || ty.is(BuiltinTy::NoneType) {
        ty_human(ty)
    } else {
        ty_full(ty).short()
    };
    format!("<spy type '{name}'{kind}>")
}
