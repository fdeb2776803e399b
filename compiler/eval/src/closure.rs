//! Lambdas that use locals of the red function around them.
//!
//! Their value is what `functools.partial` would make of a function with these locals as its first
//! parameters, and of the values that they have where the lambda stands:
//!
//! ```text
//! key = lambda i: xs[i]        is        key = partial(lambda xs, i: xs[i], xs)
//! ```
//!
//! The frame around such a lambda is a [`FrameKeyData::Captured`]: it says which locals the lambda and
//! the functions that it makes have as parameters, besides those that are written. Locals that are
//! known at compile time are constants there.

use crate::define::def_key;
use crate::domain::{Domain, Ev};
use crate::exec::Run;
use crate::frame::{Local, Param};
use crate::machine::Machine;
use spy_scope::{Storage, Symbol};
use spy_syntax::ast::{DefPath, FuncDef, Node, written};
use spy_types::{
    BuiltinTy, Color, DefKey, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, Result, SpyError,
    Ty, Value,
};

/// The locals of a red function that a function inside of it uses.
pub(crate) struct Captured<R> {
    /// Those whose values run time has, and their types.
    pub(crate) locals: Vec<(Name, Ty)>,
    /// Those that are known at compile time.
    pub(crate) constants: Vec<(Name, Value)>,
    /// The values of `locals`.
    pub(crate) held: Vec<Ev<R>>,
}

/// The value of a lambda if it uses red locals of the current frame; `key` is the frame around that.
///
/// # Errors
/// If one of them has no value yet.
pub(crate) fn value<'db, D: Domain<'db>>(
    d: &mut D,
    def: &FuncDef,
    key: FrameKey,
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let index = d.frame_index();
    // The locals of a blue call are the frame that a lambda in it closes over.
    if d.machine().frame(index).key.is_some() {
        return Ok(None);
    }
    let around = d.machine().frame(index).def;
    let own = def_key(around, &def.body);
    let names = used(d, def_key(own, &def.body.call_of_lambda()), 1);
    let Captured { locals, constants, held } = capture(d, names, loc)?;
    if locals.is_empty() && constants.is_empty() {
        return Ok(None);
    }
    refuse_changing(d, def, &locals)?;
    let frame = FrameKeyData::Captured { def: around, outer: key, locals, constants };
    let frame = FrameKey::new(frame);
    let func = FuncKey::Def { def: own, frame, decorated: false, aliased: false };
    let lambda = Value::Func(FuncId::new(func));
    holding(d, lambda, held, loc).map(Some)
}

/// What stands for these names in the current frame.
///
/// # Errors
/// If one has no value yet.
pub(crate) fn capture<'db, D: Domain<'db>>(
    d: &mut D,
    names: Vec<Name>,
    loc: Loc,
) -> Result<Captured<D::Red>> {
    let index = d.frame_index();
    let mut captured = Captured { locals: Vec::new(), constants: Vec::new(), held: Vec::new() };
    for name in names {
        let local = d.machine().frame(index).local(&name).cloned();
        let ev = match local.map(|local| (local.color, local.value)) {
            Some((Color::Blue, Some(value))) if crate::lambda::is_plain(&value) => {
                captured.constants.push((name, value));
                continue;
            }
            Some((Color::Blue, _)) => continue,
            Some((Color::Red, _)) => crate::names::read_own(d, &name, loc)?,
            None => match crate::local_def::around(d, &name, loc)? {
                Some(ev) if ev.arg.color == Color::Red => ev,
                _ => continue,
            },
        };
        captured.locals.push((name, crate::bound::held_type(ev.arg.ty)));
        captured.held.push(ev);
    }
    Ok(captured)
}

/// A function that holds the values of its first parameters.
///
/// # Errors
/// If the library is broken.
pub(crate) fn holding<'db, D: Domain<'db>>(
    d: &mut D,
    function: Value,
    held: Vec<Ev<D::Red>>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let ty = d.machine().type_of(&function);
    let function = Ev::blue(function, ty, loc);
    if held.is_empty() {
        return Ok(function);
    }
    let mut ins = vec![function];
    ins.extend(held);
    let made = crate::bound::closure(d.machine(), &crate::expr::infos(&ins))?;
    d.apply(&made, &ins, loc)
}

/// A function that is kept in a variable cannot use a local that changes before it is called. The step of a
/// generator assigns all of its locals at its end, to go on with them.
pub(crate) fn refuse_changing<'db, D: Domain<'db>>(
    d: &mut D,
    def: &FuncDef,
    locals: &[(Name, Ty)],
) -> Result<()> {
    let index = d.frame_index();
    let around = d.machine().frame(index).def;
    if around.path.is_generator_step() {
        return Ok(());
    }
    let body = d.machine().frame(index).body.clone();
    let is_held = |name: &Name| locals.iter().any(|(held, _)| held == name);
    let (db, project) = (d.machine().db, d.machine().project);
    let uses = |other: &DefPath, name: &Name| {
        let call = def_key(around, &other.call_of_lambda());
        db.looks_into(call);
        spy_db::def_scope(db, project, call).is_some_and(|scope| scope.symbols.contains_key(name))
    };
    let changed = crate::kept::change(&body, &def.body, is_held, uses);
    let stored = || crate::stored::change(&body, &def.body, is_held);
    let is_kept = changed.is_some();
    let Some(target) = changed.or_else(stored) else { return Ok(()) };
    let (who, what, help) = match def.body.is_local_def() {
        true => {
            let help = format!("let it see the change: `nonlocal {}`", target.name);
            (format!("`{}`", def.name.name), "function", help)
        }
        false => {
            let help = match is_kept {
                true => "let the lambda use a variable that is assigned once",
                false => {
                    "for the value that it has now, make the lambda in a function that takes it, or use `functools.partial`"
                }
            };
            ("a lambda".to_owned(), "lambda", help.to_owned())
        }
    };
    let message = format!("{who} cannot keep the local `{}`", written(&target.name));
    let again = crate::stmt::ident_loc(d, target);
    let error = SpyError::type_error(message)
        .error(format!("this changes it, after the {what} was made"), again);
    Err(error.help(help))
}

/// The names of functions more than `levels` around a definition that its text uses.
pub(crate) fn used<'db, D: Domain<'db>>(d: &mut D, def: DefKey, levels: i32) -> Vec<Name> {
    let machine = d.machine();
    machine.db.looks_into(def);
    let Some(scope) = spy_db::def_scope(machine.db, machine.project, def) else {
        return Vec::new();
    };
    let is_local = |symbol: &&Symbol| {
        symbol.level > levels
            && symbol.storage == Storage::Direct
            && symbol.impref().is_none()
            && symbol.def().is_some_and(|def| !def.is_module())
    };
    scope.symbols.values().filter(is_local).map(|symbol| symbol.name.clone()).collect()
}

/// What a lambda uses under this name: a constant, or a parameter.
pub(crate) fn local(
    m: &mut Machine<'_>,
    locals: &[(Name, Ty)],
    constants: &[(Name, Value)],
    name: &Name,
) -> Option<Local> {
    if let Some((_, value)) = constants.iter().find(|(captured, _)| captured == name) {
        let (ty, value) = (m.type_of(value), Some(value.clone()));
        return Some(Local { ty, color: Color::Blue, value, type_loc: None });
    }
    let (_, ty) = locals.iter().find(|(captured, _)| captured == name)?;
    Some(Local { ty: *ty, color: Color::Red, value: None, type_loc: None })
}

/// How many of a function's first parameters are locals of the function around it, which it holds.
#[must_use]
pub fn held_count(func: FuncId) -> usize {
    let FuncKey::Def { def, frame, .. } = func.get() else { return 0 };
    let frame = match frame.get() {
        FrameKeyData::Call(call) => crate::queries::frame_outer(*frame).filter(
            |_| matches!(call.func.get(), FuncKey::Def { def, .. } if def.path.is_local_def()),
        ),
        _ => Some(*frame).filter(|_| def.path.is_lambda()),
    };
    match frame.map(FrameKey::get) {
        Some(FrameKeyData::Captured { locals, .. }) => locals.len(),
        _ => 0,
    }
}

/// The parameters of a lambda in this frame that are not written.
pub(crate) fn params(lambda: &FuncDef, frame: FrameKey) -> Vec<Param> {
    params_of_types(lambda, frame, |_| BuiltinTy::Dynamic.into())
}

/// The same for the function that the lambda makes.
pub(crate) fn params_of_made(
    run: &mut Run<'_, '_>,
    def: &FuncDef,
    container: DefKey,
) -> Vec<Param> {
    let index = run.frame_index();
    match run.machine().frame(index).outer {
        Some(frame) if container.path.is_lambda() && def.color == Color::Red => {
            params_of_types(def, frame, |ty| ty)
        }
        _ => Vec::new(),
    }
}

fn params_of_types(def: &FuncDef, frame: FrameKey, ty: impl Fn(Ty) -> Ty) -> Vec<Param> {
    let FrameKeyData::Captured { locals, .. } = frame.get() else { return Vec::new() };
    let param = |(name, captured): &(Name, Ty)| Param {
        name: name.clone(),
        ty: ty(*captured),
        varargs: false,
        keyword_only: false,
        default: None,
        mark: def.prototype,
        type_node: Node::Mark(def.prototype),
    };
    locals.iter().map(param).collect()
}
