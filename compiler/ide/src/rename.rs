//! Giving something another name, wherever it is used.

use crate::analysis::{Analysis, Cx, Edit, FilePath};
use crate::target::Target;
use spy_scope::Symbol;
use spy_syntax::ast::written;
use spy_syntax::tokens::is_name;
use spy_text::{Name, Span};
use std::fmt;

/// Why something cannot be renamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RenameError {
    /// There is no name there.
    NothingThere,
    /// It is not this program's own.
    NotOwn(String),
    /// It is a module, which is named after its file.
    Module,
    /// The new name is none.
    BadName(String),
    /// The new name means something else where the old one is used.
    Taken(String),
}

impl fmt::Display for RenameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingThere => write!(f, "there is no name here that can be changed"),
            Self::NotOwn(name) => write!(f, "`{name}` belongs to the library"),
            Self::Module => write!(f, "a module is named after its file: rename the file"),
            Self::BadName(name) => write!(f, "`{name}` cannot be a name"),
            Self::Taken(name) => write!(f, "`{name}` means something else there already"),
        }
    }
}

impl Analysis {
    /// The name at an offset, if it can be changed.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn prepare_rename(
        &self,
        path: &FilePath,
        offset: u32,
    ) -> Result<(Span, Name), RenameError> {
        let cx = self.cx(path).ok_or(RenameError::NothingThere)?;
        let (target, span) = cx.target_at(offset).ok_or(RenameError::NothingThere)?;
        let name = cx.renamable(&target)?;
        Ok((span, name))
    }

    /// The edits that give what stands at an offset another name.
    ///
    /// # Errors
    /// Why there are none.
    pub fn rename(&self, path: &FilePath, offset: u32, to: &str) -> Result<Vec<Edit>, RenameError> {
        let cx = self.cx(path).ok_or(RenameError::NothingThere)?;
        let (target, _) = cx.target_at(offset).ok_or(RenameError::NothingThere)?;
        let name = cx.renamable(&target)?;
        if !is_name(to) {
            return Err(RenameError::BadName(to.to_owned()));
        }
        if to == name {
            return Ok(Vec::new());
        }
        let uses = cx.uses(&target);
        let to_name = Name::from(to);
        for found in &uses {
            let there = self.cx(&found.range.file).ok_or(RenameError::NothingThere)?;
            let def = there.index().def_at(found.range.span.start);
            if there
                .named(&def, &to_name)
                .is_some_and(|other| !matches!(other, Target::Builtin(..)))
            {
                return Err(RenameError::Taken(to.to_owned()));
            }
        }
        let Target::Symbol { module, def, .. } = &target else {
            return Err(RenameError::NothingThere);
        };
        let key = crate::analysis::def_key(module, def);
        let scope = spy_db::def_scope(cx.db, cx.project(), key);
        let is_taken = |(name, symbol): (&Name, &Symbol)| symbol.level == 0 && written(name) == to;
        if scope.is_some_and(|scope| scope.symbols.iter().any(is_taken)) {
            return Err(RenameError::Taken(to.to_owned()));
        }
        Ok(uses.into_iter().map(|found| Edit { range: found.range, text: to.to_owned() }).collect())
    }
}

impl Cx<'_> {
    /// The name of something that is the program's own.
    fn renamable(self, target: &Target) -> Result<Name, RenameError> {
        match target {
            Target::Module(_) => Err(RenameError::Module),
            Target::Builtin(_, name) => Err(RenameError::NotOwn(name.to_string())),
            Target::Symbol { module, name, .. } => {
                let there = self.other(module).ok_or(RenameError::NothingThere)?;
                if there.is_stdlib() {
                    return Err(RenameError::NotOwn(name.to_string()));
                }
                Ok(Name::from(written(name)))
            }
        }
    }
}
