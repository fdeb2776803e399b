//! What can be folded away.

use crate::analysis::{Analysis, FilePath};
use spy_syntax::ast::{Node, Stmt};
use spy_syntax::tokens::{TokenKind, tokens};
use spy_text::{LineIndex, Span};

/// What is folded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FoldKind {
    /// Code.
    Code,
    /// Imports.
    Imports,
    /// Comments.
    Comment,
}

/// Lines that can be folded into their first one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Fold {
    /// 1-based first line.
    pub first: u32,
    /// 1-based last line.
    pub last: u32,
    /// What they are.
    pub kind: FoldKind,
}

impl Analysis {
    /// What can be folded in a file.
    #[must_use]
    pub fn folds(&self, path: &FilePath) -> Vec<Fold> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let lines = spy_db::line_index(cx.db, cx.file);
        let mut folds = Vec::new();
        let module = spy_db::parse(cx.db, cx.file);
        for (path, body) in &module.bodies {
            let Some(spans) = module.spans.get(path) else { continue };
            for (id, stmt) in body.stmt_ids().into_iter().zip(&body.stmts) {
                let kind = match stmt {
                    Stmt::FuncDef(_) | Stmt::ClassDef(_) => FoldKind::Code,
                    Stmt::If { .. } | Stmt::While { .. } | Stmt::For { .. } => FoldKind::Code,
                    Stmt::Import(_) => FoldKind::Imports,
                    _ => continue,
                };
                folds.push(fold(lines, spans.get(Node::Stmt(id)), kind));
            }
        }
        folds.extend(from_tokens(cx.text(), lines));
        join(folds)
    }
}

fn fold(lines: &LineIndex, span: Span, kind: FoldKind) -> Fold {
    Fold { first: lines.line_col(span.start).line, last: lines.line_col(span.end).line, kind }
}

/// Brackets and strings over several lines, and comments.
fn from_tokens(text: &str, lines: &LineIndex) -> Vec<Fold> {
    let mut folds = Vec::new();
    let mut open = Vec::new();
    for token in tokens(text) {
        match token.kind {
            TokenKind::Open => open.push(token.span.start),
            TokenKind::Close => {
                if let Some(start) = open.pop() {
                    let span = Span::new(start, token.span.end);
                    folds.push(fold(lines, span, FoldKind::Code));
                }
            }
            TokenKind::Str => folds.push(fold(lines, token.span, FoldKind::Code)),
            TokenKind::Comment => folds.push(fold(lines, token.span, FoldKind::Comment)),
            _ => {}
        }
    }
    folds
}

/// Imports and comments on lines that follow each other are one fold; what stands on one line is none.
fn join(mut folds: Vec<Fold>) -> Vec<Fold> {
    folds.sort();
    let mut out: Vec<Fold> = Vec::new();
    for kind in [FoldKind::Imports, FoldKind::Comment] {
        let mut run: Option<Fold> = None;
        for next in folds.iter().filter(|fold| fold.kind == kind) {
            match &mut run {
                Some(run) if next.first <= run.last + 1 => run.last = run.last.max(next.last),
                _ => out.extend(run.replace(*next)),
            }
        }
        out.extend(run);
    }
    out.extend(folds.into_iter().filter(|fold| fold.kind == FoldKind::Code));
    out.retain(|fold| fold.last > fold.first);
    out.sort();
    // Of two that begin on one line, the larger one is meant.
    out.reverse();
    out.sort_by_key(|fold| fold.first);
    out.dedup_by_key(|fold| fold.first);
    out
}
