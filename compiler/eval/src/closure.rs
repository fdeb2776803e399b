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
use spy_syntax::ast::{DefPath, Expr, ExprId, FuncDef, Ident, Node, Stmt};
use spy_types::{
    BuiltinTy, Color, DefKey, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, Result, SpyError,
    Ty, Value,
};

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
    let (mut locals, mut constants, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for name in used(d, own, &def.body.call_of_lambda()) {
        let Some(local) = d.machine().frame(index).local(&name) else { continue };
        match (local.color, local.value.clone()) {
            (Color::Blue, Some(value)) if crate::lambda::is_plain(&value) => {
                constants.push((name, value));
            }
            (Color::Blue, _) => {}
            (Color::Red, _) => {
                let ev = crate::names::read_own(d, &name, loc)?;
                locals.push((name, crate::bound::held_type(ev.arg.ty)));
                held.push(ev);
            }
        }
    }
    if locals.is_empty() && constants.is_empty() {
        return Ok(None);
    }
    refuse_changing(d, def, &locals)?;
    let frame = FrameKeyData::Captured { def: around, outer: key, locals, constants };
    let frame = FrameKey::new(frame);
    let func = FuncKey::Def { def: own, frame, decorated: false, aliased: false };
    let lambda = Value::Func(FuncId::new(func));
    let ty = d.machine().type_of(&lambda);
    let lambda = Ev::blue(lambda, ty, loc);
    if held.is_empty() {
        return Ok(Some(lambda));
    }
    let mut ins = vec![lambda];
    ins.extend(held);
    let made = crate::bound::closure(d.machine(), &crate::expr::infos(&ins))?;
    d.apply(&made, &ins, loc).map(Some)
}

/// A lambda has the values that locals had where it stands, and in Python those that they have where it is
/// called. So one that is kept in a variable cannot use a local that is assigned further down. The step of a
/// generator assigns all of its locals at its end, to go on with them.
fn refuse_changing<'db, D: Domain<'db>>(
    d: &mut D,
    def: &FuncDef,
    locals: &[(Name, Ty)],
) -> Result<()> {
    let index = d.frame_index();
    if d.machine().frame(index).def.path.is_generator_step() {
        return Ok(());
    }
    let body = d.machine().frame(index).body.clone();
    let is_this =
        |id: ExprId| matches!(body.expr(id), Expr::Lambda(lambda) if lambda.body == def.body);
    let keeps = |stmt: &Stmt| match stmt {
        Stmt::VarDef { value: Some(value), .. } | Stmt::Assign { value, .. } => is_this(*value),
        _ => false,
    };
    let Some(kept) = body.stmts.iter().position(keeps) else { return Ok(()) };
    for stmt in &body.stmts[kept + 1..] {
        let targets: &[Ident] = match stmt {
            Stmt::VarDef { target, .. }
            | Stmt::Assign { target, .. }
            | Stmt::AugAssign { target, .. }
            | Stmt::For { target, .. } => std::slice::from_ref(target),
            Stmt::Unpack { targets, .. } => targets,
            _ => &[],
        };
        for target in targets {
            if locals.iter().any(|(name, _)| *name == target.name) {
                let message = format!("a lambda cannot keep the local `{}`", target.name);
                let again = crate::stmt::ident_loc(d, target);
                let error = SpyError::type_error(message)
                    .error("this changes it, after the lambda was made", again);
                return Err(error.help("let the lambda use a variable that is assigned once"));
            }
        }
    }
    Ok(())
}

/// The names of functions around a lambda that it uses.
fn used<'db, D: Domain<'db>>(d: &mut D, own: DefKey, call: &DefPath) -> Vec<Name> {
    let machine = d.machine();
    let call = def_key(own, call);
    machine.db.looks_into(call);
    let Some(scope) = spy_db::def_scope(machine.db, machine.project, call) else {
        return Vec::new();
    };
    let is_local = |symbol: &&Symbol| {
        symbol.level > 1
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
        Some(frame) if container.path.is_lambda() => params_of_types(def, frame, |ty| ty),
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
