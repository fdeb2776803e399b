//! Module images and blue calls as salsa queries, and questions about finished frames.
//!
//! A blue call that mentions nothing that is still running is a query of its own: this is SPy's
//! rule that blue calls are memoised by their arguments. A call that closes over, or is passed, a
//! frame that is still live is evaluated by the machine that owns the frame, and remembered there.

use crate::frame::{Frozen, FuncSig, Local, StructData};
use crate::machine::{Machine, too_deep};
use spy_db::{Db, Pos, Project};
use spy_syntax::ast::{Body, Expr, Stmt, StmtId};
use spy_text::Name;
use spy_types::{
    CallKey, DefKey, Endless, FrameKey, FrameKeyData, FuncId, FuncKey, SpyError, Ty, TyKey, Value,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something printed at compile time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Text.
    Text(String),
    /// Whatever this call printed, if it has not been printed yet.
    Call(CallKey),
    /// What a call printed that was evaluated as part of another evaluation.
    Inline(CallKey, Vec<Output>),
}

/// The result of an evaluation: of a module's top level, or of a blue call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evaluation {
    /// The value (`None` for modules), or what went wrong.
    pub result: Result<Value, Box<SpyError>>,
    /// What remains of its frame.
    pub frame: Arc<Frozen>,
    /// What it printed.
    pub output: Vec<Output>,
    /// Calls inside calls that a blue call needed, at most.
    pub height: u32,
}

impl Evaluation {
    fn failed(error: Box<SpyError>) -> Self {
        Self { result: Err(error), frame: Arc::default(), output: Vec::new(), height: 0 }
    }
}

/// Executes a module's top level. Runs again if the module's own top level, or what it evaluated,
/// changed; editing a function that is not called at import time leaves it alone.
#[salsa::tracked(returns(clone), cycle_result = module_cycle)]
pub fn module_image(db: &dyn Db, project: Project, module: Name) -> Arc<Evaluation> {
    db.runs("module", &|| module.to_string());
    let mut machine = Machine::new(db, project);
    Arc::new(machine.run_module(&module))
}

fn module_cycle(db: &dyn Db, _: salsa::Id, project: Project, module: Name) -> Arc<Evaluation> {
    Arc::new(Evaluation::failed(circular_import(db, project, &module)))
}

fn circular_import(db: &dyn Db, project: Project, module: &Name) -> Box<SpyError> {
    let error = SpyError::new(
        spy_types::ExcTy::ImportError,
        format!(
            "cannot import `{module}`: its top level needs a value of a module whose top level needs \
             one of it (circular import)"
        ),
    );
    let Some(file) = spy_db::module_file(db, project, module) else { return error };
    let home = spy_db::home(db, file, module);
    let imports = spy_scope::imports(spy_db::parse(db, file), &home);
    let closing = imports
        .iter()
        .find(|(impref, _)| spy_db::needs(db, project, impref.module.clone(), module.clone()));
    match closing.and_then(|(_, node)| crate::expr::node_loc(module, node)) {
        Some(loc) => error.error("this import is part of the cycle", loc),
        None => error,
    }
}

/// Runs a blue function. Runs again if the body of something that it ran changed.
#[salsa::tracked(returns(clone), cycle_result = call_cycle)]
pub fn blue_call(db: &dyn Db, project: Project, call: CallKey) -> Arc<Evaluation> {
    db.runs("call", &|| {
        format!("{}#{:016x}", spy_types::names::call_full(call).full(), call.stable_hash())
    });
    let mut machine = Machine::new(db, project);
    let evaluation = machine.run_blue_call(call);
    // Of calls that need each other, or that are nested too deep, any may be the first to be asked
    // for. What each of them says must not depend on that.
    match evaluation.result.as_ref().err().and_then(|error| error.endless) {
        Some(Endless::Cycle) => Arc::new(Evaluation::failed(recursion_error(call))),
        Some(Endless::Depth) => {
            let limit = project.limits(db).depth;
            Arc::new(Evaluation::failed(too_deep(limit, spy_types::ExcTy::StaticError)))
        }
        Some(Endless::Inline) | None => Arc::new(evaluation),
    }
}

fn call_cycle(_: &dyn Db, _: salsa::Id, _: Project, call: CallKey) -> Arc<Evaluation> {
    Arc::new(Evaluation::failed(recursion_error(call)))
}

/// A blue call that needs its own result, or that of a call which does.
pub(crate) fn recursion_error(call: CallKey) -> Box<SpyError> {
    let name = spy_types::names::call_full(call);
    SpyError::type_error(format!("infinite recursion: `{name}` needs its own result"))
        .endless(Endless::Cycle)
        .help("inside a generic class, name the class itself `Self`")
}

/// What remains of a finished frame, if it could be evaluated.
pub fn frozen(db: &dyn Db, project: Project, frame: FrameKey) -> Option<Arc<Frozen>> {
    match frame.get() {
        FrameKeyData::Module(module) => {
            Some(module_image(db, project, module.clone()).frame.clone())
        }
        FrameKeyData::Call(call) => Some(blue_call(db, project, *call).frame.clone()),
        FrameKeyData::Class(ty) => Some(struct_data(db, project, *ty)?.frame.clone()),
        FrameKeyData::Captured { .. } => None,
    }
}

/// A local of a finished frame. Equal unless that local changed.
#[salsa::tracked(returns(clone))]
pub fn frame_local(db: &dyn Db, project: Project, frame: FrameKey, name: Name) -> Option<Local> {
    frozen(db, project, frame)?.locals.get(&name).cloned()
}

/// The type and first value of a module variable. Equal unless that variable changed.
#[salsa::tracked(returns(clone))]
pub fn frame_cell(
    db: &dyn Db,
    project: Project,
    frame: FrameKey,
    name: Name,
) -> Option<(Ty, Value)> {
    frozen(db, project, frame)?.cells.get(&name).cloned()
}

/// The signature of a function that a finished frame defined. Equal unless it changed.
#[salsa::tracked(returns(clone))]
pub fn frame_sig(
    db: &dyn Db,
    project: Project,
    frame: FrameKey,
    path: Name,
) -> Option<Arc<FuncSig>> {
    frozen(db, project, frame)?.sigs.get(&path).cloned()
}

/// A struct that a finished frame defined. Equal unless it changed.
#[salsa::tracked(returns(clone))]
pub fn frame_class(
    db: &dyn Db,
    project: Project,
    frame: FrameKey,
    path: Name,
) -> Option<Arc<StructData>> {
    frozen(db, project, frame)?.classes.get(&path).cloned()
}

/// The signature of a `def`'d function of a finished frame.
pub fn func_sig(db: &dyn Db, project: Project, func: FuncId) -> Option<Arc<FuncSig>> {
    match func.get() {
        FuncKey::Def { def, frame, .. } => frame_sig(db, project, *frame, def.path.0.clone()),
        _ => None,
    }
}

/// The struct for the locals of a generator. Equal unless their types changed.
#[salsa::tracked(returns(clone), cycle_result = no_state)]
fn generator_state(db: &dyn Db, project: Project, ty: Ty) -> Option<Arc<StructData>> {
    crate::generator::state(&mut Machine::new(db, project), ty)
}

fn no_state(_: &dyn Db, _: salsa::Id, _: Project, _: Ty) -> Option<Arc<StructData>> {
    None
}

/// The contents of a struct of a finished frame.
pub fn struct_data(db: &dyn Db, project: Project, ty: Ty) -> Option<Arc<StructData>> {
    match ty.get() {
        TyKey::Struct { def, .. } if def.path.is_generator_state() => {
            generator_state(db, project, ty)
        }
        TyKey::Struct { def, frame, .. } => frame_class(db, project, *frame, def.path.0.clone()),
        _ => None,
    }
}

/// The first `return` of a body that is not its last statement, and whether its last statement is
/// one. Equal unless that changed: `@force_inline` asks while the module runs, which shall not run
/// again for every edit of the function.
#[salsa::tracked(returns(copy))]
pub(crate) fn tail_return(
    db: &dyn Db,
    project: Project,
    def: DefKey,
) -> Option<(Option<StmtId>, bool)> {
    db.looks_into(def);
    let body = spy_db::def_body(db, project, def)?;
    let last = body.root.last().copied();
    let is_return = |id: &StmtId| matches!(body.stmt(*id), Stmt::Return(_));
    let ids = (0..).map(StmtId).take(body.stmts.len());
    let stray = ids.filter(is_return).find(|id| Some(*id) != last);
    Some((stray, last.as_ref().is_some_and(is_return)))
}

/// Names and types of the fields of a finished struct. Equal unless these changed.
#[salsa::tracked(returns(clone))]
pub fn struct_fields(db: &dyn Db, project: Project, ty: Ty) -> Option<Vec<(Name, Ty)>> {
    Some(struct_data(db, project, ty)?.fields.clone())
}

/// An attribute of a finished struct. Equal unless it changed.
#[salsa::tracked(returns(clone))]
pub fn struct_attr(db: &dyn Db, project: Project, ty: Ty, name: Name) -> Option<Value> {
    struct_data(db, project, ty)?.dict.get(&name).cloned()
}

/// Where the header of a finished struct stands.
#[salsa::tracked(returns(copy))]
pub fn struct_header(db: &dyn Db, project: Project, ty: Ty) -> Option<Pos> {
    Some(struct_data(db, project, ty)?.header)
}

/// What went wrong when a module was executed. Equal unless that changed.
#[salsa::tracked(returns(clone), cycle_result = error_cycle)]
pub fn module_error(db: &dyn Db, project: Project, module: Name) -> Option<Box<SpyError>> {
    module_image(db, project, module).result.clone().err()
}

fn error_cycle(db: &dyn Db, _: salsa::Id, project: Project, module: Name) -> Option<Box<SpyError>> {
    Some(circular_import(db, project, &module))
}

/// The locals of a function that are used outside the branch or loop that assigns them.
#[salsa::tracked(returns(clone))]
pub fn escaping(db: &dyn Db, project: Project, def: DefKey) -> Arc<BTreeSet<Name>> {
    let body = spy_db::def_body(db, project, def);
    Arc::new(body.map(|body| crate::escape::escaping_names(&body)).unwrap_or_default())
}

/// The names of a function that are a new variable in each loop.
#[salsa::tracked(returns(clone))]
pub fn separate(db: &dyn Db, project: Project, def: DefKey) -> Arc<BTreeSet<Name>> {
    let Some(body) = spy_db::def_body(db, project, def) else { return Arc::default() };
    let mut names = crate::separate::separate_names(&body);
    if !names.is_empty() {
        // Functions inside may read them at any time.
        without_captured(db, project, def, &body, &mut names);
    }
    Arc::new(names)
}

/// Takes the names out that functions and classes inside of `def` capture.
fn without_captured(
    db: &dyn Db,
    project: Project,
    def: DefKey,
    body: &Body,
    names: &mut BTreeSet<Name>,
) {
    let stmts = body.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::FuncDef(inner) => Some(&inner.body),
        Stmt::ClassDef(inner) => Some(&inner.body),
        _ => None,
    });
    let lambdas = body.exprs.iter().filter_map(|expr| match expr {
        Expr::Lambda(inner) => Some(&inner.body),
        _ => None,
    });
    for path in stmts.chain(lambdas) {
        let inner = crate::define::def_key(def, path);
        if let Some(scope) = spy_db::def_scope(db, project, inner) {
            names.retain(|name| scope.symbols.get(name).is_none_or(|symbol| symbol.level == 0));
        }
        if let Some(body) = spy_db::def_body(db, project, inner) {
            crate::machine::deep(|| without_captured(db, project, inner, &body, names));
        }
    }
}

/// The definition whose body a frame runs.
#[must_use]
pub fn frame_def(frame: FrameKey) -> Option<DefKey> {
    match frame.get() {
        FrameKeyData::Module(module) => Some(module_def(module)),
        FrameKeyData::Class(ty) => match ty.get() {
            TyKey::Struct { def, .. } => Some(*def),
            _ => None,
        },
        FrameKeyData::Call(call) => match call.func.get() {
            FuncKey::Def { def, .. } => Some(*def),
            _ => None,
        },
        FrameKeyData::Captured { def, .. } => Some(*def),
    }
}

/// The frame around a frame.
#[must_use]
pub fn frame_outer(frame: FrameKey) -> Option<FrameKey> {
    match frame.get() {
        FrameKeyData::Module(_) => None,
        FrameKeyData::Class(ty) => match ty.get() {
            TyKey::Struct { frame, .. } => Some(*frame),
            _ => None,
        },
        FrameKeyData::Call(call) => match call.func.get() {
            FuncKey::Def { frame, .. } => Some(*frame),
            _ => None,
        },
        FrameKeyData::Captured { outer, .. } => Some(*outer),
    }
}

/// A module's top level as a definition.
#[must_use]
pub fn module_def(module: &Name) -> DefKey {
    DefKey::new(spy_types::DefKeyData {
        module: module.clone(),
        path: spy_syntax::ast::DefPath::module(),
    })
}
