//! What blue code printed, as text.
//!
//! Evaluations are remembered, and with them what they printed; calls inside of calls stand in it by
//! their names. A program shows each once, however often its result is used.

use crate::queries::{Output, blue_call};
use spy_db::{Db, Project};
use spy_text::HashSet;
use spy_types::CallKey;

/// Puts together what evaluations printed, each once.
pub struct Replay<'db> {
    db: &'db dyn Db,
    project: Project,
    seen: HashSet<CallKey>,
    text: String,
}

impl<'db> Replay<'db> {
    /// Nothing so far.
    #[must_use]
    pub fn new(db: &'db dyn Db, project: Project) -> Self {
        Self { db, project, seen: HashSet::default(), text: String::new() }
    }

    /// Adds what was printed.
    pub fn add(&mut self, output: &[Output]) {
        for item in output {
            match item {
                Output::Text(text) => self.text.push_str(text),
                Output::Call(call) => {
                    if self.seen.insert(*call) {
                        let evaluation = blue_call(self.db, self.project, *call);
                        crate::machine::deep(|| self.add(&evaluation.output));
                    }
                }
                Output::Inline(call, printed) => {
                    if self.seen.insert(*call) {
                        crate::machine::deep(|| self.add(printed));
                    }
                }
            }
        }
    }

    /// The text so far, which begins anew.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}
