//! What is wrong, as data.
//!
//! A [`Diagnostic`] says everything that a renderer needs and nothing about how it looks. It knows
//! files by name only, so it depends on no database. One renderer per format stands in a module
//! of its own.

pub mod full;
pub mod json;
pub mod listing;
mod place;
pub mod short;
#[cfg(test)]
mod test_sources;

use spy_text::{FileName, FileSpan};
use std::sync::Arc;

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The program cannot be built.
    Error,
    /// The program can be built; the part in question fails when it runs.
    Warning,
}

/// What an annotation is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Level {
    /// The place of the error.
    Error,
    /// Something that helps to understand it.
    Note,
    /// The place of a run-time panic.
    Panic,
}

/// A text attached to a range of a file.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Annotation {
    /// What it is for.
    pub level: Level,
    /// The text; may be empty.
    pub message: String,
    /// Where.
    pub span: FileSpan,
}

/// One frame of the call stack at compile time, outermost first in [`Diagnostic::frames`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// What was running: `m::f`, `[module] m`, `[classdef] m::C` or `[redshift] m::f`.
    pub what: String,
    /// The expression or statement that was being evaluated.
    pub span: Option<FileSpan>,
}

/// One problem of the user's program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// SPy's error type: `TypeError`, `ParseError`, ...
    pub etype: String,
    /// The headline, in one line, understandable alone.
    pub message: String,
    /// Labelled ranges, innermost first.
    pub annotations: Vec<Annotation>,
    /// The call stack at compile time, outermost first.
    pub frames: Vec<Frame>,
    /// Texts that say what to do, without a range.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error with a headline and nothing else yet.
    #[must_use]
    pub fn error(etype: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            etype: etype.to_owned(),
            message: message.into(),
            annotations: Vec::new(),
            frames: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Adds a labelled range.
    #[must_use]
    pub fn with(mut self, level: Level, message: impl Into<String>, span: FileSpan) -> Self {
        self.annotations.push(Annotation { level, message: message.into(), span });
        self
    }

    /// Adds a text that says what to do.
    #[must_use]
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// The range that locates the diagnostic: the first annotation in the user's own files, else
    /// the innermost frame there, else the first annotation.
    #[must_use]
    pub fn primary(&self) -> Option<&FileSpan> {
        let own = |span: &&FileSpan| !span.file.is_library();
        let mut annotations = self.annotations.iter().map(|annotation| &annotation.span);
        let mut frames = self.frames.iter().rev().filter_map(|frame| frame.span.as_ref());
        annotations
            .clone()
            .find(own)
            .or_else(|| frames.clone().find(own))
            .or_else(|| annotations.next())
            .or_else(|| frames.next())
    }
}

/// Gives renderers the text of the files that diagnostics name.
pub trait Sources {
    /// The text of a file, if it can be had.
    fn text(&self, file: &FileName) -> Option<Arc<str>>;
}
