//! Looking things up in a finished [`Program`] by name.

use crate::{Cell, Data, Fqn, Func, Program, StructDef, Type};
use spy_text::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one function has to know about the rest of its program.
pub trait ProgramInfo {
    /// Parameter types and result type of a function.
    fn signature(&self, fqn: &Fqn) -> Option<(Vec<Type>, Type)>;
    /// The type of a module variable.
    fn cell_type(&self, fqn: &Fqn) -> Option<Type>;
    /// A struct's fields.
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>>;
    /// Static data.
    fn data(&self, fqn: &Fqn) -> Option<Arc<Data>>;
    /// Whether a function's address may be taken.
    fn is_addressed(&self, fqn: &Fqn) -> bool;
    /// Whether a function was compiled ahead of time.
    fn is_extern(&self, fqn: &Fqn) -> bool;
}

/// A program's functions, variables and structs by name.
pub struct ProgramIndex<'p> {
    funcs: HashMap<&'p Fqn, (usize, &'p Arc<Func>)>,
    cells: HashMap<&'p Fqn, (usize, &'p Cell)>,
    structs: HashMap<&'p Fqn, &'p Arc<StructDef>>,
    data: HashMap<&'p Fqn, &'p Arc<Data>>,
    addressed: &'p BTreeSet<Fqn>,
    externs: &'p BTreeMap<Fqn, String>,
}

impl<'p> ProgramIndex<'p> {
    /// Indexes `program`.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        let mut index = Self {
            funcs: HashMap::default(),
            cells: HashMap::default(),
            structs: program.structs.iter().map(|def| (&def.fqn, def)).collect(),
            data: program.data.iter().map(|data| (&data.fqn, data)).collect(),
            addressed: &program.addressed,
            externs: &program.externs,
        };
        for (number, module) in program.modules.iter().enumerate() {
            index.funcs.extend(module.funcs.iter().map(|func| (&func.fqn, (number, func))));
            index.cells.extend(module.cells.iter().map(|cell| (&cell.fqn, (number, cell))));
        }
        index
    }

    /// A function, and the index in [`Program::modules`] of the module that holds it.
    #[must_use]
    pub fn func(&self, fqn: &Fqn) -> Option<(usize, &'p Arc<Func>)> {
        self.funcs.get(fqn).copied()
    }

    /// A variable, and the index in [`Program::modules`] of the module that holds it.
    #[must_use]
    pub fn cell(&self, fqn: &Fqn) -> Option<(usize, &'p Cell)> {
        self.cells.get(fqn).copied()
    }
}

impl ProgramInfo for ProgramIndex<'_> {
    fn signature(&self, fqn: &Fqn) -> Option<(Vec<Type>, Type)> {
        let (_, func) = self.func(fqn)?;
        Some((func.params().iter().map(|param| param.ty.clone()).collect(), func.ret.clone()))
    }

    fn cell_type(&self, fqn: &Fqn) -> Option<Type> {
        self.cell(fqn).map(|(_, cell)| cell.ty.clone())
    }

    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.structs.get(fqn).map(|def| Arc::clone(def))
    }

    fn data(&self, fqn: &Fqn) -> Option<Arc<Data>> {
        self.data.get(fqn).map(|data| Arc::clone(data))
    }

    fn is_extern(&self, fqn: &Fqn) -> bool {
        self.externs.contains_key(fqn)
    }

    fn is_addressed(&self, fqn: &Fqn) -> bool {
        self.addressed.contains(fqn)
    }
}
