//! What is known about each expression: for editors, which show it.
//!
//! A recording comes from evaluating something again with a machine that takes notes. All that the
//! evaluation calls is a query whose result is there already, so this costs what the function's own
//! text costs; and nothing that a build asks for depends on it. Evaluation goes on behind statements
//! that fail, so a recording holds whatever could be understood.

use crate::domain::Arg;
use crate::frame::Local;
use crate::machine::Machine;
use spy_db::{Db, DefKey, Pos, Project};
use spy_text::{HashMap, IndexSet};
use spy_types::{CallKey, Color, FrameKey, FrameKeyData, Name, Result, SpyError, Ty, Value};
use std::sync::Arc;

/// What is known about an expression before the program runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// Whether its value is known.
    pub color: Color,
    /// Its static type.
    pub ty: Ty,
    /// Its value, if it is blue and was the same each time.
    pub value: Option<Value>,
}

/// The notes of one evaluation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recording {
    exprs: HashMap<Pos, Known>,
    locals: HashMap<(DefKey, Name), Known>,
    calls: IndexSet<CallKey>,
}

impl Recording {
    /// What is known about the expression at a position.
    #[must_use]
    pub fn expr(&self, pos: Pos) -> Option<&Known> {
        self.exprs.get(&pos)
    }

    /// What is known about a local of a definition that was evaluated.
    #[must_use]
    pub fn local(&self, def: DefKey, name: &Name) -> Option<&Known> {
        self.locals.get(&(def, name.clone()))
    }

    /// The blue calls that were made, in order.
    pub fn calls(&self) -> impl Iterator<Item = CallKey> {
        self.calls.iter().copied()
    }

    pub(crate) fn note_expr(&mut self, pos: Pos, arg: &Arg) {
        let known = Known { color: arg.color, ty: arg.ty, value: arg.value.clone() };
        merge(self.exprs.entry(pos), known);
    }

    pub(crate) fn note_local(&mut self, def: DefKey, name: &Name, local: &Local) {
        let known = Known { color: local.color, ty: local.ty, value: local.value.clone() };
        merge(self.locals.entry((def, name.clone())), known);
    }
}

/// Something that is evaluated several times has a value if it is the same one each time.
fn merge<K>(entry: std::collections::hash_map::Entry<'_, K, Known>, known: Known) {
    let noted = entry.or_insert_with(|| known.clone());
    if noted.value != known.value {
        noted.value = None;
    }
}

impl Machine<'_> {
    /// Starts to take notes, and to go on behind statements that fail.
    pub fn start_recording(&mut self) {
        self.recording = Some(Box::default());
        self.tolerated.get_or_insert_default();
    }

    /// The notes so far; ends taking them.
    #[must_use]
    pub fn take_recording(&mut self) -> Recording {
        self.recording.take().map(|recording| *recording).unwrap_or_default()
    }

    /// Whether notes are taken: then code is looked at as far as possible, whatever is wrong.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    pub(crate) fn note_call(&mut self, call: CallKey) {
        if let Some(recording) = &mut self.recording {
            recording.calls.insert(call);
        }
    }

    /// Goes on behind a statement of frame `index` that failed, if that is wanted.
    pub(crate) fn tolerate(&mut self, error: Box<SpyError>, index: usize) -> Result<()> {
        let frame = self.frames.get(index).and_then(|frame| frame.key);
        // The result of a call is one value, which there is or is not.
        let is_call = frame.is_none_or(|key| matches!(key.get(), FrameKeyData::Call(_)));
        if self.tolerated.is_none() || is_call {
            return Err(error);
        }
        let error = (0..=index).rev().fold(error, |error, index| self.trace(error, index));
        self.tolerated.get_or_insert_default().push(*error);
        Ok(())
    }
}

/// The notes of executing a module's top level, or of a blue call.
#[salsa::tracked(returns(clone), cycle_result = record_cycle)]
pub fn record_frame(db: &dyn Db, project: Project, frame: FrameKey) -> Arc<Recording> {
    let mut machine = Machine::new(db, project);
    machine.start_recording();
    match frame.get() {
        FrameKeyData::Module(module) => {
            machine.run_module(module);
        }
        FrameKeyData::Call(call) => {
            machine.run_blue_call(*call);
        }
        // The body of a class is executed by what contains it, and locals of run time by nobody.
        FrameKeyData::Class(_) | FrameKeyData::Captured { .. } => {}
    }
    Arc::new(machine.take_recording())
}

fn record_cycle(_: &dyn Db, _: salsa::Id, _: Project, _: FrameKey) -> Arc<Recording> {
    Arc::default()
}
