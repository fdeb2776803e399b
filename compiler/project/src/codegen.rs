//! C text, one function at a time.
//!
//! Emission stands outside of salsa: its inputs are values of a finished program, which no query
//! returns as a whole, so making it a query would mean to invent inputs for them. Instead
//! [`CodeCache`] keeps each function's text together with everything that it was made from: the
//! function's IR, the target, the answers that [`Scope`] gave while it was emitted, and with line
//! directives the lines. Text is used again only if all of that is equal; one answer that differs
//! (a callee that moved to another module, a struct with another field) means that the function is
//! emitted again. Nothing of the cache shows in the output: it is what `spy_codegen_c::emit` makes.
//!
//! Release builds optimise each function first (`spy_optimize`), which looks at the bodies of library
//! functions that it calls; those are among the answers too.
//!
//! Functions are emitted in parallel, on the threads of the current rayon pool. Each one that is
//! emitted leaves the event `emit NAME` in the database's log.

use crate::database::EventLog;
use crate::front::Built;
use rayon::prelude::*;
use spy_codegen_c::{
    CFunction, CUnit, DataSymbol, EmitOptions, Library, ProgramScope, Scope, Symbol, Target,
};
use spy_ir::{Func, ProgramIndex, ProgramInfo, SourceLine, StructDef};
use spy_optimize::{Bodies, Generator};
use spy_text::Fqn;
use spy_text::HashMap;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// The C text of the functions of the program that was emitted last.
#[derive(Default)]
pub(crate) struct CodeCache(Mutex<HashMap<Fqn, Arc<Emitted>>>);

/// A function's text and what it was made from.
struct Emitted {
    func: Arc<Func>,
    target: Target,
    source: Option<Vec<Option<SourceLine>>>,
    answers: Vec<Answer>,
    code: Arc<CFunction>,
}

/// A question about the rest of the program, and the answer.
enum Answer {
    Func(Fqn, Symbol),
    Cell(Fqn, Symbol),
    Struct(Fqn, Option<Arc<StructDef>>),
    Data(Fqn, Option<DataSymbol>),
    Body(Fqn, Option<Arc<Func>>),
}

/// The program around a function.
struct Around<'p> {
    scope: ProgramScope<'p>,
    index: ProgramIndex<'p>,
}

impl Around<'_> {
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        let found = self.index.func(fqn).filter(|_| !self.index.is_extern(fqn));
        found.map(|(_, func)| Arc::clone(func))
    }
}

impl Answer {
    fn holds(&self, around: &Around<'_>) -> bool {
        let scope = &around.scope;
        match self {
            Self::Func(fqn, symbol) => scope.func(fqn) == *symbol,
            Self::Cell(fqn, symbol) => scope.cell(fqn) == *symbol,
            Self::Struct(fqn, def) => scope.struct_def(fqn) == *def,
            Self::Data(fqn, data) => scope.data(fqn) == *data,
            Self::Body(fqn, body) => around.body(fqn) == *body,
        }
    }
}

/// Passes questions on and remembers the answers.
struct Recorder<'s> {
    around: &'s Around<'s>,
    answers: RefCell<HashMap<(u8, Fqn), Answer>>,
}

impl Recorder<'_> {
    fn record(&self, kind: u8, fqn: &Fqn, answer: impl FnOnce() -> Answer) {
        self.answers.borrow_mut().entry((kind, fqn.clone())).or_insert_with(answer);
    }
}

impl Scope for Recorder<'_> {
    fn func(&self, fqn: &Fqn) -> Symbol {
        let symbol = self.around.scope.func(fqn);
        self.record(0, fqn, || Answer::Func(fqn.clone(), symbol.clone()));
        symbol
    }

    fn cell(&self, fqn: &Fqn) -> Symbol {
        let symbol = self.around.scope.cell(fqn);
        self.record(1, fqn, || Answer::Cell(fqn.clone(), symbol.clone()));
        symbol
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        let def = self.around.scope.struct_def(fqn);
        self.record(2, fqn, || Answer::Struct(fqn.clone(), def.clone()));
        def
    }

    fn data(&self, fqn: &Fqn) -> Option<DataSymbol> {
        let data = self.around.scope.data(fqn);
        self.record(3, fqn, || Answer::Data(fqn.clone(), data.clone()));
        data
    }
}

impl Bodies for Recorder<'_> {
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        let body = self.around.body(fqn);
        self.record(4, fqn, || Answer::Body(fqn.clone(), body.clone()));
        body
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        Scope::struct_def(self, fqn)
    }
}

impl Emitted {
    fn new(
        func: &Arc<Func>,
        around: &Around<'_>,
        target: Target,
        source: Option<Vec<Option<SourceLine>>>,
    ) -> Self {
        let recorder = Recorder { around, answers: RefCell::default() };
        let faster = match target.checked {
            true => None,
            false => spy_optimize::optimize(func, &recorder, Generator::Inlines),
        };
        let code = faster.as_ref().unwrap_or(func);
        debug_assert_eq!(spy_ir::verify(code, &around.index), Ok(()));
        let code = spy_codegen_c::emit_function(code, &recorder, target, source.as_deref());
        // The order of the answers does not matter: all of them must hold.
        let answers = recorder.answers.into_inner().into_values().collect();
        Self { func: Arc::clone(func), target, source, answers, code: Arc::new(code) }
    }

    /// Whether emitting again would give the same text.
    fn is_valid(
        &self,
        func: &Arc<Func>,
        around: &Around<'_>,
        target: Target,
        source: Option<&[Option<SourceLine>]>,
    ) -> bool {
        (Arc::ptr_eq(&self.func, func) || self.func == *func)
            && self.target == target
            && self.source.as_deref() == source
            && self.answers.iter().all(|answer| answer.holds(around))
    }
}

impl CodeCache {
    /// All C files of a program.
    #[must_use]
    pub(crate) fn emit(
        &self,
        log: &EventLog,
        built: &Built,
        options: &EmitOptions,
        library: Option<&Library>,
    ) -> Vec<CUnit> {
        let scope = ProgramScope::of_library(&built.program, library);
        let around = Around { scope, index: ProgramIndex::new(&built.program) };
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::take(&mut *cache);
        let one = |func: &&Arc<Func>| {
            let source = options.line_directives.then(|| built.positions(&func.fqn));
            let found = known
                .get(&func.fqn)
                .filter(|old| old.is_valid(func, &around, options.target(), source.as_deref()));
            let emitted = match found {
                Some(old) => Arc::clone(old),
                None => {
                    log.note(|| format!("emit {}", func.fqn.full()));
                    Arc::new(Emitted::new(func, &around, options.target(), source))
                }
            };
            (address(func), emitted)
        };
        let funcs: Vec<&Arc<Func>> =
            built.program.modules.iter().flat_map(|module| &module.funcs).collect();
        let emitted: HashMap<usize, Arc<Emitted>> =
            funcs.par_iter().with_min_len(8).map(one).collect();
        *cache = funcs
            .iter()
            .filter_map(|func| Some((func.fqn.clone(), emitted.get(&address(func))?.clone())))
            .collect();
        let function = |func: &Func| match emitted.get(&address(func)) {
            Some(emitted) => Arc::clone(&emitted.code),
            None => {
                Arc::new(spy_codegen_c::emit_function(func, &around.scope, options.target(), None))
            }
        };
        let positions = |fqn: &Fqn| built.positions(fqn);
        spy_codegen_c::emit_with(
            &built.program,
            &around.scope,
            &function,
            &positions,
            options,
            library,
        )
    }
}

/// Tells the functions of one program apart.
fn address(func: &Func) -> usize {
    std::ptr::from_ref(func).addr()
}
