//! What emitting one function needs to know about the rest of the program.

use crate::exports::Library;
use crate::inline::is_inline;
use spy_ir::symbols::{DataSymbol, Symbols};
use spy_ir::{Fqn, Func, Name, Program, ProgramIndex, ProgramInfo, StructDef};
use std::sync::Arc;

/// A function or variable as other functions see it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Symbol {
    /// Its name in C.
    pub name: String,
    /// The module whose header declares it.
    pub module: Name,
    /// Whether it takes its caller's position as last argument.
    pub track_caller: bool,
    /// Whether it is a function that builds may put where every unit can inline it.
    pub inline: bool,
}

/// The program around a function. Everything that a function's C text depends on apart from the
/// function goes through here, so an implementation can record it.
pub trait Scope {
    /// A function of the program.
    fn func(&self, fqn: &Fqn) -> Symbol;
    /// A module variable.
    fn cell(&self, fqn: &Fqn) -> Symbol;
    /// A struct's fields.
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>>;
    /// Static data.
    fn data(&self, fqn: &Fqn) -> Option<DataSymbol>;
}

/// The scope of a finished program.
pub struct ProgramScope<'p> {
    program: &'p Program,
    index: ProgramIndex<'p>,
    /// What stays callable from outside.
    library: Option<&'p Library>,
    symbols: Symbols,
}

impl<'p> ProgramScope<'p> {
    /// Indexes `program`.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self::of_library(program, None)
    }

    /// Indexes the program of a library, whose exported functions stay where they are.
    #[must_use]
    pub fn of_library(program: &'p Program, library: Option<&'p Library>) -> Self {
        let (index, symbols) = (ProgramIndex::new(program), Symbols::of(program));
        Self { program, index, library, symbols }
    }

    /// The C name of a function, variable or static data.
    #[must_use]
    pub fn name(&self, fqn: &Fqn) -> String {
        self.symbols.name(fqn)
    }

    /// Whether a function or variable was compiled ahead of time.
    pub(crate) fn is_extern(&self, fqn: &Fqn) -> bool {
        self.program.externs.contains_key(fqn)
    }

    /// Whether builds that share small functions let every unit inline this one.
    fn is_inline(&self, func: &Func) -> bool {
        !self.is_extern(&func.fqn)
            && is_inline(func)
            && !self.library.is_some_and(|library| library.keeps(func))
    }

    fn module(&self, found: Option<usize>, fqn: &Fqn) -> Name {
        found.map_or_else(|| fqn.module().clone(), |n| self.program.modules[n].name.clone())
    }
}

impl Scope for ProgramScope<'_> {
    fn func(&self, fqn: &Fqn) -> Symbol {
        let found = self.index.func(fqn);
        Symbol {
            name: self.name(fqn),
            module: self.module(found.map(|(module, _)| module), fqn),
            track_caller: found.is_some_and(|(_, func)| func.track_caller),
            // A function that every unit has a copy of has no address to compare.
            inline: !self.index.is_addressed(fqn)
                && found.is_some_and(|(_, func)| self.is_inline(func)),
        }
    }

    fn cell(&self, fqn: &Fqn) -> Symbol {
        let found = self.index.cell(fqn);
        let module = self.module(found.map(|(module, _)| module), fqn);
        Symbol { name: self.name(fqn), module, track_caller: false, inline: false }
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.index.struct_def(fqn)
    }

    fn data(&self, fqn: &Fqn) -> Option<DataSymbol> {
        Some(self.symbols.data(&*self.index.data(fqn)?))
    }
}
