//! Programs that stand still, for a debugger that knows nothing of the evaluator.

use spy_db::{DefKey, DefKeyData};
use spy_diagnostics::{Diagnostic, Frame, Severity};
use spy_eval::debug::{Shown, Standing};
use spy_eval::{Debugger, Machine, OsWorld};
use spy_redshift::diagnose;
use spy_syntax::ast::{Expr, Node, Stmt};
use spy_text::{FileSpan, Span};
use spy_types::{ExcTy, Pos, Result, SpyError};
use std::cell::Cell;

/// What quitting is called where errors have a type.
const QUIT: &str = "SPdbQuit";

/// How a program goes on after it stood still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resume {
    /// It runs on.
    Continue,
    /// It ends.
    Quit,
}

/// The user's side of a debugger.
pub trait Console {
    /// The program has come to `breakpoint()`.
    fn breakpoint(&self, program: &mut Halted<'_, '_>) -> Resume;

    /// Whether [`Console::post_mortem`] is to be called.
    fn looks_back(&self) -> bool;

    /// The program has ended with an error, which nobody was told of yet.
    fn post_mortem(&self, program: &mut Halted<'_, '_>, error: &Diagnostic);
}

/// A program that stands still.
pub struct Halted<'m, 'db> {
    machine: &'m mut Machine<'db>,
    world: OsWorld,
    quit: &'m Cell<bool>,
    frames: Vec<Standing>,
}

impl<'m, 'db> Halted<'m, 'db> {
    fn new(machine: &'m mut Machine<'db>, world: &OsWorld, quit: &'m Cell<bool>) -> Self {
        let frames = machine.standing();
        let halted = Self { machine, world: world.clone(), quit, frames };
        halted.flush();
        halted
    }

    /// Writes what the program has printed; failures are reported when it prints again, or ends.
    fn flush(&self) {
        let _ = self.world.flush();
    }

    /// What runs and where, outermost first.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        let (db, project) = (self.machine.db, self.machine.project);
        let frame = |frame: &Standing| Frame {
            what: frame.what.clone(),
            span: frame.pos.and_then(|pos| spy_db::resolve(db, project, pos)),
        };
        self.frames.iter().map(frame).collect()
    }

    /// The text of the definition that a frame runs.
    #[must_use]
    pub fn definition(&self, frame: usize) -> Option<FileSpan> {
        definition(self.machine, self.frames.get(frame)?.def?)
    }

    /// Evaluates an expression in a frame.
    ///
    /// # Errors
    /// What is wrong with it, or what it raises: `Type: message`.
    pub fn evaluate(&mut self, frame: usize, text: &str) -> std::result::Result<Shown, String> {
        let index = self.frames.get(frame).and_then(|frame| frame.index);
        let result = match index {
            Some(index) => self.machine.evaluate_typed(index, text),
            None => Err(SpyError::wip("nothing is left of this frame but its place")),
        };
        self.flush();
        result.map_err(|error| match self.quit.take() {
            // That was about a session inside of this one.
            true => format!("{QUIT}: "),
            false => format!("{}: {}", error.etype.name(), error.message),
        })
    }

    /// The next line of standard input, which the program reads too; `None` at its end. What is no
    /// UTF-8 is replaced.
    #[must_use]
    pub fn read_line(&self) -> Option<String> {
        self.world.read_line()
    }
}

/// From `def` or `class` to the end of the body; of a module, everything.
fn definition(machine: &Machine<'_>, def: DefKey) -> Option<FileSpan> {
    let (db, project) = (machine.db, machine.project);
    let Some(container) = def.path.parent() else {
        let file = spy_db::module_file(db, project, &def.module)?;
        let text = file.text(db).trim_end();
        let span = Span::new(0, u32::try_from(text.len()).ok()?);
        return Some(FileSpan { file: file.name(db).clone(), span });
    };
    let container = DefKey::new(DefKeyData { module: def.module.clone(), path: container });
    let body = spy_db::def_body(db, project, container)?;
    let resolve = |node| spy_db::resolve(db, project, Pos { def: container, node });
    for id in body.stmt_ids() {
        let header = match body.stmt(id) {
            Stmt::FuncDef(inner) if inner.body == def.path => inner.prototype,
            Stmt::ClassDef(inner) if inner.body == def.path => inner.header,
            _ => continue,
        };
        let (header, whole) = (resolve(Node::Mark(header))?, resolve(Node::Stmt(id))?);
        return Some(FileSpan { span: header.span.to(whole.span), file: header.file });
    }
    let is_own = |expr: &Expr| matches!(expr, Expr::Lambda(inner) if inner.body == def.path);
    let lambda = body.expr_ids().into_iter().find(|id| is_own(body.expr(*id)));
    match lambda {
        Some(id) => resolve(Node::Expr(id)),
        // The parser has made it up: what stands there is what is around it.
        None => definition(machine, container),
    }
}

/// Passes what the evaluator says on to a [`Console`].
pub(crate) struct Bridge<'c> {
    console: &'c dyn Console,
    world: OsWorld,
    quit: Cell<bool>,
    reported: Cell<bool>,
}

impl<'c> Bridge<'c> {
    pub(crate) fn new(console: &'c dyn Console, world: OsWorld) -> Self {
        Self { console, world, quit: Cell::new(false), reported: Cell::new(false) }
    }

    /// Whether the user has ended the program.
    pub(crate) fn has_quit(&self) -> bool {
        self.quit.get()
    }

    /// Whether the error that ended the program was reported.
    pub(crate) fn has_reported(&self) -> bool {
        self.reported.get()
    }
}

impl Debugger for Bridge<'_> {
    fn breakpoint(&self, machine: &mut Machine<'_>) -> Result<()> {
        let mut program = Halted::new(machine, &self.world, &self.quit);
        match self.console.breakpoint(&mut program) {
            Resume::Continue => Ok(()),
            Resume::Quit => {
                self.quit.set(true);
                Err(SpyError::new(ExcTy::Exception, QUIT))
            }
        }
    }

    fn looks_back(&self) -> bool {
        self.console.looks_back()
    }

    fn post_mortem(&self, machine: &mut Machine<'_>, error: &SpyError) {
        if self.quit.get() || spy_eval::os_world::is_broken_pipe(error) {
            return;
        }
        let diagnostic = diagnose::diagnostic(machine.db, machine.project, error, Severity::Error);
        let mut program = Halted::new(machine, &self.world, &self.quit);
        self.reported.set(true);
        self.console.post_mortem(&mut program, &diagnostic);
        self.quit.set(false);
    }
}
