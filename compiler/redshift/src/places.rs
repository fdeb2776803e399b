//! Where the nodes of a program lie in its files.

use crate::program::Place;
use spy_db::{Db, DefKey, Project, SourceFile};
use spy_ir::SourceLine;
use spy_syntax::ast::BodySpans;
use spy_text::{FileName, HashMap, LineIndex};
use spy_types::Pos;
use std::sync::Arc;

/// Finds the places of many positions: what it has to know of a definition, it asks once.
pub(crate) struct Finder<'db> {
    db: &'db dyn Db,
    project: Project,
    defs: HashMap<DefKey, Option<Def<'db>>>,
    /// The texts of lines, by 1-based number.
    lines: HashMap<(SourceFile, u32), Arc<str>>,
}

/// Where a definition lies.
struct Def<'db> {
    file: SourceFile,
    name: FileName,
    spans: Arc<BodySpans>,
    index: &'db LineIndex,
}

impl<'db> Finder<'db> {
    pub(crate) fn new(db: &'db dyn Db, project: Project) -> Self {
        Self { db, project, defs: HashMap::default(), lines: HashMap::default() }
    }

    /// The place of a position; `None` if its definition is not in the text any more.
    pub(crate) fn place(&mut self, pos: Pos) -> Option<Place> {
        let (db, project) = (self.db, self.project);
        let def =
            self.defs.entry(pos.def).or_insert_with(|| find(db, project, pos.def)).as_ref()?;
        let span = def.spans.get(pos.node);
        let (start, end) = (def.index.line_col(span.start), def.index.line_col(span.end));
        let text = self.lines.entry((def.file, start.line)).or_insert_with(|| {
            def.index.line_text(start.line, def.file.text(db)).unwrap_or_default().into()
        });
        let line = SourceLine { file: def.name.clone(), line: start.line, text: text.clone() };
        Some(Place { line, col: start.col, end_line: end.line, end_col: end.col, loc: pos.into() })
    }
}

fn find<'db>(db: &'db dyn Db, project: Project, def: DefKey) -> Option<Def<'db>> {
    let file = spy_db::module_file(db, project, &def.module)?;
    let spans = spy_db::def_spans(db, project, def)?;
    let (name, index) = (file.name(db).clone(), spy_db::line_index(db, file));
    Some(Def { file, name, spans, index })
}
