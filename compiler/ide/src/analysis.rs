//! A handle on one state of a program.

use crate::index::{FileIndex, file_index};
use spy_db::{Db, DefKey, DefKeyData, Project, SourceFile};
use spy_project::Database;
use spy_syntax::ast::DefPath;
use spy_text::{LineIndex, Name, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file, as editors are told of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FilePath {
    /// A file on the disk, or one that is not saved yet; absolute.
    Disk(PathBuf),
    /// A module of the standard library that the compiler carries.
    Library(Name),
}

/// A range of a file, in bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileRange {
    /// The file.
    pub file: FilePath,
    /// The range.
    pub span: Span,
}

/// Replaces a range of a file by a text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Edit {
    /// The range; empty to insert.
    pub range: FileRange,
    /// What stands there afterwards.
    pub text: String,
}

/// Which files a program consists of.
#[derive(Debug)]
pub(crate) struct View {
    /// The inputs.
    pub(crate) project: Project,
    /// The files of modules that have one on the disk.
    pub(crate) paths: BTreeMap<Name, PathBuf>,
    /// The modules of those files.
    pub(crate) modules: BTreeMap<PathBuf, Name>,
    /// What could not be read.
    pub(crate) unreadable: Vec<spy_diagnostics::Diagnostic>,
}

/// One state of a program, for one thread. While it lives, texts cannot change: who wants to change them
/// makes what is being computed stop, and waits.
#[derive(Clone)]
pub struct Analysis {
    pub(crate) db: Database,
    pub(crate) view: Arc<View>,
}

/// Runs a question; `None` if the text changed before there was an answer.
pub fn cancellable<T>(question: impl FnOnce() -> T) -> Option<T> {
    // Nothing that the question touched is used afterwards but the database, which salsa keeps whole.
    salsa::Cancelled::catch(std::panic::AssertUnwindSafe(question)).ok()
}

/// A file of a program: what most questions are about.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) db: &'a Database,
    pub(crate) view: &'a View,
    pub(crate) module: &'a Name,
    pub(crate) file: SourceFile,
}

impl Analysis {
    /// The file's module, if it belongs to the program.
    pub(crate) fn cx<'a>(&'a self, path: &'a FilePath) -> Option<Cx<'a>> {
        let module = match path {
            FilePath::Disk(path) => self.view.modules.get(path)?,
            FilePath::Library(module) => module,
        };
        let file = spy_db::module_file(&self.db, self.view.project, module)?;
        Some(Cx { db: &self.db, view: &self.view, module, file })
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &FilePath) -> Option<Arc<str>> {
        Some(self.cx(path)?.text().clone())
    }

    /// The lines of a file.
    #[must_use]
    pub fn lines(&self, path: &FilePath) -> Option<LineIndex> {
        let cx = self.cx(path)?;
        Some(spy_db::line_index(cx.db, cx.file).clone())
    }
}

impl<'a> Cx<'a> {
    pub(crate) fn dyn_db(self) -> &'a dyn Db {
        self.db
    }

    pub(crate) fn project(self) -> Project {
        self.view.project
    }

    pub(crate) fn text(self) -> &'a Arc<str> {
        self.file.text(self.db)
    }

    pub(crate) fn index(self) -> Arc<FileIndex> {
        file_index(self.db, self.file)
    }

    /// A definition of the file.
    pub(crate) fn def(self, path: &DefPath) -> DefKey {
        def_key(self.module, path)
    }

    /// Another module of the program.
    pub(crate) fn other<'b>(self, module: &'b Name) -> Option<Cx<'b>>
    where
        'a: 'b,
    {
        let file = spy_db::module_file(self.db, self.project(), module)?;
        Some(Cx { db: self.db, view: self.view, module, file })
    }

    /// Where the file is.
    pub(crate) fn path(self) -> FilePath {
        match self.view.paths.get(self.module) {
            Some(path) => FilePath::Disk(path.clone()),
            None => FilePath::Library(self.module.clone()),
        }
    }

    pub(crate) fn range(self, span: Span) -> FileRange {
        FileRange { file: self.path(), span }
    }

    pub(crate) fn is_stdlib(self) -> bool {
        self.file.stdlib(self.db)
    }

    /// The modules that the program's own folders hold, by name.
    pub(crate) fn own_modules(self) -> impl Iterator<Item = &'a Name> {
        self.view.paths.keys()
    }
}

/// A definition of a module.
pub(crate) fn def_key(module: &Name, path: &DefPath) -> DefKey {
    DefKey::new(DefKeyData { module: module.clone(), path: path.clone() })
}

/// The path of a file, as it is shown where there is no editor: for tests and logs.
impl FilePath {
    /// The path on the disk, if it is there.
    #[must_use]
    pub fn disk(&self) -> Option<&Path> {
        match self {
            Self::Disk(path) => Some(path),
            Self::Library(_) => None,
        }
    }
}
