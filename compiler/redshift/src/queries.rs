//! Redshift of one function instance, as a query.

use crate::shift::Shift;
use spy_db::{Db, Pos, Project};
use spy_eval::{Machine, Output, Recording};
use spy_ir::{Fqn, Func};
use spy_text::IndexSet;
use spy_types::names::{frame_fqn, func_fqn, func_full, func_human, object_fqn, ty_fqn};
use spy_types::{Endless, FrameKey, FuncId, FuncKey, Loc, ObjId, SpyError, Ty};
use std::sync::Arc;

/// Something that a function's code mentions, in order of evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mention {
    /// A red function instance that it calls, or names.
    Func(FuncId),
    /// A function whose address it takes.
    Address(FuncId),
    /// An object of an evaluation that it points to, with the type of its items.
    Data(ObjId, Ty),
    /// A type that its code has values of.
    Type(Ty),
    /// A module one of whose variables it reads or assigns: the frame of its top level.
    Cells(FrameKey),
}

/// The result of redshifting one function instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shifted {
    /// The code; `None` if there are errors.
    pub func: Option<Arc<Func>>,
    /// What the code's positions stand for.
    pub positions: Vec<Pos>,
    /// What is wrong with the function.
    pub errors: Vec<SpyError>,
    /// Errors that were deferred to run time.
    pub deferred: Vec<SpyError>,
    /// What the code mentions, each once.
    pub mentions: Vec<Mention>,
    /// What blue code printed on the way.
    pub output: Vec<Output>,
}

impl Shifted {
    /// What the code mentions, by unique names.
    pub fn mentioned(&self) -> impl Iterator<Item = (u8, Fqn, Option<Fqn>)> {
        self.mentions.iter().map(|mention| match mention {
            Mention::Func(func) => (0, func_fqn(*func), None),
            Mention::Address(func) => (1, func_fqn(*func), None),
            Mention::Data(object, item) => (2, object_fqn(*object), Some(ty_fqn(*item))),
            Mention::Type(ty) => (3, ty_fqn(*ty), None),
            Mention::Cells(frame) => (4, frame_fqn(*frame), None),
        })
    }

    fn failed(error: SpyError) -> Self {
        Self {
            func: None,
            positions: Vec::new(),
            errors: vec![error],
            deferred: Vec::new(),
            mentions: Vec::new(),
            output: Vec::new(),
        }
    }
}

/// Redshifts a red function instance. Runs again if its own body changed, or something that it
/// evaluates at compile time or inlines.
#[salsa::tracked(returns(clone), cycle_result = inline_cycle)]
pub fn redshift(db: &dyn Db, project: Project, func: FuncId, lazy: bool) -> Arc<Shifted> {
    db.runs("redshift", &|| func_fqn(func).full().to_owned());
    let shifted = shift_func(db, project, func, lazy);
    let endless = shifted.errors.first().and_then(|error| error.endless);
    if endless == Some(Endless::Inline) && is_inlined(db, project, func) {
        // Whichever function of the cycle was asked for first, each says the same.
        return inline_failed(func);
    }
    Arc::new(shifted)
}

/// Redshifts a function and gives it its names, so that whoever builds the program finds both. For
/// other threads than that one.
pub fn prepare(db: &dyn Db, project: Project, func: FuncId, lazy: bool) {
    redshift(db, project, func, lazy);
    // Names are made once, by whoever asks first.
    let _ = (func_full(func), func_human(func));
}

fn inline_cycle(_: &dyn Db, _: salsa::Id, _: Project, func: FuncId, _: bool) -> Arc<Shifted> {
    inline_failed(func)
}

fn inline_failed(func: FuncId) -> Arc<Shifted> {
    Arc::new(Shifted::failed(*crate::inline::cycle(func)))
}

fn is_inlined(db: &dyn Db, project: Project, func: FuncId) -> bool {
    Machine::new(db, project).func_sig(func).is_some_and(|sig| sig.force_inline)
}

fn shift_func(db: &dyn Db, project: Project, func: FuncId, lazy: bool) -> Shifted {
    let mut machine = Machine::new(db, project);
    let result = match func.get() {
        FuncKey::Def { .. } => shift_def(&mut machine, func, lazy),
        FuncKey::AutoEq(ty) => crate::generated::struct_equality(&mut machine, func, *ty, true),
        FuncKey::AutoNe(ty) => crate::generated::struct_equality(&mut machine, func, *ty, false),
        FuncKey::Bind(object, ty) => crate::generated::bind(&mut machine, func, *object, *ty),
        FuncKey::Bound(object, ty) => crate::generated::bound(&mut machine, func, *object, *ty),
        FuncKey::Wrapper(inner) => crate::generated::wrapper(&mut machine, func, *inner),
        _ => Err(SpyError::type_error(format!("`{}` has no body", func_full(func)))),
    };
    match result {
        Ok(shifted) => shifted,
        Err(error) => Shifted { output: machine.output, ..Shifted::failed(*error) },
    }
}

/// Whether a function was compiled ahead of time.
fn is_declared(machine: &Machine<'_>, func: FuncId) -> bool {
    matches!(func.get(), FuncKey::Def { def, .. }
        if spy_db::is_interface(machine.db, machine.project, &def.module))
}

/// Enters a frame of a function that has a text, in a machine without frames.
///
/// # Errors
/// If there is no such function.
pub(crate) fn enter(
    machine: &mut Machine<'_>,
    func: FuncId,
) -> spy_types::Result<spy_eval::frame::Shared<spy_eval::frame::FuncSig>> {
    let FuncKey::Def { def, frame: outer, .. } = func.get() else {
        return Err(SpyError::type_error("not a function with a body"));
    };
    let sig = machine
        .func_sig(func)
        .ok_or_else(|| SpyError::type_error(format!("`{}` is not defined", func_human(func))))?;
    let what = spy_eval::frame::What::Redshift(func);
    let mut frame = machine.new_frame(*def, None, Some(*outer), what, false)?;
    let ret_node = spy_syntax::ast::Node::Expr(sig.ret_expr);
    frame.ret = Some((sig.ret, Some(Loc::from(Pos { def: sig.container, node: ret_node }))));
    machine.frames.push(frame);
    Ok(sig)
}

fn shift_def(machine: &mut Machine<'_>, func: FuncId, lazy: bool) -> spy_types::Result<Shifted> {
    let sig = enter(machine, func)?;
    if is_declared(machine, func) {
        return Ok(crate::generated::declared(machine, func, &sig));
    }
    let mut shift = Shift::new(machine, 0, lazy);
    let result = shift.function(func, &sig);
    let (positions, mentions) = (shift.take_positions(), shift.take_mentions());
    let (errors, deferred) = (shift.take_errors(), shift.take_deferred());
    match result {
        Ok(code) if errors.is_empty() => Ok(Shifted {
            func: Some(Arc::new(code)),
            positions,
            errors,
            deferred,
            mentions,
            output: std::mem::take(&mut machine.output),
        }),
        Ok(_) => Ok(Shifted {
            func: None,
            positions,
            errors,
            deferred,
            mentions,
            output: std::mem::take(&mut machine.output),
        }),
        Err(error) => Err(machine.trace(error, 0)),
    }
}

/// What is known about the expressions of a red function, also of one with errors.
#[salsa::tracked(returns(clone), cycle_result = record_cycle)]
pub fn record_func(db: &dyn Db, project: Project, func: FuncId) -> Arc<Recording> {
    let mut machine = Machine::new(db, project);
    machine.start_recording();
    // What is wrong with it, `redshift` says.
    let _ = shift_def(&mut machine, func, false);
    Arc::new(machine.take_recording())
}

fn record_cycle(_: &dyn Db, _: salsa::Id, _: Project, _: FuncId) -> Arc<Recording> {
    Arc::default()
}

/// A set of mentions in order of first mention.
pub(crate) type Mentions = IndexSet<Mention>;
