//! Errors of evaluation and redshift, as data: no offsets, so that they can be results of queries.

use crate::builtin::ExcTy;
use spy_db::Pos;
use spy_diagnostics::Level;
use spy_prim::PrimError;

/// The result of an evaluation step.
pub type Result<T> = std::result::Result<T, Box<SpyError>>;

/// A range of the source: from the start of one node to the end of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Loc {
    /// Where it starts.
    pub start: Pos,
    /// Where it ends.
    pub end: Pos,
}

impl From<Pos> for Loc {
    fn from(pos: Pos) -> Self {
        Self { start: pos, end: pos }
    }
}

/// A labelled place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Note {
    /// What it is for.
    pub level: Level,
    /// The text.
    pub text: String,
    /// The place.
    pub loc: Loc,
}

/// How calls can fail to end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endless {
    /// They are nested too deep.
    Depth,
    /// A call needs its own result.
    Cycle,
    /// Functions are to be inlined into each other.
    Inline,
}

/// An error of the program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SpyError {
    /// Its type.
    pub etype: ExcTy,
    /// The headline.
    pub message: String,
    /// Labelled places, innermost first.
    pub notes: Vec<Note>,
    /// What was running and where, innermost first.
    pub frames: Vec<(String, Option<Pos>)>,
    /// Texts that say what to do.
    pub help: Vec<String>,
    /// Whether it is about calls that do not end. Which of many calls notices that depends on where
    /// evaluation began, so a query that meets such an error fails with an error of its own.
    pub endless: Option<Endless>,
}

impl SpyError {
    /// An error without places.
    #[must_use]
    pub fn new(etype: ExcTy, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            etype,
            message: message.into(),
            notes: Vec::new(),
            frames: Vec::new(),
            help: Vec::new(),
            endless: None,
        })
    }

    /// A `TypeError` without places.
    #[must_use]
    pub fn type_error(message: impl Into<String>) -> Box<Self> {
        Self::new(ExcTy::TypeError, message)
    }

    /// "Not implemented yet".
    #[must_use]
    pub fn wip(message: impl Into<String>) -> Box<Self> {
        Self::new(ExcTy::Wip, message)
    }

    /// Adds an error label, if the place is known.
    #[must_use]
    pub fn error(self: Box<Self>, text: impl Into<String>, loc: impl Into<Loc>) -> Box<Self> {
        self.with(Level::Error, text, loc)
    }

    /// Adds a note, if the place is known.
    #[must_use]
    pub fn note(self: Box<Self>, text: impl Into<String>, loc: impl Into<Loc>) -> Box<Self> {
        self.with(Level::Note, text, loc)
    }

    fn with(
        mut self: Box<Self>,
        level: Level,
        text: impl Into<String>,
        loc: impl Into<Loc>,
    ) -> Box<Self> {
        self.notes.push(Note { level, text: text.into(), loc: loc.into() });
        self
    }

    /// Adds a text that says what to do.
    #[must_use]
    pub fn help(mut self: Box<Self>, text: impl Into<String>) -> Box<Self> {
        self.help.push(text.into());
        self
    }

    /// Marks an error about calls that do not end.
    #[must_use]
    pub fn endless(mut self: Box<Self>, kind: Endless) -> Box<Self> {
        self.endless = Some(kind);
        self
    }

    /// Whether lazy error mode may defer it to run time.
    #[must_use]
    pub fn is_static(&self) -> bool {
        matches!(self.etype, ExcTy::StaticError | ExcTy::TypeError)
    }
}

impl From<PrimError> for Box<SpyError> {
    fn from(error: PrimError) -> Self {
        SpyError::new(ExcTy::from_name(error.etype).unwrap_or(ExcTy::Exception), error.message)
    }
}
