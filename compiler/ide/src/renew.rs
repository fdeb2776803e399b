//! A fresh database for a program that was edited for long.
//!
//! A database keeps what it found out about every name and value that it ever met. Salsa frees only what
//! queries asked for that depend on texts which are being edited, and most questions of an editor
//! come from outside of any query. So after many edits a program gets a new database. It is filled on
//! another thread, while the old one still answers.

use crate::analysis::FilePath;
use crate::host::{Host, HostSettings, Program};
use crate::vfs::Overlay;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// A program that is to get a new database.
pub struct Renewal {
    settings: HostSettings,
    files: Arc<Overlay>,
    dir: PathBuf,
    roots: BTreeSet<PathBuf>,
    open: Vec<PathBuf>,
}

/// A program with a new database.
pub struct Renewed {
    dir: PathBuf,
    program: Program,
}

/// A database that is not needed any more. Taking it apart may take a while, so that may be done on
/// another thread.
pub struct Retired(#[expect(dead_code, reason = "it is there to be dropped")] Program);

impl Host {
    /// A program that was edited so often that it should get a new database. Each is returned once.
    pub fn take_renewal(&mut self) -> Option<Renewal> {
        let limit = self.settings.renew_after;
        let (dir, program) =
            self.programs.iter_mut().find(|(_, program)| program.edits >= limit)?;
        program.edits = 0;
        let modules = &program.view.modules;
        let open = self.open.iter().filter(|path| modules.contains_key(*path)).cloned();
        Some(Renewal {
            settings: self.settings.clone(),
            files: Arc::clone(&self.files),
            dir: dir.clone(),
            roots: program.roots.clone(),
            open: open.collect(),
        })
    }

    /// Puts a new database in the place of the old one. Texts may have changed since it was filled.
    pub fn renew(&mut self, renewed: Renewed) -> Option<Retired> {
        let Renewed { dir, program: mut new } = renewed;
        let old = self.programs.get_mut(&dir)?;
        new.roots.clone_from(&old.roots);
        new.edits = old.edits;
        new.load(&self.settings, &*self.files, &dir);
        Some(Retired(std::mem::replace(old, new)))
    }
}

impl Renewal {
    /// Reads the program anew, and finds out what is wrong with the files that are open: so the next
    /// keystroke has as much to do as the last one.
    #[must_use]
    pub fn run(self) -> Renewed {
        let Self { settings, files, dir, roots, open } = self;
        let mut program = Program::new(&settings);
        program.roots = roots;
        program.load(&settings, &*files, &dir);
        for path in &open {
            if let Some(text) = files.get(path) {
                program.edit(path, &text);
            }
        }
        let analysis = program.analysis();
        for path in open {
            drop(analysis.check(&FilePath::Disk(path)));
        }
        Renewed { dir, program }
    }
}
