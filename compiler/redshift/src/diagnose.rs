//! Errors of evaluation as diagnostics: positions become ranges of the files as they are now.

use spy_db::{Db, Project};
use spy_diagnostics::{Annotation, Diagnostic, Frame, Severity};
use spy_scope::ScopeError;
use spy_syntax::ast::NodeRef;
use spy_text::{FileName, FileSpan, Name};
use spy_types::{DefKey, DefKeyData, Loc, Pos, SpyError};

/// The range of a place.
fn range(db: &dyn Db, project: Project, loc: Loc) -> Option<FileSpan> {
    let start = spy_db::resolve(db, project, loc.start)?;
    if loc.start == loc.end {
        return Some(start);
    }
    let end = spy_db::resolve(db, project, loc.end)?;
    Some(FileSpan { span: start.span.to(end.span), file: start.file })
}

/// An error as a diagnostic.
#[must_use]
pub fn diagnostic(
    db: &dyn Db,
    project: Project,
    error: &SpyError,
    severity: Severity,
) -> Diagnostic {
    let annotations = error
        .notes
        .iter()
        .filter_map(|note| {
            let span = range(db, project, note.loc)?;
            Some(Annotation { level: note.level, message: note.text.clone(), span })
        })
        .collect();
    let frames = error
        .frames
        .iter()
        .rev()
        .map(|(what, pos)| Frame {
            what: what.clone(),
            span: pos.and_then(|pos| spy_db::resolve(db, project, pos)),
        })
        .collect();
    Diagnostic {
        severity,
        etype: error.etype.name().to_owned(),
        message: error.message.clone(),
        annotations,
        frames,
        help: error.help.clone(),
    }
}

/// The parser's errors of a file.
#[must_use]
pub fn syntax_errors(file: &FileName, module: &spy_syntax::ast::Module) -> Vec<Diagnostic> {
    let diagnostic = |error: &spy_syntax::ast::SyntaxError| {
        let span = FileSpan { file: file.clone(), span: error.span };
        Diagnostic::error("ParseError", error.message.clone()).with(
            spy_diagnostics::Level::Error,
            error.label.clone(),
            span,
        )
    };
    module.errors.iter().map(diagnostic).collect()
}

/// A scope error of a module.
#[must_use]
pub fn scope_error(db: &dyn Db, project: Project, module: &Name, error: &ScopeError) -> Diagnostic {
    let span = |node: &NodeRef| {
        let def = DefKey::new(DefKeyData { module: module.clone(), path: node.def.clone() });
        spy_db::resolve(db, project, Pos { def, node: node.node })
    };
    let mut diagnostic = Diagnostic::error("ScopeError", error.message.clone());
    if let Some(span) = span(&error.new) {
        let text = "this is the new declaration";
        diagnostic = diagnostic.with(spy_diagnostics::Level::Error, text, span);
    }
    if let Some(span) = span(&error.previous) {
        let text = "this is the previous declaration";
        diagnostic = diagnostic.with(spy_diagnostics::Level::Note, text, span);
    }
    diagnostic
}
