//! What statements mean, in any domain: declarations, assignments, loops.

use crate::arguments::{eval_beside, eval_value};
use crate::convert::Context;
use crate::domain::{Domain, Ev};
use crate::expr::{at, eval, eval_as, eval_name_at, found, node_loc};
use crate::frame::Local;
use crate::opimpl::convert_ev;
use spy_scope::{Origin, Storage, Symbol, VarKind};
use spy_syntax::ast::{ExprId, Ident, Node};
use spy_types::{
    BuiltinTy, Color, ExcTy, FrameKey, FrameKeyData, Loc, Name, Pos, Result, ScalarTy, SpyError,
    Ty, Value,
};

/// The place of an assigned name.
pub fn ident_loc<'db, D: Domain<'db>>(d: &mut D, target: &Ident) -> Loc {
    let index = d.frame_index();
    Pos { def: d.machine().frame(index).def, node: Node::Mark(target.mark) }.into()
}

/// What an assigned name means in the current frame.
///
/// # Errors
/// A `NameError` if it means nothing.
pub fn symbol<'db, D: Domain<'db>>(d: &mut D, name: &Name) -> Result<Symbol> {
    let index = d.frame_index();
    let symbols = &d.machine().frame(index).scope.symbols;
    symbols
        .get(name)
        .cloned()
        .ok_or_else(|| SpyError::new(ExcTy::NameError, format!("name `{name}` is not defined")))
}

/// Checks that a name may be assigned where it is.
///
/// # Errors
/// `invalid assignment target`.
pub fn check_assignable<'db, D: Domain<'db>>(
    d: &mut D,
    symbol: &Symbol,
    target: &Ident,
) -> Result<()> {
    let local = symbol.level == 0 && symbol.storage == Storage::Direct;
    let allowed = match symbol.varkind {
        VarKind::Var => local || symbol.storage == Storage::Cell,
        VarKind::Const => local && symbol.origin == Origin::Auto && symbol.impref().is_none(),
    };
    if allowed {
        return Ok(());
    }
    let name = &symbol.name;
    let loc = ident_loc(d, target);
    let index = d.frame_index();
    let in_lambda = d.machine().frame(index).def.path.in_lambda();
    if in_lambda && symbol.level > 0 && symbol.def().is_some_and(|def| !def.is_module()) {
        let error = SpyError::type_error("invalid assignment target")
            .error(format!("{name} belongs to the function around this one"), loc);
        return Err(error.help("declare it `nonlocal`, or return the new value"));
    }
    let what = if symbol.varkind == VarKind::Const {
        format!("{name} is const")
    } else {
        format!("{name} belongs to another function")
    };
    let mut error = SpyError::type_error("invalid assignment target").error(what, loc);
    let index = d.frame_index();
    let module = d.machine().frame(index).def.module.clone();
    let declared = symbol.loc().and_then(|node| node_loc(&module, node));
    if let Some(declared) = declared {
        error = error.note(format!("const declared here ({})", symbol.origin.as_str()), declared);
        match symbol.origin {
            Origin::GlobalConst => {
                let help = format!("help: declare it as variable: `var {name} ...`");
                error = error.note(help, declared);
            }
            Origin::BlueParam => {
                error = error.note("blue function arguments are const by default", declared);
            }
            _ => {}
        }
    }
    Err(error)
}

/// Evaluates the value for a local: converted to its type if it has one, else giving it its type.
/// Blue constants are stored here; what remains to store is red.
///
/// # Errors
/// If the value does not convert.
pub fn eval_for_local<'db, D: Domain<'db>>(
    d: &mut D,
    target: &Ident,
    value: ExprId,
) -> Result<Ev<D::Red>> {
    let ev = eval_for(d, target, value)?;
    settle_local(d, target, ev)
}

/// Evaluates what is assigned to a name that may have a type already.
///
/// # Errors
/// Whatever is wrong with it.
pub fn eval_for<'db, D: Domain<'db>>(
    d: &mut D,
    target: &Ident,
    value: ExprId,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    match d.machine().frame(index).local(&target.name).map(|local| local.ty) {
        Some(ty) => eval_as(d, value, ty),
        None => eval(d, value),
    }
}

/// Like [`eval_for_local`] with the value already evaluated.
///
/// # Errors
/// If the value does not convert.
pub fn settle_local<'db, D: Domain<'db>>(
    d: &mut D,
    target: &Ident,
    ev: Ev<D::Red>,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let known = d.machine().frame(index).local(&target.name).cloned();
    match known {
        Some(local) if local.ty == ev.arg.ty || !is_separate(d, &target.name) => {
            convert_ev(d, ev, local.ty, &Context::Local(local.type_loc))
        }
        _ => {
            let loc = ev.arg.loc;
            declare(d, &target.name, &ev, Some(loc));
            Ok(ev)
        }
    }
}

/// Whether a name is a new variable in each loop, which may be of another type.
fn is_separate<'db, D: Domain<'db>>(d: &mut D, name: &Name) -> bool {
    let index = d.frame_index();
    let m = d.machine();
    let frame = &m.frames[index];
    frame.ret.is_some() && crate::queries::separate(m.db, m.project, frame.def).contains(name)
}

/// Declares a local with the type and, for constants, the colour of its first value. A local that
/// was declared `dynamic` stays so unless its value is known.
pub fn declare<'db, D: Domain<'db>>(
    d: &mut D,
    name: &Name,
    ev: &Ev<D::Red>,
    type_loc: Option<Loc>,
) {
    let index = d.frame_index();
    let frame = d.machine().frame(index);
    let constant =
        frame.scope.symbols.get(name).is_some_and(|symbol| symbol.varkind == VarKind::Const);
    // Whatever a module's constant is computed by, its value is known from then on.
    let module = frame.key.is_some_and(|key| matches!(key.get(), FrameKeyData::Module(_)));
    let blue = constant && (module || ev.arg.is_blue() && !escapes(d, name));
    let frame = d.machine().frame(index);
    let color = if blue { Color::Blue } else { Color::Red };
    let value = if blue { ev.arg.value.clone() } else { None };
    let dynamic = Ty::from(BuiltinTy::Dynamic);
    let stays = !blue && frame.local(name).is_some_and(|local| local.ty == dynamic);
    let ty = if stays { dynamic } else { ev.arg.ty };
    let local = Local { ty, color, value, type_loc };
    note_local(d, name, &local);
    d.machine().frame(index).set_local(name, local);
}

/// Notes the type of a local, if somebody wants to know.
fn note_local<'db, D: Domain<'db>>(d: &mut D, name: &Name, local: &Local) {
    let index = d.frame_index();
    let machine = d.machine();
    let def = machine.frames[index].def;
    if let Some(recording) = &mut machine.recording {
        recording.note_local(def, name, local);
    }
}

/// Whether a local of a function is used outside the branch that assigns it.
fn escapes<'db, D: Domain<'db>>(d: &mut D, name: &Name) -> bool {
    let index = d.frame_index();
    let m = d.machine();
    let frame = &m.frames[index];
    frame.ret.is_some() && crate::queries::escaping(m.db, m.project, frame.def).contains(name)
}

/// Declares a red local of a written type. It has no value yet, except where the declaration is
/// repeated, as in a loop.
pub fn declare_typed<'db, D: Domain<'db>>(d: &mut D, name: &Name, ty: Ty, type_loc: Loc) {
    let index = d.frame_index();
    let frame = d.machine().frame(index);
    let known =
        frame.local(name).filter(|known| known.ty == ty && known.type_loc == Some(type_loc));
    let value = known.and_then(|known| known.value.clone());
    let local = Local { ty, color: Color::Red, value, type_loc: Some(type_loc) };
    note_local(d, name, &local);
    d.machine().frame(index).set_local(name, local);
}

/// Evaluates the value for a module variable.
///
/// # Errors
/// If the value does not convert to the variable's type.
pub fn eval_for_cell<'db, D: Domain<'db>>(
    d: &mut D,
    module: &Name,
    symbol: &Symbol,
    value: ExprId,
) -> Result<Ev<D::Red>> {
    let ev = eval(d, value)?;
    convert_for_cell(d, module, symbol, ev)
}

/// Converts an evaluated value to the type of a module variable.
///
/// # Errors
/// If it does not convert.
pub fn convert_for_cell<'db, D: Domain<'db>>(
    d: &mut D,
    module: &Name,
    symbol: &Symbol,
    ev: Ev<D::Red>,
) -> Result<Ev<D::Red>> {
    let key = FrameKey::new(FrameKeyData::Module(module.clone()));
    let Some((ty, _)) = d.machine().frame_cell(key, &symbol.name) else { return Ok(ev) };
    let declared = symbol.type_loc().and_then(|node| node_loc(module, &node));
    convert_ev(d, ev, ty, &Context::Local(declared))
}

/// Names of the hidden iterator of `for` loop number `seq`.
#[must_use]
pub fn iterator_name(seq: u32) -> Name {
    Name::from(format!("_$iter{seq}"))
}

/// Whether a loop over values of a type has nothing to go through, nor a type for its variable:
/// `[]`, `{}` and `()`.
#[must_use]
pub fn is_without_items(ty: Ty) -> bool {
    ty.is(BuiltinTy::EmptyList)
        || ty.is(BuiltinTy::EmptyDict)
        || crate::builtins::generic_args(ty, "_tuple", "tuple").is_some_and(|args| args.is_empty())
}

/// Calls a method of the iteration protocol.
///
/// # Errors
/// If the object has no such method.
pub fn protocol<'db, D: Domain<'db>>(
    d: &mut D,
    object: Ev<D::Red>,
    method: &'static str,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let ins = [object];
    let number = match method {
        "__fastiter__" => 1,
        "__continue_iteration__" => 2,
        "__item__" => 3,
        _ => 4,
    };
    let op = crate::expr::found(d, loc.start, number, &ins, |m, ins| {
        crate::call::call_method(m, ins, &Name::new_static(method), loc)
    })?;
    d.apply(&op, &ins, loc)
}

/// Checks that an assertion's message is a str.
///
/// # Errors
/// `mismatched types`.
pub fn require_str<R>(ev: Ev<R>) -> Result<Ev<R>> {
    if ev.arg.ty.scalar() == Some(ScalarTy::Str) {
        return Ok(ev);
    }
    Err(crate::convert::mismatch(ScalarTy::Str.into(), ev.arg.ty, ev.arg.loc))
}

/// Completes `Wrong number of values to unpack` with the range of the targets.
pub fn unpack_error<'db, D: Domain<'db>>(
    d: &mut D,
    mut error: Box<SpyError>,
    targets: &[Ident],
) -> Box<SpyError> {
    let wrong_count = error.message == "Wrong number of values to unpack";
    if let (true, Some(first), Some(last)) = (wrong_count, targets.first(), targets.last()) {
        let range = Loc { start: ident_loc(d, first).start, end: ident_loc(d, last).end };
        let count = targets.len();
        let plural = if count == 1 { "value" } else { "values" };
        let text = format!("expected {count} {plural}");
        let note = spy_types::Note { level: spy_diagnostics::Level::Error, text, loc: range };
        error.notes.insert(0, note);
    }
    error
}

/// The value of `target op value`.
///
/// # Errors
/// Whatever the operation reports.
pub fn aug_value<'db, D: Domain<'db>>(
    d: &mut D,
    op: spy_syntax::ast::BinOp,
    target: &Ident,
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let name = Pos { def: d.machine().frame(index).def, node: Node::Mark(target.mark) };
    let left = eval_name_at(d, &target.name, name)?;
    let right = eval_beside(d, value, left.arg.ty)?;
    let ins = [left, right];
    at(d, pos);
    let found = found(d, pos, 0, &ins, |m, ins| crate::ops::augmented(m, op, ins, pos.into()))?;
    d.apply(&found, &ins, pos.into())
}

/// `target.attr = value`.
///
/// # Errors
/// If the attribute cannot be assigned.
pub fn set_attr<'db, D: Domain<'db>>(
    d: &mut D,
    target: ExprId,
    attr: &Name,
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let object = eval(d, target)?;
    let name = Ev::blue(Value::str(attr.as_str()), ScalarTy::Str.into(), pos);
    let value = match crate::attr::field_type(d.machine(), object.arg.ty, attr)? {
        Some(ty) => crate::expr::eval_wanted(d, value, ty)?,
        None => eval(d, value)?,
    };
    let ins = [object, name, value];
    at(d, pos);
    let found = found(d, pos, 0, &ins, |m, ins| {
        crate::attr::setattr(m, ins, attr)
            .map_err(|error| crate::ops::called_here(error, "SETATTR", pos.into()))
    })?;
    d.apply(&found, &ins, pos.into())
}

/// `target[args] = value`.
///
/// # Errors
/// If the item cannot be assigned.
pub fn set_item<'db, D: Domain<'db>>(
    d: &mut D,
    target: ExprId,
    args: &[ExprId],
    value: ExprId,
    pos: Pos,
) -> Result<Ev<D::Red>> {
    let mut ins = vec![eval(d, target)?];
    for arg in args {
        ins.push(eval(d, *arg)?);
    }
    let value = eval_value(d, value, &ins, Some(&Name::new_static("__setitem__")))?;
    ins.push(value);
    at(d, pos);
    let ins = crate::builtins::display::pack_key(d, ins, "__setitem__", 1, pos.into())?;
    let found = found(d, pos, 0, &ins, |m, ins| {
        crate::attr::setitem(m, ins)
            .map_err(|error| crate::ops::called_here(error, "SETITEM", pos.into()))
    })?;
    d.apply(&found, &ins, pos.into())
}
