//! From names to definitions, and back.

use crate::analysis::{Analysis, Cx, FilePath, FileRange};
use crate::index::{Occurrence, Role};
use crate::target::Target;
use spy_syntax::ast::written;
use spy_text::{Name, Span};

/// A use of something that was searched for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Use {
    /// Where.
    pub(crate) range: FileRange,
    /// Whether it is declared or assigned there.
    pub(crate) writes: bool,
}

impl Analysis {
    /// Where the name at an offset is defined.
    #[must_use]
    pub fn definition(&self, path: &FilePath, offset: u32) -> Option<FileRange> {
        let cx = self.cx(path)?;
        let (target, _) = cx.target_at(offset)?;
        cx.place(&target)
    }

    /// Where the name at an offset is used; its declaration is among the places if that is asked for.
    #[must_use]
    pub fn references(&self, path: &FilePath, offset: u32, declaration: bool) -> Vec<FileRange> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let Some((target, _)) = cx.target_at(offset) else { return Vec::new() };
        let declared = cx.place(&target);
        let uses = cx.uses(&target).into_iter().map(|found| found.range);
        uses.filter(|range| declaration || Some(range) != declared.as_ref()).collect()
    }

    /// Where the name at an offset is used in the same file, and whether it is written there.
    #[must_use]
    pub fn highlights(&self, path: &FilePath, offset: u32) -> Vec<(Span, bool)> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let Some((target, _)) = cx.target_at(offset) else { return Vec::new() };
        cx.uses_here(&target).into_iter().map(|found| (found.range.span, found.writes)).collect()
    }
}

impl<'a> Cx<'a> {
    /// All uses of a target in the program, by file.
    pub(crate) fn uses(self, target: &Target) -> Vec<Use> {
        let modules: Vec<Name> = match target {
            // What a function calls its own, nobody else can mention but by keyword.
            Target::Symbol { .. } | Target::Module(_) | Target::Builtin(..) => {
                let mut all: Vec<Name> = self.own_modules().cloned().collect();
                if let Target::Symbol { module, .. } = target
                    && !all.contains(module)
                {
                    all.push(module.clone());
                }
                all
            }
        };
        let mut uses = Vec::new();
        for module in &modules {
            let file = spy_db::module_file(self.db, self.project(), module);
            let Some(file) = file else { continue };
            let cx = Cx { module, file, ..self };
            uses.extend(cx.uses_here(target));
        }
        uses.sort();
        uses.dedup();
        uses
    }

    /// The uses of a target in this file.
    pub(crate) fn uses_here(self, target: &Target) -> Vec<Use> {
        let name = match target {
            Target::Symbol { name, .. } | Target::Builtin(_, name) => name.clone(),
            Target::Module(module) => Name::from(module.rsplit('.').next().unwrap_or(module)),
        };
        // Where the text does not have the name, nothing can mean it; that is quick to see.
        if !self.text().contains(written(&name)) {
            return Vec::new();
        }
        let index = self.index();
        let means = |found: &&Occurrence| {
            let may = found.name == name
                && (matches!(target, Target::Module(_)) || !matches!(found.role, Role::Module(..)));
            may && self.target(found).as_ref() == Some(target)
        };
        let found = index.names.iter().filter(means);
        found
            .map(|found| Use {
                range: self.range(found.span),
                writes: matches!(found.role, Role::Write | Role::Def(_) | Role::Param(_)),
            })
            .collect()
    }
}
