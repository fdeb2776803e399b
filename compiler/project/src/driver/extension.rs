//! Extension modules that no C compiler has a hand in: objects, the converter and the runtime are linked
//! from memory.

use super::{Artefact, Driver, Record};
use crate::artefacts;
use crate::calls::Calls;
use crate::error::Failure;
use crate::machine::{ObjectFile, Objects};
use crate::toolchain;
use spy_frames::Compiled;
use spy_link::LinkInput;

/// An extension module that is to be linked.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// The program.
    pub objects: Objects,
    /// What makes an extension of it.
    pub(crate) tables: Vec<ObjectFile>,
    /// The symbol of the function that Python calls.
    pub(crate) entry: String,
    /// What tracebacks show of it.
    pub(crate) calls: Calls,
}

impl Driver<'_> {
    /// Links an extension module. With a record, the next build can find that it is not needed.
    ///
    /// # Errors
    /// The folder cannot be written, or (a bug) the linker refuses something.
    pub fn build_guest(&self, guest: Guest, record: Option<Record>) -> Result<Artefact, Failure> {
        let Guest { objects, tables, entry, calls } = guest;
        let _lock = self.lock()?;
        self.note_files([])?;
        self.world.progress.begin("linking", 0);
        let Objects { files, functions, .. } = objects;
        let input = |file: ObjectFile| LinkInput { name: file.name, bytes: file.bytes.into() };
        let archives = toolchain::guest_archives(self.settings.compile.profile).into_iter();
        let archives =
            archives.map(|(name, bytes)| LinkInput { name: name.to_owned(), bytes: bytes.into() });
        let inputs = files.into_iter().chain(tables).map(input).chain(archives).collect();
        let mut library = {
            let _span = self.world.timings.span("link", "");
            spy_link::link_alone(inputs, &entry)?
        };
        let compiled: Vec<Compiled<'_>> = functions
            .iter()
            .map(|function| Compiled {
                symbol: &function.symbol,
                size: function.code.len() as u64,
                // Positions are numbered from 0, and lines from 1.
                lines: function
                    .lines
                    .iter()
                    .map(|line| (u64::from(line.start), line.pos.map_or(0, |pos| pos.0 + 1)))
                    .collect(),
            })
            .collect();
        let places = |symbol: &str, line| calls.place(symbol, line);
        self.note_failure(&spy_frames::add_compiled(&mut library, &compiled, &places));
        artefacts::write_executable(&self.plan.output, &library)?;
        self.stamp(record)?;
        Ok(Artefact { path: self.plan.output.clone(), replay: None, up_to_date: false })
    }
}
