//! What is wrong with a file: what a build says about it.

use crate::analysis::{Analysis, Cx, FilePath, FileRange};
use spy_diagnostics::{Diagnostic, Severity};
use spy_project::graph;
use spy_text::{FileName, FileSpan, IndexSet, Name, Span};

/// Something that is wrong, or odd.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Where. It may be in another file than the one that was asked about: one that this imports.
    pub range: FileRange,
    /// Whether the program can be built all the same.
    pub is_warning: bool,
    /// Its kind: `TypeError`, `ParseError`, ...
    pub kind: String,
    /// The headline, with what is written at its place.
    pub message: String,
    /// Other places that explain it.
    pub related: Vec<(FileRange, String)>,
}

impl Analysis {
    /// What is wrong with a file, as `spy check` says it.
    #[must_use]
    pub fn check(&self, path: &FilePath) -> Vec<Finding> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let found = cx.diagnostics();
        found.iter().map(|diagnostic| cx.finding(diagnostic)).collect()
    }
}

impl Cx<'_> {
    fn diagnostics(self) -> Vec<Diagnostic> {
        let name = self.file.name(self.db);
        let unreadable =
            self.view.unreadable.iter().filter(|diagnostic| {
                diagnostic.annotations.iter().any(|note| note.span.file == *name)
            });
        let mut found: Vec<Diagnostic> = unreadable.cloned().collect();
        for module in self.needed() {
            found.extend(graph::check_module(self.db, self.project(), &module));
            found.extend(graph::missing_imports(self.db, self.project(), &module));
        }
        if found.is_empty() && !self.is_stdlib() {
            let main = spy_project::front::MainRule::Checked;
            found = spy_redshift::check_module(self.db, self.project(), self.module, main, None);
        }
        found
    }

    /// This module, and all that it needs.
    fn needed(self) -> IndexSet<Name> {
        let mut needed = IndexSet::default();
        needed.insert(self.module.clone());
        let mut done = 0;
        while let Some(module) = needed.get_index(done).cloned() {
            done += 1;
            needed.extend(spy_db::dependencies(self.db, self.project(), module).iter().cloned());
        }
        needed
    }

    fn finding(self, diagnostic: &Diagnostic) -> Finding {
        let primary = diagnostic.primary();
        let range = primary.and_then(|span| self.file_range(span));
        let range = range.unwrap_or_else(|| self.range(Span::default()));
        let mut message = diagnostic.message.clone();
        let mut related = Vec::new();
        for note in &diagnostic.annotations {
            if note.message.is_empty() {
                continue;
            }
            if Some(&note.span) == primary {
                message.push_str(&format!("\n{}", note.message));
            } else if let Some(range) = self.file_range(&note.span) {
                related.push((range, note.message.clone()));
            }
        }
        for frame in diagnostic.frames.iter().rev() {
            if let Some(span) = &frame.span
                && Some(span) != primary
                && let Some(range) = self.file_range(span)
            {
                related.push((range, format!("in {}", frame.what)));
            }
        }
        for help in &diagnostic.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        let is_warning = diagnostic.severity == Severity::Warning;
        Finding { range, is_warning, kind: diagnostic.etype.clone(), message, related }
    }

    fn file_range(self, span: &FileSpan) -> Option<FileRange> {
        Some(FileRange { file: self.file_path(&span.file)?, span: span.span })
    }

    /// The file that is called so in diagnostics.
    fn file_path(self, name: &FileName) -> Option<FilePath> {
        if self.file.name(self.db) == name {
            return Some(self.path());
        }
        let is_it = |module: &&Name| {
            let file = spy_db::module_file(self.db, self.project(), module);
            file.is_some_and(|file| file.name(self.db) == name)
        };
        if let Some(module) = self.own_modules().find(is_it) {
            return Some(self.other(module)?.path());
        }
        let library = name.as_str().strip_prefix(spy_project::paths::STDLIB_PREFIX)?;
        Some(FilePath::Library(Name::from(library.strip_suffix(".spy")?)))
    }
}
