//! Blue calls and the top levels of modules: the bodies of queries, and calls that cannot be one.
//!
//! A call is a query of its own, whose result is the same wherever it is asked for. One that has to
//! do with a frame that is still running is made in place instead, and so is one far down the stack.

use super::{DEPTH, Depth, Inline, Machine, deep};
use crate::frame::{Frozen, What};
use crate::mentions::Mentions;
use crate::queries::{self, Evaluation, Output};
use spy_db::DefKey;
use spy_text::HashSet;
use spy_types::{CallKey, CallKeyData, FrameKey, FrameKeyData, FuncId, Name, Result, Value};
use std::sync::Arc;

impl Machine<'_> {
    /// Runs a module's top level: the body of the query.
    pub(crate) fn run_module(&mut self, module: &Name) -> Evaluation {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        let def = queries::module_def(module);
        let result = self.run_module_in(key, def, module);
        let objects = self.finish_objects(key, result.is_err());
        let frame = self.frames.pop().map(|frame| frame.freeze(objects)).unwrap_or_default();
        Evaluation {
            result: result.map(|()| Value::None),
            frame: Arc::new(frame),
            output: std::mem::take(&mut self.output),
            height: 0,
        }
    }

    fn run_module_in(&mut self, key: FrameKey, def: DefKey, module: &Name) -> Result<()> {
        let what = What::Module(module.clone());
        let frame = self.new_frame(def, Some(key), None, what, true)?;
        self.frames.push(frame);
        let index = self.frames.len() - 1;
        let result = crate::exec::run_module_body(self, index, module);
        let result = result.and_then(|()| self.check_module(index));
        let result = result.map_err(|error| self.trace(error, index));
        match self.tolerated.as_mut().filter(|errors| !errors.is_empty()) {
            Some(errors) => Err(Box::new(errors.swap_remove(0))),
            None => result,
        }
    }

    /// Checks what the top level of a module leaves.
    fn check_module(&mut self, index: usize) -> Result<()> {
        if self.packages.is_none() {
            return Ok(());
        }
        let frame = &self.frames[index];
        let mut kept = Vec::new();
        for name in frame.scope.symbols.keys() {
            let local = frame.local(name);
            let value = local.and_then(|local| Some((local.value.clone()?, local.type_loc)));
            kept.extend(value.map(|(value, loc)| (name.clone(), value, loc)));
        }
        let cells =
            frame.cells.iter().map(|(name, (_, value))| (name.clone(), value.clone(), None));
        kept.extend(cells);
        kept.into_iter().try_for_each(|(name, value, loc)| {
            let checked = self.check_kept(&format!("`{name}`"), &value, loc);
            if checked.is_err() {
                self.frames[index].pos = loc.map(|loc| loc.start);
            }
            checked
        })
    }

    /// Runs a blue call: the body of the query.
    pub(crate) fn run_blue_call(&mut self, call: CallKey) -> Evaluation {
        let (result, frame) = self.run_call_frame(call);
        let output = std::mem::take(&mut self.output);
        Evaluation { result, frame: Arc::new(frame), output, height: self.height }
    }

    fn run_call_frame(&mut self, call: CallKey) -> (Result<Value>, Frozen) {
        let key = FrameKey::new(FrameKeyData::Call(call));
        let depth = self.frames.len();
        let result = self.run_def(call.func, call.args.clone(), Some(key)).and_then(|value| {
            self.check_kept("the result of a call", &value, None)?;
            Ok(value)
        });
        let objects = self.finish_objects(key, result.is_err());
        let frame = if self.frames.len() > depth { self.frames.pop() } else { None };
        self.frames.truncate(depth);
        (result, frame.map(|frame| frame.freeze(objects)).unwrap_or_default())
    }

    /// Calls a blue function with values of the types of its parameters.
    ///
    /// # Errors
    /// Whatever it raises.
    pub fn call_blue(&mut self, func: FuncId, args: Vec<Value>) -> Result<Value> {
        let call = CallKey::new(CallKeyData { func, args });
        self.note_call(call);
        match self.inline.get(&call) {
            Some(Inline::Done(value, _)) => return Ok(value.clone()),
            Some(Inline::Running) => return Err(queries::recursion_error(call)),
            None => {}
        }
        // Far down, only the calls above can say whether the limit is reached: the result of a
        // query must be the same wherever it is asked for.
        let is_far_down = self.world.is_none() && DEPTH.get() >= self.project.limits(self.db).depth;
        if is_far_down || self.mentions_live(call) {
            return self.call_inline(call);
        }
        let _depth = Depth::enter(self)?;
        let evaluation = deep(|| queries::blue_call(self.db, self.project, call));
        self.reach(evaluation.height)?;
        if !evaluation.output.is_empty() {
            self.replay(&[Output::Call(call)])?;
        }
        if evaluation.result.is_err() {
            self.fail_again(|m| drop(m.call_inline(call)));
        }
        evaluation.result.clone()
    }

    /// Shows what blue code has printed, unless it was shown before: a running program at once, an
    /// evaluation as part of what it prints.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn replay(&mut self, printed: &[Output]) -> Result<()> {
        match &mut self.world {
            Some(world) => {
                self.replay.add(printed);
                world.write(&self.replay.take())
            }
            None => {
                self.output.extend_from_slice(printed);
                Ok(())
            }
        }
    }

    fn call_inline(&mut self, call: CallKey) -> Result<Value> {
        let _depth = Depth::enter(self)?;
        self.inline.insert(call, Inline::Running);
        let outer = std::mem::take(&mut self.output);
        let (result, frame) = deep(|| self.run_call_frame(call));
        let printed = std::mem::replace(&mut self.output, outer);
        if !printed.is_empty() {
            self.output.push(Output::Inline(call, printed));
        }
        match result {
            Ok(value) => {
                self.inline.insert(call, Inline::Done(value.clone(), Arc::new(frame)));
                Ok(value)
            }
            Err(error) => {
                self.inline.remove(&call);
                Err(error)
            }
        }
    }

    /// Whether a call closes over, or is passed, something that is still running.
    fn mentions_live(&self, call: CallKey) -> bool {
        let live: HashSet<FrameKey> = self.frames.iter().filter_map(|frame| frame.key).collect();
        if live.is_empty() {
            return false;
        }
        Mentions::new(&live, &self.inline).call(call)
    }
}
