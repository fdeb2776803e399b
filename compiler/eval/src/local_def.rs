//! A `def` in a red function.
//!
//! The parser has put a blue function around it, which takes nothing and gives what the `def` makes. Its frame
//! has another one around it, a [`FrameKeyData::Captured`]: the locals of the red function that it uses. Those
//! that only run time knows are the first parameters of a plain function, and its value holds them, as that of
//! a lambda does:
//!
//! ```text
//! def far(x: f64) -> bool:                def def(limit: f64, x: f64) -> bool:
//!     return x > limit            is          return x > limit
//!                                         far = partial(def, limit)
//! ```
//!
//! Other definitions, such as generators, use constants only.

use crate::closure::{Captured, capture, holding, refuse_changing, used};
use crate::define::def_key;
use crate::domain::{Domain, Ev};
use crate::machine::Machine;
use spy_syntax::ast::{Color, DefPath, FuncDef, Stmt, Sugar};
use spy_types::names::def_name;
use spy_types::{
    DefKey, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, Result, SpyError, Ty, Value,
};

/// The value of a `def` in the current frame, which is that of a red function.
///
/// # Errors
/// Whatever is wrong with the signature or the decorators.
pub(crate) fn value<'db, D: Domain<'db>>(d: &mut D, def: &FuncDef, loc: Loc) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let frame = d.machine().frame(index);
    let around = frame.def;
    let own = def_key(around, &def.body);
    let Some(outer) = frame.key.or(frame.outer) else {
        return Err(SpyError::type_error("a function needs a module").error("", loc));
    };
    let is_plain = is_plain(d.machine(), own);
    let mut names = used(d, own, 0);
    let inside = if is_plain { vec![own.path.call_of_lambda()] } else { parts(d.machine(), own) };
    for path in inside {
        let part = def_key(own, &path);
        names.extend(used(d, part, depth_in(own, &path)));
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| *name != def.name.name);
    let Captured { mut locals, constants, mut held } = capture(d, names, loc)?;
    if !is_plain {
        locals.clear();
        held.clear();
    }
    refuse_changing(d, def, &locals)?;
    let frame = FrameKeyData::Captured { def: around, outer, locals, constants };
    let made = made(d.machine(), own, FrameKey::new(frame))?;
    holding(d, made, held, loc)
}

/// All definitions inside of one.
fn parts(m: &mut Machine<'_>, own: DefKey) -> Vec<DefPath> {
    let Some(scopes) = spy_db::module_scopes(m.db, m.project, own.module.clone()) else {
        return Vec::new();
    };
    scopes.tables.keys().filter(|path| depth_in(own, path) > 0).cloned().collect()
}

/// How many definitions up from `path` stands `own`; 0 if it does not.
fn depth_in(own: DefKey, path: &DefPath) -> i32 {
    let inside = path.0.strip_prefix(own.path.0.as_str()).filter(|rest| rest.starts_with('.'));
    inside.map_or(0, |rest| rest.matches('.').count().try_into().unwrap_or(i32::MAX))
}

/// What the `def` makes in this frame.
fn made(m: &mut Machine<'_>, own: DefKey, frame: FrameKey) -> Result<Value> {
    let func = FuncKey::Def { def: own, frame, decorated: false, aliased: false };
    m.call_blue(FuncId::new(func), Vec::new())
}

/// Whether this is a function and nothing else, so that its parameters can be known.
fn is_plain(m: &mut Machine<'_>, own: DefKey) -> bool {
    m.db.looks_into(own);
    let Some(body) = spy_db::def_body(m.db, m.project, own) else { return false };
    matches!(body.root.first().map(|id| body.stmt(*id)), Some(Stmt::FuncDef(def))
        if def.color == Color::Red && def.sugar == Sugar::No && def.decorators.is_empty())
}

/// The function of this name around the current frame, where that is a part of it.
///
/// # Errors
/// If the library is broken.
pub(crate) fn around<'db, D: Domain<'db>>(
    d: &mut D,
    name: &Name,
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let index = d.frame_index();
    let mut next = d.machine().frame(index).outer;
    while let Some(key) = next {
        if let Some(ev) = itself(d, key, name, loc)? {
            return Ok(Some(ev));
        }
        next = crate::queries::frame_outer(key);
    }
    Ok(None)
}

/// The function of this name whose blue call `key` is: it calls itself. What it holds, its parameters have;
/// a lambda inside holds the function.
///
/// # Errors
/// If the library is broken.
pub(crate) fn itself<'db, D: Domain<'db>>(
    d: &mut D,
    key: FrameKey,
    name: &Name,
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let FrameKeyData::Call(call) = key.get() else { return Ok(None) };
    let FuncKey::Def { def, frame, .. } = call.func.get() else { return Ok(None) };
    if !def.path.is_local_def() || def_name(*def) != *name {
        return Ok(None);
    }
    let index = d.frame_index();
    if d.machine().frame(index).local(name).is_some() {
        return crate::names::read_own(d, name, loc).map(Some);
    }
    let FrameKeyData::Captured { locals, .. } = frame.get() else { return Ok(None) };
    let made = made(d.machine(), *def, *frame)?;
    let held = locals.iter().map(|(local, _)| crate::names::read_own(d, local, loc));
    let held = held.collect::<Result<Vec<_>>>()?;
    holding(d, made, held, loc).map(Some)
}

/// The function that the values of a type are, with what they hold; `None` for other types than those of a `def`
/// in a red function.
#[must_use]
pub fn of_type(ty: Ty) -> Option<FuncId> {
    let func = crate::bound::held_function(ty)?;
    let FuncKey::Def { frame, .. } = func.get() else { return None };
    let FrameKeyData::Call(call) = frame.get() else { return None };
    let FuncKey::Def { def, .. } = call.func.get() else { return None };
    def.path.is_local_def().then_some(func)
}

/// Why a definition cannot use a local of the function around it.
pub(crate) fn cannot_use(
    m: &mut Machine<'_>,
    own: DefKey,
    local: &Name,
    loc: Loc,
) -> Box<SpyError> {
    let name = def_name(own);
    let error = SpyError::type_error(format!("`{name}` cannot use the local `{local}`"));
    if is_plain(m, own) {
        return error
            .error(format!("this has no value yet where `{name}` is defined"), loc)
            .help("move what it needs above it, or to the top level");
    }
    error
        .error("this is known at run time only", loc)
        .help("pass the value as an argument: only a plain function can hold it")
}
