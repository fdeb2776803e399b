//! A whole program: everything reachable, its structs, its entry, its names.

use crate::diagnose;
use crate::lower::{lower_const, lower_type};
use crate::naming::{Dumping, Names};
use crate::queries::{Mention, Shifted, redshift};
use crate::shift::cell_fqn;
use indexmap::{IndexMap, IndexSet};
use spy_db::{Db, Project};
use spy_diagnostics::{Diagnostic, Severity};
use spy_eval::{Machine, Output};
use spy_ir::{ArgvList, Cell, Entry, Fqn, Module, Program, SourceLine, StructDef, Type};
use spy_ir::{DumpOptions, dump_functions};
use spy_syntax::ast::{Color, MarkId, Node};
use spy_types::names::{func_fqn, ty_fqn};
use spy_types::{
    BuiltinTy, CallKey, FrameKey, FrameKeyData, FuncId, FuncKey, Loc, Name, Pos, ScalarTy,
    SpyError, Ty, TyKey, Value,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What happens to errors that are known before the program runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ErrorMode {
    /// They are reported.
    #[default]
    Eager,
    /// The statement raises them when it runs.
    Lazy,
    /// Like [`ErrorMode::Lazy`], and they are reported as warnings.
    Warn,
}

/// Redshifts many functions ahead of time, in parallel, so that asking for each is quick.
pub type Warm<'a> = &'a (dyn Fn(&[FuncId], bool) + 'a);

/// How to build.
#[derive(Default)]
pub struct BuildOptions<'a> {
    /// What happens to static errors.
    pub error_mode: ErrorMode,
    /// Whether a missing `main` is an error.
    pub need_main: bool,
    /// How to use several threads.
    pub warm: Option<Warm<'a>>,
}

/// Where a position of a function lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The line.
    pub line: SourceLine,
    /// 0-based column in bytes.
    pub col: u32,
    /// 1-based last line.
    pub end_line: u32,
    /// 0-based column after the last byte.
    pub end_col: u32,
    /// The same, as the evaluator knows it.
    pub loc: Loc,
}

/// A redshifted program.
#[derive(Clone, Debug)]
pub struct Built {
    /// The code.
    pub program: Program,
    /// What was printed at import time and by blue code.
    pub output: String,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The type behind each type of the program.
    pub types: HashMap<Type, Ty>,
    /// The names that people see.
    pub names: Names,
    positions: HashMap<Fqn, Vec<Option<Place>>>,
    aliases: HashMap<Name, Vec<(String, Fqn)>>,
}

impl Built {
    fn failed(diagnostics: Vec<Diagnostic>, output: String) -> Self {
        Self {
            program: Program { modules: Vec::new(), structs: Vec::new(), entry: None },
            output,
            diagnostics,
            types: HashMap::new(),
            names: Names::default(),
            positions: HashMap::new(),
            aliases: HashMap::new(),
        }
    }

    /// Whether something is wrong that prevents building.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The source lines of a function's positions.
    #[must_use]
    pub fn positions(&self, func: &Fqn) -> Vec<Option<SourceLine>> {
        let places = self.positions.get(func).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|place| place.as_ref().map(|place| place.line.clone())).collect()
    }

    /// A position of a function.
    #[must_use]
    pub fn position(&self, func: &Fqn, pos: spy_ir::PosIdx) -> Option<Loc> {
        Some(self.positions.get(func)?.get(pos.0 as usize)?.as_ref()?.loc)
    }

    /// The dump of a module's functions.
    #[must_use]
    pub fn dump(&self, module: &str, options: &DumpOptions) -> String {
        let context = Dumping {
            names: &self.names,
            structs: self.program.structs.iter().map(|def| (&def.fqn, def)).collect(),
            positions: &self.positions,
        };
        let aliases = self.aliases.get(module).map(Vec::as_slice).unwrap_or_default();
        let found = self.program.modules.iter().find(|found| found.name == module);
        let funcs = found.map(|module| module.funcs.as_slice()).unwrap_or_default();
        dump_functions(aliases, funcs, &context, options)
    }
}

/// The modules that a root needs, each after those that it imports; and the first errors of their
/// text, if any.
///
/// # Errors
/// Syntax and scope errors of any of them.
pub fn import_order(
    db: &dyn Db,
    project: Project,
    root: &Name,
) -> Result<Vec<Name>, Vec<Diagnostic>> {
    let mut order = IndexSet::new();
    let mut active = HashSet::new();
    let mut diagnostics = Vec::new();
    visit(db, project, root, &mut order, &mut active, &mut diagnostics);
    if diagnostics.is_empty() { Ok(order.into_iter().collect()) } else { Err(diagnostics) }
}

fn visit(
    db: &dyn Db,
    project: Project,
    module: &Name,
    order: &mut IndexSet<Name>,
    active: &mut HashSet<Name>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if order.contains(module) || !active.insert(module.clone()) {
        return;
    }
    let Some(file) = spy_db::module_file(db, project, module) else { return };
    let parsed = spy_db::parse(db, file);
    if !parsed.errors.is_empty() {
        diagnostics.extend(diagnose::syntax_errors(file.name(db), parsed));
        return;
    }
    let scopes = spy_db::module_scopes(db, project, module.clone());
    let Some(scopes) = scopes else { return };
    for error in &scopes.errors {
        diagnostics.push(diagnose::scope_error(db, project, module, error));
    }
    for needed in spy_scope::dependencies(parsed, scopes) {
        spy_eval::machine::deep(|| visit(db, project, &needed, order, active, diagnostics));
    }
    order.insert(module.clone());
}

/// Builds a program from its root module.
pub fn build_program(
    db: &dyn Db,
    project: Project,
    root: &Name,
    options: &BuildOptions<'_>,
) -> Built {
    let order = match import_order(db, project, root) {
        Ok(order) => order,
        Err(diagnostics) => return Built::failed(diagnostics, String::new()),
    };
    let mut replay = Replay { db, project, seen: HashSet::new(), text: String::new() };
    for module in &order {
        let image = spy_eval::module_image(db, project, module.clone());
        replay.all(&image.output);
        if let Err(error) = &image.result {
            let diagnostic = diagnose::diagnostic(db, project, error, Severity::Error);
            return Built::failed(vec![diagnostic], replay.text);
        }
    }
    let lazy = options.error_mode != ErrorMode::Eager;
    let mut walk = Walk::new(db, project, lazy);
    for module in &order {
        walk.module(module);
    }
    let entry = walk.entry(root, options.need_main);
    walk.run(options.warm);
    walk.finish(&order, entry, options.error_mode, replay)
}

/// Replays what evaluations printed, each once.
struct Replay<'db> {
    db: &'db dyn Db,
    project: Project,
    seen: HashSet<CallKey>,
    text: String,
}

impl Replay<'_> {
    fn all(&mut self, output: &[Output]) {
        for item in output {
            match item {
                Output::Text(text) => self.text.push_str(text),
                Output::Call(call) => {
                    if self.seen.insert(*call) {
                        let evaluation = spy_eval::blue_call(self.db, self.project, *call);
                        self.all(&evaluation.output);
                    }
                }
                Output::Inline(call, printed) => {
                    if self.seen.insert(*call) {
                        self.all(printed);
                    }
                }
            }
        }
    }
}

/// The walk over everything reachable, in order of discovery.
struct Walk<'db> {
    machine: Machine<'db>,
    db: &'db dyn Db,
    project: Project,
    lazy: bool,
    queue: IndexSet<FuncId>,
    types: IndexSet<Ty>,
    shifted: Vec<Arc<Shifted>>,
    errors: Vec<SpyError>,
    missing_main: bool,
}

impl<'db> Walk<'db> {
    fn new(db: &'db dyn Db, project: Project, lazy: bool) -> Self {
        Self {
            machine: Machine::new(db, project),
            db,
            project,
            lazy,
            queue: IndexSet::new(),
            types: IndexSet::new(),
            shifted: Vec::new(),
            errors: Vec::new(),
            missing_main: false,
        }
    }

    fn is_stdlib(&self, module: &Name) -> bool {
        spy_eval::builtins::is_builtin_module(module)
            || spy_db::module_file(self.db, self.project, module)
                .is_some_and(|file| file.stdlib(self.db))
    }

    /// Adds what a module's own names stand for, in source order. Library modules contribute what
    /// is reachable from user code only.
    fn module(&mut self, module: &Name) {
        if self.is_stdlib(module) {
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

    fn user_func(&mut self, func: FuncId) {
        if !self.is_stdlib(func_fqn(func).module()) {
            self.add_func(func);
        }
    }

    fn add_func(&mut self, func: FuncId) {
        let code = match func.get() {
            FuncKey::Def { .. } => self
                .machine
                .func_sig(func)
                .is_some_and(|sig| sig.color == Color::Red && !sig.force_inline),
            FuncKey::AutoEq(_) | FuncKey::AutoNe(_) => true,
            _ => false,
        };
        if code {
            self.queue.insert(func);
        }
    }

    fn add_type(&mut self, ty: Ty) {
        if !self.types.insert(ty) {
            return;
        }
        match ty.get() {
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) => self.add_type(*item),
            TyKey::Struct { .. } => {
                let Some(data) = self.machine.struct_data(ty) else { return };
                for (_, field) in &data.fields {
                    self.add_type(*field);
                }
                if self.is_stdlib(ty_fqn(ty).module()) {
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
    fn run(&mut self, warm: Option<Warm<'_>>) {
        let mut done = 0;
        while done < self.queue.len() {
            let batch: Vec<FuncId> = self.queue.iter().skip(done).copied().collect();
            if let Some(warm) = warm {
                warm(&batch, self.lazy);
            }
            for func in &batch {
                let shifted = redshift(self.db, self.project, *func, self.lazy);
                for mention in &shifted.mentions {
                    match mention {
                        Mention::Func(func) => self.add_func(*func),
                        Mention::Type(ty) => self.add_type(*ty),
                    }
                }
                self.shifted.push(shifted);
            }
            done += batch.len();
        }
        self.sort_siblings();
    }

    /// Puts the functions in the order in which they were defined, as far as it shows: those that
    /// one call defined stand together, in source order, after those that the call was given.
    fn sort_siblings(&mut self) {
        let mut siblings: HashMap<FrameKey, Vec<(Option<MarkId>, FuncId)>> = HashMap::new();
        for func in &self.queue {
            if let Some(frame) = call_frame(*func) {
                let mark = self.machine.func_sig(*func).map(|sig| sig.prototype);
                siblings.entry(frame).or_default().push((mark, *func));
            }
        }
        for group in siblings.values_mut() {
            group.sort_by_key(|(mark, _)| *mark);
        }
        let mut order = IndexSet::with_capacity(self.queue.len());
        for func in &self.queue {
            self.put_in_order(*func, &siblings, &mut order);
        }
        let shifted = order.iter().filter_map(|func| {
            self.queue.get_index_of(func).and_then(|index| self.shifted.get(index)).cloned()
        });
        self.shifted = shifted.collect();
        self.queue = order;
    }

    fn put_in_order(
        &self,
        func: FuncId,
        siblings: &HashMap<FrameKey, Vec<(Option<MarkId>, FuncId)>>,
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

    // -- main -----------------------------------------------------------------------------------

    fn entry(&mut self, root: &Name, needed: bool) -> Option<Entry> {
        let frame = FrameKey::new(FrameKeyData::Module(root.clone()));
        let value = self.machine.frame_local(frame, &Name::new_static("main"));
        let Some(Value::Func(main)) = value.and_then(|local| local.value) else {
            self.missing_main = needed;
            return None;
        };
        match check_main(&mut self.machine, main) {
            Ok(takes_argv) => {
                let sig = self.machine.func_sig(main)?;
                let argv = if takes_argv { self.argv_list() } else { None };
                self.add_func(main);
                Some(Entry {
                    main: func_fqn(main),
                    argv,
                    returns_status: sig.ret.scalar() == Some(ScalarTy::I32),
                })
            }
            Err(error) => {
                if needed {
                    self.errors.push(*error);
                }
                None
            }
        }
    }

    /// How the program makes its list of arguments.
    fn argv_list(&mut self) -> Option<ArgvList> {
        let ty = list_of_str(&mut self.machine)?;
        let new = self.machine.sibling(ty, "new").ok()??;
        let Some(Value::Func(push)) = self.machine.lookup(ty, "_push").ok()? else { return None };
        self.add_type(ty);
        self.add_func(new);
        self.add_func(push);
        Some(ArgvList { ty: lower_type(ty), new: func_fqn(new), push: func_fqn(push) })
    }

    // -- the result -----------------------------------------------------------------------------

    fn finish(
        mut self,
        order: &[Name],
        entry: Option<Entry>,
        mode: ErrorMode,
        mut replay: Replay<'_>,
    ) -> Built {
        for shifted in &self.shifted {
            replay.all(&shifted.output);
        }
        let mut diagnostics = self.diagnostics(mode);
        if self.missing_main {
            diagnostics.push(
                Diagnostic::error("ImportError", "Cannot find function main()")
                    .with_help("define `def main() -> None:` in the file that is built"),
            );
        }
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Built::failed(diagnostics, replay.text);
        }
        let mut names = Names::default();
        for ty in &self.types {
            names.add_type(*ty);
        }
        for func in &self.queue {
            names.add_func(*func);
        }
        let positions = self.positions();
        let aliases = order.iter().map(|module| (module.clone(), self.aliases(module))).collect();
        let program = match self.program(order, entry) {
            Ok(program) => program,
            Err(error) => {
                let diagnostic =
                    diagnose::diagnostic(self.db, self.project, &error, Severity::Error);
                return Built::failed(vec![diagnostic], replay.text);
            }
        };
        if cfg!(debug_assertions) {
            diagnostics.extend(broken_code(&program));
        }
        let types = self.type_map();
        Built { program, output: replay.text, diagnostics, types, names, positions, aliases }
    }

    fn diagnostics(&self, mode: ErrorMode) -> Vec<Diagnostic> {
        let make = |error: &SpyError, severity| {
            diagnose::diagnostic(self.db, self.project, error, severity)
        };
        let mut found: Vec<Diagnostic> =
            self.errors.iter().map(|error| make(error, Severity::Error)).collect();
        for shifted in &self.shifted {
            for error in &shifted.errors {
                found.push(make(error, Severity::Error));
            }
            if mode == ErrorMode::Warn {
                for error in &shifted.deferred {
                    found.push(make(error, Severity::Warning));
                }
            }
        }
        let mut seen = HashSet::new();
        found.retain(|diagnostic| seen.insert(diagnostic.clone()));
        found
    }

    fn type_map(&mut self) -> HashMap<Type, Ty> {
        let types: Vec<Ty> = self.types.iter().copied().collect();
        let mut map = HashMap::new();
        for ty in types {
            map.insert(lower_type(ty), ty);
            if let Some(data) = self.machine.struct_data(ty) {
                for (_, field) in &data.fields {
                    map.insert(lower_type(*field), *field);
                }
            }
        }
        map
    }

    fn program(&mut self, order: &[Name], entry: Option<Entry>) -> spy_types::Result<Program> {
        let mut modules: IndexMap<Name, Module> = IndexMap::new();
        for (func, shifted) in self.queue.iter().zip(&self.shifted) {
            let Some(code) = &shifted.func else { continue };
            let name = func_fqn(*func).module().clone();
            module_entry(&mut modules, &name).funcs.push(code.clone());
        }
        for module in order {
            let cells = self.cells(module)?;
            if !cells.is_empty() {
                module_entry(&mut modules, module).cells = cells;
            }
        }
        let position = |name: &Name| order.iter().position(|module| module == name);
        let mut modules: Vec<Module> = modules.into_values().collect();
        // Modules that only the compiler imports come first, by name.
        modules.sort_by(|a, b| (position(&a.name), &a.name).cmp(&(position(&b.name), &b.name)));
        let structs = self.structs()?;
        Ok(Program { modules, structs, entry })
    }

    fn cells(&mut self, module: &Name) -> spy_types::Result<Vec<Cell>> {
        let image = spy_eval::module_image(self.db, self.project, module.clone());
        let mut cells = Vec::new();
        for (name, (ty, value)) in &image.frame.cells {
            self.add_type(*ty);
            let init = lower_const(&mut self.machine, value)?;
            cells.push(Cell { fqn: cell_fqn(module, name), ty: lower_type(*ty), init });
        }
        Ok(cells)
    }

    /// All structs, each after those that it holds by value.
    fn structs(&mut self) -> spy_types::Result<Vec<Arc<StructDef>>> {
        let types: Vec<Ty> = self.types.iter().copied().filter(|ty| ty.is_struct()).collect();
        let mut sorted = IndexMap::new();
        let mut active = HashSet::new();
        for ty in types {
            self.add_struct(ty, &mut sorted, &mut active)?;
        }
        Ok(sorted.into_values().collect())
    }

    fn add_struct(
        &mut self,
        ty: Ty,
        sorted: &mut IndexMap<Ty, Arc<StructDef>>,
        active: &mut HashSet<Ty>,
    ) -> spy_types::Result<()> {
        if sorted.contains_key(&ty) {
            return Ok(());
        }
        if !active.insert(ty) {
            let name = spy_types::names::ty_human(ty);
            return Err(SpyError::type_error(format!("struct `{name}` contains itself by value"))
                .help("hold it through a pointer"));
        }
        let fields = self.machine.struct_fields(ty)?;
        for (_, field) in &fields {
            if field.is_struct() {
                spy_eval::machine::deep(|| self.add_struct(*field, sorted, active))?;
            }
        }
        let fqn = ty_fqn(ty);
        let builtin =
            matches!(fqn.full(), "_str::StrObject" | "_bytes::BytesObject" | "posix::TerminalSize");
        let fields = fields.into_iter().map(|(name, ty)| (name, lower_type(ty))).collect();
        sorted.insert(ty, Arc::new(StructDef { fqn, fields, builtin }));
        Ok(())
    }

    /// Attributes of a module that are bound to functions of other names.
    fn aliases(&mut self, module: &Name) -> Vec<(String, Fqn)> {
        let def = spy_eval::queries::module_def(module);
        let Some(scope) = spy_db::def_scope(self.db, self.project, def) else { return Vec::new() };
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let mut aliases = Vec::new();
        for name in scope.symbols.keys() {
            let value = self.machine.frame_local(frame, name).and_then(|local| local.value);
            let Some(Value::Func(func)) = value else { continue };
            let red = self
                .machine
                .func_sig(func)
                .is_some_and(|sig| sig.color == Color::Red && !sig.force_inline);
            let fqn = func_fqn(func);
            if red && fqn != cell_fqn(module, name) {
                aliases.push((name.to_string(), fqn));
            }
        }
        aliases
    }

    fn positions(&self) -> HashMap<Fqn, Vec<Option<Place>>> {
        let mut lines = HashMap::new();
        let mut all = HashMap::with_capacity(self.shifted.len());
        for (func, shifted) in self.queue.iter().zip(&self.shifted) {
            let places = shifted.positions.iter().map(|pos| self.place(*pos, &mut lines)).collect();
            all.insert(func_fqn(*func), places);
        }
        all
    }

    fn place(
        &self,
        pos: Pos,
        lines: &mut HashMap<(spy_db::SourceFile, u32), Arc<str>>,
    ) -> Option<Place> {
        let file = spy_db::module_file(self.db, self.project, &pos.def.module)?;
        let span = spy_db::resolve(self.db, self.project, pos)?.span;
        let index = spy_db::line_index(self.db, file);
        let (start, end) = (index.line_col(span.start), index.line_col(span.end));
        let text = lines.entry((file, start.line)).or_insert_with(|| {
            index.line_text(start.line, file.text(self.db)).unwrap_or_default().into()
        });
        let line =
            SourceLine { file: file.name(self.db).clone(), line: start.line, text: text.clone() };
        Some(Place { line, col: start.col, end_line: end.line, end_col: end.col, loc: pos.into() })
    }
}

/// The blue call that defined a function.
fn call_frame(func: FuncId) -> Option<FrameKey> {
    match func.get() {
        FuncKey::Def { frame, .. } if matches!(frame.get(), FrameKeyData::Call(_)) => Some(*frame),
        _ => None,
    }
}

/// What the verifier finds: redshift made something that no code generator may see.
fn broken_code(program: &Program) -> Vec<Diagnostic> {
    let index = spy_ir::ProgramIndex::new(program);
    let funcs = program.modules.iter().flat_map(|module| &module.funcs);
    let broken = funcs.filter_map(|func| {
        let problems = spy_ir::verify(func, &index).err()?;
        let text = format!("internal error: invalid IR of `{}`", func.fqn);
        Some(Diagnostic::error("PanicError", text).with_help(problems.join("; ")))
    });
    broken.collect()
}

fn module_entry<'m>(modules: &'m mut IndexMap<Name, Module>, name: &Name) -> &'m mut Module {
    modules.entry(name.clone()).or_insert_with(|| Module {
        name: name.clone(),
        funcs: Vec::new(),
        cells: Vec::new(),
    })
}

fn list_of_str(machine: &mut Machine<'_>) -> Option<Ty> {
    let args = vec![Value::Type(ScalarTy::Str.into())];
    match machine.call_library("_list", "list", args) {
        Ok(Value::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Checks the signature of `main`; whether it takes the arguments.
///
/// # Errors
/// `` `main` has the wrong signature``.
pub fn check_main(machine: &mut Machine<'_>, main: FuncId) -> spy_types::Result<bool> {
    let wrong = || SpyError::type_error("`main` has the wrong signature");
    let Some(sig) = machine.func_sig(main) else { return Err(wrong()) };
    if sig.color != Color::Red {
        return Err(wrong().error("`main` must not be @blue", sig.prototype_pos()));
    }
    let takes_argv = match sig.params.as_slice() {
        [] => false,
        [param] if !param.varargs && Some(param.ty) == list_of_str(machine) => true,
        params => {
            let mark =
                |param: &spy_eval::Param| Pos { def: sig.container, node: Node::Mark(param.mark) };
            let (Some(first), Some(last)) = (params.first(), params.last()) else {
                return Err(wrong());
            };
            let range = Loc { start: mark(first), end: mark(last) };
            return Err(wrong().error("parameters must be `main(argv: list[str])`", range));
        }
    };
    let valid = sig.ret.is(BuiltinTy::NoneType) || sig.ret.scalar() == Some(ScalarTy::I32);
    if !valid {
        let pos = Pos { def: sig.container, node: Node::Expr(sig.ret_expr) };
        return Err(wrong().error("the only valid return types are `None`, `int` and `i32`", pos));
    }
    Ok(takes_argv)
}

/// Runs a program in the interpreter, from its source, with real input and output. The result is
/// its exit status.
///
/// # Errors
/// What is wrong with it, or what it raises.
pub fn run_interp<'db>(
    db: &'db dyn Db,
    project: Project,
    root: &Name,
    argv: &[String],
    world: Box<dyn spy_eval::World + 'db>,
) -> Result<i32, Vec<Diagnostic>> {
    let order = import_order(db, project, root)?;
    let mut machine = Machine::new(db, project);
    machine.world = Some(world);
    let fail = |error: &SpyError| vec![diagnose::diagnostic(db, project, error, Severity::Error)];
    let mut replay = Replay { db, project, seen: HashSet::new(), text: String::new() };
    for module in &order {
        let image = spy_eval::module_image(db, project, module.clone());
        replay.all(&image.output);
        let printed = std::mem::take(&mut replay.text);
        if let Some(world) = &mut machine.world {
            world.write(&printed).map_err(|error| fail(&error))?;
        }
        if let Err(error) = &image.result {
            return Err(fail(error));
        }
    }
    call_main(&mut machine, root, argv).map_err(|error| fail(&error))
}

fn call_main(machine: &mut Machine<'_>, root: &Name, argv: &[String]) -> spy_types::Result<i32> {
    let frame = FrameKey::new(FrameKeyData::Module(root.clone()));
    let value = machine.frame_local(frame, &Name::new_static("main"));
    let Some(Value::Func(main)) = value.and_then(|local| local.value) else {
        return Err(SpyError::new(spy_types::ExcTy::ImportError, "Cannot find function main()"));
    };
    let takes_argv = check_main(machine, main)?;
    let Some(sig) = machine.func_sig(main) else { return Ok(0) };
    let loc = Loc::from(sig.prototype_pos());
    let mut args = Vec::new();
    if takes_argv {
        args.push(argv_value(machine, argv, loc)?);
    }
    Ok(machine.call(main, args, loc)?.as_i32().unwrap_or(0))
}

fn argv_value(machine: &mut Machine<'_>, argv: &[String], loc: Loc) -> spy_types::Result<Value> {
    let broken = || SpyError::type_error("the standard library's lists are broken");
    let ty = list_of_str(machine).ok_or_else(broken)?;
    let new = machine.sibling(ty, "new")?.ok_or_else(broken)?;
    let Some(Value::Func(push)) = machine.lookup(ty, "_push")? else { return Err(broken()) };
    let mut list = machine.call(new, Vec::new(), loc)?;
    for arg in argv {
        list = machine.call(push, vec![list, Value::str(arg.as_str())], loc)?;
    }
    Ok(list)
}
