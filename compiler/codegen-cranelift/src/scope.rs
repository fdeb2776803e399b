//! What compiling one function needs to know about the rest of the program.

use spy_ir::symbols::{DataSymbol, Symbols};
use spy_ir::{Fqn, Program, ProgramIndex, ProgramInfo, StructDef};
use std::sync::Arc;

/// A function as other functions see it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Symbol {
    /// Its name in object files.
    pub name: String,
    /// Whether it takes its caller's position as last argument.
    pub track_caller: bool,
}

/// The program around a function. Everything that a function's code depends on apart from the
/// function goes through here, so an implementation can record it.
pub trait Scope {
    /// A function of the program.
    fn func(&self, fqn: &Fqn) -> Symbol;
    /// The symbol of a module variable.
    fn cell(&self, fqn: &Fqn) -> String;
    /// A struct's fields.
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>>;
    /// Static data.
    fn data(&self, fqn: &Fqn) -> Option<DataSymbol>;
}

/// The scope of a finished program.
pub struct ProgramScope<'p> {
    index: ProgramIndex<'p>,
    symbols: Symbols,
}

impl<'p> ProgramScope<'p> {
    /// Indexes `program`.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self { index: ProgramIndex::new(program), symbols: Symbols::of(program) }
    }

    /// Whether symbols follow from names alone: no two names come to the same symbol.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.symbols.is_plain()
    }
}

impl Scope for ProgramScope<'_> {
    fn func(&self, fqn: &Fqn) -> Symbol {
        let track_caller = self.index.func(fqn).is_some_and(|(_, func)| func.track_caller);
        Symbol { name: self.symbols.name(fqn), track_caller }
    }

    fn cell(&self, fqn: &Fqn) -> String {
        self.symbols.name(fqn)
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.index.struct_def(fqn)
    }

    fn data(&self, fqn: &Fqn) -> Option<DataSymbol> {
        Some(self.symbols.data(&*self.index.data(fqn)?))
    }
}
