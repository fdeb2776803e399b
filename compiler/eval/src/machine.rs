//! The machine: frames, memory, limits, and calls.

mod blue;
mod cells;

use crate::asked::Asked;
use crate::debug::{Debugger, Fallen};
use crate::frame::{Frame, Frozen, FuncSig, Local, Param, Shared, StructData, What};
use crate::memory::Object;
use crate::queries::{self, Output};
use crate::record::Recording;
use crate::replay::Replay;
use crate::sites::Sites;
use crate::world::World;
use spy_db::{Db, DefKey, Project};
use spy_scope::SymTable;
use spy_syntax::ast::{Body, Color};
use spy_text::HashMap;
use spy_types::{
    BuiltinTy, CallKey, Endless, ExcTy, FrameKey, FrameKeyData, FuncId, FuncKey, Name, ObjId, Pos,
    Result, SpyError, Ty, TyKey, Value,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// How many frames of a traceback are kept at each end.
pub(crate) const KEPT_FRAMES: usize = 12;

/// How many steps an evaluation takes before it looks whether it was cancelled.
const STEPS_BETWEEN_CHECKS: u64 = 1 << 12;

/// Calls inside calls that an interpreted program may make.
const RUN_DEPTH: u32 = 10_000;

thread_local! {
    /// Calls inside calls, over all machines of this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs blue code: one evaluation (a query), or a whole program.
pub struct Machine<'db> {
    /// The database.
    pub db: &'db dyn Db,
    /// The project.
    pub project: Project,
    /// Everything that is running, outermost first.
    pub frames: Vec<Frame>,
    /// The outside, if a program is being run.
    pub world: Option<Box<dyn World + 'db>>,
    /// Whom a running program turns to at `breakpoint()`.
    pub debugger: Option<Rc<dyn Debugger + 'db>>,
    /// The frames that the last error has left, if somebody wants to look at them.
    pub(crate) fallen: Option<Box<Fallen>>,
    /// Frames in which something that was typed is being evaluated, and where they stand.
    pub(crate) typed_in: Vec<(usize, Option<Pos>)>,
    /// What was printed.
    pub output: Vec<Output>,
    /// What a running program has shown of that.
    replay: Replay<'db>,
    /// Module variables that a running program has assigned.
    pub cells: HashMap<(Name, Name), Value>,
    /// Operations on primitive values that have been looked up before.
    pub(crate) op_cache: HashMap<crate::ops::OpKey, Arc<crate::opimpl::OpImpl>>,
    /// Objects of the running program.
    pub(crate) own: Vec<Object>,
    /// Objects of evaluations that have not finished.
    pub(crate) heap: HashMap<FrameKey, Vec<Object>>,
    /// Objects of finished evaluations, which a running program may change.
    pub(crate) thawed: HashMap<ObjId, Object>,
    inline: HashMap<CallKey, Inline>,
    /// Functions that a running program has called before.
    prepared: HashMap<FuncId, Prepared>,
    /// What was asked of queries before.
    pub(crate) asked: Asked,
    fuel: u64,
    memory: u64,
    /// Packages that were compiled ahead of time, once one of them was called.
    pub(crate) packages: Option<Box<crate::compiled::Packages>>,
    /// What is noted about expressions on the way, if somebody wants to know.
    pub(crate) recording: Option<Box<Recording>>,
    /// Errors of statements behind which evaluation went on, if it may.
    pub(crate) tolerated: Option<Vec<SpyError>>,
    /// Calls around this machine, in other machines of the thread.
    base: u32,
    /// Calls inside calls so far, at most.
    height: u32,
}

/// What calls of a `def`'d function need.
#[derive(Clone)]
struct Prepared {
    body: Shared<Body>,
    scope: Shared<SymTable>,
    sig: Shared<FuncSig>,
    /// Indices of the parameters among the locals.
    params: Rc<[Option<usize>]>,
    sites: Rc<Sites>,
}

/// A call that the machine evaluates itself, because it involves a live frame.
pub(crate) enum Inline {
    Running,
    Done(Value, Arc<Frozen>),
}

impl<'db> Machine<'db> {
    /// A machine with full limits and nothing running.
    #[must_use]
    pub fn new(db: &'db dyn Db, project: Project) -> Self {
        let limits = project.limits(db);
        Self {
            db,
            project,
            frames: Vec::new(),
            world: None,
            debugger: None,
            fallen: None,
            typed_in: Vec::new(),
            output: Vec::new(),
            replay: Replay::new(db, project),
            cells: HashMap::default(),
            op_cache: HashMap::default(),
            own: Vec::new(),
            heap: HashMap::default(),
            thawed: HashMap::default(),
            inline: HashMap::default(),
            prepared: HashMap::default(),
            asked: Asked::default(),
            fuel: limits.fuel,
            memory: limits.memory,
            packages: None,
            recording: None,
            tolerated: limits.keep_going.then(Vec::new),
            base: DEPTH.get(),
            height: 0,
        }
    }

    /// Counts one step.
    ///
    /// # Errors
    /// When the budget is used up. A running program has no budget.
    pub fn step(&mut self) -> Result<()> {
        if self.world.is_some() {
            return Ok(());
        }
        if self.fuel == 0 {
            return Err(SpyError::new(
                ExcTy::StaticError,
                "compile-time evaluation takes too long",
            )
            .help("give it more steps with `--blue-fuel N`, or compute less at compile time"));
        }
        self.fuel -= 1;
        if self.fuel.is_multiple_of(STEPS_BETWEEN_CHECKS) {
            // Who waits for this result may not want it any more.
            self.db.unwind_if_revision_cancelled();
        }
        Ok(())
    }

    /// Steps that may still be taken.
    pub(crate) fn fuel_left(&self) -> u64 {
        self.fuel
    }

    /// Takes at most so many more steps.
    pub(crate) fn limit_fuel(&mut self, left: u64) {
        self.fuel = self.fuel.min(left);
        // Who waits for this result may not want it any more.
        self.db.unwind_if_revision_cancelled();
    }

    /// Counts `items` values of memory.
    ///
    /// # Errors
    /// When the limit is reached.
    pub fn charge(&mut self, items: usize) -> Result<()> {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        match self.memory.checked_sub(items) {
            Some(rest) => {
                // A running program reuses what it dropped; it is bounded by each allocation.
                if self.world.is_none() {
                    self.memory = rest;
                }
                Ok(())
            }
            None => Err(SpyError::new(ExcTy::StaticError, "out of memory at compile time")),
        }
    }

    /// Counts `more` calls inside the current one.
    fn reach(&mut self, more: u32) -> Result<()> {
        let (limit, etype) = match self.world {
            Some(_) => (RUN_DEPTH, ExcTy::PanicError),
            None => (self.project.limits(self.db).depth, ExcTy::StaticError),
        };
        let height = DEPTH.get().saturating_sub(self.base).saturating_add(more);
        if height > limit {
            return Err(too_deep(limit, etype));
        }
        self.height = self.height.max(height);
        Ok(())
    }

    /// The frame with this index.
    pub fn frame(&mut self, index: usize) -> &mut Frame {
        &mut self.frames[index]
    }

    // -- frames ---------------------------------------------------------------------------------

    /// What remains of a frame that has finished, here or in a query.
    pub fn frozen_frame(&mut self, key: FrameKey) -> Option<Arc<Frozen>> {
        if let FrameKeyData::Call(call) = key.get()
            && let Some(Inline::Done(_, frame)) = self.inline.get(call)
        {
            return Some(frame.clone());
        }
        if let FrameKeyData::Class(ty) = key.get() {
            return Some(self.struct_data(*ty)?.frame.clone());
        }
        queries::frozen(self.db, self.project, key)
    }

    pub(crate) fn live_frame(&self, key: FrameKey) -> Option<usize> {
        if self.frames.last().is_some_and(|frame| frame.sites.is_some()) {
            return None;
        }
        self.frames.iter().rposition(|frame| frame.key == Some(key))
    }

    /// A local of a frame, running or finished.
    pub fn frame_local(&mut self, key: FrameKey, name: &Name) -> Option<Local> {
        if let FrameKeyData::Captured { locals, constants, .. } = key.get() {
            return crate::closure::local(self, locals, constants, name);
        }
        if let Some(index) = self.live_frame(key) {
            return self.frames[index].local(name).cloned();
        }
        if self.is_inline(key) {
            return self.frozen_frame(key)?.locals.get(name).cloned();
        }
        self.finished_local(key, name)
    }

    /// The type and value of a module variable.
    pub fn frame_cell(&mut self, key: FrameKey, name: &Name) -> Option<(Ty, Value)> {
        if let Some(index) = self.live_frame(key) {
            return self.frames[index].cells.get(name).cloned();
        }
        let (ty, value) = queries::frame_cell(self.db, self.project, key, name.clone())?;
        if self.world.is_some()
            && let Some(module) = self.declaring_module(key)
        {
            return Some((ty, self.declared_variable(module, name, ty).ok()?));
        }
        if let FrameKeyData::Module(module) = key.get()
            && let Some(assigned) = self.cells.get(&(module.clone(), name.clone()))
        {
            return Some((ty, assigned.clone()));
        }
        Some((ty, value))
    }

    /// The same for who reads it: what no text can say about it stands in the package's memory.
    pub(crate) fn cell_value(&mut self, key: FrameKey, name: &Name) -> Option<(Ty, Value)> {
        let (ty, value) = self.frame_cell(key, name)?;
        let module = self.declaring_module(key).filter(|_| self.world.is_none());
        match module.filter(|_| crate::compiled::may_lack_value(ty, &value)) {
            Some(module) => Some((ty, self.declared_variable(module, name, ty).ok()?)),
            None => Some((ty, value)),
        }
    }

    /// What a module variable was when its module had been executed.
    pub fn first_value(&mut self, module: &Name, name: &Name) -> Option<Value> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        if let Some(index) = self.live_frame(key) {
            return self.frames[index].cells.get(name).map(|(_, value)| value.clone());
        }
        let (ty, value) = queries::frame_cell(self.db, self.project, key, name.clone())?;
        let may_lack = self.declares(module) && crate::compiled::may_lack_value(ty, &value);
        if may_lack { self.declared_variable(module, name, ty).ok() } else { Some(value) }
    }

    /// Whether a frame's result is known to this machine only, or has parts that are.
    pub(crate) fn is_inline(&self, key: FrameKey) -> bool {
        match key.get() {
            FrameKeyData::Call(call) => self.inline.contains_key(call),
            FrameKeyData::Class(ty) => match ty.get() {
                TyKey::Struct { frame, .. } => {
                    self.live_frame(*frame).is_some() || self.is_inline(*frame)
                }
                _ => false,
            },
            FrameKeyData::Captured { outer, .. } => self.is_inline(*outer),
            FrameKeyData::Module(_) => false,
        }
    }

    /// The contents of a struct; `None` while it is only declared. Whoever needs the fields or one
    /// attribute should ask for these: then it does not matter what else the struct has.
    pub fn struct_data(&mut self, ty: Ty) -> Option<Arc<StructData>> {
        match self.own_struct(ty) {
            Some(data) => data,
            None => queries::struct_data(self.db, self.project, ty),
        }
    }

    /// The contents of a struct that this machine is making, or has made outside of a query.
    fn own_struct(&mut self, ty: Ty) -> Option<Option<Arc<StructData>>> {
        let TyKey::Struct { def, frame, .. } = ty.get() else { return Some(None) };
        let is_live = self.live_frame(*frame).is_some() || self.is_inline(*frame);
        if is_live && crate::generator::is_state(ty) {
            return Some(crate::generator::state(self, ty));
        }
        if let Some(index) = self.live_frame(*frame) {
            return Some(self.frames[index].classes.get(&def.path.0).cloned());
        }
        if self.is_inline(*frame) {
            return Some(self.frozen_frame(*frame)?.classes.get(&def.path.0).cloned());
        }
        None
    }

    /// An attribute of a struct, as its body left it.
    pub fn struct_attr(&mut self, ty: Ty, name: &str) -> Option<Value> {
        match self.own_struct(ty) {
            Some(data) => data?.dict.get(name).cloned(),
            None => self.finished_attr(ty, name),
        }
    }

    /// Where a struct's header stands.
    pub fn struct_header(&mut self, ty: Ty) -> Option<spy_db::Pos> {
        match self.own_struct(ty) {
            Some(data) => Some(data?.header),
            None => queries::struct_header(self.db, self.project, ty),
        }
    }

    /// Names and types of a struct's fields.
    ///
    /// # Errors
    /// If the struct is only declared yet.
    pub fn struct_fields(&mut self, ty: Ty) -> Result<Vec<(Name, Ty)>> {
        if matches!(ty.get(), TyKey::TerminalSize) {
            let int = Ty::from(spy_types::ScalarTy::I32);
            return Ok(vec![("columns".into(), int), ("lines".into(), int)]);
        }
        let fields = match self.own_struct(ty) {
            Some(data) => data.map(|data| data.fields.clone()),
            None => queries::struct_fields(self.db, self.project, ty),
        };
        match fields {
            Some(fields) => Ok(fields),
            None => Err(SpyError::type_error(format!(
                "`{}` is used before its definition is complete",
                spy_types::names::ty_human(ty)
            ))),
        }
    }

    // -- types ----------------------------------------------------------------------------------

    /// The dynamic type of a value.
    pub fn type_of(&mut self, value: &Value) -> Ty {
        match value {
            Value::Func(func) => self.func_type(*func),
            other => other.ty().unwrap_or_else(|| BuiltinTy::Object.into()),
        }
    }

    /// Runs the body of a `def`'d function. With a key, the frame stays on the stack for the
    /// caller to freeze.
    pub(crate) fn run_def(
        &mut self,
        func: FuncId,
        args: Vec<Value>,
        key: Option<FrameKey>,
    ) -> Result<Value> {
        let FuncKey::Def { def, frame: outer, .. } = func.get() else {
            return Err(SpyError::type_error("not a function with a body"));
        };
        let Prepared { body, scope, sig, sites, params } = self.prepare(func, *def)?;
        let what = match key.map(FrameKey::get) {
            Some(FrameKeyData::Call(call)) => What::Call(*call),
            _ => What::Func(func),
        };
        let blue = sig.color == Color::Blue;
        let mut frame = frame_of(*def, key, Some(*outer), what, blue, body, scope);
        frame.ret = Some((sig.ret, Some(ret_loc(&sig))));
        if self.world.is_some() && key.is_none() {
            let around = self.frames.last();
            frame.sites = around.is_none_or(|frame| frame.sites.is_some()).then_some(sites);
        }
        self.frames.push(frame);
        let index = self.frames.len() - 1;
        let result = crate::call::bind_params(self, index, &sig, &params, args)
            .and_then(|()| deep(|| crate::exec::run_function_body(self, index)));
        let result = result.map_err(|error| self.trace(error, index));
        self.frames.truncate(index + 1);
        if key.is_none() {
            self.frames.pop();
        }
        result
    }

    /// Whether a running program has called a function before, and it is red.
    pub(crate) fn is_known_red(&self, func: FuncId) -> bool {
        self.prepared.get(&func).is_some_and(|prepared| prepared.sig.color == Color::Red)
    }

    /// The body, scope and signature of a function. A running program calls the same functions over
    /// and over, and nothing that they depend on changes any more.
    fn prepare(&mut self, func: FuncId, def: DefKey) -> Result<Prepared> {
        if let Some(prepared) = self.prepared.get(&func) {
            return Ok(prepared.clone());
        }
        let sig = self.func_sig(func).ok_or_else(|| {
            SpyError::type_error(format!("`{}` is not defined", spy_types::names::func_human(func)))
        })?;
        self.db.looks_into(def);
        let (body, scope) = self.source(def)?;
        let slot = |param: &Param| scope.symbols.get_index_of(param.name.as_str());
        let params = sig.params.iter().map(slot).collect();
        let prepared = Prepared { body, scope, sig, params, sites: Rc::default() };
        if self.world.is_some() && !self.frames.iter().any(|frame| frame.key.is_some()) {
            self.prepared.insert(func, prepared.clone());
        }
        Ok(prepared)
    }

    /// Adds what frame `index` was doing to an error that leaves it.
    pub fn trace(&mut self, mut error: Box<SpyError>, index: usize) -> Box<SpyError> {
        if let Some(frame) = self.frames.get(index) {
            if let Some(fallen) = &mut self.fallen {
                fallen.add(&error, index, frame);
            }
            // Of a deep recursion, its end and its beginning tell most.
            if error.frames.len() >= 2 * KEPT_FRAMES {
                error.frames.remove(KEPT_FRAMES);
            }
            error.frames.push((frame.what.text(), frame.pos));
        }
        error
    }

    /// A frame for a definition, with nothing in it yet.
    ///
    /// # Errors
    /// If the definition's module has errors of its own.
    pub fn new_frame(
        &self,
        def: DefKey,
        key: Option<FrameKey>,
        outer: Option<FrameKey>,
        what: What,
        blue: bool,
    ) -> Result<Frame> {
        if !matches!(what, What::Redshift(_)) {
            self.db.looks_into(def);
        }
        let (body, scope) = self.source(def)?;
        Ok(frame_of(def, key, outer, what, blue, body, scope))
    }

    fn source(&self, def: DefKey) -> Result<(Shared<Body>, Shared<SymTable>)> {
        let body = spy_db::def_body(self.db, self.project, def).map(Rc::new);
        let scope = spy_db::def_scope(self.db, self.project, def).map(Rc::new);
        body.zip(scope).ok_or_else(|| {
            let message = format!("module `{}` does not exist", def.module);
            SpyError::new(ExcTy::ImportError, message)
        })
    }
}

fn frame_of(
    def: DefKey,
    key: Option<FrameKey>,
    outer: Option<FrameKey>,
    what: What,
    blue: bool,
    body: Shared<Body>,
    scope: Shared<SymTable>,
) -> Frame {
    let locals = vec![None; scope.symbols.len()];
    Frame {
        key,
        what,
        def,
        outer,
        body,
        scope,
        locals,
        cells: std::collections::BTreeMap::new(),
        sigs: std::collections::BTreeMap::new(),
        classes: std::collections::BTreeMap::new(),
        blue,
        ret: None,
        pos: None,
        sites: None,
    }
}

fn ret_loc(sig: &FuncSig) -> spy_types::Loc {
    let node = spy_syntax::ast::Node::Expr(sig.ret_expr);
    spy_db::Pos { def: sig.container, node }.into()
}

/// Runs `work` on a stack with room for another level of recursion.
pub fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, work)
}

/// Counts a call for as long as it lives.
pub(crate) struct Depth;

impl Depth {
    /// Enters a call. Calls are counted from where the machine's evaluation began, so that the
    /// limit does not depend on who asked for it.
    pub(crate) fn enter(machine: &mut Machine<'_>) -> Result<Self> {
        machine.reach(1)?;
        DEPTH.set(DEPTH.get() + 1);
        Ok(Self)
    }
}

/// Calls are nested deeper than the limit.
pub(crate) fn too_deep(limit: u32, etype: ExcTy) -> Box<SpyError> {
    SpyError::new(etype, format!("calls are nested more than {limit} deep"))
        .endless(Endless::Depth)
        .help("is a recursion missing its end?")
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}
