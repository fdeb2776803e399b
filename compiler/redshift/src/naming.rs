//! The names that people see, given last.
//!
//! Instances are named inside the program by what they are. Dumps number those that share a name,
//! in the order of the finished program: `h`, `h#1`, `h#2`. What is numbered is the documented full
//! name, so `test::mk[i32]::h` and `test::mk[f64]::h` do not clash.

use spy_ir::{DumpContext, DumpPos};
use spy_ir::{Fqn, Namer, PosIdx, StructDef};
use spy_text::{HashMap, HashSet, IndexSet};
use spy_types::names::{
    func_fqn, func_full, func_human, object_fqn, object_human, ty_fqn, ty_full, ty_human,
};
use spy_types::{FrameKeyData, FuncId, FuncKey, ObjId, Ty, TyKey};
use std::sync::Arc;

/// Names of the instances of one program.
#[derive(Clone, Debug, Default)]
pub struct Names {
    human: HashMap<Fqn, String>,
    full: HashMap<Fqn, Fqn>,
    taken: HashSet<String>,
    /// Per name, the first number that may be free. Numbers never become free again, so a thousand
    /// instances of one name need not try a thousand numbers each.
    next: HashMap<Fqn, u32>,
}

impl Names {
    /// Names what a program consists of, in this order.
    #[must_use]
    pub fn of<'a>(
        types: &IndexSet<Ty>,
        funcs: &IndexSet<FuncId>,
        objects: impl Iterator<Item = &'a ObjId>,
    ) -> Self {
        let mut names = Self::default();
        for ty in types {
            names.add_type(*ty);
        }
        for func in funcs {
            names.add_func(*func);
        }
        for object in objects {
            names.add_data(*object);
        }
        names
    }

    /// Names a function, unless it has a name.
    pub fn add_func(&mut self, func: FuncId) {
        let fqn = func_fqn(func);
        if self.full.contains_key(&fqn) {
            return;
        }
        if self.add_method(func, &fqn) {
            return;
        }
        let aliased = matches!(func.get(), FuncKey::Def { aliased: true, .. });
        let (full, number) = self.number(&func_full(func));
        self.insert(fqn, full, number, func_human(func), aliased);
    }

    /// The documented full name of an instance, with its number if it has one. Exported symbols
    /// derive from it.
    #[must_use]
    pub fn numbered(&self, fqn: &Fqn) -> Fqn {
        self.full.get(fqn).unwrap_or(fqn).clone()
    }

    /// Names a function of a struct whose own name is numbered: it is the struct that clashes.
    fn add_method(&mut self, func: FuncId, fqn: &Fqn) -> bool {
        let owner = match func.get() {
            FuncKey::AutoEq(ty) | FuncKey::AutoNe(ty) => *ty,
            FuncKey::Def { frame, .. } => match frame.get() {
                FrameKeyData::Class(ty) => *ty,
                _ => return false,
            },
            _ => return false,
        };
        let ty = ty_fqn(owner);
        let (Some(owner_full), Some(owner_human)) = (self.full.get(&ty), self.human.get(&ty))
        else {
            return false;
        };
        if *owner_full == ty_full(owner) {
            return false;
        }
        let own = func_full(func);
        let name = Fqn::from_parts(vec![own.last().clone()]);
        let mut parts = owner_full.parts().to_vec();
        parts.push(own.last().clone());
        let full = Fqn::from_parts(parts);
        if !self.taken.insert(full.full().to_owned()) {
            return false;
        }
        self.human.insert(fqn.clone(), format!("{owner_human}::{}", name.short()));
        self.full.insert(fqn.clone(), full);
        true
    }

    /// Names a struct, unless it has a name.
    pub fn add_type(&mut self, ty: Ty) {
        let fqn = ty_fqn(ty);
        if self.full.contains_key(&fqn) {
            return;
        }
        let aliased = matches!(ty.get(), TyKey::Struct { aliased: true, .. });
        let (full, number) = self.number(&ty_full(ty));
        self.insert(fqn, full, number, ty_human(ty), aliased);
    }

    /// Names an object that is static data.
    pub fn add_data(&mut self, object: ObjId) {
        self.human.insert(object_fqn(object), object_human(object));
    }

    fn insert(&mut self, fqn: Fqn, full: Fqn, number: Option<u32>, human: String, aliased: bool) {
        let human = match number {
            Some(number) if !aliased => format!("{}#{number}", without_suffix(&human)),
            _ => human,
        };
        self.human.insert(fqn.clone(), human);
        self.full.insert(fqn, full);
    }

    /// The first free name of `base`, `base#1`, `base#2`, ...
    fn number(&mut self, base: &Fqn) -> (Fqn, Option<u32>) {
        if self.taken.insert(base.full().to_owned()) {
            return (base.clone(), None);
        }
        let next = self.next.entry(base.clone()).or_insert(1);
        loop {
            let number = *next;
            *next += 1;
            let name = base.with_suffix(Some(&number.to_string()));
            if self.taken.insert(name.full().to_owned()) {
                return (name, Some(number));
            }
        }
    }
}

/// A name without the `#...` of its last part.
fn without_suffix(name: &str) -> &str {
    match name.rfind('#') {
        Some(at) if !name[at..].contains(':') && !name[at..].contains(']') => &name[..at],
        _ => name,
    }
}

impl Namer for Names {
    fn human(&self, fqn: &Fqn) -> String {
        if let Some(name) = self.human.get(fqn) {
            return name.clone();
        }
        // Generated members of a struct are shown under its name.
        let owner = fqn.namespace().and_then(|owner| self.human.get(&owner));
        match owner {
            Some(owner) => format!("{owner}::{}", fqn.last().name),
            None => fqn.short(),
        }
    }

    fn full(&self, fqn: &Fqn) -> String {
        self.numbered(fqn).full().to_owned()
    }
}

/// What printing needs to know of a program.
pub(crate) struct Dumping<'a> {
    /// The names.
    pub names: &'a Names,
    /// The structs.
    pub structs: HashMap<&'a Fqn, &'a Arc<StructDef>>,
    /// The positions of each function.
    pub positions: &'a crate::program::Positions,
}

impl Namer for Dumping<'_> {
    fn human(&self, fqn: &Fqn) -> String {
        self.names.human(fqn)
    }

    fn full(&self, fqn: &Fqn) -> String {
        self.names.full(fqn)
    }
}

impl DumpContext for Dumping<'_> {
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>> {
        self.structs.get(fqn).map(|def| (*def).clone())
    }

    fn position(&self, func: &Fqn, pos: PosIdx) -> Option<DumpPos> {
        let place = self.positions.place(func, pos)?;
        Some(DumpPos {
            file: place.line.file.as_str().to_owned(),
            line: place.line.line,
            col: place.col,
            end_line: place.end_line,
            end_col: place.end_col,
        })
    }
}
