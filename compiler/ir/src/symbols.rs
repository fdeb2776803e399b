//! What functions, variables and types are called in object files and in C.
//!
//! Both code generators and whoever loads their output must agree on these names. They derive from
//! [`Fqn`]s, except where two of them would come to the same name.

use crate::{Data, DataItems, Fqn, Program, Type};
use spy_text::{HashMap, HashSet};
use std::fmt::Write;

/// The symbol of a function, variable or type.
#[must_use]
pub fn symbol(fqn: &Fqn) -> String {
    ascii(&format!("spy_{}", fqn.c_name()))
}

/// Not every C compiler takes identifiers beyond ASCII.
#[must_use]
pub fn ascii(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let _ = write!(out, "$u{:x}$", u32::from(c));
        }
    }
    out
}

/// The symbol of the position table of the function with this symbol.
#[must_use]
pub fn position_table(symbol: &str) -> String {
    format!("spy_pos${}", symbol.strip_prefix("spy_").unwrap_or(symbol))
}

/// Static data as code sees it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DataSymbol {
    /// Its name in C and in object files.
    pub name: String,
    /// The type of its items.
    pub item: Type,
    /// Whether it is a `RawBuffer`.
    pub buffer: bool,
}

/// Symbols of the functions, variables and static data of one program, all different.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    /// Names of what would have the name of something else: `a.b` and `a_b` are alike.
    renamed: HashMap<Fqn, String>,
}

impl Symbols {
    /// Static data of the program as code sees it.
    #[must_use]
    pub fn data(&self, data: &Data) -> DataSymbol {
        DataSymbol {
            name: self.name(&data.fqn),
            item: data.item.clone(),
            buffer: matches!(data.items, DataItems::RawBuffer(_)),
        }
    }

    /// Finds the clashes of a program.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        // What exists already keeps its name.
        let mut taken: HashSet<String> = program.externs.values().cloned().collect();
        let mut renamed: HashMap<Fqn, String> =
            program.externs.iter().map(|(fqn, symbol)| (fqn.clone(), symbol.clone())).collect();
        let in_modules = program.modules.iter().flat_map(|module| {
            let funcs = module.funcs.iter().map(|func| &func.fqn);
            funcs.chain(module.cells.iter().map(|cell| &cell.fqn))
        });
        for fqn in in_modules.chain(program.data.iter().map(|data| &data.fqn)) {
            if program.externs.contains_key(fqn) {
                continue;
            }
            let mut name = symbol(fqn);
            let clash = taken.contains(&name);
            while taken.contains(&name) {
                name.push('$');
            }
            if clash {
                renamed.insert(fqn.clone(), name.clone());
            }
            taken.insert(name);
        }
        Self { renamed }
    }

    /// Whether nothing had to be renamed.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.renamed.is_empty()
    }

    /// The symbol of a function, variable or static data.
    #[must_use]
    pub fn name(&self, fqn: &Fqn) -> String {
        self.renamed.get(fqn).cloned().unwrap_or_else(|| symbol(fqn))
    }
}
