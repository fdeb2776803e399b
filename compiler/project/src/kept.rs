//! Machine code of functions, and when it may be used again.
//!
//! A function's machine code depends on its IR, on the target, and on what it asks about the rest of
//! the program. So it is kept with a digest of the first two, the questions, and a digest of the
//! answers; if all of them come out the same, so would the code.

use serde::{Deserialize, Serialize};
use spy_codegen_cranelift::{
    CompileError, CompiledFunction, DataSymbol, Effort, ProgramScope, Scope, Symbol, Target,
    compile_function,
};
use spy_ir::{Func, Program, ProgramIndex, ProgramInfo, StructDef};
use spy_optimize::{Bodies, Generator};
use spy_text::{Fqn, HashMap, HashSet};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Tells contents apart, in every process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct Digest([u8; 16]);

impl Digest {
    /// The digest of a value whose hash depends on its contents only.
    pub(crate) fn of(value: &(impl Hash + ?Sized)) -> Self {
        let mut hasher = Bytes::default();
        value.hash(&mut hasher);
        hasher.digest()
    }
}

impl Digest {
    /// As bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Collects what is hashed.
#[derive(Default)]
struct Bytes {
    hasher: blake3::Hasher,
    waiting: Vec<u8>,
}

/// Hashing few bytes at a time is slow.
const CHUNK: usize = 1 << 14;

impl Bytes {
    fn digest(mut self) -> Digest {
        self.hasher.update(&self.waiting);
        let mut out = [0; 16];
        out.copy_from_slice(&self.hasher.finalize().as_bytes()[..16]);
        Digest(out)
    }
}

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    fn finish(&self) -> u64 {
        let hash = self.hasher.clone().update(&self.waiting).finalize();
        u64::from_le_bytes(std::array::from_fn(|index| hash.as_bytes()[index]))
    }
}

/// What is asked about the rest of the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
enum Question {
    /// What a function is called, and whether it takes its caller's position.
    Func,
    /// What a variable is called.
    Cell,
    /// The fields of a struct.
    Struct,
    /// What static data is called and holds.
    Data,
    /// The code of a library function.
    Body,
}

/// A function's machine code and what it was made from.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Of its IR and the target.
    key: Digest,
    questions: Vec<(Question, String)>,
    answers: Digest,
    /// The code.
    pub(crate) code: Arc<CompiledFunction>,
}

/// The program around a function.
pub(crate) struct Around<'p> {
    scope: ProgramScope<'p>,
    index: ProgramIndex<'p>,
    /// Digests of the functions' IR.
    bodies: HashMap<Fqn, Digest>,
    target: &'p Target,
    /// What hot functions are compiled for.
    full: Target,
    tag: &'p str,
}

impl<'p> Around<'p> {
    /// Around the functions of a program. `tag` tells targets apart.
    pub(crate) fn new(program: &'p Program, target: &'p Target, tag: &'p str) -> Self {
        use rayon::prelude::*;
        let funcs: Vec<&Arc<Func>> =
            program.modules.iter().flat_map(|module| &module.funcs).collect();
        let digest = |func: &&Arc<Func>| (func.fqn.clone(), Digest::of(&***func));
        let bodies = funcs.par_iter().with_min_len(8).map(digest).collect();
        let (scope, index) = (ProgramScope::new(program), ProgramIndex::new(program));
        Self { scope, index, bodies, target, full: target.in_full(), tag }
    }

    /// What tells targets apart.
    pub(crate) fn tag(&self) -> &str {
        self.tag
    }

    /// What the scope of the program says.
    pub(crate) fn scope(&self) -> &ProgramScope<'p> {
        &self.scope
    }

    /// What the code of a function depends on besides answers.
    pub(crate) fn key(&self, func: &Func) -> Digest {
        Digest::of(&(self.tag, self.bodies.get(&func.fqn)))
    }

    /// The code of library functions. In checked builds no other code counts, so that an edit of a
    /// function is no business of those that call it.
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        let (_, func) = self.index.func(fqn)?;
        (func.track_caller || !self.target.is_checked()).then(|| Arc::clone(func))
    }

    /// Adds an answer to a digest. Only the text of `fqn` counts. What the program does not hold is
    /// called what its name says.
    fn answer(&self, question: Question, fqn: &Fqn, out: &mut impl Hasher) {
        let func = || self.index.func(fqn).map(|(_, func)| &func.fqn);
        let cell = || self.index.cell(fqn).map(|(_, cell)| &cell.fqn);
        match question {
            Question::Func => func().map(|fqn| self.scope.func(fqn)).hash(out),
            Question::Cell => cell().map(|fqn| self.scope.cell(fqn)).hash(out),
            Question::Struct => Scope::struct_def(&self.scope, fqn).hash(out),
            Question::Data => {
                let data = ProgramInfo::data(&self.index, fqn);
                data.and_then(|data| self.scope.data(&data.fqn)).hash(out);
            }
            Question::Body => self.body(fqn).and_then(|_| self.bodies.get(fqn)).hash(out),
        }
    }

    fn answers<'q>(&self, questions: impl Iterator<Item = (Question, &'q Fqn)>) -> Digest {
        let mut out = Bytes::default();
        for (question, fqn) in questions {
            (question, fqn).hash(&mut out);
            self.answer(question, fqn, &mut out);
        }
        out.digest()
    }

    /// Whether compiling a function would give this.
    pub(crate) fn holds(&self, func: &Func, kept: &Kept) -> bool {
        if kept.key != self.key(func) {
            return false;
        }
        let names: Vec<Fqn> = kept.questions.iter().map(|(_, name)| Fqn::simple(name)).collect();
        let questions = kept.questions.iter().map(|(question, _)| *question).zip(&names);
        self.answers(questions) == kept.answers
    }

    /// Compiles a function, optimised if its code is worth the time.
    ///
    /// # Errors
    /// It is too large.
    pub(crate) fn compile(&self, func: &Func) -> Result<Kept, CompileError> {
        let recorder = Recorder { around: self, asked: RefCell::default() };
        let is_hot = self.target.effort() == Effort::Full || spy_optimize::is_hot(func);
        let (target, faster) = if is_hot {
            let generator = Generator::Translates { checked: self.target.is_checked() };
            let faster = spy_optimize::optimize(func, &recorder, generator);
            (&self.full, faster)
        } else {
            (self.target, None)
        };
        let code = faster.as_ref().unwrap_or(func);
        debug_assert_eq!(spy_ir::verify(code, &self.index), Ok(()));
        let code = Arc::new(compile_function(code, &recorder, target)?);
        let mut asked: Vec<(Question, Fqn)> = recorder.asked.into_inner().into_iter().collect();
        asked.sort_by(|a, b| (a.0, a.1.full()).cmp(&(b.0, b.1.full())));
        let answers = self.answers(asked.iter().map(|(question, fqn)| (*question, fqn)));
        let text = |(question, fqn): (Question, Fqn)| (question, fqn.full().to_owned());
        let questions = asked.into_iter().map(text).collect();
        Ok(Kept { key: self.key(func), questions, answers, code })
    }
}

/// Passes questions on and remembers them.
struct Recorder<'a> {
    around: &'a Around<'a>,
    asked: RefCell<HashSet<(Question, Fqn)>>,
}

impl Recorder<'_> {
    fn note(&self, question: Question, fqn: &Fqn) {
        self.asked.borrow_mut().insert((question, fqn.clone()));
    }
}

impl Scope for Recorder<'_> {
    fn func(&self, fqn: &Fqn) -> Symbol {
        self.note(Question::Func, fqn);
        self.around.scope.func(fqn)
    }

    fn cell(&self, fqn: &Fqn) -> String {
        self.note(Question::Cell, fqn);
        self.around.scope.cell(fqn)
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.note(Question::Struct, fqn);
        Scope::struct_def(&self.around.scope, fqn)
    }

    fn data(&self, fqn: &Fqn) -> Option<DataSymbol> {
        self.note(Question::Data, fqn);
        self.around.scope.data(fqn)
    }
}

impl Bodies for Recorder<'_> {
    fn body(&self, fqn: &Fqn) -> Option<Arc<Func>> {
        self.note(Question::Body, fqn);
        self.around.body(fqn)
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        Scope::struct_def(self, fqn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_depend_on_contents_only() {
        let name = |text: &str| Fqn::simple(text);
        assert_eq!(Digest::of(&name("m::f")), Digest::of(&name("m::f")));
        assert_ne!(Digest::of(&name("m::f")), Digest::of(&name("m::g")));
        let long = vec![7u64; CHUNK];
        assert_ne!(Digest::of(&long), Digest::of(&long[1..]));
    }
}
