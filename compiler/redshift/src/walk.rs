//! The walk over everything reachable, in order of discovery.

use crate::check::belongs_to_other;
use crate::lower::{Lowering, lower_type};
use crate::program::Warm;
use crate::queries::{Mention, Shifted, redshift};
use spy_db::{Db, Project};
use spy_eval::Machine;
use spy_ir::{Cell, Data, DataItems, Fqn};
use spy_syntax::ast::{Color, MarkId};
use spy_text::HashMap;
use spy_text::{IndexMap, IndexSet};
use spy_types::names::cell_fqn;
use spy_types::names::{func_fqn, object_fqn, ty_fqn, ty_human};
use spy_types::{
    FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, ObjId, SpyError, Ty, TyKey, Value,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The walk over everything reachable, in order of discovery.
pub(crate) struct Walk<'db> {
    pub(crate) machine: Machine<'db>,
    pub(crate) db: &'db dyn Db,
    pub(crate) project: Project,
    pub(crate) lazy: bool,
    pub(crate) queue: IndexSet<FuncId>,
    pub(crate) types: IndexSet<Ty>,
    /// Functions whose address is a value.
    pub(crate) addressed: BTreeSet<Fqn>,
    /// Objects that become static data, with the types of their items.
    pub(crate) objects: IndexMap<ObjId, Ty>,
    pub(crate) data: Vec<Arc<Data>>,
    /// Modules whose variables are mentioned.
    pub(crate) varying: IndexSet<Name>,
    /// Variables of each module.
    pub(crate) cells: HashMap<Name, Vec<Cell>>,
    pub(crate) shifted: Vec<Arc<Shifted>>,
    pub(crate) errors: Vec<SpyError>,
    pub(crate) missing_main: bool,
    /// The module whose own functions are walked; all, if there is none.
    pub(crate) only: Option<Name>,
}

impl<'db> Walk<'db> {
    pub(crate) fn new(db: &'db dyn Db, project: Project, lazy: bool) -> Self {
        Self {
            machine: Machine::new(db, project),
            db,
            project,
            lazy,
            queue: IndexSet::default(),
            types: IndexSet::default(),
            addressed: BTreeSet::new(),
            objects: IndexMap::default(),
            data: Vec::new(),
            varying: IndexSet::default(),
            cells: HashMap::default(),
            shifted: Vec::new(),
            errors: Vec::new(),
            missing_main: false,
            only: None,
        }
    }

    pub(crate) fn is_stdlib(&self, module: &Name) -> bool {
        spy_eval::builtins::is_builtin_module(module)
            || spy_db::module_file(self.db, self.project, module)
                .is_some_and(|file| file.stdlib(self.db))
    }

    /// Whether a module's code was compiled ahead of time.
    pub(crate) fn is_interface(&self, module: &Name) -> bool {
        spy_db::is_interface(self.db, self.project, module)
    }

    /// Adds what a module's own names stand for, in source order. Library modules contribute what
    /// is reachable from user code only.
    pub(crate) fn module(&mut self, module: &Name) {
        if self.is_stdlib(module) || self.is_interface(module) {
            return;
        }
        let def = spy_eval::queries::module_def(module);
        let Some(scope) = spy_db::def_scope(self.db, self.project, def) else { return };
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        for name in scope.symbols.keys() {
            let local = self.machine.frame_local(frame, name);
            match local.and_then(|local| local.value) {
                Some(Value::Func(func)) => self.user_func(func),
                Some(Value::Type(ty)) => self.add_type(ty),
                _ => {}
            }
        }
    }

    pub(crate) fn user_func(&mut self, func: FuncId) {
        if !self.is_stdlib(func_fqn(func).module()) {
            self.add_func(func);
        }
    }

    pub(crate) fn add_func(&mut self, func: FuncId) {
        if self.only.as_ref().is_some_and(|module| belongs_to_other(func, module)) {
            return;
        }
        let code = match func.get() {
            FuncKey::Def { .. } => self
                .machine
                .func_sig(func)
                .is_some_and(|sig| sig.color == Color::Red && !sig.force_inline),
            FuncKey::AutoEq(_)
            | FuncKey::AutoNe(_)
            | FuncKey::Bind(..)
            | FuncKey::Bound(..)
            | FuncKey::Wrapper(_) => true,
            _ => false,
        };
        if code {
            self.queue.insert(func);
        }
    }

    pub(crate) fn add_type(&mut self, ty: Ty) {
        if !self.types.insert(ty) {
            return;
        }
        match ty.get() {
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) => self.add_type(*item),
            TyKey::Func(func) => {
                func.params.iter().chain([&func.ret]).for_each(|ty| self.add_type(*ty));
            }
            TyKey::Struct { .. } => {
                let Some(data) = self.machine.struct_data(ty) else { return };
                for (_, field) in &data.fields {
                    self.add_type(*field);
                }
                let module = ty_fqn(ty).module().clone();
                if self.is_stdlib(&module) || self.is_interface(&module) {
                    return;
                }
                for value in data.dict.values() {
                    match value {
                        Value::Func(func) => self.add_func(*func),
                        Value::Wrapped(_, inner) => {
                            if let Value::Func(func) = &**inner {
                                self.add_func(*func);
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Redshifts the queue, and what it mentions, until nothing is new.
    pub(crate) fn run(&mut self, warm: Option<Warm<'_>>) {
        let mut done = 0;
        while done < self.queue.len() || self.data.len() < self.objects.len() {
            self.add_objects();
            let batch: Vec<FuncId> = self.queue.iter().skip(done).copied().collect();
            if let Some(warm) = warm {
                warm(&batch, self.lazy);
            }
            for func in &batch {
                let shifted = redshift(self.db, self.project, *func, self.lazy);
                self.add_mentions(&shifted.mentions);
                self.shifted.push(shifted);
            }
            done += batch.len();
        }
        self.sort_siblings();
    }

    pub(crate) fn add_mentions(&mut self, mentions: &[Mention]) {
        for mention in mentions {
            match mention {
                Mention::Func(func) => self.add_func(*func),
                Mention::Address(func) => {
                    self.addressed.insert(func_fqn(*func));
                    self.add_func(*func);
                }
                Mention::Data(object, item) => {
                    self.objects.entry(*object).or_insert(*item);
                }
                Mention::Type(ty) => self.add_type(*ty),
                Mention::Cells(frame) => {
                    if let FrameKeyData::Module(module) = frame.get() {
                        self.varying.insert(module.clone());
                    }
                }
            }
        }
    }

    /// Turns objects into static data, and those that they point to.
    pub(crate) fn add_objects(&mut self) {
        while let Some((id, item)) = self.objects.get_index(self.data.len()) {
            let (id, item) = (*id, *item);
            self.add_type(item);
            let mut lowering = Lowering::new(&mut self.machine);
            let data = lowering.data(id, item);
            let mentions = lowering.mentions;
            self.add_mentions(&mentions);
            let data = data.unwrap_or_else(|error| {
                self.errors.push(*error);
                let items = DataItems::Values(Vec::new());
                Data { fqn: object_fqn(id), item: lower_type(item), items }
            });
            self.data.push(Arc::new(data));
        }
    }

    /// Adds the variables of a module.
    pub(crate) fn module_cells(&mut self, module: &Name) {
        let image = spy_eval::module_image(self.db, self.project, module.clone());
        let mut cells = Vec::new();
        for (name, (ty, value)) in &image.frame.cells {
            self.add_type(*ty);
            let mut lowering = Lowering::new(&mut self.machine);
            let init = lowering.constant(value, *ty);
            let mentions = lowering.mentions;
            self.add_mentions(&mentions);
            match init {
                Ok(init) => {
                    cells.push(Cell { fqn: cell_fqn(module, name), ty: lower_type(*ty), init });
                }
                Err(error) => {
                    let error = match self.cell_loc(module, name) {
                        Some(loc) => error.error(format!("this is `{}`", ty_human(*ty)), loc),
                        None => error,
                    };
                    self.errors.push(*error);
                }
            }
        }
        self.cells.insert(module.clone(), cells);
    }

    /// Where a variable is declared.
    fn cell_loc(&self, module: &Name, name: &Name) -> Option<Loc> {
        let def = spy_eval::queries::module_def(module);
        let scope = spy_db::def_scope(self.db, self.project, def)?;
        let symbol = scope.symbols.get(name)?;
        spy_eval::expr::node_loc(module, symbol.loc()?)
    }

    /// Puts the functions in the order in which they were defined, as far as it shows: those that
    /// one call defined stand together, in source order, after those that the call was given.
    pub(crate) fn sort_siblings(&mut self) {
        let mut siblings: IndexMap<FrameKey, Vec<(Option<MarkId>, FuncId)>> = IndexMap::default();
        for func in &self.queue {
            if let Some(frame) = call_frame(*func) {
                let mark = self.machine.func_sig(*func).map(|sig| sig.prototype);
                siblings.entry(frame).or_default().push((mark, *func));
            }
        }
        for group in siblings.values_mut() {
            group.sort_by_key(|(mark, _)| *mark);
        }
        let mut order = IndexSet::with_capacity_and_hasher(self.queue.len(), Default::default());
        for func in &self.queue {
            self.put_in_order(*func, &siblings, &mut order);
        }
        let shifted = order.iter().filter_map(|func| {
            self.queue.get_index_of(func).and_then(|index| self.shifted.get(index)).cloned()
        });
        self.shifted = shifted.collect();
        self.queue = order;
    }

    pub(crate) fn put_in_order(
        &self,
        func: FuncId,
        siblings: &IndexMap<FrameKey, Vec<(Option<MarkId>, FuncId)>>,
        order: &mut IndexSet<FuncId>,
    ) {
        if order.contains(&func) || !self.queue.contains(&func) {
            return;
        }
        let Some(frame) = call_frame(func) else {
            order.insert(func);
            return;
        };
        if let FrameKeyData::Call(call) = frame.get() {
            for arg in &call.args {
                if let Value::Func(given) = arg {
                    spy_eval::machine::deep(|| self.put_in_order(*given, siblings, order));
                }
            }
        }
        order.extend(siblings.get(&frame).into_iter().flatten().map(|(_, func)| *func));
    }
}

/// The blue call that defined a function.
fn call_frame(func: FuncId) -> Option<FrameKey> {
    match func.get() {
        FuncKey::Def { frame, .. } if matches!(frame.get(), FrameKeyData::Call(_)) => Some(*frame),
        _ => None,
    }
}
