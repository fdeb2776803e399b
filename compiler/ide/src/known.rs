//! What evaluation found out about an expression.
//!
//! A definition's text may stand for many functions: one for each call of the generic function around
//! it. What is shown is what is known of the first of them.

use crate::analysis::{Cx, def_key};
use crate::index::{DefKind, FileIndex};
use spy_db::{Db, DefKey, Pos, Project};
use spy_eval::{Known, Recording, queries, record_frame};
use spy_syntax::ast::{Color, DefPath, ExprId, FuncKind, Node};
use spy_text::{HashMap, IndexMap, Name};
use spy_types::{
    BuiltinTy, CallKey, CallKeyData, FrameKey, FrameKeyData, FuncId, FuncKey, Ty, TyKey, Value,
};
use std::cell::RefCell;
use std::sync::Arc;

/// How many calls of a blue function are looked at.
const MAX_INSTANCES: usize = 4;

/// How many calls of a module's blue functions are followed in search of more.
const MAX_CALLS: usize = 200;

/// The blue calls that the text of a module leads to, by the function that is called.
type Calls = IndexMap<DefKey, Vec<CallKey>>;

impl Cx<'_> {
    /// What is known about an expression in the body of `def`.
    pub(crate) fn known(self, def: &DefPath, expr: ExprId) -> Option<Known> {
        let pos = Pos { def: self.def(def), node: Node::Expr(expr) };
        let found = self.recordings(def).iter().find_map(|recording| recording.expr(pos).cloned());
        found.map(as_function)
    }

    /// What is known about a variable or a constant of `def`.
    pub(crate) fn known_local(self, def: &DefPath, name: &Name) -> Option<Known> {
        self.noted_local(&self.recordings(def), def, name).map(as_function)
    }

    fn noted_local(
        self,
        recordings: &[Arc<Recording>],
        def: &DefPath,
        name: &Name,
    ) -> Option<Known> {
        let key = self.def(def);
        let index = self.index();
        let from_notes = recordings.iter().find_map(|notes| notes.local(key, name).cloned());
        from_notes
            .or_else(|| {
                let frames = frames_of(self.db, self.project(), self.module, &index, def, true);
                frames
                    .into_iter()
                    .find_map(|frame| frame_value(self.db, self.project(), frame, name))
            })
            .or_else(|| self.param(&index, def, name))
    }

    /// What is known about a parameter: its annotation.
    fn param(self, index: &FileIndex, def: &DefPath, name: &Name) -> Option<Known> {
        let funcs = funcs_of(self.db, self.project(), self.module, index, def, true);
        funcs.into_iter().find_map(|func| {
            let sig = queries::func_sig(self.db, self.project(), func)?;
            let param = sig.params.iter().find(|param| param.name == *name)?;
            Some(Known { color: sig.color, ty: param.ty, value: None })
        })
    }

    /// The notes of all evaluations of a definition that are looked at.
    fn recordings(self, def: &DefPath) -> Vec<Arc<Recording>> {
        let index = self.index();
        let (db, project, module) = (self.db, self.project(), self.module);
        let Some(found) = index.defs.get(def) else { return Vec::new() };
        match (found.kind, found.color) {
            (DefKind::Function, Color::Red) => funcs_of(db, project, module, &index, def, true)
                .into_iter()
                .map(|func| spy_redshift::record_func(db, project, func))
                .collect(),
            (DefKind::Class, _) => match &found.outer {
                Some(outer) => self.recordings(&outer.clone()),
                None => Vec::new(),
            },
            _ => frames_of(db, project, module, &index, def, true)
                .into_iter()
                .map(|frame| record_frame(db, project, frame))
                .collect(),
        }
    }
}

/// The notes of all evaluations of a definition that are looked at.
type Recordings = Arc<[Arc<Recording>]>;

/// What is known about the definitions of one file, each looked up once: for questions about a whole
/// file.
pub(crate) struct Notes<'a> {
    cx: Cx<'a>,
    recordings: RefCell<HashMap<DefPath, Recordings>>,
    locals: RefCell<HashMap<(DefPath, Name), Option<Known>>>,
}

impl<'a> Notes<'a> {
    pub(crate) fn new(cx: Cx<'a>) -> Self {
        Self { cx, recordings: RefCell::default(), locals: RefCell::default() }
    }

    /// As [`Cx::known`].
    pub(crate) fn expr(&self, def: &DefPath, expr: ExprId) -> Option<Known> {
        let pos = Pos { def: self.cx.def(def), node: Node::Expr(expr) };
        self.recordings(def).iter().find_map(|recording| recording.expr(pos).cloned())
    }

    fn recordings(&self, def: &DefPath) -> Recordings {
        if let Some(found) = self.recordings.borrow().get(def) {
            return Arc::clone(found);
        }
        let found: Recordings = self.cx.recordings(def).into();
        self.recordings.borrow_mut().insert(def.clone(), Arc::clone(&found));
        found
    }

    /// As [`Cx::known_local`].
    pub(crate) fn local(&self, def: &DefPath, name: &Name) -> Option<Known> {
        let key = (def.clone(), name.clone());
        if let Some(known) = self.locals.borrow().get(&key) {
            return known.clone();
        }
        let known = self.cx.noted_local(&self.recordings(def), def, name);
        self.locals.borrow_mut().insert(key, known.clone());
        known
    }
}

/// A constant or variable of a finished frame.
fn frame_value(db: &dyn Db, project: Project, frame: FrameKey, name: &Name) -> Option<Known> {
    if let FrameKeyData::Class(ty) = frame.get() {
        let fields = queries::struct_fields(db, project, *ty)?;
        if let Some((_, ty)) = fields.into_iter().find(|(field, _)| field == name) {
            return Some(Known { color: Color::Red, ty, value: None });
        }
        let value = queries::struct_attr(db, project, *ty, name.clone())?;
        let ty = value_type(db, project, &value);
        return Some(Known { color: Color::Blue, ty, value: Some(value) });
    }
    if let Some(local) = queries::frame_local(db, project, frame, name.clone()) {
        return Some(Known { color: local.color, ty: local.ty, value: local.value });
    }
    let (ty, _) = queries::frame_cell(db, project, frame, name.clone())?;
    Some(Known { color: Color::Red, ty, value: None })
}

/// The type of a value.
pub(crate) fn value_type(db: &dyn Db, project: Project, value: &Value) -> Ty {
    spy_eval::Machine::new(db, project).type_of(value)
}

/// The frames that ran a definition. Calls are searched for if `calls` says so.
fn frames_of(
    db: &dyn Db,
    project: Project,
    module: &Name,
    index: &FileIndex,
    def: &DefPath,
    calls: bool,
) -> Vec<FrameKey> {
    let Some(found) = index.defs.get(def) else { return Vec::new() };
    match found.kind {
        DefKind::Module => vec![FrameKey::new(FrameKeyData::Module(module.clone()))],
        DefKind::Class => {
            let Some(outer) = &found.outer else { return Vec::new() };
            let key = def_key(module, def);
            frames_of(db, project, module, index, outer, calls)
                .into_iter()
                .filter_map(|frame| struct_of(db, project, frame, key))
                .map(|ty| FrameKey::new(FrameKeyData::Class(ty)))
                .collect()
        }
        DefKind::Function if calls => {
            let key = def_key(module, def);
            let calls = module_calls(db, project, module.clone());
            let found = calls.get(&key).into_iter().flatten();
            found.map(|call| FrameKey::new(FrameKeyData::Call(*call))).collect()
        }
        DefKind::Function => Vec::new(),
    }
}

/// The struct that a frame made of a `class`.
fn struct_of(db: &dyn Db, project: Project, frame: FrameKey, class: DefKey) -> Option<Ty> {
    let frozen = queries::frozen(db, project, frame)?;
    if !frozen.classes.contains_key(&class.path.0) {
        return None;
    }
    let types = [false, true].map(|aliased| Ty::new(TyKey::Struct { def: class, frame, aliased }));
    let is_bound = |ty: &Ty| {
        let own = frozen.locals.get(last_part(class)).into_iter();
        own.chain(frozen.locals.values()).any(|local| local.value == Some(Value::Type(*ty)))
    };
    types.into_iter().find(is_bound).or(Some(types[0]))
}

/// The name of a definition, without those around it.
fn last_part(def: DefKey) -> &'static str {
    let path = def.get().path.0.as_str();
    path.rsplit('.').next().unwrap_or(path)
}

impl Cx<'_> {
    /// What is known about a local, without the list that it may lie in.
    pub(crate) fn unboxed(self, def: &DefPath, name: &Name, known: Known) -> Known {
        if !self.index().boxed.contains(&(def.clone(), name.clone())) {
            return known;
        }
        match spy_eval::builtins::generic_args(known.ty, "_list", "list").as_deref() {
            Some(&[item]) => Known { color: Color::Red, ty: item, value: None },
            _ => known,
        }
    }
}

/// A function that holds locals is shown as that function.
fn as_function(known: Known) -> Known {
    match spy_eval::local_def::of_type(known.ty) {
        Some(func) => Known { value: Some(Value::Func(func)), ..known },
        None => known,
    }
}

/// The functions that a `def` made.
fn funcs_of(
    db: &dyn Db,
    project: Project,
    module: &Name,
    index: &FileIndex,
    def: &DefPath,
    calls: bool,
) -> Vec<FuncId> {
    let Some(outer) = index.defs.get(def).and_then(|found| found.outer.as_ref()) else {
        return Vec::new();
    };
    let key = def_key(module, def);
    let frames = frames_of(db, project, module, index, outer, calls);
    frames.into_iter().filter_map(|frame| func_of(db, project, frame, key)).collect()
}

fn func_of(db: &dyn Db, project: Project, frame: FrameKey, def: DefKey) -> Option<FuncId> {
    let frozen = queries::frozen(db, project, frame)?;
    if !frozen.sigs.contains_key(&def.path.0) {
        return None;
    }
    let is_it = |func: &FuncId| matches!(func.get(), FuncKey::Def { def: own, .. } if *own == def);
    let in_value = |value: &Value| match value {
        Value::Func(func) => Some(*func),
        Value::Wrapped(_, inner) => match &**inner {
            Value::Func(func) => Some(*func),
            _ => None,
        },
        _ => None,
    };
    // Most are bound to their own names. Not those in what is generic, for example.
    let own = frozen.locals.get(last_part(def)).into_iter();
    let bound = own.chain(frozen.locals.values());
    let bound = bound.filter_map(|local| in_value(local.value.as_ref()?));
    // What a decorator replaced is not bound to any name.
    let plain = FuncKey::Def { def, frame, decorated: true, aliased: false };
    Some(bound.into_iter().find(is_it).unwrap_or_else(|| FuncId::new(plain)))
}

/// The blue calls that the text of a module leads to: those of its top level, of its functions, and
/// of the calls themselves.
#[salsa::tracked(returns(clone))]
fn module_calls(db: &dyn Db, project: Project, module: Name) -> Arc<Calls> {
    let mut search = Search { db, project, calls: Calls::default(), open: Vec::new(), seen: 0 };
    search.module(&module);
    search.follow(&module);
    // A generic function is often called by other modules only.
    let others = project.modules(db).keys().filter(|other| **other != module);
    for other in others.cloned().collect::<Vec<_>>() {
        let needed = spy_db::dependencies(db, project, other.clone());
        let is_own = spy_db::module_file(db, project, &other).is_some_and(|file| !file.stdlib(db));
        if is_own && needed.contains(&module) && search.seen < MAX_CALLS {
            search.module(&other);
            search.follow(&module);
        }
    }
    search.uncalled(&module);
    Arc::new(search.calls)
}

struct Search<'db> {
    db: &'db dyn Db,
    project: Project,
    calls: Calls,
    open: Vec<CallKey>,
    seen: usize,
}

impl Search<'_> {
    /// The calls of a module's top level, and of the functions there.
    fn module(&mut self, module: &Name) {
        let (db, project) = (self.db, self.project);
        let Some(file) = spy_db::module_file(db, project, module) else { return };
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        self.add(&record_frame(db, project, frame));
        let index = crate::index::file_index(db, file);
        for (path, def) in &index.defs {
            if def.kind == DefKind::Function && def.color == Color::Red {
                for func in funcs_of(db, project, module, &index, path, false) {
                    self.add(&spy_redshift::record_func(db, project, func));
                }
            }
        }
    }

    fn add(&mut self, recording: &Recording) {
        for call in recording.calls() {
            let FuncKey::Def { def, .. } = call.func.get() else { continue };
            let calls = self.calls.entry(*def).or_default();
            if calls.len() < MAX_INSTANCES && !calls.contains(&call) {
                calls.push(call);
                self.open.push(call);
            }
        }
    }

    /// The calls that the calls of a module's functions make, and the functions that they define.
    fn follow(&mut self, module: &Name) {
        while let Some(call) = self.open.pop() {
            let FuncKey::Def { def, .. } = call.func.get() else { continue };
            if def.module != *module || self.seen >= MAX_CALLS {
                continue;
            }
            self.seen += 1;
            let frame = FrameKey::new(FrameKeyData::Call(call));
            self.add(&record_frame(self.db, self.project, frame));
            let Some(frozen) = queries::frozen(self.db, self.project, frame) else { continue };
            for (path, sig) in &frozen.sigs {
                let own = def_key(module, &DefPath(path.clone()));
                if sig.color == Color::Red
                    && let Some(func) = func_of(self.db, self.project, frame, own)
                {
                    self.add(&spy_redshift::record_func(self.db, self.project, func));
                }
            }
        }
    }

    /// Generic functions that nobody calls: as if with types of which nothing is known but their names,
    /// those of the parameters. What is known then holds whatever types are given.
    fn uncalled(&mut self, module: &Name) {
        let (db, project) = (self.db, self.project);
        let Some(file) = spy_db::module_file(db, project, module) else { return };
        let index = crate::index::file_index(db, file);
        for (path, def) in &index.defs {
            let key = def_key(module, path);
            if def.kind != DefKind::Function || self.calls.contains_key(&key) {
                continue;
            }
            let funcs = funcs_of(db, project, module, &index, path, false);
            let Some(func) = funcs.into_iter().next() else { continue };
            if let Some(args) = self.unknown_types(func, module, path) {
                let call = CallKey::new(CallKeyData { func, args });
                self.calls.insert(key, vec![call]);
                self.open.push(call);
            }
        }
        self.follow(module);
    }

    /// A type for each parameter of a generic function that takes types.
    fn unknown_types(&self, func: FuncId, module: &Name, path: &DefPath) -> Option<Vec<Value>> {
        let sig = queries::func_sig(self.db, self.project, func)?;
        let takes_types = sig.params.iter().all(|param| param.ty.is(BuiltinTy::Dynamic));
        if sig.kind != FuncKind::Generic || sig.params.is_empty() || !takes_types {
            return None;
        }
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let unknown = |name: &Name| {
            let def = def_key(module, &DefPath(Name::from(format!("{}.{name}", path.0))));
            Value::Type(Ty::new(TyKey::Struct { def, frame, aliased: false }))
        };
        Some(sig.params.iter().map(|param| unknown(&param.name)).collect())
    }
}
