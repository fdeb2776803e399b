//! What a debugger sees of a program that stands still, and the evaluation of what is typed there.
//!
//! A text is evaluated in a frame by giving the frame another body for that long, whose names are
//! looked up as if they stood in the frame's own text. So it means there what it would mean in the
//! program, and reads and assigns the frame's own locals.

use crate::builtins::text::to_repr;
use crate::domain::Domain;
use crate::exec::Run;
use crate::frame::Frame;
use crate::machine::{KEPT_FRAMES, Machine};
use crate::memory::Object;
use crate::opimpl::lift;
use spy_scope::{Storage, SymTable};
use spy_syntax::ast::{Body, DefPath, Expr, ExprId, Stmt};
use spy_types::names::ty_repr;
use spy_types::{DefKey, DefKeyData, ExcTy, FrameKey, Loc, Name, Pos, Result, SpyError, Value};
use std::rc::Rc;
use std::sync::Arc;

/// The function that starts the debugger.
pub const BREAKPOINT: &str = "builtins::breakpoint";

/// What the definition around a typed text is called. It is a keyword, so nothing else is.
const TYPED: &str = "await";

/// Talks to whoever debugs a program while the program stands still.
pub trait Debugger {
    /// The program has come to `breakpoint()`. Returns when it is to go on.
    ///
    /// # Errors
    /// If it is to end instead.
    fn breakpoint(&self, machine: &mut Machine<'_>) -> Result<()>;

    /// Whether it wants to look at programs that ended with an error.
    fn looks_back(&self) -> bool;

    /// A program has ended with an error. The frames of the machine are those that the error has
    /// left, as they were.
    fn post_mortem(&self, machine: &mut Machine<'_>, error: &SpyError);
}

/// A frame of a program that stands still.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What runs, as tracebacks say it.
    pub what: String,
    /// The expression or statement that is being evaluated.
    pub pos: Option<Pos>,
    /// The definition whose body runs.
    pub def: Option<DefKey>,
    /// The frame's index in the machine; `None` if there is nothing left of it.
    pub index: Option<usize>,
}

/// The value of a typed expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The text of its static type.
    pub static_type: String,
    /// The text of its dynamic type.
    pub dynamic_type: String,
    /// Its `repr`.
    pub text: String,
}

/// The frames that an error has left, innermost first.
#[derive(Debug, Default)]
pub(crate) struct Fallen {
    /// The frames with their indices.
    frames: Vec<(usize, Frame)>,
    /// What ran inside of them, in evaluations that are over.
    inner: Vec<(String, Option<Pos>)>,
    /// How many frames the error will know when it comes to the next one.
    known: usize,
}

impl Fallen {
    /// Adds a frame that `error` is about to leave. An error that comes from somewhere else than the
    /// one before begins anew: that one did not end the program.
    pub(crate) fn add(&mut self, error: &SpyError, index: usize, frame: &Frame) {
        let goes_on = self.frames.last().is_some_and(|(above, _)| *above > index);
        if !goes_on || self.known != error.frames.len() {
            self.frames.clear();
            self.inner.clone_from(&error.frames);
        }
        self.frames.push((index, frame.clone()));
        self.known = (error.frames.len() + 1).min(2 * KEPT_FRAMES);
    }
}

/// Runs `breakpoint()`.
pub(crate) fn breakpoint(m: &mut Machine<'_>, loc: Loc) -> Result<Value> {
    if m.world.is_none() {
        let error =
            SpyError::new(ExcTy::StaticError, "`breakpoint()` stops no code at compile time");
        let error = error.error("this cannot stop here", loc);
        return Err(error.help("call it in a red function, and interpret the program"));
    }
    let Some(debugger) = m.debugger.clone() else { return Err(not_here(loc)) };
    // Whatever has failed before, the program went on.
    if let Some(fallen) = &mut m.fallen {
        **fallen = Fallen::default();
    }
    debugger.breakpoint(m)?;
    Ok(Value::None)
}

/// The error for a `breakpoint()` where nobody can be asked.
#[must_use]
pub fn not_here(loc: Loc) -> Box<SpyError> {
    SpyError::new(ExcTy::StaticError, "`breakpoint()` stops interpreted programs only")
        .error("this cannot stop here", loc)
        .help("interpret the program with `spy run --interp`, or take the call out")
}

impl Machine<'_> {
    /// The frames of a program that stands still, outermost first.
    #[must_use]
    pub fn standing(&self) -> Vec<Standing> {
        let frames = self.frames.iter().enumerate();
        let mut standing: Vec<Standing> = frames
            .map(|(index, frame)| {
                let typed = self.typed_in.iter().find(|(typed, _)| *typed == index);
                let pos = typed.map_or(frame.pos, |(_, pos)| *pos);
                let def = pos.map_or(frame.def, |pos| pos.def);
                Standing { what: frame.what.text(), pos, def: Some(def), index: Some(index) }
            })
            .collect();
        let inner = self.fallen.iter().flat_map(|fallen| fallen.inner.iter().rev());
        standing.extend(inner.map(|(what, pos)| Standing {
            what: what.clone(),
            pos: *pos,
            def: pos.map(|pos| pos.def),
            index: None,
        }));
        standing
    }

    /// From now on, keeps the frames that errors leave.
    pub fn keep_fallen(&mut self) {
        self.fallen = Some(Box::default());
    }

    /// Puts the frames back that `error`, which ended the program, has left.
    pub fn raise_fallen(&mut self, error: &SpyError) {
        let Some(fallen) = &mut self.fallen else { return };
        let frames = std::mem::take(&mut fallen.frames);
        if fallen.known == error.frames.len() {
            self.frames = frames.into_iter().rev().map(|(_, frame)| frame).collect();
        } else {
            fallen.inner.clone_from(&error.frames);
        }
    }

    /// Runs the top level of a module that could not be executed once more, for the frames that its
    /// error leaves.
    pub fn fail_again_in(&mut self, module: &Name) {
        self.fail_again(|machine| drop(machine.run_module(module)));
    }

    /// Does again what a query has failed to do, if frames are kept: the query has none. It fails in
    /// the same way, since nothing that a query does depends on anything else.
    pub(crate) fn fail_again(&mut self, work: impl FnOnce(&mut Self)) {
        if self.fallen.is_none() {
            return;
        }
        let world = self.world.take();
        let output = std::mem::take(&mut self.output);
        work(self);
        self.output = output;
        self.world = world;
    }

    /// The objects of a frame that has ended. They stay where they are if it failed and somebody
    /// wants to look at it.
    pub(crate) fn finish_objects(&mut self, key: FrameKey, failed: bool) -> Vec<Arc<Object>> {
        if failed && self.fallen.is_some() { Vec::new() } else { self.take_objects(key) }
    }

    /// Evaluates what was typed in the frame with this index.
    ///
    /// # Errors
    /// If the text is no expression, and whatever evaluating it raises.
    pub fn evaluate_typed(&mut self, index: usize, text: &str) -> Result<Shown> {
        let (body, value) = parse(text)?;
        let frame = &mut self.frames[index];
        let own_def = frame.def;
        let scope = typed_scope(self.db, self.project, frame, &body);
        let locals = frame.locals.len();
        let (module, path) = (own_def.module.clone(), own_path(frame).child(TYPED, 1));
        frame.def = DefKey::new(DefKeyData { module, path });
        frame.locals.resize(scope.symbols.len(), None);
        let own_body = std::mem::replace(&mut frame.body, Rc::new(Arc::new(body)));
        let own_scope = std::mem::replace(&mut frame.scope, Rc::new(Arc::new(scope)));
        // What is remembered about expressions is about those of the program.
        let own_sites = frame.sites.take();
        let own_pos = frame.pos;
        let (height, fallen) = (self.frames.len(), self.fallen.take());
        self.typed_in.push((index, own_pos));

        let shown = show(&mut Run::new(self, index), value);

        self.typed_in.pop();
        self.fallen = fallen;
        self.frames.truncate(height);
        let frame = &mut self.frames[index];
        (frame.def, frame.body, frame.scope) = (own_def, own_body, own_scope);
        (frame.sites, frame.pos) = (own_sites, own_pos);
        frame.locals.truncate(locals);
        shown
    }
}

/// The value of an expression of the current frame.
fn show(run: &mut Run<'_, '_>, value: ExprId) -> Result<Shown> {
    let mut ev = crate::expr::eval(run, value)?;
    ev.arg.name = None;
    let red = lift(run, &ev)?;
    let dynamic = run.machine().type_of(&red);
    let repr = to_repr(run.machine(), &ev.arg)?;
    let loc = ev.arg.loc;
    let static_type = ty_repr(ev.arg.ty);
    let text = run.apply(&repr, &[ev], loc)?;
    let text = lift(run, &text)?.as_str().map(ToString::to_string).unwrap_or_default();
    Ok(Shown { static_type, dynamic_type: ty_repr(dynamic), text })
}

/// The expression that a text is.
fn parse(text: &str) -> Result<(Body, ExprId)> {
    let wrong = |message: &str| Err(SpyError::new(ExcTy::ParseError, message));
    // Behind another statement, a text alone is no docstring.
    let module = spy_syntax::parse(&format!("def typed() -> None:\n    pass\n    {text}\n"));
    if let Some(error) = module.errors.first() {
        return wrong(&error.message);
    }
    let Some(body) = module.bodies.values().nth(1) else { return wrong("invalid syntax") };
    let refuse = |what: &str| Err(SpyError::wip(format!("not supported by SPdb: {what}")));
    match body.root.iter().map(|id| body.stmt(*id)).collect::<Vec<_>>()[..] {
        [] | [_] => wrong("invalid syntax"),
        [_, Stmt::Expr(_), _, ..] => wrong("expected exactly one statement"),
        // Nobody could find the text of a definition in it later.
        [_, Stmt::Expr(_)] if module.bodies.len() > 2 => refuse("Lambda"),
        [_, Stmt::Expr(_)] if body.exprs.iter().any(|expr| matches!(expr, Expr::Block { .. })) => {
            refuse("Block")
        }
        [_, Stmt::Expr(value)] => Ok(((**body).clone(), *value)),
        [_, stmt, ..] if body.local_def(stmt).is_some() => refuse("FuncDef"),
        [_, stmt, ..] => refuse(stmt.name()),
    }
}

/// The path of the definition whose body a frame runs, also while it evaluates what was typed.
fn own_path(frame: &Frame) -> DefPath {
    let path = &frame.def.path;
    let is_typed = path.0.rsplit('.').next() == Some(TYPED);
    path.parent().filter(|_| is_typed).unwrap_or_else(|| path.clone())
}

/// The symbols of a frame, with those that a text uses besides.
fn typed_scope(
    db: &dyn spy_db::Db,
    project: spy_db::Project,
    frame: &Frame,
    body: &Body,
) -> SymTable {
    let mut scope = (**frame.scope).clone();
    let scopes = spy_db::module_scopes(db, project, frame.def.module.clone());
    let Some(scopes) = scopes else { return scope };
    let path = own_path(frame);
    for expr in &body.exprs {
        let (name, is_target) = match expr {
            Expr::Name(name) => (name, false),
            Expr::AssignExpr { target, .. } => (&target.name, true),
            _ => continue,
        };
        if scope.symbols.contains_key(name) {
            continue;
        }
        let symbol = scopes.meaning(&path, name);
        // Of what is further out, only variables of the module can be assigned.
        if !is_target || symbol.storage == Storage::Cell {
            scope.symbols.insert(name.clone(), symbol);
        }
    }
    scope
}
